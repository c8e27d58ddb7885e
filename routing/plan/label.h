/* label.h - partial chains and the sets of those that nothing beats.
 *
 * A label is cargo at a state: a terminal, how it came there, and (for chains that must use rail and water)
 * which main modes it has used. It carries arrival, money and CO2 so far, the rides used, and its parent.
 *
 * Dominance: a label beats another of the same state when it is not later, not dearer, not dirtier and has
 * not used more rides (rides are limited, so a spare ride is worth something). That is safe because
 * everything after a state costs the same money and CO2 whatever came before, and because everything is FIFO:
 * opening hours, cut-offs, fixed running times and waiting for free let an earlier label do whatever a later
 * one does. Money is without holding cost and price of CO2: those grow with arrival and CO2, which are
 * compared themselves, so a dominated label cannot win on the full total either. The one thing not FIFO is a
 * tariff that changes with the date: the search offers, beside the next departure, the first one after each
 * change (search.c).
 *
 * A pool is one thread's scratch of fixed size: no allocation after label_pool_new.
 */
#ifndef ZH_PLAN_LABEL_H
#define ZH_PLAN_LABEL_H

#include "network/network.h"

enum label_kind { LABEL_ORIGIN, LABEL_RIDE, LABEL_SHUTTLE, LABEL_DELIVERED };

/* How the cargo came to the terminal. */
enum label_state {
    AT_FROM_DOOR,
    AT_FROM_RAIL,
    AT_FROM_WATER,
    AT_FROM_AIR,
    AT_FROM_LINE_HAUL,
    AT_SHUTTLED_FROM_RAIL, /* must board something else than a train */
    AT_SHUTTLED_FROM_WATER,
    AT_STATE_COUNT
};

enum { LABELS_MAX = 1 << 16, LABEL_NO_TRUCK = 0xff };

struct label {
    int64_t arrive_at; /* when its handling may begin (at a gate: in opening hours) */
    int64_t money_myuan, co2_g;
    uint32_t parent, next; /* next of the same state */
    uint32_t terminal;
    uint32_t from_stop, to_stop; /* rides */
    int32_t day;
    uint8_t kind, state, used_modes, rides;
    uint8_t form; /* truck in fastest (0) or cheapest (1) form, LABEL_NO_TRUCK */
    bool dead;    /* dominated after it was made */
};

struct label_pool {
    struct label *label;
    uint32_t count;
    uint32_t *head; /* per state: first label, NET_NONE none */
    uint32_t head_count;
};

bool label_pool_new(struct label_pool *p, uint32_t terminals);
void label_pool_free(struct label_pool *p);

/* Forgets the sets, keeps the labels made. */
void label_pool_clear_sets(struct label_pool *p);

/* The set of a label's state; that of delivered cargo is the last. */
uint32_t label_set(const struct label_pool *p, const struct label *l);
uint32_t label_set_delivered(const struct label_pool *p);

enum label_outcome { LABEL_ADDED, LABEL_BEATEN, LABEL_POOL_FULL };

/* Puts a label into its set unless one there beats it; those that it beats die. */
enum label_outcome label_put(struct label_pool *p, const struct label *l);

/* Has delivered cargo already beaten whatever this label may become? */
bool label_hopeless(const struct label_pool *p, const struct label *l);

#endif
