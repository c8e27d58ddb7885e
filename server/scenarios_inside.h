/* scenarios_inside.h - what scenarios*.c share. All of it is under the lock but where it says otherwise. */
#ifndef ZH_SERVER_SCENARIOS_INSIDE_H
#define ZH_SERVER_SCENARIOS_INSIDE_H

#include "scenarios.h"

#include <pthread.h>

enum { SCENARIOS_BUCKETS = 4096, SCENARIOS_LOOKS = 8192, SCENARIOS_FREED_MAX = 64 };

struct scenarios_entry {
    struct scenarios_entry *next; /* in its bucket */
    struct scenario_text *text;   /* held */
    struct snapshot *made;        /* held; NULL: none */
    uint64_t made_of;             /* the set that it was made of */
    size_t bytes;                 /* charged for it */
    uint64_t asked;               /* a clock of asking */
};

struct scenarios_flight { /* a snapshot that is being made */
    struct pool_job job;  /* first */
    struct scenarios *k;
    struct scenarios_flight *next;
    struct snapshot *base; /* held */
    struct scenario_set set;
    uint64_t set_id;
    struct scenarios_waiter *waiters;
};

struct scenarios_look { /* what PostgreSQL was asked for last, by hash */
    uint64_t key;
    int64_t at_ns;
};

struct scenarios {
    struct pool_job trim; /* first */
    bool trimming;
    pthread_mutex_t lock; /* over everything */
    struct pool *pool;
    struct scenarios_settings set;
    struct scenarios_entry *bucket[SCENARIOS_BUCKETS];
    struct scenarios_flight *flights;
    struct scenarios_look look[SCENARIOS_LOOKS];
    const struct snapshot *base; /* in force; only compared */
    uint64_t clock;
    struct scenarios_stats stats;
};

uint64_t scenarios_hash(const char *a, const char *b);

/* scenarios_texts.c: those under an id, that which the firm sees, and its own; NULL: none. */
struct scenarios_entry **scenarios_bucket(struct scenarios *k, const char *id);
struct scenarios_entry *scenarios_seen(struct scenarios *k, const char *firm_id, const char *id);
struct scenarios_entry *scenarios_own(struct scenarios *k, const char *firm_id, const char *id);

/* scenarios_sets.c: scenarios_gather with the lock held; and an id of these texts in this order. */
bool scenarios_gather_locked(struct scenarios *k, const char *firm_id, struct scenario_text *t,
                             struct scenario_set *out, struct err *e);
uint64_t scenario_set_id(const struct scenario_set *set);

/* scenarios_memory.c. Releasing a snapshot may free a network: the caller does it without the lock. */
struct scenarios_freed {
    struct snapshot *of[SCENARIOS_FREED_MAX];
    int count;
};
struct snapshot *scenarios_let_go(struct scenarios *k, struct scenarios_entry *x);
/* Keeps the snapshot (acquired here) when it fits the memory; others go for it. */
void scenarios_keep(struct scenarios *k, struct scenarios_entry *x, struct snapshot *s, uint64_t set_id,
                    struct scenarios_freed *f);
/* Both without the lock; the second gives what snapshots were back to the machine. */
void scenarios_free_freed(struct scenarios_freed *f);
void scenarios_trim_later(struct scenarios *k);

#endif
