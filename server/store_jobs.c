#include "store_jobs.h"

#include "store_sql.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a (Fowler, Noll, Vo 1991): statements of one job keep their order. */
static uint64_t hash_id(const char *id)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *id != '\0'; id++)
        h = (h ^ (uint8_t)*id) * 0x100000001b3u;
    return h;
}

static struct db_query query(enum store_statement s, const char *id, int64_t deadline_ns)
{
    return (struct db_query){.statement = s, .deadline_ns = deadline_ns, .shard_hash = hash_id(id)};
}

void store_job_put(struct db *db, const char *daemon, const struct job_info *i, const void *request,
                   size_t request_len, int64_t deadline_ns, db_callback_fn *callback, void *ctx)
{
    char created[DB_NUMBER_MAX], lease[DB_NUMBER_MAX], keep[DB_NUMBER_MAX];
    struct db_query q = query(STORE_JOB_PUT, i->id, deadline_ns);
    q.large = true;
    db_add_text(&q, i->firm);
    db_add_text(&q, i->id);
    db_add_text(&q, daemon);
    db_add_text(&q, job_kind_name(i->kind));
    db_add_text(&q, i->author);
    db_add_text(&q, i->scenario);
    db_add_bytes(&q, request, request_len);
    db_add_i64(&q, created, i->created_at);
    db_add_i64(&q, lease, JOB_LEASE_MS);
    db_add_i64(&q, keep, JOB_KEPT_BY_FIRM);
    db_submit(db, &q, callback, ctx);
}

void store_job_save(struct db *db, const char *daemon, const struct job_info *i, const void *result,
                    size_t result_len, int64_t deadline_ns, db_callback_fn *callback, void *ctx)
{
    char iteration[DB_NUMBER_MAX], gap[32], done[DB_NUMBER_MAX], code[DB_NUMBER_MAX], lease[DB_NUMBER_MAX];
    struct db_query q = query(STORE_JOB_SAVE, i->id, deadline_ns);
    q.large = true;
    snprintf(gap, sizeof gap, "%.17g", i->relative_gap);
    db_add_text(&q, i->firm);
    db_add_text(&q, i->id);
    db_add_text(&q, daemon);
    db_add_text(&q, job_state_name(i->state));
    db_add_text(&q, i->network_version);
    db_add_i64(&q, iteration, i->iteration);
    db_add_text(&q, gap);
    db_add_i64(&q, done, i->done_permille);
    db_add_text(&q, i->text);
    db_add_i64(&q, code, i->code);
    db_add_text(&q, i->field);
    if (result != NULL)
        db_add_bytes(&q, result, result_len);
    else
        db_add_null(&q);
    db_add_i64(&q, lease, JOB_LEASE_MS);
    db_submit(db, &q, callback, ctx);
}

void store_job_beat(struct db *db, const char *daemon, int64_t deadline_ns, db_callback_fn *callback,
                    void *ctx)
{
    char lease[DB_NUMBER_MAX];
    struct db_query q = query(STORE_JOB_BEAT, daemon, deadline_ns);
    db_add_text(&q, daemon);
    db_add_i64(&q, lease, JOB_LEASE_MS);
    db_submit(db, &q, callback, ctx);
}

void store_job_claim(struct db *db, const char *daemon, int64_t deadline_ns, db_callback_fn *callback,
                     void *ctx)
{
    char lease[DB_NUMBER_MAX], attempts[DB_NUMBER_MAX];
    struct db_query q = query(STORE_JOB_CLAIM, daemon, deadline_ns);
    db_add_text(&q, daemon);
    db_add_i64(&q, lease, JOB_LEASE_MS);
    db_add_i64(&q, attempts, JOB_ATTEMPTS_MAX);
    db_submit(db, &q, callback, ctx);
}

void store_list_jobs(struct db *db, const char *firm, const char *id, int64_t before_us, int32_t limit,
                     int64_t deadline_ns, db_callback_fn *callback, void *ctx)
{
    char before[DB_NUMBER_MAX], most[DB_NUMBER_MAX];
    struct db_query q = query(STORE_LIST_JOBS, firm, deadline_ns);
    db_add_text(&q, firm);
    if (id != NULL)
        db_add_text(&q, id);
    else
        db_add_null(&q);
    if (before_us != 0)
        db_add_i64(&q, before, before_us);
    else
        db_add_null(&q);
    db_add_i64(&q, most, limit);
    db_submit(db, &q, callback, ctx);
}

void store_job_cancel(struct db *db, const char *firm, const char *id, int64_t deadline_ns,
                      db_callback_fn *callback, void *ctx)
{
    struct db_query q = query(STORE_JOB_CANCEL, id, deadline_ns);
    db_add_text(&q, firm);
    db_add_text(&q, id);
    db_submit(db, &q, callback, ctx);
}

bool store_read_job(const struct db_result *r, uint32_t row, struct job_info *out, int64_t *created_us,
                    const uint8_t **result, size_t *result_len)
{
    bool ok = true;
    *out = (struct job_info){.kept = true};
    db_col_uuid(r, row, "firm_id", out->firm, &ok);
    db_col_uuid(r, row, "job_id", out->id, &ok);
    snprintf(out->author, sizeof out->author, "%s", db_col_text(r, row, "author", &ok));
    snprintf(out->scenario, sizeof out->scenario, "%s", db_col_text(r, row, "scenario_id", &ok));
    snprintf(out->network_version, sizeof out->network_version, "%s",
             db_col_text(r, row, "network_version", &ok));
    snprintf(out->text, sizeof out->text, "%s", db_col_text(r, row, "text", &ok));
    snprintf(out->field, sizeof out->field, "%s", db_col_text(r, row, "field", &ok));
    out->iteration = (uint32_t)db_col_i64(r, row, "iteration", &ok);
    out->done_permille = (uint32_t)db_col_i64(r, row, "done_permille", &ok);
    out->code = (enum err_code)db_col_i64(r, row, "code", &ok);
    out->relative_gap = strtod(db_col_text(r, row, "relative_gap", &ok), NULL);
    out->created_at = db_col_i64(r, row, "created_s", &ok);
    out->started_at = db_col_i64(r, row, "started_s", &ok);
    out->ended_at = db_col_i64(r, row, "ended_s", &ok);
    *created_us = db_col_i64(r, row, "created_us", &ok);
    *result = NULL;
    if (!db_col_null(r, row, "result"))
        *result = db_col_bytes(r, row, "result", result_len, &ok);
    return job_kind_of(db_col_text(r, row, "kind", &ok), &out->kind) &&
           job_state_of(db_col_text(r, row, "state", &ok), &out->state) && ok;
}

bool store_read_claimed(const struct db_result *r, uint32_t row, struct store_claimed *out)
{
    bool ok = true;
    *out = (struct store_claimed){0};
    db_col_uuid(r, row, "firm_id", out->firm, &ok);
    db_col_uuid(r, row, "job_id", out->id, &ok);
    out->author = db_col_text(r, row, "author", &ok);
    out->scenario = db_col_text(r, row, "scenario_id", &ok);
    out->request = db_col_bytes(r, row, "request", &out->request_len, &ok);
    out->created_at = db_col_i64(r, row, "created_s", &ok);
    return job_kind_of(db_col_text(r, row, "kind", &ok), &out->kind) && ok;
}
