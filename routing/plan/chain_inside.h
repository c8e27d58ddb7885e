/* chain_inside.h - what chain.c and chain_ride.c share. */
#ifndef ZH_PLAN_CHAIN_INSIDE_H
#define ZH_PLAN_CHAIN_INSIDE_H

#include "plan/engine.h"

struct chain { /* one family's run */
    struct plan_query *q;
    const struct network *n;
    enum plan_family family;
    unsigned main_modes, must_modes;
    int32_t last_day;
    bool full;
};

/* Can nothing that the front lacks come of a label that arrives, costs and emits this, with the least that is
 * left? *key is the least total. What is past the deadline goes on only to say how late it would be. */
bool chain_useless(const struct chain *w, const struct label *l, const struct plan_bound *left, int64_t *key);
/* The least total of what arrives, costs (without holding and CO2) and emits no less than this. */
static inline int64_t chain_least_total(const struct plan_query *q, int64_t arrive_at, int64_t money_myuan,
                                        int64_t co2_g)
{
    enum { ROUNDING_MYUAN = 30 }; /* three lines, each to 5 myuan, and one to spare */
    double rest = (double)(arrive_at - q->request->ready_at) * q->holding_myuan_per_s +
                  (double)co2_g * q->co2_myuan_per_g;
    if (rest > 4e18) /* such totals stop at a bound (plan_holding_myuan): nothing can be said of them */
        rest = 0;
    return money_myuan + (int64_t)rest - ROUNDING_MYUAN;
}

/* Into its set and the queue. */
void chain_put(struct chain *w, struct label *l, const struct plan_bound *left);

/* What of a label's future is beaten already. */
struct label_cut chain_cut(const struct chain *w, const struct label *l);

/* All departures of a mode from where a label stands; trucks to other terminals. */
void chain_board(struct chain *w, uint32_t from, unsigned mode, const struct label_cut *cut);
void chain_shuttle(struct chain *w, uint32_t from);
/* The most that a label may pay for waiting at its terminal, whatever it boards. */
int64_t chain_most_stay(struct chain *w, const struct label *l);
/* The next run of the ride that brought a label, which pays for its stay or was beaten for it. */
void chain_ride_later(struct chain *w, const struct label *beaten);
void chain_come_later(struct chain *w, uint32_t i);

#endif
