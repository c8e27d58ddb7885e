/* scenario_snap.c - drawn lines and the roads near them: the nearest spot, crossings, splitting a road. In
 * the plane that touches the sphere at the line, exact to centimetres over the length of a drawn link. */
#include "whatif/scenario_draft.h"

#include "network/geo.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double rad = 3.14159265358979323846 / 180, earth_m = 6371008.8;
/* A spot so near to the end of a road is its end; crossings so near to the line's ends are its ends. */
static const double end_m = 1.0;

struct plane {
    struct net_point origin;
    double lat_m, lon_m; /* of 1e-7 degree */
};

struct xy {
    double x, y;
};

static struct plane plane_at(struct net_point p)
{
    double lat_m = earth_m * rad * 1e-7;
    return (struct plane){.origin = p, .lat_m = lat_m, .lon_m = lat_m * cos(p.lat_e7 * 1e-7 * rad)};
}

static struct xy flat(const struct plane *p, struct net_point at)
{
    return (struct xy){((double)at.lon_e7 - p->origin.lon_e7) * p->lon_m,
                       ((double)at.lat_e7 - p->origin.lat_e7) * p->lat_m};
}

static struct net_point between(struct net_point a, struct net_point b, double part)
{
    return (struct net_point){(int32_t)lround(a.lat_e7 + part * ((double)b.lat_e7 - a.lat_e7)),
                              (int32_t)lround(a.lon_e7 + part * ((double)b.lon_e7 - a.lon_e7))};
}

double draft_length_m(const struct net_point *point, uint32_t count)
{
    double sum = 0;
    for (uint32_t i = 1; i < count; i++)
        sum += geo_distance_m(point[i - 1], point[i]);
    return sum;
}

struct box {
    int32_t south, west, north, east;
};

static struct box box_of(const struct net_point *point, uint32_t count)
{
    struct box b = {INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN};
    for (uint32_t i = 0; i < count; i++) {
        b.south = point[i].lat_e7 < b.south ? point[i].lat_e7 : b.south;
        b.north = point[i].lat_e7 > b.north ? point[i].lat_e7 : b.north;
        b.west = point[i].lon_e7 < b.west ? point[i].lon_e7 : b.west;
        b.east = point[i].lon_e7 > b.east ? point[i].lon_e7 : b.east;
    }
    return b;
}

static struct box grown(struct box b, const struct plane *p, double by_m)
{
    int64_t lat = (int64_t)(by_m / p->lat_m) + 1, lon = (int64_t)(by_m / p->lon_m) + 1;
    return (struct box){
        (int32_t)fmax(b.south - (double)lat, INT32_MIN), (int32_t)fmax(b.west - (double)lon, INT32_MIN),
        (int32_t)fmin(b.north + (double)lat, INT32_MAX), (int32_t)fmin(b.east + (double)lon, INT32_MAX)};
}

static void widen(struct box *b, struct net_point p)
{
    b->south = p.lat_e7 < b->south ? p.lat_e7 : b->south;
    b->north = p.lat_e7 > b->north ? p.lat_e7 : b->north;
    b->west = p.lon_e7 < b->west ? p.lon_e7 : b->west;
    b->east = p.lon_e7 > b->east ? p.lon_e7 : b->east;
}

/* Without copying its line: this looks at every road of the network. */
static bool comes_near(const struct draft *d, uint32_t link, const struct box *b)
{
    const struct net_link *l = draft_link(d, link);
    struct net_point ends[] = {draft_point(d, l->from), draft_point(d, l->to)};
    struct box own = box_of(ends, 2);
    uint32_t base = d->net->shape_count;
    for (uint32_t i = l->shape_first; i < l->shape_first + l->shape_count; i++)
        widen(&own, i < base ? d->net->shape[i] : ((const struct net_point *)d->shape.at)[i - base]);
    return own.south <= b->north && own.north >= b->south && own.west <= b->east && own.east >= b->west;
}

static bool descends(const struct draft *d, uint32_t link, uint32_t from)
{
    while (link != from) {
        const struct draft_link *x = draft_added(d, link);
        if (x == NULL || x->parent == NET_NONE)
            return false;
        link = x->parent;
    }
    return true;
}

