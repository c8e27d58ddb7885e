/* Alternatives on random towns: every one is a way, keeps every limit, and none that clearly keeps them is
 * missed; both engines choose the same. Via and avoid against searches. */
#include "road/alternative.h"
#include "road/change.h"
#include "road/metric.h"
#include "test_expanded_net.h"

enum { ARENA = 64 << 20, NODES = NET_NODES_MAX, MAX = 5 };

struct town {
    struct road_net *r;
    struct road_index *ix;
    struct road_metric *m;
    struct road_query *q[2];                              /* by searches, by the hierarchy */
    uint32_t order[NET_NODES_MAX], nodes, plain, *weight; /* weight: nodes x nodes */
    uint32_t longest;                                     /* weight of an arc */
    struct arena a;
};

static void open_town(struct town *t, struct road_net *r, uint64_t *seed)
{
    struct err e = {0};
    struct road_profile p = {.vehicle_class = 2, .objective = ROAD_SOURCE};
    *t = (struct town){.r = r, .nodes = r->net.node_id_count, .plain = net_plain_count(&r->net)};
    for (uint32_t i = 0; i < t->nodes; i++) {
        uint32_t k = test_rand_below(seed, i + 1);
        t->order[i] = t->order[k];
        t->order[k] = i;
    }
    r->net.cch_order = t->order;
    r->net.cch_order_count = t->nodes;
    arena_init(&t->a, ARENA);
    CHECK(road_metric_new(&r->net, &p, &t->m, &e) && road_index_new(&r->net, &t->ix, &e));
    CHECK(road_metric_customize(t->m, t->ix, NULL, &e));
    CHECK(road_query_new(&r->net, NULL, &t->q[0], &e) && road_query_new(&r->net, t->ix, &t->q[1], &e));
    t->weight = malloc((size_t)t->nodes * t->nodes * sizeof *t->weight);
    uint32_t all[NET_NODES_MAX];
    for (uint32_t v = 0; v < t->nodes; v++)
        all[v] = v;
    CHECK(road_weights(t->q[0], t->m, all, t->nodes, all, t->nodes, t->weight, &e));
    for (uint32_t a = 0; a < r->net.arc_head_count; a++)
        t->longest = r->source[a] > t->longest ? r->source[a] : t->longest;
}

static void close_town(struct town *t)
{
    road_query_free(t->q[0]);
    road_query_free(t->q[1]);
    road_metric_free(t->m);
    road_index_free(t->ix);
    arena_release(&t->a);
    free(t->weight);
    free(t->r);
}

static uint32_t between(const struct town *t, uint32_t v, uint32_t w)
{
    return t->weight[(size_t)v * t->nodes + w];
}

static void set_weights(struct road_net *r, uint64_t *seed, uint32_t least, uint32_t more)
{
    net_freeze(r);
    for (uint32_t a = 0; a < r->net.arc_head_count; a++)
        r->source[a] = least + test_rand_below(seed, more);
    r->net.arc_weight_count = r->net.arc_head_count;
}

/* Streets in a grid with holes, some one-way, some fast diagonals. */
static struct road_net *random_town(uint64_t *seed, uint32_t most, uint32_t more)
{
    uint32_t side = 3 + test_rand_below(seed, most - 2);
    struct road_net *r = net_new(side * side);
    for (uint32_t v = 0; v < side * side; v++)
        for (uint32_t down = 0; down < 2; down++) {
            if ((down ? v + side >= side * side : v % side + 1 == side) || test_rand_below(seed, 8) == 0)
                continue;
            net_add(r, v, down ? v + side : v + 1, test_rand_below(seed, 1000), 500,
                    test_rand_below(seed, 6) ? LINK_FORWARD | LINK_BACKWARD : LINK_FORWARD);
        }
    for (uint32_t i = 0; i < side; i++)
        net_add(r, test_rand_below(seed, side * side), test_rand_below(seed, side * side), 1000, 900,
                LINK_FORWARD | LINK_BACKWARD);
    set_weights(r, seed, more / 4, more);
    return r;
}

/* Nodes along arcs, arcs + 1 of them; false when they do not hang together. */
static bool nodes_of(const struct town *t, uint32_t from, const uint32_t *arc, uint32_t count, uint32_t *node)
{
    node[0] = from;
    for (uint32_t i = 0; i < count; i++) {
        if (arc[i] < t->r->first[node[i]] || arc[i] >= t->r->first[node[i] + 1])
            return false;
        node[i + 1] = t->r->head[arc[i]];
    }
    return true;
}

