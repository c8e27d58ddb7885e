#include "tiny_net.h"

#include "test.h"

#include <string.h>

enum { CARGO_MOST = CARGO_GENERAL | CARGO_BULK | CARGO_CONTAINER };

static uint32_t below(uint64_t *s, uint32_t bound)
{
    return test_rand_below(s, bound);
}

static void add_link(struct tiny_net *t, uint64_t *s, uint32_t a, uint32_t b)
{
    struct net_link *l = &t->link[t->net.link_count];
    if (a == b || t->net.link_count == TINY_LINKS)
        return;
    *l = (struct net_link){.id = t->net.link_count,
                           .from = a,
                           .to = b,
                           .length_m = 3000 + below(s, 60000) + (below(s, 8) == 0 ? 250000 : 0),
                           .speed_km10 = (uint16_t)(400 + below(s, 500)),
                           .flags = (uint16_t)(LINK_FORWARD | LINK_BACKWARD | (below(s, 2) ? LINK_TOLL : 0)),
                           .mode = MODE_ROAD};
    t->net.link_count++;
}

static void make_roads(struct tiny_net *t, uint64_t *s)
{
    uint32_t arcs = 0;
    for (uint32_t i = 0; i < TINY_NODES; i++) {
        t->node_id[i] = 100 + i;
        /* Nearer than PLAN_SHUTTLE_MAX_M as the crow flies, whatever the lengths of the roads. */
        t->point[i] = (struct net_point){300000000 + (int32_t)below(s, 4000000),
                                         1140000000 + (int32_t)below(s, 4000000)};
        if (i > 0 && below(s, 12) != 0) /* now and then a part without a road */
            add_link(t, s, i, below(s, i));
    }
    for (int i = 0; i < 8; i++)
        add_link(t, s, below(s, TINY_NODES), below(s, TINY_NODES));
    for (uint32_t v = 0; v < TINY_NODES; v++) {
        t->arc_first[v] = arcs;
        for (uint32_t k = 0; k < t->net.link_count; k++) {
            const struct net_link *l = &t->link[k];
            if (l->from != v && l->to != v)
                continue;
            t->arc_head[arcs] = l->from == v ? l->to : l->from;
            t->arc_link[arcs++] = k * 2 + (l->from != v);
        }
    }
    t->arc_first[TINY_NODES] = arcs;
    t->net.arc_head_count = t->net.arc_link_count = arcs;
    t->net.arc_first_count = TINY_NODES + 1;
}

static void make_trucks(struct tiny_net *t, uint64_t *s)
{
    for (uint32_t i = 0; i < 6; i++)
        t->emission[i] = (struct net_emission){.ttw_mg_per_tkm = 5000 + below(s, 90000),
                                               .wtw_mg_per_tkm = 9000 + below(s, 99000)};
    for (uint32_t i = 0; i < 2; i++) {
        t->vehicle[i] = (struct net_vehicle){.gross_kg = 18000 + 31000 * i,
                                             .payload_kg = 10000 + 22000 * i,
                                             .volume_dm3 = 45000 + 45000 * i,
                                             .height_cm = 400,
                                             .max_speed_km10 = 800,
                                             .myuan_per_km = (int32_t)(2000 + below(s, 5000)),
                                             .myuan_per_h = (int32_t)(30000 + below(s, 200000)),
                                             .fixed_myuan = (int32_t)below(s, 90000),
                                             .emission = i,
                                             .vehicle_class = (uint8_t)(i == 0 ? 2 : 6),
                                             .teu = (uint8_t)(2 * i)};
        t->toll[i] = (struct net_toll){.myuan_per_km = (int32_t)below(s, 2500),
                                       .vehicle_class = t->vehicle[i].vehicle_class,
                                       .region_index = 0};
    }
}

static void make_hours(struct tiny_net *t, uint64_t *s)
{
    for (uint32_t k = 1; k < 4; k++)
        for (int d = 0; d < 7; d++) {
            uint16_t from = (uint16_t)(below(s, 20) * 60), span = (uint16_t)(below(s, 14) * 60);
            t->hours[k].from_min[d] = from;
            t->hours[k].to_min[d] = (uint16_t)(below(s, 6) == 0 ? from : from + span);
        }
}

static void add_handling(struct tiny_net *t, uint64_t *s, uint32_t terminal, uint8_t from, uint8_t to)
{
    uint32_t rows = 1 + (below(s, 4) == 0);
    for (uint32_t i = 0; i < rows && t->net.handling_count < TINY_HANDLING; i++)
        t->handling[t->net.handling_count++] =
            (struct net_handling){.terminal = terminal,
                                  .price_myuan_per_t = below(s, 30000),
                                  .price_myuan_per_teu = below(s, 400000),
                                  .p50_min = (uint16_t)below(s, 240),
                                  .p90_min = 300,
                                  .cargo = (uint16_t)(below(s, 4) ? CARGO_MOST : 1u << below(s, 3)),
                                  .from_mode = from,
                                  .to_mode = to};
}

