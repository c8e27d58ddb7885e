#include "road/hubs.h"

#include <stdlib.h>
#include <string.h>

#include "road/cch_inside.h"
#include "road/hubs_inside.h"
#include "road/sums_inside.h"

struct door { /* its label by depth, and how it came about: by a climb, or stored with the metric */
    uint32_t *weight, *arc, *from;
    struct cch_low low;
    bool stored;
    struct sums_triple *sums;
    bool *known;              /* is sums[depth] there? */
    struct road_cost *portal; /* costs between the door and the portals */
    uint32_t node, rank;
    bool upwards;
};

struct road_hub_scratch {
    struct door start, end;
    uint32_t *path; /* by depth */
};

static bool door_init(struct door *d, size_t slots, bool upwards)
{
    d->upwards = upwards;
    d->weight = calloc(slots, sizeof *d->weight);
    d->arc = malloc(slots * sizeof *d->arc);
    d->from = malloc(slots * sizeof *d->from);
    d->sums = malloc(slots * sizeof *d->sums);
    d->known = malloc(slots * sizeof *d->known);
    d->low.by_depth = malloc(slots * sizeof *d->low.by_depth);
    d->portal = malloc(CCH_POINTS_MAX * sizeof *d->portal);
    return d->weight && d->arc && d->from && d->sums && d->known && d->low.by_depth && d->portal;
}

static void door_release(struct door *d)
{
    void *owned[] = {d->weight, d->arc, d->from, d->sums, d->known, d->low.by_depth, d->portal};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
}

