// The innermost loops of the CPU engine: float32 kernels, one thread each.
//
// Every function takes the instruction set that runs it. `CK_PORTABLE` is the plain C twin in
// reference/, which defines the meaning; the others are vector/*.inc, written once and compiled
// per instruction set. No function allocates, keeps state, or reads past the extents it is given.
// Arrays are row-major and need only the alignment of their element, unless stated.
// "may be x" means that the output may be the very same array as that input.
#ifndef CKERNELS_H
#define CKERNELS_H
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Instruction sets -------------------------------------------------------------------------------

typedef enum ck_isa : int32_t { CK_PORTABLE = 0, CK_AVX2 = 1, CK_AVX512 = 2 } ck_isa;

// The widest instruction set that this processor and operating system run.
ck_isa ck_isa_best(void);

// Normalisation -----------------------------------------------------------------------------------

// y (rows, width) = (x - mean) / sqrt(variance + epsilon) * gain when centered, else
// x / sqrt(mean square + epsilon) * gain. y may be x.
void ck_norm_f32(ck_isa isa, size_t rows, size_t width, float epsilon, int32_t centered,
                 const float *x, const float *gain, float *y);

// dx (rows, width) and dgain (width), both overwritten; dgain is the sum over these rows.
void ck_norm_gradient_f32(ck_isa isa, size_t rows, size_t width, float epsilon, int32_t centered,
                          const float *x, const float *gain, const float *dy, float *dx,
                          float *dgain);

// Rotary position embedding -----------------------------------------------------------------------

// One sequence: x, y (time, heads, dim); cosine, sine (time, dim / 2). Element i < dim/2 of a head
// is paired with element i + dim/2: y1 = x1 c - x2 s, y2 = x2 c + x1 s; inverse negates s.
// dim is even. y may be x.
void ck_rotary_f32(ck_isa isa, size_t time, size_t heads, size_t dim, int32_t inverse,
                   const float *cosine, const float *sine, const float *x, float *y);

// Causal attention --------------------------------------------------------------------------------

// Floats of scratch that one call needs; linear in time. 64-byte aligned scratch is expected.
size_t ck_attention_scratch(ck_isa isa, size_t time, size_t dim);
size_t ck_attention_gradient_scratch(ck_isa isa, size_t time, size_t dim);

// One head of one sequence. q, k, v, out: `time` rows of `dim`, consecutive rows `stride` floats
// apart. Row t attends to rows 0...t: score = scale * q_t . k_s, out_t = sum softmax(score)_s v_s.
// log_sum_exp (time) and row_max (time) are of the scores of row t. No row hears of later ones,
// not even of their nans.
void ck_attention_f32(ck_isa isa, size_t time, size_t dim, size_t stride, float scale,
                      const float *q, const float *k, const float *v, float *out,
                      float *log_sum_exp, float *row_max, float *scratch);

// Gradients of the same, the weights recomputed from log_sum_exp; all strides are `stride`.
void ck_attention_gradient_f32(ck_isa isa, size_t time, size_t dim, size_t stride, float scale,
                               const float *q, const float *k, const float *v, const float *out,
                               const float *log_sum_exp, const float *dout, float *dq, float *dk,
                               float *dv, float *scratch);

// GELU, tanh form ---------------------------------------------------------------------------------

// y = x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). y may be x.
void ck_gelu_f32(ck_isa isa, size_t n, const float *x, float *y);
// dx = dy * derivative at x. dx may be dy.
void ck_gelu_gradient_f32(ck_isa isa, size_t n, const float *x, const float *dy, float *dx);

// Softmax cross-entropy ---------------------------------------------------------------------------

// logits (rows, classes), labels (rows) in 0..<classes: log_z = log sum exp logits,
// nll = log_z - logits[label].
void ck_cross_entropy_f32(ck_isa isa, size_t rows, size_t classes, const float *logits,
                          const int32_t *labels, float *nll, float *log_z);
