/* agreed.h - the tariffs that firms agreed with their carriers, for the questions of each firm only.
 *
 * One loop's cache of what PostgreSQL holds, by firm. A firm's rules are asked again when they are older than
 * a second, so a change shows within two; a question that needs them waits for that one row set. At most
 * agreed_max firms are kept; the one that was asked longest ago goes.
 *
 * When PostgreSQL does not answer (within a second), questions are answered all the same: with the rules
 * known last, else with the published tariffs; either is said in a warning. It is tried again after a second.
 * Nothing is booked on such an answer: Book asks again with the rules in force, and is UNAVAILABLE without
 * them.
 *
 * Rules are kept as text and resolved for the network of the question (a set is frozen, shared by count). A
 * rule for a tariff that this network does not have counts for nothing, and a warning says so. Threads: the
 * cache belongs to its loop; a set may be read and released on any.
 */
#ifndef ZH_SERVER_AGREED_H
#define ZH_SERVER_AGREED_H

#include "base/err.h"
#include "freight/cargo.h"

struct agreed_cache;
struct call;
struct db;

struct agreed_set {
    struct freight_agreed rules; /* count 0: none */
    uint32_t unknown;            /* rules of tariffs that the network does not have */
    unsigned holders;            /* atomic */
};
void agreed_release(void *set);

struct agreed_waiter {
    void (*go)(struct agreed_waiter *w); /* on the loop, when agreed_get said false */
    void *owner;
    struct call *call;
    struct agreed_set *set; /* held by the waiter; NULL: published tariffs only */
    bool stale;             /* PostgreSQL did not answer: set is what was known last, or NULL */
    struct agreed_waiter *next;
};

/* db NULL: an empty cache, of which every answer is NULL. */
struct agreed_cache *agreed_new(struct db *db, uint32_t firms_max);
/* Waiters that are left are forgotten: their calls have ended. */
void agreed_free(struct agreed_cache *x);

/* What is known is asked again before it is used next: something was put. */
void agreed_expire(struct agreed_cache *x);

/* The rules for the call's firm and snapshot. True: w->set and w->stale are set now; false: w->go is called,
 * perhaps before this returns. */
bool agreed_get(struct agreed_cache *x, struct call *c, struct agreed_waiter *w);

#endif
