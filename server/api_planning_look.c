/* api_planning_look.c - GetJob, ListJobs, CancelJob: from this daemon's memory, else from PostgreSQL. */
#include "api_planning_inside.h"
#include "db.h"
#include "dispatch.h"
#include "log.h"
#include "store_jobs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_DEFAULT = 50, PAGE_MAX = 200, AWAY_RETRY_MS = 1000 };

static bool is_id(struct call *c, const char *id)
{
    struct err e = {0};
    bool ok = strlen(id) == JOB_ID_SIZE - 1;
    for (int i = 0; ok && i < JOB_ID_SIZE - 1; i++)
        ok = i == 8 || i == 13 || i == 18 || i == 23 ? id[i] == '-'
                                                     : strchr("0123456789abcdef", id[i]) != NULL;
    if (ok)
        return true;
    fail_field(&e, ERR_INVALID_ARGUMENT, "job_id", "job_id is a uuid in lower case; ListJobs shows them");
    call_fail(c, &e, 0);
    return false;
}

static void not_found(struct call *c)
{
    struct err e = {0};
    fail_field(&e, ERR_NOT_FOUND, "job_id", "there is no such job");
    call_fail(c, &e, 0);
}

/* NULL: jobs of this caller are in memory only. */
static struct db *kept_in(struct call *c)
{
    return c->identity->firm_id[0] != '\0' ? loop_db(c->loop) : NULL;
}

/* Ends the call when the statement did not come back with rows. */
static bool away(struct call *c, const struct db_result *r)
{
    struct err e = {0};
    if (r->outcome == DB_OK)
        return false;
    if (r->outcome == DB_REFUSED) {
        log_event(LOG_ERROR, "db_refused", "method", c->method->name, "sqlstate", r->sqlstate, "why",
                  r->message, NULL);
        fail(&e, ERR_INTERNAL, "the database refused the request; the operator's log says why");
    } else {
        fail(&e, ERR_UNAVAILABLE, "PostgreSQL is away or busy; try again");
    }
    call_fail(c, &e, e.code == ERR_UNAVAILABLE ? AWAY_RETRY_MS : 0);
    return true;
}

/* The database keeps firms apart; that it did is looked at once more. */
static bool read_own(struct call *c, const struct db_result *r, uint32_t row, struct job_info *i,
                     int64_t *created_us, const uint8_t **result, size_t *len)
{
    return store_read_job(r, row, i, created_us, result, len) && strcmp(i->firm, c->identity->firm_id) == 0;
}

/* --- GetJob --------------------------------------------------------------------------------------------- */

/* result is freed; NULL when there is none. */
static void reply_job(struct call *c, const struct job_info *i, union planning_reply *result)
{
    Zongheng__V1__GetJobReply r = ZONGHENG__V1__GET_JOB_REPLY__INIT;
    enum job_kind k = i->kind;
    r.job = planning_job(&c->arena, i);
    if (r.job == NULL || (i->state == JOB_FINISHED && result == NULL)) {
        planning_free_result(k, result);
        planning_fail_memory(c);
        return;
    }
    if (result != NULL) {
        r.assign = k == JOB_ASSIGN ? &result->assign : NULL;
        r.compare = k == JOB_COMPARE ? &result->compare : NULL;
        r.appraise = k == JOB_APPRAISE ? &result->appraise : NULL;
        r.critical = k == JOB_CRITICAL ? &result->critical : NULL;
    }
    call_reply(c, &r.base);
    planning_free_result(k, result);
}

static void on_job(void *call, const struct db_result *r)
{
    struct call *c = call;
    struct job_info i;
    int64_t created_us;
    const uint8_t *bytes;
    size_t len = 0;
    if (away(c, r))
        return;
    if (r->row_count == 0 || !read_own(c, r, 0, &i, &created_us, &bytes, &len)) {
        not_found(c);
        return;
    }
    union planning_reply *result = NULL;
    if (bytes != NULL)
        result = (void *)protobuf_c_message_unpack(planning_reply_types[i.kind], NULL, len, bytes);
    reply_job(c, &i, result);
}

void api_planning_get_job(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__GetJobRequest *m = (const void *)message;
    struct job_info i;
    struct db *db = kept_in(c);
    if (!is_id(c, m->job_id))
        return;
    if (jobs_look(jobs_of(c), c->identity->firm_id, m->job_id, &i))
        reply_job(c, &i, i.state == JOB_FINISHED ? planning_result_of(c, i.id, i.kind) : NULL);
    else if (db != NULL)
        store_list_jobs(db, c->identity->firm_id, m->job_id, 0, 1, c->deadline_ns, on_job, c);
    else
        not_found(c);
}

/* --- CancelJob ------------------------------------------------------------------------------------------ */

static void reply_cancelled(struct call *c, const struct job_info *i)
{
    Zongheng__V1__CancelJobReply r = ZONGHENG__V1__CANCEL_JOB_REPLY__INIT;
    r.job = planning_job(&c->arena, i);
    if (r.job == NULL)
        planning_fail_memory(c);
    else
        call_reply(c, &r.base);
}

