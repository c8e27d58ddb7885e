#include "whatif/assign_inside.h"

#include <stdlib.h>
#include <string.h>

/* One block: the doubles first. */
bool bush_alloc(struct bush *b, uint32_t nodes, uint32_t links)
{
    size_t room = (size_t)links + links / 8 + 8;
    char *block =
        malloc(room * (sizeof(double) + 2 * sizeof(uint32_t)) + ((size_t)nodes * 2 + 1) * sizeof(uint32_t));
    if (block == NULL)
        return false;
    b->flow = (double *)(void *)block;
    b->tail = (uint32_t *)(void *)(block + room * sizeof(double));
    b->link = b->tail + room;
    b->order = b->link + room;
    b->first = b->order + nodes;
    b->node_count = nodes;
    b->link_count = 0;
    b->room = (uint32_t)room;
    return true;
}

void bush_free(struct bush *b)
{
    free(b->flow);
    b->flow = NULL;
}

/* --- cheapest ways ----------------------------------------------------------------------------------- */

static bool before(const struct heap_item *x, const struct heap_item *y)
{
    return x->key < y->key || (x->key == y->key && x->node < y->node);
}

static void heap_push(struct slot *s, double key, uint32_t node)
{
    struct heap_item item = {key, node};
    uint32_t i = s->heap_count++;
    while (i > 0 && before(&item, &s->heap[(i - 1) / 4])) {
        s->heap[i] = s->heap[(i - 1) / 4];
        i = (i - 1) / 4;
    }
    s->heap[i] = item;
}

static struct heap_item heap_pop(struct slot *s)
{
    struct heap_item top = s->heap[0], last = s->heap[--s->heap_count];
    uint32_t i = 0;
    for (;;) {
        uint32_t child = i * 4 + 1, best = child;
        for (uint32_t k = child + 1; k < child + 4 && k < s->heap_count; k++)
            if (before(&s->heap[k], &s->heap[best]))
                best = k;
        if (child >= s->heap_count || !before(&s->heap[best], &last))
            break;
        s->heap[i] = s->heap[best];
        i = best;
    }
    s->heap[i] = last;
    return top;
}

/* Lets what is in the heap lower dist[]; entering links of what was lowered go into count[]. A node that is
 * lowered again is pushed again: at most one item per link. */
static void relax(const struct assign *a, struct slot *s, uint32_t class, uint32_t root)
{
    const double *cost = &a->cost[(size_t) class * a->link_count];
    while (s->heap_count > 0) {
        struct heap_item at = heap_pop(s);
        if (at.key > s->dist[at.node] || !may_leave(a, at.node, root))
            continue;
        for (uint32_t l = a->out_first[at.node]; l < a->out_first[at.node + 1]; l++)
            if (at.key + cost[l] < s->dist[a->to[l]]) {
                s->dist[a->to[l]] = at.key + cost[l];
                s->count[a->to[l]] = l;
                heap_push(s, s->dist[a->to[l]], a->to[l]);
            }
    }
}

/* --- the demand of a bush by node ---------------------------------------------------------------------- */

static const struct trips *trips_of(const struct assign *a, const struct bush *b)
{
    return a->class[b->class].trips;
}

double bush_demand(const struct assign *a, const struct bush *b)
{
    const struct trips *t = trips_of(a, b);
    double sum = 0;
    for (uint32_t k = t->first[b->zone]; k < t->first[b->zone + 1]; k++)
        if (a->zone_node[t->to[k]] != b->root)
            sum += t->volume[k];
    return sum;
}

void bush_settle(const struct assign *a, struct slot *s, struct bush *b)
{
    const struct trips *t = trips_of(a, b);
    double pce = a->class[b->class].pce;
    memset(s->pos, 0xff, a->node_count * sizeof *s->pos);
    memset(s->need, 0, b->node_count * sizeof *s->need);
    for (uint32_t p = 0; p < b->node_count; p++)
        s->pos[b->order[p]] = p;
    b->demand = 0;
    for (uint32_t k = t->first[b->zone]; k < t->first[b->zone + 1]; k++) {
        uint32_t p = s->pos[a->zone_node[t->to[k]]];
        if (p == ASSIGN_NONE || p == 0)
            continue;
        s->need[p] += t->volume[k] * pce;
        b->demand += t->volume[k] * pce;
    }
    for (uint32_t p = b->node_count; p-- > 1;) {
        double in = 0, left = s->need[p];
        uint32_t main_in = b->first[p];
        for (uint32_t k = b->first[p]; k < b->first[p + 1]; k++) {
            in += b->flow[k];
            main_in = b->flow[k] > b->flow[main_in] ? k : main_in;
        }
        for (uint32_t k = b->first[p]; k < b->first[p + 1]; k++)
            if (k != main_in) {
                b->flow[k] = b->flow[k] > 0 ? s->need[p] * (b->flow[k] / in) : 0;
                left -= b->flow[k];
                s->need[b->tail[k]] += b->flow[k];
            }
        b->flow[main_in] = left > 0 ? left : 0;
        s->need[b->tail[main_in]] += b->flow[main_in];
    }
}

