/* chains.h - how freight chooses between the families, and the lorries that its chains put on the road.
 *
 * Each consignment is asked for once (plan_search); of each family that it may use the cheapest option
 * counts, all money in (tolls, handling, holding cost of the goods). Chosen is the cheapest family, or by
 * logit: share = exp(-scale x cost per tonne) over the sum (McFadden 1974). Its truck legs become trips of
 * the assignment. Ways on the road are those of the assignment afterwards, not these: choice of family and
 * choice of road are kept apart.
 *
 * What cannot be delivered in time by any family is asked again without the time. Threads: pure; cost: one
 * search a consignment.
 */
#ifndef ZH_WHATIF_CHAINS_H
#define ZH_WHATIF_CHAINS_H

#include "whatif/consignments.h"
#include "whatif/trucks.h"

#define CHAINS_LOGIT_SCALE 0.02 /* per yuan and tonne; an estimate: 50 yuan/t make odds of e to 1 */

struct chains_rules {
    int64_t week_start_s; /* UTC; the first instant of the span */
    bool logit;
    double logit_scale; /* per yuan and tonne */
    double factor;      /* on all volumes */
};

struct family_total { /* per day */
    double tonnes, tkm, co2_t, money_yuan;
};

struct chains {
    struct trucks trucks; /* summed */
    struct family_total family[FAMILY_COUNT];
    uint32_t late;          /* consignments that no family delivers in time */
    uint32_t unserved;      /* that no family carries at all */
    double unserved_tonnes; /* per day */
};

/* stop may be NULL; asked between consignments. progress: share done, 0 to 1; may be NULL. */
struct chains_hooks {
    bool (*stop)(void *ctx);
    void (*progress)(void *ctx, double done);
    void *ctx;
};

/* CANCELLED when stopped, RESOURCE_EXHAUSTED. *out is the caller's also on failure: chains_free. */
bool chains_choose(const struct network *n, const struct plan_network *p, const struct consignments *c,
                   const struct chains_rules *r, const struct chains_hooks *h, struct chains *out,
                   struct err *e);
void chains_free(struct chains *c);

#endif
