#include "../internal.h"
#include <string.h>
#pragma STDC FP_CONTRACT OFF

static uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

// x, columns (n)
ck_tally ck_portable_tally_f32(size_t n, const float *x, float *columns) {
    ck_tally tally = {0, 0};
    for (size_t i = 0; i < n; i++) {
        uint32_t size = bits_of(x[i]) & 0x7fffffff;
        tally.largest = size > tally.largest ? size : tally.largest;
        tally.squares += (double)x[i] * x[i];
        columns[i] += x[i] * x[i];
    }
    return tally;
}

// x, columns (n)
ck_tally ck_portable_tally_bf16(size_t n, const uint16_t *x, float *columns) {
    ck_tally tally = {0, 0};
    for (size_t i = 0; i < n; i++) {
        float wide = float_of((uint32_t)x[i] << 16);
        uint32_t size = bits_of(wide) & 0x7fffffff;
        tally.largest = size > tally.largest ? size : tally.largest;
        tally.squares += (double)wide * wide;
        columns[i] += wide * wide;
    }
    return tally;
}

// x, y (n)
void ck_portable_widen_bf16(size_t n, const uint16_t *x, float *y) {
    for (size_t i = 0; i < n; i++) y[i] = float_of((uint32_t)x[i] << 16);
}

// x, y (n). A subnormal half is scaled as an integer, so nothing depends on how the processor
// treats subnormal floats.
void ck_portable_widen_f16(size_t n, const uint16_t *x, float *y) {
    for (size_t i = 0; i < n; i++) {
        uint32_t sign = (uint32_t)(x[i] & 0x8000) << 16, size = x[i] & 0x7fff;
        uint32_t bits = size >= 0x7c00  ? 0x7f800000 | (size & 0x3ff) << 13
                        : size >= 0x400 ? (size << 13) + 0x38000000
                                        : bits_of((float)size * 0x1p-24f);
        y[i] = float_of(sign | bits);
    }
}

// x, y (n)
float ck_portable_dot_f32(size_t n, const float *x, const float *y) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * y[i];
    return (float)sum;
}

// x, y (n)
void ck_portable_add_scaled_f32(size_t n, float a, const float *x, float *y) {
    for (size_t i = 0; i < n; i++) y[i] += a * x[i];
}

// x, y (n): eight sums, so that a vector unit can keep them.
double ck_dot_f64(size_t n, const double *x, const double *y) {
    double sums[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t u = 0; u < 8; u++) sums[u] += x[i + u] * y[i + u];
    for (; i < n; i++) sums[0] += x[i] * y[i];
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) +
           ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

// x, y (n)
void ck_add_scaled_f64(size_t n, double a, const double *x, double *y) {
    for (size_t i = 0; i < n; i++) y[i] += a * x[i];
}
