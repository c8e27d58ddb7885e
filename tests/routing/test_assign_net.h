/* test_assign_net.h - small networks for the tests of assignment. */
#ifndef ZH_TEST_ASSIGN_NET_H
#define ZH_TEST_ASSIGN_NET_H

#include "import/tntp.h"
#include "test.h"
#include "whatif/assign.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NET_LINKS_MAX = 4000, NET_ZONES_MAX = 128 };

struct test_net {
    struct assign_problem p;
    struct assign_link link[NET_LINKS_MAX];
    struct assign_class class[2];
    struct trips trips[2];
};

/* t0 + slope x, or by BPR's own figures. */
static inline struct assign_link *net_link(struct test_net *n, uint32_t from, uint32_t to, double t0,
                                           double slope)
{
    struct assign_link *l = &n->link[n->p.link_count++];
    CHECK(n->p.link_count <= NET_LINKS_MAX);
    *l = (struct assign_link){
        .from = from, .to = to, .free_flow_time = t0, .capacity = 1, .power = 1, .length = 1};
    l->b = t0 > 0 ? slope / t0 : 0;
    return l;
}

static inline void net_trips(struct trips *t, uint32_t zones)
{
    *t = (struct trips){.zone_count = zones,
                        .first = calloc(zones + 1, sizeof *t->first),
                        .to = calloc(zones * zones + 1, sizeof *t->to),
                        .volume = calloc(zones * zones + 1, sizeof *t->volume)};
}

/* A full table; volumes come row by row. */
static inline struct test_net *net_new(uint32_t nodes, uint32_t zones, uint32_t classes)
{
    struct test_net *n = calloc(1, sizeof *n);
    n->p = (struct assign_problem){
        .node_count = nodes, .zone_count = zones, .link = n->link, .class = n->class, .class_count = classes};
    for (uint32_t c = 0; c < classes; c++) {
        net_trips(&n->trips[c], zones);
        for (uint32_t z = 0; z < zones; z++) {
            for (uint32_t d = 0; d < zones; d++)
                n->trips[c].to[z * zones + d] = d;
            n->trips[c].first[z + 1] = (z + 1) * zones;
        }
        n->class[c] = (struct assign_class){.pce = 1, .trips = &n->trips[c]};
    }
    return n;
}

static inline void net_demand(struct test_net *n, uint32_t class, uint32_t from, uint32_t to, double volume)
{
    n->trips[class].volume[from * n->p.zone_count + to] = volume;
}

static inline void net_free(struct test_net *n)
{
    for (int c = 0; c < 2; c++)
        trips_free(&n->trips[c]);
    free(n);
}

/* side x side junctions behind the zones, streets both ways, each zone tied to two junctions. */
static inline struct test_net *net_grid(uint32_t side, uint32_t zones, uint64_t seed, double load)
{
    struct test_net *n = net_new(zones + side * side, zones, 1);
    n->p.first_thru_node = zones;
    for (uint32_t v = 0; v < side * side; v++)
        for (int k = 0; k < 4; k++) {
            uint32_t x = v % side, y = v / side;
            if ((k == 0 && x + 1 == side) || (k == 1 && y + 1 == side) || (k == 2 && x == 0) ||
                (k == 3 && y == 0))
                continue;
            uint32_t w = k == 0 ? v + 1 : k == 1 ? v + side : k == 2 ? v - 1 : v - side;
            struct assign_link *l = net_link(n, zones + v, zones + w, 1 + test_rand_below(&seed, 4), 0);
            l->capacity = 50 + test_rand_below(&seed, 100);
            l->b = 0.15;
            l->power = 4;
            l->length = 1 + test_rand_below(&seed, 3);
            l->toll = test_rand_below(&seed, 4) == 0;
        }
    for (uint32_t z = 0; z < zones; z++)
        for (int k = 0; k < 2; k++) {
            uint32_t v = zones + test_rand_below(&seed, side * side);
            net_link(n, z, v, k, 0);
            net_link(n, v, z, k, 0);
        }
    for (uint32_t o = 0; o < zones; o++)
        for (uint32_t d = 0; d < zones; d++)
            if (test_rand_below(&seed, 3) > 0)
                net_demand(n, 0, o, d, load * (1 + test_rand_below(&seed, 9)) / zones);
    return n;
}

