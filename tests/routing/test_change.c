/* Changed metrics against the same network built anew: arcs closed, opened, slowed, priced, new links and new
 * nodes; several forks side by side over one base, which stays as it was. */
#include "graph/graph.h"
#include "road/change.h"
#include "road/dijkstra.h"
#include "road/metric.h"
#include "test_road_net.h"

enum { NETWORKS = 120, FORKS = 3, NEW_NODES = 3, NEW_LINKS = 8, CHANGES = 25, ARCS = 1024 };

/* What a fork was told, for the oracle. */
struct told {
    bool closed[ARCS];
    uint32_t speed[ARCS], toll[ARCS], weight[ARCS]; /* UINT32_MAX: unchanged */
    struct road_new_link link[NEW_LINKS];
    uint32_t links;
};

static uint32_t tail_of(const struct road_graph *g, uint32_t arc)
{
    uint32_t v = 0;
    while (g->first_out[v + 1] <= arc)
        v++;
    return v;
}

static struct road_change roll_change(uint64_t *seed, const struct road_metric *m, struct told *t)
{
    static const uint8_t kinds[] = {ROAD_CLOSE, ROAD_CLOSE, ROAD_OPEN, ROAD_RETIME, ROAD_RETOLL};
    struct road_change c = {.arc = test_rand_below(seed, m->graph.arc_count),
                            .kind = kinds[test_rand_below(seed, 5)]};
    if (m->profile.objective == ROAD_SOURCE && c.kind > ROAD_OPEN)
        c.kind = ROAD_REWEIGH;
    if (c.kind == ROAD_RETOLL && m->net->link[net_arc_link(m->net, c.arc)].length_m < 5)
        c.kind = ROAD_CLOSE; /* the oracle could not tell a weight of 1 from one of 0 that was made 1 */
    c.value = c.kind == ROAD_RETIME ? 1 + test_rand_below(seed, 1500) : test_rand_below(seed, 9000);
    if (c.kind == ROAD_CLOSE)
        t->closed[c.arc] = true;
    else if (c.kind == ROAD_OPEN)
        t->closed[c.arc] = false;
    else
        (c.kind == ROAD_RETIME ? t->speed : c.kind == ROAD_RETOLL ? t->toll : t->weight)[c.arc] = c.value;
    if (c.kind == ROAD_OPEN)
        t->weight[c.arc] = UINT32_MAX; /* the source's own again */
    return c;
}

static void roll_links(uint64_t *seed, const struct road_metric *m, struct told *t)
{
    static const uint16_t ways[] = {LINK_FORWARD, LINK_BACKWARD, LINK_FORWARD | LINK_BACKWARD};
    uint32_t nodes = m->graph.node_count, count = 1 + test_rand_below(seed, 4);
    for (; count > 0 && t->links < NEW_LINKS; count--) {
        struct net_link l = {.id = 5000 + t->links,
                             .from = test_rand_below(seed, nodes + NEW_NODES),
                             .to = test_rand_below(seed, nodes + NEW_NODES),
                             .length_m = 1 + test_rand_below(seed, 4000),
                             .speed_km10 = (uint16_t)(100 + test_rand_below(seed, 1100)),
                             .flags = ways[test_rand_below(seed, 3)]};
        if (test_rand_below(seed, 3) == 0)
            l.flags |= LINK_TOLL;
        struct road_new_link x = {.link = l};
        if (test_rand_below(seed, 4) == 0)
            x.link.limit = test_rand_below(seed, 16);
        x.limit = m->net->limit[x.link.limit];
        x.weight = m->profile.objective == ROAD_SOURCE ? test_rand_below(seed, 40) : 0;
        if (l.from != l.to)
            t->link[t->links++] = x;
    }
}

/* The network as it would be built with all that: a link for each arc, each way of a new link one. */
struct oracle {
    struct road_net *net;
    struct road_metric *metric;
    uint32_t *weight;
    struct dijkstra search;
};

