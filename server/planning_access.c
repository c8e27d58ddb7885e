/* planning_access.c - how near townships are to the expressway, the airport and the port, before and after.
 */
#include "planning_compare.h"

#include "polyline.h"

#include "network/places.h"
#include "whatif/access.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_M = 500, SCRATCH_BASE = 64 * 1024 * 1024, SCRATCH_PER_NODE = 128 };

struct side { /* one state */
    struct snapshot *snapshot;
    const struct road_metric *metric;
    struct road_query *query;
    struct access_nodes targets;
    struct access_time *time;
};

struct accessing {
    const struct planning_access_ask *ask;
    struct arena *a, scratch;
    struct side side[2];
    struct access_nodes towns;
    Zongheng__V1__GetAccessibilityReply *r;
    struct err *e;
};

static bool open_side(struct accessing *x, struct side *s, struct snapshot *snapshot)
{
    struct road_profile v = {.vehicle_class = x->ask->vehicle_class, .objective = ROAD_FASTEST};
    s->snapshot = snapshot;
    s->metric = plan_network_metric(snapshot->plan, &v);
    if (s->metric == NULL)
        return fail_field(x->e, ERR_INVALID_ARGUMENT, "vehicle_class", "the network has no vehicle class %u",
                          (unsigned)x->ask->vehicle_class);
    return road_query_new(snapshot->net, plan_network_index(snapshot->plan), &s->query, x->e);
}

/* --- times ---------------------------------------------------------------------------------------------- */

static double minutes_of(uint32_t ms)
{
    return ms < ROAD_INF ? ms / 60000.0 : -1;
}

static const char *name_zh(const struct snapshot *s, uint32_t node)
{
    const struct net_place *p = node < net_node_count(s->net) ? places_of_node(s->places, node) : NULL;
    return p != NULL ? net_string(s->net, p->name_zh) : "";
}

static bool put_rows(struct accessing *x, enum access_target t)
{
    const struct snapshot *s = x->ask->before;
    Zongheng__V1__AccessRow *of = arena_calloc(x->a, (size_t)x->towns.count + 1, sizeof *of);
    if (of == NULL)
        return false;
    for (uint32_t i = 0; i < x->towns.count; i++) {
        const struct net_place *p = places_of_node(s->places, x->towns.node[i]);
        const struct access_time *after = &x->side[1].time[i];
        zongheng__v1__access_row__init(&of[i]);
        of[i].node_id = s->net->node_id[x->towns.node[i]];
        of[i].name_zh = planning_text(name_zh(s, x->towns.node[i]));
        of[i].name_en = planning_text(p != NULL ? net_string(s->net, p->name_en) : "");
        of[i].admin_zh = planning_text(p != NULL ? net_string(s->net, p->admin_zh) : "");
        of[i].target = planning_text(access_target_name(t));
        of[i].nearest_zh = arena_strdup(x->a, name_zh(x->side[1].snapshot, after->target));
        of[i].before_min = minutes_of(x->side[0].time[i].ms);
        of[i].after_min = minutes_of(after->ms);
        if (of[i].nearest_zh == NULL)
            return false;
        x->r->rows[x->r->n_rows++] = &of[i];
    }
    return true;
}

static bool put_summary(struct accessing *x, enum access_target t)
{
    for (uint32_t k = 0; k < x->ask->minute_count; k++) {
        Zongheng__V1__AccessSummary *m = arena_alloc(x->a, sizeof *m);
        if (m == NULL)
            return false;
        zongheng__v1__access_summary__init(m);
        m->target = planning_text(access_target_name(t));
        m->minutes = x->ask->minutes[k];
        m->townships = x->towns.count;
        for (uint32_t i = 0; i < x->towns.count; i++) {
            m->before += x->side[0].time[i].ms <= m->minutes * 60000;
            m->after += x->side[1].time[i].ms <= m->minutes * 60000;
        }
        x->r->summary[x->r->n_summary++] = m;
    }
    return true;
}

/* --- isochrones ----------------------------------------------------------------------------------------- */

static bool put_polygons(struct arena *a, const struct reach_shape *shape, Zongheng__V1__Polygon ***out,
                         size_t *n)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < shape->ring_count; i++)
        count += !shape->ring[i].hole;
    *out = arena_calloc(a, (size_t)count + 1, sizeof **out);
    Zongheng__V1__Polygon *of = arena_calloc(a, (size_t)count + 1, sizeof *of);
    char **ring = arena_calloc(a, (size_t)shape->ring_count + 1, sizeof *ring);
    *n = 0;
    if (*out == NULL || of == NULL || ring == NULL)
        return false;
    for (uint32_t i = 0; i < shape->ring_count; i++) {
        if (!shape->ring[i].hole) {
            zongheng__v1__polygon__init(&of[*n]);
            of[*n].rings = &ring[i];
            (*out)[*n] = &of[*n];
            ++*n;
        }
        of[*n - 1].n_rings++;
        ring[i] = polyline_encode(a, shape->point + shape->ring[i].first, shape->ring[i].count);
        if (ring[i] == NULL)
            return false;
    }
    return true;
}

