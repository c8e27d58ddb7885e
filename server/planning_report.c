#include "planning_report_inside.h"

#include "loop.h"
#include "scenarios.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct planning_report {
    char *map[REPORT_ZONES + 1]; /* SVG, by malloc */
    char *reach;                 /* HTML with SVG, by malloc */
};

const char report_style[] =
    "body{font:15px/1.55 'Noto Sans CJK SC','Noto Sans SC','PingFang SC','Microsoft "
    "YaHei',system-ui,sans-serif;color:#1c2733;margin:0;"
    "background:#eef1f4}main{max-width:1080px;margin:0 auto;background:#fff;padding:28px 40px "
    "60px}h1{font-size:26px;margin:0 0 "
    "4px}h2{font-size:19px;margin:38px 0 10px;padding-bottom:5px;border-bottom:2px solid "
    "#d5dde5}h3{font-size:15px;margin:20px 0 "
    "6px}.sub,.en,small{color:#5b6b7b}.cards{display:grid;grid-template-columns:repeat(4,1fr);gap:12px;"
    "margin:20px "
    "0}.card{background:#f5f7f9;border:1px solid #dfe5ea;border-radius:8px;padding:11px 14px}.card "
    "b{display:block;font-size:21px;"
    "font-variant-numeric:tabular-nums}.card "
    "span{font-size:12.5px;color:#5b6b7b;display:block;line-height:1.35}.neg{color:#b3261e}"
    ".pos{color:#146c43}table{border-collapse:collapse;width:100%;font-size:13.5px;margin:8px 0 "
    "4px}th,td{padding:4px "
    "8px;text-align:right;border-bottom:1px solid "
    "#e5eaef;font-variant-numeric:tabular-nums}th{background:#f5f7f9;"
    "font-weight:600;vertical-align:bottom;line-height:1.3}th:first-child,td:first-child,.l{text-align:left}."
    "two{display:grid;"
    "grid-template-columns:1fr 1fr;gap:28px}ol,ul{padding-left:20px;font-size:13.5px}li{margin:4px "
    "0}.ok{background:#e8f4ec;border-left:4px solid "
    "#2e8b57;padding:9px 14px;font-size:13.5px}.warn{background:#fdf3e1;border-left:4px solid "
    "#d08a17;padding:9px 14px;font-size:13.5px;margin:6px "
    "0}svg{width:100%;height:auto;display:block;border:1px solid #d5dde5;border-radius:6px}figure{margin:0 0 "
    "22px}figcaption{font-size:13px;color:#5b6b7b;padding-top:5px}path{fill:none;stroke-linejoin:round;"
    "stroke-linecap:round}.bg{fill:#f8f9f7}"
    ".r1{stroke:#c3ccd4;stroke-width:2.4}.r2{stroke:#d2d8dd;stroke-width:1.5}.r3{stroke:#e0e4e7;stroke-width:"
    "1}.b{stroke:#3b6ea5;"
    "opacity:.85}.bn{stroke:#12805c;opacity:.9}.up{stroke:#c62828;opacity:.85}.down{stroke:#1565c0;opacity:."
    "85}.new{stroke:#0a8f5b;"
    "stroke-width:2.2;stroke-dasharray:7 5}.closed{stroke:#111;stroke-width:2;stroke-dasharray:2 "
    "5}.gain{fill:#1f9d62;"
    "opacity:.7}.loss{fill:#d0641f;opacity:.75}.pl{fill:#54616e}.hub{fill:#7a3fa0;stroke:#fff;stroke-width:1."
    "5}text{"
    "fill:#26333f;paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}.c{font-size:15px;"
    "font-weight:700}.h{font-size:13px;"
    "font-weight:600;fill:#5e2f80}.t{font-size:11.5px}svg "
    ".en{font-size:9.5px;fill:#66737f}.lb{fill:#fff;opacity:.93;stroke:#d5dde5}.lg{font-size:13px}"
    ".i15{fill:#2f6db3;opacity:.55}.i30{fill:#5f97d1;opacity:.42}.i60{fill:#9cc3ea;opacity:.38}"
    ".ig{fill:#1f9d62;opacity:.75}.il{fill:#d0641f;opacity:.8}.ga{fill:#f8f9f7}.key{display:flex;flex-wrap:"
    "wrap;"
    "gap:6px 18px;font-size:13px;color:#5b6b7b;padding-top:5px}.key "
    "i{display:inline-block;width:16px;height:11px;"
    "margin-right:5px;border-radius:2px}.maps{display:grid;grid-template-columns:1fr 1fr;gap:10px}"
    ".bar{stroke:#26333f;stroke-width:1.6}.ax{stroke:#9aa7b3;stroke-width:1}.num{font-size:11px}@media "
    "print{body{background:#fff}main{padding:0}}"
    "@media(max-width:760px){main{padding:16px}.cards,.two{grid-template-columns:1fr 1fr}}";

