#include "plan/words.h"

#include "freight/truck.h"

#include <string.h>

static const char *unit_name(uint8_t unit)
{
    static const char *const names[UNIT_COUNT] = {"t",  "TEU",      "20-ft box", "40-ft box",
                                                  "kg", "shipment", "truck"};
    return unit < UNIT_COUNT ? names[unit] : "unit";
}

/* Chargeable mass above the real one (air), and mass declared above that. */
static const char *mass_note(const struct freight_load *load, const struct bill_line *l,
                             const struct net_tariff_rule *r, struct arena *a)
{
    int64_t kg = r->unit == UNIT_KG ? l->units_milli / 1000 : l->units_milli;
    if ((r->unit != UNIT_KG && r->unit != UNIT_T) || kg == load->mass_kg)
        return "";
    if (kg == (int64_t)r->break_kg && kg > cargo_chargeable_kg(load, MODE_AIR))
        return arena_printf(a, ", declared for the break of %lld kg; actual %lld kg", (long long)kg,
                            (long long)load->mass_kg);
    return arena_printf(a, ", chargeable by volume; actual %lld kg", (long long)load->mass_kg);
}

static void word_tariff(const struct network *n, const struct freight_load *load, const struct bill_line *l,
                        struct arena *a, struct plan_line *out)
{
    const struct net_tariff_rule *r = l->agreed ? &load->agreed->rule[l->row] : &n->tariff_rule[l->row];
    const char *unit = unit_name(r->unit), *note = mass_note(load, l, r, a);
    double units = (double)l->units_milli / 1000, km = (double)l->distance_m / 1000;
    double base = (double)r->base_myuan / 1000, per_km = (double)r->per_km_nyuan / 1e6;
    if (note == NULL)
        return;
    if (r->per_km_nyuan != 0) {
        out->basis = arena_printf(a, "%.3f %s x %.3f km%s", units, unit, km, note);
        out->rate = arena_printf(a, "%.3f yuan/%s + %.6f yuan/%s/km", base, unit, per_km, unit);
    } else {
        out->basis = arena_printf(a, "%.3f %s%s", units, unit, note);
        out->rate = arena_printf(a, "%.3f yuan/%s", base, unit);
    }
    if (r->min_myuan > 0 && l->amount_myuan == r->min_myuan && out->rate != NULL)
        out->rate = arena_printf(a, "%s, at least %.2f yuan", out->rate, (double)r->min_myuan / 1000);
    if (l->agreed)
        out->agreed = load->agreed->contract[l->row];
}

static void word_truck(const struct network *n, const struct freight_load *load, const struct bill_line *l,
                       const struct plan_leg *leg, struct arena *a, struct plan_line *out)
{
    const struct net_vehicle *v = &n->vehicle[load->vehicle];
    unsigned trucks = leg->trucks;
    const char *s = trucks == 1 ? "" : "s";
    double km = (double)leg->distance_m / 1000, h = (double)leg->drive_s / 3600;
    switch (l->kind) {
    case BILL_TRUCK_RUNNING:
        out->basis = arena_printf(a, "%u truck%s x %.3f km", trucks, s, km);
        out->rate = arena_printf(a, "%.3f yuan/km", v->myuan_per_km / 1000.0);
        break;
    case BILL_EMPTY_RETURN:
        out->basis = arena_printf(a, "%u truck%s x %.3f km back empty%s", trucks, s, km,
                                  load->cargo & CARGO_CONTAINER ? " with the boxes to their depot" : "");
        out->rate = arena_printf(a, "%.1f %% of %.3f yuan/km", truck_return_permille(v, load) / 10.0,
                                 v->myuan_per_km / 1000.0);
        break;
    case BILL_TRUCK_TIME:
        out->basis = arena_printf(a, "%u truck%s x %.3f h", trucks, s, h);
        out->rate = arena_printf(a, "%.3f yuan/h", v->myuan_per_h / 1000.0);
        break;
    case BILL_REEFER:
        out->basis = arena_printf(a, "%u cooling unit%s x %.3f h", trucks, s, h);
        out->rate = arena_printf(a, "%.3f yuan/h", v->reefer_myuan_per_h / 1000.0);
        break;
    case BILL_TRUCK_FIXED:
        out->basis = arena_printf(a, "%u truck%s", trucks, s);
        out->rate = arena_printf(a, "%.3f yuan/truck", v->fixed_myuan / 1000.0);
        break;
    default:
        out->basis = arena_printf(a, "%u truck%s, class %u", trucks, s, (unsigned)leg->vehicle_class);
        out->rate = arena_printf(a, "%.3f yuan/truck", (double)leg->toll_myuan / 1000);
        break;
    }
}

