/* reach_trace.c - the cracks between the cells of a raster and the others, followed around. */
#include <math.h>
#include <stdlib.h>

#include "road/reach_inside.h"

/* Growing lists: corners of the walk, points and rings that are done. */
struct list {
    void *item;
    size_t size, count, room;
};

static void *grow(struct list *l)
{
    if (l->count == l->room) {
        size_t room = l->room * 2 + 64;
        void *more = room < UINT32_MAX ? realloc(l->item, room * l->size) : NULL;
        if (more == NULL)
            return NULL;
        l->item = more;
        l->room = room;
    }
    return (char *)l->item + l->size * l->count++;
}

struct corner {
    int32_t x, y; /* in cells from the raster's lower left corner */
};

struct tracer {
    struct raster *r;
    struct list walk, done, ring; /* corner, corner, reach_ring */
};

static bool filled(const struct raster *r, int64_t x, int64_t y)
{
    return (r->cell[y * r->width + x] & FILLED) != 0;
}

/* The walk's corners from `at` on are a ring: it is put to the others; the first of them stays in the walk.
 */
static bool close_ring(struct tracer *t, size_t at)
{
    struct corner *c = t->walk.item;
    size_t count = t->walk.count - at;
    struct reach_ring *ring = grow(&t->ring);
    int64_t twice = 0;
    if (ring == NULL)
        return false;
    *ring = (struct reach_ring){.first = (uint32_t)t->done.count, .count = (uint32_t)count + 1};
    for (size_t i = 0; i <= count; i++) {
        struct corner a = c[at + i % count], b = c[at + (i + 1) % count], *p = grow(&t->done);
        if (p == NULL)
            return false;
        *p = a;
        twice += i < count ? (int64_t)a.x * b.y - (int64_t)b.x * a.y : 0;
        t->r->cell[a.y * t->r->width + a.x] &= (uint8_t)~PASSED;
    }
    ring->hole = twice < 0;
    t->walk.count = at + 1;
    return true;
}

/* Where two cells touch by a corner only, a walk comes by twice: between lies a ring of its own. */
static bool pass_corner(struct tracer *t, int64_t x, int64_t y, bool touching)
{
    uint8_t *cell = &t->r->cell[y * t->r->width + x];
    struct corner *c = t->walk.item;
    if (touching && (*cell & PASSED)) {
        size_t at = t->walk.count - 1;
        while (c[at].x != x || c[at].y != y)
            at--;
        return close_ring(t, at);
    }
    if (touching)
        *cell |= PASSED;
    struct corner *p = grow(&t->walk);
    if (p != NULL)
        *p = (struct corner){(int32_t)x, (int32_t)y};
    return p != NULL;
}

/* Around, what is filled on the left, from the lower left corner of a cell with nothing below; at each corner
 * left before straight before right, so that cells that touch by a corner are apart. */
static bool follow(struct tracer *t, int64_t x0, int64_t y0)
{
    static const int8_t step_x[] = {1, 0, -1, 0}, step_y[] = {0, 1, 0, -1};   /* east, north, west, south */
    static const int8_t left_x[] = {0, -1, -1, 0}, left_y[] = {0, 0, -1, -1}; /* the cell left ahead */
    const struct raster *r = t->r;
    int64_t x = x0, y = y0;
    unsigned to = 0;
    t->walk.count = 0;
    if (!pass_corner(t, x, y, !filled(r, x - 1, y) && filled(r, x - 1, y - 1)))
        return false;
    do {
        if (to == 0)
            r->cell[y * r->width + x] |= FOLLOWED;
        x += step_x[to];
        y += step_y[to];
        unsigned right = (to + 3) % 4;
        bool left_ahead = filled(r, x + left_x[to], y + left_y[to]);
        bool right_ahead = filled(r, x + left_x[right], y + left_y[right]);
        unsigned was = to;
        to = !left_ahead ? (to + 1) % 4 : right_ahead ? right : to;
        if (x == x0 && y == y0 && to == 0)
            break;
        if (to != was && !pass_corner(t, x, y, !left_ahead && right_ahead))
            return false;
    } while (true);
    return close_ring(t, 0);
}

static bool trace(struct tracer *t)
{
    const struct raster *r = t->r;
    for (int64_t y = 1; y < r->height - 1; y++)
        for (int64_t x = 1; x < r->width - 1; x++)
            if ((r->cell[y * r->width + x] & (FILLED | FOLLOWED)) == FILLED && !filled(r, x, y - 1) &&
                !follow(t, x, y))
                return false;
    return true;
}

/* A run of cells with nothing below, and the ring that passes there. */
struct leg {
    int32_t y, x0, x1;
    uint32_t ring;
};

struct hole { /* the filled cell below its lowest edge */
    int32_t x, y;
    uint32_t ring;
};

static int leg_order(const void *a, const void *b)
{
    const struct leg *p = a, *q = b;
    return p->y != q->y ? (p->y > q->y) - (p->y < q->y) : (p->x0 > q->x0) - (p->x0 < q->x0);
}

