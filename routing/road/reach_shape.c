/* reach_shape.c - the outline of a reach: reached roads on a raster, made wider by a cell. */
#include <math.h>
#include <stdlib.h>

#include "road/departure.h"
#include "road/reach_inside.h"

static const double earth_m = 6371008.8, circle = 3.14159265358979323846;
enum { MARGIN = 3 }; /* cells around what is drawn: one to widen, one to walk around, one for rounding */
struct spot {        /* in cells from the origin */
    double x, y;
};

static struct spot spot_of(const struct raster *r, struct net_point p)
{
    return (struct spot){((double)p.lon_e7 - r->origin.lon_e7) / r->lon_step,
                         ((double)p.lat_e7 - r->origin.lat_e7) / r->lat_step};
}

static void mark(struct raster *r, int64_t x, int64_t y)
{
    x -= r->x0;
    y -= r->y0;
    if (x >= MARGIN - 1 && y >= MARGIN - 1 && x < r->width - MARGIN + 1 && y < r->height - MARGIN + 1)
        r->cell[y * r->width + x] |= DRAWN;
}

static void enclose(struct raster *r, struct spot p)
{
    r->west = fmin(r->west, p.x);
    r->east = fmax(r->east, p.x);
    r->south = fmin(r->south, p.y);
    r->north = fmax(r->north, p.y);
}

/* The cells that the piece from a to `share` of the way to b enters, one after the other (Amanatides, Woo
 * 1987). They are a prefix of those of the whole, whatever the share: that keeps smaller limits inside. */
static void draw_line(struct raster *r, struct spot a, struct spot b, double share)
{
    if (r->cell == NULL) {
        enclose(r, a);
        enclose(r, (struct spot){a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share});
        return;
    }
    double dx = b.x - a.x, dy = b.y - a.y;
    int64_t x = (int64_t)floor(a.x), y = (int64_t)floor(a.y);
    double each_x = dx != 0 ? fabs(1 / dx) : INFINITY, each_y = dy != 0 ? fabs(1 / dy) : INFINITY;
    double next_x = dx > 0 ? ((double)x + 1 - a.x) * each_x : dx < 0 ? (a.x - (double)x) * each_x : INFINITY;
    double next_y = dy > 0 ? ((double)y + 1 - a.y) * each_y : dy < 0 ? (a.y - (double)y) * each_y : INFINITY;
    mark(r, x, y);
    while ((next_x < next_y ? next_x : next_y) <= share) {
        if (next_x < next_y) {
            x += dx > 0 ? 1 : -1;
            next_x += each_x;
        } else {
            y += dy > 0 ? 1 : -1;
            next_y += each_y;
        }
        mark(r, x, y);
    }
}

/* An arc's line from its reached end. */
struct line {
    const struct net_point *point;
    uint32_t count;
    struct net_point first, last;
    bool forwards; /* point[] is in the direction of going */
};

static struct spot line_spot(const struct raster *r, const struct line *l, uint32_t i)
{
    if (i == 0 || i > l->count)
        return spot_of(r, i == 0 ? l->first : l->last);
    return spot_of(r, l->point[l->forwards ? i - 1 : l->count - i]);
}

static void draw_whole(struct raster *r, const struct line *l)
{
    struct spot a = line_spot(r, l, 0), b;
    for (uint32_t i = 1; i < l->count + 2; i++, a = b) {
        b = line_spot(r, l, i);
        draw_line(r, a, b, 1);
    }
}

static double span(struct spot a, struct spot b)
{
    return sqrt((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y));
}

static void draw_part(struct raster *r, const struct line *l, double part)
{
    double whole = 0, before = 0;
    struct spot a = line_spot(r, l, 0), b;
    for (uint32_t i = 1; i < l->count + 2; i++, a = b) {
        b = line_spot(r, l, i);
        whole += span(a, b);
    }
    a = line_spot(r, l, 0);
    for (uint32_t i = 1; i < l->count + 2 && part * whole >= before; i++, a = b) {
        b = line_spot(r, l, i);
        double length = span(a, b);
        draw_line(r, a, b, length > 0 ? fmin(1, (part * whole - before) / length) : 1);
        before += length;
    }
}

/* As far as `left` of the weight goes. */
static void draw_by_weight(struct raster *r, const struct line *l, uint32_t left, uint32_t weight)
{
    if (left >= weight)
        draw_whole(r, l);
    else
        draw_part(r, l, (double)left / weight);
}

