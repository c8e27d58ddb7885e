/* Pieces -> chains -> links: a node where nothing begins, ends or changes becomes geometry. */
#include "import/osm_pieces.h"
#include "network/geo.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct chains {
    struct osm_map *m;
    struct osm_pieces p;
    uint8_t *used;   /* pieces */
    uint32_t *chain; /* piece x 2 + 1 when taken from its end */
    uint32_t chain_count, chain_room;
    uint32_t *inner; /* nodes between the ends */
    uint32_t inner_count, inner_room;
    struct err *e;
};

/* What holds for driving away from the given end of a piece, and towards it. */
static bool open_away(const struct osm_map *m, const struct osm_pieces *p, uint32_t end)
{
    return (m->way[p->piece[end / 2].way].open >> (end & 1) & 1) != 0;
}

static const struct osm_attr *attr_away(const struct osm_map *m, const struct osm_pieces *p, uint32_t end)
{
    return &m->way[p->piece[end / 2].way].attr[end & 1];
}

/* Driving in by one end and away by the other changes nothing. */
static bool goes_on(const struct osm_map *m, const struct osm_pieces *p, uint32_t in, uint32_t away)
{
    bool a = open_away(m, p, in ^ 1), b = open_away(m, p, away);
    return a == b &&
           (!a || memcmp(attr_away(m, p, in ^ 1), attr_away(m, p, away), sizeof(struct osm_attr)) == 0);
}

/* The other end at a node that is mere geometry, NET_NONE at one that stays. */
static uint32_t continued(const struct chains *c, uint32_t end)
{
    const struct osm_pieces *p = &c->p;
    uint32_t v = p->piece[end / 2].node[end & 1];
    const uint32_t *at = &p->end[p->end_first[v]];
    if ((c->m->flag[v] & OSM_KEPT) != 0 || p->end_first[v + 1] - p->end_first[v] != 2 ||
        at[0] / 2 == at[1] / 2)
        return NET_NONE;
    uint32_t other = at[0] == end ? at[1] : at[0];
    return goes_on(c->m, p, end, other) && goes_on(c->m, p, other, end) ? other : NET_NONE;
}

static bool add_inner(struct chains *c, uint32_t node)
{
    if (!osm_room(&c->inner, c->inner_count, 1, sizeof *c->inner, &c->inner_room, sizeof c->inner_room, c->e))
        return false;
    c->inner[c->inner_count++] = node;
    return true;
}

static uint32_t add_link(struct chains *c, struct net_link l, const uint32_t *inner, uint32_t count,
                         bool turned)
{
    struct osm_map *m = c->m;
    double metres = 0;
    struct net_point before = m->point[l.from];
    network_rows_shape(m->b, &l.shape_first);
    for (uint32_t i = 0; i < count; i++) {
        struct net_point at = m->point[inner[turned ? count - 1 - i : i]];
        metres += geo_distance_m(before, at);
        before = at;
        network_add_shape(m->b, &at);
    }
    metres += geo_distance_m(before, m->point[l.to]);
    l.shape_count = count;
    l.length_m = metres < 1 ? 1 : (uint32_t)lround(metres);
    m->flag[l.from] |= OSM_USED;
    m->flag[l.to] |= OSM_USED;
    return network_add_link(m->b, &l);
}

static struct net_link link_of(struct osm_map *m, const struct osm_way *w, const struct osm_attr *a,
                               uint32_t from, uint32_t to, unsigned directions)
{
    struct net_link l = {.id = w->id,
                         .from = from,
                         .to = to,
                         .name = a->name,
                         .ref = a->ref,
                         .limit = a->limit,
                         .speed_km10 = a->speed_km10,
                         .flags = (uint16_t)(a->flags | directions),
                         .mode = a->mode,
                         .road_class = a->road_class,
                         .status = a->status,
                         .lanes = a->lanes,
                         .confidence = CONF_PUBLISHED};
    if (m->node_limit != NULL && a->mode == MODE_ROAD) {
        if (from < m->node_sorted)
            l.limit = osm_limit_both(m, l.limit, m->node_limit[from]);
        if (to < m->node_sorted && l.limit != NET_NONE)
            l.limit = osm_limit_both(m, l.limit, m->node_limit[to]);
    }
    return l;
}

