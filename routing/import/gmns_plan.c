/* corridor.csv, project.csv */
#include "import/gmns_tables.h"

#include <stdlib.h>

typedef uint32_t add_index_fn(struct network_builder *b, const uint32_t *index);

/* The ';'-joined ids of the column; how many were added. */
static uint32_t read_ids(struct gmns *g, struct csv *t, const char *column, const struct id_map *ids,
                         add_index_fn *add)
{
    uint32_t n = 0;
    for (const char *s = csv_text(t, column, CSV_OPTIONAL); *s != '\0';) {
        char *end;
        long long id = strtoll(s, &end, 10);
        if (end == s || (*end != ';' && *end != '\0')) {
            csv_fault(t, column, "\"%.60s\" is not a ';'-joined list of ids", s);
            break;
        }
        uint32_t index = id_map_find(t, column, ids, id);
        if (index != NET_NONE && add(g->b, &index) != NET_NONE)
            n++;
        s = end + (*end == ';');
    }
    return n;
}

static void read_corridor(struct gmns *g, struct csv *t)
{
    struct net_corridor r = {
        .id = network_intern(g->b, csv_text(t, "corridor_id", CSV_REQUIRED)),
        .axis = gmns_string(g, t, "axis"),
        .name_zh = gmns_string(g, t, "name_zh"),
        .name_en = gmns_string(g, t, "name_en"),
        .refs = gmns_string(g, t, "refs"),
        .from = gmns_string(g, t, "from"),
        .to = gmns_string(g, t, "to"),
        .note = gmns_string(g, t, "status_note_zh"),
        .source = gmns_string(g, t, "source"),
        .length_m = (uint32_t)csv_scaled(t, "length_km", CSV_OPTIONAL, 1000, 0, 10000000),
        .planned_m = (uint32_t)csv_scaled(t, "length_planned_km", CSV_OPTIONAL, 1000, 0, 10000000)};
    network_rows_corridor_link(g->b, &r.link_first);
    r.link_count = read_ids(g, t, "link_ids", &g->link, network_add_corridor_link);
    network_add_corridor(g->b, &r);
}

static void read_project(struct gmns *g, struct csv *t)
{
    struct net_project r = {
        .id = network_intern(g->b, csv_text(t, "project_id", CSV_REQUIRED)),
        .name_zh = gmns_string(g, t, "name_zh"),
        .name_en = gmns_string(g, t, "name_en"),
        .kind = gmns_string(g, t, "kind"),
        .changes = gmns_string(g, t, "changes"),
        .source = gmns_string(g, t, "source"),
        .opening_date = gmns_string(g, t, "opening_date"),
        .cost_myuan = csv_scaled(t, "cost_yuan", CSV_OPTIONAL, 1000, 0, INT64_C(4000000000000000)),
        .length_m = (uint32_t)csv_scaled(t, "length_km", CSV_OPTIONAL, 1000, 0, 10000000),
        .speed_km10 = (uint16_t)csv_scaled(t, "speed_kmh", CSV_OPTIONAL, 10, 0, 5000),
        .requires = gmns_string(g, t, "requires"),
        .capacity_permille = (uint32_t)csv_scaled(t, "capacity_factor", CSV_OPTIONAL, 1000, 0, 100000),
        .lanes = (uint8_t)csv_int(t, "lanes", CSV_OPTIONAL, 0, 32),
        .toll = (uint8_t)csv_int(t, "toll", CSV_OPTIONAL, 0, 1),
        .status = (uint8_t)csv_word(t, "status", CSV_REQUIRED, gmns_status, STATUS_PLANNED),
        .confidence = gmns_confidence(t)};
    network_rows_project_link(g->b, &r.link_first);
    r.link_count = read_ids(g, t, "link_ids", &g->link, network_add_project_link);
    network_rows_project_terminal(g->b, &r.terminal_first);
    r.terminal_count = read_ids(g, t, "terminal_ids", &g->terminal, network_add_project_terminal);
    network_add_project(g->b, &r);
}

bool gmns_read_plans(struct gmns *g, struct err *e)
{
    return gmns_read_table(g, "corridor.csv", read_corridor, NULL, e) &&
           gmns_read_table(g, "project.csv", read_project, NULL, e);
}
