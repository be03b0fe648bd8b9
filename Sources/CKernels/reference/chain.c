#include "../internal.h"
#include <math.h>
#include <string.h>
#pragma STDC FP_CONTRACT OFF

static float sign(float a) { return a > 0 ? 1.0f : a < 0 ? -1.0f : a; }
static float maximum(float a, float b) { return isnan(a) || a > b ? a : b; }
static float minimum(float a, float b) { return isnan(a) || a < b ? a : b; }

// By exp(-|a|), which cannot overflow.
static float logistic(float a) {
    float e = expf(-fabsf(a));
    return (a < 0 ? e : 1) / (1 + e);
}

static float apply(ck_code code, float a, float b, float c) {
    switch (code) {
    case CK_NEGATE: return -a;
    case CK_ABSOLUTE: return fabsf(a);
    case CK_SIGN: return sign(a);
    case CK_EXPONENTIAL: return expf(a);
    case CK_LOGARITHM: return logf(a);
    case CK_SQUARE_ROOT: return sqrtf(a);
    case CK_RECIPROCAL_SQUARE_ROOT: return 1 / sqrtf(a);
    case CK_TANH: return tanhf(a);
    case CK_SINE: return sinf(a);
    case CK_COSINE: return cosf(a);
    case CK_LOGISTIC: return logistic(a);
    case CK_FLOOR: return floorf(a);
    case CK_COPY: return a;
    case CK_IS_FINITE: return isfinite(a) ? 1 : 0;
    case CK_NOT: return a == 0;
    case CK_ADD: return a + b;
    case CK_SUBTRACT: return a - b;
    case CK_MULTIPLY: return a * b;
    case CK_DIVIDE: return a / b;
    case CK_MAXIMUM: return maximum(a, b);
    case CK_MINIMUM: return minimum(a, b);
    case CK_POWER: return powf(a, b);
    case CK_AND: return a != 0 && b != 0;
    case CK_OR: return a != 0 || b != 0;
    case CK_EQUAL: return a == b;
    case CK_NOT_EQUAL: return a != b;
    case CK_LESS: return a < b;
    case CK_LESS_EQUAL: return a <= b;
    case CK_GREATER: return a > b;
    case CK_GREATER_EQUAL: return a >= b;
    case CK_SELECT: return a != 0 ? b : c;
    }
    return NAN;
}

static float rounded(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = isnan(x) ? (bits | 0x400000) : bits + 0x7fff + (bits >> 16 & 1);
    bits &= 0xffff0000;
    memcpy(&x, &bits, sizeof x);
    return x;
}

void ck_portable_round_bf16_f32(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i++) y[i] = rounded(x[i]);
}

// Block registers (registers, CK_CHAIN_BLOCK) in scratch; an unused operand reads the register of
// operand a.
void ck_portable_chain_f32(size_t operation_count, const ck_operation *operations,
                           size_t load_count, const ck_binding *loads, size_t store_count,
                           const ck_binding *stores, size_t registers, size_t begin, size_t end,
                           float *scratch) {
    (void)registers;
    for (size_t first = begin; first < end; first += CK_CHAIN_BLOCK) {
        size_t n = end - first < CK_CHAIN_BLOCK ? end - first : CK_CHAIN_BLOCK;
        for (size_t l = 0; l < load_count; l++) {
            float *to = scratch + (size_t)loads[l].index * CK_CHAIN_BLOCK;
            for (size_t i = 0; i < n; i++)
                to[i] = loads[l].data[loads[l].is_scalar ? 0 : first + i];
        }
        for (size_t o = 0; o < operation_count; o++) {
            const ck_operation op = operations[o];
            const float *a = scratch + (size_t)op.a * CK_CHAIN_BLOCK;
            const float *b = op.b < 0 ? a : scratch + (size_t)op.b * CK_CHAIN_BLOCK;
            const float *c = op.c < 0 ? a : scratch + (size_t)op.c * CK_CHAIN_BLOCK;
            float *to = scratch + (size_t)op.result * CK_CHAIN_BLOCK;
            for (size_t i = 0; i < n; i++) to[i] = apply(op.code, a[i], b[i], c[i]);
            if (op.rounds) ck_portable_round_bf16_f32(n, to, to);
        }
        for (size_t s = 0; s < store_count; s++)
            memcpy(stores[s].data + first, scratch + (size_t)stores[s].index * CK_CHAIN_BLOCK,
                   n * sizeof(float));
    }
}
