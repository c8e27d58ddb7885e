/* plan_check on loads with everything: cold and dangerous cargo, pieces, boxes with tare, hubs that emit,
 * storage, empty returns, agreed tariffs. Every option of the search passes; every planted fault is caught.
 */
#include "plan/plan.h"
#include "test.h"
#include "tiny_net.h"

#include <stdio.h>
#include <string.h>

enum { SEEDS = 1500, FAULTY = 1300, STORAGE = 4, EQUIPMENT = 3, BOXES = 2, AGREED = 3 };

struct world {
    struct tiny_net tiny;
    struct net_storage storage[STORAGE];
    struct net_equipment equipment[EQUIPMENT];
    struct net_container box[BOXES];
    struct net_limit limit[3];
    struct net_tariff_rule agreed_rule[AGREED];
    const char *contract[AGREED];
    struct freight_agreed agreed;
    struct plan_network *plan;
    struct plan_query *query;
    struct arena arena;
};

static uint32_t below(uint64_t *s, uint32_t bound)
{
    return test_rand_below(s, bound);
}

static void enrich_trucks(struct world *w, uint64_t *s)
{
    for (int i = 0; i < 2; i++) {
        struct net_vehicle *v = &w->tiny.vehicle[i];
        v->empty_return_permille = (uint16_t)(100 + below(s, 400));
        v->box_return_permille = (uint16_t)below(s, 1001);
        v->reefer_myuan_per_h = (int32_t)below(s, 50000);
        v->width_cm = 255;
        v->deck_cm = 110;
        v->floor_cm = (uint16_t)(i == 0 ? 680 : 1300);
        v->load_width_cm = (uint16_t)(i == 0 ? 0 : 375);
        v->load_height_cm = (uint16_t)(i == 0 ? 0 : 450);
    }
    for (int i = 0; i < 6; i++) {
        struct net_emission *f = &w->tiny.emission[i];
        f->ttw_mg_per_t = below(s, 500000);
        f->wtw_mg_per_t = f->ttw_mg_per_t + below(s, 900000);
        f->reefer_permille = (uint16_t)below(s, 1500);
    }
}

static void enrich_places(struct world *w, uint64_t *s)
{
    static const uint16_t all = CARGO_REEFER | CARGO_DANGEROUS;
    for (uint32_t i = 0; i < TINY_TERMINALS; i++) {
        struct net_terminal *t = &w->tiny.terminal[i];
        t->cargo |= below(s, 5) ? all : 0;
        t->hub_emission = below(s, 7);
        if (below(s, 3) == 0)
            t->min_c = (int16_t)(below(s, 20) - 20), t->max_c = (int16_t)(t->min_c + (int)below(s, 30));
        t->dangerous_classes = below(s, 4) == 0 ? net_dangerous_bit(30) | net_dangerous_bit(90) : 0;
        t->max_piece_kg = below(s, 4) == 0 ? 8000 : 0;
    }
    for (uint32_t i = 0; i < w->tiny.net.handling_count; i++)
        w->tiny.handling[i].cargo |= all;
    for (uint32_t i = 0; i < TINY_SERVICES; i++) {
        w->tiny.service[i].cargo |= below(s, 6) ? all : 0;
        w->tiny.service[i].equipment = below(s, EQUIPMENT + 1);
        w->tiny.service[i].days |= (uint8_t)(1u << below(s, 7));
    }
    for (uint32_t i = 0; i < EQUIPMENT; i++)
        w->equipment[i] =
            (struct net_equipment){.max_piece_kg = below(s, 2) ? 4000 + below(s, 20000) : 0,
                                   .length_cm = (uint16_t)(below(s, 2) ? 300 + below(s, 900) : 0),
                                   .width_cm = (uint16_t)(below(s, 2) ? 200 + below(s, 200) : 0),
                                   .height_cm = (uint16_t)(below(s, 2) ? 180 + below(s, 200) : 0),
                                   .min_c = (int16_t)(i == 0 ? -25 : 0),
                                   .max_c = (int16_t)(i == 0 ? 5 : 0),
                                   .dangerous_classes = i == 1 ? net_dangerous_bit(30) : 0};
    for (uint32_t i = 0; i < STORAGE; i++) /* some free days, one step; here and there a terminal's own */
        w->storage[i] = (struct net_storage){.terminal = i == 3 ? below(s, TINY_TERMINALS) : NET_NONE,
                                             .from_day = 1 + i % 3 + below(s, 2) * (i > 0),
                                             .myuan_per_day = 1000 + below(s, 90000),
                                             .unit = (uint8_t)(i == 2 ? UNIT_SHIPMENT : UNIT_T)};
}

