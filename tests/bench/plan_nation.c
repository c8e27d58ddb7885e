#include "plan_nation.h"
#include "network/builder.h"
#include "network/file.h"
#include "road/order.h"
#include "road/road.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RIVERS = 3, CITY_TERMINALS = 4, STOPS_MAX = 6, RUNS_OF_A_LINE = 2, ANY = 7 };

struct maker {
    struct network_builder *b;
    struct plan_nation *w;
    uint64_t s;
    uint32_t width, height, terminal_count;
    double step_m;
    struct net_point *point;
    uint32_t *terminal_node;
    uint8_t *terminal_mode, *terminal_river; /* its main mode; the river of a port */
};

static uint32_t roll(struct maker *m, uint32_t below)
{
    m->s = m->s * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(((m->s >> 32) * below) >> 32);
}

static net_str word(struct maker *m, const char *s)
{
    return network_intern(m->b, s);
}

static void add_nodes(struct maker *m)
{
    const double south = 22, west = 98, degrees_high = 16, degrees_wide = 20;
    m->step_m = degrees_high / m->height * 111000;
    for (uint32_t i = 0; i < m->width * m->height; i++) {
        double lat = south + degrees_high * (i / m->width + roll(m, 500) / 1000.0) / m->height;
        double lon = west + degrees_wide * (i % m->width + roll(m, 500) / 1000.0) / m->width;
        int64_t id = 1 + (int64_t)i;
        m->point[i] = (struct net_point){(int32_t)(lat * 1e7), (int32_t)(lon * 1e7)};
        network_add_node_id(m->b, &id);
        network_add_node_point(m->b, &m->point[i]);
    }
}

static void add_link(struct maker *m, uint32_t a, uint32_t b, uint32_t line)
{
    bool motorway = line % 16 == 0, trunk = line % 4 == 0;
    if (!motorway && roll(m, 100) < 7)
        return;
    struct net_link l = {.id = 1 + (int64_t)a * 2 + (b != a + 1),
                         .from = a,
                         .to = b,
                         .length_m = (uint32_t)(m->step_m * (1000 + roll(m, 300)) / 1000),
                         .speed_km10 = motorway ? 1000
                                       : trunk  ? 700
                                                : 450,
                         .flags = LINK_FORWARD | LINK_BACKWARD | (motorway ? LINK_TOLL : 0),
                         .mode = MODE_ROAD,
                         .road_class = motorway ? ROAD_MOTORWAY
                                       : trunk  ? ROAD_TRUNK
                                                : ROAD_SECONDARY,
                         .lanes = 2};
    network_add_link(m->b, &l);
}

static void add_roads(struct maker *m)
{
    struct net_limit none = {0};
    network_add_limit(m->b, &none);
    for (uint32_t y = 0; y < m->height; y++)
        for (uint32_t x = 0; x < m->width; x++) {
            uint32_t v = y * m->width + x;
            if (x + 1 < m->width)
                add_link(m, v, v + 1, y);
            if (y + 1 < m->height)
                add_link(m, v, v + m->width, x);
        }
}

static void add_tables(struct maker *m)
{
    static const uint32_t wtw[MODE_COUNT + 1] = {70000, 12000, 15000, 700000, 60000};
    static const uint32_t payload[6] = {1500, 5000, 10000, 16000, 24000, 32000};
    struct net_hours hours = {0};
    network_add_hours(m->b, &hours);
    for (int d = 0; d < 7; d++)
        hours.from_min[d] = 360, hours.to_min[d] = 1320;
    network_add_hours(m->b, &hours);
    for (uint32_t i = 0; i < MODE_COUNT + 1; i++) {
        struct net_emission em = {.wtw_mg_per_tkm = wtw[i], .ttw_mg_per_tkm = wtw[i] / 2, .mode = (uint8_t)i};
        network_add_emission(m->b, &em);
    }
    for (uint32_t i = 0; i < 6; i++) {
        struct net_vehicle v = {.gross_kg = payload[i] * 3 / 2,
                                .payload_kg = payload[i],
                                .volume_dm3 = payload[i] * 3,
                                .height_cm = 400,
                                .max_speed_km10 = 900,
                                .myuan_per_km = (int32_t)(1500 + 900 * i),
                                .myuan_per_h = 60000,
                                .fixed_myuan = 20000,
                                .emission = MODE_COUNT,
                                .vehicle_class = (uint8_t)(i + 1),
                                .axles = (uint8_t)(i + 1),
                                .teu = i >= 4 ? 2 : 0};
        struct net_toll toll = {.myuan_per_km = (int32_t)(400 + 300 * i), .vehicle_class = v.vehicle_class};
        network_add_vehicle(m->b, &v);
        network_add_toll(m->b, &toll);
    }
}

