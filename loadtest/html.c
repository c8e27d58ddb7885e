#include "report.h"

#include "svg.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

enum { CURVE_POINTS = 120 };

static const char style[] =
    ":root{--bg:#fff;--fg:#1c2430;--dim:#5b6675;--line:#dfe4ea;--card:#f5f7f9;--bad:#b3261e}"
    "@media(prefers-color-scheme:dark){:root{--bg:#14181d;--fg:#e6eaf0;--dim:#98a3b1;--line:#2b333d;--card:#"
    "1c2229;"
    "--bad:#ff8a80}}"
    "body{margin:0 auto;max-width:1000px;padding:24px 20px 60px;background:var(--bg);color:var(--fg);"
    "font:15px/1.5 system-ui,\"Noto Sans CJK SC\",sans-serif}"
    "h1{font-size:24px;margin:0 0 4px}h2{font-size:17px;margin:34px 0 6px}p{margin:4px 0;color:var(--dim)}"
    "code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}"
    ".tiles{display:flex;flex-wrap:wrap;gap:12px;margin:18px 0}"
    ".tile{background:var(--card);border-radius:8px;padding:10px 16px;min-width:120px}"
    ".tile b{display:block;font-size:21px;font-variant-numeric:tabular-nums}.tile "
    "span{color:var(--dim);font-size:13px}"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;width:100%}"
    "th,td{padding:4px 8px;font-size:14px;text-align:right;border-bottom:1px solid "
    "var(--line);white-space:nowrap}"
    "th{font-weight:600;color:var(--dim)}th:first-child,td:first-child{text-align:left}"
    "tr.sum "
    "td{font-weight:600}.bad{color:var(--bad);font-weight:600}svg{width:100%;height:auto;display:block}"
    ".g{stroke:var(--line)}.t{fill:var(--dim);font-size:12px}.m{text-anchor:middle}.e{text-anchor:end}"
    ".v{stroke:var(--bad);stroke-dasharray:4 3}.w{fill:var(--bad);font-weight:700}"
    ".l{fill:none;stroke-width:1.8;stroke-linejoin:round}.b{stroke:none}";

static const char *const colours[] = {"#2f7ed8", "#e08e0b", "#8e5bc0", "#0f9d8a", "#d1495b", "#6a8a1f",
                                      "#b5658a", "#4a6fa5", "#9c7a2e", "#3aa0c9", "#7a7a7a", "#c2571a"};
enum { COLOURS = sizeof colours / sizeof colours[0] };
enum { GREEN = 3, ORANGE = 1, VIOLET = 2, RED = 4, BLUE = 0, GREY = 10 };
static const unsigned outcome_colours[OUTCOMES] = {GREEN, ORANGE, VIOLET, GREY, RED};

static void put_style(FILE *f)
{
    fprintf(f, "<style>%s", style);
    for (unsigned i = 0; i < COLOURS; i++)
        fprintf(f, ".l.c%u{stroke:%s}.b.c%u{fill:%s}", i, colours[i], i, colours[i]);
    fputs("</style>\n", f);
}

static double ms_at(const struct histogram *h, uint32_t per_million)
{
    return (double)histogram_percentile_ns(h, per_million) / 1e6;
}

static void tile(FILE *f, const char *title, bool bad, const char *fmt, double v)
{
    fprintf(f, "<div class=\"tile\"><b%s>", bad ? " class=\"bad\"" : "");
    char text[40];
    snprintf(text, sizeof text, fmt[0] == '0' ? "%.0f" : fmt[0] == '1' ? "%.1f" : "%.3g", v);
    fprintf(f, "%s</b><span>%s</span></div>\n", text, title);
}

