#include "plan/linehaul.h"

#include "freight/limits.h"
#include "plan/engine.h"

#include <math.h>
#include <stdlib.h>

_Static_assert((int)LINEHAUL_CLASSES == (int)PLAN_CLASSES, "rates by vehicle class");

static const double less = 1 - 1e-9; /* for what is rounded on the way */

static double chord(struct geo_vector a, struct geo_vector b)
{
    double x = a.x - b.x, y = a.y - b.y, z = a.z - b.z;
    return sqrt(x * x + y * y + z * z);
}

/* --- made once --- */

/* The least of handling from one truck to another. */
static double handling_s(const struct network *n, uint32_t terminal)
{
    const struct net_terminal *t = &n->terminal[terminal];
    double least = 0;
    bool any = false;
    for (uint32_t i = t->handling_first; i < t->handling_first + t->handling_count; i++) {
        const struct net_handling *h = &n->handling[i];
        if (h->from_mode != MODE_ROAD || h->to_mode != MODE_ROAD || (any && h->p50_min * 60.0 >= least))
            continue;
        least = h->p50_min * 60.0;
        any = true;
    }
    return least;
}

static bool boards(const struct plan_network *p, uint32_t terminal)
{
    return (p->call_modes[terminal] >> MODE_ROAD & 1) != 0;
}

/* May another line-haul be boarded where one ends? */
static bool goes_on(const struct plan_network *p, uint32_t terminal)
{
    bool yes = boards(p, terminal);
    for (uint32_t i = p->shuttle_first[terminal]; !yes && i < p->shuttle_first[terminal + 1]; i++)
        yes = boards(p, p->shuttle[i].to);
    return yes;
}

static void put(struct plan_network *p, uint32_t edge)
{
    struct plan_linehauls *x = &p->linehaul;
    const struct plan_edge *ride = &p->rides.edge[edge];
    struct plan_linehaul *l = &x->of[x->count];
    *l = (struct plan_linehaul){
        .edge = edge, .from = p->lies[ride->from], .to = p->lies[ride->to], .goes_on = goes_on(p, ride->to)};
    double end_s = handling_s(p->net, ride->to), unit = chord(l->from, l->to);
    l->least_s = ride->least_s + handling_s(p->net, ride->from) + (l->goes_on ? 0 : end_s);
    x->least_end_s = x->count == 0 || end_s < x->least_end_s ? end_s : x->least_end_s;
    double pace = unit > 0 ? ride->least_s / unit : 0;
    x->ride_s_per_unit = x->count == 0 || pace < x->ride_s_per_unit ? pace : x->ride_s_per_unit;
    x->end[x->count++] = l->to;
}

/* The least rates of all arcs; *out stays INFINITY when there is none that counts. */
static void rate(const struct network *n, const double *unit, const uint32_t *weight, double off,
                 double per_weight, double *out)
{
    double least = INFINITY;
    for (uint32_t a = 0; a < net_arc_count(n); a++) {
        double w = weight != NULL ? weight[a] : n->link[net_arc_link(n, a)].length_m;
        if (unit[a] > 0 && (weight == NULL || weight[a] < ROAD_INF) && w - off < least * unit[a])
            least = (w - off) / unit[a];
    }
    *out = least < 0 || least == INFINITY ? 0 : least * per_weight * less;
}

/* Arcs of expanded junctions lie where their links do: each between the points of its own ends. */
static void measure_arcs(const struct network *n, const struct geo_vector *lies, double *unit)
{
    struct road_graph g = road_graph_of(n);
    for (uint32_t v = 0; v < g.node_count; v++)
        for (uint32_t a = g.first_out[v]; a < g.first_out[v + 1]; a++)
            unit[a] = chord(lies[v], lies[g.head[a]]);
}

static bool measure_roads(struct plan_network *p)
{
    const struct network *n = p->net;
    struct plan_linehauls *x = &p->linehaul;
    size_t nodes = net_graph_nodes(n);
    struct geo_vector *lies = malloc((nodes + 1) * sizeof *lies);
    double *unit = malloc(((size_t)net_arc_count(n) + 1) * sizeof *unit);
    bool ok = lies != NULL && unit != NULL;
    for (uint32_t v = 0; ok && v < nodes; v++)
        lies[v] = geo_vector_of(n->node_point[v]);
    if (ok) {
        measure_arcs(n, lies, unit);
        rate(n, unit, NULL, 0, 1, &x->m_per_unit);
    }
    for (int c = 0; ok && c < PLAN_CLASSES; c++) {
        if (p->metric[c][0] == NULL)
            continue;
        rate(n, unit, road_metric_weights(p->metric[c][0]), 0, 1e-3, &x->drive_s_per_unit[c]);
        /* the weight of an arc is rounded, the bill once for a leg */
        rate(n, unit, road_metric_weights(p->metric[c][1]), 1, 1, &x->myuan_per_unit[c]);
    }
    free(lies);
    free(unit);
    return ok;
}

