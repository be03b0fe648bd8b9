// Preloaded into the tool: makes the file operation number FAULT_AT of those below the folder FAULT_UNDER fail.
//
//   FAULT_KIND     the name of an error (EIO, ENOSPC, EINTR, EMFILE, EACCES), or short (half is read or written),
//                  kill (the process dies before it), after (dies after it), torn (writes half, then dies)
//   FAULT_STICKY   set: every operation from there on fails
//   FAULT_AT_2, FAULT_KIND_2  another one, after the first
//   FAULT_COMMAND  only in processes whose first argument it is, as `train`
//   FAULT_COUNT    a file that gets a byte for each operation
//
// cc -shared -fPIC -O1 -o fault.so fault.c -ldl
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim.h"

enum { PASS, FAIL, SHORT, AFTER, TORN };
enum { DESCRIPTORS = 4096 };

static const struct {
    const char *name;
    int code;
} errors[] = {{"EIO", EIO},       {"ENOSPC", ENOSPC}, {"EINTR", EINTR},
              {"EMFILE", EMFILE}, {"EACCES", EACCES}};

static char under[1024];
static struct fault {
    long at;
    int code, outcome, kills;
} faults[2];
static int sticky, counter = -1;
static atomic_long operations;
static atomic_char watched[DESCRIPTORS];

// Whether this process is the one that is meant.
static int is_command(const char *command) {
    char line[4096] = {0};
    int file = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY);
    long count = syscall(SYS_read, file, line, sizeof line - 1);
    syscall(SYS_close, file);
    const char *argument = line + strlen(line) + 1;
    return count > 0 && argument < line + count && !strcmp(argument, command);
}

static void read_fault(struct fault *fault, const char *at, const char *name) {
    const char *number = getenv(at), *kind = getenv(name);
    fault->at = number ? atol(number) : 0;
    fault->outcome = FAIL;
    fault->code = EIO;
    if (!kind) return;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (!strcmp(kind, errors[i].name)) fault->code = errors[i].code;
    if (!strcmp(kind, "short")) fault->outcome = SHORT;
    if (!strcmp(kind, "after")) fault->outcome = AFTER;
    if (!strcmp(kind, "torn")) fault->outcome = TORN;
    fault->kills = !strcmp(kind, "kill");
}

__attribute__((constructor)) static void prepare(void) {
    const char *command = getenv("FAULT_COMMAND"), *folder = getenv("FAULT_UNDER"),
               *file = getenv("FAULT_COUNT");
    if (!folder || (command && !is_command(command))) return;
    sticky = getenv("FAULT_STICKY") != NULL;
    read_fault(&faults[0], "FAULT_AT", "FAULT_KIND");
    read_fault(&faults[1], "FAULT_AT_2", "FAULT_KIND_2");
    if (file)
        counter = (int)syscall(SYS_openat, AT_FDCWD, file,
                               O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    strncpy(under, folder, sizeof under - 1);
}

static void die(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

static int is_under(const char *path) {
    if (!under[0] || !path) return 0;
    if (path[0] == '/') return !strncmp(path, under, strlen(under));
    char whole[8192];
    if (!getcwd(whole, 4096)) return 0;
    strcat(whole, "/");
    strncat(whole, path, 4000);
    return !strncmp(whole, under, strlen(under));
}

static int is_watched(int file) { return file >= 0 && file < DESCRIPTORS && watched[file]; }

// What becomes of the next operation.
static int next(void) {
    long number = atomic_fetch_add(&operations, 1) + 1;
    if (counter >= 0) syscall(SYS_write, counter, ".", 1);
    for (int i = 0; i < 2; i++) {
        const struct fault *fault = &faults[i];
        if (fault->at == 0 || !(number == fault->at || (!i && sticky && number > fault->at))) continue;
        if (fault->kills) die();
        errno = fault->code;
        return fault->outcome;
    }
    return PASS;
}

// An operation by a path, or on a file that is watched.
#define OPERATION(type, failed, name, condition, parameters, arguments)  \
    type name parameters {                                              \
        static type(*real) parameters;                                  \
        if (!real) real = (type(*) parameters)dlsym(RTLD_NEXT, #name);  \
        int what = (condition) ? next() : PASS;                         \
        if (what == FAIL) return failed;                                \
        type result = real arguments;                                   \
        if (what == AFTER || what == TORN) die();                       \
        return result;                                                  \
    }

#define OPEN(name)                                                     \
    int name(const char *path, int flags, ...) {                       \
        REAL(int, name, const char *, int, ...)                        \
        MODE(flags)                                                    \
        int meant = is_under(path), what = meant ? next() : PASS;      \
        if (what == FAIL) return -1;                                   \
        int file = real(path, flags, mode);                            \
        if (what == AFTER || what == TORN) die();                      \
        if (file >= 0 && file < DESCRIPTORS) watched[file] = meant;    \
        return file;                                                   \
    }

OPEN(open)
OPEN(open64)

#define TRANSFER(name, buffer, parameters, half, all)                  \
    ssize_t name parameters {                                          \
        static ssize_t(*real) parameters;                              \
        if (!real) real = (ssize_t(*) parameters)dlsym(RTLD_NEXT, #name); \
        int what = is_watched(file) ? next() : PASS;                   \
        if (what == FAIL) return -1;                                   \
        if (what == SHORT && count > 1) return real half;              \
        if (what == TORN) {                                            \
            if (count > 1) real half;                                  \
            die();                                                     \
        }                                                              \
        ssize_t result = real all;                                     \
        if (what == AFTER) die();                                      \
        return result;                                                 \
    }

TRANSFER(write, data, (int file, const void *data, size_t count), (file, data, count / 2), (file, data, count))
TRANSFER(read, data, (int file, void *data, size_t count), (file, data, count / 2), (file, data, count))
TRANSFER(pread, data, (int file, void *data, size_t count, off_t from), (file, data, count / 2, from), (file, data, count, from))
TRANSFER(pread64, data, (int file, void *data, size_t count, off_t from), (file, data, count / 2, from), (file, data, count, from))

OPERATION(int, -1, fsync, is_watched(file), (int file), (file))
OPERATION(int, -1, flock, is_watched(file), (int file, int how), (file, how))
OPERATION(int, -1, rename, is_under(to), (const char *from, const char *to), (from, to))
OPERATION(int, -1, unlink, is_under(path), (const char *path), (path))
OPERATION(int, -1, mkdir, is_under(path), (const char *path, mode_t mode), (path, mode))
OPERATION(DIR *, NULL, opendir, is_under(path), (const char *path), (path))
OPERATION(void *, MAP_FAILED, mmap, is_watched(file),
          (void *place, size_t count, int allows, int flags, int file, off_t from),
          (place, count, allows, flags, file, from))
OPERATION(void *, MAP_FAILED, mmap64, is_watched(file),
          (void *place, size_t count, int allows, int flags, int file, off_t from),
          (place, count, allows, flags, file, from))

int close(int file) {
    REAL(int, close, int)
    if (file >= 0 && file < DESCRIPTORS) watched[file] = 0;
    return real(file);
}
