/* ref.c - plan_ref: XXH3-128 over the versions, the question and the option, each number as 8 bytes in little
 * endian order, so that the reference is the same on every machine. */
#include "plan/plan.h"

#include <stdio.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

struct ref_hash {
    XXH3_state_t state;
};

static void add_number(struct ref_hash *h, int64_t v)
{
    unsigned char b[8];
    for (int i = 0; i < 8; i++)
        b[i] = (unsigned char)((uint64_t)v >> (8 * i));
    XXH3_128bits_update(&h->state, b, sizeof b);
}

static void add_text(struct ref_hash *h, const char *s)
{
    add_number(h, (int64_t)strlen(s));
    XXH3_128bits_update(&h->state, s, strlen(s));
}

static void add_ways(struct ref_hash *h, const struct plan_request *r)
{
    const struct plan_avoid *v = r->avoid;
    add_number(h, r->alternatives);
    add_number(h, r->via_count);
    for (uint32_t i = 0; i < r->via_count; i++)
        add_number(h, r->via[i]);
    add_number(h, v != NULL ? v->link_count : 0);
    for (uint32_t i = 0; v != NULL && i < v->link_count; i++)
        add_number(h, v->link_id[i]);
    add_number(h, v != NULL ? v->box_count : 0);
    for (uint32_t i = 0; v != NULL && i < v->box_count; i++) {
        const int32_t sides[] = {v->box[i].south_e7, v->box[i].west_e7, v->box[i].north_e7,
                                 v->box[i].east_e7};
        for (int k = 0; k < 4; k++)
            add_number(h, sides[k]);
    }
}

static void add_agreed(struct ref_hash *h, const struct freight_agreed *g)
{
    add_number(h, g != NULL ? g->count : 0);
    for (uint32_t i = 0; g != NULL && i < g->count; i++) {
        const struct net_tariff_rule *x = &g->rule[i];
        const int64_t numbers[] = {
            x->tariff,          x->kind,      x->unit,     x->cargo,          x->base_myuan,
            x->per_km_nyuan,    x->min_myuan, x->break_kg, x->valid_from_day, x->valid_to_day,
            x->electrified_only};
        for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++)
            add_number(h, numbers[k]);
    }
}

static void add_request(struct ref_hash *h, const struct plan_request *r)
{
    const struct plan_cargo *c = &r->cargo;
    const struct road_profile *v = &r->vehicle;
    const int64_t numbers[] = {r->from,
                               r->to,
                               c->mass_kg,
                               c->volume_dm3,
                               c->bulk,
                               c->chilled,
                               c->dangerous,
                               c->min_c,
                               c->max_c,
                               c->value_yuan,
                               r->ready_at,
                               r->deliver_by,
                               v->vehicle_class,
                               v->dangerous,
                               v->gross_kg,
                               v->axle_kg,
                               v->height_cm,
                               v->width_cm,
                               v->length_cm,
                               r->second_driver,
                               r->drayage_permille,
                               r->value_of_time_myuan_per_t_h,
                               r->co2_price_myuan_per_t,
                               c->container_count,
                               c->dangerous_class,
                               c->piece.kg,
                               c->piece.length_cm,
                               c->piece.width_cm,
                               c->piece.height_cm};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        add_number(h, numbers[i]);
    add_text(h, c->commodity != NULL ? c->commodity : "");
    add_ways(h, r);
    add_agreed(h, r->agreed);
    for (uint32_t i = 0; i < c->container_count; i++) {
        add_text(h, c->containers[i].iso_type);
        add_number(h, c->containers[i].count);
        add_number(h, c->containers[i].teu);
    }
}

static void add_option(struct ref_hash *h, const struct plan_itinerary *it)
{
    add_number(h, it->family);
    add_number(h, it->leg_count);
    for (uint32_t i = 0; i < it->leg_count; i++) {
        const struct plan_leg *l = &it->legs[i];
        const int64_t numbers[] = {l->mode,        l->service,       l->from_stop,   l->to_stop,
                                   l->service_day, l->from_terminal, l->to_terminal, l->depart_at,
                                   l->arrive_at,   l->distance_m,    l->co2_wtw_g};
        for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++)
            add_number(h, numbers[k]);
    }
    add_number(h, it->line_count);
    for (uint32_t i = 0; i < it->line_count; i++) {
        add_number(h, it->lines[i].kind);
        add_number(h, it->lines[i].charge);
        add_number(h, it->lines[i].leg);
        add_number(h, it->lines[i].amount_myuan);
    }
    add_number(h, it->total_myuan);
}

void plan_ref(const struct network *n, const struct plan_request *r, const struct plan_itinerary *it,
              char out[33])
{
    struct ref_hash h;
    XXH3_128bits_reset(&h.state);
    add_text(&h, n->version);
    add_text(&h, n->tariff_version);
    add_text(&h, n->timetable_version);
    add_request(&h, r);
    add_option(&h, it);
    XXH128_hash_t x = XXH3_128bits_digest(&h.state);
    snprintf(out, 33, "%016llx%016llx", (unsigned long long)x.high64, (unsigned long long)x.low64);
}
