/* question.h - a freight question on its way: the metrics of its truck, the search, the answer. What
 * FindRoutes, GetCost and Book share.
 *
 * A truck that is just its class is answered at once, on the loop. One with measures of its own, dangerous
 * goods or roads to avoid waits for its metrics (metric_cache.h), a firm's for its agreed tariffs when these
 * are not at hand (agreed.h); alternatives, and questions whose network has been replaced while they waited,
 * are searched on the pool. The call is kept meanwhile; metrics are held until it ends.
 */
#ifndef ZH_SERVER_QUESTION_H
#define ZH_SERVER_QUESTION_H

#include "agreed.h"
#include "handler.h"
#include "metric_cache.h"
#include "plan/plan.h"

struct question {
    struct pool_job job; /* first */
    struct call *call;
    struct plan_request request;
    struct plan_answer answer;
    struct err err;
    /* The search, when it is not plan_search; false with err. */
    bool (*seek)(struct question *q, struct plan_query *scratch);
    /* After the search, on the thread that searched and with its scratch: makes the messages. False with err.
     */
    bool (*finish)(struct question *q, struct plan_query *scratch);
    void (*done)(struct question *q); /* on the loop, once; err.code tells */
    struct metric_waiter waiter[PLAN_FORMS];
    struct agreed_waiter agreed;
    /* What a bulk of questions sets: the arena of answer and metrics, emptied between two of them (NULL: the
     * call's); work on a worker instead of search and finish; scratch that is used again (NULL: made for one
     * search); whether the owner holds a ticket of the pool, and whether request.agreed is known already. */
    struct arena *arena;
    bool (*work)(struct question *q, struct plan_query *scratch);
    struct plan_query *scratch;
    bool on_worker, has_ticket, knows_agreed;
    bool firm_price; /* for a booking: without the agreed tariffs in force there is no answer */
    unsigned waiting;
    bool ticket;
};

/* call, request, finish and done are set, the rest is 0; q lies in the call's arena. May call done before it
 * returns. */
void question_ask(struct question *q);

struct arena *question_arena(struct question *q);
/* Runs work once more, with what was found before, and then done. */
void question_again(struct question *q);

/* Takes what agreed_get gave into the request; held until the call ends. False: no memory, or (firm_price)
 * stale. */
bool question_agreed(struct call *c, struct agreed_waiter *w, bool firm_price, struct plan_request *r,
                     struct err *e);
/* What an answer must say of its agreed tariffs; NULL: nothing. */
const char *question_agreed_warning(struct arena *a, const struct agreed_waiter *w);

/* 0, or the hint to try again when what is missing is room. */
uint32_t question_retry_ms(const struct err *e);

#endif