static void word_handling(const struct network *n, const struct freight_load *load, const struct bill_line *l,
                          struct arena *a, struct plan_line *out)
{
    const struct net_handling *h = &n->handling[l->row];
    bool box = (load->cargo & CARGO_CONTAINER) != 0;
    double price = (double)(box ? h->price_myuan_per_teu : h->price_myuan_per_t) / 1000;
    out->basis = arena_printf(a, "%.3f %s", (double)l->units_milli / 1000, box ? "TEU" : "t");
    out->rate = arena_printf(a, "%.3f yuan/%s", price, box ? "TEU" : "t");
}

static void word_storage(const struct network *n, const struct bill_line *l, struct arena *a,
                         struct plan_line *out)
{
    const struct net_storage *r = &n->storage[l->row];
    out->basis = arena_printf(a, "%.3f %s-days from day %u of the stay", (double)l->units_milli / 1000,
                              unit_name(r->unit), r->from_day);
    out->rate = arena_printf(a, "%.3f yuan/%s/day", (double)r->myuan_per_day / 1000, unit_name(r->unit));
}

void plan_word_line(const struct network *n, const struct freight_load *load, const struct bill_line *l,
                    const struct plan_leg *leg, struct arena *a, struct plan_line *out)
{
    *out = (struct plan_line){.kind = l->kind,
                              .charge = l->charge,
                              .estimated = l->estimated,
                              .row = l->row,
                              .amount_myuan = l->amount_myuan,
                              .source = l->source};
    if (l->kind == BILL_TARIFF)
        word_tariff(n, load, l, a, out);
    else if (l->kind == BILL_HANDLING)
        word_handling(n, load, l, a, out);
    else if (l->kind == BILL_STORAGE)
        word_storage(n, l, a, out);
    else
        word_truck(n, load, l, leg, a, out);
}

/* The rows that a leg's emissions come from, and those before it in the option. */
static uint32_t rows_of(const struct network *n, const struct plan_leg *l, uint32_t row[3])
{
    const uint32_t terminal[] = {l->from_terminal, l->to_terminal};
    uint32_t count = 0;
    row[count++] = l->emission;
    for (int k = 0; k < 2; k++)
        if (terminal[k] != NET_NONE && n->terminal[terminal[k]].hub_emission != 0)
            row[count++] = n->terminal[terminal[k]].hub_emission - 1;
    return count;
}

enum { FACTORS_MAX = 3 * PLAN_LEGS_MAX };

static char *append(char *to, const char *text)
{
    size_t length = strlen(text);
    memcpy(to, text, length);
    return to + length;
}

/* The rows of an option, each once, in the order of the legs; how many. */
static uint32_t list_rows(const struct network *n, const struct plan_itinerary *it,
                          uint32_t used[FACTORS_MAX])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < it->leg_count; i++) {
        uint32_t row[3], rows = rows_of(n, &it->legs[i], row);
        for (uint32_t k = 0; k < rows; k++) {
            bool known = row[k] >= n->emission_count;
            for (uint32_t x = 0; x < count; x++)
                known = known || used[x] == row[k];
            if (!known)
                used[count++] = row[k];
        }
    }
    return count;
}

const char *plan_word_emissions(const struct network *n, const struct plan_itinerary *it, struct arena *a)
{
    static const char method[] =
        "ISO 14083:2023, well-to-wheel with hubs; mass x distance of the way taken x factor";
    static const char *const words[CONF_COUNT] = {"measured", "published", "estimated"};
    enum { PARTS = 7 };
    const char *part[PARTS * FACTORS_MAX + 1] = {method};
    uint32_t used[FACTORS_MAX], rows = list_rows(n, it, used), count = 1;
    for (uint32_t i = 0; i < rows; i++) {
        const struct net_emission *f = &n->emission[used[i]];
        const char *const parts[PARTS] = {"; ", net_string(n, f->variant),
                                          ": ", net_string(n, f->source),
                                          " (", words[f->confidence < CONF_COUNT ? f->confidence : 2],
                                          ")"};
        for (int k = 0; k < PARTS; k++)
            part[count++] = parts[k];
    }
    size_t size = 1;
    for (uint32_t i = 0; i < count; i++)
        size += strlen(part[i]);
    char *text = arena_alloc(a, size), *end = text;
    for (uint32_t i = 0; text != NULL && i < count; i++)
        end = append(end, part[i]);
    if (text != NULL)
        *end = '\0';
    return text;
}
