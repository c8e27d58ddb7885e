/* test_expanded_net.h - a network of test_road_net.h with turn restrictions at some junctions, expanded as
 * network.h tells: copies for each way in, and a sink. Weights (source) are by link and direction. */
#ifndef ZH_TEST_EXPANDED_NET_H
#define ZH_TEST_EXPANDED_NET_H

#include "test_road_net.h"

struct expansion {
    uint32_t arrival[NET_NODES_MAX], origin[NET_NODES_MAX]; /* the network's */
    uint32_t tail[NET_ARCS_MAX], head[NET_ARCS_MAX], link[NET_ARCS_MAX], weight[NET_ARCS_MAX];
    uint32_t old_tail[NET_ARCS_MAX], copy[NET_ARCS_MAX]; /* by old arc; copy: where it leads, or its head */
    uint32_t arcs, nodes;
};

static inline void expansion_add(struct expansion *x, const struct road_net *r, uint32_t tail, uint32_t a)
{
    uint32_t v = r->head[a];
    for (int twin = 0; twin < (x->arrival[v] == v ? 1 : 2); twin++) {
        CHECK(x->arcs < NET_ARCS_MAX);
        x->tail[x->arcs] = tail;
        x->head[x->arcs] = twin ? x->arrival[v] : x->copy[a];
        x->link[x->arcs] = r->arc_link[a];
        x->weight[x->arcs++] = r->source[a];
    }
}

/* Every third junction; a third of all turns there is banned. x is read as long as the network. */
static inline void expand(struct road_net *r, uint64_t *seed, struct expansion *x)
{
    uint32_t plain = r->net.node_id_count, old = r->net.arc_head_count;
    *x = (struct expansion){.nodes = plain};
    for (uint32_t v = 0; v < plain; v++) {
        x->arrival[v] = v;
        for (uint32_t a = r->first[v]; a < r->first[v + 1]; a++)
            x->old_tail[a] = v;
    }
    for (uint32_t v = 0; v < plain; v++)
        if (test_rand_below(seed, 3) == 0) {
            x->arrival[v] = x->nodes;
            x->origin[x->nodes++ - plain] = v;
        }
    for (uint32_t a = 0; a < old; a++) {
        x->copy[a] = r->head[a];
        if (x->arrival[r->head[a]] == r->head[a])
            continue;
        x->copy[a] = x->nodes;
        x->origin[x->nodes++ - plain] = r->head[a];
    }
    CHECK(x->nodes <= NET_NODES_MAX);
    for (uint32_t a = 0; a < old; a++) {
        expansion_add(x, r, x->old_tail[a], a);
        for (uint32_t b = 0; b < old; b++)
            if (x->copy[b] != r->head[b] && r->head[b] == x->old_tail[a] && test_rand_below(seed, 3) > 0)
                expansion_add(x, r, x->copy[b], a);
    }
    uint32_t at = 0;
    for (uint32_t v = 0; v < x->nodes; v++) {
        if (v >= plain)
            r->point[v] = r->point[x->origin[v - plain]];
        r->first[v] = at;
        for (uint32_t i = 0; i < x->arcs; i++)
            if (x->tail[i] == v) {
                r->head[at] = x->head[i];
                r->arc_link[at] = x->link[i];
                r->source[at++] = x->weight[i];
            }
    }
    r->first[x->nodes] = at;
    r->net.node_id_count = r->net.node_point_count = x->nodes;
    r->net.arc_first_count = x->nodes + 1;
    r->net.arc_head_count = r->net.arc_link_count = at;
    r->net.arc_weight_count = r->net.arc_weight_count > 0 ? at : 0;
    r->net.node_arrival = x->arrival;
    r->net.node_arrival_count = plain;
    r->net.node_origin = x->origin;
    r->net.node_origin_count = x->nodes - plain;
}

#endif
