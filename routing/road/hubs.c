#include "road/hubs.h"

#include <stdlib.h>
#include <string.h>

#include "road/cch_inside.h"
#include "road/hubs_inside.h"
#include "road/sums_inside.h"

/* Shortcuts high in the tree lie on the ways of most doors: their sums are kept between questions. */
enum { MEMO_COUNT = 1 << 14 };

struct memo {
    const struct road_hubs *of; /* NULL: empty */
    uint32_t what;              /* shortcut x 2 + 1 when downwards */
    struct sums_triple sum;
};

struct door { /* its label by depth, and how it came about */
    uint32_t *weight, *arc, *from;
    struct sums_triple *sums;
    bool *known;              /* is sums[depth] there? */
    struct road_cost *portal; /* costs between the door and the portals */
    uint32_t node, rank;
    bool upwards;
};

struct road_hub_scratch {
    struct memo *memo;
    struct door start, end;
    uint32_t *stack;
};

static int by_rank(const void *a, const void *b)
{
    const struct hub *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

/* How many ancestors two nodes share, themselves included. */
static uint32_t shared_ancestors(const struct cch *c, uint32_t a, uint32_t b)
{
    while (a != b) {
        if (a < b)
            a = c->parent[a];
        else
            b = c->parent[b];
        if (a == CCH_NONE || b == CCH_NONE)
            return 0;
    }
    return c->depth[a] + 1u;
}

static bool make_side(struct road_hubs *h, const struct road_sums *sums, bool source, struct side *s)
{
    const struct cch *c = h->m->shortcuts.cch;
    struct sums_labels one = {0};
    s->hub = calloc((size_t)h->count + 1, sizeof *s->hub);
    s->at = calloc((size_t)h->count + 1, sizeof *s->at);
    bool ok = sums_labels_init(&one, c->slot_count, 1) && s->hub != NULL && s->at != NULL;
    for (uint32_t i = 0; ok && i < h->count; i++) {
        bool ends = !source && i < h->named; /* a way goes on from a portal */
        uint32_t node = ends ? net_arrival(h->net, h->node[i]) : h->node[i];
        s->hub[i] = (struct hub){.rank = c->rank[node], .place = i};
        s->length += (size_t)c->depth[c->rank[node]] + 1;
    }
    if (ok) {
        qsort(s->hub, h->count, sizeof *s->hub, by_rank);
        s->weight = calloc(s->length + CCH_LANES, sizeof *s->weight);
        s->sums = malloc((s->length + 1) * sizeof *s->sums);
        ok = s->weight != NULL && s->sums != NULL;
    }
    size_t first = 0;
    for (uint32_t i = 0; ok && i < h->count; i++) {
        size_t length = (size_t)c->depth[s->hub[i].rank] + 1;
        s->at[s->hub[i].place] = i;
        s->hub[i].first = first;
        s->hub[i].shared = i > 0 ? shared_ancestors(c, s->hub[i - 1].rank, s->hub[i].rank) : 0;
        sums_label(sums, source, s->hub[i].rank, &one, 0);
        memcpy(s->weight + first, one.weight, length * sizeof *s->weight);
        for (size_t d = 0; d < length; d++) /* sums without a way were never written */
            s->sums[first + d] = one.weight[d] < ROAD_INF ? one.sums[d] : (struct sums_triple){0};
        first += length;
    }
    sums_labels_release(&one);
    return ok;
}

bool road_hubs_new(const struct network *n, const struct road_metric *m, const uint32_t *node, uint32_t count,
                   struct road_hubs **out, struct err *e)
{
    struct road_sums *sums = NULL;
    uint32_t *portal = NULL, portals = 0;
    *out = NULL;
    if (!sums_of_graph(n, m, &sums, e))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (node[i] >= m->shortcuts.cch->node_count) {
            road_sums_free(sums);
            return fail_field(e, ERR_INVALID_ARGUMENT, "node", "there is no node %u", node[i]);
        }
    struct road_hubs *h = calloc(1, sizeof *h);
    bool ok = h != NULL && hub_portals_list(m, &portal, &portals) &&
              (h->node = malloc(((size_t)count + portals + 1) * sizeof *h->node)) != NULL;
    if (ok) {
        h->net = n;
        h->m = m;
        h->named = count;
        h->count = count + portals;
        if (count > 0)
            memcpy(h->node, node, count * sizeof *node);
        if (portals > 0)
            memcpy(h->node + count, portal, portals * sizeof *portal);
        ok = make_side(h, sums, true, &h->source) && make_side(h, sums, false, &h->target) &&
             hub_portals_fill(h, NULL);
    }
    road_sums_free(sums);
    free(portal);
    if (!ok) {
        road_hubs_free(h);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the road labels of %u places", count);
    }
    *out = h;
    return true;
}

static void free_side(struct side *s)
{
    free(s->hub);
    free(s->at);
    free(s->weight);
    free(s->sums);
}

void road_hubs_free(struct road_hubs *h)
{
    if (h == NULL)
        return;
    free_side(&h->source);
    free_side(&h->target);
    hub_portals_release(&h->portals);
    free(h->node);
    free(h);
}

size_t road_hubs_bytes(const struct road_hubs *h)
{
    size_t entry = sizeof(uint32_t) + sizeof(struct sums_triple), portals = h->portals.count;
    return sizeof *h + portals * (portals + 2 * (size_t)h->named) * sizeof(struct road_cost) +
           (h->source.length + h->target.length) * entry + h->count * 2 * sizeof(struct hub);
}

static bool door_init(struct door *d, size_t slots, bool upwards)
{
    d->upwards = upwards;
    d->weight = calloc(slots, sizeof *d->weight);
    d->arc = malloc(slots * sizeof *d->arc);
    d->from = malloc(slots * sizeof *d->from);
    d->sums = malloc(slots * sizeof *d->sums);
    d->known = malloc(slots * sizeof *d->known);
    d->portal = malloc(CCH_POINTS_MAX * sizeof *d->portal);
    return d->weight && d->arc && d->from && d->sums && d->known && d->portal;
}

static void door_release(struct door *d)
{
    void *owned[] = {d->weight, d->arc, d->from, d->sums, d->known, d->portal};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
}

bool road_hub_scratch_new(const struct road_index *ix, struct road_hub_scratch **out, struct err *e)
{
    size_t slots = (size_t)ix->cch->slot_count + CCH_LANES;
    struct road_hub_scratch *s = calloc(1, sizeof *s);
    *out = NULL;
    if (s == NULL || !door_init(&s->start, slots, true) || !door_init(&s->end, slots, false) ||
        (s->stack = malloc(slots * 4 * sizeof *s->stack)) == NULL ||
        (s->memo = calloc(MEMO_COUNT, sizeof *s->memo)) == NULL) {
        road_hub_scratch_free(s);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a road query");
    }
    *out = s;
    return true;
}

void road_hub_scratch_free(struct road_hub_scratch *s)
{
    if (s == NULL)
        return;
    door_release(&s->start);
    door_release(&s->end);
    free(s->stack);
    free(s->memo);
    free(s);
}

/* The label of a door, its sums not yet. */
static void door_label(const struct road_hubs *h, uint32_t node, struct door *s)
{
    const struct cch_metric *m = &h->m->shortcuts;
    const struct cch *c = m->cch;
    const uint32_t *weight = s->upwards ? m->up : m->down;
    uint32_t v = c->rank[s->upwards ? node : net_arrival(h->net, node)], start = c->depth[v];
    s->node = node;
    s->rank = v;
    cch_start(c, v, s->weight);
    memset(s->known, 0, ((size_t)start + 1) * sizeof *s->known);
    s->sums[start] = (struct sums_triple){0};
    s->known[start] = true;
    for (; v != CCH_NONE; v = c->parent[v]) {
        uint32_t depth = c->depth[v], distance = s->weight[depth];
        for (uint32_t a = c->first[v]; distance < ROAD_INF && a < c->first[v + 1]; a++) {
            uint32_t w = distance + weight[a], d = c->slot[a];
            if (w < s->weight[d]) {
                s->weight[d] = w;
                s->arc[d] = a;
                s->from[d] = depth;
            }
        }
    }
}

/* The sums of what a shortcut stands for (see unpack in cch_query.c: the order does not matter here). */
static struct sums_triple unpack_sums(const struct road_hubs *h, struct road_hub_scratch *s, uint32_t arc,
                                      bool downwards)
{
    const struct road_metric *m = h->m;
    const struct cch *c = m->shortcuts.cch;
    struct sums_triple sum = {0};
    uint32_t *top = s->stack;
    *top++ = arc << 1 | downwards;
    while (top > s->stack) {
        uint32_t x = *--top, a = x >> 1, first = x & 1 ? m->shortcuts.down_way[a] : m->shortcuts.up_way[a];
        if (first & CCH_INPUT) {
            uint32_t g = first & ~CCH_INPUT;
            sum = sums_add(sum,
                           (struct sums_triple){m->time_ms[g], h->net->link[net_arc_link(h->net, g)].length_m,
                                                m->toll_myuan[g]});
            continue;
        }
        uint32_t second = first + 1;
        while (c->slot[second] != c->slot[a])
            second++;
        /* from the tail down to the middle, from there up to the head; a way down is the same turned round */
        *top++ = (x & 1 ? second : first) << 1 | 1;
        *top++ = (x & 1 ? first : second) << 1;
    }
    return sum;
}

static struct sums_triple shortcut_sums(const struct road_hubs *h, struct road_hub_scratch *s, uint32_t arc,
                                        bool downwards)
{
    uint32_t what = arc << 1 | downwards;
    struct memo *m = &s->memo[(what * 2654435761u >> 18 ^ (uint32_t)((uintptr_t)h >> 6)) % MEMO_COUNT];
    if (m->of != h || m->what != what)
        *m = (struct memo){.of = h, .what = what, .sum = unpack_sums(h, s, arc, downwards)};
    return m->sum;
}

static struct sums_triple sums_at(const struct road_hubs *h, struct road_hub_scratch *s, struct door *door,
                                  uint32_t depth)
{
    uint32_t *path = s->stack + (size_t)h->m->shortcuts.cch->slot_count * 3, steps = 0;
    for (; !door->known[depth]; depth = door->from[depth])
        path[steps++] = depth;
    while (steps > 0) {
        uint32_t d = path[--steps];
        door->sums[d] =
            sums_add(door->sums[door->from[d]], shortcut_sums(h, s, door->arc[d], !door->upwards));
        door->known[d] = true;
        depth = d;
    }
    return door->sums[depth];
}

static uint32_t meet(const uint32_t *a, const uint32_t *b, uint32_t shared, struct road_cost *out)
{
    *out = (struct road_cost){.weight = cch_least_sum(a, b, shared)};
    if (out->weight >= ROAD_INF)
        return CCH_NONE;
    uint32_t i = 0;
    for (;; i += CCH_LANES) { /* both arrays have so much room behind them */
        unsigned hit = 0;
        for (uint32_t k = 0; k < CCH_LANES; k++)
            hit |= a[i + k] + b[i + k] == out->weight;
        if (hit != 0)
            break;
    }
    while (a[i] + b[i] != out->weight)
        i++;
    return i;
}

static void set_sums(struct road_cost *out, struct sums_triple sum)
{
    out->time_ms = sum.time_ms;
    out->length_m = sum.length_m;
    out->toll_myuan = sum.toll_myuan;
}

static struct road_cost *cost_of(const struct road_hubs *h, const struct door *door, uint32_t place,
                                 struct road_cost *out)
{
    return place < h->named ? &out[place] : &door->portal[place - h->named];
}

/* Where the ways meet: length_m of the cost is the place for now. */
static void fill(const struct road_hubs *h, const struct side *side, const struct door *door, uint32_t i,
                 uint32_t shared, const bool *want, struct road_cost *out)
{
    uint32_t place = side->hub[i].place;
    struct road_cost *cost = cost_of(h, door, place, out);
    if (want != NULL && place < h->named && !want[place])
        *cost = (struct road_cost){.weight = ROAD_INF, .length_m = CCH_NONE};
    else
        cost->length_m = meet(door->weight, side->weight + side->hub[i].first, shared, cost);
}

/* From the door's place among the hubs outwards: in post-order, two nodes share as many ancestors as the
 * neighbours between them do that share the fewest. */
static void fill_all(const struct road_hubs *h, const struct side *side, const struct door *door,
                     const bool *want, struct road_cost *out)
{
    const struct cch *c = h->m->shortcuts.cch;
    uint32_t low = 0, high = h->count;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (side->hub[mid].rank < door->rank)
            low = mid + 1;
        else
            high = mid;
    }
    for (uint32_t i = low, shared = 0; i < h->count; i++) {
        if (i == low)
            shared = shared_ancestors(c, door->rank, side->hub[i].rank);
        else if (side->hub[i].shared < shared)
            shared = side->hub[i].shared;
        fill(h, side, door, i, shared, want, out);
    }
    for (uint32_t i = low, shared = 0; i-- > 0;) {
        if (i + 1 == low)
            shared = shared_ancestors(c, door->rank, side->hub[i].rank);
        else if (side->hub[i + 1].shared < shared)
            shared = side->hub[i + 1].shared;
        fill(h, side, door, i, shared, want, out);
    }
}

