/* tariff.csv, emission.csv, vehicle_class.csv */
#include "import/gmns_tables.h"
#include "network/names.h"

#include <string.h>

/* Rules of one tariff stand together in the file; a tariff id that comes back
 * later is a fault. */
static void read_rule(struct gmns *g, struct csv *t)
{
    static const char *const per_km[] = {"km", "electrified_km", NULL};
    uint32_t tariffs, rules;
    struct net_tariff *have = network_rows_tariff(g->b, &tariffs);
    network_rows_tariff_rule(g->b, &rules);
    net_str id = network_intern(g->b, csv_text(t, "tariff_id", CSV_REQUIRED));
    uint8_t mode = (uint8_t)csv_word(t, "mode", CSV_REQUIRED, gmns_modes, MODE_RAIL);
    for (uint32_t i = 0; i + 1 < tariffs; i++)
        if (have[i].id == id) {
            csv_fault(t, "tariff_id",
                      "stands apart from its other rows; keep the rules of a tariff "
                      "together");
            return;
        }
    if (tariffs == 0 || have[tariffs - 1].id != id) {
        struct net_tariff fresh = {.id = id,
                                   .name = gmns_string(g, t, "name"),
                                   .source = gmns_string(g, t, "source"),
                                   .rule_first = rules,
                                   .mode = mode};
        network_add_tariff(g->b, &fresh);
        have = network_rows_tariff(g->b, &tariffs);
    }
    struct net_tariff_rule r = {
        .tariff = tariffs - 1,
        .source = gmns_string(g, t, "source"),
        .kind = (uint8_t)csv_word(t, "kind", CSV_REQUIRED, net_charge_names, CHARGE_OTHER),
        .unit = (uint8_t)csv_word(t, "base_unit", CSV_REQUIRED, net_unit_names, UNIT_T),
        .cargo = (uint16_t)csv_mask(t, "cargo", CSV_OPTIONAL, net_cargo_names),
        .base_myuan = csv_scaled(t, "base_cny", CSV_OPTIONAL, 1000, 0, INT64_C(1000000000000)),
        .per_km_nyuan = csv_scaled(t, "per_km_cny", CSV_OPTIONAL, 1000000, 0, INT64_C(1000000000000)),
        .electrified_only = (uint8_t)csv_word(t, "per_km_unit", CSV_OPTIONAL, per_km, 0),
        .min_myuan = csv_scaled(t, "min_cny", CSV_OPTIONAL, 1000, 0, INT64_C(1000000000000)),
        .break_kg = (uint32_t)csv_int(t, "break_kg", CSV_OPTIONAL, 0, 1000000000),
        .valid_from_day = csv_day(t, "valid_from", CSV_OPTIONAL, INT32_MIN),
        .valid_to_day = csv_day(t, "valid_to", CSV_OPTIONAL, INT32_MAX),
        .confidence = gmns_confidence(t)};
    if (r.valid_to_day < r.valid_from_day)
        csv_fault(t, "valid_to", "is before valid_from");
    network_add_tariff_rule(g->b, &r);
    have[tariffs - 1].rule_count++;
}

/* A factor of transport per t km, or (terminal_kind filled) of handling per t. */
static void read_emission(struct gmns *g, struct csv *t)
{
    bool hub = csv_has(t, "terminal_kind");
    enum csv_need way = hub ? CSV_OPTIONAL : CSV_REQUIRED, place = hub ? CSV_REQUIRED : CSV_OPTIONAL;
    struct net_emission r = {
        .variant = network_intern(g->b, csv_text(t, "emission_id", CSV_REQUIRED)),
        .source = gmns_string(g, t, "source"),
        .ttw_mg_per_tkm = (uint32_t)csv_scaled(t, "ttw_kg_per_tkm", way, 1000000, 0, 100000000),
        .wtw_mg_per_tkm = (uint32_t)csv_scaled(t, "wtw_kg_per_tkm", way, 1000000, 0, 100000000),
        .ttw_mg_per_t = (uint32_t)csv_scaled(t, "ttw_kg_per_t", place, 1000000, 0, 1000000000),
        .wtw_mg_per_t = (uint32_t)csv_scaled(t, "wtw_kg_per_t", place, 1000000, 0, 1000000000),
        .terminal_kind = gmns_string(g, t, "terminal_kind"),
        .reefer_permille = (uint16_t)csv_scaled(t, "reefer_uplift", CSV_OPTIONAL, 1000, 0, 5000),
        .mode = (uint8_t)csv_word(t, "mode", way, gmns_modes, MODE_ROAD),
        .confidence = gmns_confidence(t)};
    if (r.wtw_mg_per_tkm < r.ttw_mg_per_tkm)
        csv_fault(t, "wtw_kg_per_tkm", "is below ttw_kg_per_tkm");
    if (r.wtw_mg_per_t < r.ttw_mg_per_t)
        csv_fault(t, "wtw_kg_per_t", "is below ttw_kg_per_t");
    if (hub ? (r.wtw_mg_per_tkm != 0) : (r.wtw_mg_per_t != 0))
        csv_fault(t, "terminal_kind", "makes a row a factor per t; without it a row is a factor per t km");
    uint32_t count;
    struct net_emission *have = network_rows_emission(g->b, &count);
    for (uint32_t i = g->old_emissions; i < count; i++)
        if (have[i].variant == r.variant || (hub && have[i].terminal_kind == r.terminal_kind))
            csv_fault(t, "emission_id", "or its terminal_kind stands more than once");
    for (uint32_t i = 0; i < g->old_emissions; i++)
        if (have[i].variant == r.variant) {
            have[i] = r;
            return;
        }
    network_add_emission(g->b, &r);
}

