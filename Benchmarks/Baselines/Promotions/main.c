// What MariaDB alone can do: moves pending signups to members one at a time, each in a transaction of its own, from so many
// connections. Usage: PromotionBaseline SOCKET USER DATABASE CONNECTIONS COUNT; the password is in BASELINE_PASSWORD.
// Prints "promotions=N seconds=S p50_us=A p99_us=B", and fails if any promotion did not happen.

#include <mariadb/mysql.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { id_size = 16, most_connections = 256 };

static const char *socket_path, *user, *database;
static unsigned char (*ids)[id_size];
static double *latencies;
static long count;
static atomic_long next_id;
static pthread_barrier_t start;

static void fail(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static MYSQL *open_connection(void) {
    MYSQL *connection = mysql_init(NULL);
    if (!connection) fail("mysql_init", "out of memory");
    const char *password = getenv("BASELINE_PASSWORD");
    if (!mysql_real_connect(connection, NULL, user, password, database, 0, socket_path, CLIENT_FOUND_ROWS))
        fail("connect", mysql_error(connection));
    if (mysql_query(connection, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED") || mysql_autocommit(connection, 0))
        fail("settings", mysql_error(connection));
    return connection;
}

static MYSQL_STMT *prepare(MYSQL *connection, const char *sql, MYSQL_BIND *bind) {
    MYSQL_STMT *statement = mysql_stmt_init(connection);
    if (!statement || mysql_stmt_prepare(statement, sql, strlen(sql)) || mysql_stmt_bind_param(statement, bind))
        fail("prepare", statement ? mysql_stmt_error(statement) : "out of memory");
    return statement;
}

static void execute(MYSQL_STMT *statement, int has_rows) {
    if (mysql_stmt_execute(statement)) fail("execute", mysql_stmt_error(statement));
    if (has_rows) {
        if (mysql_stmt_store_result(statement) || mysql_stmt_num_rows(statement) != 1) fail("select", "not one row");
        mysql_stmt_free_result(statement);
    } else if (mysql_stmt_affected_rows(statement) != 1) {
        fail("change", "not one row");
    }
}

static void *promote(void *unused) {
    (void)unused;
    MYSQL *connection = open_connection();
    unsigned char id[id_size];
    unsigned long length = id_size;
    MYSQL_BIND bind = {.buffer_type = MYSQL_TYPE_BLOB, .buffer = id, .buffer_length = id_size, .length = &length};
    MYSQL_STMT *lock = prepare(connection, "SELECT email FROM signups WHERE id = ? AND state = 'pending' FOR UPDATE", &bind);
    MYSQL_STMT *insert = prepare(connection,
        "INSERT INTO members (signup_id, email, nickname, nickname_key, password_hash, is_active, created_at, verified_at)"
        " SELECT id, email, nickname, nickname_key, password_hash, TRUE, created_at, UTC_TIMESTAMP(3)"
        " FROM signups WHERE id = ?", &bind);
    MYSQL_STMT *verify = prepare(connection, "UPDATE signups SET state = 'verified' WHERE id = ?", &bind);
    pthread_barrier_wait(&start);
    for (;;) {
        long index = atomic_fetch_add(&next_id, 1);
        if (index >= count) break;
        memcpy(id, ids[index], id_size);
        double begun = now();
        execute(lock, 1);
        execute(insert, 0);
        execute(verify, 0);
        if (mysql_commit(connection)) fail("commit", mysql_error(connection));
        latencies[index] = now() - begun;
    }
    mysql_stmt_close(lock);
    mysql_stmt_close(insert);
    mysql_stmt_close(verify);
    mysql_close(connection);
    mysql_thread_end();
    return NULL;
}

static void find_pending(void) {
    MYSQL *connection = open_connection();
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT id FROM signups WHERE state = 'pending' LIMIT %ld", count);
    if (mysql_query(connection, sql)) fail("pending signups", mysql_error(connection));
    MYSQL_RES *result = mysql_store_result(connection);
    if (!result || (long)mysql_num_rows(result) != count) fail("pending signups", "there are not so many");
    for (long index = 0; index < count; index++) memcpy(ids[index], mysql_fetch_row(result)[0], id_size);
    mysql_free_result(result);
    mysql_close(connection);
}

static int by_value(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

int main(int argument_count, char **arguments) {
    if (argument_count != 6) fail("usage", "PromotionBaseline SOCKET USER DATABASE CONNECTIONS COUNT");
    socket_path = arguments[1];
    user = arguments[2];
    database = arguments[3];
    int connections = atoi(arguments[4]);
    count = atol(arguments[5]);
    if (connections < 1 || connections > most_connections || count < 1) fail("usage", "CONNECTIONS is 1 to 256, COUNT 1 or more");
    ids = calloc((size_t)count, sizeof *ids);
    latencies = calloc((size_t)count, sizeof *latencies);
    if (!ids || !latencies || mysql_library_init(0, NULL, NULL)) fail("start", "out of memory");
    find_pending();
    pthread_t threads[most_connections];
    pthread_barrier_init(&start, NULL, (unsigned)connections + 1);
    for (int index = 0; index < connections; index++)
        if (pthread_create(&threads[index], NULL, promote, NULL)) fail("pthread_create", "out of threads");
    pthread_barrier_wait(&start);
    double begun = now();
    for (int index = 0; index < connections; index++) pthread_join(threads[index], NULL);
    double seconds = now() - begun;
    qsort(latencies, (size_t)count, sizeof *latencies, by_value);
    printf("promotions=%ld seconds=%f p50_us=%f p99_us=%f\n", count, seconds, latencies[count / 2] * 1e6,
        latencies[count * 99 / 100] * 1e6);
    return 0;
}
