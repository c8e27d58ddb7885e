/* rpc.h - one blocking connection to zonghengd.
 *
 * Failures have the wire's codes, and for bookings the difference matters: UNAVAILABLE means that nothing was
 * sent, UNKNOWN that the connection broke or time ran out after sending, so the request may have happened.
 * Every wait ends: connecting, sending and the whole reply have rpc.timeout_ms. One thread.
 */
#ifndef ZH_CLIENT_RPC_H
#define ZH_CLIENT_RPC_H

#include "base/arena.h"
#include "base/err.h"
#include "secure.h"

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

enum { RPC_PROTOCOL_VERSION = 1, RPC_TIMEOUT_MS = 30000 };

struct rpc {
    int fd;                  /* -1: closed */
    struct secure *secure;   /* NULL: plain TCP */
    char why[200];           /* TLS's reason of the last break, or that the server speaks it; "" none */
    uint64_t last_id;        /* of the last request */
    uint32_t timeout_ms;     /* per call; also sent as the deadline */
    uint32_t retry_after_ms; /* what the last failure hinted; 0 nothing */
};

/* Splits "HOST:PORT" or "[v6]:PORT" into host (size bytes) and port (6 bytes). */
bool rpc_split_address(const char *server, char *host, size_t size, char port[6], struct err *e);

/* Connects and says Hello with the token ("" for none). On failure nothing stays open. */
bool rpc_open(struct rpc *r, const char *server, const char *token, uint32_t timeout_ms, struct err *e);
/* The same, over TLS when tls->on. */
bool rpc_open_tls(struct rpc *r, const char *server, const struct secure_settings *tls, const char *token,
                  uint32_t timeout_ms, struct err *e);

/* Asks and waits. *reply lies in the arena. After UNAVAILABLE or UNKNOWN of the transport the connection is
 * closed (fd -1); a status from the server leaves it open. */
bool rpc_call(struct rpc *r, const char *method, const ProtobufCMessage *request,
              const ProtobufCMessageDescriptor *reply_type, struct arena *a, const ProtobufCMessage **reply,
              struct err *e);

/* The same for a method that answers in several replies: each goes to part(ctx, ...), whose memory is gone
 * when it returns. A part that fails ends the call and closes the connection, as does a failure after the
 * first. */
typedef bool rpc_part_fn(void *ctx, const ProtobufCMessage *part, struct err *e);
bool rpc_call_parts(struct rpc *r, const char *method, const ProtobufCMessage *request,
                    const ProtobufCMessageDescriptor *reply_type, rpc_part_fn *part, void *ctx,
                    struct err *e);

void rpc_close(struct rpc *r);

#endif
