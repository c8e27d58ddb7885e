/* The hierarchy in the network file: what is mapped is what was built, and a file whose hierarchy does not
 * hold together is refused before anything relies on it. */
#include "import/gmns.h"
#include "network/builder.h"
#include "network/file.h"
#include "network/layout.h"
#include "road/cch.h"
#include "road/order.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct image {
    uint8_t *bytes;
    size_t len;
};

static struct image freeze(struct network_builder *b)
{
    struct err e = {0};
    struct image i;
    uint8_t *raw;
    CHECK_MSG(network_builder_freeze(b, &raw, &i.len, &e), "%s", e.text);
    i.bytes = aligned_alloc(64, (i.len + 63) / 64 * 64);
    CHECK(i.bytes != NULL);
    memcpy(i.bytes, raw, i.len);
    free(raw);
    return i;
}

/* The bundled data with the hierarchy of our own order; *built is that hierarchy, of a network in *plain. */
static struct image build(struct image *plain, const struct network **n, struct cch **built)
{
    struct network_builder *b;
    struct csv_report r = {0};
    struct err e = {0};
    CHECK(network_builder_new(&b, &e));
    CHECK_MSG(network_import_gmns("data", b, &r, &e), "%s", e.text);
    csv_report_free(&r);
    *plain = freeze(b);
    CHECK(network_open_bytes(plain->bytes, plain->len, n, &e));
    struct road_graph g = road_graph_of(*n);
    uint32_t *order = malloc((size_t)g.node_count * sizeof *order);
    CHECK(order != NULL && road_order_flow(g.node_count, g.first_out, g.head, (*n)->node_point, order, &e));
    CHECK(cch_new(&g, order, built, &e));
    cch_store(*built, b);
    struct image whole = freeze(b);
    network_builder_free(b);
    free(order);
    return whole;
}

TEST(a_mapped_hierarchy_is_the_one_that_was_built)
{
    struct err e = {0};
    struct image plain;
    const struct network *n, *again;
    struct cch *a, *b;
    struct image whole = build(&plain, &n, &a);
    CHECK_MSG(network_open_bytes(whole.bytes, whole.len, &again, &e), "%s", e.text);
    CHECK_MSG(cch_open(again, &b, &e), "%s", e.text);
    CHECK(b->mapped && !a->mapped);
    CHECK_I64(a->node_count, b->node_count);
    CHECK_I64(a->arc_count, b->arc_count);
    CHECK_I64(a->input_count, b->input_count);
    CHECK_I64(a->slot_count, b->slot_count);
    uint32_t v = a->node_count, arcs = a->arc_count, inputs = a->input_count;
#define SAME(array, count) CHECK(memcmp(a->array, b->array, (size_t)(count) * sizeof *a->array) == 0)
    SAME(rank, v);
    SAME(node, v);
    SAME(parent, v);
    SAME(depth, v);
    SAME(first, v + 1);
    SAME(head, arcs);
    SAME(slot, arcs);
    SAME(down_first, v + 1);
    SAME(down_tail, arcs);
    SAME(down_arc, arcs);
    SAME(input_first, v + 1);
    SAME(input_arc, inputs);
    SAME(input_at, inputs);
#undef SAME
    cch_free(a);
    cch_free(b);
    network_release(n);
    network_release(again);
    free(plain.bytes);
    free(whole.bytes);
}

static void seal(uint8_t *bytes)
{
    struct layout_header h;
    memcpy(&h, bytes, sizeof h);
    for (int i = 0; i < SECTION_COUNT; i++)
        h.entry[i].checksum =
            XXH3_64bits(bytes + h.entry[i].offset, h.entry[i].count * h.entry[i].element_size);
    h.checksum = XXH3_64bits(&h, offsetof(struct layout_header, checksum));
    memcpy(bytes, &h, sizeof h);
}

/* Damage with good checksums, as a broken tool would leave it: refused, or harmless. */
TEST(a_hierarchy_that_does_not_hold_together_is_refused)
{
    static const int sections[] = {SECTION_cch_parent,    SECTION_cch_depth,    SECTION_cch_first,
                                   SECTION_cch_head,      SECTION_cch_slot,     SECTION_cch_down_first,
                                   SECTION_cch_down_tail, SECTION_cch_down_arc, SECTION_cch_input_first,
                                   SECTION_cch_order};
    struct err e = {0};
    struct image plain;
    const struct network *n;
    struct cch *c;
    struct image whole = build(&plain, &n, &c);
    uint8_t *bytes = aligned_alloc(64, (whole.len + 63) / 64 * 64);
    uint64_t seed = 5;
    uint32_t refused = 0, rounds = 0;
    for (size_t s = 0; s < sizeof sections / sizeof *sections; s++)
        for (int k = 0; k < 40; k++, rounds++) {
            struct layout_header h;
            const struct network *bad;
            memcpy(bytes, whole.bytes, whole.len);
            memcpy(&h, bytes, sizeof h);
            const struct layout_entry *t = &h.entry[sections[s]];
            uint64_t at = test_rand_below(&seed, (uint32_t)t->count);
            uint32_t value = 0;
            memcpy(&value, bytes + t->offset + at * t->element_size, t->element_size);
            value = k % 2 ? value ^ 1u << test_rand_below(&seed, 8 * t->element_size)
                          : test_rand_below(&seed, c->node_count);
            memcpy(bytes + t->offset + at * t->element_size, &value, t->element_size);
            seal(bytes);
            if (!network_open_bytes(bytes, whole.len, &bad, &e)) {
                refused++;
                CHECK(e.code == ERR_DATA_LOSS && strstr(e.text, "build the network again") != NULL);
                continue;
            }
            struct cch *opened;
            struct cch_metric m;
            CHECK(cch_open(bad, &opened, &e) && cch_metric_new(opened, &m, &e));
            cch_customize(&m, bad->arc_link, NULL); /* any numbers below ROAD_INF */
            cch_metric_release(&m);
            cch_free(opened);
            network_release(bad);
        }
    CHECK_MSG(refused > rounds * 8 / 10, "%u of %u refused", refused, rounds);
    free(bytes);
    free(plain.bytes);
    free(whole.bytes);
    network_release(n);
    cch_free(c);
}
