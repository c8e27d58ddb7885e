/* agree_road - the hierarchy, Dijkstra's algorithm and igraph on given networks: the same answers on random
 * pairs and on every cell of a table, as built and after 100 closures, 100 retimings and 20 new links.
 *
 *   agree_road FILE.net ... [--pairs N] [--table N] [--igraph-pairs N] [--seed N]
 *
 * The changed state is asked of a fork of the metric, and of a graph that is put together anew for the two
 * oracles. Exit 1 at the first difference. */
#include "graph/graph.h"
#include "network/file.h"
#include "road/change.h"
#include "road/dijkstra.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CLOSED = 100, RETIMED = 100, INSERTED = 20, NEW_NODES = 2 };

struct agree {
    const char *path;
    const struct network *net;
    struct road_index *index;
    struct road_metric *base;
    struct road_query *q;
    struct road_profile profile;
    uint32_t pairs, table, igraph_pairs;
    uint64_t seed;
};

static _Noreturn void die(const char *what, const struct err *e)
{
    fprintf(stderr, "agree_road: %s: %s\n", what, e->text);
    exit(1);
}

static void *must(void *p)
{
    struct err e = {.text = "out of memory"};
    if (p == NULL)
        die("agree", &e);
    return p;
}

static uint32_t roll(struct agree *a, uint32_t below)
{
    a->seed = a->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(((a->seed >> 32) * below) >> 32);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A graph and its weights, for the oracles. */
struct whole {
    struct road_graph g;
    uint32_t *first, *head, *weight;
};

/* The network's arcs and those that the metric has besides. */
static struct whole put_together(const struct road_metric *m, const struct network *n)
{
    uint32_t extra, nodes = road_metric_nodes(m), arcs = net_arc_count(n), at = 0;
    const struct road_added *added = road_metric_added(m, &extra);
    const uint32_t *weight = road_metric_weights(m);
    struct whole w = {.first = must(malloc(((size_t)nodes + 1) * sizeof *w.first)),
                      .head = must(malloc(((size_t)arcs + extra + 1) * sizeof *w.head)),
                      .weight = must(malloc(((size_t)arcs + extra + 1) * sizeof *w.weight))};
    for (uint32_t v = 0; v < nodes; v++) {
        w.first[v] = at;
        for (uint32_t a = v < net_node_count(n) ? n->arc_first[v] : arcs;
             v < net_node_count(n) && a < n->arc_first[v + 1]; a++) {
            w.head[at] = n->arc_head[a];
            w.weight[at++] = weight[a];
        }
        for (uint32_t i = 0; i < extra; i++)
            if (added[i].from == v) {
                w.head[at] = added[i].to;
                w.weight[at++] = added[i].weight;
            }
    }
    w.first[nodes] = at;
    w.g = (struct road_graph){.node_count = nodes, .arc_count = at, .first_out = w.first, .head = w.head};
    return w;
}

static void differ(const struct agree *a, const char *who, uint32_t from, uint32_t to, uint32_t ours,
                   uint64_t theirs)
{
    fprintf(stderr, "%s: from %u to %u the hierarchy says %u, %s %llu\n", a->path, from, to, ours, who,
            (unsigned long long)theirs);
    exit(1);
}

static void check_pairs(struct agree *a, const struct road_metric *m, const struct whole *w,
                        struct dijkstra *d, struct graph_oracle *o)
{
    struct err e = {0};
    struct adjacency g = {.first = w->first, .head = w->head};
    struct road_cost cost;
    uint32_t unreached = 0;
    for (uint32_t i = 0; i < a->pairs; i++) {
        uint32_t from = roll(a, w->g.node_count), to = roll(a, w->g.node_count);
        uint32_t end = from == to ? to : net_arrival(a->net, to), ours = road_weight(a->q, m, from, to);
        dijkstra_run(d, &g, w->weight, from, &end, 1);
        if (dijkstra_distance(d, end) != ours)
            differ(a, "Dijkstra's algorithm", from, to, ours, dijkstra_distance(d, end));
        road_one_to_one(a->q, m, from, to, &cost);
        if (cost.weight != ours)
            differ(a, "its path", from, to, ours, cost.weight);
        uint64_t by_igraph = ours;
        if (i < a->igraph_pairs && !graph_distances(o, &from, 1, &end, 1, &by_igraph, &e))
            die("igraph", &e);
        if (i < a->igraph_pairs && (by_igraph < ROAD_INF ? by_igraph : ROAD_INF) != ours)
            differ(a, "igraph", from, to, ours, by_igraph);
        unreached += ours == ROAD_INF;
    }
    printf("  %u pairs agree (%u of them with igraph; %u without a way)\n", a->pairs,
           a->igraph_pairs < a->pairs ? a->igraph_pairs : a->pairs, unreached);
}

/* Distinct: igraph refuses a node named twice. */
static void choose(struct agree *a, uint32_t nodes, uint32_t *out, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        bool seen = true;
        while (seen) {
            out[i] = roll(a, nodes);
            seen = false;
            for (uint32_t k = 0; k < i; k++)
                seen = seen || out[k] == out[i];
        }
    }
}

