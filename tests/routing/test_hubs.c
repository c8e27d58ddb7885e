/* Labels of fixed places against the plain search: random networks, with and without expanded junctions,
 * with ways that are the only shortest ones. */
#include "road/change.h"
#include "road/hubs.h"
#include "road/labels.h"
#include "test.h"
#include "test_expanded_net.h"

enum { HUBS_MAX = 30 };

static void make_order(struct road_net *r, uint64_t *seed, uint32_t *order)
{
    for (uint32_t i = 0; i < r->net.node_id_count; i++) {
        uint32_t k = test_rand_below(seed, i + 1);
        order[i] = order[k];
        order[k] = i;
    }
    r->net.cch_order = order;
    r->net.cch_order_count = r->net.node_id_count;
}

static void same(struct road_query *q, const struct road_metric *m, uint32_t from, uint32_t to,
                 const struct road_cost *got)
{
    struct road_cost want;
    road_one_to_one(q, m, from, to, &want);
    CHECK_I64(got->weight, want.weight);
    CHECK_I64(got->time_ms, want.time_ms);
    CHECK_I64(got->length_m, want.length_m);
    CHECK_I64(got->toll_myuan, want.toll_myuan);
}

/* Each hub with a chance of 1 to `of`: many, or few. */
static struct road_hub_choice choose(uint32_t count, uint32_t of, uint64_t *seed)
{
    static uint32_t hub[HUBS_MAX];
    static bool is[HUBS_MAX];
    struct road_hub_choice some = {.hub = hub, .is = is};
    for (uint32_t i = 0; i < count; i++)
        if ((is[i] = test_rand_below(seed, of) == 0))
            hub[some.count++] = i;
    return some;
}

static void same_way(const struct network *n, struct road_query *q, const struct road_metric *m,
                     const struct road_labels *l, uint32_t from, uint32_t to)
{
    struct arena a;
    struct err e = {0}, f = {0};
    const uint32_t *want, *got;
    uint32_t want_count, got_count;
    struct road_cost cost;
    road_labels_cost(l, from, to, &cost);
    same(q, m, from, to, &cost);
    arena_init(&a, 1 << 20);
    bool there = road_path(q, m, from, to, &a, &want, &want_count, &e);
    CHECK_I64(road_labels_path(l, from, to, &a, &got, &got_count, &f), there);
    CHECK_I64(f.code, e.code);
    CHECK_I64(got_count, want_count);
    struct road_kind want_kind[LINK_KIND_COUNT] = {{0}}, kind[LINK_KIND_COUNT];
    for (uint32_t i = 0; i < want_count; i++) {
        uint32_t link = net_arc_link(n, want[i]);
        CHECK_I64(got[i], want[i]);
        want_kind[net_link_kind(n, link)].links++;
        want_kind[net_link_kind(n, link)].length_m += n->link[link].length_m;
    }
    if (road_labels_kinds(l, from, to, kind))
        for (int k = 0; k < LINK_KIND_COUNT; k++)
            CHECK(kind[k].links == want_kind[k].links && kind[k].length_m == want_kind[k].length_m);
    else
        CHECK(!there || from == to || n->node_origin_count > 0);
    arena_release(&a);
}

/* Labels of all nodes: none of a metric with new links. */
static uint32_t compare_labels(struct road_net *r, struct road_metric *m, bool grown, uint64_t *seed)
{
    struct err e = {0};
    struct road_labels *l;
    struct road_query *q;
    uint32_t plain = net_plain_count(&r->net);
    CHECK_MSG(road_labels_new(&r->net, m, &l, &e), "%s", e.text);
    CHECK(!grown || l == NULL);
    if (l == NULL)
        return 0;
    CHECK(road_query_new(&r->net, NULL, &q, &e));
    CHECK(road_labels_bytes(l) > plain && road_labels_bytes(l) <= ROAD_LABELS_MAX_BYTES);
    for (int k = 0; k < 40; k++) {
        uint32_t from = test_rand_below(seed, plain), to = k == 0 ? from : test_rand_below(seed, plain);
        same_way(&r->net, q, m, l, from, to);
    }
    road_query_free(q);
    road_labels_free(l);
    return 1;
}

