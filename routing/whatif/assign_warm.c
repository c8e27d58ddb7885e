#include "whatif/assign_inside.h"

#include <stdlib.h>
#include <string.h>

/* Link inside, of the earlier assignment -> of this one. */
static uint32_t *map_links(const struct assign *a, const struct assign *old, const uint32_t *old_link)
{
    uint32_t *map = malloc(((size_t)old->link_count + 1) * sizeof *map);
    if (map == NULL)
        return NULL;
    memset(map, 0xff, ((size_t)old->link_count + 1) * sizeof *map);
    for (uint32_t i = 0; i < a->link_count; i++) {
        uint32_t was = old_link != NULL ? old_link[i] : i;
        if (was >= old->link_count)
            continue;
        const struct assign_link *x = &a->given[i], *y = &old->given[was];
        if (x->from == y->from && x->to == y->to)
            map[old->inner[was]] = a->inner[i];
    }
    return map;
}

static bool usable(const struct assign *a, const struct bush *b, uint32_t link)
{
    return link != ASSIGN_NONE && a->cost[(size_t)b->class * a->link_count + link] < INFINITY &&
           may_leave(a, a->from[link], b->root);
}

/* Links that are still there; false: a way that is used, or the last way to a node, is cut. */
static bool take_links(const struct assign *a, struct bush *b, const struct bush *from, const uint32_t *map)
{
    uint32_t n = 0;
    b->first[0] = b->first[1] = 0;
    b->order[0] = from->order[0];
    for (uint32_t p = 1; p < from->node_count; p++) {
        b->order[p] = from->order[p];
        for (uint32_t k = from->first[p]; k < from->first[p + 1]; k++) {
            uint32_t l = map[from->link[k]];
            if (!usable(a, b, l)) {
                if (from->flow[k] > 0)
                    return false;
                continue;
            }
            b->link[n] = l;
            b->tail[n] = from->tail[k];
            b->flow[n++] = from->flow[k];
        }
        if (n == b->first[p])
            return false;
        b->first[p + 1] = n;
    }
    b->link_count = n;
    return true;
}

/* Nodes that can be reached only now hang on behind the others. */
static void take_nodes(const struct assign *a, struct slot *s, struct bush *b, uint32_t n)
{
    memset(s->pos, 0xff, a->node_count * sizeof *s->pos);
    for (uint32_t p = 0; p < n; p++)
        s->pos[b->order[p]] = p;
    for (uint32_t p = 0; p < n; p++)
        for (uint32_t v = b->order[p], l = a->out_first[v]; l < a->out_first[v + 1]; l++) {
            uint32_t to = a->to[l];
            if (s->pos[to] != ASSIGN_NONE || !usable(a, b, l))
                continue;
            s->pos[to] = n;
            b->order[n] = to;
            b->link[b->link_count] = l;
            b->tail[b->link_count] = p;
            b->flow[b->link_count++] = 0;
            b->first[++n] = b->link_count;
        }
    b->node_count = n;
}

static bool take(const struct assign *a, struct slot *s, struct bush *b, const struct bush *from,
                 const uint32_t *map, bool *cut)
{
    struct bush new = *b;
    *cut = true;
    if (!bush_alloc(&new, a->node_count, from->link_count + a->node_count))
        return false;
    if (!take_links(a, &new, from, map)) {
        bush_free(&new);
        return true;
    }
    take_nodes(a, s, &new, from->node_count);
    bush_free(b);
    *b = new;
    bush_settle(a, s, b);
    *cut = false;
    return true;
}

bool assign_warm(struct assign *a, const struct assign *earlier, const uint32_t *old_link, uint32_t *taken,
                 struct err *e)
{
    uint32_t count = 0;
    if (a->zone_count != earlier->zone_count || a->class_count != earlier->class_count ||
        a->node_count < earlier->node_count ||
        memcmp(a->zone_node, earlier->zone_node, a->zone_count * sizeof *a->zone_node) != 0)
        return fail(e, ERR_INVALID_ARGUMENT,
                    "the earlier assignment has other zones or classes (%u and %u, here %u and %u)",
                    earlier->zone_count, earlier->class_count, a->zone_count, a->class_count);
    uint32_t *map = a->loaded ? NULL : map_links(a, earlier, old_link);
    bool ok = map != NULL || a->loaded;
    for (uint32_t i = 0; ok && map != NULL && i < a->bush_count; i++) {
        struct bush *b = &a->bush[i];
        uint32_t was = earlier->bush_of[(size_t)b->class * a->zone_count + b->zone];
        bool cut = true;
        if (was != ASSIGN_NONE && earlier->bush[was].flow != NULL)
            ok = take(a, &a->slot[0], b, &earlier->bush[was], map, &cut);
        count += !cut;
    }
    free(map);
    if (taken != NULL)
        *taken = count;
    return ok || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the bushes of %u links", a->link_count);
}
