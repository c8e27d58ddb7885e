/* Reach: the set against a plain search, the outline against the distance from what is driven, and the
 * tracing of outlines against random rasters. */
#include "road/change.h"
#include "road/metric.h"
#include "road/reach_inside.h"
#include "test_expanded_net.h"

#include <math.h>

enum { ARENA = 64 << 20 };

/* Bellman's algorithm, as plain as can be. */
static void distances(const struct road_metric *m, uint32_t from, bool reverse, uint32_t *d)
{
    const struct road_graph *g = &m->graph;
    for (uint32_t v = 0; v < g->node_count; v++)
        d[v] = v == from ? 0 : ROAD_INF;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t v = 0; v < g->node_count; v++)
            for (uint32_t a = g->first_out[v]; a < g->first_out[v + 1]; a++) {
                uint32_t near = reverse ? g->head[a] : v, far = reverse ? v : g->head[a];
                if (m->weight[a] < ROAD_INF && d[near] + m->weight[a] < d[far]) {
                    d[far] = d[near] + m->weight[a];
                    changed = true;
                }
            }
    }
}

static uint32_t *any_order(uint64_t *seed, uint32_t count)
{
    uint32_t *order = malloc(((size_t)count + 1) * sizeof *order);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t k = test_rand_below(seed, i + 1);
        order[i] = order[k];
        order[k] = i;
    }
    return order;
}

/* On expanded junctions: who arrives does so at sinks, and goes on as the turns allow. */
TEST(turns_are_honoured)
{
    uint64_t seed = 6;
    struct expansion *x = malloc(sizeof *x);
    uint32_t d[NET_NODES_MAX], states = 0;
    for (uint32_t k = 0; k < 60; k++) {
        struct road_net *r = net_random(&seed, 4 + test_rand_below(&seed, 40));
        struct road_profile p = {.vehicle_class = 2, .objective = ROAD_FASTEST};
        struct road_metric *m;
        struct road_query *q;
        struct err e = {0};
        struct arena a;
        struct road_reach reach;
        expand(r, &seed, x);
        arena_init(&a, ARENA);
        CHECK(road_metric_new(&r->net, &p, &m, &e) && road_query_new(&r->net, NULL, &q, &e));
        for (uint32_t i = 0; i < 10; i++) {
            uint32_t from = test_rand_below(&seed, net_plain_count(&r->net)), at = 0;
            uint32_t limit = test_rand_below(&seed, 4000000);
            bool reverse = i & 1;
            distances(m, reverse ? net_arrival(&r->net, from) : from, reverse, d);
            CHECK(road_reach(q, m, from, reverse, limit, &a, &reach, &e));
            for (uint32_t v = 0; v < net_plain_count(&r->net); v++) {
                uint32_t w = v == from ? 0 : d[reverse ? v : net_arrival(&r->net, v)];
                if (w > limit)
                    continue;
                CHECK(at < reach.count && reach.node[at] == v);
                CHECK_I64(reach.weight[at++], w);
            }
            CHECK_I64(reach.count, at);
            if (reverse)
                d[from] = 0;
            at = 0;
            for (uint32_t v = 0; v < r->net.node_id_count; v++)
                if (d[v] <= limit) {
                    CHECK(at < reach.state_count && reach.state[at] == v);
                    CHECK_I64(reach.state_weight[at++], d[v]);
                }
            CHECK_I64(reach.state_count, at);
            states += at - reach.count;
        }
        arena_release(&a);
        road_query_free(q);
        road_metric_free(m);
        free(r);
    }
    CHECK(states > 1000);
    free(x);
}

static void check_set(const struct road_reach *r, const uint32_t *d, uint32_t nodes, uint32_t limit)
{
    uint32_t at = 0;
    for (uint32_t v = 0; v < nodes; v++) {
        if (d[v] > limit || d[v] == ROAD_INF)
            continue;
        CHECK(at < r->count && r->node[at] == v);
        CHECK_I64(r->weight[at], d[v]);
        at++;
    }
    CHECK_I64(r->count, at);
}

