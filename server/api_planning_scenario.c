/* PutScenario, GetScenario, ListScenarios, DeleteScenario. A Put looks at its prerequisites
 * (scenario_open.h), makes the scenario on a worker, keeps it in PostgreSQL, and only then in this daemon:
 * nothing half done. */
#include "api_planning_scenario.h"

#include "convert_scenario.h"
#include "loop.h"
#include "question.h"
#include "scenario_make.h"
#include "scenario_open.h"
#include "store_scenarios.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 20000, TAGS_MAX = 20, TAG_MAX = 64, PAGE = 50, PAGE_MAX = 200 };

struct work {            /* a Put or a Get; in the call's arena */
    struct pool_job job; /* first */
    struct scenario_look look;
    struct call *call;
    const Zongheng__V1__PutScenarioRequest *put; /* NULL: a Get */
    struct scenario_set set;
    struct scenario_made made;
    struct err err;
    char version[33];
    uint32_t wanted; /* version of a Get */
    Zongheng__V1__PutScenarioReply out;
    Zongheng__V1__GetScenarioReply got;
    bool ticket;
};

static char *text(const char *s)
{
    return (char *)(uintptr_t)s; /* protobuf-c's messages are not const; packing only reads */
}

static bool has_database(const struct call *c)
{
    return loop_db(c->loop) != NULL;
}

static void refuse(struct call *c, enum err_code code, const char *field, const char *why)
{
    struct err e = {0};
    fail_field(&e, code, field, "%s", why);
    call_fail(c, &e, 0);
}

/* Where firms are known, nobody writes without a token. */
static bool may_write(struct call *c)
{
    if (!has_database(c) || c->identity->firm_id[0] != '\0')
        return true;
    refuse(
        c, ERR_UNAUTHENTICATED, "token",
        "scenarios are put and deleted with a planner's or operator's token; this connection is anonymous");
    return false;
}

static bool is_id(const char *s)
{
    size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    return n > 0 && n <= SCENARIO_ID_MAX && s[n] == '\0';
}

static bool is_project(const char *id)
{
    return strncmp(id, SCENARIO_PROJECT_PREFIX, sizeof SCENARIO_PROJECT_PREFIX - 1) == 0;
}

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
        if (!is_id(m->prerequisites[i]))
            return fail_field(e, ERR_INVALID_ARGUMENT, "scenario.prerequisites",
                              "\"%.70s\" is no scenario_id", m->prerequisites[i]);
    for (size_t i = 0; i < m->n_conflicts; i++)
        if (!is_id(m->conflicts[i]))
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
    if (!is_id(m->scenario_id) || is_project(m->scenario_id))
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

/* --- made on a worker ---------------------------------------------------------------------------------- */

static bool no_memory(struct err *e)
{
    return fail(e, ERR_RESOURCE_EXHAUSTED, "the scenario does not fit the memory of one request");
}

static bool put_reports(struct work *w, Zongheng__V1__ModificationReport ***list, size_t *count)
{
    struct arena *a = &w->call->arena;
    size_t own = w->set.text[w->set.count - 1]->message->n_modifications;
    *list = arena_calloc(a, own + 1, sizeof **list);
    if (*list == NULL)
        return no_memory(&w->err);
    for (size_t i = 0; w->made.result.report != NULL && i < own; i++) {
        (*list)[i] = convert_report(a, (uint32_t)i, &w->made.result.report[w->made.first + i]);
        if ((*list)[i] == NULL)
            return no_memory(&w->err);
        *count = i + 1;
    }
    return true;
}

static bool put_errors(struct work *w)
{
    struct arena *a = &w->call->arena;
    w->out.errors = arena_calloc(a, (size_t)w->made.error_count + 1, sizeof *w->out.errors);
    if (w->out.errors == NULL)
        return no_memory(&w->err);
    for (uint32_t i = 0; i < w->made.error_count; i++) {
        Zongheng__V1__ScenarioError *m = arena_alloc(a, sizeof *m);
        if (m == NULL)
            return no_memory(&w->err);
        zongheng__v1__scenario_error__init(m);
        m->index = w->made.error[i].index;
        m->field = text(w->made.error[i].field);
        m->message = text(w->made.error[i].message);
        w->out.errors[w->out.n_errors++] = m;
    }
    return true;
}

