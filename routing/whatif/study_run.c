#include "whatif/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Which link of the earlier problem each one is: roads by id, connectors by zone. */
static uint32_t *old_links(const struct study *s, const struct study *earlier)
{
    uint32_t *roads = roads_match(earlier->roads, s->roads);
    uint32_t n = s->roads->link_count, was = earlier->roads->link_count;
    uint32_t *old = malloc(((size_t)s->problem.link_count + 1) * sizeof *old);
    if (roads != NULL && old != NULL) {
        memcpy(old, roads, n * sizeof *old);
        for (uint32_t i = n; i < s->problem.link_count; i++)
            old[i] = was + (i - n);
    } else {
        free(old);
        old = NULL;
    }
    free(roads);
    return old;
}

static bool same_zones(const struct study *a, const struct study *b)
{
    return a->zones->count == b->zones->count &&
           memcmp(a->zones->node, b->zones->node, a->zones->count * sizeof *a->zones->node) == 0 &&
           a->problem.class_count == b->problem.class_count &&
           memcmp(a->vehicle_class, b->vehicle_class, sizeof a->vehicle_class) == 0;
}

static bool warm(struct study *s, const struct study *earlier, struct err *e)
{
    if (!same_zones(s, earlier))
        return true;
    uint32_t *old = old_links(s, earlier);
    if (old == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a warm start");
    bool ok = assign_warm(s->assign, earlier->assign, old, NULL, e);
    free(old);
    return ok;
}

static bool figures_hold(const struct study *s, const struct cch_executor *x, struct err *e)
{
    const struct assign_progress *last = &s->result.last;
    struct assign_check c;
    if (!assign_check(s->assign, x, &c, e))
        return false;
    return (fabs(c.objective - last->objective) <= 1e-9 * fabs(last->objective) &&
            fabs(c.total_time - last->total_time) <= 1e-9 * last->total_time && c.conservation < 1e-9 &&
            c.link_sums < 1e-9 && c.negative >= 0 && fabs(c.relative_gap - last->relative_gap) < 1e-9) ||
           fail(e, ERR_INTERNAL,
                "the self-check of the assignment finds objective %.12g, time %.12g, gap %.3e, conservation "
                "%.1e: not to be used",
                c.objective, c.total_time, c.relative_gap, c.conservation);
}

bool study_run(struct study *s, const struct study *earlier, const struct assign_options *o, struct err *e)
{
    assign_free(s->assign);
    s->skimmed = false;
    if (!assign_new(&s->problem, &s->assign, e) || (earlier != NULL && !warm(s, earlier, e)) ||
        !assign_run(s->assign, o, &s->result, e) || !figures_hold(s, o->executor, e))
        return false;
    free(s->pce);
    free(s->time);
    s->pce = malloc(((size_t)s->problem.link_count + 1) * sizeof *s->pce);
    s->time = malloc(((size_t)s->problem.link_count + 1) * sizeof *s->time);
    if (s->pce == NULL || s->time == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the flows of %u links",
                    s->problem.link_count);
    assign_flows(s->assign, s->pce);
    assign_times(s->assign, s->time);
    return true;
}

bool study_skims(struct study *s, const struct cch_executor *x, struct err *e)
{
    for (uint32_t c = 0; c < s->problem.class_count; c++) {
        assign_skim_free(&s->skim[c]);
        if (!assign_skim(s->assign, c, x, &s->skim[c], e))
            return false;
    }
    s->skimmed = true;
    return true;
}

void study_sum(const struct study *s, struct study_sums *out)
{
    double *v = malloc(((size_t)s->problem.link_count + 1) * sizeof *v);
    memset(out, 0, sizeof *out);
    for (uint32_t c = 0; v != NULL && c < s->problem.class_count; c++) {
        long double time = 0, km = 0, toll = 0;
        assign_class_flows(s->assign, c, v);
        for (uint32_t l = 0; l < s->problem.link_count; l++) {
            time += (long double)v[l] * s->time[l];
            km += (long double)v[l] * s->link[l].length;
            toll += (long double)v[l] * s->toll[c][l];
        }
        const struct assign_class *k = &s->class[c];
        out->time_h += (double)time;
        out->distance_km += (double)km;
        out->toll_yuan += (double)toll;
        out->co2_t += (double)km * s->tonnes[c] * s->co2_t_per_tkm[c];
        out->yuan += (double)(time + k->toll_weight * toll + k->distance_weight * km) * s->yuan_per_h[c];
        out->trucks += trips_total(&s->trips[c]);
    }
    free(v);
}

uint32_t study_cell(const struct study *s, uint32_t class, uint32_t from_zone, uint32_t to_zone)
{
    const struct trips *t = &s->trips[class];
    uint32_t low = t->first[from_zone], high = t->first[from_zone + 1];
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (t->to[mid] < to_zone)
            low = mid + 1;
        else
            high = mid;
    }
    return low < t->first[from_zone + 1] && t->to[low] == to_zone ? low : ASSIGN_NONE;
}
