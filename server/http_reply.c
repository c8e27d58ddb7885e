#include "http.h"

#include "loop.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { HEAD_MAX = 2048, CHUNK_HEAD = 24 };

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *text;
    } reasons[] = {{200, "OK"},
                   {204, "No Content"},
                   {304, "Not Modified"},
                   {400, "Bad Request"},
                   {401, "Unauthorized"},
                   {403, "Forbidden"},
                   {404, "Not Found"},
                   {405, "Method Not Allowed"},
                   {409, "Conflict"},
                   {411, "Length Required"},
                   {413, "Content Too Large"},
                   {415, "Unsupported Media Type"},
                   {417, "Expectation Failed"},
                   {429, "Too Many Requests"},
                   {431, "Request Header Fields Too Large"},
                   {499, "Client Closed Request"},
                   {500, "Internal Server Error"},
                   {501, "Not Implemented"},
                   {503, "Service Unavailable"},
                   {504, "Gateway Timeout"},
                   {505, "HTTP Version Not Supported"}};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].status == status)
            return reasons[i].text;
    return "Status";
}

/* What MapLibre needs beside the page's own origin: workers and pictures from blobs. web_sources: other hosts
 * of map tiles, by the operator's word. */
static void policy(struct conn *c, bool page, char *out, size_t size)
{
    const char *more = loop_server(conn_loop(c))->config.web_sources;
    if (page)
        snprintf(
            out, size,
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob: %.500s; "
            "font-src 'self'; connect-src 'self' %.500s; worker-src 'self' blob:; manifest-src 'self'; "
            "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
            more, more);
    else
        snprintf(out, size, "default-src 'none'; frame-ancestors 'none'");
}

