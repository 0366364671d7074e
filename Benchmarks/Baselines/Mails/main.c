// What libcurl alone can do: sends the same message over and over from so many threads, each with a connection that it keeps.
// Usage: MailBaseline PORT CONNECTIONS COUNT. Prints "mails=N seconds=S", and fails if any mail was not accepted.

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { most_connections = 256 };

// As long as what signupd sends, line for line.
static const char text[] =
    "Your verification code is: K7M2XQ\r\n\r\nThis code expires in 1 hour.\r\n\r\nIf this was not you, you can ignore this mail.\r\n";
static const char html[] =
    "<!doctype html>\r\n<html lang=\"en\">\r\n<body>\r\n<p>Your verification code is: <strong>K7M2XQ</strong></p>\r\n"
    "<p>This code expires in 1 hour.</p>\r\n<p>If this was not you, you can ignore this mail.</p>\r\n</body>\r\n</html>\r\n";

static char url[64];
static long count;
static atomic_long next_mail;

static void fail(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static struct curl_slist *append(struct curl_slist *list, const char *line) {
    struct curl_slist *longer = curl_slist_append(list, line);
    if (!longer) fail("curl_slist_append", "out of memory");
    return longer;
}

static void add(curl_mime *mime, const char *body, const char *type) {
    curl_mimepart *part = curl_mime_addpart(mime);
    if (!part || curl_mime_data(part, body, CURL_ZERO_TERMINATED) || curl_mime_type(part, type) ||
        curl_mime_encoder(part, "quoted-printable"))
        fail("curl_mime", "out of memory");
}

static void send_mail(CURL *handle, long number) {
    char recipient[64], to[80], message_id[96];
    snprintf(recipient, sizeof recipient, "p%ld@example.org", number);
    snprintf(to, sizeof to, "To: %s", recipient);
    snprintf(message_id, sizeof message_id, "Message-ID: <01890a5d-ac96-774b-bcce-b302099a8057.%ld@example.com>", number);
    struct curl_slist *recipients = append(NULL, recipient);
    struct curl_slist *headers = append(NULL, "From: Benchmark <benchmark@example.com>");
    headers = append(headers, to);
    headers = append(headers, "Subject: Verify your email address");
    headers = append(headers, "Date: Sun, 22 Nov 2026 12:14:07 +0000");
    headers = append(headers, message_id);
    headers = append(headers, "Auto-Submitted: auto-generated");
    headers = append(headers, "X-Auto-Response-Suppress: All");
    headers = append(headers, "Content-Type: multipart/alternative");
    curl_mime *mime = curl_mime_init(handle);
    if (!mime) fail("curl_mime_init", "out of memory");
    add(mime, text, "text/plain; charset=utf-8");
    add(mime, html, "text/html; charset=utf-8");
    curl_easy_setopt(handle, CURLOPT_MAIL_FROM, "benchmark@example.com");
    curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(handle, CURLOPT_MIMEPOST, mime);
    CURLcode status = curl_easy_perform(handle);
    if (status != CURLE_OK) fail("curl_easy_perform", curl_easy_strerror(status));
    curl_easy_setopt(handle, CURLOPT_MIMEPOST, NULL);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, NULL);
    curl_mime_free(mime);
    curl_slist_free_all(headers);
    curl_slist_free_all(recipients);
}

static void *send_mails(void *unused) {
    (void)unused;
    CURL *handle = curl_easy_init();
    if (!handle) fail("curl_easy_init", "out of memory");
    curl_easy_setopt(handle, CURLOPT_URL, url);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, 30000L);
    for (long number; (number = atomic_fetch_add(&next_mail, 1)) < count;) send_mail(handle, number);
    curl_easy_cleanup(handle);
    return NULL;
}

int main(int argument_count, char **arguments) {
    if (argument_count != 4) fail("usage", "MailBaseline PORT CONNECTIONS COUNT");
    snprintf(url, sizeof url, "smtp://127.0.0.1:%d", atoi(arguments[1]));
    int connections = atoi(arguments[2]);
    count = atol(arguments[3]);
    if (connections < 1 || connections > most_connections || count < 1) fail("usage", "CONNECTIONS is 1 to 256, COUNT 1 or more");
    if (curl_global_init(CURL_GLOBAL_DEFAULT)) fail("curl_global_init", "out of memory");
    pthread_t threads[most_connections];
    double begun = now();
    for (int index = 0; index < connections; index++)
        if (pthread_create(&threads[index], NULL, send_mails, NULL)) fail("pthread_create", "out of threads");
    for (int index = 0; index < connections; index++) pthread_join(threads[index], NULL);
    printf("mails=%ld seconds=%f\n", count, now() - begun);
    return 0;
}