static bool is_arc(const struct net_link *l)
{
    return l->mode == MODE_ROAD && l->status == STATUS_OPEN;
}

/* One stretch of road: one link when both directions are alike, else one for each. */
static bool add_stretch(struct chains *c, struct osm_stretch s, const uint32_t *inner, uint32_t count)
{
    struct osm_map *m = c->m;
    uint32_t first = c->chain[0], away = first, back = c->chain[c->chain_count - 1] ^ 1;
    bool open[2] = {open_away(m, &c->p, away), open_away(m, &c->p, back)};
    const struct osm_attr *a[2] = {attr_away(m, &c->p, away), attr_away(m, &c->p, back)};
    bool both = open[0] && open[1] && memcmp(a[0], a[1], sizeof *a[0]) == 0;
    s.arc[0] = s.arc[1] = NET_NONE;
    for (unsigned d = 0; d < 2; d++) {
        if (!open[d] || (both && d == 1))
            continue;
        struct net_link l =
            link_of(m, &m->way[d == 0 ? s.way_from : s.way_to], a[d], d == 0 ? s.from : s.to,
                    d == 0 ? s.to : s.from, both ? LINK_FORWARD | LINK_BACKWARD : LINK_FORWARD);
        uint32_t at = l.limit != NET_NONE ? add_link(c, l, inner, count, d == 1) : NET_NONE;
        if (at == NET_NONE || at > UINT32_MAX / 2)
            return fail(c->e, ERR_RESOURCE_EXHAUSTED, "out of memory for the links of %s", m->path);
        if (is_arc(&l))
            s.arc[d] = at * 2;
        if (is_arc(&l) && both)
            s.arc[1] = at * 2 + 1;
        m->r->links[l.mode]++;
        m->r->links_not_open += l.status != STATUS_OPEN;
    }
    m->r->points_contracted += count;
    if (!osm_room(&m->stretch, m->stretch_count, 1, sizeof s, &m->stretch_room, sizeof m->stretch_room, c->e))
        return false;
    m->stretch[m->stretch_count++] = s;
    return true;
}

static uint32_t way_of(const struct chains *c, uint32_t at)
{
    return c->p.piece[c->chain[at] / 2].way;
}

/* The way at the k-th inner node, for the halves of a loop: of the piece that holds it. */
static bool emit(struct chains *c)
{
    struct osm_map *m = c->m;
    uint32_t first = c->chain[0], last = c->chain[c->chain_count - 1];
    uint32_t from = c->p.piece[first / 2].node[first & 1], to = c->p.piece[last / 2].node[(last & 1) ^ 1];
    uint32_t middle_way = 0, middle = 0, seen = 0;
    c->inner_count = 0;
    for (uint32_t i = 0; i < c->chain_count; i++) {
        const struct osm_piece *p = &c->p.piece[c->chain[i] / 2];
        bool turned = (c->chain[i] & 1) != 0;
        if (i > 0 && !add_inner(c, p->node[turned]))
            return false;
        for (uint64_t k = 1; k < p->last - p->first; k++)
            if (!add_inner(c, (uint32_t)m->ref[turned ? p->last - k : p->first + k]))
                return false;
    }
    if (from != to)
        return add_stretch(c,
                           (struct osm_stretch){from, to, way_of(c, 0), way_of(c, c->chain_count - 1), {0}},
                           c->inner, c->inner_count);
    middle = c->inner_count / 2;
    if (c->inner_count == 0)
        return true;
    for (uint32_t i = 0; i < c->chain_count && seen <= middle; i++) {
        const struct osm_piece *p = &c->p.piece[c->chain[i] / 2];
        seen += (uint32_t)(p->last - p->first) - (i == 0);
        middle_way = p->way;
    }
    uint32_t v = c->inner[middle];
    m->flag[v] |= OSM_KEPT;
    return add_stretch(c, (struct osm_stretch){from, v, way_of(c, 0), middle_way, {0}}, c->inner, middle) &&
           add_stretch(c, (struct osm_stretch){v, to, middle_way, way_of(c, c->chain_count - 1), {0}},
                       c->inner + middle + 1, c->inner_count - middle - 1);
}