/* The lines that every answer has. */
static size_t put_head(struct conn *c, char *out, size_t size, int status, bool page, bool keep)
{
    char date[40], csp[1400];
    atomic_fetch_add_explicit(&loop_stats(conn_loop(c))->http_answers[status / 100 % HTTP_CLASSES], 1,
                              memory_order_relaxed);
    struct tm tm;
    time_t now = time(NULL);
    gmtime_r(&now, &tm);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    policy(c, page, csp, sizeof csp);
    int n = snprintf(
        out, size,
        "HTTP/1.1 %d %s\r\nDate: %s\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: "
        "no-referrer\r\nCross-Origin-Opener-Policy: same-origin\r\nContent-Security-Policy: %s\r\n%s",
        status, reason(status), date, csp, keep ? "" : "Connection: close\r\n");
    return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

static bool kept(struct conn *c)
{
    const struct exchange *x = http_exchange(c);
    return x != NULL && x->request.keep_alive && !loop_draining(conn_loop(c));
}

void http_reply(struct conn *c, const struct http_answer *a)
{
    char head[HEAD_MAX + 1024];
    const struct exchange *x = http_exchange(c);
    bool bare = x != NULL && x->request.method == HTTP_HEAD;
    size_t n = put_head(c, head, sizeof head, a->status, a->page, kept(c));
    size_t len = a->own != NULL ? a->own->len : a->len;
    int more = 0;
    if (a->type != NULL)
        more = snprintf(head + n, sizeof head - n, "Content-Type: %s\r\nContent-Length: %zu\r\n%s\r\n",
                        a->type, len, a->headers);
    else /* 204 and 304 have no length */
        more = snprintf(head + n, sizeof head - n, "%s\r\n", a->headers);
    if (n == 0 || more < 0 || (size_t)more >= sizeof head - n) {
        conn_close_after_write(c);
        return;
    }
    conn_write(c, head, n + (size_t)more, a->body, bare ? 0 : a->len);
    if (a->own != NULL && !bare)
        conn_write_bytes(c, a->own, 0);
    http_done(c);
}

void http_refuse(struct conn *c, int status, const char *why)
{
    char head[HEAD_MAX], text[512];
    int len = snprintf(text, sizeof text, "%s\n", why);
    size_t n = put_head(c, head, sizeof head, status, false, false);
    n += (size_t)snprintf(head + n, sizeof head - n,
                          "Content-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n\r\n", len);
    conn_write(c, head, n, text, (size_t)len);
    conn_close_after_write(c);
}

void http_begin_chunks(struct conn *c, const char *type, const char *headers)
{
    char head[HEAD_MAX + 512];
    size_t n = put_head(c, head, sizeof head, 200, false, kept(c));
    n += (size_t)snprintf(
        head + n, sizeof head - n,
        "Content-Type: %s\r\nCache-Control: no-store\r\nTransfer-Encoding: chunked\r\n%s\r\n", type, headers);
    conn_write(c, head, n, NULL, 0);
}

void http_chunk(struct conn *c, const void *head, size_t head_len, struct bytes *b)
{
    char line[CHUNK_HEAD];
    int n = snprintf(line, sizeof line, "%zx\r\n", head_len + b->len);
    conn_write(c, line, (size_t)n, head, head_len);
    conn_write_bytes(c, b, 0);
    conn_write(c, "\r\n", 2, NULL, 0);
}

void http_end_chunks(struct conn *c)
{
    conn_write(c, "0\r\n\r\n", 5, NULL, 0);
    http_done(c);
}

/* --- Accept-Encoding (RFC 9110, 12.5.3) --- */

static struct http_text trim(struct http_text t)
{
    for (; t.len > 0 && (t.at[0] == ' ' || t.at[0] == '\t'); t.at++)
        t.len--;
    while (t.len > 0 && (t.at[t.len - 1] == ' ' || t.at[t.len - 1] == '\t'))
        t.len--;
    return t;
}

/* What stands before the mark, or all; *t becomes what stands behind it. */
static struct http_text cut(struct http_text *t, char mark)
{
    const char *at = t->len > 0 ? memchr(t->at, mark, t->len) : NULL;
    struct http_text before = {t->at, at != NULL ? (size_t)(at - t->at) : t->len};
    t->at += before.len + (at != NULL);
    t->len -= before.len + (at != NULL);
    return trim(before);
}

/* "q=" and 0 to 1 with three digits at most, above 0; what is written otherwise is not. */
static bool weighs(struct http_text t)
{
    enum { UNITS = 2, POINT = 3, LONGEST = 7 };
    if (t.len <= UNITS || t.len > LONGEST || !http_text_is((struct http_text){t.at, UNITS}, "q=") ||
        (t.at[UNITS] != '0' && t.at[UNITS] != '1') || (t.len > POINT && t.at[POINT] != '.'))
        return false;
    bool one = t.at[UNITS] == '1', any = one;
    for (size_t i = POINT + 1; i < t.len; i++) {
        if (t.at[i] < '0' || t.at[i] > (one ? '0' : '9'))
            return false;
        any = any || t.at[i] != '0';
    }
    return any;
}

bool http_accepts_gzip(struct http_text list)
{
    while (list.len > 0) {
        struct http_text weight = cut(&list, ','), coding = cut(&weight, ';');
        weight = trim(weight);
        if (http_text_is(coding, "gzip"))
            return weight.len == 0 || weighs(weight);
    }
    return false;
}

/* --- pages of other origins --- */

/* The host of an origin: what stands behind "://". */
static struct http_text host_of(struct http_text origin)
{
    for (size_t i = 0; i + 3 <= origin.len; i++)
        if (memcmp(origin.at + i, "://", 3) == 0)
            return (struct http_text){origin.at + i + 3, origin.len - i - 3};
    return (struct http_text){0};
}

static bool is_listed(const char *list, struct http_text origin)
{
    while (*list != '\0') {
        list += strspn(list, ", ");
        size_t n = strcspn(list, ", ");
        if (n > 0 && n == origin.len && memcmp(list, origin.at, n) == 0)
            return true;
        list += n;
    }
    return false;
}

static bool is_own(const struct http_request *r)
{
    struct http_text host = r->header[HTTP_HOST_HEADER], from = host_of(r->header[HTTP_ORIGIN_HEADER]);
    return from.at != NULL && from.len == host.len && memcmp(from.at, host.at, host.len) == 0;
}

bool http_origin_allowed(struct conn *c, const struct http_request *r)
{
    struct http_text origin = r->header[HTTP_ORIGIN_HEADER], site = r->header[HTTP_FETCH_SITE_HEADER];
    if (origin.at == NULL)
        return !http_text_is(site, "cross-site");
    return is_own(r) || is_listed(loop_server(conn_loop(c))->config.http_origins, origin);
}

void http_origin_headers(struct conn *c, const struct http_request *r, char *out, size_t size)
{
    struct http_text origin = r->header[HTTP_ORIGIN_HEADER];
    out[0] = '\0';
    if (origin.at != NULL && !is_own(r) && is_listed(loop_server(conn_loop(c))->config.http_origins, origin))
        snprintf(out, size, "Access-Control-Allow-Origin: %.*s\r\nVary: Origin\r\n", (int)origin.len,
                 origin.at);
}
