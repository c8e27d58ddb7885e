#include "network/geo.h"

#include <math.h>

static const double earth_m = 6371008.8;

double geo_distance_m(struct net_point a, struct net_point b)
{
    const double rad = 3.14159265358979323846 / 180e7;
    double la = a.lat_e7 * rad, lb = b.lat_e7 * rad, dlon = ((double)b.lon_e7 - a.lon_e7) * rad;
    double h = pow(sin((lb - la) / 2), 2) + cos(la) * cos(lb) * pow(sin(dlon / 2), 2);
    return 2 * earth_m * asin(fmin(1, sqrt(h)));
}

struct geo_vector geo_vector_of(struct net_point p)
{
    const double rad = 3.14159265358979323846 / 180e7;
    double lat = p.lat_e7 * rad, lon = p.lon_e7 * rad;
    return (struct geo_vector){cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)};
}

double geo_product_of(double distance_m)
{
    return cos(distance_m / earth_m);
}