bool plan_linehauls_new(struct plan_network *p, const struct plan_linehauls *roads, bool measure,
                        struct err *e)
{
    struct plan_linehauls *x = &p->linehaul;
    uint32_t first = p->rides.edge_first[MODE_ROAD], end = p->rides.edge_first[MODE_ROAD + 1];
    x->of = calloc((size_t)(end - first) + 1, sizeof *x->of);
    x->end = calloc((size_t)(end - first) + 1, sizeof *x->end);
    bool ok = x->of != NULL && x->end != NULL;
    for (uint32_t i = first; ok && i < end; i++)
        put(p, i);
    if (ok && x->count > 0 && measure)
        ok = measure_roads(p);
    if (roads != NULL) {
        x->m_per_unit = roads->m_per_unit;
        for (int c = 0; c < PLAN_CLASSES; c++) {
            x->drive_s_per_unit[c] = roads->drive_s_per_unit[c];
            x->myuan_per_unit[c] = roads->myuan_per_unit[c];
        }
    }
    return ok || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the freight tables of a network");
}

void plan_linehauls_free(struct plan_linehauls *x)
{
    free(x->of);
    free(x->end);
}

/* --- asked in a question --- */

struct bound { /* of one line-haul as the first of a chain */
    const struct plan_query *q;
    const struct plan_linehauls *x;
    struct geo_vector from, to;
    double drive_s_per_unit, nearest_end; /* nearest_end: to the destination, of all line-hauls, in units */
    unsigned vehicle_class;
};

static struct bound begin(const struct plan_query *q)
{
    const struct network *n = q->p->net;
    const struct plan_linehauls *x = &q->p->linehaul;
    struct bound b = {.q = q,
                      .x = x,
                      .from = geo_vector_of(n->node_point[q->request->from]),
                      .to = geo_vector_of(n->node_point[q->request->to]),
                      .vehicle_class = n->vehicle[q->load.vehicle].vehicle_class,
                      .nearest_end = INFINITY};
    b.drive_s_per_unit = x->drive_s_per_unit[b.vehicle_class];
    for (uint32_t i = 0; i < x->count; i++) {
        double unit = chord(x->end[i], b.to);
        b.nearest_end = unit < b.nearest_end ? unit : b.nearest_end;
    }
    return b;
}

/* What trucks drive at least, in units. */
static double trucks(const struct bound *b, const struct plan_linehaul *l)
{
    return chord(b->from, l->from) + (l->goes_on ? b->nearest_end : chord(l->to, b->to));
}

/* Within what trucks of a chain may drive, and taken by the service? */
static bool may_ride(const struct bound *b, const struct plan_linehaul *l)
{
    const struct plan_query *q = b->q;
    const struct net_service *s =
        &q->p->net->service[q->p->rides.group[q->p->rides.edge[l->edge].group].service];
    return trucks(b, l) * b->x->m_per_unit < plan_truck_limit_m(q) &&
           limits_take_service(q->p->net, s, &q->load) && plan_departure_room(s, &q->load).share >= 1;
}

static double with_rests(const struct plan_query *q, double drive_s)
{
    return drive_s + (double)truck_rest_s((int64_t)drive_s, q->request->second_driver);
}

/* From the door to the door, seconds. */
static double least_s(const struct bound *b, const struct plan_linehaul *l)
{
    double pace = b->drive_s_per_unit, unit = chord(l->to, b->to);
    double s = with_rests(b->q, chord(b->from, l->from) * pace) + l->least_s;
    if (!l->goes_on)
        return s + with_rests(b->q, unit * pace);
    if (b->x->ride_s_per_unit < pace)
        pace = b->x->ride_s_per_unit;
    return s + unit * pace + b->x->least_end_s;
}

bool plan_linehaul_may_arrive(const struct plan_query *q, int64_t within_s)
{
    if (q->p->linehaul.count == 0)
        return false;
    struct bound b = begin(q);
    for (uint32_t i = 0; i < b.x->count; i++)
        if (least_s(&b, &b.x->of[i]) * less <= (double)within_s && may_ride(&b, &b.x->of[i]))
            return true;
    return false;
}

bool plan_linehaul_may_cost(struct plan_query *q, int64_t total_myuan)
{
    enum { ROUNDED_MYUAN = 100 }; /* lines of a truck's bill are rounded to the fen */
    if (q->p->linehaul.count == 0)
        return false;
    struct bound b = begin(q);
    for (uint32_t i = 0; i < b.x->count; i++) {
        const struct plan_linehaul *l = &b.x->of[i];
        const struct plan_edge *ride = &q->p->rides.edge[l->edge];
        if (!may_ride(&b, l))
            continue;
        if (plan_dated(q, ride->group))
            return true;
        struct plan_price price = plan_class_price(q, ride->class, 0);
        double holding =
            (double)plan_holding_myuan(q->request, q->request->ready_at + (int64_t)least_s(&b, l));
        double truck = trucks(&b, l) * b.x->myuan_per_unit[b.vehicle_class] * q->load.trucks;
        if (price.money_myuan >= 0 &&
            (truck + (double)price.money_myuan + (q->bare ? 0 : holding)) * less - ROUNDED_MYUAN <=
                (double)total_myuan)
            return true;
    }
    return false;
}
