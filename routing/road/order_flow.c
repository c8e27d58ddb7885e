#include "road/order_flow.h"
#include "road/order.h"

#include <math.h>
#include <stdlib.h>

/* Trees are peeled from their leaves to HEIGHT levels, what is longer is halved round by round like chains.
 * Nodes of more than DEGREE neighbours stay. Pieces are cut down to cliques: ordering those of 48 nodes by
 * least degree instead, blind to the separators around them, made a tenth more shortcuts. */
enum { HEIGHT = 32, DEGREE = 64 };

struct ordering {
    uint32_t n, at; /* at: nodes ordered from below */
    uint32_t *first, *head, *degree, *queue, *stamp, *order;
    bool *gone;
    struct flow_cutter cutter;
};

static void ordering_release(struct ordering *o)
{
    free(o->first);
    free(o->head);
    free(o->degree);
    free(o->queue);
    free(o->stamp);
    free(o->gone);
    flow_cutter_release(&o->cutter);
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Neighbours in both directions, each once, ascending; degree[v] of them from first[v] on. */
static bool make_undirected(struct ordering *o, const uint32_t *first_out, const uint32_t *head)
{
    uint32_t n = o->n;
    size_t room = (size_t)n + 2;
    o->first = calloc(room, sizeof *o->first);
    o->degree = calloc(room, sizeof *o->degree);
    o->stamp = calloc(room, sizeof *o->stamp);
    o->queue = malloc(2 * room * sizeof *o->queue);
    o->gone = calloc(room, sizeof *o->gone);
    o->head = malloc(((size_t)first_out[n] * 2 + 1) * sizeof *o->head);
    if (!o->first || !o->degree || !o->stamp || !o->queue || !o->gone || !o->head)
        return false;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t v = 0; v < n; v++)
            for (uint32_t a = first_out[v]; a < first_out[v + 1]; a++) {
                uint32_t w = head[a];
                if (v == w)
                    continue;
                if (pass == 1) {
                    o->head[o->first[v] + o->degree[v]] = w;
                    o->head[o->first[w] + o->degree[w]] = v;
                }
                o->degree[v]++;
                o->degree[w]++;
            }
        for (uint32_t v = 0; pass == 0 && v < n; v++) {
            o->first[v + 1] = o->first[v] + o->degree[v];
            o->degree[v] = 0;
        }
    }
    for (uint32_t v = 0; v < n; v++) {
        uint32_t *list = o->head + o->first[v], kept = 0;
        if (o->degree[v] > 1)
            qsort(list, o->degree[v], sizeof *list, by_number);
        for (uint32_t i = 0; i < o->degree[v]; i++)
            if (kept == 0 || list[kept - 1] != list[i])
                list[kept++] = list[i];
        o->degree[v] = kept;
    }
    return true;
}

static void emit(struct ordering *o, uint32_t v)
{
    o->order[o->at++] = v;
    o->gone[v] = true;
}

/* Nodes of one neighbour first, as often as that makes new ones; stamp: how high the tree below is. */
static void peel_trees(struct ordering *o)
{
    uint32_t len = 0;
    for (uint32_t v = 0; v < o->n; v++)
        if (o->degree[v] <= 1)
            o->queue[len++] = v;
    for (uint32_t i = 0; i < len; i++) {
        uint32_t v = o->queue[i], a = o->first[v];
        emit(o, v);
        if (o->degree[v] == 0)
            continue;
        while (o->gone[o->head[a]])
            a++;
        uint32_t w = o->head[a];
        if (o->stamp[w] <= o->stamp[v])
            o->stamp[w] = o->stamp[v] + 1;
        if (--o->degree[w] == 1 && o->stamp[w] < HEIGHT)
            o->queue[len++] = w;
    }
    for (uint32_t v = 0; v < o->n; v++) {
        uint32_t kept = 0, from = o->first[v];
        o->stamp[v] = 0;
        for (uint32_t a = from; kept < o->degree[v] && !o->gone[v]; a++)
            if (!o->gone[o->head[a]])
                o->head[from + kept++] = o->head[a];
    }
}

static uint32_t *find(struct ordering *o, uint32_t v, uint32_t w)
{
    for (uint32_t a = o->first[v]; a < o->first[v] + o->degree[v]; a++)
        if (o->head[a] == w)
            return &o->head[a];
    return NULL;
}

static void drop(struct ordering *o, uint32_t v, uint32_t w)
{
    uint32_t *at = find(o, v, w);
    *at = o->head[o->first[v] + --o->degree[v]];
}

