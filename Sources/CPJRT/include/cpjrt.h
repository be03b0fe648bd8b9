// The part of the PJRT C interface that Ballast calls, declared anew from its published layout.
//
// A plugin is a shared library that exports `GetPjrtApi`, which returns a table of functions. Every
// function takes one pointer to a struct of arguments that begins with its own size; a plugin
// compares that size with the one it knows, so that both sides notice when they do not fit. Fields
// that a plugin writes are marked `out`. Minor versions only append to the table and to structs, so
// what is declared here holds for every 0.y from PJRT_OLDEST_MINOR on.
//
// Source: the PJRT C API of OpenXLA, versions 0.64 to 0.116.
#ifndef BALLAST_CPJRT_H
#define BALLAST_CPJRT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PJRT_MAJOR = 0,
    // The oldest version whose structs hold what is declared here; 0.106 is the oldest that was tried.
    PJRT_OLDEST_MINOR = 64,
};

struct pjrt_error;
struct pjrt_event;
struct pjrt_client;
struct pjrt_device;
struct pjrt_device_description;
struct pjrt_executable;
struct pjrt_loaded_executable;
struct pjrt_buffer;

// A function of the table: no error is a null pointer.
typedef struct pjrt_error *(*pjrt_function)(void *arguments);
// The two that cannot fail.
typedef void (*pjrt_procedure)(void *arguments);

struct pjrt_version {
    size_t struct_size;
    void *extension;
    int major;
    int minor;
};

struct pjrt_api {
    size_t struct_size;
    void *extension;
    struct pjrt_version version;

    pjrt_procedure error_destroy;
    pjrt_procedure error_message;
    pjrt_function error_code;

    pjrt_function plugin_initialize;
    pjrt_function plugin_attributes;

    pjrt_function event_destroy;
    pjrt_function event_is_ready;
    pjrt_function event_error;
    pjrt_function event_await;
    pjrt_function event_on_ready;

    pjrt_function client_create;
    pjrt_function client_destroy;
    pjrt_function client_platform_name;
    pjrt_function client_process_index;
    pjrt_function client_platform_version;
    pjrt_function client_devices;
    pjrt_function client_addressable_devices;
    pjrt_function client_lookup_device;
    pjrt_function client_lookup_addressable_device;
    pjrt_function client_addressable_memories;
    pjrt_function client_compile;
    pjrt_function client_default_device_assignment;
    pjrt_function client_buffer_from_host_buffer;

    pjrt_function device_description_id;
    pjrt_function device_description_process_index;
    pjrt_function device_description_attributes;
    pjrt_function device_description_kind;
    pjrt_function device_description_debug_string;
    pjrt_function device_description_to_string;

    pjrt_function device_get_description;
    pjrt_function device_is_addressable;
    pjrt_function device_local_hardware_id;
    pjrt_function device_addressable_memories;
    pjrt_function device_default_memory;
    pjrt_function device_memory_stats;

    pjrt_function memory_id;
    pjrt_function memory_kind;
    pjrt_function memory_debug_string;
    pjrt_function memory_to_string;
    pjrt_function memory_addressable_by_devices;

    pjrt_function executable_destroy;
    pjrt_function executable_name;
    pjrt_function executable_num_replicas;
    pjrt_function executable_num_partitions;
    pjrt_function executable_num_outputs;
    pjrt_function executable_size_of_generated_code;
    pjrt_function executable_cost_analysis;
    pjrt_function executable_output_memory_kinds;
    pjrt_function executable_optimized_program;
    pjrt_function executable_serialize;

    pjrt_function loaded_executable_destroy;
    pjrt_function loaded_executable_get_executable;
    pjrt_function loaded_executable_addressable_devices;
    pjrt_function loaded_executable_delete;
    pjrt_function loaded_executable_is_deleted;
    pjrt_function loaded_executable_execute;
    pjrt_function executable_deserialize_and_load;
    pjrt_function loaded_executable_fingerprint;

