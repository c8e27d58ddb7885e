#include "network/generalize.h"

#include <math.h>
#include <string.h>

enum { RANKS = 10, LENGTHS = 32, BUCKETS = RANKS * LENGTHS };

static const double PI = 3.14159265358979323846, PIXEL_M = 78271.516964, M_PER_E7 = 6371008.8 * PI / 180e7;

struct net_box generalize_extent(const struct network *n)
{
    uint32_t count = net_plain_count(n);
    if (count == 0)
        return (struct net_box){0};
    struct net_point p = n->node_point[0];
    struct net_box b = {p.lat_e7, p.lon_e7, p.lat_e7, p.lon_e7};
    for (uint32_t i = 1; i < count; i++) {
        p = n->node_point[i];
        b.south_e7 = p.lat_e7 < b.south_e7 ? p.lat_e7 : b.south_e7;
        b.north_e7 = p.lat_e7 > b.north_e7 ? p.lat_e7 : b.north_e7;
        b.west_e7 = p.lon_e7 < b.west_e7 ? p.lon_e7 : b.west_e7;
        b.east_e7 = p.lon_e7 > b.east_e7 ? p.lon_e7 : b.east_e7;
    }
    return b;
}

bool generalize_inside(const struct net_box *b, struct net_point p)
{
    return p.lat_e7 >= b->south_e7 && p.lat_e7 <= b->north_e7 && p.lon_e7 >= b->west_e7 &&
           p.lon_e7 <= b->east_e7;
}

/* --- selection --- */

struct rank {
    uint8_t rank, from_zoom; /* 0 the most important */
};

static struct rank rank_of(const struct net_link *l)
{
    static const struct rank roads[ROAD_CLASS_COUNT] = {
        [ROAD_MOTORWAY] = {1, 0},  [ROAD_TRUNK] = {3, 5},        [ROAD_PRIMARY] = {4, 6},
        [ROAD_SECONDARY] = {5, 8}, [ROAD_TERTIARY] = {6, 10},    [ROAD_UNCLASSIFIED] = {7, 12},
        [ROAD_OTHER] = {7, 0},     [ROAD_RESIDENTIAL] = {8, 13}, [ROAD_SERVICE] = {9, 14},
        [ROAD_FERRY] = {4, 7}};
    if (l->project != 0)
        return (struct rank){0, 0};
    if (l->mode != MODE_ROAD)
        return (struct rank){2, 0};
    return roads[l->road_class < ROAD_CLASS_COUNT ? l->road_class : ROAD_OTHER];
}

/* The least important bucket is the last. */
static uint32_t bucket_of(const struct net_link *l)
{
    uint32_t bits = 0; /* of the length */
    for (uint32_t m = l->length_m; m > 1; m >>= 1)
        bits++;
    return rank_of(l).rank * (uint32_t)LENGTHS + (LENGTHS - 1 - bits);
}

/* A link that passes a corner of the box without a point inside is seen by the box around each of its
 * segments: one too many is drawn rather than one too few. */
static bool segment_meets(struct net_point a, struct net_point b, const struct net_box *x)
{
    return !((a.lat_e7 < x->south_e7 && b.lat_e7 < x->south_e7) ||
             (a.lat_e7 > x->north_e7 && b.lat_e7 > x->north_e7) ||
             (a.lon_e7 < x->west_e7 && b.lon_e7 < x->west_e7) ||
             (a.lon_e7 > x->east_e7 && b.lon_e7 > x->east_e7));
}

static bool link_meets(const struct network *n, const struct net_link *l, const struct net_box *x)
{
    struct net_point at = n->node_point[l->from];
    for (uint32_t i = 0; i < l->shape_count; i++) {
        struct net_point next = n->shape[l->shape_first + i];
        if (segment_meets(at, next, x))
            return true;
        at = next;
    }
    return segment_meets(at, n->node_point[l->to], x);
}

