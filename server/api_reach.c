#include "api_reach.h"

#include "heavy.h"
#include "polyline.h"
#include "road/reach.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    DRIVE_S_MAX = 172800,
    COST_FEN_MAX = 200000000,
    FEN_MYUAN = 10,
    CELL_M_MIN = 10,
    CELLS_ACROSS = 150, /* of a raster that nobody asked for: the extent divided by this */
    AUTO_CELL_M_MIN = 50,
    AUTO_CELL_M_MAX = 5000,
    SCRATCH_BASE = 64 * 1024 * 1024, /* bytes of a worker's scratch, and for each node */
    SCRATCH_PER_NODE = 64,
};

struct reach {      /* in the call's arena */
    struct heavy h; /* first */
    const Zongheng__V1__GetReachRequest *message;
    uint32_t from, limit;
    int64_t fixed_myuan; /* of one truck, part of every cost */
    Zongheng__V1__GetReachReply out;
};

static bool no_memory(struct err *e)
{
    return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
}

/* --- what is near enough --- */

static const uint32_t *weight_at(const struct road_reach *r, uint32_t node)
{
    uint32_t low = 0, high = r->count;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (r->node[mid] < node)
            low = mid + 1;
        else
            high = mid;
    }
    return low < r->count && r->node[low] == node ? &r->weight[low] : NULL;
}

struct found {
    uint32_t weight, index;
};

