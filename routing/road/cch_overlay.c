#include "road/cch_overlay.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "road/cch_inside.h"

struct cch_overlay {
    const struct cch *c;
    uint32_t portals, points, stride, first_arc; /* points: the portals, then the new nodes */
    uint32_t *rank;                              /* of each portal */
    uint32_t *branch;    /* portal x stride: ranks of its ancestors and itself, by depth */
    uint32_t *up, *down; /* portal x stride: its labels */
    uint32_t *closure;   /* points x points */
    uint32_t *hop, *arc; /* points x points: the next point of the way there; the new arc that leads straight
                          * there, CCH_NONE: a way of the graph does */
};

/* What one end of a question knows: its label, and the distances to (of a start) or from the points. */
struct side {
    uint32_t length;          /* of the label; 0: a new node */
    uint32_t *label, *branch; /* by depth */
    uint32_t at[CCH_POINTS_MAX];
};

static void follow_branch(const struct cch *c, uint32_t v, uint32_t *branch)
{
    for (; v != CCH_NONE; v = c->parent[v])
        branch[c->depth[v]] = v;
}

/* Two branches share a prefix, from the root on. */
static uint32_t shared(const uint32_t *a, uint32_t a_length, const uint32_t *b, uint32_t b_length)
{
    uint32_t low = 0, high = a_length < b_length ? a_length : b_length;
    while (low < high) {
        uint32_t half = low + (high - low) / 2;
        if (a[half] == b[half])
            low = half + 1;
        else
            high = half;
    }
    return low;
}

static uint32_t length_of(const struct cch_overlay *o, uint32_t portal)
{
    return o->c->depth[o->rank[portal]] + 1u;
}

/* node: of the graph or new. start: distances from it, otherwise to it. */
static void look_around(const struct cch_overlay *o, const struct cch_metric *m, uint32_t node, bool start,
                        struct side *s)
{
    const struct cch *c = o->c;
    s->length = 0;
    for (uint32_t i = 0; i < o->points; i++)
        s->at[i] = ROAD_INF;
    if (node >= c->node_count) {
        s->at[o->portals + (node - c->node_count)] = 0;
        return;
    }
    uint32_t v = c->rank[node];
    s->length = c->depth[v] + 1u;
    cch_label(m, !start, v, s->label);
    follow_branch(c, v, s->branch);
    const uint32_t *labels = start ? o->down : o->up;
    for (uint32_t i = 0; i < o->portals; i++)
        s->at[i] =
            cch_least_sum(s->label, labels + (size_t)i * o->stride,
                          shared(s->branch, s->length, o->branch + (size_t)i * o->stride, length_of(o, i)));
}

static struct side *sides(struct cch_query *q, struct side two[2])
{
    two[0].label = q->up;
    two[0].branch = q->up_from;
    two[1].label = q->down;
    two[1].branch = q->down_from;
    return two;
}

/* out[j]: from the start to point j, with new arcs (reverse: from point j to the target). Ways of `bound` and
 * more are of no use. by[j]: the point where it leaves the graph. */
static void close_over(const struct cch_overlay *o, const uint32_t *at, bool reverse, uint32_t bound,
                       uint32_t *out, uint32_t *by)
{
    for (uint32_t j = 0; j < o->points; j++)
        out[j] = ROAD_INF;
    for (uint32_t i = 0; i < o->points; i++) {
        if (at[i] >= bound)
            continue;
        for (uint32_t j = 0; j < o->points; j++) {
            uint32_t w = at[i] + o->closure[reverse ? (size_t)j * o->points + i : (size_t)i * o->points + j];
            if (w < out[j]) {
                out[j] = w;
                by[j] = i;
            }
        }
    }
}

static uint32_t point_of(struct cch_overlay *o, uint32_t node)
{
    if (node >= o->c->node_count) /* counted from the end, while portals are still found */
        return CCH_NONE - (node - o->c->node_count);
    uint32_t v = o->c->rank[node], i = 0;
    while (i < o->portals && o->rank[i] != v)
        i++;
    if (i == o->portals && i < CCH_POINTS_MAX)
        o->rank[o->portals++] = v;
    return i;
}

