/* work.h - one request of the replay from when it is due to its outcome; run.c has the clock, this the work.
 *
 * A slot of run.work is FREE, SENT (an answer is awaited until until_ns), DONE (its outcome is counted, but
 * the stream of its replies has not ended) or PAUSED (sent again at until_ns). The request's id on the wire
 * is slot and generation, so that an answer to an attempt that was given up finds nothing.
 */
#ifndef ZH_LOADTEST_WORK_H
#define ZH_LOADTEST_WORK_H

#include "link.h"
#include "run.h"

enum { PLAN_REF_MAX = 128, GRACE_MS = 2000, BILLS_MAX = 4096 };

enum work_state { WORK_FREE, WORK_SENT, WORK_DONE, WORK_PAUSED };

struct work {
    enum work_state state;
    enum kind_id kind;
    uint32_t generation; /* an answer to an older one is too late */
    uint32_t row, link, attempts;
    uint64_t number;
    bool counts; /* due after the warm-up */
    int64_t intended_ns;
    int64_t until_ns; /* SENT: when the answer is given up; PAUSED: when it is sent again */
    uint8_t key[KEY_BYTES];
    char plan_ref[PLAN_REF_MAX]; /* of a what-if: the versions of its scenario and network */
    struct kind_bill bill;
    uint32_t parts_rows; /* of an answer in several replies, those that have come: rows or loads */
    uint64_t parts_print, parts_facts, parts_version; /* of the network, which the first of them tells */
};

/* A packed request, the same whenever it is asked. */
struct body {
    const uint8_t *bytes;
    size_t len;
};

struct run {
    const struct run_plan *plan;
    const struct demand *demand;
    struct run_result *result;
    struct run_live *live;
    unsigned thread;
    struct event_base *base;
    struct event *due, *sweep, *gate;
    int due_fd; /* timerfd: libevent's own timers are of whole milliseconds */
    struct link_owner owner;
    struct link *links;
    uint32_t link_count;
    struct tls_context *tls; /* of all links; NULL: plain TCP */
    char host[256];
    struct work *work;
    uint32_t *free_list, free_count, used; /* used: slots that ever were */
    uint32_t next_link, ready_links;
    uint64_t pauses, arrivals; /* streams of random numbers that must not change which questions are asked */
    uint64_t begun;            /* of this thread */
    double poisson_work;
    int64_t start_ns, count_from_ns, stop_ns, drain_until_ns;
    bool started, ending;
    struct body *bodies[KIND_COUNT]; /* by row */
    struct arena cache, scratch;
    struct kind_bill *bills; /* that may be asked for */
    uint32_t bill_count;
    struct histogram second; /* for the live figures */
    int64_t second_ns;
    struct err *e;
    bool broken, denied;
};

/* Takes a free slot for the next question and sends it. */
void work_begin(struct run *r, int64_t intended_ns);

/* Sends a slot's request, the first time or again. */
void work_send(struct run *r, struct work *w);

/* An attempt ended without an outcome: what carries a key pauses and is sent again while there is time, the
 * rest has failed. */
void work_failed(struct run *r, struct work *w, const struct err *e, uint32_t hint_ms);

/* Sent again after a pause, a hint in ms or 0: by the number of attempts. */
void work_pause(struct run *r, struct work *w, uint32_t hint_ms);

/* Frees the slot; the closed loop's next request takes its place. */
void work_end(struct run *r, struct work *w);

/* False when there are no random numbers: the run has been given up. */
bool work_new_key(struct run *r, struct work *w);

/* Ends the loop at once; the first reason counts. */
void work_give_up(struct run *r, const char *why);

/* link_owner.reply; ctx is the struct run. */
void work_on_reply(void *ctx, struct link *l, const Zongheng__V1__Reply *reply, struct arena *a,
                   int64_t at_ns);

/* Nothing new is begun from now on; ends the loop as soon as all slots are free. */
void work_end_sending(struct run *r);

#endif
