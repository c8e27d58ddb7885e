/* engine.h - what the files of plan/ share; nobody else includes it.
 *
 * Rules of a chain that the search, the itineraries and (on its own) the checker keep:
 *   - main modes of a family: RAIL_ROAD rail; AIR_ROAD air; ROAD_WATER water; RAIL_WATER rail and water, both
 * used; ROAD none or scheduled road line-hauls. Line-hauls are part of family ROAD only.
 *   - at most PLAN_RIDES_MAX rides; every terminal between legs must have handling rows for the transition;
 *   - a truck is the first or last leg, or (RAIL_WATER) a shuttle of at most PLAN_SHUTTLE_MAX_M between two
 * terminals where the chain changes between rail and water;
 *   - a truck is received and given out in opening hours only; it may wait at the gate. A door at the
 * terminal's own node has no truck leg, but the gate, its hours and its handling from and to the road stay;
 *   - cargo is ready after the p50 of its handling, and boards a departure when ready at the cut-off (cargo,
 * security); documents are ready with the cargo's ready_at;
 *   - departures up to PLAN_HORIZON_DAYS after ready_at are looked at.
 */
#ifndef ZH_PLAN_ENGINE_H
#define ZH_PLAN_ENGINE_H

#include "freight/truck.h"
#include "plan/label.h"
#include "plan/plan.h"

enum {
    PLAN_RIDES_MAX = 3,
    PLAN_SHUTTLE_MAX_M = 60000,
    PLAN_HORIZON_DAYS = 21,
    PLAN_CLASSES = 7,
    PLAN_HOLDING_PERMILLE_PER_YEAR = 60, /* capital cost of goods, 6 % a year: an estimate, marked so */
    PLAN_DIRECT_MAX = PLAN_FORMS + PLAN_ALTERNATIVES_MAX,
};

struct plan_shuttle {
    uint32_t to;
    struct road_cost cost[PLAN_CLASSES][PLAN_FORMS];
};

struct plan_network {
    const struct network *net;
    struct road_index *index;                             /* NULL: a network without a contraction order */
    struct road_metric *metric[PLAN_CLASSES][PLAN_FORMS]; /* NULL: class without a row */
    uint32_t *node;                                       /* of each terminal */
    uint32_t *call_first, *call; /* stops at which a terminal's services may be boarded */
    uint8_t *call_modes;         /* of a terminal's boardable services */
    uint32_t *shuttle_first;
    struct plan_shuttle *shuttle;
    uint16_t *cutoff_min, *document_min; /* [terminal * MODE_COUNT + mode] */
};

struct plan_step { /* one transition in a terminal for the load asked; p50_s < 0: cannot be done */
    int32_t p50_s;
    int64_t money_myuan;
};

struct plan_query {
    const struct plan_network *p;
    struct road_query *road;
    struct road_cost *out[PLAN_FORMS], *in[PLAN_FORMS]; /* door -> terminal, terminal -> door */
    struct road_cost direct[PLAN_DIRECT_MAX];           /* door to door: by form, then alternatives */
    const uint32_t *direct_arcs[PLAN_DIRECT_MAX];       /* in the answer's arena; NULL: found when drawn */
    uint32_t direct_arc_count[PLAN_DIRECT_MAX], direct_count;
    uint16_t direct_shared_permille[PLAN_DIRECT_MAX];
    struct plan_step *step; /* [(terminal * MODE_COUNT + from) * MODE_COUNT + to] */
    bool *service_ok, *terminal_ok;
    struct label_pool pool;
    uint32_t *queue; /* scratch for candidates */
    struct bill bill;
    /* the question in work */
    const struct plan_request *request;
    struct freight_load load;
    const struct road_metric *own[PLAN_FORMS]; /* metrics of a vehicle that differs from its class */
    struct road_metric *made[PLAN_FORMS];      /* of these, the ones the query made for itself */
    bool own_metrics;
    struct road_cost *own_shuttle; /* [shuttle * PLAN_FORMS + form], weight 0: not asked yet */
    unsigned relax;
    int64_t late_at; /* earliest delivery after deliver_by, CAL_NEVER none */
    plan_stop_fn *stop;
    void *stop_ctx;
    uint32_t ticks;
};

/* What the explanation leaves out to find the reason. */
enum plan_relax { RELAX_CAPACITY = 1, RELAX_CARGO = 2, RELAX_CALENDAR = 4 };

struct freight_load plan_load(const struct network *n, const struct plan_request *r);

/* Which modes a family rides and must ride: masks of 1 << net_mode. */
unsigned plan_main_modes(enum plan_family f);
unsigned plan_must_modes(enum plan_family f);

const struct road_metric *plan_metric(const struct plan_query *q, int form);
const struct plan_step *plan_step_at(const struct plan_query *q, uint32_t terminal, unsigned from,
                                     unsigned to);
struct truck_run plan_run(const struct road_cost *c);
int64_t plan_truck_s(const struct plan_query *q, const struct road_cost *c);
/* Of a vehicle with its own measures: asked from the road once in a question. */
const struct road_cost *plan_shuttle_cost(struct plan_query *q, uint32_t from, const struct plan_shuttle *s,
                                          int form);
const struct plan_shuttle *plan_shuttle_of(const struct plan_network *p, uint32_t from, uint32_t to);
uint8_t plan_mode_of_state(uint8_t state);
int64_t plan_ride_m(const struct network *n, uint32_t from_stop, uint32_t to_stop);

/* The load and the metrics of its truck only. */
bool plan_metrics(struct plan_query *q, const struct plan_request *r, struct err *e);

/* Prepares roads, steps and services for the question (relax widened by plan_relaxed). */
bool plan_prepare(struct plan_query *q, const struct plan_request *r, struct arena *a, struct err *e);
/* The direct truck through the request's via nodes, in place of the shortest. */
bool plan_drive_via(struct plan_query *q, struct arena *a, struct err *e);
/* Adds the request's alternatives to q->direct, those that differ from what is there. */
bool plan_drive_alternatives(struct plan_query *q, struct arena *a, struct err *e);
/* The label of a direct truck; false: no way, or past all bounds. */
bool plan_direct_label(struct plan_query *q, unsigned form, struct label *out);
void plan_relaxed(struct plan_query *q, unsigned relax);
void plan_finish(struct plan_query *q);

/* Sets labels for one family; the delivered ones are the set label_set_delivered. */
bool plan_label_family(struct plan_query *q, enum plan_family f, struct err *e);

/* Holding cost and price of CO2 of a delivery, rounded as lines. */
int64_t plan_holding_myuan(const struct plan_request *r, int64_t arrive_at);
int64_t plan_co2_myuan(const struct plan_request *r, int64_t co2_g);

/* The itinerary of a delivered label. */
bool plan_build(struct plan_query *q, enum plan_family f, uint32_t label, struct arena *a,
                struct plan_itinerary *out, struct err *e);

/* Why nothing was delivered. */
bool plan_explain(struct plan_query *q, enum plan_family f, struct arena *a, struct plan_not_offered *out,
                  struct err *e);

#endif
