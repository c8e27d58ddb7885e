/* conn.h - one connection, TCP or TLS over it: messages in, replies out, absolute timers. What a message is,
 * and how replies are written, is the protocol's: frames (frames.h) or HTTP (http_conn.h).
 *
 * Input is copied nowhere until a message is whole. A connection with too many requests in work, or too much
 * unsent output, is not read; nor is one that has anything in its buffers while all together hold too much.
 * Heavy requests above heavy_max wait aside, so that what is light and behind them does not wait for them. It
 * hands out some messages, then the others have their turn. A broken message closes it (nothing can follow),
 * anything else is answered with a status. Closed connections are found again by {slot, generation}, never by
 * pointer.
 *
 * What is written in a connection's turn leaves at the end of the loop's turn, with the answers of others, or
 * after 100 us; what the socket does not take waits until it is writable.
 *
 * TLS stands between the socket's buffers and ours (tls.h) and changes nothing above: the time for Hello
 * counts from connecting and so covers the handshake, a record that is half there counts as a frame that is,
 * and at most one frame of decrypted bytes and 64 KiB of encrypted ones wait beside what a plain connection
 * holds. A TCP end without close_notify ends the connection at once; after close_notify what was asked is
 * answered.
 */
#ifndef ZH_SERVER_CONN_H
#define ZH_SERVER_CONN_H

#include "bytes.h"
#include "handler.h"

#include <event2/event.h>
#include <stdatomic.h>
#include <stddef.h>

struct conn;
struct evbuffer;
struct conn_table; /* a loop's connections */

/* Where a reply goes. */
struct conn_ref {
    uint32_t slot;
    uint64_t generation;
};

struct conn_limits {
    size_t frame_max, output_max, buffers_max; /* buffers_max: of all connections together */
    uint32_t connections_max;
    uint32_t inflight_max, heavy_max, waiting_max; /* of one connection; waiting: heavy ones */
    int64_t hello_ns, frame_ns, idle_ns, stall_ns;
    _Atomic uint32_t *open;      /* how many there are, for whoever counts */
    int keepalive_s, unacked_ms; /* of TCP */
};

enum conn_take {
    CONN_TAKEN,   /* one message; there may be another */
    CONN_PARTIAL, /* more bytes are needed */
    CONN_BROKEN,  /* nothing that follows can be trusted: the connection closes once what was written is sent
                   */
};

/* One answer of a call in the bytes of its connection's protocol. Whoever holds it frees `bytes`. */
struct answer {
    struct bytes bytes;
    size_t from; /* where they begin */
    bool more;   /* others follow */
    bool packed; /* with gzip */
};

/* What is spoken over the connections of a table, and how a call's answers leave (call.c). Each function runs
 * on the loop's thread; what a connection's protocol must remember lies beside it, zeroed (conn_state). */
struct conn_protocol {
    size_t state_size;
    bool lingers; /* after a last answer, what still comes is read and dropped for a moment: a reset would
                     take the answer from a peer that is still sending */
    /* Takes one message off `in` and hands it to dispatch. */
    enum conn_take (*take)(struct conn *c, struct evbuffer *in);
    /* Why the connection should end now, NULL: it should not. What is common to all is conn_time.c's. */
    const char *(*over_time)(struct conn *c, int64_t now_ns);
    /* Whether a peer that ends its side gives up what is in work; then reading goes on meanwhile. NULL:
     * never. */
    bool (*hangs_up)(struct conn *c);
    /* Bytes of a message that is half there, outside `in`; NULL: none. */
    size_t (*held)(const struct conn *c);
    /* Frees what the state holds; may be NULL. */
    void (*end)(struct conn *c);
    /* Says why the connection ends, whatever is in work. */
    void (*expel)(struct conn *c, const char *why);
    /* Writes a small answer at once; false: it is none, and nothing was written. NULL: never. */
    bool (*quick)(struct conn *c, struct call *call, const ProtobufCMessage *message, bool more);
    /* The bytes of an answer, within arena_max. The one function here that any thread may call: it looks at
     * nothing of the call but request_id, style and the configuration. */
    bool (*encode)(const struct call *call, const ProtobufCMessage *message, struct answer *a, struct err *e);
    /* Sends them, and takes their memory. False: it cannot be, then the connection closes. */
    bool (*send)(struct conn *c, struct call *call, struct answer *a);
    /* A status for a request that no call was begun for; NULL: each is one. */
    void (*refuse)(struct conn *c, uint64_t id, const struct err *e, uint32_t retry_after_ms);
    bool (*status)(struct conn *c, struct call *call, const struct err *e, uint32_t retry_after_ms);
};

