/* zongheng road query|matrix: exact road distances on a network file, by the road engine or by igraph. */
#include "cmd_network.h"

#include "graph/graph.h"
#include "network/file.h"
#include "network/places.h"
#include "road/road.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct options {
    const char *network, *pairs, *from, *to;
    struct road_profile profile;
    enum engine { ENGINE_ANY, ENGINE_CCH, ENGINE_DIJKSTRA, ENGINE_IGRAPH } engine;
    bool path, json, internal, bench;
};

struct ids {
    uint32_t *node;
    size_t count, room;
};

static int usage(void)
{
    fputs(
        "usage: zongheng road query --network FILE --pairs PAIRS.txt [--metric "
        "time|cost|distance|source[:CLASS]]\n"
        "                           [--engine cch|dijkstra|igraph] [--path] [--json] [--internal-ids] "
        "[--bench]\n"
        "       zongheng road matrix --network FILE --from IDS.txt --to IDS.txt [--metric ...] "
        "[--internal-ids]\n"
        "PAIRS has \"from to\" in each line; the answer \"from to weight\", -1 where no road leads.\n"
        "Metrics: time in ms, cost in 1/1000 yuan, distance in m, source the file's own; class 1 to 6 "
        "(default 6).\n"
        "Engine cch (the default where the network carries a contraction order) is exact like the others.\n",
        stderr);
    return 2;
}

static int failed(const struct err *e)
{
    fprintf(stderr, "zongheng: %s\n", e->text);
    return 1;
}

static bool parse_metric(const char *s, struct road_profile *p)
{
    static const char *const names[] = {"time", "cost", "distance", "source"};
    size_t n = strcspn(s, ":");
    for (int i = 0; i < 4; i++) {
        if (strlen(names[i]) != n || strncmp(names[i], s, n) != 0)
            continue;
        p->objective = (uint8_t)i;
        if (s[n] == '\0')
            return true;
        p->vehicle_class = (uint8_t)(s[n + 1] - '0');
        return s[n + 1] >= '1' && s[n + 1] <= '6' && s[n + 2] == '\0';
    }
    return false;
}

static bool parse_engine(const char *s, enum engine *out)
{
    static const char *const names[] = {"cch", "dijkstra", "igraph"};
    for (int i = 0; i < 3; i++)
        if (strcmp(names[i], s) == 0) {
            *out = (enum engine)(ENGINE_CCH + i);
            return true;
        }
    return false;
}

static bool parse(int argc, char **argv, struct options *o)
{
    *o = (struct options){.profile = {.vehicle_class = 6}};
    for (int i = 0; i < argc; i++) {
        const char *a = argv[i], *v = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(a, "--path") == 0)
            o->path = true;
        else if (strcmp(a, "--json") == 0)
            o->json = true;
        else if (strcmp(a, "--internal-ids") == 0)
            o->internal = true;
        else if (strcmp(a, "--bench") == 0)
            o->bench = true;
        else if (v == NULL)
            return false;
        else if (strcmp(a, "--network") == 0)
            o->network = argv[++i];
        else if (strcmp(a, "--pairs") == 0)
            o->pairs = argv[++i];
        else if (strcmp(a, "--from") == 0)
            o->from = argv[++i];
        else if (strcmp(a, "--to") == 0)
            o->to = argv[++i];
        else if (strcmp(a, "--engine") == 0 && parse_engine(v, &o->engine))
            i++;
        else if (strcmp(a, "--metric") != 0 || !parse_metric(argv[++i], &o->profile))
            return false;
    }
    return o->network != NULL;
}