uint32_t gmns_emission(struct gmns *g, struct csv *t)
{
    uint32_t count;
    net_str id = network_intern(g->b, csv_text(t, "emission_id", CSV_REQUIRED));
    const struct net_emission *r = network_rows_emission(g->b, &count);
    for (uint32_t i = 0; i < count; i++)
        if (r[i].variant == id && r[i].terminal_kind == 0)
            return i;
    csv_fault(t, "emission_id", "is no row of emission.csv with a factor per t km");
    return 0;
}

/* Terminals handle by the factor of their kind. */
static void join_hubs(struct gmns *g)
{
    uint32_t terminals, factors;
    struct net_terminal *t = network_rows_terminal(g->b, &terminals);
    const struct net_emission *f = network_rows_emission(g->b, &factors);
    for (uint32_t i = 0; i < terminals; i++)
        for (uint32_t k = 0; k < factors; k++)
            if (f[k].terminal_kind != 0 && f[k].terminal_kind == t[i].kind)
                t[i].hub_emission = k + 1;
}

static void read_vehicle(struct gmns *g, struct csv *t)
{
    struct net_vehicle r = {
        .vehicle_class = (uint8_t)csv_int(t, "class_id", CSV_REQUIRED, 1, 6),
        .name_zh = gmns_string(g, t, "name_zh"),
        .name_en = gmns_string(g, t, "name_en"),
        .source = gmns_string(g, t, "source"),
        .axles = (uint8_t)csv_int(t, "axles", CSV_REQUIRED, 2, 20),
        .gross_kg = (uint32_t)csv_scaled(t, "gross_t", CSV_REQUIRED, 1000, 500, 500000),
        .payload_kg = (uint32_t)csv_scaled(t, "payload_t", CSV_REQUIRED, 1000, 100, 400000),
        .volume_dm3 = (uint32_t)csv_scaled(t, "volume_m3", CSV_REQUIRED, 1000, 100, 400000),
        .axle_kg = (uint32_t)csv_scaled(t, "axle_t", CSV_OPTIONAL, 1000, 0, 50000),
        .height_cm = (uint16_t)csv_scaled(t, "height_m", CSV_OPTIONAL, 100, 0, 1000),
        .width_cm = (uint16_t)csv_scaled(t, "width_m", CSV_OPTIONAL, 100, 0, 1000),
        .length_cm = (uint16_t)csv_scaled(t, "length_m", CSV_OPTIONAL, 100, 0, 6000),
        .max_speed_km10 = (uint16_t)csv_scaled(t, "max_speed_kmh", CSV_REQUIRED, 10, 50, 1500),
        .myuan_per_km = (int32_t)csv_scaled(t, "cost_cny_per_km", CSV_REQUIRED, 1000, 0, 1000000),
        .myuan_per_h = (int32_t)csv_scaled(t, "cost_cny_per_h", CSV_REQUIRED, 1000, 0, 10000000),
        .fixed_myuan = (int32_t)csv_scaled(t, "fixed_cny", CSV_OPTIONAL, 1000, 0, 100000000),
        .empty_return_permille = (uint16_t)csv_scaled(t, "empty_return_share", CSV_OPTIONAL, 1000, 0, 2000),
        .box_return_permille = (uint16_t)csv_scaled(t, "box_return_share", CSV_OPTIONAL, 1000, 0, 2000),
        .reefer_myuan_per_h = (int32_t)csv_scaled(t, "reefer_cny_per_h", CSV_OPTIONAL, 1000, 0, 10000000),
        .floor_cm = (uint16_t)csv_scaled(t, "floor_length_m", CSV_OPTIONAL, 100, 0, 6000),
        .deck_cm = (uint16_t)csv_scaled(t, "deck_m", CSV_OPTIONAL, 100, 0, 300),
        .load_width_cm = (uint16_t)csv_scaled(t, "load_width_m", CSV_OPTIONAL, 100, 0, 1000),
        .load_height_cm = (uint16_t)csv_scaled(t, "load_height_m", CSV_OPTIONAL, 100, 0, 1000),
        .teu = (uint8_t)csv_int(t, "teu", CSV_OPTIONAL, 0, 10),
        .emission = gmns_emission(g, t),
        .confidence = gmns_confidence(t)};
    uint32_t count;
    struct net_vehicle *have = network_rows_vehicle(g->b, &count);
    if (r.vehicle_class != ++g->vehicles)
        csv_fault(t, "class_id", "classes stand in order, 1 first, each once");
    for (uint32_t i = 0; i < g->old_vehicles; i++)
        if (have[i].vehicle_class == r.vehicle_class) {
            have[i] = r;
            return;
        }
    network_add_vehicle(g->b, &r);
}

bool gmns_read_tariffs(struct gmns *g, struct err *e)
{
    if (!gmns_read_table(g, "tariff.csv", read_rule, NULL, e) ||
        !gmns_read_table(g, "emission.csv", read_emission, NULL, e) ||
        !gmns_read_table(g, "vehicle_class.csv", read_vehicle, NULL, e))
        return false;
    join_hubs(g);
    return gmns_read_cargo(g, e);
}