static bool find_portals(struct cch_overlay *o, const struct cch_new_arc *arcs, uint32_t count,
                         uint32_t new_nodes, struct err *e)
{
    bool ok = new_nodes <= CCH_POINTS_MAX;
    for (uint32_t i = 0; ok && i < count; i++)
        ok = point_of(o, arcs[i].from) != CCH_POINTS_MAX && point_of(o, arcs[i].to) != CCH_POINTS_MAX;
    ok = ok && o->portals + new_nodes <= CCH_POINTS_MAX;
    o->points = o->portals + new_nodes;
    return ok || fail(e, ERR_OUT_OF_RANGE,
                      "new links touch more than %d places; so many belong into the network: build it again",
                      CCH_POINTS_MAX);
}

static void make_labels(struct cch_overlay *o, const struct cch_metric *m)
{
    for (uint32_t i = 0; i < o->portals; i++) {
        size_t at = (size_t)i * o->stride;
        cch_label(m, false, o->rank[i], o->up + at);
        cch_label(m, true, o->rank[i], o->down + at);
        follow_branch(o->c, o->rank[i], o->branch + at);
    }
}

/* Straight ways: of the graph between portals, or a new arc. */
static void start_closure(struct cch_overlay *o, const struct cch_new_arc *arcs, uint32_t count)
{
    for (uint32_t i = 0; i < o->points; i++)
        for (uint32_t j = 0; j < o->points; j++) {
            size_t cell = (size_t)i * o->points + j, a = (size_t)i * o->stride, b = (size_t)j * o->stride;
            o->closure[cell] = i == j ? 0 : ROAD_INF;
            o->hop[cell] = j;
            o->arc[cell] = CCH_NONE;
            if (i != j && i < o->portals && j < o->portals)
                o->closure[cell] =
                    cch_least_sum(o->up + a, o->down + b,
                                  shared(o->branch + a, length_of(o, i), o->branch + b, length_of(o, j)));
        }
    for (uint32_t k = 0; k < count; k++) {
        uint32_t i = point_of(o, arcs[k].from), j = point_of(o, arcs[k].to);
        i = i < o->portals ? i : o->portals + (CCH_NONE - i);
        j = j < o->portals ? j : o->portals + (CCH_NONE - j);
        size_t cell = (size_t)i * o->points + j;
        if (arcs[k].weight < o->closure[cell]) {
            o->closure[cell] = arcs[k].weight;
            o->arc[cell] = o->first_arc + k;
        }
    }
}

/* Floyd and Warshall. */
static void finish_closure(struct cch_overlay *o)
{
    uint32_t n = o->points;
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t i = 0; i < n; i++) {
            uint32_t first = o->closure[(size_t)i * n + k];
            if (first == ROAD_INF || i == k)
                continue;
            for (uint32_t j = 0; j < n; j++) {
                uint32_t w = first + o->closure[(size_t)k * n + j];
                if (w < o->closure[(size_t)i * n + j]) {
                    o->closure[(size_t)i * n + j] = w;
                    o->hop[(size_t)i * n + j] = o->hop[(size_t)i * n + k];
                }
            }
        }
}

bool cch_overlay_new(const struct cch_metric *m, const struct cch_new_arc *arcs, uint32_t count,
                     uint32_t new_nodes, uint32_t first_arc, struct cch_overlay **out, struct err *e)
{
    struct cch_overlay *o = calloc(1, sizeof *o);
    *out = NULL;
    if (o != NULL) {
        o->c = m->cch;
        o->first_arc = first_arc;
        o->stride = (m->cch->slot_count + CCH_LANES) / CCH_LANES * CCH_LANES;
        o->rank = malloc(CCH_POINTS_MAX * sizeof *o->rank);
    }
    if (o != NULL && o->rank != NULL && !find_portals(o, arcs, count, new_nodes, e)) {
        cch_overlay_free(o);
        return false;
    }
    if (o != NULL && o->rank != NULL) {
        size_t labels = (size_t)o->portals * o->stride + 1, cells = (size_t)o->points * o->points + 1;
        o->branch = malloc(labels * sizeof *o->branch);
        o->up = malloc(labels * sizeof *o->up);
        o->down = malloc(labels * sizeof *o->down);
        o->closure = malloc(cells * sizeof *o->closure);
        o->hop = malloc(cells * sizeof *o->hop);
        o->arc = malloc(cells * sizeof *o->arc);
    }
    if (o == NULL || o->branch == NULL || o->up == NULL || o->down == NULL || o->closure == NULL ||
        o->hop == NULL || o->arc == NULL) {
        cch_overlay_free(o);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for %u new arcs", count);
    }
    make_labels(o, m);
    start_closure(o, arcs, count);
    finish_closure(o);
    *out = o;
    return true;
}