void report_text(FILE *f, const char *s)
{
    for (; *s != '\0'; s++)
        switch (*s) {
        case '&':
            fputs("&amp;", f);
            break;
        case '<':
            fputs("&lt;", f);
            break;
        case '>':
            fputs("&gt;", f);
            break;
        case '"':
            fputs("&quot;", f);
            break;
        default:
            fputc(*s, f);
        }
}

static bool draw(const struct report_scene *s, enum report_map which, char **out, struct err *e)
{
    size_t len;
    FILE *f = open_memstream(out, &len);
    if (f == NULL)
        return planning_no_memory(e);
    report_draw(f, s, which);
    return fclose(f) == 0 || planning_no_memory(e);
}

static bool draw_reach(const struct report_scene *s, const Zongheng__V1__CompareReply *m, char **out,
                       struct err *e)
{
    size_t len;
    FILE *f = open_memstream(out, &len);
    if (f == NULL)
        return planning_no_memory(e);
    report_draw_reach(f, s, m);
    return fclose(f) == 0 || planning_no_memory(e);
}

bool planning_report_new(const struct planning *p, const struct compare *c,
                         const Zongheng__V1__CompareReply *m, struct planning_report **out, struct err *e)
{
    struct report_scene s;
    *out = calloc(1, sizeof **out);
    bool ok = *out != NULL || planning_no_memory(e);
    if (!ok)
        return false;
    ok = report_scene_make(&s, p, c, e);
    for (int i = 0; ok && i <= REPORT_ZONES; i++)
        ok = draw(&s, (enum report_map)i, &(*out)->map[i], e);
    ok = ok && draw_reach(&s, m, &(*out)->reach, e);
    report_scene_free(&s);
    return ok;
}

void planning_report_free(struct planning_report *r)
{
    if (r == NULL)
        return;
    for (int i = 0; i <= REPORT_ZONES; i++)
        free(r->map[i]);
    free(r->reach);
    free(r);
}

/* --- the page ------------------------------------------------------------------------------------------- */

/* The scenario's names and opening; else its id. */
static void put_head(FILE *f, const struct planning *p)
{
    char day[32];
    time_t at =
        (time_t)(job_about(p->run)->created_at + (int64_t)p->before.snapshot->net->utc_offset_min * 60);
    struct tm tm;
    struct scenario_text *t =
        scenarios_find(job_server(p->run)->scenarios, job_about(p->run)->firm, p->after.scenario);
    const char *zh = t != NULL && t->message->name_zh[0] != '\0' ? t->message->name_zh : p->after.scenario;
    const char *en = t != NULL ? t->message->name_en : "";
    zh = zh[0] != '\0' ? zh : "现状路网";
    strftime(day, sizeof day, "%Y-%m-%d", gmtime_r(&at, &tm));
    fputs("<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
          "content=\"width=device-width,initial-scale=1\"><title>",
          f);
    report_text(f, zh);
    fprintf(f, " · Zongheng</title><style>%s</style></head><body><main>\n<h1>", report_style);
    report_text(f, zh);
    fputs("：货运影响评价</h1><p class=\"sub\">", f);
    report_text(f, en);
    fprintf(f, "%sappraisal of its effect on freight · 与%s比较 compared with ", en[0] != '\0' ? ": " : "",
            p->before.scenario[0] == '\0' ? "现状" : "方案");
    report_text(f, p->before.scenario[0] == '\0' ? "the network as it is" : p->before.scenario);
    fprintf(f, " · %s", day);
    if (t != NULL && t->message->opening_date[0] != '\0')
        fprintf(f, " · 计划开通 opening %.10s", t->message->opening_date);
    fputs("</p>\n", f);
    scenario_text_release(t);
}

