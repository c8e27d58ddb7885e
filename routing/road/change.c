#include "road/change.h"

#include <stdlib.h>
#include <string.h>

#include "road/sums_inside.h"

static const struct net_link *link_of(const struct road_metric *m, uint32_t arc)
{
    return &m->net->link[net_arc_link(m->net, arc)];
}

/* What the arc costs after the change. */
static bool change_cost(const struct road_metric *m, const struct road_change *c, struct road_arc_cost *cost,
                        struct err *e)
{
    bool source = m->profile.objective == ROAD_SOURCE;
    if (c->kind == ROAD_CLOSE) {
        cost->weight = ROAD_INF;
        return true;
    }
    struct net_link link = *link_of(m, c->arc);
    const struct net_limit *limit = &m->net->limit[link.limit];
    if (c->kind > ROAD_REWEIGH)
        return fail(e, ERR_INVALID_ARGUMENT, "there is no change of kind %u", c->kind);
    if (c->kind != ROAD_OPEN && source != (c->kind == ROAD_REWEIGH))
        return fail(e, ERR_INVALID_ARGUMENT,
                    source
                        ? "the source's own weights know neither times nor tolls; give a weight"
                        : "a weight can be given only to the source's own weights; give a speed or a toll");
    if (c->kind == ROAD_REWEIGH && c->value >= ROAD_INF)
        return fail(e, ERR_OUT_OF_RANGE, "a weight of %u is more than fits", c->value);
    if (c->kind == ROAD_RETIME && (c->value == 0 || c->value > UINT16_MAX))
        return fail(e, ERR_INVALID_ARGUMENT, "a speed of %u.%u km/h", c->value / 10, c->value % 10);
    if (c->kind == ROAD_RETOLL && c->value >= ROAD_INF)
        return fail(e, ERR_OUT_OF_RANGE, "a toll of %u is more than fits", c->value);
    if (c->kind == ROAD_RETOLL)
        cost->toll_myuan = c->value;
    if (c->kind == ROAD_RETIME) {
        struct road_arc_cost by_speed;
        link.speed_km10 = (uint16_t)c->value;
        if (!road_cost_of_link(m, &link, &by_speed, e))
            return false;
        cost->time_ms = by_speed.time_ms;
    }
    bool closed = cost->weight == ROAD_INF && c->kind != ROAD_OPEN;
    uint32_t weight = c->kind == ROAD_REWEIGH ? c->value : source ? m->net->arc_weight[c->arc] : 0;
    if (!road_weigh(m, &link, limit, weight, cost, e))
        return false;
    if (closed)
        cost->weight = ROAD_INF;
    return true;
}

static struct road_arc_cost cost_now(const struct road_metric *m, uint32_t arc)
{
    if (arc >= m->graph.arc_count)
        return (struct road_arc_cost){.weight = m->added[arc - m->graph.arc_count].weight};
    return (struct road_arc_cost){m->weight[arc], m->time_ms[arc], m->toll_myuan[arc]};
}

static void set_cost(struct road_metric *m, uint32_t arc, struct road_arc_cost cost)
{
    if (arc >= m->graph.arc_count) {
        m->added[arc - m->graph.arc_count].weight = cost.weight;
        if (arc < m->arc_room)
            m->weight[arc] = cost.weight;
        return;
    }
    m->weight[arc] = cost.weight;
    m->time_ms[arc] = cost.time_ms;
    m->toll_myuan[arc] = cost.toll_myuan;
}

