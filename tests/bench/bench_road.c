/* bench_road - the road engine beside igraph's Dijkstra on given networks, in one run on one machine.
 *
 *   bench_road FILE.net ... [--igraph N] [--orders] [--json OUT.json]
 *
 * Weights are the network's own where it has some, otherwise the fastest way of class 6. Ratios are what
 * counts: igraph and the engine answer pairs of the same seed; every answer of igraph is compared with the
 * engine's. */
#include "bench.h"
#include "graph/graph.h"
#include "network/file.h"
#include "road/cch.h"
#include "road/metric.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

_Noreturn void bench_die(const char *what, const struct err *e)
{
    fprintf(stderr, "bench_road: %s: %s\n", what, e->text);
    exit(1);
}

void *bench_must(void *p)
{
    struct err e = {.text = "out of memory"};
    if (p == NULL)
        bench_die("bench", &e);
    return p;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct spread bench_spread(double *s, uint32_t count)
{
    qsort(s, count, sizeof *s, by_size);
    return (struct spread){s[count / 2], s[(uint64_t)count * 99 / 100]};
}

uint32_t bench_roll(struct bench *b, uint32_t below)
{
    b->seed = b->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(((b->seed >> 32) * below) >> 32);
}

void bench_say(struct bench *b, const char *name, const char *key, double value, double scale,
               const char *unit)
{
    printf("  %-44s %12.3f %s\n", name, value * scale, unit);
    if (b->json != NULL)
        fprintf(b->json, ",\n   \"%s\": %.9g", key, value);
}

static void open_network(struct bench *b)
{
    struct err e = {0};
    struct road_metric *m;
    double t0 = bench_now();
    if (!network_open(b->path, &b->net, &e))
        bench_die(b->path, &e);
    b->g = road_graph_of(b->net);
    printf("%s: %u nodes, %u arcs\n", b->path, b->g.node_count, b->g.arc_count);
    if (b->json != NULL)
        fprintf(b->json, "  {\"network\": \"%s\",\n   \"nodes\": %u,\n   \"arcs\": %u", b->path,
                b->g.node_count, b->g.arc_count);
    bench_say(b, "open and verify the file", "open_s", bench_now() - t0, 1e3, "ms");
    struct road_profile p = {.vehicle_class = 6, .objective = ROAD_FASTEST};
    if (b->net->arc_weight_count > 0)
        p = (struct road_profile){.objective = ROAD_SOURCE};
    if (!road_metric_new(b->net, &p, &m, &e))
        bench_die("weights", &e);
    b->weight = bench_must(malloc(((size_t)b->g.arc_count + 1) * sizeof *b->weight));
    memcpy(b->weight, road_metric_weights(m), (size_t)b->g.arc_count * sizeof *b->weight);
    road_metric_free(m);
    b->profile = p;
    for (uint32_t i = 0; i < PAIRS; i++) {
        b->from[i] = bench_roll(b, b->g.node_count);
        b->to[i] = bench_roll(b, b->g.node_count);
    }
}

static void build(struct bench *b)
{
    struct err e = {0};
    if (b->net->cch_order_count == 0) {
        fprintf(stderr, "%s carries no contraction order\n", b->path);
        exit(1);
    }
    double t0 = bench_now();
    if (!cch_new(&b->g, b->net->cch_order, &b->cch, &e))
        bench_die("hierarchy", &e);
    bench_say(b, "hierarchy built from the order", "build_s", bench_now() - t0, 1e3, "ms");
    if (b->net->cch_first_count > 0) {
        cch_free(b->cch);
        t0 = bench_now();
        if (!cch_open(b->net, &b->cch, &e))
            bench_die("hierarchy", &e);
        bench_say(b, "hierarchy as stored in the file", "stored_s", bench_now() - t0, 1e3, "ms");
    }
    printf("  %-44s %12u\n  %-44s %12u\n", "shortcut arcs", b->cch->arc_count, "longest branch",
           b->cch->slot_count);
    if (b->json != NULL)
        fprintf(b->json, ",\n   \"shortcuts\": %u,\n   \"depth\": %u", b->cch->arc_count, b->cch->slot_count);
    if (!cch_metric_new(b->cch, &b->m, &e) || !cch_query_new(b->cch, &b->q, &e))
        bench_die("metric", &e);
    bench_say(b, "hierarchy, bytes a node", "bytes_per_node", (double)cch_bytes(b->cch) / b->g.node_count, 1,
              "B");
    bench_say(b, "one metric, bytes a node", "metric_bytes_per_node",
              (double)cch_metric_bytes(&b->m) / b->g.node_count, 1, "B");
}

struct spread bench_distances(struct bench *b)
{
    for (int round = 0; round < 2; round++) /* the first warms the caches */
        for (uint32_t i = 0; i < PAIRS; i++) {
            double t0 = bench_now();
            cch_distance(b->q, &b->m, b->from[i], b->to[i]);
            b->sample[i] = bench_now() - t0;
        }
    return bench_spread(b->sample, PAIRS);
}

struct spread bench_paths(struct bench *b)
{
    const uint32_t *arcs;
    uint32_t weight, count;
    for (uint32_t i = 0; i < PAIRS; i++) {
        double t0 = bench_now();
        cch_path(b->q, &b->m, b->from[i], b->to[i], &weight, &arcs, &count);
        b->sample[i] = bench_now() - t0;
    }
    return bench_spread(b->sample, PAIRS);
}

/* igraph's Dijkstra on the first pairs; its answers must be the engine's. */
static double igraph_median(struct bench *b, uint32_t count)
{
    struct err e = {0};
    struct graph_oracle *o;
    if (!graph_oracle_new(&b->g, b->weight, &o, &e))
        bench_die("igraph", &e);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t d;
        double t0 = bench_now();
        if (!graph_distances(o, &b->from[i], 1, &b->to[i], 1, &d, &e))
            bench_die("igraph", &e);
        b->sample[i] = bench_now() - t0;
        uint32_t ours = cch_distance(b->q, &b->m, b->from[i], b->to[i]);
        if (ours == ROAD_INF ? d < ROAD_INF : d != ours) {
            fprintf(stderr, "igraph and the engine differ on %u to %u\n", b->from[i], b->to[i]);
            exit(1);
        }
    }
    graph_oracle_free(o);
    return bench_spread(b->sample, count).median;
}