static void card(FILE *f, const char *figure, double sign, const char *text)
{
    fprintf(f, "<div class=\"card\"><b class=\"%s\">%s</b><span>%s</span></div>\n",
            sign < 0   ? "neg"
            : sign > 0 ? "pos"
                       : "",
            figure, text);
}

static void put_cards(FILE *f, const Zongheng__V1__AppraiseReply *m)
{
    char s[64];
    const Zongheng__V1__CompareReply *c = m->compare;
    double hours = c->before->time_h - c->after->time_h, km = c->before->distance_km - c->after->distance_km;
    fputs("<div class=\"cards\">\n", f);
    snprintf(s, sizeof s, "%+.0f 元", c->benefit_yuan);
    card(f, s, c->benefit_yuan, "货运用户每日效益（半数法则）<br>freight users' benefit, yuan a day");
    snprintf(s, sizeof s, "%+.1f h", hours);
    card(f, s, hours, "每日节省车时<br>truck hours saved a day");
    snprintf(s, sizeof s, "%+.0f km", km);
    card(f, s, km, "每日节省车公里<br>truck kilometres saved a day");
    snprintf(s, sizeof s, "%+.2f t", -m->co2_change_t);
    card(f, s, -m->co2_change_t, "每日减排 CO₂e<br>CO₂e saved a day");
    snprintf(s, sizeof s, "%+.0f 元", m->toll_revenue_change_yuan);
    card(f, s, 0, "通行费收入每日变化<br>change of toll revenue a day");
    snprintf(s, sizeof s, "%.2f 亿元", (double)m->cost_yuan / 1e8);
    card(f, s, 0, "造价<br>cost, 10⁸ yuan");
    snprintf(s, sizeof s, "%.2f 亿元", m->cases[0]->npv_yuan / 1e8);
    card(f, s, m->cases[0]->npv_yuan, "净现值，仅货运<br>net present value, freight alone");
    snprintf(s, sizeof s, "%.3f", m->cases[0]->bcr);
    card(f, s, m->cases[0]->bcr - 1, "效益费用比，仅货运<br>benefit-cost ratio, freight alone");
    fputs("</div>\n", f);
    for (size_t i = 0; i < c->n_warnings; i++) {
        fputs("<p class=\"warn\">", f);
        report_text(f, c->warnings[i]);
        fputs("</p>\n", f);
    }
}

static void put_maps(FILE *f, const struct planning_report *r)
{
    static const char *const text[] = {
        "方案后的货车流量（辆/日，双向合计；绿色为新路）· Lorries a day in the scenario, both directions; on "
        "new roads green",
        "流量变化：红色增加，蓝色减少 · Change of lorries a day: red more, blue less",
        "各地货运用户效益（圆面积与元/日成正比；行程两端各计一半）· Benefit by place: the area of a circle "
        "is yuan a day; each end of a trip counts half"};
    fputs("<h2>流量 · Flows</h2>\n", f);
    for (int i = 0; i <= REPORT_ZONES; i++)
        fprintf(f, "%s<figure>%s<figcaption>%s</figcaption></figure>\n",
                i == REPORT_ZONES ? "<h2>谁受益，谁受损 · Who gains and who loses</h2>\n" : "", r->map[i],
                text[i]);
}

bool planning_report_write(const struct planning_report *r, struct planning *p,
                           const Zongheng__V1__AppraiseReply *m, char **html, struct err *e)
{
    char *text;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    if (f == NULL)
        return planning_no_memory(e);
    put_head(f, p);
    put_cards(f, m);
    put_maps(f, r);
    report_users(f, m);
    report_access(f, m, r->reach);
    report_worth(f, m);
    report_end(f, m, p->before.snapshot->net);
    fputs("</main></body></html>\n", f);
    bool ok = fclose(f) == 0;
    *html = ok ? arena_strndup(&p->arena, text, len) : NULL;
    free(text);
    return *html != NULL || planning_no_memory(e);
}