static void make_oracle(const struct road_metric *m, const struct told *t, struct oracle *o)
{
    struct err e = {0};
    uint32_t arcs = m->graph.arc_count;
    struct road_net *r = net_new(m->graph.node_count + NEW_NODES);
    memcpy(r->limit, m->net->limit, sizeof r->limit);
    for (uint32_t a = 0; a < arcs; a++) {
        struct net_link l = m->net->link[net_arc_link(m->net, a)];
        l.from = tail_of(&m->graph, a);
        l.to = m->graph.head[a];
        l.flags = (uint16_t)((l.flags & ~LINK_BACKWARD) | LINK_FORWARD);
        l.speed_km10 = t->speed[a] != UINT32_MAX ? (uint16_t)t->speed[a] : l.speed_km10;
        r->link[r->net.link_count++] = l;
    }
    for (uint32_t i = 0; i < t->links; i++)
        r->link[r->net.link_count++] = t->link[i].link;
    net_freeze(r);
    for (uint32_t a = 0; a < r->net.arc_head_count; a++) {
        uint32_t l = net_arc_link(&r->net, a);
        r->source[a] = l >= arcs                    ? t->link[l - arcs].weight
                       : t->weight[l] != UINT32_MAX ? t->weight[l]
                                                    : m->net->arc_weight[l];
    }
    r->net.arc_weight_count = r->net.arc_head_count;
    o->net = r;
    CHECK_MSG(road_metric_new(&r->net, &m->profile, &o->metric, &e), "%s", e.text);
    o->weight = o->metric->weight;
    for (uint32_t a = 0; a < r->net.arc_head_count; a++) {
        uint32_t l = net_arc_link(&r->net, a);
        if (l >= arcs)
            continue;
        if (t->closed[l])
            o->weight[a] = ROAD_INF;
        if (t->toll[l] == UINT32_MAX)
            continue;
        if (m->profile.objective == ROAD_CHEAPEST && o->weight[a] != ROAD_INF)
            o->weight[a] = o->weight[a] - o->metric->toll_myuan[a] + t->toll[l];
        o->weight[a] += o->weight[a] == 0; /* nothing is free */
        o->metric->toll_myuan[a] = t->toll[l];
    }
    CHECK(dijkstra_init(&o->search, r->net.node_id_count));
}

static void drop_oracle(struct oracle *o)
{
    dijkstra_release(&o->search);
    road_metric_free(o->metric);
    free(o->net);
}

static void check_path(struct road_query *q, const struct road_metric *m, uint32_t from, uint32_t to,
                       uint32_t weight)
{
    struct arena a;
    struct err e = {0};
    const uint32_t *arcs;
    uint32_t count, at = from, added_count;
    struct road_cost cost, sum = {0};
    const struct road_added *added = road_metric_added(m, &added_count);
    arena_init(&a, 1 << 20);
    road_one_to_one(q, m, from, to, &cost);
    CHECK_I64(cost.weight, weight);
    CHECK(road_path(q, m, from, to, &a, &arcs, &count, &e) == (weight < ROAD_INF));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t own = m->graph.arc_count;
        CHECK(arcs[i] < own + added_count);
        CHECK_I64(arcs[i] < own ? tail_of(&m->graph, arcs[i]) : added[arcs[i] - own].from, at);
        at = arcs[i] < own ? m->graph.head[arcs[i]] : added[arcs[i] - own].to;
        road_cost_add(&sum, m, arcs[i]);
    }
    if (weight < ROAD_INF) {
        CHECK_I64(at, to);
        CHECK(memcmp(&sum, &cost, sizeof sum) == 0);
    }
    arena_release(&a);
}

/* Every question, between every pair of nodes of the graph and new ones. */
static uint32_t compare(struct road_query *q, const struct road_metric *m, struct oracle *o, uint64_t *seed)
{
    struct err e = {0};
    struct adjacency g = {.first = o->metric->graph.first_out, .head = o->metric->graph.head};
    uint32_t nodes = road_metric_nodes(m), node[128], out[128], in[128], unlike = 0;
    static uint32_t table[128 * 128];
    CHECK(nodes <= 128);
    for (uint32_t v = 0; v < nodes; v++)
        node[v] = v;
    CHECK_MSG(road_weights(q, m, node, nodes, node, nodes, table, &e), "%s", e.text);
    for (uint32_t s = 0; s < nodes; s++) {
        dijkstra_run_all(&o->search, &g, o->weight, s);
        road_one_to_all(q, m, s, false, out);
        for (uint32_t t = 0; t < nodes; t++) {
            uint32_t right = dijkstra_distance(&o->search, t);
            CHECK_MSG(table[s * nodes + t] == right, "table %u to %u: %u, expected %u", s, t,
                      table[s * nodes + t], right);
            CHECK_I64(road_weight(q, m, s, t), right);
            CHECK_I64(out[t], right);
            if (test_rand_below(seed, 8) == 0)
                check_path(q, m, s, t, right);
            unlike += right < ROAD_INF && s != t;
        }
    }
    for (uint32_t t = 0; t < nodes; t++) {
        road_one_to_all(q, m, t, true, in);
        for (uint32_t s = 0; s < nodes; s++)
            CHECK_I64(in[s], table[s * nodes + t]);
    }
    return unlike;
}

