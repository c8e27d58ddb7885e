#include "store_scenarios.h"

#include "base/arena.h"
#include "store_kept.h"
#include "store_sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_MS = STORE_RETRY_MS, LIST_MAX = 201 };

struct asked { /* malloc'ed: a question may outlive its call */
    void *ctx;
    union {
        store_scenario_fn *one;
        store_scenario_delete_fn *gone;
        store_scenario_list_fn *list;
    } callback;
    char firm_id[37];
    struct scenario_text *put; /* to be signed with what comes back */
    char author[129];
    bool shared;
};

/* A row as a text. */
static struct scenario_text *read_text(const struct db_result *r, uint32_t row, const char *firm_id,
                                       const char *column, struct err *e)
{
    bool ok = true;
    size_t len = 0;
    const uint8_t *bytes = db_col_bytes(r, row, column, &len, &ok);
    struct scenario_text *t = ok ? scenario_text_new(bytes, len, firm_id) : NULL;
    ok = t != NULL &&
         scenario_text_sign(t, (uint32_t)db_col_i64(r, row, "version", &ok),
                            db_col_text(r, row, "author", &ok), db_col_text(r, row, "firm_name", &ok),
                            db_col_i64(r, row, "put_at_s", &ok), db_col_i64(r, row, "shared", &ok) != 0);
    if (ok)
        return t;
    scenario_text_release(t);
    fail(e, ERR_INTERNAL, "a scenario's row is not as the schema of this build, or memory is out");
    return NULL;
}

static struct asked *ask(void *ctx, const char *firm_id)
{
    struct asked *x = calloc(1, sizeof *x);
    if (x != NULL) {
        x->ctx = ctx;
        snprintf(x->firm_id, sizeof x->firm_id, "%s", firm_id);
    }
    return x;
}

static void no_memory(struct err *e)
{
    fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory");
}

static void on_get(void *ctx, const struct db_result *r)
{
    struct asked x = *(struct asked *)ctx;
    struct err e = {0};
    uint32_t retry_ms = 0;
    struct scenario_text *t = NULL;
    bool ok = true;
    free(ctx);
    if (r->outcome != DB_OK)
        store_kept_refused(r, false, "scenario", &e, &retry_ms);
    else if (r->row_count > 0)
        t = read_text(r, 0, db_col_i64(r, 0, "own", &ok) != 0 ? x.firm_id : "*", "body", &e);
    x.callback.one(x.ctx, &e, retry_ms, t);
}

void store_scenario_get(struct db *db, const char *firm_id, const char *id, uint32_t version,
                        int64_t deadline_ns, store_scenario_fn *callback, void *ctx)
{
    struct err e = {0};
    char number[DB_NUMBER_MAX];
    struct asked *x = ask(ctx, firm_id);
    if (x == NULL) {
        no_memory(&e);
        callback(ctx, &e, RETRY_MS, NULL);
        return;
    }
    x->callback.one = callback;
    struct db_query q = {.statement = STORE_GET_SCENARIO, .deadline_ns = deadline_ns};
    store_add_firm(&q, firm_id);
    db_add_text(&q, id);
    db_add_i64(&q, number, version);
    db_submit(db, &q, on_get, x);
}

static void on_put(void *ctx, const struct db_result *r)
{
    struct asked x = *(struct asked *)ctx;
    struct err e = {0};
    uint32_t retry_ms = 0;
    bool ok = true;
    free(ctx);
    if (r->outcome != DB_OK)
        store_kept_refused(r, true, "scenario", &e, &retry_ms);
    else if (r->row_count != 1 || !scenario_text_sign(x.put, (uint32_t)db_col_i64(r, 0, "version", &ok),
                                                      x.author, db_col_text(r, 0, "firm_name", &ok),
                                                      db_col_i64(r, 0, "put_at_s", &ok), x.shared))
        fail(&e, ERR_UNKNOWN, "it was put, but its version was not understood: GetScenario tells it");
    if (e.code != ERR_OK) {
        scenario_text_release(x.put);
        x.put = NULL;
    }
    x.callback.one(x.ctx, &e, retry_ms, x.put);
}

/* ";a;b;" */
static char *join_tags(struct arena *a, const Zongheng__V1__Scenario *m)
{
    char *all = arena_strdup(a, ";");
    for (size_t i = 0; all != NULL && i < m->n_tags; i++)
        all = arena_printf(a, "%s%s;", all, m->tags[i]);
    return all;
}

