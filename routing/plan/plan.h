/* plan.h - the question a shipper asks and the itineraries that answer it.
 *
 * A plan_network is what a network version needs beyond its arrays to answer quickly: the road metrics of the
 * vehicle classes, truck costs between terminals, services by terminal. It is built once, immutable, shared
 * by threads. A plan_query is one thread's scratch. Everything an answer holds lies in the caller's arena.
 *
 * The search (search.c) sets labels over (arrival, money, CO2) on the states of terminals: Pareto search
 * after Martins (1984) and Delling, Pajor, Werneck (2012), with time-dependent departures. An answer holds,
 * for every family that is asked and legal, all options that nothing beats over (arrival, total, CO2),
 * exactly.
 *
 * Instants are UTC seconds. Money is in myuan (1/1000 yuan); every cost line is rounded to the fen when it
 * is made, so that sums are exact. Masses kg, CO2e grams.
 */
#ifndef ZH_PLAN_PLAN_H
#define ZH_PLAN_PLAN_H

#include "base/arena.h"
#include "base/err.h"
#include "freight/cargo.h"
#include "network/network.h"
#include "road/road.h"

enum plan_family {
    FAMILY_ROAD,       /* 公路 truck door to door */
    FAMILY_RAIL_ROAD,  /* 公铁 */
    FAMILY_AIR_ROAD,   /* 公空 */
    FAMILY_RAIL_WATER, /* 铁水 a rail leg and a river or sea leg, trucks at the ends */
    FAMILY_ROAD_WATER, /* 公水 */
    FAMILY_COUNT
};

const char *plan_family_name(enum plan_family f);    /* "RAIL_ROAD" */
const char *plan_family_name_zh(enum plan_family f); /* "公铁" */

struct plan_containers {
    char iso_type[5]; /* "22G1" */
    uint32_t count;
    uint8_t teu; /* of one */
};

enum {
    PLAN_CONTAINERS_MAX = 16,
    PLAN_LEGS_MAX = 8,
    PLAN_FORMS = 2, /* of a truck's way: fastest, cheapest */
    PLAN_VIA_MAX = 8,
    PLAN_ALTERNATIVES_MAX = 8,
    PLAN_OPTIONS_MAX = 32,
    PLAN_DRAYAGE_PERMILLE = 500,
};

/* The answer is the best option in this of all families asked alone, without reasons while there is one. Of
 * equally cheap ones the earliest, of equally early or clean ones the cheapest, then the cleanest, the
 * earliest, that of the first family. CHEAPEST and EARLIEST have a search of their own (single.c), much
 * quicker; CLEANEST takes the whole fronts. Asked with max_options 1, without latest_pickup, alternatives and
 * tolerance. */
enum plan_single_by { SINGLE_NO, SINGLE_CHEAPEST, SINGLE_EARLIEST, SINGLE_CLEANEST };

struct plan_cargo {
    const char *commodity;
    int64_t mass_kg, volume_dm3; /* volume 0: unknown */
    struct plan_containers containers[PLAN_CONTAINERS_MAX];
    uint32_t container_count; /* 0: not in boxes */
    bool bulk, chilled, dangerous;
    uint8_t dangerous_class;    /* 10 x class + division: 30 is class 3, 41 is 4.1; 0: not told */
    int16_t min_c, max_c;       /* of chilled cargo; 0 and 0: not told */
    struct freight_piece piece; /* the largest one; 0: not told */
    int64_t value_yuan;
};

struct plan_box {
    int32_t south_e7, west_e7, north_e7, east_e7;
};

/* Roads that no truck of the answer may use: links by the source's ids, and every link that passes a box. */
struct plan_avoid {
    const int64_t *link_id;
    const struct plan_box *box;
    uint32_t link_count, box_count;
};

