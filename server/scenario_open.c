#include "scenario_open.h"

#include "dispatch.h"
#include "errand.h"
#include "loop.h"
#include "question.h"
#include "store_scenarios.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool scenario_look_at(struct scenario_look *l, const char *id)
{
    for (uint32_t i = 0; i < l->count; i++)
        if (strcmp(l->todo[i], id) == 0)
            return true;
    if (l->count == sizeof l->todo / sizeof *l->todo || strlen(id) > SCENARIO_ID_MAX)
        return false;
    snprintf(l->todo[l->count++], sizeof *l->todo, "%s", id);
    return true;
}

static void go_on(struct scenario_look *l);

static bool same_text(const struct scenario_text *a, const struct scenario_text *b)
{
    return strcmp(a->firm_id, b->firm_id) == 0 && a->message->version == b->message->version &&
           a->message->put_at == b->message->put_at && a->message->shared == b->message->shared &&
           strcmp(a->message->firm, b->message->firm) == 0;
}

/* What PostgreSQL says the firm sees becomes what the store says; takes the text. */
static void adopt(struct scenario_look *l, const char *id, struct scenario_text *t)
{
    struct scenarios *k = loop_server(l->loop)->scenarios;
    bool own = t != NULL && strcmp(t->firm_id, l->firm_id) == 0 && l->firm_id[0] != '\0';
    if (!own)
        scenarios_remove(k, l->firm_id, id);
    if (t == NULL)
        scenarios_remove(k, "*", id);
    scenarios_note_look(k, l->firm_id, id, monotonic_ns());
    if (t == NULL)
        return;
    struct scenario_text *have = scenarios_find(k, l->firm_id, id);
    bool keep = have != NULL && same_text(have, t);
    scenario_text_release(have);
    if (keep || !scenarios_set(k, t, NULL, &l->err))
        scenario_text_release(t);
}

static void on_text(void *ctx, const struct err *e, uint32_t retry_ms, void *t)
{
    struct scenario_look *l = ctx;
    const char *id = l->todo[l->next];
    if (e->code == ERR_OK) {
        adopt(l, id, t);
    } else { /* what is known serves on while PostgreSQL is away */
        struct scenario_text *have = scenarios_find(loop_server(l->loop)->scenarios, l->firm_id, id);
        if (have == NULL || e->code != ERR_UNAVAILABLE) {
            l->err = *e;
            l->retry_ms = retry_ms;
        }
        scenario_text_release(have);
    }
    if (l->err.code != ERR_OK) {
        l->done(l);
        return;
    }
    struct scenario_text *have = scenarios_find(loop_server(l->loop)->scenarios, l->firm_id, id);
    for (size_t i = 0; have != NULL && i < have->message->n_prerequisites; i++)
        scenario_look_at(l, have->message->prerequisites[i]); /* too many: gathering them says so */
    scenario_text_release(have);
    l->next++;
    go_on(l);
}

static void go_on(struct scenario_look *l)
{
    struct server *s = loop_server(l->loop);
    for (; l->next < l->count; l->next++) {
        const char *id = l->todo[l->next];
        if (!scenarios_looked(s->scenarios, l->firm_id, id, monotonic_ns())) {
            store_scenario_get(&(struct store_asker){loop_db(l->loop), l->firm_id, l}, id, 0, l->deadline_ns,
                               on_text);
            return;
        }
        struct scenario_text *have = scenarios_find(s->scenarios, l->firm_id, id);
        for (size_t i = 0; have != NULL && i < have->message->n_prerequisites; i++)
            scenario_look_at(l, have->message->prerequisites[i]);
        scenario_text_release(have);
    }
    l->done(l);
}

void scenario_look(struct scenario_look *l)
{
    go_on(l);
}

/* --- the door ------------------------------------------------------------------------------------------ */

