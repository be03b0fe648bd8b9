// The kernels in vector/, for AVX-512 (F, BW, VL, DQ).
#if defined(__x86_64__)
#include "../internal.h"
#include <immintrin.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma,avx2"))), apply_to = function)
#define CK(name) CK_AVX512_NAME(name)
#define CK_LANES 16
#include "../vector/math.inc"
#include "../vector/attention.inc"
#include "../vector/attention_gradient.inc"
#include "../vector/chain.inc"
#include "../vector/cross_entropy.inc"
#include "../vector/gelu.inc"
#include "../vector/norm.inc"
#include "../vector/norm_gradient.inc"
#include "../vector/normals.inc"
#include "../vector/optimizer.inc"
#include "../vector/reduce.inc"
#include "../vector/rotary.inc"
#include "../vector/tally.inc"
#pragma clang attribute pop
#endif