/* Some roads are too narrow or low for what needs a permit. */
static void narrow(struct world *w, uint64_t *s)
{
    w->limit[1] = (struct net_limit){.max_width_cm = 270};
    w->limit[2] = (struct net_limit){.max_height_cm = 405};
    for (uint32_t i = 0; i < w->tiny.net.link_count; i++)
        w->tiny.link[i].limit = below(s, 3) == 0 ? 1 + below(s, 2) : 0;
    w->tiny.net.limit = w->limit;
    w->tiny.net.limit_count = 3;
}

static void agree(struct world *w, uint64_t *s)
{
    for (uint32_t i = 0; i < AGREED; i++) {
        w->contract[i] = "contract 7";
        w->agreed_rule[i] = (struct net_tariff_rule){.tariff = 1 + i,
                                                     .kind = CHARGE_FREIGHT,
                                                     .unit = UNIT_T,
                                                     .base_myuan = below(s, 20000),
                                                     .per_km_nyuan = below(s, 50000),
                                                     .valid_from_day = INT32_MIN,
                                                     .valid_to_day = INT32_MAX};
    }
    w->agreed = (struct freight_agreed){.contract = w->contract, .rule = w->agreed_rule, .count = AGREED};
}

static void open_world(struct world *w, uint64_t seed)
{
    static const struct net_container rows[BOXES] = {
        {.iso_type = "22G1", .teu = 1, .tare_kg = 2230, .payload_kg = 28250, .height_cm = 259, .reefer = 1},
        {.iso_type = "45G1", .teu = 2, .tare_kg = 3900, .payload_kg = 28600, .height_cm = 296, .reefer = 1}};
    struct err e = {0};
    uint64_t s = seed ^ 0xfa017;
    tiny_net_make(&w->tiny, seed);
    enrich_trucks(w, &s);
    enrich_places(w, &s);
    narrow(w, &s);
    agree(w, &s);
    memcpy(w->box, rows, sizeof rows);
    struct network *n = &w->tiny.net;
    n->storage = w->storage, n->storage_count = STORAGE;
    n->equipment = w->equipment, n->equipment_count = EQUIPMENT;
    n->container = w->box, n->container_count = BOXES;
    CHECK_MSG(plan_network_new(n, &w->plan, &e), "%s", e.text);
    CHECK_MSG(plan_query_new(w->plan, &w->query, &e), "%s", e.text);
    arena_init(&w->arena, 8u << 20);
}

static void close_world(struct world *w)
{
    arena_release(&w->arena);
    plan_query_free(w->query);
    plan_network_free(w->plan);
}

static struct plan_request ask(struct world *w, uint64_t seed)
{
    static const uint8_t classes[] = {0, 30, 41, 90};
    uint64_t s = seed ^ 0xca590;
    struct plan_request r = {.from = below(&s, 3),
                             .to = 5 + below(&s, 4),
                             .ready_at = TINY_READY + below(&s, 7 * 86400),
                             .families = (1u << FAMILY_COUNT) - 1,
                             .max_options = 32,
                             .drayage_permille = 1000,
                             .co2_price_myuan_per_t = below(&s, 900000),
                             .second_driver = below(&s, 2)};
    struct plan_cargo *c = &r.cargo;
    c->mass_kg = 500 + below(&s, 27000);
    c->volume_dm3 = below(&s, 60000);
    c->bulk = below(&s, 4) == 0;
    if (!c->bulk && below(&s, 3) == 0) {
        c->containers[0] = (struct plan_containers){"22G1", 1 + below(&s, 2), 1};
        c->containers[1] = (struct plan_containers){"45G1", 1, 2};
        c->container_count = 1 + below(&s, 2);
    } else if (!c->bulk && below(&s, 2)) {
        c->piece.kg = 200 + below(&s, (uint32_t)c->mass_kg - 200);
        c->piece.length_cm = (uint16_t)(100 + below(&s, 800));
        c->piece.width_cm = (uint16_t)(100 + below(&s, 220));
        c->piece.height_cm = (uint16_t)(100 + below(&s, 230));
    }
    if (below(&s, 3) == 0)
        c->chilled = true, c->min_c = (int16_t)(below(&s, 10) - 8), c->max_c = (int16_t)(c->min_c + 4);
    if (below(&s, 4) == 0)
        c->dangerous = true, c->dangerous_class = classes[below(&s, 4)];
    if (below(&s, 3) == 0)
        r.agreed = &w->agreed;
    return r;
}

