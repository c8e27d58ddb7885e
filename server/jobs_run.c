/* jobs_run.c - the threads that run jobs, and what the work of a job asks and tells. */
#include "jobs_inside.h"

#include "log.h"
#include "loop.h"
#include "priority.h"
#include "team.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job_run {
    struct jobs *jobs;
    struct job *job;
    struct job_info info;
    struct team *team;
};

struct server *job_server(struct job_run *r)
{
    return r->jobs->server;
}

const struct job_info *job_about(struct job_run *r)
{
    return &r->info;
}

const struct cch_executor *job_executor(struct job_run *r)
{
    return team_executor(r->team);
}

bool job_stopped(void *job_run)
{
    struct job_run *r = job_run;
    return atomic_load(&r->job->cancel);
}

void job_tell(struct job_run *r, uint32_t done_permille, const char *text)
{
    pthread_mutex_lock(&r->jobs->lock);
    struct job_info *i = &r->job->info;
    i->done_permille = done_permille;
    if (text != NULL)
        snprintf(i->text, sizeof i->text, "%s", text);
    i->changes++;
    pthread_mutex_unlock(&r->jobs->lock);
}

void job_tell_gap(struct job_run *r, uint32_t iteration, double gap)
{
    pthread_mutex_lock(&r->jobs->lock);
    r->job->info.iteration = iteration;
    r->job->info.relative_gap = gap;
    r->job->info.changes++;
    pthread_mutex_unlock(&r->jobs->lock);
}

void job_tell_network(struct job_run *r, const char *version)
{
    pthread_mutex_lock(&r->jobs->lock);
    snprintf(r->job->info.network_version, sizeof r->job->info.network_version, "%s", version);
    pthread_mutex_unlock(&r->jobs->lock);
}

/* Under the lock. */
static void settle(struct jobs *j, struct job *x, bool ok, const struct err *e)
{
    if (ok) {
        x->info.done_permille = 1000;
        job_move(j, x, JOB_FINISHED);
        return;
    }
    bool interrupted = e->code == ERR_CANCELLED && j->stopping;
    x->info.code = e->code;
    snprintf(x->info.field, sizeof x->info.field, "%s", e->field);
    snprintf(x->info.text, sizeof x->info.text, "%s",
             interrupted ? "interrupted by the end of the daemon" : e->text);
    job_move(j, x, interrupted ? JOB_INTERRUPTED : e->code == ERR_CANCELLED ? JOB_STOPPED : JOB_FAILED);
}

static void work_on(struct jobs *j, struct job *x, struct team *team)
{
    struct job_run r = {.jobs = j, .job = x, .info = x->info, .team = team};
    struct err e = {0};
    uint8_t *result = NULL;
    size_t len = 0;
    bool ok = job_works[x->info.kind](&r, x->request, x->request_len, &result, &len, &e);
    pthread_mutex_lock(&j->lock);
    if (ok) {
        x->result = result;
        x->result_len = len;
    } else {
        free(result);
    }
    settle(j, x, ok, &e);
    pthread_mutex_unlock(&j->lock);
    log_event(ok ? LOG_INFO : LOG_WARN, "job_ended", "id", r.info.id, "kind", job_kind_name(r.info.kind),
              "why", ok ? "" : e.text, NULL);
}

/* The oldest that may begin. */
static struct job *take(struct jobs *j)
{
    struct job *oldest = NULL;
    for (struct job *x = j->list; x != NULL; x = x->next)
        if (x->info.state == JOB_WAITING && !x->held)
            oldest = x;
    return oldest;
}

void *jobs_work(void *arg)
{
    struct jobs *j = arg;
    const struct config *c = &j->server->config;
    priority_nice(c->jobs_nice);
    struct team *team = team_new((unsigned)c->jobs_threads); /* its threads are as nice */
    pthread_mutex_lock(&j->lock);
    while (!j->stopping) {
        struct job *x = take(j);
        if (x == NULL) {
            pthread_cond_wait(&j->wake, &j->lock);
            continue;
        }
        job_move(j, x, JOB_RUNNING);
        pthread_mutex_unlock(&j->lock);
        work_on(j, x, team);
        pthread_mutex_lock(&j->lock);
    }
    pthread_mutex_unlock(&j->lock);
    team_free(team);
    return NULL;
}
