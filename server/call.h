/* call.h - a request in work: made by dispatch, ended by call_reply or call_fail (handler.h). */
#ifndef ZH_SERVER_CALL_H
#define ZH_SERVER_CALL_H

#include "dispatch.h"

/* A call for a frame of this connection, with arena, clock and snapshot; NULL when out of memory. */
struct call *call_begin(struct call_pool *p, struct conn *c);

/* Its connection; NULL: the peer is gone. */
struct conn *call_connection(struct call *c);
/* Counts it as a heavy request of its connection, while that is there, until it ends. */
void call_begin_heavy(struct call *c);
/* Who asks, where the request says so. */
void call_identify(struct call *c, const struct identity *who);

/* Unpacks into the call's arena; NULL when it does not fit (what does not parse was refused by wire_scan). */
ProtobufCMessage *call_unpack(struct call *c, const ProtobufCMessageDescriptor *d, const uint8_t *bytes,
                              size_t len);

/* As call_part and call_reply, of an answer that was encoded before: on any thread to which the call belongs
 * meanwhile. A failed one holds nothing, and was not sent. */
bool call_encode(struct call *c, const ProtobufCMessage *message, bool more, struct answer *a, struct err *e);
bool call_send_part(struct call *c, struct answer *a);
void call_send(struct call *c, struct answer *a);

/* For a stream of replies: whether the peer is there, and whether it has much unread. */
bool call_alive(struct call *c);
bool call_is_full(struct call *c);
/* Calls w->go once when the peer has read, or is gone. Only when it is full. */
void call_wait_sent(struct call *c, struct conn_waiter *w);

#endif
