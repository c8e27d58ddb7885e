/* engine.h - what the files of plan/ share; nobody else includes it.
 *
 * Rules of a chain that the search, the itineraries and (on its own) the checker keep:
 *   - main modes of a family: RAIL_ROAD rail; AIR_ROAD air; ROAD_WATER water; RAIL_WATER rail and water, both
 * used; ROAD none or scheduled road line-hauls. Line-hauls are part of family ROAD only.
 *   - at most PLAN_RIDES_MAX rides; every terminal between legs must have handling rows for the transition;
 *   - a truck is the first or last leg, or a shuttle of at most PLAN_SHUTTLE_MAX_M between two terminals
 * where the chain changes from one ride to the next: nobody trucks in, touches a terminal and trucks out;
 *   - the truck legs of a chain that rides are together shorter than the request's share (drayage_permille)
 * of the direct road, of whose two forms the longer counts (plan_truck_limit_m); without a direct road they
 * have no bound;
 *   - a ride takes the goods at least PLAN_RIDE_MIN_M as the crow flies, and does not turn back: it never
 * ends both nearer to the origin and farther from the destination than it began (plan_goes_on);
 *   - a truck is received and given out in opening hours only; it may wait at the gate. A door at the
 * terminal's own node has no truck leg, but the gate, its hours and its handling from and to the road stay;
 *   - cargo is ready after the p50 of its handling, and boards a departure when ready at the cut-off (cargo,
 * security); documents are ready with the cargo's ready_at;
 *   - a stay before a departure may cost storage, but not behind the truck from the door. A chain may ride a
 * later run of a service to stay for a shorter time; not looked for is that when a shuttle comes between;
 *   - departures up to PLAN_HORIZON_DAYS after ready_at are looked at.
 */
#ifndef ZH_PLAN_ENGINE_H
#define ZH_PLAN_ENGINE_H

#include "freight/truck.h"
#include "network/geo.h"
#include "plan/label.h"
#include "plan/least.h"
#include "plan/linehaul.h"
#include "plan/plan.h"
#include "plan/rides.h"
#include "plan/weights.h"
#include "road/floor.h"
#include "road/hubs.h"
#include "road/labels.h"

enum {
    PLAN_RIDES_MAX = 3,
    PLAN_SHUTTLE_MAX_M = 60000,
    PLAN_RIDE_MIN_M = 10000,
    PLAN_HORIZON_DAYS = 21,
    PLAN_TRIP_DAYS = 60, /* a run that passes now began at most so long ago: only for bounds of tariffs */
    PLAN_CLASSES = 7,
    PLAN_STAY_DAYS = 32,
    PLAN_HOLDING_PERMILLE_PER_YEAR = 60, /* capital cost of goods, 6 % a year: an estimate, marked so */
    PLAN_FASTEST = 0,                    /* forms of a truck's way */
    PLAN_CHEAPEST = 1,
    PLAN_DIRECT_MAX = PLAN_FORMS + PLAN_ALTERNATIVES_MAX,
};

struct plan_shuttle {
    uint32_t to;
    struct road_cost cost[PLAN_CLASSES][PLAN_FORMS];
};

/* What a derived one (plan/derive.h) has from its base, which frees it. */
struct plan_shared {
    bool index, metrics, hubs, rides;
};

/* The terminals where services of some modes stop. */
struct plan_served {
    uint32_t count, *terminal; /* ascending */
    uint32_t *node;            /* of each of them */
    bool *is;                  /* by terminal of the network */
};

