/* bundled.h - the tables of data/ as a network, for tests. */
#ifndef ZH_TESTS_BUNDLED_H
#define ZH_TESTS_BUNDLED_H

#include "network/network.h"

/* The caller releases it (network_release), then frees *bytes. */
const struct network *bundled_network(uint8_t **bytes);
/* A shallow copy whose links can be changed: nothing but status, speed, lanes and toll of links may differ.
 * Freed with bundled_free. */
struct network *bundled_copy(const struct network *n);
void bundled_free(struct network *copy);
struct net_link *bundled_link(const struct network *copy, int64_t id);

#endif
