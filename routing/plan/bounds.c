/* bounds.c - the least time, money and CO2 from every state to the door, for one family.
 *
 * Computed backwards over the edges of the service graph, one round for each ride that a chain may still take
 * (a chain has few, so this is Bellman's recursion cut off, not a search): board[k] is what is left from
 * boarding a mode with k rides to go, bound[k] from standing at a terminal. Handling, cut-offs and running
 * times count, waiting does not; prices by a line below the tariff (rate_of). Each of the three is the least
 * by itself, so they may belong to different chains: a lower bound on each criterion is what pruning needs.
 *
 * The line below a tariff is right as long as what a ride costs is a sum of max(minimum, a + b x metres) over
 * its lines (bill.h): that is convex in the metres, and a convex function lies above the extension of any of
 * its secants. A tariff whose price per km falls with the distance would need another line here, as air's
 * has, where a heavier weight break may be cheaper: its rides are priced one by one. Storage is left out: it
 * only adds.
 */
#include "freight/calendar.h"
#include "freight/emission.h"
#include "plan/bounds_inside.h"

size_t plan_bound_room(const struct plan_network *p)
{
    return ((size_t)p->net->terminal_count + 1) * LAYERS * SLOT_COUNT;
}

size_t plan_board_room(const struct plan_network *p)
{
    return ((size_t)p->net->terminal_count + 1) * BOARDS;
}

/* Of the truck to the door after the last ride. */
static void deliver(const struct bounds *b, uint32_t t, unsigned mode, struct plan_bound *out)
{
    const struct plan_step *step = plan_step_at(b->q, t, mode, MODE_ROAD);
    static const struct plan_bound done = {0};
    if (step->p50_s < 0)
        return;
    if (b->n->terminal[t].node == b->q->request->to) {
        bound_least(out, &done, step->p50_s, step->money_myuan, step->co2_g);
        return;
    }
    for (int f = 0; f < PLAN_FORMS; f++) {
        const struct plan_haul *h = plan_haul_in(b->q, f, t);
        if (h->ok)
            bound_least(out, &done, step->p50_s + h->s, step->money_myuan + h->money_myuan,
                        step->co2_g + h->co2_g);
    }
}

/* From standing at t, come by `mode`, to boarding mode[m] with `both` used then. */
static void board(const struct bounds *b, uint32_t t, unsigned mode, unsigned m, bool both,
                  struct plan_bound *out)
{
    const struct plan_bound *x = &b->q->board[(size_t)t * BOARDS + m + (both ? 2 : 0)];
    if (x->s == INT64_MAX)
        return;
    const struct plan_step *step = plan_step_at(b->q, t, mode, b->mode[m]);
    if (step->p50_s >= 0)
        bound_least(out, x, step->p50_s + b->q->p->cutoff_min[t * MODE_COUNT + b->mode[m]] * INT64_C(60),
                    step->money_myuan, step->co2_g);
}

/* Boarding anything, having used `used` (0, 1: that mode; 2: both; 3: none). */
static void board_any(const struct bounds *b, uint32_t t, unsigned mode, unsigned used,
                      struct plan_bound *out)
{
    for (unsigned m = 0; m < b->modes; m++)
        board(b, t, mode, m, b->both && used != 3 && used != m, out);
}

/* What is left from boarding mode[m] at t; *both: with both modes used then. */
static void rides_from(const struct bounds *b, int layer, unsigned m, uint32_t t, struct plan_bound *one,
                       struct plan_bound *both)
{
    const struct plan_rides *r = &b->q->p->rides;
    const struct plan_bound *to = bound_at(b->q, layer - 1, 0, SLOT_RIDDEN + (int)m);
    const struct plan_bound *to_both = bound_at(b->q, layer - 1, 0, SLOT_RIDDEN + 2 + (int)m);
    const uint32_t *first = &r->out_first[b->mode[m] * b->n->terminal_count + t];
    struct plan_bound x = bound_nothing, y = bound_nothing; /* kept out of memory while they change */
    for (uint32_t i = first[0]; i < first[1]; i++) {
        const struct plan_edge *edge = &r->edge[i];
        bool there = to[edge->to].s != INT64_MAX, there_both = b->both && to_both[edge->to].s != INT64_MAX;
        int64_t money, co2;
        if ((!there && !there_both) || !bound_ride(b, m, edge, &money, &co2))
            continue;
        if (there)
            bound_least(&x, &to[edge->to], edge->least_s, money, co2);
        if (there_both)
            bound_least(&y, &to_both[edge->to], edge->least_s, money, co2);
    }
    *one = x;
    *both = y;
}