static bool is_simple(const struct town *t, const uint32_t *node, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < i; k++)
            if (net_origin(&t->r->net, node[i]) == net_origin(&t->r->net, node[k]))
                return false;
    return true;
}

/* Is every piece of weight up to reach a shortest way? */
static bool is_local(const struct town *t, const uint32_t *arc, const uint32_t *node, uint32_t count,
                     double reach)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t sum = 0;
        for (uint32_t k = i; k < count && sum + t->m->weight[arc[k]] <= reach; k++) {
            sum += t->m->weight[arc[k]];
            if (between(t, node[i], node[k + 1]) != sum)
                return false;
        }
    }
    return true;
}

static double shared_part(const struct town *t, const struct road_alternative *a,
                          const struct road_alternative *b)
{
    uint64_t sum = 0, all = 0;
    for (uint32_t i = 0; i < a->count; i++) {
        all += t->m->weight[a->arc[i]];
        bool both = false;
        for (uint32_t k = 0; k < b->count && !both; k++)
            both = t->r->arc_link[a->arc[i]] == t->r->arc_link[b->arc[k]];
        sum += both ? t->m->weight[a->arc[i]] : 0;
    }
    return all == 0 ? 0 : (double)sum / (double)all;
}

static void check_limits(const struct town *t, uint32_t from, uint32_t to, const struct road_alternative *way,
                         uint32_t count, const struct road_alternative_limits *l)
{
    uint32_t node[NET_NODES_MAX];
    for (uint32_t i = 0; i < count; i++) {
        struct road_cost sum = {0};
        CHECK(nodes_of(t, from, way[i].arc, way[i].count, node));
        CHECK(node[way[i].count] == (from == to ? to : net_arrival(&t->r->net, to)));
        CHECK((i == 0 && t->plain < t->nodes) || is_simple(t, node, way[i].count + 1));
        for (uint32_t k = 0; k < way[i].count; k++) {
            CHECK(t->m->weight[way[i].arc[k]] != ROAD_INF);
            road_cost_add(&sum, t->m, way[i].arc[k]);
        }
        CHECK(memcmp(&sum, &way[i].cost, sizeof sum) == 0);
        CHECK(i > 0 || sum.weight == between(t, from, to));
        CHECK(sum.weight <= l->stretch * between(t, from, to));
        double most = 0;
        for (uint32_t k = 0; k < i; k++) {
            double part = shared_part(t, &way[i], &way[k]);
            most = part > most ? part : most;
        }
        CHECK(most <= l->shared + 1e-12 && most < 1 && most > way[i].shared - 1e-9 &&
              most < way[i].shared + 1e-9);
        CHECK(is_local(t, way[i].arc, node, way[i].count, l->local * between(t, from, to)));
    }
}

/* The shortest way by weights that are all different. */
static uint32_t shortest_way(const struct town *t, uint32_t from, uint32_t to, uint32_t *arc)
{
    uint32_t count = 0;
    for (uint32_t v = from; v != to; v = t->r->head[arc[count - 1]])
        for (uint32_t a = t->r->first[v];; a++) {
            CHECK(a < t->r->first[v + 1]);
            if (t->m->weight[a] < ROAD_INF &&
                t->m->weight[a] + between(t, t->r->head[a], to) == between(t, v, to)) {
                arc[count++] = a;
                break;
            }
        }
    return count;
}

/* Through every node in turn: does a way keep all limits with room to spare in the local one? */
static bool clear_alternative(const struct town *t, uint32_t from, uint32_t to,
                              const struct road_alternative *best, const struct road_alternative_limits *l)
{
    uint32_t arc[2 * NODES], node[2 * NODES + 1];
    to = net_arrival(&t->r->net, to);
    for (uint32_t v = 0; v < t->nodes; v++) {
        if (net_arrival(&t->r->net, v) != v || between(t, from, v) == ROAD_INF ||
            between(t, v, to) == ROAD_INF ||
            between(t, from, v) + between(t, v, to) > l->stretch * best->cost.weight)
            continue;
        uint32_t count = shortest_way(t, from, v, arc);
        count += shortest_way(t, v, to, arc + count);
        struct road_alternative way = {.count = count, .arc = arc};
        double part = shared_part(t, &way, best), reach = 2 * l->local * best->cost.weight + 2.0 * t->longest;
        CHECK(nodes_of(t, from, arc, count, node));
        if (part < 1 && part <= l->shared && is_simple(t, node, count + 1) &&
            is_local(t, arc, node, count, reach))
            return true;
    }
    return false;
}

