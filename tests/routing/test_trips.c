/* Trip tables: what is read, what is refused with its line, unknown zones, repeats, a cut at every byte, the
 * same table in another dress, and Sioux Falls. */
#include "test.h"
#include "whatif/demand.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct demand_report report;

static const char *put(const char *text, size_t len, const char *end)
{
    static char path[96];
    snprintf(path, sizeof path, "/tmp/test_trips_%ld.%s", (long)getpid(), end);
    FILE *f = fopen(path, "wb");
    CHECK(f != NULL && fwrite(text, 1, len, f) == len && fclose(f) == 0);
    return path;
}

static bool tntp(const char *text, uint32_t zones, struct demand *d, struct err *e)
{
    const char *path = put(text, strlen(text), "tntp");
    bool ok = demand_read_tntp(path, zones, d, &report, e);
    unlink(path);
    return ok;
}

static bool csv(const char *text, uint32_t zones, demand_zone_fn *find, struct demand *d, struct err *e)
{
    const char *path = put(text, strlen(text), "csv");
    bool ok = demand_read_csv(path, zones, find, NULL, d, &report, e);
    unlink(path);
    return ok;
}

static double volume(const struct trips *t, uint32_t o, uint32_t d)
{
    for (uint32_t k = t->first[o]; k < t->first[o + 1]; k++)
        if (t->to[k] == d)
            return t->volume[k];
    return 0;
}

#define HEAD "<NUMBER OF ZONES> 3\n<TOTAL OD FLOW> 10.5\n<END OF METADATA>\n\n"

TEST(a_tntp_table)
{
    struct err e = {0};
    struct demand d;
    CHECK_MSG(tntp(HEAD "~ a comment\nOrigin \t1 \n 1 : 1.0; 2 :2.5;\n3: 0.0 ;\nOrigin 3\r\n1:4;2  :\n 3e0;",
                   3, &d, &e),
              "%s", e.text);
    CHECK_I64(d.table_count, 1);
    const struct trips *t = &d.table[0].trips;
    CHECK_I64(t->first[3], 4);
    CHECK(volume(t, 0, 0) == 1 && volume(t, 0, 1) == 2.5 && volume(t, 2, 0) == 4 && volume(t, 2, 1) == 3);
    CHECK_I64(report.pairs, 4);
    CHECK(report.total == 10.5 && report.announced == 10.5 && d.table[0].inside == 1);
    CHECK_I64(report.refused + report.unknown + report.repeated, 0);
    demand_free(&d);
}

TEST(the_order_of_the_file_does_not_matter)
{
    struct err e = {0};
    struct demand a, b;
    CHECK(tntp(HEAD "Origin 2\n1:0.1; 3:7; 1:0.7; 1:0.2;\nOrigin 1\n2:5;\n", 3, &a, &e));
    CHECK_I64(report.repeated, 2);
    CHECK(tntp("\xef\xbb\xbf" HEAD "Origin 1\n2:5;\nOrigin 2\n1:0.7;\nOrigin 2\n1:0.2; 1:0.1;\n3:7;", 3, &b,
               &e));
    const struct trips *s = &a.table[0].trips, *t = &b.table[0].trips;
    CHECK(memcmp(s->first, t->first, 4 * sizeof *s->first) == 0);
    CHECK(memcmp(s->to, t->to, 3 * sizeof *s->to) == 0);
    CHECK(memcmp(s->volume, t->volume, 3 * sizeof *s->volume) == 0);
    demand_free(&a);
    demand_free(&b);
}

