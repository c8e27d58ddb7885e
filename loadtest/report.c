#include "report.h"

#include "../client/table.h"

#include <inttypes.h>
#include <string.h>

static const struct {
    const char *title, *key;
    uint32_t per_million;
} points[] = {{"p50 ms", "p50_ms", 500000},
              {"p90 ms", "p90_ms", 900000},
              {"p99 ms", "p99_ms", 990000},
              {"p99.9 ms", "p99_9_ms", 999000},
              {"max ms", "max_ms", 1000000}};
enum { POINTS = sizeof points / sizeof points[0], COLUMNS = 7 + POINTS };

static double ms_at(const struct histogram *h, uint32_t per_million)
{
    return (double)histogram_percentile_ns(h, per_million) / 1e6;
}

uint64_t report_answered(const struct run_count *c)
{
    return c->by[OUTCOME_OK] + c->by[OUTCOME_LATE];
}

bool report_sum(const struct run_result *r, struct run_count *all)
{
    bool ok = true;
    *all = (struct run_count){0};
    histogram_init(&all->latency, HISTOGRAM_FINE);
    for (unsigned k = 0; k < KIND_COUNT; k++) {
        const struct run_count *c = &r->kinds[k];
        all->sent += c->sent;
        all->empty += c->empty;
        for (unsigned i = 0; i < OUTCOMES; i++)
            all->by[i] += c->by[i];
        for (unsigned i = 0; i < ERR_CODE_COUNT; i++)
            all->errors[i] += c->errors[i];
        ok = ok && histogram_merge(&all->latency, &c->latency);
    }
    return ok;
}

static uint64_t sum_of(const struct run_result *r, enum outcome o)
{
    uint64_t n = 0;
    for (unsigned k = 0; k < KIND_COUNT; k++)
        n += r->kinds[k].by[o];
    return n;
}

double report_good_per_s(const struct run_result *r)
{
    return r->seconds > 0 ? (double)sum_of(r, OUTCOME_OK) / r->seconds : 0;
}

bool report_is_good(const struct report *p)
{
    const struct run_result *r = p->result;
    return sum_of(r, OUTCOME_FAILED) == 0 && r->overflow == 0 && r->broken_rules == 0 && r->unsettled == 0 &&
           (p->verified == NULL || verify_is_good(p->verified));
}

/* --- for people --------------------------------------------------------------------------------------- */

static void add_kind(struct table *t, struct arena *a, const char *name, const struct run_count *c)
{
    const char *cells[COLUMNS];
    const uint64_t numbers[] = {c->sent,
                                report_answered(c),
                                c->empty,
                                c->by[OUTCOME_LATE],
                                c->by[OUTCOME_SHED] + c->by[OUTCOME_EXPIRED],
                                c->by[OUTCOME_FAILED]};
    cells[0] = name;
    for (unsigned i = 0; i < 6; i++)
        cells[1 + i] = arena_printf(a, "%" PRIu64, numbers[i]);
    for (unsigned i = 0; i < POINTS; i++)
        cells[7 + i] = arena_printf(a, "%.3f", ms_at(&c->latency, points[i].per_million));
    table_add(t, cells);
}

static void print_kinds(const struct run_result *r, struct arena *a, FILE *out)
{
    struct table_column columns[COLUMNS] = {{"request", false},  {"sent", true}, {"answered", true},
                                            {"no option", true}, {"late", true}, {"refused", true},
                                            {"failed", true}};
    struct table t;
    struct run_count all;
    for (unsigned i = 0; i < POINTS; i++)
        columns[7 + i] = (struct table_column){points[i].title, true};
    table_init(&t, a, columns, COLUMNS);
    for (unsigned k = 0; k < KIND_COUNT; k++)
        if (r->kinds[k].sent != 0)
            add_kind(&t, a, kind_of((enum kind_id)k)->name, &r->kinds[k]);
    if (report_sum(r, &all))
        add_kind(&t, a, "all", &all);
    histogram_release(&all.latency);
    table_print(&t, 0, out);
}