    pjrt_function buffer_destroy;
    pjrt_function buffer_element_type;
    pjrt_function buffer_dimensions;
    pjrt_function buffer_unpadded_dimensions;
    pjrt_function buffer_dynamic_dimension_indices;
    pjrt_function buffer_memory_layout;
    pjrt_function buffer_on_device_size;
    pjrt_function buffer_device;
    pjrt_function buffer_memory;
    pjrt_function buffer_delete;
    pjrt_function buffer_is_deleted;
    pjrt_function buffer_copy_to_device;
    pjrt_function buffer_to_host_buffer;
    // What follows is not called.
};

// What `GetPjrtApi` is.
typedef const struct pjrt_api *(*pjrt_get_api)(void);

struct pjrt_error_arguments {
    size_t struct_size;
    void *extension;
    struct pjrt_error *error;
};

struct pjrt_error_message_arguments {
    size_t struct_size;
    void *extension;
    const struct pjrt_error *error;
    const char *message;  // out, lives as long as the error
    size_t message_size;  // out
};

// Codes are those of absl::Status.
enum {
    PJRT_CODE_INVALID_ARGUMENT = 3,
    PJRT_CODE_RESOURCE_EXHAUSTED = 8,
    PJRT_CODE_UNIMPLEMENTED = 12,
    PJRT_CODE_INTERNAL = 13,
    PJRT_CODE_UNAVAILABLE = 14,
};

struct pjrt_error_code_arguments {
    size_t struct_size;
    void *extension;
    const struct pjrt_error *error;
    int code;  // out
};

enum pjrt_value_kind { PJRT_VALUE_STRING = 0, PJRT_VALUE_INT64 = 1, PJRT_VALUE_INT64_LIST = 2 };

// An option or an attribute.
struct pjrt_named_value {
    size_t struct_size;
    void *extension;
    const char *name;
    size_t name_size;
    int kind;
    union {
        const char *string;
        int64_t integer;
        const int64_t *integers;
        float number;
        bool flag;
    } value;
    // Characters of a string, elements of a list, otherwise 1.
    size_t value_size;
};

struct pjrt_plugin_arguments {
    size_t struct_size;
    void *extension;
};

struct pjrt_plugin_attributes_arguments {
    size_t struct_size;
    void *extension;
    const struct pjrt_named_value *attributes;  // out
    size_t attribute_count;                     // out
};

struct pjrt_event_arguments {
    size_t struct_size;
    void *extension;
    struct pjrt_event *event;
};

struct pjrt_client_create_arguments {
    size_t struct_size;
    void *extension;
    const struct pjrt_named_value *options;
    size_t option_count;
    void *get_callback;
    void *get_argument;
    void *put_callback;
    void *put_argument;
    struct pjrt_client *client;  // out
    void *try_get_callback;
    void *try_get_argument;
};

struct pjrt_client_arguments {
    size_t struct_size;
    void *extension;
    struct pjrt_client *client;
};

// Of client_platform_name and client_platform_version.
struct pjrt_client_string_arguments {
    size_t struct_size;
    void *extension;
    struct pjrt_client *client;
    const char *string;  // out, lives as long as the client
    size_t string_size;  // out
};

struct pjrt_client_devices_arguments {
    size_t struct_size;
    void *extension;
    struct pjrt_client *client;
    struct pjrt_device *const *devices;  // out
    size_t device_count;                 // out
};

struct pjrt_program {
    size_t struct_size;
    void *extension;
    char *code;
    size_t code_size;
    const char *format;
    size_t format_size;
};

struct pjrt_compile_arguments {
    size_t struct_size;
    void *extension;
    struct pjrt_client *client;
    const struct pjrt_program *program;
    // A serialised CompileOptionsProto.
    const char *options;
    size_t options_size;
    struct pjrt_loaded_executable *executable;  // out
};

enum pjrt_element_type {
    PJRT_TYPE_PRED = 1,
    PJRT_TYPE_S32 = 4,
    PJRT_TYPE_F32 = 11,
    PJRT_TYPE_F64 = 12,
    PJRT_TYPE_BF16 = 13,
};

