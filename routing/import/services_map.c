#include "import/services_map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double earth_m = 6371008.8, rad_e7 = 3.14159265358979323846 / 180e7;

static struct services_spot spot_at(struct net_point at, uint32_t node)
{
    double lat = at.lat_e7 * rad_e7, lon = at.lon_e7 * rad_e7;
    return (struct services_spot){at.lat_e7, node, cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)};
}

static int by_latitude(const void *pa, const void *pb)
{
    const struct services_spot *a = pa, *b = pb;
    if (a->lat_e7 != b->lat_e7)
        return a->lat_e7 < b->lat_e7 ? -1 : 1;
    return a->node < b->node ? -1 : a->node > b->node;
}

bool services_map_new(struct network_builder *b, struct services_map *m, struct err *e)
{
    uint32_t size, count;
    *m = (struct services_map){0};
    if (!services_main_part(b, &m->main_part, &m->plain, &size, e))
        return false;
    if (size == 0)
        return fail(e, ERR_FAILED_PRECONDITION,
                    "the map has no two nodes between which lorries drive there "
                    "and back: terminals cannot be put upon it");
    m->spot = malloc((size_t)size * sizeof *m->spot);
    if (m->spot == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the places of %u nodes", size);
    const struct net_point *at = network_rows_node_point(b, &count);
    for (uint32_t v = 0; v < m->plain; v++)
        if (m->main_part[v])
            m->spot[m->spots++] = spot_at(at[v], v);
    qsort(m->spot, m->spots, sizeof *m->spot, by_latitude);
    return true;
}

void services_map_free(struct services_map *m)
{
    free(m->spot);
    free(m->main_part);
    *m = (struct services_map){0};
}

/* The search goes north and south from the latitude until that alone is farther than the best. */
struct scan {
    struct services_spot from;
    double chord2;       /* square of the best chord of the unit sphere */
    int64_t lat_span_e7; /* latitudes farther away than that cannot be better */
    uint32_t best;
};

static int64_t span_of(double chord2)
{
    return (int64_t)(2 * asin(fmin(1, sqrt(chord2) / 2)) / rad_e7) + 1;
}

static void look_at(struct scan *s, const struct services_spot *p)
{
    double dx = p->x - s->from.x, dy = p->y - s->from.y, dz = p->z - s->from.z;
    double chord2 = dx * dx + dy * dy + dz * dz;
    if (chord2 > s->chord2 || (chord2 == s->chord2 && p->node > s->best))
        return;
    s->chord2 = chord2;
    s->best = p->node;
    s->lat_span_e7 = span_of(chord2);
}

uint32_t services_map_nearest(const struct services_map *m, struct net_point at, double within_m,
                              double *metres)
{
    double angle = within_m / earth_m, chord2 = angle < 3 ? pow(2 * sin(angle / 2), 2) : 5;
    struct scan s = {
        .from = spot_at(at, 0), .chord2 = chord2, .lat_span_e7 = span_of(chord2), .best = NET_NONE};
    uint32_t low = 0, high = m->spots;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (m->spot[middle].lat_e7 < at.lat_e7)
            low = middle + 1;
        else
            high = middle;
    }
    for (bool north = true, south = true; north || south;) {
        north = north && high < m->spots && (int64_t)m->spot[high].lat_e7 - at.lat_e7 <= s.lat_span_e7;
        if (north)
            look_at(&s, &m->spot[high++]);
        south = south && low > 0 && (int64_t)at.lat_e7 - m->spot[low - 1].lat_e7 <= s.lat_span_e7;
        if (south)
            look_at(&s, &m->spot[--low]);
    }
    *metres = 2 * earth_m * asin(fmin(1, sqrt(s.chord2) / 2));
    return s.best;
}

/* Opens a gap of `count` rows at `at` in a section of `have` rows that has room for them at its end. */
static void open_gap(void *rows, size_t size, uint32_t at, uint32_t have, uint32_t count)
{
    char *p = rows;
    memmove(p + (size_t)(at + count) * size, p + (size_t)at * size, (size_t)(have - at) * size);
}

/* Indices of nodes from `plain` on move up. */
static void shift(uint32_t *node, uint32_t rows, uint32_t plain, uint32_t count)
{
    for (uint32_t i = 0; i < rows; i++)
        node[i] += node[i] >= plain ? count : 0;
}

static bool insert_arcs(struct network_builder *b, uint32_t plain, uint32_t count)
{
    uint32_t have, arcs, zero = 0;
    network_rows_arc_first(b, &have);
    if (have == 0)
        return true; /* made when the network is frozen */
    for (uint32_t i = 0; i < count; i++)
        if (network_add_arc_first(b, &zero) == NET_NONE)
            return false;
    uint32_t rows, *first = network_rows_arc_first(b, &rows);
    open_gap(first, sizeof *first, plain, have, count);
    for (uint32_t i = 0; i < count; i++)
        first[plain + i] = first[plain + count];
    uint32_t *head = network_rows_arc_head(b, &arcs);
    shift(head, arcs, plain, count);
    return true;
}

/* Copies and sinks of expanded junctions move up, the new nodes are their own arrivals. */
static bool insert_arrivals(struct network_builder *b, uint32_t plain, uint32_t count)
{
    uint32_t have, *arrival = network_rows_node_arrival(b, &have);
    if (have == 0)
        return true;
    shift(arrival, have, plain, count);
    for (uint32_t i = plain; i < plain + count; i++)
        if (network_add_node_arrival(b, &i) == NET_NONE)
            return false;
    return true;
}

bool services_insert_nodes(struct network_builder *b, const struct services_own *own, uint32_t count,
                           struct err *e)
{
    uint32_t nodes, plain, links, rows;
    if (count == 0)
        return true;
    network_rows_node_id(b, &nodes);
    network_rows_node_arrival(b, &plain);
    plain = plain > 0 ? plain : nodes;
    bool ok = true;
    for (uint32_t i = 0; ok && i < count; i++)
        ok = network_add_node_id(b, &own[i].id) != NET_NONE &&
             network_add_node_point(b, &own[i].at) != NET_NONE;
    if (!ok || !insert_arcs(b, plain, count) || !insert_arrivals(b, plain, count))
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for %u nodes abroad", count);
    int64_t *id = network_rows_node_id(b, &rows);
    struct net_point *at = network_rows_node_point(b, &rows);
    open_gap(id, sizeof *id, plain, nodes, count);
    open_gap(at, sizeof *at, plain, nodes, count);
    for (uint32_t i = 0; i < count; i++) {
        id[plain + i] = own[i].id;
        at[plain + i] = own[i].at;
    }
    struct net_link *l = network_rows_link(b, &links);
    for (uint32_t i = 0; nodes > plain && i < links; i++) {
        l[i].from += l[i].from >= plain ? count : 0;
        l[i].to += l[i].to >= plain ? count : 0;
    }
    return true;
}
