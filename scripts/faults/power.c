// Preloaded into the tool and what it starts: a loss of power at operation POWER_AT of those below the folder
// POWER_UNDER, counted over all processes together. What was not flushed by then is gone.
//
//   POWER_STATE    a file of 64 zero bytes that the processes share: the count, and whether power is lost
//   POWER_BACKUPS  a folder of the same file system: what a rename replaced stands there
//   POWER_TAIL     what stays of bytes that were not flushed: nothing (else), half of them, or zeros in their place
//   POWER_FORGET   set: files are never flushed, as by a tool that forgets it
//   POWER_FSYNC    set: in place of the loss this flush fails once, and the bytes that it was for become zeros
//
// Every process undoes what it did, at its next operation, and dies. A file that was made or renamed keeps its
// name from the flush of its folder on, a folder from the flush of the one above.
//
// cc -shared -fPIC -O1 -o power.so power.c -ldl
#define _GNU_SOURCE
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim.h"

enum { PATH = 700, MOST = 4096 };

// A file that was written, or a folder that was made.
static struct {
    char path[PATH];
    long flushed;
    int is_named, is_folder, is_gone;
} made[MOST];
// A rename whose folder was not flushed, and what it replaced.
static struct {
    char to[PATH], backup[PATH];
    int is_flushed, had, file;
} moved[MOST];
static int makes, moves;
static int file_of[MOST];
static char folder_of[MOST][PATH];

static struct state {
    atomic_long count;
    atomic_int is_lost;
} *state;
static char under[PATH], backups[PATH];
static const char *tail;
static long at;
static int flush_fails, forgets;
static __thread int busy;
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

__attribute__((constructor)) static void prepare(void) {
    memset(file_of, -1, sizeof file_of);
    const char *folder = getenv("POWER_UNDER"), *shared = getenv("POWER_STATE"),
               *kept = getenv("POWER_BACKUPS"), *number = getenv("POWER_AT");
    if (!folder || !shared || !kept) return;
    int file = (int)syscall(SYS_openat, AT_FDCWD, shared, O_RDWR | O_CLOEXEC);
    if (file < 0) return;
    void *map = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    syscall(SYS_close, file);
    if (map == MAP_FAILED) return;
    state = map;
    at = number ? atol(number) : 0;
    tail = getenv("POWER_TAIL");
    flush_fails = getenv("POWER_FSYNC") != NULL;
    forgets = getenv("POWER_FORGET") != NULL;
    strncpy(backups, kept, sizeof backups - 1);
    strncpy(under, folder, sizeof under - 1);
}

static int drop(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status, (void)kind, (void)place;
    return remove(path);
}

// Zeros in place of what was not flushed.
static void clear(const char *path, long from, long to) {
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY);
    char zeros[4096] = {0};
    while (file >= 0 && from < to) {
        long count = to - from < (long)sizeof zeros ? to - from : (long)sizeof zeros;
        if (syscall(SYS_pwrite64, file, zeros, count, from) <= 0) break;
        from += count;
    }
    syscall(SYS_close, file);
}

