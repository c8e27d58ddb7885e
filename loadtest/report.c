#include "report.h"

#include "../client/table.h"

#include <jansson.h>

static const struct {
    const char *title, *key;
    uint32_t per_100000;
} points[] = {{"p50 ms", "p50_ms", 50000},
              {"p90 ms", "p90_ms", 90000},
              {"p99 ms", "p99_ms", 99000},
              {"p99.9 ms", "p99_9_ms", 99900},
              {"max ms", "max_ms", 100000}};
enum { POINTS = sizeof points / sizeof points[0] };

uint64_t report_errors(const struct run_result *r)
{
    uint64_t n = r->overflow;
    for (unsigned k = 0; k < RUN_KINDS; k++)
        for (unsigned c = 0; c < ERR_CODE_COUNT; c++)
            n += r->kinds[k].errors[c];
    return n;
}

enum { COLUMNS = 5 + POINTS };

static void add_kind(struct table *t, struct arena *a, const char *name, struct run_count *c)
{
    const char *cells[COLUMNS];
    uint64_t errors = 0;
    for (unsigned i = 0; i < ERR_CODE_COUNT; i++)
        errors += c->errors[i];
    cells[0] = name;
    cells[1] = arena_printf(a, "%llu", (unsigned long long)c->sent);
    cells[2] = arena_printf(a, "%llu", (unsigned long long)c->ok);
    cells[3] = arena_printf(a, "%llu", (unsigned long long)c->empty);
    cells[4] = arena_printf(a, "%llu", (unsigned long long)errors);
    for (unsigned i = 0; i < POINTS; i++)
        cells[5 + i] =
            arena_printf(a, "%.3f", (double)samples_percentile_us(&c->latency, points[i].per_100000) / 1000);
    table_add(t, cells);
}

/* All kinds as one; its samples are the caller's. Short of memory it holds fewer. */
static void sum_kinds(const struct run_result *r, struct run_count *all)
{
    *all = (struct run_count){0};
    for (unsigned k = 0; k < RUN_KINDS; k++) {
        const struct run_count *c = &r->kinds[k];
        all->sent += c->sent;
        all->ok += c->ok;
        all->empty += c->empty;
        for (unsigned i = 0; i < ERR_CODE_COUNT; i++)
            all->errors[i] += c->errors[i];
        for (size_t i = 0; i < c->latency.count; i++)
            if (!samples_add(&all->latency, (int64_t)c->latency.us[i] * 1000))
                return;
    }
}

static void print_kinds(struct run_result *r, struct arena *a, FILE *out)
{
    struct table_column columns[COLUMNS] = {
        {"request", false}, {"sent", true}, {"answered", true}, {"no option", true}, {"errors", true}};
    struct table t;
    struct run_count all;
    for (unsigned i = 0; i < POINTS; i++)
        columns[5 + i] = (struct table_column){points[i].title, true};
    table_init(&t, a, columns, COLUMNS);
    for (unsigned k = 0; k < RUN_KINDS; k++)
        if (r->kinds[k].sent != 0)
            add_kind(&t, a, run_kind_name((enum run_kind)k), &r->kinds[k]);
    sum_kinds(r, &all);
    add_kind(&t, a, "all", &all);
    samples_release(&all.latency);
    table_print(&t, 0, out);
}

static void print_errors(const struct run_result *r, FILE *out)
{
    for (unsigned k = 0; k < RUN_KINDS; k++)
        for (unsigned c = 0; c < ERR_CODE_COUNT; c++)
            if (r->kinds[k].errors[c] != 0)
                fprintf(out, "error  %s %s: %llu\n", run_kind_name((enum run_kind)k),
                        err_code_name((enum err_code)c), (unsigned long long)r->kinds[k].errors[c]);
    if (r->overflow != 0)
        fprintf(out, "error  not sent, %d requests were in work: %llu\n", RUN_WORK_MAX,
                (unsigned long long)r->overflow);
    if (r->last_error.code != ERR_OK) {
        fprintf(out, "the last error: %s: %s%s", err_code_name(r->last_error.code), r->last_error.field,
                r->last_error.field[0] != '\0' ? ": " : "");
        table_put_clean(r->last_error.text, false, out);
        fputc('\n', out);
    }
}

static uint64_t total_sent(const struct run_result *r)
{
    uint64_t n = 0;
    for (unsigned k = 0; k < RUN_KINDS; k++)
        n += r->kinds[k].sent;
    return n;
}

