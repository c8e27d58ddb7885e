/* geo.h - distances on the sphere of mean radius 6,371,008.8 m. Pure. */
#ifndef ZH_NETWORK_GEO_H
#define ZH_NETWORK_GEO_H

#include "network/network.h"

/* The great-circle distance in metres (haversine). */
double geo_distance_m(struct net_point a, struct net_point b);

#endif
