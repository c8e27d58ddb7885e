/* The largest strongly connected part of the roads for lorries (Tarjan 1972, without recursion). */
#include "import/services_map.h"

#include <stdlib.h>

enum {
    LORRY_KG = 18000,
    LORRY_AXLE_KG = 11500,
    LORRY_HIGH_CM = 400,
    LORRY_WIDE_CM = 255,
    LORRY_LONG_CM = 900
};

struct tarjan {
    uint32_t *first, *head;      /* adjacency array: the ways that leave v are [first[v]] .. [first[v + 1]] */
    uint32_t *order, *low;       /* 0: not seen; order NET_NONE: its part is known */
    uint32_t *at, *path, *stack; /* at: the next way of a node */
    uint32_t *done, done_count;  /* nodes by part */
    uint32_t path_len, stack_len, seen, best_first, best_size;
};

static bool within(uint32_t limit, uint32_t value)
{
    return limit == 0 || limit >= value;
}

static bool for_lorries(const struct net_link *l, const struct net_limit *m)
{
    return l->mode == MODE_ROAD && l->status == STATUS_OPEN && (l->flags & LINK_HGV_NO) == 0 &&
           m->ban_class_from == 0 && within(m->max_gross_kg, LORRY_KG) &&
           within(m->max_axle_kg, LORRY_AXLE_KG) && within(m->max_height_cm, LORRY_HIGH_CM) &&
           within(m->max_width_cm, LORRY_WIDE_CM) && within(m->max_length_cm, LORRY_LONG_CM);
}

/* Calls for each way a lorry may drive: counts them (first[tail + 2]), or puts them in place. */
static void each_way(struct tarjan *t, struct network_builder *b, uint32_t plain, bool put)
{
    uint32_t links, limits;
    const struct net_link *link = network_rows_link(b, &links);
    const struct net_limit *limit = network_rows_limit(b, &limits);
    for (uint32_t i = 0; i < links; i++) {
        const struct net_link *l = &link[i];
        if (l->from >= plain || l->to >= plain || l->limit >= limits || !for_lorries(l, &limit[l->limit]))
            continue;
        if ((l->flags & LINK_FORWARD) != 0 && !put)
            t->first[l->from + 2]++;
        else if ((l->flags & LINK_FORWARD) != 0)
            t->head[t->first[l->from + 1]++] = l->to;
        if ((l->flags & LINK_BACKWARD) != 0 && !put)
            t->first[l->to + 2]++;
        else if ((l->flags & LINK_BACKWARD) != 0)
            t->head[t->first[l->to + 1]++] = l->from;
    }
}

static void enter(struct tarjan *t, uint32_t v)
{
    t->order[v] = t->low[v] = ++t->seen;
    t->at[v] = t->first[v];
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
    uint32_t first = t->done_count, w;
    do {
        w = t->stack[--t->stack_len];
        t->order[w] = NET_NONE;
        t->done[t->done_count++] = w;
    } while (w != v);
    if (t->done_count - first > t->best_size) {
        t->best_first = first;
        t->best_size = t->done_count - first;
    }
}

static void search(struct tarjan *t, uint32_t root)
{
    enter(t, root);
    while (t->path_len > 0) {
        uint32_t v = t->path[t->path_len - 1];
        if (t->at[v] == t->first[v + 1]) {
            leave(t, v);
            continue;
        }
        uint32_t w = t->head[t->at[v]++];
        if (t->order[w] == NET_NONE)
            continue;
        if (t->order[w] == 0)
            enter(t, w);
        else
            t->low[v] = t->order[w] < t->low[v] ? t->order[w] : t->low[v];
    }
}

static uint32_t plain_count(struct network_builder *b)
{
    uint32_t nodes, plain;
    network_rows_node_id(b, &nodes);
    network_rows_node_arrival(b, &plain);
    return plain > 0 ? plain : nodes;
}

bool services_main_part(struct network_builder *b, uint8_t **mark, uint32_t *plain, uint32_t *size,
                        struct err *e)
{
    uint32_t n = plain_count(b), links;
    network_rows_link(b, &links);
    size_t room = (size_t)n + 3;
    uint32_t *all = calloc(room, 7 * sizeof *all), *head = malloc(((size_t)links * 2 + 1) * sizeof *head);
    *mark = calloc(room, 1);
    if (all == NULL || head == NULL || *mark == NULL) {
        free(all);
        free(head);
        free(*mark);
        *mark = NULL;
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the parts of the road");
    }
    struct tarjan t = {.first = all,
                       .head = head,
                       .order = all + room,
                       .low = all + 2 * room,
                       .at = all + 3 * room,
                       .path = all + 4 * room,
                       .stack = all + 5 * room,
                       .done = all + 6 * room};
    each_way(&t, b, n, false);
    for (uint32_t v = 0; v < n; v++)
        t.first[v + 2] += t.first[v + 1];
    each_way(&t, b, n, true);
    for (uint32_t v = 0; v < n; v++)
        if (t.order[v] == 0)
            search(&t, v);
    for (uint32_t i = 0; t.best_size > 1 && i < t.best_size; i++)
        (*mark)[t.done[t.best_first + i]] = 1;
    *size = t.best_size > 1 ? t.best_size : 0;
    *plain = n;
    free(all);
    free(head);
    return true;
}
