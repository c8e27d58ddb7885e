/* dispatch.h - the table of methods and the way of a request through it.
 *
 * The rows are built at start from the service descriptors that protobuf-c generates; what a descriptor does
 * not know (who may call, default deadline, handler) is the policy table in dispatch.c. A method without a
 * policy row, or a row without a method, stops the start.
 */
#ifndef ZH_SERVER_DISPATCH_H
#define ZH_SERVER_DISPATCH_H

#include "admission.h"
#include "conn.h"
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
    handler_fn *handle;
    const ProtobufCFieldDescriptor
        *scenario; /* of the input: the scenario that it is answered in; NULL: none */
};

/* Builds the table; once, before any loop runs. */
bool dispatch_init(struct err *e);
uint32_t dispatch_method_count(void);
const struct method *dispatch_method(uint32_t i);
uint32_t dispatch_index(const struct method *m); /* its row */
const struct method *dispatch_find(const char *name, size_t len);
/* Whether this identity may call the method; UNAUTHENTICATED or PERMISSION_DENIED otherwise. Pure. */
bool dispatch_admits(const struct method *m, const struct identity *who, struct err *e);
/* "zongheng.v1.Routing/FindRoutes anonymous,shipper,planner,operator" line by line; 0 when written. */
int dispatch_list(FILE *out);

/* A frame's payload: envelope, then as dispatch_call. The bytes are valid during the call only. */
void dispatch_frame(struct conn *c, const uint8_t *payload, size_t len);
/* Serves a call of call_begin whose method and identity are set: admission, access, scan, unpack, handler.
 * The deadline counts from receipt, 0 takes the method's. */
void dispatch_call(struct call *c, const uint8_t *body, size_t len, uint32_t deadline_ms);

/* The calls of one loop: slots that are used again and again. */
struct call_pool;
struct call_pool *call_pool_new(struct loop *l, size_t arena_max);
void call_pool_free(struct call_pool *p);

struct call_pool *loop_calls(struct loop *l); /* loop.c */

/* The identity of the caller's connection, for Hello to fill; NULL when the peer is gone. */
struct identity *call_connection_identity(struct call *c);

/* The caller's address (conn_peer). */
void call_peer(struct call *c, uint8_t address[16]);

/* Closes the caller's connection once the reply that follows has been sent. */
void call_close_connection(struct call *c);

#endif
