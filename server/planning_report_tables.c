/* planning_report_tables.c - the tables of the report. */
#include "planning_report_inside.h"

#include <math.h>
#include <string.h>

enum { ROWS = 20 };

static const char *sign_class(double v)
{
    return v > 0.005 ? "pos" : v < -0.005 ? "neg" : "";
}

/* --- users ---------------------------------------------------------------------------------------------- */

static void zone_rows(FILE *f, Zongheng__V1__ZoneChange *const *z, size_t n, bool group)
{
    fprintf(f,
            "<table><tr><th>%s</th>%s<th>货车/日<br>lorries</th><th>时间 h<br>hours</th><th>里程 "
            "km</th><th>通行费 元<br>tolls</th><th>效益 元/日<br>yuan a day</th></tr>\n",
            group ? "地点 place" : "货类 goods", group ? "<th class=\"l\">货类 goods</th>" : "");
    for (size_t i = 0; i < n && i < ROWS; i++) {
        fputs("<tr><td>", f);
        report_text(f, group ? z[i]->name_zh : z[i]->goods_group);
        if (group) {
            fputs(" <small>", f);
            report_text(f, z[i]->name_en);
            fputs("</small></td><td class=\"l\">", f);
            report_text(f, z[i]->goods_group);
        }
        fprintf(
            f,
            "</td><td>%.1f</td><td>%+.2f</td><td>%+.1f</td><td>%+.1f</td><td class=\"%s\">%+.2f</td></tr>\n",
            z[i]->trucks, z[i]->time_h, z[i]->distance_km, z[i]->toll_yuan, sign_class(z[i]->benefit_yuan),
            z[i]->benefit_yuan);
    }
    fputs("</table>\n", f);
}

static void families(FILE *f, const Zongheng__V1__CompareReply *c)
{
    fputs("<h3>运输方式 · Families, per day</h3><table><tr><th>方式 family</th><th>吨 t 前 before</th><th>后 "
          "after</th><th>变化 change</th>"
          "<th>百万吨公里 前<br>10⁶ tkm before</th><th>后 after</th><th>CO₂e t 前<br>before</th><th>后 "
          "after</th></tr>\n",
          f);
    for (size_t i = 0; i < c->n_families_before && i < c->n_families_after; i++) {
        const Zongheng__V1__FamilyShare *a = c->families_before[i], *b = c->families_after[i];
        const ProtobufCEnumValue *name =
            protobuf_c_enum_descriptor_get_value(&zongheng__v1__family__descriptor, (int)a->family);
        fprintf(f,
                "<tr><td>%s <small>%s</small></td><td>%.0f</td><td>%.0f</td><td "
                "class=\"%s\">%+.1f</td><td>%.3f</td><td>%.3f</td><td>%.1f</td><td>%.1f</td></tr>\n",
                a->family_zh, name != NULL ? name->name : "", a->tonnes, b->tonnes, "", b->tonnes - a->tonnes,
                a->tkm / 1e6, b->tkm / 1e6, a->co2_t, b->co2_t);
    }
    fputs("</table><p class=\"sub\"><small>方式选择按自由流费用；全程（含铁路、水路、航空段）。 Choice at "
          "free-flow cost; whole chains, rail, water and air legs included.</small></p>\n",
          f);
}

static void sums(FILE *f, const Zongheng__V1__CompareReply *c)
{
    const struct {
        const char *name;
        double a, b;
        int digits;
    } rows[] = {{"车时 truck hours", c->before->time_h, c->after->time_h, 1},
                {"车公里 truck km", c->before->distance_km, c->after->distance_km, 0},
                {"通行费 tolls, yuan", c->before->toll_yuan, c->after->toll_yuan, 0},
                {"CO₂e, t", c->before->co2_t, c->after->co2_t, 2}};
    fputs("<h3>路网合计 · The roads, per day</h3><table><tr><th></th><th>前 before</th><th>后 "
          "after</th><th>变化 change</th><th>%</th></tr>\n",
          f);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        fprintf(f, "<tr><td>%s</td><td>%.*f</td><td>%.*f</td><td>%+.*f</td><td>%+.3f</td></tr>\n",
                rows[i].name, rows[i].digits, rows[i].a, rows[i].digits, rows[i].b, rows[i].digits,
                rows[i].b - rows[i].a, 100 * (rows[i].b - rows[i].a) / fmax(rows[i].a, 1e-9));
    fputs("</table>\n", f);
}

