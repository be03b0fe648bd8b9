// A PJRT plugin that stands before another one and goes wrong as its environment says:
//
//   FAULTY_PLUGIN_BEHIND   the plugin that does the work
//   FAULTY_PLUGIN          what goes wrong: `old`, `new`, `small`, `none` (no device), `compile`,
//                          `memory` (compiling runs out of it), `lost:N` (the device is lost in run N)
//
// Its own errors are told from the other plugin's by their address.
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "cpjrt.h"

static struct pjrt_api table;
static const struct pjrt_api *behind;
static int runs_left = -1;

struct fault {
    const char *message;
    int code;
};
static struct fault faults[] = {
    {"no such device", PJRT_CODE_UNAVAILABLE},
    {"operand 3 is not what it seems", PJRT_CODE_INVALID_ARGUMENT},
    {"attempting to allocate 1.21 TiB", PJRT_CODE_RESOURCE_EXHAUSTED},
    {"the device fell off the bus", PJRT_CODE_INTERNAL},
};

static struct fault *own(const void *error) {
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (error == &faults[i]) return &faults[i];
    return NULL;
}

static void error_destroy(void *arguments) {
    struct pjrt_error_arguments *a = arguments;
    if (!own(a->error)) behind->error_destroy(arguments);
}

static void error_message(void *arguments) {
    struct pjrt_error_message_arguments *a = arguments;
    struct fault *fault = own(a->error);
    if (!fault) {
        behind->error_message(arguments);
        return;
    }
    a->message = fault->message;
    a->message_size = strlen(fault->message);
}

static struct pjrt_error *error_code(void *arguments) {
    struct pjrt_error_code_arguments *a = arguments;
    struct fault *fault = own(a->error);
    if (!fault) return behind->error_code(arguments);
    a->code = fault->code;
    return NULL;
}

static struct pjrt_error *no_device(void *arguments) {
    (void)arguments;
    return (struct pjrt_error *)&faults[0];
}

static struct pjrt_error *rejected(void *arguments) {
    (void)arguments;
    return (struct pjrt_error *)&faults[1];
}

static struct pjrt_error *exhausted(void *arguments) {
    (void)arguments;
    return (struct pjrt_error *)&faults[2];
}

static struct pjrt_error *lost(void *arguments) {
    if (runs_left == 0) return (struct pjrt_error *)&faults[3];
    runs_left--;
    return behind->loaded_executable_execute(arguments);
}

const struct pjrt_api *GetPjrtApi(void) {
    const char *path = getenv("FAULTY_PLUGIN_BEHIND"), *fault = getenv("FAULTY_PLUGIN");
    void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    pjrt_get_api get = library ? (pjrt_get_api)dlsym(library, "GetPjrtApi") : NULL;
    if (!get || !fault) return NULL;
    behind = get();
    memcpy(&table, behind, sizeof table);
    table.struct_size = sizeof table;
    table.error_destroy = error_destroy;
    table.error_message = error_message;
    table.error_code = error_code;
    if (!strcmp(fault, "old")) table.version.minor = 12;
    if (!strcmp(fault, "new")) table.version.major = 1;
    if (!strcmp(fault, "small")) table.struct_size = 400;
    if (!strcmp(fault, "none")) table.client_create = no_device;
    if (!strcmp(fault, "compile")) table.client_compile = rejected;
    if (!strcmp(fault, "memory")) table.client_compile = exhausted;
    if (!strncmp(fault, "lost:", 5)) {
        runs_left = atoi(fault + 5);
        table.loaded_executable_execute = lost;
    }
    return &table;
}
