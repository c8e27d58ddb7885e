/* container.csv, equipment.csv, storage.csv: what loads are in, what takes them, what their waiting costs */
#include "import/gmns_tables.h"

#include <stdlib.h>
#include <string.h>

enum { COLD_C = -90, HOT_C = 90 };

void gmns_temperatures(struct csv *t, int16_t *min_c, int16_t *max_c)
{
    *min_c = (int16_t)csv_int(t, "min_c", CSV_OPTIONAL, COLD_C, HOT_C);
    *max_c = (int16_t)csv_int(t, "max_c", CSV_OPTIONAL, COLD_C, HOT_C);
    if (csv_has(t, "min_c") != csv_has(t, "max_c"))
        csv_fault(t, "min_c", "and max_c are told both or not at all");
    else if (*min_c > *max_c)
        csv_fault(t, "max_c", "is below min_c");
}

/* "3" is the whole class; "4.1" one division. 0: none such. */
static uint32_t class_bits(const char *s, size_t len)
{
    uint32_t bits = 0;
    if (len == 3 && s[1] == '.' && s[0] >= '1' && s[0] <= '9' && s[2] >= '1' && s[2] <= '9')
        return net_dangerous_bit((unsigned)(s[0] - '0') * 10 + (unsigned)(s[2] - '0'));
    for (unsigned division = 0; len == 1 && s[0] >= '1' && s[0] <= '9' && division < 10; division++)
        bits |= net_dangerous_bit((unsigned)(s[0] - '0') * 10 + division);
    return bits;
}

uint32_t gmns_classes(struct csv *t, const char *column)
{
    uint32_t mask = 0;
    for (const char *s = csv_text(t, column, CSV_OPTIONAL); *s != '\0';) {
        s += strspn(s, " ;");
        size_t len = strcspn(s, " ;");
        uint32_t bits = class_bits(s, len);
        if (len > 0 && bits == 0) {
            csv_fault(t, column, "\"%.*s\" is no class of dangerous goods such as 3 or 4.1",
                      (int)(len < 20 ? len : 20), s);
            return 0;
        }
        mask |= bits;
        s += len;
    }
    return mask;
}

static uint16_t centimetres(struct csv *t, const char *column, enum csv_need need)
{
    return (uint16_t)csv_scaled(t, column, need, 100, 0, 60000);
}

static void read_container(struct gmns *g, struct csv *t)
{
    const char *type = csv_text(t, "iso_type", CSV_REQUIRED);
    struct net_container r = {.name = gmns_string(g, t, "name"),
                              .source = gmns_string(g, t, "source"),
                              .teu = (uint8_t)csv_int(t, "teu", CSV_REQUIRED, 1, 2),
                              .tare_kg = (uint32_t)csv_int(t, "tare_kg", CSV_REQUIRED, 500, 20000),
                              .payload_kg = (uint32_t)csv_int(t, "payload_kg", CSV_REQUIRED, 1000, 60000),
                              .volume_dm3 =
                                  (uint32_t)csv_scaled(t, "volume_m3", CSV_OPTIONAL, 1000, 0, 200000),
                              .height_cm = centimetres(t, "height_m", CSV_REQUIRED),
                              .length_cm = centimetres(t, "length_m", CSV_REQUIRED),
                              .inner_length_cm = centimetres(t, "inner_length_m", CSV_OPTIONAL),
                              .door_width_cm = centimetres(t, "door_width_m", CSV_OPTIONAL),
                              .door_height_cm = centimetres(t, "door_height_m", CSV_OPTIONAL),
                              .reefer = csv_flag(t, "reefer", CSV_OPTIONAL),
                              .confidence = gmns_confidence(t)};
    uint32_t count;
    const struct net_container *have = network_rows_container(g->b, &count);
    gmns_temperatures(t, &r.min_c, &r.max_c);
    if (strlen(type) != 4) {
        csv_fault(t, "iso_type", "\"%.20s\" is not four characters such as 45G1 (ISO 6346)", type);
        return;
    }
    memcpy(r.iso_type, type, 5);
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(have[i].iso_type, r.iso_type) == 0)
            csv_fault(t, "iso_type", "%s stands more than once", r.iso_type);
    network_add_container(g->b, &r);
}