TEST(the_set_is_what_a_search_reaches)
{
    uint64_t seed = 31;
    for (uint32_t k = 0; k < 150; k++) {
        struct road_net *r = net_random(&seed, 1 + test_rand_below(&seed, 80));
        struct road_profile p = {.vehicle_class = 2, .objective = (uint8_t)(k % 3)};
        struct road_metric *m;
        struct road_index *ix;
        struct road_query *q[2];
        struct err e = {0};
        struct arena a;
        uint32_t nodes = r->net.node_id_count, *order = any_order(&seed, nodes), d[80];
        r->net.cch_order = order;
        r->net.cch_order_count = nodes;
        arena_init(&a, ARENA);
        CHECK(road_metric_new(&r->net, &p, &m, &e) && road_index_new(&r->net, &ix, &e));
        CHECK(road_metric_customize(m, ix, NULL, &e));
        CHECK(road_query_new(&r->net, NULL, &q[0], &e) && road_query_new(&r->net, ix, &q[1], &e));
        for (uint32_t i = 0; i < 16; i++) {
            uint32_t from = test_rand_below(&seed, nodes);
            uint32_t limit = i == 0 ? UINT32_MAX : i == 1 ? 0 : test_rand_below(&seed, 3000000);
            bool reverse = i & 1;
            struct road_reach reach;
            distances(m, from, reverse, d);
            CHECK(road_reach(q[i / 2 % 2], m, from, reverse, limit, &a, &reach, &e));
            check_set(&reach, d, nodes, limit);
            CHECK(reach.from == from && reach.reverse == reverse);
        }
        struct arena none;
        struct road_reach reach;
        arena_init(&none, 0);
        CHECK(!road_reach(q[1], m, 0, false, 0, &none, &reach, &e) && e.code == ERR_RESOURCE_EXHAUSTED);
        arena_release(&a);
        road_query_free(q[0]);
        road_query_free(q[1]);
        road_metric_free(m);
        road_index_free(ix);
        free(order);
        free(r);
    }
}

/* --- outlines ----------------------------------------------------------------------------------- */

static bool in_ring(const struct reach_shape *s, const struct reach_ring *r, double lat, double lon)
{
    bool in = false;
    for (uint32_t i = r->first; i + 1 < r->first + r->count; i++) {
        const struct net_point *p = &s->point[i], *n = &s->point[i + 1];
        if (p->lon_e7 == n->lon_e7 && (p->lat_e7 > lat) != (n->lat_e7 > lat) && p->lon_e7 > lon)
            in = !in;
    }
    return in;
}

static bool inside(const struct reach_shape *s, double lat, double lon)
{
    bool in = false;
    for (uint32_t k = 0; k < s->ring_count; k++)
        in ^= in_ring(s, &s->ring[k], lat, lon);
    return in;
}

static double area(const struct reach_shape *s, const struct reach_ring *r)
{
    double twice = 0;
    for (uint32_t i = r->first; i + 1 < r->first + r->count; i++)
        twice += (double)s->point[i].lon_e7 * s->point[i + 1].lat_e7 -
                 (double)s->point[i + 1].lon_e7 * s->point[i].lat_e7;
    return twice;
}

