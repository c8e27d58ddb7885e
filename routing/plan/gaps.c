#include "plan/gaps.h"

#include "base/text.h"

static const struct {
    const char *name;
    uint32_t near, standard; /* from which on; what any vehicle may have */
    uint32_t per_unit;
} kinds[LIMIT_COUNT] = {
    [LIMIT_HEIGHT] = {"height", 400, 400, 100},       [LIMIT_WIDTH] = {"width", 256, 255, 100},
    [LIMIT_LENGTH] = {"length", 1801, 1810, 100},     [LIMIT_GROSS] = {"gross mass", 40000, 49000, 1000},
    [LIMIT_AXLE] = {"axle load", 10000, 11500, 1000},
};

const char *plan_limit_name(enum net_limit_kind k)
{
    return (unsigned)k < LIMIT_COUNT ? kinds[k].name : "?";
}

void plan_limit_words(enum net_limit_kind k, uint32_t value, char out[24])
{
    bool metres = k == LIMIT_HEIGHT || k == LIMIT_WIDTH || k == LIMIT_LENGTH;
    double x = (double)value / kinds[k].per_unit;
    if (metres)
        text_print(out, 24, "%.2f m", x);
    else
        text_print(out, 24, "%.1f t", x);
}

struct plan_measures plan_measures_of(const struct network *n, const struct road_profile *v)
{
    struct plan_measures m = {0};
    for (uint32_t i = 0; i < n->vehicle_count; i++) {
        const struct net_vehicle *k = &n->vehicle[i];
        if (k->vehicle_class != v->vehicle_class)
            continue;
        m.of[LIMIT_HEIGHT] = v->height_cm != 0 ? v->height_cm : k->height_cm;
        m.of[LIMIT_WIDTH] = v->width_cm != 0 ? v->width_cm : k->width_cm;
        m.of[LIMIT_LENGTH] = v->length_cm != 0 ? v->length_cm : k->length_cm;
        m.of[LIMIT_GROSS] = v->gross_kg != 0 ? v->gross_kg : k->gross_kg;
        m.of[LIMIT_AXLE] = v->axle_kg != 0 ? v->axle_kg : k->axle_kg;
        break;
    }
    for (unsigned k = 0; k < LIMIT_COUNT; k++)
        m.near |= m.of[k] >= kinds[k].near ? 1u << k : 0;
    return m;
}

static void look(const struct plan_measures *m, unsigned kind, struct road_kind of,
                 struct plan_gap out[LIMIT_COUNT])
{
    for (unsigned k = 0; k < LIMIT_COUNT; k++) {
        if (!(m->near >> k & 1) || !(kind >> k & 1) ||
            (kind & LINK_MAIN_ROAD && m->of[k] <= kinds[k].standard))
            continue;
        out[k].links += of.links;
        out[k].length_m += of.length_m;
    }
}

static void look_at(const struct network *n, const struct plan_measures *m, uint32_t link,
                    struct plan_gap out[LIMIT_COUNT])
{
    look(m, net_link_kind(n, link), (struct road_kind){1, n->link[link].length_m}, out);
}

void plan_gaps(const struct network *n, const struct plan_measures *m, const uint32_t *link, uint32_t count,
               struct plan_gap out[LIMIT_COUNT])
{
    for (unsigned k = 0; k < LIMIT_COUNT; k++)
        out[k] = (struct plan_gap){0};
    for (uint32_t i = 0; link != NULL && i < count; i++)
        look_at(n, m, link[i], out);
    for (uint32_t i = 0; link == NULL && m->near != 0 && i < n->link_count; i++)
        if (n->link[i].mode == MODE_ROAD && n->link[i].status == STATUS_OPEN)
            look_at(n, m, i, out);
}

void plan_gaps_of_kinds(const struct plan_measures *m, const struct road_kind *kind,
                        struct plan_gap out[LIMIT_COUNT])
{
    for (unsigned k = 0; k < LIMIT_COUNT; k++)
        out[k] = (struct plan_gap){0};
    for (unsigned k = 0; k < LINK_KIND_COUNT; k++)
        look(m, k, kind[k], out);
}
