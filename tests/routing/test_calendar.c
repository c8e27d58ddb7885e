/* Local days, running days, opening hours: the edges. */
#include "freight/calendar.h"
#include "test.h"

#include <string.h>

enum { MONDAY = 20003 }; /* 2024-10-07 */

static struct net_hours hours[3];
static struct net_exception exception[3];
static struct network net = {.utc_offset_min = 480, .hours = hours, .hours_count = 3, .exception = exception};

static int64_t local(int32_t day, int hour, int minute)
{
    return (int64_t)day * 86400 + hour * 3600 + minute * 60 - 8 * 3600;
}

TEST(weekdays_and_local_midnight)
{
    CHECK_I64(cal_weekday(0), 3); /* Thursday */
    CHECK_I64(cal_weekday(MONDAY), 0);
    CHECK_I64(cal_weekday(MONDAY + 6), 6);
    CHECK_I64(cal_weekday(-1), 2);
    CHECK_I64(cal_weekday(-3), 0);
    CHECK_I64(cal_local_day(&net, local(MONDAY, 0, 0)), MONDAY);
    CHECK_I64(cal_local_day(&net, local(MONDAY, 0, 0) - 1), MONDAY - 1);
    CHECK_I64(cal_day_start(&net, MONDAY), local(MONDAY, 0, 0));
    CHECK_I64(cal_local_day(&net, -8 * 3600 - 1), -1);
}

TEST(exceptions_overrule_weekdays_but_not_validity)
{
    struct net_service s = {
        .days = 1, .valid_from_day = MONDAY, .valid_to_day = MONDAY + 14, .exception_count = 3};
    exception[0] = (struct net_exception){.day = MONDAY + 7, .added = 0};
    exception[1] = (struct net_exception){.day = MONDAY + 9, .added = 1};
    exception[2] = (struct net_exception){.day = MONDAY + 20, .added = 1};
    CHECK(cal_runs(&net, &s, MONDAY));
    CHECK(!cal_runs(&net, &s, MONDAY + 1));
    CHECK(!cal_runs(&net, &s, MONDAY + 7));
    CHECK(cal_runs(&net, &s, MONDAY + 9));
    CHECK(cal_runs(&net, &s, MONDAY + 14));
    CHECK(!cal_runs(&net, &s, MONDAY - 7));
    CHECK(!cal_runs(&net, &s, MONDAY + 20)); /* expired */
    CHECK(!cal_runs(&net, &s, MONDAY + 21));
    CHECK_I64(cal_next_run(&net, &s, MONDAY + 1, MONDAY + 30), MONDAY + 9);
    CHECK_I64(cal_next_run(&net, &s, MONDAY + 15, MONDAY + 30), CAL_NO_DAY);
    CHECK_I64(cal_next_run(&net, &s, MONDAY + 1, MONDAY + 8), CAL_NO_DAY); /* beyond the horizon */
}

TEST(next_departure_on_the_minute_and_past_midnight)
{
    struct net_service s = {.days = 0x7f, .valid_from_day = 0, .valid_to_day = 30000, .depart_min = 23 * 60};
    struct net_stop first = {0}, second = {.arrive_min = 120, .depart_min = 150}; /* 01:30 of the next day */
    CHECK_I64(cal_next_departure(&net, &s, &first, local(MONDAY, 23, 0), 30000), MONDAY);
    CHECK_I64(cal_next_departure(&net, &s, &first, local(MONDAY, 23, 0) + 1, 30000), MONDAY + 1);
    CHECK_I64(cal_next_departure(&net, &s, &second, local(MONDAY, 1, 30), 30000), MONDAY - 1);
    CHECK_I64(cal_next_departure(&net, &s, &second, local(MONDAY, 1, 30) + 1, 30000), MONDAY);
    CHECK_I64(cal_departure(&net, &s, MONDAY, &second), local(MONDAY + 1, 1, 30));
    CHECK_I64(cal_arrival(&net, &s, MONDAY, &second), local(MONDAY + 1, 1, 0));
    s.days = 1 << 6; /* Sundays only: the stop after midnight is served on Monday */
    CHECK_I64(cal_next_departure(&net, &s, &second, local(MONDAY, 0, 0), 30000), MONDAY - 1);
}

TEST(next_departure_is_the_first_of_all)
{
    uint64_t seed = 7;
    for (int i = 0; i < 2000; i++) {
        struct net_service s = {.days = (uint8_t)test_rand_below(&seed, 128),
                                .valid_from_day = MONDAY - 3 + (int32_t)test_rand_below(&seed, 10),
                                .valid_to_day = MONDAY + (int32_t)test_rand_below(&seed, 20),
                                .depart_min = (uint16_t)test_rand_below(&seed, 1440)};
        struct net_stop stop = {.depart_min = test_rand_below(&seed, 6000)};
        int64_t at = local(MONDAY, 0, 0) + test_rand_below(&seed, 5 * 86400);
        int32_t want = CAL_NO_DAY;
        for (int32_t d = MONDAY + 40; d >= MONDAY - 40; d--)
            if (cal_runs(&net, &s, d) && cal_departure(&net, &s, d, &stop) >= at)
                want = d;
        CHECK_I64(cal_next_departure(&net, &s, &stop, at, MONDAY + 40), want);
    }
}

TEST(opening_hours_cross_midnight)
{
    memset(hours, 0, sizeof hours);
    hours[1].from_min[0] = 20 * 60; /* Monday 20:00 to Tuesday 06:00, closed on the other days */
    hours[1].to_min[0] = 30 * 60;
    CHECK_I64(cal_next_open(&net, 0, 12345), 12345);
    CHECK_I64(cal_next_open(&net, 1, local(MONDAY, 12, 0)), local(MONDAY, 20, 0));
    CHECK_I64(cal_next_open(&net, 1, local(MONDAY, 23, 30)), local(MONDAY, 23, 30));
    CHECK_I64(cal_next_open(&net, 1, local(MONDAY + 1, 5, 59)), local(MONDAY + 1, 5, 59));
    CHECK_I64(cal_next_open(&net, 1, local(MONDAY + 1, 6, 0)), local(MONDAY + 7, 20, 0));
    CHECK_I64(cal_next_open(&net, 2, local(MONDAY, 12, 0)), CAL_NEVER); /* never open */
    for (int d = 0; d < 7; d++)
        hours[2].to_min[d] = 24 * 60;
    for (int64_t t = local(MONDAY, 0, 0) - 5; t < local(MONDAY, 0, 0) + 5; t++)
        CHECK_I64(cal_next_open(&net, 2, t), t);
}
