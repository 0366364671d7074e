#pragma once
#include <curl/curl.h>

// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift cannot call: one function for each type they take.
// The parentheses keep curl's type-checking macros of the same names out; the parameter's type does their work.

static inline CURLcode signupd_curl_set_long(CURL *handle, CURLoption option, long value) {
    return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode signupd_curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode signupd_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode signupd_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode signupd_curl_set_mime(CURL *handle, curl_mime *value) {
    return (curl_easy_setopt)(handle, CURLOPT_MIMEPOST, value);
}

static inline CURLcode signupd_curl_set_debug_function(CURL *handle, curl_debug_callback value) {
    return (curl_easy_setopt)(handle, CURLOPT_DEBUGFUNCTION, value);
}

static inline CURLcode signupd_curl_set_progress_function(CURL *handle, curl_xferinfo_callback value) {
    return (curl_easy_setopt)(handle, CURLOPT_XFERINFOFUNCTION, value);
}

static inline CURLcode signupd_curl_set_socket_function(CURL *handle, curl_sockopt_callback value) {
    return (curl_easy_setopt)(handle, CURLOPT_SOCKOPTFUNCTION, value);
}

static inline CURLcode signupd_curl_set_close_function(CURL *handle, curl_closesocket_callback value) {
    return (curl_easy_setopt)(handle, CURLOPT_CLOSESOCKETFUNCTION, value);
}

static inline CURLcode signupd_curl_get_microseconds(CURL *handle, CURLINFO info, curl_off_t *value) {
    return (curl_easy_getinfo)(handle, info, value);
}

static inline CURLcode signupd_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return (curl_easy_getinfo)(handle, info, value);
}

static inline CURLcode signupd_curl_get_certificates(CURL *handle, struct curl_certinfo **value) {
    return (curl_easy_getinfo)(handle, CURLINFO_CERTINFO, value);
}