struct plan_request {
    uint32_t from, to; /* node indices, checked by the caller */
    struct plan_cargo cargo;
    int64_t ready_at, deliver_by; /* deliver_by 0: no limit */
    uint32_t families;            /* mask of 1 << plan_family */
    struct road_profile vehicle;  /* vehicle_class 0: chosen by the load */
    bool second_driver;
    /* What the truck legs of a chain with rides may drive together, of the direct road: 1..1000, 0:
     * PLAN_DRAYAGE_PERMILLE. A chain is pre-carriage, main carriage, on-carriage: a truck that does most of
     * the way is none (Directive 92/106/EEC bounds it likewise, by 150 km or the nearest terminal). */
    uint16_t drayage_permille;
    uint32_t max_options;                /* 1..32 */
    uint8_t single;                      /* enum plan_single_by */
    int64_t value_of_time_myuan_per_t_h; /* holding cost beside the goods' value; 0 none */
    int64_t co2_price_myuan_per_t;
    /* An option beside another of its family is better in something by more than this: seconds, myuan (of the
     * dearer one's total the permille, when that is more), grams. All 0: by anything at all. */
    int64_t tolerance_s, tolerance_myuan, tolerance_g;
    uint32_t tolerance_permille;
    /* Backward: the latest pickups for delivery by deliver_by, which must be given. ready_at is then the
     * earliest pickup, 0: any. Options have nothing that is picked up later, costs less (without holding) and
     * emits less in their family; each is an answer to the same question with ready_at = its latest_pickup.
     */
    bool latest_pickup;
    const struct freight_agreed *agreed;   /* the firm's tariffs with its carriers; NULL: as published */
    const char *scenario;                  /* whose network this is, for plan_ref; NULL: none */
    const struct plan_avoid *avoid;        /* NULL: nothing */
    uint32_t via[PLAN_VIA_MAX], via_count; /* nodes that a truck from door to door passes, in this order */
    uint32_t alternatives; /* other good ways of the truck from door to door, at most, beside max_options */
    /* Also: how sure the connections of the options are and what a missed one costs; what a family that is
     * not offered would be without the obstacle (a further search for each). */
    bool explain;
    /* The metrics of plan_own_profiles, made by the caller; NULL: the query makes and frees them itself. */
    const struct road_metric *own[PLAN_FORMS];
};

/* What keeps a chain from being picked up later. */
enum plan_binding {
    BINDS_NOTHING,   /* a truck from door to door without deliver_by */
    BINDS_CARGO,     /* acceptance of cargo for a departure, or the departure itself */
    BINDS_DOCUMENTS, /* papers for a departure: they are ready with the cargo */
    BINDS_SECURITY,
    BINDS_HOURS,   /* the gate closes before the cut-off */
    BINDS_DELIVERY /* deliver_by */
};

const char *plan_binding_name(enum plan_binding b); /* "cargo" */

struct plan_pickup {
    int64_t at; /* the cargo may be ready as late as this for the very same departures; 0: nothing binds */
    int64_t slack_s; /* at - ready_at */
    uint8_t binds;   /* enum plan_binding */
    uint8_t leg;     /* whose cut-off it is */
};

enum plan_leg_mode { LEG_TRUCK, LEG_TRAIN, LEG_VESSEL, LEG_FLIGHT };

/* What becomes of an option of which one connection is missed (connection.c). */
struct plan_missed {
    bool none; /* no further departure within the horizon, or no gate opens: the rest is not set */
    bool past_deadline;
    uint32_t service; /* of the next departure between the same terminals */
    int32_t day;
    int64_t depart_at, arrive_at;         /* arrive_at: of the whole option */
    int64_t later_s, dearer_myuan;        /* than planned */
    int64_t storage_myuan, holding_myuan; /* parts of it */
};

struct plan_connection {    /* to a departure by timetable */
    uint16_t made_permille; /* probability of being ready at its cut-off */
    bool estimated;
    int64_t slack_s; /* by median times */
    struct plan_missed missed;
};

struct plan_leg {
    uint8_t mode; /* enum plan_leg_mode */
    uint8_t vehicle_class;
    uint16_t trucks;
    uint32_t service;            /* NET_NONE for a truck that runs to order */
    uint32_t from_stop, to_stop; /* indices into net.stop; NET_NONE for trucks */
    int32_t service_day;         /* the operating day of the departure at the first stop */
    uint32_t from_node, to_node;
    uint32_t from_terminal, to_terminal; /* NET_NONE at a door */
    int64_t ready_at;                    /* cargo ready to board (after handling) */
    int64_t cutoff_at;                   /* latest ready_at for this departure; 0 for trucks */
    int64_t depart_at, arrive_at;
    int64_t distance_m, rest_s, drive_s;
    int64_t toll_myuan;
    int64_t co2_wtw_g, co2_ttw_g, co2_wtt_g; /* well-to-wheel is tank-to-wheel + well-to-tank */
    int64_t hub_wtw_g, hub_ttw_g; /* of the terminal before the leg and, on the last leg, behind it */
    int64_t chargeable_kg;        /* of the goods: by air at least 1 kg per 6 dm3 */
    uint32_t boxes, teu;          /* 0: not in boxes */
    uint16_t height_cm,
        width_cm;         /* of a loaded truck that passes its class's (needs a permit); 0: it does not */
    uint32_t emission;    /* row of the factor */
    const uint32_t *arcs; /* of a truck leg, when asked for */
    uint32_t arc_count;
    uint8_t form; /* of a truck's way: 0 the fastest, 1 the cheapest; of equals in time the fastest */
    struct plan_connection connection; /* of a ride, when explain was asked */
};