/* --- faults --- */

struct copy {
    struct plan_itinerary it;
    struct plan_leg legs[PLAN_LEGS_MAX];
    struct plan_line lines[256];
};

static void take_copy(struct copy *c, const struct plan_itinerary *it)
{
    c->it = *it;
    memcpy(c->legs, it->legs, it->leg_count * sizeof *it->legs);
    memcpy(c->lines, it->lines, it->line_count * sizeof *it->lines);
    c->it.legs = c->legs;
    c->it.lines = c->lines;
}

static bool drop(struct copy *c, uint8_t kind)
{
    for (uint32_t i = 0; i < c->it.line_count; i++) {
        if (c->lines[i].kind != kind)
            continue;
        c->it.total_myuan -= c->lines[i].amount_myuan;
        memmove(&c->lines[i], &c->lines[i + 1], (c->it.line_count - i - 1) * sizeof c->lines[0]);
        c->it.line_count--;
        return true;
    }
    return false;
}

static bool dodge_handling(struct copy *c)
{
    return drop(c, LINE_HANDLING);
}

static bool forget_empty_return(struct copy *c)
{
    return drop(c, LINE_EMPTY_RETURN);
}

static bool forget_storage(struct copy *c)
{
    return drop(c, LINE_STORAGE);
}

static bool forget_cooling(struct copy *c)
{
    return drop(c, LINE_REEFER);
}

/* The first truck dawdles past the cut-off of the ride it feeds; all else is adjusted to it. */
static bool miss_cutoff(struct copy *c)
{
    if (c->it.leg_count < 2 || c->legs[0].service != NET_NONE || c->legs[1].service == NET_NONE)
        return false;
    int64_t late = c->legs[1].cutoff_at - c->legs[1].ready_at + 60;
    c->legs[0].depart_at += late;
    c->legs[0].arrive_at += late;
    c->legs[1].ready_at += late;
    c->it.depart_at += late;
    return true;
}

/* On to a terminal that the ride before does not reach. */
static bool change_elsewhere(struct copy *c)
{
    for (uint32_t i = 1; i < c->it.leg_count; i++)
        if (c->legs[i].service != NET_NONE && c->legs[i - 1].service != NET_NONE) {
            c->legs[i - 1].to_stop--;
            return c->legs[i - 1].to_stop > c->legs[i - 1].from_stop;
        }
    return false;
}

static bool truck_between_trucks(struct copy *c)
{
    if (c->it.leg_count != 3 || c->legs[0].service != NET_NONE || c->legs[2].service != NET_NONE)
        return false;
    c->legs[1] = c->legs[2];
    c->it.leg_count = 2;
    return true;
}

static bool wrong_sum(struct copy *c)
{
    c->it.total_myuan -= 10;
    return true;
}

static bool cheaper_line(struct copy *c)
{
    for (uint32_t i = 0; i < c->it.line_count; i++)
        if (c->lines[i].kind == LINE_TARIFF && c->lines[i].amount_myuan > 10) {
            c->lines[i].amount_myuan -= 10;
            c->it.total_myuan -= 10;
            return true;
        }
    return false;
}

static bool claim_a_contract(struct copy *c)
{
    for (uint32_t i = 0; i < c->it.line_count; i++)
        if (c->lines[i].kind == LINE_TARIFF) {
            c->lines[i].agreed = c->lines[i].agreed == NULL ? "none" : NULL;
            return true;
        }
    return false;
}

static bool wrong_hub(struct copy *c)
{
    for (uint32_t i = 0; i < c->it.leg_count; i++)
        if (c->legs[i].hub_wtw_g > 0) {
            c->legs[i].hub_wtw_g--;
            c->it.hub_wtw_g--;
            c->it.co2_wtw_g--;
            c->it.co2_wtt_g--;
            return true;
        }
    return false;
}

static bool wrong_tank(struct copy *c)
{
    c->legs[0].co2_wtt_g++;
    return true;
}

static bool one_truck_less(struct copy *c)
{
    for (uint32_t i = 0; i < c->it.leg_count; i++)
        if (c->legs[i].service == NET_NONE && c->legs[i].trucks > 1) {
            c->legs[i].trucks--;
            return true;
        }
    return false;
}