// dlogits = softmax(logits) * (dnll + dlog_z) - onehot(label) * dnll. dlogits may be logits.
void ck_cross_entropy_gradient_f32(ck_isa isa, size_t rows, size_t classes, const float *logits,
                                   const int32_t *labels, const float *log_z, const float *dnll,
                                   const float *dlog_z, float *dlogits);

// Reductions of fixed shape: the same n gives the same order of additions -------------------------

// Blocks are added in float, their sums in double.
float ck_sum_f32(ck_isa isa, size_t n, const float *x);
float ck_sum_squares_f32(ck_isa isa, size_t n, const float *x);
float ck_maximum_f32(ck_isa isa, size_t n, const float *x);  // nan if any is nan; -inf for n = 0
// y (columns) = sum over rows of x (rows, columns).
void ck_sum_columns_f32(ck_isa isa, size_t rows, size_t columns, const float *x, float *y);
// y (n) += x (n).
void ck_accumulate_f32(ck_isa isa, size_t n, const float *x, float *y);

// Matrix product, plain: what `CK_PORTABLE` uses in place of oneDNN -------------------------------

// c (m, n) = op(a) op(b); op transposes where the flag is set: a is (m, k), or (k, m) if
// transpose_a; b is (k, n), or (n, k) if transpose_b; lda, ldb, ldc are row strides in floats.
void ck_matmul_f32(size_t m, size_t n, size_t k, int32_t transpose_a, int32_t transpose_b,
                   const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc);

// Optimizer updates -------------------------------------------------------------------------------

typedef struct ck_adamw {
    float learning_rate;   // eta_t
    float decay;           // the factor on the parameter: eta_t lambda, s_t lambda, ...
    float correction1;     // 1 / (1 - beta1^t)
    float correction2;     // 1 / (1 - beta2^t)
    float gradient_scale;  // from clipping
    float beta1, beta2, epsilon;
    // 1 - beta1 and 1 - beta2, subtracted before rounding: near 1 the rounded betas lose them.
    float rest1, rest2;
} ck_adamw;

// g' = gradient_scale g;  m' = beta1 m + rest1 g';  v' = beta2 v + rest2 g'^2;
// u = -(eta (m' c1) / (sqrt(v' c2) + epsilon) + decay p);  p' = p + u.
// p_out, m_out, v_out may be p, m, v. Returns the sum of u^2, in a fixed shape.
float ck_adamw_f32(ck_isa isa, size_t n, const ck_adamw *settings, const float *p, const float *g,
                   const float *m, const float *v, float *p_out, float *m_out, float *v_out);

// Chains of element-wise operations ---------------------------------------------------------------

typedef enum ck_code : int32_t {
    // unary, a
    CK_NEGATE, CK_ABSOLUTE, CK_SIGN, CK_EXPONENTIAL, CK_LOGARITHM, CK_SQUARE_ROOT,
    CK_RECIPROCAL_SQUARE_ROOT, CK_TANH, CK_SINE, CK_COSINE, CK_LOGISTIC, CK_FLOOR, CK_COPY,
    CK_IS_FINITE, CK_NOT,
    // binary, a and b
    CK_ADD, CK_SUBTRACT, CK_MULTIPLY, CK_DIVIDE, CK_MAXIMUM, CK_MINIMUM, CK_POWER,
    CK_AND, CK_OR,
    CK_EQUAL, CK_NOT_EQUAL, CK_LESS, CK_LESS_EQUAL, CK_GREATER, CK_GREATER_EQUAL,
    // ternary: a (truth) ? b : c
    CK_SELECT,
} ck_code;

// One operation of a chain, on block registers. Truth values are floats, 1 or 0.
// MAXIMUM and MINIMUM give nan if either operand is nan; SIGN(nan) = nan, SIGN(+-0) = +-0.
typedef struct ck_operation {
    ck_code code;
    int32_t a, b, c;  // registers read; unused ones are -1
    int32_t result;   // the register written
    int32_t rounds;   // not 0: the result is rounded to bfloat16, ties to even, and stays a float
} ck_operation;

