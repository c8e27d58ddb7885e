/* rides.h - the service graph beside the network: what rides cost alike, and the least that a ride between
 * two terminals takes. Made once with the plan_network; knows no load.
 *
 * A group is the services that differ in name, stops, calendar and hours only: one of them stands for all
 * when a load is judged or priced. A class is a group and a distance: its rides cost the same on the same
 * day. An edge is a pair of terminals that some service of a group joins over a distance, with the shortest
 * running time of them all; its runs are the services that do, and where they are boarded and left. What is
 * true of one run's price, emissions and of who may ride it is true of all: they differ in time only.
 */
#ifndef ZH_PLAN_RIDES_H
#define ZH_PLAN_RIDES_H

#include "base/err.h"
#include "network/network.h"

struct plan_ride_group {
    uint32_t service; /* one of them */
    bool dated;       /* a rule of its tariff begins or ends some day */
};

struct plan_ride_class {
    uint32_t group, distance_m;
};

struct plan_edge {
    uint32_t from, to; /* terminals */
    uint32_t class, group, distance_m, least_s;
    uint32_t run_first; /* up to that of the next edge */
};

/* What of a service tells when it runs from one stop to another: minutes after its operating day begins. */
struct plan_run {
    uint32_t call, land; /* stops */
    uint32_t service, leave_min, land_min;
    int32_t valid_from_day, valid_to_day;
    bool daily; /* on every one of these days */
};

struct plan_rides {
    uint32_t *land_first, *land; /* [terminal * MODE_COUNT + mode]: stops where its services are left */
    uint32_t *first;             /* stop -> its ride to the next stop; those to the stops after that follow */
    uint32_t *class_of;          /* ride -> class */
    struct plan_ride_class *class;
    struct plan_ride_group *group;
    struct plan_edge *edge; /* by mode, then from, then to; one more than there are */
    struct plan_run *run;
    uint32_t *out_first;         /* [mode * terminals + from]: its first edge; those of the next end it */
    uint32_t *into_first, *into; /* [mode * terminals + to]: edges that end there */
    uint32_t *group_of;          /* service -> group */
    uint32_t ride_count, class_count, group_count, edge_count;
    uint32_t edge_first[MODE_COUNT + 1];
};

/* Frees what it made when it fails (RESOURCE_EXHAUSTED). */
bool plan_rides_new(struct plan_rides *r, const struct network *n, struct err *e);
void plan_rides_free(struct plan_rides *r);

#endif
