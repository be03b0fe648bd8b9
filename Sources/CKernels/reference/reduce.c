#include "../internal.h"
#include <math.h>
#pragma STDC FP_CONTRACT OFF

// x (n). The sum is kept in double: each element is then rounded far below the result's rounding.
float ck_portable_sum_f32(size_t n, const float *x) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i];
    return (float)sum;
}

// x (n)
float ck_portable_sum_squares_f32(size_t n, const float *x) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * x[i];
    return (float)sum;
}

// x (n)
float ck_portable_maximum_f32(size_t n, const float *x) {
    float top = -INFINITY;
    for (size_t i = 0; i < n; i++)
        if (!(x[i] <= top)) top = isnan(top) ? top : x[i];
    return top;
}

// x (rows, columns), y (columns)
void ck_portable_sum_columns_f32(size_t rows, size_t columns, const float *x, float *y) {
    for (size_t j = 0; j < columns; j++) y[j] = 0;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) y[j] += x[i * columns + j];
}

// x, y (n)
void ck_portable_accumulate_f32(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i++) y[i] += x[i];
}