static void make_on_worker(struct pool_job *j)
{
    struct work *w = (struct work *)(void *)j;
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
static void end(struct work *w, const ProtobufCMessage *reply)
{
    struct call *c = w->call;
    if (w->ticket)
        pool_leave(loop_server(c->loop)->pool);
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

static void submit(struct work *w, void (*done)(struct pool_job *j))
{
    struct call *c = w->call;
    if (!arena_defer(&c->arena, release_set, &w->set)) { /* the reply points into its texts */
        scenario_set_release(&w->set);
        no_memory(&w->err);
    } else if (!(w->ticket = pool_enter(loop_server(c->loop)->pool)))
        fail(&w->err, ERR_RESOURCE_EXHAUSTED,
             "the server has as many heavy requests in work as it takes (work_max); try again");
    if (w->err.code != ERR_OK) {
        end(w, NULL);
        return;
    }
    w->job = (struct pool_job){.work = make_on_worker, .done = done, .port = loop_port(c->loop)};
    pool_submit(loop_server(c->loop)->pool, &w->job);
}

static bool begin(struct work *w, struct call *c)
{
    w->call = c;
    w->look = (struct scenario_look){.loop = c->loop, .deadline_ns = c->deadline_ns, .ctx = w};
    snprintf(w->look.firm_id, sizeof w->look.firm_id, "%s", c->identity->firm_id);
    zongheng__v1__put_scenario_reply__init(&w->out);
    zongheng__v1__get_scenario_reply__init(&w->got);
    return true;
}

/* --- PutScenario --------------------------------------------------------------------------------------- */

static void reply_put(struct work *w, struct scenario_text *t)
{
    struct call *c = w->call;
    Zongheng__V1__Scenario *head = arena_alloc(&c->arena, sizeof *head);
    if (head == NULL) {
        c->committed = true;
        no_memory(&w->err);
        end(w, NULL);
        return;
    }
    *head = *t->message;
    head->n_modifications = 0; /* who put them has them */
    w->out.scenario = head;
    w->out.scenario_version = w->version;
    static const char *const unkept = "this server has no database: the scenario ends with it";
    if (!has_database(c) && w->made.error_count == 0) {
        w->out.warnings = (char **)(uintptr_t)&unkept;
        w->out.n_warnings = 1;
    }
    if (w->made.snapshot != NULL)
        w->out.bytes = snapshot_own_bytes(w->made.snapshot);
    w->out.build_ms = w->made.build_ms;
    end(w, &w->out.base);
}

/* Takes the text. */
static void keep(struct work *w, struct scenario_text *t)
{
    struct scenarios *k = loop_server(w->call->loop)->scenarios;
    scenario_text_acquire(t); /* for the reply */
    if (!scenarios_set(k, t, w->made.snapshot, &w->err))
        scenario_text_release(t);
    scenarios_note_look(k, t->firm_id, t->message->scenario_id, monotonic_ns());
    reply_put(w, t);
    scenario_text_release(t);
}

static void on_stored(void *ctx, const struct err *e, uint32_t retry_ms, struct scenario_text *t)
{
    struct work *w = ctx;
    if (t != NULL) {
        keep(w, t);
        return;
    }
    w->err = *e;
    w->look.retry_ms = retry_ms;
    end(w, NULL);
}

/* Without a database: a version more than there is. */
static void keep_here(struct work *w)
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
        no_memory(&w->err);
    if (w->err.code != ERR_OK) {
        scenario_text_release(t);
        end(w, NULL);
        return;
    }
    keep(w, t);
}

static void on_put_made(struct pool_job *j)
{
    struct work *w = (struct work *)(void *)j;
    struct call *c = w->call;
    if (w->err.code != ERR_OK) {
        end(w, NULL);
    } else if (w->made.error_count > 0 || w->put->check_only) {
        reply_put(w, w->set.text[w->set.count - 1]);
    } else if (!has_database(c)) {
        keep_here(w);
    } else {
        struct store_scenario_put p = {.firm_id = c->identity->firm_id,
                                       .author = c->identity->user_name,
                                       .message = w->set.text[w->set.count - 1]->message,
                                       .expected_version = w->put->expected_version,
                                       .max = (uint32_t)loop_server(c->loop)->config.scenarios_max,
                                       .a = &c->arena};
        store_scenario_put(loop_db(c->loop), &p, c->deadline_ns, on_stored, w);
    }
}

/* The message as it will be kept: what the server knows is not the client's to say. */
static struct scenario_text *text_of(struct call *c, const Zongheng__V1__Scenario *from)
{
    Zongheng__V1__Scenario m = *from;
    m.author = m.firm = text("");
    m.version = 0;
    m.put_at = 0;
    m.base_network_version = text(c->snapshot->net->version);
    size_t len = zongheng__v1__scenario__get_packed_size(&m);
    uint8_t *bytes = arena_alloc(&c->arena, len + 1);
    if (bytes == NULL)
        return NULL;
    zongheng__v1__scenario__pack(&m, bytes);
    return scenario_text_new(bytes, len, c->identity->firm_id);
}

static void on_put_looked(struct scenario_look *l)
{
    struct work *w = l->ctx;
    struct call *c = w->call;
    w->err = l->err;
    struct scenario_text *t = w->err.code == ERR_OK ? text_of(c, w->put->scenario) : NULL;
    if (w->err.code == ERR_OK && t == NULL)
        no_memory(&w->err);
    if (t != NULL)
        scenarios_gather(loop_server(c->loop)->scenarios, c->identity->firm_id, t, &w->set, &w->err);
    scenario_text_release(t); /* the set holds it */
    if (w->err.code != ERR_OK)
        end(w, NULL);
    else
        submit(w, on_put_made);
}

void api_planning_put_scenario(struct call *c, const ProtobufCMessage *message)
{
    struct work *w = arena_calloc(&c->arena, 1, sizeof *w);
    struct err e = {0};
    if (w == NULL || !begin(w, c)) {
        no_memory(&e);
        call_fail(c, &e, 0);
        return;
    }
    w->put = (const void *)message;
    if (!may_write(c))
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

/* --- GetScenario --------------------------------------------------------------------------------------- */

static void on_got_made(struct pool_job *j)
{
    struct work *w = (struct work *)(void *)j;
    w->got.scenario = w->set.text[w->set.count - 1]->message;
    w->got.scenario_version = w->version;
    /* one that no longer applies is shown without reports; asking in it tells why */
    end(w, &w->got.base);
}

static void got(struct work *w, struct scenario_text *t)
{
    struct call *c = w->call;
    if (t == NULL && w->err.code == ERR_OK)
        fail_field(&w->err, ERR_NOT_FOUND, "scenario_id", "%s", SCENARIOS_NOT_FOUND);
    if (t != NULL)
        scenarios_gather(loop_server(c->loop)->scenarios, c->identity->firm_id, t, &w->set, &w->err);
    scenario_text_release(t);
    if (w->err.code != ERR_OK)
        end(w, NULL);
    else
        submit(w, on_got_made);
}

static void on_got_old(void *ctx, const struct err *e, uint32_t retry_ms, struct scenario_text *t)
{
    struct work *w = ctx;
    w->err = *e;
    w->look.retry_ms = retry_ms;
    got(w, t);
}

static void on_get_looked(struct scenario_look *l)
{
    struct work *w = l->ctx;
    w->err = l->err;
    got(w, w->err.code == ERR_OK ? scenarios_find(loop_server(l->loop)->scenarios, l->firm_id, l->todo[0])
                                 : NULL);
}

/* An older version than the newest is PostgreSQL's to tell. */
static void on_newest_looked(struct scenario_look *l)
{
    struct work *w = l->ctx;
    uint32_t want = w->wanted;
    struct scenario_text *t = scenarios_find(loop_server(l->loop)->scenarios, l->firm_id, l->todo[0]);
    bool newest = t != NULL && t->message->version == want;
    w->err = l->err;
    if (w->err.code == ERR_OK && !newest && loop_db(l->loop) != NULL && !is_project(l->todo[0])) {
        scenario_text_release(t);
        store_scenario_get(loop_db(l->loop), l->firm_id, l->todo[0], want, l->deadline_ns, on_got_old, w);
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
    struct work *w = arena_calloc(&c->arena, 1, sizeof *w);
    struct err e = {0};
    if (w == NULL || !begin(w, c)) {
        no_memory(&e);
        call_fail(c, &e, 0);
        return;
    }
    if (!is_id(m->scenario_id)) {
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
            no_memory(e);
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

static void on_listed(void *ctx, const struct err *e, uint32_t retry_ms, struct scenario_text **text,
                      uint32_t count)
{
    struct err why = *e;
    reply_list(ctx, text, count, &why, retry_ms);
}

void api_planning_list_scenarios(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__ListScenariosRequest *m = (const void *)message;
    struct list *l = arena_calloc(&c->arena, 1, sizeof *l);
    struct err e = {0};
    if (l == NULL)
        no_memory(&e);
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
    l->here_count = scenarios_list(loop_server(c->loop)->scenarios, c->identity->firm_id, has_database(c),
                                   m->tag, m->page_token, l->max + 1, l->here);
    if (has_database(c))
        store_scenario_list(loop_db(c->loop), c->identity->firm_id, m->tag, m->page_token, l->max + 1,
                            c->deadline_ns, on_listed, l);
    else
        reply_list(l, NULL, 0, &e, 0);
}

/* --- DeleteScenario ------------------------------------------------------------------------------------ */

static void reply_deleted(struct call *c, const char *id, bool was_there)
{
    Zongheng__V1__DeleteScenarioReply reply = ZONGHENG__V1__DELETE_SCENARIO_REPLY__INIT;
    struct err e = {0};
    reply.scenario_id = text(id);
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
    if (!may_write(c))
        return;
    if (is_project(m->scenario_id)) {
        refuse(c, ERR_FAILED_PRECONDITION, "scenario_id", "the projects of the network are not deleted");
        return;
    }
    if (x == NULL || !is_id(m->scenario_id)) {
        reply_deleted(c, m->scenario_id, false);
        return;
    }
    *x = (struct deletion){c, m->scenario_id};
    if (has_database(c))
        store_scenario_delete(loop_db(c->loop), c->identity->firm_id, m->scenario_id, c->deadline_ns,
                              on_deleted, x);
    else
        reply_deleted(
            c, m->scenario_id,
            scenarios_remove(loop_server(c->loop)->scenarios, c->identity->firm_id, m->scenario_id));
}
