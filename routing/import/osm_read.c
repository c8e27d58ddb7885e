/* Two passes of libreadosm over a file that was found sound: ways and relations, then the nodes they name. */
#include "import/osm_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TELL_EVERY = 1 << 20 };

bool osm_room(void *array, uint64_t count, uint64_t n, size_t size, void *room, size_t room_size,
              struct err *e)
{
    void **at = array;
    uint64_t have = room_size == 8 ? *(uint64_t *)room : *(uint32_t *)room;
    if (n <= have && count <= have - n)
        return true;
    uint64_t want = have < 1024 ? 1024 : have * 2,
             most = room_size == 8 ? UINT64_MAX / 16 / size : UINT32_MAX - 1;
    while (want < count + n)
        want *= 2;
    want = want < most ? want : most;
    void *bigger = count + n <= want ? realloc(*at, want * size) : NULL;
    if (bigger == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for an OpenStreetMap extract");
    *at = bigger;
    if (room_size == 8)
        *(uint64_t *)room = want;
    else
        *(uint32_t *)room = (uint32_t)want;
    return true;
}

void osm_tell(const struct network_osm_progress *p, const char *stage, uint64_t done, uint64_t total)
{
    if (p != NULL && p->tell != NULL)
        p->tell(p->ctx, stage, done, total);
}

static bool add_way(struct osm_map *m, const readosm_way *way, struct osm_way *w)
{
    w->id = way->id;
    w->ref_first = m->ref_count;
    w->ref_count = (uint32_t)way->node_ref_count;
    if (!osm_room(&m->way, m->way_count, 1, sizeof *m->way, &m->way_room, sizeof m->way_room, m->e) ||
        !osm_room(&m->ref, m->ref_count, w->ref_count, sizeof *m->ref, &m->ref_room, sizeof m->ref_room,
                  m->e))
        return false;
    if (w->ref_count > 0)
        memcpy(m->ref + m->ref_count, way->node_refs, w->ref_count * sizeof *m->ref);
    m->ref_count += w->ref_count;
    m->way[m->way_count++] = *w;
    return true;
}

/* A pass is never broken off: libreadosm would leak. */
static int on_way(const void *user, const readosm_way *way)
{
    struct osm_map *m = (struct osm_map *)user;
    struct osm_tags t = {way->tags, way->tag_count};
    struct osm_way w = {0};
    enum osm_drop why;
    if (m->failed)
        return READOSM_OK;
    if (++m->r->ways_read % TELL_EVERY == 0)
        osm_tell(m->progress, "ways", m->r->ways_read, 0);
    if (osm_read_way_tags(m, &t, &w, &why))
        m->failed = !add_way(m, way, &w);
    else if (why != OSM_DROP_COUNT)
        m->r->dropped[why]++;
    return READOSM_OK;
}

static int on_relation(const void *user, const readosm_relation *rel)
{
    struct osm_map *m = (struct osm_map *)user;
    if (m->failed)
        return READOSM_OK;
    m->r->relations_read++;
    osm_read_turn(m, rel);
    return READOSM_OK;
}

static bool absurd(double lat, double lon)
{
    return !(fabs(lat) <= 90) || !(fabs(lon) <= 180);
}

static bool add_limit(struct osm_map *m, uint32_t node, const struct osm_tags *t)
{
    struct net_limit limit = {0};
    struct osm_access a = osm_access(t, "", 2);
    osm_read_limit(m, t, &limit);
    if (a.hgv == 0)
        limit.ban_class_from = 2;
    uint32_t row = osm_limit_row(m, &limit);
    if (row == 0)
        return true;
    if (m->node_limit == NULL)
        m->node_limit = calloc((size_t)m->node_sorted + 1, sizeof *m->node_limit);
    if (m->node_limit == NULL || row == NET_NONE)
        return fail(m->e, ERR_RESOURCE_EXHAUSTED, "out of memory for the limits of nodes");
    m->node_limit[node] = row;
    m->flag[node] |= OSM_KEPT;
    return true;
}

static int on_node(const void *user, const readosm_node *node)
{
    struct osm_map *m = (struct osm_map *)user;
    struct osm_tags t = {node->tags, node->tag_count};
    if (m->failed)
        return READOSM_OK;
    if (++m->r->nodes_read % TELL_EVERY == 0)
        osm_tell(m->progress, "nodes", m->r->nodes_read, 0);
    uint32_t at = osm_find_node(m, node->id);
    if (at == NET_NONE)
        return READOSM_OK;
    if (absurd(node->latitude, node->longitude)) {
        m->failed = !fail(m->e, ERR_INVALID_ARGUMENT,
                          "%s: node %lld lies at latitude %g, longitude %g: no place on earth", m->path,
                          node->id, node->latitude, node->longitude);
        return READOSM_OK;
    }
    m->r->duplicate_nodes += (m->flag[at] & OSM_SEEN) != 0;
    if ((m->flag[at] & OSM_SEEN) != 0)
        return READOSM_OK;
    m->flag[at] |= OSM_SEEN;
    m->point[at] =
        (struct net_point){(int32_t)lround(node->latitude * 1e7), (int32_t)lround(node->longitude * 1e7)};
    if (osm_tag(&t, "barrier") == NULL)
        return READOSM_OK;
    if (osm_node_blocked(&t)) {
        m->flag[at] |= OSM_BLOCKED;
        m->r->barriers++;
    } else {
        m->failed = !add_limit(m, at, &t);
    }
    return READOSM_OK;
}

static int by_value(const void *pa, const void *pb)
{
    int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;
    return a < b ? -1 : a > b;
}

/* The ids of all nodes of ways that are kept, sorted, each once. */
static bool collect_nodes(struct osm_map *m)
{
    int64_t *id = malloc((m->ref_count + 1) * sizeof *id);
    uint64_t n = 0;
    if (id == NULL)
        return fail(m->e, ERR_RESOURCE_EXHAUSTED, "out of memory for the nodes of %s", m->path);
    if (m->ref_count > 0) {
        memcpy(id, m->ref, m->ref_count * sizeof *id);
        qsort(id, m->ref_count, sizeof *id, by_value);
    }
    for (uint64_t i = 0; i < m->ref_count; i++)
        if (i == 0 || id[i] != id[i - 1])
            id[n++] = id[i];
    if (n >= UINT32_MAX / 4) {
        free(id);
        return fail(m->e, ERR_OUT_OF_RANGE, "%s: more nodes than fit into a network", m->path);
    }
    m->node_id = id;
    m->node_count = m->node_sorted = m->node_room = (uint32_t)n;
    m->next_id = n > 0 && id[0] < 0 ? id[0] - 1 : -1;
    m->point = calloc(n + 1, sizeof *m->point);
    m->flag = calloc(n + 1, sizeof *m->flag);
    m->use = calloc(n + 1, sizeof *m->use);
    return (m->point != NULL && m->flag != NULL && m->use != NULL) ||
           fail(m->e, ERR_RESOURCE_EXHAUSTED, "out of memory for the nodes of %s", m->path);
}

uint32_t osm_find_node(struct osm_map *m, int64_t id)
{
    uint32_t low = 0, high = m->node_sorted, hint = m->node_hint;
    if (hint < high && m->node_id[hint] <= id) { /* files are sorted, mostly */
        if (m->node_id[hint] == id)
            return hint;
        if (hint + 1 == high || m->node_id[hint + 1] > id)
            return NET_NONE;
        low = hint + 1;
    }
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (m->node_id[mid] < id)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == m->node_sorted || m->node_id[low] != id) {
        m->node_hint = low > 0 ? low - 1 : 0;
        return NET_NONE;
    }
    return m->node_hint = low;
}