/* Runs it and lets the independent check look at it. */
static inline struct assign *net_run_on(const struct test_net *n, double gap, const struct cch_executor *x,
                                        struct assign_result *r)
{
    struct err e = {0};
    struct assign *a;
    struct assign_check c;
    struct assign_options o = {.gap = gap, .executor = x};
    CHECK_MSG(assign_new(&n->p, &a, &e), "%s", e.text);
    CHECK_MSG(assign_run(a, &o, r, &e), "%s", e.text);
    CHECK_MSG(r->converged, "gap %g after %u iterations", r->last.relative_gap, r->last.iteration);
    CHECK_MSG(assign_check(a, NULL, &c, &e), "%s", e.text);
    CHECK_MSG(c.relative_gap <= gap + 1e-14 && c.relative_gap >= -1e-14, "gap by the check is %g",
              c.relative_gap);
    CHECK_MSG(fabs(c.objective - r->last.objective) <= 1e-12 * fabs(c.objective),
              "objective %.15g, check %.15g", r->last.objective, c.objective);
    CHECK_MSG(fabs(c.total_time - r->last.total_time) <= 1e-12 * c.total_time, "time %.15g, check %.15g",
              r->last.total_time, c.total_time);
    CHECK_MSG(c.conservation < 1e-13 && c.link_sums < 1e-13 && c.negative == 0,
              "conservation %g, sums %g, least %g", c.conservation, c.link_sums, c.negative);
    return a;
}

static inline struct assign *net_run(const struct test_net *n, double gap, struct assign_result *r)
{
    return net_run_on(n, gap, NULL, r);
}

static inline double *net_flows(const struct assign *a, const struct test_net *n)
{
    double *flow = calloc(n->p.link_count + 1, sizeof *flow);
    assign_flows(a, flow);
    return flow;
}

/* NULL: not there. */
static inline struct test_net *net_case(const char *name)
{
    static struct demand_report report;
    struct err e = {0};
    struct tntp_net t;
    struct demand d;
    char net[300], trips[300];
    if (test_cases_dir() == NULL)
        return NULL;
    snprintf(net, sizeof net, "%s/tntp/%s_net.tntp", test_cases_dir(), name);
    snprintf(trips, sizeof trips, "%s/tntp/%s_trips.tntp", test_cases_dir(), name);
    if (access(net, R_OK) != 0 || access(trips, R_OK) != 0)
        return NULL;
    CHECK_MSG(tntp_read_net(net, &t, &e), "%s", e.text);
    CHECK_MSG(demand_read_tntp(trips, t.zone_count, &d, &report, &e), "%s", e.text);
    struct test_net *n = net_new(t.node_count, t.zone_count, 1);
    for (uint32_t i = 0; i < t.link_count; i++) {
        struct assign_link *l =
            net_link(n, t.link[i].from - 1, t.link[i].to - 1, t.link[i].free_flow_time, 0);
        l->capacity = t.link[i].capacity;
        l->b = t.link[i].b;
        l->power = t.link[i].power;
        l->toll = t.link[i].toll;
        l->length = t.link[i].length;
    }
    n->p.first_thru_node = t.first_thru_node - 1;
    trips_free(&n->trips[0]);
    CHECK(demand_sum(&d, NULL, NULL, 1, &n->trips[0], &e));
    demand_free(&d);
    tntp_net_free(&t);
    return n;
}

static inline void net_both_ways(struct test_net *n, uint32_t x, uint32_t y, double time, double capacity)
{
    for (int k = 0; k < 2; k++) {
        struct assign_link *l = net_link(n, (k ? y : x) - 1, (k ? x : y) - 1, time, 0);
        l->capacity = capacity;
        l->b = 0.15;
        l->power = 4;
    }
}

static inline void net_close(struct test_net *n, uint32_t x, uint32_t y)
{
    for (uint32_t i = 0; i < n->p.link_count; i++)
        if ((n->link[i].from + 1 == x && n->link[i].to + 1 == y) ||
            (n->link[i].from + 1 == y && n->link[i].to + 1 == x))
            n->link[i].closed_to = 1;
}

#endif