/* Two edges of outlines may only meet where both end. */
static void check_edges(const struct reach_shape *s, const uint32_t *edge, uint32_t edges)
{
    for (uint32_t i = 0; i < edges; i++)
        for (uint32_t k = 0; k < i; k++) {
            const struct net_point *a = &s->point[edge[i]], *b = &s->point[edge[k]];
            int64_t ax0 = (int64_t)fmin(a[0].lon_e7, a[1].lon_e7),
                    ax1 = (int64_t)fmax(a[0].lon_e7, a[1].lon_e7);
            int64_t ay0 = (int64_t)fmin(a[0].lat_e7, a[1].lat_e7),
                    ay1 = (int64_t)fmax(a[0].lat_e7, a[1].lat_e7);
            int64_t bx0 = (int64_t)fmin(b[0].lon_e7, b[1].lon_e7),
                    bx1 = (int64_t)fmax(b[0].lon_e7, b[1].lon_e7);
            int64_t by0 = (int64_t)fmin(b[0].lat_e7, b[1].lat_e7),
                    by1 = (int64_t)fmax(b[0].lat_e7, b[1].lat_e7);
            int64_t x0 = ax0 > bx0 ? ax0 : bx0, x1 = ax1 < bx1 ? ax1 : bx1;
            int64_t y0 = ay0 > by0 ? ay0 : by0, y1 = ay1 < by1 ? ay1 : by1;
            if (x0 > x1 || y0 > y1)
                continue;
            bool corner = x0 == x1 && y0 == y1 && (x0 == ax0 || x0 == ax1) && (y0 == ay0 || y0 == ay1) &&
                          (x0 == bx0 || x0 == bx1) && (y0 == by0 || y0 == by1);
            CHECK_MSG(corner, "edges %u and %u cross or run together", edge[i], edge[k]);
        }
}

/* The half cell on the filled side of a ring's first edge. */
static void filled_side(const struct net_point *p, double lat_step, double lon_step, double *lat, double *lon)
{
    double up = p[1].lat_e7 > p[0].lat_e7 ? 1 : p[1].lat_e7 < p[0].lat_e7 ? -1 : 0;
    double right = p[1].lon_e7 > p[0].lon_e7 ? 1 : p[1].lon_e7 < p[0].lon_e7 ? -1 : 0;
    *lat = p[0].lat_e7 + (up + right) * 0.5 * lat_step;
    *lon = p[0].lon_e7 + (right - up) * 0.5 * lon_step;
}

/* Closed, without a point twice, turning at each, in the right direction, holes behind their outer ring. */
static void check_rings(const struct reach_shape *s, double lat_step, double lon_step)
{
    uint32_t *edge = malloc((s->point_count + 1) * sizeof *edge), edges = 0, outer = 0;
    for (uint32_t k = 0; k < s->ring_count; k++) {
        const struct reach_ring *r = &s->ring[k];
        const struct net_point *p = &s->point[r->first];
        CHECK(r->count >= 5 && r->first + r->count <= s->point_count);
        CHECK(memcmp(&p[0], &p[r->count - 1], sizeof *p) == 0);
        for (uint32_t i = 0; i + 1 < r->count; i++) {
            const struct net_point *next = &p[i + 2 < r->count ? i + 2 : 1];
            CHECK((p[i].lat_e7 == p[i + 1].lat_e7) != (p[i].lon_e7 == p[i + 1].lon_e7));
            CHECK((p[i].lat_e7 == p[i + 1].lat_e7) != (p[i + 1].lat_e7 == next->lat_e7));
            for (uint32_t j = 0; j < i; j++)
                CHECK(memcmp(&p[i], &p[j], sizeof *p) != 0);
            edge[edges++] = r->first + i;
        }
        CHECK(r->hole ? area(s, r) < 0 : area(s, r) > 0);
        outer = r->hole ? outer : k;
        CHECK(!s->ring[outer].hole);
        double lat, lon;
        filled_side(p, lat_step, lon_step, &lat, &lon);
        bool in = false;
        for (uint32_t h = outer; h < s->ring_count && (h == outer || s->ring[h].hole); h++)
            in ^= in_ring(s, &s->ring[h], lat, lon);
        CHECK(in);
    }
    check_edges(s, edge, edges);
    free(edge);
}

