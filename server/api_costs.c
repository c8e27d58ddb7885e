#include "api_costs.h"

#include "api_routing.h"
#include "call.h"
#include "loop.h"

enum { BATCH = 16 }; /* answers of one reply: their arena is emptied when it has been sent */

struct costs { /* in the call's arena */
    struct call *call;
    const Zongheng__V1__GetCostsRequest *message;
    struct arena arena; /* of a batch */
    struct plan_query *scratch;
    struct agreed_waiter agreed;
    struct plan_request known; /* agreed rules for all loads */
    size_t next;               /* load */
    struct routing_cost *cost; /* of the load in work */
    Zongheng__V1__CostAnswer answer[BATCH], *list[BATCH];
    size_t count;
    bool running, again, told;
    char *warning;
    struct conn_waiter waiter;
    struct err err; /* of the call as a whole */
};

static void go_on(struct costs *x);

/* What is said of all loads goes with the first reply. */
static void put_warning(struct costs *x, Zongheng__V1__GetCostsReply *m)
{
    const char *text = x->told ? NULL : question_agreed_warning(&x->call->arena, &x->agreed);
    x->told = true;
    x->warning = (char *)(uintptr_t)text;
    m->warnings = &x->warning;
    m->n_warnings = text != NULL;
}

static void end(struct costs *x)
{
    struct call *c = x->call;
    Zongheng__V1__GetCostsReply m = ZONGHENG__V1__GET_COSTS_REPLY__INIT;
    m.answers = x->list;
    m.n_answers = x->count;
    put_warning(x, &m);
    call_leave_pool(c);
    plan_query_free(x->scratch);
    struct arena batch = x->arena; /* x goes with the call */
    if (x->err.code != ERR_OK)
        call_fail(c, &x->err, question_retry_ms(&x->err));
    else
        call_reply(c, &m.base);
    arena_release(&batch);
}

/* What became of the load in work. */
static void put(struct costs *x, const struct err *e, Zongheng__V1__GetCostReply *cost)
{
    Zongheng__V1__CostAnswer *a = &x->answer[x->count];
    zongheng__v1__cost_answer__init(a);
    a->index = (uint32_t)x->next;
    a->code = (uint32_t)e->code;
    if (e->code != ERR_OK) {
        char *text = arena_strdup(&x->arena, e->text), *field = arena_strdup(&x->arena, e->field);
        a->message = text != NULL ? text : a->message;
        a->field = field != NULL ? field : a->field;
    } else {
        a->cost = cost;
    }
    x->list[x->count++] = a;
    x->next++;
}

static void on_cost(struct question *q)
{
    struct routing_cost *w = (struct routing_cost *)(void *)q;
    struct costs *x = w->owner;
    if (q->err.code == ERR_DEADLINE_EXCEEDED)
        x->err = q->err;
    else
        put(x, &q->err, &w->out);
    go_on(x);
}

static void ask(struct costs *x)
{
    struct routing_cost *w = arena_calloc(&x->arena, 1, sizeof *w);
    struct err e = {0};
    if (w == NULL) {
        fail(&e, ERR_RESOURCE_EXHAUSTED, "the load does not fit the memory of one request");
        put(x, &e, NULL);
        x->again = true;
        return;
    }
    w->owner = x;
    w->q.done = on_cost;
    w->q.arena = &x->arena;
    w->q.scratch = x->scratch;
    w->q.on_worker = w->q.has_ticket = w->q.knows_agreed = true;
    if (!routing_cost_init(w, x->call, x->message->loads[x->next])) {
        put(x, &w->q.err, NULL);
        x->again = true;
        return;
    }
    w->q.request.agreed = x->known.agreed;
    question_ask(&w->q);
}

static void on_sent(void *costs)
{
    go_on(costs);
}

/* The full batch goes out; false: the peer has much unread, or is gone. */
static bool send_batch(struct costs *x)
{
    Zongheng__V1__GetCostsReply m = ZONGHENG__V1__GET_COSTS_REPLY__INIT;
    if (call_is_full(x->call)) {
        x->waiter = (struct conn_waiter){.go = on_sent, .ctx = x};
        call_wait_sent(x->call, &x->waiter);
        return false;
    }
    m.answers = x->list;
    m.n_answers = x->count;
    put_warning(x, &m);
    if (!call_part(x->call, &m.base)) {
        fail(&x->err, ERR_CANCELLED, "the peer has gone");
        x->again = true;
        return false;
    }
    arena_release(&x->arena);
    arena_init(&x->arena, (size_t)loop_server(x->call->loop)->config.arena_max);
    x->count = 0;
    return true;
}

/* One step; false: the call has ended. */
static bool step(struct costs *x)
{
    if (call_late(x->call) && x->err.code == ERR_OK)
        fail(&x->err, ERR_DEADLINE_EXCEEDED,
             "the deadline of the request passed before its answer was complete");
    if (x->err.code != ERR_OK || x->next == x->message->n_loads) {
        end(x);
        return false;
    }
    if (x->count < BATCH || send_batch(x))
        ask(x);
    return true;
}

/* A load that is refused at once, or answered while it is asked, is a further turn, not a deeper call. */
static void go_on(struct costs *x)
{
    x->again = true;
    if (x->running)
        return;
    x->running = true;
    while (x->again) {
        x->again = false;
        if (!step(x))
            return;
    }
    x->running = false;
}

static void on_agreed(struct agreed_waiter *w)
{
    struct costs *x = w->owner;
    question_agreed(x->call, w, false, &x->known, &x->err);
    go_on(x);
}

static bool begin(struct costs *x, struct err *e)
{
    size_t most = (size_t)loop_server(x->call->loop)->config.costs_max;
    if (x->message->n_loads == 0 || x->message->n_loads > most)
        return fail_field(e, ERR_INVALID_ARGUMENT, "loads",
                          "1 to %zu loads (costs_max) are asked at once, not %zu", most, x->message->n_loads);
    if (!call_enter_pool(x->call))
        return fail(e, ERR_RESOURCE_EXHAUSTED,
                    "the server has as many heavy requests in work as it takes (work_max); try again");
    if (plan_query_new(x->call->snapshot->plan, &x->scratch, e))
        return true;
    call_leave_pool(x->call);
    return false;
}

void api_costs_get(struct call *c, const ProtobufCMessage *message)
{
    struct costs *x = arena_calloc(&c->arena, 1, sizeof *x);
    struct err e = {0};
    if (x != NULL) {
        x->call = c;
        x->message = (const void *)message;
    }
    if (x == NULL ? !fail(&e, ERR_RESOURCE_EXHAUSTED, "the request does not fit the memory of one request")
                  : !begin(x, &e)) {
        call_fail(c, &e, question_retry_ms(&e));
        return;
    }
    arena_init(&x->arena, (size_t)loop_server(c->loop)->config.arena_max);
    x->agreed = (struct agreed_waiter){.go = on_agreed, .owner = x};
    if (agreed_get(loop_agreed(c->loop), c, &x->agreed))
        on_agreed(&x->agreed);
}
