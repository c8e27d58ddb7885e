#include "import/osm_inside.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *network_osm_drop_text(enum osm_drop why)
{
    static const char *const texts[] = {
#define X(name, text) text,
        OSM_DROPS(X)
#undef X
    };
    return why < OSM_DROP_COUNT ? texts[why] : "";
}

static bool ends_in(const char *s, const char *end)
{
    size_t n = strlen(s), k = strlen(end);
    return n > k && strcmp(s + n - k, end) == 0;
}

static bool check_file(const char *path, const struct network_osm_progress *p, struct err *e)
{
    if (ends_in(path, ".pbf"))
        return osm_check_pbf(path, p, e);
    if (ends_in(path, ".osm"))
        return osm_check_xml(path, p, e);
    return fail(e, ERR_INVALID_ARGUMENT, "%s ends neither in .osm.pbf nor in .osm", path);
}

static void start_network(struct osm_map *m)
{
    const char *name = strrchr(m->path, '/');
    network_set_about(m->b, name != NULL ? name + 1 : m->path, "OpenStreetMap",
                      "© OpenStreetMap contributors (ODbL 1.0)", 0);
    network_add_limit(m->b, &(struct net_limit){0});
    network_add_hours(m->b, &(struct net_hours){0});
}

static bool have_road(const struct osm_map *m, struct err *e)
{
    for (uint32_t i = 0; i < m->stretch_count; i++)
        if (m->stretch[i].arc[0] != NET_NONE || m->stretch[i].arc[1] != NET_NONE)
            return true;
    return fail(e, ERR_INVALID_ARGUMENT, "%s has no road that a lorry may drive on (%llu ways were read)",
                m->path, (unsigned long long)m->r->ways_read);
}

/* Turn restrictions: sequences, their prefixes, copies of the junctions. */
static bool restrict_turns(struct osm_map *m, struct err *e)
{
    struct osm_bans bans = {0};
    struct osm_trie trie = {0};
    bool ok = osm_find_bans(m, &bans, e);
    if (ok && bans.count > 0)
        ok = osm_trie_new(m, &bans, &trie, e) && osm_expand(m, &trie, e);
    osm_trie_release(&trie);
    free(bans.edge);
    free(bans.first);
    return ok;
}

static void count_arcs(struct osm_map *m)
{
    uint32_t count;
    network_rows_arc_head(m->b, &count);
    for (uint32_t i = 0; count == 0 && i < m->stretch_count; i++)
        m->r->arcs += (uint32_t)(m->stretch[i].arc[0] != NET_NONE) + (m->stretch[i].arc[1] != NET_NONE);
    m->r->arcs += count;
}

static void release(struct osm_map *m)
{
    void *const arrays[] = {m->way,        m->way_by_id, m->ref,        m->node_id, m->point,  m->flag,
                            m->use,        m->number,    m->node_limit, m->turn,    m->member, m->stretch,
                            m->limit_slot, m->out_first, m->limit_next, m->out};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
}

bool network_import_osm(const char *path, struct network_builder *b, struct network_osm_report *report,
                        const struct network_osm_progress *progress, struct err *e)
{
    struct osm_map m = {.b = b, .r = report, .progress = progress, .path = path, .e = e};
    *report = (struct network_osm_report){0};
    if (!check_file(path, progress, e))
        return false;
    start_network(&m);
    bool ok = osm_read_file(&m, e);
    if (ok) {
        osm_keep_turns(&m);
        osm_tell(progress, "links", 0, 0);
        ok = osm_links(&m, e) && have_road(&m, e) && osm_count_parts(&m, e);
    }
    if (ok) {
        osm_tell(progress, "turns", 0, 0);
        ok = restrict_turns(&m, e);
    }
    if (ok && !osm_add_vehicles(b))
        ok = fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the vehicle classes");
    if (ok)
        count_arcs(&m);
    release(&m);
    return ok;
}