void report_users(FILE *f, const Zongheng__V1__AppraiseReply *m)
{
    const Zongheng__V1__CompareReply *c = m->compare;
    fputs("<h3>受益最多 · Who gains most</h3>\n", f);
    zone_rows(f, c->winners, c->n_winners, true);
    fputs("<h3>受损 · Who loses</h3>\n", f);
    if (c->n_losers > 0)
        zone_rows(f, c->losers, c->n_losers, true);
    else
        fputs("<p>没有地点与货类的组合每日受损超过 0.005 元。 No place and goods group loses more than 0.005 "
              "yuan a day.</p>\n",
              f);
    fputs("<p class=\"sub\"><small>正数为节省；效益含时间、里程费与通行费。 Above 0: saved; the benefit "
          "holds hours, running cost and tolls.</small></p>\n",
          f);
    fputs("<h3>按货类 · By goods group</h3>\n", f);
    zone_rows(f, c->goods_groups, c->n_goods_groups, false);
    sums(f, c);
    families(f, c);
    fputs("<h3>流量变化最大的道路 · Roads whose flow changes most</h3><table><tr><th>道路 road</th><th "
          "class=\"l\">方向 way</th><th>前 before<br>PCE/日</th><th>后 after</th><th>变化 change</th><th "
          "class=\"l\"></th></tr>\n",
          f);
    for (size_t i = 0; i < c->n_links && i < 15; i++) {
        const Zongheng__V1__FlowChange *x = c->links[i];
        fputs("<tr><td>", f);
        report_text(f, x->name_zh);
        fprintf(f,
                " <small>#%lld</small></td><td "
                "class=\"l\">%s</td><td>%.0f</td><td>%.0f</td><td>%+.0f</td><td class=\"l\">%s</td></tr>\n",
                (long long)x->link_id, x->backward ? "反向 back" : "正向 forth", x->before_pce, x->after_pce,
                x->after_pce - x->before_pce,
                x->new_link ? "新路 new"
                : x->closed ? "封闭 closed"
                            : "");
    }
    fputs("</table>\n", f);
}

/* --- accessibility -------------------------------------------------------------------------------------- */

const char *report_target_words(const char *target)
{
    return strcmp(target, "expressway") == 0 ? "高速入口 expressway entrance"
           : strcmp(target, "airport") == 0  ? "花湖机场 Huahu airport"
                                             : "黄石新港 New Port";
}

static void minutes(FILE *f, double v)
{
    if (v < 0)
        fputs("<td>—</td>", f);
    else
        fprintf(f, "<td>%.1f</td>", v);
}

void report_access(FILE *f, const Zongheng__V1__AppraiseReply *m, const char *maps)
{
    const Zongheng__V1__CompareReply *c = m->compare;
    if (c->n_accessibility == 0)
        return;
    fputs(
        "<h2>乡镇可达性 · How near the townships are</h2><table><tr><th>目的地 to the nearest</th><th>分钟内 "
        "within min</th><th>乡镇 townships</th><th>前 before</th><th>后 after</th><th>增加 more</th></tr>\n",
        f);
    for (size_t i = 0; i < c->n_access_summary; i++) {
        const Zongheng__V1__AccessSummary *s = c->access_summary[i];
        fprintf(f,
                "<tr><td>%s</td><td>%u</td><td>%u</td><td>%u</td><td>%u</td><td class=\"%s\">%+d</td></tr>\n",
                report_target_words(s->target), s->minutes, s->townships, s->before, s->after,
                s->after > s->before   ? "pos"
                : s->after < s->before ? "neg"
                                       : "",
                (int)s->after - (int)s->before);
    }
    fputs("</table>", f);
    fputs(maps, f);
    fputs("<h3>变化超过 0.1 分钟的乡镇 · Townships whose time changes by more than 0.1 "
          "min</h3><table><tr><th>乡镇 township</th><th class=\"l\">目的地 to</th><th class=\"l\">最近 "
          "nearest</th><th>前 before, min</th><th>后 after, min</th><th>节省 saved</th></tr>\n",
          f);
    size_t shown = 0;
    for (size_t i = 0; i < c->n_accessibility; i++) {
        const Zongheng__V1__AccessRow *x = c->accessibility[i];
        double saved = x->before_min - x->after_min;
        bool opened = x->before_min < 0 && x->after_min >= 0;
        if (!opened && (x->before_min < 0 || fabs(saved) <= 0.1))
            continue;
        if (++shown > 60)
            continue;
        fputs("<tr><td>", f);
        report_text(f, x->name_zh);
        fputs(" <small>", f);
        report_text(f, x->name_en);
        fprintf(f, "</small></td><td class=\"l\">%s</td><td class=\"l\">", report_target_words(x->target));
        report_text(f, x->nearest_zh);
        fputs("</td>", f);
        minutes(f, x->before_min);
        minutes(f, x->after_min);
        fprintf(f, "<td class=\"%s\">%+.1f</td></tr>\n", opened ? "pos" : sign_class(saved),
                opened ? x->after_min : saved);
    }
    if (shown == 0)
        fputs("<tr><td colspan=\"6\">无 none</td></tr>", f);
    fprintf(f,
            "</table><p class=\"sub\"><small>1 类车自由流行驶时间；共 %zu 行变化。 Free-flow driving time of "
            "a vehicle of class 1; %zu rows change.</small></p>\n",
            shown, shown);
    size_t far = 0, towns = 0;
    for (size_t i = 0; i < c->n_accessibility; i++) {
        const Zongheng__V1__AccessRow *x = c->accessibility[i];
        bool daye = strcmp(x->target, "expressway") == 0 && strstr(x->admin_zh, "大冶") != NULL;
        towns += daye;
        far += daye && (x->after_min < 0 || x->after_min > 15);
    }
    if (towns > 0)
        fprintf(f,
                "<p>大冶市规划目标“所有乡镇通高速”：%zu 个乡镇（街道）中 %zu 个在方案后 15 "
                "分钟内可达高速入口。 The city plan's aim is an expressway for every township: with the "
                "scenario %zu of Daye's %zu are within 15 minutes of an entrance.</p>\n",
                towns, towns - far, towns - far, towns);
}