static void draw_arc(struct raster *r, const struct road_metric *m, uint32_t arc, uint32_t near, uint32_t far,
                     bool reverse, uint32_t left)
{
    const struct network *n = m->net;
    uint32_t w = road_arc_weight(m, arc);
    if (w >= ROAD_INF)
        return;
    const struct net_link *k = &n->link[net_arc_link(n, arc)];
    struct line l = {.point = n->shape + (k->shape_count > 0 ? k->shape_first : 0),
                     .count = k->shape_count,
                     .first = n->node_point[near],
                     .last = n->node_point[far],
                     .forwards = ((n->arc_link[arc] & 1) != 0) == reverse};
    draw_by_weight(r, &l, left, w);
}

/* A new link that the network does not know is straight, and not on the map when it ends at a new node. */
static void draw_added(struct raster *r, const struct road_metric *m, uint32_t arc, bool reverse,
                       uint32_t limit, const uint32_t *weight)
{
    const struct road_added *x = &m->added[arc - m->graph.arc_count];
    uint32_t near = reverse ? x->to : x->from, far = reverse ? x->from : x->to;
    uint32_t nodes = net_node_count(m->net);
    if (x->weight >= ROAD_INF || near >= nodes || far >= nodes || weight[near] > limit)
        return;
    if (arc < net_arc_count(m->net)) {
        draw_arc(r, m, arc, near, far, reverse, limit - weight[near]);
        return;
    }
    struct line l = {.first = m->net->node_point[near], .last = m->net->node_point[far]};
    draw_by_weight(r, &l, limit - weight[near], x->weight);
}

/* Every reached node and the reached part of every arc. weight: by node, ROAD_INF outside. */
static void draw(struct raster *r, const struct road_metric *m, const struct road_reach *reach,
                 uint32_t limit, const uint32_t *weight)
{
    const struct road_graph *g = &m->graph;
    for (uint32_t i = 0; i < reach->state_count; i++) {
        struct spot s = spot_of(r, m->net->node_point[reach->state[i]]);
        draw_line(r, s, s, 0);
    }
    for (uint32_t i = 0; !reach->reverse && i < reach->state_count; i++) {
        uint32_t v = reach->state[i];
        for (uint32_t arc = v < g->node_count ? g->first_out[v] : g->arc_count;
             v < g->node_count && arc < g->first_out[v + 1]; arc++)
            draw_arc(r, m, arc, v, g->head[arc], false, limit - reach->state_weight[i]);
    }
    for (uint32_t v = 0; reach->reverse && v < g->node_count; v++)
        for (uint32_t arc = g->first_out[v]; arc < g->first_out[v + 1]; arc++)
            if (weight[g->head[arc]] <= limit)
                draw_arc(r, m, arc, g->head[arc], v, true, limit - weight[g->head[arc]]);
    for (uint32_t i = 0; i < m->added_count; i++)
        draw_added(r, m, g->arc_count + i, reach->reverse, limit, weight);
}

/* Cells so large that the raster fits, and its place. */
static bool lay(struct raster *r, const struct road_metric *m, const struct road_reach *reach, uint32_t limit,
                const uint32_t *weight, uint32_t *cell_m, struct err *e)
{
    r->origin = m->net->node_point[reach->from];
    double per_degree = earth_m * circle / 180, flat = cos(r->origin.lat_e7 * 1e-7 * circle / 180);
    r->west = r->south = INFINITY;
    r->east = r->north = -INFINITY;
    r->lat_step = *cell_m / per_degree * 1e7;
    r->lon_step = r->lat_step / fmax(flat, 0.001);
    draw(r, m, reach, limit, weight);
    for (double k = 1;; k *= 2, *cell_m *= 2) {
        r->x0 = (int64_t)floor(r->west / k) - MARGIN;
        r->y0 = (int64_t)floor(r->south / k) - MARGIN;
        r->width = (int64_t)floor(r->east / k) + MARGIN + 1 - r->x0;
        r->height = (int64_t)floor(r->north / k) + MARGIN + 1 - r->y0;
        if (r->width * r->height > REACH_CELLS_MAX)
            continue;
        r->lat_step *= k;
        r->lon_step *= k;
        break;
    }
    double lat = fmax(r->origin.lat_e7 + (double)(r->y0 + r->height) * r->lat_step,
                      -(r->origin.lat_e7 + (double)r->y0 * r->lat_step));
    double lon = fmax(r->origin.lon_e7 + (double)(r->x0 + r->width) * r->lon_step,
                      -(r->origin.lon_e7 + (double)r->x0 * r->lon_step));
    if (lat > 90e7 || lon > 180e7)
        return fail(e, ERR_OUT_OF_RANGE,
                    "the outline would cross the 180th meridian or a pole; ask for smaller cells or limits");
    r->cell = calloc((size_t)(r->width * r->height), 1);
    return r->cell != NULL ||
           fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a raster of %lld x %lld cells",
                (long long)r->width, (long long)r->height);
}