static bool pack(struct arena *a, const Zongheng__V1__Scenario *m, uint8_t **bytes, size_t *len)
{
    *len = zongheng__v1__scenario__get_packed_size(m);
    *bytes = arena_alloc(a, *len + 1);
    if (*bytes != NULL)
        zongheng__v1__scenario__pack(m, *bytes);
    return *bytes != NULL;
}

void store_scenario_put(struct db *db, const struct store_scenario_put *p, int64_t deadline_ns,
                        store_scenario_fn *callback, void *ctx)
{
    struct err e = {0};
    char expected[DB_NUMBER_MAX], max[DB_NUMBER_MAX];
    Zongheng__V1__Scenario head = *p->message;
    uint8_t *head_bytes, *body;
    size_t head_len, body_len;
    head.n_modifications = 0;
    char *tags = join_tags(p->a, p->message);
    struct asked *x = ask(ctx, p->firm_id);
    bool ok = x != NULL && tags != NULL && pack(p->a, &head, &head_bytes, &head_len) &&
              pack(p->a, p->message, &body, &body_len) &&
              (x->put = scenario_text_new(body, body_len, p->firm_id)) != NULL;
    if (!ok) {
        free(x);
        no_memory(&e);
        callback(ctx, &e, RETRY_MS, NULL);
        return;
    }
    x->callback.one = callback;
    x->shared = p->message->shared;
    snprintf(x->author, sizeof x->author, "%s", p->author);
    struct db_query q = {.statement = STORE_PUT_SCENARIO, .deadline_ns = deadline_ns};
    db_add_text(&q, p->firm_id);
    db_add_text(&q, p->message->scenario_id);
    db_add_text(&q, p->message->shared ? "t" : "f");
    db_add_text(&q, tags);
    db_add_bytes(&q, head_bytes, head_len);
    db_add_bytes(&q, body, body_len);
    db_add_text(&q, p->author);
    if (p->expected_version != 0)
        db_add_i64(&q, expected, p->expected_version);
    else
        db_add_null(&q);
    db_add_i64(&q, max, p->max);
    db_submit(db, &q, on_put, x);
}

static void on_deleted(void *ctx, const struct db_result *r)
{
    struct asked x = *(struct asked *)ctx;
    struct err e = {0};
    uint32_t retry_ms = 0;
    int64_t versions = 0;
    bool ok = true;
    free(ctx);
    if (r->outcome != DB_OK)
        store_kept_refused(r, true, "scenario", &e, &retry_ms);
    else if (r->row_count == 1)
        versions = db_col_i64(r, 0, "versions", &ok);
    x.callback.gone(x.ctx, &e, retry_ms, versions);
}

void store_scenario_delete(struct db *db, const char *firm_id, const char *id, int64_t deadline_ns,
                           store_scenario_delete_fn *callback, void *ctx)
{
    struct err e = {0};
    struct asked *x = ask(ctx, firm_id);
    if (x == NULL) {
        no_memory(&e);
        callback(ctx, &e, RETRY_MS, 0);
        return;
    }
    x->callback.gone = callback;
    struct db_query q = {.statement = STORE_DELETE_SCENARIO, .deadline_ns = deadline_ns};
    db_add_text(&q, firm_id);
    db_add_text(&q, id);
    db_submit(db, &q, on_deleted, x);
}

static void on_list(void *ctx, const struct db_result *r)
{
    struct asked x = *(struct asked *)ctx;
    struct scenario_text *list[LIST_MAX];
    struct err e = {0};
    uint32_t retry_ms = 0, count = 0;
    free(ctx);
    if (r->outcome != DB_OK)
        store_kept_refused(r, false, "scenario", &e, &retry_ms);
    for (uint32_t i = 0; r->outcome == DB_OK && e.code == ERR_OK && i < r->row_count && i < LIST_MAX; i++)
        if ((list[count] = read_text(r, i, x.firm_id, "head", &e)) != NULL)
            count++;
    x.callback.list(x.ctx, &e, retry_ms, list, count);
}

void store_scenario_list(struct db *db, const char *firm_id, const char *tag, const char *after, uint32_t max,
                         int64_t deadline_ns, store_scenario_list_fn *callback, void *ctx)
{
    struct err e = {0};
    char number[DB_NUMBER_MAX];
    struct asked *x = ask(ctx, firm_id);
    if (x == NULL) {
        no_memory(&e);
        callback(ctx, &e, RETRY_MS, NULL, 0);
        return;
    }
    x->callback.list = callback;
    struct db_query q = {.statement = STORE_LIST_SCENARIOS, .deadline_ns = deadline_ns};
    store_add_firm(&q, firm_id);
    db_add_text(&q, tag);
    db_add_text(&q, after);
    db_add_i64(&q, number, max);
    db_submit(db, &q, on_list, x);
}
