#include "pace.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOURS = 24 };

/* Estimated: 8 to 18 h as offices and yards work, a fifth of that at night. */
static const double day_weights[HOURS] = {2, 2, 2, 2, 3, 4,  6,  8, 10, 10, 10, 9,
                                          7, 8, 9, 9, 9, 10, 10, 8, 6,  5,  4,  3};
/* Estimated: an integrator's hub sorts between the last arrivals and the first departures of the night. */
static const double huahu_weights[HOURS] = {6, 16, 20, 20, 16, 8, 4, 3, 2, 2, 2, 2,
                                            2, 2,  2,  2,  2,  3, 3, 3, 4, 4, 4, 5};

static bool read_profile(struct pace *p, FILE *f, const char *path, struct err *e)
{
    char line[64];
    bool have[HOURS] = {0};
    for (unsigned n = 1; fgets(line, sizeof line, f) != NULL; n++) {
        char *end, *at;
        if (n == 1 && strncmp(line, "hour,weight", 11) == 0)
            continue;
        long hour = strtol(line, &end, 10);
        double w = *end == ',' ? strtod(end + 1, &at) : -1;
        if (end == line || hour < 0 || hour >= HOURS || *end != ',' || at == end + 1 || !isfinite(w) ||
            w < 0 || w > 1e6 || strspn(at, "\r\n") != strlen(at) || have[hour])
            return fail(e, ERR_INVALID_ARGUMENT,
                        "%s:%u: must be an hour of 0 to 23, each once, a comma and its weight of 0 to 1e6",
                        path, n);
        have[hour] = true;
        p->weight[hour] = w;
    }
    for (int h = 0; h < HOURS; h++)
        if (!have[h])
            return fail(e, ERR_INVALID_ARGUMENT, "%s: there is no hour %d", path, h);
    return true;
}

bool pace_profile(struct pace *p, const char *name, struct err *e)
{
    double sum = 0;
    p->kind = PACE_PROFILE;
    if (strcmp(name, "day") == 0 || strcmp(name, "huahu") == 0) {
        memcpy(p->weight, name[0] == 'd' ? day_weights : huahu_weights, sizeof p->weight);
        return true;
    }
    FILE *f = fopen(name, "re");
    if (f == NULL)
        return fail(e, ERR_INVALID_ARGUMENT, "--curve must be day, huahu or a file: %s: %s", name,
                    strerror(errno));
    bool ok = read_profile(p, f, name, e);
    fclose(f);
    for (int h = 0; ok && h < HOURS; h++)
        sum += p->weight[h];
    return ok && (sum > 0 || fail(e, ERR_INVALID_ARGUMENT, "%s: all weights are 0", name));
}

/* The hours' rates are weight / mean x rate; the inverse of their sum, hour by hour. */
static double profile_due_s(const struct pace *p, double work)
{
    double sum = 0, hour_s = 3600 / p->speed;
    for (int h = 0; h < HOURS; h++)
        sum += p->weight[h];
    double day_work = p->rate_per_s * hour_s * HOURS, days = floor(work / day_work);
    double at_s = days * HOURS * hour_s, left = work - days * day_work;
    for (int i = 0; i < HOURS; i++) {
        double of_hour = day_work * p->weight[(p->first_hour + i) % HOURS] / sum;
        if (left < of_hour)
            return at_s + left / of_hour * hour_s;
        left -= of_hour;
        at_s += hour_s;
    }
    return at_s;
}

/* Between two rows in a line, so that a random process bends with the demand as well. */
static double demand_due_s(const struct pace *p, const struct demand *d, double work)
{
    double n = (double)d->count, first = (double)d->rows[0].release_min;
    double last = (double)d->rows[d->count - 1].release_min;
    double span = n > 1 ? (last - first) * n / (n - 1) : 1; /* a mean gap behind the last */
    double rounds = floor(work / n), at = work - rounds * n;
    size_t i = (size_t)at < d->count ? (size_t)at : d->count - 1;
    double from = (double)d->rows[i].release_min;
    double to = i + 1 < d->count ? (double)d->rows[i + 1].release_min : first + span;
    double min =
        rounds * (span > 0 ? span : 1) + from - first + (at - (double)i) * (to > from ? to - from : 0);
    return min * 60 / p->speed;
}

double pace_due_ns(const struct pace *p, const struct demand *d, double work)
{
    switch (p->kind) {
    case PACE_FLAT:
        return work / p->rate_per_s * 1e9;
    case PACE_PROFILE:
        return profile_due_s(p, work) * 1e9;
    case PACE_DEMAND:
        return demand_due_s(p, d, work) * 1e9;
    }
    return 0;
}
