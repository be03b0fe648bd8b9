// Preloaded into the tool: the clock of the wall stands CLOCK_OFFSET seconds off, and after CLOCK_AFTER readings
// moves by CLOCK_JUMP more. Clocks that only measure durations stay as they are.
//
// cc -shared -fPIC -O1 -o clock.so clock.c -ldl
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long offset, jump, after;
static atomic_long readings;

static long number(const char *name) {
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

__attribute__((constructor)) static void prepare(void) {
    offset = number("CLOCK_OFFSET");
    jump = number("CLOCK_JUMP");
    after = number("CLOCK_AFTER");
}

static long shift(void) { return offset + (atomic_fetch_add(&readings, 1) >= after ? jump : 0); }

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (!result && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += shift();
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int result = (int)syscall(SYS_gettimeofday, now, zone);
    if (!result) now->tv_sec += shift();
    return result;
}

time_t time(time_t *now) {
    struct timespec value;
    clock_gettime(CLOCK_REALTIME, &value);
    if (now) *now = value.tv_sec;
    return value.tv_sec;
}
