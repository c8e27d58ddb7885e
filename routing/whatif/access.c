#include "whatif/access.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[ACCESS_TARGETS] = {"expressway", "airport", "port"};
static const char *const codes[ACCESS_TARGETS] = {NULL, "IATA:EHU", "UN-LOCODE:CNWYK"};

const char *access_target_name(enum access_target t)
{
    return names[t];
}

bool access_target_of(const char *name, enum access_target *out)
{
    for (int i = 0; i < ACCESS_TARGETS; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (enum access_target)i;
            return true;
        }
    return false;
}

static bool no_memory(struct err *e)
{
    return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for times to the nearest entrance");
}

/* 1: a motorway is there, 2: another road; by node. */
static uint8_t *touching(const struct network *n, struct arena *a)
{
    uint8_t *what = arena_calloc(a, (size_t)net_node_count(n) + 1, 1);
    for (uint32_t i = 0; what != NULL && i < n->link_count; i++) {
        const struct net_link *l = &n->link[i];
        if (l->mode != MODE_ROAD || l->status != STATUS_OPEN)
            continue;
        uint8_t bit = l->road_class == ROAD_MOTORWAY ? 1 : 2;
        what[l->from] |= bit;
        what[l->to] |= bit;
    }
    return what;
}

static bool has_code(const char *list, const char *code)
{
    size_t len = strlen(code);
    for (const char *p = strstr(list, code); p != NULL; p = strstr(p + 1, code))
        if ((p == list || p[-1] == ';') && (p[len] == ';' || p[len] == '\0'))
            return true;
    return false;
}

bool access_targets(const struct network *n, enum access_target t, struct arena *a, struct access_nodes *out,
                    struct err *e)
{
    uint32_t room = t == ACCESS_EXPRESSWAY ? net_node_count(n) : n->place_count;
    uint8_t *what = touching(n, a);
    *out = (struct access_nodes){.node = arena_calloc(a, (size_t)room + 1, sizeof *out->node)};
    if (what == NULL || out->node == NULL)
        return no_memory(e);
    if (t == ACCESS_EXPRESSWAY) {
        for (uint32_t v = 0; v < net_node_count(n); v++)
            if (what[v] == 3 && net_is_plain(n, v))
                out->node[out->count++] = v;
        return true;
    }
    for (uint32_t i = 0; i < n->place_count; i++) {
        uint32_t v = n->place[i].node;
        bool kind = strcmp(net_string(n, n->place[i].kind), names[t]) == 0;
        if (kind && what[v] != 0 && has_code(net_string(n, n->place[i].codes), codes[t])) {
            out->node[out->count++] = v;
            what[v] = 0; /* once, whatever its names */
        }
    }
    return true;
}

bool access_towns(const struct network *n, struct arena *a, struct access_nodes *out, struct err *e)
{
    uint8_t *what = touching(n, a);
    *out = (struct access_nodes){.node = arena_calloc(a, (size_t)n->place_count + 1, sizeof *out->node)};
    if (what == NULL || out->node == NULL)
        return no_memory(e);
    for (uint32_t i = 0; i < n->place_count; i++) {
        uint32_t v = n->place[i].node;
        if (what[v] != 0 && strcmp(net_string(n, n->place[i].kind), "township") == 0) {
            out->node[out->count++] = v;
            what[v] = 0;
        }
    }
    return true;
}

bool access_times(struct road_query *q, const struct road_metric *m, const struct access_nodes *towns,
                  const struct access_nodes *targets, struct arena *a, struct access_time **out,
                  struct err *e)
{
    uint64_t cells = (uint64_t)towns->count * targets->count;
    uint32_t *weight = cells <= ACCESS_CELLS_MAX ? malloc((size_t)(cells + 1) * sizeof *weight) : NULL;
    *out = arena_calloc(a, (size_t)towns->count + 1, sizeof **out);
    if (weight == NULL || *out == NULL) {
        free(weight);
        return no_memory(e);
    }
    bool ok =
        cells == 0 || road_weights(q, m, towns->node, towns->count, targets->node, targets->count, weight, e);
    for (uint32_t i = 0; ok && i < towns->count; i++) {
        struct access_time *best = &(*out)[i];
        *best = (struct access_time){ROAD_INF, NET_NONE};
        for (uint32_t k = 0; k < targets->count; k++)
            if (weight[(size_t)i * targets->count + k] < best->ms)
                *best = (struct access_time){weight[(size_t)i * targets->count + k], targets->node[k]};
    }
    free(weight);
    return ok;
}

/* The least weight to any target, by node. */
static void sweep(struct road_query *q, const struct road_metric *m, const struct access_nodes *targets,
                  uint32_t nodes, uint32_t *least, uint32_t *one)
{
    for (uint32_t v = 0; v < nodes; v++)
        least[v] = ROAD_INF;
    for (uint32_t k = 0; k < targets->count; k++) {
        road_one_to_all(q, m, targets->node[k], true, one);
        for (uint32_t v = 0; v < nodes; v++)
            least[v] = one[v] < least[v] ? one[v] : least[v];
    }
}

bool access_reach(struct road_query *q, const struct road_metric *m, const struct network *n,
                  const struct access_nodes *targets, uint32_t limit_ms, struct arena *a,
                  struct road_reach *out, struct err *e)
{
    uint32_t nodes = net_node_count(n), count = 0;
    if (targets->count == 0)
        return fail(e, ERR_NOT_FOUND, "the network has no such target");
    if (targets->count > ACCESS_SWEEPS_MAX)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "more than %d targets for one isochrone", ACCESS_SWEEPS_MAX);
    uint32_t *least = arena_calloc(a, (size_t)nodes + 1, sizeof *least);
    uint32_t *one = arena_calloc(a, (size_t)nodes + 1, sizeof *one);
    uint32_t *node = arena_calloc(a, (size_t)nodes + 1, sizeof *node);
    uint32_t *weight = arena_calloc(a, (size_t)nodes + 1, sizeof *weight);
    if (least == NULL || one == NULL || node == NULL || weight == NULL)
        return no_memory(e);
    sweep(q, m, targets, nodes, least, one);
    for (uint32_t v = 0; v < nodes; v++)
        if (least[v] <= limit_ms) {
            node[count] = v;
            weight[count++] = least[v];
        }
    *out = (struct road_reach){.count = count,
                               .node = node,
                               .weight = weight,
                               .from = targets->node[0],
                               .reverse = true,
                               .state_count = count,
                               .state = node,
                               .state_weight = weight};
    return true;
}