/* Three tariffs of each mode: freight (air by weight), fuel, a charge by the shipment. */
static void add_tariffs(struct maker *m)
{
    static const int64_t base[MODE_COUNT] = {30000, 20000, 9000, 800000};
    static const int64_t per_km[MODE_COUNT] = {400000, 120000, 40000, 2500000};
    uint32_t rules = 0;
    for (uint32_t k = 0; k < MODE_COUNT * 3; k++) {
        uint32_t mode = k / 3, freight = mode == MODE_AIR ? 3 : 1;
        struct net_tariff t = {.rule_first = rules, .rule_count = freight + 2, .mode = (uint8_t)mode};
        for (uint32_t i = 0; i < t.rule_count; i++, rules++) {
            struct net_tariff_rule r = {.tariff = k,
                                        .base_myuan = base[mode] * (10 + k % 3) / 10,
                                        .per_km_nyuan = per_km[mode] * (10 + k % 3) / 10,
                                        .min_myuan = mode == MODE_AIR ? 300000 : 0,
                                        .valid_from_day = INT32_MIN,
                                        .valid_to_day = INT32_MAX,
                                        .kind = CHARGE_FREIGHT,
                                        .unit = UNIT_T};
            if (i < freight) {
                r.break_kg = i * i * 300;
                r.base_myuan -= r.base_myuan * i / 8;
            } else {
                r.kind = i == freight ? CHARGE_FUEL : CHARGE_DOCUMENT;
                r.unit = i == freight ? UNIT_T : UNIT_SHIPMENT;
                r.base_myuan /= 10;
                r.per_km_nyuan = i == freight ? r.per_km_nyuan / 10 : 0;
            }
            network_add_tariff_rule(m->b, &r);
        }
        network_add_tariff(m->b, &t);
    }
}

static uint32_t near_node(struct maker *m, uint32_t x, uint32_t y)
{
    x += roll(m, 5);
    y += roll(m, 5);
    return (y < m->height ? y : m->height - 1) * m->width + (x < m->width ? x : m->width - 1);
}

static void add_terminal(struct maker *m, uint32_t node, uint8_t mode, uint32_t river)
{
    uint32_t i = m->terminal_count++, first = i * 5, cut = i * 2;
    bool both = mode == MODE_WATER && roll(m, 2); /* a port with a siding */
    unsigned modes = 1u << MODE_ROAD | 1u << mode | (both ? 1u << MODE_RAIL : 0);
    struct net_terminal t = {.id = 1 + (int64_t)i,
                             .node = node,
                             .place = NET_NONE,
                             .hours = roll(m, 3) == 0,
                             .handling_first = first,
                             .handling_count = 5,
                             .cutoff_first = cut,
                             .cutoff_count = 2,
                             .cargo = CARGO_GENERAL | CARGO_BULK | CARGO_CONTAINER,
                             .modes = (uint8_t)modes};
    const uint8_t step[5][2] = {{MODE_ROAD, mode},
                                {mode, MODE_ROAD},
                                {mode, mode},
                                {both ? MODE_RAIL : mode, both ? mode : MODE_ROAD},
                                {mode, both ? MODE_RAIL : MODE_ROAD}};
    for (int k = 0; k < 5; k++) {
        struct net_handling h = {.terminal = i,
                                 .price_myuan_per_t = 8000 + roll(m, 15000),
                                 .price_myuan_per_teu = 150000 + roll(m, 200000),
                                 .p50_min = (uint16_t)(60 + roll(m, 120)),
                                 .p90_min = 400,
                                 .cargo = t.cargo,
                                 .from_mode = step[k][0],
                                 .to_mode = step[k][1]};
        network_add_handling(m->b, &h);
    }
    for (int k = 0; k < 2; k++) {
        struct net_cutoff c = {.terminal = i,
                               .before_min = (uint16_t)(60 + roll(m, 180)),
                               .mode = mode,
                               .kind = k ? CUTOFF_DOCUMENTS : CUTOFF_CARGO};
        network_add_cutoff(m->b, &c);
    }
    m->terminal_node[i] = node;
    m->terminal_mode[i] = mode;
    m->terminal_river[i] = (uint8_t)river;
    network_add_terminal(m->b, &t);
}

