/* api_planning_scenario_work.c - what Put and Get have in common: who may, and the making on a worker. */
#include "api_planning_scenario_inside.h"
#include "convert_scenario.h"
#include "loop.h"
#include "question.h"

#include <stdio.h>
#include <string.h>

bool scenario_kept(const struct call *c)
{
    return loop_db(c->loop) != NULL;
}

void scenario_refuse(struct call *c, enum err_code code, const char *field, const char *why)
{
    struct err e = {0};
    fail_field(&e, code, field, "%s", why);
    call_fail(c, &e, 0);
}

/* Where firms are known, nobody writes without a token. */
bool scenario_may_write(struct call *c)
{
    if (!scenario_kept(c) || c->identity->firm_id[0] != '\0')
        return true;
    scenario_refuse(
        c, ERR_UNAUTHENTICATED, "token",
        "scenarios are put and deleted with a planner's or operator's token; this connection is anonymous");
    return false;
}

bool scenario_is_id(const char *s)
{
    size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    return n > 0 && n <= SCENARIO_ID_MAX && s[n] == '\0';
}

bool scenario_is_project(const char *id)
{
    return strncmp(id, SCENARIO_PROJECT_PREFIX, sizeof SCENARIO_PROJECT_PREFIX - 1) == 0;
}

bool scenario_no_memory(struct err *e)
{
    return fail(e, ERR_RESOURCE_EXHAUSTED, "the scenario does not fit the memory of one request");
}

static bool put_reports(struct scenario_work *w, Zongheng__V1__ModificationReport ***list, size_t *count)
{
    struct arena *a = &w->call->arena;
    size_t own = w->set.text[w->set.count - 1]->message->n_modifications;
    *list = arena_calloc(a, own + 1, sizeof **list);
    if (*list == NULL)
        return scenario_no_memory(&w->err);
    for (size_t i = 0; w->made.result.report != NULL && i < own; i++) {
        (*list)[i] = convert_report(a, (uint32_t)i, &w->made.result.report[w->made.first + i]);
        if ((*list)[i] == NULL)
            return scenario_no_memory(&w->err);
        *count = i + 1;
    }
    return true;
}

static bool put_errors(struct scenario_work *w)
{
    struct arena *a = &w->call->arena;
    w->out.errors = arena_calloc(a, (size_t)w->made.error_count + 1, sizeof *w->out.errors);
    if (w->out.errors == NULL)
        return scenario_no_memory(&w->err);
    for (uint32_t i = 0; i < w->made.error_count; i++) {
        Zongheng__V1__ScenarioError *m = arena_alloc(a, sizeof *m);
        if (m == NULL)
            return scenario_no_memory(&w->err);
        zongheng__v1__scenario_error__init(m);
        m->index = w->made.error[i].index;
        m->field = scenario_str(w->made.error[i].field);
        m->message = scenario_str(w->made.error[i].message);
        w->out.errors[w->out.n_errors++] = m;
    }
    return true;
}

static void make_on_worker(struct pool_job *j)
{
    struct scenario_work *w = (struct scenario_work *)(void *)j;
    struct call *c = w->call;
    bool look = w->put == NULL || w->put->check_only;
    if (j->dropped)
        fail(&w->err, ERR_UNAVAILABLE, "the server is stopping");
    else if (call_late(c))
        fail(&w->err, ERR_DEADLINE_EXCEEDED,
             "the deadline of the request passed before its answer was complete");
    else if (scenario_make(c->snapshot, &w->set, look, &c->arena, &w->made, &w->err) && put_errors(w))
        put_reports(w, w->put != NULL ? &w->out.reports : &w->got.reports,
                    w->put != NULL ? &w->out.n_reports : &w->got.n_reports);
    scenario_version_of(c->snapshot->net, &w->set, w->version);
}

/* Ends the call; the last thing that is done with w. */
void scenario_end(struct scenario_work *w, const ProtobufCMessage *reply)
{
    struct call *c = w->call;
    if (w->ticket)
        call_leave_pool(c);
    if (w->made.snapshot != NULL)
        snapshot_release(w->made.snapshot);
    if (w->err.code != ERR_OK)
        call_fail(c, &w->err, w->look.retry_ms != 0 ? w->look.retry_ms : question_retry_ms(&w->err));
    else
        call_reply(c, reply);
}

static void release_set(void *set)
{
    scenario_set_release(set);
}

void scenario_submit(struct scenario_work *w, void (*done)(struct pool_job *j))
{
    struct call *c = w->call;
    if (!arena_defer(&c->arena, release_set, &w->set)) { /* the reply points into its texts */
        scenario_set_release(&w->set);
        scenario_no_memory(&w->err);
    } else if (!(w->ticket = call_enter_pool(c)))
        fail(&w->err, ERR_RESOURCE_EXHAUSTED,
             "the server has as many heavy requests in work as it takes (work_max); try again");
    if (w->err.code != ERR_OK) {
        scenario_end(w, NULL);
        return;
    }
    w->job = (struct pool_job){.work = make_on_worker, .done = done, .port = loop_port(c->loop)};
    pool_submit(loop_server(c->loop)->pool, &w->job);
}

struct scenario_work *scenario_begin(struct call *c)
{
    struct scenario_work *w = arena_calloc(&c->arena, 1, sizeof *w);
    struct err e = {0};
    if (w == NULL) {
        scenario_no_memory(&e);
        call_fail(c, &e, 0);
        return NULL;
    }
    w->call = c;
    w->look = (struct scenario_look){.loop = c->loop, .deadline_ns = c->deadline_ns, .ctx = w};
    snprintf(w->look.firm_id, sizeof w->look.firm_id, "%s", c->identity->firm_id);
    zongheng__v1__put_scenario_reply__init(&w->out);
    zongheng__v1__get_scenario_reply__init(&w->got);
    return w;
}
