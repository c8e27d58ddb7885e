#include "http.h"

#include "loop.h"

#include <event2/buffer.h>
#include <stdlib.h>

enum { TEXT_MAX = 512 };

struct http {
    struct exchange *x;   /* in work, or half there */
    int64_t since_ns;     /* when the head or body that is half there began; 0: none is */
    size_t looked;        /* of the head that is half there */
    bool in_body, served; /* served: a request was answered, so silence is allowed */
};

struct exchange *http_exchange(struct conn *c)
{
    return ((struct http *)conn_state(c))->x;
}

static void forget(struct http *h)
{
    if (h->x != NULL)
        http_request_free(&h->x->request);
    free(h->x);
    *h = (struct http){.served = true};
}

static void end(struct conn *c)
{
    forget(conn_state(c));
}

void http_done(struct conn *c)
{
    struct http *h = conn_state(c);
    bool keep = h->x != NULL && h->x->request.keep_alive && !loop_draining(conn_loop(c));
    forget(h);
    if (!keep)
        conn_close_after_write(c);
}

static const struct config *config_of(struct conn *c)
{
    return &loop_server(conn_loop(c))->config;
}

/* Refused: the status goes out, and nothing behind it is read. */
static enum conn_take refuse(struct conn *c, const struct http_request *r)
{
    http_refuse(c, r->status, r->why);
    return CONN_BROKEN;
}

static bool begin(struct conn *c, struct http *h)
{
    h->x = calloc(1, sizeof *h->x);
    if (h->x != NULL)
        http_request_init(&h->x->request, (size_t)config_of(c)->frame_max);
    return h->x != NULL;
}

/* A body that waits for our word gets it; what has come already needs none. */
static void go_on(struct conn *c, const struct http_request *r, size_t have)
{
    static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
    if (r->header[HTTP_EXPECT_HEADER].at != NULL && !r->old && have == 0)
        conn_write(c, line, sizeof line - 1, NULL, 0);
}

static enum conn_take take_body(struct conn *c, struct http *h, struct evbuffer *in)
{
    struct http_request *r = &h->x->request;
    while (!http_is_whole(r)) {
        size_t used = 0, piece = evbuffer_get_contiguous_space(in);
        if (piece == 0)
            return CONN_PARTIAL;
        if (!http_read_body(r, (const char *)evbuffer_pullup(in, (ev_ssize_t)piece), piece, &used))
            return refuse(c, r);
        evbuffer_drain(in, used);
    }
    h->since_ns = 0;
    h->in_body = false;
    if (r->method == HTTP_POST)
        connect_post(c, h->x);
    else
        http_get(c, h->x);
    return CONN_TAKEN;
}

static enum conn_take take_head(struct conn *c, struct http *h, struct evbuffer *in)
{
    size_t max = (size_t)config_of(c)->http_head_max, have = evbuffer_get_length(in);
    size_t seen = have < max ? have : max;
    const char *bytes = seen > h->looked ? (const char *)evbuffer_pullup(in, (ev_ssize_t)seen) : NULL;
    size_t len = bytes != NULL ? http_head_end(bytes, seen, &h->looked) : 0;
    if (len == 0 && have < max) {
        h->since_ns = have == 0 && !conn_is_holding(c) ? 0 : h->since_ns != 0 ? h->since_ns : conn_last_ns(c);
        return CONN_PARTIAL;
    }
    if (len == 0) {
        http_refuse(c, 431, "the head of the request is larger than this server takes");
        return CONN_BROKEN;
    }
    if (!begin(c, h)) {
        http_refuse(c, 503, "the server is out of memory");
        return CONN_BROKEN;
    }
    struct http_request *r = &h->x->request;
    if (!http_read_head(r, bytes, len))
        return refuse(c, r);
    evbuffer_drain(in, len);
    h->in_body = h->served = true;
    h->since_ns = conn_last_ns(c);
    if (http_is_whole(r))
        return take_body(c, h, in); /* nothing more comes: it must not wait for a turn that bytes bring */
    go_on(c, r, evbuffer_get_length(in));
    return CONN_TAKEN;
}

/* Called when nothing is in work. */
static enum conn_take take(struct conn *c, struct evbuffer *in)
{
    struct http *h = conn_state(c);
    return h->in_body ? take_body(c, h, in) : take_head(c, h, in);
}

static const char *over_time(struct conn *c, int64_t now_ns)
{
    const struct http *h = conn_state(c);
    const struct config *k = config_of(c);
    int64_t limit_ms = h->in_body ? k->http_body_ms : k->http_head_ms;
    if (h->since_ns != 0 && now_ns - h->since_ns > limit_ms * 1000000)
        return h->in_body ? "body too slow" : "head too slow";
    if (h->x == NULL && h->since_ns == 0 && h->served && now_ns - conn_last_ns(c) > k->http_idle_ms * 1000000)
        return "idle";
    if (!h->served && !h->in_body && now_ns - conn_opened_ns(c) > k->http_head_ms * 1000000)
        return "no head";
    return NULL;
}

/* The part of a body that has come. */
static size_t held(const struct conn *c)
{
    const struct exchange *x = http_exchange((struct conn *)(uintptr_t)c);
    return x != NULL ? x->request.body.len : 0;
}

/* Who asked for a stream and ends its side, has gone. (One answer may be awaited with the side ended.) */
static bool hangs_up(struct conn *c)
{
    const struct exchange *x = http_exchange(c);
    return x != NULL && x->stream;
}

const struct conn_protocol http_protocol = {
    .state_size = sizeof(struct http),
    .lingers = true,
    .hangs_up = hangs_up,
    .take = take,
    .over_time = over_time,
    .held = held,
    .end = end,
    .expel = connect_expel,
    .encode = connect_encode,
    .send = connect_send,
    .status = connect_status,
};
