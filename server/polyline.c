#include "polyline.h"

enum { BYTES_PER_NUMBER = 7 };

static char *put_number(char *at, int32_t v)
{
    uint32_t u = v < 0 ? ~((uint32_t)v << 1) : (uint32_t)v << 1;
    while (u >= 0x20) {
        *at++ = (char)((0x20 | (u & 0x1f)) + 63);
        u >>= 5;
    }
    *at++ = (char)(u + 63);
    return at;
}

static int32_t to_e5(int32_t e7)
{
    return (e7 + (e7 < 0 ? -50 : 50)) / 100;
}

char *polyline_encode(struct arena *a, const struct net_point *points, size_t count)
{
    char *text = arena_calloc(a, count + 1, 2 * (size_t)BYTES_PER_NUMBER);
    if (text == NULL)
        return NULL;
    char *at = text;
    int32_t lat = 0, lon = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t next_lat = to_e5(points[i].lat_e7), next_lon = to_e5(points[i].lon_e7);
        at = put_number(at, next_lat - lat);
        at = put_number(at, next_lon - lon);
        lat = next_lat;
        lon = next_lon;
    }
    *at = '\0';
    return text;
}