/* The nearest spot of one road, when it is nearer than *out. */
static void look_at(struct draft *d, const struct plane *p, uint32_t link, struct draft_spot *out)
{
    uint32_t count;
    const struct net_point *line = draft_line(d, link, &count);
    for (uint32_t i = 0; line != NULL && i + 1 < count; i++) {
        struct xy a = flat(p, line[i]), b = flat(p, line[i + 1]);
        double dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
        double part = square > 0 ? fmin(1, fmax(0, -(a.x * dx + a.y * dy) / square)) : 0;
        double away = hypot(a.x + part * dx, a.y + part * dy);
        if (away < out->away_m)
            *out = (struct draft_spot){.link = link,
                                       .segment = i,
                                       .along = part,
                                       .away_m = away,
                                       .at = between(line[i], line[i + 1], part)};
    }
}

bool draft_nearest_road(struct draft *d, struct net_point at, double max_m, uint32_t near,
                        struct draft_spot *out)
{
    struct plane p = plane_at(at);
    struct box b = grown(box_of(&at, 1), &p, max_m);
    *out = (struct draft_spot){.link = NET_NONE, .away_m = nextafter(max_m, INFINITY)};
    for (uint32_t i = 0; i < draft_link_count(d); i++)
        if (draft_is_open(d, i) && (near == NET_NONE || descends(d, i, near)) && comes_near(d, i, &b))
            look_at(d, &p, i, out);
    return out->link != NET_NONE && !d->full;
}

/* The inner points of a piece. */
static bool set_shape(struct draft *d, struct net_link *l, const struct net_point *point, uint32_t count)
{
    struct net_point *to = draft_add_shape(d, count, &l->shape_first);
    l->shape_count = count;
    if (to == NULL)
        return false;
    if (count > 0)
        memcpy(to, point, count * sizeof *to);
    return true;
}

static uint32_t add_piece(struct draft *d, const struct net_link *row, uint32_t parent)
{
    struct draft_link *x = draft_add(d, &d->link);
    if (x == NULL)
        return NET_NONE;
    x->row = *row;
    x->row.id = d->first_link_id - (int64_t)(d->link.count - 1);
    x->parent = parent;
    x->at_from = x->at_to = NET_NONE;
    return draft_link_count(d) - 1;
}

/* The node that a spot is, when it is an end of its road; NET_NONE. */
static uint32_t end_of(const struct draft *d, const struct draft_spot *s)
{
    const struct net_link *l = draft_link(d, s->link);
    if (geo_distance_m(s->at, draft_point(d, l->from)) <= end_m)
        return l->from;
    return geo_distance_m(s->at, draft_point(d, l->to)) <= end_m ? l->to : NET_NONE;
}

/* What a modification before this one set on the whole. */
static void keep_capacity(struct draft *d, uint32_t whole, uint32_t first, uint32_t second)
{
    const struct scenario_capacity *c = d->capacity.at;
    uint32_t pce_h = 0;
    for (uint32_t i = 0; i < d->capacity.count; i++)
        if (c[i].link == whole)
            pce_h = c[i].pce_h;
    for (int k = 0; pce_h > 0 && k < 2; k++) {
        struct scenario_capacity *more = draft_add(d, &d->capacity);
        if (more != NULL)
            *more = (struct scenario_capacity){k == 0 ? first : second, pce_h};
    }
}

