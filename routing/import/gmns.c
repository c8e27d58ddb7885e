#include "import/gmns.h"

#include "import/gmns_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const gmns_modes[] = {"road", "rail", "water", "air", NULL};
const char *const gmns_status[] = {"open", "under_construction", "planned", "closed", NULL};

void id_map_add(struct gmns *g, struct id_map *m, int64_t id, uint32_t index)
{
    if (m->count == m->room) {
        uint32_t room = m->room < 64 ? 64 : m->room * 2;
        struct id_at *at = room > m->room ? realloc(m->at, room * sizeof *at) : NULL;
        if (at == NULL) {
            g->out_of_memory = true;
            return;
        }
        m->at = at;
        m->room = room;
    }
    m->at[m->count++] = (struct id_at){id, index};
}

static int by_id(const void *pa, const void *pb)
{
    const struct id_at *a = pa, *b = pb;
    return a->id < b->id ? -1 : a->id > b->id;
}

void id_map_sort(struct id_map *m, struct csv *t)
{
    if (m->count > 0)
        qsort(m->at, m->count, sizeof *m->at, by_id);
    for (uint32_t i = 1; t != NULL && i < m->count; i++)
        if (m->at[i].id == m->at[i - 1].id)
            csv_fault(t, "id", "%lld stands more than once in the table", (long long)m->at[i].id);
}

struct id_at *id_map_at(const struct id_map *m, int64_t id)
{
    struct id_at key = {.id = id};
    return m->count > 0 ? bsearch(&key, m->at, m->count, sizeof key, by_id) : NULL;
}

uint32_t id_map_find(struct csv *t, const char *column, const struct id_map *m, int64_t id)
{
    const struct id_at *found = id_map_at(m, id);
    if (found != NULL)
        return found->index;
    csv_fault(t, column, "%lld is no id of its table", (long long)id);
    return NET_NONE;
}

uint32_t id_column(struct csv *t, const char *column, const struct id_map *m)
{
    if (!csv_has(t, column)) {
        csv_text(t, column, CSV_REQUIRED);
        return NET_NONE;
    }
    return id_map_find(t, column, m, csv_int(t, column, CSV_REQUIRED, INT64_MIN, INT64_MAX));
}

net_str gmns_string(struct gmns *g, struct csv *t, const char *column)
{
    return network_intern(g->b, csv_text(t, column, CSV_OPTIONAL));
}

bool gmns_read_table(struct gmns *g, const char *name, void (*read)(struct gmns *, struct csv *),
                     struct id_map *ids, struct err *e)
{
    struct csv *t;
    if (!csv_open(g->dir, name, true, g->report, &t, e))
        return false;
    while (t != NULL && csv_next(t))
        read(g, t);
    if (t != NULL && ids != NULL)
        id_map_sort(ids, t);
    csv_close(t);
    return true;
}

uint8_t gmns_confidence(struct csv *t)
{
    static const char *const words[] = {"measured", "published", "estimated", NULL};
    return (uint8_t)csv_word(t, "confidence", CSV_REQUIRED, words, CONF_ESTIMATED);
}

static int weekday(const char *s)
{
    static const char names[] = "MoTuWeThFrSaSu";
    for (int i = 0; i < 7; i++)
        if (strncmp(s, names + 2 * i, 2) == 0)
            return i;
    return -1;
}

/* One rule, "Mo-Su 00:00-24:00" or "Sa 09:00-12:00". */
static bool parse_hours(const char *s, struct net_hours *h)
{
    unsigned fh, fm, th, tm;
    int used = 0, from = weekday(s), to = from;
    if (from < 0)
        return false;
    s += 2;
    if (*s == '-') {
        to = weekday(s + 1);
        s += 3;
    }
    if (to < from || sscanf(s, " %2u:%2u-%2u:%2u%n", &fh, &fm, &th, &tm, &used) != 4 || fm > 59 || tm > 59 ||
        fh > 23 || th > 47 || (s[used] != '\0' && s[used] != ','))
        return false;
    unsigned a = fh * 60 + fm, b = th * 60 + tm;
    for (int d = from; d <= to; d++) {
        h->from_min[d] = (uint16_t)a;
        h->to_min[d] = (uint16_t)b;
    }
    return b > a;
}

bool gmns_parse_hours(const char *s, struct net_hours *out)
{
    *out = (struct net_hours){0};
    for (const char *rule = s; rule != NULL;) {
        if (!parse_hours(rule, out))
            return false;
        rule = strchr(rule, ',');
        while (rule != NULL && (*rule == ',' || *rule == ' '))
            rule++;
    }
    return true;
}

uint32_t gmns_hours(struct gmns *g, struct csv *t, const char *column)
{
    const char *s = csv_text(t, column, CSV_OPTIONAL);
    struct net_hours h;
    uint32_t count;
    if (s[0] == '\0')
        return 0;
    if (!gmns_parse_hours(s, &h)) {
        csv_fault(t, column, "\"%.60s\" is not opening hours such as Mo-Su 08:00-20:00", s);
        return 0;
    }
    const struct net_hours *have = network_rows_hours(g->b, &count);
    for (uint32_t i = 1; i < count; i++)
        if (memcmp(&have[i], &h, sizeof h) == 0)
            return i;
    return network_add_hours(g->b, &h);
}

static void add_first_rows(struct network_builder *b)
{
    const struct net_limit nothing_known = {0};
    struct net_hours always = {0};
    for (int d = 0; d < 7; d++)
        always.to_min[d] = 1440;
    network_add_limit(b, &nothing_known);
    network_add_hours(b, &always);
}

bool gmns_finish(struct gmns *g, bool ok, struct err *e)
{
    const struct csv_report *r = g->report;
    gmns_free_geometry(g);
    free(g->use_group);
    free(g->node.at);
    free(g->link.at);
    free(g->terminal.at);
    free(g->service.at);
    free(g->place.at);
    if (ok && g->out_of_memory)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the network");
    if (ok && r->count > 0)
        return fail(e, ERR_INVALID_ARGUMENT, "%u faults in the tables of %s; the first: %s", r->count, g->dir,
                    r->fault[0] != NULL ? r->fault[0] : "");
    return ok;
}

bool network_import_gmns(const char *dir, struct network_builder *b, struct csv_report *report, struct err *e)
{
    struct gmns g = {.dir = dir, .b = b, .report = report};
    add_first_rows(b);
    bool ok = gmns_read_config(&g, e) && gmns_read_use_groups(&g, e) && gmns_read_roads(&g, e) &&
              gmns_read_terminals(&g, e) && gmns_read_tariffs(&g, e) && gmns_read_services(&g, e) &&
              gmns_read_plans(&g, e);
    return gmns_finish(&g, ok, e);
}
