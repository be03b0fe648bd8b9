// A pool of threads that take the pieces of one job after another.
//
// A job is published as one 64-bit ticket: its number above, the pieces not yet taken below. A
// worker takes a piece by lowering the count with a compare-exchange, which fails if the job has
// changed; so a late worker can never take a piece of a job that it has not seen, and nobody has to
// wait for workers that sleep. Only after taking a piece does a worker read the job's fields: they
// stay as they are until that piece is done.
#include "ckernels.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

// How long a thread polls before it sleeps: about what a sleep and a wake cost.
static const int64_t spin_nanoseconds = 30000;

// Each word that threads write has its own cache line.
#define OWN_LINE _Alignas(64)

typedef struct worker {
    ck_pool *pool;
    pthread_t thread;
    int32_t index;
} worker;

struct ck_pool {
    OWN_LINE _Atomic uint64_t ticket;
    OWN_LINE _Atomic size_t done;
    OWN_LINE _Atomic int32_t sleepers;    // workers that wait for a job
    _Atomic bool caller_sleeps;           // the caller waits for the last piece
    _Atomic bool stop;
    OWN_LINE void (*body)(void *context, size_t piece, int32_t worker);
    void *context;
    size_t first, pieces;                 // the job is the pieces first..<first + pieces
    int32_t threads;
    void (*start)(void);
    pthread_mutex_t lock;
    pthread_cond_t job_posted, job_done;
    worker workers[];
};

void ck_signals_hold(ck_signals *signals) {
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};
    sigset_t all;
    sigfillset(&all);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) sigdelset(&all, faults[i]);
    pthread_sigmask(SIG_BLOCK, &all, &signals->before);
}

void ck_signals_let_in(const ck_signals *signals) {
    pthread_sigmask(SIG_SETMASK, &signals->before, NULL);
}

static int64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static bool has_work(ck_pool *pool) {
    return (uint32_t)atomic_load(&pool->ticket) != 0 || atomic_load(&pool->stop);
}

static bool is_done(ck_pool *pool) { return atomic_load(&pool->done) == pool->pieces; }

// Polls for a bounded time; false if the condition did not come.
static bool spin(ck_pool *pool, bool (*condition)(ck_pool *)) {
    int64_t limit = 0;
    for (;;) {
        for (int i = 0; i < 32; i++) {
            if (condition(pool)) return true;
            relax();
        }
        int64_t now = nanoseconds();
        if (limit == 0) limit = now + spin_nanoseconds;
        if (now > limit) return false;
    }
}

// Takes pieces until none is left.
static void take_pieces(ck_pool *pool, int32_t index) {
    uint64_t ticket = atomic_load(&pool->ticket);
    while ((uint32_t)ticket != 0) {
        if (!atomic_compare_exchange_weak(&pool->ticket, &ticket, ticket - 1)) continue;
        size_t pieces = pool->pieces;
        pool->body(pool->context, pool->first + (pieces - (uint32_t)ticket), index);
        // After this the job may end and its fields change: only `pieces`, read above, is used.
        if (atomic_fetch_add(&pool->done, 1) + 1 == pieces && atomic_load(&pool->caller_sleeps)) {
            pthread_mutex_lock(&pool->lock);
            pthread_cond_signal(&pool->job_done);
            pthread_mutex_unlock(&pool->lock);
        }
        ticket = atomic_load(&pool->ticket);
    }
}

static void *work(void *argument) {
    worker *self = argument;
    ck_pool *pool = self->pool;
    if (pool->start) pool->start();
    for (;;) {
        if (!spin(pool, has_work)) {
            pthread_mutex_lock(&pool->lock);
            // Sequentially consistent with run: either it sees this sleeper or we see its ticket.
            atomic_fetch_add(&pool->sleepers, 1);
            while (!has_work(pool)) pthread_cond_wait(&pool->job_posted, &pool->lock);
            atomic_fetch_sub(&pool->sleepers, 1);
            pthread_mutex_unlock(&pool->lock);
        }
        if (atomic_load(&pool->stop)) return NULL;
        take_pieces(pool, self->index);
    }
}

// Stops and joins the first `count` workers after the caller, and frees the pool.
static void shut_down(ck_pool *pool, int32_t count) {
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->stop, true);
    pthread_cond_broadcast(&pool->job_posted);
    pthread_mutex_unlock(&pool->lock);
    for (int32_t i = 1; i <= count; i++) pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->job_done);
    pthread_cond_destroy(&pool->job_posted);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

ck_pool *ck_pool_create(int32_t threads, void (*start)(void)) {
    if (threads < 1) threads = 1;
    size_t size = sizeof(ck_pool) + (size_t)threads * sizeof(worker);
    ck_pool *pool = NULL;
    if (posix_memalign((void **)&pool, _Alignof(ck_pool), size) != 0) return NULL;
    atomic_init(&pool->ticket, 0);
    atomic_init(&pool->done, 0);
    atomic_init(&pool->sleepers, 0);
    atomic_init(&pool->caller_sleeps, false);
    atomic_init(&pool->stop, false);
    pool->body = NULL;
    pool->context = NULL;
    pool->first = pool->pieces = 0;
    pool->threads = threads;
    pool->start = start;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->job_posted, NULL);
    pthread_cond_init(&pool->job_done, NULL);

    // Workers inherit a mask that leaves every signal to the program's own threads.
    ck_signals signals;
    ck_signals_hold(&signals);
    int32_t made = 0;
    while (made + 1 < threads) {
        worker *next = &pool->workers[made + 1];
        next->pool = pool;
        next->index = made + 1;
        if (pthread_create(&next->thread, NULL, work, next) != 0) break;
        made++;
    }
    ck_signals_let_in(&signals);
    if (made + 1 < threads) {
        shut_down(pool, made);
        return NULL;
    }
    if (start) start();
    return pool;
}

// Runs the pieces first..<first + pieces, whose count fits the ticket.
static void run_job(ck_pool *pool, size_t first, size_t pieces,
                    void (*body)(void *context, size_t piece, int32_t worker), void *context) {
    pool->body = body;
    pool->context = context;
    pool->first = first;
    pool->pieces = pieces;
    atomic_store(&pool->done, 0);
    uint64_t number = (atomic_load(&pool->ticket) >> 32) + 1;
    atomic_store(&pool->ticket, number << 32 | pieces);
    if (atomic_load(&pool->sleepers) > 0) {
        pthread_mutex_lock(&pool->lock);
        pthread_cond_broadcast(&pool->job_posted);
        pthread_mutex_unlock(&pool->lock);
    }
    take_pieces(pool, 0);
    if (spin(pool, is_done)) return;
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->caller_sleeps, true);
    while (!is_done(pool)) pthread_cond_wait(&pool->job_done, &pool->lock);
    atomic_store(&pool->caller_sleeps, false);
    pthread_mutex_unlock(&pool->lock);
}

void ck_pool_run(ck_pool *pool, size_t pieces,
                 void (*body)(void *context, size_t piece, int32_t worker), void *context) {
    if (pool->threads == 1 || pieces <= 1) {
        for (size_t piece = 0; piece < pieces; piece++) body(context, piece, 0);
        return;
    }
    const size_t limit = UINT32_MAX;
    for (size_t first = 0; first < pieces; first += limit)
        run_job(pool, first, pieces - first < limit ? pieces - first : limit, body, context);
}

int32_t ck_pool_threads(const ck_pool *pool) { return pool->threads; }

void ck_pool_destroy(ck_pool *pool) {
    if (pool) shut_down(pool, pool->threads - 1);
}
