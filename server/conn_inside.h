/* conn_inside.h - what the files of conn.h share: conn.c (life, the table, what others ask of a connection),
 * conn_io.c (bytes to and from the socket, TLS between), conn_turn.c (messages handed out in turns, when to
 * read on and when to end), conn_time.c (timers, and when input may have come). All on the loop's thread.
 */
#ifndef ZH_SERVER_CONN_INSIDE_H
#define ZH_SERVER_CONN_INSIDE_H

#include "conn.h"
#include "frame.h"

#include <event2/buffer.h>
#include <sys/queue.h>

struct bufferevent;

struct conn {
    struct conn_table *table;
    struct bufferevent *bev;
    struct evbuffer *in, *out; /* plain bytes: the bufferevent's own buffers, or with TLS two of ours */
    struct tls *tls;           /* NULL: plain TCP */
    struct conn_ref ref;
    struct identity identity;
    int64_t opened_ns, last_ns, wrote_ns;
    struct conn_waiter *waiters;              /* for less unsent output */
    struct conn_waiter *heavies, *last_heavy; /* for a place among the heavy requests in work */
    uint32_t waiting;                         /* of them */
    size_t waiting_bytes;
    int64_t expel_ns;           /* 0: not expelled */
    size_t unsent_mark;         /* unsent when it last made progress */
    int64_t read_ns;            /* of the last read */
    uint64_t on_turn;           /* of the loop, when last read or when reading was taken up again */
    int64_t had_none_ns;        /* when it last had no room for another request, by its own doing */
    int64_t arrived_ns;         /* when the oldest bytes that are not taken yet may have come */
    size_t held, left;          /* as counted in the table; in the input after the last turn */
    int64_t reading_ns;         /* when reading was last taken up */
    uint32_t inflight, heavy;   /* heavy: of them */
    uint32_t taken;             /* messages in this turn */
    TAILQ_ENTRY(conn) turn;     /* when queued */
    TAILQ_ENTRY(conn) gather;   /* when gathered */
    bool queued, delayed, full; /* queued: its next turn is due; delayed: was since the last read; full: there
                                   was more to be read */
    bool sated;                 /* no room, as above */
    bool crowded;               /* not read only because all buffers together are full */
    bool held_back;             /* messages were left because too much was unsent */
    bool reading, closing, eof; /* eof: the peer has ended its side in order */
    bool turning;               /* in its turn: what is written leaves at the end of it, */
    bool gathered;              /* or soon, with that of others */
    bool lingering;             /* all is sent and our side ended */
    bool cut, broken, bye;      /* TLS: TCP ended; nothing can be encrypted any more; close_notify is sent */
    max_align_t state[];        /* the protocol's */
};

struct conn_table {
    struct loop *loop;
    struct event_base *base;
    struct conn_limits limits;
    const struct conn_protocol *protocol;
    struct conn **slots;
    uint32_t *free_slots;
    uint32_t slot_count, free_count, live;
    uint64_t next_generation;
    TAILQ_HEAD(conn_turns, conn) turns; /* connections with messages that wait for their turn */
    struct event *next_turn;
    TAILQ_HEAD(conn_gathered, conn) gathered; /* connections with answers that leave together */
    int64_t gathered_ns;                      /* when the first of them had its turn */
    size_t held;                              /* bytes in all buffers */
    bool crowded, was_crowded, sweeping;
    int64_t ticked_ns;
    uint32_t sweep_at; /* the next slot that is looked at */
};

/* conn.c */
void conn_close(struct conn *c); /* frees it */
void conn_tell_waiters(struct conn *c);
/* Those that wait for a place among the heavy requests: as many as there are places, while the peer reads. */
void conn_start_heavy(struct conn *c, bool all);
/* Those whose deadline has passed. */
void conn_expire_heavy(struct conn *c, int64_t now_ns);

/* conn_io.c */
/* Makes the buffers, with TLS when the server has a certificate. The descriptor is taken when this succeeds.
 */
bool conn_wrap(struct conn *c, evutil_socket_t fd);
bool conn_start(struct conn *c);          /* from now on events come; false: none will */
size_t conn_unsent(const struct conn *c); /* bytes, with TLS the plain and the encrypted ones */
void conn_encrypt(struct conn *c);        /* as much as the socket's buffer should hold */
void conn_flush(struct conn *c);          /* to the socket, what it does not take when it is writable */
bool conn_decrypt(struct conn *c);        /* as much as one frame needs; whether anything moved */

/* conn_turn.c */
/* Hands out messages, then writes, reads on or ends: the connection may be freed. */
void conn_proceed(struct conn *c);
void conn_steer_reading(struct conn *c);
/* What a turn depends on has changed, and no event of the socket will say so: a turn comes. */
void conn_owe_turn(struct conn *c);
/* Keeps the sum of what is in all buffers: after whatever fills or drains them. */
void conn_count_held(struct conn *c);
void conn_on_turn(evutil_socket_t fd, short what, void *table); /* the table's next_turn */

/* conn_time.c */
/* Of what was read now; full: there may be more. */
void conn_date_input(struct conn *c, bool full);
void conn_sweep(struct conn_table *t, int64_t now_ns);

#endif
