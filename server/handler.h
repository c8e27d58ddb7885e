/* handler.h - how a method is answered: the seam between the wire (dispatch.c) and the api_* files.
 *
 * A handler gets its unpacked request and either replies at once, or keeps the call and replies later from
 * the same loop thread (a booking waits for PostgreSQL). Exactly one of call_reply and call_fail ends a call;
 * after it the call must not be touched. Everything allocated for a call lies in its arena.
 *
 * A kept call outlives its connection: when the peer goes away meanwhile, the reply is dropped quietly.
 */
#ifndef ZH_SERVER_HANDLER_H
#define ZH_SERVER_HANDLER_H

#include "base/arena.h"
#include "base/err.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

struct loop;     /* one event loop thread: loop.h */
struct snapshot; /* one network version: snapshot.h */

enum role { ROLE_NONE, ROLE_SHIPPER, ROLE_PLANNER, ROLE_OPERATOR };

/* Who asks: set by Hello and never changed afterwards on a connection. */
struct identity {
    bool known; /* Hello has succeeded */
    uint8_t token_sha256[32];
    int64_t expires_ns; /* CLOCK_MONOTONIC; 0: anonymous, or a token without an end */
    enum role role;
    char firm_id[37]; /* uuid, "" for anonymous */
    char firm_name[128];
    char user_name[128];
};

struct call {
    struct loop *loop;
    struct arena arena;
    const struct identity *identity; /* valid until the call ends */
    struct snapshot *snapshot;       /* held from start to end of the call */
    uint64_t request_id;
    const struct method *method;
    int64_t received_ns, deadline_ns; /* CLOCK_MONOTONIC */
    int64_t waiting_ns;               /* since when it waits for the loop (conn_waiting_ns) */
    int64_t now_s;                    /* wall clock, UTC seconds, once per request */
    bool bearer;                      /* each request names its token (HTTP), not the connection (Hello) */
    uint8_t style;                    /* of its answers, as its connection's protocol has it */
    bool committed;                   /* the store has done it: a reply that cannot be made is UNKNOWN */
    bool heavy;                       /* it counts as such with its connection, until it ends */
};

typedef void handler_fn(struct call *c, const ProtobufCMessage *request);

/* Sends the reply message, packed; ends the call. */
void call_reply(struct call *c, const ProtobufCMessage *reply);

/* Sends one of several replies; the call goes on until call_reply or call_fail. False: the peer is gone, or
 * there is no memory for it (then its connection is closed). */
bool call_part(struct call *c, const ProtobufCMessage *part);

/* Sends a status; retry_after_ms 0: none given. Ends the call. */
void call_fail(struct call *c, const struct err *e, uint32_t retry_after_ms);

/* A ticket of the pool, given back before the call ends. */
bool call_enter_pool(struct call *c);
void call_leave_pool(struct call *c);

/* Whether the call's deadline has passed, as a plan_stop_fn. */
bool call_late(void *call);

#endif