/* An oracle over the base alone asks for no new nodes. */
static void check_fork(uint64_t *seed, const struct road_metric *base, struct road_query *q)
{
    struct err e = {0};
    struct road_metric *m;
    struct oracle o;
    static struct told t;
    memset(&t, 0, sizeof t);
    memset(t.speed, 0xff, sizeof t.speed);
    memset(t.toll, 0xff, sizeof t.toll);
    memset(t.weight, 0xff, sizeof t.weight);
    CHECK_MSG(road_metric_fork(base, &m, &e), "%s", e.text);
    for (int round = 0; round < 3; round++) {
        struct road_change change[CHANGES];
        uint32_t before = t.links, count = test_rand_below(seed, CHANGES);
        for (uint32_t i = 0; i < count; i++)
            change[i] = roll_change(seed, m, &t);
        CHECK_MSG(road_metric_change(m, change, count, &e), "%s", e.text);
        if (round != 1)
            roll_links(seed, m, &t);
        CHECK_MSG(road_metric_insert(m, t.link + before, t.links - before, &e), "%s", e.text);
        make_oracle(m, &t, &o);
        compare(q, m, &o, seed);
        drop_oracle(&o);
    }
    road_metric_free(m);
}

TEST(changed_networks_equal_networks_built_anew)
{
    uint64_t seed = 20261124;
    for (uint32_t k = 0; k < NETWORKS; k++) {
        struct road_net *r = net_random(&seed, 2 + test_rand_below(&seed, 50));
        struct err e = {0};
        struct road_index *ix;
        struct road_query *q;
        struct road_metric *base;
        uint32_t n = r->net.node_id_count, order[64];
        if (r->net.arc_head_count == 0) {
            free(r);
            continue;
        }
        for (uint32_t i = 0; i < n; i++) {
            uint32_t at = test_rand_below(&seed, i + 1);
            order[i] = order[at];
            order[at] = i;
        }
        r->net.cch_order = order;
        r->net.cch_order_count = n;
        struct road_profile p = {.vehicle_class = 4, .objective = (uint8_t)(k % 4)};
        CHECK(road_index_new(&r->net, &ix, &e) && road_query_new(&r->net, ix, &q, &e));
        CHECK(road_metric_new(&r->net, &p, &base, &e) && road_metric_customize(base, ix, NULL, &e));
        struct road_metric *fresh;
        CHECK(road_metric_new(&r->net, &p, &fresh, &e) && road_metric_customize(fresh, ix, NULL, &e));
        for (int i = 0; i < FORKS; i++)
            check_fork(&seed, base, q);
        CHECK(memcmp(base->arcs.at, fresh->arcs.at, base->arcs.bytes) == 0);
        CHECK(memcmp(base->shortcuts.memory.at, fresh->shortcuts.memory.at, base->shortcuts.memory.bytes) ==
              0);
        road_metric_free(fresh);
        road_metric_free(base);
        road_query_free(q);
        road_index_free(ix);
        free(r);
    }
}

/* 0 - 1 - 2 in a row, ordered. */
struct row {
    struct road_net *r;
    struct road_index *ix;
    struct road_query *q;
    struct road_metric *m;
    uint32_t order[8];
};

static void open_row(struct row *x, struct road_net *r, uint8_t objective)
{
    struct err e = {0};
    struct road_profile p = {.vehicle_class = 2, .objective = objective};
    x->r = r;
    for (uint32_t i = 0; i < r->net.node_id_count; i++)
        x->order[i] = i;
    r->net.cch_order = x->order;
    r->net.cch_order_count = r->net.node_id_count;
    CHECK(road_index_new(&r->net, &x->ix, &e) && road_query_new(&r->net, x->ix, &x->q, &e));
    CHECK(road_metric_new(&r->net, &p, &x->m, &e));
}

static void close_row(struct row *x)
{
    road_metric_free(x->m);
    road_query_free(x->q);
    road_index_free(x->ix);
    free(x->r);
}

