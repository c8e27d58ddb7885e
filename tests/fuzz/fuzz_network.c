/* The network file. An input that starts with 'R' is the file; any other is a list of changes to a good one
 * (the bundled data; run from the root of the tree), whose checksums are then made good again: without that
 * nothing would come past them. A change is 11 bytes: where (header entry, or section), width, place, value.
 */
#include "fuzz.h"
#include "import/gmns.h"
#include "network/file.h"
#include "network/layout.h"
#include "road/cch.h"
#include "road/order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static uint8_t *good;
static size_t good_len;

/* Its hierarchy as well. */
static bool order(struct network_builder *b, struct err *e)
{
    const struct network *n;
    struct cch *c = NULL;
    uint8_t *bytes;
    size_t len;
    if (!network_builder_freeze(b, &bytes, &len, e) || !network_open_bytes(bytes, len, &n, e))
        return false;
    struct road_graph g = road_graph_of(n);
    uint32_t *ranks = malloc(((size_t)g.node_count + 1) * sizeof *ranks);
    bool ok = ranks != NULL && road_order_flow(g.node_count, g.first_out, g.head, n->node_point, ranks, e) &&
              cch_new(&g, ranks, &c, e);
    if (ok)
        cch_store(c, b);
    cch_free(c);
    free(ranks);
    network_release(n);
    free(bytes);
    return ok;
}

static void make_good(void)
{
    struct err e = {0};
    struct csv_report r = {0};
    struct network_builder *b;
    if (!network_builder_new(&b, &e) || !network_import_gmns("data", b, &r, &e) || !order(b, &e) ||
        !network_builder_freeze(b, &good, &good_len, &e)) {
        fprintf(stderr, "no network to change: %s\n", e.text);
        abort();
    }
    network_builder_free(b);
    csv_report_free(&r);
}

static void change(uint8_t *bytes, struct layout_header *h, const uint8_t *c)
{
    static const uint8_t widths[] = {1, 2, 4, 8};
    uint32_t at, low;
    memcpy(&at, c + 2, 4);
    memcpy(&low, c + 6, 4);
    uint64_t value = c[10] % 4 == 0 ? UINT64_MAX : c[10] % 4 == 1 ? (uint64_t)low << 32 : low;
    size_t width = widths[c[1] % 4];
    if (c[0] >= 250) {
        memcpy((uint8_t *)h + at % (sizeof *h - 8), &value, width);
        return;
    }
    const struct layout_entry *t = &h->entry[c[0] % SECTION_COUNT];
    uint64_t n = t->count * t->element_size;
    if (t->offset <= good_len && n <= good_len - t->offset && n >= width)
        memcpy(bytes + t->offset + at % (n - width + 1), &value, width);
}

static void seal(uint8_t *bytes, struct layout_header *h)
{
    for (int i = 0; i < SECTION_COUNT; i++) {
        struct layout_entry *t = &h->entry[i];
        uint64_t n;
        if (t->offset <= good_len && !__builtin_mul_overflow(t->count, (uint64_t)t->element_size, &n) &&
            n <= good_len - t->offset)
            t->checksum = XXH3_64bits(bytes + t->offset, n);
    }
    h->checksum = XXH3_64bits(h, offsetof(struct layout_header, checksum));
    memcpy(bytes, h, sizeof *h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct err e = {0};
    const struct network *n;
    struct layout_header h;
    if (good == NULL)
        make_good();
    bool raw = len > 0 && data[0] == 'R';
    size_t size = raw ? len - 1 : good_len;
    uint8_t *bytes = aligned_alloc(64, size / 64 * 64 + 64);
    if (bytes == NULL)
        return 0;
    if (raw) {
        memcpy(bytes, data + 1, size);
    } else {
        memcpy(bytes, good, size);
        memcpy(&h, bytes, sizeof h);
        for (size_t at = 0; at + 11 <= len && at < 110; at += 11)
            change(bytes, &h, data + at);
        seal(bytes, &h);
    }
    if (network_open_bytes(bytes, size, &n, &e)) {
        fuzz_use(n);
        network_release(n);
    }
    free(bytes);
    return 0;
}
