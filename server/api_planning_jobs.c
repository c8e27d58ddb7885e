#include "api_planning_inside.h"

#include "call.h"
#include "db.h"
#include "jobs_keep.h"
#include "log.h"
#include "store_jobs.h"

#include <stdlib.h>
#include <string.h>

enum { POLL_MS = 100, SCENARIO_ID_MAX = 64 };
#define PUT_NS INT64_C(3000000000)

/* A call that waits for its job; in its arena. */
struct waiting {
    struct call *call;
    struct event *timer;
    char id[JOB_ID_SIZE];
    enum job_kind kind;
    bool detached;
    uint32_t told; /* job_info.changes of the last part */
};

void planning_fail_memory(struct call *c)
{
    struct err e = {0};
    fail(&e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    call_fail(c, &e, 0);
}

/* --- replies of a kind ---------------------------------------------------------------------------------- */

const ProtobufCMessageDescriptor *const planning_reply_types[JOB_KINDS] = {
    &zongheng__v1__assign_reply__descriptor, &zongheng__v1__compare_reply__descriptor,
    &zongheng__v1__appraise_reply__descriptor, &zongheng__v1__get_critical_links_reply__descriptor};

void planning_set_job(enum job_kind k, union planning_reply *r, Zongheng__V1__Job *job)
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

static void empty_reply(enum job_kind k, union planning_reply *r, Zongheng__V1__Job *job)
{
    protobuf_c_message_init(planning_reply_types[k], r);
    planning_set_job(k, r, job);
}

/* The result by malloc, for it may be larger than a request's memory; the job inside is the call's. */
union planning_reply *planning_result_of(struct call *c, const char *id, enum job_kind k)
{
    struct arena a;
    size_t len = 0;
    arena_init(&a, PLANNING_ARENA);
    const uint8_t *bytes = jobs_result(jobs_of(c), c->identity->firm_id, id, &a, &len);
    union planning_reply *r =
        bytes != NULL ? (void *)protobuf_c_message_unpack(planning_reply_types[k], NULL, len, bytes) : NULL;
    arena_release(&a);
    return r;
}

void planning_free_result(enum job_kind k, union planning_reply *r)
{
    if (r == NULL)
        return;
    planning_set_job(k, r, NULL);
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
    union planning_reply *r = job != NULL ? planning_result_of(w->call, w->id, w->kind) : NULL;
    enum job_kind k = w->kind;
    if (r == NULL) {
        planning_fail_memory(w->call);
        return;
    }
    planning_set_job(k, r, job);
    call_reply(w->call, &r->base);
    planning_free_result(k, r);
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
    union planning_reply part;
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
    union planning_reply r;
    if (!detached) {
        wait_for(w);
        return;
    }
    Zongheng__V1__Job *job = NULL;
    if (jobs_look(jobs_of(w->call), w->call->identity->firm_id, w->id, &i))
        job = planning_job(&w->call->arena, &i);
    if (job == NULL) {
        planning_fail_memory(w->call);
        return;
    }
    empty_reply(w->kind, &r, job);
    call_reply(w->call, &r.base);
}

/* The row is written, or cannot be: then the job runs and is not kept, which its text says. */
static void on_put(void *waiting, const struct db_result *r)
{
    struct waiting *w = waiting;
    bool kept = r->outcome == DB_OK && r->row_count == 1;
    if (r->outcome == DB_REFUSED)
        log_event(LOG_ERROR, "job_not_kept", "id", w->id, "sqlstate", r->sqlstate, "why", r->message, NULL);
    jobs_begin(jobs_of(w->call), w->id, kept);
    begun(w, w->detached);
}

static void begin(struct waiting *w, const struct job_ask *a, struct db *db)
{
    struct job_info i;
    struct call *c = w->call;
    if (!a->held) {
        jobs_begin(jobs_of(c), w->id, false);
        begun(w, w->detached);
    } else if (jobs_look(jobs_of(c), a->firm, w->id, &i)) {
        int64_t until = monotonic_ns() + PUT_NS;
        store_job_put(db, jobs_daemon(jobs_of(c)), &i, a->request, a->request_len,
                      until < c->deadline_ns ? until : c->deadline_ns, on_put, w);
    } else {
        planning_fail_memory(c);
    }
}

static void ask(struct call *c, enum job_kind kind, const ProtobufCMessage *m, const char *scenario,
                bool detached)
{
    struct err e = {0};
    struct db *db = loop_db(c->loop);
    size_t len = protobuf_c_message_get_packed_size(m);
    uint8_t *bytes = arena_alloc(&c->arena, len + 1);
    struct waiting *w = arena_calloc(&c->arena, 1, sizeof *w);
    if (bytes == NULL || w == NULL) {
        planning_fail_memory(c);
        return;
    }
    protobuf_c_message_pack(m, bytes);
    *w = (struct waiting){.call = c, .kind = kind, .detached = detached};
    struct job_ask a = {.kind = kind,
                        .firm = c->identity->firm_id,
                        .author = c->identity->user_name,
                        .scenario = scenario,
                        .request = bytes,
                        .request_len = len,
                        .created_at = c->now_s,
                        .held = db != NULL && db_up(db) && c->identity->firm_id[0] != '\0'};
    if (strlen(scenario) > SCENARIO_ID_MAX) {
        fail_field(&e, ERR_INVALID_ARGUMENT, "scenario_id", "a scenario_id has at most %d characters",
                   SCENARIO_ID_MAX);
        call_fail(c, &e, 0);
    } else if (!jobs_submit(jobs_of(c), &a, w->id, &e)) {
        call_fail(c, &e, 1000);
    } else {
        begin(w, &a, db);
    }
}

void api_planning_assign(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__AssignRequest *m = (const void *)message;
    ask(c, JOB_ASSIGN, message, m->scenario_id, m->detached);
}

void api_planning_compare(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__CompareRequest *m = (const void *)message;
    ask(c, JOB_COMPARE, message, m->after_scenario_id, m->detached);
}

void api_planning_appraise(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__AppraiseRequest *m = (const void *)message;
    ask(c, JOB_APPRAISE, message, m->compare != NULL ? m->compare->after_scenario_id : "", m->detached);
}

void api_planning_critical(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__GetCriticalLinksRequest *m = (const void *)message;
    ask(c, JOB_CRITICAL, message, m->scenario_id, m->detached);
}
