/* floor.h - the line below a tariff: what its rides cost a load at least, as a function of the metres.
 *
 * A line of a bill is max(minimum, units x (base + per_km x km)) to the fen, so the sum of these lines lies
 * above the sum of the straight parts and above the sum of the minima, less half a fen for each. By air,
 * where a higher weight break may be declared, the least base and the least rate of all breaks that may be
 * taken count. Much cheaper than bills (bill.h), which agree with it: tests/routing/test_bill.c. Pure; any
 * thread.
 */
#ifndef ZH_FREIGHT_FLOOR_H
#define ZH_FREIGHT_FLOOR_H

#include "freight/cargo.h"
#include "network/network.h"

struct freight_floor {
    double base_myuan, per_m_myuan, least_myuan; /* at least max(least, base + per_m x metres) */
};

/* Of a service's published tariff, whose rules must all be in force on every day, for a load without agreed
 * tariffs. False: it carries no such load, on no day and over no distance. */
bool freight_floor_of(const struct network *n, const struct net_service *s, const struct freight_load *l,
                      struct freight_floor *out);

/* The same made once for a tariff and a form of cargo without needs, by units of the load: where the tariff's
 * rules for it count whatever its mass, and on every day. */
struct freight_line {
    bool simple;           /* false: there is no such line */
    uint8_t freight_units; /* mask of 1 << net_unit: those of its freight */
    uint8_t rules[UNIT_COUNT];
    double myuan[UNIT_COUNT], myuan_per_m[UNIT_COUNT], electrified_per_m[UNIT_COUNT], least_myuan[UNIT_COUNT];
};

/* form: one of CARGO_FORMS. */
void freight_line_of(const struct network *n, const struct net_tariff *t, uint16_t form,
                     struct freight_line *out);
/* As freight_floor_of, of a simple line and a load of its form, without needs; not for services by air. */
bool freight_floor_by(const struct freight_line *x, const struct net_service *s, const struct freight_load *l,
                      struct freight_floor *out);

#endif
