/* service_freight.txt and cutoffs.txt, which are not of GTFS: what the services carry and pay, and until when
 * cargo is taken. */
#include "import/gmns_tables.h"
#include "import/gtfs_inside.h"

#include <stdlib.h>
#include <string.h>

static const char *const file = "service_freight.txt";

/* By id; NET_NONE: none. *mode is the row's. */
static uint32_t find_tariff(struct gtfs *g, const char *id, uint8_t *mode)
{
    uint32_t count, pool;
    const struct net_tariff *t = network_rows_tariff(g->b, &count);
    const char *text = network_rows_string(g->b, &pool);
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(text + t[i].id, id) == 0) {
            *mode = t[i].mode;
            return i;
        }
    return NET_NONE;
}

static uint32_t find_emission(struct gtfs *g, const char *id, uint8_t *mode)
{
    uint32_t count, pool;
    const struct net_emission *t = network_rows_emission(g->b, &count);
    const char *text = network_rows_string(g->b, &pool);
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(text + t[i].variant, id) == 0 && t[i].terminal_kind == 0) {
            *mode = t[i].mode;
            return i;
        }
    return NET_NONE;
}

typedef uint32_t find_fn(struct gtfs *g, const char *id, uint8_t *mode);

/* A column that names a row of another table, of the mode given. */
static uint32_t named_row(struct gtfs *g, struct csv *t, const char *column, uint8_t mode, find_fn *find)
{
    const char *id = csv_text(t, column, CSV_OPTIONAL);
    uint8_t its = mode;
    if (id[0] == '\0')
        return NET_NONE;
    uint32_t row = find(g, id, &its);
    if (row == NET_NONE)
        csv_fault(t, column, "\"%.60s\" is no row of the network's tables", id);
    else if (its != mode && mode < MODE_COUNT)
        csv_fault(t, column, "\"%.60s\" is of mode %s, the service of mode %s", id, gmns_modes[its],
                  gmns_modes[mode]);
    return row;
}

/* Whom a row is for: a trip, a route, or all trips of a mode. NULL and a fault when that is not clear. */
static uint32_t *whom(struct gtfs *g, struct csv *t, uint8_t *mode)
{
    bool trip = csv_has(t, "trip_id"), route = csv_has(t, "route_id"), all = csv_has(t, "mode");
    if (trip + route + all != 1) {
        csv_fault(t, "trip_id", "route_id and mode: one of them must be filled, and only one");
        return NULL;
    }
    if (all) {
        *mode = (uint8_t)csv_word(t, "mode", CSV_REQUIRED, gmns_modes, MODE_ROAD);
        return &g->mode_freight[*mode];
    }
    uint32_t i = trip ? gtfs_id_column(g, t, "trip_id", &g->trip_ids, "trips.txt")
                      : gtfs_id_column(g, t, "route_id", &g->route_ids, "routes.txt");
    if (i == NET_NONE)
        return NULL;
    uint32_t r = trip ? g->trip.at[i].route : i;
    *mode = r < g->route.count ? g->route.at[r].mode : MODE_COUNT;
    return trip ? &g->trip.at[i].freight : &g->route.at[i].freight;
}

static void read_freight(struct gtfs *g, struct csv *t)
{
    uint8_t mode = MODE_COUNT;
    uint32_t *at = whom(g, t, &mode);
    struct gtfs_freight f = {
        .cargo = (uint16_t)csv_mask(t, "cargo", CSV_OPTIONAL, net_cargo_names),
        .electrified_permille = (uint16_t)csv_scaled(t, "electrified_share", CSV_OPTIONAL, 1000, 0, 1000),
        .capacity_kg = csv_scaled(t, "capacity_t", CSV_OPTIONAL, 1000, 0, INT64_C(1000000000000)),
        .capacity_teu_milli = csv_scaled(t, "capacity_teu", CSV_OPTIONAL, 1000, 0, INT64_C(1000000000)),
        .tariff = named_row(g, t, "tariff_id", mode, find_tariff),
        .emission = named_row(g, t, "emission_id", mode, find_emission)};
    f.cargo = f.cargo != 0 ? f.cargo : CARGO_GENERAL;
    if (at != NULL && *at != NET_NONE)
        csv_fault(t, "row", "is the second one for the same trip, route or mode");
    if (at == NULL || *at != NET_NONE)
        return;
    *at = g->freight.count;
    GTFS_ADD(g, freight, f);
}

/* The ids of an option, ';' between them, by their modes. */
static bool read_option(struct gtfs *g, const char *ids, find_fn *find, const char *what,
                        uint32_t row[MODE_COUNT], struct err *e)
{
    for (int m = 0; m < MODE_COUNT; m++)
        row[m] = NET_NONE;
    for (const char *s = ids != NULL ? ids : ""; *s != '\0';) {
        char id[256];
        uint8_t mode = MODE_COUNT;
        size_t n = strcspn(s, ";");
        if (n >= sizeof id)
            return fail(e, ERR_INVALID_ARGUMENT, "the name of a GTFS %s is longer than %zu bytes", what,
                        sizeof id - 1);
        memcpy(id, s, n);
        id[n] = '\0';
        uint32_t found = n > 0 ? find(g, id, &mode) : NET_NONE;
        if (n > 0 && (found == NET_NONE || mode >= MODE_COUNT))
            return fail(e, ERR_INVALID_ARGUMENT, "the network has no %s \"%.60s\" for the GTFS services",
                        what, id);
        if (n > 0 && row[mode] != NET_NONE)
            return fail(e, ERR_INVALID_ARGUMENT, "two GTFS %ss are of mode %s: name one for each mode", what,
                        gmns_modes[mode]);
        if (n > 0)
            row[mode] = found;
        s += n + (s[n] == ';');
    }
    return true;
}