/* A city: a yard, a depot, a port when it lies at a river (otherwise a second yard), an airport in every
 * other city. */
static void add_cities(struct maker *m)
{
    uint32_t cities = (m->w->terminals + CITY_TERMINALS - 1) / CITY_TERMINALS;
    for (uint32_t i = 0; i < cities; i++) {
        uint32_t river = i % 5 < 3 ? i % 5 : RIVERS;
        uint32_t x = roll(m, m->width), y = roll(m, m->height);
        if (river < RIVERS)
            y = m->height * (1 + river * 2) / (RIVERS * 2);
        add_terminal(m, near_node(m, x, y), MODE_RAIL, RIVERS);
        add_terminal(m, near_node(m, x, y), MODE_ROAD, RIVERS);
        add_terminal(m, near_node(m, x, y), river < RIVERS ? MODE_WATER : MODE_RAIL, river);
        add_terminal(m, near_node(m, x, y), i % 2 ? MODE_AIR : MODE_RAIL, RIVERS);
    }
}

static double between_m(const struct maker *m, uint32_t a, uint32_t b)
{
    struct net_point p = m->point[m->terminal_node[a]], q = m->point[m->terminal_node[b]];
    double dy = (p.lat_e7 - (double)q.lat_e7) / 1e7 * 111000;
    double dx = (p.lon_e7 - (double)q.lon_e7) / 1e7 * 96000;
    return sqrt(dx * dx + dy * dy) + 2000;
}

static uint32_t any_terminal(struct maker *m, uint8_t mode, uint32_t river)
{
    for (int tries = 0; tries < 20000; tries++) {
        uint32_t t = roll(m, m->terminal_count);
        if (m->terminal_mode[t] == mode && (river == ANY || m->terminal_river[t] == river))
            return t;
    }
    return NET_NONE;
}

/* Calls between the first and the last, each a small way round. */
static uint32_t choose_stops(struct maker *m, uint8_t mode, uint32_t want, uint32_t stop[STOPS_MAX])
{
    uint32_t a = any_terminal(m, mode, ANY), count = 0;
    uint32_t river = mode == MODE_WATER && a != NET_NONE ? m->terminal_river[a] : ANY;
    uint32_t b = any_terminal(m, mode, river);
    if (a == NET_NONE || b == NET_NONE || a == b || (mode == MODE_ROAD && between_m(m, a, b) > 900000))
        return 0;
    stop[count++] = a;
    for (int tries = 0; tries < 60 && count + 1 < want; tries++) {
        uint32_t c = any_terminal(m, mode, river);
        if (c == NET_NONE || c == b || c == stop[count - 1])
            continue;
        double now = between_m(m, stop[count - 1], b),
               by = between_m(m, stop[count - 1], c) + between_m(m, c, b);
        if (by < now * 1.1 && between_m(m, c, b) < now)
            stop[count++] = c;
    }
    stop[count++] = b;
    return count;
}

