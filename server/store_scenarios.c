#include "store_scenarios.h"

#include "base/arena.h"
#include "store_sql.h"

static void *read_text(const struct db_result *r, uint32_t row, const char *firm_id, bool listed)
{
    bool ok = true;
    size_t len = 0;
    const uint8_t *bytes = db_col_bytes(r, row, listed ? "head" : "body", &len, &ok);
    bool own = listed || db_col_i64(r, row, "own", &ok) != 0;
    return ok ? scenario_text_new(bytes, len, own ? firm_id : "*") : NULL;
}

static bool sign(void *text, const struct store_signature *s)
{
    return scenario_text_sign(text, s->version, s->author, s->firm_name, s->put_at_s, s->shared);
}

static void release(void *text)
{
    scenario_text_release(text);
}

static const struct store_kind kind = {"scenario", "GetScenario", read_text, sign, release};

void store_scenario_get(const struct store_asker *a, const char *id, uint32_t version, int64_t deadline_ns,
                        store_kept_fn *callback)
{
    char number[DB_NUMBER_MAX];
    struct db_query q = {.statement = STORE_GET_SCENARIO, .deadline_ns = deadline_ns};
    store_add_firm(&q, a->firm_id);
    db_add_text(&q, id);
    db_add_i64(&q, number, version);
    store_kept_get(a, &kind, &q, callback);
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

void store_scenario_put(const struct store_asker *a, const struct store_scenario_put *p, int64_t deadline_ns,
                        store_kept_fn *callback)
{
    char expected[DB_NUMBER_MAX], max[DB_NUMBER_MAX];
    Zongheng__V1__Scenario head = *p->message;
    struct db_query q = {.statement = STORE_PUT_SCENARIO, .deadline_ns = deadline_ns};
    struct scenario_text *text = NULL;
    uint8_t *head_bytes, *body;
    size_t head_len, body_len;
    head.n_modifications = 0;
    char *tags = join_tags(p->a, p->message);
    if (tags != NULL && pack(p->a, &head, &head_bytes, &head_len) &&
        pack(p->a, p->message, &body, &body_len)) {
        text = scenario_text_new(body, body_len, a->firm_id);
        db_add_text(&q, a->firm_id);
        db_add_text(&q, p->message->scenario_id);
        db_add_text(&q, p->message->shared ? "t" : "f");
        db_add_text(&q, tags);
        db_add_bytes(&q, head_bytes, head_len);
        db_add_bytes(&q, body, body_len);
        db_add_text(&q, p->author);
        store_add_expected(&q, expected, p->expected_version);
        db_add_i64(&q, max, p->max);
    }
    store_kept_put(a, &kind, &q, text, p->author, p->message->shared, callback);
}

void store_scenario_delete(const struct store_asker *a, const char *id, int64_t deadline_ns,
                           store_kept_delete_fn *callback)
{
    struct db_query q = {.statement = STORE_DELETE_SCENARIO, .deadline_ns = deadline_ns};
    db_add_text(&q, a->firm_id);
    db_add_text(&q, id);
    store_kept_delete(a, &kind, &q, callback);
}

void store_scenario_list(const struct store_asker *a, const char *tag, const char *after, uint32_t max,
                         int64_t deadline_ns, store_kept_list_fn *callback)
{
    char number[DB_NUMBER_MAX];
    struct db_query q = {.statement = STORE_LIST_SCENARIOS, .deadline_ns = deadline_ns};
    store_add_firm(&q, a->firm_id);
    db_add_text(&q, tag);
    db_add_text(&q, after);
    db_add_i64(&q, number, max);
    store_kept_list(a, &kind, &q, callback);
}