struct plan_network {
    const struct network *net;
    struct plan_shared shared;
    struct road_index *index;                              /* NULL: a network without a contraction order */
    struct road_metric *metric[PLAN_CLASSES][PLAN_FORMS];  /* NULL: class without a row */
    struct road_hubs *hubs[PLAN_CLASSES][PLAN_FORMS];      /* of the terminals; NULL: no hierarchy or class */
    struct road_floor floor[PLAN_CLASSES];                 /* of the cheapest ways, where there are hubs */
    struct road_labels *labels[PLAN_CLASSES][PLAN_FORMS];  /* of a small network; NULL: none */
    struct plan_weights weights[PLAN_CLASSES][PLAN_FORMS]; /* where there are labels */
    struct plan_rides rides;
    uint32_t *node;              /* of each terminal */
    struct geo_vector *lies;     /* of each terminal */
    double ride_min;             /* geo_product of PLAN_RIDE_MIN_M */
    uint32_t *call_first, *call; /* [terminal * MODE_COUNT + mode]: stops where its services are boarded */
    uint32_t *stay_class;        /* of a terminal: equal where storage costs the same; below stay_classes */
    uint32_t stay_classes;
    uint8_t *call_modes;                        /* of a terminal's boardable services */
    uint8_t *stop_modes;                        /* of the services that end or pass there */
    struct plan_served served[1 << MODE_COUNT]; /* by mask of 1 << net_mode */
    uint32_t *shuttle_first;
    struct plan_shuttle *shuttle;
    uint32_t *back_first, *back, *back_from; /* by terminal: shuttles that lead there, and where from */
    uint16_t *cutoff_min, *document_min;     /* [terminal * MODE_COUNT + mode] */
    uint8_t *joins; /* of a terminal: bit mode: a ride of that mode ends there, or where a shuttle leads there
                     * from; bit MODE_COUNT + mode: or begins one that does where such a ride ends */
    struct plan_linehauls linehaul;
    struct plan_least least;
};

/* network.c: parts of plan_network_new, by what is there before. */
bool plan_make_nodes(struct plan_network *p, struct err *e);
bool plan_make_calls(struct plan_network *p, struct err *e);
bool plan_make_shuttles(struct plan_network *p, struct err *e);
/* When rides and shuttles are there. */
bool plan_make_joins(struct plan_network *p, struct err *e);

struct plan_step {        /* one transition in a terminal for the load asked; p50_s < 0: cannot be done */
    int32_t p50_s, p90_s; /* several rows of one transition run one after the other: their sums */
    int64_t money_myuan, co2_g; /* co2_g: well-to-wheel, of the handling */
};

/* A truck's leg for the load asked. */
struct plan_haul {
    int64_t s, money_myuan, co2_g; /* s: with rests */
    uint32_t length_m;
    bool ok;
    uint32_t known,
        asked; /* `asked` of the query: the leg has been priced; its road has been asked for (lazy) */
};

struct floor_list { /* of terminals, each once */
    uint32_t *of, count;
    bool *mark; /* by terminal */
};

/* The least that is left from a state to the door: each by itself, perhaps on different chains. */
struct plan_bound {
    int64_t s, money_myuan, co2_g; /* s: INT64_MAX when there is no chain */
    uint32_t truck_m;              /* that trucks still drive; 0 from bounds.c, which does not look at it */
};

struct plan_price {             /* of a class of rides */
    int64_t money_myuan, co2_g; /* money -1: not carried */
    uint32_t stamp;
};

struct plan_stay {                      /* of this load, at the terminals that charge it alike */
    int64_t free_s;                     /* INT64_MAX: it costs nothing however long */
    int64_t myuan_per_day;              /* no day more than this costs more */
    uint32_t known;                     /* bits of cost_myuan */
    int64_t cost_myuan[PLAN_STAY_DAYS]; /* of so many started days */
    uint32_t stamp;
};

/* What a group's rides cost at least: max(least, base + per_m x metres), metres x g_per_m. */
struct plan_rate {
    double base_myuan, per_m_myuan, least_myuan, g_per_m;
    uint32_t stamp;
    bool ok;
};

/* The best option so far of a search for one (single.c). */
struct plan_single {
    uint8_t by;    /* enum plan_single_by; SINGLE_NO: all options are searched for */
    bool any;      /* false: there is none yet */
    int64_t limit; /* its total, or arrival: what has more is of no use; INT64_MAX without one */
    int64_t total_myuan, arrive_at, co2_g;
    uint32_t label;
    enum plan_family family;
};

struct plan_entry { /* of the queue: by the least total of what may become of a label */
    int64_t key;
    uint32_t what; /* a label, or PLAN_SEED + a seed */
};
#define PLAN_SEED 0x80000000u

