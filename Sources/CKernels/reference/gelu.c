#include "../internal.h"
#include <math.h>
#pragma STDC FP_CONTRACT OFF

static const float root = 0.79788456080286536f;  // sqrt(2 / pi)
static const float cubic = 0.044715f;
// From here on the slope is 0 or 1 to within 1e-35, where its formula would meet 0 * infinity.
static const float flat = 10;

// x, y (n)
void ck_portable_gelu_f32(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] / 2 * (1 + tanhf(root * (x[i] + cubic * x[i] * x[i] * x[i])));
}

// x, dy, dx (n)
void ck_portable_gelu_gradient_f32(size_t n, const float *x, const float *dy, float *dx) {
    for (size_t i = 0; i < n; i++) {
        float square = x[i] * x[i];
        float tangent = tanhf(root * (x[i] + cubic * x[i] * square));
        float inner = root * (1 + 3 * cubic * square);
        float slope = (1 + tangent) / 2 + x[i] / 2 * (1 - tangent * tangent) * inner;
        if (fabsf(x[i]) > flat) slope = x[i] > 0;
        dx[i] = dy[i] * slope;
    }
}
