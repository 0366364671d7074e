#pragma once
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

// libcurl is opened when mail is to go over SMTP, and not with the program: it brings 27 libraries along, which took a fifth of
// every start, and most starts need none of them. So every call goes by the function's name, which is looked up once.

static inline void *signupd_curl_library(void) { return dlopen("libcurl.so.4", RTLD_NOW); }

// A library of that name without our functions is none we could work with: the end, as it would be at the start of a linked program.
static inline void *signupd_curl_function(const char *name) {
    void *function = dlsym(signupd_curl_library(), name);
    if (function != NULL) return function;
    fprintf(stderr, "signupd: %s\n", dlerror());
    _exit(78); // As for any other setting that cannot be (EX_CONFIG of sysexits.h).
}

#define SIGNUPD_CURL(function) \
    ({ \
        static __typeof__(&function) known; \
        __typeof__(&function) found = __atomic_load_n(&known, __ATOMIC_RELAXED); \
        if (found == NULL) { \
            found = (__typeof__(&function))signupd_curl_function(#function); \
            __atomic_store_n(&known, found, __ATOMIC_RELAXED); \
        } \
        found; \
    })

static inline CURLcode signupd_curl_global_init(long flags) { return SIGNUPD_CURL(curl_global_init)(flags); }

static inline CURL *signupd_curl_easy_init(void) { return SIGNUPD_CURL(curl_easy_init)(); }

static inline void signupd_curl_easy_cleanup(CURL *handle) { SIGNUPD_CURL(curl_easy_cleanup)(handle); }

static inline CURLcode signupd_curl_easy_perform(CURL *handle) { return SIGNUPD_CURL(curl_easy_perform)(handle); }

static inline const char *signupd_curl_easy_strerror(CURLcode code) { return SIGNUPD_CURL(curl_easy_strerror)(code); }

static inline struct curl_slist *signupd_curl_slist_append(struct curl_slist *list, const char *text) {
    return SIGNUPD_CURL(curl_slist_append)(list, text);
}

static inline void signupd_curl_slist_free_all(struct curl_slist *list) { SIGNUPD_CURL(curl_slist_free_all)(list); }

static inline curl_mime *signupd_curl_mime_init(CURL *handle) { return SIGNUPD_CURL(curl_mime_init)(handle); }

static inline void signupd_curl_mime_free(curl_mime *mime) { SIGNUPD_CURL(curl_mime_free)(mime); }

static inline curl_mimepart *signupd_curl_mime_addpart(curl_mime *mime) { return SIGNUPD_CURL(curl_mime_addpart)(mime); }

static inline CURLcode signupd_curl_mime_data(curl_mimepart *part, const char *bytes, size_t count) {
    return SIGNUPD_CURL(curl_mime_data)(part, bytes, count);
}

static inline CURLcode signupd_curl_mime_type(curl_mimepart *part, const char *type) {
    return SIGNUPD_CURL(curl_mime_type)(part, type);
}

static inline CURLcode signupd_curl_mime_encoder(curl_mimepart *part, const char *encoding) {
    return SIGNUPD_CURL(curl_mime_encoder)(part, encoding);
}

// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift cannot call: one function for each type they take.

static inline CURLcode signupd_curl_set_long(CURL *handle, CURLoption option, long value) {
    return SIGNUPD_CURL(curl_easy_setopt)(handle, option, value);
}

static inline CURLcode signupd_curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return SIGNUPD_CURL(curl_easy_setopt)(handle, option, value);
}

static inline CURLcode signupd_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return SIGNUPD_CURL(curl_easy_setopt)(handle, option, value);
}

static inline CURLcode signupd_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return SIGNUPD_CURL(curl_easy_setopt)(handle, option, value);
}

static inline CURLcode signupd_curl_set_mime(CURL *handle, curl_mime *value) {
    return SIGNUPD_CURL(curl_easy_setopt)(handle, CURLOPT_MIMEPOST, value);
}

static inline CURLcode signupd_curl_set_debug_function(CURL *handle, curl_debug_callback value) {
    return SIGNUPD_CURL(curl_easy_setopt)(handle, CURLOPT_DEBUGFUNCTION, value);
}

static inline CURLcode signupd_curl_set_progress_function(CURL *handle, curl_xferinfo_callback value) {
    return SIGNUPD_CURL(curl_easy_setopt)(handle, CURLOPT_XFERINFOFUNCTION, value);
}

static inline CURLcode signupd_curl_set_socket_function(CURL *handle, curl_sockopt_callback value) {
    return SIGNUPD_CURL(curl_easy_setopt)(handle, CURLOPT_SOCKOPTFUNCTION, value);
}

static inline CURLcode signupd_curl_set_close_function(CURL *handle, curl_closesocket_callback value) {
    return SIGNUPD_CURL(curl_easy_setopt)(handle, CURLOPT_CLOSESOCKETFUNCTION, value);
}

static inline CURLcode signupd_curl_get_microseconds(CURL *handle, CURLINFO info, curl_off_t *value) {
    return SIGNUPD_CURL(curl_easy_getinfo)(handle, info, value);
}

static inline CURLcode signupd_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return SIGNUPD_CURL(curl_easy_getinfo)(handle, info, value);
}

static inline CURLcode signupd_curl_get_certificates(CURL *handle, struct curl_certinfo **value) {
    return SIGNUPD_CURL(curl_easy_getinfo)(handle, CURLINFO_CERTINFO, value);
}
