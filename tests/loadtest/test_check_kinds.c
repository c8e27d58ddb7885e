/* Answers to the kinds of planners and of tables, each good, then with one planted fault: the check must name
 * it. What is more than one message deep is packed and unpacked, so that a fault is planted in a copy. */
#include "../../loadtest/judge.h"
#include "test.h"

#include "zongheng/v1/operations.pb-c.h"
#include "zongheng/v1/planning.pb-c.h"
#include "zongheng/v1/shipments.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEW(type, name)                   \
    __extension__({                       \
        type *x_ = calloc(1, sizeof *x_); \
        zongheng__v1__##name##__init(x_); \
        x_;                               \
    })

static struct demand_row row = {.release_min = 1,
                                .origin = 7,
                                .destination = 8,
                                .family_count = 1,
                                .families = {ZONGHENG__V1__FAMILY__RAIL_ROAD}};
static struct demand demand = {.rows = &row, .count = 1};
static uint8_t key[KEY_BYTES] = {1, 2, 3};
static char own[KIND_SCENARIO_ID], version[] = "0123456789abcdef0123456789abcdef", why[CHECK_WHY];
static struct kind_input in;

static void reset(void)
{
    in = (struct kind_input){
        .demand = &demand, .start_s = 1000000, .scenario = "", .table = 2, .key = key, .plan_ref = ""};
    kind_scenario_id(key, own);
}

static bool good(enum kind_id k, const void *m)
{
    why[0] = '\0';
    return check_answer(k, &in, m, why);
}

