/* study_show.c - the planner's answers as tables for people. */
#include "show.h"
#include "study.h"
#include "table.h"
#include "units.h"

#include <string.h>

enum { ROWS = 12 };

static void show_zones(struct arena *a, const char *title, Zongheng__V1__ZoneChange *const *z, size_t n)
{
    const struct table_column columns[] = {{title, false},      {"goods", false}, {"lorries", true},
                                           {"hours", true},     {"km", true},     {"tolls", true},
                                           {"yuan a day", true}};
    struct table t;
    table_init(&t, a, columns, 7);
    for (size_t i = 0; i < n && i < ROWS; i++) {
        const char *cells[] = {z[i]->name_zh,
                               z[i]->goods_group,
                               arena_printf(a, "%.1f", z[i]->trucks),
                               arena_printf(a, "%+.2f", z[i]->time_h),
                               arena_printf(a, "%+.1f", z[i]->distance_km),
                               arena_printf(a, "%+.1f", z[i]->toll_yuan),
                               arena_printf(a, "%+.2f", z[i]->benefit_yuan)};
        table_add(&t, cells);
    }
    table_print(&t, 0, stdout);
    puts(n == 0 ? "(none)\n" : "");
}

static void show_list(const char *title, char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        printf("%s", title);
        table_put_clean(list[i], false, stdout);
        putchar('\n');
    }
}

void study_show_compare(struct arena *a, const Zongheng__V1__CompareReply *r)
{
    printf("              before         after\nhours   %12.1f  %12.1f\nkm      %12.0f  %12.0f\ntolls   "
           "%12.0f  %12.0f yuan\nCO2e    %12.2f  %12.2f t\n"
           "users' benefit %.1f yuan a day (rule of a half)\n",
           r->before->time_h, r->after->time_h, r->before->distance_km, r->after->distance_km,
           r->before->toll_yuan, r->after->toll_yuan, r->before->co2_t, r->after->co2_t, r->benefit_yuan);
    if (r->identity != NULL)
        printf("self-check: %s",
               r->identity->applies ? (r->identity->holds ? "holds" : "FAILS") : "does not apply");
    if (r->identity != NULL && r->identity->applies)
        printf(", %.9g h by the rule of a half, %.9g h from the links, error %.1e", r->identity->benefit_h,
               r->identity->total_time_change_h, r->identity->error);
    fputs("\n\n", stdout);
    show_zones(a, "winners", r->winners, r->n_winners);
    show_zones(a, "losers", r->losers, r->n_losers);
    for (size_t i = 0; i < r->n_access_summary; i++) {
        const Zongheng__V1__AccessSummary *s = r->access_summary[i];
        printf("%-10s within %2u min: %u of %u townships, %u before\n", s->target, s->minutes, s->after,
               s->townships, s->before);
    }
    show_list("warning: ", r->warnings, r->n_warnings);
}

static void show_appraise(struct arena *a, const Zongheng__V1__AppraiseReply *r)
{
    const struct table_column columns[] = {
        {"case", false}, {"NPV, 10^8 yuan", true}, {"BCR", true}, {"IRR", true}};
    struct table t;
    if (r->compare != NULL)
        study_show_compare(a, r->compare);
    printf("\n%.1f yuan a day in all; a present value of 0 takes %.0f\n\n", r->benefit_yuan,
           r->break_even_yuan);
    table_init(&t, a, columns, 4);
    for (size_t i = 0; i < r->n_cases; i++) {
        const Zongheng__V1__AppraiseCase *x = r->cases[i];
        const char *cells[] = {x->name, arena_printf(a, "%+.3f", x->npv_yuan / 1e8),
                               arena_printf(a, "%.4f", x->bcr),
                               x->irr > 0 || x->irr < 0 ? arena_printf(a, "%.2f %%", 100 * x->irr) : "-"};
        table_add(&t, cells);
    }
    table_print(&t, 0, stdout);
    show_list("assumed: ", r->assumptions, r->n_assumptions);
}

