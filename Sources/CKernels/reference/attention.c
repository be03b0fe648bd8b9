#include "../internal.h"
#include <math.h>
#pragma STDC FP_CONTRACT OFF

// One row of scores; the gradient keeps the weights and their gradient.
size_t ck_portable_attention_scratch(size_t time, size_t dim) {
    (void)dim;
    return time;
}

size_t ck_portable_attention_gradient_scratch(size_t time, size_t dim) {
    (void)dim;
    return 2 * time;
}

// a, b (dim)
static float dot(size_t dim, const float *a, const float *b) {
    float sum = 0;
    for (size_t d = 0; d < dim; d++) sum += a[d] * b[d];
    return sum;
}

// q, k, v, out (time, dim), log_sum_exp, row_max (time)
void ck_portable_attention_f32(size_t time, size_t dim, size_t stride, float scale, const float *q,
                               const float *k, const float *v, float *out, float *log_sum_exp,
                               float *row_max, float *scratch) {
    float *weights = scratch;
    for (size_t t = 0; t < time; t++) {
        float top = -INFINITY, sum = 0, *to = out + t * stride;
        for (size_t s = 0; s <= t; s++) {
            weights[s] = scale * dot(dim, q + t * stride, k + s * stride);
            if (!(weights[s] <= top)) top = isnan(top) ? top : weights[s];
        }
        for (size_t s = 0; s <= t; s++) {
            weights[s] = expf(weights[s] - top);
            sum += weights[s];
        }
        for (size_t d = 0; d < dim; d++) to[d] = 0;
        for (size_t s = 0; s <= t; s++)
            for (size_t d = 0; d < dim; d++) to[d] += weights[s] / sum * v[s * stride + d];
        row_max[t] = top;
        log_sum_exp[t] = top + logf(sum);
    }
}

// q, k, v, out, dout, dq, dk, dv (time, dim), log_sum_exp (time)
// With weights p: dp = dout . v, dscore = p (dp - dout . out), then dq, dk from dscore.
void ck_portable_attention_gradient_f32(size_t time, size_t dim, size_t stride, float scale,
                                        const float *q, const float *k, const float *v,
                                        const float *out, const float *log_sum_exp,
                                        const float *dout, float *dq, float *dk, float *dv,
                                        float *scratch) {
    float *weights = scratch, *dscores = scratch + time;
    for (size_t t = 0; t < time; t++)
        for (size_t d = 0; d < dim; d++)
            dq[t * stride + d] = dk[t * stride + d] = dv[t * stride + d] = 0;
    for (size_t t = 0; t < time; t++) {
        const float *query = q + t * stride, *dto = dout + t * stride;
        float delta = dot(dim, dto, out + t * stride);
        for (size_t s = 0; s <= t; s++) {
            weights[s] = expf(scale * dot(dim, query, k + s * stride) - log_sum_exp[t]);
            dscores[s] = scale * weights[s] * (dot(dim, dto, v + s * stride) - delta);
        }
        for (size_t s = 0; s <= t; s++)
            for (size_t d = 0; d < dim; d++) {
                dq[t * stride + d] += dscores[s] * k[s * stride + d];
                dk[s * stride + d] += dscores[s] * query[d];
                dv[s * stride + d] += weights[s] * dto[d];
            }
    }
}
