#include "../internal.h"
#pragma STDC FP_CONTRACT OFF

// x, y (time, heads, dim), cosine, sine (time, dim / 2)
void ck_portable_rotary_f32(size_t time, size_t heads, size_t dim, int32_t inverse,
                            const float *cosine, const float *sine, const float *x, float *y) {
    size_t half = dim / 2;
    for (size_t row = 0; row < time * heads; row++) {
        const float *c = cosine + row / heads * half, *s = sine + row / heads * half;
        const float *from = x + row * dim;
        float *to = y + row * dim;
        for (size_t i = 0; i < half; i++) {
            float x1 = from[i], x2 = from[i + half], turn = inverse ? -s[i] : s[i];
            to[i] = x1 * c[i] - x2 * turn;
            to[i + half] = x2 * c[i] + x1 * turn;
        }
    }
}
