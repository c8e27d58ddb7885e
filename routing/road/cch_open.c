/* cch_open.c - a hierarchy to and from the arrays of a network file. */
#include <stdlib.h>

#include "road/cch_inside.h"

/* The struct's arrays are writable for the builder; a mapped hierarchy is never written to. */
#define MAPPED(type, array) ((type *)(uintptr_t)(array))

bool cch_open(const struct network *n, struct cch **out, struct err *e)
{
    uint32_t nodes = n->cch_order_count;
    *out = NULL;
    struct cch *c = calloc(1, sizeof *c);
    if (c == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a contraction hierarchy");
    *c = (struct cch){
        .mapped = true,
        .node_count = nodes,
        .arc_count = n->cch_head_count,
        .input_count = n->cch_input_arc_count,
        .rank = malloc(((size_t)nodes + 1) * sizeof *c->rank),
        .node = MAPPED(uint32_t, n->cch_order),
        .parent = MAPPED(uint32_t, n->cch_parent),
        .depth = MAPPED(uint16_t, n->cch_depth),
        .first = MAPPED(uint32_t, n->cch_first),
        .head = MAPPED(uint32_t, n->cch_head),
        .slot = MAPPED(uint16_t, n->cch_slot),
        .down_first = MAPPED(uint32_t, n->cch_down_first),
        .down_tail = MAPPED(uint32_t, n->cch_down_tail),
        .down_arc = MAPPED(uint32_t, n->cch_down_arc),
        .input_first = MAPPED(uint32_t, n->cch_input_first),
        .input_arc = MAPPED(uint32_t, n->cch_input_arc),
        .input_at = MAPPED(uint32_t, n->cch_input_at),
    };
    for (uint32_t v = 0; c->rank != NULL && v < nodes; v++) {
        c->rank[c->node[v]] = v;
        if (c->depth[v] + 1u > c->slot_count)
            c->slot_count = c->depth[v] + 1u;
    }
    if (c->rank == NULL || !cch_divide(c) || !cch_cut_new(c, &c->cut)) {
        cch_free(c);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a contraction hierarchy of %u nodes",
                    nodes);
    }
    *out = c;
    return true;
}

void cch_store(const struct cch *c, struct network_builder *b)
{
    uint32_t n = c->node_count;
#define STORE(section, array, count)          \
    for (uint32_t i_ = 0; i_ < (count); i_++) \
    network_add_cch_##section(b, &c->array[i_])
    STORE(order, node, n);
    STORE(parent, parent, n);
    STORE(depth, depth, n);
    STORE(first, first, n + 1);
    STORE(head, head, c->arc_count);
    STORE(slot, slot, c->arc_count);
    STORE(down_first, down_first, n + 1);
    STORE(down_tail, down_tail, c->arc_count);
    STORE(down_arc, down_arc, c->arc_count);
    STORE(input_first, input_first, n + 1);
    STORE(input_arc, input_arc, c->input_count);
    STORE(input_at, input_at, c->input_count);
#undef STORE
}
