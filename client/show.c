#include "show.h"

#include "question.h"
#include "table.h"
#include "units.h"

#include <string.h>

enum { SOURCE_WIDTH = 40 }; /* of a line's source on the screen; --json has it whole */

static const char *or_empty(const char *s)
{
    return s != NULL ? s : "";
}

const char *show_place(struct arena *a, const Zongheng__V1__Place *p)
{
    if (p == NULL)
        return "-";
    if (p->name_zh[0] == '\0' && p->name_en[0] == '\0')
        return arena_printf(a, "node %lld", (long long)p->node_id);
    if (p->name_zh[0] == '\0' || p->name_en[0] == '\0')
        return p->name_zh[0] == '\0' ? p->name_en : p->name_zh;
    return arena_printf(a, "%s (%s)", p->name_zh, p->name_en);
}

const char *show_place_ref(struct arena *a, const Zongheng__V1__PlaceRef *p)
{
    if (p->by_case == ZONGHENG__V1__PLACE_REF__BY_NODE_ID)
        return arena_printf(a, "node %lld", (long long)p->node_id);
    return p->by_case == ZONGHENG__V1__PLACE_REF__BY_CODE ? p->code : p->name;
}

static const char *mode_label(const Zongheng__V1__Leg *l)
{
    switch (l->mode) {
    case ZONGHENG__V1__MODE__TRUCK:
        return "公路 truck";
    case ZONGHENG__V1__MODE__TRAIN:
        return "铁路 train";
    case ZONGHENG__V1__MODE__VESSEL:
        return "水路 vessel";
    case ZONGHENG__V1__MODE__FLIGHT:
        return "航空 flight";
    default:
        return "?";
    }
}

static const char *leg_service(struct arena *a, const Zongheng__V1__Leg *l)
{
    if (l->mode != ZONGHENG__V1__MODE__TRUCK)
        return l->service_name;
    const char *rest = l->rest_s > 0 ? units_show_duration(a, l->rest_s) : NULL;
    return arena_printf(a, "%u x class %u%s%s", l->trucks, l->vehicle_class, rest != NULL ? ", rest " : "",
                        or_empty(rest));
}

static void show_legs(struct arena *a, const Zongheng__V1__Option *o, FILE *out)
{
    static const struct table_column columns[] = {
        {"leg", true},      {"by", false},      {"service", false}, {"from", false},
        {"to", false},      {"cut-off", false}, {"depart", false},  {"arrive", false},
        {"distance", true}, {"time", true},     {"CO2e", true},
    };
    struct table t;
    table_init(&t, a, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < o->n_legs; i++) {
        const Zongheng__V1__Leg *l = o->legs[i];
        const char *cells[] = {arena_printf(a, "%zu", i + 1),
                               mode_label(l),
                               leg_service(a, l),
                               show_place(a, l->from),
                               show_place(a, l->to),
                               units_show_time(a, l->cutoff_at),
                               units_show_time(a, l->depart_at),
                               units_show_time(a, l->arrive_at),
                               units_show_distance(a, l->distance_m),
                               units_show_duration(a, l->arrive_at - l->depart_at),
                               units_show_co2(a, l->co2_wtw_g)};
        table_add(&t, cells);
    }
    table_print(&t, 2, out);
}

/* A load that passes its truck's measures goes with a permit for oversize transport only. */
static void show_permits(const Zongheng__V1__Option *o, FILE *out)
{
    for (size_t i = 0; i < o->n_legs; i++) {
        const Zongheng__V1__Leg *l = o->legs[i];
        if (l->permit_width_cm == 0 && l->permit_height_cm == 0)
            continue;
        fprintf(out, "  leg %zu needs a permit for oversize transport (超限运输车辆通行证):", i + 1);
        if (l->permit_width_cm != 0)
            fprintf(out, " %.2f m wide", l->permit_width_cm / 100.0);
        if (l->permit_height_cm != 0)
            fprintf(out, "%s %.2f m high", l->permit_width_cm != 0 ? "," : "", l->permit_height_cm / 100.0);
        fputs("; an escort, where one is asked for, is not in the bill\n", out);
    }
}

