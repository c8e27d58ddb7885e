/* Random grids with random turn restrictions against a search over everything driven so far, which reads the
 * restrictions as they stand and knows no automaton and no copies. */
#include "test_osm_file.h"

#include "base/arena.h"
#include "network/geo.h"

#include <math.h>

enum {
    SIDE = 4,
    NODES = SIDE * SIDE,
    EDGES_MAX = 2 * SIDE * (SIDE - 1),
    WAYS_MAX = EDGES_MAX,
    BANS_MAX = 24,
    PAST = 5
};

struct ban {
    bool only, u_turn;
    int from, to, node; /* ways; node -1: by way of ways */
    int path[8],
        length; /* by way of ways: the directed edges, from's first and to's last; 0: cannot be driven */
};

struct grid {
    int edges, ways;
    int u[EDGES_MAX], v[EDGES_MAX], way[EDGES_MAX];
    long metres[EDGES_MAX];
    int way_edge[WAYS_MAX][2], way_edges[WAYS_MAX], oneway[WAYS_MAX]; /* edges in order; 0 both, 1, -1 */
    struct ban ban[BANS_MAX];
    int bans;
};

/* A directed edge is 2 x edge, + 1 from v to u. */
static int tail_of(const struct grid *g, int d)
{
    return (d & 1) == 0 ? g->u[d / 2] : g->v[d / 2];
}
static int head_of(const struct grid *g, int d)
{
    return tail_of(g, d ^ 1);
}
static int way_of(const struct grid *g, int d)
{
    return g->way[d / 2];
}
static bool drivable(const struct grid *g, int d)
{
    int o = g->oneway[way_of(g, d)];
    return o == 0 || (o == 1) == ((d & 1) == 0);
}

static double x_of(int v)
{
    return v % SIDE + 0.01 * (v / SIDE);
}
static double y_of(int v)
{
    return v / SIDE + 0.013 * (v % SIDE);
}

/* Straight lines of one or two edges, each edge with a point in the middle. */
static void make_ways(struct grid *g, struct osm_text *t, uint64_t *s)
{
    for (int v = 0; v < NODES; v++)
        put_node(t, v + 1, x_of(v), y_of(v), "");
    for (int line = 0; line < 2 * SIDE; line++) {
        int step = line < SIDE ? 1 : SIDE, at = line < SIDE ? line * SIDE : line - SIDE;
        for (int done = 0; done < SIDE - 1;) {
            int n = done < SIDE - 2 && test_rand_below(s, 2) == 0 ? 2 : 1, w = g->ways++;
            char nodes[64], tags[64];
            int len = snprintf(nodes, sizeof nodes, "%d", at + done * step + 1);
            g->oneway[w] = test_rand_below(s, 4) == 0 ? (test_rand_below(s, 2) == 0 ? 1 : -1) : 0;
            for (int k = 0; k < n; k++, done++) {
                int e = g->edges++, u = at + done * step, v = u + step;
                double x = (x_of(u) + x_of(v)) / 2 + 0.05, y = (y_of(u) + y_of(v)) / 2;
                put_node(t, 1000 + e, x, y, "");
                g->u[e] = u;
                g->v[e] = v;
                g->way[e] = w;
                g->way_edge[w][k] = e;
                len += snprintf(nodes + len, sizeof nodes - (size_t)len, " %d %d", 1000 + e, v + 1);
                struct net_point p[3] = {{(int32_t)lround(y_of(u) * 1e5), (int32_t)lround(x_of(u) * 1e5)},
                                         {(int32_t)lround(y * 1e5), (int32_t)lround(x * 1e5)},
                                         {(int32_t)lround(y_of(v) * 1e5), (int32_t)lround(x_of(v) * 1e5)}};
                g->metres[e] = lround(geo_distance_m(p[0], p[1]) + geo_distance_m(p[1], p[2]));
            }
            g->way_edges[w] = n;
            snprintf(tags, sizeof tags, "highway=primary|name=W%d%s", w,
                     g->oneway[w] == 1    ? "|oneway=yes"
                     : g->oneway[w] == -1 ? "|oneway=-1"
                                          : "");
            put_way(t, w + 1, nodes, tags);
        }
    }
}

/* The directed edge of the way that leaves its end v, -1 when the way does not end there. */
static int leaving(const struct grid *g, int way, int v)
{
    int first = g->way_edge[way][0] * 2, last = g->way_edge[way][g->way_edges[way] - 1] * 2 + 1;
    return tail_of(g, first) == v ? first : tail_of(g, last) == v ? last : -1;
}

static int random_way_at(const struct grid *g, int v, uint64_t *s)
{
    for (int tries = 0; tries < 200; tries++) {
        int w = (int)test_rand_below(s, (uint32_t)g->ways);
        if (leaving(g, w, v) >= 0)
            return w;
    }
    return -1;
}

