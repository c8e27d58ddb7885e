/* call.h - a request in work: made by dispatch, ended by call_reply or call_fail (handler.h). */
#ifndef ZH_SERVER_CALL_H
#define ZH_SERVER_CALL_H

#include "dispatch.h"

/* A call for a frame of this connection, with arena, clock and snapshot; NULL when out of memory. */
struct call *call_begin(struct call_pool *p, struct conn *c);

/* Unpacks into the call's arena; NULL when it does not fit (what does not parse was refused by wire_scan). */
ProtobufCMessage *call_unpack(struct call *c, const ProtobufCMessageDescriptor *d, const uint8_t *bytes,
                              size_t len);

#endif
