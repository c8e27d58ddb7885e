/* Quantities: what is read exactly, and that nothing else is read. */
#include "../../client/units.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

TEST(mass_is_exact_or_refused)
{
    static const struct {
        const char *text;
        int64_t kg; /* 0: refused */
    } cases[] = {{"260t", 260000},
                 {"47.53t", 47530},
                 {"900kg", 900},
                 {"0.001t", 1},
                 {"9223372036854775807kg", INT64_MAX},
                 {"9223372036854775808kg", 0},
                 {"9223372036854776t", 0},
                 {"0.0001t", 0},
                 {"0t", 0},
                 {"0.5kg", 0},
                 {"260", 0},
                 {"", 0},
                 {"t", 0},
                 {".5t", 0},
                 {"5.t", 0},
                 {"-5t", 0},
                 {"+5t", 0},
                 {" 5t", 0},
                 {"5 t", 0},
                 {"5tt", 0},
                 {"0x10t", 0},
                 {"1e3kg", 0},
                 {"1,000kg", 0},
                 {"\xef\xbc\x95t", 0},
                 {"1.0000000000t", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err e = {0};
        int64_t kg = 0;
        bool ok = units_mass("--mass", cases[i].text, &kg, &e);
        CHECK_MSG(ok == (cases[i].kg != 0), "\"%s\" was %s", cases[i].text, ok ? "taken" : "refused");
        CHECK_MSG(!ok || kg == cases[i].kg, "\"%s\" gave %lld", cases[i].text, (long long)kg);
        CHECK_MSG(ok || (e.code == ERR_INVALID_ARGUMENT && strcmp(e.field, "--mass") == 0),
                  "\"%s\" has no field", cases[i].text);
    }
}

TEST(every_single_changed_byte_of_a_time_is_judged)
{
    const char good[] = "2026-12-01T08:00:30+08:00";
    int64_t want, got;
    CHECK(units_time("--ready", good, &want, NULL));
    CHECK_I64(want, 1796083230);
    for (size_t i = 0; i < sizeof good - 1; i++) {
        char text[sizeof good];
        memcpy(text, good, sizeof good);
        text[i] = 'x';
        CHECK_MSG(!units_time("--ready", text, &got, NULL), "%s was taken", text);
        text[i] = '\0';
        bool whole = i == 10 || i == 16 || i == 19; /* a date, with minutes, with seconds */
        CHECK_MSG(units_time("--ready", text, &got, NULL) == whole, "%s", text);
    }
}

TEST(times_have_zones_and_a_calendar)
{
    int64_t a, b;
    CHECK(units_time("t", "2026-12-01T08:00", &a, NULL) && units_time("t", "2026-12-01T00:00Z", &b, NULL));
    CHECK_I64(a, b);
    CHECK(units_time("t", "2026-12-01T00:00-01:30", &b, NULL));
    CHECK_I64(b - a, 5400);
    CHECK(units_time("t", "2028-02-29", &a, NULL));
    CHECK(!units_time("t", "2027-02-29", &a, NULL));
    CHECK(!units_time("t", "2026-04-31", &a, NULL));
    CHECK(!units_time("t", "2026-12-01T24:00", &a, NULL));
    CHECK(!units_time("t", "1999-12-31", &a, NULL));
}

TEST(a_time_is_shown_as_it_is_read)
{
    uint64_t seed = 7;
    struct arena a;
    arena_init(&a, 1 << 20);
    for (int i = 0; i < 1000; i++) {
        int64_t at = 1000000020 + (int64_t)test_rand_below(&seed, 50000000) * 60, back;
        char text[32];
        snprintf(text, sizeof text, "%s", units_show_time(&a, at));
        text[10] = 'T';
        CHECK(units_time("t", text, &back, NULL));
        CHECK_I64(back, at);
        arena_reset(&a);
    }
    arena_release(&a);
}

TEST(other_quantities)
{
    int64_t v;
    int32_t low, high;
    uint32_t n;
    char type[5];
    CHECK(units_volume("v", "12.5m3", &v, NULL) && v == 12500);
    CHECK(units_duration("d", "250ms", &v, NULL) && v == 250);
    CHECK(units_duration("d", "1.5h", &v, NULL) && v == 5400000);
    CHECK(!units_duration("d", "90", &v, NULL) && !units_duration("d", "0s", &v, NULL));
    CHECK(units_temperature("c", "-18..-15", &low, &high, NULL) && low == -18 && high == -15);
    CHECK(!units_temperature("c", "4..0", &low, &high, NULL) &&
          !units_temperature("c", "0..4C", &low, &high, NULL) &&
          !units_temperature("c", "0-4", &low, &high, NULL) &&
          !units_temperature("c", "-99..0", &low, &high, NULL));
    CHECK(units_containers("b", "22G1x10", type, &n, NULL) && n == 10);
    CHECK(units_containers("b", "45G1", type, &n, NULL) && n == 0); /* the daemon counts */
    int64_t cm[3], kg;
    CHECK(units_piece("p", "6.4x3.1x2.8:24t", cm, &kg, NULL) && cm[0] == 640 && cm[1] == 310 &&
          cm[2] == 280 && kg == 24000);
    CHECK(units_piece("p", "12x2.5x2", cm, &kg, NULL) && cm[0] == 1200 && kg == 0);
    static const char *const pieces[] = {"", "6x3", "6x3x", "6x3x2x1", "6x3x2:", "axbxc", "6x3x2:24t:"};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        CHECK_MSG(!units_piece("p", pieces[i], cm, &kg, NULL), "%s was taken", pieces[i]);
    CHECK_STR(type, "45G1");
    static const char *const bad[] = {"22G1x",   "22G1x0",     "22g1x1", "22G1x-1", "22G1X1", "22G12x1",
                                      "22G1x1x", "22G1x10001", "",       "x",       "2\n11x1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_MSG(!units_containers("b", bad[i], type, &n, NULL), "%s was taken", bad[i]);
    CHECK(units_integer("i", "-5", -5, 5, &v, NULL) && v == -5);
    CHECK(!units_integer("i", "6", -5, 5, &v, NULL) && !units_integer("i", "5 ", -5, 5, &v, NULL) &&
          !units_integer("i", "", -5, 5, &v, NULL) &&
          !units_integer("i", "99999999999999999999", 0, INT64_MAX, &v, NULL));
}

TEST(figures_for_people)
{
    struct arena a;
    arena_init(&a, 1 << 20);
    CHECK_STR(units_show_money(&a, 0), "0.00");
    CHECK_STR(units_show_money(&a, 7), "0.07");
    CHECK_STR(units_show_money(&a, -7), "-0.07");
    CHECK_STR(units_show_money(&a, 99999), "999.99");
    CHECK_STR(units_show_money(&a, 123456), "1,234.56");
    CHECK_STR(units_show_money(&a, -100000000), "-1,000,000.00");
    CHECK_STR(units_show_money(&a, INT64_MIN), "-92,233,720,368,547,758.08");
    CHECK_STR(units_show_duration(&a, 183900), "2 d 03 h 05 min");
    CHECK_STR(units_show_duration(&a, 3600), "1 h 00 min");
    CHECK_STR(units_show_distance(&a, 976049), "976.0 km");
    CHECK_STR(units_show_distance(&a, 1234950), "1,235.0 km");
    CHECK_STR(units_show_co2(&a, 830249), "830.2 kg");
    CHECK_STR(units_show_co2(&a, 12345600), "12.346 t");
    arena_release(&a);
}
