/* scenario_arcs.c - which arcs a draft adds, and which of the base's it changes. */
#include "whatif/scenario_draft.h"

#include <stdlib.h>
#include <string.h>

/* Ends of arcs of links that were split: the turns that their pieces keep. */
struct kept_arc {
    uint32_t link, tail, head; /* link: x 2 + backward */
};

struct maker {
    struct draft *d;
    struct draft_rows kept, added, changed; /* struct kept_arc; struct kept_arc; uint32_t */
    struct draft_rows end, copy;            /* uint32_t: plain ends of new roads; struct kept_copy */
};

struct kept_copy { /* of an expanded junction */
    uint32_t plain, node;
};

static bool toll_differs(const struct draft *d, uint32_t link)
{
    const struct net_link *l = draft_link(d, link);
    return d->toll_regions != 0 && (l->flags & LINK_TOLL) != 0 &&
           (l->toll_region >= 32 || (d->toll_regions >> l->toll_region & 1) != 0);
}

/* One pass over the base's arcs. */
static void look_through(struct maker *k)
{
    struct draft *d = k->d;
    const struct network *n = d->net;
    for (uint32_t v = 0; v < net_graph_nodes(n); v++)
        for (uint32_t a = n->arc_first[v]; a < n->arc_first[v + 1]; a++) {
            uint32_t link = net_arc_link(n, a);
            if (d->edit_of[link] == 0 && !toll_differs(d, link))
                continue;
            uint32_t *changed = draft_add(d, &k->changed);
            if (changed != NULL)
                *changed = a;
            struct kept_arc *kept = draft_was_split(d, link) ? draft_add(d, &k->kept) : NULL;
            if (kept != NULL)
                *kept = (struct kept_arc){n->arc_link[a], v, n->arc_head[a]};
        }
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The states of expanded junctions where new roads end. */
static void find_copies(struct maker *k)
{
    struct draft *d = k->d;
    const struct network *n = d->net;
    if (k->end.count > 0)
        qsort(k->end.at, k->end.count, sizeof(uint32_t), by_number);
    for (uint32_t i = 0; k->end.count > 0 && i < n->node_origin_count; i++) {
        uint32_t plain = n->node_origin[i], node = n->node_arrival_count + i;
        if (net_arrival(n, plain) == node ||
            bsearch(&plain, k->end.at, k->end.count, sizeof plain, by_number) == NULL)
            continue;
        struct kept_copy *c = draft_add(d, &k->copy);
        if (c != NULL)
            *c = (struct kept_copy){plain, node};
    }
}

static void add_arc(struct maker *k, uint32_t tail, uint32_t head, uint32_t link)
{
    struct kept_arc *last = (struct kept_arc *)k->added.at + k->added.count;
    for (uint32_t i = k->added.count; i > 0 && last[-1].link == link; i--, last--)
        if (last[-1].tail == tail && last[-1].head == head)
            return;
    struct kept_arc *x = draft_add(k->d, &k->added);
    if (x != NULL)
        *x = (struct kept_arc){link, tail, head};
}

/* The states that one leaves an end in, or comes to: of the road that was there before, or all. */
static uint32_t states(struct maker *k, uint32_t node, uint32_t kept_link, bool leaving, uint32_t *out,
                       uint32_t max)
{
    const struct network *n = k->d->net;
    const struct kept_arc *kept = k->kept.at;
    const struct kept_copy *copy = k->copy.at;
    uint32_t count = 0;
    for (uint32_t i = 0; kept_link != NET_NONE && i < k->kept.count && count < max; i++)
        if (kept[i].link == kept_link)
            out[count++] = leaving ? kept[i].tail : kept[i].head;
    if (count > 0)
        return count;
    out[count++] = node;
    uint32_t sink = net_arrival(n, node);
    if (!leaving && sink != node)
        out[count++] = sink;
    for (uint32_t i = 0; leaving && i < k->copy.count && count < max; i++)
        if (copy[i].plain == node)
            out[count++] = copy[i].node;
    return count;
}

/* at_from, at_to: the roads whose turns it keeps there. */
static void add_way(struct maker *k, uint32_t link, bool backward, uint32_t at_from, uint32_t at_to)
{
    enum { STATES_MAX = 256 };
    const struct net_link *l = draft_link(k->d, link);
    uint32_t tail[STATES_MAX], head[STATES_MAX];
    uint32_t first = backward ? at_to : at_from, last = backward ? at_from : at_to;
    uint32_t tails = states(k, backward ? l->to : l->from,
                            first == NET_NONE ? NET_NONE : first * 2 + backward, true, tail, STATES_MAX);
    uint32_t heads = states(k, backward ? l->from : l->to, last == NET_NONE ? NET_NONE : last * 2 + backward,
                            false, head, STATES_MAX);
    for (uint32_t i = 0; i < tails; i++)
        for (uint32_t j = 0; j < heads; j++)
            add_arc(k, tail[i], head[j], link * 2 + backward);
}

/* Roads that the base does not drive: added ones, and those of its own that are opened. */
static bool is_new_road(const struct draft *d, uint32_t link)
{
    return draft_is_open(d, link) &&
           (link >= d->net->link_count || d->net->link[link].status != STATUS_OPEN ||
            d->net->link[link].mode != MODE_ROAD);
}

static void each_new_road(struct maker *k, void (*act)(struct maker *k, uint32_t link))
{
    struct draft *d = k->d;
    for (uint32_t i = 0; i < d->edit.count; i++) {
        uint32_t link = ((const struct draft_edit *)d->edit.at)[i].link;
        if (is_new_road(d, link))
            act(k, link);
    }
    for (uint32_t i = d->net->link_count; i < draft_link_count(d); i++)
        if (is_new_road(d, i))
            act(k, i);
}

static void note_ends(struct maker *k, uint32_t link)
{
    uint32_t *end = draft_add(k->d, &k->end);
    if (end != NULL)
        *end = draft_link(k->d, link)->from;
    end = draft_add(k->d, &k->end);
    if (end != NULL)
        *end = draft_link(k->d, link)->to;
}

static void add_road(struct maker *k, uint32_t link)
{
    const struct net_link *l = draft_link(k->d, link);
    const struct draft_link *x = draft_added(k->d, link);
    uint32_t at_from = x != NULL ? x->at_from : NET_NONE, at_to = x != NULL ? x->at_to : NET_NONE;
    if (l->from == l->to)
        return;
    if ((l->flags & LINK_FORWARD) != 0)
        add_way(k, link, false, at_from, at_to);
    if ((l->flags & LINK_BACKWARD) != 0)
        add_way(k, link, true, at_from, at_to);
}

bool draft_arcs_make(struct draft *d, struct draft_arcs *out)
{
    struct maker k = {.d = d,
                      .kept.size = sizeof(struct kept_arc),
                      .added.size = sizeof(struct kept_arc),
                      .changed.size = sizeof(uint32_t),
                      .end.size = sizeof(uint32_t),
                      .copy.size = sizeof(struct kept_copy)};
    *out = (struct draft_arcs){0};
    look_through(&k);
    each_new_road(&k, note_ends);
    find_copies(&k);
    each_new_road(&k, add_road);
    uint32_t *all = arena_alloc(d->a, ((size_t)k.added.count * 3 + 1) * sizeof *all);
    out->changed = malloc(((size_t)k.changed.count + 1) * sizeof *out->changed);
    if (d->full || all == NULL || out->changed == NULL) {
        free(out->changed);
        d->full = true;
        return false;
    }
    out->tail = all;
    out->head = all + k.added.count;
    out->link = out->head + k.added.count;
    for (uint32_t i = 0; i < k.added.count; i++) {
        const struct kept_arc *x = (const struct kept_arc *)k.added.at + i;
        out->tail[i] = x->tail;
        out->head[i] = x->head;
        out->link[i] = x->link;
    }
    out->count = k.added.count;
    out->changed_count = k.changed.count;
    if (k.changed.count > 0)
        memcpy(out->changed, k.changed.at, k.changed.count * sizeof *out->changed);
    return true;
}
