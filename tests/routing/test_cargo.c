/* Loads: boxes and trucks, largest pieces, temperatures, dangerous goods; what does not fit says by how much.
 */
#include "freight/limits.h"
#include "plan/plan.h"
#include "test.h"

#include <string.h>

static const struct net_container boxes[] = {{.iso_type = "22G1",
                                              .teu = 1,
                                              .tare_kg = 2230,
                                              .payload_kg = 28250,
                                              .volume_dm3 = 33200,
                                              .height_cm = 259,
                                              .length_cm = 606,
                                              .inner_length_cm = 590,
                                              .door_width_cm = 234,
                                              .door_height_cm = 228},
                                             {.iso_type = "45G1",
                                              .teu = 2,
                                              .tare_kg = 3900,
                                              .payload_kg = 28600,
                                              .volume_dm3 = 76400,
                                              .height_cm = 290,
                                              .length_cm = 1219,
                                              .inner_length_cm = 1203,
                                              .door_width_cm = 234,
                                              .door_height_cm = 258},
                                             {.iso_type = "45R1",
                                              .teu = 2,
                                              .tare_kg = 4600,
                                              .payload_kg = 29400,
                                              .volume_dm3 = 67500,
                                              .reefer = 1,
                                              .min_c = -30,
                                              .max_c = 30,
                                              .height_cm = 290,
                                              .length_cm = 1219}};

static const struct net_vehicle artic = {.vehicle_class = 6,
                                         .payload_kg = 32000,
                                         .volume_dm3 = 90000,
                                         .myuan_per_km = 3200,
                                         .teu = 2,
                                         .height_cm = 400,
                                         .width_cm = 255,
                                         .floor_cm = 1300,
                                         .deck_cm = 110,
                                         .load_width_cm = 375,
                                         .load_height_cm = 450};

