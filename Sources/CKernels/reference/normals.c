#include "../internal.h"
#include <math.h>
#include <string.h>
#pragma STDC FP_CONTRACT OFF

// Uniform in (0, 1), of 53 bits.
static double uniform(uint32_t high, uint32_t low) {
    return ((double)(((uint64_t)high << 32 | low) >> 11) + 0.5) * 0x1p-53;
}

// By the series of 2 artanh((m - 1) / (m + 1)) for x = 2^e m, m about 1.
static double logarithm_of_uniform(double x) {
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits -= 0x3fe6a09e667f3bcd;
    int64_t mantissa = (bits & 0xfffffffffffff) + 0x3fe6a09e667f3bcd;
    double m;
    memcpy(&m, &mantissa, sizeof m);
    double s = (m - 1) / (m + 1), z = s * s, p = 1.0 / 25;
    for (int i = 23; i >= 1; i -= 2) p = p * z + 1.0 / i;
    return (double)(bits >> 52) * 0x1.62e42fefa39efp-1 + (s + s) * p;
}

// cos(2 pi v) by the series of sine and cosine on an eighth of a turn.
static double cosine_of_turn(double v) {
    double t = v - 0.5, a = t < 0 ? -t : t;
    double b = a > 0.25 ? 0.5 - a : a;
    double x = 0x1.921fb54442d18p+2 * (b > 0.125 ? 0.25 - b : b), z = x * x;
    double sine = 1, cosine = 1;
    for (int i = 9; i >= 1; i--) {
        sine = 1 - sine * z * (1.0 / (2 * i * (2 * i + 1)));
        cosine = 1 - cosine * z * (1.0 / ((2 * i - 1) * 2 * i));
    }
    double y = b > 0.125 ? x * sine : cosine;
    return a > 0.25 ? y : -y;
}

// Philox 4x32-10, then the method of Box and Muller.
double ck_portable_normal(uint64_t key, uint64_t counter) {
    uint32_t c0 = (uint32_t)counter, c1 = (uint32_t)(counter >> 32), c2 = 0, c3 = 0;
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)c0 * 0xd2511f53, p1 = (uint64_t)c2 * 0xcd9e8d57;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += 0x9e3779b9;
        k1 += 0xbb67ae85;
    }
    double radius = sqrt(-2 * logarithm_of_uniform(uniform(c0, c1)));
    return radius * cosine_of_turn(uniform(c2, c3));
}

void ck_portable_normals_f32(uint64_t key, double scale, double limit, size_t n, float *x) {
    for (size_t i = 0; i < n; i++) {
        double value = ck_portable_normal(key, i);
        for (uint64_t attempt = 1; fabs(value) > limit; attempt++)
            value = ck_portable_normal(key, i | attempt << 40);
        x[i] = (float)(scale * value);
    }
}
