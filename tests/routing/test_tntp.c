/* TNTP networks: what is kept, every mistake with its line, a cut at every byte, the same file in another
 * dress, and the published networks of Sioux Falls and Braess against an independent all-pairs algorithm. */
#include "import/tntp.h"
#include "network/file.h"
#include "road/dijkstra.h"
#include "road/road.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put_bytes(const char *path, const char *text, size_t len)
{
    FILE *f = fopen(path, "wb");
    CHECK(f != NULL && fwrite(text, 1, len, f) == len && fclose(f) == 0);
}

/* Where this process writes its net file and its node file. */
static const char *path_of(const char *which)
{
    static char path[2][96];
    char *p = path[strcmp(which, "net") == 0];
    snprintf(p, sizeof path[0], "/tmp/test_tntp_%ld_%s.tntp", (long)getpid(), which);
    return p;
}

static void put_files(const char *net, const char *node)
{
    put_bytes(path_of("net"), net, strlen(net));
    if (node != NULL)
        put_bytes(path_of("node"), node, strlen(node));
}

static void remove_files(void)
{
    unlink(path_of("net"));
    unlink(path_of("node"));
}

/* NULL when the import failed. */
static const struct network *import(const char *path, uint8_t **bytes, struct tntp_report *r, struct err *e)
{
    struct network_builder *b;
    const struct network *n = NULL;
    uint8_t *raw = NULL;
    size_t len;
    *bytes = NULL;
    CHECK(network_builder_new(&b, e));
    bool ok = network_import_tntp(path, b, r, e) && network_builder_freeze(b, &raw, &len, e);
    network_builder_free(b);
    if (ok) {
        *bytes = aligned_alloc(64, len);
        memcpy(*bytes, raw, len);
        CHECK_MSG(network_open_bytes(*bytes, len, &n, e), "%s", e->text);
    }
    free(raw);
    return n;
}

static void done(const struct network *n, uint8_t *bytes)
{
    network_release(n);
    free(bytes);
    remove_files();
}

#define HEAD(zones, nodes, first, links)                                                    \
    "<NUMBER OF ZONES> " #zones "\n<NUMBER OF NODES> " #nodes "\n<FIRST THRU NODE> " #first \
    "\n<NUMBER OF LINKS> " #links "\n<END OF METADATA>\n"
#define ROW(from, to, time) #from "\t" #to "\t1\t2\t" #time "\t0.15\t4\t0\t0\t1\t;\n"

TEST(links_keep_their_times_and_lengths)
{
    struct err e = {0};
    struct tntp_report r;
    uint8_t *bytes;
    put_files(HEAD(2, 4, 1, 7) "~ init term\n" ROW(3, 4, 0.0005) ROW(1, 3, 6) ROW(1, 2, 0.00049) ROW(2, 2, 9)
                  ROW(1, 3, 2.5) ROW(4, 1, 2147483.646) ROW(3, 1, 0),
              "Node\tX\tY\t;\n2 114.1 30 ;\n1\t114\t30\t;\n3 114 30.1;\n4 -114.00000001 -30 ;\n");
    const struct network *n = import(path_of("net"), &bytes, &r, &e);
    CHECK_MSG(n != NULL, "%s", e.text);
    CHECK_I64(net_node_count(n), 4);
    CHECK_I64(net_arc_count(n), 6);
    CHECK_I64(n->link_count, 6);
    CHECK_I64(r.links, 7);
    CHECK_I64(r.loops_dropped, 1);
    CHECK_I64(r.parallel_kept, 1);
    CHECK_I64(r.zones_passable, 0);
    CHECK(r.lengths_kept && r.places == TNTP_GEOGRAPHIC);
    static const struct {
        uint32_t tail, head, weight;
        int64_t link;
    } want[] = {{0, 1, 0, 3}, {0, 2, 6000, 2}, {0, 2, 2500, 5},
                {2, 0, 0, 7}, {2, 3, 1, 1},    {3, 0, 2147483646, 6}};
    for (uint32_t a = 0; a < 6; a++) {
        const struct net_link *l = &n->link[net_arc_link(n, a)];
        CHECK(n->arc_first[want[a].tail] <= a && a < n->arc_first[want[a].tail + 1]);
        CHECK_I64(n->arc_head[a], want[a].head);
        CHECK_I64(n->arc_weight[a], want[a].weight);
        CHECK_I64(l->id, want[a].link);
        CHECK(l->from == want[a].tail && l->to == want[a].head && l->flags == LINK_FORWARD);
        CHECK_I64(l->length_m, 2000);
    }
    CHECK_I64(n->node_id[3], 4);
    CHECK_I64(n->node_point[0].lon_e7, 1140000000);
    CHECK_I64(n->node_point[2].lat_e7, 301000000);
    CHECK_I64(n->node_point[3].lon_e7, -1140000000);
    done(n, bytes);
}

