#include "plan/chance.h"

#include "freight/calendar.h"
#include "plan/engine.h"

#include <math.h>

#define Z90 1.2815515655446004 /* of the normal distribution */
#define Z_MAX 4.5

static bool is_random(const struct chance_step *s)
{
    return s->kind == CHANCE_RANDOM && s->p90_s > s->p50_s && s->p50_s > 0;
}

static double deviation(const struct chance_step *s)
{
    return log((double)s->p90_s / (double)s->p50_s) / Z90;
}

/* Through a step that is not random; CAL_NEVER: a gate that never opens. */
static int64_t pass(const struct network *n, const struct chance_step *s, int64_t at)
{
    if (at == CAL_NEVER || s->kind == CHANCE_GATE)
        return at == CAL_NEVER ? at : cal_next_open(n, s->hours, at);
    return at + s->p50_s;
}

/* Of steps [0, count), the last of them random; points of the rule on either side. */
static double until(const struct network *n, const struct chance_step *step, uint32_t count, int64_t at,
                    int64_t by, int points)
{
    uint32_t i = 0;
    for (; !is_random(&step[i]); i++)
        at = pass(n, &step[i], at);
    if (at == CAL_NEVER || at >= by)
        return 0;
    double sigma = deviation(&step[i]), p50 = (double)step[i].p50_s;
    if (i + 1 == count)
        return 0.5 * erfc(-log((double)(by - at) / p50) / sigma * M_SQRT1_2);
    double sum = 0, weights = 0;
    for (int k = -points; k <= points; k++) {
        double z = Z_MAX * k / points, w = exp(-z * z / 2);
        weights += w;
        sum += w * until(n, step + i + 1, count - i - 1, at + llround(p50 * exp(sigma * z)), by, points);
    }
    return sum / weights;
}

double chance_in_time(const struct network *n, const struct chance_step *step, uint32_t count, int64_t at,
                      int64_t by)
{
    unsigned random = 0;
    while (count > 0 &&
           !is_random(&step[count - 1])) { /* fixed ends: in time for `by` is in time before them */
        const struct chance_step *last = &step[--count];
        by = last->kind == CHANCE_GATE ? plan_last_open(n, last->hours, by) : by - last->p50_s;
        if (by == CAL_NEVER)
            return 0;
    }
    for (uint32_t i = 0; i < count; i++)
        random += is_random(&step[i]);
    return random == 0 ? at <= by : until(n, step, count, at, by, random > 2 ? 20 : 90);
}