enum pjrt_host_buffer_semantics { PJRT_HOST_BUFFER_COPIED_DURING_CALL = 0 };

struct pjrt_buffer_from_host_arguments {
    size_t struct_size;
    void *extension;
    struct pjrt_client *client;
    const void *data;
    int element_type;
    const int64_t *dimensions;
    size_t dimension_count;
    // None for row-major order.
    const int64_t *byte_strides;
    size_t byte_stride_count;
    int semantics;
    struct pjrt_device *device;
    void *memory;
    void *layout;
    struct pjrt_event *done_with_host_buffer;  // out
    struct pjrt_buffer *buffer;                // out
};

struct pjrt_device_description_arguments {
    size_t struct_size;
    void *extension;
    struct pjrt_device *device;
    struct pjrt_device_description *description;  // out
};

struct pjrt_device_kind_arguments {
    size_t struct_size;
    void *extension;
    struct pjrt_device_description *description;
    const char *kind;  // out
    size_t kind_size;  // out
};

// Optional fields come with whether they are set.
struct pjrt_device_memory_arguments {
    size_t struct_size;
    void *extension;
    struct pjrt_device *device;
    int64_t bytes_in_use;       // out
    int64_t peak_bytes_in_use;  // out
    bool peak_bytes_in_use_is_set;
    int64_t allocation_count;  // out
    bool allocation_count_is_set;
    int64_t largest_allocation;  // out
    bool largest_allocation_is_set;
    int64_t bytes_limit;  // out
    bool bytes_limit_is_set;
    int64_t bytes_reserved;  // out
    bool bytes_reserved_is_set;
    int64_t peak_bytes_reserved;  // out
    bool peak_bytes_reserved_is_set;
    int64_t bytes_reservable_limit;  // out
    bool bytes_reservable_limit_is_set;
    int64_t largest_free_block;  // out
    bool largest_free_block_is_set;
    int64_t pool_bytes;  // out
    bool pool_bytes_is_set;
    int64_t peak_pool_bytes;  // out
    bool peak_pool_bytes_is_set;
};

struct pjrt_loaded_executable_arguments {
    size_t struct_size;
    void *extension;
    struct pjrt_loaded_executable *executable;
};

struct pjrt_execute_options {
    size_t struct_size;
    void *extension;
    void *send_callbacks;
    void *receive_callbacks;
    size_t send_count;
    size_t receive_count;
    int launch_id;
    const int64_t *kept_inputs;
    size_t kept_input_count;
    void *context;
    const char *call_location;
    size_t task_count;
    int *tasks;
    int64_t *incarnations;
    void *slices;
};

struct pjrt_execute_arguments {
    size_t struct_size;
    void *extension;
    struct pjrt_loaded_executable *executable;
    struct pjrt_execute_options *options;
    // For each device its arguments and its results.
    struct pjrt_buffer *const *const *arguments;
    size_t device_count;
    size_t argument_count;
    struct pjrt_buffer **const *results;
    struct pjrt_event **completed;  // out, one for each device, or null
    struct pjrt_device *device;
};

struct pjrt_buffer_arguments {
    size_t struct_size;
    void *extension;
    struct pjrt_buffer *buffer;
};

enum pjrt_layout_kind { PJRT_LAYOUT_TILED = 0 };

struct pjrt_tiled_layout {
    size_t struct_size;
    void *extension;
    // Axes from the fastest to the slowest.
    const int64_t *minor_to_major;
    size_t minor_to_major_count;
    const int64_t *tile_dimensions;
    const size_t *tile_dimension_counts;
    size_t tile_count;
};

struct pjrt_layout {
    size_t struct_size;
    void *extension;
    struct pjrt_tiled_layout tiled;
    int kind;
};

struct pjrt_buffer_to_host_arguments {
    size_t struct_size;
    void *extension;
    struct pjrt_buffer *source;
    struct pjrt_layout *layout;
    void *destination;
    size_t destination_size;
    struct pjrt_event *event;  // out
};

#endif
