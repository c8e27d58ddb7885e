/* hubs_make.c - the labels of hubs, made once for a metric. */
#include <stdlib.h>
#include <string.h>

#include "road/cch_inside.h"
#include "road/hubs_inside.h"
#include "road/sums_inside.h"

static int by_rank(const void *a, const void *b)
{
    const struct hub *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

static bool make_side(struct road_hubs *h, bool source, struct side *s)
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
        s->hub[i].shared = i > 0 ? cch_shared_ancestors(c, s->hub[i - 1].rank, s->hub[i].rank) : 0;
        sums_label(h->m, source, s->hub[i].rank, &one, 0);
        memcpy(s->weight + first, one.weight, length * sizeof *s->weight);
        for (size_t d = 0; d < length; d++) /* sums without a way were never written */
            s->sums[first + d] = one.weight[d] < ROAD_INF ? one.sums[d] : (struct sums_triple){0};
        first += length;
    }
    sums_labels_release(&one);
    return ok;
}

bool road_hubs_new(const struct network *n, struct road_metric *m, const uint32_t *node, uint32_t count,
                   struct road_hubs **out, struct err *e)
{
    uint32_t *portal = NULL, portals = 0;
    *out = NULL;
    if (!road_metric_sum(m, e))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (node[i] >= m->shortcuts.cch->node_count)
            return fail_field(e, ERR_INVALID_ARGUMENT, "node", "there is no node %u", node[i]);
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
        ok = make_side(h, true, &h->source) && make_side(h, false, &h->target) && hub_portals_fill(h, NULL);
    }
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
