/* planning_appraise.c - the work of Appraise: a comparison, and what it is worth over the years. */
#include "loop.h"
#include "planning_compare.h"
#include "planning_report.h"
#include "planning_work.h"
#include "scenarios.h"

#include "whatif/worth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CASES_MAX = 16 };
#define CO2_YUAN_PER_T 100

struct appraising {
    struct planning p;
    const Zongheng__V1__AppraiseRequest *m;
    Zongheng__V1__AppraiseReply *r;
    struct worth_rules rules; /* of the central case; benefit_yuan by the year */
    double days, co2_yuan_per_t;
    struct err *e;
};

/* --- what a day is worth -------------------------------------------------------------------------------- */

/* Users' benefit, tolls in; tolls that operators get more; CO2 saved. */
struct day {
    double users, tolls, co2_t;
};

static struct day day_of(const struct planning *p, const struct compare *c)
{
    struct study_sums was, is;
    study_sum(p->before.study, &was);
    study_sum(p->after.study, &is);
    return (struct day){c->total.yuan, is.toll_yuan - was.toll_yuan, was.co2_t - is.co2_t};
}

static double yuan_of(const struct appraising *x, const struct day *d)
{
    return d->users + d->tolls + d->co2_t * x->co2_yuan_per_t;
}

/* --- cases ---------------------------------------------------------------------------------------------- */

static bool put_case(struct appraising *x, const char *name, const struct worth_rules *rules,
                     const struct worth *w)
{
    struct arena *a = &x->p.arena;
    Zongheng__V1__AppraiseCase *m = arena_alloc(a, sizeof *m);
    if (m == NULL || x->r->n_cases == CASES_MAX)
        return planning_no_memory(x->e);
    zongheng__v1__appraise_case__init(m);
    m->name = arena_strdup(a, name);
    m->npv_yuan = w->npv_yuan;
    m->bcr = w->bcr;
    m->irr = isnan(w->irr) ? 0 : w->irr;
    m->text = arena_printf(a, "%s%.2f 万元/年 · 10⁴ yuan in the first year",
                           isnan(w->irr) ? "无内部收益率 no internal rate of return; " : "",
                           rules->benefit_yuan / 1e4);
    x->r->cases[x->r->n_cases++] = m;
    return (m->name != NULL && m->text != NULL) || planning_no_memory(x->e);
}

static bool try_case(struct appraising *x, const char *name, const struct worth_rules *rules)
{
    struct worth w;
    return worth_of(rules, &w, x->e) && put_case(x, name, rules, &w);
}

static bool put_years(struct appraising *x, const struct worth *w)
{
    struct arena *a = &x->p.arena;
    x->r->years = arena_calloc(a, w->year_count + 1, sizeof *x->r->years);
    Zongheng__V1__YearRow *of = arena_calloc(a, w->year_count + 1, sizeof *of);
    for (uint32_t y = 0; x->r->years != NULL && of != NULL && y < w->year_count; y++) {
        zongheng__v1__year_row__init(&of[y]);
        of[y].year = (int32_t)y + 1;
        of[y].cost_yuan = w->year[y].cost_yuan;
        of[y].benefit_yuan = w->year[y].benefit_yuan;
        of[y].discounted_yuan = w->year[y].discounted_yuan;
        x->r->years[x->r->n_years++] = &of[y];
    }
    return (x->r->years != NULL && of != NULL) || planning_no_memory(x->e);
}

/* --- states run again with other demand or tolls -------------------------------------------------------- */

static void scale_trucks(struct trucks *t, double by)
{
    for (uint32_t i = 0; i < t->count; i++) {
        t->of[i].trucks *= by;
        t->of[i].tonnes *= by;
    }
}

static void scale_demand(struct planning *p, double by)
{
    scale_trucks(&p->before.chains.trucks, by);
    scale_trucks(&p->after.chains.trucks, by);
}

/* Tolls of the links that only the scenario has; returns how many of them pay. */
static bool set_new_tolls(struct planning *p, const struct planning_state *now, double by, uint32_t *paying,
                          struct err *e)
{
    struct roads *r = p->after.roads;
    uint32_t *old = roads_match_pieces(p->before.roads, r);
    (void)now;
    *paying = 0;
    if (old == NULL)
        return planning_no_memory(e);
    for (uint32_t l = 0; l < r->link_count; l++)
        for (int c = 1; old[l] == ASSIGN_NONE && c < ROADS_CLASSES; c++)
            if (r->toll[c] != NULL && r->toll[c][l] > 0) {
                ++*paying;
                r->toll[c][l] *= by;
            }
    free(old);
    return true;
}

static bool run_again(struct appraising *x, struct day *d)
{
    struct planning *p = &x->p;
    struct compare c;
    study_free(p->before.study);
    study_free(p->after.study);
    p->before.study = p->after.study = NULL;
    bool ok = planning_equilibrium(p, &p->before, &p->after, NULL, x->e) &&
              planning_equilibrium(p, &p->after, &p->before, &p->before, x->e) &&
              compare_new(p->before.study, p->after.study, &p->before.chains.trucks, &p->after.chains.trucks,
                          p->group_count, &c, x->e);
    if (ok) {
        *d = day_of(p, &c);
        compare_free(&c);
    }
    return ok;
}