struct plan_query {
    const struct plan_network *p;
    struct road_query *road;
    struct road_hub_scratch *hub_scratch[PLAN_FORMS];   /* NULL without a hierarchy */
    struct road_cost *out[PLAN_FORMS], *in[PLAN_FORMS]; /* door -> terminal, terminal -> door */
    struct road_cost direct[PLAN_DIRECT_MAX];           /* door to door: by form, then alternatives */
    const uint32_t *direct_arcs[PLAN_DIRECT_MAX];       /* in the answer's arena; NULL: found when drawn */
    uint32_t direct_arc_count[PLAN_DIRECT_MAX], direct_count;
    uint16_t direct_shared_permille[PLAN_DIRECT_MAX];
    bool lazy; /* truck legs and the tables of terminals are made when they are asked for (single.c) */
    uint32_t *ready, *group_ready; /* `stamp` when terminal_ok and its steps, group_ok are made */
    struct plan_floors *floors;    /* scratch of floors.c */
    struct plan_single single;
    struct plan_step *step;       /* [(terminal * MODE_COUNT + from) * MODE_COUNT + to] */
    bool *group_ok, *terminal_ok; /* takes the load: group of services, terminal */
    double *near_from, *near_to;  /* of terminals: geo_product with the origin, the destination */
    double near_doors;            /* of the doors with each other */
    struct label_pool pool;
    uint32_t *queue;                                              /* scratch for candidates */
    struct plan_haul *haul_out[PLAN_FORMS], *haul_in[PLAN_FORMS]; /* of out and in, made when asked for */
    struct plan_haul *haul_shuttle; /* [shuttle * PLAN_FORMS + form], made when haul_stamp is `asked` */
    uint32_t *haul_stamp;
    uint32_t truck_limit_m;   /* truck legs of a chain with rides stay below it */
    struct plan_price *price; /* by class */
    struct plan_stay *stay;   /* by stay_class of the terminal */
    uint32_t *quiet;          /* by terminal: 2 * stamp, and 1 when it is (plan_quiet) */
    struct plan_rate *rate;   /* by group */
    struct plan_bound *bound; /* bounds.c */
    struct plan_bound *board; /* scratch of bounds.c */
    struct plan_entry *heap;
    struct label *seed;
    uint32_t heap_count, seed_count, stamp, asked;
    double holding_myuan_per_s, co2_myuan_per_g; /* of the least total */
    uint8_t bound_mode;                          /* the first of the modes whose bounds these are */
    bool bound_both;
    bool bare;       /* money without holding cost */
    bool no_direct;  /* chains with rides only */
    bool first_only; /* is there any chain at all? */
    struct bill bill;
    /* the question in work */
    const struct plan_request *request;
    unsigned modes;                   /* of its families; tables are made for these only, and truck legs */
    const struct plan_served *served; /* for the terminals of these */
    struct freight_load load;
    const struct road_metric *own[PLAN_FORMS]; /* metrics of a vehicle that differs from its class */
    struct road_metric *made[PLAN_FORMS];      /* of these, the ones the query made for itself */
    bool own_metrics;
    struct road_cost *own_shuttle; /* [shuttle * PLAN_FORMS + form], weight 0: not asked yet */
    double share; /* only what has room for so much of the load is used; 0: for all of it (capacity.c) */
    unsigned relax, tables_relax; /* tables: steps, terminals and services as they were made last */
    bool tables_made;
    int64_t late_at; /* earliest delivery after deliver_by, CAL_NEVER none */
    plan_stop_fn *stop;
    void *stop_ctx;
    uint32_t ticks;
};

/* What the explanation leaves out to find the reason. */
enum plan_relax { RELAX_CAPACITY = 1, RELAX_CARGO = 2, RELAX_CALENDAR = 4, RELAX_TRUCKS = 8 };

/* What the stay between arrival at a terminal and a departure costs beside the handling (lines
 * LINE_STORAGE); a stay after the truck from the door costs nothing, for that truck comes later. */
int64_t plan_storage_myuan(const struct plan_query *q, uint32_t terminal, int64_t arrive_at,
                           int64_t depart_at);

/* The limit that stands nearest in the way of the load among the terminals, services and trucks of a family,
 * and by how much it is passed, as numbers and a sentence; NULL when nothing but form and needs is in the
 * way, or no memory. */
