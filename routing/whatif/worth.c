#include "whatif/worth.h"

#include <math.h>
#include <string.h>

static bool check(const struct worth_rules *r, struct err *e)
{
    if (!(r->cost_yuan > 0 && r->cost_yuan <= 1e15))
        return fail_field(e, ERR_INVALID_ARGUMENT, "cost_yuan",
                          "a cost above 0 is wanted: the scenario names none");
    if (!(fabs(r->benefit_yuan) <= 1e15))
        return fail_field(e, ERR_INVALID_ARGUMENT, "benefit_yuan", "the benefit is no number");
    if (!(r->discount_rate > 0 && r->discount_rate <= 0.5))
        return fail_field(e, ERR_INVALID_ARGUMENT, "discount_rate", "discount_rate is above 0 to 0.5");
    if (!(r->demand_growth >= -0.2 && r->demand_growth <= 0.2))
        return fail_field(e, ERR_INVALID_ARGUMENT, "demand_growth", "demand_growth is -0.2 to 0.2 a year");
    if (!(r->maintenance_share >= 0 && r->maintenance_share <= 0.5))
        return fail_field(e, ERR_INVALID_ARGUMENT, "maintenance_share",
                          "maintenance_share is 0 to 0.5 of the cost");
    if (r->construction_years < 1 || r->construction_years > 20)
        return fail_field(e, ERR_INVALID_ARGUMENT, "construction_years", "construction_years is 1 to 20");
    return (r->years >= 1 && r->years + r->construction_years <= WORTH_YEARS_MAX) ||
           fail_field(e, ERR_INVALID_ARGUMENT, "years", "years is 1 to %d, construction included",
                      WORTH_YEARS_MAX);
}

static double present(const struct worth *w, double rate)
{
    double sum = 0, divide = 1;
    for (uint32_t y = 0; y < w->year_count; y++) {
        divide *= 1 + rate;
        sum += (w->year[y].benefit_yuan - w->year[y].cost_yuan) / divide;
    }
    return sum;
}

/* By halving between -50 % and 100 %; costs come before benefits, so there is at most one rate. */
static double internal_rate(const struct worth *w)
{
    double low = -0.5, high = 1;
    if (present(w, low) <= 0 || present(w, high) >= 0)
        return NAN;
    for (int i = 0; i < 100; i++) {
        double mid = (low + high) / 2;
        if (present(w, mid) > 0)
            low = mid;
        else
            high = mid;
    }
    return (low + high) / 2;
}

bool worth_of(const struct worth_rules *r, struct worth *out, struct err *e)
{
    memset(out, 0, sizeof *out);
    if (!check(r, e))
        return false;
    out->year_count = r->years + r->construction_years;
    double divide = 1, yuan_pv = 0; /* of a yuan in the first year, grown */
    for (uint32_t y = 0; y < out->year_count; y++) {
        struct worth_year *x = &out->year[y];
        bool building = y < r->construction_years;
        divide *= 1 + r->discount_rate;
        x->cost_yuan = building ? r->cost_yuan / r->construction_years : r->cost_yuan * r->maintenance_share;
        double grown = building ? 0 : pow(1 + r->demand_growth, y - r->construction_years);
        x->benefit_yuan = r->benefit_yuan * grown;
        yuan_pv += grown / divide;
        x->discounted_yuan = (x->benefit_yuan - x->cost_yuan) / divide;
        out->cost_pv_yuan += x->cost_yuan / divide;
        out->benefit_pv_yuan += x->benefit_yuan / divide;
        out->npv_yuan += x->discounted_yuan;
    }
    out->bcr = out->benefit_pv_yuan / out->cost_pv_yuan;
    out->break_even_yuan = out->cost_pv_yuan / yuan_pv;
    out->irr = internal_rate(out);
    return true;
}
