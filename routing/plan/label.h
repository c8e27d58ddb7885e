/* label.h - partial chains and the sets of those that nothing beats.
 *
 * A label is cargo at a state: a terminal, how it came there, and (for chains that must use rail and water)
 * which main modes it has used. It carries arrival, money and CO2 so far, the rides used, the metres by
 * truck, and its parent.
 *
 * Dominance: a label beats another of the same state when it is not later, not dearer, not dirtier, has not
 * used more rides and has not driven further by truck (rides and truck metres are limited, so what is spare
 * of them is worth something). That is safe because everything after a state costs the same money and CO2
 * whatever came before, and because everything is FIFO: opening hours, cut-offs, fixed running times and
 * waiting for free let an earlier label do whatever a later one does. Money is without holding cost and price
 * of CO2: those grow with arrival and CO2, which are compared themselves, so a dominated label cannot win on
 * the full total either. One thing not FIFO is a tariff that changes with the date: the search offers,
 * beside the next departure, the first one after each change (chain.c). The other is storage: who comes
 * earlier may pay for a longer stay. A label knows the most that its stay may cost; it beats a later one only
 * when it is also cheaper by that, or by what the days between them may cost; and the search tries the next
 * run of a ride whose cargo pays for its stay.
 *
 * Of equals one stays, whatever the order in which they were found, so that two searches that prune
 * differently answer with the same chain: the one with the smaller last leg, then with the earlier, cheaper,
 * cleaner label before it (label_precedes). The labels made of it before stay: they cost the same.
 *
 * The front is what has been delivered and nothing delivered beats, over (arrival, total, CO2).
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
    AT_SHUTTLED, /* from another terminal: must board */
    AT_STATE_COUNT
};

enum label_end { LABEL_ALIVE, LABEL_DEAD, LABEL_DEAD_NOW }; /* DEAD_NOW: a later run might have lived */

enum {
    LABELS_MAX = 1 << 16,
    LABEL_FRONT_MAX = 1 << 12,
    LABEL_FRONT_LANES = 16,
    LABEL_TOUCHED_MAX = 64,
    LABEL_NO_TRUCK = 0xff
};

struct label {
    int64_t arrive_at; /* when its handling may begin (at a gate: in opening hours) */
    int64_t money_myuan, co2_g;
    int64_t stay_myuan;    /* what waiting for a departure at this terminal may cost at most */
    int64_t papers_at;     /* backward: minus the latest pickup that all papers allow; 0 forward */
    uint32_t parent, next; /* next of the same state */
    uint32_t terminal;
    uint32_t from_stop, to_stop; /* rides */
    uint32_t truck_m;            /* by truck, all legs so far */
    int32_t day;
    uint8_t kind, state, used_modes, rides;
    uint8_t form; /* truck in fastest (0) or cheapest (1) form, LABEL_NO_TRUCK */
    uint8_t dead; /* enum label_end, after it was made */
    bool later;   /* the next run of its ride has been tried */
};

struct label_front { /* one delivery */
    int64_t arrive_at, total_myuan, co2_g;
    uint32_t label;
};

/* What the stay of a label may cost at most. */
typedef int64_t label_stay_fn(void *ctx, const struct label *l);
enum { LABEL_STAY_OPEN = -1 }; /* stay_myuan: is asked for when two labels are compared by it */

struct label_pool {
    label_stay_fn *stay;
    void *stay_ctx;
    struct label *label;
    uint32_t count;
    uint32_t *head; /* per state: first label, NET_NONE none; the last: some delivered label */
    uint32_t head_count;
    uint32_t touched[LABEL_TOUCHED_MAX], touched_count; /* heads that are set: past the room, any */
    struct label_front *front;
    uint32_t front_count;
    /* The same by columns, filled up to LABEL_FRONT_LANES: compared many at a time. */
    int64_t *front_arrive_at, *front_total_myuan, *front_co2_g;
    struct label_front least; /* of the front, each by itself: who is below in one is not beaten */
    uint32_t front_last;      /* the lanes that beat somebody last: who beats one will beat the next */
};

/* Its stay, asked for now when it is open. */
static inline int64_t label_stay(const struct label_pool *p, struct label *l)
{
    if (l->stay_myuan == LABEL_STAY_OPEN)
        l->stay_myuan = p->stay(p->stay_ctx, l);
    return l->stay_myuan;
}

bool label_pool_new(struct label_pool *p, uint32_t terminals);
void label_pool_free(struct label_pool *p);

/* Forgets the sets, keeps the labels made. */
void label_pool_clear_sets(struct label_pool *p);

/* The set of a label's state. */
uint32_t label_set(const struct label *l);
/* head[] of it is not NET_NONE when something was delivered. */
uint32_t label_set_delivered(const struct label_pool *p);

enum label_outcome { LABEL_ADDED, LABEL_BEATEN, LABEL_BEATEN_NOW, LABEL_TIED, LABEL_POOL_FULL };

/* Of two labels of one state with the same numbers: is a to be kept? */
bool label_precedes(const struct label_pool *p, const struct label *a, const struct label *b);

/* Puts a label into its set unless one there beats it; those that it beats die. day_myuan: no day of a stay
 * at its terminal costs more. BEATEN_NOW: a later run of its ride might not be beaten. TIED: it has taken the
 * place of a label with the same numbers, which is in *l now, and of which the same holds, as of itself. */
enum label_outcome label_put(struct label_pool *p, struct label *l, int64_t day_myuan);
/* The same for a delivered label and the front. */
enum label_outcome label_deliver(struct label_pool *p, const struct label *l, int64_t total_myuan);

/* Has delivered cargo already beaten whatever arrives, costs and emits no less than this? */
bool label_hopeless(struct label_pool *p, int64_t arrive_at, int64_t total_myuan, int64_t co2_g);

/* Of what arrives, costs and emits no less than something: whatever reaches one of these is beaten. */
struct label_cut {
    int64_t arrive_at, total_myuan, co2_g;
};
struct label_cut label_cut(const struct label_pool *p, int64_t arrive_at, int64_t total_myuan, int64_t co2_g);

static inline bool label_is_cut(const struct label_cut *c, int64_t arrive_at, int64_t total_myuan,
                                int64_t co2_g)
{
    return arrive_at >= c->arrive_at || total_myuan >= c->total_myuan || co2_g >= c->co2_g;
}

#endif
