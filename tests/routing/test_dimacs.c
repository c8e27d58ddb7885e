/* DIMACS graphs: what is kept, every mistake with its line, and a real road graph on which the hierarchy,
 * Dijkstra's algorithm and igraph give the same distances, also after closures and retimings. */
#include "graph/graph.h"
#include "import/dimacs.h"
#include "network/file.h"
#include "road/cch.h"
#include "road/dijkstra.h"
#include "road/order.h"
#include "road/road.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static void put_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    CHECK(f != NULL);
    fputs(text, f);
    fclose(f);
}

struct files {
    char dir[64], gr[96], co[96];
};

static struct files make_files(const char *gr, const char *co)
{
    struct files f;
    snprintf(f.dir, sizeof f.dir, "/tmp/test_dimacs_%ld", (long)getpid());
    snprintf(f.gr, sizeof f.gr, "%s.gr", f.dir);
    snprintf(f.co, sizeof f.co, "%s.co", f.dir);
    put_file(f.gr, gr);
    if (co != NULL)
        put_file(f.co, co);
    return f;
}

/* NULL when the import failed. */
static const struct network *import(const char *gr, const char *co, uint8_t **bytes,
                                    struct dimacs_report *report, struct err *e)
{
    struct network_builder *b;
    const struct network *n = NULL;
    size_t len;
    *bytes = NULL;
    CHECK(network_builder_new(&b, e));
    bool ok = network_import_dimacs(gr, co, b, report, e) && network_builder_freeze(b, bytes, &len, e);
    network_builder_free(b);
    if (ok)
        CHECK_MSG(network_open_bytes(*bytes, len, &n, e), "%s", e->text);
    return n;
}

TEST(arcs_keep_their_weights_and_find_their_way_back)
{
    struct files f =
        make_files("c a graph\np sp 3 6\na 1 2 7\na 2 1 9\na 2 3 0\na 3 3 5\na 1 2 4\na 3 1 2147483646\n",
                   "p aux sp co 3\nv 1 114000000 30000000\nv 2 114100000 30000000\nv 3 114000000 30100000\n");
    struct err e = {0};
    struct dimacs_report r;
    uint8_t *bytes;
    const struct network *n = import(f.gr, f.co, &bytes, &r, &e);
    CHECK_MSG(n != NULL, "%s", e.text);
    CHECK_I64(net_node_count(n), 3);
    CHECK_I64(net_arc_count(n), 5);
    CHECK_I64(r.loops_dropped, 1);
    CHECK_I64(r.parallel_kept, 1);
    CHECK_I64(n->link_count, 4); /* 1-2 and 2-1 share one */
    CHECK_I64(n->arc_weight[0] + n->arc_weight[1], 11);
    CHECK_I64(n->arc_weight[2], 9);
    CHECK_I64(n->arc_weight[4], 2147483646);
    CHECK_I64(n->node_id[2], 3);
    CHECK_I64(n->node_point[1].lon_e7, 1141000000);
    CHECK(n->link[0].length_m > 9600 && n->link[0].length_m < 9700); /* 0.1 degree at 30 N */
    network_release(n);
    free(bytes);
    unlink(f.gr);
    unlink(f.co);
}