enum plan_line_kind {
    LINE_TRUCK_RUNNING,
    LINE_TRUCK_TIME,
    LINE_TRUCK_FIXED,
    LINE_TOLL,
    LINE_EMPTY_RETURN,
    LINE_TARIFF,   /* a net_tariff_rule: its kind is in `charge` */
    LINE_HANDLING, /* a net_handling row */
    LINE_HOLDING,
    LINE_CO2,
    LINE_REEFER,  /* a truck's cooling unit */
    LINE_STORAGE, /* a net_storage row: storage or demurrage while the cargo waits for a departure */
    LINE_KIND_COUNT
};

/* amount = quantity x rate, rounded to the fen (see bill.h). */
struct plan_line {
    uint8_t kind;   /* enum plan_line_kind */
    uint8_t charge; /* enum net_charge, for LINE_TARIFF */
    uint8_t leg;    /* index of the leg it belongs to; handling belongs to the leg that it precedes or ends */
    bool estimated;
    uint32_t row;         /* index of the tariff rule, handling, toll or vehicle row; NET_NONE none */
    int64_t amount_myuan; /* a multiple of 10 */
    const char *basis;    /* "32.000 t", "2 trucks x 812.400 km", in the arena */
    const char *rate;     /* "7.000 yuan/km" */
    net_str source;
    const char *agreed; /* name of the contract: row is of the request's agreed rules; NULL: published */
};

struct plan_itinerary {
    enum plan_family family;
    uint32_t leg_count, line_count;
    struct plan_leg *legs;
    struct plan_line *lines;
    int64_t total_myuan, depart_at, arrive_at, distance_m;
    int64_t co2_wtw_g, co2_ttw_g, co2_wtt_g; /* of legs and hubs */
    int64_t hub_wtw_g, hub_ttw_g;            /* the hubs' part of them */
    const char *co2_method;                  /* method, and the factors used with their sources */
    struct plan_pickup latest_pickup;
    /* When explain was asked: the probability that all connections are made and deliver_by is kept. */
    uint16_t on_time_permille;
    bool on_time_estimated;
    bool earliest, cheapest, cleanest; /* best of its family in that; backward: latest pickup first */
    uint8_t alternative;               /* 1..: another way of the direct truck; 0: found by the search */
    uint16_t shared_permille;          /* of an alternative: with the nearest of the ways before it */
};

enum plan_reason {
    REASON_NO_SERVICE, /* no chain of services joins the two */
    REASON_CARGO,      /* no terminal or service on a chain handles this cargo */
    REASON_DEADLINE,   /* every chain arrives after deliver_by */
    REASON_EXPIRED,    /* the timetable does not reach the date */
    REASON_NO_ROAD,    /* no open road for the vehicle */
    REASON_CAPACITY,   /* the load is larger than a departure of any chain */
    REASON_DOMINATED,  /* offered, but each option is beaten by one of another family */
    REASON_NEVER_BEST, /* offered, but not the earliest, the cheapest or the cleanest of all families */
    REASON_COUNT
};

const char *plan_reason_name(enum plan_reason r); /* "no_service" */

/* What the asked value passes. name "": no limit with a number or name. */
struct plan_broken {
    const char *name; /* "capacity", "piece_width", "truck_distance", "deliver_by", ... */
    const char *unit; /* "kg", "1/1000 TEU", "cm", "C", "class", "m", "s", "day" */
    const char *of;   /* the terminal, service or truck; "" several */
    int64_t limit, asked;
};

/* Why a family has no option, or why its options are best in nothing; by how much; and where it would win.
 * Worked out from the whole fronts of all families that were asked (margin.c), before tolerance and
 * max_options. Arrivals are pickups in a backward question: there the later one is better. Money: totals of
 * options. */
