#include "store_demands.h"

#include "base/arena.h"
#include "store_kept.h"
#include "store_sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_MAX = 201 };

struct asked { /* malloc'ed: a question may outlive its call */
    void *ctx;
    union {
        store_demand_fn *one;
        store_demand_delete_fn *gone;
        store_demand_list_fn *list;
    } callback;
    char firm_id[37];
    struct demand_text *put; /* to be signed with what comes back */
    char author[129];
};

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

/* A row as a text. */
static struct demand_text *read_text(const struct db_result *r, uint32_t row, const char *firm_id,
                                     struct err *e)
{
    bool ok = true;
    size_t len = 0, packed_len = 0;
    const uint8_t *head = db_col_bytes(r, row, "head", &len, &ok), *packed = NULL;
    const char *whose = db_col_i64(r, row, "own", &ok) != 0 ? firm_id : "*";
    if (!db_col_null(r, row, "body"))
        packed = db_col_bytes(r, row, "body", &packed_len, &ok);
    struct demand_text *t = ok ? demand_text_new(head, len, packed, packed_len, whose) : NULL;
    ok = t != NULL &&
         demand_text_sign(t, (uint32_t)db_col_i64(r, row, "version", &ok), db_col_text(r, row, "author", &ok),
                          db_col_text(r, row, "firm_name", &ok), db_col_i64(r, row, "put_at_s", &ok),
                          db_col_i64(r, row, "shared", &ok) != 0) &&
         ok;
    if (ok)
        return t;
    demand_text_release(t);
    fail(e, ERR_INTERNAL, "a demand's row is not as the schema of this build, or memory is out");
    return NULL;
}

static void on_get(void *ctx, const struct db_result *r)
{
    struct asked x = *(struct asked *)ctx;
    struct err e = {0};
    uint32_t retry_ms = 0;
    free(ctx);
    if (r->outcome != DB_OK)
        store_kept_refused(r, false, "demand", &e, &retry_ms);
    struct demand_text *t = r->outcome == DB_OK && r->row_count > 0 ? read_text(r, 0, x.firm_id, &e) : NULL;
    x.callback.one(x.ctx, &e, retry_ms, t);
}

void store_demand_get(struct db *db, const char *firm_id, const char *name, uint32_t version, bool table,
                      int64_t deadline_ns, store_demand_fn *callback, void *ctx)
{
    struct err e = {0};
    char number[DB_NUMBER_MAX];
    struct asked *x = ask(ctx, firm_id);
    if (x == NULL) {
        no_memory(&e);
        callback(ctx, &e, STORE_RETRY_MS, NULL);
        return;
    }
    x->callback.one = callback;
    struct db_query q = {.statement = STORE_GET_DEMAND, .deadline_ns = deadline_ns};
    store_add_firm(&q, firm_id);
    db_add_text(&q, name);
    db_add_i64(&q, number, version <= INT32_MAX ? version : INT32_MAX);
    db_add_text(&q, table ? "t" : "f");
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
        store_kept_refused(r, true, "demand", &e, &retry_ms);
    else if (r->row_count != 1 ||
             !demand_text_sign(x.put, (uint32_t)db_col_i64(r, 0, "version", &ok), x.author,
                               db_col_text(r, 0, "firm_name", &ok), db_col_i64(r, 0, "put_at_s", &ok),
                               x.put->message->shared))
        fail(&e, ERR_UNKNOWN, "it was put, but its version was not understood: GetDemand tells it");
    if (e.code != ERR_OK) {
        demand_text_release(x.put);
        x.put = NULL;
    }
    x.callback.one(x.ctx, &e, retry_ms, x.put);
}

void store_demand_put(struct db *db, const struct store_demand_put *p, int64_t deadline_ns,
                      store_demand_fn *callback, void *ctx)
{
    struct err e = {0};
    char expected[DB_NUMBER_MAX], max[DB_NUMBER_MAX];
    const Zongheng__V1__Demand *m = p->text->message;
    size_t head_len = zongheng__v1__demand__get_packed_size(m);
    uint8_t *head = arena_alloc(p->a, head_len + 1);
    struct asked *x = head != NULL ? ask(ctx, p->text->firm_id) : NULL;
    if (x == NULL) {
        no_memory(&e);
        demand_text_release(p->text);
        callback(ctx, &e, STORE_RETRY_MS, NULL);
        return;
    }
    zongheng__v1__demand__pack(m, head);
    x->callback.one = callback;
    x->put = p->text;
    snprintf(x->author, sizeof x->author, "%s", p->author);
    struct db_query q = {.statement = STORE_PUT_DEMAND, .deadline_ns = deadline_ns, .large = true};
    db_add_text(&q, p->text->firm_id);
    db_add_text(&q, m->name);
    db_add_text(&q, m->shared ? "t" : "f");
    db_add_bytes(&q, head, head_len);
    db_add_bytes(&q, p->text->packed, p->text->packed_len);
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
        store_kept_refused(r, true, "demand", &e, &retry_ms);
    else if (r->row_count == 1)
        versions = db_col_i64(r, 0, "versions", &ok);
    x.callback.gone(x.ctx, &e, retry_ms, versions);
}

void store_demand_delete(struct db *db, const char *firm_id, const char *name, int64_t deadline_ns,
                         store_demand_delete_fn *callback, void *ctx)
{
    struct err e = {0};
    struct asked *x = ask(ctx, firm_id);
    if (x == NULL) {
        no_memory(&e);
        callback(ctx, &e, STORE_RETRY_MS, 0);
        return;
    }
    x->callback.gone = callback;
    struct db_query q = {.statement = STORE_DELETE_DEMAND, .deadline_ns = deadline_ns};
    db_add_text(&q, firm_id);
    db_add_text(&q, name);
    db_submit(db, &q, on_deleted, x);
}

static void on_list(void *ctx, const struct db_result *r)
{
    struct asked x = *(struct asked *)ctx;
    struct demand_text *list[LIST_MAX];
    struct err e = {0};
    uint32_t retry_ms = 0, count = 0;
    free(ctx);
    if (r->outcome != DB_OK)
        store_kept_refused(r, false, "demand", &e, &retry_ms);
    for (uint32_t i = 0; r->outcome == DB_OK && e.code == ERR_OK && i < r->row_count && i < LIST_MAX; i++)
        if ((list[count] = read_text(r, i, x.firm_id, &e)) != NULL)
            count++;
    x.callback.list(x.ctx, &e, retry_ms, list, count);
}

void store_demand_list(struct db *db, const char *firm_id, const char *after, uint32_t max,
                       int64_t deadline_ns, store_demand_list_fn *callback, void *ctx)
{
    struct err e = {0};
    char number[DB_NUMBER_MAX];
    struct asked *x = ask(ctx, firm_id);
    if (x == NULL) {
        no_memory(&e);
        callback(ctx, &e, STORE_RETRY_MS, NULL, 0);
        return;
    }
    x->callback.list = callback;
    struct db_query q = {.statement = STORE_LIST_DEMANDS, .deadline_ns = deadline_ns};
    store_add_firm(&q, firm_id);
    db_add_text(&q, after);
    db_add_i64(&q, number, max);
    db_submit(db, &q, on_list, x);
}