/* Keeps max of the links: whole buckets, and of the last one those that come first. */
static void cut(const struct network *n, struct generalize_links *out, const uint32_t *in_bucket,
                uint32_t max)
{
    uint32_t last = 0, room = max, kept = 0;
    while (last < BUCKETS - 1 && in_bucket[last] <= room)
        room -= in_bucket[last++];
    for (uint32_t i = 0; i < out->count; i++) {
        uint32_t b = bucket_of(&n->link[out->link[i]]);
        if (b > last || (b == last && room == 0))
            continue;
        room -= b == last;
        out->link[kept++] = out->link[i];
    }
    out->left_out += out->count - kept;
    out->count = kept;
}

bool generalize_select(const struct network *n, const struct net_box *box, unsigned zoom, uint32_t max,
                       struct arena *a, struct generalize_links *out, struct err *e)
{
    uint32_t in_bucket[BUCKETS] = {0};
    *out = (struct generalize_links){.link = arena_alloc(a, ((size_t)n->link_count + 1) * sizeof *out->link)};
    if (out->link == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the links of a map");
    for (uint32_t i = 0; i < n->link_count; i++) {
        const struct net_link *l = &n->link[i];
        if (box != NULL && !link_meets(n, l, box))
            continue;
        if (rank_of(l).from_zoom > zoom) {
            out->left_out++;
            continue;
        }
        in_bucket[bucket_of(l)]++;
        out->link[out->count++] = i;
    }
    if (out->count > max)
        cut(n, out, in_bucket, max);
    return true;
}

/* --- simplification --- */

static bool same_point(struct net_point a, struct net_point b)
{
    return a.lat_e7 == b.lat_e7 && a.lon_e7 == b.lon_e7;
}

uint32_t generalize_course(const struct network *n, const struct net_link *l, struct net_point *points)
{
    uint32_t count = 0;
    points[count++] = n->node_point[l->from];
    for (uint32_t i = 0; i < l->shape_count; i++)
        if (!same_point(points[count - 1], n->shape[l->shape_first + i]))
            points[count++] = n->shape[l->shape_first + i];
    if (count == 1 || !same_point(points[count - 1], n->node_point[l->to]))
        points[count++] = n->node_point[l->to];
    return count;
}

struct span {
    uint32_t first, last;
};

/* The square of the distance of p from the segment a-b, in units of 1e-7 degree of latitude. */
static double off_line(struct net_point p, struct net_point a, struct net_point b, double squeeze)
{
    double bx = ((double)b.lon_e7 - a.lon_e7) * squeeze, by = (double)b.lat_e7 - a.lat_e7;
    double px = ((double)p.lon_e7 - a.lon_e7) * squeeze, py = (double)p.lat_e7 - a.lat_e7;
    double length = bx * bx + by * by, t = length > 0 ? (px * bx + py * by) / length : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    px -= t * bx;
    py -= t * by;
    return px * px + py * py;
}

static uint32_t furthest(const struct net_point *p, struct span s, double squeeze, double *off)
{
    uint32_t at = s.first;
    *off = 0;
    for (uint32_t i = s.first + 1; i < s.last; i++) {
        double d = off_line(p[i], p[s.first], p[s.last], squeeze);
        if (d > *off) {
            *off = d;
            at = i;
        }
    }
    return at;
}

bool generalize_line(struct net_point *points, uint32_t *count, unsigned zoom, struct arena *a)
{
    uint32_t n = *count, depth = 0, kept = 0;
    if (n < 3)
        return true;
    struct span *todo = arena_alloc(a, (size_t)n * sizeof *todo);
    bool *keep = arena_calloc(a, n, sizeof *keep);
    if (todo == NULL || keep == NULL)
        return false;
    double squeeze = cos(points[0].lat_e7 * 1e-7 * PI / 180);
    double half = PIXEL_M * squeeze / ldexp(1, (int)zoom) / 2 / M_PER_E7, off;
    keep[0] = keep[n - 1] = true;
    todo[depth++] = (struct span){0, n - 1};
    while (depth > 0) { /* spans on the stack share no inner point: never more than n */
        struct span s = todo[--depth];
        uint32_t at = furthest(points, s, squeeze, &off);
        if (off <= half * half)
            continue;
        keep[at] = true;
        todo[depth++] = (struct span){s.first, at};
        todo[depth++] = (struct span){at, s.last};
    }
    for (uint32_t i = 0; i < n; i++)
        if (keep[i])
            points[kept++] = points[i];
    *count = kept;
    return true;
}
