/* run.h - the replay: asks what the demand asks, at a rate (open loop) or as fast as answers come (flood).
 *
 * Open loop: request k is due at start + k / rate whatever the daemon does, and its latency counts from then,
 * so a stalled daemon cannot hide behind a waiting client (no coordinated omission). Flood: each connection
 * keeps `depth` requests in work until `count` are done; latency counts from sending. A booking is two
 * requests, the quote and the Book with the quote's best plan_ref; a Book without a sure answer is repeated
 * with its key until the drain time is over. The same seed gives the same sequence of questions. One thread.
 */
#ifndef ZH_LOADTEST_RUN_H
#define ZH_LOADTEST_RUN_H

#include "../client/key.h"
#include "demand.h"
#include "samples.h"
#include "tls.h"

enum run_kind { RUN_ROUTE, RUN_COST, RUN_QUOTE, RUN_BOOK, RUN_KINDS };

enum { RUN_CONNECTIONS_MAX = 1000, RUN_WORK_MAX = 65536 };

struct run_plan {
    const char *server, *token;
    bool tls;
    struct tls_settings files; /* of TLS */
    int64_t start_s;           /* UTC instant of the demand's minute 0 */
    int64_t rate_mhz;          /* requests per 1000 s; 0: flood */
    int64_t duration_ms;       /* of an open loop */
    int64_t count;             /* of a flood */
    uint32_t weights[3];       /* route, cost, book */
    uint32_t connections, depth;
    uint32_t deadline_ms; /* of each request */
    int64_t drain_ms;     /* after the last one, for what is in work */
    uint64_t seed;
};

struct run_count {
    uint64_t sent, ok, empty; /* empty: answered, without any option */
    uint64_t errors[ERR_CODE_COUNT];
    struct samples latency;
};

/* A booking that the daemon acknowledged. */
struct run_ack {
    uint8_t key[KEY_BYTES];
    char shipment_id[KEY_TEXT];
};

struct run_result {
    struct run_count kinds[RUN_KINDS];
    struct run_ack *acks;
    size_t ack_count, ack_room;
    uint64_t refused, retries, replays, unsettled; /* of bookings */
    uint64_t overflow;                             /* due, but RUN_WORK_MAX were in work: not sent */
    uint64_t disconnects;
    double seconds; /* of the sending */
    struct err last_error;
};

/* "route" and so on. */
const char *run_kind_name(enum run_kind k);

/* False when it could not begin (no connection) or memory ran out. The result is released by the caller. */
bool run_demand(const struct run_plan *p, const struct demand *d, struct run_result *r, struct err *e);
void run_release(struct run_result *r);

#endif