/* Where a mode has only one factor, there is nothing to choose. */
static void only_factors(struct gtfs *g)
{
    uint32_t count;
    const struct net_emission *r = network_rows_emission(g->b, &count);
    for (uint32_t m = 0; m < MODE_COUNT; m++) {
        uint32_t of_mode = 0, last = 0;
        for (uint32_t i = 0; i < count; i++)
            if (r[i].mode == m && r[i].terminal_kind == 0) {
                of_mode++;
                last = i;
            }
        if (of_mode == 1 && g->mode_emission[m] == NET_NONE)
            g->mode_emission[m] = last;
    }
}

bool gtfs_read_freight(struct gtfs *g, struct err *e)
{
    for (int m = 0; m < MODE_COUNT; m++)
        g->mode_freight[m] = NET_NONE;
    if (!read_option(g, g->options->tariffs, find_tariff, "tariff", g->mode_tariff, e) ||
        !read_option(g, g->options->emissions, find_emission, "emission factor", g->mode_emission, e))
        return false;
    only_factors(g);
    return gtfs_read_table(g, file, true, read_freight, NULL, e);
}

bool gtfs_freight_of(struct gtfs *g, const struct gtfs_trip *trip, struct net_service *s)
{
    struct gtfs_route *r = &g->route.at[trip->route];
    uint32_t row = trip->freight != NET_NONE ? trip->freight
                   : r->freight != NET_NONE  ? r->freight
                                             : g->mode_freight[r->mode];
    struct gtfs_freight f = {.cargo = CARGO_GENERAL, .tariff = NET_NONE, .emission = NET_NONE};
    if (row != NET_NONE)
        f = g->freight.at[row];
    s->mode = r->mode;
    s->cargo = f.cargo;
    s->electrified_permille = f.electrified_permille;
    s->capacity_kg = f.capacity_kg;
    s->capacity_teu_milli = f.capacity_teu_milli;
    s->tariff = f.tariff != NET_NONE ? f.tariff : g->mode_tariff[r->mode];
    s->emission = f.emission != NET_NONE ? f.emission : g->mode_emission[r->mode];
    if (s->tariff != NET_NONE && s->emission != NET_NONE)
        return true;
    if (!r->told)
        gtfs_fault(
            g, "routes.txt", r->line, "route_id \"%.60s\" (%s) has no %s: name one in %s or as an option",
            g->text + g->route_ids.at[trip->route], gmns_modes[r->mode],
            s->tariff == NET_NONE ? "tariff" : "emission factor, of which the network has several or none",
            file);
    r->told = true;
    return false;
}

/* Of two cut-offs of one kind the longer one counts, as in the search. */
static void put_cutoff(struct gtfs *g, const struct net_cutoff *c)
{
    uint32_t count;
    struct net_cutoff *have = network_rows_cutoff(g->b, &count);
    g->out->cutoffs++;
    for (uint32_t i = 0; i < count; i++)
        if (have[i].terminal == c->terminal && have[i].mode == c->mode && have[i].kind == c->kind) {
            have[i].before_min = have[i].before_min > c->before_min ? have[i].before_min : c->before_min;
            return;
        }
    if (network_add_cutoff(g->b, c) == NET_NONE)
        g->out_of_memory = true;
}

static void read_cutoff(struct gtfs *g, struct csv *t)
{
    static const char *const kinds[] = {"cargo", "documents", "security", NULL};
    uint32_t stop = gtfs_id_column(g, t, "stop_id", &g->stop_ids, "stops.txt");
    int only = csv_word(t, "mode", CSV_OPTIONAL, gmns_modes, MODE_COUNT);
    struct net_cutoff c = {.kind = (uint8_t)csv_word(t, "kind", CSV_REQUIRED, kinds, CUTOFF_CARGO),
                           .before_min = (uint16_t)csv_int(t, "minutes_before", CSV_REQUIRED, 0, 14400)};
    bool found = false;
    if (stop >= g->stop.count)
        return;
    for (uint8_t m = 0; m < MODE_COUNT; m++) {
        c.terminal = g->stop.at[stop].terminal[m];
        if (c.terminal == GTFS_NOT_ASKED || c.terminal == NET_NONE || (only != MODE_COUNT && only != m))
            continue;
        found = true;
        c.mode = m;
        put_cutoff(g, &c);
    }
    g->out->cutoffs_unmatched += !found;
}

bool gtfs_read_cutoffs(struct gtfs *g, struct err *e)
{
    if (!gtfs_read_table(g, "cutoffs.txt", true, read_cutoff, NULL, e))
        return false;
    gmns_group_cutoffs(g->b);
    return true;
}
