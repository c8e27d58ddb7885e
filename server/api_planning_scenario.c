/* GetScenario, ListScenarios, DeleteScenario. */
#include "api_planning_scenario.h"

#include "api_planning_scenario_inside.h"
#include "loop.h"
#include "store_scenarios.h"

#include <string.h>

enum { PAGE = 50, PAGE_MAX = 200 };

/* --- GetScenario --------------------------------------------------------------------------------------- */

static void on_got_made(struct pool_job *j)
{
    struct scenario_work *w = (struct scenario_work *)(void *)j;
    w->got.scenario = w->set.text[w->set.count - 1]->message;
    w->got.scenario_version = w->version;
    w->got.errors = w->out.errors; /* of one that no longer applies */
    w->got.n_errors = w->out.n_errors;
    scenario_end(w, &w->got.base);
}

static void got(struct scenario_work *w, struct scenario_text *t)
{
    struct call *c = w->call;
    if (t == NULL && w->err.code == ERR_OK)
        fail_field(&w->err, ERR_NOT_FOUND, "scenario_id", "%s", SCENARIOS_NOT_FOUND);
    if (t != NULL)
        scenarios_gather(loop_server(c->loop)->scenarios, c->identity->firm_id, t, &w->set, &w->err);
    scenario_text_release(t);
    if (w->err.code != ERR_OK)
        scenario_end(w, NULL);
    else
        scenario_submit(w, on_got_made);
}

static void on_got_old(void *ctx, const struct err *e, uint32_t retry_ms, void *t)
{
    struct scenario_work *w = ctx;
    w->err = *e;
    w->look.retry_ms = retry_ms;
    got(w, t);
}

static void on_get_looked(struct scenario_look *l)
{
    struct scenario_work *w = l->ctx;
    w->err = l->err;
    got(w, w->err.code == ERR_OK ? scenarios_find(loop_server(l->loop)->scenarios, l->firm_id, l->todo[0])
                                 : NULL);
}

/* An older version than the newest is PostgreSQL's to tell. */
static void on_newest_looked(struct scenario_look *l)
{
    struct scenario_work *w = l->ctx;
    uint32_t want = w->wanted;
    struct scenario_text *t = scenarios_find(loop_server(l->loop)->scenarios, l->firm_id, l->todo[0]);
    bool newest = t != NULL && t->message->version == want;
    w->err = l->err;
    if (w->err.code == ERR_OK && !newest && loop_db(l->loop) != NULL && !scenario_is_project(l->todo[0])) {
        scenario_text_release(t);
        store_scenario_get(&(struct store_asker){loop_db(l->loop), l->firm_id, w}, l->todo[0], want,
                           l->deadline_ns, on_got_old);
        return;
    }
    if (!newest) {
        scenario_text_release(t);
        t = NULL;
    }
    got(w, t);
}

void api_planning_get_scenario(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__GetScenarioRequest *m = (const void *)message;
    struct scenario_work *w = scenario_begin(c);
    struct err e = {0};
    if (w == NULL)
        return;
    if (!scenario_is_id(m->scenario_id)) {
        fail_field(&e, ERR_NOT_FOUND, "scenario_id", "%s", SCENARIOS_NOT_FOUND);
        call_fail(c, &e, 0);
        return;
    }
    scenario_look_at(&w->look, m->scenario_id);
    w->wanted = m->version;
    w->look.done = m->version == 0 ? on_get_looked : on_newest_looked;
    scenario_look(&w->look);
}

/* --- ListScenarios ------------------------------------------------------------------------------------- */

struct list { /* in the call's arena */
    struct call *call;
    const Zongheng__V1__ListScenariosRequest *m;
    uint32_t max;
    struct scenario_text *here[PAGE_MAX + 1];
    uint32_t here_count;
    Zongheng__V1__ListScenariosReply out;
};

static void release_text(void *t)
{
    scenario_text_release(t);
}

/* Both by id; one more than the page tells that there are more. */
static void reply_list(struct list *l, struct scenario_text **stored, uint32_t stored_count, struct err *e,
                       uint32_t retry_ms)
{
    struct call *c = l->call;
    uint32_t i = 0, k = 0, count = 0;
    l->out.scenarios = arena_calloc(&c->arena, (size_t)l->max + 1, sizeof *l->out.scenarios);
    while (e->code == ERR_OK && count < l->max && (i < stored_count || k < l->here_count)) {
        bool first = k == l->here_count || (i < stored_count && strcmp(stored[i]->message->scenario_id,
                                                                       l->here[k]->message->scenario_id) < 0);
        struct scenario_text *t = first ? stored[i++] : l->here[k++];
        Zongheng__V1__Scenario *head = arena_alloc(&c->arena, sizeof *head);
        if (head == NULL || l->out.scenarios == NULL ||
            !arena_defer(&c->arena, release_text, scenario_text_acquire(t))) {
            scenario_no_memory(e);
            break;
        }
        *head = *t->message;
        head->n_modifications = 0;
        l->out.scenarios[count++] = head;
    }
    if (count > 0 && (i < stored_count || k < l->here_count))
        l->out.next_page_token = l->out.scenarios[count - 1]->scenario_id;
    l->out.n_scenarios = count;
    for (i = 0; i < stored_count; i++)
        scenario_text_release(stored[i]);
    for (k = 0; k < l->here_count; k++)
        scenario_text_release(l->here[k]);
    if (e->code != ERR_OK)
        call_fail(c, e, retry_ms);
    else
        call_reply(c, &l->out.base);
}

