#include "api_planning_jobs.h"

#include "call.h"
#include "loop.h"
#include "planning.h"

#include <stdlib.h>
#include <string.h>

enum { POLL_MS = 100 };

/* A call that waits for its job; in its arena. */
struct waiting {
    struct call *call;
    struct event *timer;
    char id[JOB_ID_SIZE];
    enum job_kind kind;
    uint32_t told; /* job_info.changes of the last part */
};

static struct jobs *jobs_of(struct call *c)
{
    return loop_server(c->loop)->jobs;
}

static void fail_memory(struct call *c)
{
    struct err e = {0};
    fail(&e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    call_fail(c, &e, 0);
}

/* --- replies of a kind ---------------------------------------------------------------------------------- */

static const ProtobufCMessageDescriptor *const reply_types[JOB_KINDS] = {
    &zongheng__v1__assign_reply__descriptor, &zongheng__v1__compare_reply__descriptor,
    &zongheng__v1__appraise_reply__descriptor, &zongheng__v1__get_critical_links_reply__descriptor};

union reply {
    ProtobufCMessage base;
    Zongheng__V1__AssignReply assign;
    Zongheng__V1__CompareReply compare;
    Zongheng__V1__AppraiseReply appraise;
    Zongheng__V1__GetCriticalLinksReply critical;
};

static void set_job(enum job_kind k, union reply *r, Zongheng__V1__Job *job)
{
    switch (k) {
    case JOB_COMPARE:
        r->compare.job = job;
        break;
    case JOB_APPRAISE:
        r->appraise.job = job;
        break;
    case JOB_CRITICAL:
        r->critical.job = job;
        break;
    default:
        r->assign.job = job;
    }
}

static void empty_reply(enum job_kind k, union reply *r, Zongheng__V1__Job *job)
{
    protobuf_c_message_init(reply_types[k], r);
    set_job(k, r, job);
}

/* The result by malloc, for it may be larger than a request's memory; the job inside is the call's. */
static union reply *result_of(struct call *c, const char *id, enum job_kind k)
{
    struct arena a;
    size_t len = 0;
    arena_init(&a, PLANNING_ARENA);
    const uint8_t *bytes = jobs_result(jobs_of(c), c->identity->firm_id, id, &a, &len);
    union reply *r =
        bytes != NULL ? (void *)protobuf_c_message_unpack(reply_types[k], NULL, len, bytes) : NULL;
    arena_release(&a);
    return r;
}

static void free_result(enum job_kind k, union reply *r)
{
    if (r == NULL)
        return;
    set_job(k, r, NULL);
    protobuf_c_message_free_unpacked(&r->base, NULL);
}

/* --- waiting -------------------------------------------------------------------------------------------- */

static void fail_as(struct call *c, const struct job_info *i)
{
    struct err e = {0};
    enum err_code code = i->state == JOB_STOPPED       ? ERR_CANCELLED
                         : i->state == JOB_INTERRUPTED ? ERR_UNAVAILABLE
                                                       : i->code;
    fail_field(&e, code, i->field, "%s", i->text);
    call_fail(c, &e, 0);
}

static void finish(struct waiting *w, const struct job_info *i)
{
    if (i->state != JOB_FINISHED) {
        fail_as(w->call, i);
        return;
    }
    Zongheng__V1__Job *job = planning_job(&w->call->arena, i);
    union reply *r = job != NULL ? result_of(w->call, w->id, w->kind) : NULL;
    enum job_kind k = w->kind;
    if (r == NULL) {
        fail_memory(w->call);
        return;
    }
    set_job(k, r, job);
    call_reply(w->call, &r->base);
    free_result(k, r);
}

static void give_up(struct waiting *w, const char *why, enum err_code code)
{
    struct err e = {0};
    jobs_cancel(jobs_of(w->call), w->call->identity->firm_id, w->id);
    fail(&e, code, "%s", why);
    call_fail(w->call, &e, 0);
}

static void tell(struct waiting *w, const struct job_info *i)
{
    union reply part;
    struct arena a;
    arena_init(&a, 65536);
    Zongheng__V1__Job *job = planning_job(&a, i);
    w->told = i->changes;
    if (job != NULL) {
        empty_reply(w->kind, &part, job);
        call_part(w->call, &part.base);
    }
    arena_release(&a);
}

static void on_poll(evutil_socket_t fd, short what, void *waiting)
{
    struct waiting *w = waiting;
    struct job_info i;
    (void)fd;
    (void)what;
    if (!jobs_look(jobs_of(w->call), w->call->identity->firm_id, w->id, &i))
        give_up(w, "the job is not known any more", ERR_INTERNAL);
    else if (i.state > JOB_RUNNING)
        finish(w, &i);
    else if (!call_alive(w->call))
        give_up(w, "nobody waits", ERR_CANCELLED);
    else if (call_late(w->call))
        give_up(w, "the deadline passed before the job was done, and it was stopped; ask detached",
                ERR_DEADLINE_EXCEEDED);
    else if (i.changes != w->told && !call_is_full(w->call))
        tell(w, &i);
}

static void free_timer(void *timer)
{
    event_free(timer);
}

static void wait_for(struct waiting *w)
{
    struct timeval tv = {.tv_usec = POLL_MS * 1000};
    w->timer = event_new(loop_base(w->call->loop), -1, EV_PERSIST, on_poll, w);
    if (w->timer == NULL || !arena_defer(&w->call->arena, free_timer, w->timer)) {
        if (w->timer != NULL)
            event_free(w->timer);
        give_up(w, "out of memory for a request that waits", ERR_RESOURCE_EXHAUSTED);
        return;
    }
    event_add(w->timer, &tv);
}

/* --- asking --------------------------------------------------------------------------------------------- */

static void begun(struct waiting *w, bool detached)
{
    struct job_info i;
    union reply r;
    if (!detached) {
        wait_for(w);
        return;
    }
    Zongheng__V1__Job *job = NULL;
    if (jobs_look(jobs_of(w->call), w->call->identity->firm_id, w->id, &i))
        job = planning_job(&w->call->arena, &i);
    if (job == NULL) {
        fail_memory(w->call);
        return;
    }
    empty_reply(w->kind, &r, job);
    call_reply(w->call, &r.base);
}

static void ask(struct call *c, enum job_kind kind, const ProtobufCMessage *m, const char *scenario,
                bool detached)
{
    struct err e = {0};
    size_t len = protobuf_c_message_get_packed_size(m);
    uint8_t *bytes = arena_alloc(&c->arena, len + 1);
    struct waiting *w = arena_calloc(&c->arena, 1, sizeof *w);
    if (bytes == NULL || w == NULL) {
        fail_memory(c);
        return;
    }
    protobuf_c_message_pack(m, bytes);
    *w = (struct waiting){.call = c, .kind = kind};
    struct job_ask a = {.kind = kind,
                        .firm = c->identity->firm_id,
                        .author = c->identity->user_name,
                        .scenario = scenario,
                        .request = bytes,
                        .request_len = len,
                        .created_at = c->now_s};
    if (strlen(scenario) > 64) {
        fail_field(&e, ERR_INVALID_ARGUMENT, "scenario_id", "a scenario_id has at most 64 characters");
        call_fail(c, &e, 0);
    } else if (!jobs_submit(jobs_of(c), &a, w->id, &e)) {
        call_fail(c, &e, 1000);
    } else {
        begun(w, detached);
    }
}

void api_planning_assign(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__AssignRequest *m = (const void *)message;
    ask(c, JOB_ASSIGN, message, m->scenario_id, m->detached);
}

/* --- looking -------------------------------------------------------------------------------------------- */

static bool is_id(struct call *c, const char *id)
{
    struct err e = {0};
    if (strlen(id) == JOB_ID_SIZE - 1)
        return true;
    fail_field(&e, ERR_INVALID_ARGUMENT, "job_id", "job_id is a uuid; ListJobs shows them");
    call_fail(c, &e, 0);
    return false;
}

static void not_found(struct call *c)
{
    struct err e = {0};
    fail_field(&e, ERR_NOT_FOUND, "job_id", "there is no such job");
    call_fail(c, &e, 0);
}

static void reply_job(struct call *c, const struct job_info *i)
{
    Zongheng__V1__GetJobReply r = ZONGHENG__V1__GET_JOB_REPLY__INIT;
    enum job_kind k = i->kind;
    union reply *result = NULL;
    r.job = planning_job(&c->arena, i);
    if (i->state == JOB_FINISHED)
        result = result_of(c, i->id, k);
    if (r.job == NULL || (i->state == JOB_FINISHED && result == NULL)) {
        fail_memory(c);
        return;
    }
    r.assign = k == JOB_ASSIGN ? &result->assign : NULL;
    r.compare = k == JOB_COMPARE ? &result->compare : NULL;
    r.appraise = k == JOB_APPRAISE ? &result->appraise : NULL;
    r.critical = k == JOB_CRITICAL ? &result->critical : NULL;
    call_reply(c, &r.base);
    free_result(k, result);
}

void api_planning_get_job(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__GetJobRequest *m = (const void *)message;
    struct job_info i;
    if (!is_id(c, m->job_id))
        return;
    if (jobs_look(jobs_of(c), c->identity->firm_id, m->job_id, &i))
        reply_job(c, &i);
    else
        not_found(c);
}

void api_planning_cancel_job(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__CancelJobRequest *m = (const void *)message;
    Zongheng__V1__CancelJobReply r = ZONGHENG__V1__CANCEL_JOB_REPLY__INIT;
    struct job_info i;
    if (!is_id(c, m->job_id))
        return;
    if (!jobs_cancel(jobs_of(c), c->identity->firm_id, m->job_id) ||
        !jobs_look(jobs_of(c), c->identity->firm_id, m->job_id, &i)) {
        not_found(c);
        return;
    }
    r.job = planning_job(&c->arena, &i);
    if (r.job == NULL)
        fail_memory(c);
    else
        call_reply(c, &r.base);
}

enum { PAGE_DEFAULT = 50, PAGE_MAX = 200 };

void api_planning_list_jobs(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__ListJobsRequest *m = (const void *)message;
    Zongheng__V1__ListJobsReply r = ZONGHENG__V1__LIST_JOBS_REPLY__INIT;
    struct err e = {0};
    if (m->page_size > PAGE_MAX) {
        fail_field(&e, ERR_INVALID_ARGUMENT, "page_size", "page_size is at most %d", PAGE_MAX);
        call_fail(c, &e, 0);
        return;
    }
    uint32_t max = m->page_size != 0 ? m->page_size : PAGE_DEFAULT;
    struct job_info *of = arena_calloc(&c->arena, (size_t)max + 1, sizeof *of);
    r.jobs = arena_calloc(&c->arena, (size_t)max + 1, sizeof *r.jobs);
    uint32_t n = of != NULL && r.jobs != NULL ? jobs_list(jobs_of(c), c->identity->firm_id, of, max) : 0;
    for (uint32_t i = 0; i < n; i++)
        if ((r.jobs[r.n_jobs] = planning_job(&c->arena, &of[i])) != NULL)
            r.n_jobs++;
    if (of == NULL || r.jobs == NULL || r.n_jobs < n)
        fail_memory(c);
    else
        call_reply(c, &r.base);
}