static void put_tiles(const struct report *p, const struct run_count *all, FILE *f)
{
    const struct run_result *r = p->result;
    uint64_t refused = all->by[OUTCOME_SHED] + all->by[OUTCOME_EXPIRED];
    fputs("<div class=\"tiles\">\n", f);
    tile(f, "sent per second", false, "1", r->seconds > 0 ? (double)all->sent / r->seconds : 0);
    tile(f, "answered in time per second", false, "1", report_good_per_s(r));
    tile(f, "p50, ms", false, "3", ms_at(&all->latency, 500000));
    tile(f, "p99, ms", false, "3", ms_at(&all->latency, 990000));
    tile(f, "late", all->by[OUTCOME_LATE] != 0, "0", (double)all->by[OUTCOME_LATE]);
    tile(f, "cleanly refused", false, "0", (double)refused);
    tile(f, "failed", all->by[OUTCOME_FAILED] != 0, "0", (double)all->by[OUTCOME_FAILED]);
    if (p->plan->check)
        tile(f, "answers that break a rule", r->broken_rules != 0, "0", (double)r->broken_rules);
    if (p->found_per_s > 0)
        tile(f, "highest rate under the limit", false, "1", p->found_per_s);
    fputs("</div>\n", f);
}

static void put_row(FILE *f, const char *name, const struct run_count *c, bool sum)
{
    static const uint32_t points[] = {500000, 900000, 990000, 999000, 1000000};
    const uint64_t n[] = {c->sent,
                          report_answered(c),
                          c->empty,
                          c->by[OUTCOME_LATE],
                          c->by[OUTCOME_SHED] + c->by[OUTCOME_EXPIRED],
                          c->by[OUTCOME_FAILED]};
    fprintf(f, "<tr%s><td>%s</td>", sum ? " class=\"sum\"" : "", name);
    for (unsigned i = 0; i < sizeof n / sizeof n[0]; i++)
        fprintf(f, "<td>%" PRIu64 "</td>", n[i]);
    for (unsigned i = 0; i < sizeof points / sizeof points[0]; i++)
        fprintf(f, "<td>%.3f</td>", ms_at(&c->latency, points[i]));
    fputs("</tr>\n", f);
}

static void put_table(const struct report *p, const struct run_count *all, FILE *f)
{
    fputs(
        "<h2>By request</h2><div "
        "class=\"scroll\"><table><tr><th>request</th><th>sent</th><th>answered</th><th>no "
        "option</th><th>late</th><th>refused</th><th>failed</th><th>p50 ms</th><th>p90 ms</th><th>p99 ms</th>"
        "<th>p99.9 ms</th><th>max ms</th></tr>\n",
        f);
    for (unsigned k = 0; k < KIND_COUNT; k++)
        if (p->result->kinds[k].sent != 0)
            put_row(f, kind_of((enum kind_id)k)->name, &p->result->kinds[k], false);
    put_row(f, "all", all, true);
    fputs("</table></div>\n", f);
}

/* --- latency by percentile: x is how many in a row stay below, 1/(1-p), on a logarithmic axis ---------- */

static void percentile_line(struct svg_plot *plot, const struct histogram *h, unsigned colour)
{
    double x[CURVE_POINTS], y[CURVE_POINTS];
    size_t n = 0;
    for (int i = 0; i < CURVE_POINTS; i++) {
        double one_in = pow(10, 5.0 * i / (CURVE_POINTS - 1)), p = 1 - 1 / one_in;
        if (one_in > (double)h->count)
            break;
        x[n] = one_in;
        y[n++] = fmax(ms_at(h, (uint32_t)(p * 1e6 + 0.5)), plot->y.low);
    }
    svg_line(plot, x, y, n, colour);
}