static void on_listed(void *ctx, const struct err *e, uint32_t retry_ms, void **text, uint32_t count)
{
    struct err why = *e;
    struct scenario_text *list[STORE_LIST_MAX];
    for (uint32_t i = 0; i < count; i++)
        list[i] = text[i];
    reply_list(ctx, list, count, &why, retry_ms);
}

void api_planning_list_scenarios(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__ListScenariosRequest *m = (const void *)message;
    struct list *l = arena_calloc(&c->arena, 1, sizeof *l);
    struct err e = {0};
    if (l == NULL)
        scenario_no_memory(&e);
    else if (m->page_size > PAGE_MAX)
        fail_field(&e, ERR_INVALID_ARGUMENT, "page_size", "page_size is 1 to %d, or 0 for %d", PAGE_MAX,
                   PAGE);
    else if (strlen(m->page_token) > SCENARIO_ID_MAX || strlen(m->tag) > TAG_MAX ||
             strchr(m->tag, ';') != NULL)
        fail_field(&e, ERR_INVALID_ARGUMENT, m->tag[0] != '\0' ? "tag" : "page_token",
                   "a page_token is the last reply's; a tag has at most %d bytes and no ';'", TAG_MAX);
    if (e.code != ERR_OK) {
        call_fail(c, &e, 0);
        return;
    }
    l->call = c;
    l->m = m;
    l->max = m->page_size != 0 ? m->page_size : PAGE;
    zongheng__v1__list_scenarios_reply__init(&l->out);
    l->here_count = scenarios_list(loop_server(c->loop)->scenarios, c->identity->firm_id, scenario_kept(c),
                                   m->tag, m->page_token, l->max + 1, l->here);
    if (scenario_kept(c))
        store_scenario_list(&(struct store_asker){loop_db(c->loop), c->identity->firm_id, l}, m->tag,
                            m->page_token, l->max + 1, c->deadline_ns, on_listed);
    else
        reply_list(l, NULL, 0, &e, 0);
}

/* --- DeleteScenario ------------------------------------------------------------------------------------ */

static void reply_deleted(struct call *c, const char *id, bool was_there)
{
    Zongheng__V1__DeleteScenarioReply reply = ZONGHENG__V1__DELETE_SCENARIO_REPLY__INIT;
    struct err e = {0};
    reply.scenario_id = scenario_str(id);
    if (was_there)
        call_reply(c, &reply.base);
    else {
        fail_field(&e, ERR_NOT_FOUND, "scenario_id", "%s", SCENARIOS_NOT_FOUND);
        call_fail(c, &e, 0);
    }
}

struct deletion {
    struct call *call;
    const char *id;
};

static void on_deleted(void *ctx, const struct err *e, uint32_t retry_ms, int64_t versions)
{
    struct deletion *x = ctx;
    struct call *c = x->call;
    if (e->code != ERR_OK) {
        call_fail(c, e, retry_ms);
        return;
    }
    scenarios_remove(loop_server(c->loop)->scenarios, c->identity->firm_id, x->id);
    reply_deleted(c, x->id, versions > 0);
}

void api_planning_delete_scenario(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__DeleteScenarioRequest *m = (const void *)message;
    struct deletion *x = arena_alloc(&c->arena, sizeof *x);
    if (!scenario_may_write(c))
        return;
    if (scenario_is_project(m->scenario_id)) {
        scenario_refuse(c, ERR_FAILED_PRECONDITION, "scenario_id",
                        "the projects of the network are not deleted");
        return;
    }
    if (x == NULL || !scenario_is_id(m->scenario_id)) {
        reply_deleted(c, m->scenario_id, false);
        return;
    }
    *x = (struct deletion){c, m->scenario_id};
    if (scenario_kept(c))
        store_scenario_delete(&(struct store_asker){loop_db(c->loop), c->identity->firm_id, x},
                              m->scenario_id, c->deadline_ns, on_deleted);
    else
        reply_deleted(
            c, m->scenario_id,
            scenarios_remove(loop_server(c->loop)->scenarios, c->identity->firm_id, m->scenario_id));
}
