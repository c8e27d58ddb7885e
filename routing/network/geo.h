/* geo.h - distances on the sphere of mean radius 6,371,008.8 m. Pure. */
#ifndef ZH_NETWORK_GEO_H
#define ZH_NETWORK_GEO_H

#include "network/network.h"

#include <math.h>

/* The great-circle distance in metres (haversine). */
double geo_distance_m(struct net_point a, struct net_point b);

/* A point as a vector of length 1 from the centre of the earth. The product of two is the cosine of the angle
 * between them: of several points the one with the largest product is the nearest, without a root or an arc.
 */
struct geo_vector {
    double x, y, z;
};
struct geo_vector geo_vector_of(struct net_point p);
static inline double geo_product(struct geo_vector a, struct geo_vector b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
/* The straight line between two points of such a product, in radii of the earth; never too long. */
static inline double geo_chord_of(double product)
{
    double square = 2 - 2 * product - 1e-15;
    return square > 0 ? sqrt(square) : 0;
}
/* The product of two points that are so far apart. */
double geo_product_of(double distance_m);

#endif