static bool hide_width(struct copy *c)
{
    for (uint32_t i = 0; i < c->it.leg_count; i++)
        if (c->legs[i].width_cm > 0 || c->legs[i].height_cm > 0) {
            c->legs[i].width_cm = c->legs[i].height_cm = 0;
            return true;
        }
    return false;
}

static bool lighter_by_air(struct copy *c)
{
    for (uint32_t i = 0; i < c->it.leg_count; i++)
        if (c->legs[i].mode == LEG_FLIGHT) {
            c->legs[i].chargeable_kg--;
            return true;
        }
    return false;
}

static const struct fault {
    const char *name, *words; /* words: what the checker must say; NULL: anything */
    bool (*plant)(struct copy *c);
} faults[] = {{"dodged handling fee", "missing", dodge_handling},
              {"missing empty return", "missing", forget_empty_return},
              {"missing storage", "missing", forget_storage},
              {"missing cooling", "missing", forget_cooling},
              {"missed cut-off", NULL, miss_cutoff},
              {"change where nothing stops", NULL, change_elsewhere},
              {"truck after truck", "truck", truck_between_trucks},
              {"wrong sum", "sum", wrong_sum},
              {"cheaper line", "not owed", cheaper_line},
              {"contract that is none", "not owed", claim_a_contract},
              {"wrong hub emission", "hub", wrong_hub},
              {"wrong well-to-tank", "well-to-tank", wrong_tank},
              {"one truck less", "trucks", one_truck_less},
              {"hidden width", "measures", hide_width},
              {"lighter by air", "chargeable", lighter_by_air}};
enum { FAULTS = sizeof faults / sizeof faults[0] };

static void try_faults(const struct world *w, const struct plan_request *r, const struct plan_itinerary *it,
                       uint32_t planted[FAULTS])
{
    static struct copy c;
    for (int f = 0; f < FAULTS; f++) {
        struct err e = {0};
        take_copy(&c, it);
        if (!faults[f].plant(&c))
            continue;
        planted[f]++;
        CHECK_MSG(!plan_check(&w->tiny.net, r, &c.it, &e), "%s passed", faults[f].name);
        CHECK_MSG(faults[f].words == NULL || strstr(e.text, faults[f].words) != NULL, "%s was caught as: %s",
                  faults[f].name, e.text);
    }
}

TEST(options_of_rich_loads_pass_and_planted_faults_do_not)
{
    static struct world w;
    uint32_t planted[FAULTS] = {0}, options[FAMILY_COUNT] = {0}, lines[LINE_KIND_COUNT] = {0}, asked = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct plan_answer a;
        struct err e = {0};
        open_world(&w, seed);
        struct plan_request r = ask(&w, seed);
        CHECK_MSG(plan_search(w.query, &r, NULL, NULL, &w.arena, &a, &e), "seed %llu: %s",
                  (unsigned long long)seed, e.text);
        asked += a.option_count > 0;
        for (uint32_t i = 0; i < a.option_count; i++) {
            const struct plan_itinerary *it = &a.options[i];
            CHECK_MSG(plan_check(&w.tiny.net, &r, it, &e), "seed %llu option %u: %s",
                      (unsigned long long)seed, i, e.text);
            CHECK(it->co2_method != NULL && strstr(it->co2_method, "ISO 14083") != NULL);
            options[it->family]++;
            for (uint32_t k = 0; k < it->line_count; k++)
                lines[it->lines[k].kind]++;
            if (seed <= FAULTY)
                try_faults(&w, &r, it, planted);
        }
        for (uint32_t i = 0; i < a.not_offered_count; i++)
            CHECK(a.not_offered[i].text != NULL && a.not_offered[i].text[0] != '\0');
        close_world(&w);
    }
    CHECK_MSG(asked > SEEDS / 2, "only %u questions had an option", asked);
    for (int f = 0; f < FAMILY_COUNT; f++)
        CHECK_MSG(options[f] >= 20, "only %u options of family %d", options[f], f);
    for (int k = 0; k < LINE_KIND_COUNT; k++)
        CHECK_MSG(k == LINE_HOLDING || lines[k] >= 20, "only %u lines of kind %d", lines[k], k);
    for (int f = 0; f < FAULTS; f++)
        CHECK_MSG(planted[f] >= 5, "%s was planted %u times only", faults[f].name, planted[f]);
}