TEST(what_makes_no_sense_is_refused_by_line)
{
    static const struct {
        const char *entries, *note;
    } cases[] = {
        {"Origin 1\n2 : 1;\n2 : x;\n3 : 2;", "tntp:7: the volume \"x\""},
        {"Origin 1\n2 : 1;\n2 : -1;\n3 : 2;", "tntp:7: the volume \"-1\""},
        {"Origin 1\n2 : 1;\n2 : nan;\n3 : 2;", "tntp:7: the volume \"nan\""},
        {"Origin 1\n2 : 1;\n2 : 1e13;\n3 : 2;", "tntp:7: the volume \"1e13\""},
        {"Origin 1\n2 : 1;\n2 : 0x10;\n3 : 2;", "tntp:7: the volume \"0x10\""},
        {"Origin 1\n2 : 1;\n2 1;\n3 : 2;", "tntp:7: \"destination : volume ;\""},
        {"Origin 1\n2 : 1;\n2 : 1 1;\n3 : 2;", "tntp:7: \"destination : volume ;\""},
        {"Origin 1\n2 : 1;\nzone : 1;\n3 : 2;", "tntp:7: the destination \"zone\""},
        {"Origin 1\n2 : 1;\n-2 : 1;\n3 : 2;", "tntp:7: the destination \"-2\""},
        {"Origin 1\n2 : 1; 3 : 2;\nOrigin x\n 2 : 1;", "tntp:7: the origin \"x\""},
        {"Origin 1\n2 : 1; 3 : 2;\n 3 : 2", "tntp:7: \"destination : volume ;\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e = {0};
        struct demand d;
        char text[400];
        snprintf(text, sizeof text, "%s%s", HEAD, cases[i].entries);
        CHECK_MSG(tntp(text, 3, &d, &e), "%s", e.text);
        CHECK_MSG(report.refused >= 1 && report.note_count >= 1, "case %zu is not refused", i);
        CHECK_MSG(strstr(report.note[0], cases[i].note) != NULL, "case %zu: %s", i, report.note[0]);
        CHECK(volume(&d.table[0].trips, 0, 1) == 1 && volume(&d.table[0].trips, 0, 2) == 2);
        CHECK(report.total == 3);
        demand_free(&d);
    }
}

TEST(no_table_at_all_fails)
{
    static const char *const texts[] = {"",
                                        "Origin 1\n",
                                        "<NUMBER OF ZONES> 3\n",
                                        "<NUMBER OF ZONES> x\n<END OF METADATA>\n",
                                        "<END OF METADATA>\nOrigin 1\n",
                                        "<NUMBER OF ZONES> 3\n<TOTAL OD FLOW> much\n<END OF METADATA>\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct err e = {0};
        struct demand d;
        CHECK(!tntp(texts[i], 3, &d, &e));
        CHECK_I64(e.code, ERR_INVALID_ARGUMENT);
        CHECK(d.table == NULL);
    }
    struct err e = {0};
    struct demand d;
    CHECK(!demand_read_tntp("/nowhere/at/all", 3, &d, &report, &e));
    CHECK_I64(e.code, ERR_NOT_FOUND);
}

TEST(a_table_cut_at_every_byte_never_invents_volume)
{
    const char *text = HEAD "Origin 1\n1 : 1.5; 2 : 20;\nOrigin 2\n3 : 300.25;\n";
    for (size_t n = 0; n < strlen(text); n++) {
        struct err e = {0};
        struct demand d;
        const char *path = put(text, n, "tntp");
        if (demand_read_tntp(path, 3, &d, &report, &e)) {
            CHECK(report.total == 0 || report.total == 1.5 || report.total == 21.5 || report.total == 321.75);
            demand_free(&d);
        }
        unlink(path);
    }
}

TEST(unknown_zones_are_counted_with_their_volume)
{
    struct err e = {0};
    struct demand d;
    CHECK(tntp("<NUMBER OF ZONES> 9\n<END OF METADATA>\nOrigin 1\n2:1; 9:2; 9:0;\nOrigin 7\n1:4; 2:8; 9:0;\n",
               3, &d, &e));
    CHECK_I64(report.unknown, 3);
    CHECK(report.unknown_volume == 14 && report.total == 1 && report.announced < 0);
    CHECK_I64(report.unknown_count, 2);
    CHECK_STR(report.unknown_zone[0], "9");
    CHECK_STR(report.unknown_zone[1], "7");
    demand_free(&d);
}

TEST(a_csv_table_by_group_and_period)
{
    struct err e = {0};
    struct demand d;
    struct trips t;
    CHECK_MSG(
        csv("period,o,d,volume,goods_group\nam,1,2,10,steel\npm,1,2,20,steel\nam,2,3,5,ore\nam,1,2,1,steel\n"
            "am,3,3,7,ore\nam,x,1,2,ore\nam,4,1,3,ore\nam,1,2,-1,ore\nam,,2,1,ore\nam,1,2,,ore\n",
            3, NULL, &d, &e),
        "%s", e.text);
    CHECK_I64(d.table_count, 3);
    CHECK_STR(d.table[0].group, "steel");
    CHECK_STR(d.table[0].period, "am");
    CHECK(d.table[0].total == 11 && d.table[1].total == 20 && d.table[2].total == 12 &&
          d.table[2].inside == 7);
    CHECK_I64(report.repeated, 1);
    CHECK_I64(report.unknown, 2);
    CHECK(report.unknown_volume == 5);
    CHECK_I64(report.refused, 3);
    CHECK_MSG(strstr(report.note[0], ".csv:9: the volume \"-1\"") != NULL, "%s", report.note[0]);
    CHECK_MSG(strstr(report.note[1], ".csv:10: the origin is empty") != NULL, "%s", report.note[1]);
    CHECK_MSG(strstr(report.note[2], ".csv:11: the volume \"\"") != NULL, "%s", report.note[2]);
    CHECK(demand_sum(&d, "steel", NULL, 2, &t, &e));
    CHECK(volume(&t, 0, 1) == 62 && trips_total(&t) == 62);
    trips_free(&t);
    CHECK(demand_sum(&d, NULL, "am", 1, &t, &e));
    CHECK(volume(&t, 0, 1) == 11 && volume(&t, 1, 2) == 5 && trips_total(&t) == 23);
    trips_free(&t);
    CHECK(demand_sum(&d, "coal", NULL, 1, &t, &e));
    CHECK(trips_total(&t) == 0);
    trips_free(&t);
    demand_free(&d);
}

static bool by_letter(void *ctx, const char *name, uint32_t *zone)
{
    (void)ctx;
    *zone = (uint32_t)(name[0] - 'A');
    return name[0] >= 'A' && name[1] == '\0';
}

TEST(csv_zones_may_have_names)
{
    struct err e = {0};
    struct demand d;
    CHECK(csv("origin,destination,volume\nA,C,1\nB,Z,2\nC,A,4\n", 3, by_letter, &d, &e));
    CHECK(volume(&d.table[0].trips, 0, 2) == 1 && volume(&d.table[0].trips, 2, 0) == 4);
    CHECK_I64(report.unknown, 1);
    demand_free(&d);
    CHECK(!csv("origin,volume\nA,1\n", 3, by_letter, &d, &e));
    CHECK_MSG(strstr(e.text, "\"d\"") != NULL, "%s", e.text);
}

TEST(many_groups_have_an_end)
{
    struct err e = {0};
    struct demand d;
    char *text = calloc(1, 100000), *at = text;
    at += snprintf(at, 100, "o,d,volume,goods_group\n");
    for (int i = 0; i < 400; i++)
        at += snprintf(at, 100, "1,2,1,g%d\n", i);
    CHECK(!csv(text, 3, NULL, &d, &e));
    CHECK_I64(e.code, ERR_OUT_OF_RANGE);
    CHECK(d.table == NULL);
    free(text);
}

TEST(sioux_falls_trips)
{
    const char *cases = test_cases_dir();
    if (cases == NULL)
        SKIP("no cases beside the repository");
    struct err e = {0};
    struct demand d;
    char path[300];
    snprintf(path, sizeof path, "%s/tntp/SiouxFalls_trips.tntp", cases);
    if (access(path, R_OK) != 0)
        SKIP("Sioux Falls is not there");
    CHECK_MSG(demand_read_tntp(path, 24, &d, &report, &e), "%s", e.text);
    CHECK_I64(report.pairs, 528);
    CHECK(report.total == 360600 && report.announced == 360600);
    CHECK(volume(&d.table[0].trips, 0, 9) == 1300);
    demand_free(&d);
}