static void read_equipment(struct gmns *g, struct csv *t)
{
    struct net_equipment r = {.id = network_intern(g->b, csv_text(t, "equipment_id", CSV_REQUIRED)),
                              .name = gmns_string(g, t, "name"),
                              .source = gmns_string(g, t, "source"),
                              .mode = (uint8_t)csv_word(t, "mode", CSV_REQUIRED, gmns_modes, MODE_AIR),
                              .max_piece_kg =
                                  (uint32_t)csv_scaled(t, "max_piece_t", CSV_OPTIONAL, 1000, 0, 10000000),
                              .length_cm = centimetres(t, "length_m", CSV_OPTIONAL),
                              .width_cm = centimetres(t, "width_m", CSV_OPTIONAL),
                              .height_cm = centimetres(t, "height_m", CSV_OPTIONAL),
                              .dangerous_classes = gmns_classes(t, "dangerous_classes"),
                              .confidence = gmns_confidence(t)};
    uint32_t count;
    const struct net_equipment *have = network_rows_equipment(g->b, &count);
    gmns_temperatures(t, &r.min_c, &r.max_c);
    for (uint32_t i = 0; i < count; i++)
        if (have[i].id == r.id)
            csv_fault(t, "equipment_id", "stands more than once");
    network_add_equipment(g->b, &r);
}

uint32_t gmns_equipment(struct gmns *g, struct csv *t, uint8_t mode)
{
    uint32_t count;
    const char *text = csv_text(t, "equipment_id", CSV_OPTIONAL);
    if (text[0] == '\0')
        return 0;
    net_str id = network_intern(g->b, text);
    const struct net_equipment *r = network_rows_equipment(g->b, &count);
    for (uint32_t i = 0; i < count; i++)
        if (r[i].id == id && r[i].mode == mode)
            return i + 1;
    csv_fault(t, "equipment_id", "\"%.40s\" is no row of equipment.csv for this mode", text);
    return 0;
}

static void read_storage(struct gmns *g, struct csv *t)
{
    static const char *const units[] = {"t", "teu", "box20", "box40", "kg", "shipment", NULL};
    struct net_storage r = {.terminal = csv_has(t, "terminal_id") ? id_column(t, "terminal_id", &g->terminal)
                                                                  : NET_NONE,
                            .kind = gmns_string(g, t, "terminal_kind"),
                            .source = gmns_string(g, t, "source"),
                            .cargo = (uint16_t)csv_mask(t, "cargo", CSV_OPTIONAL, net_cargo_names),
                            .unit = (uint8_t)csv_word(t, "unit", CSV_REQUIRED, units, UNIT_T),
                            .from_day = (uint32_t)csv_int(t, "from_day", CSV_REQUIRED, 1, 10000),
                            .myuan_per_day = csv_scaled(t, "cny_per_day", CSV_REQUIRED, 1000, 0, 1000000000),
                            .confidence = gmns_confidence(t)};
    uint32_t count;
    const struct net_storage *have = network_rows_storage(g->b, &count);
    if (csv_has(t, "terminal_id") == (r.kind != 0)) {
        csv_fault(t, "terminal_id", "or terminal_kind says where the rate holds: one of the two");
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        if (have[i].terminal == r.terminal && have[i].kind == r.kind && have[i].cargo == r.cargo &&
            have[i].unit == r.unit && have[i].from_day == r.from_day)
            csv_fault(t, "from_day", "%u has a rate for this place, cargo and unit already", r.from_day);
    network_add_storage(g->b, &r);
}

bool gmns_read_cargo(struct gmns *g, struct err *e)
{
    return gmns_read_table(g, "container.csv", read_container, NULL, e) &&
           gmns_read_table(g, "equipment.csv", read_equipment, NULL, e) &&
           gmns_read_table(g, "storage.csv", read_storage, NULL, e);
}
