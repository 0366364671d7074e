#pragma once
#include <dlfcn.h>
#include <mariadb/mysql.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

// libmariadb is opened when a database of MariaDB's is set, and not with the program: with OpenSSL, which it brings along, it took a
// sixth of every start, and the embedded default needs neither. So every call goes by the function's name, which is looked up once.

static inline void *signupd_mysql_library(void) { return dlopen("libmariadb.so.3", RTLD_NOW); }

// A library of that name without our functions is none we could work with: the end, as it would be at the start of a linked program.
static inline void *signupd_mysql_function(const char *name) {
    void *function = dlsym(signupd_mysql_library(), name);
    if (function != NULL) return function;
    fprintf(stderr, "signupd: %s\n", dlerror());
    _exit(78); // As for any other setting that cannot be (EX_CONFIG of sysexits.h).
}

#define SIGNUPD_MYSQL(function) \
    ({ \
        static __typeof__(&function) known; \
        __typeof__(&function) found = __atomic_load_n(&known, __ATOMIC_RELAXED); \
        if (found == NULL) { \
            found = (__typeof__(&function))signupd_mysql_function(#function); \
            __atomic_store_n(&known, found, __ATOMIC_RELAXED); \
        } \
        found; \
    })

static inline int signupd_mysql_server_init(int count, char **arguments, char **groups) {
    return SIGNUPD_MYSQL(mysql_server_init)(count, arguments, groups);
}

static inline MYSQL *signupd_mysql_init(MYSQL *handle) { return SIGNUPD_MYSQL(mysql_init)(handle); }

static inline int signupd_mysql_options(MYSQL *handle, enum mysql_option option, const void *value) {
    return SIGNUPD_MYSQL(mysql_options)(handle, option, value);
}

static inline MYSQL *signupd_mysql_real_connect(
    MYSQL *handle, const char *host, const char *user, const char *password, const char *database, unsigned int port,
    const char *socket, unsigned long flags
) {
    return SIGNUPD_MYSQL(mysql_real_connect)(handle, host, user, password, database, port, socket, flags);
}

static inline void signupd_mysql_close(MYSQL *handle) { SIGNUPD_MYSQL(mysql_close)(handle); }

static inline unsigned int signupd_mysql_errno(MYSQL *handle) { return SIGNUPD_MYSQL(mysql_errno)(handle); }

static inline const char *signupd_mysql_error(MYSQL *handle) { return SIGNUPD_MYSQL(mysql_error)(handle); }

static inline int signupd_mysql_ping(MYSQL *handle) { return SIGNUPD_MYSQL(mysql_ping)(handle); }

static inline int signupd_mysql_real_query(MYSQL *handle, const char *text, unsigned long count) {
    return SIGNUPD_MYSQL(mysql_real_query)(handle, text, count);
}

static inline int signupd_mysql_send_query(MYSQL *handle, const char *text, unsigned long count) {
    return SIGNUPD_MYSQL(mysql_send_query)(handle, text, count);
}

static inline int signupd_mysql_read_query_result(MYSQL *handle) {
    return SIGNUPD_MYSQL(mysql_read_query_result)(handle);
}

static inline my_socket signupd_mysql_get_socket(MYSQL *handle) { return SIGNUPD_MYSQL(mysql_get_socket)(handle); }

static inline const char *signupd_mysql_get_server_info(MYSQL *handle) {
    return SIGNUPD_MYSQL(mysql_get_server_info)(handle);
}

static inline unsigned int signupd_mysql_num_fields(MYSQL_RES *result) {
    return SIGNUPD_MYSQL(mysql_num_fields)(result);
}

static inline MYSQL_FIELD *signupd_mysql_fetch_fields(MYSQL_RES *result) {
    return SIGNUPD_MYSQL(mysql_fetch_fields)(result);
}

static inline void signupd_mysql_free_result(MYSQL_RES *result) { SIGNUPD_MYSQL(mysql_free_result)(result); }

static inline MYSQL_STMT *signupd_mysql_stmt_init(MYSQL *handle) { return SIGNUPD_MYSQL(mysql_stmt_init)(handle); }

static inline int signupd_mysql_stmt_prepare(MYSQL_STMT *statement, const char *text, unsigned long count) {
    return SIGNUPD_MYSQL(mysql_stmt_prepare)(statement, text, count);
}

static inline my_bool signupd_mysql_stmt_close(MYSQL_STMT *statement) {
    return SIGNUPD_MYSQL(mysql_stmt_close)(statement);
}

static inline unsigned int signupd_mysql_stmt_errno(MYSQL_STMT *statement) {
    return SIGNUPD_MYSQL(mysql_stmt_errno)(statement);
}

static inline const char *signupd_mysql_stmt_error(MYSQL_STMT *statement) {
    return SIGNUPD_MYSQL(mysql_stmt_error)(statement);
}

static inline my_bool signupd_mysql_stmt_attr_set(MYSQL_STMT *statement, enum enum_stmt_attr_type name, const void *value) {
    return SIGNUPD_MYSQL(mysql_stmt_attr_set)(statement, name, value);
}

static inline unsigned long signupd_mysql_stmt_param_count(MYSQL_STMT *statement) {
    return SIGNUPD_MYSQL(mysql_stmt_param_count)(statement);
}

static inline my_bool signupd_mysql_stmt_bind_param(MYSQL_STMT *statement, MYSQL_BIND *binds) {
    return SIGNUPD_MYSQL(mysql_stmt_bind_param)(statement, binds);
}

static inline int signupd_mysql_stmt_execute(MYSQL_STMT *statement) {
    return SIGNUPD_MYSQL(mysql_stmt_execute)(statement);
}

static inline unsigned long long signupd_mysql_stmt_affected_rows(MYSQL_STMT *statement) {
    return SIGNUPD_MYSQL(mysql_stmt_affected_rows)(statement);
}

static inline MYSQL_RES *signupd_mysql_stmt_result_metadata(MYSQL_STMT *statement) {
    return SIGNUPD_MYSQL(mysql_stmt_result_metadata)(statement);
}

static inline my_bool signupd_mysql_stmt_bind_result(MYSQL_STMT *statement, MYSQL_BIND *binds) {
    return SIGNUPD_MYSQL(mysql_stmt_bind_result)(statement, binds);
}

static inline int signupd_mysql_stmt_store_result(MYSQL_STMT *statement) {
    return SIGNUPD_MYSQL(mysql_stmt_store_result)(statement);
}

static inline int signupd_mysql_stmt_fetch(MYSQL_STMT *statement) { return SIGNUPD_MYSQL(mysql_stmt_fetch)(statement); }

static inline my_bool signupd_mysql_stmt_free_result(MYSQL_STMT *statement) {
    return SIGNUPD_MYSQL(mysql_stmt_free_result)(statement);
}