/* Appends the edges of the way from its end *v to its other end. */
static void go_along(const struct grid *g, struct ban *b, int way, int *v)
{
    int d = leaving(g, way, *v), n = g->way_edges[way];
    for (int k = 0; k < n; k++)
        b->path[b->length++] = (d & 1) == 0 ? g->way_edge[way][k] * 2 : g->way_edge[way][n - 1 - k] * 2 + 1;
    *v = head_of(g, b->path[b->length - 1]);
}

static bool make_ban(struct grid *g, struct osm_text *t, int id, uint64_t *s)
{
    struct ban b = {.node = -1};
    int v = (int)test_rand_below(s, NODES), kind = (int)test_rand_below(s, 12);
    char members[96], tags[96];
    b.only = test_rand_below(s, 4) == 0;
    b.from = random_way_at(g, v, s);
    if (b.from < 0)
        return false;
    if (test_rand_below(s, 2) == 0) {
        b.node = v;
        b.to = random_way_at(g, v, s);
        if (b.to < 0)
            return false;
        b.u_turn = b.to == b.from;
        snprintf(members, sizeof members, "f%d n%d t%d", b.from + 1, v + 1, b.to + 1);
    } else {
        int vias = 1 + (test_rand_below(s, 3) == 0), via[2] = {-1, -1};
        b.path[b.length++] = leaving(g, b.from, v) ^ 1;
        for (int k = 0; k < vias; k++) {
            via[k] = random_way_at(g, v, s);
            if (via[k] < 0 || via[k] == b.from || (k == 1 && via[1] == via[0]))
                return false;
            go_along(g, &b, via[k], &v);
        }
        b.to = random_way_at(g, v, s);
        if (b.to < 0 || b.to == via[vias - 1] || b.to == b.from)
            return false;
        b.path[b.length++] = leaving(g, b.to, v);
        for (int k = 0; k < b.length; k++)
            if (!drivable(g, b.path[k])) {
                b.length = 0;
                break;
            }
        snprintf(members, sizeof members, vias == 1 ? "f%d v%d t%d" : "f%d v%d v%d t%d", b.from + 1,
                 via[0] + 1, vias == 1 ? b.to + 1 : via[1] + 1, b.to + 1);
    }
    snprintf(tags, sizeof tags, "restriction%s=%s%s%s",
             kind == 0   ? ":hgv"
             : kind == 1 ? ":conditional"
             : kind == 2 ? ":bus"
                         : "",
             b.only ? "only_" : "no_", b.u_turn ? "u_turn" : "left_turn",
             kind == 1   ? " @ (08:00-09:00)"
             : kind == 3 ? "|except=hgv"
                         : "");
    put_turn(t, id, members, tags);
    if (kind != 2 && kind != 3)
        g->ban[g->bans++] = b;
    return true;
}

/* past[0] is the edge driven last; -1: none. */
static bool banned_at_node(const struct grid *g, const struct ban *b, const int *past, int next)
{
    if (past[0] < 0 || head_of(g, past[0]) != b->node || way_of(g, past[0]) != b->from)
        return false;
    bool meant = way_of(g, next) == b->to && (b->from != b->to || (next == (past[0] ^ 1)) == b->u_turn);
    if (!b->only)
        return meant;
    int there = leaving(g, b->to, b->node); /* an only_ whose way cannot be driven is no order */
    return drivable(g, there) && !meant;
}

static bool banned_on_ways(const struct ban *b, const int *past, int next)
{
    for (int known = 1; known < b->length; known++) {
        bool same = true;
        for (int k = 0; k < known; k++)
            same = same && past[known - 1 - k] == b->path[k];
        if (same && (b->only ? next != b->path[known] : known == b->length - 1 && next == b->path[known]))
            return true;
    }
    return false;
}

static bool allowed(const struct grid *g, const int *past, int next)
{
    for (int i = 0; i < g->bans; i++)
        if (g->ban[i].node >= 0 ? banned_at_node(g, &g->ban[i], past, next)
                                : banned_on_ways(&g->ban[i], past, next))
            return false;
    return drivable(g, next);
}

/* Everything that can be driven from a node: labels of the last edges, corrected until nothing changes. */
enum { SLOTS = 1 << 16 };
struct label {
    int past[PAST];
    long metres;
    bool used, queued;
};
struct search {
    struct label slot[SLOTS];
    int queue[SLOTS];
};

static int slot_of(struct search *x, const int *past)
{
    uint64_t h = 0;
    for (int k = 0; k < PAST; k++)
        h = h * 131 + (uint64_t)(past[k] + 2);
    h *= UINT64_C(0x9e3779b97f4a7c15);
    for (uint32_t at = (uint32_t)(h >> 48);; at = (at + 1) % SLOTS) {
        struct label *l = &x->slot[at];
        if (!l->used) {
            *l = (struct label){.used = true, .metres = -1};
            memcpy(l->past, past, sizeof l->past);
        }
        if (memcmp(l->past, past, sizeof l->past) == 0)
            return (int)at;
    }
}

