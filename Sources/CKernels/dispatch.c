// The public functions: each calls the kernel of the instruction set asked for.
#include "internal.h"

#if defined(__x86_64__)
#define DISPATCH(call)                                                                             \
    switch (isa) {                                                                                 \
    case CK_AVX512: return ck_avx512_##call;                                                       \
    case CK_AVX2: return ck_avx2_##call;                                                           \
    case CK_PORTABLE: break;                                                                       \
    }                                                                                              \
    return ck_portable_##call
#else
#define DISPATCH(call)                                                                             \
    (void)isa;                                                                                     \
    return ck_portable_##call
#endif

ck_isa ck_isa_best(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
        return CK_AVX512;
    if (avx2) return CK_AVX2;
#endif
    return CK_PORTABLE;
}

void ck_norm_f32(ck_isa isa, size_t rows, size_t width, float epsilon, int32_t centered,
                 const float *x, const float *gain, float *y) {
    DISPATCH(norm_f32(rows, width, epsilon, centered, x, gain, y));
}

void ck_norm_gradient_f32(ck_isa isa, size_t rows, size_t width, float epsilon, int32_t centered,
                          const float *x, const float *gain, const float *dy, float *dx,
                          float *dgain) {
    DISPATCH(norm_gradient_f32(rows, width, epsilon, centered, x, gain, dy, dx, dgain));
}

void ck_rotary_f32(ck_isa isa, size_t time, size_t heads, size_t dim, int32_t inverse,
                   const float *cosine, const float *sine, const float *x, float *y) {
    DISPATCH(rotary_f32(time, heads, dim, inverse, cosine, sine, x, y));
}

size_t ck_attention_scratch(ck_isa isa, size_t time, size_t dim) {
    DISPATCH(attention_scratch(time, dim));
}

size_t ck_attention_gradient_scratch(ck_isa isa, size_t time, size_t dim) {
    DISPATCH(attention_gradient_scratch(time, dim));
}

void ck_attention_f32(ck_isa isa, size_t time, size_t dim, size_t stride, float scale,
                      const float *q, const float *k, const float *v, float *out,
                      float *log_sum_exp, float *row_max, float *scratch) {
    DISPATCH(attention_f32(time, dim, stride, scale, q, k, v, out, log_sum_exp, row_max, scratch));
}

void ck_attention_gradient_f32(ck_isa isa, size_t time, size_t dim, size_t stride, float scale,
                               const float *q, const float *k, const float *v, const float *out,
                               const float *log_sum_exp, const float *dout, float *dq, float *dk,
                               float *dv, float *scratch) {
    DISPATCH(attention_gradient_f32(time, dim, stride, scale, q, k, v, out, log_sum_exp, dout, dq,
                                    dk, dv, scratch));
}

void ck_gelu_f32(ck_isa isa, size_t n, const float *x, float *y) { DISPATCH(gelu_f32(n, x, y)); }

void ck_gelu_gradient_f32(ck_isa isa, size_t n, const float *x, const float *dy, float *dx) {
    DISPATCH(gelu_gradient_f32(n, x, dy, dx));
}

void ck_cross_entropy_f32(ck_isa isa, size_t rows, size_t classes, const float *logits,
                          const int32_t *labels, float *nll, float *log_z) {
    DISPATCH(cross_entropy_f32(rows, classes, logits, labels, nll, log_z));
}

void ck_cross_entropy_gradient_f32(ck_isa isa, size_t rows, size_t classes, const float *logits,
                                   const int32_t *labels, const float *log_z, const float *dnll,
                                   const float *dlog_z, float *dlogits) {
    DISPATCH(cross_entropy_gradient_f32(rows, classes, logits, labels, log_z, dnll, dlog_z,
                                        dlogits));
}

float ck_sum_f32(ck_isa isa, size_t n, const float *x) { DISPATCH(sum_f32(n, x)); }

float ck_sum_squares_f32(ck_isa isa, size_t n, const float *x) { DISPATCH(sum_squares_f32(n, x)); }

float ck_maximum_f32(ck_isa isa, size_t n, const float *x) { DISPATCH(maximum_f32(n, x)); }

void ck_sum_columns_f32(ck_isa isa, size_t rows, size_t columns, const float *x, float *y) {
    DISPATCH(sum_columns_f32(rows, columns, x, y));
}

void ck_accumulate_f32(ck_isa isa, size_t n, const float *x, float *y) {
    DISPATCH(accumulate_f32(n, x, y));
}

float ck_adamw_f32(ck_isa isa, size_t n, const ck_adamw *settings, const float *p, const float *g,
                   const float *m, const float *v, float *p_out, float *m_out, float *v_out) {
    DISPATCH(adamw_f32(n, settings, p, g, m, v, p_out, m_out, v_out));
}

void ck_chain_f32(ck_isa isa, size_t operation_count, const ck_operation *operations,
                  size_t load_count, const ck_binding *loads, size_t store_count,
                  const ck_binding *stores, size_t registers, size_t begin, size_t end,
                  float *scratch) {
    DISPATCH(chain_f32(operation_count, operations, load_count, loads, store_count, stores,
                       registers, begin, end, scratch));
}

void ck_round_bf16_f32(ck_isa isa, size_t n, const float *x, float *y) {
    DISPATCH(round_bf16_f32(n, x, y));
}

ck_tally ck_tally_f32(ck_isa isa, size_t n, const float *x, float *columns) {
    DISPATCH(tally_f32(n, x, columns));
}

ck_tally ck_tally_bf16(ck_isa isa, size_t n, const uint16_t *x, float *columns) {
    DISPATCH(tally_bf16(n, x, columns));
}

void ck_widen_bf16(ck_isa isa, size_t n, const uint16_t *x, float *y) {
    DISPATCH(widen_bf16(n, x, y));
}

void ck_widen_f16(ck_isa isa, size_t n, const uint16_t *x, float *y) {
    DISPATCH(widen_f16(n, x, y));
}

float ck_dot_f32(ck_isa isa, size_t n, const float *x, const float *y) {
    DISPATCH(dot_f32(n, x, y));
}

void ck_add_scaled_f32(ck_isa isa, size_t n, float a, const float *x, float *y) {
    DISPATCH(add_scaled_f32(n, a, x, y));
}

void ck_normals_f32(ck_isa isa, uint64_t key, double scale, double limit, size_t n, float *x) {
    DISPATCH(normals_f32(key, scale, limit, n, x));
}
