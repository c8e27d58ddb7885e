#include "link.h"

#include "../client/cmd.h"
#include "../client/wire.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { LINK_ARENA = 128 * 1024 * 1024, HELLO_ID = 1, PLAIN_MAX = 256 * 1024 * 1024, WIRE_MAX = 1024 * 1024 };

int64_t link_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

uint64_t link_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

bool link_resolve(const char *server, struct sockaddr_storage *address, socklen_t *len, struct err *e)
{
    char host[256], port[6];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    if (!rpc_split_address(server, host, sizeof host, port, e))
        return false;
    int bad = getaddrinfo(host, port, &hints, &list);
    if (bad != 0)
        return fail(e, ERR_UNAVAILABLE, "the server's name \"%s\" cannot be found: %s", host,
                    gai_strerror(bad));
    memcpy(address, list->ai_addr, list->ai_addrlen);
    *len = list->ai_addrlen;
    freeaddrinfo(list);
    return true;
}

static void close_stream(struct link *l)
{
    if (l->bev != NULL)
        bufferevent_free(l->bev);
    tls_free(l->tls);
    if (l->in != NULL)
        evbuffer_free(l->in);
    if (l->out != NULL)
        evbuffer_free(l->out);
    l->bev = NULL;
    l->tls = NULL;
    l->in = l->out = NULL;
}

/* Closes and plans the next attempt. The owner hears of it when it had been told that the link is ready. */
static void lose(struct link *l, enum err_code code, const char *why)
{
    bool was_ready = l->is_ready;
    if (code != ERR_OK)
        fail(&l->why, code, "%s", why);
    l->is_ready = false;
    close_stream(l);
    uint32_t pause_ms = cmd_pause_ms(++l->attempts, 20, link_random(l->random));
    event_add(l->again,
              &(struct timeval){.tv_sec = pause_ms / 1000, .tv_usec = (int)(pause_ms % 1000) * 1000});
    if (was_ready)
        l->owner->lost(l->owner->ctx, l);
}

static void on_hello(struct link *l, const Zongheng__V1__Reply *r)
{
    if (r->id != HELLO_ID || !wire_status(r, NULL, &l->why)) {
        lose(l, ERR_OK, "");
        return;
    }
    l->is_ready = true;
    l->attempts = 0;
    l->owner->ready(l->owner->ctx, l);
}

/* One whole frame, when it has come; false when there is none or the link is gone. */
static bool next_frame(struct link *l, int64_t at_ns)
{
    struct evbuffer *in = l->tls != NULL ? l->in : bufferevent_get_input(l->bev);
    uint8_t head[WIRE_HEAD];
    size_t len;
    if (evbuffer_copyout(in, head, sizeof head) != (ev_ssize_t)sizeof head)
        return false;
    if (!wire_reply_length(head, &len)) {
        lose(l, ERR_INTERNAL, "the daemon sent a broken frame");
        return false;
    }
    if (evbuffer_get_length(in) < WIRE_HEAD + len)
        return false;
    const uint8_t *bytes = evbuffer_pullup(in, (ev_ssize_t)(WIRE_HEAD + len));
    arena_reset(&l->arena);
    Zongheng__V1__Reply *r =
        bytes == NULL ? NULL
                      : (Zongheng__V1__Reply *)wire_unpack(&l->arena, &zongheng__v1__reply__descriptor,
                                                           bytes + WIRE_HEAD, len);
    evbuffer_drain(in, WIRE_HEAD + len);
    if (r == NULL) {
        lose(l, ERR_INTERNAL, "the daemon sent a frame that is no Reply");
        return false;
    }
    if (l->is_ready)
        l->owner->reply(l->owner->ctx, l, r, &l->arena, at_ns);
    else
        on_hello(l, r);
    return l->bev != NULL;
}

/* Plain bytes to the wire. */
static bool put(struct link *l, const uint8_t *bytes, size_t len)
{
    if (l->tls == NULL)
        return bufferevent_write(l->bev, bytes, len) == 0;
    return evbuffer_add(l->out, bytes, len) == 0 &&
           tls_write(l->tls, l->out, bufferevent_get_output(l->bev), WIRE_MAX) != TLS_BROKEN;
}

static void say_hello(struct link *l)
{
    size_t len;
    Zongheng__V1__HelloRequest q = ZONGHENG__V1__HELLO_REQUEST__INIT;
    q.protocol_version = RPC_PROTOCOL_VERSION;
    arena_reset(&l->arena);
    q.token.len = strlen(l->token);
    q.token.data = (uint8_t *)arena_strdup(&l->arena, l->token);
    uint8_t *frame = q.token.data == NULL ? NULL
                                          : wire_request(&l->arena, HELLO_ID, "zongheng.v1.Session/Hello",
                                                         5000, &q.base, &len);
    if (frame == NULL || !put(l, frame, len))
        lose(l, ERR_RESOURCE_EXHAUSTED, "out of memory");
}