TEST(alternatives_on_random_towns)
{
    uint64_t seed = 20;
    uint32_t found[2] = {0}, clear[2] = {0};
    struct expansion *x = malloc(sizeof *x);
    for (uint32_t k = 0; k < 160; k++) {
        struct town *t = malloc(sizeof *t);
        bool unique = k % 3 != 0, turns = k % 4 == 0;
        struct road_net *r = random_town(&seed, turns ? 9 : 13, unique ? 10000000 : 8);
        if (turns)
            expand(r, &seed, x);
        open_town(t, r, &seed);
        for (uint32_t i = 0; i < 20; i++) {
            uint32_t from = test_rand_below(&seed, t->plain), to = test_rand_below(&seed, t->plain), count[2];
            struct road_alternative_limits l = {.stretch = 1.05 + test_rand_below(&seed, 60) / 100.0,
                                                .shared = 0.3 + test_rand_below(&seed, 80) / 100.0,
                                                .local = 0.02 + test_rand_below(&seed, 30) / 100.0};
            struct road_alternative *way[2];
            struct err e = {0};
            for (int by = 0; by < 2; by++) {
                bool ok = road_alternatives(t->q[by], &t->r->net, t->m, from, to, MAX, &l, &t->a, &way[by],
                                            &count[by], &e);
                CHECK(ok == (between(t, from, to) != ROAD_INF) && (ok || e.code == ERR_NOT_FOUND));
                if (!ok)
                    continue;
                check_limits(t, from, to, way[by], count[by], &l);
                CHECK(count[by] >= 1 && count[by] <= MAX);
            }
            if (between(t, from, to) == ROAD_INF)
                continue;
            found[turns] += count[1] - 1;
            for (uint32_t a = 0; unique && a < count[0]; a++)
                CHECK(count[0] == count[1] && way[0][a].count == way[1][a].count &&
                      memcmp(way[0][a].arc, way[1][a].arc, way[0][a].count * sizeof(uint32_t)) == 0);
            if (unique && from != to && clear_alternative(t, from, to, way[0], &l)) {
                CHECK(count[0] > 1);
                clear[turns]++;
            }
            arena_reset(&t->a);
        }
        close_town(t);
        free(t);
    }
    free(x);
    for (int turns = 0; turns < 2; turns++)
        CHECK_MSG(found[turns] > 200 && clear[turns] > 50, "%u found, %u clear", found[turns], clear[turns]);
}

