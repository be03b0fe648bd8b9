#include "../internal.h"
#pragma STDC FP_CONTRACT OFF

// a, b (k). Eight sums run side by side, so that no addition waits for the one before it.
static float dot(size_t k, const float *a, size_t step, const float *b) {
    float sums[8] = {0};
    size_t l = 0;
    if (step == 1)
        for (; l + 8 <= k; l += 8)
            for (size_t u = 0; u < 8; u++) sums[u] += a[l + u] * b[l + u];
    for (; l < k; l++) sums[0] += a[l * step] * b[l];
    for (size_t half = 4; half > 0; half /= 2)
        for (size_t u = 0; u < half; u++) sums[u] += sums[u + half];
    return sums[0];
}

// a (m, k) or, transposed, (k, m); b (k, n) or, transposed, (n, k); c (m, n)
void ck_matmul_f32(size_t m, size_t n, size_t k, int32_t transpose_a, int32_t transpose_b,
                   const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc) {
    size_t step = transpose_a ? lda : 1;
    for (size_t i = 0; i < m; i++) {
        const float *row = transpose_a ? a + i : a + i * lda;
        float *to = c + i * ldc;
        if (transpose_b) {
            for (size_t j = 0; j < n; j++) to[j] = dot(k, row, step, b + j * ldb);
        } else {
            for (size_t j = 0; j < n; j++) to[j] = 0;
            for (size_t l = 0; l < k; l++)
                for (size_t j = 0; j < n; j++) to[j] += row[l * step] * b[l * ldb + j];
        }
    }
}