bool road_hub_scratch_new(const struct road_index *ix, struct road_hub_scratch **out, struct err *e)
{
    size_t slots = (size_t)ix->cch->slot_count + CCH_LANES;
    struct road_hub_scratch *s = calloc(1, sizeof *s);
    *out = NULL;
    if (s == NULL || !door_init(&s->start, slots, true) || !door_init(&s->end, slots, false) ||
        (s->path = malloc(slots * sizeof *s->path)) == NULL) {
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
    free(s->path);
    free(s);
}

static void climb(const struct road_hubs *h, struct door *s)
{
    const struct cch_metric *m = &h->m->shortcuts;
    const struct cch *c = m->cch;
    const uint32_t *weight = s->upwards ? m->up : m->down;
    cch_start(c, s->rank, s->weight);
    for (uint32_t v = s->rank; v != CCH_NONE; v = c->parent[v]) {
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

/* The label of a door, its sums not yet. */
static void door_label(const struct road_hubs *h, uint32_t node, struct door *s)
{
    const struct cch *c = h->m->shortcuts.cch;
    uint32_t start;
    s->node = node;
    s->rank = c->rank[s->upwards ? node : net_arrival(h->net, node)];
    start = c->depth[s->rank];
    memset(s->known, 0, ((size_t)start + 1) * sizeof *s->known);
    s->sums[start] = (struct sums_triple){0};
    s->known[start] = true;
    s->low.climbed = false;
    s->low.last = s->arc;
    s->stored = cch_hub_label(&h->m->shortcuts, !s->upwards, s->rank, s->weight);
    if (!s->stored)
        climb(h, s);
}

static void sum_climbed(struct road_hub_scratch *s, struct door *door, const struct sums_triple *sum,
                        uint32_t depth)
{
    uint32_t steps = 0;
    for (; !door->known[depth]; depth = door->from[depth])
        s->path[steps++] = depth;
    while (steps > 0) {
        depth = s->path[--steps];
        door->sums[depth] = sums_add(door->sums[door->from[depth]], sum[door->arc[depth]]);
        door->known[depth] = true;
    }
}

static void sum_traced(const struct road_hubs *h, struct road_hub_scratch *s, struct door *door,
                       const struct sums_triple *sum, uint32_t depth)
{
    uint32_t count = cch_trace_side(&h->m->shortcuts, !door->upwards, door->rank, depth, door->weight[depth],
                                    &door->low, s->path);
    struct sums_triple all = {0};
    for (uint32_t i = 0; i < count; i++)
        all = sums_add(all, sum[s->path[i]]);
    door->sums[depth] = all;
    door->known[depth] = true;
}

static struct sums_triple sums_at(const struct road_hubs *h, struct road_hub_scratch *s, struct door *door,
                                  uint32_t depth)
{
    const struct road_sums *sums = sums_of(h->m);
    const struct sums_triple *sum = door->upwards ? sums->up : sums->down;
    if (!door->known[depth] && door->stored)
        sum_traced(h, s, door, sum, depth);
    else if (!door->known[depth])
        sum_climbed(s, door, sum, depth);
    return door->sums[depth];
}

static uint32_t meet(const uint32_t *a, const uint32_t *b, uint32_t shared, struct road_cost *out)
{
    *out = (struct road_cost){0};
    return cch_meeting(a, b, shared, &out->weight);
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

/* The hubs from the door's place among them outwards: in post-order, two nodes share as many ancestors as the
 * neighbours between them do that share the fewest. */
struct walk {
    uint32_t low, i, shared;
    bool begun;
};

static uint32_t place_of_door(const struct road_hubs *h, const struct side *side, const struct door *door)
{
    uint32_t low = 0, high = h->count;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (side->hub[mid].rank < door->rank)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* Upwards from low to the last, then downwards from below low; false: that was all. w->low is set. */
static bool walk_on(const struct road_hubs *h, const struct side *side, const struct door *door,
                    struct walk *w)
{
    const struct cch *c = h->m->shortcuts.cch;
    bool up = !w->begun || w->i >= w->low;
    uint32_t next = !w->begun ? w->low : up ? w->i + 1 : w->i - 1;
    if (up && next >= h->count) {
        up = false;
        next = w->low - 1;
    }
    bool first = !w->begun || (!up && next + 1 == w->low);
    w->begun = true;
    if (next >= h->count) /* past 0, too */
        return false;
    uint32_t between = side->hub[up ? next : next + !first].shared;
    if (first)
        w->shared = cch_common_ancestors(c, door->rank, side->hub[next].rank);
    else if (between < w->shared)
        w->shared = between;
    w->i = next;
    return true;
}

static void fill_all(const struct road_hubs *h, const struct side *side, const struct door *door,
                     const bool *want, struct road_cost *out)
{
    struct walk w = {.low = place_of_door(h, side, door)};
    while (walk_on(h, side, door, &w))
        fill(h, side, door, w.i, w.shared, want, out);
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

static void one(const struct road_hubs *h, const struct side *side, struct road_hub_scratch *s,
                struct door *door, uint32_t place, struct road_cost *cost)
{
    const struct hub *hub = &side->hub[side->at[place]];
    *cost = (struct road_cost){0};
    if (h->node[place] == door->node) /* who is there has no way */
        return;
    uint32_t at = meet(door->weight, side->weight + hub->first,
                       cch_common_ancestors(h->m->shortcuts.cch, door->rank, hub->rank), cost);
    if (at != CCH_NONE)
        set_sums(cost, sums_add(sums_at(h, s, door, at), side->sums[hub->first + at]));
}

static void costs(const struct road_hubs *h, const struct side *side, struct road_hub_scratch *s,
                  struct door *door, uint32_t node, const struct road_hub_choice *some, struct road_cost *out)
{
    enum { FEW = 8 }; /* of so many one: the pass over all takes longer */
    door_label(h, node, door);
    if (some != NULL && h->portals.count == 0 && some->count <= h->named / FEW) {
        for (uint32_t k = 0; k < some->count; k++)
            one(h, side, s, door, some->hub[k], &out[some->hub[k]]);
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
                       cch_common_ancestors(h->m->shortcuts.cch, s->start.rank, s->end.rank), out);
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
                       cch_common_ancestors(h->m->shortcuts.cch, a->rank, b->rank), out);
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

bool road_hubs_plain(const struct road_hubs *h)
{
    return h->portals.count == 0;
}

void road_hubs_look_from(const struct road_hubs *h, struct road_hub_scratch *s, uint32_t from)
{
    door_label(h, from, &s->start);
}

void road_hubs_look_to(const struct road_hubs *h, struct road_hub_scratch *s, uint32_t to)
{
    door_label(h, to, &s->end);
}

void road_hubs_weigh(const struct road_hubs *h, const struct road_hub_scratch *s, bool outwards,
                     const bool *want, uint32_t *weight)
{
    const struct side *side = outwards ? &h->target : &h->source;
    const struct door *door = outwards ? &s->start : &s->end;
    struct walk w = {.low = place_of_door(h, side, door)};
    while (walk_on(h, side, door, &w)) {
        const struct hub *hub = &side->hub[w.i];
        if (want[hub->place])
            weight[hub->place] = h->node[hub->place] == door->node
                                     ? 0
                                     : cch_least_sum(door->weight, side->weight + hub->first, w.shared);
    }
}

void road_hubs_cost(const struct road_hubs *h, struct road_hub_scratch *s, bool outwards, uint32_t hub,
                    struct road_cost *out)
{
    one(h, outwards ? &h->target : &h->source, s, outwards ? &s->start : &s->end, hub, out);
}