TEST(what_cannot_be_kept_is_reported)
{
    struct err e = {0};
    struct tntp_report r;
    uint8_t *bytes;
    /* zone 1 lies between 3 and 4, zone 2 has one neighbour, zone 3 is only left, and 4, 5 may be passed */
    put_files(HEAD(3, 5, 4, 6) ROW(4, 1, 1) ROW(1, 5, 1) ROW(2, 4, 1) ROW(4, 2, 1)
                  ROW(3, 4, 1) "5 4 1 20000.5 1 0 0 0 0 1;\n",
              "1 0 0\n2 690309 1976022\n3 0 0\n4 0 0\n5 0 0\n");
    const struct network *n = import(path_of("net"), &bytes, &r, &e);
    CHECK_MSG(n != NULL, "%s", e.text);
    CHECK_I64(r.first_thru_node, 4);
    CHECK_I64(r.zones, 3);
    CHECK_I64(r.zones_passable, 1);
    CHECK(!r.lengths_kept && r.places == TNTP_PLANAR);
    for (uint32_t v = 0; v < 5; v++)
        CHECK(n->node_point[v].lat_e7 == 0 && n->node_point[v].lon_e7 == 0);
    for (uint32_t i = 0; i < n->link_count; i++)
        CHECK_I64(n->link[i].length_m, 0);
    done(n, bytes);
}

static void refuses(size_t i, const char *net, const char *node, const char *said)
{
    struct err e = {0};
    struct tntp_report r;
    uint8_t *bytes;
    put_files(net, node);
    CHECK_MSG(import(path_of("net"), &bytes, &r, &e) == NULL, "case %zu was taken", i);
    CHECK_MSG(strstr(e.text, said) != NULL, "case %zu: \"%s\" does not say \"%s\"", i, e.text, said);
    remove_files();
}

#define ONE HEAD(1, 2, 1, 1)
#define GOOD ONE ROW(1, 2, 3)

