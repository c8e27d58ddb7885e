/* Strongly connected parts of the road, turns not restricted (Tarjan 1972, without recursion). */
#include "import/osm_inside.h"

#include <stdlib.h>
#include <string.h>

struct tarjan {
    const struct osm_map *m;
    uint32_t *order, *low; /* 0: not seen; order NET_NONE: its part is known */
    uint32_t *at;          /* next edge of a node */
    uint32_t *path, *stack;
    uint32_t path_len, stack_len, seen, parts, largest;
};

static void enter(struct tarjan *t, uint32_t v)
{
    t->order[v] = t->low[v] = ++t->seen;
    t->at[v] = t->m->out_first[v];
    t->path[t->path_len++] = v;
    t->stack[t->stack_len++] = v;
}

static void leave(struct tarjan *t, uint32_t v)
{
    t->path_len--;
    if (t->path_len > 0) {
        uint32_t u = t->path[t->path_len - 1];
        t->low[u] = t->low[v] < t->low[u] ? t->low[v] : t->low[u];
    }
    if (t->low[v] != t->order[v])
        return;
    uint32_t size = 0, w;
    do {
        w = t->stack[--t->stack_len];
        t->order[w] = NET_NONE;
        size++;
    } while (w != v);
    t->parts++;
    t->largest = size > t->largest ? size : t->largest;
}

static void search(struct tarjan *t, uint32_t root)
{
    const struct osm_map *m = t->m;
    enter(t, root);
    while (t->path_len > 0) {
        uint32_t v = t->path[t->path_len - 1];
        if (t->at[v] == m->out_first[v + 1]) {
            leave(t, v);
            continue;
        }
        uint32_t edge = m->out[t->at[v]++];
        uint32_t w = osm_head(m, edge);
        if (osm_arc(m, edge) == NET_NONE || t->order[w] == NET_NONE)
            continue;
        if (t->order[w] == 0)
            enter(t, w);
        else
            t->low[v] = t->order[w] < t->low[v] ? t->order[w] : t->low[v];
    }
}

static bool on_road(const struct osm_map *m, uint32_t v)
{
    for (uint32_t i = m->out_first[v]; i < m->out_first[v + 1]; i++)
        if (osm_arc(m, m->out[i]) != NET_NONE || osm_arc(m, m->out[i] ^ 1) != NET_NONE)
            return true;
    return false;
}

bool osm_count_parts(struct osm_map *m, struct err *e)
{
    size_t n = (size_t)m->plain_count + 1;
    uint32_t *all = calloc(n, 5 * sizeof *all);
    if (all == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the parts of %s", m->path);
    struct tarjan t = {
        .m = m, .order = all, .low = all + n, .at = all + 2 * n, .path = all + 3 * n, .stack = all + 4 * n};
    for (uint32_t v = 0; v < m->plain_count; v++)
        if (t.order[v] == 0 && on_road(m, v))
            search(&t, v);
    m->r->parts = t.parts;
    m->r->part_nodes = t.largest;
    free(all);
    return true;
}
