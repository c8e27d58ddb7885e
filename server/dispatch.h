/* dispatch.h - the way of a request: from a message of a connection through admission to its handler. */
#ifndef ZH_SERVER_DISPATCH_H
#define ZH_SERVER_DISPATCH_H

#include "conn.h"
#include "methods.h"

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
