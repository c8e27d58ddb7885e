/* zongheng job: the planner's long work: lists it, shows one with its result, waits for it, stops it. */
#include "json.h"
#include "study.h"

#include <string.h>

struct job {
    struct study study; /* first: --html */
    const char *id;
    bool cancel, wait;
};

static bool set_id(void *args, const char *name, char *value, struct err *e)
{
    struct job *j = args;
    if (j->id != NULL)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "only one job is wanted");
    j->id = value;
    return true;
}

static bool set_cancel(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)value;
    (void)e;
    ((struct job *)args)->cancel = true;
    return true;
}

static bool set_wait(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)value;
    (void)e;
    ((struct job *)args)->wait = true;
    return true;
}

static bool check(void *args, struct err *e)
{
    const struct job *j = args;
    return j->id != NULL || (!j->cancel && !j->wait && j->study.html == NULL) ||
           fail(e, ERR_INVALID_ARGUMENT, "which job? zongheng job ID");
}

static bool list(struct client *c, struct err *e)
{
    Zongheng__V1__ListJobsRequest q = ZONGHENG__V1__LIST_JOBS_REQUEST__INIT;
    const ProtobufCMessage *m;
    if (!cmd_ask(c, "zongheng.v1.Planning/ListJobs", &q.base, &zongheng__v1__list_jobs_reply__descriptor, &m,
                 e))
        return false;
    if (c->json)
        return json_print_message(m, stdout, e);
    const Zongheng__V1__ListJobsReply *r = (const Zongheng__V1__ListJobsReply *)m;
    for (size_t i = 0; i < r->n_jobs; i++)
        study_show_job(r->jobs[i]);
    return true;
}

static bool cancel(struct client *c, const struct job *j, struct err *e)
{
    Zongheng__V1__CancelJobRequest q = ZONGHENG__V1__CANCEL_JOB_REQUEST__INIT;
    const ProtobufCMessage *m;
    q.job_id = (char *)(uintptr_t)j->id;
    if (!cmd_ask(c, "zongheng.v1.Planning/CancelJob", &q.base, &zongheng__v1__cancel_job_reply__descriptor,
                 &m, e))
        return false;
    if (c->json)
        return json_print_message(m, stdout, e);
    study_show_job(((const Zongheng__V1__CancelJobReply *)m)->job);
    return true;
}

static bool look(struct client *c, const struct job *j, struct err *e)
{
    Zongheng__V1__GetJobRequest q = ZONGHENG__V1__GET_JOB_REQUEST__INIT;
    const ProtobufCMessage *m;
    const Zongheng__V1__GetJobReply *r;
    q.job_id = (char *)(uintptr_t)j->id;
    if (j->wait) {
        if (!study_wait(c, j->id, &r, e))
            return false;
    } else {
        if (!cmd_ask(c, "zongheng.v1.Planning/GetJob", &q.base, &zongheng__v1__get_job_reply__descriptor, &m,
                     e))
            return false;
        r = (const Zongheng__V1__GetJobReply *)m;
    }
    if (j->study.html != NULL && (r->appraise == NULL || r->appraise->html[0] == '\0'))
        return fail_field(e, ERR_FAILED_PRECONDITION, "--html", "the job made no report");
    if (j->study.html != NULL && !export_text(j->study.html, r->appraise->html, e))
        return false;
    if (c->json)
        return json_print_message(&r->base, stdout, e);
    study_show_job(r->job);
    if (r->job->state == ZONGHENG__V1__JOB_STATE__FINISHED)
        study_show(&c->arena, r);
    return true;
}

static bool run(struct client *c, void *args, struct err *e)
{
    const struct job *j = args;
    if (j->id == NULL)
        return list(c, e);
    return j->cancel ? cancel(c, j, e) : look(c, j, e);
}

int cmd_job(int argc, char **argv)
{
    static const struct cmd_option options[] = {
        {NULL, "ID", "the job; without: a list of all", set_id},
        {"--wait", NULL, "until it is over", set_wait},
        {"--cancel", NULL, "stops it", set_cancel},
        {"--html", "FILE", "the report of an appraisal", study_set_html}};
    static const struct cmd cmd = {"zongheng job [ID] [--wait | --cancel] [--html FILE]",
                                   "The planner's long work.",
                                   options,
                                   sizeof options / sizeof options[0],
                                   check,
                                   run};
    struct job args = {.id = NULL};
    study_init(&args.study);
    return cmd_main(&cmd, &args, argc, argv);
}
