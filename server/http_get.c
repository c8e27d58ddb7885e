#include "http.h"

#include "db.h"
#include "loop.h"
#include "metrics_text.h"
#include "web_files.h"

#include <stdio.h>
#include <string.h>

enum { HEADERS_MAX = 400, METRICS_MAX = 1 << 20 };

static bool is_path(const struct http_request *r, const char *path)
{
    return r->path.len == strlen(path) && memcmp(r->path.at, path, r->path.len) == 0;
}

static void reply_text(struct conn *c, int status, const char *text, const char *headers)
{
    http_reply(c, &(struct http_answer){.status = status,
                                        .type = "text/plain; charset=utf-8",
                                        .headers = headers,
                                        .body = text,
                                        .len = strlen(text)});
}

/* Whether questions are answered: about routes by a loop that is not ending, about shipments with a database
 * too. */
static void reply_ready(struct conn *c)
{
    struct loop *l = conn_loop(c);
    bool wanted = loop_server(l)->config.database[0] != '\0';
    if (loop_draining(l))
        reply_text(c, 503, "draining\n", "Cache-Control: no-store\r\n");
    else if (wanted && (loop_db(l) == NULL || !db_up(loop_db(l))))
        reply_text(c, 503, "the database is away\n", "Cache-Control: no-store\r\n");
    else
        reply_text(c, 200, "ready\n", "Cache-Control: no-store\r\n");
}

static void reply_file(struct conn *c, const struct http_request *r, const struct web_file *f)
{
    char headers[HEADERS_MAX];
    struct http_text tag = r->header[HTTP_IF_NONE_MATCH_HEADER],
                     accept = r->header[HTTP_ACCEPT_ENCODING_HEADER];
    bool same = tag.at != NULL && tag.len == strlen(f->tag) && memcmp(tag.at, f->tag, tag.len) == 0;
    bool packed = f->packed.len > 0 && http_accepts_gzip(accept);
    const struct bytes *b = packed ? &f->packed : &f->plain;
    snprintf(headers, sizeof headers, "ETag: %s\r\nCache-Control: %s\r\nVary: Accept-Encoding\r\n%s", f->tag,
             f->forever ? "public, max-age=31536000, immutable" : "no-cache",
             packed && !same ? "Content-Encoding: gzip\r\n" : "");
    if (same)
        http_reply(c, &(struct http_answer){.status = 304, .headers = headers, .page = true});
    else
        http_reply(c, &(struct http_answer){.status = 200,
                                            .type = f->type,
                                            .headers = headers,
                                            .body = b->at,
                                            .len = b->len,
                                            .page = true});
}

static void reply_no_page(struct conn *c)
{
    static const char page[] =
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Zongheng 纵横</title><h1>Zongheng "
        "纵横</h1>"
        "<p>The daemon answers, but the folder of its page holds no index.html. Build the page, or say where "
        "it is with "
        "the setting <code>web</code>, and start the daemon again.<p>Methods are POSTed as "
        "/zongheng.v1.SERVICE/METHOD; see docs/protocol.md. <a href=\"/metrics\">Metrics</a>.</html>\n";
    http_reply(c, &(struct http_answer){.status = 200,
                                        .type = "text/html; charset=utf-8",
                                        .headers = "Cache-Control: no-store\r\n",
                                        .body = page,
                                        .len = sizeof page - 1});
}

/* They name no firm. Where others than the operator reach the address, http_metrics = no. */
static void reply_metrics(struct conn *c)
{
    struct bytes text = {.max = METRICS_MAX};
    if (!loop_server(conn_loop(c))->config.http_metrics)
        reply_text(c, 404, "there is nothing here\n", "");
    else if (!metrics_text(conn_loop(c), &text))
        reply_text(c, 503, "the server is out of memory\n", "");
    else
        http_reply(c, &(struct http_answer){.status = 200,
                                            .type = "text/plain; version=0.0.4; charset=utf-8",
                                            .headers = "Cache-Control: no-store\r\n",
                                            .body = text.at,
                                            .len = text.len});
    bytes_free(&text);
}

/* A browser asks whether another origin's page may POST. */
static void reply_preflight(struct conn *c, const struct http_request *r)
{
    char headers[HEADERS_MAX + 500], origin[300];
    http_origin_headers(c, r, origin, sizeof origin);
    if (origin[0] == '\0' || !http_text_is(r->header[HTTP_REQUEST_METHOD_HEADER], "POST")) {
        reply_text(c, 403, "pages of this origin may not call here (http_origins)\n", "");
        return;
    }
    snprintf(headers, sizeof headers,
             "%sAccess-Control-Allow-Methods: POST\r\nAccess-Control-Max-Age: "
             "600\r\nAccess-Control-Allow-Headers: "
             "Authorization, Content-Type, Connect-Protocol-Version, Connect-Timeout-Ms\r\n",
             origin);
    http_reply(c, &(struct http_answer){.status = 204, .headers = headers});
}

void http_get(struct conn *c, struct exchange *x)
{
    const struct http_request *r = &x->request;
    const struct web_files *web = &loop_server(conn_loop(c))->web;
    const struct web_file *f;
    if (r->method == HTTP_OPTIONS)
        reply_preflight(c, r);
    else if (r->method != HTTP_GET && r->method != HTTP_HEAD)
        reply_text(c, 405, "GET, HEAD or POST\n", "Allow: GET, HEAD, POST\r\n");
    else if (is_path(r, "/healthz"))
        reply_text(c, 200, "ok\n", "Cache-Control: no-store\r\n");
    else if (is_path(r, "/readyz"))
        reply_ready(c);
    else if (is_path(r, "/metrics"))
        reply_metrics(c);
    else if ((f = web_files_find(web, r->path.at, r->path.len)) != NULL)
        reply_file(c, r, f);
    else if (is_path(r, "/"))
        reply_no_page(c);
    else if (r->path.len > 13 && memcmp(r->path.at, "/zongheng.v1.", 13) == 0)
        reply_text(c, 405, "methods are POSTed\n", "Allow: POST\r\n");
    else
        reply_text(c, 404, "there is nothing here\n", "");
}
