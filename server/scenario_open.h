/* scenario_open.h - the way of a question into a scenario: its text and those of its prerequisites are looked
 * at in PostgreSQL when that was long ago, its snapshot is made when there is none.
 */
#ifndef ZH_SERVER_SCENARIO_OPEN_H
#define ZH_SERVER_SCENARIO_OPEN_H

#include "handler.h"
#include "scenarios.h"

struct scenario_look { /* zeroed; the asker's until `done` is called */
    struct loop *loop;
    char firm_id[37];
    int64_t deadline_ns;
    void (*done)(struct scenario_look *l); /* on the loop, perhaps before scenario_look returns; err tells */
    void *ctx;
    struct err err;
    uint32_t retry_ms;
    /* its own */
    char todo[SCENARIO_PREREQUISITES_MAX + 1][SCENARIO_ID_MAX + 1];
    uint32_t next, count;
};

/* Adds an id to look at; its prerequisites follow by themselves. False: too many. */
bool scenario_look_at(struct scenario_look *l, const char *id);
/* Brings the store up to date with PostgreSQL for these ids. Ids that are not there are no error. */
void scenario_look(struct scenario_look *l);

/* The door of every method whose request has a scenario_id and that answers in a scenario: gives the call its
 * snapshot, then handles the request; or refuses it. */
void scenario_door(struct call *c, const ProtobufCMessage *request, const char *scenario_id);

#endif