static void rides(const struct bounds *b, int layer)
{
    for (uint32_t i = 0; i < b->at->count; i++)
        for (unsigned m = 0; m < b->modes; m++) {
            uint32_t t = b->at->terminal[i];
            struct plan_bound *to = &b->q->board[(size_t)t * BOARDS + m];
            rides_from(b, layer, m, t, &to[0], &to[2]);
        }
}

static void shuttles(const struct bounds *b, int layer, uint32_t t, unsigned m, unsigned used,
                     struct plan_bound *out)
{
    const struct plan_network *p = b->q->p;
    const struct plan_step *step = plan_step_at(b->q, t, b->mode[m], MODE_ROAD);
    for (uint32_t i = p->shuttle_first[t]; step->p50_s >= 0 && i < p->shuttle_first[t + 1]; i++) {
        const struct plan_bound *x = bound_at(b->q, layer, p->shuttle[i].to, SLOT_SHUTTLED + (int)used);
        if (!(p->call_modes[p->shuttle[i].to] & b->mask) ||
            !bound_may_lower(out, x, step->p50_s, step->money_myuan, step->co2_g))
            continue;
        for (int f = 0; f < PLAN_FORMS; f++) {
            const struct plan_haul *h = plan_shuttle_haul(b->q, t, i, f);
            if (h->ok && h->length_m <= PLAN_SHUTTLE_MAX_M)
                bound_least(out, x, step->p50_s + h->s, step->money_myuan + h->money_myuan,
                            step->co2_g + h->co2_g);
        }
    }
}

/* From a terminal where a ride has ended, having used mode m or both. */
static void ridden(const struct bounds *b, int layer, uint32_t t, unsigned m, bool both)
{
    struct plan_bound *x = bound_at(b->q, layer, t, SLOT_RIDDEN + (int)(m + (both ? 2 : 0)));
    unsigned used = both ? 2 : m;
    *x = bound_nothing;
    if (!b->q->terminal_ok[t] || !(b->q->p->stop_modes[t] >> b->mode[m] & 1))
        return;
    if (!b->both || both)
        deliver(b, t, b->mode[m], x);
    if (layer == 0)
        return;
    board_any(b, t, b->mode[m], used, x);
    shuttles(b, layer, t, m, b->both ? used : 0, x);
}

/* With all rides to go cargo comes from the door, with fewer it has ridden, or come by a shuttle after that.
 */
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
            board_any(b, t, MODE_ROAD, 3, x);
    }
    if (layer == PLAN_RIDES_MAX)
        return;
    for (uint32_t i = 0; layer > 0 && i < count; i++)
        for (unsigned used = 0; used < (b->both ? 3u : 1u); used++) {
            uint32_t t = b->at->terminal[i];
            struct plan_bound *x = bound_at(q, layer, t, SLOT_SHUTTLED + (int)used);
            *x = bound_nothing;
            if (q->terminal_ok[t])
                board_any(b, t, MODE_ROAD, used, x);
        }
    for (uint32_t i = 0; i < count; i++)
        for (unsigned m = 0; m < b->modes; m++) {
            uint32_t t = b->at->terminal[i];
            ridden(b, layer, t, m, false);
            if (b->both)
                ridden(b, layer, t, m, true);
        }
}

