/* api_planning_demand_inside.h - what api_planning_demand*.c share. */
#ifndef ZH_SERVER_API_PLANNING_DEMAND_INSIDE_H
#define ZH_SERVER_API_PLANNING_DEMAND_INSIDE_H

#include "call.h"
#include "demand_text.h"

bool demand_kept(const struct call *c);     /* in a database? */
bool demand_may_write(struct call *c);      /* false: the call is refused */
void demand_fail_memory(struct call *c);    /* ends the call */
void demand_fail_not_found(struct call *c); /* ends the call */
/* Holds the text until the call ends; takes the reference. False: no memory, and it is released. */
bool demand_hold(struct call *c, struct demand_text *t);

static inline char *demand_str(const char *s)
{
    return (char *)(uintptr_t)s; /* protobuf-c's messages are not const; packing only reads */
}

#endif
