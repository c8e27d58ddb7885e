#include "plan/derive.h"

#include "plan/engine.h"
#include "road/cch.h"
#include "road/derive.h"

#include <stdlib.h>

struct derivation { /* a task for each metric: they need nothing of each other */
    struct plan_network *p;
    const struct plan_network *base;
    const struct plan_changes *changes;
    bool failed[PLAN_CLASSES * PLAN_FORMS];
    struct err why[PLAN_CLASSES * PLAN_FORMS];
};

/* Hubs are nodes of the graph; a terminal at an added node leaves the questions to searches. */
static bool has_hubs(const struct plan_network *p)
{
    for (uint32_t i = 0; i < p->net->terminal_count; i++)
        if (p->node[i] >= net_graph_nodes(p->net))
            return false;
    return p->index != NULL && p->net->terminal_count > 0;
}

static void derive_metric(void *arg, uint32_t i)
{
    struct derivation *d = arg;
    struct plan_network *p = d->p;
    uint32_t c = i / PLAN_FORMS, f = i % PLAN_FORMS;
    const struct road_metric *base = d->base->metric[c][f];
    if (base == NULL)
        return;
    if (p->shared.metrics) {
        p->metric[c][f] = d->base->metric[c][f];
        p->labels[c][f] = d->base->labels[c][f];
        p->weights[c][f] =
            d->changes->terminals ? (struct plan_weights){NULL, NULL, NULL, NULL} : d->base->weights[c][f];
    } else if (!road_metric_derive(base, p->net, d->changes->arcs, d->changes->arc_count, &p->metric[c][f],
                                   &d->why[i])) {
        d->failed[i] = true;
    }
    if (p->shared.hubs)
        p->hubs[c][f] = d->base->hubs[c][f];
    else if (!d->failed[i] && has_hubs(p))
        d->failed[i] = !road_hubs_new(p->net, p->metric[c][f], p->node, p->net->terminal_count,
                                      &p->hubs[c][f], &d->why[i]);
    if (!d->failed[i] && f == PLAN_CHEAPEST && p->hubs[c][f] != NULL)
        p->floor[c] = road_floor_of(p->metric[c][f]);
}

static bool derive_metrics(struct derivation *d, const struct cch_executor *x, struct err *e)
{
    enum { TASKS = PLAN_CLASSES * PLAN_FORMS };
    if (x != NULL)
        x->run(x->ctx, TASKS, derive_metric, d);
    for (uint32_t i = 0; i < TASKS; i++) {
        if (x == NULL)
            derive_metric(d, i);
        if (d->failed[i]) {
            if (e != NULL)
                *e = d->why[i];
            return false;
        }
    }
    return true;
}

static bool derive_rides(struct plan_network *p, const struct plan_network *base, struct err *e)
{
    if (!p->shared.rides)
        return plan_rides_new(&p->rides, p->net, e);
    p->rides = base->rides;
    return true;
}

bool plan_network_derive(const struct plan_network *base, const struct network *n,
                         const struct plan_changes *c, const struct cch_executor *x,
                         struct plan_network **out, struct err *e)
{
    struct plan_network *p = calloc(1, sizeof *p);
    bool roads = c->arc_count > 0 || n->added_arcs + n->added_nodes > 0;
    *out = NULL;
    if (p == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the freight tables of a network");
    p->net = n;
    p->index = base->index;
    p->shared = (struct plan_shared){.index = true,
                                     .metrics = !roads,
                                     .hubs = !roads && !c->terminals,
                                     .rides = !c->services && !c->terminals};
    struct derivation d = {.p = p, .base = base, .changes = c};
    bool ok = plan_make_nodes(p, e) && derive_metrics(&d, x, e) && plan_make_calls(p, e) &&
              plan_make_shuttles(p, e) && derive_rides(p, base, e) &&
              plan_linehauls_new(p, roads ? NULL : &base->linehaul, false, e) && plan_least_new(p, e) &&
              plan_make_joins(p, e);
    if (!ok) {
        plan_network_free(p);
        return false;
    }
    *out = p;
    return true;
}

size_t plan_network_bytes(const struct plan_network *p)
{
    uint32_t t = p->net->terminal_count, shuttles = p->shuttle_first[t];
    size_t bytes = sizeof *p + shuttles * (sizeof *p->shuttle + 2 * sizeof *p->back) +
                   (size_t)t * MODE_COUNT * 6 * sizeof *p->call_first + p->net->stop_count * sizeof *p->call;
    for (int c = 0; c < PLAN_CLASSES; c++)
        for (int f = 0; f < PLAN_FORMS; f++) {
            if (p->metric[c][f] != NULL && !p->shared.metrics)
                bytes += road_metric_own_bytes(p->metric[c][f]);
            if (p->hubs[c][f] != NULL && !p->shared.hubs)
                bytes += road_hubs_bytes(p->hubs[c][f]);
        }
    bytes += p->linehaul.count * (sizeof *p->linehaul.of + sizeof *p->linehaul.end);
    if (!p->shared.rides)
        bytes += p->rides.ride_count * (sizeof *p->rides.class_of + sizeof *p->rides.edge +
                                        sizeof *p->rides.class + sizeof *p->rides.first);
    return bytes;
}
