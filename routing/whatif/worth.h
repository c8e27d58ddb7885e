/* worth.h - what a project is worth over its life: discounted cash flows, net present value, benefit-cost
 * ratio, internal rate of return.
 *
 * Year 0 is the first of construction; cost is spread evenly over the years of construction, benefits begin
 * the year after and grow with demand, maintenance is a share of the cost in every year of operation. All at
 * constant prices, at the end of each year (JTG/T and the ministries' 建设项目经济评价方法与参数, 2006, do
 * the same; their social discount rate is 8 %). Pure.
 */
#ifndef ZH_WHATIF_WORTH_H
#define ZH_WHATIF_WORTH_H

#include "base/err.h"

#include <stdint.h>

enum { WORTH_YEARS_MAX = 100 };

struct worth_rules {
    double cost_yuan;    /* of construction, above 0 */
    double benefit_yuan; /* of the first year of operation */
    double discount_rate, demand_growth, maintenance_share;
    uint32_t years; /* of operation */
    uint32_t construction_years;
};

struct worth_year {
    double cost_yuan, benefit_yuan, discounted_yuan; /* discounted: benefit less cost */
};

struct worth {
    double npv_yuan, bcr; /* ratio of the present values */
    double irr;           /* NaN: no rate makes the present value 0 */
    double cost_pv_yuan, benefit_pv_yuan;
    double break_even_yuan; /* benefit of the first year of operation at which the present value is 0 */
    uint32_t year_count;
    struct worth_year year[WORTH_YEARS_MAX];
};

/* INVALID_ARGUMENT names the field that makes no sense. */
bool worth_of(const struct worth_rules *r, struct worth *out, struct err *e);

#endif