/* The sums of the ways that fill_all found; apart from it, so that many are fetched from memory at once. */
static void sum_all(const struct road_hubs *h, const struct side *side, struct road_hub_scratch *s,
                    struct door *door, struct road_cost *out)
{
    enum { AHEAD = 16 };
    for (uint32_t i = 0; i < h->count; i++) {
        struct road_cost *cost = cost_of(h, door, side->hub[i].place, out);
        if (i + AHEAD < h->count) {
            const struct hub *next = &side->hub[i + AHEAD];
            uint32_t soon = cost_of(h, door, next->place, out)->length_m;
            if (soon != CCH_NONE)
                __builtin_prefetch(&side->sums[next->first + soon]);
        }
        uint32_t at = cost->length_m;
        cost->length_m = 0;
        if (at != CCH_NONE)
            set_sums(cost, sums_add(sums_at(h, s, door, at), side->sums[side->hub[i].first + at]));
    }
}

/* Hub by hub. */
static void each(const struct road_hubs *h, const struct side *side, struct road_hub_scratch *s,
                 struct door *door, const struct road_hub_choice *some, struct road_cost *out)
{
    const struct cch *c = h->m->shortcuts.cch;
    for (uint32_t k = 0; k < some->count; k++) {
        const struct hub *hub = &side->hub[side->at[some->hub[k]]];
        struct road_cost *cost = &out[some->hub[k]];
        *cost = (struct road_cost){0};
        if (h->node[some->hub[k]] == door->node) /* who is there has no way */
            continue;
        uint32_t at =
            meet(door->weight, side->weight + hub->first, shared_ancestors(c, door->rank, hub->rank), cost);
        if (at != CCH_NONE)
            set_sums(cost, sums_add(sums_at(h, s, door, at), side->sums[hub->first + at]));
    }
}

