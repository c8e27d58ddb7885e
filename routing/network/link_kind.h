/* link_kind.h - what is known of a road's limits: the kinds that tell roads apart by which data they lack. */
#ifndef ZH_NETWORK_LINK_KIND_H
#define ZH_NETWORK_LINK_KIND_H

#include "network/network.h"

enum net_limit_kind { LIMIT_HEIGHT, LIMIT_WIDTH, LIMIT_LENGTH, LIMIT_GROSS, LIMIT_AXLE, LIMIT_COUNT };

/* A kind is a set: 1 << limit for each limit without data, LINK_MAIN_ROAD on motorways and trunk roads. */
enum { LINK_MAIN_ROAD = 1 << LIMIT_COUNT, LINK_KIND_COUNT = 2 << LIMIT_COUNT };

uint8_t net_link_kind(const struct network *n, uint32_t link);

#endif
