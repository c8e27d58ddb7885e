/* api_planning_scenario_put.c - PutScenario. It looks at its prerequisites (scenario_open.h), makes the
 * scenario on a worker, keeps it in PostgreSQL, and only then in this daemon: nothing half done. */
#include "api_planning_scenario.h"
#include "api_planning_scenario_inside.h"
#include "loop.h"
#include "store_scenarios.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 20000, TAGS_MAX = 20 };

static bool is_date(const char *s)
{
    int y, m, d, used = 0;
    return s[0] == '\0' || (strlen(s) == 10 && sscanf(s, "%4d-%2d-%2d%n", &y, &m, &d, &used) == 3 &&
                            used == 10 && m >= 1 && m <= 12 && d >= 1 && d <= 31);
}

static bool check_lists(const Zongheng__V1__Scenario *m, struct err *e)
{
    if (m->n_tags > TAGS_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "scenario.tags", "at most %d tags", TAGS_MAX);
    for (size_t i = 0; i < m->n_tags; i++)
        if (m->tags[i][0] == '\0' || strlen(m->tags[i]) > TAG_MAX || strchr(m->tags[i], ';') != NULL)
            return fail_field(e, ERR_INVALID_ARGUMENT, "scenario.tags", "a tag has 1 to %d bytes and no ';'",
                              TAG_MAX);
    for (size_t i = 0; i < m->n_prerequisites; i++)
        if (!scenario_is_id(m->prerequisites[i]))
            return fail_field(e, ERR_INVALID_ARGUMENT, "scenario.prerequisites",
                              "\"%.70s\" is no scenario_id", m->prerequisites[i]);
    for (size_t i = 0; i < m->n_conflicts; i++)
        if (!scenario_is_id(m->conflicts[i]))
            return fail_field(e, ERR_INVALID_ARGUMENT, "scenario.conflicts", "\"%.70s\" is no scenario_id",
                              m->conflicts[i]);
    if (m->n_prerequisites > SCENARIO_PREREQUISITES_MAX || m->n_conflicts > SCENARIO_PREREQUISITES_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "scenario.prerequisites",
                          "at most %d prerequisites and as many conflicts", SCENARIO_PREREQUISITES_MAX);
    return true;
}

static bool check_put(const struct call *c, const Zongheng__V1__Scenario *m, struct err *e)
{
    if (m == NULL)
        return fail_field(e, ERR_INVALID_ARGUMENT, "scenario", "scenario is missing");
    if (!scenario_is_id(m->scenario_id) || scenario_is_project(m->scenario_id))
        return fail_field(e, ERR_INVALID_ARGUMENT, "scenario.scenario_id",
                          "a scenario_id is 1 to %d letters, digits, '-' and '_', and does not begin with "
                          "\"" SCENARIO_PROJECT_PREFIX "\": these are the network's",
                          SCENARIO_ID_MAX);
    if (strlen(m->name_zh) > 400 || strlen(m->name_en) > 400 || strlen(m->description) > TEXT_MAX ||
        strlen(m->source) > 2000)
        return fail_field(e, ERR_INVALID_ARGUMENT, "scenario.description",
                          "names have at most 400 bytes, source 2,000, description %d", TEXT_MAX);
    if (!is_date(m->opening_date))
        return fail_field(e, ERR_INVALID_ARGUMENT, "scenario.opening_date", "a date is YYYY-MM-DD");
    if (m->cost_yuan < 0 || m->cost_yuan > INT64_C(10000000000000))
        return fail_field(e, ERR_INVALID_ARGUMENT, "scenario.cost_yuan", "a cost is 0 to 10^13 yuan");
    if (m->n_modifications > SCENARIO_MODIFICATIONS_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "scenario.modifications",
                          "at most %d modifications, not %zu", SCENARIO_MODIFICATIONS_MAX,
                          m->n_modifications);
    if (m->n_modifications == 0 && m->n_prerequisites == 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, "scenario.modifications",
                          "a scenario has modifications or prerequisites");
    if (m->base_network_version[0] != '\0' && strcmp(m->base_network_version, c->snapshot->net->version) != 0)
        return fail_field(e, ERR_FAILED_PRECONDITION, "scenario.base_network_version",
                          "the network in force is %s, not %.40s", c->snapshot->net->version,
                          m->base_network_version);
    return check_lists(m, e);
}

static void reply_put(struct scenario_work *w, struct scenario_text *t)
{
    struct call *c = w->call;
    Zongheng__V1__Scenario *head = arena_alloc(&c->arena, sizeof *head);
    if (head == NULL) {
        c->committed = true;
        scenario_no_memory(&w->err);
        scenario_end(w, NULL);
        return;
    }
    *head = *t->message;
    head->n_modifications = 0; /* who put them has them */
    w->out.scenario = head;
    w->out.scenario_version = w->version;
    static const char *const unkept = "this server has no database: the scenario ends with it";
    if (!scenario_kept(c) && w->made.error_count == 0) {
        w->out.warnings = (char **)(uintptr_t)&unkept;
        w->out.n_warnings = 1;
    }
    if (w->made.snapshot != NULL)
        w->out.bytes = snapshot_own_bytes(w->made.snapshot);
    w->out.build_ms = w->made.build_ms;
    scenario_end(w, &w->out.base);
}