void report_print(const struct run_plan *p, struct run_result *r, const struct verify_result *v, FILE *out)
{
    struct arena a;
    arena_init(&a, 1024 * 1024);
    fprintf(out, "%llu requests in %.2f s: %.1f/s over %u connections", (unsigned long long)total_sent(r),
            r->seconds, r->seconds > 0 ? (double)total_sent(r) / r->seconds : 0, p->connections);
    if (p->rate_mhz != 0)
        fprintf(out, "; open loop at %.3f/s, latency from the intended time\n", (double)p->rate_mhz / 1000);
    else
        fprintf(out, "; closed loop, depth %u, latency from sending\n", p->depth);
    print_kinds(r, &a, out);
    print_errors(r, out);
    if (r->disconnects != 0)
        fprintf(out, "connections lost: %llu\n", (unsigned long long)r->disconnects);
    if (r->kinds[RUN_BOOK].sent != 0)
        fprintf(out,
                "bookings: %zu acknowledged (%llu of them on a repeat), %llu refused, %llu attempts "
                "repeated, %llu "
                "without an outcome\n",
                r->ack_count, (unsigned long long)r->replays, (unsigned long long)r->refused,
                (unsigned long long)r->retries, (unsigned long long)r->unsettled);
    if (v != NULL)
        fprintf(
            out,
            "verified in PostgreSQL: %zu acknowledged, %zu there exactly once, %zu missing, %zu doubled or "
            "under another shipment\n",
            v->asked, v->once, v->missing, v->wrong);
    arena_release(&a);
}

static json_t *kind_json(struct run_count *c)
{
    json_t *o = json_object(), *errors = json_object();
    json_object_set_new(o, "sent", json_integer((json_int_t)c->sent));
    json_object_set_new(o, "answered", json_integer((json_int_t)c->ok));
    json_object_set_new(o, "without_option", json_integer((json_int_t)c->empty));
    for (unsigned i = 0; i < POINTS; i++)
        json_object_set_new(
            o, points[i].key,
            json_real((double)samples_percentile_us(&c->latency, points[i].per_100000) / 1000));
    for (unsigned i = 0; i < ERR_CODE_COUNT; i++)
        if (c->errors[i] != 0)
            json_object_set_new(errors, err_code_name((enum err_code)i),
                                json_integer((json_int_t)c->errors[i]));
    json_object_set_new(o, "errors", errors);
    return o;
}

static json_t *report_json(const struct run_plan *p, struct run_result *r, const struct verify_result *v)
{
    json_t *o = json_pack(
        "{s:s, s:f, s:f, s:f, s:i, s:i, s:I, s:I, s:I, s:I}", "loop", p->rate_mhz != 0 ? "open" : "closed",
        "seconds", r->seconds, "rate_wanted_per_s", (double)p->rate_mhz / 1000, "rate_per_s",
        r->seconds > 0 ? (double)total_sent(r) / r->seconds : 0, "connections", (int)p->connections, "depth",
        (int)p->depth, "seed", (json_int_t)p->seed, "errors", (json_int_t)report_errors(r), "not_sent",
        (json_int_t)r->overflow, "connections_lost", (json_int_t)r->disconnects);
    json_t *kinds = json_object();
    for (unsigned k = 0; k < RUN_KINDS; k++)
        json_object_set_new(kinds, run_kind_name((enum run_kind)k), kind_json(&r->kinds[k]));
    struct run_count all;
    sum_kinds(r, &all);
    json_object_set_new(kinds, "all", kind_json(&all));
    samples_release(&all.latency);
    json_object_set_new(o, "requests", kinds);
    json_object_set_new(o, "bookings",
                        json_pack("{s:I, s:I, s:I, s:I, s:I}", "acknowledged", (json_int_t)r->ack_count,
                                  "acknowledged_on_repeat", (json_int_t)r->replays, "refused",
                                  (json_int_t)r->refused, "attempts_repeated", (json_int_t)r->retries,
                                  "without_outcome", (json_int_t)r->unsettled));
    if (v != NULL)
        json_object_set_new(o, "verified",
                            json_pack("{s:I, s:I, s:I, s:I}", "acknowledged", (json_int_t)v->asked,
                                      "exactly_once", (json_int_t)v->once, "missing", (json_int_t)v->missing,
                                      "wrong", (json_int_t)v->wrong));
    return o;
}

bool report_write(const struct run_plan *p, struct run_result *r, const struct verify_result *v,
                  const char *path, struct err *e)
{
    json_t *o = report_json(p, r, v);
    bool ok = o != NULL && json_dump_file(o, path, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) == 0;
    json_decref(o);
    return ok || fail_field(e, ERR_UNKNOWN, "--report", "%s cannot be written", path);
}