static void print_errors(const struct run_result *r, FILE *out)
{
    for (unsigned k = 0; k < KIND_COUNT; k++)
        for (unsigned c = 0; c < ERR_CODE_COUNT; c++)
            if (r->kinds[k].errors[c] != 0)
                fprintf(out, "not answered  %s %s: %" PRIu64 "\n", kind_of((enum kind_id)k)->name,
                        err_code_name((enum err_code)c), r->kinds[k].errors[c]);
    if (r->overflow != 0)
        fprintf(out, "not sent: %" PRIu64 ", as %d requests were in work\n", r->overflow, RUN_WORK_MAX);
    if (r->last_error.code != ERR_OK) {
        fprintf(out, "the last failure: %s: %s%s", err_code_name(r->last_error.code), r->last_error.field,
                r->last_error.field[0] != '\0' ? ": " : "");
        table_put_clean(r->last_error.text, false, out);
        fputc('\n', out);
    }
    if (r->disconnects != 0)
        fprintf(out, "connections lost: %" PRIu64 "\n", r->disconnects);
}

static void print_checks(const struct report *p, FILE *out)
{
    const struct run_result *r = p->result;
    if (p->plan->check)
        fprintf(out,
                "checked: %" PRIu64 " answers, %" PRIu64 " break a rule (%" PRIu64
                " of them: another answer to the "
                "same question)\n",
                r->checked, r->broken_rules, r->unstable);
    for (uint64_t i = 0; i < r->broken_rules && i < RUN_BROKEN_SHOWN; i++)
        fprintf(out, "  %s\n", r->broken_text[i]);
    if (r->answers.digested != 0)
        fprintf(out, "digest: %016" PRIx64 " of %" PRIu64 " answers\n", r->answers.digest,
                r->answers.digested);
    if (r->ack_count != 0 || r->unsettled != 0)
        fprintf(out,
                "with a key: %zu acknowledged or refused for good (%" PRIu64 " refused), %" PRIu64
                " answers on a repeat, %" PRIu64 " attempts repeated, %" PRIu64 " without an outcome\n",
                r->ack_count, r->refused, r->replays, r->retries, r->unsettled);
    for (unsigned k = 0; p->verified != NULL && k < ACK_KINDS; k++) {
        const struct verify_count *v = &p->verified->of[k];
        if (v->asked != 0)
            fprintf(out,
                    "verified in PostgreSQL: %" PRIu64 " %s, %" PRIu64 " as acknowledged, %" PRIu64
                    " missing, %" PRIu64 " wrong\n",
                    v->asked, verify_kind_name((enum ack_kind)k), v->good, v->missing, v->wrong);
    }
    if (p->verified != NULL)
        fprintf(out, "departures whose taken room is not the sum of their live legs: %" PRIu64 "\n",
                p->verified->unbalanced);
}

static void print_stages(const struct report *p, FILE *out)
{
    for (unsigned i = 0; i < p->stage_count; i++) {
        const struct stage *s = &p->stages[i];
        fprintf(out,
                "%10.1f/s asked  %10.1f/s good  p50 %8.3f ms  p99 %8.3f ms  refused %" PRIu64
                "  late %" PRIu64 "  failed %" PRIu64 "%s\n",
                s->rate_per_s, s->good_per_s, (double)s->p50_ns / 1e6, (double)s->p99_ns / 1e6,
                s->by[OUTCOME_SHED] + s->by[OUTCOME_EXPIRED], s->by[OUTCOME_LATE], s->by[OUTCOME_FAILED],
                s->held ? "" : "  over the limit");
    }
    if (p->limit_ns != 0 && p->found_per_s > 0)
        fprintf(out, "highest rate with p99 under %.3f ms: %.1f/s\n", (double)p->limit_ns / 1e6,
                p->found_per_s);
    else if (p->limit_ns != 0)
        fprintf(out, "no rate kept p99 under %.3f ms\n", (double)p->limit_ns / 1e6);
}