void cch_overlay_free(struct cch_overlay *o)
{
    if (o == NULL)
        return;
    void *owned[] = {o->rank, o->branch, o->up, o->down, o->closure, o->hop, o->arc};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    free(o);
}

size_t cch_overlay_bytes(const struct cch_overlay *o)
{
    return o == NULL ? 0
                     : sizeof *o + 4 * (CCH_POINTS_MAX + 3 * (size_t)o->portals * o->stride +
                                        3 * (size_t)o->points * o->points);
}

/* The weight; where the new arcs are worth it, *leave and *join are the points between which they serve. */
static uint32_t ask(struct cch_query *q, const struct cch_metric *m, const struct cch_overlay *o,
                    uint32_t from, uint32_t to, uint32_t *leave, uint32_t *join)
{
    struct side two[2], *s = sides(q, two);
    uint32_t closed[CCH_POINTS_MAX], by[CCH_POINTS_MAX], best = from == to ? 0 : ROAD_INF;
    look_around(o, m, from, true, &s[0]);
    look_around(o, m, to, false, &s[1]);
    if (s[0].length > 0 && s[1].length > 0)
        best =
            cch_least_sum(s[0].label, s[1].label, shared(s[0].branch, s[0].length, s[1].branch, s[1].length));
    *leave = *join = CCH_NONE;
    close_over(o, s[0].at, false, best, closed, by);
    for (uint32_t j = 0; j < o->points; j++)
        if (closed[j] + s[1].at[j] < best) {
            best = closed[j] + s[1].at[j];
            *leave = by[j];
            *join = j;
        }
    return best;
}

uint32_t cch_overlay_distance(struct cch_query *q, const struct cch_metric *m, const struct cch_overlay *o,
                              uint32_t from, uint32_t to)
{
    uint32_t leave, join;
    return o == NULL ? cch_distance(q, m, from, to) : ask(q, m, o, from, to, &leave, &join);
}

