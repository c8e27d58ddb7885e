/* storage.c - what a stay at a terminal costs, by rows of net_storage. */
#include "freight/bill.h"

enum { DAY_S = 86400 };

/* Rows of the terminal itself, else those of its kind. */
static bool has_own(const struct network *n, uint32_t terminal)
{
    for (uint32_t i = 0; i < n->storage_count; i++)
        if (n->storage[i].terminal == terminal)
            return true;
    return false;
}

static bool holds(const struct network *n, const struct net_storage *r, uint32_t terminal, bool own,
                  const struct freight_load *l)
{
    bool here =
        own ? r->terminal == terminal : r->terminal == NET_NONE && r->kind == n->terminal[terminal].kind;
    return here && r->from_day > 0 && cargo_rule_fits(r->cargo, l->cargo) &&
           bill_units_milli(r->unit, l, l->mass_kg) > 0;
}

/* The last day that the row's rate holds: before the next step of the same cargo and unit. Of two rows with
 * one from_day the first holds. */
static int64_t last_day(const struct network *n, uint32_t at, uint32_t terminal, bool own,
                        const struct freight_load *l, int64_t days)
{
    const struct net_storage *r = &n->storage[at];
    for (uint32_t i = 0; i < n->storage_count; i++) {
        const struct net_storage *x = &n->storage[i];
        if (i == at || x->cargo != r->cargo || x->unit != r->unit || !holds(n, x, terminal, own, l))
            continue;
        if (x->from_day > r->from_day && (int64_t)x->from_day - 1 < days)
            days = (int64_t)x->from_day - 1;
        if (x->from_day == r->from_day && i < at)
            return 0;
    }
    return days;
}

bool bill_storage(const struct network *n, uint32_t terminal, const struct freight_load *l, int64_t from,
                  int64_t to, struct bill *b)
{
    if (to <= from || n->storage_count == 0)
        return true;
    bool own = has_own(n, terminal);
    int64_t days = (to - from + DAY_S - 1) / DAY_S;
    for (uint32_t i = 0; i < n->storage_count; i++) {
        const struct net_storage *r = &n->storage[i];
        if (!holds(n, r, terminal, own, l))
            continue;
        int64_t charged = last_day(n, i, terminal, own, l, days) - r->from_day + 1;
        if (charged <= 0)
            continue;
        struct bill_line line = {.kind = BILL_STORAGE,
                                 .estimated = r->confidence == CONF_ESTIMATED,
                                 .row = i,
                                 .source = r->source,
                                 .units_milli = bill_units_milli(r->unit, l, l->mass_kg) * charged};
        if (!bill_round(line.units_milli, r->myuan_per_day, 1000, &line.amount_myuan) || !bill_add(b, &line))
            return false;
    }
    return true;
}

int64_t bill_storage_free_s(const struct network *n, uint32_t terminal, const struct freight_load *l)
{
    int64_t least = INT64_MAX;
    bool own = has_own(n, terminal);
    for (uint32_t i = 0; i < n->storage_count; i++) {
        const struct net_storage *r = &n->storage[i];
        int64_t free_s = ((int64_t)r->from_day - 1) * DAY_S;
        if (r->myuan_per_day > 0 && free_s < least && holds(n, r, terminal, own, l))
            least = free_s;
    }
    return least;
}