struct door {                       /* in the call's arena */
    struct scenarios_waiter waiter; /* first */
    struct scenario_look look;
    struct call *call;
    const ProtobufCMessage *request;
    const char *id;
};

static void enter(struct door *d)
{
    struct call *c = d->call;
    struct scenarios_waiter *w = &d->waiter;
    if (w->snapshot == NULL) {
        call_fail(c, &w->err, question_retry_ms(&w->err));
        return;
    }
    snapshot_release(c->snapshot);
    c->snapshot = w->snapshot; /* the call's now */
    c->method->handle(c, d->request);
}

static void on_made(struct pool_job *j)
{
    enter((struct door *)(void *)j);
}

static void on_looked(struct scenario_look *l)
{
    struct door *d = l->ctx;
    struct call *c = d->call;
    if (l->err.code != ERR_OK) {
        call_fail(c, &l->err, l->retry_ms);
        return;
    }
    d->waiter.job = (struct pool_job){.done = on_made, .port = loop_port(c->loop)};
    switch (scenarios_get(loop_server(c->loop)->scenarios, c->snapshot, c->identity->firm_id, d->id,
                          &d->waiter, &d->waiter.err)) {
    case SCENARIOS_READY:
    case SCENARIOS_REFUSED:
        enter(d);
        break;
    case SCENARIOS_WAITING:
        break;
    }
}

void scenario_door(struct call *c, const ProtobufCMessage *request, const char *scenario_id)
{
    struct err e = {0};
    struct door *d = arena_calloc(&c->arena, 1, sizeof *d);
    if (d == NULL) {
        fail(&e, ERR_RESOURCE_EXHAUSTED, "the request does not fit the memory of one request");
        call_fail(c, &e, 0);
        return;
    }
    d->call = c;
    d->request = request;
    d->id = scenario_id;
    d->look =
        (struct scenario_look){.loop = c->loop, .deadline_ns = c->deadline_ns, .done = on_looked, .ctx = d};
    snprintf(d->look.firm_id, sizeof d->look.firm_id, "%s", c->identity->firm_id);
    scenario_look_at(&d->look, scenario_id); /* one too long is not found */
    scenario_look(&d->look);
}

/* --- for threads that may wait ------------------------------------------------------------------------- */

struct looking {          /* an errand */
    struct errand errand; /* first */
    struct scenario_look look;
};

static void on_errand_done(struct scenario_look *l)
{
    struct looking *x = l->ctx;
    x->errand.err = l->err;
    errand_end(&x->errand);
}

static void begin_errand(struct errand *e)
{
    struct looking *x = (struct looking *)(void *)e;
    x->look.loop = e->loop;
    x->look.deadline_ns = e->deadline_ns;
    scenario_look(&x->look);
}

static void free_errand(struct errand *e)
{
    free(e);
}

static bool look_from_outside(struct server *s, const char *firm_id, const char *id, struct err *e)
{
    struct looking *x = calloc(1, sizeof *x);
    if (x == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a scenario");
    x->errand.begin = begin_errand;
    x->errand.release = free_errand;
    x->look = (struct scenario_look){.done = on_errand_done, .ctx = x};
    snprintf(x->look.firm_id, sizeof x->look.firm_id, "%s", firm_id);
    scenario_look_at(&x->look, id);
    if (!errand_run(s, &x->errand, e))
        return false;
    errand_free(&x->errand);
    return true;
}

bool scenarios_snapshot(struct server *s, struct snapshot *base, const char *firm_id, const char *id,
                        struct snapshot **out, struct err *e)
{
    struct err why = {0};
    *out = NULL;
    if (id[0] == '\0') {
        *out = snapshot_acquire(base);
        return true;
    }
    if (s->config.database[0] != '\0' && !look_from_outside(s, firm_id, id, &why))
        return fail_field(e, why.code, "scenario_id", "%s", why.text);
    return scenarios_make_here(s->scenarios, base, firm_id, id, out, e);
}
