#include "store_demands.h"

#include "base/arena.h"
#include "store_sql.h"

static void *read_text(const struct db_result *r, uint32_t row, const char *firm_id, bool listed)
{
    (void)listed; /* a row without a body says so */
    bool ok = true;
    size_t len = 0, packed_len = 0;
    const uint8_t *head = db_col_bytes(r, row, "head", &len, &ok), *packed = NULL;
    const char *whose = db_col_i64(r, row, "own", &ok) != 0 ? firm_id : "*";
    if (!db_col_null(r, row, "body"))
        packed = db_col_bytes(r, row, "body", &packed_len, &ok);
    return ok ? demand_text_new(head, len, packed, packed_len, whose) : NULL;
}

static bool sign(void *text, const struct store_signature *s)
{
    return demand_text_sign(text, s->version, s->author, s->firm_name, s->put_at_s, s->shared);
}

static void release(void *text)
{
    demand_text_release(text);
}

static const struct store_kind kind = {"demand", "GetDemand", read_text, sign, release};

void store_demand_get(const struct store_asker *a, const char *name, uint32_t version, bool table,
                      int64_t deadline_ns, store_kept_fn *callback)
{
    char number[DB_NUMBER_MAX];
    struct db_query q = {.statement = STORE_GET_DEMAND, .deadline_ns = deadline_ns};
    store_add_firm(&q, a->firm_id);
    db_add_text(&q, name);
    db_add_i64(&q, number, version <= INT32_MAX ? version : INT32_MAX);
    db_add_text(&q, table ? "t" : "f");
    store_kept_get(a, &kind, &q, callback);
}

void store_demand_put(const struct store_asker *a, const struct store_demand_put *p, int64_t deadline_ns,
                      store_kept_fn *callback)
{
    char expected[DB_NUMBER_MAX], max[DB_NUMBER_MAX];
    const Zongheng__V1__Demand *m = p->text->message;
    size_t head_len = zongheng__v1__demand__get_packed_size(m);
    uint8_t *head = arena_alloc(p->a, head_len + 1);
    struct demand_text *text = p->text;
    struct db_query q = {.statement = STORE_PUT_DEMAND, .deadline_ns = deadline_ns, .large = true};
    if (head != NULL) {
        zongheng__v1__demand__pack(m, head);
        db_add_text(&q, a->firm_id);
        db_add_text(&q, m->name);
        db_add_text(&q, m->shared ? "t" : "f");
        db_add_bytes(&q, head, head_len);
        db_add_bytes(&q, text->packed, text->packed_len);
        db_add_text(&q, p->author);
        store_add_expected(&q, expected, p->expected_version);
        db_add_i64(&q, max, p->max);
    } else {
        demand_text_release(text);
        text = NULL;
    }
    store_kept_put(a, &kind, &q, text, p->author, text != NULL && m->shared, callback);
}

void store_demand_delete(const struct store_asker *a, const char *name, int64_t deadline_ns,
                         store_kept_delete_fn *callback)
{
    struct db_query q = {.statement = STORE_DELETE_DEMAND, .deadline_ns = deadline_ns};
    db_add_text(&q, a->firm_id);
    db_add_text(&q, name);
    store_kept_delete(a, &kind, &q, callback);
}

void store_demand_list(const struct store_asker *a, const char *after, uint32_t max, int64_t deadline_ns,
                       store_kept_list_fn *callback)
{
    char number[DB_NUMBER_MAX];
    struct db_query q = {.statement = STORE_LIST_DEMANDS, .deadline_ns = deadline_ns};
    store_add_firm(&q, a->firm_id);
    db_add_text(&q, after);
    db_add_i64(&q, number, max);
    store_kept_list(a, &kind, &q, callback);
}
