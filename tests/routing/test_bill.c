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
    } cases[] = {{1, 0, 30000, 500},       {4, 0, 30000, 2000},     {37, 0, 222000, 18500},
                 {38, 0, 225000, 19000}, /* declared as 45 kg: cheaper, and only the freight is */
                 {44, 0, 225000, 22000},   {45, 0, 225000, 22500},  {79, 0, 395000, 39500},
                 {81, 0, 400000, 40500},   {99, 0, 400000, 49500},  {100, 0, 400000, 50000},
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

/* Brute force: the cheapest of all masses from the chargeable one up, each at its own break. */
TEST(over_declared_mass_is_the_cheapest_of_all)
{
    struct net_tariff_rule rules[5];
    uint64_t s = 7;
    for (int round = 0; round < 200; round++) {
        for (uint32_t i = 0; i < 5; i++)
            rules[i] = (struct net_tariff_rule){.kind = CHARGE_FREIGHT,
                                                .unit = UNIT_KG,
                                                .break_kg = i * (20 + test_rand_below(&s, 30)),
                                                .base_myuan = 1000 + test_rand_below(&s, 9000)};
        for (uint32_t i = 1; i < 5; i++)
            if (rules[i].break_kg <= rules[i - 1].break_kg)
                rules[i].break_kg = rules[i - 1].break_kg + 1;
        struct freight_load l = {.cargo = CARGO_GENERAL, .mass_kg = 1 + test_rand_below(&s, 220)};
        int64_t best = INT64_MAX;
        for (int64_t kg = l.mass_kg; kg < 400; kg++) {
            uint32_t k = 0;
            while (k + 1 < 5 && (int64_t)rules[k + 1].break_kg <= kg)
                k++;
            int64_t price = (kg * rules[k].base_myuan + 5) / 10 * 10;
            best = price < best ? price : best;
        }
        struct bill b;
        CHECK(price(rules, 5, MODE_AIR, &l, 1000, 20000, &b));
        CHECK_I64(b.count, 1);
        CHECK_I64(b.line[0].amount_myuan, best);
        CHECK(price(rules, 5, MODE_RAIL, &l, 1000, 20000, &b)); /* nobody else does that */
        uint32_t k = 0;
        while (k + 1 < 5 && (int64_t)rules[k + 1].break_kg <= l.mass_kg)
            k++;
        CHECK_I64(b.line[0].amount_myuan, (l.mass_kg * rules[k].base_myuan + 5) / 10 * 10);
    }
}

/* An agreed freight rate takes the place of every published freight rule, and of nothing else. */
TEST(agreed_rules_override_a_charge)
{
    struct net_tariff_rule agreed_rule[3] = {
        {.kind = CHARGE_FREIGHT, .unit = UNIT_T, .base_myuan = 10000, .valid_to_day = 17000},
        {.tariff = 1, .kind = CHARGE_LOAD, .unit = UNIT_T, .base_myuan = 1, .valid_to_day = INT32_MAX},
        {.kind = CHARGE_STAMP, .unit = UNIT_SHIPMENT, .valid_to_day = INT32_MAX}};
    const char *const contract[3] = {"C-17", "C-17", "C-17"};
    struct freight_agreed agreed = {.contract = contract, .rule = agreed_rule, .count = 3};
    struct freight_load l = {.cargo = CARGO_GENERAL, .mass_kg = 80000, .agreed = &agreed};
    struct bill b;
    CHECK(price(quote_rules, RULES, MODE_RAIL, &l, 417000, 16436, &b));
    CHECK_I64(b.count, RULES - 1); /* the stamp is agreed to be nothing */
    CHECK(b.line[0].agreed && b.line[0].charge == CHARGE_FREIGHT && b.line[0].row == 0);
    CHECK_I64(b.line[0].amount_myuan, 800000);
    for (uint32_t i = 1; i < b.count; i++)
        CHECK(!b.line[i].agreed && b.line[i].charge != CHARGE_FREIGHT && b.line[i].charge != CHARGE_STAMP);
    CHECK_I64(b.sum_myuan, 8295240 - 4209040 - 2300 + 800000);
    CHECK(price(quote_rules, RULES, MODE_RAIL, &l, 417000, 17001, &b)); /* the contract has ended */
    CHECK_I64(b.sum_myuan, 8295240 - 2300);
    struct net_tariff tariff = {.rule_count = 0};
    struct network n = {.tariff = &tariff, .tariff_count = 1};
    CHECK_I64(bill_next_change(&n, 0, &l, 16436), 17001);
    CHECK_I64(bill_next_change(&n, 0, &l, 17001), INT32_MAX);
}

/* Days 1 and 2 free, then steps; the terminal's own rows in place of its kind's. */
TEST(storage_by_days_and_steps)
{
    static const struct net_storage rows[] = {
        {.terminal = NET_NONE,
         .kind = 5,
         .from_day = 3,
         .myuan_per_day = 85000,
         .cargo = CARGO_CONTAINER,
         .unit = UNIT_BOX20},
        {.terminal = NET_NONE,
         .kind = 5,
         .from_day = 5,
         .myuan_per_day = 170000,
         .cargo = CARGO_CONTAINER,
         .unit = UNIT_BOX20},
        {.terminal = NET_NONE,
         .kind = 5,
         .from_day = 1,
         .myuan_per_day = 0,
         .cargo = CARGO_CONTAINER,
         .unit = UNIT_BOX20},
        {.terminal = 1, .from_day = 2, .myuan_per_day = 1000, .cargo = CARGO_CONTAINER, .unit = UNIT_TEU}};
    static const struct net_terminal terminal[] = {{.kind = 5}, {.kind = 5}, {.kind = 6}};
    const struct network n = {.storage = rows, .storage_count = 4, .terminal = terminal, .terminal_count = 3};
    const struct freight_load l = {
        .cargo = CARGO_CONTAINER, .mass_kg = 9000, .teu = 4, .box20 = 2, .box40 = 1};
    const int64_t day = 86400, at = 20000 * day + 12345;
    for (int64_t step = 0; step < 160; step++) { /* every full day, a second more and less, and between */
        int64_t stay = step < 27 ? step / 3 * day + step % 3 - 1 : (step - 27) * (day / 15 + 1);
        stay = stay < 0 ? 0 : stay;
        int64_t days = (stay + day - 1) / day, owed = 0;
        struct bill b = {.count = 0};
        for (int64_t d = 1; d <= days; d++)
            owed += d >= 5 ? 2 * 170000 : d >= 3 ? 2 * 85000 : 0;
        CHECK(bill_storage(&n, 0, &l, at, at + stay, &b));
        CHECK_I64(b.sum_myuan, owed);
        b = (struct bill){.count = 0};
        CHECK(bill_storage(&n, 1, &l, at, at + stay, &b));
        CHECK_I64(b.sum_myuan, days > 1 ? (days - 1) * 4000 : 0);
        b = (struct bill){.count = 0};
        CHECK(bill_storage(&n, 2, &l, at, at + stay, &b) && b.count == 0);
    }
    CHECK_I64(bill_storage_free_s(&n, 0, &l), 2 * day);
    CHECK_I64(bill_storage_free_s(&n, 1, &l), day);
    CHECK_I64(bill_storage_free_s(&n, 2, &l), INT64_MAX);
}

TEST(truck_lines_with_empty_return_and_cooling)
{
    static const struct net_vehicle v[] = {{.vehicle_class = 6,
                                            .payload_kg = 32000,
                                            .teu = 2,
                                            .myuan_per_km = 3200,
                                            .myuan_per_h = 110000,
                                            .fixed_myuan = 300000,
                                            .empty_return_permille = 200,
                                            .box_return_permille = 1000,
                                            .reefer_myuan_per_h = 40000}};
    const struct network n = {.vehicle = v, .vehicle_count = 1};
    const struct truck_run run = {.drive_s = 9000, .distance_m = 123456, .toll_myuan = 99990};
    static const struct {
        uint16_t cargo;
        int64_t back, cooling;
    } cases[] = {{CARGO_GENERAL, 158020, 0},
                 {CARGO_CONTAINER, 790120, 0},
                 {CARGO_GENERAL | CARGO_REEFER, 158020, 200000},
                 {CARGO_CONTAINER | CARGO_REEFER, 790120, 200000}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct freight_load l = {.cargo = cases[i].cargo, .mass_kg = 50000, .trucks = 2};
        int64_t of[BILL_STORAGE + 1] = {0}, sum = 0;
        struct bill b = {.count = 0};
        CHECK(truck_bill(&n, &l, &run, &b));
        for (uint32_t k = 0; k < b.count; k++) {
            of[b.line[k].kind] += b.line[k].amount_myuan;
            sum += b.line[k].amount_myuan;
        }
        CHECK_I64(of[BILL_TRUCK_RUNNING], 790120);
        CHECK_I64(of[BILL_EMPTY_RETURN], cases[i].back);
        CHECK_I64(of[BILL_REEFER], cases[i].cooling);
        CHECK_I64(of[BILL_TRUCK_TIME], 550000);
        CHECK_I64(of[BILL_TRUCK_FIXED], 600000);
        CHECK_I64(of[BILL_TOLL], 199980);
        CHECK_I64(b.sum_myuan, sum);
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
