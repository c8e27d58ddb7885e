/* A real file damaged is refused. Every real file imports, and its road agrees with igraph on 1,000 pairs, by
 * Dijkstra's algorithm and by the hierarchy, fastest and cheapest. */
#include "test_osm_file.h"

#include "graph/graph.h"
#include "road/order.h"

enum { SOURCES = 40, TARGETS = 25 };

static void tell(void *ctx, const char *stage, uint64_t done, uint64_t total)
{
    uint32_t *told = ctx;
    CHECK(stage != NULL && (total == 0 || done <= total));
    ++*told;
}

static bool load_case(const char *name, struct osm_net *o)
{
    char path[512];
    struct network_builder *b;
    uint8_t *raw = NULL;
    size_t size;
    uint32_t told = 0;
    struct network_osm_progress progress = {tell, &told};
    *o = (struct osm_net){0};
    snprintf(path, sizeof path, "%s/osm/%s.osm.pbf", test_cases_dir(), name);
    if (access(path, R_OK) != 0)
        return false;
    CHECK(network_builder_new(&b, &o->e));
    CHECK_MSG(network_import_osm(path, b, &o->r, &progress, &o->e), "%s", o->e.text);
    CHECK(told >= 4);
    CHECK(network_builder_freeze(b, &raw, &size, &o->e));
    o->bytes = aligned_alloc(64, (size + 63) / 64 * 64);
    CHECK(o->bytes != NULL);
    memcpy(o->bytes, raw, size);
    free(raw);
    CHECK_MSG(network_open_bytes(o->bytes, size, &o->n, &o->e), "%s", o->e.text);
    uint32_t nodes = net_node_count(o->n),
             *order = malloc(nodes * sizeof *order); /* once more, with an order */
    CHECK(order != NULL);
    CHECK_MSG(road_order_flow(nodes, o->n->arc_first, o->n->arc_head, o->n->node_point, order, &o->e), "%s",
              o->e.text);
    for (uint32_t i = 0; i < nodes; i++)
        network_add_cch_order(b, &order[i]);
    free(order);
    network_release(o->n);
    free(o->bytes);
    CHECK(network_builder_freeze(b, &raw, &size, &o->e));
    network_builder_free(b);
    o->bytes = aligned_alloc(64, (size + 63) / 64 * 64);
    CHECK(o->bytes != NULL);
    memcpy(o->bytes, raw, size);
    free(raw);
    CHECK_MSG(network_open_bytes(o->bytes, size, &o->n, &o->e), "%s", o->e.text);
    return true;
}

static void agree(const struct osm_net *o, const struct road_profile *p, uint64_t *s)
{
    struct road_metric *m;
    struct road_index *ix;
    struct road_query *slow, *fast;
    struct graph_oracle *oracle;
    struct err e = {0};
    struct road_graph g = road_graph_of(o->n);
    uint32_t reached = 0;
    CHECK_MSG(road_metric_new(o->n, p, &m, &e), "%s", e.text);
    CHECK(road_query_new(o->n, NULL, &slow, &e) && road_index_new(o->n, &ix, &e));
    CHECK(road_query_new(o->n, ix, &fast, &e) && graph_oracle_new(&g, road_metric_weights(m), &oracle, &e));
    uint32_t from[SOURCES], to[SOURCES][TARGETS], by_dijkstra[SOURCES][TARGETS];
    for (int i = 0; i < SOURCES; i++) { /* before the metric is customized: then it is the hierarchy's */
        from[i] = test_rand_below(s, net_plain_count(o->n));
        for (int k = 0; k < TARGETS; k++) {
            to[i][k] = test_rand_below(s, net_plain_count(o->n));
            by_dijkstra[i][k] = road_weight(slow, m, from[i], to[i][k]);
        }
    }
    CHECK_MSG(road_metric_customize(m, ix, NULL, &e), "%s", e.text);
    for (int i = 0; i < SOURCES; i++)
        for (int k = 0; k < TARGETS; k++) {
            uint64_t d;
            uint32_t end = from[i] == to[i][k] ? to[i][k] : net_arrival(o->n, to[i][k]);
            CHECK(graph_distances(oracle, &from[i], 1, &end, 1, &d, &e));
            uint32_t want = d < ROAD_INF ? (uint32_t)d : ROAD_INF;
            CHECK_I64(by_dijkstra[i][k], want);
            CHECK_I64(road_weight(fast, m, from[i], to[i][k]), want);
            reached += want < ROAD_INF;
        }
    CHECK(reached > SOURCES * TARGETS / 3);
    graph_oracle_free(oracle);
    road_query_free(slow);
    road_query_free(fast);
    road_metric_free(m);
    road_index_free(ix);
}

static void check_case(const char *name, uint32_t ways_min)
{
    struct osm_net o;
    uint64_t s = 3;
    if (test_cases_dir() == NULL || !load_case(name, &o))
        SKIP("the OpenStreetMap case is not there");
    CHECK(o.r.ways_kept >= ways_min);
    CHECK(o.r.turns_used > 0 && o.n->node_origin_count == o.r.copies);
    CHECK_I64(o.r.nodes, net_plain_count(o.n));
    CHECK(o.r.part_nodes > o.r.nodes / 2);
    agree(&o, &(struct road_profile){.vehicle_class = 6, .objective = ROAD_FASTEST}, &s);
    agree(&o, &(struct road_profile){.vehicle_class = 1, .objective = ROAD_CHEAPEST}, &s);
    osm_done(&o);
}

TEST(monaco)
{
    check_case("monaco", 1500);
}

TEST(liechtenstein)
{
    check_case("liechtenstein", 2000);
}

TEST(heidelberg)
{
    check_case("heidelberg", 9000);
}

static uint8_t *read_case(const char *name, size_t *len)
{
    char path[512];
    const char *dir = test_cases_dir();
    if (dir == NULL)
        SKIP("the cases folder is not there");
    snprintf(path, sizeof path, "%s/osm/%s.osm.pbf", dir, name);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        SKIP("the OpenStreetMap cases are not there");
    CHECK(fseek(f, 0, SEEK_END) == 0);
    *len = (size_t)ftell(f);
    rewind(f);
    uint8_t *bytes = malloc(*len);
    CHECK(bytes != NULL && fread(bytes, 1, *len, f) == *len);
    fclose(f);
    return bytes;
}

TEST(a_real_file_damaged)
{
    size_t len;
    uint8_t *bytes = read_case("monaco", &len);
    struct osm_net o;
    uint64_t s = 11;
    for (int round = 0; round < 24; round++) {
        size_t at = (size_t)(test_rand(&s) % len);
        CHECK_MSG(!osm_load_bytes(bytes, at, ".osm.pbf", &o) && strstr(o.e.text, "block ") != NULL,
                  "cut at %zu: %s", at, o.e.text);
        uint8_t was = bytes[at];
        bytes[at] ^= (uint8_t)(1 << test_rand_below(&s, 8));
        CHECK_MSG(!osm_load_bytes(bytes, len, ".osm.pbf", &o) && strstr(o.e.text, "block ") != NULL,
                  "byte %zu flipped: %s", at, o.e.text);
        bytes[at] = was;
    }
    free(bytes);
}
