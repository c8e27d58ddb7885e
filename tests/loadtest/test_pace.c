/* When requests are due: the count that is due at an instant must be the integral of the rate. */
#include "../../loadtest/pace.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TEST(a_flat_rate_is_even)
{
    struct pace p = {.kind = PACE_FLAT, .rate_per_s = 250, .speed = 1};
    for (unsigned k = 0; k < 1000; k++)
        CHECK(fabs(pace_due_ns(&p, NULL, k) - k * 4e6) < 1);
}

TEST(a_profile_gives_each_hour_its_share_and_the_day_its_mean)
{
    static const char *const names[] = {"day", "huahu"};
    for (unsigned n = 0; n < 2; n++) {
        struct pace p = {.rate_per_s = 100, .speed = 3600, .first_hour = 22};
        struct err e;
        double sum = 0, before = -1;
        unsigned by_hour[24] = {0};
        CHECK(pace_profile(&p, names[n], &e));
        for (int h = 0; h < 24; h++)
            sum += p.weight[h];
        for (unsigned k = 0; k < 7200; k++) { /* three days of 24 s */
            double s = pace_due_ns(&p, NULL, k) / 1e9;
            CHECK(s >= before && s < 72.001);
            before = s;
            by_hour[((unsigned)s + 22) % 24]++;
        }
        for (int h = 0; h < 24; h++)
            CHECK(fabs(by_hour[h] - 7200 * p.weight[h] / sum) <= 4);
        CHECK(pace_due_ns(&p, NULL, 7200) / 1e9 > 71.9);
    }
}

TEST(huahu_peaks_from_one_to_five)
{
    struct pace p = {0};
    struct err e;
    double night = 0, sum = 0;
    CHECK(pace_profile(&p, "huahu", &e));
    for (int h = 0; h < 24; h++) {
        sum += p.weight[h];
        night += h >= 1 && h < 5 ? p.weight[h] : 0;
    }
    CHECK(night > sum / 2);
}

TEST(demand_comes_when_its_rows_say_so_and_begins_again)
{
    struct demand_row rows[] = {
        {.release_min = 10}, {.release_min = 20}, {.release_min = 20}, {.release_min = 70}};
    struct demand d = {.rows = rows, .count = 4};
    struct pace p = {.kind = PACE_DEMAND, .speed = 60};
    const double want_s[] = {0, 10, 10, 60, 80, 90, 90, 140};
    for (unsigned k = 0; k < 8; k++)
        CHECK_MSG(fabs(pace_due_ns(&p, &d, k) / 1e9 - want_s[k]) < 1e-6, "%u: %f", k, pace_due_ns(&p, &d, k));
}

TEST(a_profile_file_is_read_strictly)
{
    static const struct {
        const char *text, *why;
    } bad[] = {{"hour,weight\n24,1\n", ":2:"}, {"0,-1\n", ":1:"}, {"0,1\n0,2\n", ":2:"}, {"0,x\n", ":1:"},
               {"0,1\n", "no hour 1"},         {"0,1 \n", ":1:"}};
    char path[] = "/tmp/zh-pace-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    close(fd);
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct pace p = {0};
        struct err e = {0};
        FILE *f = fopen(path, "w");
        fputs(bad[i].text, f);
        fclose(f);
        CHECK(!pace_profile(&p, path, &e));
        CHECK_MSG(strstr(e.text, bad[i].why) != NULL, "%s", e.text);
    }
    FILE *f = fopen(path, "w");
    for (int h = 0; h < 24; h++)
        fprintf(f, "%d,%s\n", h, h == 3 ? "2.5" : "0");
    fclose(f);
    struct pace p = {.rate_per_s = 1, .speed = 3600};
    struct err e = {0};
    CHECK(pace_profile(&p, path, &e));
    CHECK(pace_due_ns(&p, NULL, 0) >= 3e9 - 1 && pace_due_ns(&p, NULL, 23) < 4e9);
    unlink(path);
}