struct plan_not_offered {
    enum plan_family family;
    enum plan_reason reason;
    const char *text; /* a sentence with by how much */
    bool offered;     /* DOMINATED, NEVER_BEST */
    struct plan_broken broken;
    /* Its best, each by itself, behind the best of the other families; below 0: ahead. Not offered: by the
     * would_*. 0 when no other family has an option. */
    int64_t later_s, dearer_myuan, dirtier_g;
    /* DOMINATED: the highest total with which one of its options, at its arrival and CO2, would be cheaper
     * than all options of others that are not later and not dirtier; and that one's total less this. Of its
     * options the one that lacks least. Otherwise: to be cheaper than all others, by its cheapest. 0: no
     * price would do. */
    int64_t win_total_myuan, win_cheaper_myuan;
    /* The same of arrival: DOMINATED, earlier than all that are not dearer and not dirtier; otherwise earlier
     * than all; DEADLINE: deliver_by. */
    int64_t win_arrive_at, win_sooner_s;
    /* Not offered: what it would be without that one obstacle (explain; DEADLINE has the arrival always),
     * each by itself. 0: not known. */
    int64_t would_arrive_at, would_total_myuan, would_co2_g;
};

struct plan_answer {
    struct plan_itinerary *options; /* by family, then arrival */
    uint32_t option_count;
    struct plan_not_offered not_offered[FAMILY_COUNT];
    uint32_t not_offered_count;
    uint32_t alternative_count; /* the last of the options */
    uint32_t label_count;       /* labels made, for benchmarks */
};

struct plan_network;
struct plan_query;

/* Takes no ownership of n, which must outlive it. */
bool plan_network_new(const struct network *n, struct plan_network **out, struct err *e);
/* The same with the metrics of the vehicle classes made on the executor's threads (road/cch.h). */
bool plan_network_new_on(const struct network *n, const struct cch_executor *x, struct plan_network **out,
                         struct err *e);
/* Makes its metrics quicker to ask (road_metric_sharpen), one after the other, while others ask; ends early,
 * as a success, when stop says so. */
bool plan_network_sharpen(struct plan_network *p, bool (*stop)(void *ctx), void *ctx, struct err *e);
/* Gives the profile's metric its sums (road/sums.h), while others ask it. NOT_FOUND: the network has none for
 * it. */
bool plan_network_sum(struct plan_network *p, const struct road_profile *v, struct err *e);
void plan_network_free(struct plan_network *p);

/* The hierarchy, NULL when the network has none: for queries of the road layer beside the plan's. */
const struct road_index *plan_network_index(const struct plan_network *p);
/* The metric that stands for this profile, NULL when none was made at load: only classes without measures of
 * their own, fastest and cheapest. */
const struct road_metric *plan_network_metric(const struct plan_network *p, const struct road_profile *v);
/* Bytes of the metric of a class, with the tables that are read instead of it; 0: there is none. */
size_t plan_network_class_bytes(const struct plan_network *p, uint8_t vehicle_class, uint8_t objective);
/* Bytes of a metric of this network, about, before there is one. */
size_t plan_network_metric_bytes(const struct plan_network *p);

/* Takes out of a profile what is its class's anyway: two profiles of one metric become equal. */
void plan_profile_simplify(const struct network *n, struct road_profile *v);
/* The profiles of the request's truck, fastest and cheapest, when its metrics are not just its class's
 * (measures of its own, dangerous goods, roads to avoid); false: they are, or no truck carries the load. */
bool plan_own_profiles(const struct plan_network *p, const struct plan_request *r,
                       struct road_profile out[PLAN_FORMS]);
/* The truck that carries the request's load, with the request's measures; false: no class carries it. */
bool plan_truck(const struct plan_network *p, const struct plan_request *r, struct road_profile *out);
/* A metric like those of the network, customized for its hierarchy, with what is to be avoided (may be NULL)
 * closed. NOT_FOUND, INVALID_ARGUMENT with field avoid.link_ids: no such road. */
bool plan_make_metric(const struct plan_network *p, const struct road_profile *v,
                      const struct plan_avoid *avoid, struct road_metric **out, struct err *e);
/* The arcs of the roads to avoid, ascending, by malloc (also when there are none). Cost: a pass over the
 * links. */
bool plan_avoid_arcs(const struct network *n, const struct plan_avoid *avoid, uint32_t **arcs,
                     uint32_t *count, struct err *e);

bool plan_query_new(const struct plan_network *p, struct plan_query **out, struct err *e);
void plan_query_free(struct plan_query *q);

