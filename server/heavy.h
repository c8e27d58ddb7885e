/* heavy.h - a call that is worked out on the pool with the metric of one truck: GetMatrix, GetReach.
 *
 * It holds one of the pool's tickets from heavy_begin to heavy_end. Between its steps the call belongs to the
 * loop, during heavy_run's work to a worker.
 */
#ifndef ZH_SERVER_HEAVY_H
#define ZH_SERVER_HEAVY_H

#include "conn.h"
#include "convert.h"
#include "metric_cache.h"

struct heavy {
    struct pool_job job; /* first */
    struct call *call;
    struct metric_want want;
    struct metric_waiter waiter;
    struct err err;
    struct answer answer; /* encoded, not sent yet */
    void (*work)(struct heavy *h);
    void (*then)(struct heavy *h);
    bool ticket;
};

/* The profile of a truck that no load chooses: a class is asked for, but for SHORTEST and SOURCE without any
 * measure. */
bool heavy_profile(const struct snapshot *s, const Zongheng__V1__Vehicle *v, const char *dangerous_class,
                   Zongheng__V1__Objective objective, struct road_profile *out, struct err *e);

/* Takes a ticket; otherwise the call is ended. */
bool heavy_begin(struct heavy *h, struct call *c);
/* Finds the metric of h->want and calls then, with h->err set when there is none. */
void heavy_metric(struct heavy *h, void (*then)(struct heavy *h));
/* Runs work on a worker, unless the deadline has passed, then `then` on the loop; either sets h->err. */
void heavy_run(struct heavy *h, void (*work)(struct heavy *h), void (*then)(struct heavy *h));
/* In work, at its end: the bytes of the reply, or of one of several when more follow, unless h->err is set.
 * To write them takes longer than anything that is left for the loop. */
void heavy_encode(struct heavy *h, const ProtobufCMessage *reply, bool more);
/* On the loop: sends them. False: the peer is gone. */
bool heavy_send_part(struct heavy *h);
/* Gives the ticket back while it waits for its reader: for who holds no more than is bounded otherwise. */
void heavy_yield(struct heavy *h);
/* Gives the ticket back and ends the call: with what was encoded, or with h->err when that is set. */
void heavy_end(struct heavy *h);

#endif