/* The line below a group's tariff, of all days that count. */
void bound_rates(struct plan_query *q, uint32_t group, int32_t first_day, int32_t last_day)
{
    enum { NEAR_M = 50000000, FAR_M = 100000000, SLACK_MYUAN = 500 };
    const struct network *n = q->p->net;
    const struct net_service *s = &n->service[q->p->rides.group[group].service];
    struct plan_rate *r = &q->rate[group];
    bool dated = q->p->rides.group[group].dated || q->load.agreed != NULL;
    if (r->stamp == q->stamp && !dated)
        return;
    *r = (struct plan_rate){.stamp = q->stamp, .base_myuan = 1e18, .per_m_myuan = 1e18, .least_myuan = 1e18};
    struct emission far = emission_leg(&n->emission[s->emission], &q->load, FAR_M);
    r->g_per_m = (double)(far.wtw_g > 0 ? far.wtw_g - 1 : 0) / FAR_M * (1 - 1e-9);
    if (!plan_group_ok(q, group))
        return;
    for (int32_t day = first_day; day <= last_day; day = bill_next_change(n, s->tariff, &q->load, day)) {
        int64_t cost[3];
        bool known = true;
        for (int i = 0; i < 3; i++) {
            struct bill_ride ride = {.service = s,
                                     .distance_m = i == 0   ? 0
                                                   : i == 1 ? NEAR_M
                                                            : FAR_M,
                                     .day = day};
            q->bill.count = 0;
            q->bill.sum_myuan = 0;
            bool carried = bill_tariff(n, &ride, &q->load, &q->bill) || q->relax & RELAX_CARGO;
            if (i == 0 && !carried) {
                known = false;
                break;
            }
            cost[i] = carried ? q->bill.sum_myuan : cost[0];
        }
        if (!known)
            continue;
        double slope = (double)(cost[2] - cost[1]) / (FAR_M - NEAR_M) * (1 - 1e-12);
        double base = (double)cost[1] - slope * NEAR_M - SLACK_MYUAN;
        r->ok = true;
        r->least_myuan = (double)cost[0] < r->least_myuan ? (double)cost[0] : r->least_myuan;
        r->base_myuan = base < r->base_myuan ? base : r->base_myuan;
        r->per_m_myuan = slope < r->per_m_myuan ? slope : r->per_m_myuan;
        if (s->mode == MODE_AIR) { /* the cheaper of two weight breaks bends the line downwards */
            r->base_myuan = r->least_myuan;
            r->per_m_myuan = 0;
        }
        if (!dated)
            break;
    }
}

void bound_modes(struct bounds *b, struct plan_query *q, enum plan_family f)
{
    *b = (struct bounds){.q = q, .n = q->p->net, .at = plan_served_by(q->p, f), .mask = plan_main_modes(f)};
    for (unsigned m = 0; m < MODE_COUNT; m++)
        if (plan_main_modes(f) >> m & 1)
            b->mode[b->modes++] = m;
    b->both = b->modes == 2;
    q->bound_mode = (uint8_t)b->mode[0];
    q->bound_both = b->both;
}

void bound_begin(struct bounds *b, struct plan_query *q, enum plan_family f, int32_t first_day,
                 int32_t last_day)
{
    bound_modes(b, q, f);
    for (uint32_t g = 0; g < q->p->rides.group_count; g++)
        if (plan_main_modes(f) >> b->n->service[q->p->rides.group[g].service].mode & 1)
            bound_rates(q, g, first_day, last_day);
}

void plan_bounds(struct plan_query *q, enum plan_family f, int32_t first_day, int32_t last_day)
{
    struct bounds b;
    bound_begin(&b, q, f, first_day, last_day);
    for (int k = 0; k < LAYERS; k++)
        layer_of(&b, k);
}

const struct plan_bound *plan_bounds_of(const struct plan_query *q, const struct label *l)
{
    /* the floors of a search for one option know no layers */
    static const uint8_t modes[AT_STATE_COUNT] = {[AT_FROM_RAIL] = MODE_RAIL,
                                                  [AT_FROM_WATER] = MODE_WATER,
                                                  [AT_FROM_AIR] = MODE_AIR,
                                                  [AT_FROM_LINE_HAUL] = MODE_ROAD};
    int layer = PLAN_RIDES_MAX - l->rides, slot = SLOT_DOOR;
    bool both = q->bound_both && (l->used_modes & (l->used_modes - 1)) != 0;
    if (l->state == AT_SHUTTLED)
        slot = SLOT_SHUTTLED + (!q->bound_both ? 0 : both ? 2 : !(l->used_modes >> q->bound_mode & 1));
    else if (l->state != AT_FROM_DOOR)
        slot = SLOT_RIDDEN + (modes[l->state] != q->bound_mode) + (both ? 2 : 0);
    return q->single.by != SINGLE_NO ? plan_floor_bounds(q, slot) : bound_at(q, layer, 0, slot);
}