TEST(every_mistake_is_named_with_its_line)
{
    static const struct {
        const char *gr, *co, *said;
    } bad[] = {
        {"", NULL, "no problem line"},
        {"p sp 0 0\n", NULL, "without nodes"},
        {"hello\n", NULL, ":1: this is no line"},
        {"p sp 2\n", NULL, "NODES ARCS\" was expected"},
        {"p sp 500000000 1\n", NULL, ":1: 500000000 nodes and 1 arcs"},
        {"p sp 500000000 1000000000\na 1 2 3\n", NULL, "ends after 1 of the 1000000000 arcs"},
        {"p sp 2 1\np sp 2 1\n", NULL, ":2: a second problem line"},
        {"a 1 2 3\n", NULL, ":1: an arc before"},
        {"p sp 2 1\na 1 3 3\n", NULL, ":2: an arc from 1 to 3"},
        {"p sp 2 1\na 0 1 3\n", NULL, ":2: an arc from 0 to 1"},
        {"p sp 2 1\nc x\na 1 2 -3\n", NULL, ":3: a negative weight"},
        {"p sp 2 1\na 1 2 2147483647\n", NULL, ":2: a weight of 2147483647"},
        {"p sp 2 1\na 1 2 99999999999999999999\n", NULL, ":2: a weight of"},
        {"p sp 2 1\na 1 2\n", NULL, ":2: 3 whole numbers"},
        {"p sp 2 1\na 1 2 3 4\n", NULL, ":2: there is \"4"},
        {"p sp 2 1\na 1 2 3\na 2 1 3\n", NULL, ":3: more than the 1 arcs"},
        {"p sp 2 2\na 1 2 3\n", NULL, "ends after 1 of the 2 arcs"},
        {"p sp 2 1\na 1 2 3\n", "v 1 0 0\n", "places for 1 nodes"},
        {"p sp 2 1\na 1 2 3\n", "v 3 0 0\n", ":1: node 3"},
        {"p sp 2 1\na 1 2 3\n", "v 1 0 0\nv 1 0 0\n", ":2: node 1 a second time"},
        {"p sp 2 1\na 1 2 3\n", "v 1 0 0\nv 2 30000000 114000000\n", ":2: 30000000 114000000 is no place"},
        {"p sp 2 1\na 1 2 3\n", "q\n", ":1: this is no line"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct files f = make_files(bad[i].gr, bad[i].co);
        struct err e = {0};
        struct dimacs_report r;
        uint8_t *bytes;
        CHECK_MSG(import(f.gr, bad[i].co != NULL ? f.co : NULL, &bytes, &r, &e) == NULL, "case %zu was taken",
                  i);
        CHECK_MSG(strstr(e.text, bad[i].said) != NULL, "case %zu: \"%s\" does not say \"%s\"", i, e.text,
                  bad[i].said);
        unlink(f.gr);
        unlink(f.co);
    }
}

TEST(a_file_cut_short_is_noticed)
{
    struct files f = make_files("", NULL);
    char text[20000];
    size_t len = (size_t)snprintf(text, sizeof text, "p sp 1000 999\n");
    for (int i = 1; i < 1000; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "a %d %d %d\n", i, i + 1, i * 7919 % 1000);
    gzFile z = gzopen(f.gr, "wb");
    CHECK(z != NULL && gzwrite(z, text, (unsigned)len) == (int)len && gzclose(z) == Z_OK);
    FILE *whole = fopen(f.gr, "rb");
    CHECK(whole != NULL);
    char packed[20000];
    size_t size = fread(packed, 1, sizeof packed, whole);
    fclose(whole);
    for (size_t cut = 0; cut < size; cut += 97) {
        struct err e = {0};
        struct dimacs_report r;
        uint8_t *bytes;
        FILE *part = fopen(f.gr, "wb");
        CHECK(part != NULL && fwrite(packed, 1, cut, part) == cut && fclose(part) == 0);
        CHECK_MSG(import(f.gr, NULL, &bytes, &r, &e) == NULL, "cut at %zu was taken", cut);
    }
    unlink(f.gr);
}

enum { SOURCES = 30, TARGETS = 100, CHANGES = 100 };

/* SOURCES x TARGETS random pairs by Dijkstra's algorithm, the hierarchy's queries and its table; some by
 * igraph. */
static void compare(const struct road_graph *g, const struct cch_metric *m, const uint32_t *weight,
                    uint64_t *seed, uint32_t by_igraph)
{
    struct err e = {0};
    struct cch_query *q;
    struct dijkstra d;
    struct graph_oracle *o;
    struct adjacency a = {.first = g->first_out, .head = g->head};
    uint32_t from[SOURCES], to[TARGETS], table[SOURCES * TARGETS], unreached = 0;
    uint64_t oracle[TARGETS];
    CHECK(cch_query_new(m->cch, &q, &e) && dijkstra_init(&d, g->node_count));
    CHECK(graph_oracle_new(g, weight, &o, &e));
    for (int i = 0; i < SOURCES; i++)
        from[i] = test_rand_below(seed, g->node_count);
    for (int i = 0; i < TARGETS; i++)
        to[i] = test_rand_below(seed, g->node_count);
    CHECK(cch_matrix(q, m, from, SOURCES, to, TARGETS, table, &e));
    for (uint32_t i = 0; i < SOURCES; i++) {
        dijkstra_run(&d, &a, weight, from[i], to, TARGETS);
        if (i < by_igraph)
            CHECK(graph_distances(o, &from[i], 1, to, TARGETS, oracle, &e));
        for (uint32_t j = 0; j < TARGETS; j++) {
            uint32_t right = dijkstra_distance(&d, to[j]);
            unreached += right == ROAD_INF;
            CHECK_I64(table[i * TARGETS + j], right);
            CHECK_I64(cch_distance(q, m, from[i], to[j]), right);
            if (i < by_igraph)
                CHECK_I64(oracle[j] < ROAD_INF ? oracle[j] : ROAD_INF, right);
        }
    }
    CHECK(unreached < SOURCES * TARGETS / 2);
    graph_oracle_free(o);
    cch_query_free(q);
    dijkstra_release(&d);
}

TEST(a_real_road_graph_is_answered_alike_by_all_engines)
{
    char gr[512], co[512];
    if (test_cases_dir() == NULL)
        test_skip("no public test cases here");
    snprintf(gr, sizeof gr, "%s/roads/BAY.gr.gz", test_cases_dir());
    snprintf(co, sizeof co, "%s/roads/BAY.co.gz", test_cases_dir());
    if (access(gr, R_OK) != 0)
        test_skip("no road graphs here");
    struct err e = {0};
    struct dimacs_report r;
    uint8_t *bytes;
    const struct network *n = import(gr, co, &bytes, &r, &e);
    CHECK_MSG(n != NULL, "%s", e.text);
    CHECK_I64(net_node_count(n), 321270);
    struct road_graph g = road_graph_of(n);
    uint32_t *order = malloc((size_t)g.node_count * sizeof *order), looked_at, arcs[CHANGES];
    uint32_t *weight = malloc((size_t)g.arc_count * sizeof *weight);
    struct cch *c;
    struct cch_metric m;
    struct cch_patch *p;
    uint64_t seed = 3;
    memcpy(weight, n->arc_weight, (size_t)g.arc_count * sizeof *weight);
    CHECK(road_order_metis(g.node_count, g.first_out, g.head, order, &e));
    CHECK_MSG(cch_new(&g, order, &c, &e), "%s", e.text);
    CHECK(c->level_count > 1 && c->arc_count < 1300000 && c->slot_count < 300); /* a nested dissection */
    CHECK(cch_metric_new(c, &m, &e) && cch_patch_new(c, &p, &e));
    cch_customize(&m, weight, NULL);
    compare(&g, &m, weight, &seed, 5);
    for (int closing = 0; closing < 2; closing++) {
        for (int i = 0; i < CHANGES; i++) {
            arcs[i] = test_rand_below(&seed, g.arc_count);
            weight[arcs[i]] = closing ? ROAD_INF : weight[arcs[i]] / 2 + test_rand_below(&seed, 5000);
        }
        CHECK(cch_patch_apply(p, &m, &g, weight, arcs, CHANGES, &looked_at, &e));
        compare(&g, &m, weight, &seed, 2);
    }
    cch_patch_free(p);
    cch_metric_release(&m);
    cch_free(c);
    free(order);
    free(weight);
    network_release(n);
    free(bytes);
}
