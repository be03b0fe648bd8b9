// The kernels in vector/, for AVX2 with FMA.
#if defined(__x86_64__)
#include "../internal.h"
#include <immintrin.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CK(name) CK_AVX2_NAME(name)
#define CK_LANES 8
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