/* Three corridors of `length` links from node 0 to node 1, the second a tenth and the third a half longer. */
TEST(corridors_are_found_and_no_more)
{
    enum { LENGTH = 20 };
    uint64_t seed = 3;
    struct road_net *r = net_new(2 + 3 * LENGTH);
    struct town *t = malloc(sizeof *t);
    for (uint32_t c = 0; c < 3; c++)
        for (uint32_t i = 0; i <= LENGTH; i++)
            net_add(r, i == 0 ? 0 : 1 + c * LENGTH + i, i == LENGTH ? 1 : 2 + c * LENGTH + i, 1000, 600,
                    LINK_FORWARD | LINK_BACKWARD);
    set_weights(r, &seed, 0, 1);
    static const uint32_t weight[] = {1000, 1100, 1500};
    for (uint32_t a = 0; a < r->net.arc_head_count; a++)
        r->source[a] = weight[net_arc_link(&r->net, a) / (LENGTH + 1)];
    open_town(t, r, &seed);
    struct road_alternative_limits wide = {.stretch = 1.6}, bad = {.stretch = 0.9};
    struct road_alternative *way;
    uint32_t count;
    struct err e = {0};
    for (int by = 0; by < 2; by++) {
        CHECK(road_alternatives(t->q[by], &r->net, t->m, 0, 1, 9, NULL, &t->a, &way, &count, &e));
        CHECK_I64(count, 2);
        CHECK(way[0].cost.weight == 21000 && way[1].cost.weight == 23100 && way[1].shared == 0);
        CHECK(way[1].count == LENGTH + 1 && way[1].cost.length_m == 21000);
        CHECK(road_alternatives(t->q[by], &r->net, t->m, 0, 1, 9, &wide, &t->a, &way, &count, &e));
        CHECK(count == 3 && way[2].cost.weight == 31500);
        CHECK(road_alternatives(t->q[by], &r->net, t->m, 0, 1, 2, &wide, &t->a, &way, &count, &e));
        CHECK_I64(count, 2);
        CHECK(road_alternatives(t->q[by], &r->net, t->m, 5, 5, 9, NULL, &t->a, &way, &count, &e));
        CHECK(count == 1 && way[0].count == 0 && way[0].cost.weight == 0);
        CHECK(!road_alternatives(t->q[by], &r->net, t->m, 0, 1, 0, NULL, &t->a, &way, &count, &e));
        CHECK(e.code == ERR_INVALID_ARGUMENT);
        CHECK(!road_alternatives(t->q[by], &r->net, t->m, 0, 1, 2, &bad, &t->a, &way, &count, &e));
        CHECK(e.code == ERR_INVALID_ARGUMENT);
    }
    struct road_metric *m;
    struct road_new_link link = {
        .link = {.from = 0, .to = 1, .length_m = 500, .speed_km10 = 600, .flags = LINK_FORWARD},
        .weight = 22000};
    CHECK(road_metric_fork(t->m, &m, &e) && road_metric_insert(m, &link, 1, &e));
    CHECK(road_alternatives(t->q[1], &r->net, m, 0, 1, 9, NULL, &t->a, &way, &count, &e));
    CHECK(count == 3 && way[1].count == 1 && way[1].arc[0] == r->net.arc_head_count && way[1].shared == 0);
    CHECK(way[1].cost.weight == 22000 && way[1].cost.length_m == 500 && way[2].cost.weight == 23100);
    CHECK(road_alternatives(t->q[1], &r->net, m, 1, 0, 9, NULL, &t->a, &way, &count, &e) && count == 2);
    struct road_metric *without;
    CHECK(road_metric_avoid(m, t->ix, &(uint32_t){r->net.arc_head_count}, 1, &without, &e));
    CHECK_I64(road_weight(t->q[1], m, 0, 1),
              road_weight(t->q[1], without, 0, 1) < 22000 ? road_weight(t->q[1], without, 0, 1) : 22000);
    CHECK(road_alternatives(t->q[1], &r->net, without, 0, 1, 9, NULL, &t->a, &way, &count, &e));
    CHECK(count == 2);
    road_metric_free(without);
    road_metric_free(m);
    struct arena small;
    arena_init(&small, 500);
    CHECK(!road_alternatives(t->q[1], &r->net, t->m, 0, 1, 9, NULL, &small, &way, &count, &e));
    CHECK(e.code == ERR_RESOURCE_EXHAUSTED);
    arena_release(&small);
    close_town(t);
    free(t);
}

TEST(avoided_arcs_are_not_driven)
{
    uint64_t seed = 9;
    for (uint32_t k = 0; k < 60; k++) {
        struct town *t = malloc(sizeof *t);
        struct err e = {0};
        open_town(t, random_town(&seed, 13, 1000), &seed);
        uint32_t count = test_rand_below(&seed, k % 2 ? 10 : t->r->net.arc_head_count), *arc;
        struct road_metric *other[3];
        arc = malloc((count + 1u) * sizeof *arc);
        for (uint32_t i = 0; i < count; i++)
            arc[i] = test_rand_below(&seed, t->r->net.arc_head_count);
        uint32_t *before = malloc(t->r->net.arc_head_count * sizeof *before);
        memcpy(before, t->m->weight, t->r->net.arc_head_count * sizeof *before);
        CHECK(road_metric_avoid(t->m, NULL, arc, count, &other[0], &e));
        CHECK(road_metric_avoid(t->m, t->ix, arc, count, &other[1], &e));
        CHECK(
            road_metric_avoid(other[0], t->ix, arc, count, &other[2], &e)); /* whose base has no shortcuts */
        CHECK(memcmp(before, t->m->weight, t->r->net.arc_head_count * sizeof *before) == 0);
        for (uint32_t i = 0; i < 60; i++) {
            uint32_t from = test_rand_below(&seed, t->nodes), to = test_rand_below(&seed, t->nodes);
            CHECK_I64(road_weight(t->q[1], t->m, from, to), between(t, from, to));
            uint32_t right = road_weight(t->q[0], other[0], from, to), length;
            CHECK_I64(road_weight(t->q[1], other[1], from, to), right);
            CHECK_I64(road_weight(t->q[1], other[2], from, to), right);
            CHECK(right >= between(t, from, to));
            const uint32_t *way;
            if (right == ROAD_INF)
                continue;
            CHECK(road_path(t->q[1], other[1], from, to, &t->a, &way, &length, &e));
            for (uint32_t x = 0; x < length; x++)
                for (uint32_t y = 0; y < count; y++)
                    CHECK(way[x] != arc[y]);
        }
        arc[0] = t->r->net.arc_head_count;
        road_metric_free(other[0]);
        CHECK(!road_metric_avoid(t->m, t->ix, arc, 1, &other[0], &e) && e.code == ERR_INVALID_ARGUMENT);
        road_metric_free(other[1]);
        road_metric_free(other[2]);
        free(before);
        free(arc);
        close_town(t);
        free(t);
    }
}