static bool try_again(struct appraising *x, const char *name)
{
    struct day d;
    struct worth_rules rules = x->rules;
    if (!run_again(x, &d))
        return false;
    rules.benefit_yuan = yuan_of(x, &d) * x->days + x->m->other_benefit_yuan;
    return try_case(x, name, &rules);
}

static bool try_demand(struct appraising *x)
{
    static const struct {
        double by;
        const char *name;
    } cases[] = {{1.2, "需求 +20% · demand +20 %"}, {0.8, "需求 −20% · demand -20 %"}};
    for (int i = 0; i < 2; i++) {
        scale_demand(&x->p, cases[i].by);
        bool ok = try_again(x, cases[i].name);
        scale_demand(&x->p, 1 / cases[i].by);
        if (!ok)
            return false;
    }
    return true;
}

static bool try_tolls(struct appraising *x)
{
    static const struct {
        double by;
        const char *name;
    } cases[] = {{1.2, "新路通行费 +20% · toll of new roads +20 %"},
                 {0.8, "新路通行费 −20% · toll of new roads -20 %"},
                 {1e-9, "新路免费 · new roads toll-free"}};
    uint32_t paying = 0;
    for (int i = 0; i < 3; i++) {
        if (!set_new_tolls(&x->p, &x->p.after, cases[i].by, &paying, x->e))
            return false;
        bool ok = paying == 0 || try_again(x, cases[i].name);
        if (!ok || !set_new_tolls(&x->p, &x->p.after, 1 / cases[i].by, &paying, x->e))
            return false;
    }
    return paying > 0 ||
           planning_assume(
               &x->p, "方案无收费新路，未作费率敏感性分析 · no new road pays toll: tolls are not varied") ||
           planning_no_memory(x->e);
}

static bool try_rules(struct appraising *x)
{
    struct worth_rules r = x->rules;
    r.cost_yuan *= 1.2;
    if (!try_case(x, "造价 +20% · cost +20 %", &r))
        return false;
    r.cost_yuan = x->rules.cost_yuan * 0.8;
    if (!try_case(x, "造价 −20% · cost -20 %", &r))
        return false;
    r = x->rules;
    r.discount_rate = 0.08;
    if (!try_case(x, "折现率 8% · discount rate 8 %", &r))
        return false;
    r.discount_rate = 0.03;
    return try_case(x, "折现率 3% · discount rate 3 %", &r);
}

/* --- the whole ------------------------------------------------------------------------------------------ */

/* The cost asked, else that of the scenario. */
static double cost_of(const struct planning *p, const Zongheng__V1__AppraiseRequest *m)
{
    if (m->cost_yuan > 0)
        return (double)m->cost_yuan;
    struct scenario_text *t =
        scenarios_find(job_server(p->run)->scenarios, job_about(p->run)->firm, p->after.scenario);
    double yuan = t != NULL ? (double)t->message->cost_yuan : 0;
    scenario_text_release(t);
    return yuan;
}

static bool set_rules(struct appraising *x, const struct day *d)
{
    const Zongheng__V1__AppraiseRequest *m = x->m;
    x->rules =
        (struct worth_rules){.cost_yuan = cost_of(&x->p, m),
                             .benefit_yuan = yuan_of(x, d) * x->days + m->other_benefit_yuan,
                             .discount_rate = m->discount_rate > 0 ? m->discount_rate : 0.05,
                             .demand_growth = m->demand_growth,
                             .maintenance_share = m->maintenance_share > 0 ? m->maintenance_share : 0.01,
                             .years = m->years > 0 ? m->years : 30,
                             .construction_years = m->construction_years > 0 ? m->construction_years : 3};
    x->r->cost_yuan = (int64_t)x->rules.cost_yuan;
    struct planning *p = &x->p;
    return (planning_assume(
                p,
                "造价 %.4g 亿元%s；建设期 %u 年均摊，运营 %u 年，无残值 · cost %.4g billion yuan%s, spread "
                "over %u years of construction; %u years of operation; no residual value",
                x->rules.cost_yuan / 1e8, m->cost_yuan > 0 ? "" : "（取自方案）", x->rules.construction_years,
                x->rules.years, x->rules.cost_yuan / 1e9, m->cost_yuan > 0 ? "" : " (of the scenario)",
                x->rules.construction_years, x->rules.years) &&
            planning_assume(p,
                            "折现率 %.1f%%，不变价；养护每年为造价的 %.1f%%；每年 %.0f 个货运日；货量年增长 "
                            "%.1f%% · discount rate %.1f %% at constant prices; upkeep %.1f %% of the cost a "
                            "year; %.0f days of freight a year; growth %.1f %% a year",
                            100 * x->rules.discount_rate, 100 * x->rules.maintenance_share, x->days,
                            100 * x->rules.demand_growth, 100 * x->rules.discount_rate,
                            100 * x->rules.maintenance_share, x->days, 100 * x->rules.demand_growth) &&
            planning_assume(p,
                            "效益＝货运用户效益（时间、里程费、通行费）＋通行费收入变化＋CO2 减量×%.0f "
                            "元/吨（估计）；不含小汽车、客运、事故与噪声 · benefit = freight users (hours, "
                            "running cost, tolls) + change of toll revenue + CO2 saved at %.0f yuan/t "
                            "(estimated); cars, passengers, accidents and noise are NOT counted",
                            x->co2_yuan_per_t, x->co2_yuan_per_t) &&
            (p->volumes != NULL ||
             planning_assume(
                 p, "合成需求仅为区域货运的样本，净现值不代表项目全部价值 · the synthetic demand is a sample "
                    "of the region's freight: the net present value is not the project's whole worth"))) ||
           planning_no_memory(x->e);
}

