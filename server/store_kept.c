#include "store_kept.h"

#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_MS = 500 };

struct asked { /* malloc'ed: a question may outlive its call */
    const struct store_kind *kind;
    void *ctx;
    union {
        store_kept_fn *one;
        store_kept_delete_fn *gone;
        store_kept_list_fn *list;
    } callback;
    char firm_id[37];
    void *put; /* to be signed with what comes back */
    char author[129];
    bool shared;
};

void store_kept_refused(const struct db_result *r, bool writes, const char *what, struct err *e,
                        uint32_t *retry_ms)
{
    *retry_ms = r->retry_after_ms != 0 ? r->retry_after_ms : RETRY_MS;
    if (r->outcome == DB_UNKNOWN && writes)
        fail(e, ERR_UNKNOWN,
             "PostgreSQL did not answer; it may have happened: asking for the %s tells its version", what);
    else if (r->outcome != DB_REFUSED)
        fail(e, ERR_UNAVAILABLE, "PostgreSQL is away or slow; nothing was done");
    else if (strcmp(r->sqlstate, "ZH008") == 0)
        fail_field(e, ERR_FAILED_PRECONDITION, r->detail, "%s", r->message);
    else if (strcmp(r->sqlstate, "ZH009") == 0)
        fail(e, ERR_RESOURCE_EXHAUSTED, "%s", r->message);
    else {
        log_event(LOG_ERROR, "db_refused", "statement", what, "sqlstate", r->sqlstate, "why", r->message,
                  NULL);
        fail(e, ERR_INTERNAL, "the database refused this");
    }
    if (r->outcome == DB_REFUSED)
        *retry_ms = 0;
}

static struct asked *ask(const struct store_asker *a, const struct store_kind *k, struct err *e)
{
    struct asked *x = calloc(1, sizeof *x);
    if (x == NULL) {
        fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory");
        return NULL;
    }
    x->kind = k;
    x->ctx = a->ctx;
    snprintf(x->firm_id, sizeof x->firm_id, "%s", a->firm_id);
    return x;
}

/* A row as a text with its signature. */
static void *text_of(const struct asked *x, const struct db_result *r, uint32_t row, bool listed,
                     struct err *e)
{
    bool ok = true;
    struct store_signature s = {.version = (uint32_t)db_col_i64(r, row, "version", &ok),
                                .author = db_col_text(r, row, "author", &ok),
                                .firm_name = db_col_text(r, row, "firm_name", &ok),
                                .put_at_s = db_col_i64(r, row, "put_at_s", &ok),
                                .shared = db_col_i64(r, row, "shared", &ok) != 0};
    void *t = ok ? x->kind->read(r, row, x->firm_id, listed) : NULL;
    if (t != NULL && x->kind->sign(t, &s))
        return t;
    x->kind->release(t);
    fail(e, ERR_INTERNAL, "a %s's row is not as the schema of this build, or memory is out", x->kind->what);
    return NULL;
}

static void on_get(void *ctx, const struct db_result *r)
{
    struct asked x = *(struct asked *)ctx;
    struct err e = {0};
    uint32_t retry_ms = 0;
    void *t = NULL;
    free(ctx);
    if (r->outcome != DB_OK)
        store_kept_refused(r, false, x.kind->what, &e, &retry_ms);
    else if (r->row_count > 0)
        t = text_of(&x, r, 0, false, &e);
    x.callback.one(x.ctx, &e, retry_ms, t);
}

void store_kept_get(const struct store_asker *a, const struct store_kind *k, const struct db_query *q,
                    store_kept_fn *callback)
{
    struct err e = {0};
    struct asked *x = ask(a, k, &e);
    if (x == NULL) {
        callback(a->ctx, &e, RETRY_MS, NULL);
        return;
    }
    x->callback.one = callback;
    db_submit(a->db, q, on_get, x);
}

