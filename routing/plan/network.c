#include "freight/truck.h"
#include "plan/engine.h"

#include <math.h>
#include <stdlib.h>

static const uint8_t forms[PLAN_FORMS] = {ROAD_FASTEST, ROAD_CHEAPEST};

static bool no_memory(struct err *e)
{
    return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the freight tables of a network");
}

static bool make_metrics(struct plan_network *p, struct err *e)
{
    if (p->net->cch_order_count > 0 && !road_index_new(p->net, &p->index, e))
        return false;
    for (uint32_t i = 0; i < p->net->vehicle_count; i++) {
        uint8_t c = p->net->vehicle[i].vehicle_class;
        if (c == 0 || c >= PLAN_CLASSES || p->metric[c][0] != NULL)
            continue;
        for (int f = 0; f < PLAN_FORMS; f++) {
            struct road_profile profile = {.vehicle_class = c, .objective = forms[f]};
            if (!road_metric_new(p->net, &profile, &p->metric[c][f], e) ||
                (p->index != NULL && !road_metric_customize(p->metric[c][f], p->index, NULL, e)))
                return false;
        }
    }
    return true;
}

static void put_cutoff(struct plan_network *p, const struct net_cutoff *c)
{
    uint16_t *at = c->kind == CUTOFF_DOCUMENTS ? p->document_min : p->cutoff_min;
    at += c->terminal * MODE_COUNT + c->mode;
    if (*at < c->before_min)
        *at = c->before_min;
}

/* Stops where a service may be boarded, grouped by terminal (counting sort). */
static bool make_calls(struct plan_network *p, struct err *e)
{
    const struct network *n = p->net;
    uint32_t t = n->terminal_count;
    p->node = calloc((size_t)t + 1, sizeof *p->node);
    p->call_first = calloc((size_t)t + 2, sizeof *p->call_first);
    p->call = calloc((size_t)n->stop_count + 1, sizeof *p->call);
    p->call_modes = calloc((size_t)t + 1, 1);
    p->cutoff_min = calloc(((size_t)t + 1) * MODE_COUNT, sizeof *p->cutoff_min);
    p->document_min = calloc(((size_t)t + 1) * MODE_COUNT, sizeof *p->document_min);
    if (!p->node || !p->call_first || !p->call || !p->call_modes || !p->cutoff_min || !p->document_min)
        return no_memory(e);
    for (uint32_t i = 0; i < t; i++)
        p->node[i] = n->terminal[i].node;
    for (uint32_t i = 0; i < n->cutoff_count; i++)
        put_cutoff(p, &n->cutoff[i]);
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t s = 0; s < n->service_count; s++) {
            const struct net_service *v = &n->service[s];
            for (uint32_t k = v->stop_first; k + 1 < v->stop_first + v->stop_count; k++) {
                uint32_t at = n->stop[k].terminal;
                p->call_modes[at] |= (uint8_t)(1u << v->mode);
                if (pass == 0)
                    p->call_first[at + 2]++;
                else
                    p->call[p->call_first[at + 1]++] = k;
            }
        }
        for (uint32_t i = 0; pass == 0 && i < t; i++)
            p->call_first[i + 2] += p->call_first[i + 1];
    }
    return true;
}

/* Great circle, metres: only to leave out far pairs before a road search. */
static double far_m(struct net_point a, struct net_point b)
{
    const double rad = 3.14159265358979 / 180e7, earth_m = 6371000;
    double dlat = (b.lat_e7 - (double)a.lat_e7) * rad, dlon = (b.lon_e7 - (double)a.lon_e7) * rad;
    double h = pow(sin(dlat / 2), 2) + cos(a.lat_e7 * rad) * cos(b.lat_e7 * rad) * pow(sin(dlon / 2), 2);
    return 2 * earth_m * asin(sqrt(h < 1 ? h : 1));
}

static bool may_shuttle(const struct network *n, uint32_t a, uint32_t b)
{
    enum { RAIL = 1 << MODE_RAIL, WATER = 1 << MODE_WATER };
    unsigned ma = n->terminal[a].modes, mb = n->terminal[b].modes;
    if (a == b || n->terminal[a].status != STATUS_OPEN || n->terminal[b].status != STATUS_OPEN)
        return false;
    if (!((ma & RAIL && mb & WATER) || (ma & WATER && mb & RAIL)))
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
            if (p->metric[c][f] != NULL)
                road_one_to_many(rq, p->metric[c][f], p->node[from], to, count, cost);
            for (uint32_t i = 0; i < count; i++)
                p->shuttle[first + i].cost[c][f] = cost[i];
        }
    return true;
}

static bool make_shuttles(struct plan_network *p, struct err *e)
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
                if (!may_shuttle(n, a, b))
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
    bool ok = cost != NULL && to != NULL ? road_query_new(n, p->index, &rq, e) : no_memory(e);
    for (uint32_t a = 0; ok && a < t; a++)
        ok = price_shuttles(p, a, rq, cost, to, e);
    free(cost);
    free(to);
    road_query_free(rq);
    return ok;
}

bool plan_network_new(const struct network *n, struct plan_network **out, struct err *e)
{
    struct plan_network *p = calloc(1, sizeof *p);
    *out = NULL;
    if (p == NULL)
        return no_memory(e);
    p->net = n;
    if (!make_metrics(p, e) || !make_calls(p, e) || !make_shuttles(p, e)) {
        plan_network_free(p);
        return false;
    }
    *out = p;
    return true;
}

void plan_network_free(struct plan_network *p)
{
    if (p == NULL)
        return;
    for (int c = 0; c < PLAN_CLASSES; c++)
        for (int f = 0; f < PLAN_FORMS; f++)
            road_metric_free(p->metric[c][f]);
    road_index_free(p->index);
    free(p->node);
    free(p->call_first);
    free(p->call);
    free(p->call_modes);
    free(p->cutoff_min);
    free(p->document_min);
    free(p->shuttle_first);
    free(p->shuttle);
    free(p);
}

const struct plan_shuttle *plan_shuttle_of(const struct plan_network *p, uint32_t from, uint32_t to)
{
    for (uint32_t i = p->shuttle_first[from]; i < p->shuttle_first[from + 1]; i++)
        if (p->shuttle[i].to == to)
            return &p->shuttle[i];
    return NULL;
}