TEST(outlines_of_random_rasters)
{
    uint64_t seed = 8;
    uint32_t holes = 0, most = 0;
    for (uint32_t k = 0; k < 400; k++) {
        struct raster r = {.lat_step = 10, .lon_step = 10};
        struct arena a;
        struct err e = {0};
        r.width = 3 + test_rand_below(&seed, k % 20 == 0 ? 40 : 12);
        r.height = 3 + test_rand_below(&seed, k % 20 == 0 ? 40 : 12);
        r.cell = calloc((size_t)(r.width * r.height), 1);
        uint32_t density = 1 + test_rand_below(&seed, 9);
        for (int64_t y = 1; y < r.height - 1; y++)
            for (int64_t x = 1; x < r.width - 1; x++)
                if (test_rand_below(&seed, 10) < density)
                    r.cell[y * r.width + x] = FILLED;
        struct reach_shape s = {.cell_m = 1};
        arena_init(&a, ARENA);
        CHECK_MSG(reach_trace(&r, &a, &s, &e), "%s", e.text);
        for (int64_t y = 0; y < r.height; y++)
            for (int64_t x = 0; x < r.width; x++)
                CHECK(inside(&s, 10 * (double)y + 5, 10 * (double)x + 5) ==
                      ((r.cell[y * r.width + x] & FILLED) != 0));
        check_rings(&s, 10, 10);
        for (uint32_t i = 0; i < s.ring_count; i++)
            holes += s.ring[i].hole;
        most = s.ring_count > most ? s.ring_count : most;
        arena_release(&a);
        free(r.cell);
    }
    CHECK(holes > 500 && most > 50);
}

/* A network on the map: nodes at random places within `spread` degrees x 1e7, bent links. */
static struct road_net *on_map(uint64_t *seed, uint32_t nodes, uint32_t spread, struct net_point *shape)
{
    struct road_net *r = net_new(nodes);
    uint32_t used = 0;
    for (uint32_t v = 0; v < nodes; v++)
        r->point[v] = (struct net_point){300000000 + (int32_t)test_rand_below(seed, spread),
                                         1140000000 + (int32_t)test_rand_below(seed, spread)};
    for (uint32_t i = 0; i < nodes * 3 / 2; i++) {
        uint32_t v = test_rand_below(seed, nodes), w = test_rand_below(seed, nodes);
        uint32_t l = net_add(r, v, w, 1 + test_rand_below(seed, 20000), 600,
                             test_rand_below(seed, 3) ? LINK_FORWARD | LINK_BACKWARD : LINK_FORWARD);
        if (test_rand_below(seed, 2) == 0)
            continue;
        r->link[l].shape_first = used;
        r->link[l].shape_count = 3;
        for (int k = 0; k < 3; k++)
            shape[used++] = k == 0 ? r->point[v]
                            : k == 2
                                ? r->point[w]
                                : (struct net_point){300000000 + (int32_t)test_rand_below(seed, spread),
                                                     1140000000 + (int32_t)test_rand_below(seed, spread)};
    }
    net_freeze(r);
    r->net.shape = shape;
    r->net.shape_count = used;
    return r;
}

struct dot {
    double x, y; /* cells */
};

struct drive { /* what is driven, as dots closer than a tenth of a cell */
    struct dot *dot;
    uint32_t count;
    double lat_step, lon_step;
};

static void drive_line(struct drive *d, struct net_point a, struct net_point b, double *left)
{
    struct dot p = {a.lon_e7 / d->lon_step, a.lat_e7 / d->lat_step};
    struct dot q = {b.lon_e7 / d->lon_step, b.lat_e7 / d->lat_step};
    double length = hypot(q.x - p.x, q.y - p.y), go = fmin(*left, length);
    for (double at = 0; *left >= 0; at += 0.1) {
        double share = length > 0 ? fmin(at, go) / length : 0;
        CHECK(d->count < 2000000);
        d->dot[d->count++] = (struct dot){p.x + (q.x - p.x) * share, p.y + (q.y - p.y) * share};
        if (at >= go)
            break;
    }
    *left -= length;
}

