#include "whatif/appraise.h"

#include "whatif/assign_inside.h"

#include <stdlib.h>
#include <string.h>

static void add_pair(struct appraise_users *out, const struct assign_skim *b, uint32_t i,
                     const struct assign_skim *a, uint32_t j, double *cell)
{
    double half = (b->trips->volume[i] + a->trips->volume[j]) / 2;
    double change = b->cost[i] - a->cost[j], benefit = half * change;
    out->pairs++;
    out->time += half * (b->time[i] - a->time[j]);
    out->length += half * (b->length[i] - a->length[j]);
    out->toll += half * (b->toll[i] - a->toll[j]);
    out->cost += benefit;
    if (change > 1e-9 * b->cost[i]) {
        out->better++;
        out->gain += benefit;
    } else if (change < -1e-9 * b->cost[i]) {
        out->worse++;
        out->loss += benefit;
    }
    if (cell != NULL)
        cell[i] = benefit;
}

static void leave_out(struct appraise_users *out, double volume)
{
    out->unmatched++;
    out->unmatched_volume += volume;
}

bool appraise_users(const struct assign_skim *before, const struct assign_skim *after,
                    struct appraise_users *out, double *cell, struct err *e)
{
    const struct trips *b = before->trips, *a = after->trips;
    memset(out, 0, sizeof *out);
    if (a == NULL || b == NULL || a->zone_count != b->zone_count)
        return fail(e, ERR_INVALID_ARGUMENT, "the skims are of %u and %u zones",
                    b != NULL ? b->zone_count : 0, a != NULL ? a->zone_count : 0);
    for (uint32_t k = 0; cell != NULL && k < b->first[b->zone_count]; k++)
        cell[k] = 0;
    for (uint32_t z = 0; z < b->zone_count; z++) {
        uint32_t i = b->first[z], j = a->first[z];
        while (i < b->first[z + 1] || j < a->first[z + 1]) {
            if (j == a->first[z + 1] || (i < b->first[z + 1] && b->to[i] < a->to[j])) {
                leave_out(out, b->volume[i++]);
            } else if (i == b->first[z + 1] || a->to[j] < b->to[i]) {
                leave_out(out, a->volume[j++]);
            } else {
                if (isfinite(before->cost[i]) && isfinite(after->cost[j]))
                    add_pair(out, before, i, after, j, cell);
                else
                    leave_out(out, b->volume[i] + a->volume[j]);
                i++;
                j++;
            }
        }
    }
    return true;
}

void appraise_compare(struct appraise_identity *i)
{
    double saved = i->before - i->after, off = fabs(i->benefit - saved);
    i->error = off > 0 ? off / fabs(saved) : 0;
    i->holds = off <= fmax(1e-9 * fabs(saved), 1e-14 * (i->before + i->after));
}

static bool same_trips(const struct trips *x, const struct trips *y)
{
    size_t n = x->first[x->zone_count];
    return x->zone_count == y->zone_count &&
           memcmp(x->first, y->first, ((size_t)x->zone_count + 1) * sizeof *x->first) == 0 &&
           memcmp(x->to, y->to, n * sizeof *x->to) == 0 &&
           memcmp(x->volume, y->volume, n * sizeof *x->volume) == 0;
}

static bool total_time(const struct assign *a, double *out)
{
    double *flow = malloc(((size_t)a->link_count + 1) * sizeof *flow);
    double *time = malloc(((size_t)a->link_count + 1) * sizeof *time);
    long double sum = 0;
    bool ok = flow != NULL && time != NULL;
    for (uint32_t c = 0; ok && c < a->class_count; c++) {
        assign_class_flows(a, c, flow);
        assign_times(a, time);
        for (uint32_t l = 0; l < a->link_count; l++)
            sum += (long double)flow[l] * time[l];
    }
    free(flow);
    free(time);
    *out = (double)sum;
    return ok;
}

static bool comparable(const struct assign *x, const struct assign *y, uint32_t c, struct err *e)
{
    const struct assign_class *k = &x->class[c], *l = &y->class[c];
    if (k->toll_weight != 0 || k->distance_weight != 0 || l->toll_weight != 0 || l->distance_weight != 0)
        return fail(e, ERR_FAILED_PRECONDITION,
                    "class %u pays tolls or by distance: then the rule of a half is not the change in time",
                    c);
    return same_trips(k->trips, l->trips) ||
           fail(e, ERR_FAILED_PRECONDITION, "the demand of class %u is not the same before and after", c);
}

bool appraise_identity(const struct assign *before, const struct assign *after,
                       const struct assign_skim *skims_before, const struct assign_skim *skims_after,
                       struct appraise_identity *out, struct err *e)
{
    uint64_t was = assign_version(before), is = assign_version(after);
    memset(out, 0, sizeof *out);
    if (before->class_count != after->class_count)
        return fail(e, ERR_FAILED_PRECONDITION, "%u classes before and %u after", before->class_count,
                    after->class_count);
    for (uint32_t c = 0; c < before->class_count; c++) {
        struct appraise_users u;
        if (skims_before[c].version != was || skims_after[c].version != is || skims_before[c].class != c ||
            skims_after[c].class != c)
            return fail(e, ERR_FAILED_PRECONDITION, "the skims of class %u %s are of another version", c,
                        skims_after[c].version != is ? "after" : "before");
        if (!comparable(before, after, c, e) ||
            !appraise_users(&skims_before[c], &skims_after[c], &u, NULL, e))
            return false;
        if (u.unmatched > 0)
            return fail(e, ERR_FAILED_PRECONDITION, "%llu pairs of class %u have no way before or after",
                        (unsigned long long)u.unmatched, c);
        out->benefit += u.time;
    }
    if (!total_time(before, &out->before) || !total_time(after, &out->after))
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the times of %u links", after->link_count);
    appraise_compare(out);
    return true;
}
