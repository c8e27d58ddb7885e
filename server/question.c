#include "question.h"

#include "loop.h"

uint32_t question_retry_ms(const struct err *e)
{
    return e->code == ERR_RESOURCE_EXHAUSTED || e->code == ERR_UNAVAILABLE ? METRIC_RETRY_MS : 0;
}

static void end(struct question *q)
{
    if (q->ticket)
        call_leave_pool(q->call);
    q->ticket = false;
    q->done(q);
}

struct arena *question_arena(struct question *q)
{
    return q->arena != NULL ? q->arena : &q->call->arena;
}

static bool seek(struct question *q, struct plan_query *scratch)
{
    if (q->seek != NULL)
        return q->seek(q, scratch);
    return plan_search(scratch, &q->request, call_late, q->call, question_arena(q), &q->answer, &q->err);
}

static void search(struct question *q, struct plan_query *scratch)
{
    struct call *c = q->call;
    if (call_late(c))
        fail(&q->err, ERR_DEADLINE_EXCEEDED, "the deadline of the request passed before the search");
    else if (q->work != NULL)
        q->work(q, scratch);
    else if (seek(q, scratch))
        q->finish(q, scratch);
}

static void search_on_worker(struct pool_job *j)
{
    struct question *q = (struct question *)(void *)j;
    struct plan_query *scratch = q->scratch;
    if (j->dropped)
        fail(&q->err, ERR_UNAVAILABLE, "the server is stopping");
    else if (scratch != NULL || plan_query_new(q->call->snapshot->plan, &scratch, &q->err))
        search(q, scratch);
    if (q->scratch == NULL)
        plan_query_free(scratch);
}

static void on_searched(struct pool_job *j)
{
    end((struct question *)(void *)j);
}

static void go_on(struct question *q)
{
    /* The loop's scratch is of its newest network: a question that waited may be of the one before. */
    bool here = q->request.alternatives == 0 && !q->on_worker && q->work == NULL &&
                q->call->snapshot == loop_snapshot(q->call->loop);
    if (q->err.code != ERR_OK) {
        end(q);
    } else if (here) {
        search(q, loop_query(q->call->loop));
        end(q);
    } else if (!q->has_ticket && !call_enter_pool(q->call)) {
        fail(&q->err, ERR_RESOURCE_EXHAUSTED,
             "the server has as many heavy requests in work as it takes (work_max); try again");
        end(q);
    } else {
        q->ticket = !q->has_ticket;
        question_again(q);
    }
}

void question_again(struct question *q)
{
    q->job =
        (struct pool_job){.work = search_on_worker, .done = on_searched, .port = loop_port(q->call->loop)};
    pool_submit(loop_server(q->call->loop)->pool, &q->job);
}

/* What a waiter got is let go with the call. */
static void keep(struct question *q, int form)
{
    struct metric_waiter *w = &q->waiter[form];
    if (w->metric == NULL) {
        q->err = w->err;
        return;
    }
    if (w->entry != NULL && !arena_defer(question_arena(q), metric_release, w->entry)) {
        metric_release(w->entry);
        fail(&q->err, ERR_RESOURCE_EXHAUSTED, "the question does not fit the memory of one request");
        return;
    }
    q->request.own[form] = w->metric;
}

static void on_metric(struct pool_job *j)
{
    struct metric_waiter *w = (struct metric_waiter *)(void *)j;
    struct question *q = w->owner;
    keep(q, (int)(w - q->waiter));
    if (--q->waiting == 0)
        go_on(q);
}

bool question_agreed(struct call *c, struct agreed_waiter *w, bool firm_price, struct plan_request *r,
                     struct err *e)
{
    if (w->set != NULL && !arena_defer(&c->arena, agreed_release, w->set)) {
        agreed_release(w->set);
        w->set = NULL;
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the question does not fit the memory of one request");
    }
    if (w->stale && firm_price)
        return fail(e, ERR_UNAVAILABLE,
                    "the firm's agreed tariffs cannot be read now: PostgreSQL is away or slow; try again");
    if (w->set != NULL && w->set->rules.count > 0)
        r->agreed = &w->set->rules;
    return true;
}

const char *question_agreed_warning(struct arena *a, const struct agreed_waiter *w)
{
    if (w->stale)
        return w->set != NULL
                   ? "PostgreSQL does not answer: the firm's agreed tariffs are as they were known last; "
                     "nothing can be booked until it does"
                   : "PostgreSQL does not answer: prices are published ones, without what the firm agreed; "
                     "nothing can be booked until it does";
    if (w->set != NULL && w->set->unknown > 0)
        return arena_printf(
            a, "%u agreed rules are for tariffs that this network does not have: they do not count",
            w->set->unknown);
    return NULL;
}

static void take_agreed(struct question *q)
{
    struct err e = {0};
    if (!question_agreed(q->call, &q->agreed, q->firm_price, &q->request, &e) && q->err.code == ERR_OK)
        q->err = e;
}

static void on_agreed(struct agreed_waiter *w)
{
    struct question *q = w->owner;
    take_agreed(q);
    if (--q->waiting == 0)
        go_on(q);
}

void question_ask(struct question *q)
{
    struct road_profile profile[PLAN_FORMS];
    struct call *c = q->call;
    bool own = plan_own_profiles(c->snapshot->plan, &q->request, profile);
    q->waiting = 2; /* this function, and the agreed tariffs */
    q->agreed = (struct agreed_waiter){.go = on_agreed, .owner = q};
    if (q->knows_agreed) {
        q->waiting--;
    } else if (agreed_get(loop_agreed(c->loop), c, &q->agreed)) {
        take_agreed(q);
        q->waiting--;
    }
    for (int f = 0; own && f < PLAN_FORMS && q->err.code == ERR_OK; f++) {
        struct metric_want want = {
            .profile = profile[f], .avoid = q->request.avoid, .has_ticket = q->has_ticket};
        struct metric_waiter *w = &q->waiter[f];
        *w = (struct metric_waiter){.job = {.done = on_metric, .port = loop_port(c->loop)}, .owner = q};
        switch (metric_cache_get(loop_server(c->loop)->metrics, c->snapshot, &want, w, &q->err)) {
        case METRIC_READY:
            keep(q, f);
            break;
        case METRIC_WAITING:
            q->waiting++;
            break;
        case METRIC_REFUSED:
            break;
        }
    }
    if (--q->waiting == 0)
        go_on(q);
}