/* Follows the chain that leaves by this end until a node that stays, or round to where it began. */
static bool follow(struct chains *c, uint32_t end)
{
    c->chain_count = 0;
    for (uint32_t next = end; next != NET_NONE && !c->used[next / 2];) {
        if (!osm_room(&c->chain, c->chain_count, 1, sizeof *c->chain, &c->chain_room, sizeof c->chain_room,
                      c->e))
            return false;
        c->chain[c->chain_count++] = next;
        c->used[next / 2] = 1;
        next = continued(c, next ^ 1);
    }
    return emit(c);
}

static bool follow_all(struct chains *c)
{
    for (int round = 0; round < 2; round++) /* the second finds rings where no node stays */
        for (uint32_t end = 0; end < c->p.count * 2; end++)
            if (!c->used[end / 2] && (round == 1 || continued(c, end) == NET_NONE) && !follow(c, end))
                return false;
    return true;
}

/* The nodes that stay get their numbers; links and stretches take them. */
static bool number_nodes(struct osm_map *m, struct err *e)
{
    uint32_t count, n = 0;
    m->number = malloc(((size_t)m->node_count + 1) * sizeof *m->number);
    if (m->number == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the nodes of %s", m->path);
    for (uint32_t v = 0; v < m->node_count; v++) {
        m->number[v] = NET_NONE;
        if ((m->flag[v] & OSM_USED) == 0)
            continue;
        m->number[v] = n++;
        network_add_node_id(m->b, &m->node_id[v]);
        network_add_node_point(m->b, &m->point[v]);
    }
    struct net_link *l = network_rows_link(m->b, &count);
    for (uint32_t i = 0; i < count; i++) {
        l[i].from = m->number[l[i].from];
        l[i].to = m->number[l[i].to];
    }
    for (uint32_t i = 0; i < m->stretch_count; i++) {
        m->stretch[i].from = m->number[m->stretch[i].from];
        m->stretch[i].to = m->number[m->stretch[i].to];
    }
    m->plain_count = m->r->nodes = n;
    return true;
}

static bool index_edges(struct osm_map *m, struct err *e)
{
    m->out_first = calloc((size_t)m->plain_count + 2, sizeof *m->out_first);
    m->out = malloc(((size_t)m->stretch_count * 2 + 1) * sizeof *m->out);
    if (m->out_first == NULL || m->out == NULL || m->stretch_count > UINT32_MAX / 4)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the links of %s", m->path);
    for (uint32_t i = 0; i < m->stretch_count * 2; i++)
        m->out_first[osm_tail(m, i) + 2]++;
    for (uint32_t v = 0; v < m->plain_count; v++)
        m->out_first[v + 2] += m->out_first[v + 1];
    for (uint32_t i = 0; i < m->stretch_count * 2; i++)
        m->out[m->out_first[osm_tail(m, i) + 1]++] = i;
    return true;
}

bool osm_links(struct osm_map *m, struct err *e)
{
    struct chains c = {.m = m, .e = e};
    bool ok = osm_cut_ways(m, &c.p, e);
    c.used = ok ? calloc((size_t)c.p.count + 1, 1) : NULL;
    if (ok && c.used == NULL)
        ok = fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the links of %s", m->path);
    ok = ok && follow_all(&c) && number_nodes(m, e) && index_edges(m, e);
    osm_pieces_release(&c.p);
    free(c.used);
    free(c.chain);
    free(c.inner);
    return ok;
}
