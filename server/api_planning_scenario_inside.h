/* api_planning_scenario_inside.h - what api_planning_scenario*.c share. */
#ifndef ZH_SERVER_API_PLANNING_SCENARIO_INSIDE_H
#define ZH_SERVER_API_PLANNING_SCENARIO_INSIDE_H

#include "call.h"
#include "scenario_make.h"
#include "scenario_open.h"

enum { TAG_MAX = 64 };

struct scenario_work {   /* a Put or a Get; in the call's arena */
    struct pool_job job; /* first */
    struct scenario_look look;
    struct call *call;
    const Zongheng__V1__PutScenarioRequest *put; /* NULL: a Get */
    struct scenario_set set;
    struct scenario_made made;
    struct err err;
    char version[33];
    uint32_t wanted; /* version of a Get */
    Zongheng__V1__PutScenarioReply out;
    Zongheng__V1__GetScenarioReply got;
    bool ticket;
};

static inline char *scenario_str(const char *s)
{
    return (char *)(uintptr_t)s; /* protobuf-c's messages are not const; packing only reads */
}

bool scenario_kept(const struct call *c); /* in a database? */
void scenario_refuse(struct call *c, enum err_code code, const char *field, const char *why);
bool scenario_may_write(struct call *c); /* false: the call is refused */
bool scenario_is_id(const char *s);
bool scenario_is_project(const char *id);
bool scenario_no_memory(struct err *e); /* always false */

/* A work of this call, in its arena; NULL: the call is refused. */
struct scenario_work *scenario_begin(struct call *c);
/* Makes w->set, which becomes the call's, on a worker; then done on the loop. Or ends the call. */
void scenario_submit(struct scenario_work *w, void (*done)(struct pool_job *j));
/* Ends the call, with w->err or the reply; the last thing that is done with w. */
void scenario_end(struct scenario_work *w, const ProtobufCMessage *reply);

#endif
