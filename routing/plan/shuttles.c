/* shuttles.c - truck legs between terminals where a chain changes, made once for a network. */
#include "plan/engine.h"

#include <math.h>
#include <stdlib.h>

static bool no_memory(struct err *e)
{
    return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the truck legs between terminals");
}

/* Great circle, metres: only to leave out far pairs before a road search. */
static double far_m(struct net_point a, struct net_point b)
{
    const double rad = 3.14159265358979 / 180e7, earth_m = 6371000;
    double dlat = (b.lat_e7 - (double)a.lat_e7) * rad, dlon = (b.lon_e7 - (double)a.lon_e7) * rad;
    double h = pow(sin(dlat / 2), 2) + cos(a.lat_e7 * rad) * cos(b.lat_e7 * rad) * pow(sin(dlon / 2), 2);
    return 2 * earth_m * asin(sqrt(h < 1 ? h : 1));
}

/* May a chain change there: a ride ends at a, and one that its family may go on with begins at b? */
static bool may_shuttle(const struct plan_network *p, uint32_t a, uint32_t b)
{
    enum { RAIL = 1 << MODE_RAIL, WATER = 1 << MODE_WATER };
    const struct network *n = p->net;
    unsigned ends = p->stop_modes[a], begins = p->call_modes[b];
    if (a == b || n->terminal[a].status != STATUS_OPEN || n->terminal[b].status != STATUS_OPEN)
        return false;
    if (!(ends & begins) && !(ends & RAIL && begins & WATER) && !(ends & WATER && begins & RAIL))
        return false;
    return far_m(n->node_point[n->terminal[a].node], n->node_point[n->terminal[b].node]) <=
           PLAN_SHUTTLE_MAX_M;
}

static bool price_shuttles(struct plan_network *p, uint32_t from, struct road_query *rq,
                           struct road_cost *cost, uint32_t *to, struct err *e)
{
    uint32_t first = p->shuttle_first[from], count = p->shuttle_first[from + 1] - first;
    if (count == 0)
        return true;
    (void)e;
    for (uint32_t i = 0; i < count; i++)
        to[i] = p->node[p->shuttle[first + i].to];
    for (int c = 1; c < PLAN_CLASSES; c++)
        for (int f = 0; f < PLAN_FORMS; f++) {
            for (uint32_t i = 0; i < count; i++)
                cost[i] = (struct road_cost){.weight = ROAD_INF};
            for (uint32_t i = 0; p->hubs[c][f] != NULL && i < count; i++)
                road_hubs_between(p->hubs[c][f], from, p->shuttle[first + i].to, &cost[i]);
            if (p->metric[c][f] != NULL && p->hubs[c][f] == NULL)
                road_one_to_many(rq, p->metric[c][f], p->node[from], to, count, cost);
            for (uint32_t i = 0; i < count; i++)
                p->shuttle[first + i].cost[c][f] = cost[i];
        }
    return true;
}

/* Counting sort of the shuttles by where they lead to. */
static bool turn_shuttles(struct plan_network *p)
{
    uint32_t t = p->net->terminal_count, count = p->shuttle_first[t];
    p->back_first = calloc((size_t)t + 2, sizeof *p->back_first);
    p->back = calloc((size_t)count + 1, sizeof *p->back);
    p->back_from = calloc((size_t)count + 1, sizeof *p->back_from);
    if (p->back_first == NULL || p->back == NULL || p->back_from == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++)
        p->back_first[p->shuttle[i].to + 2]++;
    for (uint32_t i = 0; i < t; i++)
        p->back_first[i + 2] += p->back_first[i + 1];
    for (uint32_t from = 0; from < t; from++)
        for (uint32_t i = p->shuttle_first[from]; i < p->shuttle_first[from + 1]; i++) {
            uint32_t at = p->back_first[p->shuttle[i].to + 1]++;
            p->back[at] = i;
            p->back_from[at] = from;
        }
    return true;
}

bool plan_make_shuttles(struct plan_network *p, struct err *e)
{
    const struct network *n = p->net;
    uint32_t t = n->terminal_count, count = 0;
    p->shuttle_first = calloc((size_t)t + 1, sizeof *p->shuttle_first);
    if (p->shuttle_first == NULL)
        return no_memory(e);
    for (int pass = 0; pass < 2; pass++) {
        count = 0;
        for (uint32_t a = 0; a < t; a++) {
            p->shuttle_first[a] = count;
            for (uint32_t b = 0; b < t; b++) {
                if (!may_shuttle(p, a, b))
                    continue;
                if (pass == 1)
                    p->shuttle[count].to = b;
                count++;
            }
        }
        p->shuttle_first[t] = count;
        if (pass == 0 && (p->shuttle = calloc((size_t)count + 1, sizeof *p->shuttle)) == NULL)
            return no_memory(e);
    }
    struct road_query *rq = NULL;
    struct road_cost *cost = calloc((size_t)t + 1, sizeof *cost);
    uint32_t *to = calloc((size_t)t + 1, sizeof *to);
    bool ok =
        cost != NULL && to != NULL && turn_shuttles(p) ? road_query_new(n, p->index, &rq, e) : no_memory(e);
    for (uint32_t a = 0; ok && a < t; a++)
        ok = price_shuttles(p, a, rq, cost, to, e);
    free(cost);
    free(to);
    road_query_free(rq);
    return ok;
}

/* There, and where shuttles lead to. */
static void join(struct plan_network *p, uint32_t at, unsigned bits)
{
    p->joins[at] |= (uint8_t)bits;
    for (uint32_t i = p->shuttle_first[at]; i < p->shuttle_first[at + 1]; i++)
        p->joins[p->shuttle[i].to] |= (uint8_t)bits;
}

bool plan_make_joins(struct plan_network *p, struct err *e)
{
    const struct plan_rides *r = &p->rides;
    _Static_assert(2 * MODE_COUNT <= 8, "bits of joins");
    p->joins = calloc((size_t)p->net->terminal_count + 1, sizeof *p->joins);
    if (p->joins == NULL)
        return no_memory(e);
    for (unsigned m = 0; m < MODE_COUNT; m++)
        for (uint32_t i = r->edge_first[m]; i < r->edge_first[m + 1]; i++)
            join(p, r->edge[i].to, 1u << m);
    for (uint32_t i = 0; i < r->edge_count; i++)
        join(p, r->edge[i].to, (p->joins[r->edge[i].from] & ((1u << MODE_COUNT) - 1)) << MODE_COUNT);
    for (uint32_t i = 0; i < p->net->terminal_count; i++)
        p->joins[i] |= (uint8_t)(p->joins[i] << MODE_COUNT);
    return true;
}

const struct plan_shuttle *plan_shuttle_of(const struct plan_network *p, uint32_t from, uint32_t to)
{
    for (uint32_t i = p->shuttle_first[from]; i < p->shuttle_first[from + 1]; i++)
        if (p->shuttle[i].to == to)
            return &p->shuttle[i];
    return NULL;
}