TEST(boxes_are_not_divided_among_trucks)
{
    static const struct {
        uint32_t box20, box40;
        int64_t mass_kg, tare_kg;
        uint32_t trucks;
    } cases[] = {{2, 0, 20000, 4460, 1}, {2, 0, 27540, 4460, 1},  {2, 0, 27541, 4460, 2}, /* a pair by mass */
                 {3, 0, 60000, 6690, 3}, /* three of 22.2 t: two do not go on one truck */
                 {1, 1, 20000, 6130, 2}, {0, 3, 60000, 11700, 3}, {1, 0, 29770, 2230, 1},
                 {1, 0, 29771, 2230, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct freight_load l = {.cargo = CARGO_CONTAINER,
                                 .mass_kg = cases[i].mass_kg,
                                 .tare_kg = cases[i].tare_kg,
                                 .box20 = cases[i].box20,
                                 .box40 = cases[i].box40,
                                 .teu = cases[i].box20 + 2 * cases[i].box40};
        CHECK_I64(cargo_trucks(&artic, &l), cases[i].trucks);
    }
}

/* Against a packing by hand: boxes of equal mass laid on trucks one after the other. */
TEST(trucks_of_boxes_against_packing)
{
    uint64_t s = 11;
    for (int round = 0; round < 3000; round++) {
        struct freight_load l = {
            .cargo = CARGO_CONTAINER, .box20 = test_rand_below(&s, 6), .box40 = test_rand_below(&s, 4)};
        uint32_t count = l.box20 + l.box40, trucks = 0;
        if (count == 0)
            continue;
        int64_t each = 1000 + (int64_t)test_rand_below(&s, 33000);
        l.teu = l.box20 + 2 * l.box40;
        l.mass_kg = each * count;
        for (uint32_t left = l.box20; left > 0; trucks++)
            left -= left >= 2 && 2 * each <= artic.payload_kg ? 2 : 1;
        trucks += l.box40;
        CHECK_I64(cargo_trucks(&artic, &l), each > artic.payload_kg ? 0 : trucks);
    }
}

TEST(a_wide_piece_needs_a_permit_and_a_wider_one_stays)
{
    struct network n = {.vehicle = &artic, .vehicle_count = 1};
    struct freight_load l = {.cargo = CARGO_GENERAL, .mass_kg = 24000, .piece = {24000, 620, 310, 280}};
    char words[LIMIT_WORDS];
    cargo_choose_truck(&n, 0, &l);
    CHECK_I64(l.trucks, 1);
    struct cargo_measures m = cargo_measures(&artic, &l);
    CHECK_I64(m.width_cm, 310);
    CHECK_I64(m.height_cm, 0); /* 1.10 + 2.80 m */
    l.piece.height_cm = 320;
    CHECK_I64(cargo_measures(&artic, &l).height_cm, 430);
    l.piece.width_cm = 376;
    cargo_choose_truck(&n, 0, &l);
    CHECK(l.vehicle == NET_NONE);
    struct limit_break b = limits_of_truck(&artic, &l);
    limits_words(&b, &l, words);
    CHECK_STR(words, "the largest piece is 3.76 m wide, at most 3.75 m are taken: 0.01 m too wide");
    l.piece = (struct freight_piece){33000, 100, 100, 100};
    b = limits_of_truck(&artic, &l);
    limits_words(&b, &l, words);
    CHECK_STR(words, "the heaviest piece has 33.000 t, at most 32.000 t are taken: 1.000 t too heavy");
}

TEST(limits_of_doors_temperatures_and_classes)
{
    static const struct net_equipment door = {.max_piece_kg = 6800,
                                              .length_cm = 310,
                                              .width_cm = 240,
                                              .height_cm = 240,
                                              .min_c = 2,
                                              .max_c = 25,
                                              .dangerous_classes = UINT32_C(1) << 19};
    const struct network n = {.equipment = &door, .equipment_count = 1};
    const struct net_service s = {.cargo = CARGO_ULD | CARGO_REEFER | CARGO_DANGEROUS, .equipment = 1};
    static const struct {
        struct freight_piece piece;
        int16_t min_c, max_c;
        bool cold;
        uint8_t dangerous; /* class code, 1: not told */
        enum limit_kind kind;
        int32_t over;
    } cases[] = {{{6800, 310, 240, 240}, 0, 0, false, 0, LIMIT_FITS, 0},
                 {{6800, 240, 310, 240}, 0, 0, false, 0, LIMIT_FITS, 0}, /* turned on the floor */
                 {{6801, 0, 0, 0}, 0, 0, false, 0, LIMIT_PIECE_KG, 1},
                 {{0, 311, 100, 0}, 0, 0, false, 0, LIMIT_PIECE_LENGTH, 1},
                 {{0, 300, 250, 0}, 0, 0, false, 0, LIMIT_PIECE_WIDTH, 10},
                 {{0, 100, 100, 270}, 0, 0, false, 0, LIMIT_PIECE_HEIGHT, 30}, /* not laid on its side */
                 {{0, 0, 0, 0}, 0, 4, true, 0, LIMIT_FITS, 0},
                 {{0, 0, 0, 0}, -20, -18, true, 0, LIMIT_TEMPERATURE, 0},
                 {{0, 0, 0, 0}, 0, 0, true, 0, LIMIT_FITS, 0}, /* range not told */
                 {{0, 0, 0, 0}, 0, 0, false, 90, LIMIT_FITS, 0},
                 {{0, 0, 0, 0}, 0, 0, false, 30, LIMIT_CLASS, 0},
                 {{0, 0, 0, 0}, 0, 0, false, 1, LIMIT_CLASS, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct freight_load l = {.cargo = CARGO_GENERAL, .mass_kg = 7000, .piece = cases[i].piece};
        if (cases[i].cold) {
            l.cargo |= CARGO_REEFER;
            l.min_c = cases[i].min_c;
            l.max_c = cases[i].max_c;
        }
        if (cases[i].dangerous != 0) {
            l.cargo |= CARGO_DANGEROUS;
            l.dangerous_bit = net_dangerous_bit(cases[i].dangerous);
        }
        struct limit_break b = limits_of_service(&n, &s, &l);
        char words[LIMIT_WORDS];
        CHECK_MSG(b.kind == cases[i].kind, "case %zu: kind %d", i, (int)b.kind);
        CHECK_I64(b.load - b.limit, cases[i].over);
        limits_words(&b, &l, words);
        CHECK((words[0] == '\0') == (b.kind == LIMIT_FITS));
    }
    struct freight_load frozen = {
        .cargo = CARGO_GENERAL | CARGO_REEFER, .mass_kg = 1000, .min_c = -20, .max_c = -18};
    struct limit_break b = limits_of_service(&n, &s, &frozen);
    char words[LIMIT_WORDS];
    limits_words(&b, &frozen, words);
    CHECK_STR(words, "-20 to -18 C are asked, 2 to 25 C can be kept: 20 degrees apart");
    struct freight_load acid = {
        .cargo = CARGO_GENERAL | CARGO_DANGEROUS, .mass_kg = 1000, .dangerous_bit = net_dangerous_bit(51)};
    b = limits_of_service(&n, &s, &acid);
    limits_words(&b, &acid, words);
    CHECK_STR(words, "dangerous goods of class 5.1 are not taken");
    CHECK(net_dangerous_bit(17) == 0 && net_dangerous_bit(31) == 0 && net_dangerous_bit(0) == 0);
}

TEST(container_rows_by_code)
{
    const struct network n = {.container = boxes, .container_count = 3};
    CHECK(cargo_container(&n, "45R1") == &boxes[2]);
    CHECK(cargo_container(&n, "22G0") == &boxes[0]);
    CHECK(cargo_container(&n, "45U1") == &boxes[1]); /* length and height */
    CHECK(cargo_container(&n, "L5G1") == NULL);
    CHECK(cargo_container(&n, "") == NULL);
}

static bool refused(const struct network *n, const struct plan_request *r, const char *field,
                    const char *text)
{
    struct err e = {0};
    bool ok = plan_request_check(n, r, &e);
    CHECK_MSG(!ok && strcmp(e.field, field) == 0 && strstr(e.text, text) != NULL, "%s: %s", e.field, e.text);
    return !ok;
}

TEST(what_does_not_fit_its_boxes_is_refused_with_the_limit)
{
    static const int64_t node[] = {1, 2};
    const struct network n = {.container = boxes, .container_count = 3, .node_id = node, .node_id_count = 2};
    const struct plan_request good = {
        .from = 0,
        .to = 1,
        .ready_at = 1000000,
        .families = 1,
        .max_options = 1,
        .cargo = {
            .mass_kg = 28250, .volume_dm3 = 33200, .containers = {{"22G1", 1, 1}}, .container_count = 1}};
    struct plan_request r = good;
    struct err e = {0};
    CHECK_MSG(plan_request_check(&n, &r, &e), "%s", e.text);
    r.cargo.mass_kg++;
    CHECK(refused(&n, &r, "cargo.mass_kg", "1 kg too much"));
    r = good, r.cargo.volume_dm3 = 34000;
    CHECK(refused(&n, &r, "cargo.volume_dm3", "800 dm3 too much"));
    r = good, r.cargo.piece = (struct freight_piece){100, 580, 240, 100};
    CHECK(refused(&n, &r, "cargo.piece", "0.06 m too wide"));
    r = good, r.cargo.piece = (struct freight_piece){100, 100, 100, 229};
    CHECK(refused(&n, &r, "cargo.piece", "0.01 m too high"));
    r = good, r.cargo.piece = (struct freight_piece){100, 230, 600, 100};
    CHECK(refused(&n, &r, "cargo.piece", "0.10 m too long"));
    r = good, r.cargo.chilled = true;
    CHECK(refused(&n, &r, "cargo.containers", "keeps no temperature"));
    r.cargo.containers[0] = (struct plan_containers){"45R1", 1, 2};
    CHECK(plan_request_check(&n, &r, &e));
    r.cargo.min_c = -60, r.cargo.max_c = -50;
    CHECK(refused(&n, &r, "cargo.temperature", "-30 to 30"));
    r = good, r.cargo.dangerous = true, r.cargo.dangerous_class = 17;
    CHECK(refused(&n, &r, "cargo.dangerous_class", "1.7"));
    r = good, r.cargo.piece.kg = 30000;
    CHECK(refused(&n, &r, "cargo.piece", "30000"));
    r = good, r.cargo.container_count = 0, r.cargo.bulk = true, r.cargo.piece.length_cm = 5;
    CHECK(refused(&n, &r, "cargo.piece", "bulk"));
    r = good;
    memcpy(r.cargo.containers[0].iso_type, "L5G1", 5);
    r.cargo.mass_kg = 36001; /* a type that the table lacks: at most 36 t */
    CHECK(refused(&n, &r, "cargo.mass_kg", "1 kg too much"));
}

TEST(boxes_needed_by_mass_and_volume)
{
    const struct network n = {.container = boxes, .container_count = 3};
    struct plan_cargo c = {.mass_kg = 260000};
    struct err e = {0};
    uint32_t count;
    CHECK(plan_boxes_needed(&n, &c, "22G1", &count, &e));
    CHECK_I64(count, 10); /* 9.2 */
    c.volume_dm3 = 800000;
    CHECK(plan_boxes_needed(&n, &c, "45G1", &count, &e));
    CHECK_I64(count, 11); /* 10.5 by volume, 9.1 by mass */
    CHECK(!plan_boxes_needed(&n, &c, "L5G1", &count, &e));
    CHECK_I64(e.code, ERR_NOT_FOUND);
    c.mass_kg = INT64_C(1000000000);
    CHECK(!plan_boxes_needed(&n, &c, "22G1", &count, &e));
    CHECK_I64(e.code, ERR_INVALID_ARGUMENT);
}
