/* plan_world.h - a random small network ready for questions, a random question, and every chain that answers
 * it: the oracle of the freight tests. */
#ifndef ZH_TESTS_PLAN_WORLD_H
#define ZH_TESTS_PLAN_WORLD_H

#include "plan/plan.h"
#include "tiny_net.h"

struct plan_world {
    struct tiny_net tiny;
    struct plan_network *plan;
    struct plan_query *query;
    struct arena arena;
};

void plan_world_open(struct plan_world *w, uint64_t seed);
/* With a hierarchy: truck legs come from the labels of the terminals. One at a time. */
void plan_world_open_hubs(struct plan_world *w, uint64_t seed);
void plan_world_close(struct plan_world *w);
struct plan_request plan_world_ask(uint64_t seed);
struct freight_load plan_world_load(const struct network *n, const struct plan_request *r);

/* The enumeration tries every chain and every departure of the horizon, without dominance and without looking
 * for the next departure; it takes the amounts of a line from bill.h, whose arithmetic plan_check repeats on
 * its own. */
enum { BRUTE_POINTS_MAX = 4096 };

struct brute_point {
    int64_t pickup;                       /* the latest at which the cargo may be ready for this very chain */
    int64_t arrive_at, money, total, co2; /* money: without holding, with the price of CO2 */
};

struct brute_points {
    uint32_t count;
    struct brute_point of[BRUTE_POINTS_MAX];
};

enum brute_kind {
    BRUTE_FORWARD,  /* what nothing beats over (arrive_at, total, co2) */
    BRUTE_BACKWARD, /* ready whenever need be, delivered by deliver_by: (pickup, money, co2) */
    BRUTE_INSTANT,  /* (arrive_at, money, co2), chains with rides only */
    BRUTE_PROFILE   /* (pickup, arrive_at, money, co2), chains with rides only */
};

/* What the enumeration lets pass that a question does not. */
struct brute_relax {
    bool any_truck;      /* truck legs of any length */
    int64_t capacity_kg; /* capacities are held against this mass instead of the load's; 0: the load's; -1: no
                            capacity counts */
};
void brute_chains_relaxed(const struct network *n, const struct plan_request *r, enum plan_family f,
                          enum brute_kind kind, struct brute_relax relax, struct brute_points *out,
                          int64_t *chains);

/* *chains: how many there are. */
void brute_chains(const struct network *n, const struct plan_request *r, enum plan_family f,
                  enum brute_kind kind, struct brute_points *out, int64_t *chains);

/* How late an option's cargo may be ready for the same departures, by halving; of a direct truck 0. */
int64_t brute_pickup(const struct network *n, const struct plan_request *r, const struct plan_itinerary *it);

/* Leaves what no other point beats, each once, sorted. */
void brute_front(struct brute_points *p, enum brute_kind kind);

#endif
