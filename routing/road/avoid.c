/* avoid.c - ways through stops, and metrics with arcs closed. */
#include <stdlib.h>

#include "road/alternative.h"
#include "road/change.h"
#include "road/derive.h"
#include "road/metric.h"

static bool join(const struct road_metric *m, const uint32_t *const *piece, const uint32_t *length,
                 uint32_t pieces, uint32_t total, struct arena *a, const uint32_t **arcs,
                 struct road_cost *cost, struct err *e)
{
    uint32_t *way = arena_alloc(a, ((size_t)total + 1) * sizeof *way), at = 0;
    if (way == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "a path of %u arcs does not fit the memory of the request",
                    total);
    for (uint32_t i = 0; i < pieces; i++)
        for (uint32_t k = 0; k < length[i]; k++) {
            way[at++] = piece[i][k];
            road_cost_add(cost, m, piece[i][k]);
        }
    *arcs = way;
    return cost->weight < ROAD_INF ||
           fail(e, ERR_OUT_OF_RANGE, "the way through these %u stops weighs more than fits", pieces + 1);
}

bool road_via(struct road_query *q, const struct network *n, const struct road_metric *m,
              const uint32_t *stop, uint32_t stop_count, struct arena *a, const uint32_t **arcs,
              uint32_t *count, struct road_cost *cost, struct err *e)
{
    (void)n;
    uint32_t pieces = stop_count > 0 ? stop_count - 1 : 0;
    uint64_t total = 0;
    *arcs = NULL;
    *count = 0;
    *cost = (struct road_cost){0};
    const uint32_t **piece = arena_calloc(a, (size_t)pieces + 1, sizeof *piece);
    uint32_t *length = arena_calloc(a, (size_t)pieces + 1, sizeof *length);
    if (piece == NULL || length == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED,
                    "a way through %u stops does not fit the memory of the request", stop_count);
    for (uint32_t i = 0; i < pieces; i++) {
        if (!road_path(q, m, stop[i], stop[i + 1], a, &piece[i], &length[i], e))
            return false;
        total += length[i];
    }
    if (total >= UINT32_MAX)
        return fail(e, ERR_OUT_OF_RANGE, "the way through these %u stops has too many arcs", stop_count);
    if (!join(m, piece, length, pieces, (uint32_t)total, a, arcs, cost, e))
        return false;
    *count = (uint32_t)total;
    return true;
}

static bool check_arcs(const struct road_metric *m, const uint32_t *arcs, uint32_t count, struct err *e)
{
    for (uint32_t i = 0; i < count; i++)
        if (arcs[i] >= m->graph.arc_count + m->added_count)
            return fail(e, ERR_INVALID_ARGUMENT, "there is no arc %u to avoid among %u", arcs[i],
                        m->graph.arc_count + m->added_count);
    return true;
}

/* The arcs and their twins, malloc'ed; NULL without memory. */
static struct road_change *closures(const struct network *n, const uint32_t *arcs, uint32_t *count)
{
    uint32_t all = net_arc_count(n), given = *count, at = 0;
    bool twins = n->node_origin_count > 0 && given > 0;
    uint8_t *closed = twins ? calloc((size_t)n->link_count * 2 + 1, 1) : NULL;
    size_t room = (twins ? all : given) + (size_t)1;
    struct road_change *list = malloc(room * sizeof *list);
    if (list == NULL || (twins && closed == NULL)) {
        free(closed);
        free(list);
        return NULL;
    }
    for (uint32_t i = 0; i < given; i++) {
        if (twins)
            closed[n->arc_link[arcs[i]]] = 1;
        else
            list[at++] = (struct road_change){.arc = arcs[i], .kind = ROAD_CLOSE};
    }
    for (uint32_t a = 0; twins && a < all; a++)
        if (closed[n->arc_link[a]])
            list[at++] = (struct road_change){.arc = a, .kind = ROAD_CLOSE};
    free(closed);
    *count = at;
    return list;
}

static bool close_arcs(struct road_metric *m, const struct road_index *ix, const struct road_change *list,
                       uint32_t count, struct err *e)
{
    const struct road_index *had = m->index;
    ix = ix != NULL ? ix : had;
    bool patched = had == ix && !road_metric_many(m, count);
    m->index = patched ? had : NULL; /* without one, only the weights change */
    return road_metric_change(m, list, count, e) &&
           (ix == NULL || patched || road_metric_customize(m, ix, NULL, e));
}

bool road_metric_avoid(const struct road_metric *base, const struct road_index *ix, const uint32_t *arcs,
                       uint32_t count, struct road_metric **out, struct err *e)
{
    struct road_metric *m;
    *out = NULL;
    if (!check_arcs(base, arcs, count, e) || !road_metric_fork(base, &m, e))
        return false;
    struct road_change *list = closures(base->net, arcs, &count);
    bool ok = list != NULL
                  ? close_arcs(m, ix, list, count, e)
                  : fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a metric that avoids %u arcs", count);
    free(list);
    if (!ok) {
        road_metric_free(m);
        return false;
    }
    *out = m;
    return true;
}