/* The reached part of an arc, from its tail or, reverse, from its head. */
static void drive_arc(struct drive *d, const struct road_metric *m, uint32_t arc, bool reverse, double part)
{
    const struct network *n = m->net;
    const struct net_link *l = &n->link[net_arc_link(n, arc)];
    struct net_point p[5];
    uint32_t count = 0;
    if (l->shape_count == 0) {
        p[count++] = n->node_point[l->from];
        p[count++] = n->node_point[l->to];
    }
    for (uint32_t i = 0; i < l->shape_count; i++)
        p[count++] = n->shape[l->shape_first + i];
    bool turned = ((n->arc_link[arc] & 1) != 0) != reverse;
    double whole = 0, left;
    for (uint32_t i = 0; i + 1 < count; i++)
        whole += hypot(((double)p[i].lon_e7 - p[i + 1].lon_e7) / d->lon_step,
                       ((double)p[i].lat_e7 - p[i + 1].lat_e7) / d->lat_step);
    left = whole * part;
    for (uint32_t i = 0; i + 1 < count && left >= 0; i++)
        drive_line(d, p[turned ? count - 1 - i : i], p[turned ? count - 2 - i : i + 1], &left);
}

static void drive_all(struct drive *d, const struct road_metric *m, const uint32_t *weight, bool reverse,
                      uint32_t limit)
{
    for (uint32_t v = 0; v < m->graph.node_count; v++)
        for (uint32_t a = m->graph.first_out[v]; a < m->graph.first_out[v + 1]; a++) {
            uint32_t near = reverse ? m->graph.head[a] : v;
            if (weight[near] <= limit)
                drive_arc(d, m, a, reverse, fmin(1, (double)(limit - weight[near]) / m->weight[a]));
        }
}

/* Random places: within a cell of what is driven they are inside, two cells off they are not. */
static uint32_t probe(const struct reach_shape *s, const struct drive *d, uint64_t *seed)
{
    uint32_t sure = 0;
    for (uint32_t k = 0; k < 400; k++) {
        struct dot p = d->dot[test_rand_below(seed, d->count)];
        p.x += (test_rand_below(seed, 6001) - 3000.0) / 1000;
        p.y += (test_rand_below(seed, 6001) - 3000.0) / 1000;
        double off = INFINITY;
        for (uint32_t i = 0; i < d->count; i++)
            off = fmin(off, fmax(fabs(d->dot[i].x - p.x), fabs(d->dot[i].y - p.y)));
        bool in = inside(s, p.y * d->lat_step, p.x * d->lon_step);
        if (off < 0.999)
            CHECK(in);
        if (off > 2.11)
            CHECK(!in);
        sure += off < 0.999 || off > 2.11;
    }
    return sure;
}

static void check_shape(const struct road_net *r, const struct road_metric *m, struct road_query *q,
                        uint64_t *seed)
{
    struct arena a;
    struct err e = {0};
    struct road_reach reach[2];
    struct reach_shape s[2] = {0};
    uint32_t nodes = r->net.node_id_count, from = test_rand_below(seed, nodes), d[NET_NODES_MAX];
    uint32_t limit[2] = {test_rand_below(seed, 1500000), 0}, cell_m = 100 + test_rand_below(seed, 900);
    bool reverse = test_rand_below(seed, 2);
    limit[1] = limit[0] + test_rand_below(seed, 1000000);
    struct drive way = {.dot = malloc(2000000 * sizeof *way.dot), .lat_step = cell_m / 111195.08 * 1e7};
    way.lon_step = way.lat_step / cos(r->point[from].lat_e7 * 1e-7 * M_PI / 180);
    arena_init(&a, ARENA);
    distances(m, from, reverse, d);
    for (int k = 0; k < 2; k++) {
        CHECK(road_reach(q, m, from, reverse, limit[k], &a, &reach[k], &e));
        CHECK_MSG(road_reach_shape(&r->net, m, &reach[k], limit[k], cell_m, &a, &s[k], &e), "%s", e.text);
        CHECK_I64(s[k].cell_m, cell_m);
        check_rings(&s[k], way.lat_step, way.lon_step);
        for (uint32_t i = 0; i < reach[k].count; i++) {
            struct net_point p = r->point[reach[k].node[i]];
            CHECK(inside(&s[k], p.lat_e7 + 0.5, p.lon_e7 + 0.5));
        }
    }
    for (uint32_t i = 0; i < 4000; i++) { /* nested */
        double lat = 299000000.5 + test_rand_below(seed, 3200000);
        double lon = 1139000000.5 + test_rand_below(seed, 3200000);
        CHECK(!inside(&s[0], lat, lon) || inside(&s[1], lat, lon));
    }
    way.dot[way.count++] =
        (struct dot){r->point[from].lon_e7 / way.lon_step, r->point[from].lat_e7 / way.lat_step};
    drive_all(&way, m, d, reverse, limit[0]);
    CHECK(probe(&s[0], &way, seed) > 100);
    free(way.dot);
    arena_release(&a);
}