const char *plan_misfit(const struct plan_query *q, enum plan_family f, struct arena *a,
                        struct plan_broken *broken);

/* capacity.c: how much of the load a departure, or a terminal in a day, has room for. */
struct plan_room {
    double share; /* 1: all of it, to the unit; INFINITY: no limit known */
    int64_t limit, asked;
    const char *unit;
};
struct plan_room plan_departure_room(const struct net_service *s, const struct freight_load *l);
struct plan_room plan_terminal_room(const struct net_terminal *t, const struct freight_load *l);
/* The largest share of the load for which the family has a chain, and the room that bounds it; its text NULL
 * when there is no such chain, or no memory. */
bool plan_bottleneck(struct plan_query *q, enum plan_family f, struct arena *a, struct plan_broken *broken,
                     const char **text, struct err *e);
/* Whether the family has a chain, with obstacles taken away; *truck_m: of the first that was found. */
bool plan_reachable(struct plan_query *q, enum plan_family f, unsigned relax, bool *found, uint32_t *truck_m,
                    struct err *e);

struct freight_load plan_load(const struct network *n, const struct plan_request *r);

/* Which modes a family rides and must ride: masks of 1 << net_mode. */
unsigned plan_main_modes(enum plan_family f);
unsigned plan_must_modes(enum plan_family f);
/* The terminals of a family's services: its chains touch no others. */
static inline const struct plan_served *plan_served_by(const struct plan_network *p, enum plan_family f)
{
    return &p->served[plan_main_modes(f)];
}

const struct road_metric *plan_metric(const struct plan_query *q, int form);
static inline const struct plan_step *plan_step_at(const struct plan_query *q, uint32_t terminal,
                                                   unsigned from, unsigned to)
{
    return &q->step[(terminal * MODE_COUNT + from) * MODE_COUNT + to];
}
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

/* Makes terminal_ok and the steps of a terminal, when they are not made; false: it does not take the load. */
bool plan_make_ready(struct plan_query *q, uint32_t terminal);
static inline bool plan_ready(struct plan_query *q, uint32_t terminal)
{
    return q->ready[terminal] == q->stamp ? q->terminal_ok[terminal] : plan_make_ready(q, terminal);
}

/* Prepares roads, steps and services for the question (relax widened by plan_relaxed). */
bool plan_prepare(struct plan_query *q, const struct plan_request *r, struct arena *a, struct err *e);
/* The same after plan_metrics. */
bool plan_prepare_tables(struct plan_query *q, struct arena *a, struct err *e);
/* The direct truck through the request's via nodes, in place of the shortest. */
bool plan_drive_via(struct plan_query *q, struct arena *a, struct err *e);
/* Adds the request's alternatives to q->direct, those that differ from what is there. */
bool plan_drive_alternatives(struct plan_query *q, struct arena *a, struct err *e);
/* The label of a direct truck; false: no way, or past all bounds. */
bool plan_direct_label(struct plan_query *q, unsigned form, struct label *out);
void plan_relaxed(struct plan_query *q, unsigned relax);
/* The same as plan_prepare for single.c: what belongs to a terminal is made when it is asked for. */
bool plan_prepare_lazy(struct plan_query *q, const struct plan_request *r, struct arena *a, struct err *e);
void plan_finish(struct plan_query *q);

/* Truck legs to and from the terminals and from door to door (doors.c). */
void plan_drive(struct plan_query *q);
/* The labels that tell all ways of the question's truck in this form; NULL: there are none. */
const struct road_labels *plan_labels(const struct plan_query *q, int form, uint32_t from, uint32_t to);
/* From door to door alone. */
void plan_drive_doors(struct plan_query *q);
/* From door to door only, where labels or hubs can tell the others one by one: q->lazy. */
void plan_drive_lazy(struct plan_query *q);
/* Of a lazy question: what the ways between a door and some terminals weigh, by terminal, of others anything;
 * room: for as many as there are. */
const uint32_t *plan_door_weights(struct plan_query *q, int form, bool out, const struct floor_list *some,
                                  uint32_t *room);