static int by_way_id(const void *pa, const void *pb)
{
    const struct osm_way_at *a = pa, *b = pb;
    return a->id != b->id ? (a->id < b->id ? -1 : 1) : a->way < b->way ? -1 : a->way > b->way;
}

static bool sort_ways(struct osm_map *m)
{
    uint32_t kept = 0;
    struct osm_way_at *at = malloc(((size_t)m->way_count + 1) * sizeof *at);
    if (at == NULL)
        return fail(m->e, ERR_RESOURCE_EXHAUSTED, "out of memory for the ways of %s", m->path);
    for (uint32_t i = 0; i < m->way_count; i++)
        at[i] = (struct osm_way_at){m->way[i].id, i};
    qsort(at, m->way_count, sizeof *at, by_way_id);
    for (uint32_t i = 0; i < m->way_count; i++) {
        if (kept > 0 && at[kept - 1].id == at[i].id) { /* the first one counts */
            m->way[at[i].way].ref_count = 0;
            m->way[at[i].way].open = 0;
            m->r->dropped[OSM_DROP_DUPLICATE]++;
        } else {
            at[kept++] = at[i];
        }
    }
    m->way_by_id = at;
    m->r->ways_kept = kept;
    return true;
}

uint32_t osm_find_way(const struct osm_map *m, int64_t id)
{
    uint32_t low = 0, high = m->r->ways_kept;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (m->way_by_id[mid].id < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low < m->r->ways_kept && m->way_by_id[low].id == id ? m->way_by_id[low].way : NET_NONE;
}

static bool pass(struct osm_map *m, readosm_node_callback node, readosm_way_callback way,
                 readosm_relation_callback relation)
{
    const void *file = NULL;
    int code = readosm_open(m->path, &file);
    if (code == READOSM_OK)
        code = readosm_parse(file, m, node, way, relation);
    if (file != NULL)
        readosm_close(file);
    if (m->failed)
        return false;
    return code == READOSM_OK ||
           fail(m->e, ERR_INVALID_ARGUMENT, "%s: libreadosm cannot read it (code %d)", m->path, code);
}

/* References become positions among the nodes, -1 where the file has no such node. */
static void resolve(struct osm_map *m)
{
    for (uint64_t i = 0; i < m->ref_count; i++) {
        uint32_t at = osm_find_node(m, m->ref[i]);
        bool there = at != NET_NONE && (m->flag[at] & OSM_SEEN) != 0;
        m->ref[i] = there ? (int64_t)at : -1;
    }
    for (uint32_t i = 0; i < m->way_count; i++) {
        uint32_t missing = 0;
        for (uint32_t k = 0; k < m->way[i].ref_count; k++)
            missing += m->ref[m->way[i].ref_first + k] < 0;
        m->r->missing_refs += missing;
        m->r->ways_cut += missing > 0;
    }
}

bool osm_read_file(struct osm_map *m, struct err *e)
{
    m->e = e;
    osm_tell(m->progress, "ways", 0, 0);
    if (!pass(m, NULL, on_way, on_relation) || !sort_ways(m) || !collect_nodes(m))
        return false;
    osm_tell(m->progress, "nodes", 0, 0);
    if (!pass(m, on_node, NULL, NULL))
        return false;
    resolve(m);
    return true;
}