static void show_assign(struct arena *a, const Zongheng__V1__AssignReply *r)
{
    const struct table_column columns[] = {{"road", false},   {"id", true},  {"way", false},
                                           {"lorries", true}, {"PCE", true}, {"of capacity", true}};
    struct table t;
    printf("relative gap %.2e after %u iterations, %.2f s; %.1f hours, %.0f km, %.0f yuan of tolls, %.2f t "
           "CO2e a day\n\n",
           r->relative_gap, r->iterations, r->seconds, r->total_time_h, r->total_distance_km,
           r->total_toll_yuan, r->total_co2_t);
    table_init(&t, a, columns, 6);
    for (size_t i = 0; i < r->n_links && i < 2 * ROWS; i++) {
        const Zongheng__V1__LinkFlow *l = r->links[i];
        const char *cells[] = {
            l->name_zh,
            arena_printf(a, "%lld", (long long)l->link_id),
            l->backward ? "back" : "forth",
            arena_printf(a, "%.1f", l->trucks),
            arena_printf(a, "%.0f", l->pce),
            arena_printf(a, "%.1f %%", 100 * l->pce / (l->capacity_pce > 0 ? l->capacity_pce : 1))};
        table_add(&t, cells);
    }
    table_print(&t, 0, stdout);
    show_list("assumed: ", r->assumptions, r->n_assumptions);
}

static void show_critical(struct arena *a, const char *title, Zongheng__V1__CriticalLink *const *list,
                          size_t n)
{
    const struct table_column columns[] = {
        {title, false},        {"id", true},       {"lorries", true},        {"hours more", true},
        {"yuan more", true},   {"cut off", true},  {"at equilibrium", true}, {"bridge", false},
        {"betweenness", true}, {"shipments", true}};
    struct table t;
    table_init(&t, a, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < n && i < 2 * ROWS; i++) {
        const Zongheng__V1__CriticalLink *l = list[i];
        const char *cells[] = {l->name_zh,
                               arena_printf(a, "%lld", (long long)l->link_id),
                               arena_printf(a, "%.1f", l->trucks),
                               arena_printf(a, "%+.1f", l->extra_time_h),
                               arena_printf(a, "%+.0f", l->extra_cost_yuan),
                               arena_printf(a, "%.1f", l->cut_off_trucks),
                               l->assigned ? arena_printf(a, "%+.1f h", l->extra_time_equilibrium_h) : "",
                               l->bridge ? "yes" : "",
                               arena_printf(a, "%.0f", l->betweenness),
                               l->shipments > 0 ? arena_printf(a, "%u", l->shipments) : ""};
        table_add(&t, cells);
    }
    table_print(&t, 0, stdout);
    putchar('\n');
}

void study_show_job(const Zongheng__V1__Job *j)
{
    const ProtobufCEnumValue *state =
        protobuf_c_enum_descriptor_get_value(&zongheng__v1__job_state__descriptor, (int)j->state);
    printf("%s  %-8s  %-11s  %3u.%u %%  %s  %s", j->job_id, j->kind, state != NULL ? state->name : "?",
           j->done_permille / 10, j->done_permille % 10, j->kept ? "kept" : "in memory", j->scenario_id);
    fputs("  ", stdout);
    table_put_clean(j->text, false, stdout);
    putchar('\n');
}

void study_show(struct arena *a, const Zongheng__V1__GetJobReply *r)
{
    if (r->assign != NULL)
        show_assign(a, r->assign);
    else if (r->compare != NULL)
        study_show_compare(a, r->compare);
    else if (r->appraise != NULL)
        show_appraise(a, r->appraise);
    else if (r->critical != NULL) {
        show_critical(a, "closing it costs most", r->critical->links, r->critical->n_links);
        show_critical(a, "it cuts off most", r->critical->isolating, r->critical->n_isolating);
    } else
        study_show_job(r->job);
}