/* How long such a way is at least, in either form; 0 where that is not known. */
uint32_t plan_door_metres(const struct plan_query *q, bool out, uint32_t terminal);
/* What those to and from the terminals cost, made once in a question; not ok at the limit of truck legs. */
const struct plan_haul *plan_haul_out(struct plan_query *q, int form, uint32_t terminal);
const struct plan_haul *plan_haul_in(struct plan_query *q, int form, uint32_t terminal);
void plan_forget_hauls(struct plan_query *q);
/* Adds the money and CO2 of a truck's leg; false: no way, or past all bounds. */
bool plan_haul(struct plan_query *q, const struct road_cost *c, struct plan_haul *out);
const struct plan_haul *plan_shuttle_haul(struct plan_query *q, uint32_t from, uint32_t shuttle, int form);
/* Adds a truck's leg to a label; false: it may not be driven in this chain. */
bool plan_add_haul(const struct plan_query *q, const struct plan_haul *h, struct label *l);
/* The queue of what is still to be looked at, least key first. */
void plan_queue_push(struct plan_query *q, int64_t key, uint32_t what);
uint32_t plan_queue_pop(struct plan_query *q);
bool plan_same_haul(const struct plan_haul *a, const struct plan_haul *b);
uint32_t plan_truck_limit_m(const struct plan_query *q);

/* Does the load fit a departure of the service? */
bool plan_group_ok(struct plan_query *q, uint32_t group);
static inline bool plan_service_ok(struct plan_query *q, uint32_t service)
{
    return plan_group_ok(q, q->p->rides.group_of[service]);
}

/* May the price of a group's rides differ from day to day? */
static inline bool plan_dated(const struct plan_query *q, uint32_t group)
{
    return q->p->rides.group[group].dated || q->load.agreed != NULL;
}

/* The price of a ride; money -1: not carried on that day. */
struct plan_price plan_ride_price(struct plan_query *q, uint32_t from_stop, uint32_t to_stop, int32_t day);
struct plan_price plan_class_price(struct plan_query *q, uint32_t class, int32_t day);
int64_t plan_stay_myuan(struct plan_query *q, uint32_t terminal, int64_t stay_s);
const struct plan_stay *plan_stay_of(struct plan_query *q, uint32_t terminal);
/* Does no stay cost anything here, or where a shuttle from here leads? */
bool plan_quiet(struct plan_query *q, uint32_t terminal);

/* May goods ride from one terminal to the other (see the rules above)? */
static inline bool plan_goes_on(const struct plan_query *q, uint32_t from, uint32_t to)
{
    const struct plan_network *p = q->p;
    return (q->near_from[to] <= q->near_from[from] || q->near_to[to] >= q->near_to[from]) &&
           geo_product(p->lies[from], p->lies[to]) <= p->ride_min;
}

/* What a ride on an edge costs and emits at least, by its group's rate; false: it takes no such load, or may
 * not be ridden. */
static inline bool plan_edge_least(const struct plan_query *q, const struct plan_edge *x,
                                   int64_t *money_myuan, int64_t *co2_g)
{
    const struct plan_rate *rate = &q->rate[x->group];
    *money_myuan = *co2_g = 0;
    if (!rate->ok) /* then its figures are none */
        return false;
    double line = rate->base_myuan + rate->per_m_myuan * x->distance_m;
    *money_myuan = (int64_t)(line > rate->least_myuan ? line : rate->least_myuan);
    *co2_g = (int64_t)(rate->g_per_m * x->distance_m - 0.5);
    return plan_goes_on(q, x->from, x->to);
}

size_t plan_bound_room(const struct plan_network *p); /* entries of q->bound, q->board */
size_t plan_board_room(const struct plan_network *p);
/* bounds.c: for one family, the least that is left. */
void plan_bounds(struct plan_query *q, enum plan_family f, int32_t first_day, int32_t last_day);
/* Of all labels that differ from l in the terminal only, by terminal. */
const struct plan_bound *plan_bounds_of(const struct plan_query *q, const struct label *l);
static inline const struct plan_bound *plan_bound_of(const struct plan_query *q, const struct label *l)
{
    return &plan_bounds_of(q, l)[l->terminal];
}
/* floors.c: the same by lower, cheaper bounds; sets the rates of the groups as well. */
bool plan_floors_new(const struct plan_network *p, struct plan_floors **out);
void plan_floors_free(struct plan_floors *f);
/* Once in a question, after its direct roads. */
void plan_floors_begin(struct plan_query *q);
/* False: no chain of the family can be as good as the best so far; the bounds are not to be asked. hopeful:
 * they may be those of chains of at most a total that is hoped for, which becomes q->single.limit; when
 * nothing is found below it, that limit was none. */
