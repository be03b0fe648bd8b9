// The kernels by instruction set: ck_portable_x, ck_avx2_x, ck_avx512_x with the public meaning.
#ifndef CKERNELS_INTERNAL_H
#define CKERNELS_INTERNAL_H
#include "ckernels.h"

#define CK_PORTABLE_NAME(name) ck_portable_##name
#define CK_AVX2_NAME(name) ck_avx2_##name
#define CK_AVX512_NAME(name) ck_avx512_##name

// Every signature once; CK(name) gives it its suffix.
#define CK_DECLARE(CK)                                                                             \
    void CK(norm_f32)(size_t rows, size_t width, float epsilon, int32_t centered, const float *x,  \
                      const float *gain, float *y);                                                \
    void CK(norm_gradient_f32)(size_t rows, size_t width, float epsilon, int32_t centered,         \
                               const float *x, const float *gain, const float *dy, float *dx,      \
                               float *dgain);                                                      \
    void CK(rotary_f32)(size_t time, size_t heads, size_t dim, int32_t inverse,                    \
                        const float *cosine, const float *sine, const float *x, float *y);         \
    size_t CK(attention_scratch)(size_t time, size_t dim);                                         \
    size_t CK(attention_gradient_scratch)(size_t time, size_t dim);                                \
    void CK(attention_f32)(size_t time, size_t dim, size_t stride, float scale, const float *q,    \
                           const float *k, const float *v, float *out, float *log_sum_exp,         \
                           float *row_max, float *scratch);                                        \
    void CK(attention_gradient_f32)(size_t time, size_t dim, size_t stride, float scale,           \
                                    const float *q, const float *k, const float *v,                \
                                    const float *out, const float *log_sum_exp,                    \
                                    const float *dout, float *dq, float *dk, float *dv,            \
                                    float *scratch);                                               \
    void CK(gelu_f32)(size_t n, const float *x, float *y);                                         \
    void CK(gelu_gradient_f32)(size_t n, const float *x, const float *dy, float *dx);              \
    void CK(cross_entropy_f32)(size_t rows, size_t classes, const float *logits,                   \
                               const int32_t *labels, float *nll, float *log_z);                   \
    void CK(cross_entropy_gradient_f32)(size_t rows, size_t classes, const float *logits,          \
                                        const int32_t *labels, const float *log_z,                 \
                                        const float *dnll, const float *dlog_z, float *dlogits);   \
    float CK(sum_f32)(size_t n, const float *x);                                                   \
    float CK(sum_squares_f32)(size_t n, const float *x);                                           \
    float CK(maximum_f32)(size_t n, const float *x);                                               \
    void CK(sum_columns_f32)(size_t rows, size_t columns, const float *x, float *y);               \
    void CK(accumulate_f32)(size_t n, const float *x, float *y);                                   \
    float CK(adamw_f32)(size_t n, const ck_adamw *settings, const float *p, const float *g,        \
                        const float *m, const float *v, float *p_out, float *m_out,                \
                        float *v_out);                                                             \
    void CK(chain_f32)(size_t operation_count, const ck_operation *operations, size_t load_count,  \
                       const ck_binding *loads, size_t store_count, const ck_binding *stores,      \
                       size_t registers, size_t begin, size_t end, float *scratch);                \
    void CK(round_bf16_f32)(size_t n, const float *x, float *y);                                   \
    ck_tally CK(tally_f32)(size_t n, const float *x, float *columns);                              \
    ck_tally CK(tally_bf16)(size_t n, const uint16_t *x, float *columns);                          \
    void CK(widen_bf16)(size_t n, const uint16_t *x, float *y);                                    \
    void CK(widen_f16)(size_t n, const uint16_t *x, float *y);                                     \
    float CK(dot_f32)(size_t n, const float *x, const float *y);                                   \
    void CK(add_scaled_f32)(size_t n, float a, const float *x, float *y);                          \
    void CK(normals_f32)(uint64_t key, double scale, double limit, size_t n, float *x);

CK_DECLARE(CK_PORTABLE_NAME)

// One of the numbers of normals_f32, before it is scaled.
double ck_portable_normal(uint64_t key, uint64_t counter);

#if defined(__x86_64__)
CK_DECLARE(CK_AVX2_NAME)
CK_DECLARE(CK_AVX512_NAME)
#endif

#endif