/* Reads numbers separated by white space; every one must be a node. */
static bool read_ids(const char *path, const struct places *places, const struct network *n, bool internal,
                     struct ids *out, struct err *e)
{
    FILE *f = fopen(path, "r");
    char word[64];
    bool ok = true;
    if (f == NULL)
        return fail(e, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
    while (ok && fscanf(f, "%63s", word) == 1) {
        char *end;
        long long id = strtoll(word, &end, 10);
        uint32_t node = (uint32_t)id;
        if (*end != '\0' ||
            (internal ? id < 0 || id >= net_plain_count(n) : !places_node_by_id(places, id, &node))) {
            ok = fail(e, ERR_NOT_FOUND, "%s: \"%s\" is no node of the network", path, word);
            break;
        }
        if (out->count == out->room) {
            size_t room = out->room == 0 ? 1024 : out->room * 2;
            uint32_t *more = realloc(out->node, room * sizeof *more);
            ok = more != NULL || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for %s", path);
            if (!ok)
                break;
            out->node = more;
            out->room = room;
        }
        out->node[out->count++] = node;
    }
    fclose(f);
    return ok;
}

struct tools {
    const struct network *n;
    struct places *places;
    struct road_index *index;
    struct road_metric *metric;
    struct road_query *query;
    struct graph_oracle *oracle;
    double build_s, customize_s;
};

static int64_t now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void close_tools(struct tools *t)
{
    if (t->oracle != NULL)
        graph_oracle_free(t->oracle);
    road_query_free(t->query);
    if (t->metric != NULL)
        road_metric_free(t->metric);
    road_index_free(t->index);
    places_free(t->places);
    if (t->n != NULL)
        network_release(t->n);
}

static bool open_tools(const struct options *o, struct tools *t, struct err *e)
{
    int64_t t0 = now_ns();
    *t = (struct tools){0};
    if (!network_open(o->network, &t->n, e) || !places_new(t->n, &t->places, e) ||
        !road_metric_new(t->n, &o->profile, &t->metric, e))
        return false;
    bool ordered = t->n->cch_order_count > 0;
    if ((o->engine == ENGINE_CCH || (o->engine == ENGINE_ANY && ordered)) &&
        !road_index_new(t->n, &t->index, e))
        return false;
    int64_t t1 = now_ns();
    if (t->index != NULL && !road_metric_customize(t->metric, t->index, NULL, e))
        return false;
    t->build_s = (double)(t1 - t0) / 1e9;
    t->customize_s = (double)(now_ns() - t1) / 1e9;
    struct road_graph g = road_graph_of(t->n);
    return road_query_new(t->n, t->index, &t->query, e) &&
           (o->engine != ENGINE_IGRAPH ||
            graph_oracle_new(&g, road_metric_weights(t->metric), &t->oracle, e));
}

static bool ask(struct tools *t, uint32_t from, uint32_t to, uint32_t *weight, struct err *e)
{
    uint64_t d;
    if (t->oracle == NULL) {
        *weight = road_weight(t->query, t->metric, from, to);
        return true;
    }
    uint32_t end = from == to ? to : net_arrival(t->n, to);
    if (!graph_distances(t->oracle, &from, 1, &end, 1, &d, e))
        return false;
    *weight = d < ROAD_INF ? (uint32_t)d : ROAD_INF;
    return true;
}

static long long shown(uint32_t weight)
{
    return weight < ROAD_INF ? (long long)weight : -1;
}

static bool print_path(struct tools *t, uint32_t from, uint32_t to, struct arena *a, struct err *e)
{
    const uint32_t *arcs;
    uint32_t count;
    if (!road_path(t->query, t->metric, from, to, a, &arcs, &count, e))
        return false;
    printf("  %lld", (long long)t->n->node_id[from]);
    for (uint32_t i = 0; i < count; i++)
        printf(" %lld", (long long)t->n->node_id[t->n->arc_head[arcs[i]]]);
    putchar('\n');
    arena_reset(a);
    return true;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static bool bench(struct tools *t, const struct ids *pairs, struct err *e)
{
    size_t n = pairs->count / 2;
    int64_t *ns = calloc(n + 1, sizeof *ns);
    bool ok = ns != NULL || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory");
    uint32_t weight;
    for (size_t i = 0; ok && i < n; i++) {
        int64_t t0 = now_ns();
        ok = ask(t, pairs->node[2 * i], pairs->node[2 * i + 1], &weight, e);
        ns[i] = now_ns() - t0;
    }
    if (ok && n > 0) {
        qsort(ns, n, sizeof *ns, by_number);
        printf("{\"queries\": %zu, \"median_ns\": %lld, \"p99_ns\": %lld, \"build_s\": %.6f, "
               "\"customize_s\": %.6f}\n",
               n, (long long)ns[n / 2], (long long)ns[n * 99 / 100], t->build_s, t->customize_s);
    }
    free(ns);
    return ok;
}

static bool answer_pairs(const struct options *o, struct tools *t, const struct ids *pairs, struct err *e)
{
    struct arena a;
    bool ok = true;
    arena_init(&a, (size_t)1 << 30);
    if (o->json)
        fputs("[", stdout);
    for (size_t i = 0; ok && i + 1 < pairs->count; i += 2) {
        uint32_t from = pairs->node[i], to = pairs->node[i + 1], weight;
        long long f = o->internal ? (long long)from : (long long)t->n->node_id[from];
        long long d = o->internal ? (long long)to : (long long)t->n->node_id[to];
        ok = ask(t, from, to, &weight, e);
        if (!ok)
            break;
        if (o->json)
            printf("%s{\"from\": %lld, \"to\": %lld, \"weight\": %lld}", i == 0 ? "" : ",\n ", f, d,
                   shown(weight));
        else
            printf("%lld %lld %lld\n", f, d, shown(weight));
        if (o->path && weight < ROAD_INF)
            ok = print_path(t, from, to, &a, e);
    }
    if (o->json)
        fputs("]\n", stdout);
    arena_release(&a);
    return ok;
}

static int query(const struct options *o)
{
    struct err e = {0};
    struct tools t;
    struct ids pairs = {0};
    bool ok = open_tools(o, &t, &e);
    ok = ok && read_ids(o->pairs, t.places, t.n, o->internal, &pairs, &e);
    if (ok && pairs.count % 2 != 0)
        ok = fail(&e, ERR_INVALID_ARGUMENT, "%s has an odd number of nodes; each line is \"from to\"",
                  o->pairs);
    ok = ok && (o->bench ? bench(&t, &pairs, &e) : answer_pairs(o, &t, &pairs, &e));
    free(pairs.node);
    close_tools(&t);
    return ok ? 0 : failed(&e);
}

static int matrix(const struct options *o)
{
    struct err e = {0};
    struct tools t;
    struct ids from = {0}, to = {0};
    uint32_t *row = NULL;
    bool ok = open_tools(o, &t, &e) && read_ids(o->from, t.places, t.n, o->internal, &from, &e) &&
              read_ids(o->to, t.places, t.n, o->internal, &to, &e);
    if (ok) {
        row = calloc(to.count + 1, sizeof *row);
        ok = row != NULL || fail(&e, ERR_RESOURCE_EXHAUSTED, "out of memory for a row of the matrix");
    }
    for (size_t i = 0; ok && i < from.count; i++) {
        ok = road_weights(t.query, t.metric, &from.node[i], 1, to.node, (uint32_t)to.count, row, &e);
        for (size_t k = 0; ok && k < to.count; k++)
            printf("%s%lld", k == 0 ? "" : " ", shown(row[k]));
        putchar('\n');
    }
    free(row);
    free(from.node);
    free(to.node);
    close_tools(&t);
    return ok ? 0 : failed(&e);
}

int cmd_road(int argc, char **argv)
{
    struct options o;
    if (argc < 2 || !parse(argc - 2, argv + 2, &o))
        return usage();
    if (strcmp(argv[1], "query") == 0 && o.pairs != NULL && o.from == NULL && o.to == NULL &&
        !(o.json && o.path))
        return query(&o);
    bool plain = !o.path && !o.json && !o.bench && o.engine != ENGINE_IGRAPH && o.pairs == NULL;
    if (strcmp(argv[1], "matrix") == 0 && o.from != NULL && o.to != NULL && plain)
        return matrix(&o);
    return usage();
}