static void add_services(struct maker *m)
{
    static const uint32_t km_per_h[MODE_COUNT] = {65, 55, 20, 650};
    uint32_t made = 0, stops = 0;
    for (uint32_t tries = 0; made < m->w->services && tries < m->w->services * 20; tries++) {
        uint32_t kind = roll(m, 10), stop[STOPS_MAX];
        uint8_t mode = kind < 5 ? MODE_RAIL : kind < 7 ? MODE_WATER : kind < 8 ? MODE_AIR : MODE_ROAD;
        uint32_t want = mode == MODE_AIR || mode == MODE_ROAD ? 2 : 2 + roll(m, STOPS_MAX - 1);
        uint32_t count = choose_stops(m, mode, want, stop), tariff = mode * 3u + roll(m, 3);
        for (uint32_t run = 0; count >= 2 && run < RUNS_OF_A_LINE && made < m->w->services; run++, made++) {
            struct net_service s = {.id = 1 + (int64_t)made,
                                    .stop_first = stops,
                                    .stop_count = count,
                                    .tariff = tariff,
                                    .emission = mode == MODE_ROAD ? MODE_COUNT : mode,
                                    .valid_from_day = PLAN_NATION_DAY,
                                    .valid_to_day = PLAN_NATION_DAY + 365,
                                    .capacity_kg = mode == MODE_AIR ? 12000 : 900000,
                                    .capacity_teu_milli = mode == MODE_AIR ? 0 : 60000,
                                    .depart_min = (uint16_t)roll(m, 1440),
                                    .cargo = CARGO_GENERAL | CARGO_BULK | CARGO_CONTAINER,
                                    .days = 0x7f,
                                    .mode = mode};
            uint32_t minute = 0;
            for (uint32_t k = 0; k < count; k++) {
                struct net_stop x = {.service = made, .terminal = stop[k]};
                if (k > 0) {
                    x.distance_m = (uint32_t)(between_m(m, stop[k - 1], stop[k]) * 1.15);
                    minute += x.distance_m * 60 / (km_per_h[mode] * 1000) + 5;
                }
                x.arrive_min = minute;
                minute += k > 0 ? 45 : 0;
                x.depart_min = minute;
                network_add_stop(m->b, &x);
                stops++;
            }
            network_add_service(m->b, &s);
        }
    }
}

static bool order(struct maker *m, struct err *e)
{
    if (!network_builder_freeze(m->b, &m->w->bytes, &m->w->len, e) ||
        !network_open_bytes(m->w->bytes, m->w->len, &m->w->net, e))
        return false;
    struct road_graph g = road_graph_of(m->w->net);
    uint32_t *rank = calloc((size_t)g.node_count + 1, sizeof *rank);
    bool ok = rank != NULL && road_order_metis(g.node_count, g.first_out, g.head, rank, e);
    for (uint32_t i = 0; ok && i < g.node_count; i++)
        network_add_cch_order(m->b, &rank[i]);
    free(rank);
    plan_nation_free(m->w);
    return ok && network_builder_freeze(m->b, &m->w->bytes, &m->w->len, e) &&
           network_open_bytes(m->w->bytes, m->w->len, &m->w->net, e);
}

bool plan_nation_make(struct plan_nation *w, uint64_t seed, struct err *e)
{
    struct maker m = {.w = w, .s = seed};
    m.height = (uint32_t)sqrt(w->nodes / 1.25);
    m.width = w->nodes / m.height;
    size_t terminals = (size_t)w->terminals + CITY_TERMINALS;
    m.point = calloc((size_t)m.width * m.height + 1, sizeof *m.point);
    m.terminal_node = calloc(terminals, sizeof *m.terminal_node);
    m.terminal_mode = calloc(terminals, 1);
    m.terminal_river = calloc(terminals, 1);
    bool ok =
        m.point && m.terminal_node && m.terminal_mode && m.terminal_river && network_builder_new(&m.b, e);
    if (ok) {
        network_set_about(m.b, "a generated nation", "", "", 480);
        word(&m, "nation");
        add_nodes(&m);
        add_roads(&m);
        add_tables(&m);
        add_tariffs(&m);
        add_cities(&m);
        add_services(&m);
        ok = order(&m, e);
        network_builder_free(m.b);
    }
    free(m.point);
    free(m.terminal_node);
    free(m.terminal_mode);
    free(m.terminal_river);
    return ok;
}

void plan_nation_free(struct plan_nation *w)
{
    if (w->net != NULL)
        network_release(w->net);
    free(w->bytes);
    w->net = NULL;
    w->bytes = NULL;
}