/* --- worth ---------------------------------------------------------------------------------------------- */

static void case_bars(FILE *f, const Zongheng__V1__AppraiseReply *m)
{
    double low = 0, high = 0;
    for (size_t i = 0; i < m->n_cases; i++) {
        low = fmin(low, m->cases[i]->npv_yuan);
        high = fmax(high, m->cases[i]->npv_yuan);
    }
    double span = fmax(high - low, 1), zero = 330 + -low / span * 560;
    fprintf(f, "<svg viewBox=\"0 0 1000 %zu\">", 26 * m->n_cases + 20);
    for (size_t i = 0; i < m->n_cases; i++) {
        double v = m->cases[i]->npv_yuan, x = v < 0 ? zero + v / span * 560 : zero,
               wide = fabs(v) / span * 560;
        double y = 10 + 26.0 * (double)i;
        fprintf(f, "<text class=\"lg\" x=\"12\" y=\"%.0f\">", y + 15);
        report_text(f, m->cases[i]->name);
        fprintf(f,
                "</text><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"17\" fill=\"%s\" "
                "opacity=\".8\"/><text class=\"num\" x=\"%.1f\" y=\"%.1f\">%.2f</text>",
                x, y, fmax(wide, 1), v < 0 ? "#b3261e" : "#146c43", x + wide + 6, y + 13, v / 1e8);
    }
    fprintf(f,
            "<path class=\"ax\" d=\"M%.1f 4V%.1f\"/></svg><p class=\"sub\"><small>净现值，亿元 · net present "
            "value, 10⁸ yuan</small></p>\n",
            zero, 26.0 * (double)m->n_cases + 14);
}

static void years(FILE *f, const Zongheng__V1__AppraiseReply *m)
{
    fputs("<h3>逐年现金流（中心方案，万元）· Cash flow, central case, 10⁴ yuan</h3><table><tr><th>年 "
          "year</th><th>费用 cost</th><th>效益 benefit</th><th>折现净额 discounted net</th><th>累计 "
          "cumulated</th></tr>\n",
          f);
    double sum = 0;
    for (size_t i = 0; i < m->n_years; i++) {
        sum += m->years[i]->discounted_yuan;
        if (i >= 6 && i % 5 != 0 && i + 1 != m->n_years)
            continue; /* the sums go on */
        fprintf(f,
                "<tr><td>%d</td><td>%.1f</td><td>%.1f</td><td>%+.1f</td><td class=\"%s\">%+.1f</td></tr>\n",
                m->years[i]->year, m->years[i]->cost_yuan / 1e4, m->years[i]->benefit_yuan / 1e4,
                m->years[i]->discounted_yuan / 1e4, sign_class(sum), sum / 1e4);
    }
    fputs("</table>\n", f);
}