static void lose(void) {
    busy = 1;
    for (int i = moves - 1; i >= 0; i--) {
        if (moved[i].is_flushed) continue;
        unlink(moved[i].to);
        if (moved[i].had) syscall(SYS_rename, moved[i].backup, moved[i].to);
        if (moved[i].file >= 0) made[moved[i].file].is_gone = 1;
    }
    for (int i = makes - 1; i >= 0; i--) {
        struct stat status;
        if (made[i].is_gone || stat(made[i].path, &status)) continue;
        if (made[i].is_folder) {
            if (!made[i].is_named) nftw(made[i].path, drop, 8, FTW_DEPTH | FTW_PHYS);
        } else if (!made[i].is_named) {
            unlink(made[i].path);
        } else if (status.st_size > made[i].flushed) {
            long rest = status.st_size - made[i].flushed;
            if (tail && !strcmp(tail, "zeros")) clear(made[i].path, made[i].flushed, status.st_size);
            else if (truncate(made[i].path, made[i].flushed + (tail && !strcmp(tail, "half") ? rest / 2 : 0))) {}
        }
    }
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

// Counts an operation; whether it is the one that is meant.
static int operate(void) {
    if (!state) return 0;
    long number = atomic_fetch_add(&state->count, 1) + 1;
    if (!flush_fails && at && number == at) atomic_store(&state->is_lost, 1);
    if (atomic_load(&state->is_lost)) {
        pthread_mutex_lock(&lock);
        lose();
    }
    return at && number == at;
}

// Makes a path absolute; whether it lies below the folder.
static int is_under(const char *path, char *whole) {
    whole[0] = 0;
    if (!under[0] || !path || busy) return 0;
    if (path[0] == '/') {
        snprintf(whole, PATH, "%s", path);
    } else {
        char here[PATH];
        if (!getcwd(here, sizeof here)) return 0;
        snprintf(whole, PATH, "%.300s/%.380s", here, path);
    }
    for (size_t length = strlen(whole); length > 1; length = strlen(whole)) {
        if (whole[length - 1] == '/') whole[length - 1] = 0;
        else if (length > 2 && !strcmp(whole + length - 2, "/.")) whole[length - 2] = 0;
        else break;
    }
    return !strncmp(whole, under, strlen(under));
}

static void folder(const char *path, char *result) {
    snprintf(result, PATH, "%s", path);
    char *slash = strrchr(result, '/');
    if (slash) *slash = 0;
}

static int find(const char *path) {
    for (int i = makes - 1; i >= 0; i--)
        if (!made[i].is_gone && !strcmp(made[i].path, path)) return i;
    return -1;
}

static int note(const char *path, long flushed, int is_named, int is_folder) {
    if (makes == MOST) return -1;
    snprintf(made[makes].path, PATH, "%s", path);
    made[makes].flushed = flushed;
    made[makes].is_named = is_named;
    made[makes].is_folder = is_folder;
    made[makes].is_gone = 0;
    return makes++;
}

static int opened(const char *path, int flags, mode_t mode, int (*real)(const char *, int, ...)) {
    char whole[PATH];
    int meant = is_under(path, whole);
    if (meant) operate();
    struct stat status;
    int had = meant && !stat(path, &status), file = real(path, flags, mode);
    if (file < 0 || file >= MOST) return file;
    pthread_mutex_lock(&lock);
    file_of[file] = -1;
    folder_of[file][0] = 0;
    // The folder above is flushed for the name of the first.
    if (flags & O_DIRECTORY) snprintf(folder_of[file], PATH, "%s", whole);
    if (meant && !(flags & O_DIRECTORY) && flags & (O_WRONLY | O_RDWR)) {
        int known = find(whole);
        file_of[file] = known >= 0 ? known : note(whole, had ? status.st_size : 0, had, 0);
    }
    pthread_mutex_unlock(&lock);
    return file;
}

#define OPEN(name)                                       \
    int name(const char *path, int flags, ...) {         \
        REAL(int, name, const char *, int, ...)          \
        MODE(flags)                                      \
        return opened(path, flags, mode, real);          \
    }

OPEN(open)
OPEN(open64)

ssize_t write(int file, const void *data, size_t count) {
    REAL(ssize_t, write, int, const void *, size_t)
    if (!busy && file >= 0 && file < MOST && file_of[file] >= 0) operate();
    return real(file, data, count);
}

int fsync(int file) {
    REAL(int, fsync, int)
    if (busy || !state || file < 0 || file >= MOST) return real(file);
    if (forgets && file_of[file] >= 0) return 0;
    pthread_mutex_lock(&lock);
    int result = 0;
    if (file_of[file] >= 0) {
        int fails = operate() && flush_fails;
        struct stat status;
        if (!fstat(file, &status)) {
            if (fails) clear(made[file_of[file]].path, made[file_of[file]].flushed, status.st_size);
            made[file_of[file]].flushed = status.st_size;
        }
        if (fails) result = -1, errno = EIO;
    } else if (folder_of[file][0]) {
        char parent[PATH];
        if (is_under(folder_of[file], parent) && operate() && flush_fails) {
            result = -1, errno = EIO;
        } else {
            for (int i = 0; i < makes; i++) {
                folder(made[i].path, parent);
                if (!strcmp(parent, folder_of[file])) made[i].is_named = 1;
            }
            for (int i = 0; i < moves; i++) {
                folder(moved[i].to, parent);
                if (!strcmp(parent, folder_of[file])) moved[i].is_flushed = 1;
            }
        }
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int rename(const char *from, const char *to) {
    REAL(int, rename, const char *, const char *)
    char whole[PATH], source[PATH];
    if (!is_under(to, whole)) return real(from, to);
    operate();
    pthread_mutex_lock(&lock);
    int number = moves < MOST ? moves++ : MOST - 1;
    snprintf(moved[number].to, PATH, "%s", whole);
    snprintf(moved[number].backup, PATH, "%.600s/%d-%d", backups, getpid(), number);
    moved[number].had = !link(whole, moved[number].backup);
    moved[number].is_flushed = 0;
    moved[number].file = is_under(from, source) ? find(source) : -1;
    int result = real(from, to);
    if (!result && moved[number].file >= 0) snprintf(made[moved[number].file].path, PATH, "%s", whole);
    if (result) moved[number].is_flushed = 1;
    pthread_mutex_unlock(&lock);
    return result;
}

int mkdir(const char *path, mode_t mode) {
    REAL(int, mkdir, const char *, mode_t)
    char whole[PATH];
    int meant = is_under(path, whole);
    if (meant) operate();
    int result = real(path, mode);
    if (meant && !result) {
        pthread_mutex_lock(&lock);
        note(whole, 0, 0, 1);
        pthread_mutex_unlock(&lock);
    }
    return result;
}

int unlink(const char *path) {
    REAL(int, unlink, const char *)
    char whole[PATH];
    if (is_under(path, whole)) operate();
    return real(path);
}
