/* bill.h - the lines of a bill.
 *
 * Every line is quantity x rate, computed without loss in 128 bits and rounded once to the fen (10 myuan,
 * half up), so a total is the exact sum of its lines. A line of which nothing is owed (amount 0) is not made.
 *
 * Tariff rules: amount = max(minimum, units x (base + per_km x km)). Of the rules of equal kind, cargo and
 * unit that are valid on the day of departure, the one with the largest break_kg not above the chargeable
 * mass counts. By air the freight of a higher break is taken when it is cheaper, as carriers do (IATA TACT):
 * the mass declared is then that break's; other charges stay with the chargeable mass. A tariff of which no
 * freight rule fits does not carry the load (it would travel for nothing). An agreed rule of a charge that
 * counts takes the place of all published rules of that charge.
 *
 * Storage: started days of 24 h between arrival and departure at a terminal, each at the rate of its day.
 *
 * Failures: false when an amount passes BILL_MAX_MYUAN, lines pass BILL_LINES_MAX, or no freight rule fits.
 * Pure; any thread; no allocation.
 */
#ifndef ZH_FREIGHT_BILL_H
#define ZH_FREIGHT_BILL_H

#include "freight/cargo.h"
#include "network/network.h"

#define BILL_MAX_MYUAN INT64_C(1000000000000000) /* 1e12 yuan in one line */
enum { BILL_LINES_MAX = 40, BILL_FEN_MYUAN = 10 };

/* In the order of plan.h's plan_line_kind. */
enum bill_kind {
    BILL_TRUCK_RUNNING,
    BILL_TRUCK_TIME,
    BILL_TRUCK_FIXED,
    BILL_TOLL,
    BILL_EMPTY_RETURN,
    BILL_TARIFF,
    BILL_HANDLING,
    BILL_HOLDING,
    BILL_CO2,
    BILL_REEFER,  /* cooling unit of a truck */
    BILL_STORAGE, /* a net_storage row */
};

struct bill_line {
    uint8_t kind, charge;
    bool estimated, agreed; /* agreed: row is an index into the load's agreed rules */
    uint32_t row;
    int64_t amount_myuan;
    net_str source;
    int64_t units_milli; /* units of the rule, for the words of the line */
    int64_t distance_m;  /* the distance that a rate per km counts */
};

struct bill {
    struct bill_line line[BILL_LINES_MAX];
    uint32_t count;
    int64_t sum_myuan;
};

/* A ride on a service: from boarding to alighting on an operating day. */
struct bill_ride {
    const struct net_service *service;
    int64_t distance_m;
    int32_t day;
};

/* (a x b) / divisor to the fen, half up; false above BILL_MAX_MYUAN. Numbers are not negative. */
bool bill_round_wide(int64_t a, int64_t b, int64_t divisor, int64_t *myuan);
static inline bool bill_round(int64_t a, int64_t b, int64_t divisor, int64_t *myuan)
{
    int64_t product, fen, whole; /* nearly always it fits, and divides fast when the divisor is a constant */
    if (__builtin_mul_overflow(a, b, &product) || __builtin_mul_overflow(divisor, BILL_FEN_MYUAN, &fen) ||
        product < 0 || product > INT64_MAX - fen / 2)
        return bill_round_wide(a, b, divisor, myuan);
    whole = (int64_t)((uint64_t)(product + fen / 2) / (uint64_t)fen);
    *myuan = whole * BILL_FEN_MYUAN;
    return whole <= BILL_MAX_MYUAN / BILL_FEN_MYUAN;
}

/* Adds a line; one of amount 0 is dropped. */
bool bill_add(struct bill *b, const struct bill_line *line);

/* The amount of one rule for units in thousandths. */
bool bill_rule_amount(const struct net_tariff_rule *r, int64_t units_milli, int64_t distance_m,
                      int64_t *myuan);

/* Units (in thousandths) of which a rule counts. */
int64_t bill_units_milli(uint8_t unit, const struct freight_load *l, int64_t chargeable_kg);

bool bill_tariff(const struct network *n, const struct bill_ride *ride, const struct freight_load *l,
                 struct bill *b);

/* The earliest day after `day` on which a rule of the tariff, published or agreed, begins or has ended:
 * INT32_MAX when none does. */
int32_t bill_next_change(const struct network *n, uint32_t tariff, const struct freight_load *l, int32_t day);

/* The lines of a stay between two instants (UTC seconds). */
bool bill_storage(const struct network *n, uint32_t terminal, const struct freight_load *l, int64_t from,
                  int64_t to, struct bill *b);
/* How long this load may stay for nothing, seconds; INT64_MAX without a rate. */
int64_t bill_storage_free_s(const struct network *n, uint32_t terminal, const struct freight_load *l);

/* The lines of a transition in a terminal. False also when no row fits: the terminal cannot do it.
 * *p50_min becomes the sum of the rows' median times. */
bool bill_handling(const struct network *n, const struct net_terminal *t, uint8_t from_mode, uint8_t to_mode,
                   const struct freight_load *l, struct bill *b, uint32_t *p50_min);

#endif
