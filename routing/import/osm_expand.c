/* The arcs of a network where some junctions have copies.
 *
 * A node of the search is a plain node, or a copy: a state of the trie, standing at the head of its last
 * edge. Whoever drives an edge comes to the state that follows, or to the plain head when nothing forbidden
 * has begun. Each arc into an expanded junction has a twin into its sink. */
#include "import/osm_inside.h"

#include <stdlib.h>
#include <string.h>

struct arc {
    uint32_t tail, head, link;
};

struct expansion {
    struct osm_map *m;
    const struct osm_trie *t;
    uint32_t *node;    /* state -> its node; NET_NONE: forbidden, and the root */
    uint32_t *arrival; /* plain node -> its sink, or itself */
    uint32_t *first;   /* plain node -> states that stand there, in `at` */
    uint32_t *at;
    struct arc *arc;
    uint32_t arc_count, arc_room, node_count;
    struct err *e;
};

static uint32_t place_of(const struct expansion *x, uint32_t state)
{
    return osm_head(x->m, x->t->state[state].edge);
}

/* Copies live where a state may still be left: not forbidden, and not the end of a sequence. */
static bool add_copies(struct expansion *x)
{
    const struct osm_map *m = x->m;
    uint32_t states = x->t->count;
    x->node = malloc(((size_t)states + 1) * sizeof *x->node);
    x->arrival = malloc(((size_t)m->plain_count + 1) * sizeof *x->arrival);
    x->first = calloc((size_t)m->plain_count + 2, sizeof *x->first);
    x->at = malloc(((size_t)states + 1) * sizeof *x->at);
    if (x->node == NULL || x->arrival == NULL || x->first == NULL || x->at == NULL)
        return fail(x->e, ERR_RESOURCE_EXHAUSTED, "out of memory for turn restrictions");
    x->node[0] = NET_NONE;
    x->node_count = m->plain_count;
    for (uint32_t s = 1; s < states; s++) {
        bool alive = !x->t->state[s].forbidden;
        x->node[s] = alive ? x->node_count++ : NET_NONE;
        if (alive)
            x->first[place_of(x, s) + 2]++;
    }
    for (uint32_t v = 0; v < m->plain_count; v++) {
        bool expanded = x->first[v + 2] > 0;
        x->arrival[v] = expanded ? x->node_count++ : v;
        m->r->junctions_expanded += expanded;
        x->first[v + 2] += x->first[v + 1];
    }
    for (uint32_t s = 1; s < states; s++)
        if (x->node[s] != NET_NONE)
            x->at[x->first[place_of(x, s) + 1]++] = s;
    m->r->copies = x->node_count - m->plain_count;
    return true;
}

static bool add_arc(struct expansion *x, uint32_t tail, uint32_t head, uint32_t link)
{
    if (!osm_room(&x->arc, x->arc_count, 1, sizeof *x->arc, &x->arc_room, sizeof x->arc_room, x->e))
        return false;
    x->arc[x->arc_count++] = (struct arc){tail, head, link};
    return true;
}

/* The edge, driven by whoever stands at its tail in this state (0: on the plain node). */
static bool drive(struct expansion *x, uint32_t state, uint32_t edge)
{
    uint32_t tail = state == 0 ? osm_tail(x->m, edge) : x->node[state], head = osm_head(x->m, edge);
    uint32_t link = osm_arc(x->m, edge), next = osm_trie_next(x->t, state, edge);
    if (x->t->state[next].forbidden)
        return true;
    return add_arc(x, tail, next == 0 ? head : x->node[next], link) &&
           (x->arrival[head] == head || add_arc(x, tail, x->arrival[head], link));
}

static bool add_arcs(struct expansion *x)
{
    const struct osm_map *m = x->m;
    for (uint32_t v = 0; v < m->plain_count; v++)
        for (uint32_t i = m->out_first[v]; i < m->out_first[v + 1]; i++) {
            uint32_t edge = m->out[i];
            if (osm_arc(m, edge) == NET_NONE)
                continue;
            if (!drive(x, 0, edge))
                return false;
            for (uint32_t k = x->first[v]; k < x->first[v + 1]; k++)
                if (!drive(x, x->at[k], edge))
                    return false;
        }
    return true;
}

static int by_tail(const void *pa, const void *pb)
{
    const struct arc *a = pa, *b = pb;
    if (a->tail != b->tail)
        return a->tail < b->tail ? -1 : 1;
    if (a->head != b->head)
        return a->head < b->head ? -1 : 1;
    return a->link < b->link ? -1 : a->link > b->link;
}

/* A copy or sink carries the id and point of its plain node. */
static void add_node(struct osm_map *m, uint32_t plain)
{
    uint32_t count;
    int64_t id = network_rows_node_id(m->b, &count)[plain];
    struct net_point point = network_rows_node_point(m->b, &count)[plain];
    network_add_node_id(m->b, &id);
    network_add_node_point(m->b, &point);
    network_add_node_origin(m->b, &plain);
}

static void hand_over(struct expansion *x)
{
    struct osm_map *m = x->m;
    for (uint32_t s = 1; s < x->t->count; s++)
        if (x->node[s] != NET_NONE)
            add_node(m, place_of(x, s));
    for (uint32_t v = 0; v < m->plain_count; v++) {
        network_add_node_arrival(m->b, &x->arrival[v]);
        if (x->arrival[v] != v)
            add_node(m, v);
    }
    if (x->arc_count > 0)
        qsort(x->arc, x->arc_count, sizeof *x->arc, by_tail);
    for (uint32_t v = 0, at = 0; v <= x->node_count; v++) {
        while (at < x->arc_count && x->arc[at].tail < v)
            at++;
        network_add_arc_first(m->b, &at);
    }
    for (uint32_t i = 0; i < x->arc_count; i++) {
        network_add_arc_head(m->b, &x->arc[i].head);
        network_add_arc_link(m->b, &x->arc[i].link);
    }
}

bool osm_expand(struct osm_map *m, const struct osm_trie *t, struct err *e)
{
    struct expansion x = {.m = m, .t = t, .e = e};
    bool ok = add_copies(&x) && add_arcs(&x);
    if (ok)
        hand_over(&x);
    free(x.node);
    free(x.arrival);
    free(x.first);
    free(x.at);
    free(x.arc);
    return ok;
}