static void costs(const struct road_hubs *h, const struct side *side, struct road_hub_scratch *s,
                  struct door *door, uint32_t node, const struct road_hub_choice *some, struct road_cost *out)
{
    enum { FEW = 8 }; /* of so many one: the pass over all takes longer */
    door_label(h, node, door);
    if (some != NULL && h->portals.count == 0 && some->count <= h->named / FEW) {
        each(h, side, s, door, some, out);
        return;
    }
    fill_all(h, side, door, some != NULL ? some->is : NULL, out);
    sum_all(h, side, s, door, out);
    hub_portals_improve(h, door->upwards, door->portal, out);
    for (uint32_t i = 0; i < h->named; i++) /* who is there has no way */
        if (h->node[i] == node)
            out[i] = (struct road_cost){0};
}

void road_hubs_from(const struct road_hubs *h, struct road_hub_scratch *s, uint32_t from,
                    const struct road_hub_choice *some, struct road_cost *out)
{
    costs(h, &h->target, s, &s->start, from, some, out);
}

void road_hubs_to(const struct road_hubs *h, struct road_hub_scratch *s, uint32_t to,
                  const struct road_hub_choice *some, struct road_cost *out)
{
    costs(h, &h->source, s, &s->end, to, some, out);
}

void road_hubs_doors(const struct road_hubs *h, struct road_hub_scratch *s, struct road_cost *out)
{
    *out = (struct road_cost){0};
    if (s->start.node == s->end.node)
        return;
    uint32_t at = meet(s->start.weight, s->end.weight,
                       shared_ancestors(h->m->shortcuts.cch, s->start.rank, s->end.rank), out);
    if (at != CCH_NONE)
        set_sums(out, sums_add(sums_at(h, s, &s->start, at), sums_at(h, s, &s->end, at)));
    const struct hub_portals *p = &h->portals;
    for (uint32_t i = 0; i < p->count; i++)
        for (uint32_t k = 0; s->start.portal[i].weight < out->weight && k < p->count; k++) {
            const struct road_cost *part[] = {&s->start.portal[i], &p->between[(size_t)i * p->count + k],
                                              &s->end.portal[k]};
            hub_portals_lower(out, part, 3);
        }
}