bool plan_floors_of(struct plan_query *q, enum plan_family f, bool hopeful);
/* When plan_floors_of was true: the terminals where its chains may begin, ascending. */
const uint32_t *plan_floor_near(const struct plan_query *q, uint32_t *count);
/* By terminal, for a slot of bounds_inside.h. */
const struct plan_bound *plan_floor_bounds(const struct plan_query *q, int slot);
/* The least of the truck's leg from the door to a terminal; s INT64_MAX: there is none. */
struct plan_bound plan_floor_out(const struct plan_query *q, uint32_t terminal);
/* bounds_back.c: the same towards the pickup, for the labels of backward.c. */
void plan_back_bounds(struct plan_query *q, enum plan_family f, int32_t first_day, int32_t last_day);
const struct plan_bound *plan_back_bounds_of(const struct plan_query *q, const struct label *l);

/* pickup.c: the latest pickup of a delivered label's chain, and what binds. */
struct plan_pickup plan_pickup_of(const struct plan_query *q, uint32_t label);
/* The last open instant not after `at`, CAL_NEVER when there is none. */
int64_t plan_last_open(const struct network *n, uint32_t hours, int64_t at);

/* backward.c: labels from the delivery to the pickup. A delivered label's arrive_at is minus its pickup. */
bool plan_label_backward(struct plan_query *q, enum plan_family f, struct err *e);
/* The same chain as labels of a forward search with ready_at = pickup; NET_NONE: no room in the pool. */
uint32_t plan_replay(struct plan_query *q, uint32_t label, int64_t pickup);

/* single.c: the best option of all families asked, as q->single (any false: there is none). */
bool plan_find_single(struct plan_query *q, struct err *e);
/* Takes the last label of the pool, a delivery, as the best when it is. */
void plan_single_take(struct plan_query *q, enum plan_family f, int64_t total_myuan);

/* Sets labels for one family; the delivered ones are the pool's front. */
bool plan_label_family(struct plan_query *q, enum plan_family f, struct err *e);
/* holding_myuan_per_s and co2_myuan_per_g of the question. */
void plan_set_rates(struct plan_query *q);

/* What a delivery costs in all (bare: without holding). */
int64_t plan_total_myuan(const struct plan_query *q, const struct label *l);
/* Holding cost and price of CO2 of a delivery, rounded as lines. */
int64_t plan_holding_myuan(const struct plan_request *r, int64_t arrive_at);
int64_t plan_co2_myuan(const struct plan_request *r, int64_t co2_g);

/* The itinerary of a delivered label; plan_bill: without co2_method. */
bool plan_bill(struct plan_query *q, enum plan_family f, uint32_t label, struct arena *a,
               struct plan_itinerary *out, struct err *e);
bool plan_build(struct plan_query *q, enum plan_family f, uint32_t label, struct arena *a,
                struct plan_itinerary *out, struct err *e);

/* connection.c: sets the connections of an itinerary's rides and how likely it is on time. */
void plan_connections(struct plan_query *q, struct plan_itinerary *it);

/* The fronts of the families of one question, in the answer's arena (margin.c). */
struct plan_fronts {
    struct label_front *of[FAMILY_COUNT];
    uint32_t count[FAMILY_COUNT];
};
/* Keeps the front of the family just searched. */
bool plan_fronts_keep(struct plan_query *q, enum plan_family f, struct arena *a, struct plan_fronts *x,
                      struct err *e);
/* Adds the margins to the families not offered, and those that are offered but best in nothing. */
bool plan_margins(const struct plan_query *q, const struct plan_fronts *x, struct arena *a,
                  struct plan_answer *out, struct err *e);

/* Why nothing was delivered. */
bool plan_explain(struct plan_query *q, enum plan_family f, struct arena *a, struct plan_not_offered *out,
                  struct err *e);

#endif
