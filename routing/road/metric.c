#include "road/metric.h"

#include "road/change.h"
#include "road/sums_inside.h"

#include <stdlib.h>
#include <string.h>

struct road_graph road_graph_of(const struct network *n)
{
    return (struct road_graph){.node_count = net_graph_nodes(n),
                               .arc_count = net_graph_arcs(n),
                               .first_out = n->arc_first,
                               .head = n->arc_head};
}

const uint32_t *road_metric_weights(const struct road_metric *m)
{
    return m->weight;
}

static bool make_truck(const struct network *n, const struct road_profile *p, struct road_truck *t,
                       struct err *e)
{
    for (uint32_t i = 0; i < n->vehicle_count; i++) {
        const struct net_vehicle *v = &n->vehicle[i];
        if (v->vehicle_class != p->vehicle_class)
            continue;
        *t = (struct road_truck){.gross_kg = p->gross_kg != 0 ? p->gross_kg : v->gross_kg,
                                 .axle_kg = p->axle_kg != 0 ? p->axle_kg : v->axle_kg,
                                 .speed_km10 = v->max_speed_km10,
                                 .height_cm = p->height_cm != 0 ? p->height_cm : v->height_cm,
                                 .width_cm = p->width_cm != 0 ? p->width_cm : v->width_cm,
                                 .length_cm = p->length_cm != 0 ? p->length_cm : v->length_cm,
                                 .myuan_per_km =
                                     (int64_t)v->myuan_per_km * (1000 + v->empty_return_permille) / 1000,
                                 .myuan_per_h = v->myuan_per_h};
        return true;
    }
    return fail_field(e, ERR_INVALID_ARGUMENT, "vehicle.vehicle_class", "network %s has no vehicle class %u",
                      n->version, p->vehicle_class);
}

static bool breaks(uint32_t limit, uint32_t value)
{
    return limit != 0 && value > limit;
}

/* A rule that holds at some hours only closes the link as well: a truck is never sent into a ban. */
static bool may_enter(const struct net_link *l, const struct net_limit *m, const struct road_profile *p,
                      const struct road_truck *t)
{
    if ((l->flags & LINK_HGV_NO) != 0 && p->vehicle_class >= 2)
        return false;
    if (p->dangerous && ((l->flags & LINK_HAZMAT_NO) != 0 || m->no_dangerous != 0))
        return false;
    return !(m->ban_class_from != 0 && p->vehicle_class >= m->ban_class_from) &&
           !breaks(m->max_gross_kg, t->gross_kg) && !breaks(m->max_axle_kg, t->axle_kg) &&
           !breaks(m->max_height_cm, t->height_cm) && !breaks(m->max_width_cm, t->width_cm) &&
           !breaks(m->max_length_cm, t->length_cm);
}

static int64_t divide_up_half(int64_t a, int64_t b)
{
    return (a + b / 2) / b;
}

/* Graphs of other sources know no speed: their time is 0, and a metric that weighs time is refused. */
static bool drive_ms(const struct net_link *l, const struct road_truck *t, uint8_t objective, int64_t *ms,
                     struct err *e)
{
    *ms = 0;
    if (l->speed_km10 == 0)
        return objective == ROAD_SOURCE || objective == ROAD_SHORTEST ||
               fail(e, ERR_INVALID_ARGUMENT, "link %lld has no speed", (long long)l->id);
    int64_t km10 = l->speed_km10 < t->speed_km10 || t->speed_km10 == 0 ? l->speed_km10 : t->speed_km10;
    *ms = divide_up_half((int64_t)l->length_m * 36000, km10);
    *ms = *ms > 0 ? *ms : 1;
    return true;
}

/* A toll that nobody knows is not free; only a network without any toll table has no tolls. */
static bool toll_myuan(const struct network *n, const struct net_link *l, uint8_t vehicle_class,
                       int64_t *toll, struct err *e)
{
    *toll = 0;
    if ((l->flags & LINK_TOLL) == 0 || n->toll_count == 0 || vehicle_class == 0)
        return true;
    for (uint32_t i = 0; i < n->toll_count; i++) {
        const struct net_toll *r = &n->toll[i];
        if (r->region_index != l->toll_region || r->vehicle_class != vehicle_class)
            continue;
        *toll = divide_up_half((int64_t)l->length_m * r->myuan_per_km, 1000) +
                ((l->flags & LINK_BRIDGE) != 0 ? r->bridge_myuan : 0);
        return true;
    }
    return fail(e, ERR_INVALID_ARGUMENT,
                "link %lld pays toll, but the toll table has no rate there for class %u", (long long)l->id,
                vehicle_class);
}