static int by_weight(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight < y->weight ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static bool of_kind(const struct reach *x, const struct network *n, const struct net_place *p)
{
    const Zongheng__V1__GetReachRequest *m = x->message;
    for (size_t i = 0; i < m->n_place_kinds; i++)
        if (strcmp(net_string(n, p->kind), m->place_kinds[i]) == 0)
            return true;
    return m->n_place_kinds == 0;
}

static uint32_t node_of(const struct network *n, bool terminals, uint32_t i)
{
    return terminals ? n->terminal[i].node : n->place[i].node;
}

static void put_value(const struct reach *x, uint32_t weight, Zongheng__V1__ReachedPlace *p)
{
    if (x->h.want.profile.objective == ROAD_FASTEST)
        p->drive_s = ((int64_t)weight + 999) / 1000;
    else if (x->h.want.profile.objective == ROAD_CHEAPEST)
        p->cost_fen = ((int64_t)weight + x->fixed_myuan + FEN_MYUAN / 2) / FEN_MYUAN;
    else
        p->distance_m = weight;
}

/* Places, or terminals: those within the limit, nearest first. */
static bool put_list(struct reach *x, const struct road_reach *r, bool terminals, struct arena *scratch,
                     Zongheng__V1__ReachedPlace ***out, size_t *out_count)
{
    const struct snapshot *s = x->h.call->snapshot;
    const struct network *n = s->net;
    struct arena *a = &x->h.call->arena;
    uint32_t all = terminals ? n->terminal_count : n->place_count, count = 0;
    struct found *f = arena_calloc(scratch, (size_t)all + 1, sizeof *f);
    if (f == NULL)
        return no_memory(&x->h.err);
    for (uint32_t i = 0; i < all; i++) {
        const uint32_t *w = weight_at(r, node_of(n, terminals, i));
        if (w != NULL && (terminals || of_kind(x, n, &n->place[i])))
            f[count++] = (struct found){*w, i};
    }
    qsort(f, count, sizeof *f, by_weight);
    *out = arena_calloc(a, (size_t)count + 1, sizeof **out);
    Zongheng__V1__ReachedPlace *list = arena_calloc(a, (size_t)count + 1, sizeof *list);
    if (*out == NULL || list == NULL)
        return no_memory(&x->h.err);
    for (uint32_t i = 0; i < count; i++) {
        zongheng__v1__reached_place__init(&list[i]);
        list[i].place = convert_place(a, s, node_of(n, terminals, f[i].index));
        list[i].terminal_id = terminals ? n->terminal[f[i].index].id : 0;
        put_value(x, f[i].weight, &list[i]);
        if (list[i].place == NULL)
            return no_memory(&x->h.err);
        (*out)[i] = &list[i];
    }
    *out_count = count;
    return true;
}

/* --- outline --- */

static uint32_t auto_cell_m(const struct network *n, const struct road_reach *r)
{
    const double m_per_e7 = 6371000 * 3.14159265358979 / 180e7;
    struct net_point low = n->node_point[r->from], high = low;
    for (uint32_t i = 0; i < r->count; i++) {
        struct net_point p = n->node_point[r->node[i]];
        low.lat_e7 = p.lat_e7 < low.lat_e7 ? p.lat_e7 : low.lat_e7;
        low.lon_e7 = p.lon_e7 < low.lon_e7 ? p.lon_e7 : low.lon_e7;
        high.lat_e7 = p.lat_e7 > high.lat_e7 ? p.lat_e7 : high.lat_e7;
        high.lon_e7 = p.lon_e7 > high.lon_e7 ? p.lon_e7 : high.lon_e7;
    }
    double lat = (high.lat_e7 - (double)low.lat_e7) * m_per_e7;
    double lon = (high.lon_e7 - (double)low.lon_e7) * m_per_e7;
    double cell = (lat > lon ? lat : lon) / CELLS_ACROSS;
    return (uint32_t)fmin(fmax(cell, AUTO_CELL_M_MIN), AUTO_CELL_M_MAX);
}

static uint32_t polygon_end(const struct reach_shape *shape, uint32_t first)
{
    uint32_t i = first + 1;
    while (i < shape->ring_count && shape->ring[i].hole)
        i++;
    return i;
}

static bool put_polygons(struct reach *x, const struct reach_shape *shape)
{
    struct arena *a = &x->h.call->arena;
    uint32_t count = 0;
    for (uint32_t i = 0; i < shape->ring_count; i++)
        count += !shape->ring[i].hole;
    Zongheng__V1__Polygon *list = arena_calloc(a, (size_t)count + 1, sizeof *list);
    x->out.polygons = arena_calloc(a, (size_t)count + 1, sizeof *x->out.polygons);
    char **ring = arena_calloc(a, (size_t)shape->ring_count + 1, sizeof *ring);
    if (list == NULL || x->out.polygons == NULL || ring == NULL)
        return no_memory(&x->h.err);
    for (uint32_t i = 0; i < shape->ring_count; i++) {
        const struct reach_ring *r = &shape->ring[i];
        if ((ring[i] = polyline_encode(a, shape->point + r->first, r->count)) == NULL)
            return no_memory(&x->h.err);
    }
    for (uint32_t i = 0, k = 0; i < shape->ring_count; i = polygon_end(shape, i), k++) {
        zongheng__v1__polygon__init(&list[k]);
        list[k].rings = &ring[i];
        list[k].n_rings = polygon_end(shape, i) - i;
        x->out.polygons[k] = &list[k];
    }
    x->out.n_polygons = count;
    x->out.cell_m = shape->cell_m;
    return true;
}

/* --- the work --- */

static bool put_answer(struct reach *x, struct road_query *q, struct arena *scratch)
{
    const Zongheng__V1__GetReachRequest *m = x->message;
    const struct snapshot *s = x->h.call->snapshot;
    const struct road_metric *metric = x->h.waiter.metric;
    struct err *e = &x->h.err;
    struct road_reach r;
    struct reach_shape shape;
    if (!road_reach(q, metric, x->from, m->reverse, x->limit, scratch, &r, e))
        return false;
    x->out.nodes = r.count;
    if (m->with_places && !put_list(x, &r, false, scratch, &x->out.places, &x->out.n_places))
        return false;
    if (m->with_terminals && !put_list(x, &r, true, scratch, &x->out.terminals, &x->out.n_terminals))
        return false;
    if (m->without_polygons)
        return true;
    uint32_t cell_m = m->cell_m != 0 ? m->cell_m : auto_cell_m(s->net, &r);
    return road_reach_shape(s->net, metric, &r, x->limit, cell_m, scratch, &shape, e) &&
           put_polygons(x, &shape);
}

static bool put_head(struct reach *x)
{
    const struct snapshot *s = x->h.call->snapshot;
    struct arena *a = &x->h.call->arena;
    struct convert_warnings w;
    if (!convert_warnings_init(a, &w, &x->h.err) ||
        !convert_gaps(a, s->net, &x->h.want.profile, NULL, 0, &w, &x->h.err))
        return false;
    x->out.warnings = w.text;
    x->out.n_warnings = w.count;
    x->out.limit_gaps = w.gap;
    x->out.n_limit_gaps = w.gap_count;
    x->out.network_version = (char *)(uintptr_t)s->net->version;
    x->out.attribution = (char *)(uintptr_t)net_string(s->net, s->net->attribution);
    x->out.from = convert_place(a, s, x->from);
    return x->out.from != NULL || no_memory(&x->h.err);
}

/* On a worker. The scratch of a reach is larger than a call's arena may be, and there are only as many as
 * workers. */
static void work(struct heavy *h)
{
    struct reach *x = (struct reach *)(void *)h;
    const struct snapshot *s = h->call->snapshot;
    struct road_query *q = NULL;
    struct arena scratch;
    arena_init(&scratch, SCRATCH_BASE + (size_t)SCRATCH_PER_NODE * net_node_count(s->net));
    if (road_query_new(s->net, plan_network_index(s->plan), &q, &h->err) && put_answer(x, q, &scratch))
        put_head(x);
    road_query_free(q);
    arena_release(&scratch);
    heavy_encode(h, &x->out.base, false);
}

static void begin(struct heavy *h)
{
    if (h->err.code != ERR_OK)
        heavy_end(h);
    else
        heavy_run(h, work, heavy_end);
}

/* --- the question --- */

static bool limit_of_cost(struct reach *x, const struct network *n, struct err *e)
{
    int64_t fen = x->message->max_cost_fen;
    for (uint32_t i = 0; i < n->vehicle_count; i++)
        if (n->vehicle[i].vehicle_class == x->h.want.profile.vehicle_class)
            x->fixed_myuan = n->vehicle[i].fixed_myuan;
    if (fen < 1 || fen > COST_FEN_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "max_cost_fen", "max_cost_fen is 1 to %d", COST_FEN_MAX);
    if (fen * FEN_MYUAN < x->fixed_myuan)
        return fail_field(e, ERR_INVALID_ARGUMENT, "max_cost_fen",
                          "the fixed cost of a truck of class %u alone is %lld fen",
                          (unsigned)x->h.want.profile.vehicle_class, (long long)(x->fixed_myuan / FEN_MYUAN));
    x->limit = (uint32_t)(fen * FEN_MYUAN - x->fixed_myuan);
    return true;
}

/* The limit chooses what the ways minimize. */
static bool objective_of(const Zongheng__V1__GetReachRequest *m, Zongheng__V1__Objective *out, struct err *e)
{
    switch (m->limit_case) {
    case ZONGHENG__V1__GET_REACH_REQUEST__LIMIT_MAX_DRIVE_S:
        *out = ZONGHENG__V1__OBJECTIVE__FASTEST;
        return (m->max_drive_s >= 1 && m->max_drive_s <= DRIVE_S_MAX) ||
               fail_field(e, ERR_INVALID_ARGUMENT, "max_drive_s", "max_drive_s is 1 to %d", DRIVE_S_MAX);
    case ZONGHENG__V1__GET_REACH_REQUEST__LIMIT_MAX_COST_FEN:
        *out = ZONGHENG__V1__OBJECTIVE__CHEAPEST;
        return true;
    case ZONGHENG__V1__GET_REACH_REQUEST__LIMIT_MAX_DISTANCE_M:
        *out = ZONGHENG__V1__OBJECTIVE__SHORTEST;
        return (m->max_distance_m >= 1 && m->max_distance_m < ROAD_INF) ||
               fail_field(e, ERR_INVALID_ARGUMENT, "max_distance_m", "max_distance_m is 1 to %u",
                          ROAD_INF - 1);
    default:
        return fail_field(e, ERR_INVALID_ARGUMENT, "limit",
                          "one of max_drive_s, max_cost_fen, max_distance_m is wanted");
    }
}

static bool set_limit(struct reach *x, const struct network *n, struct err *e)
{
    const Zongheng__V1__GetReachRequest *m = x->message;
    if (m->limit_case == ZONGHENG__V1__GET_REACH_REQUEST__LIMIT_MAX_COST_FEN)
        return limit_of_cost(x, n, e);
    bool time = m->limit_case == ZONGHENG__V1__GET_REACH_REQUEST__LIMIT_MAX_DRIVE_S;
    x->limit = time ? m->max_drive_s * 1000 : m->max_distance_m;
    return true;
}

static bool known_kinds(const struct network *n, const Zongheng__V1__GetReachRequest *m, struct err *e)
{
    for (size_t i = 0; i < m->n_place_kinds; i++) {
        uint32_t k = 0;
        while (k < n->place_count && strcmp(net_string(n, n->place[k].kind), m->place_kinds[i]) != 0)
            k++;
        if (k == n->place_count)
            return fail_field(e, ERR_NOT_FOUND, "place_kinds", "the network has no place of kind \"%.40s\"",
                              m->place_kinds[i]);
    }
    return m->n_place_kinds == 0 || m->with_places ||
           fail_field(e, ERR_INVALID_ARGUMENT, "place_kinds", "place_kinds goes with with_places only");
}

static bool check(struct call *c, struct reach *x, struct err *e)
{
    const Zongheng__V1__GetReachRequest *m = x->message;
    const struct snapshot *s = c->snapshot;
    Zongheng__V1__Objective objective = ZONGHENG__V1__OBJECTIVE__FASTEST;
    if (m->vehicle != NULL && m->vehicle->second_driver)
        return fail_field(e, ERR_INVALID_ARGUMENT, "vehicle.second_driver",
                          "a limit of driving time does not ask who drives; leave second_driver out");
    if (m->cell_m != 0 && (m->cell_m < CELL_M_MIN || m->cell_m > REACH_CELL_M_MAX || m->without_polygons))
        return fail_field(e, ERR_INVALID_ARGUMENT, "cell_m",
                          "cell_m is %d to %d, or 0; it goes with polygons only", CELL_M_MIN,
                          REACH_CELL_M_MAX);
    if (m->n_place_kinds > 32)
        return fail_field(e, ERR_INVALID_ARGUMENT, "place_kinds", "at most 32 kinds of places");
    return objective_of(m, &objective, e) &&
           heavy_profile(s, m->vehicle, m->dangerous_class, objective, &x->h.want.profile, e) &&
           set_limit(x, s->net, e) && convert_place_ref(s, m->from, "from", &x->from, e) &&
           known_kinds(s->net, m, e) && convert_avoid(&c->arena, m->avoid, &x->h.want.avoid, e);
}

void api_reach_get(struct call *c, const ProtobufCMessage *message)
{
    struct reach *x = arena_calloc(&c->arena, 1, sizeof *x);
    struct err e = {0};
    if (x != NULL) {
        zongheng__v1__get_reach_reply__init(&x->out);
        x->message = (const void *)message;
    }
    if (x == NULL ? !no_memory(&e) : !check(c, x, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    if (heavy_begin(&x->h, c))
        heavy_metric(&x->h, begin);
}