static int hole_order(const void *a, const void *b)
{
    const struct hole *p = a, *q = b;
    return p->y != q->y ? (p->y > q->y) - (p->y < q->y) : (p->ring > q->ring) - (p->ring < q->ring);
}

static bool list_edges(const struct tracer *t, struct list *legs, struct list *holes)
{
    const struct corner *c = t->done.item;
    const struct reach_ring *ring = t->ring.item;
    for (uint32_t k = 0; k < t->ring.count; k++) {
        struct hole low = {.y = INT32_MAX, .ring = k};
        for (uint32_t i = ring[k].first; i + 1 < ring[k].first + ring[k].count; i++) {
            if (c[i + 1].x > c[i].x) {
                struct leg *l = grow(legs);
                if (l == NULL)
                    return false;
                *l = (struct leg){.y = c[i].y, .x0 = c[i].x, .x1 = c[i + 1].x, .ring = k};
            } else if (c[i + 1].x < c[i].x && c[i].y - 1 < low.y) {
                low.y = c[i].y - 1;
                low.x = c[i + 1].x;
            }
        }
        struct hole *h = ring[k].hole ? grow(holes) : NULL;
        if (ring[k].hole && h == NULL)
            return false;
        if (h != NULL)
            *h = low;
    }
    return true;
}

static uint32_t ring_below(const struct leg *leg, size_t count, int64_t x, int64_t y)
{
    size_t from = 0, to = count;
    while (to - from > 1) {
        size_t half = from + (to - from) / 2;
        if (leg[half].y < y || (leg[half].y == y && leg[half].x0 <= x))
            from = half;
        else
            to = half;
    }
    return leg[from].ring;
}

/* owner[ring]: the outer ring around it. Down from a hole comes the outer ring or a hole that lies lower,
 * whose owner is known. */
static bool find_owners(const struct tracer *t, uint32_t *owner)
{
    struct list legs = {.size = sizeof(struct leg)}, holes = {.size = sizeof(struct hole)};
    bool ok = list_edges(t, &legs, &holes);
    for (uint32_t k = 0; k < t->ring.count; k++)
        owner[k] = k;
    if (ok && holes.count > 0) {
        qsort(legs.item, legs.count, legs.size, leg_order);
        qsort(holes.item, holes.count, holes.size, hole_order);
    }
    for (size_t i = 0; ok && i < holes.count; i++) {
        const struct hole *h = (const struct hole *)holes.item + i;
        int64_t y = h->y;
        while (filled(t->r, h->x, y - 1))
            y--;
        owner[h->ring] = owner[ring_below(legs.item, legs.count, h->x, y)];
    }
    free(legs.item);
    free(holes.item);
    return ok;
}

/* Each outer ring, then its holes. place: room for a number for each ring and one more. */
static void order_rings(const struct tracer *t, const uint32_t *owner, uint32_t *place,
                        struct reach_ring *out)
{
    const struct reach_ring *ring = t->ring.item;
    uint32_t count = (uint32_t)t->ring.count, at = 0;
    for (uint32_t k = 0; k < count; k++)
        place[owner[k]]++;
    for (uint32_t k = 0; k < count; k++) {
        uint32_t size = place[k];
        place[k] = at + 1;
        if (size > 0)
            out[at] = ring[k];
        at += size;
    }
    for (uint32_t k = 0; k < count; k++)
        if (ring[k].hole)
            out[place[owner[k]]++] = ring[k];
}

static bool hand_over(const struct tracer *t, struct arena *a, struct reach_shape *out)
{
    const struct raster *r = t->r;
    const struct corner *c = t->done.item;
    struct reach_ring *ring = arena_calloc(a, t->ring.count + 1, sizeof *ring);
    struct net_point *point = arena_calloc(a, t->done.count + 1, sizeof *point);
    uint32_t *owner = calloc(2 * t->ring.count + 2, sizeof *owner);
    bool ok = ring != NULL && point != NULL && owner != NULL && find_owners(t, owner);
    if (ok)
        order_rings(t, owner, owner + t->ring.count + 1, ring);
    free(owner);
    for (size_t i = 0; ok && i < t->done.count; i++)
        point[i] =
            (struct net_point){(int32_t)lround(r->origin.lat_e7 + (double)(r->y0 + c[i].y) * r->lat_step),
                               (int32_t)lround(r->origin.lon_e7 + (double)(r->x0 + c[i].x) * r->lon_step)};
    out->ring = ring;
    out->ring_count = (uint32_t)t->ring.count;
    out->point = point;
    out->point_count = (uint32_t)t->done.count;
    return ok;
}

bool reach_trace(struct raster *r, struct arena *a, struct reach_shape *out, struct err *e)
{
    struct tracer t = {.r = r,
                       .walk.size = sizeof(struct corner),
                       .done.size = sizeof(struct corner),
                       .ring.size = sizeof(struct reach_ring)};
    bool ok = trace(&t) && hand_over(&t, a, out);
    free(t.walk.item);
    free(t.done.item);
    free(t.ring.item);
    return ok ||
           fail(e, ERR_RESOURCE_EXHAUSTED,
                "an outline on cells of %u m does not fit the memory; ask for larger cells", out->cell_m);
}
