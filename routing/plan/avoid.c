/* avoid.c - metrics for one question, and which arcs belong to the roads that it avoids. */
#include "plan/engine.h"
#include "road/alternative.h"

#include <stdlib.h>
#include <string.h>

static bool no_memory(struct err *e)
{
    return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the roads to avoid");
}

static unsigned side_of(struct net_point p, const struct plan_box *b)
{
    return (p.lat_e7 < b->south_e7 ? 1u : 0) | (p.lat_e7 > b->north_e7 ? 2u : 0) |
           (p.lon_e7 < b->west_e7 ? 4u : 0) | (p.lon_e7 > b->east_e7 ? 8u : 0);
}

/* Which side of the line through a and b a corner lies on: -1, 0, 1. */
static int turn(struct net_point a, struct net_point b, int32_t lat, int32_t lon)
{
    __int128 t = (__int128)((int64_t)b.lon_e7 - a.lon_e7) * ((int64_t)lat - a.lat_e7) -
                 (__int128)((int64_t)b.lat_e7 - a.lat_e7) * ((int64_t)lon - a.lon_e7);
    return (t > 0) - (t < 0);
}

/* Separating axes: the two of the box, then the segment's own line. */
static bool meets(struct net_point a, struct net_point b, const struct plan_box *x)
{
    if ((side_of(a, x) & side_of(b, x)) != 0)
        return false;
    if (side_of(a, x) == 0 || side_of(b, x) == 0)
        return true;
    int sum = turn(a, b, x->south_e7, x->west_e7) + turn(a, b, x->south_e7, x->east_e7) +
              turn(a, b, x->north_e7, x->west_e7) + turn(a, b, x->north_e7, x->east_e7);
    return sum != 4 && sum != -4;
}

static bool link_meets(const struct network *n, const struct net_link *l, const struct plan_box *x)
{
    struct net_point at = n->node_point[l->from];
    for (uint32_t i = 0; i < l->shape_count; i++) {
        struct net_point next = n->shape[l->shape_first + i];
        if (meets(at, next, x))
            return true;
        at = next;
    }
    return meets(at, n->node_point[l->to], x);
}

static int by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Marks the links by id; every id must be a road's. */
static bool mark_links(const struct network *n, const struct plan_avoid *v, uint8_t *marked, struct err *e)
{
    size_t count = v->link_count;
    int64_t *id = malloc((count + 1) * sizeof *id);
    bool *seen = calloc(count + 1, sizeof *seen), ok = id != NULL && seen != NULL;
    if (!ok)
        no_memory(e);
    else if (count > 0)
        memcpy(id, v->link_id, count * sizeof *id);
    if (ok)
        qsort(id, count, sizeof *id, by_id);
    for (uint32_t i = 0; ok && i < n->link_count; i++) {
        const struct net_link *l = &n->link[i];
        const int64_t *at = bsearch(&l->id, id, count, sizeof *id, by_id);
        if (at == NULL)
            continue;
        if (l->mode != MODE_ROAD)
            ok = fail_field(e, ERR_INVALID_ARGUMENT, "avoid.link_ids",
                            "link %lld is no road: only roads can be avoided", (long long)l->id);
        while (at > id && at[-1] == l->id) /* asked twice */
            at--;
        for (; ok && at < id + count && *at == l->id; at++)
            seen[at - id] = true;
        marked[i] = 1;
    }
    for (size_t i = 0; ok && i < count; i++)
        if (!seen[i])
            ok = fail_field(e, ERR_NOT_FOUND, "avoid.link_ids", "network %s has no link %lld", n->version,
                            (long long)id[i]);
    free(id);
    free(seen);
    return ok;
}

bool plan_avoid_arcs(const struct network *n, const struct plan_avoid *v, uint32_t **arcs, uint32_t *count,
                     struct err *e)
{
    uint8_t *marked = calloc((size_t)n->link_count + 1, 1);
    *arcs = NULL;
    *count = 0;
    bool ok = marked != NULL ? v->link_count == 0 || mark_links(n, v, marked, e) : no_memory(e);
    for (uint32_t i = 0; ok && v->box_count > 0 && i < n->link_count; i++)
        for (uint32_t k = 0; n->link[i].mode == MODE_ROAD && !marked[i] && k < v->box_count; k++)
            marked[i] = link_meets(n, &n->link[i], &v->box[k]);
    for (uint32_t a = 0; ok && a < net_arc_count(n); a++)
        *count += marked[net_arc_link(n, a)];
    if (ok && (*arcs = malloc(((size_t)*count + 1) * sizeof **arcs)) == NULL)
        ok = no_memory(e);
    for (uint32_t a = 0, k = 0; ok && a < net_arc_count(n); a++)
        if (marked[net_arc_link(n, a)])
            (*arcs)[k++] = a;
    free(marked);
    return ok;
}

static bool make_plain(const struct plan_network *p, const struct road_profile *v, bool customized,
                       struct road_metric **out, struct err *e)
{
    struct road_metric *m = NULL;
    *out = NULL;
    if (!road_metric_new(p->net, v, &m, e))
        return false;
    if (customized && p->index != NULL && !road_metric_customize(m, p->index, NULL, e)) {
        road_metric_free(m);
        return false;
    }
    *out = m;
    return true;
}

bool plan_make_metric(const struct plan_network *p, const struct road_profile *v,
                      const struct plan_avoid *avoid, struct road_metric **out, struct err *e)
{
    struct road_metric *made = NULL;
    uint32_t *arcs = NULL, count = 0;
    *out = NULL;
    if (avoid == NULL || avoid->link_count + avoid->box_count == 0)
        return make_plain(p, v, true, out, e);
    const struct road_metric *base = plan_network_metric(p, v);
    bool ok = plan_avoid_arcs(p->net, avoid, &arcs, &count, e) &&
              (base != NULL || make_plain(p, v, false, &made, e)) &&
              road_metric_avoid(base != NULL ? base : made, p->index, arcs, count, out, e);
    road_metric_free(made);
    free(arcs);
    return ok;
}
