/* hubs_portals.c - hubs of a metric with new links. A shortest way uses none of them, or it is a way of the
 * graph to a portal, a way between portals with new links, and a way of the graph from a portal. */
#include <stdlib.h>

#include "road/change.h"
#include "road/hubs_inside.h"
#include "road/sums_inside.h"

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

bool hub_portals_list(const struct road_metric *m, uint32_t **node, uint32_t *count)
{
    uint32_t *list = malloc(((size_t)m->added_count * 2 + 1) * sizeof *list), all = 0;
    *node = list;
    *count = 0;
    if (list == NULL)
        return false;
    for (uint32_t i = 0; i < m->added_count; i++) {
        if (m->added[i].from < m->graph.node_count)
            list[all++] = m->added[i].from;
        if (m->added[i].to < m->graph.node_count)
            list[all++] = m->added[i].to;
    }
    qsort(list, all, sizeof *list, by_number);
    for (uint32_t i = 0; i < all; i++)
        if (i == 0 || list[i] != list[i - 1])
            list[(*count)++] = list[i];
    return true;
}

static uint32_t sum_of(uint32_t a, uint32_t b)
{
    return a >= ROAD_INF || b >= ROAD_INF - a ? ROAD_INF : a + b;
}

void hub_portals_lower(struct road_cost *out, const struct road_cost *const *part, int parts)
{
    uint32_t weight = 0;
    for (int i = 0; i < parts; i++)
        weight = sum_of(weight, part[i]->weight);
    if (weight >= out->weight)
        return;
    *out = (struct road_cost){.weight = weight};
    for (int i = 0; i < parts; i++) {
        out->time_ms = sums_add_up(out->time_ms, part[i]->time_ms);
        out->length_m = sums_add_up(out->length_m, part[i]->length_m);
        out->toll_myuan = sums_add_up(out->toll_myuan, part[i]->toll_myuan);
    }
}

/* Of portals as they are, not as ends of trips. */
static bool way_between(const struct road_metric *m, struct cch_query *q, uint32_t from, uint32_t to,
                        struct road_cost *out, struct err *e)
{
    const uint32_t *arcs;
    uint32_t count, weight;
    *out = (struct road_cost){.weight = ROAD_INF};
    if (!cch_overlay_path(q, &m->shortcuts, m->overlay, from, to, &weight, &arcs, &count, e))
        return false;
    if (weight == ROAD_INF)
        return true;
    out->weight = 0;
    for (uint32_t i = 0; i < count; i++)
        road_cost_add(out, m, arcs[i]);
    return true;
}

bool hub_portals_fill(struct road_hubs *h, struct err *e)
{
    struct hub_portals *p = &h->portals;
    struct cch_query *q = NULL;
    size_t count = h->count - h->named;
    p->count = (uint32_t)count;
    if (count == 0)
        return true;
    p->between = calloc(count * count, sizeof *p->between);
    p->to_hub = calloc(count * h->named + 1, sizeof *p->to_hub);
    p->from_hub = calloc(count * h->named + 1, sizeof *p->from_hub);
    bool ok = p->between != NULL && p->to_hub != NULL && p->from_hub != NULL &&
              cch_query_new(h->m->shortcuts.cch, &q, e);
    for (uint32_t i = 0; ok && i < count; i++) {
        for (uint32_t k = 0; ok && k < count; k++)
            ok = way_between(h->m, q, h->node[h->named + i], h->node[h->named + k],
                             &p->between[i * count + k], e);
        for (uint32_t t = 0; ok && t < h->named; t++) {
            hubs_graph_between(h, h->named + i, t, &p->to_hub[(size_t)i * h->named + t]);
            hubs_graph_between(h, t, h->named + i, &p->from_hub[(size_t)i * h->named + t]);
        }
    }
    cch_query_free(q);
    return ok;
}

void hub_portals_release(struct hub_portals *p)
{
    free(p->between);
    free(p->to_hub);
    free(p->from_hub);
}

void hub_portals_improve(const struct road_hubs *h, bool outwards, const struct road_cost *door,
                         struct road_cost *out)
{
    const struct hub_portals *p = &h->portals;
    const struct road_cost *table = outwards ? p->to_hub : p->from_hub;
    for (uint32_t last = 0; last < p->count; last++) {
        struct road_cost there = {.weight = ROAD_INF};
        for (uint32_t first = 0; first < p->count; first++) {
            size_t cell = outwards ? (size_t)first * p->count + last : (size_t)last * p->count + first;
            hub_portals_lower(&there, (const struct road_cost *[]){&door[first], &p->between[cell]}, 2);
        }
        for (uint32_t t = 0; there.weight < ROAD_INF && t < h->named; t++)
            hub_portals_lower(&out[t],
                              (const struct road_cost *[]){&there, &table[(size_t)last * h->named + t]}, 2);
    }
}