void hubs_graph_between(const struct road_hubs *h, uint32_t from, uint32_t to, struct road_cost *out)
{
    const struct hub *a = &h->source.hub[h->source.at[from]], *b = &h->target.hub[h->target.at[to]];
    uint32_t at = meet(h->source.weight + a->first, h->target.weight + b->first,
                       shared_ancestors(h->m->shortcuts.cch, a->rank, b->rank), out);
    if (at != CCH_NONE)
        set_sums(out, sums_add(h->source.sums[a->first + at], h->target.sums[b->first + at]));
}

void road_hubs_between(const struct road_hubs *h, uint32_t from, uint32_t to, struct road_cost *out)
{
    *out = (struct road_cost){0};
    if (h->node[from] == h->node[to])
        return;
    hubs_graph_between(h, from, to, out);
    const struct hub_portals *p = &h->portals;
    for (uint32_t i = 0; i < p->count; i++)
        for (uint32_t k = 0; p->from_hub[(size_t)i * h->named + from].weight < out->weight && k < p->count;
             k++) {
            const struct road_cost *part[] = {&p->from_hub[(size_t)i * h->named + from],
                                              &p->between[(size_t)i * p->count + k],
                                              &p->to_hub[(size_t)k * h->named + to]};
            hub_portals_lower(out, part, 3);
        }
}
