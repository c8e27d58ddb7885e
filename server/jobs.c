#include "jobs_inside.h"

#include "loop.h"
#include "uuid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const kinds[JOB_KINDS] = {"assign", "compare", "appraise", "critical"};
static const char *const states[] = {"",       "WAITING", "RUNNING",    "FINISHED",
                                     "FAILED", "STOPPED", "INTERRUPTED"};

const char *job_kind_name(enum job_kind k)
{
    return kinds[k];
}

const char *job_state_name(enum job_state s)
{
    return states[s];
}

bool job_kind_of(const char *name, enum job_kind *out)
{
    for (int i = 0; i < JOB_KINDS; i++)
        if (strcmp(kinds[i], name) == 0) {
            *out = (enum job_kind)i;
            return true;
        }
    return false;
}

bool job_state_of(const char *name, enum job_state *out)
{
    for (int i = JOB_WAITING; i <= JOB_INTERRUPTED; i++)
        if (strcmp(states[i], name) == 0) {
            *out = (enum job_state)i;
            return true;
        }
    return false;
}

bool job_ended(enum job_state s)
{
    return s == JOB_FINISHED || s == JOB_FAILED || s == JOB_STOPPED;
}

/* What may follow a state: bits of the states. */
static const unsigned moves[] = {
    [JOB_WAITING] = 1u << JOB_RUNNING | 1u << JOB_STOPPED | 1u << JOB_INTERRUPTED,
    [JOB_RUNNING] = 1u << JOB_FINISHED | 1u << JOB_FAILED | 1u << JOB_STOPPED | 1u << JOB_INTERRUPTED,
    [JOB_INTERRUPTED] = 0,
};

void job_move(struct jobs *j, struct job *x, enum job_state s)
{
    if (x->info.state >= sizeof moves / sizeof moves[0] || (moves[x->info.state] >> s & 1) == 0)
        return;
    j->running += s == JOB_RUNNING;
    j->running -= x->info.state == JOB_RUNNING;
    if (s != JOB_RUNNING) {
        j->open--;
        j->ended++;
        x->info.ended_at = (int64_t)time(NULL);
    } else {
        x->info.started_at = (int64_t)time(NULL);
    }
    x->info.state = s;
    x->info.changes++;
    x->dirty = x->info.kept && !x->lost;
}

static void job_free(struct job *x)
{
    free(x->request);
    free(x->result);
    free(x);
}

struct job *jobs_find(struct jobs *j, const char *id)
{
    for (struct job *x = j->list; x != NULL; x = x->next)
        if (strcmp(x->info.id, id) == 0)
            return x;
    return NULL;
}

/* Forgets the oldest ended ones beyond jobs_kept; what is not stored yet stays. */
static void forget(struct jobs *j)
{
    int64_t ended = 0;
    for (struct job **at = &j->list; *at != NULL;) {
        struct job *x = *at;
        bool over =
            (job_ended(x->info.state) || x->info.state == JOB_INTERRUPTED) && !x->dirty && !x->storing;
        if (over && ++ended > j->server->config.jobs_kept) {
            *at = x->next;
            job_free(x);
        } else {
            at = &x->next;
        }
    }
}

/* --- submitting ----------------------------------------------------------------------------------------- */

static struct job *job_new(const struct job_ask *ask)
{
    struct job *x = calloc(1, sizeof *x);
    if (x == NULL)
        return NULL;
    x->info = (struct job_info){
        .kind = ask->kind, .state = JOB_WAITING, .created_at = ask->created_at, .kept = ask->kept};
    snprintf(x->info.firm, sizeof x->info.firm, "%s", ask->firm);
    snprintf(x->info.author, sizeof x->info.author, "%s", ask->author);
    snprintf(x->info.scenario, sizeof x->info.scenario, "%s", ask->scenario);
    x->held = ask->held;
    x->request = malloc(ask->request_len + 1);
    x->request_len = ask->request_len;
    if (x->request != NULL && (ask->id != NULL || uuid_make(x->info.id))) {
        memcpy(x->request, ask->request, ask->request_len);
        if (ask->id != NULL)
            snprintf(x->info.id, sizeof x->info.id, "%s", ask->id);
        return x;
    }
    job_free(x);
    return NULL;
}