static void put_percentiles(const struct report *p, const struct run_count *all, FILE *f)
{
    double low = fmax((double)all->latency.low_ns / 1e6, 0.001), high = (double)all->latency.high_ns / 1e6;
    struct svg_plot plot = {.out = f,
                            .height = 320,
                            .x = {1, 1, true, "percentile"}, /* its own ticks */
                            .y = {low * 0.8, fmax(high * 1.2, low * 10), true, "ms"}};
    if (all->latency.count == 0)
        return;
    fputs("<h2>Latency by percentile</h2>\n", f);
    svg_begin(&plot);
    plot.x.high = 1e5;
    static const struct {
        double one_in;
        const char *text;
    } at[] = {{1, "0"},         {2, "50 %"},      {10, "90 %"},     {100, "99 %"},
              {1000, "99.9 %"}, {1e4, "99.99 %"}, {1e5, "99.999 %"}};
    for (unsigned i = 0; i < sizeof at / sizeof at[0]; i++)
        svg_tick(&plot, at[i].one_in, at[i].text);
    unsigned colour = 0;
    for (unsigned k = 0; k < KIND_COUNT; k++) {
        const struct histogram *h = &p->result->kinds[k].latency;
        if (h->count == 0)
            continue;
        percentile_line(&plot, h, colour % COLOURS);
        svg_key(&plot, kind_of((enum kind_id)k)->name, colour++ % COLOURS);
    }
    svg_end(&plot);
}

/* --- time line ---------------------------------------------------------------------------------------- */

static void put_marks(const struct report *p, struct svg_plot *plot)
{
    for (size_t i = 0; i < p->marks->count; i++)
        if (p->marks->list[i].at_s >= plot->x.low && p->marks->list[i].at_s <= plot->x.high)
            svg_mark(plot, p->marks->list[i].at_s, (unsigned)i + 1);
}

static void put_rates(const struct report *p, double width_s, FILE *f)
{
    const struct timeline *t = &p->result->timeline;
    double high = 0, x[2 * TIMELINE_WINDOWS], y[2 * TIMELINE_WINDOWS];
    for (size_t i = 0; i < t->count; i++) {
        const struct window *w = &t->windows[i];
        double sum = 0;
        for (unsigned o = 0; o < OUTCOMES; o++)
            sum += (double)w->by[o];
        high = fmax(high, fmax(sum, (double)w->due) / width_s);
        x[2 * i] = (double)i * width_s;
        x[2 * i + 1] = (double)(i + 1) * width_s;
        y[2 * i] = y[2 * i + 1] = (double)w->due / width_s;
    }
    struct svg_plot plot = {.out = f,
                            .height = 260,
                            .x = {0, (double)t->count * width_s, false, "seconds after the start"},
                            .y = {0, fmax(svg_round_up(high), 1), false, "requests/s by outcome, line: due"}};
    svg_begin(&plot);
    for (size_t i = 0; i < t->count; i++) {
        double base = 0;
        for (unsigned o = 0; o < OUTCOMES; o++) {
            double top = base + (double)t->windows[i].by[o] / width_s;
            svg_bar(&plot, (double)i * width_s, (double)(i + 1) * width_s, base, top, outcome_colours[o]);
            base = top;
        }
    }
    svg_line(&plot, x, y, 2 * t->count, BLUE);
    for (unsigned o = OUTCOMES; o-- > 0;)
        svg_key(&plot, outcome_name((enum outcome)o), outcome_colours[o]);
    put_marks(p, &plot);
    svg_end(&plot);
}