static bool put_isochrone(struct accessing *x, enum access_target t, uint32_t minutes)
{
    Zongheng__V1__Isochrone *m = arena_alloc(x->a, sizeof *m);
    struct road_reach reach[2];
    struct reach_shape shape[2], gained, lost;
    uint32_t limit = minutes * 60000;
    if (m == NULL)
        return planning_no_memory(x->e);
    zongheng__v1__isochrone__init(m);
    m->target = planning_text(access_target_name(t));
    m->minutes = minutes;
    arena_reset(&x->scratch);
    for (int k = 0; k < 2; k++) {
        const struct side *s = &x->side[k];
        if (!access_reach(s->query, s->metric, s->snapshot->net, &s->targets, limit, &x->scratch, &reach[k],
                          x->e))
            return false;
        reach[k].from = reach[0].from; /* both rasters count their cells from there */
        if (!road_reach_shape(s->snapshot->net, s->metric, &reach[k], limit, CELL_M, &x->scratch, &shape[k],
                              x->e))
            return false;
    }
    if (!road_reach_difference(x->side[0].metric, &reach[0], x->side[1].metric, &reach[1], limit, CELL_M,
                               &x->scratch, &gained, &lost, x->e))
        return false;
    x->r->isochrones[x->r->n_isochrones++] = m;
    return (put_polygons(x->a, &shape[0], &m->before, &m->n_before) &&
            put_polygons(x->a, &shape[1], &m->after, &m->n_after) &&
            put_polygons(x->a, &gained, &m->gained, &m->n_gained) &&
            put_polygons(x->a, &lost, &m->lost, &m->n_lost)) ||
           planning_no_memory(x->e);
}

/* --- all ------------------------------------------------------------------------------------------------ */

static bool put_target(struct accessing *x, enum access_target t)
{
    for (int k = 0; k < 2; k++) {
        struct side *s = &x->side[k];
        if (!access_targets(s->snapshot->net, t, x->a, &s->targets, x->e) ||
            !access_times(s->query, s->metric, &x->towns, &s->targets, x->a, &s->time, x->e))
            return false;
    }
    if (x->side[1].targets.count == 0) {
        x->r->warnings[x->r->n_warnings++] =
            arena_printf(x->a, "the network has no %s", access_target_name(t));
        return x->r->warnings[x->r->n_warnings - 1] != NULL || planning_no_memory(x->e);
    }
    if (!put_rows(x, t) || !put_summary(x, t))
        return planning_no_memory(x->e);
    for (uint32_t i = 0; x->ask->isochrones && x->side[0].targets.count > 0 && i < x->ask->minute_count; i++)
        if (!put_isochrone(x, t, x->ask->minutes[i]))
            return false;
    return true;
}

static bool put_all(struct accessing *x)
{
    struct snapshot *const both[] = {x->ask->before, x->ask->after};
    for (int k = 0; k < 2; k++)
        if (!open_side(x, &x->side[k], both[k]))
            return false;
    if (!access_towns(x->ask->before->net, x->a, &x->towns, x->e))
        return false;
    size_t rows = (size_t)x->towns.count * ACCESS_TARGETS,
           few = (size_t)x->ask->minute_count * ACCESS_TARGETS;
    x->r->rows = arena_calloc(x->a, rows + 1, sizeof *x->r->rows);
    x->r->summary = arena_calloc(x->a, few + 1, sizeof *x->r->summary);
    x->r->isochrones = arena_calloc(x->a, few + 1, sizeof *x->r->isochrones);
    x->r->warnings = arena_calloc(x->a, ACCESS_TARGETS, sizeof *x->r->warnings);
    if (x->r->rows == NULL || x->r->summary == NULL || x->r->isochrones == NULL || x->r->warnings == NULL)
        return planning_no_memory(x->e);
    for (int t = 0; t < ACCESS_TARGETS; t++)
        if ((x->ask->targets >> t & 1) != 0 && !put_target(x, (enum access_target)t))
            return false;
    return true;
}

bool planning_access(const struct planning_access_ask *ask, struct arena *a,
                     Zongheng__V1__GetAccessibilityReply *r, struct err *e)
{
    struct accessing x = {.ask = ask, .a = a, .r = r, .e = e};
    arena_init(&x.scratch, SCRATCH_BASE + (size_t)SCRATCH_PER_NODE * net_node_count(ask->after->net));
    bool ok = put_all(&x);
    for (int k = 0; k < 2; k++)
        road_query_free(x.side[k].query);
    arena_release(&x.scratch);
    return ok;
}