/* Why a search may be stopped: called now and then; true stops with DEADLINE_EXCEEDED. */
typedef bool plan_stop_fn(void *ctx);

/* Answers a request. Fails with INVALID_ARGUMENT (field named), RESOURCE_EXHAUSTED (labels, arena) or
 * DEADLINE_EXCEEDED; a question without options is a success with reasons. */
bool plan_search(struct plan_query *q, const struct plan_request *r, plan_stop_fn *stop, void *stop_ctx,
                 struct arena *a, struct plan_answer *out, struct err *e);

/* The option of one family that arrives first, or (cheapest) costs least; of equals the better in the other:
 * as plan_search has it among its options, alone, without co2_method and latest_pickup. Not found: there is
 * none, and plan_search says why. Fails as plan_search does; for one family, without latest_pickup and
 * alternatives; tolerance, explain and max_options do not count. */
bool plan_cost(struct plan_query *q, const struct plan_request *r, bool cheapest, plan_stop_fn *stop,
               void *stop_ctx, struct arena *a, struct plan_itinerary *out, bool *found, struct err *e);

/* The best of a family by itself; of equal cost the earlier, of equal arrival the cheaper. */
struct plan_best {
    bool any; /* false: the family has no option, the rest is 0 */
    int64_t cheapest_myuan, cheapest_at, cheapest_co2_g;
    int64_t fastest_at, fastest_myuan, fastest_co2_g;
};

/* The cheapest and the fastest of each family asked, as plan_search's options have them, without itineraries.
 * Fails as plan_search does; latest_pickup and alternatives are refused. */
bool plan_best(struct plan_query *q, const struct plan_request *r, plan_stop_fn *stop, void *stop_ctx,
               struct arena *a, struct plan_best out[FAMILY_COUNT], struct err *e);

/* How many boxes of a type the goods fill, by payload and inner volume, for a shipper who does not know (the
 * request check holds the largest piece against the door). Fails with field cargo.containers: NOT_FOUND, the
 * network has no such type; INVALID_ARGUMENT, more than a request takes. */
bool plan_boxes_needed(const struct network *n, const struct plan_cargo *c, const char *iso_type,
                       uint32_t *count, struct err *e);

/* One departure worth taking: nothing in its family leaves later, arrives earlier, costs and emits less. */
struct plan_profile_point {
    enum plan_family family;
    int64_t depart_at;                     /* latest pickup of its chain */
    int64_t arrive_at, money_myuan, co2_g; /* money: without holding, with the price of CO2 */
    uint8_t binds;                         /* enum plan_binding */
};

struct plan_profile {
    struct plan_profile_point *points; /* by family, then departure */
    uint32_t count;
    uint32_t searches; /* forward searches it took */
    int64_t more_from; /* 0: all of the window; otherwise points_max was reached: ask on from here */
};

enum { PLAN_PROFILE_MAX = 4096 };

/* All useful departures of chains with rides from ready_at to ready_at + window_s (at most 31 days): what
 * plan_search finds at every instant between, without the truck from door to door, which leaves at any. An
 * option of the search at an instant t has the same arrival, money and CO2 as a point whose depart_at is not
 * before t. Fails as plan_search does; INVALID_ARGUMENT for window_s or points_max (1..PLAN_PROFILE_MAX). */
bool plan_profile(struct plan_query *q, const struct plan_request *r, int64_t window_s, uint32_t points_max,
                  plan_stop_fn *stop, void *stop_ctx, struct arena *a, struct plan_profile *out,
                  struct err *e);

/* Checks a request's numbers before anything is searched: mass, volume, times, class, temperatures; and that
 * the goods fit the boxes they are said to be in. */
bool plan_request_check(const struct network *n, const struct plan_request *r, struct err *e);

/* The arcs of an option's truck legs, for drawing. */
bool plan_geometry(struct plan_query *q, const struct plan_request *r, struct plan_itinerary *it,
                   struct arena *a, struct err *e);

/* A reference to one option of one question (ref.h): 32 hex digits and NUL. */
void plan_ref(const struct network *n, const struct plan_request *r, const struct plan_itinerary *it,
              char out[33]);

/* The independent checker (checker.c): derives times, legality, sums and CO2 of an itinerary again from the
 * network without the search's code. False with the first thing that is wrong. */
bool plan_check(const struct network *n, const struct plan_request *r, const struct plan_itinerary *it,
                struct err *e);

#endif