TEST(outlines_lie_around_what_is_driven)
{
    uint64_t seed = 4;
    struct net_point *shape = malloc(3 * NET_LINKS_MAX * sizeof *shape);
    for (uint32_t k = 0; k < 25; k++) {
        struct road_net *r = on_map(&seed, 5 + test_rand_below(&seed, 30), 1000000, shape);
        struct road_profile p = {.vehicle_class = 4, .objective = ROAD_FASTEST};
        struct road_metric *m;
        struct road_query *q;
        struct err e = {0};
        CHECK(road_metric_new(&r->net, &p, &m, &e) && road_query_new(&r->net, NULL, &q, &e));
        for (int i = 0; i < 3; i++)
            check_shape(r, m, q, &seed);
        road_query_free(q);
        road_metric_free(m);
        free(r);
    }
    free(shape);
}

/* A ring road of n nodes with radius in degrees x 1e7, from node `first`. */
static void ring_road(struct road_net *r, uint32_t first, uint32_t n, double radius)
{
    for (uint32_t i = 0; i < n; i++) {
        double angle = 2 * M_PI * i / n;
        r->point[first + i] = (struct net_point){300000000 + (int32_t)(radius * sin(angle)),
                                                 1140000000 + (int32_t)(radius * cos(angle))};
        net_add(r, first + i, first + (i + 1) % n, 1000, 600, LINK_FORWARD | LINK_BACKWARD);
    }
}

TEST(a_ring_road_has_a_hole_and_cells_grow_until_they_fit)
{
    struct road_net *r = net_new(41);
    struct road_profile p = {.vehicle_class = 1, .objective = ROAD_SHORTEST};
    struct road_metric *m;
    struct road_query *q;
    struct err e = {0};
    struct arena a, small;
    struct road_reach reach;
    struct reach_shape s;
    ring_road(r, 0, 40, 1000000);
    net_freeze(r);
    arena_init(&a, ARENA);
    arena_init(&small, 300);
    CHECK(road_metric_new(&r->net, &p, &m, &e) && road_query_new(&r->net, NULL, &q, &e));
    CHECK(road_reach(q, m, 0, false, 30000, &a, &reach, &e) && reach.count == 40);
    CHECK(road_reach_shape(&r->net, m, &reach, 30000, 500, &a, &s, &e));
    CHECK(s.ring_count == 2 && !s.ring[0].hole && s.ring[1].hole);
    CHECK(!inside(&s, 300000000, 1140000000) && inside(&s, 300000000, 1141000000));
    CHECK(!road_reach_shape(&r->net, m, &reach, 30000, 500, &small, &s, &e));
    CHECK(e.code == ERR_RESOURCE_EXHAUSTED);
    CHECK(road_reach_shape(&r->net, m, &reach, 30000, 1, &a, &s, &e));
    CHECK(s.cell_m == 8); /* some 22 x 22 km: 484 million cells of a metre, 7.6 million of 8 */
    CHECK(inside(&s, 300000000, 1141000000) && !inside(&s, 300000000, 1140000000));
    CHECK(!road_reach_shape(&r->net, m, &reach, 30000, 0, &a, &s, &e) && e.code == ERR_INVALID_ARGUMENT);
    CHECK(!road_reach_shape(&r->net, m, &reach, 30000, 100001, &a, &s, &e) && e.code == ERR_INVALID_ARGUMENT);
    CHECK(road_reach(q, m, 40, true, 5, &a, &reach, &e) && reach.count == 1); /* a place without roads */
    CHECK(road_reach_shape(&r->net, m, &reach, 5, 1000, &a, &s, &e));
    CHECK(s.ring_count == 1 && s.point_count == 5);
    r->point[40] = (struct net_point){0, 1799999999};
    CHECK(!road_reach_shape(&r->net, m, &reach, 5, 1000, &a, &s, &e) && e.code == ERR_OUT_OF_RANGE);
    arena_release(&a);
    arena_release(&small);
    road_query_free(q);
    road_metric_free(m);
    free(r);
}