bool road_cost_of_link(const struct road_metric *m, const struct net_link *l, struct road_arc_cost *out,
                       struct err *e)
{
    int64_t ms, toll;
    *out = (struct road_arc_cost){0};
    if (!drive_ms(l, &m->truck, m->profile.objective, &ms, e) ||
        !toll_myuan(m->net, l, m->profile.vehicle_class, &toll, e))
        return false;
    if (ms >= ROAD_INF || toll >= ROAD_INF)
        return fail(e, ERR_OUT_OF_RANGE, "link %lld takes longer or costs more than a weight can hold",
                    (long long)l->id);
    out->time_ms = (uint32_t)ms;
    out->toll_myuan = (uint32_t)toll;
    return true;
}

static int64_t weight_of(const struct road_metric *m, const struct net_link *l, uint32_t source,
                         const struct road_arc_cost *cost)
{
    switch (m->profile.objective) {
    case ROAD_CHEAPEST: {
        int64_t w = divide_up_half(l->length_m * m->truck.myuan_per_km, 1000) +
                    divide_up_half(cost->time_ms * m->truck.myuan_per_h, 3600000) + cost->toll_myuan;
        return w > 0 ? w : 1;
    }
    case ROAD_SHORTEST:
        return l->length_m > 0 ? l->length_m : 1;
    case ROAD_SOURCE:
        return source;
    default:
        return cost->time_ms;
    }
}

bool road_weigh(const struct road_metric *m, const struct net_link *l, const struct net_limit *limit,
                uint32_t source, struct road_arc_cost *cost, struct err *e)
{
    bool open = may_enter(l, limit, &m->profile, &m->truck);
    int64_t w = open ? weight_of(m, l, source, cost) : ROAD_INF;
    if (open && w >= ROAD_INF)
        return fail(e, ERR_OUT_OF_RANGE, "link %lld has a weight of %lld, more than fits", (long long)l->id,
                    (long long)w);
    cost->weight = (uint32_t)w;
    return true;
}

/* A version that closes a road (network/derive.h) keeps its arcs. */
bool road_cost_of_arc(const struct road_metric *m, uint32_t arc, struct road_arc_cost *out, struct err *e)
{
    const struct network *n = m->net;
    const struct net_link *l = &n->link[net_arc_link(n, arc)];
    uint32_t source = m->profile.objective == ROAD_SOURCE ? n->arc_weight[arc] : 0;
    if (!road_cost_of_link(m, l, out, e) || !road_weigh(m, l, &n->limit[l->limit], source, out, e))
        return false;
    if (l->status != STATUS_OPEN)
        out->weight = ROAD_INF;
    return true;
}

static bool fill(struct road_metric *m, struct err *e)
{
    for (uint32_t a = 0; a < m->arc_room; a++) {
        struct road_arc_cost cost;
        if (!road_cost_of_arc(m, a, &cost, e))
            return false;
        m->time_ms[a] = cost.time_ms;
        m->toll_myuan[a] = cost.toll_myuan;
        m->weight[a] = cost.weight;
    }
    return true;
}

static void place_arrays(struct road_metric *m)
{
    size_t arcs = (size_t)m->arc_room + 1;
    m->weight = m->arcs.at;
    m->time_ms = m->weight + arcs;
    m->toll_myuan = m->time_ms + arcs;
}

