/* api_planning_inside.h - what the files of the planner's jobs share. */
#ifndef ZH_SERVER_API_PLANNING_INSIDE_H
#define ZH_SERVER_API_PLANNING_INSIDE_H

#include "api_planning_jobs.h"
#include "loop.h"
#include "planning.h"

union planning_reply {
    ProtobufCMessage base;
    Zongheng__V1__AssignReply assign;
    Zongheng__V1__CompareReply compare;
    Zongheng__V1__AppraiseReply appraise;
    Zongheng__V1__GetCriticalLinksReply critical;
};

extern const ProtobufCMessageDescriptor *const planning_reply_types[JOB_KINDS];

static inline struct jobs *jobs_of(struct call *c)
{
    return loop_server(c->loop)->jobs;
}

void planning_set_job(enum job_kind k, union planning_reply *r, Zongheng__V1__Job *job);
/* The result of a job in this daemon's memory, by malloc, for it may be larger than a request's memory; the
 * job inside is set by planning_set_job and the caller's. */
union planning_reply *planning_result_of(struct call *c, const char *id, enum job_kind k);
void planning_free_result(enum job_kind k, union planning_reply *r);
void planning_fail_memory(struct call *c);

#endif
