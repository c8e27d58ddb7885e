/* conn.h - one connection, TCP or TLS over it: frames in, replies out, absolute timers.
 *
 * Input is copied nowhere until a frame is whole; its length is checked before a byte of it is awaited. A
 * connection with too many requests in work, or too much unsent output, is not read. A broken frame closes
 * it (nothing can follow), anything else is answered with a status. Closed connections are found again by
 * {slot, generation}, never by pointer.
 *
 * TLS stands between the socket's buffers and ours (tls.h) and changes nothing above: the time for Hello
 * counts from connecting and so covers the handshake, a record that is half there counts as a frame that is,
 * and at most one frame of decrypted bytes and 64 KiB of encrypted ones wait beside what a plain connection
 * holds. A TCP end without close_notify ends the connection at once; after close_notify what was asked is
 * answered.
 */
#ifndef ZH_SERVER_CONN_H
#define ZH_SERVER_CONN_H

#include "handler.h"

#include <event2/event.h>
#include <stddef.h>

struct conn;
struct conn_table; /* a loop's connections */

/* Where a reply goes. */
struct conn_ref {
    uint32_t slot;
    uint64_t generation;
};

struct conn_limits {
    size_t frame_max, output_max;
    uint32_t connections_max, inflight_max;
    int64_t hello_ns, frame_ns, idle_ns, stall_ns;
};

/* A whole frame's payload; the bytes are valid during the call only. */
typedef void conn_frame_fn(struct loop *l, struct conn *c, const uint8_t *payload, size_t len);

struct conn_table *conn_table_new(struct loop *l, struct event_base *base, const struct conn_limits *limits,
                                  conn_frame_fn *on_frame);
/* Closes all connections: those that wait for them are told. */
void conn_table_close(struct conn_table *t);
void conn_table_free(struct conn_table *t);

/* Takes the descriptor; false when the table is full (then the caller closes it). */
bool conn_accept(struct conn_table *t, evutil_socket_t fd);
/* Closes what is over time; called every few hundred ms with the monotonic time. */
void conn_table_tick(struct conn_table *t, int64_t now_ns);
uint32_t conn_table_count(const struct conn_table *t);

struct conn_ref conn_ref_of(const struct conn *c);
struct conn *conn_find(struct conn_table *t, struct conn_ref r); /* NULL: gone */
struct identity *conn_identity(struct conn *c);
/* The peer's address in 16 bytes, IPv4 mapped into IPv6; zeros when it is not known any more. */
void conn_peer(const struct conn *c, uint8_t address[16]);
/* fn may end the connection (conn_expel), not close it. */
void conn_table_each(struct conn_table *t, void (*fn)(void *ctx, struct conn *c), void *ctx);
/* Sends a last frame, reads no more, and closes at the next tick but one, whatever is in work. */
void conn_expel(struct conn *c, const uint8_t *payload, size_t len);

/* Sends one frame (length prefix added). */
void conn_send(struct conn *c, const uint8_t *payload, size_t len);
/* One request more, one less in work. */
void conn_begin_call(struct conn *c);
void conn_end_call(struct conn *c);
/* Calls go(ctx) once, later: when less than a part of output_max is unsent, or when the connection has
 * closed. */
struct conn_waiter {
    void (*go)(void *ctx);
    void *ctx;
    struct conn_waiter *next;
};
void conn_wait_sent(struct conn *c, struct conn_waiter *w);
/* Whether as much is unsent that a stream of replies should wait. */
bool conn_is_full(const struct conn *c);
/* Closes after what was written is sent. */
void conn_close_after_write(struct conn *c);

#endif