static void check_table(struct agree *a, const struct road_metric *m, const struct whole *w,
                        struct dijkstra *d, struct graph_oracle *o)
{
    struct err e = {0};
    struct adjacency g = {.first = w->first, .head = w->head};
    uint32_t n = a->table < net_plain_count(a->net) ? a->table : net_plain_count(a->net);
    uint32_t *from = must(malloc(((size_t)n + 1) * sizeof *from)),
             *to = must(malloc(((size_t)n + 1) * sizeof *to));
    uint32_t *end = must(malloc(((size_t)n + 1) * sizeof *end));
    uint32_t *cell = must(malloc(((size_t)n * n + 1) * sizeof *cell));
    uint64_t *row = must(malloc(((size_t)n + 1) * sizeof *row));
    choose(a, net_plain_count(a->net), from, n);
    choose(a, net_plain_count(a->net), to, n);
    if (!road_weights(a->q, m, from, n, to, n, cell, &e))
        die("table", &e);
    for (uint32_t k = 0; k < n; k++)
        end[k] = net_arrival(a->net, to[k]);
    for (uint32_t i = 0; i < n; i++) {
        dijkstra_run_all(d, &g, w->weight, from[i]);
        if (!graph_distances(o, &from[i], 1, end, n, row, &e))
            die("igraph", &e);
        for (uint32_t k = 0; k < n; k++) {
            uint32_t ours = cell[(size_t)i * n + k];
            if (from[i] == to[k] && ours == 0)
                continue;
            if (dijkstra_distance(d, end[k]) != ours)
                differ(a, "Dijkstra's algorithm (table)", from[i], to[k], ours, dijkstra_distance(d, end[k]));
            if ((row[k] < ROAD_INF ? row[k] : ROAD_INF) != ours)
                differ(a, "igraph (table)", from[i], to[k], ours, row[k]);
        }
    }
    printf("  every cell of a table of %u x %u agrees with Dijkstra's algorithm and igraph\n", n, n);
    free(from);
    free(to);
    free(end);
    free(cell);
    free(row);
}

static void compare(struct agree *a, const struct road_metric *m, const char *state)
{
    struct err e = {0};
    struct dijkstra d;
    struct graph_oracle *o;
    struct whole w = put_together(m, a->net);
    double t0 = now_s();
    printf(" %s:\n", state);
    if (!dijkstra_init(&d, w.g.node_count) || !graph_oracle_new(&w.g, w.weight, &o, &e))
        die("oracle", &e);
    check_table(a, m, &w, &d, o);
    check_pairs(a, m, &w, &d, o);
    printf("  (%.0f s)\n", now_s() - t0);
    fflush(stdout);
    graph_oracle_free(o);
    dijkstra_release(&d);
    free(w.first);
    free(w.head);
    free(w.weight);
}

/* Perfect rows and labels change no answer: pairs, paths and a table before and after. */
static void compare_sharpened(struct agree *a)
{
    struct err e = {0};
    uint32_t n = net_plain_count(a->net), count = n < a->table ? n : a->table;
    uint32_t *ends = must(malloc(((size_t)2 * a->pairs + 2 * count + 1) * sizeof *ends));
    uint32_t *before = must(malloc(((size_t)a->pairs + 1) * sizeof *before));
    uint32_t *cells = must(malloc(2 * ((size_t)count * count + 1) * sizeof *cells));
    uint32_t *after = cells + (size_t)count * count;
    for (uint32_t i = 0; i < 2 * a->pairs + 2 * count; i++)
        ends[i] = roll(a, n);
    const uint32_t *rows = ends + 2 * a->pairs, *columns = rows + count;
    for (uint32_t i = 0; i < a->pairs; i++)
        before[i] = road_weight(a->q, a->base, ends[2 * i], ends[2 * i + 1]);
    if (!road_weights(a->q, a->base, rows, count, columns, count, cells, &e) ||
        !road_metric_sharpen(a->base, NULL, &e) ||
        !road_weights(a->q, a->base, rows, count, columns, count, after, &e))
        die("sharpen", &e);
    for (uint32_t i = 0; i < a->pairs; i++) {
        struct road_cost cost;
        uint32_t weight = road_weight(a->q, a->base, ends[2 * i], ends[2 * i + 1]);
        road_one_to_one(a->q, a->base, ends[2 * i], ends[2 * i + 1], &cost);
        if (weight != before[i] || cost.weight != before[i])
            differ(a, "without labels", ends[2 * i], ends[2 * i + 1], weight, before[i]);
    }
    for (size_t i = 0; i < (size_t)count * count; i++)
        if (cells[i] != after[i])
            differ(a, "without labels (table)", rows[i / count], columns[i % count], after[i], cells[i]);
    printf(" with perfect rows and labels: %u other pairs and %u x %u cells as before\n", a->pairs, count,
           count);
    free(ends);
    free(before);
    free(cells);
}