static void widen(struct raster *r)
{
    int64_t w = r->width, last = r->width * (r->height - 1) - 1;
    uint8_t *c = r->cell;
    for (int64_t i = w + 1; i < last; i++)
        c[i] = (uint8_t)(c[i] | ((c[i - 1] | c[i] | c[i + 1]) & DRAWN) << 1);
    for (int64_t i = w + 1; i < last; i++)
        c[i] = (uint8_t)(c[i] | ((c[i - w] | c[i] | c[i + w]) & WIDE) << 1);
}

/* The cells of a reach's shape; the caller frees raster->cell. */
static bool rasterize(const struct road_metric *m, const struct road_reach *r, uint32_t limit,
                      uint32_t *cell_m, struct raster *raster, struct err *e)
{
    *raster = (struct raster){0};
    if (*cell_m == 0 || *cell_m > REACH_CELL_M_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cell_m", "cells have sides of 1 to %d m, not %u",
                          REACH_CELL_M_MAX, *cell_m);
    limit = limit < ROAD_INF ? limit : ROAD_INF - 1;
    size_t nodes = net_node_count(m->net);
    uint32_t *weight = malloc((nodes + 1) * sizeof *weight);
    if (weight == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the outline of a reach");
    for (size_t v = 0; v < nodes; v++)
        weight[v] = ROAD_INF;
    for (uint32_t i = 0; i < r->state_count; i++)
        weight[r->state[i]] = r->state_weight[i];
    bool ok = lay(raster, m, r, limit, weight, cell_m, e);
    if (ok) {
        draw(raster, m, r, limit, weight);
        widen(raster);
    }
    free(weight);
    return ok;
}

bool road_reach_shape(const struct network *n, const struct road_metric *m, const struct road_reach *r,
                      uint32_t limit, uint32_t cell_m, struct arena *a, struct reach_shape *out,
                      struct err *e)
{
    struct raster raster;
    (void)n;
    *out = (struct reach_shape){.cell_m = cell_m};
    bool ok = rasterize(m, r, limit, &out->cell_m, &raster, e) && reach_trace(&raster, a, out, e);
    free(raster.cell);
    return ok;
}

/* What a has and b has not, in a's own cells; both count them from one origin. */
static bool minus(const struct raster *a, const struct raster *b, struct arena *arena,
                  struct reach_shape *out, struct err *e)
{
    struct raster r = *a;
    size_t cells = (size_t)(a->width * a->height);
    r.cell = calloc(cells, 1);
    if (r.cell == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the difference of two reaches");
    for (size_t i = 0; i < cells; i++) {
        int64_t x = a->x0 + (int64_t)i % a->width - b->x0, y = a->y0 + (int64_t)i / a->width - b->y0;
        bool there =
            x >= 0 && y >= 0 && x < b->width && y < b->height && (b->cell[y * b->width + x] & FILLED) != 0;
        r.cell[i] = !there ? a->cell[i] & FILLED : 0;
    }
    bool ok = reach_trace(&r, arena, out, e);
    free(r.cell);
    return ok;
}

bool road_reach_difference(const struct road_metric *ma, const struct road_reach *a,
                           const struct road_metric *mb, const struct road_reach *b, uint32_t limit,
                           uint32_t cell_m, struct arena *arena, struct reach_shape *gained,
                           struct reach_shape *lost, struct err *e)
{
    struct raster x, y = {0};
    uint32_t cell_a = cell_m, cell_b = cell_m;
    bool ok = rasterize(ma, a, limit, &cell_a, &x, e) && rasterize(mb, b, limit, &cell_b, &y, e);
    while (ok && cell_a != cell_b) { /* the finer one again, as coarse as the other */
        free(cell_a < cell_b ? x.cell : y.cell);
        if (cell_a < cell_b) {
            cell_a = cell_b;
            ok = rasterize(ma, a, limit, &cell_a, &x, e);
        } else {
            cell_b = cell_a;
            ok = rasterize(mb, b, limit, &cell_b, &y, e);
        }
    }
    *gained = (struct reach_shape){.cell_m = cell_b};
    *lost = (struct reach_shape){.cell_m = cell_a};
    ok = ok && minus(&y, &x, arena, gained, e) && minus(&x, &y, arena, lost, e);
    free(x.cell);
    free(y.cell);
    return ok;
}
