/* question.h - a freight question on its way: the metrics of its truck, the search, the answer. What
 * FindRoutes, GetCost and Book share.
 *
 * A truck that is just its class is answered at once, on the loop. One with measures of its own, dangerous
 * goods or roads to avoid waits for its metrics (metric_cache.h); alternatives, and questions whose
 * network has been replaced while they waited, are searched on the pool. The
 * call is kept meanwhile; metrics are held until it ends.
 */
#ifndef ZH_SERVER_QUESTION_H
#define ZH_SERVER_QUESTION_H

#include "handler.h"
#include "metric_cache.h"
#include "plan/plan.h"

struct question {
    struct pool_job job; /* first */
    struct call *call;
    struct plan_request request;
    struct plan_answer answer;
    struct err err;
    /* After the search, on the thread that searched and with its scratch: makes the messages. False with err.
     */
    bool (*finish)(struct question *q, struct plan_query *scratch);
    void (*done)(struct question *q); /* on the loop, once; err.code tells */
    struct metric_waiter waiter[PLAN_FORMS];
    unsigned waiting;
    bool ticket;
};

/* call, request, finish and done are set, the rest is 0; q lies in the call's arena. May call done before it
 * returns. */
void question_ask(struct question *q);

/* 0, or the hint to try again when what is missing is room. */
uint32_t question_retry_ms(const struct err *e);

#endif