static void on_told(void *call, const struct db_result *r)
{
    struct call *c = call;
    struct job_info i;
    int64_t created_us;
    const uint8_t *bytes;
    size_t len;
    if (away(c, r))
        return;
    if (r->row_count == 0 || !read_own(c, r, 0, &i, &created_us, &bytes, &len))
        not_found(c);
    else
        reply_cancelled(c, &i);
}

struct cancelling { /* in the call's arena */
    struct call *call;
    const Zongheng__V1__CancelJobRequest *message;
};

static void on_cancelled(void *cancelling, const struct db_result *r)
{
    struct cancelling *x = cancelling;
    struct call *c = x->call;
    const Zongheng__V1__CancelJobRequest *m = x->message;
    if (!away(c, r))
        store_list_jobs(loop_db(c->loop), c->identity->firm_id, m->job_id, 0, 1, c->deadline_ns, on_told, c);
}

void api_planning_cancel_job(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__CancelJobRequest *m = (const void *)message;
    struct job_info i;
    struct db *db = kept_in(c);
    struct cancelling *x;
    if (!is_id(c, m->job_id))
        return;
    if (jobs_cancel(jobs_of(c), c->identity->firm_id, m->job_id) &&
        jobs_look(jobs_of(c), c->identity->firm_id, m->job_id, &i))
        reply_cancelled(c, &i);
    else if (db != NULL && (x = arena_alloc(&c->arena, sizeof *x)) != NULL) {
        *x = (struct cancelling){c, m};
        store_job_cancel(db, c->identity->firm_id, m->job_id, c->deadline_ns, on_cancelled, x);
    } else
        not_found(c);
}

/* --- ListJobs ------------------------------------------------------------------------------------------- */

struct listing { /* in the call's arena */
    struct call *call;
    uint32_t max;
    struct job_info *of;
    Zongheng__V1__ListJobsReply reply;
    bool first; /* page */
};

static bool put(struct listing *l, const struct job_info *i)
{
    Zongheng__V1__Job *m = planning_job(&l->call->arena, i);
    if (m != NULL)
        l->reply.jobs[l->reply.n_jobs++] = m;
    return m != NULL;
}

/* Those in memory; kept ones come from their rows. */
static bool put_unkept(struct listing *l, bool all)
{
    uint32_t n = jobs_list(jobs_of(l->call), l->call->identity->firm_id, l->of, l->max);
    bool ok = true;
    for (uint32_t i = 0; ok && i < n && l->reply.n_jobs < l->max; i++)
        ok = (!all && l->of[i].kept) || put(l, &l->of[i]);
    return ok;
}

static void on_rows(void *listing, const struct db_result *r)
{
    struct listing *l = listing;
    struct call *c = l->call;
    struct job_info i, now;
    int64_t created_us = 0;
    const uint8_t *bytes;
    size_t len;
    if (away(c, r))
        return;
    bool ok = !l->first || put_unkept(l, false);
    for (uint32_t row = 0; ok && row < r->row_count && l->reply.n_jobs < l->max; row++) {
        if (!read_own(c, r, row, &i, &created_us, &bytes, &len))
            continue;
        bool live = jobs_look(jobs_of(c), i.firm, i.id, &now);
        ok = put(l, live ? &now : &i);
        if (ok && l->reply.n_jobs == l->max)
            l->reply.next_page_token = arena_printf(&c->arena, "%" PRId64, created_us);
    }
    if (ok)
        call_reply(c, &l->reply.base);
    else
        planning_fail_memory(c);
}

static bool read_page(const Zongheng__V1__ListJobsRequest *m, int64_t *before_us, struct err *e)
{
    char *end;
    *before_us = strtoll(m->page_token, &end, 10);
    if (m->page_size > PAGE_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "page_size", "page_size is at most %d", PAGE_MAX);
    return (*end == '\0' && *before_us >= 0) ||
           fail_field(e, ERR_INVALID_ARGUMENT, "page_token", "page_token is the next_page_token of a reply");
}

void api_planning_list_jobs(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__ListJobsRequest *m = (const void *)message;
    struct listing *l = arena_calloc(&c->arena, 1, sizeof *l);
    struct db *db = kept_in(c);
    struct err e = {0};
    int64_t before_us;
    if (!read_page(m, &before_us, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    uint32_t max = m->page_size != 0 ? m->page_size : PAGE_DEFAULT;
    if (l != NULL) {
        *l = (struct listing){.call = c, .max = max, .first = before_us == 0};
        zongheng__v1__list_jobs_reply__init(&l->reply);
        l->of = arena_calloc(&c->arena, (size_t)max + 1, sizeof *l->of);
        l->reply.jobs = arena_calloc(&c->arena, (size_t)max + 1, sizeof *l->reply.jobs);
    }
    if (l == NULL || l->of == NULL || l->reply.jobs == NULL)
        planning_fail_memory(c);
    else if (db != NULL)
        store_list_jobs(db, c->identity->firm_id, NULL, before_us, (int32_t)max, c->deadline_ns, on_rows, l);
    else if (put_unkept(l, true))
        call_reply(c, &l->reply.base);
    else
        planning_fail_memory(c);
}