// A register filled from memory before the operations run, or stored after them.
typedef struct ck_binding {
    int32_t index;     // the register
    int32_t is_scalar; // one float, the same for every element (loads only)
    float *data;       // for element 0; read only where the binding is a load
} ck_binding;

// Elements in a register of a chain.
#define CK_CHAIN_BLOCK 512

// Runs the operations over elements begin..<end, a block at a time. `scratch` holds
// registers * CK_CHAIN_BLOCK floats, 64-byte aligned. A store may be the array of a load.
void ck_chain_f32(ck_isa isa, size_t operation_count, const ck_operation *operations,
                  size_t load_count, const ck_binding *loads, size_t store_count,
                  const ck_binding *stores, size_t registers, size_t begin, size_t end,
                  float *scratch);

// y = x rounded to bfloat16, ties to even; a nan stays a nan. y may be x.
void ck_round_bf16_f32(ck_isa isa, size_t n, const float *x, float *y);

// Statistics of stored tensors ------------------------------------------------------------------

typedef struct ck_tally {
    double squares;    // the sum of x^2: blocks of 4096 in float, their sums in double
    uint32_t largest;  // the bits of the largest |x| as a float; from 0x7f800000 on not all are finite
} ck_tally;

// columns (n) += x^2, and the tally of x (n).
ck_tally ck_tally_f32(ck_isa isa, size_t n, const float *x, float *columns);
// The same of bfloat16 numbers, as stored.
ck_tally ck_tally_bf16(ck_isa isa, size_t n, const uint16_t *x, float *columns);
// y = x, exactly; nan and infinity stay what they are.
void ck_widen_bf16(ck_isa isa, size_t n, const uint16_t *x, float *y);
void ck_widen_f16(ck_isa isa, size_t n, const uint16_t *x, float *y);
// The sum of x y: blocks of 4096 in float, their sums in double.
float ck_dot_f32(ck_isa isa, size_t n, const float *x, const float *y);
// y += a x.
void ck_add_scaled_f32(ck_isa isa, size_t n, float a, const float *x, float *y);
// The same in double, plain code alone.
double ck_dot_f64(size_t n, const double *x, const double *y);
void ck_add_scaled_f64(size_t n, double a, const double *x, double *y);

// Random numbers ----------------------------------------------------------------------------------

// x (n): scale times a standard normal number, drawn again while its magnitude is above limit.
// Element i is a function of key and i: Philox 4x32-10 with counter i, and i + 2^40 j when drawn
// again for the jth time; then the method of Box and Muller in double precision. Needs n < 2^40.
// All instruction sets give the same bits.
void ck_normals_f32(ck_isa isa, uint64_t key, double scale, double limit, size_t n, float *x);

// Threads -----------------------------------------------------------------------------------------

// A pool of `threads` workers, the caller among them. Runs `body(context, piece, worker)` for each
// piece in 0..<pieces, every piece exactly once, and returns when all are done. Which worker runs
// a piece is not fixed: a piece must not depend on it (`worker` in 0..<threads is for scratch).
// One run at a time: neither two threads nor a body may run the same pool.
// `start` runs once on every worker before its first piece (the caller's included, in create).
typedef struct ck_pool ck_pool;
ck_pool *ck_pool_create(int32_t threads, void (*start)(void));  // NULL when out of resources
void ck_pool_run(ck_pool *pool, size_t pieces,
                 void (*body)(void *context, size_t piece, int32_t worker), void *context);
int32_t ck_pool_threads(const ck_pool *pool);
void ck_pool_destroy(ck_pool *pool);

// Keeps signals from the calling thread until they are let in again; those that arrive meanwhile
// wait. Faults of the program itself (SIGSEGV and the like) are not kept. oneDNN's kernels for
// AVX-512 let the stack pointer stand in their workspace on the heap, where the kernel would write
// a handler's frame over the neighbours of that workspace.
typedef struct ck_signals { sigset_t before; } ck_signals;
void ck_signals_hold(ck_signals *signals);
void ck_signals_let_in(const ck_signals *signals);

#ifdef __cplusplus
}
#endif
#endif
