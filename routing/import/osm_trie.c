/* The prefixes of forbidden sequences as an automaton (Aho, Corasick 1975). */
#include "import/osm_inside.h"

#include <stdlib.h>
#include <string.h>

static uint32_t child_of(const struct osm_trie *t, uint32_t state, uint32_t edge)
{
    if (state == 0)
        return t->root[edge];
    uint32_t s = t->state[state].child;
    while (s != 0 && t->state[s].edge != edge)
        s = t->state[s].sibling;
    return s;
}

static bool add_child(struct osm_trie *t, uint32_t state, uint32_t edge, uint32_t *child, struct err *e)
{
    *child = child_of(t, state, edge);
    if (*child != 0)
        return true;
    if (!osm_room(&t->state, t->count, 1, sizeof *t->state, &t->room, sizeof t->room, e))
        return false;
    *child = t->count++;
    t->state[*child] = (struct osm_state){.edge = edge, .parent = state, .sibling = t->state[state].child};
    t->state[state].child = *child;
    if (state == 0)
        t->root[edge] = *child;
    return true;
}

uint32_t osm_trie_next(const struct osm_trie *t, uint32_t state, uint32_t edge)
{
    for (;;) {
        uint32_t s = child_of(t, state, edge);
        if (s != 0 || state == 0)
            return s;
        state = t->state[state].fail;
    }
}

/* Shorter states first: each takes its longest suffix that is a state. */
static bool link_suffixes(struct osm_trie *t, struct err *e)
{
    uint32_t *queue = malloc(((size_t)t->count + 1) * sizeof *queue), len = 0;
    if (queue == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for turn restrictions");
    for (uint32_t s = t->state[0].child; s != 0; s = t->state[s].sibling)
        queue[len++] = s;
    for (uint32_t i = 0; i < len; i++) {
        struct osm_state *x = &t->state[queue[i]];
        x->fail = x->parent == 0 ? 0 : osm_trie_next(t, t->state[x->parent].fail, x->edge);
        x->forbidden = x->forbidden || t->state[x->fail].forbidden;
        for (uint32_t s = x->child; s != 0; s = t->state[s].sibling)
            queue[len++] = s;
    }
    free(queue);
    return true;
}

bool osm_trie_new(const struct osm_map *m, const struct osm_bans *bans, struct osm_trie *t, struct err *e)
{
    *t = (struct osm_trie){0};
    t->root = calloc((size_t)m->stretch_count * 2 + 1, sizeof *t->root);
    if (t->root == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for turn restrictions");
    if (!osm_room(&t->state, 0, 1, sizeof *t->state, &t->room, sizeof t->room, e))
        return false;
    t->state[0] = (struct osm_state){0};
    t->count = 1;
    for (uint32_t i = 0; i < bans->count; i++) {
        uint32_t s = 0;
        for (uint32_t k = bans->first[i]; k < bans->first[i + 1]; k++)
            if (!add_child(t, s, bans->edge[k], &s, e))
                return false;
        t->state[s].forbidden = true;
    }
    return link_suffixes(t, e);
}

void osm_trie_release(struct osm_trie *t)
{
    free(t->state);
    free(t->root);
}
