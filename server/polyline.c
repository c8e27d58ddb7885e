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

static bool next_number(const char **s, int64_t *at)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 60; shift += 5) {
        int b = (unsigned char)**s - 63;
        if (b < 0 || b > 63)
            return false;
        ++*s;
        v |= (uint64_t)(b & 31) << shift;
        if (b < 32) {
            *at += v & 1 ? -(int64_t)(v >> 1) - 1 : (int64_t)(v >> 1);
            return true;
        }
    }
    return false;
}

bool polyline_next(const char **text, struct polyline_at *at)
{
    return **text != '\0' && next_number(text, &at->lat_e5) && next_number(text, &at->lon_e5);
}