static const char *missed(struct arena *a, const Zongheng__V1__Missed *m)
{
    if (m == NULL || m->none)
        return "nothing within 21 days";
    const char *money = units_show_money(a, m->dearer_fen < 0 ? -m->dearer_fen : m->dearer_fen);
    return arena_printf(a, "%s, %s: %s later, %s%s yuan%s", or_empty(units_show_time(a, m->depart_at)),
                        m->service_name, or_empty(units_show_duration(a, m->later_s)),
                        m->dearer_fen < 0 ? "-" : "+", or_empty(money),
                        m->past_deadline ? ", after the deadline" : "");
}

/* How sure each departure is, and the next one. */
static void show_connections(struct arena *a, const Zongheng__V1__Option *o, FILE *out)
{
    static const struct table_column columns[] = {{"leg", true},
                                                  {"made", true},
                                                  {"", false},
                                                  {"slack", true},
                                                  {"if missed, the next departure", false}};
    struct table t;
    size_t rows = 0;
    table_init(&t, a, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < o->n_legs; i++) {
        const Zongheng__V1__Connection *c = o->legs[i]->connection;
        if (c == NULL)
            continue;
        const char *cells[] = {arena_printf(a, "%zu", i + 1),
                               arena_printf(a, "%.1f %%", c->made_permille / 10.0), c->estimated ? "~" : "",
                               units_show_duration(a, c->slack_s), missed(a, c->missed)};
        table_add(&t, cells);
        rows++;
    }
    if (rows > 0) {
        fprintf(out, "  on time with a probability of %.1f %%%s\n", o->on_time_permille / 10.0,
                o->on_time_estimated ? " (~ on estimated times)" : "");
        table_print(&t, 2, out);
    }
}

void show_lines(struct arena *a, Zongheng__V1__CostLine *const *lines, size_t n, int64_t total_fen, bool legs,
                FILE *out)
{
    static const struct table_column columns[] = {{"leg", true},      {"cost", false},  {"", false},
                                                  {"quantity", true}, {"rate", true},   {"yuan", true},
                                                  {"", false},        {"source", false}};
    struct table t;
    int64_t sum = 0;
    bool estimated = false, overflow = false, agreed = false;
    table_init(&t, a, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < n; i++) {
        const Zongheng__V1__CostLine *l = lines[i];
        const char *cells[] = {legs ? arena_printf(a, "%u", l->leg + 1) : "",
                               l->label_zh,
                               l->kind,
                               l->basis,
                               l->rate,
                               units_show_money(a, l->amount_fen),
                               l->agreed      ? "*"
                               : l->estimated ? "~"
                                              : "",
                               table_clip(a, l->source, SOURCE_WIDTH)};
        table_add(&t, cells);
        overflow = overflow || __builtin_add_overflow(sum, l->amount_fen, &sum);
        estimated = estimated || l->estimated;
        agreed = agreed || l->agreed;
    }
    const char *total[] = {"", "合计", "total", "", "", units_show_money(a, total_fen), estimated ? "~" : "",
                           ""};
    table_add(&t, total);
    table_print(&t, 2, out);
    if (agreed)
        fputs("  * agreed with the carrier, by the contract that is named\n", out);
    if (estimated)
        fputs("  ~ rests on an estimated rate\n", out);
    if (overflow || sum != total_fen)
        fprintf(out, "  WARNING: the lines add up to %s yuan, not to the total\n",
                or_empty(units_show_money(a, sum)));
}

static void put_in_brackets(const char *text, FILE *out)
{
    fputs(" (", out);
    table_put_clean(text, false, out);
    fputc(')', out);
}

static void put_heading(const Zongheng__V1__Option *o, unsigned number, FILE *out)
{
    fprintf(out, "Option %u: %s%s", number, question_family_label(o->family), o->why[0] != '\0' ? ", " : "");
    table_put_clean(o->why, false, out);
    fputc('\n', out);
}