/* Takes v out, of at most two neighbours, and joins these. False: v stays. */
static bool contract(struct ordering *o, uint32_t v)
{
    const uint32_t *w = o->head + o->first[v];
    uint32_t degree = o->degree[v];
    for (uint32_t i = 0; i < degree; i++)
        if (o->degree[w[i]] > DEGREE)
            return false;
    if (degree == 2 && find(o, w[0], w[1]) == NULL) {
        *find(o, w[0], v) = w[1];
        *find(o, w[1], v) = w[0];
    } else {
        for (uint32_t i = 0; i < degree; i++)
            drop(o, w[i], v);
    }
    emit(o, v);
    return true;
}

/* Chains: in each round nodes of at most two neighbours of which none went in this round. Contracting such a
 * node adds no more than one shortcut, and the rounds keep the elimination tree low. */
static void contract_chains(struct ordering *o)
{
    uint32_t *now = o->queue, *next = o->queue + o->n, len = 0;
    for (uint32_t v = 0; v < o->n; v++)
        if (!o->gone[v] && o->degree[v] <= 2)
            now[len++] = v;
    /* stamp: 2 x round: to be looked at in the next round, + 1: and not in this one */
    for (uint32_t round = 1; len > 0; round++) {
        uint32_t count = 0;
        for (uint32_t i = 0; i < len; i++) {
            uint32_t v = now[i], w[2] = {v, v};
            if (o->stamp[v] == round)
                continue;
            for (uint32_t k = 0; k < o->degree[v]; k++)
                w[k] = o->head[o->first[v] + k];
            if (!contract(o, v))
                continue;
            for (uint32_t k = 0; k < o->degree[v]; k++)
                if (o->stamp[w[k]] != round && o->degree[w[k]] <= 2) {
                    o->stamp[w[k]] = round;
                    next[count++] = w[k];
                }
        }
        uint32_t *t = now;
        now = next;
        next = t;
        len = count;
    }
}

static void piece_free(struct flow_piece *g)
{
    if (g == NULL)
        return;
    free(g->first);
    free(g->head);
    free(g->id);
    free(g->x);
    free(g->y);
    free(g);
}

static struct flow_piece *piece_new(uint32_t n, uint32_t arcs)
{
    struct flow_piece *g = calloc(1, sizeof *g);
    if (g == NULL)
        return NULL;
    size_t room = (size_t)n + 1;
    g->n = n;
    g->first = calloc(room, sizeof *g->first);
    g->head = malloc(((size_t)arcs + 1) * sizeof *g->head);
    g->id = malloc(room * sizeof *g->id);
    g->x = malloc(room * sizeof *g->x);
    g->y = malloc(room * sizeof *g->y);
    if (g->first && g->head && g->id && g->x && g->y)
        return g;
    piece_free(g);
    return NULL;
}

/* What the chains left, on a plane at the middle latitude. */
static struct flow_piece *core(struct ordering *o, const struct net_point *point)
{
    uint32_t n = 0, arcs = 0;
    double lat_sum = 0;
    for (uint32_t v = 0; v < o->n; v++)
        if (!o->gone[v]) {
            o->stamp[v] = n++;
            arcs += o->degree[v];
            lat_sum += point[v].lat_e7;
        }
    struct flow_piece *g = piece_new(n, arcs);
    if (g == NULL)
        return NULL;
    double shrink = n > 0 ? cos(lat_sum / n * 1e-7 * 0.017453292519943295) : 1;
    for (uint32_t v = 0, i = 0, a = 0; v < o->n; v++) {
        if (o->gone[v])
            continue;
        g->id[i] = v;
        g->x[i] = (int32_t)(point[v].lon_e7 * shrink);
        g->y[i++] = point[v].lat_e7;
        for (uint32_t k = 0; k < o->degree[v]; k++)
            g->head[a++] = o->stamp[o->head[o->first[v] + k]];
        g->first[i] = a;
    }
    return g;
}

/* queue[from .. to) is one component of g; number (stamp): node -> its number inside. */
static struct flow_piece *extract(const struct ordering *o, const struct flow_piece *g, uint32_t from,
                                  uint32_t to)
{
    uint32_t arcs = 0, a = 0;
    for (uint32_t i = from; i < to; i++)
        arcs += g->first[o->queue[i] + 1] - g->first[o->queue[i]];
    struct flow_piece *part = piece_new(to - from, arcs);
    for (uint32_t i = from; part != NULL && i < to; i++) {
        uint32_t v = o->queue[i];
        part->id[i - from] = g->id[v];
        part->x[i - from] = g->x[v];
        part->y[i - from] = g->y[v];
        for (uint32_t k = g->first[v]; k < g->first[v + 1]; k++)
            if (o->stamp[g->head[k]] != FLOW_NONE)
                part->head[a++] = o->stamp[g->head[k]];
        part->first[i - from + 1] = a;
    }
    return part;
}