static void put_latencies(const struct report *p, double width_s, FILE *f)
{
    const struct timeline *t = &p->result->timeline;
    static const uint32_t points[] = {500000, 990000, 1000000};
    static const char *const names[] = {"p50", "p99", "max"};
    double x[TIMELINE_WINDOWS], y[3][TIMELINE_WINDOWS], low = 1e9, high = 0;
    for (size_t i = 0; i < t->count; i++) {
        const struct histogram *h = &t->windows[i].latency;
        x[i] = ((double)i + 0.5) * width_s;
        for (unsigned k = 0; k < 3; k++) {
            y[k][i] = h->count > 0 ? fmax(ms_at(h, points[k]), 0.001) : NAN;
            low = h->count > 0 ? fmin(low, y[k][i]) : low;
            high = h->count > 0 ? fmax(high, y[k][i]) : high;
        }
    }
    if (high <= 0)
        return;
    struct svg_plot plot = {.out = f,
                            .height = 260,
                            .x = {0, (double)t->count * width_s, false, "seconds after the start"},
                            .y = {low * 0.8, fmax(high * 1.2, low * 10), true, "latency, ms"}};
    svg_begin(&plot);
    for (unsigned k = 0; k < 3; k++) {
        svg_line(&plot, x, y[k], t->count, k == 0 ? GREEN : k == 1 ? BLUE : GREY);
        svg_key(&plot, names[2 - k], k == 2 ? GREEN : k == 1 ? BLUE : GREY);
    }
    put_marks(p, &plot);
    svg_end(&plot);
}

static void put_timeline(const struct report *p, FILE *f)
{
    double width_s = (double)p->result->timeline.window_ns / 1e9;
    if (p->result->timeline.count < 2)
        return;
    fputs("<h2>Time line</h2><p>Each request stands where it was due.</p>\n", f);
    put_rates(p, width_s, f);
    put_latencies(p, width_s, f);
    if (p->marks->count == 0)
        return;
    fputs("<ol>\n", f);
    for (size_t i = 0; i < p->marks->count; i++) {
        fprintf(f, "<li>%.1f s: ", p->marks->list[i].at_s);
        svg_text(f, p->marks->list[i].text);
        fputs("</li>\n", f);
    }
    fputs("</ol>\n", f);
}

/* --- rates against latency ---------------------------------------------------------------------------- */

static void put_stages(const struct report *p, FILE *f)
{
    double x[STAGES_MAX], p50[STAGES_MAX], p99[STAGES_MAX], high = 0, low = 1e9, most = 0;
    struct stage s[STAGES_MAX];
    if (p->stage_count < 2)
        return;
    memcpy(s, p->stages, p->stage_count * sizeof s[0]);
    for (unsigned i = 1; i < p->stage_count; i++) /* by rate: a search goes to and fro */
        for (unsigned k = i; k > 0 && s[k].rate_per_s < s[k - 1].rate_per_s; k--) {
            struct stage moved = s[k];
            s[k] = s[k - 1];
            s[k - 1] = moved;
        }
    for (unsigned i = 0; i < p->stage_count; i++) {
        x[i] = s[i].rate_per_s;
        p50[i] = fmax((double)s[i].p50_ns / 1e6, 0.001);
        p99[i] = fmax((double)s[i].p99_ns / 1e6, 0.001);
        low = fmin(low, p50[i]);
        high = fmax(high, p99[i]);
        most = fmax(most, x[i]);
    }
    struct svg_plot plot = {.out = f,
                            .height = 300,
                            .x = {0, svg_round_up(most), false, "requests per second asked"},
                            .y = {low * 0.8, fmax(high * 1.2, low * 10), true, "ms"}};
    fputs("<h2>Latency against rate</h2>\n", f);
    svg_begin(&plot);
    svg_line(&plot, x, p50, p->stage_count, GREEN);
    svg_line(&plot, x, p99, p->stage_count, BLUE);
    svg_key(&plot, "p99", BLUE);
    svg_key(&plot, "p50", GREEN);
    if (p->limit_ns > 0)
        svg_level(&plot, (double)p->limit_ns / 1e6, "limit of p99");
    svg_end(&plot);
    fputs("<div class=\"scroll\"><table><tr><th>rate/s</th><th>answered in time/s</th><th>p50 ms</th><th>p99 "
          "ms</th>"
          "<th>late</th><th>refused</th><th>failed</th><th></th></tr>\n",
          f);
    for (unsigned i = 0; i < p->stage_count; i++)
        fprintf(f,
                "<tr><td>%.1f</td><td>%.1f</td><td>%.3f</td><td>%.3f</td><td>%" PRIu64 "</td><td>%" PRIu64
                "</td><td>%" PRIu64 "</td><td>%s</td></tr>\n",
                s[i].rate_per_s, s[i].good_per_s, (double)s[i].p50_ns / 1e6, (double)s[i].p99_ns / 1e6,
                s[i].by[OUTCOME_LATE], s[i].by[OUTCOME_SHED] + s[i].by[OUTCOME_EXPIRED],
                s[i].by[OUTCOME_FAILED], s[i].held ? "" : "over the limit");
    fputs("</table></div>\n", f);
}

