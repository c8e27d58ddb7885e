#include "network/course.h"

#include <string.h>

struct edge {
    uint32_t head, link; /* link x 2 + 1 when run backwards */
};

struct waiting {
    uint64_t metres;
    uint32_t node;
};

struct course_net {
    const struct network *n;
    struct arena *a;
    uint32_t *first; /* by node, node_count + 1 */
    struct edge *edge;
    uint64_t *metres; /* of the search whose number is in `seen` */
    uint32_t *by;     /* the edge that leads to a node */
    uint32_t *seen;   /* the search that reached it */
    struct waiting *heap;
    uint32_t heap_count, search;
};

static bool belongs(const struct net_link *l, uint8_t mode)
{
    return l->mode == mode && l->status == STATUS_OPEN;
}

static void fill(struct course_net *c, uint8_t mode, uint32_t *next)
{
    const struct network *n = c->n;
    for (uint32_t i = 0; i < n->link_count; i++) {
        const struct net_link *l = &n->link[i];
        if (!belongs(l, mode))
            continue;
        c->edge[next[l->from]++] = (struct edge){l->to, i << 1};
        c->edge[next[l->to]++] = (struct edge){l->from, i << 1 | 1};
    }
}

struct course_net *course_net_new(const struct network *n, uint8_t mode, struct arena *a)
{
    uint32_t nodes = net_node_count(n), edges = 0;
    struct course_net *c = arena_calloc(a, 1, sizeof *c);
    uint32_t *next = arena_calloc(a, (size_t)nodes + 1, sizeof *next);
    if (c == NULL || next == NULL ||
        (c->first = arena_calloc(a, (size_t)nodes + 2, sizeof *c->first)) == NULL)
        return NULL;
    c->n = n;
    c->a = a;
    for (uint32_t i = 0; i < n->link_count; i++)
        if (belongs(&n->link[i], mode)) {
            c->first[n->link[i].from + 1]++;
            c->first[n->link[i].to + 1]++;
            edges += 2;
        }
    for (uint32_t v = 0; v < nodes; v++)
        c->first[v + 1] += c->first[v];
    memcpy(next, c->first, (size_t)nodes * sizeof *next);
    c->edge = arena_calloc(a, (size_t)edges + 1, sizeof *c->edge);
    c->metres = arena_calloc(a, (size_t)nodes + 1, sizeof *c->metres);
    c->by = arena_calloc(a, (size_t)nodes + 1, sizeof *c->by);
    c->seen = arena_calloc(a, (size_t)nodes + 1, sizeof *c->seen);
    c->heap = arena_calloc(a, (size_t)edges + 2, sizeof *c->heap);
    if (c->edge == NULL || c->metres == NULL || c->by == NULL || c->seen == NULL || c->heap == NULL)
        return NULL;
    fill(c, mode, next);
    return c;
}

static void push(struct course_net *c, struct waiting w)
{
    uint32_t i = c->heap_count++;
    for (; i > 0 && c->heap[(i - 1) / 2].metres > w.metres; i = (i - 1) / 2)
        c->heap[i] = c->heap[(i - 1) / 2];
    c->heap[i] = w;
}

static struct waiting pop(struct course_net *c)
{
    struct waiting top = c->heap[0], last = c->heap[--c->heap_count];
    uint32_t i = 0;
    for (;;) {
        uint32_t k = 2 * i + 1;
        if (k >= c->heap_count)
            break;
        k += k + 1 < c->heap_count && c->heap[k + 1].metres < c->heap[k].metres;
        if (c->heap[k].metres >= last.metres)
            break;
        c->heap[i] = c->heap[k];
        i = k;
    }
    c->heap[i] = last;
    return top;
}

static void reach(struct course_net *c, uint32_t node, uint64_t metres, uint32_t edge)
{
    if (c->seen[node] == c->search && c->metres[node] <= metres)
        return;
    c->seen[node] = c->search;
    c->metres[node] = metres;
    c->by[node] = edge;
    push(c, (struct waiting){metres, node}); /* at most once for each edge, and the start */
}

static bool search(struct course_net *c, uint32_t from, uint32_t to, uint64_t *steps)
{
    c->search++;
    c->heap_count = 0;
    reach(c, from, 0, UINT32_MAX);
    while (c->heap_count > 0) {
        struct waiting w = pop(c);
        if (w.metres > c->metres[w.node])
            continue;
        if (w.node == to)
            return true;
        if (*steps == 0)
            return false;
        --*steps;
        for (uint32_t i = c->first[w.node]; i < c->first[w.node + 1]; i++) {
            uint32_t m = c->n->link[c->edge[i].link >> 1].length_m;
            reach(c, c->edge[i].head, w.metres + m, i);
        }
    }
    return false;
}

static bool grow(struct course_net *c, struct net_point **points, uint32_t count, uint32_t more,
                 uint32_t *room)
{
    if (count + more <= *room)
        return true;
    uint32_t want = 2 * (count + more);
    struct net_point *p = arena_alloc(c->a, (size_t)want * sizeof *p);
    if (p == NULL)
        return false;
    if (count > 0)
        memcpy(p, *points, (size_t)count * sizeof *p);
    *points = p;
    *room = want;
    return true;
}

/* The link's points behind its first one, as it is run. */
static uint32_t put_link(const struct network *n, struct edge x, struct net_point *out)
{
    const struct net_link *l = &n->link[x.link >> 1];
    uint32_t k = 0;
    for (uint32_t i = 0; i < l->shape_count; i++)
        out[k++] = n->shape[l->shape_first + (x.link & 1 ? l->shape_count - 1 - i : i)];
    out[k++] = n->node_point[x.head];
    return k;
}

/* The edges of the way lie behind each other from `to`: counted, then put from the front. */
static bool put_way(struct course_net *c, uint32_t from, uint32_t to, struct net_point **points,
                    uint32_t *count, uint32_t *room)
{
    uint32_t links = 0, more = 1, v = to;
    for (; v != from; links++) {
        struct edge x = c->edge[c->by[v]];
        const struct net_link *l = &c->n->link[x.link >> 1];
        more += l->shape_count + 1;
        v = x.link & 1 ? l->to : l->from;
    }
    struct edge *way = arena_alloc(c->a, ((size_t)links + 1) * sizeof *way);
    if (way == NULL || !grow(c, points, *count, more, room))
        return false;
    v = to;
    for (uint32_t i = links; i > 0; i--) {
        way[i - 1] = c->edge[c->by[v]];
        const struct net_link *l = &c->n->link[way[i - 1].link >> 1];
        v = way[i - 1].link & 1 ? l->to : l->from;
    }
    (*points)[(*count)++] = c->n->node_point[from];
    for (uint32_t i = 0; i < links; i++)
        *count += put_link(c->n, way[i], *points + *count);
    return true;
}

bool course_find(struct course_net *c, uint32_t from, uint32_t to, uint64_t *steps, struct net_point **points,
                 uint32_t *count, uint32_t *room)
{
    if (from != to && search(c, from, to, steps))
        return put_way(c, from, to, points, count, room);
    if (!grow(c, points, *count, 2, room))
        return false;
    (*points)[(*count)++] = c->n->node_point[from];
    (*points)[(*count)++] = c->n->node_point[to];
    return true;
}
