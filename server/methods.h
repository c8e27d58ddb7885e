/* methods.h - the table of methods.
 *
 * The rows are built at start from the service descriptors that protobuf-c generates; what a descriptor does
 * not know (who may call, how badly it is needed, default deadline, handler) is the policy table in
 * methods.c. A method without a policy row, or a row without a method, stops the start.
 *
 * Threads: all functions from any thread once methods_init has returned.
 */
#ifndef ZH_SERVER_METHODS_H
#define ZH_SERVER_METHODS_H

#include "admission.h"
#include "handler.h"

#include <stdio.h>

/* Who may call: a set of roles. Every row of the policy table names one, and none of them is 0. */
enum access {
    ACCESS_ANYONE = 1 << 8, /* before Hello: only Hello itself */
    ACCESS_SHIPPER = 1 << ROLE_SHIPPER,
    ACCESS_PLANNER = 1 << ROLE_PLANNER,
    ACCESS_OPERATOR = 1 << ROLE_OPERATOR,
    ACCESS_FIRM = ACCESS_SHIPPER | ACCESS_PLANNER | ACCESS_OPERATOR,  /* any token: looks at its firm's own */
    ACCESS_STUDY = ACCESS_PLANNER | ACCESS_OPERATOR | 1 << ROLE_NONE, /* planners, and the anonymous */
    ACCESS_KNOWN = ACCESS_FIRM | 1 << ROLE_NONE,                      /* after Hello, anonymous as well */
};

struct method {
    char name[96]; /* "zongheng.v1.Routing/FindRoutes" */
    size_t name_len;
    const ProtobufCMessageDescriptor *input, *output;
    enum access access;
    enum criticality criticality;
    uint32_t deadline_ms;
    bool keyed; /* done at most once for a key */
    bool heavy; /* worked out by workers: a connection has so many in work (conn_is_laden) */
    handler_fn *handle;
    const ProtobufCFieldDescriptor
        *scenario; /* of the input: the scenario that it is answered in; NULL: none */
};

/* Builds the table; once, before any loop runs. */
bool methods_init(struct err *e);
uint32_t methods_count(void);
const struct method *methods_row(uint32_t i);
uint32_t methods_index(const struct method *m); /* its row */
const struct method *methods_find(const char *name, size_t len);
/* Whether this identity may call the method; UNAUTHENTICATED or PERMISSION_DENIED otherwise. Pure. */
bool methods_admit(const struct method *m, const struct identity *who, struct err *e);
/* "zongheng.v1.Routing/FindRoutes anonymous,shipper,planner,operator" line by line; 0 when written. */
int methods_list(FILE *out);

#endif
