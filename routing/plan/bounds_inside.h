/* bounds_inside.h - what bounds.c and bounds_back.c share. */
#ifndef ZH_PLAN_BOUNDS_INSIDE_H
#define ZH_PLAN_BOUNDS_INSIDE_H

#include "plan/engine.h"

/* States of a terminal within one family. */
enum {
    SLOT_DOOR,
    SLOT_RIDDEN,                     /* + mode of two, + 2 when both are used */
    SLOT_SHUTTLED = SLOT_RIDDEN + 4, /* + the mode used, or 2: both */
    SLOT_COUNT = SLOT_SHUTTLED + 3,
    BOARDS = 4 /* mode of two, + 2 when both are used then */
};

enum { LAYERS = PLAN_RIDES_MAX + 1 };

struct bounds {
    struct plan_query *q;
    const struct network *n;
    const struct plan_served *at; /* the terminals of its services: bounds of others are not set */
    unsigned mode[2], modes;
    unsigned mask; /* of these modes */
    bool both;     /* the family must use both modes */
};

static const struct plan_bound bound_nothing = {INT64_MAX, INT64_MAX, INT64_MAX, 0};

static inline struct plan_bound *bound_at(const struct plan_query *q, int layer, uint32_t terminal, int slot)
{
    return &q->bound[((size_t)layer * SLOT_COUNT + (size_t)slot) * q->p->net->terminal_count + terminal];
}

static inline void bound_least(struct plan_bound *to, const struct plan_bound *x, int64_t s, int64_t money,
                               int64_t co2)
{
    if (x->s == INT64_MAX)
        return;
    to->s = x->s + s < to->s ? x->s + s : to->s;
    to->money_myuan = x->money_myuan + money < to->money_myuan ? x->money_myuan + money : to->money_myuan;
    to->co2_g = x->co2_g + co2 < to->co2_g ? x->co2_g + co2 : to->co2_g;
}

/* Would that be less in anything? */
static inline bool bound_may_lower(const struct plan_bound *to, const struct plan_bound *x, int64_t s,
                                   int64_t money, int64_t co2)
{
    return x->s != INT64_MAX &&
           (x->s + s < to->s || x->money_myuan + money < to->money_myuan || x->co2_g + co2 < to->co2_g);
}

/* The modes of a family. */
void bound_modes(struct bounds *b, struct plan_query *q, enum plan_family f);
/* The line below the tariff of a group's rides on these days. */
void bound_rates(struct plan_query *q, uint32_t group, int32_t first_day, int32_t last_day);
/* Both, of all groups of the modes. */
void bound_begin(struct bounds *b, struct plan_query *q, enum plan_family f, int32_t first_day,
                 int32_t last_day);
/* What a ride of mode[m] costs and emits at least; false: it takes no such load. */
static inline bool bound_ride(const struct bounds *b, unsigned m, const struct plan_edge *x,
                              int64_t *money_myuan, int64_t *co2_g)
{
    if (!plan_edge_least(b->q, x, money_myuan, co2_g))
        return false;
    if (b->mode[m] == MODE_AIR && !b->q->p->rides.group[x->group].dated && b->q->load.agreed == NULL) {
        struct plan_price p = plan_class_price(b->q, x->class, 0);
        *money_myuan = p.money_myuan;
        *co2_g = p.co2_g;
        return p.money_myuan >= 0;
    }
    return true;
}

#endif
