/* work.h - one request of the replay from its due time to its outcome; run.c has the clock, this has the
 * work.
 *
 * A slot of run.work is FREE, SENT (an answer is awaited until until_ns) or PAUSED (sent again at until_ns).
 * The request's id on the wire is slot and generation, so that an answer to an attempt that was given up
 * finds nothing.
 */
#ifndef ZH_LOADTEST_WORK_H
#define ZH_LOADTEST_WORK_H

#include "link.h"
#include "run.h"

enum { PLAN_REF_MAX = 128, GRACE_MS = 2000 };

enum work_state { WORK_FREE, WORK_SENT, WORK_PAUSED };

struct work {
    enum work_state state;
    enum run_kind kind;
    uint32_t generation; /* an answer to an older one is too late */
    uint32_t row, link, attempts;
    int64_t intended_ns;
    int64_t until_ns; /* SENT: when the answer is given up; PAUSED: when it is sent again */
    uint8_t key[KEY_BYTES];
    char plan_ref[PLAN_REF_MAX];
};

struct run {
    const struct run_plan *plan;
    const struct demand *demand;
    struct run_result *result;
    struct event_base *base;
    struct event *due, *sweep;
    struct link_owner owner;
    struct link *links;
    struct tls_context *tls; /* of all links; NULL: plain TCP */
    char host[256];
    struct work *work;
    uint32_t *free_list, free_count, next_link, ready_links;
    uint64_t random, pauses; /* two streams: pauses must not change which questions are asked */
    uint64_t begun;
    int64_t start_ns, drain_until_ns;
    bool started, ending;
    struct arena scratch;
    struct err *e;
    bool broken;
};

/* Closed loop. */
bool work_is_flood(const struct run *r);

/* Takes a free slot for the next question and sends it. */
void work_begin(struct run *r, int64_t intended_ns);

/* Sends a slot's request, the first time or again. */
void work_send(struct run *r, struct work *w);

/* An attempt ended without an outcome: a booking pauses and is sent again while there is time, the rest is an
 * error. */
void work_failed(struct run *r, struct work *w, const struct err *e, uint32_t hint_ms);

/* link_owner.reply; ctx is the struct run. */
void work_on_reply(void *ctx, struct link *l, const Zongheng__V1__Reply *reply, struct arena *a,
                   int64_t at_ns);

/* Nothing new is begun from now on; ends the loop as soon as all slots are free. */
void work_end_sending(struct run *r);

#endif
