/* Lines of a bill: a railway's own quote, air weight breaks, rounding, overflow, trucks and rest. */
#include "freight/truck.h"
#include "test.h"

#include <string.h>

enum { RULES = 7 };

/* The rules of the quote: 80 t of class 4 goods over 417 km, all electrified (12306, January 2015). */
static const struct net_tariff_rule quote_rules[RULES] = {
    {.kind = CHARGE_FREIGHT, .unit = UNIT_T, .base_myuan = 15500, .per_km_nyuan = 89000},
    {.kind = CHARGE_FUND, .unit = UNIT_T, .per_km_nyuan = 33000},
    {.kind = CHARGE_ELECTRIFICATION, .unit = UNIT_T, .per_km_nyuan = 12000, .electrified_only = 1},
    {.kind = CHARGE_LOAD, .unit = UNIT_T, .base_myuan = 16800},
    {.kind = CHARGE_UNLOAD, .unit = UNIT_T, .base_myuan = 14560},
    {.kind = CHARGE_DIVERSION, .unit = UNIT_SHIPMENT, .base_myuan = 73900},
    {.kind = CHARGE_STAMP, .unit = UNIT_SHIPMENT, .base_myuan = 2300}};

static bool price(const struct net_tariff_rule *rules, uint32_t count, uint8_t mode,
                  const struct freight_load *l, int64_t m, int32_t day, struct bill *b)
{
    static struct net_tariff_rule rule[16];
    struct net_tariff tariff = {.rule_count = count};
    struct network n = {
        .tariff = &tariff, .tariff_count = 1, .tariff_rule = rule, .tariff_rule_count = count};
    struct net_service s = {.mode = mode, .electrified_permille = 1000};
    struct bill_ride ride = {.service = &s, .distance_m = m, .day = day};
    memcpy(rule, rules, count * sizeof *rules);
    for (uint32_t i = 0; i < count; i++)
        if (rule[i].valid_to_day == 0)
            rule[i].valid_to_day = INT32_MAX;
    *b = (struct bill){.count = 0};
    return bill_tariff(&n, &ride, l, b);
}

TEST(railway_quote_of_2015)
{
    static const int64_t yuan_tenths[RULES] = {42090, 11009, 4003, 13440, 11648, 739, 23};
    struct freight_load l = {.cargo = CARGO_GENERAL, .mass_kg = 80000};
    struct bill b;
    int64_t sum = 0;
    CHECK(price(quote_rules, RULES, MODE_RAIL, &l, 417000, 16436, &b));
    CHECK_I64(b.count, RULES);
    for (uint32_t i = 0; i < b.count; i++) {
        /* The railway rounds each line to a tenth of a yuan, ours go to the fen. */
        CHECK_I64((b.line[i].amount_myuan + 50) / 100, yuan_tenths[i]);
        sum += (b.line[i].amount_myuan + 50) / 100;
    }
    CHECK_I64(sum, 82952); /* 8,295.2 yuan, as quoted */
    CHECK_I64(b.sum_myuan, 8295240);
    CHECK_I64(b.line[0].amount_myuan, 4209040);
    CHECK_I64(b.line[1].amount_myuan, 1100880);
    CHECK_I64(b.line[2].amount_myuan, 400320);
}

TEST(air_weight_breaks_minimum_and_volume)
{
    static const struct net_tariff_rule rules[] = {
        {.kind = CHARGE_FREIGHT, .unit = UNIT_KG, .base_myuan = 6000, .min_myuan = 30000},
        {.kind = CHARGE_FREIGHT, .unit = UNIT_KG, .base_myuan = 5000, .break_kg = 45},
        {.kind = CHARGE_FREIGHT, .unit = UNIT_KG, .base_myuan = 4000, .break_kg = 100},
        {.kind = CHARGE_SECURITY, .unit = UNIT_KG, .base_myuan = 500},
        {.kind = CHARGE_OTHER, .unit = UNIT_SHIPMENT, .base_myuan = 70000, .cargo = CARGO_REEFER}};
    static const struct {
        int64_t mass_kg, volume_dm3, freight, security;
    } cases[] = {{1, 0, 30000, 500},       {4, 0, 30000, 2000},     {44, 0, 264000, 22000},
                 {45, 0, 225000, 22500},   {99, 0, 495000, 49500},  {100, 0, 400000, 50000},
                 {10, 270, 225000, 22500}, {10, 271, 230000, 23000}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct freight_load l = {
            .cargo = CARGO_GENERAL, .mass_kg = cases[i].mass_kg, .volume_dm3 = cases[i].volume_dm3};
        struct bill b;
        CHECK(price(rules, 5, MODE_AIR, &l, 900000, 20000, &b));
        CHECK_I64(b.count, 2);
        CHECK_I64(b.line[0].amount_myuan, cases[i].freight);
        CHECK_I64(b.line[1].amount_myuan, cases[i].security);
        l.cargo |= CARGO_REEFER;
        CHECK(price(rules, 5, MODE_AIR, &l, 900000, 20000, &b));
        CHECK_I64(b.count, 3);
        CHECK_I64(b.line[2].amount_myuan, 70000);
    }
}