static bool sign_put(const struct asked *x, const struct db_result *r)
{
    bool ok = r->row_count == 1;
    struct store_signature s = {.author = x->author, .shared = x->shared};
    if (!ok)
        return false;
    s.version = (uint32_t)db_col_i64(r, 0, "version", &ok);
    s.firm_name = db_col_text(r, 0, "firm_name", &ok);
    s.put_at_s = db_col_i64(r, 0, "put_at_s", &ok);
    return ok && x->kind->sign(x->put, &s);
}

static void on_put(void *ctx, const struct db_result *r)
{
    struct asked x = *(struct asked *)ctx;
    struct err e = {0};
    uint32_t retry_ms = 0;
    free(ctx);
    if (r->outcome != DB_OK)
        store_kept_refused(r, true, x.kind->what, &e, &retry_ms);
    else if (!sign_put(&x, r))
        fail(&e, ERR_UNKNOWN, "it was put, but its version was not understood: %s tells it", x.kind->getter);
    if (e.code != ERR_OK) {
        x.kind->release(x.put);
        x.put = NULL;
    }
    x.callback.one(x.ctx, &e, retry_ms, x.put);
}

void store_kept_put(const struct store_asker *a, const struct store_kind *k, const struct db_query *q,
                    void *text, const char *author, bool shared, store_kept_fn *callback)
{
    struct err e = {0};
    struct asked *x = ask(a, k, &e);
    if (x == NULL || text == NULL) {
        free(x);
        k->release(text);
        fail(&e, ERR_RESOURCE_EXHAUSTED, "out of memory");
        callback(a->ctx, &e, RETRY_MS, NULL);
        return;
    }
    x->callback.one = callback;
    x->put = text;
    x->shared = shared;
    snprintf(x->author, sizeof x->author, "%s", author);
    db_submit(a->db, q, on_put, x);
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
        store_kept_refused(r, true, x.kind->what, &e, &retry_ms);
    else if (r->row_count == 1)
        versions = db_col_i64(r, 0, "versions", &ok);
    x.callback.gone(x.ctx, &e, retry_ms, versions);
}

void store_kept_delete(const struct store_asker *a, const struct store_kind *k, const struct db_query *q,
                       store_kept_delete_fn *callback)
{
    struct err e = {0};
    struct asked *x = ask(a, k, &e);
    if (x == NULL) {
        callback(a->ctx, &e, RETRY_MS, 0);
        return;
    }
    x->callback.gone = callback;
    db_submit(a->db, q, on_deleted, x);
}

static void on_list(void *ctx, const struct db_result *r)
{
    struct asked x = *(struct asked *)ctx;
    void *list[STORE_LIST_MAX];
    struct err e = {0};
    uint32_t retry_ms = 0, count = 0;
    free(ctx);
    if (r->outcome != DB_OK)
        store_kept_refused(r, false, x.kind->what, &e, &retry_ms);
    for (uint32_t i = 0; r->outcome == DB_OK && e.code == ERR_OK && i < r->row_count && i < STORE_LIST_MAX;
         i++)
        if ((list[count] = text_of(&x, r, i, true, &e)) != NULL)
            count++;
    x.callback.list(x.ctx, &e, retry_ms, list, count);
}

void store_kept_list(const struct store_asker *a, const struct store_kind *k, const struct db_query *q,
                     store_kept_list_fn *callback)
{
    struct err e = {0};
    struct asked *x = ask(a, k, &e);
    if (x == NULL) {
        callback(a->ctx, &e, RETRY_MS, NULL, 0);
        return;
    }
    x->callback.list = callback;
    db_submit(a->db, q, on_list, x);
}

void store_add_firm(struct db_query *q, const char *firm_id)
{
    if (firm_id[0] != '\0')
        db_add_text(q, firm_id);
    else
        db_add_null(q);
}

void store_add_expected(struct db_query *q, char *number, uint32_t version)
{
    if (version != 0)
        db_add_i64(q, number, version);
    else
        db_add_null(q);
}