void report_worth(FILE *f, const Zongheng__V1__AppraiseReply *m)
{
    fprintf(f,
            "<h2>经济评价 · What it is worth</h2><p>每日效益 %.0f 元 = 用户效益 %.0f + 通行费收入变化 %.0f + "
            "CO₂ 减量 %.3f t；净现值为零需要每日 %.0f 元，本样本货运占其 "
            "%.2f%%，其余须来自小汽车、客运与未计入的货运。",
            m->benefit_yuan, m->compare->benefit_yuan, m->toll_revenue_change_yuan, -m->co2_change_t,
            m->break_even_yuan, 100 * m->benefit_yuan / m->break_even_yuan);
    fprintf(f,
            " A day's benefit of %.0f yuan is that of users, the change of toll revenue and CO₂ saved; a "
            "present value of 0 takes %.0f yuan a day, of which this sample of freight is %.2f %%: the rest "
            "has to come from cars, passengers and freight that is not in the sample.</p>\n",
            m->benefit_yuan, m->break_even_yuan, 100 * m->benefit_yuan / m->break_even_yuan);
    fputs("<table><tr><th>情形 case</th><th>净现值 亿元<br>NPV, 10⁸ "
          "yuan</th><th>效益费用比<br>BCR</th><th>内部收益率<br>IRR</th><th class=\"l\">首年效益 first "
          "year</th></tr>\n",
          f);
    for (size_t i = 0; i < m->n_cases; i++) {
        const Zongheng__V1__AppraiseCase *x = m->cases[i];
        fputs("<tr><td>", f);
        report_text(f, x->name);
        fprintf(f, "</td><td class=\"%s\">%+.3f</td><td>%.4f</td>", sign_class(x->npv_yuan),
                x->npv_yuan / 1e8, x->bcr);
        if (strstr(x->text, "无内部收益率") != NULL)
            fputs("<td>—</td>", f);
        else
            fprintf(f, "<td>%.2f %%</td>", 100 * x->irr);
        const char *last = strrchr(x->text, ';');
        fputs("<td class=\"l\">", f);
        report_text(f, last != NULL ? last + 1 : x->text);
        fputs("</td></tr>\n", f);
    }
    fputs("</table>\n", f);
    case_bars(f, m);
    years(f, m);
}

/* --- the end -------------------------------------------------------------------------------------------- */

static void version_rows(FILE *f, const Zongheng__V1__CompareReply *c)
{
    const Zongheng__V1__Skim *const both[] = {c->before, c->after};
    fputs("<table><tr><th></th><th class=\"l\">路网 network</th><th class=\"l\">方案 scenario</th><th "
          "class=\"l\">结果 result</th><th>相对间隙 gap</th></tr>\n",
          f);
    for (int k = 0; k < 2; k++)
        fprintf(f,
                "<tr><td>%s</td><td class=\"l\">%.16s</td><td class=\"l\">%.16s</td><td "
                "class=\"l\">%s</td><td>%.2e</td></tr>\n",
                k == 0 ? "前 before" : "后 after", both[k]->network_version,
                both[k]->scenario_version[0] != '\0' ? both[k]->scenario_version : "—",
                both[k]->result_version, both[k]->relative_gap);
    fputs("</table><p class=\"sub\"><small>需求版本 demand version: ", f);
    report_text(f, c->demand_version);
    fputs("</small></p>\n", f);
}

void report_end(FILE *f, const Zongheng__V1__AppraiseReply *m, const struct network *n)
{
    const Zongheng__V1__CompareReply *c = m->compare;
    const Zongheng__V1__IdentityCheck *i = c->identity;
    fputs("<h2>检验 · Self-check</h2>\n", f);
    fprintf(f, "<p class=\"%s\">", i->applies && i->holds ? "ok" : "warn");
    report_text(f, i->text);
    if (i->applies)
        fprintf(f, "<br>%.9g h（半数法则 rule of a half）= %.9g h（路段 links），误差 error %.1e",
                i->benefit_h, i->total_time_change_h, i->error);
    fputs("</p>\n", f);
    version_rows(f, c);
    fputs("<h2>假设 · What is assumed</h2><ol>\n", f);
    for (size_t k = 0; k < m->n_assumptions; k++) {
        fputs("<li>", f);
        report_text(f, m->assumptions[k]);
        fputs("</li>\n", f);
    }
    fputs("</ol><p class=\"sub\"><small>", f);
    report_text(f, net_string(n, n->attribution));
    fputs(" · 纵横 Zongheng</small></p>\n", f);
}
