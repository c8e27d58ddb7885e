#include "whatif/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct comparing {
    const struct study *before, *after;
    struct compare *out;
};

static bool fits(const struct study *a, const struct study *b, struct err *e)
{
    if (a->zones != b->zones || a->problem.class_count != b->problem.class_count ||
        memcmp(a->vehicle_class, b->vehicle_class, sizeof a->vehicle_class) != 0)
        return fail(e, ERR_FAILED_PRECONDITION, "the studies are not over the same zones and classes");
    const struct study *both[] = {a, b};
    for (int k = 0; k < 2; k++) {
        uint64_t version = both[k]->assign != NULL ? assign_version(both[k]->assign) : 0;
        for (uint32_t c = 0; c < a->problem.class_count; c++)
            if (!both[k]->skimmed || both[k]->skim[c].version != version || both[k]->skim[c].class != c)
                return fail(e, ERR_FAILED_PRECONDITION, "the skims %s are of another state than the flows",
                            k == 0 ? "before" : "after");
    }
    return true;
}

static void add(struct compare_row *to, const struct compare_row *x, double part)
{
    to->trucks += x->trucks * part;
    to->time_h += x->time_h * part;
    to->distance_km += x->distance_km * part;
    to->toll_yuan += x->toll_yuan * part;
    to->yuan += x->yuan * part;
}

/* What a row gains; false: no way before or after. */
static bool benefit(const struct study *a, const struct study *b, const struct truck_trip *t, double was,
                    double is, struct compare_row *out)
{
    uint32_t c = 0, from = study_zone(a->zones, t->from), to = study_zone(a->zones, t->to);
    while (a->vehicle_class[c] != t->vehicle_class)
        c++;
    uint32_t i = study_cell(a, c, from, to), k = study_cell(b, c, from, to);
    const struct assign_skim *x = &a->skim[c], *y = &b->skim[c];
    if (i == ASSIGN_NONE || k == ASSIGN_NONE || isinf(x->cost[i]) || isinf(y->cost[k]))
        return false;
    double half = (was + is) / 2;
    const struct assign_class *w = &a->class[c];
    *out = (struct compare_row){.zone = ASSIGN_NONE,
                                .group = t->group,
                                .trucks = half,
                                .time_h = half * (x->time[i] - y->time[k]),
                                .distance_km = half * (x->length[i] - y->length[k]),
                                .toll_yuan = half * (x->toll[i] - y->toll[k])};
    out->yuan = (out->time_h + w->distance_weight * out->distance_km + w->toll_weight * out->toll_yuan) *
                a->yuan_per_h[c];
    return true;
}

static void count_row(struct comparing *x, const struct truck_trip *t, double was, double is)
{
    struct compare *o = x->out;
    struct compare_row r;
    if (!benefit(x->before, x->after, t, was, is, &r)) {
        o->unmatched_trucks += (was + is) / 2;
        return;
    }
    uint32_t ends[2] = {study_zone(x->before->zones, t->from), study_zone(x->before->zones, t->to)};
    add(&o->total, &r, 1);
    add(&o->group[t->group], &r, 1);
    for (int k = 0; k < 2; k++) {
        add(&o->zone[ends[k]], &r, 0.5);
        add(&o->pair[(size_t)ends[k] * o->group_count + t->group], &r, 0.5);
    }
    if (r.yuan >= 0) {
        o->gain_yuan += r.yuan;
        o->gain_trucks += r.yuan > 0 ? r.trucks : 0;
    } else {
        o->loss_yuan += r.yuan;
        o->loss_trucks += r.trucks;
    }
}

/* Rows of both lists, joined; true when they are the same. */
static bool count_rows(struct comparing *x, const struct trucks *was, const struct trucks *is)
{
    uint32_t i = 0, k = 0;
    bool same = true;
    while (i < was->count || k < is->count) {
        int o = i == was->count ? 1 : k == is->count ? -1 : truck_trip_order(&was->of[i], &is->of[k]);
        double a = o <= 0 ? was->of[i].trucks : 0, b = o >= 0 ? is->of[k].trucks : 0;
        same = same && a >= b && a <= b;
        count_row(x, o <= 0 ? &was->of[i] : &is->of[k], a, b);
        i += o <= 0;
        k += o >= 0;
    }
    return same;
}

void compare_judge(struct compare_check *k, double scale_h, double scale_yuan)
{
    double off_h = fabs(k->benefit_h - k->change_h), off_yuan = fabs(k->benefit_yuan - k->change_yuan);
    double least_h = fmax(1e-9 * fabs(k->change_h), 1e-14 * scale_h);
    double least_yuan = fmax(1e-9 * fabs(k->change_yuan), 1e-14 * scale_yuan);
    k->error = fmax(off_h > 0 ? off_h / fmax(fabs(k->change_h), 1e-5 * scale_h) : 0,
                    off_yuan > 0 ? off_yuan / fmax(fabs(k->change_yuan), 1e-5 * scale_yuan) : 0);
    k->holds = off_h <= least_h && off_yuan <= least_yuan;
}

static void check(struct comparing *x, bool same)
{
    struct compare_check *k = &x->out->check;
    struct study_sums was, is;
    study_sum(x->before, &was);
    study_sum(x->after, &is);
    k->applies = same && x->out->unmatched_trucks <= 0;
    k->benefit_h = x->out->total.time_h;
    k->benefit_yuan = x->out->total.yuan;
    k->change_h = was.time_h - is.time_h;
    k->change_yuan = was.yuan - is.yuan;
    compare_judge(k, was.time_h + is.time_h, was.yuan + is.yuan);
}

/* Leaves out what is 0. */
static uint32_t close_up(struct compare_row *row, uint32_t count)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++)
        if (row[i].trucks > 0)
            row[n++] = row[i];
    return n;
}

bool compare_new(const struct study *before, const struct study *after, const struct trucks *was,
                 const struct trucks *is, uint32_t group_count, struct compare *out, struct err *e)
{
    struct comparing x = {.before = before, .after = after, .out = out};
    *out = (struct compare){.total.zone = ASSIGN_NONE, .group_count = group_count};
    if (!fits(before, after, e))
        return false;
    uint32_t zones = before->zones->count;
    out->group = calloc((size_t)group_count + 1, sizeof *out->group);
    out->zone = calloc((size_t)zones + 1, sizeof *out->zone);
    out->pair = calloc((size_t)zones * group_count + 1, sizeof *out->pair);
    if (out->group == NULL || out->zone == NULL || out->pair == NULL) {
        compare_free(out);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the benefits of %u zones", zones);
    }
    for (uint32_t g = 0; g < group_count; g++)
        out->group[g] = (struct compare_row){.zone = ASSIGN_NONE, .group = (uint8_t)g};
    for (uint32_t z = 0; z < zones; z++) {
        out->zone[z] = (struct compare_row){.zone = z, .group = UINT8_MAX};
        for (uint32_t g = 0; g < group_count; g++)
            out->pair[(size_t)z * group_count + g] = (struct compare_row){.zone = z, .group = (uint8_t)g};
    }
    bool same = count_rows(&x, was, is);
    check(&x, same);
    out->group_count = close_up(out->group, group_count);
    out->zone_count = close_up(out->zone, zones);
    out->pair_count = close_up(out->pair, zones * group_count);
    return true;
}

void compare_free(struct compare *c)
{
    free(c->group);
    free(c->zone);
    free(c->pair);
    *c = (struct compare){0};
}
