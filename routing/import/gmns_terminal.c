/* terminal.csv, handling.csv, cutoff.csv */
#include "import/gmns_tables.h"

#include <stdlib.h>

static uint32_t place_of_node(struct gmns *g, uint32_t node)
{
    uint32_t count;
    const struct net_place *p = network_rows_place(g->b, &count);
    for (uint32_t i = 0; i < count; i++)
        if (p[i].node == node)
            return i;
    return NET_NONE;
}

static void read_terminal(struct gmns *g, struct csv *t)
{
    int64_t id = csv_int(t, "terminal_id", CSV_REQUIRED, INT64_MIN, INT64_MAX);
    struct net_terminal r = {
        .id = id,
        .node = id_column(t, "node_id", &g->node),
        .name_zh = gmns_string(g, t, "name_zh"),
        .name_en = gmns_string(g, t, "name_en"),
        .kind = gmns_string(g, t, "kind"),
        .source = gmns_string(g, t, "source"),
        .modes = (uint8_t)csv_mask(t, "modes", CSV_REQUIRED, gmns_modes),
        .cargo = (uint16_t)csv_mask(t, "cargo", CSV_REQUIRED, net_cargo_names),
        .hours = gmns_hours(g, t, "open_hours"),
        .capacity_t_per_day = (uint32_t)csv_int(t, "capacity_t_per_day", CSV_OPTIONAL, 0, 100000000),
        .capacity_teu_per_day = (uint32_t)csv_int(t, "capacity_teu_per_day", CSV_OPTIONAL, 0, 10000000),
        .status = (uint8_t)csv_word(t, "status", CSV_REQUIRED, gmns_status, STATUS_OPEN),
        .confidence = gmns_confidence(t)};
    r.dangerous_classes = gmns_classes(t, "dangerous_classes");
    r.max_piece_kg = (uint32_t)csv_scaled(t, "max_piece_t", CSV_OPTIONAL, 1000, 0, 10000000);
    gmns_temperatures(t, &r.min_c, &r.max_c);
    if (csv_has(t, "min_c") && !(r.cargo & CARGO_REEFER))
        csv_fault(t, "min_c", "is told of a terminal whose cargo has no reefer");
    if (r.dangerous_classes != 0 && !(r.cargo & CARGO_DANGEROUS))
        csv_fault(t, "dangerous_classes", "are told of a terminal whose cargo has no dangerous");
    if (r.node == NET_NONE)
        return;
    const struct id_at *own = id_map_at(&g->place, csv_int(t, "node_id", CSV_REQUIRED, INT64_MIN, INT64_MAX));
    r.place = own != NULL ? own->index : g->place.count > 0 ? NET_NONE : place_of_node(g, r.node);
    id_map_add(g, &g->terminal, id, network_add_terminal(g->b, &r));
}

static void read_handling(struct gmns *g, struct csv *t)
{
    static const char *const kinds[] = {"handling", "load", "unload", NULL};
    struct net_handling r = {
        .terminal = id_column(t, "terminal_id", &g->terminal),
        .source = gmns_string(g, t, "source"),
        .from_mode = (uint8_t)csv_word(t, "from_mode", CSV_REQUIRED, gmns_modes, MODE_ROAD),
        .to_mode = (uint8_t)csv_word(t, "to_mode", CSV_REQUIRED, gmns_modes, MODE_ROAD),
        .kind = (uint8_t)csv_word(t, "kind", CSV_REQUIRED, kinds, HANDLING_TRANSFER),
        .cargo = (uint16_t)csv_mask(t, "cargo", CSV_REQUIRED, net_cargo_names),
        .p50_min = (uint16_t)csv_int(t, "p50_min", CSV_REQUIRED, 0, 14400),
        .p90_min = (uint16_t)csv_int(t, "p90_min", CSV_REQUIRED, 0, 14400),
        .price_myuan_per_t = csv_scaled(t, "price_cny_per_t", CSV_OPTIONAL, 1000, 0, 1000000000),
        .price_myuan_per_teu = csv_scaled(t, "price_cny_per_teu", CSV_OPTIONAL, 1000, 0, 1000000000),
        .confidence = gmns_confidence(t)};
    if (r.p90_min < r.p50_min)
        csv_fault(t, "p90_min", "is below p50_min");
    if (r.terminal != NET_NONE)
        network_add_handling(g->b, &r);
}

static void read_cutoff(struct gmns *g, struct csv *t)
{
    static const char *const kinds[] = {"FCO", "DCO", "SEC", NULL};
    struct net_cutoff r = {.terminal = id_column(t, "terminal_id", &g->terminal),
                           .mode = (uint8_t)csv_word(t, "mode", CSV_REQUIRED, gmns_modes, MODE_RAIL),
                           .kind = (uint8_t)csv_word(t, "kind", CSV_REQUIRED, kinds, CUTOFF_CARGO),
                           .before_min = (uint16_t)csv_int(t, "minutes_before", CSV_REQUIRED, 0, 14400)};
    if (r.terminal != NET_NONE)
        network_add_cutoff(g->b, &r);
}

static int by_terminal(const void *pa, const void *pb)
{
    const struct net_handling *a = pa, *b = pb;
    if (a->terminal != b->terminal)
        return a->terminal < b->terminal ? -1 : 1;
    if (a->from_mode != b->from_mode)
        return a->from_mode - b->from_mode;
    if (a->to_mode != b->to_mode)
        return a->to_mode - b->to_mode;
    return a->kind != b->kind ? a->kind - b->kind : a->cargo - b->cargo;
}

static int cutoff_by_terminal(const void *pa, const void *pb)
{
    const struct net_cutoff *a = pa, *b = pb;
    if (a->terminal != b->terminal)
        return a->terminal < b->terminal ? -1 : 1;
    return a->mode != b->mode ? a->mode - b->mode : a->kind - b->kind;
}

void gmns_group_cutoffs(struct network_builder *b)
{
    uint32_t terminals, cutoffs;
    struct net_cutoff *c = network_rows_cutoff(b, &cutoffs);
    struct net_terminal *t = network_rows_terminal(b, &terminals);
    if (cutoffs > 0)
        qsort(c, cutoffs, sizeof *c, cutoff_by_terminal);
    for (uint32_t i = 0; i < terminals; i++)
        t[i].cutoff_first = t[i].cutoff_count = 0;
    for (uint32_t i = 0; i < cutoffs; i++)
        if (t[c[i].terminal].cutoff_count++ == 0)
            t[c[i].terminal].cutoff_first = i;
}

/* Rows of one terminal stand together, and the terminal says where. */
static void group(struct gmns *g)
{
    uint32_t terminals, handlings;
    struct net_handling *h = network_rows_handling(g->b, &handlings);
    struct net_terminal *t = network_rows_terminal(g->b, &terminals);
    if (handlings > 0)
        qsort(h, handlings, sizeof *h, by_terminal);
    for (uint32_t i = 0; i < handlings; i++)
        if (t[h[i].terminal].handling_count++ == 0)
            t[h[i].terminal].handling_first = i;
    gmns_group_cutoffs(g->b);
}

bool gmns_read_terminals(struct gmns *g, struct err *e)
{
    if (!gmns_read_table(g, "terminal.csv", read_terminal, &g->terminal, e) ||
        !gmns_read_table(g, "handling.csv", read_handling, NULL, e) ||
        !gmns_read_table(g, "cutoff.csv", read_cutoff, NULL, e))
        return false;
    group(g);
    return true;
}