TEST(every_mistake_is_named_with_its_line)
{
    static const struct {
        const char *net, *node, *said;
    } bad[] = {
        {"", NULL, ":1: the file ends before <END"},
        {"hello\n", NULL, ":1: \"<NAME> value\" was expected"},
        {"<NUMBER OF NODES 3\n", NULL, ":1: \"<NAME>"},
        {"<NUMBER OF ZONES> 2\n<TOTAL OD FLOW> 6.0\n<END OF METADATA>\n", NULL,
         "<NUMBER OF NODES> is missing"},
        {"<NUMBER OF NODES> 2\n\n<number of nodes> 2\n", NULL, ":3: <NUMBER OF NODES> a second time"},
        {"<NUMBER OF NODES> 0\n", NULL, ":1: NUMBER OF NODES \"0\" is not"},
        {"<NUMBER OF NODES> 99999999999999999999\n", NULL, ":1: NUMBER OF NODES"},
        {"<NUMBER OF LINKS> -1\n", NULL, ":1: NUMBER OF LINKS"},
        {"<NUMBER OF LINKS>\n", NULL, ":1: NUMBER OF LINKS"},
        {"<FIRST THRU NODE> 1.5\n", NULL, ":1: FIRST THRU NODE"},
        {HEAD(3, 2, 1, 1), NULL, "3 zones"},
        {HEAD(1, 2, 4, 1), NULL, "through node 4"},
        {HEAD(1, 9999999, 1, 1), NULL, "9999999 nodes and 1 links"},
        {ONE ROW(1, 3, 3), NULL, ":6: term_node \"3\""},
        {ONE ROW(0, 1, 3), NULL, ":6: init_node \"0\""},
        {ONE "~ x\n" ROW(1, 2, -3), NULL, ":7: free_flow_time -3 is outside"},
        {ONE ROW(1, 2, nan), NULL, ":6: free_flow_time \"nan\" is not a number"},
        {ONE ROW(1, 2, inf), NULL, ":6: free_flow_time \"inf\""},
        {ONE ROW(1, 2, 0x10), NULL, ":6: free_flow_time \"0x10\""},
        {ONE ROW(1, 2, 1e999), NULL, ":6: free_flow_time \"1e999\""},
        {ONE ROW(1, 2, 1e16), NULL, ":6: free_flow_time 1e16 is outside"},
        {ONE ROW(1, 2, 2147483.647), NULL, ":6: free_flow_time 2.14748e+06 is above 2147483.646"},
        {ONE ROW(1, 2, abc), NULL, ":6: free_flow_time \"abc\""},
        {ONE "1 2 1 -2 3 0 0 0 0 1 ;\n", NULL, ":6: length -2"},
        {ONE "1 2 0 2 3 0.15 4 0 0 1 ;\n", NULL, ":6: capacity is 0"},
        {ONE "1 2 1 2 3 0 0 0 0 1.5 ;\n", NULL, ":6: link_type \"1.5\""},
        {ONE "1 2 1 2 3 0 0 0 0 ;\n", NULL, ":6: a link has 10 fields and ends in ';', here are 9"},
        {ONE "1 2 1 2 3 0 0 0 0 1 1 ;\n", NULL, ":6: more than 10 fields"},
        {ONE "1 2 1 2 3 0 0 0 0 1\n", NULL, ":6: a link has 10 fields and ends in ';', here are 10 and no"},
        {ONE "1 2 1 2 3 0 0 0 0 1 ; 5\n", NULL, ":6: there is \" 5\""},
        {ONE "1,2,1,2,3,0,0,0,0,1;\n", NULL, ":6: a link has 10 fields"},
        {ONE ROW(1, 2, 3) ROW(2, 1, 3), NULL, ":7: more than the 1 links"},
        {HEAD(1, 2, 1, 2) ROW(1, 2, 3), NULL, "ends after 1 of the 2 links"},
        {GOOD, "1 0 0\n", "has places for 1 of 2"},
        {GOOD, "Node X Y ;\n1 0 0 ;\n3 0 0 ;\n", ":3: node \"3\""},
        {GOOD, "1 0 0\n1 0 0\n", ":2: node 1 a second time"},
        {GOOD, "1 0 0 ;\n2 0 0\n", ":2: this row has no ';'"},
        {GOOD, "1 0 0\n2 0\n", ":2: a node has 3 fields"},
        {GOOD, "1 0 nan\n2 0 0\n", ":1: Y \"nan\""},
        {GOOD, "1 0 0\nNode X Y\n2 0 0\n", ":2: node \"Node\""},
        {GOOD, "1 1e300 0\n2 0 0\n", ":1: X \"1e300\""},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuses(i, bad[i].net, bad[i].node, bad[i].said);
    char lines[3000] = ONE;
    memset(lines + strlen(lines), ' ', 2000);
    refuses(1000, lines, NULL, ":6: a NUL or a line of more than 1023 bytes");
    put_bytes(path_of("net"), "<NUMBER\0>", 9);
    struct err e = {0};
    struct tntp_net net;
    CHECK(!tntp_read_net(path_of("net"), &net, &e) && net.link == NULL);
    CHECK_MSG(strstr(e.text, ":1: a NUL") != NULL, "%s", e.text);
    CHECK(!tntp_read_net("/nowhere/x_net.tntp", &net, &e) && e.code == ERR_NOT_FOUND);
    remove_files();
}

TEST(a_file_cut_anywhere_is_noticed)
{
    static const char net[] = HEAD(1, 3, 1, 3) ROW(1, 2, 3.25) ROW(2, 3, 4) ROW(3, 1, 55);
    static const char node[] = "Node X Y ;\n1 114 30 ;\n2 114.125 30 ;\n3 114 30.25 ;";
    struct err e;
    struct tntp_report r;
    uint8_t *bytes;
    const struct network *n;
    for (size_t cut = 0; cut + 2 < sizeof net; cut++) { /* the last byte is a line end that may be missing */
        put_bytes(path_of("net"), net, cut);
        CHECK_MSG(import(path_of("net"), &bytes, &r, &e) == NULL, "cut at %zu was taken", cut);
    }
    put_files(net, NULL);
    for (size_t cut = 0; cut + 1 < sizeof node; cut++) {
        put_bytes(path_of("node"), node, cut);
        CHECK_MSG(import(path_of("net"), &bytes, &r, &e) == NULL, "node file cut at %zu was taken", cut);
    }
    put_files(net, node);
    n = import(path_of("net"), &bytes, &r, &e);
    CHECK_MSG(n != NULL, "%s", e.text);
    done(n, bytes);
}

/* Byte-order mark, CRLF, tabs or blanks, ';' glued or apart, comments, empty lines, lower case, no last line
 * end. */
TEST(the_dress_of_a_file_does_not_matter)
{
    static const char plain[] = HEAD(2, 3, 1, 2) "1 2 10 2 3 0.15 4 60 0.5 1 ;\n2 3 20 1.5 4 0 0 0 0 -1 ;\n";
    static const char odd[] =
        "\xef\xbb\xbf<number of zones>\t2\t\t\r\n~ hello ; ; ;\r\n<NUMBER OF NODES>3\r\n\r\n"
        "<ORIGINAL HEADER>~ Init node ;\r\n<first thru node> 1 \r\n<NUMBER OF LINKS> 2\r\n"
        "<END OF METADATA>\t\t\r\n\t\r\n~\tx\r\n\t1\t2\t1e1\t2.0\t+3\t.15\t4\t60\t5e-1\t1;\r\n \r\n"
        "  2  3  20  1.5  4.  0 0 0 0 -1\t; \t";
    struct err e = {0};
    struct tntp_report r;
    struct tntp_net a, b;
    uint8_t *bytes[2];
    put_files(plain, NULL);
    const struct network *n = import(path_of("net"), &bytes[0], &r, &e);
    CHECK_MSG(n != NULL && tntp_read_net(path_of("net"), &a, &e), "%s", e.text);
    put_files(odd, NULL);
    const struct network *m = import(path_of("net"), &bytes[1], &r, &e);
    CHECK_MSG(m != NULL && tntp_read_net(path_of("net"), &b, &e), "%s", e.text);
    CHECK_STR(m->version, n->version); /* the hash of everything */
    CHECK_I64(b.link_count, 2);
    for (int i = 0; i < 2; i++) {
        b.link[i].line = a.link[i].line;
        CHECK(a.link[i].capacity == b.link[i].capacity && a.link[i].b == b.link[i].b);
        CHECK(a.link[i].toll == b.link[i].toll && a.link[i].power == b.link[i].power);
        CHECK(a.link[i].speed == b.link[i].speed && a.link[i].type == b.link[i].type);
    }
    CHECK_I64(b.link[1].type, -1);
    tntp_net_free(&a);
    tntp_net_free(&b);
    network_release(m);
    free(bytes[1]);
    done(n, bytes[0]);
}

enum { PAIRS_MAX = 32 };

/* Every pair of a published network: Floyd and Warshall's algorithm over the rows of the file, Dijkstra's
 * over the network made from it. */
static void compare(const char *name, uint32_t nodes, uint32_t links, enum tntp_places places)
{
    char path[512];
    struct err e = {0};
    struct tntp_report r;
    struct tntp_net net;
    struct dijkstra d;
    uint8_t *bytes;
    if (test_cases_dir() == NULL)
        test_skip("no public test cases here");
    snprintf(path, sizeof path, "%s/tntp/%s_net.tntp", test_cases_dir(), name);
    if (access(path, R_OK) != 0)
        test_skip("no TNTP networks here");
    const struct network *n = import(path, &bytes, &r, &e);
    CHECK_MSG(n != NULL && tntp_read_net(path, &net, &e), "%s", e.text);
    CHECK_I64(net_node_count(n), nodes);
    CHECK_I64(net_arc_count(n), links);
    CHECK(r.places == places && r.lengths_kept && r.zones_passable == 0);
    double far = 1e18, dist[PAIRS_MAX][PAIRS_MAX];
    for (uint32_t i = 0; i < nodes; i++)
        for (uint32_t k = 0; k < nodes; k++)
            dist[i][k] = i == k ? 0 : far;
    for (uint32_t i = 0; i < net.link_count; i++)
        dist[net.link[i].from - 1][net.link[i].to - 1] = round(net.link[i].free_flow_time * 1000);
    for (uint32_t v = 0; v < nodes; v++)
        for (uint32_t i = 0; i < nodes; i++)
            for (uint32_t k = 0; k < nodes; k++)
                dist[i][k] = fmin(dist[i][k], dist[i][v] + dist[v][k]);
    struct road_graph g = road_graph_of(n);
    struct adjacency a = {.first = g.first_out, .head = g.head};
    CHECK(dijkstra_init(&d, nodes));
    for (uint32_t i = 0; i < nodes; i++) {
        uint32_t to[PAIRS_MAX];
        for (uint32_t k = 0; k < nodes; k++)
            to[k] = k;
        dijkstra_run(&d, &a, n->arc_weight, i, to, nodes);
        for (uint32_t k = 0; k < nodes; k++)
            CHECK_I64(dijkstra_distance(&d, k), dist[i][k] < far ? dist[i][k] : ROAD_INF);
    }
    dijkstra_release(&d);
    tntp_net_free(&net);
    network_release(n);
    free(bytes);
}

TEST(sioux_falls_has_the_distances_of_its_file)
{
    compare("SiouxFalls", 24, 76, TNTP_GEOGRAPHIC);
}

TEST(braess_has_the_distances_of_its_file)
{
    compare("Braess", 4, 5, TNTP_NO_PLACES);
}