static void make_terminals(struct tiny_net *t, uint64_t *s)
{
    for (uint32_t i = 0; i < TINY_TERMINALS; i++) {
        struct net_terminal *x = &t->terminal[i];
        unsigned main = (1u << MODE_RAIL | 1u << MODE_WATER) & (below(s, 3) + 1) << 1;
        if (below(s, 3) == 0)
            main |= 1u << MODE_AIR;
        *x = (struct net_terminal){.id = 10 + i,
                                   .node = 1 + i,
                                   .hours = below(s, 4),
                                   .handling_first = t->net.handling_count,
                                   .cutoff_first = t->net.cutoff_count,
                                   .capacity_t_per_day = below(s, 8) == 0 ? 20 : 0,
                                   .cargo = CARGO_MOST,
                                   .modes = (uint8_t)(1u << MODE_ROAD | main),
                                   .status = below(s, 15) == 0 ? STATUS_PLANNED : STATUS_OPEN};
        for (uint8_t a = 0; a < MODE_COUNT; a++)
            for (uint8_t b = 0; b < MODE_COUNT; b++)
                if (x->modes >> a & 1 && x->modes >> b & 1 && below(s, 6) != 0)
                    add_handling(t, s, i, a, b);
        x->handling_count = t->net.handling_count - x->handling_first;
        for (uint8_t m = 0; m < MODE_COUNT; m++)
            if (x->modes >> m & 1 && below(s, 2))
                t->cutoff[t->net.cutoff_count++] =
                    (struct net_cutoff){.terminal = i,
                                        .before_min = (uint16_t)below(s, 600),
                                        .mode = m,
                                        .kind = (uint8_t)below(s, CUTOFF_KIND_COUNT)};
        x->cutoff_count = t->net.cutoff_count - x->cutoff_first;
    }
}

/* Tariff k is for mode k: two freight rates (a break or a date between them), a surcharge, a rule per box. */
static void make_tariffs(struct tiny_net *t, uint64_t *s)
{
    for (uint32_t k = 0; k < 4; k++) {
        t->tariff[k] = (struct net_tariff){.rule_first = t->net.tariff_rule_count, .mode = (uint8_t)k};
        bool dated = below(s, 2);
        for (uint32_t i = 0; i < 4; i++) {
            struct net_tariff_rule *r = &t->rule[t->net.tariff_rule_count++];
            *r = (struct net_tariff_rule){.tariff = k,
                                          .base_myuan = below(s, 9000),
                                          .per_km_nyuan = below(s, 90000),
                                          .min_myuan = below(s, 3) == 0 ? below(s, 2000000) : 0,
                                          .valid_from_day = INT32_MIN,
                                          .valid_to_day = INT32_MAX,
                                          .kind = CHARGE_FREIGHT,
                                          .unit = UNIT_T};
            if (i == 1 && dated)
                r->valid_from_day = TINY_DAY + (int32_t)below(s, 12);
            if (i == 1)
                r->break_kg = 100 + below(s, 15000);
            if (i == 2)
                r->kind = CHARGE_FUEL, r->unit = UNIT_SHIPMENT;
            if (i == 2 && dated)
                r->valid_to_day = TINY_DAY + (int32_t)below(s, 12);
            if (i == 3)
                r->kind = CHARGE_ELECTRIFICATION, r->electrified_only = 1,
                r->cargo = CARGO_BULK | CARGO_GENERAL;
        }
        t->tariff[k].rule_count = t->net.tariff_rule_count - t->tariff[k].rule_first;
    }
}

static void add_stops(struct tiny_net *t, uint64_t *s, uint32_t i)
{
    struct net_service *v = &t->service[i];
    uint32_t want = 2 + below(s, 2), minute = 0, last = NET_NONE;
    v->stop_first = t->net.stop_count;
    for (int tries = 0; tries < 30 && v->stop_count < want; tries++) {
        uint32_t k = below(s, TINY_TERMINALS);
        if (k == last || !(t->terminal[k].modes >> v->mode & 1))
            continue;
        struct net_stop *x = &t->stop[t->net.stop_count++];
        *x = (struct net_stop){.service = i, .terminal = k, .arrive_min = minute, .depart_min = minute};
        if (v->stop_count > 0) {
            x->distance_m = 20000 + below(s, 200000);
            x->depart_min = minute + below(s, 90);
        }
        minute = x->depart_min + 30 + below(s, 2000);
        last = k;
        v->stop_count++;
    }
}

/* In every other network a service often is a further run of the one before: the same stops and terms, other
 * hours and days, now and then overtaking it. */
static void make_run_of(struct tiny_net *t, uint64_t *s, uint32_t i)
{
    const struct net_service *first = &t->service[i - 1];
    struct net_service *v = &t->service[i];
    uint32_t stops = v->stop_first;
    if (first->mode != v->mode || below(s, 3) == 0)
        return;
    v->capacity_kg = first->capacity_kg;
    v->capacity_teu_milli = first->capacity_teu_milli;
    v->electrified_permille = first->electrified_permille;
    v->cargo = first->cargo;
    v->days = below(s, 2) ? v->days : 0x7f;
    v->stop_count = first->stop_count;
    t->net.stop_count = stops + v->stop_count;
    uint32_t percent = 60 + below(s, 50), late = below(s, 3) * below(s, 600);
    for (uint32_t k = 0; k < v->stop_count; k++) {
        struct net_stop *x = &t->stop[stops + k];
        *x = t->stop[first->stop_first + k];
        x->service = i;
        x->arrive_min = x->arrive_min * percent / 100 + (k > 0 ? late : 0);
        x->depart_min = x->depart_min * percent / 100 + (k > 0 ? late : 0);
    }
}