static bool dissect(struct ordering *o, struct flow_piece *g, uint32_t end);

/* Orders the components that are left without the separator, below `end`; frees g. */
static bool dissect_rest(struct ordering *o, struct flow_piece *g, const uint32_t *separator, uint32_t len,
                         uint32_t end)
{
    enum { NEW = FLOW_NONE - 1 };
    uint32_t count = 0, filled = 0, parts = 0;
    struct flow_piece **part = NULL;
    bool ok = true;
    for (uint32_t v = 0; v < g->n; v++)
        o->stamp[v] = (uint32_t)NEW;
    for (uint32_t i = 0; i < len; i++)
        o->stamp[separator[i]] = FLOW_NONE;
    for (uint32_t s = 0; s < g->n && ok; s++) {
        if (o->stamp[s] != (uint32_t)NEW)
            continue;
        uint32_t from = filled;
        o->stamp[s] = 0;
        o->queue[filled++] = s;
        for (uint32_t i = from; i < filled; i++)
            for (uint32_t a = g->first[o->queue[i]]; a < g->first[o->queue[i] + 1]; a++)
                if (o->stamp[g->head[a]] == (uint32_t)NEW) {
                    o->stamp[g->head[a]] = filled - from;
                    o->queue[filled++] = g->head[a];
                }
        if ((parts & (parts + 1)) == 0) { /* room for parts 0, 1 .. 2, 3 .. 6 and so on */
            struct flow_piece **more = realloc(part, (2 * (size_t)parts + 2) * sizeof *part);
            ok = more != NULL;
            part = ok ? more : part;
        }
        if (ok)
            part[parts++] = extract(o, g, from, filled);
        ok = ok && part[parts - 1] != NULL;
    }
    piece_free(g);
    for (; count < parts; count++) {
        uint32_t n = part[count] != NULL ? part[count]->n : 0;
        if (ok)
            ok = dissect(o, part[count], end);
        else
            piece_free(part[count]);
        end -= n;
    }
    free(part);
    return ok;
}

/* g is connected; its nodes become order[end - g->n .. end). Frees g. The smaller side of a cut is a fixed
 * part of the piece where the piece is map-like, so the recursion is shallow. */
static bool dissect(struct ordering *o, struct flow_piece *g, uint32_t end)
{
    uint32_t len = 0;
    if (g->n > 2 && (len = flow_cut(&o->cutter, g)) > 0) {
        for (uint32_t i = 0; i < len; i++)
            o->order[end - len + i] = g->id[o->cutter.best[i]];
        return dissect_rest(o, g, o->cutter.best, len, end - len);
    } else {
        for (uint32_t v = 0; v < g->n; v++)
            o->order[end - 1 - v] = g->id[v];
    }
    piece_free(g);
    return true;
}

bool road_order_flow(uint32_t node_count, const uint32_t *first_out, const uint32_t *head,
                     const struct net_point *point, uint32_t *order, struct err *e)
{
    struct ordering o = {.n = node_count, .order = order};
    uint32_t same = 1;
    while (same < node_count && point[same].lat_e7 == point[0].lat_e7 &&
           point[same].lon_e7 == point[0].lon_e7)
        same++;
    if (node_count == 0)
        return true;
    if (node_count > 1 && same == node_count)
        return fail(e, ERR_INVALID_ARGUMENT, "an order by flow needs coordinates, all %u nodes have the same",
                    node_count);
    if (node_count > INT32_MAX || first_out[node_count] > INT32_MAX)
        return fail(e, ERR_OUT_OF_RANGE, "an order by flow takes up to %d nodes and arcs", INT32_MAX);
    bool ok = make_undirected(&o, first_out, head);
    if (ok) {
        peel_trees(&o);
        contract_chains(&o);
    }
    struct flow_piece *g = ok ? core(&o, point) : NULL;
    ok = g != NULL;
    if (ok && !flow_cutter_init(&o.cutter, g->n)) {
        piece_free(g);
        ok = false;
    }
    ok = ok && dissect_rest(&o, g, NULL, 0, node_count);
    ordering_release(&o);
    return ok || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the order of %u nodes", node_count);
}