void report_print(const struct report *p, FILE *out)
{
    const struct run_result *r = p->result;
    struct arena a;
    uint64_t sent = 0;
    arena_init(&a, 1024 * 1024);
    for (unsigned k = 0; k < KIND_COUNT; k++)
        sent += r->kinds[k].sent;
    print_stages(p, out);
    fprintf(out,
            "%" PRIu64
            " requests in %.2f s: %.1f/s sent, %.1f/s answered in time, %u connections on %u threads; ",
            sent, r->seconds, r->seconds > 0 ? (double)sent / r->seconds : 0, report_good_per_s(r),
            p->plan->connections, p->plan->threads);
    if (p->plan->open)
        fprintf(out, "open loop, latency from when due; sent late by p99 %.3f ms, max %.3f ms\n",
                ms_at(&r->send_lag, 990000), ms_at(&r->send_lag, 1000000));
    else
        fprintf(out, "closed loop, depth %u, latency from sending\n", p->plan->depth);
    print_kinds(r, &a, out);
    if (r->shed_latency.count != 0)
        fprintf(out, "a refusal took p50 %.3f ms, p99 %.3f ms\n", ms_at(&r->shed_latency, 500000),
                ms_at(&r->shed_latency, 990000));
    print_errors(r, out);
    print_checks(p, out);
    for (size_t i = 0; i < p->marks->count; i++)
        fprintf(out, "mark at %.1f s: %s\n", p->marks->list[i].at_s, p->marks->list[i].text);
    arena_release(&a);
}

/* --- for programs ------------------------------------------------------------------------------------- */

static void set_int(json_t *o, const char *key, uint64_t v)
{
    json_object_set_new(o, key, json_integer((json_int_t)v));
}

static json_t *latency_json(const struct histogram *h)
{
    json_t *o = json_object();
    set_int(o, "count", h->count);
    json_object_set_new(o, "mean_ms", json_real(histogram_mean_ns(h) / 1e6));
    for (unsigned i = 0; i < POINTS; i++)
        json_object_set_new(o, points[i].key, json_real(ms_at(h, points[i].per_million)));
    return o;
}

static json_t *kind_json(const struct run_count *c)
{
    json_t *o = latency_json(&c->latency), *errors = json_object();
    set_int(o, "sent", c->sent);
    set_int(o, "answered", report_answered(c));
    set_int(o, "without_option", c->empty);
    for (unsigned i = 0; i < OUTCOMES; i++)
        set_int(o, outcome_name((enum outcome)i), c->by[i]);
    for (unsigned i = 0; i < ERR_CODE_COUNT; i++)
        if (c->errors[i] != 0)
            set_int(errors, err_code_name((enum err_code)i), c->errors[i]);
    json_object_set_new(o, "errors", errors);
    return o;
}

static json_t *kinds_json(const struct run_result *r)
{
    json_t *kinds = json_object();
    struct run_count all;
    for (unsigned k = 0; k < KIND_COUNT; k++)
        if (r->kinds[k].sent != 0)
            json_object_set_new(kinds, kind_of((enum kind_id)k)->name, kind_json(&r->kinds[k]));
    if (report_sum(r, &all))
        json_object_set_new(kinds, "all", kind_json(&all));
    histogram_release(&all.latency);
    return kinds;
}

static json_t *timeline_json(const struct run_result *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->timeline.count; i++) {
        const struct window *w = &r->timeline.windows[i];
        json_t *o = json_object();
        json_object_set_new(o, "at_s", json_real((double)i * (double)r->timeline.window_ns / 1e9));
        set_int(o, "due", w->due);
        for (unsigned k = 0; k < OUTCOMES; k++)
            set_int(o, outcome_name((enum outcome)k), w->by[k]);
        json_object_set_new(o, "p50_ms", json_real(ms_at(&w->latency, 500000)));
        json_object_set_new(o, "p99_ms", json_real(ms_at(&w->latency, 990000)));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *verified_json(const struct verify_result *v)
{
    json_t *o = json_object();
    for (unsigned k = 0; k < ACK_KINDS; k++)
        json_object_set_new(o, verify_kind_name((enum ack_kind)k),
                            json_pack("{s:I, s:I, s:I, s:I}", "asked", (json_int_t)v->of[k].asked, "good",
                                      (json_int_t)v->of[k].good, "missing", (json_int_t)v->of[k].missing,
                                      "wrong", (json_int_t)v->of[k].wrong));
    set_int(o, "unbalanced_departures", v->unbalanced);
    return o;
}

static json_t *stages_json(const struct report *p)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < p->stage_count; i++) {
        const struct stage *s = &p->stages[i];
        json_t *o =
            json_pack("{s:f, s:f, s:f, s:f, s:f, s:I, s:b}", "rate_per_s", s->rate_per_s, "sent_per_s",
                      s->sent_per_s, "good_per_s", s->good_per_s, "p50_ms", (double)s->p50_ns / 1e6, "p99_ms",
                      (double)s->p99_ns / 1e6, "sent", (json_int_t)s->sent, "held", s->held);
        for (unsigned k = 0; k < OUTCOMES; k++)
            set_int(o, outcome_name((enum outcome)k), s->by[k]);
        json_array_append_new(list, o);
    }
    return list;
}