/* Decrypts what has come; false when the link is gone. Hello follows the handshake. */
static bool decrypt(struct link *l)
{
    bool shaking = tls_state(l->tls) == TLS_SHAKING;
    enum tls_state s =
        tls_read(l->tls, bufferevent_get_input(l->bev), l->in, PLAIN_MAX, bufferevent_get_output(l->bev));
    if (s == TLS_BROKEN) {
        char why[200];
        snprintf(why, sizeof why, "TLS: %s", tls_why(l->tls));
        lose(l, ERR_UNAVAILABLE, why);
        return false;
    }
    if (shaking && s == TLS_OPEN)
        say_hello(l);
    return l->bev != NULL;
}

static void on_read(struct bufferevent *bev, void *ctx)
{
    int64_t at_ns = link_now_ns();
    struct link *l = ctx;
    (void)bev;
    if (l->tls != NULL && !decrypt(l))
        return;
    while (next_frame(l, at_ns))
        ;
    if (l->bev != NULL && l->tls != NULL && tls_state(l->tls) == TLS_ENDED)
        lose(l, ERR_UNAVAILABLE, "the daemon closed the connection");
}

/* What did not fit the wire's buffer before. */
static void on_write(struct bufferevent *bev, void *ctx)
{
    struct link *l = ctx;
    if (l->tls != NULL)
        tls_write(l->tls, l->out, bufferevent_get_output(bev), WIRE_MAX);
}

static void on_event(struct bufferevent *bev, short what, void *ctx)
{
    struct link *l = ctx;
    (void)bev;
    if ((what & BEV_EVENT_CONNECTED) != 0) {
        int one = 1;
        setsockopt(bufferevent_getfd(l->bev), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (l->tls == NULL)
            say_hello(l);
        else
            decrypt(l); /* the first flight */
        return;
    }
    lose(l, ERR_UNAVAILABLE,
         (what & BEV_EVENT_EOF) != 0 ? "the daemon closed the connection" : strerror(errno));
}

static void connect_now(evutil_socket_t fd, short what, void *ctx)
{
    struct link *l = ctx;
    (void)fd;
    (void)what;
    l->bev = bufferevent_socket_new(l->base, -1, BEV_OPT_CLOSE_ON_FREE);
    if (l->context != NULL) {
        l->tls = tls_new(l->context, l->host);
        l->in = evbuffer_new();
        l->out = evbuffer_new();
    }
    if (l->bev == NULL || (l->context != NULL && (l->tls == NULL || l->in == NULL || l->out == NULL))) {
        lose(l, ERR_RESOURCE_EXHAUSTED, "out of memory");
        return;
    }
    bufferevent_setcb(l->bev, on_read, on_write, on_event, l);
    bufferevent_enable(l->bev, EV_READ | EV_WRITE);
    if (bufferevent_socket_connect(l->bev, (struct sockaddr *)&l->address, (int)l->address_len) != 0 &&
        l->bev != NULL)
        lose(l, ERR_UNAVAILABLE, strerror(errno));
}

bool link_start(struct link *l, struct err *e)
{
    arena_init(&l->arena, LINK_ARENA);
    l->again = event_new(l->base, -1, 0, connect_now, l);
    if (l->again == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory");
    event_active(l->again, EV_TIMEOUT, 1);
    return true;
}

static size_t put_varint(uint8_t *at, uint64_t v)
{
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        at[n++] = (uint8_t)(v | 0x80);
    at[n++] = (uint8_t)v;
    return n;
}

/* The envelope is written by hand: it is the same for every request but for three numbers, and packing it by
 * descriptors would cost the generator more than all else. */
bool link_ask(struct link *l, uint64_t id, const char *method, uint32_t deadline_ms, const uint8_t *body,
              size_t body_len)
{
    uint8_t head[WIRE_HEAD + 160];
    size_t n = WIRE_HEAD, name = strlen(method);
    if (!l->is_ready || name > 100 || body_len > INT32_MAX)
        return false;
    head[n++] = 0x09; /* id, fixed64 */
    for (unsigned i = 0; i < 8; i++)
        head[n++] = (uint8_t)(id >> (8 * i));
    head[n++] = 0x12; /* method */
    n += put_varint(head + n, name);
    memcpy(head + n, method, name);
    n += name;
    head[n++] = 0x18; /* deadline_ms */
    n += put_varint(head + n, deadline_ms);
    if (body_len > 0) {
        head[n++] = 0x22; /* body */
        n += put_varint(head + n, body_len);
    }
    size_t len = n - WIRE_HEAD + body_len;
    for (unsigned i = 0; i < WIRE_HEAD; i++)
        head[i] = (uint8_t)(len >> (24 - 8 * i));
    return put(l, head, n) && (body_len == 0 || put(l, body, body_len));
}

void link_stop(struct link *l)
{
    close_stream(l);
    if (l->again != NULL)
        event_free(l->again);
    l->again = NULL;
    arena_release(&l->arena);
}