bool bush_grow(const struct assign *a, struct slot *s, struct bush *b)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->node_count; i++)
        s->dist[i] = INFINITY;
    s->heap_count = 0;
    s->dist[b->root] = 0;
    s->count[b->root] = ASSIGN_NONE;
    heap_push(s, 0, b->root);
    relax(a, s, b->class, b->root);
    /* An order in which parents come first: children hang behind each other in a queue. */
    memset(s->pos, 0, a->node_count * sizeof *s->pos);
    for (uint32_t v = 0; v < a->node_count; v++)
        n += s->dist[v] < INFINITY;
    bush_free(b);
    if (!bush_alloc(b, n, n))
        return false;
    b->order[0] = b->root;
    s->pos[b->root] = 0;
    n = 1;
    for (uint32_t p = 0; p < n; p++) {
        uint32_t v = b->order[p];
        for (uint32_t l = a->out_first[v]; l < a->out_first[v + 1]; l++)
            if (s->dist[a->to[l]] < INFINITY && s->count[a->to[l]] == l) {
                s->pos[a->to[l]] = n;
                b->order[n++] = a->to[l];
            }
    }
    b->first[0] = b->first[1] = 0;
    for (uint32_t p = 1; p < n; p++) {
        uint32_t l = s->count[b->order[p]];
        b->link[p - 1] = l;
        b->tail[p - 1] = s->pos[a->from[l]];
        b->flow[p - 1] = 0;
        b->first[p + 1] = p;
    }
    b->link_count = n - 1;
    bush_settle(a, s, b);
    return true;
}

/* --- labels --------------------------------------------------------------------------------------------- */

void bush_labels(const struct assign *a, struct slot *s, const struct bush *b)
{
    const double *cost = &a->cost[(size_t)b->class * a->link_count];
    for (uint32_t i = 0; i < a->node_count; i++)
        s->dist[i] = INFINITY;
    s->low[0] = 0;
    s->dist[b->root] = 0;
    for (uint32_t p = 1; p < b->node_count; p++) {
        s->low[p] = INFINITY;
        s->low_in[p] = b->first[p];
        for (uint32_t k = b->first[p]; k < b->first[p + 1]; k++)
            if (s->low[b->tail[k]] + cost[b->link[k]] < s->low[p]) {
                s->low[p] = s->low[b->tail[k]] + cost[b->link[k]];
                s->low_in[p] = k;
            }
        s->dist[b->order[p]] = s->low[p];
    }
}

/* The bush's labels are ways, so upper bounds; near the equilibrium almost all are right. */
void bush_true_distances(const struct assign *a, struct slot *s, const struct bush *b)
{
    const double *cost = &a->cost[(size_t)b->class * a->link_count];
    s->heap_count = 0;
    for (uint32_t v = 0; v < a->node_count; v++) {
        if (s->dist[v] == INFINITY || !may_leave(a, v, b->root))
            continue;
        for (uint32_t l = a->out_first[v]; l < a->out_first[v + 1]; l++)
            if (s->dist[v] + cost[l] < s->dist[a->to[l]]) {
                s->dist[a->to[l]] = s->dist[v] + cost[l];
                heap_push(s, s->dist[a->to[l]], a->to[l]);
            }
    }
    relax(a, s, b->class, b->root);
}

static void note_excess(const struct assign *a, struct slot *s, struct bush *b)
{
    const double *cost = &a->cost[(size_t)b->class * a->link_count];
    double sum = 0;
    for (uint32_t p = 1; p < b->node_count; p++)
        for (uint32_t k = b->first[p]; k < b->first[p + 1]; k++)
            if (b->flow[k] > 0)
                sum += b->flow[k] * (s->dist[b->order[b->tail[k]]] + cost[b->link[k]] - s->dist[b->order[p]]);
    b->excess = sum;
}

/* --- improvement ---------------------------------------------------------------------------------------- */