/* *at is `value` for one check, which must fail and say so. */
#define FAULT(kind, m, at, value, says)                                          \
    do {                                                                         \
        __typeof__(at) was_ = (at);                                              \
        CHECK_MSG(good(kind, m), "before: %s", why);                             \
        (at) = (value);                                                          \
        CHECK_MSG(!good(kind, m) && strstr(why, says) != NULL, #at ": %s", why); \
        (at) = was_;                                                             \
    } while (0)

TEST(a_table_has_the_cells_that_were_asked)
{
    Zongheng__V1__GetMatrixReply *m = NEW(Zongheng__V1__GetMatrixReply, get_matrix_reply);
    int32_t weight[] = {5, 6, 7, -1}, drive[] = {5, 6, 7, -1}, duration[] = {5, 6, 9, -1};
    int64_t metres[] = {1, 2, 3, -1}, toll[] = {0, 1, 2, -1}, cost[] = {9, 9, 9, -1};
    reset();
    m->row_count = m->rows = m->columns = 2;
    m->weight = weight, m->drive_s = drive, m->duration_s = duration;
    m->distance_m = metres, m->toll_fen = toll, m->cost_fen = cost;
    m->n_weight = m->n_drive_s = m->n_duration_s = m->n_distance_m = m->n_toll_fen = m->n_cost_fen = 4;
    FAULT(KIND_MATRIX, m, m->rows, 3, "asked were 2");
    FAULT(KIND_MATRIX, m, m->columns, 1, "asked were 2");
    FAULT(KIND_MATRIX, m, m->first_row, 1, "begins with row");
    FAULT(KIND_MATRIX, m, m->row_count, 1, "ends after 1");
    FAULT(KIND_MATRIX, m, m->n_toll_fen, 3, "cells");
    FAULT(KIND_MATRIX, m, weight[3], 4, "none by another");
    FAULT(KIND_MATRIX, m, duration[2], 6, "less time");
    FAULT(KIND_MATRIX, m, cost[2], 1, "less than its toll");
    FAULT(KIND_MATRIX, m, in.more, true, "more blocks");
    FAULT(KIND_MATRIX, m, in.table, 1, "asked were 1");
    in.parts_rows = 1; /* the second block of two */
    m->first_row = m->row_count = 1;
    m->n_weight = m->n_drive_s = m->n_duration_s = m->n_distance_m = m->n_toll_fen = m->n_cost_fen = 2;
    FAULT(KIND_MATRIX, m, in.parts_rows, 0, "begins with row");
    free(m);
}

TEST(families_have_a_cheapest_and_a_fastest)
{
    enum { CELLS = KIND_TABLE_SIDE * KIND_TABLE_SIDE };
    Zongheng__V1__GetFamilyMatrixReply *m = NEW(Zongheng__V1__GetFamilyMatrixReply, get_family_matrix_reply);
    Zongheng__V1__FamilyTable *t = NEW(Zongheng__V1__FamilyTable, family_table), *list[] = {t, t};
    int64_t numbers[6][CELLS];
    reset();
    for (unsigned i = 0; i < CELLS; i++)
        for (unsigned k = 0; k < 6; k++)
            numbers[k][i] = i == 5 ? -1 : k == 0 || k == 3 ? 100 : 200;
    t->family = ZONGHENG__V1__FAMILY__RAIL_ROAD;
    t->cheapest_fen = numbers[0], t->cheapest_s = numbers[1], t->cheapest_co2_g = numbers[2];
    t->fastest_s = numbers[3], t->fastest_fen = numbers[4], t->fastest_co2_g = numbers[5];
    t->n_cheapest_fen = t->n_cheapest_s = t->n_cheapest_co2_g = CELLS;
    t->n_fastest_s = t->n_fastest_fen = t->n_fastest_co2_g = CELLS;
    m->row_count = m->rows = m->columns = KIND_TABLE_SIDE;
    m->tables = list;
    m->n_tables = 1;
    FAULT(KIND_FAMILIES, m, m->rows, 2, "asked were 6");
    FAULT(KIND_FAMILIES, m, m->n_tables, 2, "tables of 2 families");
    FAULT(KIND_FAMILIES, m, t->family, ZONGHENG__V1__FAMILY__ROAD, "not asked");
    FAULT(KIND_FAMILIES, m, t->n_fastest_co2_g, 35, "holds");
    FAULT(KIND_FAMILIES, m, numbers[0][5], 1, "none by another");
    FAULT(KIND_FAMILIES, m, numbers[0][4], 201, "dearer than the fastest");
    FAULT(KIND_FAMILIES, m, numbers[3][4], 201, "dearer than the fastest");
    free(t);
    free(m);
}

TEST(each_load_has_its_own_price)
{
    Zongheng__V1__GetCostsReply *m = NEW(Zongheng__V1__GetCostsReply, get_costs_reply);
    Zongheng__V1__CostAnswer answers[KIND_LOADS], *list[KIND_LOADS];
    Zongheng__V1__GetCostReply *cost = NEW(Zongheng__V1__GetCostReply, get_cost_reply);
    Zongheng__V1__CostLine *line = NEW(Zongheng__V1__CostLine, cost_line);
    reset();
    line->amount_fen = cost->total_fen = 70;
    cost->lines = &line;
    cost->n_lines = 1;
    for (unsigned i = 0; i < KIND_LOADS; i++) {
        zongheng__v1__cost_answer__init(&answers[i]);
        answers[i].index = i;
        answers[i].cost = i == 2 ? NULL : cost;
        list[i] = &answers[i];
    }
    answers[2].code = ERR_NOT_FOUND; /* its family has none */
    answers[2].field = (char[]){"family"};
    m->answers = list;
    m->n_answers = KIND_LOADS;
    FAULT(KIND_COSTS, m, m->n_answers, 15, "15 answers");
    FAULT(KIND_COSTS, m, answers[3].index, 2, "stands where");
    FAULT(KIND_COSTS, m, answers[2].code, ERR_INVALID_ARGUMENT, "load 2");
    FAULT(KIND_COSTS, m, answers[2].field, (char[]){"cargo"}, "load 2");
    FAULT(KIND_COSTS, m, answers[2].cost, cost, "a price and an error");
    FAULT(KIND_COSTS, m, answers[4].cost, NULL, "or neither");
    FAULT(KIND_COSTS, m, cost->total_fen, 71, "add up");
    FAULT(KIND_COSTS, m, cost->duration_s, -1, "negative");
    FAULT(KIND_COSTS, m, in.more, true, "answers to");
    free(line);
    free(cost);
    free(m);
}

TEST(departures_stand_in_their_order_and_none_is_beaten)
{
    Zongheng__V1__FindDeparturesReply *m = NEW(Zongheng__V1__FindDeparturesReply, find_departures_reply);
    Zongheng__V1__DeparturePoint of[3], *list[3];
    reset();
    for (unsigned i = 0; i < 3; i++) {
        zongheng__v1__departure_point__init(&of[i]);
        of[i].family = ZONGHENG__V1__FAMILY__RAIL_ROAD;
        of[i].depart_at = 1000100 + i * 1000;
        of[i].arrive_at = 1090100 + i * 1000;
        of[i].money_fen = 5000;
        list[i] = &of[i];
    }
    m->departures = list;
    m->n_departures = 3;
    FAULT(KIND_DEPARTURES, m, of[0].depart_at, 1000059, "not in the window");
    FAULT(KIND_DEPARTURES, m, of[2].depart_at, 1000061 + KIND_WINDOW_S, "not in the window");
    FAULT(KIND_DEPARTURES, m, of[1].arrive_at, 1001100, "arrives before");
    FAULT(KIND_DEPARTURES, m, of[1].money_fen, 0, "costs nothing");
    FAULT(KIND_DEPARTURES, m, of[2].depart_at, 1001099, "behind a later one");
    FAULT(KIND_DEPARTURES, m, of[2].family, ZONGHENG__V1__FAMILY__ROAD, "behind a later one");
    of[1].arrive_at = of[2].arrive_at;
    FAULT(KIND_DEPARTURES, m, of[2].money_fen, 4999, "beaten");
    FAULT(KIND_DEPARTURES, m, m->more_from, 1000060, "goes on");
    FAULT(KIND_DEPARTURES, m, m->n_departures, KIND_POINTS + 1, "more than were asked");
    free(m);
}

TEST(a_map_has_roads_with_a_course_and_places_within)
{
    Zongheng__V1__GetNetworkReply *m = NEW(Zongheng__V1__GetNetworkReply, get_network_reply);
    Zongheng__V1__NetworkLink *link = NEW(Zongheng__V1__NetworkLink, network_link);
    Zongheng__V1__NetworkTerminal *terminal = NEW(Zongheng__V1__NetworkTerminal, network_terminal);
    Zongheng__V1__Place *place = NEW(Zongheng__V1__Place, place);
    Zongheng__V1__LatLon *point = NEW(Zongheng__V1__LatLon, lat_lon);
    Zongheng__V1__Box *box = NEW(Zongheng__V1__Box, box);
    reset();
    *box = (Zongheng__V1__Box){box->base, 1, 1, 3, 3};
    point->lat = point->lon = 2;
    place->point = point;
    link->geometry = (char[]){"course"};
    link->to_node_id = 1;
    m->extent = box;
    m->links = &link, m->places = &place, m->terminals = &terminal;
    m->n_links = m->n_places = m->n_terminals = 1;
    FAULT(KIND_NETWORK, m, m->extent, NULL, "no extent");
    FAULT(KIND_NETWORK, m, box->north, 0.5, "no extent");
    FAULT(KIND_NETWORK, m, box->east, 1.5, "outside");
    FAULT(KIND_NETWORK, m, m->n_links, 0, "links of at most");
    FAULT(KIND_NETWORK, m, m->n_links, KIND_LINKS + 1, "links of at most");
    FAULT(KIND_NETWORK, m, m->n_terminals, 0, "terminals");
    FAULT(KIND_NETWORK, m, link->geometry, (char[]){""}, "no course");
    FAULT(KIND_NETWORK, m, link->to_node_id, 0, "both ends");
    FAULT(KIND_NETWORK, m, point->lat, 3.5, "outside");
    FAULT(KIND_NETWORK, m, place->point, NULL, "outside");
    free(box);
    free(point);
    free(place);
    free(terminal);
    free(link);
    free(m);
}

TEST(pages_are_in_order_and_not_too_long)
{
    Zongheng__V1__ListScenariosReply *s = NEW(Zongheng__V1__ListScenariosReply, list_scenarios_reply);
    Zongheng__V1__ListJobsReply *j = NEW(Zongheng__V1__ListJobsReply, list_jobs_reply);
    Zongheng__V1__ListDemandsReply *d = NEW(Zongheng__V1__ListDemandsReply, list_demands_reply);
    Zongheng__V1__ListAgreedTariffsReply *t =
        NEW(Zongheng__V1__ListAgreedTariffsReply, list_agreed_tariffs_reply);
    Zongheng__V1__Scenario scenario[21], *scenarios[21];
    Zongheng__V1__Job job[21], *jobs[21];
    Zongheng__V1__Demand of[21], *demands[21];
    Zongheng__V1__AgreedRule rule[3], *rules[3];
    static char names[21][4], day[] = "2026-01-01";
    reset();
    for (unsigned i = 0; i < 21; i++) {
        snprintf(names[i], sizeof names[i], "a%c", 'a' + (char)i);
        zongheng__v1__scenario__init(&scenario[i]);
        zongheng__v1__job__init(&job[i]);
        zongheng__v1__demand__init(&of[i]);
        scenario[i].scenario_id = job[i].job_id = of[i].name = of[i].demand_version = names[i];
        job[i].created_at = 100 - i;
        job[i].state = ZONGHENG__V1__JOB_STATE__FINISHED;
        of[i].version = 1;
        scenarios[i] = &scenario[i], jobs[i] = &job[i], demands[i] = &of[i];
    }
    for (unsigned i = 0; i < 3; i++) {
        zongheng__v1__agreed_rule__init(&rule[i]);
        rule[i].contract = i == 2 ? names[1] : names[0];
        rule[i].tariff_id = rule[i].charge = names[0];
        rule[i].valid_from = rule[i].valid_to = day;
        rules[i] = &rule[i];
    }
    s->scenarios = scenarios, j->jobs = jobs, d->demands = demands, t->rules = rules;
    s->n_scenarios = j->n_jobs = d->n_demands = 20;
    t->n_rules = 3;
    s->next_page_token = d->next_page_token = names[19];
    FAULT(KIND_SCENARIOS, s, s->n_scenarios, 21, "more than");
    FAULT(KIND_SCENARIOS, s, scenario[3].scenario_id, names[2], "out of order");
    FAULT(KIND_SCENARIOS, s, scenario[3].n_modifications, 1, "with its modifications");
    FAULT(KIND_SCENARIOS, s, s->next_page_token, names[18], "begins elsewhere");
    FAULT(KIND_JOBS, j, j->n_jobs, 21, "more than");
    FAULT(KIND_JOBS, j, job[3].created_at, 99, "older");
    FAULT(KIND_JOBS, j, job[3].job_id, (char[]){""}, "no id");
    FAULT(KIND_JOBS, j, job[3].state, 0, "no id or state");
    job[3].started_at = 5;
    job[3].ended_at = 6;
    FAULT(KIND_JOBS, j, job[3].ended_at, 4, "before it started");
    FAULT(KIND_DEMANDS, d, d->n_demands, 21, "more than");
    FAULT(KIND_DEMANDS, d, of[3].version, 0, "no version");
    FAULT(KIND_DEMANDS, d, of[3].name, names[2], "out of order");
    FAULT(KIND_DEMANDS, d, d->next_page_token, names[2], "begins elsewhere");
    FAULT(KIND_TARIFFS, t, rule[1].charge, (char[]){""}, "no contract");
    FAULT(KIND_TARIFFS, t, rule[1].valid_to, (char[]){"2025-12-31"}, "before it begins");
    rule[1].contract = names[1];
    rule[2].contract = names[0];
    CHECK(!good(KIND_TARIFFS, t) && strstr(why, "two places") != NULL);
    free(s);
    free(j);
    free(d);
    free(t);
}

TEST(a_road_that_is_put_is_the_one_that_was_asked)
{
    Zongheng__V1__PutScenarioReply *m = NEW(Zongheng__V1__PutScenarioReply, put_scenario_reply);
    Zongheng__V1__Scenario *s = NEW(Zongheng__V1__Scenario, scenario);
    Zongheng__V1__ModificationReport *r = NEW(Zongheng__V1__ModificationReport, modification_report);
    Zongheng__V1__CrossedRoad *crossed = NEW(Zongheng__V1__CrossedRoad, crossed_road);
    Zongheng__V1__ScenarioError *error = NEW(Zongheng__V1__ScenarioError, scenario_error);
    Zongheng__V1__DeleteScenarioReply *deleted =
        NEW(Zongheng__V1__DeleteScenarioReply, delete_scenario_reply);
    int64_t id = -1;
    reset();
    s->scenario_id = own;
    s->version = 1;
    r->link_ids = &id;
    r->n_link_ids = 1;
    r->length_km = 3;
    r->geometry = (char[]){"course"};
    r->crossed = &crossed;
    r->n_crossed = 1;
    m->scenario = s;
    m->reports = &r;
    m->n_reports = 1;
    m->scenario_version = version;
    m->bytes = 100;
    m->errors = &error;
    FAULT(KIND_PUT, m, m->n_errors, 1, "refused");
    FAULT(KIND_PUT, m, m->scenario, NULL, "another scenario");
    FAULT(KIND_PUT, m, s->scenario_id, (char[]){"load-x"}, "another scenario");
    FAULT(KIND_PUT, m, s->version, 0, "it was to be put");
    FAULT(KIND_PUT, m, m->bytes, 0, "it was to be put");
    FAULT(KIND_PUT, m, m->scenario_version, (char[]){"0"}, "no version");
    FAULT(KIND_PUT, m, m->n_reports, 0, "0 reports");
    FAULT(KIND_PUT, m, r->index, 1, "one new road");
    FAULT(KIND_PUT, m, r->n_link_ids, 0, "one new road");
    FAULT(KIND_PUT, m, r->length_km, 0, "one new road");
    FAULT(KIND_PUT, m, crossed->joined, true, "junction");
    CHECK_STR(judge_ref(KIND_PUT, &m->base), version);
    s->scenario_id = (char[]){"load-draft"};
    s->version = 0;
    m->bytes = 0;
    FAULT(KIND_DRAFT, m, s->version, 1, "only to be checked");
    FAULT(KIND_DRAFT, m, m->n_errors, 1, "refused");
    deleted->scenario_id = own;
    FAULT(KIND_DELETE, deleted, deleted->scenario_id, (char[]){"load-x"}, "another scenario");
    free(deleted);
    free(error);
    free(crossed);
    free(r);
    free(s);
    free(m);
}

TEST(a_comparison_counts_its_rows_and_a_new_road_makes_no_way_longer)
{
    Zongheng__V1__GetAccessibilityReply *m =
        NEW(Zongheng__V1__GetAccessibilityReply, get_accessibility_reply);
    Zongheng__V1__AccessRow rows[3], *list[3];
    static char port[] = "port";
    Zongheng__V1__AccessSummary *sum = NEW(Zongheng__V1__AccessSummary, access_summary);
    reset();
    for (unsigned i = 0; i < 3; i++) {
        zongheng__v1__access_row__init(&rows[i]);
        rows[i].target = port;
        rows[i].before_min = rows[i].after_min = i == 2 ? -1 : 10 + 10 * (double)i;
        list[i] = &rows[i];
    }
    sum->target = port;
    sum->minutes = 15;
    sum->townships = 3;
    sum->before = sum->after = 1;
    m->rows = list;
    m->n_rows = 3;
    m->summary = &sum;
    m->n_summary = 1;
    FAULT(KIND_ACCESS, m, m->n_rows, 0, "no township");
    FAULT(KIND_ACCESS, m, m->n_summary, 0, "no limit");
    FAULT(KIND_ACCESS, m, m->scenario_version, version, "or there is none");
    FAULT(KIND_ACCESS, m, rows[1].after_min, 19, "nothing was changed");
    FAULT(KIND_ACCESS, m, sum->townships, 2, "the rows have");
    FAULT(KIND_ACCESS, m, sum->before, 2, "the rows have");
    FAULT(KIND_ACCESS, m, sum->after, 0, "the rows have");
    in.scenario = "project-P02";
    m->scenario_version = version;
    rows[1].after_min = 19;
    FAULT(KIND_ACCESS, m, m->scenario_version, (char[]){""}, "missing");
    in.scenario = "";
    in.plan_ref = version;
    FAULT(KIND_WHATIF, m, in.plan_ref, "another", "another version");
    FAULT(KIND_WHATIF, m, rows[1].after_min, 21, "without");
    FAULT(KIND_WHATIF, m, rows[0].after_min, -1, "without");
    FAULT(KIND_WHATIF, m, rows[2].after_min, 5, "the rows have"); /* reached now: the counts do not say so */
    free(sum);
    free(m);
}

static struct fingerprint print_of(enum kind_id k, ProtobufCMessage *m)
{
    struct arena a;
    struct fingerprint f;
    arena_init(&a, 1 << 20);
    CHECK(check_fingerprint(k, m, &a, &f));
    arena_release(&a);
    return f;
}

TEST(a_draft_has_one_fingerprint_however_long_it_took)
{
    Zongheng__V1__PutScenarioReply a = ZONGHENG__V1__PUT_SCENARIO_REPLY__INIT, b = a;
    b.build_ms = 7;
    b.scenario_version = version;
    CHECK(print_of(KIND_DRAFT, &a.base).answer == print_of(KIND_DRAFT, &b.base).answer);
    b.bytes = 1;
    CHECK(print_of(KIND_DRAFT, &a.base).answer != print_of(KIND_DRAFT, &b.base).answer);
}

TEST(a_refusal_of_a_what_if_is_told_from_a_fault)
{
    struct err e = {0};
    fail_field(&e, ERR_NOT_FOUND, "scenario_id", "not there");
    CHECK_I64(judge_status(KIND_DELETE, &e, 0), VERDICT_NONE);
    CHECK_I64(judge_status(KIND_WHATIF, &e, 0), VERDICT_FAILED);
    fail(&e, ERR_RESOURCE_EXHAUSTED, "as many as are kept");
    CHECK_I64(judge_status(KIND_PUT, &e, 0), VERDICT_SHED);
    CHECK_I64(judge_status(KIND_ACCESS, &e, 0), VERDICT_FAILED);
    fail(&e, ERR_UNKNOWN, "PostgreSQL did not answer");
    CHECK_I64(judge_status(KIND_PUT, &e, 0), VERDICT_EXPIRED);
    CHECK_I64(judge_status(KIND_DELETE, &e, 0), VERDICT_AGAIN);
}
