#include "jobs_keep.h"

#include "jobs_inside.h"
#include "log.h"
#include "loop.h"
#include "store_jobs.h"

#include <stdlib.h>
#include <string.h>

#define BEAT_NS INT64_C(4000000000)
#define RETRY_NS INT64_C(1000000000)
#define STATEMENT_NS INT64_C(3000000000)

struct jobs_keeper {   /* touched by the keeper's loop only, but loop */
    struct loop *loop; /* under the jobs' lock */
    int64_t beat_at_ns, retry_at_ns;
    bool beating, claiming;
};

struct saving { /* a statement on its way */
    struct jobs *jobs;
    char id[JOB_ID_SIZE];
    enum job_state state;
};

const char *jobs_daemon(const struct jobs *j)
{
    return j->daemon;
}

/* --- storing -------------------------------------------------------------------------------------------- */

static void on_saved(void *ctx, const struct db_result *r)
{
    struct saving *s = ctx;
    struct jobs *j = s->jobs;
    pthread_mutex_lock(&j->lock);
    struct job *x = jobs_find(j, s->id);
    if (x != NULL) {
        x->storing = false;
        if (r->outcome == DB_OK && x->info.state == s->state)
            x->dirty = false;
        if (r->outcome == DB_OK && r->row_count == 0) { /* the lease ran out, another has it */
            x->lost = true;
            x->dirty = false;
            atomic_store(&x->cancel, true);
        }
        if (r->outcome == DB_REFUSED) {
            log_event(LOG_ERROR, "job_not_stored", "id", s->id, "sqlstate", r->sqlstate, "why", r->message,
                      NULL);
            x->dirty = false;
        }
    }
    if (r->outcome == DB_RETRY || r->outcome == DB_UNKNOWN)
        j->keeper->retry_at_ns = monotonic_ns() + RETRY_NS;
    pthread_mutex_unlock(&j->lock);
    free(s);
}

/* Under the lock. The result is copied, for it may go meanwhile. NULL: no memory now; it stays dirty, because
 * a finished job is stored with its result or not at all. */
static struct saving *begin_saving(struct jobs *j, struct job *x, uint8_t **result, size_t *len)
{
    bool has_result = x->info.state == JOB_FINISHED && x->result != NULL;
    struct saving *s = calloc(1, sizeof *s);
    *len = has_result ? x->result_len : 0;
    *result = has_result ? malloc(*len + 1) : NULL;
    if (s == NULL || (has_result && *result == NULL)) {
        free(s);
        free(*result);
        return NULL;
    }
    if (has_result)
        memcpy(*result, x->result, *len);
    *s = (struct saving){.jobs = j, .state = x->info.state};
    memcpy(s->id, x->info.id, sizeof s->id);
    x->storing = true;
    return s;
}

/* One that waits for it and for which there is memory. */
static bool save_one(struct jobs *j, struct db *db, int64_t now_ns)
{
    struct saving *s = NULL;
    struct job_info info;
    uint8_t *result = NULL;
    size_t len = 0;
    pthread_mutex_lock(&j->lock);
    for (struct job *x = j->list; x != NULL && s == NULL; x = x->next)
        if (x->dirty && !x->storing && x->info.kept && (s = begin_saving(j, x, &result, &len)) != NULL)
            info = x->info;
    pthread_mutex_unlock(&j->lock);
    if (s == NULL)
        return false;
    store_job_save(db, j->daemon, &info, result, len, now_ns + STATEMENT_NS, on_saved, s);
    free(result);
    return true;
}

/* --- leases --------------------------------------------------------------------------------------------- */

static void on_beat(void *ctx, const struct db_result *r)
{
    struct jobs *j = ctx;
    j->keeper->beating = false;
    for (uint32_t i = 0; r->outcome == DB_OK && i < r->row_count; i++) {
        bool ok = true;
        char id[JOB_ID_SIZE];
        db_col_uuid(r, i, "job_id", id, &ok);
        pthread_mutex_lock(&j->lock);
        struct job *x = ok ? jobs_find(j, id) : NULL;
        if (x != NULL)
            atomic_store(&x->cancel, true);
        if (x != NULL && x->info.state == JOB_WAITING)
            job_move(j, x, JOB_STOPPED);
        pthread_mutex_unlock(&j->lock);
    }
}

static void on_claimed(void *ctx, const struct db_result *r)
{
    struct jobs *j = ctx;
    struct store_claimed c;
    struct err e = {0};
    char id[JOB_ID_SIZE];
    j->keeper->claiming = false;
    if (r->outcome != DB_OK || r->row_count == 0)
        return;
    if (!store_read_claimed(r, 0, &c)) {
        log_event(LOG_ERROR, "job_row", "why", "a row is not as the schema of this build", NULL);
        return;
    }
    struct job_ask ask = {.kind = c.kind,
                          .id = c.id,
                          .firm = c.firm,
                          .author = c.author,
                          .scenario = c.scenario,
                          .request = c.request,
                          .request_len = c.request_len,
                          .created_at = c.created_at,
                          .kept = true};
    pthread_mutex_lock(&j->lock);
    bool here = jobs_find(j, c.id) != NULL;
    pthread_mutex_unlock(&j->lock);
    if (here || !jobs_submit(j, &ask, id, &e))
        return; /* the lease runs out, and the job is taken up again */
    log_event(LOG_INFO, "job_resumed", "id", c.id, "kind", job_kind_name(c.kind), NULL);
    j->keeper->beat_at_ns = 0; /* there may be more */
}

static bool has_room(struct jobs *j)
{
    pthread_mutex_lock(&j->lock);
    bool ok = !j->stopping && j->thread_count > 0 && j->open < j->server->config.jobs_max;
    pthread_mutex_unlock(&j->lock);
    return ok;
}

/* --- ticking -------------------------------------------------------------------------------------------- */

static bool is_keeper(struct jobs *j, struct loop *l)
{
    pthread_mutex_lock(&j->lock);
    if (j->keeper->loop == NULL)
        j->keeper->loop = l;
    bool mine = j->keeper->loop == l;
    pthread_mutex_unlock(&j->lock);
    return mine;
}

void jobs_tick(struct jobs *j, struct loop *l, struct db *db, int64_t now_ns)
{
    if (db == NULL || j == NULL || !is_keeper(j, l) || !db_up(db))
        return;
    struct jobs_keeper *k = j->keeper;
    while (now_ns >= k->retry_at_ns && save_one(j, db, now_ns))
        ;
    if (now_ns < k->beat_at_ns || k->beating || k->claiming || loop_draining(l))
        return;
    k->beat_at_ns = now_ns + BEAT_NS;
    k->beating = true;
    store_job_beat(db, j->daemon, now_ns + STATEMENT_NS, on_beat, j);
    if (has_room(j)) {
        k->claiming = true;
        store_job_claim(db, j->daemon, now_ns + STATEMENT_NS, on_claimed, j);
    }
}

void jobs_untick(struct jobs *j, struct loop *l)
{
    pthread_mutex_lock(&j->lock);
    if (j->keeper->loop == l)
        j->keeper->loop = NULL;
    pthread_mutex_unlock(&j->lock);
}

bool jobs_unsaved(struct jobs *j, const struct loop *l)
{
    bool any = false;
    pthread_mutex_lock(&j->lock);
    for (struct job *x = j->list; x != NULL && j->keeper->loop == l; x = x->next)
        any = any || x->dirty || x->storing;
    pthread_mutex_unlock(&j->lock);
    return any;
}

struct jobs_keeper *jobs_keeper_new(void)
{
    return calloc(1, sizeof(struct jobs_keeper));
}
