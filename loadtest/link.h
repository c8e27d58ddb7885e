/* link.h - one connection of the replay on the event loop: connects, says Hello, cuts frames, comes back by
 * itself after a break. The owner is told when it is ready, of every reply, and when it is lost (then what
 * was asked on it has no answer). One loop, one thread.
 */
#ifndef ZH_LOADTEST_LINK_H
#define ZH_LOADTEST_LINK_H

#include "base/arena.h"
#include "base/err.h"
#include "tls.h"
#include "zongheng/v1/wire.pb-c.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct event_base;
struct bufferevent;
struct evbuffer;
struct event;
struct link;

struct link_owner {
    void (*ready)(void *ctx, struct link *l);
    /* The reply lies in *a, which is reset afterwards; at_ns is when its bytes were read. */
    void (*reply)(void *ctx, struct link *l, const Zongheng__V1__Reply *r, struct arena *a, int64_t at_ns);
    void (*lost)(void *ctx, struct link *l);
    void *ctx;
};

struct link {
    struct event_base *base;
    const struct link_owner *owner;
    struct bufferevent *bev;     /* NULL between two attempts */
    struct tls_context *context; /* the owner's; NULL: plain TCP */
    const char *host;            /* that the server's certificate must bear */
    struct tls *tls;
    struct evbuffer *in, *out; /* plain bytes, with TLS */
    struct event *again;
    struct arena arena; /* of the reply in work */
    struct sockaddr_storage address;
    socklen_t address_len;
    const char *token;
    unsigned number, attempts;
    bool is_ready;
    uint64_t *random; /* state of the owner's generator, for the pauses */
    struct err why;   /* of the last loss */
};

/* Resolves "HOST:PORT", once for all links. */
bool link_resolve(const char *server, struct sockaddr_storage *address, socklen_t *len, struct err *e);

/* The caller has set base, owner, address, token, number, random, and for TLS context and host. Starts to
 * connect. */
bool link_start(struct link *l, struct err *e);

/* Queues a request whose message is packed already; only when is_ready. */
bool link_ask(struct link *l, uint64_t id, const char *method, uint32_t deadline_ms, const uint8_t *body,
              size_t body_len);

void link_stop(struct link *l);

/* CLOCK_MONOTONIC. */
int64_t link_now_ns(void);

/* splitmix64 (Steele, Lea, Flood 2014). */
uint64_t link_random(uint64_t *state);

#endif
