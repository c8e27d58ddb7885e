/* Answers to planners: pages, scenarios, comparisons; each good, then with one planted fault: the check must
 * name it. And what is made of such answers: fingerprints, what must stay the same, refusals. */
#include "check_faults.h"

static char version[] = "0123456789abcdef0123456789abcdef";

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
    struct arena a;
    arena_init(&a, 1 << 20);
    s->base_network_version = (char[]){"net"};
    CHECK_STR(judge_ref(KIND_PUT, &m->base, &a), "0123456789abcdef0123456789abcdef@net");
    arena_release(&a);
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

TEST(a_scenario_that_is_told_is_the_one_that_was_asked)
{
    Zongheng__V1__GetScenarioReply *m = NEW(Zongheng__V1__GetScenarioReply, get_scenario_reply);
    Zongheng__V1__Scenario *s = NEW(Zongheng__V1__Scenario, scenario);
    Zongheng__V1__Modification *change = NEW(Zongheng__V1__Modification, modification);
    Zongheng__V1__ModificationReport *r = NEW(Zongheng__V1__ModificationReport, modification_report);
    Zongheng__V1__ScenarioError *error = NEW(Zongheng__V1__ScenarioError, scenario_error);
    reset();
    s->scenario_id = (char[]){"project-P02"};
    s->modifications = &change;
    s->n_modifications = 1;
    m->scenario = s;
    m->reports = &r;
    m->n_reports = 1;
    m->errors = &error;
    m->scenario_version = version;
    FAULT(KIND_SCENARIO, m, m->scenario, NULL, "another scenario");
    FAULT(KIND_SCENARIO, m, in.scenario, "x", "another scenario");
    FAULT(KIND_SCENARIO, m, m->n_errors, 1, "applies no more");
    FAULT(KIND_SCENARIO, m, m->n_reports, 0, "0 reports");
    FAULT(KIND_SCENARIO, m, m->scenario_version, (char[]){"0"}, "no version");
    free(error);
    free(r);
    free(change);
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
    m->network_version = (char[]){"net"};
    in.plan_ref = "0123456789abcdef0123456789abcdef@net";
    FAULT(KIND_WHATIF, m, in.plan_ref, "1123456789abcdef0123456789abcdef@net", "another version");
    in.plan_ref = "1123456789abcdef0123456789abcdef@before the reload";
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

/* One answer to the row's question. */
static struct run_result *answered(struct run *r, const char *network, uint32_t nodes, bool warned)
{
    struct work w = {.kind = KIND_REACH};
    char *warning = (char[]){"PostgreSQL is away"};
    Zongheng__V1__GetReachReply m = ZONGHENG__V1__GET_REACH_REPLY__INIT;
    struct arena a;
    char text[16];
    snprintf(text, sizeof text, "%s", network);
    m.network_version = text;
    m.nodes = nodes;
    m.warnings = &warning;
    m.n_warnings = warned;
    arena_init(&a, 1 << 20);
    CHECK(judge_print(r, &w, &m.base, &a));
    arena_release(&a);
    return r->result;
}

TEST(the_same_question_on_the_same_network_has_the_same_answer)
{
    struct run_plan p = {.check = true};
    struct run_result o = {0};
    struct run r = {.plan = &p, .demand = &demand, .result = &o};
    reset();
    CHECK_I64(answered(&r, "one", 5, false)->unstable, 0);
    CHECK_I64(answered(&r, "one", 5, true)->unstable, 0);
    CHECK_I64(answered(&r, "two", 6, true)->unstable, 0);
    CHECK_I64(answered(&r, "two", 7, true)->unstable, 1);
    CHECK_I64(answered(&r, "", 8, true)->unstable, 1); /* of no version: nothing is promised */
    CHECK_I64((int64_t)o.broken_rules, 1);
    CHECK(strstr(o.broken_text[0], "answered otherwise before") != NULL);
    run_release(&o);
}

TEST(a_warning_is_of_the_answer_and_no_fact)
{
    char *warning = (char[]){"PostgreSQL is away"};
    Zongheng__V1__GetReachReply a = ZONGHENG__V1__GET_REACH_REPLY__INIT, b = a;
    b.warnings = &warning;
    b.n_warnings = 1;
    struct fingerprint without = print_of(KIND_REACH, &a.base), with = print_of(KIND_REACH, &b.base);
    CHECK(without.facts == with.facts && without.answer != with.answer && without.answer == without.facts);
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