static uint32_t compare(struct road_net *r, struct road_metric *m, const struct road_index *ix,
                        uint64_t *seed)
{
    struct err e = {0};
    struct road_hubs *h;
    struct road_hub_scratch *s;
    struct road_query *q;
    uint32_t node[HUBS_MAX], count = test_rand_below(seed, HUBS_MAX), plain = net_plain_count(&r->net),
                             reached = 0;
    struct road_cost cost[HUBS_MAX];
    uint32_t added;
    for (uint32_t i = 0; i < count; i++)
        node[i] = test_rand_below(seed, plain);
    road_metric_added(m, &added); /* the plain search knows no new links */
    CHECK(road_query_new(&r->net, added > 0 ? ix : NULL, &q, &e) && road_hub_scratch_new(ix, &s, &e));
    CHECK_MSG(road_hubs_new(&r->net, m, node, count, &h, &e), "%s", e.text);
    CHECK(road_hubs_bytes(h) > 0);
    for (int k = 0; k < 8; k++) {
        uint32_t door = k == 0 && count > 0 ? node[0] : test_rand_below(seed, plain);
        road_hubs_from(h, s, door, NULL, cost);
        for (uint32_t i = 0; i < count; i++, reached += cost[i - 1].weight != ROAD_INF)
            same(q, m, door, node[i], &cost[i]);
        road_hubs_to(h, s, door, NULL, cost);
        for (uint32_t i = 0; i < count; i++)
            same(q, m, node[i], door, &cost[i]);
        uint32_t from = k == 1 ? door : test_rand_below(seed, plain);
        struct road_cost direct;
        struct road_hub_choice some = choose(count, k % 2 == 0 ? 2 : 16, seed);
        road_hubs_from(h, s, from, &some, cost);
        for (uint32_t i = 0; i < some.count; i++)
            same(q, m, from, node[some.hub[i]], &cost[some.hub[i]]);
        road_hubs_to(h, s, door, &some, cost);
        for (uint32_t i = 0; i < some.count; i++)
            same(q, m, node[some.hub[i]], door, &cost[some.hub[i]]);
        road_hubs_doors(h, s, &direct);
        same(q, m, from, door, &direct);
    }
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < count; k++) {
            road_hubs_between(h, i, k, &cost[0]);
            same(q, m, node[i], node[k], &cost[0]);
        }
    road_hubs_free(h);
    road_hub_scratch_free(s);
    road_query_free(q);
    return reached;
}

/* New links between places of the graph: some ways over several of them. */
static bool insert_links(struct road_net *r, struct road_metric *m, uint64_t *seed)
{
    struct road_new_link link[3];
    struct err e = {0};
    uint32_t plain = net_plain_count(&r->net), count = 0;
    for (int i = 0; i < 3; i++) {
        uint32_t from = test_rand_below(seed, plain), to = test_rand_below(seed, plain);
        if (from != to)
            link[count++] = (struct road_new_link){.link = {.from = from,
                                                            .to = to,
                                                            .length_m = 1000 + test_rand_below(seed, 5000),
                                                            .flags = LINK_FORWARD | LINK_BACKWARD},
                                                   .weight = 100000 + test_rand_below(seed, 900000)};
    }
    CHECK_MSG(count == 0 || road_metric_insert(m, link, count, &e), "%s", e.text);
    return count > 0;
}

TEST(ways_to_and_from_hubs_are_shortest_ways)
{
    uint64_t seed = 91;
    uint32_t reached = 0, labelled = 0, order[NET_NODES_MAX];
    struct expansion *x = malloc(sizeof *x);
    for (uint32_t k = 0; k < 150; k++) {
        struct road_net *r = net_random(&seed, 2 + test_rand_below(&seed, k % 10 == 0 ? 300 : 50));
        struct road_profile p = {.vehicle_class = 6, .objective = ROAD_SOURCE};
        struct err e = {0};
        struct road_metric *m;
        struct road_index *ix;
        if (r->net.arc_head_count == 0) {
            free(r);
            continue;
        }
        for (uint32_t a = 0; a < r->net.arc_head_count; a++) /* no two ways are alike */
            r->source[a] = 1000000 + test_rand_below(&seed, 9000000);
        if (k % 10 != 0 && k % 3 == 0)
            expand(r, &seed, x);
        make_order(r, &seed, order);
        CHECK(road_metric_new(&r->net, &p, &m, &e) && road_index_new(&r->net, &ix, &e));
        struct road_hubs *none;
        struct road_labels *no_labels;
        CHECK(!road_labels_new(&r->net, m, &no_labels, &e) && e.code == ERR_FAILED_PRECONDITION);
        CHECK(!road_hubs_new(&r->net, m, NULL, 0, &none, &e) && e.code == ERR_FAILED_PRECONDITION);
        CHECK(road_metric_customize(m, ix, NULL, &e));
        reached += compare(r, m, ix, &seed);
        CHECK(k % 2 == 0 || road_metric_sharpen(m, NULL, &e));
        reached += compare(r, m, ix, &seed);
        labelled += compare_labels(r, m, false, &seed);
        if (insert_links(r, m, &seed)) {
            reached += compare(r, m, ix, &seed);
            compare_labels(r, m, true, &seed);
        }
        CHECK(!road_hubs_new(&r->net, m, &(uint32_t){1u << 30}, 1, &none, &e) &&
              e.code == ERR_INVALID_ARGUMENT);
        road_metric_free(m);
        road_index_free(ix);
        free(r);
    }
    free(x);
    CHECK(reached > 5000 && labelled > 100);
}
