/* chain_inside.h - what chain.c and chain_ride.c share. */
#ifndef ZH_PLAN_CHAIN_INSIDE_H
#define ZH_PLAN_CHAIN_INSIDE_H

#include "plan/engine.h"

struct chain { /* one family's run */
    struct plan_query *q;
    const struct network *n;
    unsigned main_modes, must_modes;
    int32_t last_day;
    bool full;
};

/* Can nothing that the front lacks come of a label that arrives, costs and emits this, with the least that is
 * left? *key is the least total. What is past the deadline goes on only to say how late it would be. */
bool chain_useless(const struct chain *w, const struct label *l, const struct plan_bound *left, int64_t *key);
/* Into its set and the queue. */
void chain_put(struct chain *w, struct label *l, const struct plan_bound *left);

/* All departures of a mode from where a label stands; trucks to other terminals. */
void chain_board(struct chain *w, uint32_t from, unsigned mode);
void chain_shuttle(struct chain *w, uint32_t from);
/* The most that a label may pay for waiting at its terminal, whatever it boards. */
int64_t chain_most_stay(struct chain *w, const struct label *l);
/* The next run of the ride that brought a label, which pays for its stay or was beaten for it. */
void chain_ride_later(struct chain *w, const struct label *beaten);
void chain_come_later(struct chain *w, uint32_t i);

#endif