static struct road_net *three(void)
{
    struct road_net *r = net_new(3);
    net_add(r, 0, 1, 1000, 600, LINK_FORWARD | LINK_BACKWARD);
    net_add(r, 1, 2, 1000, 600, LINK_FORWARD | LINK_BACKWARD);
    net_freeze(r);
    return r;
}

TEST(what_cannot_be_honoured_is_refused_and_changes_nothing)
{
    struct err e = {0};
    struct row x;
    struct road_new_link l = {
        .link = {.id = 9, .from = 0, .to = 2, .length_m = 500, .speed_km10 = 600, .flags = LINK_FORWARD}};
    open_row(&x, three(), ROAD_FASTEST);
    CHECK(!road_metric_insert(x.m, &l, 1, &e) && e.code == ERR_FAILED_PRECONDITION);
    CHECK(road_metric_customize(x.m, x.ix, NULL, &e));
    struct road_change bad[] = {{.arc = 0, .kind = ROAD_CLOSE}, {.arc = 99, .kind = ROAD_CLOSE}};
    CHECK(!road_metric_change(x.m, bad, 2, &e) && e.code == ERR_INVALID_ARGUMENT);
    CHECK_I64(road_weight(x.q, x.m, 0, 2), 120000);
    static const struct road_change wrong[] = {{.kind = ROAD_RETIME, .value = 0},
                                               {.kind = ROAD_RETIME, .value = 70000},
                                               {.kind = ROAD_REWEIGH, .value = 7},
                                               {.kind = ROAD_RETOLL, .value = ROAD_INF},
                                               {.kind = 9}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_MSG(!road_metric_change(x.m, &wrong[i], 1, &e), "wrong change %zu was taken", i);
    struct road_new_link odd[] = {l, l, l, l, l};
    odd[0].link.to = 0;
    odd[1].link.to = 3 + 4000;
    odd[2].link.flags = 0;
    odd[3].link.speed_km10 = 0;
    odd[4].link.length_m = UINT32_MAX;
    odd[4].link.speed_km10 = 1;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct road_new_link both[] = {l, odd[i]};
        uint32_t added;
        CHECK_MSG(!road_metric_insert(x.m, both, 2, &e), "odd link %zu was taken", i);
        road_metric_added(x.m, &added);
        CHECK_I64(added, 0);
    }
    CHECK_I64(road_weight(x.q, x.m, 0, 2), 120000);
    CHECK(road_metric_insert(x.m, &l, 1, &e));
    CHECK_I64(road_weight(x.q, x.m, 0, 2), 30000);
    CHECK_I64(road_weight(x.q, x.m, 2, 0), 120000);
    struct road_metric *fork;
    struct road_change close = {.arc = x.r->net.arc_head_count, .kind = ROAD_CLOSE};
    CHECK(road_metric_fork(x.m, &fork, &e));
    CHECK_I64(road_weight(x.q, fork, 0, 2), 30000);
    CHECK(road_metric_change(fork, &close, 1, &e));
    CHECK_I64(road_weight(x.q, fork, 0, 2), 120000);
    CHECK_I64(road_weight(x.q, x.m, 0, 2), 30000);
    close.kind = ROAD_OPEN;
    CHECK(!road_metric_change(fork, &close, 1, &e) && e.code == ERR_INVALID_ARGUMENT);
    road_metric_free(fork);
    close_row(&x);
}

TEST(many_new_links_are_taken_up_to_the_bound_and_then_refused)
{
    struct err e = {0};
    struct row x;
    open_row(&x, three(), ROAD_FASTEST);
    CHECK(road_metric_customize(x.m, x.ix, NULL, &e));
    enum { CHAIN = 511 };
    static struct road_new_link l[CHAIN + 2];
    for (uint32_t i = 0; i <= CHAIN + 1; i++)
        l[i].link = (struct net_link){.id = i,
                                      .from = i == 0 ? 0 : 2 + i,
                                      .to = 3 + i,
                                      .length_m = 10,
                                      .speed_km10 = 360,
                                      .flags = LINK_FORWARD};
    CHECK(!road_metric_insert(x.m, l, CHAIN + 1, &e) && e.code != ERR_OK);
    CHECK_MSG(road_metric_insert(x.m, l, CHAIN, &e), "%s", e.text);
    CHECK_I64(road_weight(x.q, x.m, 0, 2 + CHAIN), 1000 * CHAIN);
    CHECK_I64(road_weight(x.q, x.m, 1, 2 + CHAIN), 1000 * CHAIN + 60000);
    close_row(&x);
}