void show_option(struct arena *a, const Zongheng__V1__Option *o, unsigned number, int64_t mass_kg, FILE *out)
{
    if (number > 0)
        put_heading(o, number, out);
    fprintf(out, "  %s -> %s (%s), %s, %s yuan", or_empty(units_show_time(a, o->depart_at)),
            or_empty(units_show_time(a, o->arrive_at)),
            or_empty(units_show_duration(a, o->arrive_at - o->depart_at)),
            or_empty(units_show_distance(a, o->distance_m)), or_empty(units_show_money(a, o->total_fen)));
    if (mass_kg > 0 && o->total_fen >= 0 && o->total_fen < INT64_MAX / 1000)
        fprintf(out, " (%s yuan/t)",
                or_empty(units_show_money(a, (o->total_fen * 1000 + mass_kg / 2) / mass_kg)));
    fprintf(out, "\n  CO2e well-to-wheel %s, of it tank-to-wheel %s",
            or_empty(units_show_co2(a, o->co2_wtw_g)), or_empty(units_show_co2(a, o->co2_ttw_g)));
    if (o->co2_method[0] != '\0')
        put_in_brackets(o->co2_method, out);
    fputc('\n', out);
    if (o->latest_pickup != 0) {
        fprintf(out, "  latest pickup %s", or_empty(units_show_time(a, o->latest_pickup)));
        if (o->binding_cutoff[0] != '\0') {
            fputs(", bound by ", out);
            table_put_clean(o->binding_cutoff, false, out);
        }
        fputc('\n', out);
    }
    show_legs(a, o, out);
    show_permits(o, out);
    show_connections(a, o, out);
    show_lines(a, o->lines, o->n_lines, o->total_fen, true, out);
    if (o->plan_ref[0] != '\0') {
        fputs("  plan_ref ", out);
        table_put_clean(o->plan_ref, false, out);
        fputc('\n', out);
    }
}

/* What it lacks in figures: where it would win. */
static const char *where_it_wins(struct arena *a, const Zongheng__V1__NotOffered *w)
{
    const char *money = w->win_total_fen > 0
                            ? arena_printf(a, "%s yuan", or_empty(units_show_money(a, w->win_total_fen)))
                            : NULL;
    const char *when = w->win_arrive_at != 0 ? units_show_time(a, w->win_arrive_at) : NULL;
    if (money == NULL && when == NULL)
        return "-";
    return arena_printf(a, "%s%s%s", or_empty(money), money != NULL && when != NULL ? ", or " : "",
                        or_empty(when));
}

void show_not_offered(struct arena *a, Zongheng__V1__NotOffered *const *list, size_t n, FILE *out)
{
    static const struct table_column columns[] = {
        {"not the best", false}, {"reason", false}, {"wins at", false}, {"", false}};
    struct table t;
    if (n == 0)
        return;
    table_init(&t, a, columns, 4);
    for (size_t i = 0; i < n; i++) {
        const char *cells[] = {question_family_label(list[i]->family), list[i]->reason,
                               where_it_wins(a, list[i]), list[i]->text};
        table_add(&t, cells);
    }
    table_print(&t, 0, out);
}

void show_events(struct arena *a, Zongheng__V1__Event *const *events, size_t n, FILE *out)
{
    static const struct table_column columns[] = {
        {"event", false}, {"", false},       {"occurred", false}, {"recorded", false},
        {"place", false}, {"source", false}, {"corrects", false}, {"event id", false}};
    struct table t;
    table_init(&t, a, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < n; i++) {
        const Zongheng__V1__Event *v = events[i];
        const char *cells[] = {v->code,
                               v->classifier,
                               units_show_time(a, v->occurred_at),
                               units_show_time(a, v->recorded_at),
                               v->location,
                               v->source,
                               v->corrects,
                               v->event_id};
        table_add(&t, cells);
    }
    if (n == 0)
        fputs("  no events yet\n", out);
    else
        table_print(&t, 2, out);
}