TEST(stops_are_passed_in_order)
{
    uint64_t seed = 14;
    for (uint32_t k = 0; k < 60; k++) {
        struct town *t = malloc(sizeof *t);
        struct err e = {0};
        uint32_t stop[6], node[6 * NODES], stops = test_rand_below(&seed, 7), count;
        const uint32_t *arc;
        struct road_cost cost, sum = {0}, piece;
        open_town(t, random_town(&seed, 13, 1000), &seed);
        for (uint32_t i = 0; i < stops; i++)
            stop[i] = test_rand_below(&seed, t->nodes);
        bool way = true;
        for (uint32_t i = 1; i < stops; i++) {
            way = way && between(t, stop[i - 1], stop[i]) != ROAD_INF;
            road_one_to_one(t->q[k % 2], t->m, stop[i - 1], stop[i], &piece);
            sum.weight += way ? piece.weight : 0;
            sum.time_ms += piece.time_ms;
            sum.length_m += piece.length_m;
        }
        bool ok = road_via(t->q[k % 2], &t->r->net, t->m, stop, stops, &t->a, &arc, &count, &cost, &e);
        CHECK(ok == way && (ok || e.code == ERR_NOT_FOUND));
        if (ok && stops > 0) {
            uint32_t at = 1;
            CHECK(nodes_of(t, stop[0], arc, count, node) && node[count] == stop[stops - 1]);
            CHECK(cost.weight == sum.weight && cost.time_ms == sum.time_ms && cost.length_m == sum.length_m);
            for (uint32_t i = 0; i <= count; i++)
                while (at < stops && node[i] == stop[at])
                    at++;
            CHECK(at >= stops);
        }
        CHECK(!ok || stops > 1 || count == 0);
        close_town(t);
        free(t);
    }
}

/* At expanded junctions: every arc of the link in that direction is closed, and turns are kept. */
TEST(avoided_links_are_not_driven_by_their_twins)
{
    uint64_t seed = 23;
    struct expansion *x = malloc(sizeof *x);
    for (uint32_t k = 0; k < 40; k++) {
        struct town *t = malloc(sizeof *t);
        struct err e = {0};
        struct road_net *r = random_town(&seed, 8, 1000);
        expand(r, &seed, x);
        open_town(t, r, &seed);
        uint32_t arc[3], count = 1 + test_rand_below(&seed, 3), arcs = r->net.arc_head_count, closures = 0;
        struct road_change *change = malloc(arcs * sizeof *change);
        struct road_metric *avoiding, *closed;
        for (uint32_t i = 0; i < count; i++)
            arc[i] = test_rand_below(&seed, arcs);
        for (uint32_t a = 0; a < arcs; a++)
            for (uint32_t i = 0, once = 0; i < count && !once; i++)
                if (r->arc_link[a] == r->arc_link[arc[i]]) {
                    change[closures++] = (struct road_change){.arc = a, .kind = ROAD_CLOSE};
                    once = 1;
                }
        CHECK(road_metric_avoid(t->m, t->ix, arc, count, &avoiding, &e));
        CHECK(road_metric_fork(t->m, &closed, &e) && road_metric_change(closed, change, closures, &e));
        for (uint32_t i = 0; i < 60; i++) {
            uint32_t from = test_rand_below(&seed, t->plain), to = test_rand_below(&seed, t->plain);
            CHECK_I64(road_weight(t->q[1], avoiding, from, to), road_weight(t->q[0], closed, from, to));
        }
        road_metric_free(avoiding);
        road_metric_free(closed);
        free(change);
        close_town(t);
        free(t);
    }
    free(x);
}
