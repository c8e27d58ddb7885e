#include "import/osm_pieces.h"

#include "network/geo.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Runs of nodes that are there; a node that stands twice in a row counts once (`last` is then further on). */
bool osm_next_run(const struct osm_map *m, const struct osm_way *w, uint64_t *at, uint64_t *first,
                  uint64_t *last)
{
    uint64_t end = w->ref_first + w->ref_count;
    while (*at < end) {
        while (*at < end && m->ref[*at] < 0)
            ++*at;
        *first = *at;
        bool moves = false;
        for (; *at < end && m->ref[*at] >= 0; ++*at)
            moves = moves || m->ref[*at] != m->ref[*first];
        *last = *at - 1;
        if (*at > *first && moves)
            return true;
    }
    return false;
}

static void use(struct osm_map *m, int64_t node, int times)
{
    int sum = m->use[node] + times;
    m->use[node] = (uint8_t)(sum < 200 ? sum : 200);
}

/* The repeats of a node in a row are taken out for good: what follows moves up, the rest is -1. */
static void squeeze(struct osm_map *m, const struct osm_way *w)
{
    uint64_t to = w->ref_first, end = w->ref_first + w->ref_count;
    for (uint64_t at = to; at < end; at++)
        if (to == w->ref_first || m->ref[at] != m->ref[to - 1])
            m->ref[to++] = m->ref[at];
    for (; to < end; to++)
        m->ref[to] = -1;
}

static void count_uses(struct osm_map *m)
{
    for (uint32_t i = 0; i < m->way_count; i++) {
        const struct osm_way *w = &m->way[i];
        uint64_t at = w->ref_first, first, last;
        bool any = false;
        squeeze(m, w);
        while (osm_next_run(m, w, &at, &first, &last)) {
            any = true;
            use(m, m->ref[first], 1);
            use(m, m->ref[last], 1);
            for (uint64_t k = first + 1; k < last; k++)
                use(m, m->ref[k], 2);
        }
        m->r->dropped[OSM_DROP_SHORT] += !any && w->open != 0;
    }
}

/* A ferry that tells how long it takes. */
static void ferry_speeds(struct osm_map *m)
{
    for (uint32_t i = 0; i < m->way_count; i++) {
        struct osm_way *w = &m->way[i];
        uint64_t at = w->ref_first, first, last;
        double metres = 0;
        while (w->minutes > 0 && osm_next_run(m, w, &at, &first, &last))
            for (uint64_t k = first; k < last; k++)
                metres += geo_distance_m(m->point[m->ref[k]], m->point[m->ref[k + 1]]);
        double km10 = w->minutes > 0 ? metres * 0.6 / w->minutes : 0;
        if (km10 > 0)
            w->attr[0].speed_km10 = w->attr[1].speed_km10 = (uint16_t)lround(fmin(fmax(km10, 10), 1000));
    }
}

uint32_t osm_add_node(struct osm_map *m, uint32_t at, struct err *e)
{
    if (m->node_count == m->node_room) {
        uint32_t room = m->node_room + m->node_room / 8 + 64;
        int64_t *id = realloc(m->node_id, (size_t)room * sizeof *id);
        m->node_id = id != NULL ? id : m->node_id;
        struct net_point *point = realloc(m->point, (size_t)room * sizeof *point);
        m->point = point != NULL ? point : m->point;
        uint8_t *flag = realloc(m->flag, room), *uses = realloc(m->use, room);
        m->flag = flag != NULL ? flag : m->flag;
        m->use = uses != NULL ? uses : m->use;
        if (id == NULL || point == NULL || flag == NULL || uses == NULL) {
            fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the barriers of %s", m->path);
            return NET_NONE;
        }
        m->node_room = room;
    }
    m->node_id[m->node_count] = m->next_id--;
    m->point[m->node_count] = m->point[at];
    m->flag[m->node_count] = OSM_SEEN | OSM_KEPT;
    m->use[m->node_count] = 1;
    return m->node_count++;
}

static bool end_node(struct osm_map *m, const struct osm_way *w, uint64_t ref, uint32_t *node, struct err *e)
{
    *node = (uint32_t)m->ref[ref];
    bool shut = (m->flag[*node] & OSM_BLOCKED) != 0 && m->use[*node] > 1 && w->attr[0].mode == MODE_ROAD;
    if (shut)
        *node = osm_add_node(m, *node, e);
    return *node != NET_NONE;
}

static bool add_piece(struct osm_map *m, struct osm_pieces *p, uint32_t way, uint64_t first, uint64_t last,
                      struct err *e)
{
    struct osm_piece piece = {.first = first, .last = last, .way = way};
    if (!osm_room(&p->piece, p->count, 1, sizeof *p->piece, &p->room, sizeof p->room, e) ||
        !end_node(m, &m->way[way], first, &piece.node[0], e) ||
        !end_node(m, &m->way[way], last, &piece.node[1], e))
        return false;
    p->piece[p->count++] = piece;
    return true;
}

static bool cut_way(struct osm_map *m, struct osm_pieces *p, uint32_t way, struct err *e)
{
    const struct osm_way *w = &m->way[way];
    uint64_t at = w->ref_first, first, last;
    while (w->open != 0 && osm_next_run(m, w, &at, &first, &last)) {
        for (uint64_t k = first + 1; k <= last; k++) {
            int64_t v = m->ref[k];
            if (k < last && m->use[v] <= 2 && (m->flag[v] & (OSM_KEPT | OSM_BLOCKED)) == 0)
                continue;
            if (!add_piece(m, p, way, first, k, e))
                return false;
            first = k;
        }
    }
    return true;
}

static bool index_ends(const struct osm_map *m, struct osm_pieces *p, struct err *e)
{
    p->end_first = calloc((size_t)m->node_count + 2, sizeof *p->end_first);
    p->end = malloc(((size_t)p->count * 2 + 1) * sizeof *p->end);
    if (p->end_first == NULL || p->end == NULL || p->count > UINT32_MAX / 4)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the junctions of %s", m->path);
    for (uint32_t i = 0; i < p->count * 2; i++)
        p->end_first[p->piece[i / 2].node[i & 1] + 2]++;
    for (uint32_t v = 0; v < m->node_count; v++)
        p->end_first[v + 2] += p->end_first[v + 1];
    for (uint32_t i = 0; i < p->count * 2; i++)
        p->end[p->end_first[p->piece[i / 2].node[i & 1] + 1]++] = i;
    return true;
}

bool osm_cut_ways(struct osm_map *m, struct osm_pieces *p, struct err *e)
{
    count_uses(m);
    ferry_speeds(m);
    for (uint32_t i = 0; i < m->way_count; i++)
        if (!cut_way(m, p, i, e))
            return false;
    return index_ends(m, p, e);
}

void osm_pieces_release(struct osm_pieces *p)
{
    free(p->piece);
    free(p->end_first);
    free(p->end);
}
