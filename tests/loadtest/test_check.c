/* Answers with one planted fault each: the check must name every one of them. */
#include "../../loadtest/answers.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static Zongheng__V1__CostLine lines[2];
static Zongheng__V1__CostLine *line_list[2] = {&lines[0], &lines[1]};
static Zongheng__V1__Leg legs[2];
static Zongheng__V1__Leg *leg_list[2] = {&legs[0], &legs[1]};
static Zongheng__V1__Place places[3];
static Zongheng__V1__Option options[2];
static Zongheng__V1__Option *option_list[2] = {&options[0], &options[1]};
static Zongheng__V1__FindRoutesReply reply;
static char refs[2][33], rate[2];
static struct demand_row row = {.release_min = 1};
static struct demand demand = {.rows = &row, .count = 1};
static const struct kind_input input = {
    .demand = &demand, .row = 0, .start_s = 1000000, .scenario = "", .table = KIND_TABLE_SIDE};

/* A good answer of two options of two legs. */
static void make_good(void)
{
    zongheng__v1__find_routes_reply__init(&reply);
    for (unsigned i = 0; i < 3; i++) {
        zongheng__v1__place__init(&places[i]);
        places[i].node_id = 10 + i;
    }
    for (unsigned i = 0; i < 2; i++) {
        zongheng__v1__cost_line__init(&lines[i]);
        lines[i].amount_fen = 100 + i;
        zongheng__v1__leg__init(&legs[i]);
        legs[i].from = &places[i];
        legs[i].to = &places[i + 1];
        legs[i].depart_at = 1000100 + 1000 * i;
        legs[i].arrive_at = 1000600 + 1000 * i;
        legs[i].distance_m = 7;
        zongheng__v1__option__init(&options[i]);
        options[i].legs = leg_list;
        options[i].lines = line_list;
        options[i].n_legs = options[i].n_lines = 2;
        options[i].total_fen = 201;
        options[i].distance_m = 14;
        options[i].depart_at = 1000100;
        options[i].arrive_at = 1001600;
        snprintf(refs[i], sizeof refs[i], "%u123456789abcdef0123456789abcdef", i);
        options[i].plan_ref = refs[i];
    }
    reply.options = option_list;
    reply.n_options = 2;
}

static char why[CHECK_WHY];

static bool good(void)
{
    return check_answer(KIND_ROUTE, &input, &reply.base, why);
}

TEST(a_good_answer_passes)
{
    make_good();
    CHECK_MSG(good(), "%s", why);
}

TEST(each_planted_fault_is_named)
{
    const struct {
        int64_t *at, value;
        const char *says;
    } faults[] = {{&lines[1].amount_fen, 100, "add up"},
                  {&options[0].total_fen, 202, "add up"},
                  {&legs[0].arrive_at, 1000099, "before it departs"},
                  {&legs[0].arrive_at, 1001101, "departs before leg"},
                  {&places[1].node_id, 11, NULL}, /* no fault: the same value */
                  {&options[1].depart_at, 1000059, "before the cargo is ready"},
                  {&options[1].arrive_at, 1001599, "do not cover"},
                  {&options[0].co2_ttw_g, 5, "well-to-wheel"},
                  {&legs[1].distance_m, 8, "distances"}};
    for (unsigned i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        make_good();
        *faults[i].at = faults[i].value;
        CHECK_MSG(good() == (faults[i].says == NULL), "fault %u", i);
        if (faults[i].says != NULL)
            CHECK_MSG(strstr(why, faults[i].says) != NULL, "fault %u: %s", i, why);
    }
    make_good();
    legs[1].from = &places[2];
    CHECK(!good() && strstr(why, "begin where") != NULL);
    make_good();
    legs[1].cutoff_at = 1000700;
    legs[1].ready_at = 1000701;
    CHECK(!good() && strstr(why, "cut-off") != NULL);
    make_good();
    options[1].plan_ref = options[0].plan_ref;
    CHECK(!good() && strstr(why, "one plan_ref") != NULL);
    make_good();
    reply.n_options = 0;
    CHECK(!good() && strstr(why, "no reason") != NULL);
}

static struct fingerprint print_of(void)
{
    struct arena a;
    struct fingerprint f;
    arena_init(&a, 1 << 20);
    CHECK(check_fingerprint(KIND_ROUTE, &reply.base, &a, &f));
    arena_release(&a);
    return f;
}

TEST(a_fingerprint_leaves_versions_out_and_sees_all_else)
{
    make_good();
    reply.network_version = (char[]){"one"};
    struct fingerprint a = print_of();
    CHECK_I64(a.options, 2);
    CHECK_I64(a.total_fen, 201);
    make_good();
    reply.network_version = (char[]){"two"};
    struct fingerprint b = print_of();
    CHECK(a.answer == b.answer && a.version != b.version && a.offered != b.offered);
    make_good();
    reply.network_version = (char[]){"one"};
    options[1].plan_ref[3]++;
    CHECK(print_of().answer == a.answer);
    CHECK(print_of().offered != 0);
    make_good();
    reply.network_version = (char[]){"one"};
    rate[0] = 'x';
    lines[0].rate = rate;
    CHECK(print_of().answer != a.answer);
}

TEST(lists_are_compared_line_by_line)
{
    char dir[] = "/tmp/zh-answers-XXXXXX", one[64], two[64], out[64];
    struct answers a = {.keep = true}, b = {.keep = true};
    struct err e = {0};
    uint64_t n;
    CHECK(mkdtemp(dir) != NULL);
    snprintf(one, sizeof one, "%s/1", dir);
    snprintf(two, sizeof two, "%s/2", dir);
    snprintf(out, sizeof out, "%s/3", dir);
    for (unsigned i = 0; i < 100; i++) {
        struct answer x = {.number = i, .kind = KIND_ROUTE, .print = {.answer = i * 7919}};
        CHECK(answers_add(&a, &x));
        x.number = 99 - i;
        x.print.answer = (99 - i) * 7919 + (i == 40);
        if (i != 13)
            CHECK(answers_add(&b, &x));
    }
    CHECK(a.digest != b.digest);
    CHECK(answers_write(&a, "q", one, &e) && answers_write(&b, "q", two, &e));
    FILE *f = fopen(out, "w");
    CHECK(answers_compare(one, one, f, &n, &e) && n == 0);
    CHECK(answers_compare(one, two, f, &n, &e));
    fclose(f);
    CHECK_I64(n, 2); /* one differs, one is missing */
    CHECK(answers_write(&b, "another question", two, &e));
    CHECK(!answers_compare(one, two, stdout, &n, &e));
    CHECK(!answers_compare(one, "/nonexistent", stdout, &n, &e));
    unlink(one);
    unlink(two);
    unlink(out);
    rmdir(dir);
    answers_release(&a);
    answers_release(&b);
}
