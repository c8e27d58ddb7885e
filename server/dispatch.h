/* dispatch.h - the table of methods and the way of a request through it.
 *
 * The rows are built at start from the service descriptors that protobuf-c generates; what a descriptor does
 * not know (who may call, default deadline, handler) is the policy table in dispatch.c. A method without a
 * policy row, or a row without a method, stops the start.
 */
#ifndef ZH_SERVER_DISPATCH_H
#define ZH_SERVER_DISPATCH_H

#include "conn.h"
#include "handler.h"

enum access {
    ACCESS_ANYONE, /* before Hello: only Hello itself */
    ACCESS_KNOWN,  /* after Hello, anonymous as well */
    ACCESS_FIRM,   /* a token's firm */
};

struct method {
    char name[96]; /* "zongheng.v1.Routing/FindRoutes" */
    const ProtobufCMessageDescriptor *input, *output;
    enum access access;
    uint32_t deadline_ms;
    handler_fn *handle;
};

/* Builds the table; once, before any loop runs. */
bool dispatch_init(struct err *e);
uint32_t dispatch_method_count(void);
const struct method *dispatch_method(uint32_t i);
const struct method *dispatch_find(const char *name);

/* A conn_frame_fn: envelope, admission, method, access, scan, unpack, handler. */
void dispatch_frame(struct loop *l, struct conn *c, const uint8_t *payload, size_t len);

/* The calls of one loop: slots that are used again and again. */
struct call_pool;
struct call_pool *call_pool_new(struct loop *l, struct conn_table *conns, size_t arena_max);
void call_pool_free(struct call_pool *p);

struct call_pool *loop_calls(struct loop *l); /* loop.c */

/* The identity of the caller's connection, for Hello to fill; NULL when the peer is gone. */
struct identity *call_connection_identity(struct call *c);

/* Closes the caller's connection once the reply that follows has been sent. */
void call_close_connection(struct call *c);

#endif