static void queries(struct bench *b, uint32_t igraph_pairs)
{
    struct spread d = bench_distances(b), p = bench_paths(b);
    double igraph = b->igraph = igraph_pairs > 0 ? igraph_median(b, igraph_pairs) : 0;
    bench_say(b, "distance, median of 10,000 pairs", "distance_s", d.median, 1e6, "us");
    bench_say(b, "distance, p99", "distance_p99_s", d.p99, 1e6, "us");
    bench_say(b, "with path, median", "path_s", p.median, 1e6, "us");
    bench_say(b, "with path, p99", "path_p99_s", p.p99, 1e6, "us");
    if (igraph_pairs == 0)
        return;
    bench_say(b, "igraph's Dijkstra, median", "igraph_s", igraph, 1e3, "ms");
    bench_say(b, "  distance faster by", "distance_ratio", igraph / d.median, 1, "x");
    bench_say(b, "  with path faster by", "path_ratio", igraph / p.median, 1, "x");
}

static void say_table(struct bench *b, const char *prefix, const char *name, const char *key, double *s)
{
    char whole[64];
    snprintf(whole, sizeof whole, "%s%s", prefix, key);
    bench_say(b, name, whole, bench_spread(s, 7).median, 1e3, "ms");
}

void bench_tables(struct bench *b, const char *prefix)
{
    static const struct {
        uint32_t from, to;
        const char *name, *key;
    } sizes[] = {{100, 100, "table 100 x 100", "table_100_s"},
                 {TABLE, TABLE, "table 1000 x 1000", "table_1000_s"},
                 {1, TABLE, "one to 1,000", "one_to_1000_s"}};
    struct err e = {0};
    uint32_t *out = bench_must(malloc((size_t)TABLE * TABLE * sizeof *out));
    uint32_t *all = bench_must(malloc(((size_t)b->g.node_count + 1) * sizeof *all));
    double s[7];
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        for (int i = 0; i < 7; i++) {
            double t0 = bench_now();
            if (!cch_matrix(b->q, &b->m, b->from, sizes[k].from, b->to, sizes[k].to, out, &e))
                bench_die("table", &e);
            s[i] = bench_now() - t0;
        }
        say_table(b, prefix, sizes[k].name, sizes[k].key, s);
    }
    for (int i = 0; i < 7; i++) {
        double t0 = bench_now();
        cch_one_to_all(b->q, &b->m, b->from[i], false, all);
        s[i] = bench_now() - t0;
    }
    say_table(b, prefix, "one to all", "one_to_all_s", s);
    free(out);
    free(all);
}

int main(int argc, char **argv)
{
    static struct bench b;
    uint32_t igraph_pairs = 21, done = 0;
    FILE *json = NULL;
    bool orders = false;
    const char *networks[64];
    int network_count = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--igraph") == 0 && i + 1 < argc) {
            igraph_pairs = (uint32_t)strtoul(argv[++i], NULL, 10);
            igraph_pairs = igraph_pairs < PAIRS ? igraph_pairs : PAIRS;
            continue;
        }
        if (strcmp(argv[i], "--orders") == 0) {
            orders = true;
            continue;
        }
        if (strcmp(argv[i], "--json") == 0 && i + 1 < argc) {
            if ((json = fopen(argv[++i], "w")) == NULL) {
                perror(argv[i]);
                return 1;
            }
            fputs("[\n", json);
            continue;
        }
        if (network_count < 64)
            networks[network_count++] = argv[i];
    }
    for (int i = 0; i < network_count; i++) {
        b = (struct bench){.path = networks[i], .seed = 20261124, .json = json};
        if (json != NULL && done++ > 0)
            fputs(",\n", json);
        open_network(&b);
        if (orders)
            bench_orders(&b);
        build(&b);
        bench_customize(&b);
        queries(&b, igraph_pairs);
        bench_tables(&b, "");
        bench_changes(&b);
        bench_more(&b);
        bench_perfect(&b);
        bench_hubs(&b);
        if (json != NULL)
            fputs("}", json);
        cch_query_free(b.q);
        cch_metric_release(&b.m);
        cch_free(b.cch);
        free(b.weight);
        network_release(b.net);
    }
    if (json != NULL) {
        fputs("\n]\n", json);
        fclose(json);
    }
    return 0;
}