/* Room for one more way of the graph and one new arc. */
static bool make_room(struct cch_query *q, struct err *e)
{
    size_t wanted = q->path_count + ((size_t)q->c->node_count + CCH_LANES) * 2;
    if (wanted <= q->path_room)
        return true;
    uint32_t *more = realloc(q->path, wanted * 2 * sizeof *more);
    if (more == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a path over new roads");
    q->path = more;
    q->path_room = wanted * 2;
    return true;
}

static bool append(struct cch_query *q, const struct cch_metric *m, uint32_t s, uint32_t t, struct err *e)
{
    if (!make_room(q, e))
        return false;
    cch_append_path(q, m, s, t);
    return true;
}

bool cch_overlay_path(struct cch_query *q, const struct cch_metric *m, const struct cch_overlay *o,
                      uint32_t from, uint32_t to, uint32_t *weight, const uint32_t **arcs, uint32_t *count,
                      struct err *e)
{
    const struct cch *c = q->c;
    uint32_t at = CCH_NONE, join = CCH_NONE;
    *count = 0;
    *weight = o == NULL ? 0 : ask(q, m, o, from, to, &at, &join);
    if (at == CCH_NONE && from < c->node_count && to < c->node_count) {
        cch_path(q, m, from, to, weight, arcs, count);
        return true;
    }
    q->path_count = 0;
    bool ok = at == CCH_NONE || at >= o->portals || append(q, m, c->rank[from], o->rank[at], e);
    while (ok && at != join) {
        uint32_t next = o->hop[(size_t)at * o->points + join], arc = o->arc[(size_t)at * o->points + next];
        ok = arc != CCH_NONE ? make_room(q, e) : append(q, m, o->rank[at], o->rank[next], e);
        if (ok && arc != CCH_NONE)
            q->path[q->path_count++] = arc;
        at = next;
    }
    if (ok && at != CCH_NONE && at < o->portals)
        ok = append(q, m, o->rank[at], c->rank[to], e);
    *arcs = q->path;
    *count = (uint32_t)q->path_count;
    return ok;
}

/* The distances between each node of one side of a table and the points; of starts with new arcs. */
static void fill_side(struct cch_query *q, const struct cch_metric *m, const struct cch_overlay *o,
                      const uint32_t *node, uint32_t count, bool start, uint32_t *out)
{
    struct side two[2], *s = sides(q, two);
    uint32_t by[CCH_POINTS_MAX];
    for (uint32_t i = 0; i < count; i++) {
        look_around(o, m, node[i], start, &s[!start]);
        if (start)
            close_over(o, s[0].at, false, ROAD_INF, out + (size_t)i * o->points, by);
        else
            memcpy(out + (size_t)i * o->points, s[1].at, o->points * sizeof *out);
    }
}

/* The graph's own table; new nodes ask for any other node and then know nothing. */
static bool own_table(struct cch_query *q, const struct cch_metric *m, const uint32_t *from,
                      uint32_t from_count, const uint32_t *to, uint32_t to_count, uint32_t *ends,
                      uint32_t *out, struct err *e)
{
    uint32_t nodes = q->c->node_count;
    for (uint32_t i = 0; i < from_count + to_count; i++) {
        uint32_t v = i < from_count ? from[i] : to[i - from_count];
        ends[i] = v < nodes ? v : 0;
    }
    if (!cch_matrix(q, m, ends, from_count, ends + from_count, to_count, out, e))
        return false;
    for (uint32_t i = 0; i < from_count; i++)
        for (uint32_t j = 0; j < to_count; j++)
            if (from[i] >= nodes || to[j] >= nodes)
                out[(size_t)i * to_count + j] = from[i] == to[j] ? 0 : ROAD_INF;
    return true;
}

bool cch_overlay_matrix(struct cch_query *q, const struct cch_metric *m, const struct cch_overlay *o,
                        const uint32_t *from, uint32_t from_count, const uint32_t *to, uint32_t to_count,
                        uint32_t *out, struct err *e)
{
    if (o == NULL)
        return cch_matrix(q, m, from, from_count, to, to_count, out, e);
    size_t ends = (size_t)from_count + to_count;
    uint32_t *scratch = malloc((ends * (o->points + 1) + 1) * sizeof *scratch);
    uint32_t *starts = scratch + ends, *targets = starts + (size_t)from_count * o->points;
    if (scratch == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a table of %u x %u", from_count, to_count);
    bool ok = own_table(q, m, from, from_count, to, to_count, scratch, out, e);
    if (ok) {
        fill_side(q, m, o, from, from_count, true, starts);
        fill_side(q, m, o, to, to_count, false, targets);
    }
    for (uint32_t i = 0; ok && i < from_count; i++)
        for (uint32_t j = 0; j < to_count; j++) {
            uint32_t *cell = &out[(size_t)i * to_count + j];
            uint32_t w =
                cch_least_sum(starts + (size_t)i * o->points, targets + (size_t)j * o->points, o->points);
            *cell = w < *cell ? w : *cell;
        }
    free(scratch);
    return ok;
}

static void seed(struct cch_query *q, const uint32_t *branch, const uint32_t *label, uint32_t length,
                 uint32_t distance)
{
    for (uint32_t d = 0; d < length; d++) {
        uint32_t w = distance + label[d], *at = &q->sweep[branch[d]];
        *at = w < *at ? w : *at;
    }
}

void cch_overlay_one_to_all(struct cch_query *q, const struct cch_metric *m, const struct cch_overlay *o,
                            uint32_t from, bool reverse, uint32_t *weight)
{
    struct side two[2], *s = sides(q, two);
    uint32_t closed[CCH_POINTS_MAX], by[CCH_POINTS_MAX];
    if (o == NULL) {
        cch_one_to_all(q, m, from, reverse, weight);
        return;
    }
    look_around(o, m, from, !reverse, &s[reverse]);
    close_over(o, s[reverse].at, reverse, ROAD_INF, closed, by);
    for (uint32_t v = 0; v < o->c->node_count; v++)
        q->sweep[v] = ROAD_INF;
    seed(q, s[reverse].branch, s[reverse].label, s[reverse].length, 0);
    const uint32_t *labels = reverse ? o->down : o->up;
    for (uint32_t i = 0; i < o->portals; i++)
        if (closed[i] < ROAD_INF)
            seed(q, o->branch + (size_t)i * o->stride, labels + (size_t)i * o->stride, length_of(o, i),
                 closed[i]);
    cch_sweep(q, m, reverse, weight);
    for (uint32_t i = o->portals; i < o->points; i++)
        weight[o->c->node_count + (i - o->portals)] = closed[i];
}