TEST(new_links_are_driven_and_drawn)
{
    struct road_net *r = net_new(4);
    uint32_t order[] = {0, 1, 2, 3};
    struct road_profile p = {.vehicle_class = 1, .objective = ROAD_SHORTEST};
    struct road_metric *base, *m;
    struct road_index *ix;
    struct road_query *q;
    struct err e = {0};
    struct arena a;
    struct road_reach reach;
    struct reach_shape s;
    for (uint32_t v = 0; v < 4; v++)
        r->point[v] = (struct net_point){300000000, 1140000000 + (int32_t)v * 1000000};
    net_add(r, 0, 1, 10000, 600, LINK_FORWARD);
    net_freeze(r);
    r->net.cch_order = order;
    r->net.cch_order_count = 4;
    arena_init(&a, ARENA);
    CHECK(road_metric_new(&r->net, &p, &base, &e) && road_index_new(&r->net, &ix, &e));
    CHECK(road_metric_customize(base, ix, NULL, &e) && road_metric_fork(base, &m, &e));
    struct road_new_link link[] = {
        {.link = {.from = 1, .to = 2, .length_m = 10000, .speed_km10 = 600, .flags = LINK_FORWARD}},
        {.link = {.from = 2, .to = 4, .length_m = 1, .speed_km10 = 600, .flags = LINK_FORWARD}},
        {.link = {.from = 4, .to = 3, .length_m = 1, .speed_km10 = 600, .flags = LINK_FORWARD}}};
    CHECK_MSG(road_metric_insert(m, link, 3, &e), "%s", e.text);
    CHECK(road_query_new(&r->net, ix, &q, &e));
    for (int reverse = 0; reverse < 2; reverse++) {
        CHECK(road_reach(q, m, reverse ? 2 : 0, reverse, 20000, &a, &reach, &e));
        CHECK(reach.count == 3 && reach.node[2] == 2 && reach.weight[1] == 10000);
        CHECK(road_reach_shape(&r->net, m, &reach, 20000, 500, &a, &s, &e));
        CHECK(inside(&s, 300000000, 1140500000) && inside(&s, 300000000, 1141500000));
        CHECK(!inside(&s, 300000000, 1142500000));
    }
    CHECK(road_reach(q, m, 0, false, 15000, &a, &reach, &e) && reach.count == 2);
    CHECK(road_reach_shape(&r->net, m, &reach, 15000, 500, &a, &s, &e));
    CHECK(inside(&s, 300000000, 1141480000) && !inside(&s, 300000000, 1141650000));
    CHECK(road_reach(q, m, 0, false, 20002, &a, &reach, &e));
    CHECK(reach.count == 4 && reach.node[3] == 3);
    CHECK(road_reach_shape(&r->net, m, &reach, 20002, 500, &a, &s, &e));
    arena_release(&a);
    road_query_free(q);
    road_metric_free(m);
    road_metric_free(base);
    road_index_free(ix);
    free(r);
}