bool road_metric_new(const struct network *n, const struct road_profile *p, struct road_metric **out,
                     struct err *e)
{
    struct road_truck t = {0};
    bool source = p->objective == ROAD_SOURCE;
    if (p->objective > ROAD_SOURCE)
        return fail_field(e, ERR_INVALID_ARGUMENT, "objective", "there is no objective %u", p->objective);
    if (source && n->arc_weight_count == 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, "objective", "network %s carries no weights of its own",
                          n->version);
    if (!source && !(p->objective == ROAD_SHORTEST && p->vehicle_class == 0) && !make_truck(n, p, &t, e))
        return false;
    if (source && n->added_arcs > 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, "objective",
                          "the roads that version %s adds have no weight of the source's", n->version);
    struct road_metric *m = calloc(1, sizeof *m);
    size_t arcs = (size_t)net_arc_count(n) + 1;
    if (m != NULL)
        *m = (struct road_metric){
            .net = n, .graph = road_graph_of(n), .profile = *p, .truck = t, .arc_room = net_arc_count(n)};
    if (m == NULL || !cow_new(arcs * 3 * sizeof *m->weight, &m->arcs)) {
        road_metric_free(m);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a road metric");
    }
    place_arrays(m);
    if (!fill(m, e) || !road_metric_add_arcs(m, e)) {
        road_metric_free(m);
        return false;
    }
    *out = m;
    return true;
}

static bool copy_added(const struct road_metric *base, struct road_metric *m, struct err *e)
{
    if (!road_metric_grown(base))
        return true;
    m->added = malloc(((size_t)base->added_count + 1) * sizeof *m->added);
    if (m->added == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for new links");
    if (base->added_count > 0)
        memcpy(m->added, base->added, base->added_count * sizeof *m->added);
    m->added_count = base->added_count;
    m->new_nodes = base->new_nodes;
    return base->overlay == NULL || road_metric_renew_overlay(m, e);
}

bool road_metric_fork(const struct road_metric *base, struct road_metric **out, struct err *e)
{
    struct road_metric *m = calloc(1, sizeof *m);
    *out = NULL;
    if (m == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a road metric");
    *m = (struct road_metric){.net = base->net,
                              .graph = base->graph,
                              .profile = base->profile,
                              .truck = base->truck,
                              .arc_room = base->arc_room,
                              .index = base->index};
    bool ok =
        cow_fork(&base->arcs, &m->arcs) || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a road metric");
    if (ok)
        place_arrays(m);
    ok = ok && (m->index == NULL || cch_metric_fork(&base->shortcuts, &m->shortcuts, e)) &&
         (sums_fork(base, m) || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a road metric")) &&
         copy_added(base, m, e);
    if (!ok) {
        road_metric_free(m);
        return false;
    }
    *out = m;
    return true;
}

void road_metric_free(struct road_metric *m)
{
    if (m == NULL)
        return;
    cow_release(&m->arcs);
    sums_free(m->sums);
    sums_free(m->stale_sums);
    cch_metric_release(&m->shortcuts);
    cch_patch_free(m->patch);
    cch_overlay_free(m->overlay);
    free(m->added);
    free(m);
}

static uint32_t add_up(uint32_t a, uint32_t b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

void road_cost_add(struct road_cost *sum, const struct road_metric *m, uint32_t arc)
{
    if (arc >= m->graph.arc_count) {
        const struct road_added *x = &m->added[arc - m->graph.arc_count];
        sum->weight = add_up(sum->weight, x->weight);
        sum->time_ms = add_up(sum->time_ms, x->time_ms);
        sum->length_m = add_up(sum->length_m, x->length_m);
        sum->toll_myuan = add_up(sum->toll_myuan, x->toll_myuan);
        return;
    }
    sum->weight = add_up(sum->weight, m->weight[arc]);
    sum->time_ms = add_up(sum->time_ms, m->time_ms[arc]);
    sum->length_m = add_up(sum->length_m, m->net->link[net_arc_link(m->net, arc)].length_m);
    sum->toll_myuan = add_up(sum->toll_myuan, m->toll_myuan[arc]);
}

bool road_open_links(const struct network *n, const struct road_profile *p, bool *open, struct err *e)
{
    struct road_truck t = {0};
    if (!make_truck(n, p, &t, e))
        return false;
    for (uint32_t i = 0; i < n->link_count; i++)
        open[i] = may_enter(&n->link[i], &n->limit[n->link[i].limit], p, &t);
    return true;
}
