#include "road/labels.h"

#include <stdlib.h>
#include <string.h>

#include "road/cch_inside.h"
#include "road/sums_inside.h"

enum { DEPTH_MAX = 256 };

struct entry { /* of a label, beside the weight */
    struct sums_triple sums;
    uint32_t arc; /* the shortcut that came last, from the ancestor at depth `from` */
    uint32_t from;
};

struct side {
    uint32_t *weight;
    struct entry *entry;
};

struct road_labels {
    const struct network *net;
    const struct road_metric *m;
    uint32_t *first; /* rank -> where its label begins; by depth from there */
    struct side up, down;
    size_t length;
};

static const struct cch *tree(const struct road_labels *l)
{
    return l->m->shortcuts.cch;
}

static size_t bytes_of(uint32_t nodes, size_t length)
{
    return sizeof(struct road_labels) + (size_t)nodes * sizeof(uint32_t) +
           2 * length * (sizeof(uint32_t) + sizeof(struct entry));
}

static bool make_side(struct road_labels *l, bool upwards, struct side *s)
{
    const struct cch *c = tree(l);
    struct sums_labels one = {0};
    s->weight = calloc(l->length + CCH_LANES, sizeof *s->weight);
    s->entry = calloc(l->length + 1, sizeof *s->entry);
    bool ok = sums_labels_init(&one, c->slot_count, 1) && s->weight != NULL && s->entry != NULL;
    for (uint32_t v = 0; ok && v < c->node_count; v++) {
        uint32_t depth = c->depth[v];
        struct entry *entry = s->entry + l->first[v];
        sums_label(l->m, upwards, v, &one, 0);
        memcpy(s->weight + l->first[v], one.weight, ((size_t)depth + 1) * sizeof *s->weight);
        entry[depth] = (struct entry){.arc = CCH_NONE};
        for (uint32_t d = 0; d < depth; d++) /* what has no way was never written */
            if (one.weight[d] < ROAD_INF)
                entry[d] = (struct entry){.sums = one.sums[d], .arc = one.arc[d], .from = one.from[d]};
    }
    sums_labels_release(&one);
    return ok;
}

bool road_labels_new(const struct network *n, struct road_metric *m, struct road_labels **out, struct err *e)
{
    *out = NULL;
    if (m->index == NULL)
        return fail(e, ERR_FAILED_PRECONDITION, "labels are of a hierarchy: customize the metric first");
    const struct cch *c = m->shortcuts.cch;
    size_t length = 0;
    for (uint32_t v = 0; v < c->node_count && bytes_of(c->node_count, length) <= ROAD_LABELS_MAX_BYTES; v++)
        length += (size_t)c->depth[v] + 1;
    if (bytes_of(c->node_count, length) > ROAD_LABELS_MAX_BYTES || c->slot_count > DEPTH_MAX ||
        road_metric_grown(m))
        return true;
    if (!road_metric_sum(m, e))
        return false;
    struct road_labels *l = calloc(1, sizeof *l);
    bool ok = l != NULL && (l->first = malloc(((size_t)c->node_count + 1) * sizeof *l->first)) != NULL;
    if (ok) {
        l->net = n;
        l->m = m;
        for (uint32_t v = 0; v < c->node_count; v++) {
            l->first[v] = (uint32_t)l->length;
            l->length += (size_t)c->depth[v] + 1;
        }
        ok = make_side(l, true, &l->up) && make_side(l, false, &l->down);
    }
    if (!ok) {
        road_labels_free(l);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the road labels of %u nodes",
                    c->node_count);
    }
    *out = l;
    return true;
}

void road_labels_free(struct road_labels *l)
{
    if (l == NULL)
        return;
    free(l->up.weight);
    free(l->up.entry);
    free(l->down.weight);
    free(l->down.entry);
    free(l->first);
    free(l);
}

size_t road_labels_bytes(const struct road_labels *l)
{
    return bytes_of(tree(l)->node_count, l->length);
}

/* Where the way turns from going up to going down, and the labels of its ends; CCH_NONE: no way. */
static uint32_t meet(const struct road_labels *l, uint32_t from, uint32_t to, uint32_t *up, uint32_t *down,
                     uint32_t *weight)
{
    const struct cch *c = tree(l);
    uint32_t s = c->rank[from], t = c->rank[net_arrival(l->net, to)];
    *up = l->first[s];
    *down = l->first[t];
    return cch_meeting(l->up.weight + *up, l->down.weight + *down, cch_shared_ancestors(c, s, t), weight);
}

uint32_t road_labels_weight(const struct road_labels *l, uint32_t from, uint32_t to)
{
    const struct cch *c = tree(l);
    uint32_t s = c->rank[from], t = c->rank[net_arrival(l->net, to)];
    if (from == to)
        return 0;
    return cch_least_sum(l->up.weight + l->first[s], l->down.weight + l->first[t],
                         cch_shared_ancestors(c, s, t));
}