static void relax(struct search *x, const int *past, long metres, int *tail)
{
    int at = slot_of(x, past);
    struct label *l = &x->slot[at];
    if (l->metres >= 0 && l->metres <= metres)
        return;
    l->metres = metres;
    if (!l->queued) {
        l->queued = true;
        x->queue[(*tail)++ % SLOTS] = at;
    }
}

static void search_from(const struct grid *g, struct search *x, int from, long *metres)
{
    int none[PAST] = {-1, -1, -1, -1, -1}, head = 0, tail = 0;
    memset(x->slot, 0, sizeof x->slot);
    for (int v = 0; v < NODES; v++)
        metres[v] = v == from ? 0 : -1;
    relax(x, none, 0, &tail);
    while (head != tail) {
        struct label *l = &x->slot[x->queue[head++ % SLOTS]];
        int v = l->past[0] < 0 ? from : head_of(g, l->past[0]), past[PAST];
        l->queued = false;
        if (metres[v] < 0 || l->metres < metres[v])
            metres[v] = l->metres;
        for (int d = 0; d < g->edges * 2; d++) {
            if (tail_of(g, d) != v || !allowed(g, l->past, d))
                continue;
            past[0] = d;
            memcpy(past + 1, l->past, (PAST - 1) * sizeof *past);
            relax(x, past, l->metres + g->metres[d / 2], &tail);
        }
    }
}

/* A path of the engine, driven edge by edge, breaks no restriction. */
static void drive_path(const struct grid *g, const struct osm_net *o, const uint32_t *arcs, uint32_t count,
                       int from, int to, long metres)
{
    int past[PAST] = {-1, -1, -1, -1, -1}, at = from;
    long sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        int next = (int)o->n->node_id[o->n->arc_head[arcs[i]]] - 1, d = 0;
        while (d < g->edges * 2 && (tail_of(g, d) != at || head_of(g, d) != next))
            d++;
        CHECK(d < g->edges * 2);
        CHECK_MSG(allowed(g, past, d), "the path from %d to %d breaks a restriction", from + 1, to + 1);
        memmove(past + 1, past, (PAST - 1) * sizeof *past);
        past[0] = d;
        sum += g->metres[d / 2];
        at = next;
    }
    CHECK_I64(at, to);
    CHECK_I64(sum, metres);
}

static void compare(const struct grid *g, struct osm_net *o, struct search *x, int round, uint32_t *detours)
{
    struct road_metric *m;
    struct road_query *q;
    struct arena a;
    struct err e = {0};
    arena_init(&a, 1 << 20);
    CHECK(road_metric_new(o->n, &(struct road_profile){.vehicle_class = 6, .objective = ROAD_SHORTEST}, &m,
                          &e));
    CHECK(road_query_new(o->n, NULL, &q, &e));
    for (int from = 0; from < NODES; from++) {
        long metres[NODES];
        search_from(g, x, from, metres);
        for (int to = 0; to < NODES; to++) {
            const uint32_t *arcs;
            uint32_t count, u = osm_node(o, from + 1), v = osm_node(o, to + 1), w = road_weight(q, m, u, v);
            long got = w < ROAD_INF ? (long)w : -1;
            CHECK_MSG(got == metres[to], "grid %d, from %d to %d: %ld m, expected %ld", round, from + 1,
                      to + 1, got, metres[to]);
            if (got <= 0)
                continue;
            CHECK(road_path(q, m, u, v, &a, &arcs, &count, &e));
            drive_path(g, o, arcs, count, from, to, got);
            *detours += count > (uint32_t)(abs(from % SIDE - to % SIDE) + abs(from / SIDE - to / SIDE));
            arena_reset(&a);
        }
    }
    arena_release(&a);
    road_query_free(q);
    road_metric_free(m);
}

TEST(random_grids_agree_with_a_search_over_all_that_was_driven)
{
    struct search *x = malloc(sizeof *x);
    uint64_t seed = 20261124;
    uint32_t detours = 0, expanded = 0;
    CHECK(x != NULL);
    for (int round = 0; round < 120; round++) {
        struct grid g = {0};
        struct osm_net o;
        struct osm_text *t = osm_text();
        make_ways(&g, t, &seed);
        for (int i = 0, n = 4 + (int)test_rand_below(&seed, BANS_MAX - 4); i < n; i++)
            make_ban(&g, t, i + 1, &seed);
        CHECK_MSG(osm_load(t, &o), "%s", o.e.text);
        CHECK_I64(net_plain_count(o.n), NODES);
        CHECK_I64(o.n->link_count, g.edges);
        CHECK_I64(o.r.turns_broken, 0);
        compare(&g, &o, x, round, &detours);
        expanded += o.r.junctions_expanded;
        osm_done(&o);
    }
    CHECK(detours > 1000 && expanded > 300);
    free(x);
}