/* A(0) - J(1) - B(2), J - C(3); from A nobody may turn to B. Copy 4: J as entered from A; sink 5: J at the
 * end. */
static struct road_net *forbidden_turn(void)
{
    static const uint32_t arrival[] = {0, 5, 2, 3}, origin[] = {1, 1};
    static const struct {
        uint32_t from, to, link;
    } arc[] = {{0, 4, 0}, {0, 5, 0}, {1, 0, 0}, {1, 2, 1}, {1, 3, 2}, {2, 1, 1},
               {2, 5, 1}, {3, 1, 2}, {3, 5, 2}, {4, 0, 0}, {4, 3, 2}};
    struct road_net *r = net_new(6);
    net_add(r, 0, 1, 1000, 600, LINK_FORWARD | LINK_BACKWARD);
    net_add(r, 1, 2, 1000, 600, LINK_FORWARD | LINK_BACKWARD);
    net_add(r, 1, 3, 1000, 600, LINK_FORWARD | LINK_BACKWARD);
    uint32_t count = sizeof arc / sizeof *arc;
    for (uint32_t i = 0; i < count; i++) {
        r->first[arc[i].from + 1]++;
        r->head[i] = arc[i].to;
        r->arc_link[i] = 2 * arc[i].link;
    }
    for (uint32_t v = 0; v < 6; v++)
        r->first[v + 1] += r->first[v];
    r->net.arc_head_count = r->net.arc_link_count = count;
    r->net.node_arrival = arrival;
    r->net.node_arrival_count = 4;
    r->net.node_origin = origin;
    r->net.node_origin_count = 2;
    return r;
}

static void check_turns(struct row *x, struct road_query *q, uint32_t want_ab)
{
    struct err e = {0};
    uint32_t node[] = {0, 1, 2, 3}, table[16], all[16];
    const uint32_t want[] = {0,      60000, want_ab, 120000, 60000,  0,     60000,  60000,
                             120000, 60000, 0,       120000, 120000, 60000, 120000, 0};
    struct road_cost row[4];
    CHECK(road_weights(q, x->m, node, 4, node, 4, table, &e));
    for (uint32_t s = 0; s < 4; s++) {
        for (uint32_t t = 0; t < 4; t++) {
            CHECK_MSG(table[4 * s + t] == want[4 * s + t], "%u to %u: %u", s, t, table[4 * s + t]);
            CHECK_I64(road_weight(q, x->m, s, t), want[4 * s + t]);
        }
        road_one_to_many(q, x->m, s, node, 4, row);
        road_one_to_all(q, x->m, s, false, all);
        for (uint32_t t = 0; t < 4; t++)
            CHECK(row[t].weight == want[4 * s + t] && all[t] == want[4 * s + t]);
        road_many_to_one(q, x->m, node, 4, s, row);
        road_one_to_all(q, x->m, s, true, all);
        for (uint32_t t = 0; t < 4; t++)
            CHECK(row[t].weight == want[4 * t + s] && all[t] == want[4 * t + s]);
    }
}

TEST(trips_end_at_junctions_with_forbidden_turns_and_new_links_leave_them)
{
    struct err e = {0};
    struct row x;
    struct road_query *plain;
    open_row(&x, forbidden_turn(), ROAD_FASTEST);
    CHECK(road_query_new(&x.r->net, NULL, &plain, &e));
    check_turns(&x, plain, 240000); /* A, J, C, back to J, B */
    CHECK(road_metric_customize(x.m, x.ix, NULL, &e));
    check_turns(&x, x.q, 240000);
    /* a bypass from the junction through a new node 6 to B */
    struct road_new_link l[] = {
        {.link = {.id = 1,
                  .from = 1,
                  .to = 6,
                  .length_m = 600,
                  .speed_km10 = 600,
                  .flags = LINK_FORWARD | LINK_BACKWARD}},
        {.link = {.id = 2, .from = 6, .to = 2, .length_m = 600, .speed_km10 = 600, .flags = LINK_FORWARD}},
    };
    CHECK_MSG(road_metric_insert(x.m, l, 2, &e), "%s", e.text);
    check_turns(&x, x.q, 60000 + 72000);
    CHECK_I64(road_weight(x.q, x.m, 6, 1), 36000);
    CHECK_I64(road_weight(x.q, x.m, 0, 6), 96000);
    CHECK_I64(road_weight(x.q, x.m, 6, 0), 96000);
    road_query_free(plain);
    close_row(&x);
}
