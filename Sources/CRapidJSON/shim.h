#pragma once
#include <stddef.h>
#include <stdint.h>

// RapidJSON is templates of C++, which Swift cannot call: here is one function in C that reads a text with it, and the list it makes.

#ifdef __cplusplus
extern "C" {
#endif

typedef enum __attribute__((enum_extensibility(closed))) {
    signupd_json_null,
    signupd_json_boolean,
    signupd_json_integer,
    signupd_json_real,
    signupd_json_string,
    signupd_json_array,
    signupd_json_object,
} signupd_json_kind;

/// One value of a text, or one name. The values that an array holds stand behind it, one after the other; so do the names and
/// values of an object, each name before its value.
typedef struct {
    signupd_json_kind kind;
    /// The bytes of a string, the elements of an array, the members of an object.
    uint32_t count;
    union {
        uint8_t boolean;
        int64_t integer;
        double real;
        /// The UTF-8 of a string, in the text that was read.
        const char *start;
        /// How many entries of the list an array or object takes, itself included. Any other value takes one.
        uint32_t span;
    };
} signupd_json_value;

typedef enum __attribute__((enum_extensibility(closed))) {
    signupd_json_fine,
    signupd_json_syntax,
    signupd_json_incomplete,
    signupd_json_trailing_text,
    signupd_json_nul_character,
    signupd_json_duplicate_name,
    signupd_json_number_out_of_range,
    signupd_json_too_deep,
} signupd_json_problem;

typedef struct {
    signupd_json_problem problem;
    /// The byte at which it showed.
    size_t offset;
    /// How many values are in the list.
    size_t value_count;
} signupd_json_outcome;

/// Reads one JSON text (RFC 8259), and leaves its strings unescaped in its place.
///
/// - text: strict UTF-8 without a NUL byte, and with one behind its `count` bytes.
/// - depth_limit: how deep arrays and objects may nest. They are read recursively.
/// - values: where the list goes; room for count / 2 + 1.
signupd_json_outcome signupd_json_read(char *text, size_t count, uint32_t depth_limit, signupd_json_value *values);

#ifdef __cplusplus
}
#endif
