#include "../internal.h"
#include <math.h>
#pragma STDC FP_CONTRACT OFF

// The mean (0 if not centered) and 1 / sqrt(mean squared distance from it + epsilon) of one row.
static void moments(size_t width, float epsilon, int32_t centered, const float *x, float *mean,
                    float *inverse) {
    float sum = 0, squares = 0;
    if (centered)
        for (size_t j = 0; j < width; j++) sum += x[j];
    *mean = sum / (float)width;
    for (size_t j = 0; j < width; j++) squares += (x[j] - *mean) * (x[j] - *mean);
    *inverse = 1 / sqrtf(squares / (float)width + epsilon);
}

// x, y (rows, width), gain (width)
void ck_portable_norm_f32(size_t rows, size_t width, float epsilon, int32_t centered,
                          const float *x, const float *gain, float *y) {
    for (size_t i = 0; i < rows; i++, x += width, y += width) {
        float mean, inverse;
        moments(width, epsilon, centered, x, &mean, &inverse);
        for (size_t j = 0; j < width; j++) y[j] = (x[j] - mean) * inverse * gain[j];
    }
}

// x, dy, dx (rows, width), gain, dgain (width)
// With h = (x - mean) inverse and dh = dy gain: dx = inverse (dh - mean dh - h mean (dh h)), the
// mean of dh only when centered; dgain = sum over rows of dy h.
void ck_portable_norm_gradient_f32(size_t rows, size_t width, float epsilon, int32_t centered,
                                   const float *x, const float *gain, const float *dy, float *dx,
                                   float *dgain) {
    for (size_t j = 0; j < width; j++) dgain[j] = 0;
    for (size_t i = 0; i < rows; i++, x += width, dy += width, dx += width) {
        float mean, inverse, sum = 0, dot = 0;
        moments(width, epsilon, centered, x, &mean, &inverse);
        for (size_t j = 0; j < width; j++) {
            sum += dy[j] * gain[j];
            dot += dy[j] * gain[j] * ((x[j] - mean) * inverse);
        }
        float shift = centered ? sum / (float)width : 0, slope = dot / (float)width;
        for (size_t j = 0; j < width; j++) {
            float h = (x[j] - mean) * inverse, d = dy[j];
            dx[j] = inverse * (d * gain[j] - shift - h * slope);
            dgain[j] += d * h;
        }
    }
}
