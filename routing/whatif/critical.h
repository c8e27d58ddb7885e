/* critical.h - which roads hurt most when they are closed: routing only.
 *
 * Every pair of the lorries' list takes its cheapest way (the network's metric of its class). Each link on
 * such a way is closed, both directions, by partial customization (road/change.h), and the pairs that used it
 * are asked again; what they pay more, in hours and money, is the link's figure, and who finds no way any
 * more is counted apart. Traffic does not slow anybody down here: assign.h does that for a chosen few.
 *
 * A derived network's metrics cannot be forked: there each closing makes a metric anew. Threads: pure, one.
 */
#ifndef ZH_WHATIF_CRITICAL_H
#define ZH_WHATIF_CRITICAL_H

#include "plan/plan.h"
#include "whatif/trucks.h"

enum { CRITICAL_PAIRS_MAX = 500000 };

struct critical_row {
    uint32_t link;                        /* of the network */
    double trucks;                        /* per day, that use it */
    double extra_h, extra_km, extra_yuan; /* per day, of those who find another way */
    double cut_off;                       /* lorries per day that have none */
};

struct critical {
    struct critical_row *row; /* by extra_yuan, then cut_off, worst first */
    uint32_t count;
    double no_way; /* lorries that have none to begin with */
};

struct critical_hooks {
    bool (*stop)(void *ctx);
    void (*progress)(void *ctx, double done);
    void *ctx;
};

/* only: NULL, or a flag for each link of the network. CANCELLED, RESOURCE_EXHAUSTED. *out: critical_free. */
bool critical_screen(const struct network *n, const struct plan_network *p, const struct trucks *t,
                     const bool *only, const struct critical_hooks *h, struct critical *out, struct err *e);
void critical_free(struct critical *c);

#endif
