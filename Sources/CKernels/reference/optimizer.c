#include "../internal.h"
#include <math.h>
#pragma STDC FP_CONTRACT OFF

// p, g, m, v, p_out, m_out, v_out (n)
float ck_portable_adamw_f32(size_t n, const ck_adamw *settings, const float *p, const float *g,
                            const float *m, const float *v, float *p_out, float *m_out,
                            float *v_out) {
    const ck_adamw s = *settings;
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        float gradient = s.gradient_scale * g[i];
        float first = s.beta1 * m[i] + s.rest1 * gradient;
        float second = s.beta2 * v[i] + s.rest2 * gradient * gradient;
        float step = s.learning_rate * (first * s.correction1) /
                     (sqrtf(second * s.correction2) + s.epsilon);
        float update = -(step + s.decay * p[i]);
        p_out[i] = p[i] + update;
        m_out[i] = first;
        v_out[i] = second;
        squares += (double)update * update;
    }
    return (float)squares;
}
