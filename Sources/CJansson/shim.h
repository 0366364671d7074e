#pragma once
#include <jansson.h>

// json_error_code() shares its name with the enum it returns, so that Swift cannot call it.
static inline enum json_error_code wire_json_error_code(const json_error_t *failure) {
    return json_error_code(failure);
}