bool jobs_submit(struct jobs *j, const struct job_ask *ask, char id[JOB_ID_SIZE], struct err *e)
{
    struct job *x = job_new(ask);
    if (x == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a job");
    memcpy(id, x->info.id, JOB_ID_SIZE);
    int64_t max = j->server->config.jobs_max;
    pthread_mutex_lock(&j->lock);
    bool ok = j->open < max && !j->stopping && j->thread_count > 0;
    if (ok) {
        j->open++;
        x->next = j->list;
        j->list = x;
        forget(j);
        pthread_cond_signal(&j->wake);
    } else {
        j->refused++;
    }
    pthread_mutex_unlock(&j->lock);
    if (ok)
        return true;
    job_free(x);
    return fail(e, ERR_RESOURCE_EXHAUSTED, "as many jobs wait or run as this server takes (jobs_max %lld)",
                (long long)max);
}

void jobs_begin(struct jobs *j, const char *id, bool kept)
{
    pthread_mutex_lock(&j->lock);
    struct job *x = jobs_find(j, id);
    if (x != NULL) {
        x->held = false;
        x->info.kept = kept;
        if (!kept && x->info.text[0] == '\0')
            snprintf(x->info.text, sizeof x->info.text, "not kept: it lives in this daemon's memory only");
        pthread_cond_signal(&j->wake);
    }
    pthread_mutex_unlock(&j->lock);
}

/* --- looking -------------------------------------------------------------------------------------------- */

static struct job *own(struct jobs *j, const char *firm, const char *id)
{
    struct job *x = jobs_find(j, id);
    return x != NULL && !x->lost && strcmp(x->info.firm, firm) == 0 ? x : NULL;
}

bool jobs_look(struct jobs *j, const char *firm, const char *id, struct job_info *out)
{
    pthread_mutex_lock(&j->lock);
    struct job *x = own(j, firm, id);
    if (x != NULL)
        *out = x->info;
    pthread_mutex_unlock(&j->lock);
    return x != NULL;
}

bool jobs_cancel(struct jobs *j, const char *firm, const char *id)
{
    pthread_mutex_lock(&j->lock);
    struct job *x = own(j, firm, id);
    if (x != NULL) {
        atomic_store(&x->cancel, true);
        if (x->info.state == JOB_WAITING) {
            snprintf(x->info.text, sizeof x->info.text, "stopped before it began");
            job_move(j, x, JOB_STOPPED);
        }
    }
    pthread_mutex_unlock(&j->lock);
    return x != NULL;
}

const uint8_t *jobs_result(struct jobs *j, const char *firm, const char *id, struct arena *a, size_t *len)
{
    uint8_t *out = NULL;
    pthread_mutex_lock(&j->lock);
    struct job *x = own(j, firm, id);
    if (x != NULL && x->result != NULL)
        out = arena_alloc(a, x->result_len + 1);
    if (out != NULL) {
        memcpy(out, x->result, x->result_len);
        *len = x->result_len;
    }
    pthread_mutex_unlock(&j->lock);
    return out;
}

uint32_t jobs_list(struct jobs *j, const char *firm, struct job_info *out, uint32_t max)
{
    uint32_t n = 0;
    pthread_mutex_lock(&j->lock);
    for (struct job *x = j->list; x != NULL && n < max; x = x->next)
        if (strcmp(x->info.firm, firm) == 0)
            out[n++] = x->info;
    pthread_mutex_unlock(&j->lock);
    return n;
}

struct jobs_stats jobs_stats(struct jobs *j)
{
    pthread_mutex_lock(&j->lock);
    struct jobs_stats s = {.waiting = j->open - j->running,
                           .running = j->running,
                           .max = (uint32_t)j->server->config.jobs_max,
                           .ended = j->ended,
                           .refused = j->refused};
    pthread_mutex_unlock(&j->lock);
    return s;
}

/* --- all ------------------------------------------------------------------------------------------------ */

bool jobs_new(struct server *server, struct jobs **out, struct err *e)
{
    struct jobs *j = calloc(1, sizeof *j);
    const struct config *c = &server->config;
    *out = j;
    if (j == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for jobs");
    j->server = server;
    j->keeper = jobs_keeper_new();
    if (j->keeper == NULL || !uuid_make(j->daemon))
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for jobs");
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->wake, NULL);
    while (j->thread_count < c->jobs_workers &&
           pthread_create(&j->thread[j->thread_count], NULL, jobs_work, j) == 0)
        j->thread_count++;
    return j->thread_count == c->jobs_workers ||
           fail(e, ERR_RESOURCE_EXHAUSTED, "the machine gives no thread for a job");
}

void jobs_stop(struct jobs *j)
{
    if (j == NULL)
        return;
    pthread_mutex_lock(&j->lock);
    j->stopping = true;
    for (struct job *x = j->list; x != NULL; x = x->next) {
        atomic_store(&x->cancel, true);
        if (x->info.state == JOB_WAITING)
            job_move(j, x, JOB_INTERRUPTED);
    }
    unsigned threads = j->thread_count;
    j->thread_count = 0;
    pthread_cond_broadcast(&j->wake);
    pthread_mutex_unlock(&j->lock);
    for (unsigned i = 0; i < threads; i++)
        pthread_join(j->thread[i], NULL);
}

void jobs_free(struct jobs *j)
{
    if (j == NULL)
        return;
    for (struct job *x = j->list, *next; x != NULL; x = next) {
        next = x->next;
        job_free(x);
    }
    pthread_cond_destroy(&j->wake);
    pthread_mutex_destroy(&j->lock);
    free(j->keeper);
    free(j);
}