static void make_services(struct tiny_net *t, uint64_t *s, bool with_runs)
{
    uint64_t runs = *s ^ 0x2545;
    for (uint32_t i = 0; i < TINY_SERVICES; i++) {
        struct net_service *v = &t->service[i];
        static const uint8_t modes[] = {MODE_RAIL,  MODE_RAIL,  MODE_RAIL, MODE_WATER,
                                        MODE_WATER, MODE_WATER, MODE_AIR,  MODE_ROAD};
        bool sold_by_teu = below(s, 6) == 0;
        *v = (struct net_service){.id = 500 + i,
                                  .mode = modes[i],
                                  .tariff = modes[i],
                                  .emission = 2u + modes[i],
                                  .exception_first = t->net.exception_count,
                                  .valid_from_day = TINY_DAY - 30 + (int32_t)below(s, 35),
                                  .valid_to_day = TINY_DAY - 2 + (int32_t)below(s, 40),
                                  .capacity_kg = sold_by_teu ? 0 : 2000 + below(s, 90000),
                                  .capacity_teu_milli = sold_by_teu ? 1000 + below(s, 20000) : 0,
                                  .depart_min = (uint16_t)below(s, 1440),
                                  .electrified_permille = (uint16_t)below(s, 1001),
                                  .cargo = (uint16_t)(below(s, 5) ? CARGO_MOST : 1u << below(s, 3)),
                                  .days = (uint8_t)(1u << below(s, 7) | 1u << below(s, 7))};
        add_stops(t, s, i);
        if (i > 0 && with_runs)
            make_run_of(t, &runs, i);
        for (uint32_t k = below(s, 3); k > 0; k--)
            t->exception[t->net.exception_count++] =
                (struct net_exception){.service = i,
                                       .day = TINY_DAY + 1 + (int32_t)(below(s, 5) * 3 + k),
                                       .added = (uint8_t)below(s, 2)};
        v->exception_count = t->net.exception_count - v->exception_first;
    }
}

/* Every third network charges for stays at some terminals, from a day on and then more; its terminals lie too
 * far apart for shuttles (engine.h: what storage behind a shuttle is not looked for). */
static void make_storage(struct tiny_net *t, uint64_t seed)
{
    uint64_t state = seed * 31 + 7, *s = &state;
    for (uint32_t i = 0; seed % 3 == 0 && i < TINY_TERMINALS; i++) {
        uint32_t rows = below(s, 3), day = 1 + below(s, 3);
        for (uint32_t k = 0; k < rows; k++, day += 1 + below(s, 4))
            t->storage[t->net.storage_count++] =
                (struct net_storage){.terminal = i,
                                     .from_day = day,
                                     .myuan_per_day = below(s, 4) ? below(s, 40000) : 0,
                                     .unit = (uint8_t)(below(s, 3) ? UNIT_T : UNIT_SHIPMENT)};
    }
    t->net.storage = t->storage;
    for (uint32_t i = 0; seed % 3 == 0 && i < TINY_NODES; i++)
        t->point[i].lat_e7 = (int32_t)(200000000 + 10000000 * i);
}

void tiny_net_make(struct tiny_net *t, uint64_t seed)
{
    uint64_t first = seed, *s = &seed;
    memset(t, 0, sizeof *t);
    struct network *n = &t->net;
    n->utc_offset_min = 480;
    make_roads(t, s);
    make_trucks(t, s);
    make_hours(t, s);
    make_terminals(t, s);
    make_tariffs(t, s);
    make_services(t, s, first % 2 == 1);
    make_storage(t, first);
    n->string = t->string, n->string_count = sizeof t->string;
    n->node_id = t->node_id, n->node_id_count = TINY_NODES;
    n->node_point = t->point, n->node_point_count = TINY_NODES;
    n->link = t->link;
    n->limit = t->limit, n->limit_count = 1;
    n->hours = t->hours, n->hours_count = 4;
    n->arc_first = t->arc_first, n->arc_head = t->arc_head, n->arc_link = t->arc_link;
    n->terminal = t->terminal, n->terminal_count = TINY_TERMINALS;
    n->handling = t->handling;
    n->cutoff = t->cutoff;
    n->service = t->service, n->service_count = TINY_SERVICES;
    n->stop = t->stop;
    n->exception = t->exception;
    n->tariff = t->tariff, n->tariff_count = 4;
    n->tariff_rule = t->rule;
    n->toll = t->toll, n->toll_count = 2;
    n->vehicle = t->vehicle, n->vehicle_count = 2;
    n->emission = t->emission, n->emission_count = 6;
}