/* What the network no longer takes is caught: the same option in a network with a tighter limit. */
TEST(limits_that_tighten_are_caught)
{
    static struct world w;
    uint32_t cold = 0, classes = 0, doors = 0, lifts = 0;
    for (uint64_t seed = 1; seed <= 800; seed++) {
        struct plan_answer a;
        struct err e = {0};
        open_world(&w, seed);
        struct plan_request r = ask(&w, seed);
        CHECK(plan_search(w.query, &r, NULL, NULL, &w.arena, &a, &e));
        for (uint32_t i = 0; i < a.option_count; i++) {
            const struct plan_itinerary *it = &a.options[i];
            struct tiny_net keep = w.tiny;
            bool ridden = it->leg_count > 1;
            if (!ridden)
                continue;
            for (uint32_t t = 0; t < TINY_TERMINALS && r.cargo.chilled; t++)
                w.tiny.terminal[t].min_c = 40, w.tiny.terminal[t].max_c = 50;
            if (r.cargo.chilled && (r.cargo.min_c != 0 || r.cargo.max_c != 0)) {
                CHECK(!plan_check(&w.tiny.net, &r, it, &e));
                cold++;
            }
            w.tiny = keep;
            for (uint32_t t = 0; t < TINY_TERMINALS && r.cargo.dangerous; t++)
                w.tiny.terminal[t].dangerous_classes = net_dangerous_bit(11);
            if (r.cargo.dangerous) {
                CHECK(!plan_check(&w.tiny.net, &r, it, &e));
                classes++;
            }
            w.tiny = keep;
            if (r.cargo.piece.kg > 0) {
                struct net_equipment was[EQUIPMENT];
                memcpy(was, w.equipment, sizeof was);
                for (uint32_t k = 0; k < EQUIPMENT; k++)
                    w.equipment[k].height_cm = (uint16_t)(r.cargo.piece.height_cm - 1);
                for (uint32_t k = 0; k < TINY_SERVICES; k++)
                    w.tiny.service[k].equipment = 1;
                CHECK(!plan_check(&w.tiny.net, &r, it, &e));
                memcpy(w.equipment, was, sizeof was);
                w.tiny = keep;
                for (uint32_t t = 0; t < TINY_TERMINALS; t++)
                    w.tiny.terminal[t].max_piece_kg = r.cargo.piece.kg - 1;
                CHECK(!plan_check(&w.tiny.net, &r, it, &e));
                w.tiny = keep;
                doors++, lifts++;
            }
        }
        close_world(&w);
    }
    CHECK_MSG(cold > 10 && classes > 10 && doors > 10 && lifts > 10, "%u %u %u", cold, classes, doors);
}

/* An agreed tariff changes the bill of its firm's options, their reference, and nothing for others. */
TEST(an_agreed_tariff_is_for_its_firm_only)
{
    static struct world w;
    uint32_t changed = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct plan_answer a, b;
        struct err e = {0};
        char x[33], y[33];
        open_world(&w, seed);
        struct plan_request r = ask(&w, seed);
        r.agreed = NULL;
        CHECK(plan_search(w.query, &r, NULL, NULL, &w.arena, &a, &e));
        struct plan_request with = r;
        with.agreed = &w.agreed;
        CHECK(plan_search(w.query, &with, NULL, NULL, &w.arena, &b, &e));
        for (uint32_t i = 0; i < b.option_count; i++) {
            const struct plan_itinerary *it = &b.options[i];
            bool agreed = false;
            for (uint32_t k = 0; k < it->line_count; k++)
                if (it->lines[k].agreed != NULL) {
                    agreed = true;
                    CHECK_STR(it->lines[k].agreed, "contract 7");
                    CHECK(!it->lines[k].estimated);
                }
            CHECK(plan_check(&w.tiny.net, &with, it, &e));
            plan_ref(&w.tiny.net, &with, it, x);
            plan_ref(&w.tiny.net, &r, it, y);
            CHECK(strcmp(x, y) != 0);
            w.agreed_rule[2].base_myuan++;
            plan_ref(&w.tiny.net, &with, it, y);
            CHECK(strcmp(x, y) != 0);
            w.agreed_rule[2].base_myuan--;
            if (agreed)
                CHECK(!plan_check(&w.tiny.net, &r, it, &e));
            changed += agreed;
        }
        for (uint32_t i = 0; i < a.option_count; i++)
            for (uint32_t k = 0; k < a.options[i].line_count; k++)
                CHECK(a.options[i].lines[k].agreed == NULL);
        close_world(&w);
    }
    CHECK_MSG(changed > 20, "only %u options used the contract", changed);
}
