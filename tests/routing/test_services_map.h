/* test_services_map.h - maps by hand for the tests of services laid over them. */
#ifndef ZH_TEST_SERVICES_MAP_H
#define ZH_TEST_SERVICES_MAP_H

#include "network/builder.h"
#include "network/file.h"
#include "network/geo.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static inline struct network_builder *new_map(void)
{
    struct network_builder *b;
    CHECK(network_builder_new(&b, NULL));
    network_add_limit(b, &(struct net_limit){0});
    network_add_hours(b, &(struct net_hours){0});
    return b;
}

static inline uint32_t put_node(struct network_builder *b, int64_t id, double lat, double lon)
{
    struct net_point at = {(int32_t)lround(lat * 1e7), (int32_t)lround(lon * 1e7)};
    network_add_node_point(b, &at);
    return network_add_node_id(b, &id);
}

static inline uint32_t put_road(struct network_builder *b, uint32_t from, uint32_t to, unsigned flags)
{
    uint32_t count;
    const struct net_point *at = network_rows_node_point(b, &count);
    struct net_link l = {.id = from * 1000 + to,
                         .from = from,
                         .to = to,
                         .length_m = (uint32_t)geo_distance_m(at[from], at[to]) + 1,
                         .flags = (uint16_t)flags,
                         .speed_km10 = 600,
                         .mode = MODE_ROAD,
                         .road_class = ROAD_PRIMARY};
    return network_add_link(b, &l);
}

enum { BOTH = LINK_FORWARD | LINK_BACKWARD };

static inline const struct network *freeze(struct network_builder *b, uint8_t **bytes)
{
    struct err e = {0};
    uint8_t *raw;
    size_t len;
    const struct network *n;
    CHECK_MSG(network_builder_freeze(b, &raw, &len, &e), "%s", e.text);
    *bytes = aligned_alloc(64, (len + 63) / 64 * 64);
    CHECK(*bytes != NULL);
    memcpy(*bytes, raw, len);
    free(raw);
    CHECK_MSG(network_open_bytes(*bytes, len, &n, &e), "%s", e.text);
    return n;
}

#endif
