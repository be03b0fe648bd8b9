#include "../internal.h"
#pragma STDC FP_CONTRACT OFF

// a (m, k) or, transposed, (k, m); b (k, n) or, transposed, (n, k); c (m, n)
void ck_matmul_f32(size_t m, size_t n, size_t k, int32_t transpose_a, int32_t transpose_b,
                   const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc) {
    size_t step = transpose_a ? lda : 1;
    for (size_t i = 0; i < m; i++) {
        const float *row = transpose_a ? a + i : a + i * lda;
        float *to = c + i * ldc;
        for (size_t j = 0; j < n; j++) to[j] = 0;
        for (size_t l = 0; !transpose_b && l < k; l++)
            for (size_t j = 0; j < n; j++) to[j] += row[l * step] * b[l * ldb + j];
        for (size_t j = 0; transpose_b && j < n; j++)
            for (size_t l = 0; l < k; l++) to[j] += row[l * step] * b[j * ldb + l];
    }
}