/* Takes the text. */
static void keep(struct scenario_work *w, struct scenario_text *t)
{
    struct scenarios *k = loop_server(w->call->loop)->scenarios;
    scenario_text_acquire(t); /* for the reply */
    if (!scenarios_set(k, t, w->made.snapshot, &w->err))
        scenario_text_release(t);
    scenarios_note_look(k, t->firm_id, t->message->scenario_id, monotonic_ns());
    reply_put(w, t);
    scenario_text_release(t);
}

static void on_stored(void *ctx, const struct err *e, uint32_t retry_ms, void *t)
{
    struct scenario_work *w = ctx;
    if (t != NULL) {
        keep(w, t);
        return;
    }
    w->err = *e;
    w->look.retry_ms = retry_ms;
    scenario_end(w, NULL);
}

/* Without a database: a version more than there is. */
static void keep_here(struct scenario_work *w)
{
    struct call *c = w->call;
    struct scenario_text *t = scenario_text_acquire(w->set.text[w->set.count - 1]);
    struct scenario_text *old =
        scenarios_find(loop_server(c->loop)->scenarios, c->identity->firm_id, t->message->scenario_id);
    uint32_t newest = old != NULL ? old->message->version : 0;
    scenario_text_release(old);
    if (w->put->expected_version != 0 && w->put->expected_version != newest)
        fail_field(&w->err, ERR_FAILED_PRECONDITION, "expected_version",
                   "another version has been put: the newest is %u", newest);
    else if (!scenario_text_sign(t, newest + 1, c->identity->user_name, c->identity->firm_name, c->now_s,
                                 t->message->shared))
        scenario_no_memory(&w->err);
    if (w->err.code != ERR_OK) {
        scenario_text_release(t);
        scenario_end(w, NULL);
        return;
    }
    keep(w, t);
}

static void on_put_made(struct pool_job *j)
{
    struct scenario_work *w = (struct scenario_work *)(void *)j;
    struct call *c = w->call;
    if (w->err.code != ERR_OK) {
        scenario_end(w, NULL);
    } else if (w->made.error_count > 0 || w->put->check_only) {
        reply_put(w, w->set.text[w->set.count - 1]);
    } else if (!scenario_kept(c)) {
        keep_here(w);
    } else {
        struct store_scenario_put p = {.author = c->identity->user_name,
                                       .message = w->set.text[w->set.count - 1]->message,
                                       .expected_version = w->put->expected_version,
                                       .max = (uint32_t)loop_server(c->loop)->config.scenarios_max,
                                       .a = &c->arena};
        store_scenario_put(&(struct store_asker){loop_db(c->loop), c->identity->firm_id, w}, &p,
                           c->deadline_ns, on_stored);
    }
}

/* The message as it will be kept: what the server knows is not the client's to say. */
static struct scenario_text *text_of(struct call *c, const Zongheng__V1__Scenario *from)
{
    Zongheng__V1__Scenario m = *from;
    m.author = m.firm = scenario_str("");
    m.version = 0;
    m.put_at = 0;
    m.base_network_version = scenario_str(c->snapshot->net->version);
    size_t len = zongheng__v1__scenario__get_packed_size(&m);
    uint8_t *bytes = arena_alloc(&c->arena, len + 1);
    if (bytes == NULL)
        return NULL;
    zongheng__v1__scenario__pack(&m, bytes);
    return scenario_text_new(bytes, len, c->identity->firm_id);
}

static void on_put_looked(struct scenario_look *l)
{
    struct scenario_work *w = l->ctx;
    struct call *c = w->call;
    w->err = l->err;
    struct scenario_text *t = w->err.code == ERR_OK ? text_of(c, w->put->scenario) : NULL;
    if (w->err.code == ERR_OK && t == NULL)
        scenario_no_memory(&w->err);
    if (t != NULL)
        scenarios_gather(loop_server(c->loop)->scenarios, c->identity->firm_id, t, &w->set, &w->err);
    scenario_text_release(t); /* the set holds it */
    if (w->err.code != ERR_OK)
        scenario_end(w, NULL);
    else
        scenario_submit(w, on_put_made);
}

void api_planning_put_scenario(struct call *c, const ProtobufCMessage *message)
{
    struct scenario_work *w = scenario_begin(c);
    struct err e = {0};
    if (w == NULL)
        return;
    w->put = (const void *)message;
    if (!scenario_may_write(c))
        return;
    if (!check_put(c, w->put->scenario, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    for (size_t i = 0; i < w->put->scenario->n_prerequisites; i++)
        scenario_look_at(&w->look, w->put->scenario->prerequisites[i]);
    w->look.done = on_put_looked;
    scenario_look(&w->look);
}
