#include "fuzz.h"

#include "network/check.h"
#include "network/file.h"
#include "network/places.h"
#include "road/dijkstra.h"
#include "road/road.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

static void remove_folder(void)
{
    rmdir(folder);
}

const char *fuzz_folder(void)
{
    if (folder[0] == '\0') {
        snprintf(folder, sizeof folder, "/tmp/zh-fuzz-XXXXXX");
        if (mkdtemp(folder) == NULL)
            abort();
        atexit(remove_folder);
    }
    return folder;
}

const char *fuzz_file(int slot, const char *name, const uint8_t *data, size_t len)
{
    static char path[4][160];
    snprintf(path[slot], sizeof path[slot], "%s/%s", fuzz_folder(), name);
    FILE *f = fopen(path[slot], "wb");
    if (f == NULL || fwrite(data, 1, len, f) != len || fclose(f) != 0)
        abort();
    return path[slot];
}

void fuzz_remove(const char *name)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", fuzz_folder(), name);
    unlink(path);
}

/* The stored hierarchy: customized and asked. */
static void climb(const struct network *n)
{
    struct err e = {0};
    struct road_index *ix = NULL;
    struct road_query *q = NULL;
    struct road_metric *m = NULL;
    struct road_profile p = {.objective = ROAD_SHORTEST};
    struct arena a;
    const uint32_t *arcs;
    uint32_t count, nodes = net_plain_count(n);
    arena_init(&a, (size_t)1 << 20);
    if (nodes > 0 && road_index_new(n, &ix, &e) && road_metric_new(n, &p, &m, &e) &&
        road_metric_customize(m, ix, NULL, &e) && road_query_new(n, ix, &q, &e))
        for (uint32_t i = 0; i < 8; i++)
            road_path(q, m, i * 7919 % nodes, (i + 1) * 104729 % nodes, &a, &arcs, &count, &e);
    road_query_free(q);
    road_metric_free(m);
    road_index_free(ix);
    arena_release(&a);
}

static void search(const struct network *n)
{
    struct road_graph g = road_graph_of(n);
    struct adjacency a = {.first = g.first_out, .head = g.head};
    struct dijkstra d;
    if (g.node_count == 0 || g.node_count > 4096 || n->arc_weight_count == 0 ||
        !dijkstra_init(&d, g.node_count))
        return;
    bool small = true;
    for (uint32_t i = 0; i < g.arc_count; i++)
        small = small && n->arc_weight[i] <= NET_WEIGHT_MAX;
    if (small)
        dijkstra_run_all(&d, &a, n->arc_weight, 0);
    dijkstra_release(&d);
}

void fuzz_use(const struct network *n)
{
    struct arena a;
    struct network_findings f;
    struct places *p;
    struct err e = {0};
    uint32_t found[8], count = net_node_count(n);
    uint32_t *zero = calloc((size_t)count + 1, sizeof *zero);
    arena_init(&a, (size_t)64 << 20);
    if (zero != NULL)
        network_check(n, &(struct network_components){zero, zero, 1, 1}, 20000, &a, &f, &e);
    if (places_new(n, &p, &e)) {
        places_find(p, "daye", 8, found);
        places_find(p, "大冶", 8, found);
        places_resolve(p, "30.09,114.96", found, &e);
        places_node_by_id(p, 1, found);
        places_free(p);
    }
    search(n);
    if (n->cch_first_count > 0)
        climb(n);
    arena_release(&a);
    free(zero);
}

void fuzz_freeze(struct network_builder *b)
{
    struct err e = {0};
    uint8_t *raw;
    size_t len;
    const struct network *n;
    if (!network_builder_freeze(b, &raw, &len, &e))
        abort();
    uint8_t *bytes = aligned_alloc(64, (len + 63) / 64 * 64);
    if (bytes == NULL)
        abort();
    memcpy(bytes, raw, len);
    free(raw);
    if (!network_open_bytes(bytes, len, &n, &e)) {
        fprintf(stderr, "what was imported cannot be opened: %s\n", e.text);
        abort();
    }
    fuzz_use(n);
    network_release(n);
    free(bytes);
}