/* Keeps links with flow and, where a node has none, the one of the cheapest way; high[] over what is kept. */
static bool prune(const struct assign *a, struct slot *s, struct bush *b)
{
    const double *cost = &a->cost[(size_t)b->class * a->link_count];
    uint32_t kept = 0, start = 0;
    s->high[0] = 0;
    for (uint32_t p = 1; p < b->node_count; p++) {
        uint32_t end = b->first[p + 1], here = kept;
        bool used = false;
        for (uint32_t k = start; k < end && !used; k++)
            used = b->flow[k] > 0;
        s->high[p] = 0;
        for (uint32_t k = start; k < end; k++) {
            if (used ? !(b->flow[k] > 0) : k != s->low_in[p])
                continue;
            b->flow[kept] = b->flow[k];
            b->tail[kept] = b->tail[k];
            b->link[kept++] = b->link[k];
            s->high[p] = fmax(s->high[p], s->high[b->tail[kept - 1]] + cost[b->link[kept - 1]]);
        }
        start = end;
        b->first[p] = here;
    }
    b->first[0] = 0;
    b->first[b->node_count] = kept;
    bool less = kept < b->link_count;
    b->link_count = kept;
    return less;
}

/* Marks the links that are to be in the bush; returns how many are new. Along a new link the longest way's
 * label grows and along an old one it does not fall, so that no circle can close (Nie 2010). */
static uint32_t choose(const struct assign *a, struct slot *s, const struct bush *b)
{
    const double *cost = &a->cost[(size_t)b->class * a->link_count];
    uint32_t fresh = 0;
    memset(s->in, 0, a->link_count);
    for (uint32_t k = 0; k < b->link_count; k++) {
        s->in[b->link[k]] = 1;
        s->flow_of[b->link[k]] = b->flow[k];
    }
    memset(s->pos, 0xff, a->node_count * sizeof *s->pos);
    for (uint32_t p = 0; p < b->node_count; p++)
        s->pos[b->order[p]] = p;
    for (uint32_t p = 0; p < b->node_count; p++) {
        uint32_t v = b->order[p];
        if (!may_leave(a, v, b->root))
            continue;
        for (uint32_t l = a->out_first[v]; l < a->out_first[v + 1]; l++) {
            uint32_t q = s->pos[a->to[l]];
            if (s->in[l] || q == ASSIGN_NONE || !(s->dist[v] + cost[l] < s->low[q]) ||
                !(s->high[p] + cost[l] < s->high[q]))
                continue;
            s->in[l] = 1;
            s->flow_of[l] = 0;
            fresh++;
        }
    }
    return fresh;
}

/* The bush of the marked links, ordered (Kahn 1962). */
static bool rebuild(const struct assign *a, struct slot *s, struct bush *b, uint32_t links)
{
    struct bush new = *b;
    if (!bush_alloc(&new, b->node_count, links))
        return false;
    memset(s->count, 0, a->node_count * sizeof *s->count);
    for (uint32_t v = 0; v < a->node_count; v++)
        for (uint32_t l = a->out_first[v]; l < a->out_first[v + 1]; l++)
            s->count[a->to[l]] += s->in[l];
    uint32_t n = 1;
    new.order[0] = b->root;
    for (uint32_t p = 0; p < n; p++) {
        uint32_t v = new.order[p];
        s->pos[v] = p;
        for (uint32_t l = a->out_first[v]; l < a->out_first[v + 1]; l++)
            if (s->in[l] && --s->count[a->to[l]] == 0)
                new.order[n++] = a->to[l];
    }
    uint32_t k = 0;
    for (uint32_t p = 0; p < n; p++) {
        uint32_t v = new.order[p];
        new.first[p] = k;
        for (uint32_t i = a->in_first[v]; i < a->in_first[v + 1]; i++) {
            uint32_t l = a->in_link[i];
            if (!s->in[l])
                continue;
            new.link[k] = l;
            new.tail[k] = s->pos[a->from[l]];
            new.flow[k++] = s->flow_of[l];
        }
    }
    new.first[n] = new.link_count = k;
    bush_free(b);
    *b = new;
    return n == b->node_count && k == links;
}

bool bush_improve(const struct assign *a, struct slot *s, struct bush *b)
{
    bush_labels(a, s, b);
    bush_true_distances(a, s, b);
    note_excess(a, s, b);
    prune(a, s, b);
    uint32_t fresh = choose(a, s, b);
    return fresh == 0 || rebuild(a, s, b, b->link_count + fresh);
}