void road_labels_cost(const struct road_labels *l, uint32_t from, uint32_t to, struct road_cost *out)
{
    uint32_t up, down;
    *out = (struct road_cost){0};
    if (from == to)
        return;
    uint32_t at = meet(l, from, to, &up, &down, &out->weight);
    if (at == CCH_NONE)
        return;
    struct sums_triple sum = sums_add(l->up.entry[up + at].sums, l->down.entry[down + at].sums);
    out->time_ms = sum.time_ms;
    out->length_m = sum.length_m;
    out->toll_myuan = sum.toll_myuan;
}

/* Each shortcut of the way in turn: shortcut << 1, and 1 when it is followed downwards. */
typedef bool each_fn(void *ctx, const struct road_labels *l, uint32_t shortcut);

static bool follow(const struct road_labels *l, uint32_t from, uint32_t to, each_fn *each, void *ctx)
{
    uint32_t turned[DEPTH_MAX], steps = 0, up, down, weight, at = meet(l, from, to, &up, &down, &weight);
    bool ok = true;
    for (uint32_t d = at; l->up.entry[up + d].arc != CCH_NONE; d = l->up.entry[up + d].from)
        turned[steps++] = l->up.entry[up + d].arc;
    while (ok && steps > 0)
        ok = each(ctx, l, turned[--steps] << 1);
    for (uint32_t d = at; ok && l->down.entry[down + d].arc != CCH_NONE; d = l->down.entry[down + d].from)
        ok = each(ctx, l, l->down.entry[down + d].arc << 1 | 1);
    return ok;
}

static bool is_way(const struct road_labels *l, uint32_t from, uint32_t to)
{
    uint32_t up, down, weight;
    return meet(l, from, to, &up, &down, &weight) != CCH_NONE;
}

/* The two that it stands for: tail, middle, head when upwards; the middle is deeper in the tree, so that a
 * stack of them holds no more than two a level. */
static uint32_t split(const struct cch_metric *m, uint32_t shortcut, uint32_t way, uint32_t *top)
{
    uint32_t second = sums_second(m->cch, shortcut >> 1, way);
    top[0] = (shortcut & 1 ? way : second) << 1;
    top[1] = (shortcut & 1 ? second : way) << 1 | 1; /* is travelled first */
    return 2;
}

struct way { /* while it is written */
    uint32_t *arc, count, room;
};

/* False: more arcs than there is room for, which no shortest way has. */
static bool unpack(void *ctx, const struct road_labels *l, uint32_t shortcut)
{
    const struct cch_metric *m = &l->m->shortcuts;
    struct way *w = ctx;
    uint32_t stack[2 * DEPTH_MAX + 2], top = 0;
    stack[top++] = shortcut;
    while (top > 0) {
        uint32_t x = stack[--top], way = x & 1 ? m->down_way[x >> 1] : m->up_way[x >> 1];
        if (!(way & CCH_INPUT)) {
            top += split(m, x, way, stack + top);
            continue;
        }
        if (w->count == w->room)
            return false;
        w->arc[w->count++] = way & ~CCH_INPUT;
    }
    return true;
}

bool road_labels_path(const struct road_labels *l, uint32_t from, uint32_t to, struct arena *a,
                      const uint32_t **arcs, uint32_t *count, struct err *e)
{
    *arcs = NULL;
    *count = 0;
    if (from != to && !is_way(l, from, to))
        return fail(e, ERR_NOT_FOUND, "no road for this vehicle leads from node %u to node %u", from, to);
    struct way w = {.room = tree(l)->node_count};
    w.arc = arena_alloc(a, ((size_t)w.room + 1) * sizeof *w.arc);
    if (w.arc == NULL || (from != to && !follow(l, from, to, unpack, &w)))
        return fail(e, ERR_RESOURCE_EXHAUSTED, "a path does not fit the memory of the request");
    *arcs = w.arc;
    *count = w.count;
    return true;
}

/* As far down as kinds are mixed. */
static bool add_kinds(void *ctx, const struct road_labels *l, uint32_t shortcut)
{
    const struct cch_metric *m = &l->m->shortcuts;
    const struct road_sums *s = sums_of(l->m);
    struct road_kind *out = ctx;
    uint32_t stack[2 * DEPTH_MAX + 2], top = 0;
    stack[top++] = shortcut;
    while (top > 0) {
        uint32_t x = stack[--top], a = x >> 1, links = x & 1 ? s->down_links[a] : s->up_links[a];
        if ((links & 0xff) == SUMS_MIXED) {
            top += split(m, x, x & 1 ? m->down_way[a] : m->up_way[a], stack + top);
            continue;
        }
        out[links & 0xff].links += links >> 8;
        out[links & 0xff].length_m += x & 1 ? s->down[a].length_m : s->up[a].length_m;
    }
    return true;
}

bool road_labels_kinds(const struct road_labels *l, uint32_t from, uint32_t to, struct road_kind *out)
{
    if (l->net->node_origin_count > 0 || from == to || !is_way(l, from, to))
        return false;
    for (uint32_t k = 0; k < LINK_KIND_COUNT; k++)
        out[k] = (struct road_kind){0};
    return follow(l, from, to, add_kinds, out);
}
