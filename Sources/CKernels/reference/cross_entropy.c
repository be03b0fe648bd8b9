#include "../internal.h"
#include <math.h>
#pragma STDC FP_CONTRACT OFF

// logits (rows, classes), labels, nll, log_z (rows)
void ck_portable_cross_entropy_f32(size_t rows, size_t classes, const float *logits,
                                   const int32_t *labels, float *nll, float *log_z) {
    for (size_t i = 0; i < rows; i++, logits += classes) {
        float top = -INFINITY, sum = 0;
        for (size_t j = 0; j < classes; j++) top = fmaxf(top, logits[j]);
        for (size_t j = 0; j < classes; j++) sum += expf(logits[j] - top);
        log_z[i] = top + logf(sum);
        nll[i] = log_z[i] - logits[labels[i]];
    }
}

// logits, dlogits (rows, classes), labels, log_z, dnll, dlog_z (rows)
void ck_portable_cross_entropy_gradient_f32(size_t rows, size_t classes, const float *logits,
                                            const int32_t *labels, const float *log_z,
                                            const float *dnll, const float *dlog_z,
                                            float *dlogits) {
    for (size_t i = 0; i < rows; i++, logits += classes, dlogits += classes) {
        float factor = dnll[i] + dlog_z[i];
        for (size_t j = 0; j < classes; j++) dlogits[j] = expf(logits[j] - log_z[i]) * factor;
        dlogits[labels[i]] -= dnll[i];
    }
}
