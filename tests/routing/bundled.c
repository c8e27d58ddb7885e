#include "bundled.h"

#include "import/gmns.h"
#include "network/file.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

const struct network *bundled_network(uint8_t **bytes)
{
    struct network_builder *b;
    struct csv_report r = {0};
    struct err e = {0};
    uint8_t *raw;
    size_t len;
    const struct network *n;
    CHECK(network_builder_new(&b, &e));
    CHECK_MSG(network_import_gmns("data", b, &r, &e), "%s", e.text);
    CHECK_MSG(network_builder_freeze(b, &raw, &len, &e), "%s", e.text);
    network_builder_free(b);
    *bytes = aligned_alloc(64, (len + 63) & ~(size_t)63);
    CHECK(*bytes != NULL);
    memcpy(*bytes, raw, len);
    free(raw);
    CHECK_MSG(network_open_bytes(*bytes, len, &n, &e), "%s", e.text);
    return n;
}

struct network *bundled_copy(const struct network *n)
{
    struct network *c = malloc(sizeof *c);
    struct net_link *l = malloc(n->link_count * sizeof *l);
    CHECK(c != NULL && l != NULL);
    *c = *n;
    memcpy(l, n->link, n->link_count * sizeof *l);
    c->link = l;
    return c;
}

void bundled_free(struct network *copy)
{
    free((void *)(uintptr_t)copy->link);
    free(copy);
}

struct net_link *bundled_link(const struct network *copy, int64_t id)
{
    for (uint32_t i = 0; i < copy->link_count; i++)
        if (copy->link[i].id == id)
            return (struct net_link *)(uintptr_t)&copy->link[i];
    CHECK_MSG(false, "no link %lld", (long long)id);
    return NULL;
}
