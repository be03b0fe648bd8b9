// Preloaded into the tool: the MEMORY_AT-th piece of memory that its C parts ask for is not to be had.
//
// Swift's own objects are not among them: its run-time library ends the program where an object cannot be had.
//
//   MEMORY_PART    tool: the engine's buffers and threads and libYAML's, all that C asks for from the tool's own file;
//                  zlib or onednn: what is asked for from the code of that library
//   MEMORY_STICKY  set: no piece from there on is
//   MEMORY_COUNT   a file that gets a byte for each
//
// cc -shared -fPIC -O1 -o memory.so memory.c -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static struct {
    uintptr_t from, to;
} part[16];
static int part_count, counter = -1, sticky, is_tool;
static const char *library;
static long at;
static atomic_long asked;

static int look(struct dl_phdr_info *info, size_t size, void *unused) {
    (void)size, (void)unused;
    if (is_tool ? info->dlpi_name[0] != 0 : !strstr(info->dlpi_name, library)) return 0;
    for (int i = 0; i < info->dlpi_phnum && part_count < 16; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type != PT_LOAD || !(header->p_flags & PF_X)) continue;
        part[part_count].from = info->dlpi_addr + header->p_vaddr;
        part[part_count].to = part[part_count].from + header->p_memsz;
        part_count++;
    }
    return is_tool;
}

__attribute__((constructor)) static void prepare(void) {
    const char *number = getenv("MEMORY_AT"), *file = getenv("MEMORY_COUNT"),
               *name = getenv("MEMORY_PART");
    if (!number || !name) return;
    is_tool = !strcmp(name, "tool");
    library = !strcmp(name, "zlib") ? "/libz." : "/libdnnl.";
    dl_iterate_phdr(look, NULL);
    sticky = getenv("MEMORY_STICKY") != NULL;
    at = atol(number);
    if (file)
        counter = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

static int is_part(const void *caller) {
    for (int i = 0; i < part_count; i++)
        if ((uintptr_t)caller >= part[i].from && (uintptr_t)caller < part[i].to) return 1;
    return 0;
}

static int fails(void) {
    long number = atomic_fetch_add(&asked, 1) + 1;
    if (counter >= 0) syscall(SYS_write, counter, ".", 1);
    return at && (number == at || (sticky && number > at));
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t count) {
    if (is_part(CALLER) && fails()) return errno = ENOMEM, NULL;
    return __libc_malloc(count);
}

void *calloc(size_t count, size_t size) {
    if (is_part(CALLER) && fails()) return errno = ENOMEM, NULL;
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t count) {
    if (is_part(CALLER) && fails()) return errno = ENOMEM, NULL;
    return __libc_realloc(old, count);
}

int posix_memalign(void **place, size_t alignment, size_t count) {
    if (is_part(CALLER) && fails()) return ENOMEM;
    *place = __libc_memalign(alignment, count);
    return *place ? 0 : ENOMEM;
}

#define MAP(name)                                                                          \
    void *name(void *place, size_t count, int allows, int flags, int file, off_t from) {   \
        if (flags & MAP_ANONYMOUS && is_part(CALLER) && fails())       \
            return errno = ENOMEM, MAP_FAILED;                                              \
        return (void *)syscall(SYS_mmap, place, count, allows, flags, file, from);          \
    }

MAP(mmap)
MAP(mmap64)