static bool check(const Zongheng__V1__AppraiseRequest *m, struct err *e)
{
    if (m->compare == NULL)
        return fail_field(e, ERR_INVALID_ARGUMENT, "compare", "compare says what is appraised");
    if (m->compare->detached || m->compare->without_toll)
        return fail_field(e, ERR_INVALID_ARGUMENT,
                          m->compare->detached ? "compare.detached" : "compare.without_toll",
                          "detached is Appraise's own, and benefits in time alone are no money");
    if (m->cost_yuan < 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cost_yuan",
                          "cost_yuan is above 0, or 0 for the scenario's");
    if (m->days_per_year > 366)
        return fail_field(e, ERR_INVALID_ARGUMENT, "days_per_year", "days_per_year is at most 366");
    if (!(fabs(m->other_benefit_yuan) <= 1e12))
        return fail_field(e, ERR_INVALID_ARGUMENT, "other_benefit_yuan",
                          "other_benefit_yuan is at most 1e12 a year");
    return (m->co2_yuan_per_t >= 0 && m->co2_yuan_per_t <= 100000) ||
           fail_field(e, ERR_INVALID_ARGUMENT, "co2_yuan_per_t", "co2_yuan_per_t is 0 to 100,000");
}

static bool appraise(struct appraising *x, struct compare *c, struct day *d)
{
    struct worth w;
    *d = day_of(&x->p, c);
    x->days = x->m->days_per_year > 0 ? x->m->days_per_year : 330;
    x->co2_yuan_per_t = x->m->co2_yuan_per_t > 0 ? x->m->co2_yuan_per_t : CO2_YUAN_PER_T;
    x->r->toll_revenue_change_yuan = d->tolls;
    x->r->co2_change_t = -d->co2_t;
    x->r->benefit_yuan = yuan_of(x, d);
    x->r->cases = arena_calloc(&x->p.arena, CASES_MAX, sizeof *x->r->cases);
    if ((x->r->cases == NULL && !planning_no_memory(x->e)) || !set_rules(x, d) ||
        !worth_of(&x->rules, &w, x->e))
        return false;
    x->r->break_even_yuan = (w.break_even_yuan - x->m->other_benefit_yuan) / x->days;
    return put_case(x, "中心方案 · central", &x->rules, &w) && put_years(x, &w);
}

static bool vary(struct appraising *x)
{
    planning_step(&x->p, 990, "sensitivity");
    bool ok = try_rules(x) && try_demand(x) && try_tolls(x);
    x->r->assumptions = x->r->compare->assumptions = x->p.assumption;
    x->r->n_assumptions = x->p.assumption_count;
    return ok;
}

bool planning_appraise(struct job_run *run, const uint8_t *request, size_t len, uint8_t **result,
                       size_t *result_len, struct err *e)
{
    Zongheng__V1__AppraiseReply r = ZONGHENG__V1__APPRAISE_REPLY__INIT;
    Zongheng__V1__CompareReply compared = ZONGHENG__V1__COMPARE_REPLY__INIT;
    Zongheng__V1__AppraiseRequest *m = zongheng__v1__appraise_request__unpack(NULL, len, request);
    struct appraising x = {.m = m, .r = &r, .e = e};
    struct compare c = {0};
    struct day d;
    if (m == NULL)
        return planning_no_memory(e);
    r.compare = &compared;
    bool begun = check(m, e), ok = begun;
    /* The report draws the flows of the two states, so it is made before they are run again. */
    struct planning_report *report = NULL;
    ok = ok && planning_compare_states(&x.p, run, m->compare, &c, &compared, e) && appraise(&x, &c, &d);
    if (ok && m->html)
        ok = planning_report_new(&x.p, &c, &compared, &report, e);
    ok = ok && vary(&x);
    if (ok && m->html)
        ok = planning_report_write(report, &x.p, &r, &r.html, e);
    ok = ok && planning_pack(&r.base, result, result_len, e);
    planning_report_free(report);
    compare_free(&c);
    if (begun)
        planning_end(&x.p);
    zongheng__v1__appraise_request__free_unpacked(m, NULL);
    return ok;
}