TEST(boxes_dates_and_loads_that_a_tariff_does_not_price)
{
    static const struct net_tariff_rule rules[] = {{.kind = CHARGE_FREIGHT,
                                                    .unit = UNIT_BOX20,
                                                    .base_myuan = 440000,
                                                    .per_km_nyuan = 3185000,
                                                    .cargo = CARGO_CONTAINER},
                                                   {.kind = CHARGE_FREIGHT,
                                                    .unit = UNIT_BOX40,
                                                    .base_myuan = 532000,
                                                    .per_km_nyuan = 3357000,
                                                    .cargo = CARGO_CONTAINER,
                                                    .valid_from_day = 20000,
                                                    .valid_to_day = 20010}};
    struct freight_load l = {.cargo = CARGO_CONTAINER, .mass_kg = 40000, .teu = 4, .box20 = 2, .box40 = 1};
    struct bill b;
    CHECK(price(rules, 2, MODE_RAIL, &l, 1000000, 20010, &b));
    CHECK_I64(b.line[0].amount_myuan, 2 * 3625000);
    CHECK_I64(b.line[1].amount_myuan, 3889000);
    CHECK(price(rules, 2, MODE_RAIL, &l, 1000000, 20011, &b));
    CHECK_I64(b.count, 1);
    l.box20 = 0;
    CHECK(!price(rules, 2, MODE_RAIL, &l, 1000000, 20011, &b)); /* no rate for the 40-ft box any more */
    l.cargo = CARGO_GENERAL;
    CHECK(!price(rules, 2, MODE_RAIL, &l, 1000000, 20005, &b));
}

TEST(rounding_half_up_to_the_fen_and_overflow)
{
    int64_t m = 0;
    CHECK(bill_round(4, 1, 1, &m));
    CHECK_I64(m, 0);
    CHECK(bill_round(5, 1, 1, &m));
    CHECK_I64(m, 10);
    CHECK(bill_round(14999, 1, 1000, &m));
    CHECK_I64(m, 10);
    CHECK(bill_round(INT64_MAX, 1, INT64_MAX, &m));
    CHECK(!bill_round(INT64_MAX, INT64_MAX, 1, &m));
    CHECK(!bill_round(-1, 10, 1, &m));
    struct net_tariff_rule r = {.base_myuan = BILL_MAX_MYUAN, .per_km_nyuan = BILL_MAX_MYUAN};
    CHECK(!bill_rule_amount(&r, BILL_MAX_MYUAN, UINT32_MAX, &m));
    r = (struct net_tariff_rule){.base_myuan = -1};
    CHECK(!bill_rule_amount(&r, 1000, 1000, &m));
}

TEST(rest_of_drivers)
{
    const int64_t h = 3600;
    CHECK_I64(truck_rest_s(0, false), 0);
    CHECK_I64(truck_rest_s(4 * h, false), 0);
    CHECK_I64(truck_rest_s(4 * h + 1, false), 1200);
    CHECK_I64(truck_rest_s(8 * h, false), 1200);
    CHECK_I64(truck_rest_s(8 * h + 1, false), 1200 + 10 * h);
    CHECK_I64(truck_rest_s(8 * h + 1, true), 2400);
    CHECK_I64(truck_rest_s(16 * h + 1, false), 2 * 1200 + 20 * h);
    for (int64_t s = 1; s < 100 * h; s += 977) /* longer driving never arrives earlier */
        CHECK(s + truck_rest_s(s, false) >= s - 1 + truck_rest_s(s - 1, false));
}

TEST(trucks_of_a_load)
{
    static const struct net_vehicle v[] = {
        {.vehicle_class = 2, .payload_kg = 10000, .volume_dm3 = 45000, .myuan_per_km = 4200},
        {.vehicle_class = 6, .payload_kg = 32000, .volume_dm3 = 90000, .myuan_per_km = 7000, .teu = 2}};
    struct network n = {.vehicle = v, .vehicle_count = 2};
    struct freight_load l = {.cargo = CARGO_GENERAL, .mass_kg = 10000};
    cargo_choose_truck(&n, 0, &l);
    CHECK(l.vehicle == 0 && l.trucks == 1);
    l.mass_kg = 10001;
    cargo_choose_truck(&n, 0, &l);
    CHECK(l.vehicle == 1 && l.trucks == 1);
    l.mass_kg = 260000;
    cargo_choose_truck(&n, 0, &l);
    CHECK(l.vehicle == 1 && l.trucks == 9);
    l.mass_kg = 5000, l.volume_dm3 = 180001;
    cargo_choose_truck(&n, 6, &l);
    CHECK_I64(l.trucks, 3);
    l = (struct freight_load){.cargo = CARGO_CONTAINER, .mass_kg = 20000, .teu = 3, .box20 = 1, .box40 = 1};
    cargo_choose_truck(&n, 0, &l);
    CHECK(l.vehicle == 1 && l.trucks == 2);
    cargo_choose_truck(&n, 2, &l); /* no room for boxes */
    CHECK(l.vehicle == NET_NONE && l.trucks == 0);
}