static void change(struct agree *a, struct road_metric *m)
{
    struct err e = {0};
    struct road_change c[CLOSED + RETIMED];
    struct road_new_link l[INSERTED];
    bool source = a->profile.objective == ROAD_SOURCE;
    uint32_t nodes = net_node_count(a->net);
    for (uint32_t i = 0; i < CLOSED + RETIMED; i++) {
        c[i] = (struct road_change){.arc = roll(a, net_arc_count(a->net)), .kind = ROAD_CLOSE};
        if (i >= CLOSED) {
            c[i].kind = source ? ROAD_REWEIGH : ROAD_RETIME;
            c[i].value = 1 + roll(a, source ? 3 * a->net->arc_weight[c[i].arc] + 2 : 1300);
        }
    }
    for (uint32_t i = 0; i < INSERTED; i++) { /* the last four go through two new nodes */
        struct net_link k = {
            .id = i, .length_m = 1 + roll(a, 5000), .speed_km10 = 900, .flags = LINK_FORWARD | LINK_BACKWARD};
        k.from = roll(a, net_plain_count(a->net));
        k.to = i < INSERTED - 4
                   ? (k.from + 1 + roll(a, net_plain_count(a->net) - 1)) % net_plain_count(a->net)
                   : nodes + i % NEW_NODES;
        l[i] = (struct road_new_link){.link = k, .weight = source ? 1 + roll(a, 20000) : 0};
    }
    if (!road_metric_change(m, c, CLOSED + RETIMED, &e) || !road_metric_insert(m, l, INSERTED, &e))
        die("change", &e);
}

static void run(struct agree *a)
{
    struct err e = {0};
    struct road_metric *fork;
    if (!network_open(a->path, &a->net, &e))
        die(a->path, &e);
    a->profile = (struct road_profile){.vehicle_class = 6, .objective = ROAD_FASTEST};
    if (a->net->arc_weight_count > 0)
        a->profile = (struct road_profile){.objective = ROAD_SOURCE};
    if (!road_index_new(a->net, &a->index, &e) || !road_metric_new(a->net, &a->profile, &a->base, &e) ||
        !road_metric_customize(a->base, a->index, NULL, &e) || !road_query_new(a->net, a->index, &a->q, &e))
        die(a->path, &e);
    printf("%s: %u nodes, %u arcs\n", a->path, net_node_count(a->net), net_arc_count(a->net));
    compare(a, a->base, "as built");
    if (!road_metric_fork(a->base, &fork, &e))
        die("fork", &e);
    change(a, fork);
    compare(a, fork, "100 arcs closed, 100 retimed, 20 links inserted");
    compare_sharpened(a);
    road_metric_free(fork);
    road_query_free(a->q);
    road_metric_free(a->base);
    road_index_free(a->index);
    network_release(a->net);
}

int main(int argc, char **argv)
{
    struct agree a = {.pairs = 10000, .table = 300, .igraph_pairs = 100, .seed = 20261124};
    const char *networks[64];
    int count = 0;
    for (int i = 1; i < argc; i++) {
        const char *v = i + 1 < argc ? argv[i + 1] : "0";
        if (strncmp(argv[i], "--", 2) != 0) {
            if (count < 64)
                networks[count++] = argv[i];
            continue;
        }
        uint32_t number = (uint32_t)strtoul(v, NULL, 10);
        if (strcmp(argv[i], "--pairs") == 0)
            a.pairs = number;
        else if (strcmp(argv[i], "--table") == 0)
            a.table = number;
        else if (strcmp(argv[i], "--igraph-pairs") == 0)
            a.igraph_pairs = number;
        else if (strcmp(argv[i], "--seed") == 0)
            a.seed = number;
        else {
            fprintf(stderr, "agree_road: there is no option %s\n", argv[i]);
            return 2;
        }
        i++;
    }
    for (int i = 0; i < count; i++) {
        a.path = networks[i];
        run(&a);
    }
    return count > 0 ? 0 : 2;
}
