// What every library that stands before the C library needs.
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/types.h>

// The function of the C library that one of this name hides, as `real`.
#define REAL(type, name, ...)               \
    static type (*real)(__VA_ARGS__);       \
    if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name);

// The permissions that a call of `open` with these flags has after them, as `mode`; 0 without.
#define MODE(flags)                         \
    mode_t mode = 0;                        \
    if ((flags) & (O_CREAT | O_TMPFILE)) {  \
        va_list list;                       \
        va_start(list, flags);              \
        mode = va_arg(list, mode_t);        \
        va_end(list);                       \
    }
