#include "stages.h"

#include <math.h>

enum { SEARCH_MAX = 24 };

struct walk {
    struct run_plan plan;
    const struct stages_plan *how;
    const struct demand *demand;
    FILE *progress;
    struct marks *marks;
    struct report *report;
    struct stage *stages;
    struct run_result *result; /* the best so far */
    bool has_result, has_held;
};

static bool judge(const struct stages_plan *how, const struct stage *s)
{
    uint64_t off = s->by[OUTCOME_LATE] + s->by[OUTCOME_SHED] + s->by[OUTCOME_EXPIRED];
    return (how->limit_ns == 0 || s->p99_ns <= how->limit_ns) && s->by[OUTCOME_FAILED] == 0 &&
           off * 1000 <= s->sent;
}

static bool measure(struct walk *w, double rate, bool *held, struct err *e)
{
    struct run_result r;
    struct run_count all;
    struct stage *s = &w->stages[w->report->stage_count];
    w->plan.pace.rate_per_s = rate;
    if (w->progress != NULL)
        fprintf(w->progress, "--- %.1f requests per second\n", rate);
    bool ok = crew_run(&w->plan, w->demand, w->progress, w->marks, &r, e) &&
              (report_sum(&r, &all) || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the result"));
    if (!ok) {
        run_release(&r);
        return false;
    }
    *s = (struct stage){.rate_per_s = rate,
                        .sent_per_s = r.seconds > 0 ? (double)all.sent / r.seconds : 0,
                        .good_per_s = report_good_per_s(&r),
                        .p50_ns = histogram_percentile_ns(&all.latency, 500000),
                        .p99_ns = histogram_percentile_ns(&all.latency, 990000),
                        .sent = all.sent};
    for (unsigned o = 0; o < OUTCOMES; o++)
        s->by[o] = all.by[o];
    s->by[OUTCOME_FAILED] += r.overflow;
    *held = s->held = judge(w->how, s);
    w->report->stage_count++;
    bool better = !w->has_result || !w->has_held || (*held && rate > w->report->found_per_s);
    if (better && w->has_result)
        run_release(w->result);
    if (better)
        *w->result = r;
    else
        run_release(&r);
    w->has_result = true;
    w->has_held = w->has_held || *held;
    if (*held && rate > w->report->found_per_s)
        w->report->found_per_s = rate;
    histogram_release(&all.latency);
    return true;
}

static bool climb(struct walk *w, struct err *e)
{
    bool held;
    for (double rate = w->how->from_per_s; rate <= w->how->to_per_s * 1.000001; rate *= w->how->factor)
        if (w->report->stage_count == STAGES_MAX)
            return fail(e, ERR_INVALID_ARGUMENT, "more than %d steps from --from to --to by --factor",
                        STAGES_MAX);
        else if (!measure(w, rate, &held, e))
            return false;
    return true;
}

static bool search(struct walk *w, struct err *e)
{
    double low = 0, high = INFINITY, rate = w->how->from_per_s;
    bool held;
    for (unsigned i = 0; i < SEARCH_MAX && high > 1.05 * low; i++) {
        if (!measure(w, rate, &held, e))
            return false;
        if (held)
            low = rate;
        else
            high = rate;
        if (held && rate >= w->how->to_per_s)
            return true;
        rate = isinf(high) ? fmin(2 * low, w->how->to_per_s) : (low + high) / 2;
        if (rate < 0.001)
            return true;
    }
    return true;
}

bool stages_run(const struct run_plan *p, const struct stages_plan *s, const struct demand *d, FILE *progress,
                struct marks *marks, struct report *report, struct stage stages[STAGES_MAX],
                struct run_result *result, struct err *e)
{
    struct walk w = {.plan = *p,
                     .how = s,
                     .demand = d,
                     .progress = progress,
                     .marks = marks,
                     .report = report,
                     .stages = stages,
                     .result = result};
    *result = (struct run_result){0};
    report->stages = stages;
    report->limit_ns = s->limit_ns;
    bool ok = s->search ? search(&w, e) : climb(&w, e);
    if (!s->search)
        report->limit_ns = 0;
    return ok;
}