bool road_metric_renew_overlay(struct road_metric *m, struct err *e)
{
    struct cch_new_arc *arcs = malloc(((size_t)m->added_count + 1) * sizeof *arcs);
    struct cch_overlay *o = NULL;
    if (arcs == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for new links");
    for (uint32_t i = 0; i < m->added_count; i++)
        arcs[i] = (struct cch_new_arc){m->added[i].from, m->added[i].to, m->added[i].weight};
    bool ok = cch_overlay_new(&m->shortcuts, arcs, m->added_count, m->new_nodes, m->graph.arc_count, &o, e);
    free(arcs);
    if (!ok)
        return false;
    cch_overlay_free(m->overlay);
    m->overlay = o;
    return true;
}

bool road_metric_follow(struct road_metric *m, const uint32_t *arcs, uint32_t count, struct err *e)
{
    uint32_t looked_at;
    if (m->index == NULL)
        return true;
    if (m->patch == NULL && !cch_patch_new(m->shortcuts.cch, &m->patch, e))
        return false;
    return cch_patch_apply(m->patch, &m->shortcuts, &m->graph, m->weight, arcs, count, &looked_at, e) &&
           (!road_metric_grown(m) || road_metric_renew_overlay(m, e));
}

static bool follow(struct road_metric *m, const struct road_change *changes, uint32_t count, struct err *e)
{
    uint32_t *arcs = malloc(((size_t)count + 1) * sizeof *arcs), of_graph = 0;
    if (arcs == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for %u changes", count);
    for (uint32_t i = 0; i < count; i++)
        if (changes[i].arc < m->graph.arc_count)
            arcs[of_graph++] = changes[i].arc;
    bool ok = road_metric_follow(m, arcs, of_graph, e);
    free(arcs);
    return ok;
}

bool road_metric_change(struct road_metric *m, const struct road_change *changes, uint32_t count,
                        struct err *e)
{
    struct road_arc_cost *before = malloc(((size_t)count + 1) * sizeof *before);
    uint32_t done = 0;
    sums_drop(m);
    bool ok = before != NULL || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for %u changes", count);
    for (; ok && done < count; done++) {
        uint32_t arc = changes[done].arc;
        struct road_arc_cost cost;
        ok = arc < m->graph.arc_count ||
             (arc - m->graph.arc_count < m->added_count && changes[done].kind == ROAD_CLOSE) ||
             fail(e, ERR_INVALID_ARGUMENT,
                  "arc %u is not one of the %u of the network, nor a new one to be closed", arc,
                  m->graph.arc_count);
        if (!ok)
            break;
        cost = before[done] = cost_now(m, arc);
        ok = change_cost(m, &changes[done], &cost, e);
        if (!ok)
            break;
        set_cost(m, arc, cost);
    }
    if (!ok) /* as it was, last first: an arc may be named twice */
        while (done-- > 0)
            set_cost(m, changes[done].arc, before[done]);
    free(before);
    return ok && follow(m, changes, count, e);
}

/* One way of a new link, between every state that its ends have. */
struct way {
    const struct road_new_link *link;
    uint32_t number, from, to;
    bool backward;
};

static bool add_arc(struct road_metric *m, const struct way *w, uint32_t from, uint32_t to,
                    const struct road_arc_cost *cost, struct err *e)
{
    struct road_added *more = realloc(m->added, ((size_t)m->added_count + 1) * sizeof *more);
    if (more == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for new links");
    m->added = more;
    m->added[m->added_count++] = (struct road_added){.from = from,
                                                     .to = to,
                                                     .link = w->number,
                                                     .backward = w->backward,
                                                     .weight = cost->weight,
                                                     .time_ms = cost->time_ms,
                                                     .length_m = w->link->link.length_m,
                                                     .toll_myuan = cost->toll_myuan};
    return true;
}

/* From the junction and each of its copies, to the junction and to its sink. */
static bool add_way(struct road_metric *m, const struct way *w, struct err *e)
{
    const struct network *n = m->net;
    struct road_arc_cost cost;
    uint32_t sink = net_arrival(n, w->to), left = net_arrival(n, w->from);
    if (!road_cost_of_link(m, &w->link->link, &cost, e) ||
        !road_weigh(m, &w->link->link, &w->link->limit, w->link->weight, &cost, e))
        return false;
    bool ok =
        add_arc(m, w, w->from, w->to, &cost, e) && (sink == w->to || add_arc(m, w, w->from, sink, &cost, e));
    for (uint32_t i = 0; ok && left != w->from && i < n->node_origin_count; i++) {
        uint32_t copy = n->node_arrival_count + i;
        if (n->node_origin[i] == w->from && copy != left)
            ok = add_arc(m, w, copy, w->to, &cost, e) &&
                 (sink == w->to || add_arc(m, w, copy, sink, &cost, e));
    }
    return ok;
}

static bool is_end(const struct road_metric *m, uint32_t node)
{
    uint32_t nodes = m->graph.node_count;
    return node < net_plain_count(m->net) || (node >= nodes && node - nodes < CCH_POINTS_MAX);
}

static bool add_link(struct road_metric *m, const struct road_new_link *l, uint32_t number, struct err *e)
{
    uint32_t ends[] = {l->link.from, l->link.to};
    if (!is_end(m, ends[0]) || !is_end(m, ends[1]) || ends[0] == ends[1])
        return fail(e, ERR_INVALID_ARGUMENT, "new link %lld from node %u to node %u joins no two places",
                    (long long)l->link.id, ends[0], ends[1]);
    if ((l->link.flags & (LINK_FORWARD | LINK_BACKWARD)) == 0)
        return fail(e, ERR_INVALID_ARGUMENT, "new link %lld may be driven neither way",
                    (long long)l->link.id);
    for (int i = 0; i < 2; i++)
        if (ends[i] >= m->graph.node_count && ends[i] - m->graph.node_count >= m->new_nodes)
            m->new_nodes = ends[i] - m->graph.node_count + 1;
    struct way there = {.link = l, .number = number, .from = ends[0], .to = ends[1]};
    struct way back = {.link = l, .number = number, .from = ends[1], .to = ends[0], .backward = true};
    return ((l->link.flags & LINK_FORWARD) == 0 || add_way(m, &there, e)) &&
           ((l->link.flags & LINK_BACKWARD) == 0 || add_way(m, &back, e));
}

bool road_metric_insert(struct road_metric *m, const struct road_new_link *links, uint32_t count,
                        struct err *e)
{
    uint32_t arcs = m->added_count, nodes = m->new_nodes;
    uint32_t number = arcs > 0 ? m->added[arcs - 1].link + 1 : 0;
    bool ok =
        m->index != NULL ||
        fail(e, ERR_FAILED_PRECONDITION,
             "new links need a customized metric; network %s carries no contraction order", m->net->version);
    for (uint32_t i = 0; ok && i < count; i++)
        ok = add_link(m, &links[i], number + i, e);
    if (ok && m->added_count > 0 && road_metric_renew_overlay(m, e))
        return true;
    if (ok && m->added_count == 0)
        return true;
    m->added_count = arcs;
    m->new_nodes = nodes;
    return false;
}

const struct road_added *road_metric_added(const struct road_metric *m, uint32_t *count)
{
    *count = m->added_count;
    return m->added;
}

uint32_t road_metric_nodes(const struct road_metric *m)
{
    return m->graph.node_count + m->new_nodes;
}