static void set_checks(json_t *o, const struct run_result *r)
{
    json_t *texts = json_array();
    char digest[24];
    for (uint64_t i = 0; i < r->broken_rules && i < RUN_BROKEN_SHOWN; i++)
        json_array_append_new(texts, json_string(r->broken_text[i]));
    snprintf(digest, sizeof digest, "%016" PRIx64, r->answers.digest);
    json_object_set_new(o, "checks",
                        json_pack("{s:I, s:I, s:I, s:o}", "answers", (json_int_t)r->checked, "broken",
                                  (json_int_t)r->broken_rules, "unstable", (json_int_t)r->unstable, "first",
                                  texts));
    if (r->answers.digested != 0)
        json_object_set_new(
            o, "digest",
            json_pack("{s:s, s:I}", "of_answers", digest, "answers", (json_int_t)r->answers.digested));
    json_object_set_new(o, "keyed",
                        json_pack("{s:I, s:I, s:I, s:I, s:I}", "acknowledged", (json_int_t)r->ack_count,
                                  "refused", (json_int_t)r->refused, "answered_on_repeat",
                                  (json_int_t)r->replays, "attempts_repeated", (json_int_t)r->retries,
                                  "without_outcome", (json_int_t)r->unsettled));
}

static json_t *report_json(const struct report *p)
{
    const struct run_result *r = p->result;
    json_t *o =
        json_pack("{s:s, s:s, s:f, s:i, s:i, s:i, s:I, s:I, s:I, s:f}", "command", p->command, "loop",
                  p->plan->open ? "open" : "closed", "seconds", r->seconds, "connections",
                  (int)p->plan->connections, "threads", (int)p->plan->threads, "depth", (int)p->plan->depth,
                  "seed", (json_int_t)p->plan->seed, "not_sent", (json_int_t)r->overflow, "connections_lost",
                  (json_int_t)r->disconnects, "good_per_s", report_good_per_s(r));
    json_t *marks = json_array();
    if (o == NULL || marks == NULL)
        return o;
    json_object_set_new(o, "requests", kinds_json(r));
    json_object_set_new(o, "sent_late", latency_json(&r->send_lag));
    json_object_set_new(o, "refusals", latency_json(&r->shed_latency));
    set_checks(o, r);
    if (p->verified != NULL)
        json_object_set_new(o, "verified", verified_json(p->verified));
    for (size_t i = 0; i < p->marks->count; i++)
        json_array_append_new(
            marks, json_pack("{s:f, s:s}", "at_s", p->marks->list[i].at_s, "text", p->marks->list[i].text));
    json_object_set_new(o, "marks", marks);
    json_object_set_new(o, "window_s", json_real((double)r->timeline.window_ns / 1e9));
    json_object_set_new(o, "timeline", timeline_json(r));
    if (p->stage_count != 0) {
        json_object_set_new(o, "stages", stages_json(p));
        json_object_set_new(o, "highest_rate_per_s", json_real(p->found_per_s));
    }
    return o;
}

bool report_write_json(const struct report *p, const char *path, struct err *e)
{
    json_t *o = report_json(p);
    bool ok = o != NULL && json_dump_file(o, path, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) == 0;
    json_decref(o);
    return ok || fail_field(e, ERR_UNKNOWN, "--report", "%s cannot be written", path);
}
