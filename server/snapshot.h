/* snapshot.h - one network version with everything a request reads: network, places, plan_network.
 *
 * Frozen and reference counted: a call holds one from start to end, so no answer mixes two versions. The
 * store holds the newest; loops take a reference when told (loop.h), a reload puts a new one.
 * Threads: acquire/release are atomic, the store is locked; loops read it only when a reload tells them to.
 */
#ifndef ZH_SERVER_SNAPSHOT_H
#define ZH_SERVER_SNAPSHOT_H

#include "base/err.h"
#include "network/file.h"
#include "network/network.h"
#include "network/places.h"
#include "plan/plan.h"

#include <pthread.h>

struct scenario_version; /* whatif/scenario.h */

struct snapshot {
    const struct network *net;
    struct places *places;
    struct plan_network *plan;
    unsigned holders;              /* atomic */
    struct snapshot *base;         /* of a scenario: held; NULL: the network as it is */
    struct scenario_version *made; /* of a scenario: what owns net, places and plan */
    char scenario_id[65];          /* "" */
};

/* With so many threads for the metrics of the vehicle classes. */
bool snapshot_load(const char *path, unsigned threads, struct snapshot **out, struct err *e);
/* Of a scenario on a base, which it holds. Takes made and plan, also when it fails. */
bool snapshot_of_scenario(struct snapshot *base, struct scenario_version *made, struct plan_network *plan,
                          const char *id, struct snapshot **out, struct err *e);
size_t snapshot_own_bytes(const struct snapshot *s); /* beside its base; 0 of one that is no scenario */
struct snapshot *snapshot_acquire(struct snapshot *s);
void snapshot_release(struct snapshot *s);

struct snapshot_store {
    pthread_mutex_t lock;
    struct snapshot *newest;
    struct snapshot *held; /* the one before, whose prices hold until held_until_ns; NULL: none */
    int64_t held_until_ns;
};

/* How long options of a network can be booked after another was loaded (CLOCK_MONOTONIC). */
#define SNAPSHOT_HOLD_NS (INT64_C(900) * 1000000000)

void snapshot_store_init(struct snapshot_store *store, struct snapshot *first);
/* Takes the reference. */
void snapshot_store_put(struct snapshot_store *store, struct snapshot *s, int64_t now_ns);
/* Right after init: the network that was in force before, whose prices hold from now on. Takes the reference.
 */
void snapshot_store_hold(struct snapshot_store *store, struct snapshot *before, int64_t now_ns);
/* The network before the newest while its prices hold, acquired; else NULL. */
struct snapshot *snapshot_store_held(struct snapshot_store *store, int64_t now_ns);
struct snapshot *snapshot_store_get(struct snapshot_store *store); /* acquired */
void snapshot_store_release(struct snapshot_store *store);

#endif