static void put_checks(const struct report *p, FILE *f)
{
    const struct run_result *r = p->result;
    fputs("<h2>Checks</h2>\n", f);
    if (p->plan->check)
        fprintf(f,
                "<p>%" PRIu64
                " answers were checked (bills, order of times, chains, the same answer to the same "
                "question): %" PRIu64 " break a rule.</p>\n",
                r->checked, r->broken_rules);
    for (uint64_t i = 0; i < r->broken_rules && i < RUN_BROKEN_SHOWN; i++) {
        fputs("<p class=\"bad\">", f);
        svg_text(f, r->broken_text[i]);
        fputs("</p>\n", f);
    }
    if (r->answers.digested != 0)
        fprintf(f, "<p>Digest <code>%016" PRIx64 "</code> of %" PRIu64 " answers.</p>\n", r->answers.digest,
                r->answers.digested);
    if (p->verified == NULL) {
        fputs("<p>Nothing was looked up in PostgreSQL (--verify).</p>\n", f);
        return;
    }
    fputs("<div class=\"scroll\"><table><tr><th>acknowledged</th><th>asked</th><th>as "
          "acknowledged</th><th>missing</th>"
          "<th>wrong</th></tr>\n",
          f);
    for (unsigned k = 0; k < ACK_KINDS; k++) {
        const struct verify_count *v = &p->verified->of[k];
        fprintf(f,
                "<tr><td>%s</td><td>%" PRIu64 "</td><td>%" PRIu64 "</td><td>%" PRIu64 "</td><td>%" PRIu64
                "</td></tr>\n",
                verify_kind_name((enum ack_kind)k), v->asked, v->good, v->missing, v->wrong);
    }
    fprintf(f,
            "</table></div><p>Departures whose taken room is not the sum of their live legs: %" PRIu64
            ".</p>\n",
            p->verified->unbalanced);
}

bool report_write_html(const struct report *p, const char *path, struct err *e)
{
    FILE *f = fopen(path, "we");
    struct run_count all;
    char when[40] = "";
    struct tm tm;
    time_t start = (time_t)p->result->start_unix_s;
    if (f == NULL)
        return fail_field(e, ERR_UNKNOWN, "--html", "%s: %s", path, strerror(errno));
    bool ok = report_sum(p->result, &all);
    if (gmtime_r(&start, &tm) != NULL)
        strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S UTC", &tm);
    fputs("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
          "content=\"width=device-width,initial-scale=1\"><title>zongheng-load</title>\n",
          f);
    put_style(f);
    fprintf(f,
            "<h1>Replay of freight demand</h1><p>%s, %.1f s, %u connections on %u threads, %s</p><p><code>",
            when, p->result->seconds, p->plan->connections, p->plan->threads,
            p->plan->open ? "open loop: latency from when a request was due"
                          : "closed loop: latency from sending");
    svg_text(f, p->command);
    fputs("</code></p>\n", f);
    put_tiles(p, &all, f);
    put_stages(p, f);
    put_timeline(p, f);
    put_percentiles(p, &all, f);
    put_table(p, &all, f);
    put_checks(p, f);
    fputs("</html>\n", f);
    histogram_release(&all.latency);
    ok = ok && ferror(f) == 0;
    return (fclose(f) == 0 && ok) || fail_field(e, ERR_UNKNOWN, "--html", "%s cannot be written", path);
}
