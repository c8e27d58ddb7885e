#include "study.h"

#include "table.h"
#include "units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_MS = 300, EXPORTED_LINKS = 20000 };

void study_init(struct study *s)
{
    memset(s, 0, sizeof *s);
    zongheng__v1__demand_spec__init(&s->demand);
    s->scenario = s->before = "";
}

static bool number(const char *name, const char *s, double low, double high, double *out, struct err *e)
{
    char *end;
    *out = strtod(s, &end);
    return (end != s && *end == '\0' && *out >= low && *out <= high) ||
           fail_field(e, ERR_INVALID_ARGUMENT, name, "%s \"%s\" is not a number from %g to %g", name, s, low,
                      high);
}

#define SET_TEXT(function, member)                                          \
    bool function(void *args, const char *name, char *value, struct err *e) \
    {                                                                       \
        (void)name;                                                         \
        (void)e;                                                            \
        ((struct study *)args)->member = value;                             \
        return true;                                                        \
    }
#define SET_FLAG(function, member)                                          \
    bool function(void *args, const char *name, char *value, struct err *e) \
    {                                                                       \
        (void)name;                                                         \
        (void)value;                                                        \
        (void)e;                                                            \
        ((struct study *)args)->member = true;                              \
        return true;                                                        \
    }
SET_TEXT(study_set_scenario, scenario)
SET_TEXT(study_set_before, before)
SET_TEXT(study_set_csv, csv)
SET_TEXT(study_set_geojson, geojson)
SET_TEXT(study_set_gmns, gmns)
SET_TEXT(study_set_html, html)
SET_TEXT(study_set_group, demand.goods_group)
SET_TEXT(study_set_period, demand.period)
SET_FLAG(study_set_fixed, demand.fixed_family)
SET_FLAG(study_set_logit, demand.logit)
SET_FLAG(study_set_time_only, without_toll)
SET_FLAG(study_set_detached, detached)

/* "NAME" or "NAME@VERSION" */
bool study_set_demand(void *args, const char *name, char *value, struct err *e)
{
    Zongheng__V1__DemandSpec *d = &((struct study *)args)->demand;
    char *at = strchr(value, '@');
    int64_t version = 0;
    if (at != NULL) {
        *at = '\0';
        if (!units_integer(name, at + 1, 1, UINT32_MAX, &version, e))
            return false;
    }
    d->name = value;
    d->version = (uint32_t)version;
    return true;
}

bool study_set_hours(void *args, const char *name, char *value, struct err *e)
{
    return number(name, value, 0.01, 24, &((struct study *)args)->demand.day_hours, e);
}

bool study_set_factor(void *args, const char *name, char *value, struct err *e)
{
    return number(name, value, 1e-6, 1000, &((struct study *)args)->demand.factor, e);
}

bool study_set_background(void *args, const char *name, char *value, struct err *e)
{
    struct study *s = args;
    if (!number(name, value, 0, 1, &s->demand.background_share, e))
        return false;
    s->demand.without_background = s->demand.background_share <= 0;
    return true;
}

bool study_set_gap(void *args, const char *name, char *value, struct err *e)
{
    return number(name, value, 1e-13, 1, &((struct study *)args)->gap, e);
}

bool study_check_compare(void *study, struct err *e)
{
    const struct study *s = study;
    return s->scenario[0] != '\0' || fail(e, ERR_INVALID_ARGUMENT, "--scenario ID is missing");
}

void study_fill_compare(struct study *s, Zongheng__V1__CompareRequest *q)
{
    zongheng__v1__compare_request__init(q);
    q->before_scenario_id = (char *)(uintptr_t)s->before;
    q->after_scenario_id = (char *)(uintptr_t)s->scenario;
    q->demand = &s->demand;
    q->gap = s->gap;
    q->max_links = s->csv != NULL || s->geojson != NULL ? EXPORTED_LINKS : 0;
}

/* --- waiting -------------------------------------------------------------------------------------------- */

static bool over(const Zongheng__V1__Job *j)
{
    return j->state == ZONGHENG__V1__JOB_STATE__FINISHED || j->state == ZONGHENG__V1__JOB_STATE__FAILED ||
           j->state == ZONGHENG__V1__JOB_STATE__STOPPED;
}

static void tell(const Zongheng__V1__Job *j)
{
    if (isatty(STDERR_FILENO) == 0)
        return;
    fprintf(stderr, "\r\033[K%3u.%u %%  ", j->done_permille / 10, j->done_permille % 10);
    table_put_clean(j->text, false, stderr);
    if (j->iteration > 0)
        fprintf(stderr, "  (iteration %u, gap %.1e)", j->iteration, j->relative_gap);
    if (over(j))
        fputs("\r\033[K", stderr);
}

bool study_wait(struct client *c, const char *job_id, const Zongheng__V1__GetJobReply **reply, struct err *e)
{
    Zongheng__V1__GetJobRequest q = ZONGHENG__V1__GET_JOB_REQUEST__INIT;
    char id[64];
    snprintf(id, sizeof id, "%s", job_id);
    q.job_id = id;
    for (;;) {
        const ProtobufCMessage *m;
        arena_reset(&c->arena);
        if (!cmd_ask(c, "zongheng.v1.Planning/GetJob", &q.base, &zongheng__v1__get_job_reply__descriptor, &m,
                     e))
            return false;
        *reply = (const Zongheng__V1__GetJobReply *)m;
        tell((*reply)->job);
        if (over((*reply)->job))
            break;
        nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000L}, NULL);
    }
    const Zongheng__V1__Job *j = (*reply)->job;
    return j->state == ZONGHENG__V1__JOB_STATE__FINISHED ||
           fail(e, ERR_FAILED_PRECONDITION, "job %s %s: %s", j->job_id,
                j->state == ZONGHENG__V1__JOB_STATE__FAILED ? "failed" : "was stopped", j->text);
}

/* Every reply of this kind has its job as field 1. */
static const Zongheng__V1__Job *job_of(const ProtobufCMessage *m)
{
    const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field(m->descriptor, 1);
    return f != NULL ? *(Zongheng__V1__Job *const *)(const void *)((const char *)m + f->offset) : NULL;
}

bool study_ask(struct client *c, const struct study *s, const char *method, const ProtobufCMessage *request,
               const ProtobufCMessageDescriptor *reply_type, const Zongheng__V1__GetJobReply **reply,
               struct err *e)
{
    const ProtobufCMessage *m;
    *reply = NULL;
    if (!cmd_ask(c, method, request, reply_type, &m, e))
        return false;
    const Zongheng__V1__Job *j = job_of(m);
    if (j == NULL)
        return fail(e, ERR_INTERNAL, "the daemon named no job");
    if (s->detached) {
        printf("%s\n", j->job_id);
        return true;
    }
    return study_wait(c, j->job_id, reply, e);
}
