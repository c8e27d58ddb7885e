/* wire.h - requests to bytes and bytes to replies, for every client. Pure; the memory is the caller's arena.
 */
#ifndef ZH_CLIENT_WIRE_H
#define ZH_CLIENT_WIRE_H

#include "base/arena.h"
#include "base/err.h"
#include "zongheng/v1/wire.pb-c.h"

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_HEAD = 4, WIRE_REPLY_MAX = 64 * 1024 * 1024 };

/* A frame (head and Request) that asks `method` ("zongheng.v1.Routing/FindRoutes"). NULL when the arena is
 * full. */
uint8_t *wire_request(struct arena *a, uint64_t id, const char *method, uint32_t deadline_ms,
                      const ProtobufCMessage *body, size_t *len);

/* The payload's length from a frame's head; false when it is 0 or more than WIRE_REPLY_MAX. */
bool wire_reply_length(const uint8_t head[WIRE_HEAD], size_t *len);

/* Unpacks any message into the arena; NULL when the bytes are none or the arena is full. */
ProtobufCMessage *wire_unpack(struct arena *a, const ProtobufCMessageDescriptor *d, const uint8_t *bytes,
                              size_t len);

/* Puts a reply's status into e: true when it is OK. The server's own sentence and field are kept;
 * *retry_after_ms (may be NULL) gets its hint, 0 without one. */
bool wire_status(const Zongheng__V1__Reply *r, uint32_t *retry_after_ms, struct err *e);

#endif