struct conn_table *conn_table_new(struct loop *l, struct event_base *base, const struct conn_limits *limits,
                                  const struct conn_protocol *protocol);
/* Closes all connections: those that wait for them are told. */
void conn_table_close(struct conn_table *t);
void conn_table_free(struct conn_table *t);

/* Takes the descriptor; false when the table is full (then the caller closes it). */
bool conn_accept(struct conn_table *t, evutil_socket_t fd);
/* Writes the answers that were gathered in this turn of the loop; called at its end. */
void conn_table_flush(struct conn_table *t);
/* Closes what is over time; called every few hundred ms with the monotonic time. */
void conn_table_tick(struct conn_table *t, int64_t now_ns);
uint32_t conn_table_count(const struct conn_table *t);
struct loop *conn_table_loop(const struct conn_table *t);
const struct conn_protocol *conn_table_protocol(const struct conn_table *t);

struct conn_ref conn_ref_of(const struct conn *c);
struct conn *conn_find(struct conn_table *t, struct conn_ref r); /* NULL: gone */
struct identity *conn_identity(struct conn *c);
/* The peer's address in 16 bytes, IPv4 mapped into IPv6; zeros when it is not known any more. */
void conn_peer(const struct conn *c, uint8_t address[16]);
/* fn may end the connection (conn_expel), not close it. */
void conn_table_each(struct conn_table *t, void (*fn)(void *ctx, struct conn *c), void *ctx);
/* Lets the protocol say why, reads no more, and closes at the next tick but one, whatever is in work. */
void conn_expel(struct conn *c, const char *why);
bool conn_is_expelled(const struct conn *c);

const struct conn_protocol *conn_protocol(const struct conn *c);
struct conn_table *conn_table_of(const struct conn *c);
struct loop *conn_loop(const struct conn *c);
const struct conn_limits *conn_limits(const struct conn *c);
void *conn_state(struct conn *c); /* state_size bytes */
/* The times of CLOCK_MONOTONIC at which it was opened, and at which bytes last came or went. */
int64_t conn_opened_ns(const struct conn *c);
int64_t conn_last_ns(const struct conn *c);
/* When the message that is taken now may have come, at the earliest; and since when it waits for the loop,
 * not for room beside its own connection's requests. */
int64_t conn_arrived_ns(const struct conn *c);
int64_t conn_waiting_ns(const struct conn *c);
/* When reading was last taken up; INT64_MAX while its own requests or answers keep it from being read: the
 * peer cannot be late. That all buffers together are full is no excuse. */
int64_t conn_reading_ns(const struct conn *c);
/* Whether the peer's first bytes of a message are there while they are decrypted (tls_is_holding). */
bool conn_is_holding(const struct conn *c);
uint32_t conn_inflight(const struct conn *c);

/* Writes head, then body, whole or not at all: without memory the connection closes. */
void conn_write(struct conn *c, const void *head, size_t head_len, const void *body, size_t body_len);
/* The same of what lies behind `from`; takes the memory, and copies nothing that is large. */
void conn_write_bytes(struct conn *c, struct bytes *b, size_t from);
/* One request more, one less in work; and of those the heavy ones, which end before their requests do. */
void conn_begin_call(struct conn *c);
void conn_end_call(struct conn *c);
void conn_begin_heavy(struct conn *c);
void conn_end_heavy(struct conn *c);
/* What waits for something of a connection: go(ctx) is called once, later, also when the connection has
 * closed. */
struct conn_waiter {
    void (*go)(void *ctx);
    void *ctx;
    struct conn_waiter *next;
    size_t bytes;        /* that are kept meanwhile */
    int64_t deadline_ns; /* of conn_wait_heavy: not later than the tick behind it */
};
/* Until less than a part of output_max is unsent. */
void conn_wait_sent(struct conn *c, struct conn_waiter *w);
/* Whether as many heavy requests are in work as may be, and whether one of so many bytes may wait. */
bool conn_is_laden(const struct conn *c);
bool conn_may_wait(const struct conn *c, size_t bytes);
/* Until a heavy request has ended, all that waited before this one had their turn, and the peer has read. */
void conn_wait_heavy(struct conn *c, struct conn_waiter *w);
/* Whether as much is unsent that a stream of replies should wait. */
bool conn_is_full(const struct conn *c);
/* Closes after what was written is sent. */
void conn_close_after_write(struct conn *c);

#endif
