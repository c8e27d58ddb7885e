/* bounds_back.c - the same as bounds.c from the door of the pickup: the least time, money and CO2 from there
 * to where a backward label's demand is met (backward.c), with as many rides as are still left.
 *
 * Slots of a terminal: SLOT_RIDDEN + mode + 2 when both modes will be used: to board that mode; SLOT_DOOR: to
 * leave by truck for the door; SLOT_SHUTTLED + what is used after it: to leave by a shuttle. board[] holds
 * what a ride that ends at a terminal costs from the pickup on. */
#include "plan/bounds_inside.h"

static bool both_with(unsigned used, unsigned mode) /* used: 0, 1: that mode; 2: both; 3: none */
{
    return used == 2 || (used != 3 && used != mode);
}

static void rides(const struct bounds *b, int layer)
{
    struct plan_query *q = b->q;
    const struct plan_rides *r = &q->p->rides;
    for (uint32_t i = 0; i < b->at->count; i++)
        for (int k = 0; k < BOARDS; k++)
            q->board[(size_t)b->at->terminal[i] * BOARDS + (size_t)k] = bound_nothing;
    for (unsigned m = 0; m < b->modes; m++)
        for (uint32_t i = r->edge_first[b->mode[m]]; i < r->edge_first[b->mode[m] + 1]; i++) {
            const struct plan_edge *x = &r->edge[i];
            const struct plan_bound *from = bound_at(q, layer - 1, x->from, SLOT_RIDDEN + (int)m);
            const struct plan_bound *from_both = bound_at(q, layer - 1, x->from, SLOT_RIDDEN + 2 + (int)m);
            struct plan_bound *to = &q->board[(size_t)x->to * BOARDS + m];
            int64_t money, co2;
            if ((from->s == INT64_MAX && (!b->both || from_both->s == INT64_MAX)) ||
                !bound_ride(b, m, x, &money, &co2))
                continue;
            int64_t s = x->least_s + q->p->cutoff_min[x->from * MODE_COUNT + b->mode[m]] * INT64_C(60);
            bound_least(&to[0], from, s, money, co2);
            if (b->both)
                bound_least(&to[2], from_both, s, money, co2);
        }
}

/* A ride has brought the cargo, which is handed to `means`. */
static void by_ride(const struct bounds *b, uint32_t t, unsigned means, unsigned used, struct plan_bound *out)
{
    for (unsigned m = 0; m < b->modes; m++) {
        const struct plan_bound *x =
            &b->q->board[(size_t)t * BOARDS + m + (b->both && both_with(used, m) ? 2 : 0)];
        if (x->s == INT64_MAX)
            continue;
        const struct plan_step *step = plan_step_at(b->q, t, b->mode[m], means);
        if (step->p50_s >= 0)
            bound_least(out, x, step->p50_s, step->money_myuan, step->co2_g);
    }
}

/* A truck has brought it: from the door when nothing is missing before, or from another terminal. */
static void by_truck(const struct bounds *b, int layer, uint32_t t, unsigned m, unsigned used,
                     struct plan_bound *out)
{
    static const struct plan_bound start = {0};
    const struct plan_network *p = b->q->p;
    const struct plan_step *step = plan_step_at(b->q, t, MODE_ROAD, b->mode[m]);
    bool here = b->n->terminal[t].node == b->q->request->from, done = !b->both || used == 2;
    if (step->p50_s < 0)
        return;
    if (here && done)
        bound_least(out, &start, step->p50_s, step->money_myuan, step->co2_g);
    for (int f = 0; !here && done && f < PLAN_FORMS; f++) {
        const struct plan_haul *h = plan_haul_out(b->q, f, t);
        if (h->ok)
            bound_least(out, &start, step->p50_s + h->s, step->money_myuan + h->money_myuan,
                        step->co2_g + h->co2_g);
    }
    for (uint32_t i = p->back_first[t]; layer > 0 && i < p->back_first[t + 1]; i++) {
        const struct plan_bound *x =
            bound_at(b->q, layer, p->back_from[i], SLOT_SHUTTLED + (int)(b->both ? used : 0));
        if (!(p->stop_modes[p->back_from[i]] & b->mask) ||
            !bound_may_lower(out, x, step->p50_s, step->money_myuan, step->co2_g))
            continue;
        for (int f = 0; f < PLAN_FORMS; f++) {
            const struct plan_haul *h = plan_shuttle_haul(b->q, p->back_from[i], p->back[i], f);
            if (h->ok && h->length_m <= PLAN_SHUTTLE_MAX_M)
                bound_least(out, x, step->p50_s + h->s, step->money_myuan + h->money_myuan,
                            step->co2_g + h->co2_g);
        }
    }
}

static void layer_of(const struct bounds *b, int layer)
{
    struct plan_query *q = b->q;
    uint32_t count = b->at->count;
    if (layer > 0)
        rides(b, layer);
    for (uint32_t i = 0; layer == PLAN_RIDES_MAX && i < count; i++) {
        uint32_t t = b->at->terminal[i];
        struct plan_bound *x = bound_at(q, layer, t, SLOT_DOOR);
        *x = bound_nothing;
        if (q->terminal_ok[t])
            by_ride(b, t, MODE_ROAD, 3, x);
    }
    if (layer == PLAN_RIDES_MAX)
        return;
    for (uint32_t i = 0; layer > 0 && i < count; i++)
        for (unsigned used = 0; used < (b->both ? 3u : 1u); used++) {
            uint32_t t = b->at->terminal[i];
            struct plan_bound *x = bound_at(q, layer, t, SLOT_SHUTTLED + (int)used);
            *x = bound_nothing;
            if (q->terminal_ok[t])
                by_ride(b, t, MODE_ROAD, used, x);
        }
    for (uint32_t i = 0; i < count; i++)
        for (unsigned m = 0; m < b->modes; m++)
            for (unsigned both = 0; both < (b->both ? 2u : 1u); both++) {
                uint32_t t = b->at->terminal[i];
                struct plan_bound *x = bound_at(q, layer, t, SLOT_RIDDEN + (int)(m + both * 2));
                *x = bound_nothing;
                if (!q->terminal_ok[t] || !(q->p->call_modes[t] >> b->mode[m] & 1))
                    continue;
                if (layer > 0)
                    by_ride(b, t, b->mode[m], both ? 2 : m, x);
                by_truck(b, layer, t, m, both ? 2 : m, x);
            }
}

void plan_back_bounds(struct plan_query *q, enum plan_family f, int32_t first_day, int32_t last_day)
{
    struct bounds b;
    bound_begin(&b, q, f, first_day, last_day);
    for (int k = 0; k < LAYERS; k++)
        layer_of(&b, k);
}

const struct plan_bound *plan_back_bounds_of(const struct plan_query *q, const struct label *l)
{
    int slot, layer = PLAN_RIDES_MAX - l->rides;
    bool both = q->bound_both && (l->used_modes & (l->used_modes - 1)) != 0;
    unsigned second = q->bound_both && !(l->used_modes >> q->bound_mode & 1); /* the mode used, if one */
    if (l->kind == LABEL_RIDE) /* boards the mode of its state */
        slot = SLOT_RIDDEN + (q->bound_both && l->state != q->bound_mode) + (both ? 2 : 0);
    else if (l->used_modes == 0)
        slot = SLOT_DOOR;
    else
        slot = SLOT_SHUTTLED + (both ? 2 : (int)second);
    return bound_at(q, layer, 0, slot);
}