/* A road of the base is closed and has two pieces; an added one becomes the first piece. */
uint32_t draft_split(struct draft *d, const struct draft_spot *s)
{
    uint32_t count, node = end_of(d, s), first = s->link;
    const struct net_point *line = node == NET_NONE ? draft_line(d, s->link, &count) : NULL;
    if (node != NET_NONE || line == NULL || (node = draft_add_node(d, s->at)) == NET_NONE)
        return node;
    struct net_link whole = *draft_link(d, s->link), head = whole, tail = whole;
    double all_m = draft_length_m(line, count),
           head_m = draft_length_m(line, s->segment + 1) + geo_distance_m(line[s->segment], s->at);
    double share = all_m > 0 ? head_m / all_m : 0.5;
    head.length_m = (uint32_t)lround(share * whole.length_m);
    tail.length_m = whole.length_m - head.length_m;
    head.to = tail.from = node;
    if (!set_shape(d, &head, line + 1, s->segment) ||
        !set_shape(d, &tail, line + s->segment + 1, count - 2 - s->segment))
        return NET_NONE;
    struct draft_link *added = draft_added(d, s->link);
    uint32_t at_from = added != NULL ? added->at_from : s->link,
             at_to = added != NULL ? added->at_to : s->link;
    if (added != NULL) {
        head.id = whole.id;
        added->row = head;
        added->at_to = NET_NONE;
    } else {
        struct net_link *row = draft_link_edit(d, s->link);
        if (row == NULL || (first = add_piece(d, &head, s->link)) == NET_NONE)
            return NET_NONE;
        row->status = STATUS_CLOSED;
        ((struct draft_edit *)d->edit.at)[d->edit_of[s->link] - 1].split = true;
        draft_added(d, first)->at_from = at_from;
    }
    uint32_t second = add_piece(d, &tail, s->link);
    if (second == NET_NONE)
        return NET_NONE;
    draft_added(d, second)->at_to = at_to;
    keep_capacity(d, s->link, first, second);
    return node;
}

/* Where two segments cross: parts of both. */
static bool cross(struct xy a, struct xy b, struct xy c, struct xy d, double *ab, double *cd)
{
    double rx = b.x - a.x, ry = b.y - a.y, sx = d.x - c.x, sy = d.y - c.y, wide = rx * sy - ry * sx;
    if (fabs(wide) < 1e-9)
        return false;
    *ab = ((c.x - a.x) * sy - (c.y - a.y) * sx) / wide;
    *cd = ((c.x - a.x) * ry - (c.y - a.y) * rx) / wide;
    return *ab >= 0 && *ab <= 1 && *cd >= 0 && *cd <= 1;
}

static int by_place(const void *pa, const void *pb)
{
    const struct draft_crossing *a = pa, *b = pb;
    if (a->at_m != b->at_m)
        return a->at_m < b->at_m ? -1 : 1;
    return a->link < b->link ? -1 : a->link > b->link;
}

static void cross_road(struct draft *d, const struct plane *p, const struct net_point *point, uint32_t count,
                       double all_m, uint32_t link, struct draft_rows *out)
{
    uint32_t points;
    const struct net_point *line = draft_line(d, link, &points);
    double before_m = 0;
    for (uint32_t i = 0; line != NULL && i + 1 < count; i++) {
        double here_m = geo_distance_m(point[i], point[i + 1]), ab, cd;
        for (uint32_t k = 0; k + 1 < points; k++) {
            if (!cross(flat(p, point[i]), flat(p, point[i + 1]), flat(p, line[k]), flat(p, line[k + 1]), &ab,
                       &cd))
                continue;
            double at_m = before_m + ab * here_m;
            const struct draft_crossing *last =
                out->count > 0 ? (struct draft_crossing *)out->at + out->count - 1 : NULL;
            bool again = last != NULL && last->link == link && fabs(last->at_m - at_m) <= end_m;
            struct draft_crossing *c;
            if (!again && at_m > end_m && at_m < all_m - end_m && (c = draft_add(d, out)) != NULL)
                *c = (struct draft_crossing){link, at_m, between(point[i], point[i + 1], ab)};
        }
        before_m += here_m;
    }
}

const struct draft_crossing *draft_crossings(struct draft *d, const struct net_point *point, uint32_t count,
                                             uint32_t *crossings)
{
    struct draft_rows out = {.size = sizeof(struct draft_crossing)};
    struct plane p = plane_at(point[0]);
    struct box b = box_of(point, count);
    double all_m = draft_length_m(point, count);
    for (uint32_t i = 0; i < draft_link_count(d); i++)
        if (draft_is_open(d, i) && comes_near(d, i, &b))
            cross_road(d, &p, point, count, all_m, i, &out);
    if (out.count > 0)
        qsort(out.at, out.count, sizeof(struct draft_crossing), by_place);
    *crossings = out.count;
    return d->full ? NULL : out.at;
}
