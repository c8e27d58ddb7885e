/* run.h - the replay: asks what the demand asks, when it is due (open loop) or as fast as answers come
 * (closed loop).
 *
 * Open loop: request k is due at an instant of the pace (pace.h) whatever the daemon does, and its latency
 * counts from then, so a stalled daemon cannot hide behind a waiting client (no coordinated omission). Closed
 * loop: each connection keeps `depth` requests in work until `count` are done or `duration` is over; latency
 * counts from sending. A booking is two requests, the quote and the Book with the quote's best plan_ref; what
 * carries a key is repeated with it until its outcome is sure or the drain time is over.
 *
 * The same seed asks the same questions in the same numbering, however many threads there are: thread t of T
 * asks numbers t, t + T, ... Each thread has its own loop, connections and result; crew.h joins them.
 */
#ifndef ZH_LOADTEST_RUN_H
#define ZH_LOADTEST_RUN_H

#include "answers.h"
#include "histogram.h"
#include "kinds.h"
#include "pace.h"
#include "timeline.h"
#include "tls.h"

#include <stdatomic.h>

enum { RUN_CONNECTIONS_MAX = 10000, RUN_THREADS_MAX = 32, RUN_WORK_MAX = 65536, RUN_BROKEN_SHOWN = 20 };

struct run_plan {
    const char *server, *token, *scenario;
    const char *planner; /* token of every second connection, for kinds of KIND_STUDY; "": all have `token` */
    uint32_t table;      /* rows and columns of matrix */
    bool tls;
    struct tls_settings files; /* of TLS */
    int64_t start_s;           /* UTC instant of the demand's minute 0 */
    bool open;                 /* loop */
    struct pace pace;          /* of an open loop */
    int64_t duration_ms;       /* without the warm-up; 0, closed loop: until count */
    int64_t warmup_ms;         /* before: asked, not counted */
    int64_t count;             /* of a closed loop without duration */
    uint32_t weights[KIND_COUNT];
    uint32_t connections, depth, threads;
    uint32_t deadline_ms; /* of each request */
    int64_t drain_ms;     /* after the last one, for what is in work */
    uint64_t seed;
    bool retry; /* what was shed and carries a key is sent again; what has no sure outcome always is */
    bool check, digest, keep_answers;
};

struct run_count {
    uint64_t sent, empty; /* empty: answered, without any option */
    uint64_t by[OUTCOMES], errors[ERR_CODE_COUNT];
    struct histogram latency; /* of what was answered, OK and LATE */
};

enum ack_kind { ACK_BOOKED, ACK_CANCELLED, ACK_RECORDED, ACK_REFUSED };

/* What the daemon acknowledged, to be found in PostgreSQL again. */
struct run_ack {
    enum ack_kind kind;
    uint8_t key[KEY_BYTES];
    char id[KEY_TEXT]; /* of the shipment, or of the event; "" of a refusal */
};

struct run_result {
    struct run_count kinds[KIND_COUNT];
    struct histogram send_lag, shed_latency; /* due until sent; due until the refusal came */
    struct timeline timeline;
    struct answers answers;
    struct run_ack *acks;
    size_t ack_count, ack_room;
    uint64_t refused, retries, replays, unsettled; /* of what carries a key */
    uint64_t overflow;                             /* due, but RUN_WORK_MAX were in work: not sent */
    uint64_t disconnects, checked, broken_rules, unstable;
    char broken_text[RUN_BROKEN_SHOWN][CHECK_WHY + 80]; /* the first of them */
    double seconds;                                     /* of the sending that counts */
    double start_unix_s;
    struct err last_error;
    /* By kind and row, of the last time it was asked: network version and what was answered. NULL without
     * check, and of kinds that the mix has not. */
    struct run_stable {
        uint64_t version, answer;
    } * stable[KIND_COUNT];
};

/* What a thread tells while it runs. */
struct run_live {
    _Atomic uint64_t sent, by[OUTCOMES];
    _Atomic uint32_t in_work, p50_us, p99_us; /* of the last second */
    _Atomic bool ready;                       /* its connections are open */
    _Atomic int64_t start_ns; /* set by others: the monotonic instant of number 0; -1: do not begin */
    _Atomic bool stop;        /* set by others: nothing new from now on */
    _Atomic bool denied;      /* the token may not ask the mix: the others are to stop as well */
};

/* One thread's share. False when it could not begin (no connection) or memory ran out. The result is released
 * by the caller in any case. */
bool run_share(const struct run_plan *p, const struct demand *d, unsigned thread, struct run_live *live,
               struct run_result *r, struct err *e);
void run_release(struct run_result *r);

/* By a link's number within its thread. */
static inline bool run_is_planners(unsigned number)
{
    return number % 2 == 1;
}

void run_broken(struct run_result *r, const char *kind, size_t row, const char *why);

#endif
