/* backward.c - one family from the delivery to the latest pickups.
 *
 * The forward search turned round. A label is a demand: at a terminal, cargo must be ready to board a mode,
 * or to leave by truck, at the latest at an instant. It knows what everything after costs, the departure it
 * is for, and the latest pickup that the papers of its rides allow. Instants are kept as their negatives
 * (arrive_at is minus that instant), so that label.h's "not later, not dearer, not dirtier" is said of them
 * as it stands; a label's parent is what comes after it.
 *
 * Everything is FIFO backwards too: of a service the latest run that still arrives in time, and the last run
 * before each change of its tariff. A stay that costs storage makes earlier runs worth trying, as in chain.c.
 * Bounds towards the pickup prune as they do forward (bounds_back.c). */
#include "freight/calendar.h"
#include "plan/engine.h"

enum { LEAVE_BY_ROAD = MODE_COUNT, STOP_EVERY = 256, CHANGES_MAX = 64 };

struct work {
    struct plan_query *q;
    const struct network *n;
    unsigned main_modes;
    int32_t first_day, last_day;
    bool full;
};

static void ride_earlier(struct work *w, uint32_t i, const struct label *beaten);

static unsigned means_of(const struct label *l) /* the mode that the cargo is handed to */
{
    return l->state == LEAVE_BY_ROAD ? MODE_ROAD : l->state;
}

/* Can nothing that the front lacks come of it? *key: the least it will cost. */
static bool useless(const struct work *w, const struct label *l, int64_t *key)
{
    struct plan_query *q = w->q;
    const struct plan_bound *left = &plan_back_bounds_of(q, l)[l->terminal];
    if (left->s == INT64_MAX)
        return true;
    int64_t ready_by = -l->arrive_at - left->s,
            papers_by = l->papers_at == INT64_MIN ? INT64_MAX : -l->papers_at;
    int64_t pickup = ready_by < papers_by ? ready_by : papers_by, co2_g = l->co2_g + left->co2_g;
    *key = l->money_myuan + left->money_myuan + plan_co2_myuan(q->request, co2_g);
    return pickup < q->request->ready_at || label_hopeless(&q->pool, -pickup, *key, co2_g);
}

/* The latest run of the service that reaches a stop by an instant, not after `last`; CAL_NO_DAY: none. */
static int32_t run_before(const struct work *w, const struct net_service *s, const struct net_stop *stop,
                          int64_t by, int32_t last)
{
    int32_t day = cal_local_day(w->n, by - ((int64_t)s->depart_min + stop->arrive_min) * 60);
    for (day = day < last ? day : last; day >= w->first_day; day--)
        if (cal_runs(w->n, s, day))
            return day;
    return CAL_NO_DAY;
}

/* What the stay between an arrival and the departure that a label is for costs. */
static int64_t stay_cost(struct work *w, const struct label *l, int64_t arrive_at)
{
    if (w->n->storage_count == 0 || l->state == LEAVE_BY_ROAD)
        return 0;
    const struct net_stop *stop = &w->n->stop[l->from_stop];
    int64_t leave = cal_departure(w->n, &w->n->service[stop->service], l->day, stop);
    if (leave - arrive_at <= plan_stay_of(w->q, l->terminal)->free_s)
        return 0;
    return plan_stay_myuan(w->q, l->terminal, leave - arrive_at);
}

/* The most that rides before a label may pay for their stay. */
static int64_t most_stay(struct work *w, const struct label *l)
{
    struct plan_query *q = w->q;
    const struct plan_rides *r = &q->p->rides;
    int64_t most = 0;
    for (unsigned mode = 0; mode < MODE_COUNT; mode++) {
        const struct plan_step *step = plan_step_at(q, l->terminal, mode, means_of(l));
        uint32_t k = l->terminal * MODE_COUNT + mode;
        if (!(w->main_modes >> mode & 1) || step->p50_s < 0)
            continue;
        for (uint32_t i = r->land_first[k]; i < r->land_first[k + 1]; i++) {
            const struct net_stop *stop = &w->n->stop[r->land[i]];
            const struct net_service *s = &w->n->service[stop->service];
            int64_t by = -l->arrive_at - step->p50_s;
            int32_t day = run_before(w, s, stop, by, w->last_day);
            while (day != CAL_NO_DAY) {
                int64_t cost = stay_cost(w, l, cal_arrival(w->n, s, day, stop));
                most = cost > most ? cost : most;
                if (!r->group[r->class[r->class_of[r->first[s->stop_first]]].group].dated &&
                    q->load.agreed == NULL)
                    break;
                day = run_before(w, s, stop, by, day - 1); /* each day: more than need be */
            }
        }
    }
    return most;
}

static void put(struct work *w, struct label *l)
{
    struct plan_query *q = w->q;
    int64_t key, day_myuan = 0;
    if (l->papers_at < l->arrive_at) /* no pickup is later than the label itself */
        l->papers_at = l->arrive_at;
    if (useless(w, l, &key))
        return;
    l->stay_myuan = 0;
    if (w->n->storage_count > 0 && l->kind == LABEL_RIDE && l->rides < PLAN_RIDES_MAX) {
        day_myuan = plan_stay_of(q, l->terminal)->myuan_per_day;
        l->stay_myuan = day_myuan > 0 ? most_stay(w, l) : 0;
    }
    struct label mine = *l;
    switch (label_put(&q->pool, l, day_myuan)) {
    case LABEL_ADDED:
        plan_queue_push(q, key, q->pool.count - 1);
        break;
    case LABEL_POOL_FULL:
        w->full = true;
        break;
    case LABEL_TIED:
        if (!l->later && l->stay_myuan > 0)
            ride_earlier(w, NET_NONE, l);
        if (mine.stay_myuan > 0)
            ride_earlier(w, NET_NONE, &mine);
        break;
    case LABEL_BEATEN_NOW:
        if (l->stay_myuan > 0)
            ride_earlier(w, NET_NONE, l);
        break;
    default:
        break;
    }
}

static void pick_up(struct work *w, struct label *l, int64_t at)
{
    struct plan_query *q = w->q;
    l->arrive_at = -at > l->papers_at ? -at : l->papers_at;
    l->kind = LABEL_DELIVERED;
    if (-l->arrive_at >= q->request->ready_at &&
        label_deliver(&q->pool, l, plan_total_myuan(q, l)) == LABEL_POOL_FULL)
        w->full = true;
}

/* From the terminal by truck to the door, in the end. */
static void last_truck(struct work *w, uint32_t terminal)
{
    struct plan_query *q = w->q;
    const struct net_terminal *t = &w->n->terminal[terminal];
    struct label l = {.kind = LABEL_DELIVERED,
                      .state = LEAVE_BY_ROAD,
                      .terminal = terminal,
                      .parent = NET_NONE,
                      .form = LABEL_NO_TRUCK,
                      .papers_at = INT64_MIN};
    bool here = t->node == q->request->to;
    if (!q->terminal_ok[terminal] || !(q->p->stop_modes[terminal] & w->main_modes))
        return;
    for (uint8_t f = 0; f < (here ? 1 : PLAN_FORMS); f++) {
        const struct plan_haul *h = plan_haul_in(q, f, terminal);
        struct label x = l;
        if (!here && ((f > 0 && plan_same_haul(h, plan_haul_in(q, 0, terminal))) || !plan_add_haul(q, h, &x)))
            continue;
        x.form = here ? LABEL_NO_TRUCK : f;
        int64_t leave = plan_last_open(w->n, t->hours, q->request->deliver_by - (here ? 0 : h->s));
        if (leave == CAL_NEVER)
            continue;
        x.arrive_at = -leave;
        put(w, &x);
    }
}

/* A run of a service that brings cargo for label i, boarded at an earlier stop. */
static bool ride_run(struct work *w, uint32_t i, uint32_t from_stop, uint32_t to_stop, int32_t day)
{
    struct plan_query *q = w->q;
    struct label l = q->pool.label[i];
    const struct net_stop *from = &w->n->stop[from_stop], *to = &w->n->stop[to_stop];
    const struct net_service *s = &w->n->service[from->service];
    const struct plan_step *step = plan_step_at(q, l.terminal, s->mode, means_of(&l));
    uint32_t k = from->terminal * MODE_COUNT + s->mode;
    int64_t stay = stay_cost(w, &l, cal_arrival(w->n, s, day, to));
    if (!q->terminal_ok[from->terminal])
        return false;
    struct plan_price price = plan_ride_price(q, from_stop, to_stop, day);
    if (price.money_myuan < 0)
        return false;
    int64_t leave = cal_departure(w->n, s, day, from);
    int64_t papers = -(leave - (int64_t)q->p->document_min[k] * 60);
    l.money_myuan += step->money_myuan + price.money_myuan + stay;
    l.co2_g += step->co2_g + price.co2_g;
    l.parent = i;
    l.kind = LABEL_RIDE;
    l.state = s->mode;
    l.form = LABEL_NO_TRUCK;
    l.used_modes |= (uint8_t)(1u << s->mode);
    l.rides++;
    l.later = false;
    l.terminal = from->terminal;
    l.from_stop = from_stop;
    l.to_stop = to_stop;
    l.day = day;
    l.arrive_at = -(leave - (int64_t)q->p->cutoff_min[k] * 60);
    l.papers_at = papers > l.papers_at ? papers : l.papers_at;
    put(w, &l);
    return stay > 0;
}

/* The run before the one that a label boards: what comes for it stays for a shorter time. */
static void ride_earlier(struct work *w, uint32_t i, const struct label *beaten)
{
    struct plan_query *q = w->q;
    const struct label l = *beaten;
    if (l.kind != LABEL_RIDE || (i != NET_NONE && q->pool.label[i].later))
        return;
    if (i != NET_NONE)
        q->pool.label[i].later = true;
    const struct net_service *s = &w->n->service[w->n->stop[l.from_stop].service];
    int32_t day = l.day - 1;
    while (day >= w->first_day && !cal_runs(w->n, s, day))
        day--;
    if (day < w->first_day)
        return;
    if (ride_run(w, l.parent, l.from_stop, l.to_stop, day)) {
        struct label next = q->pool.label[l.parent];
        ride_earlier(w, l.parent, &next);
    }
}

/* Changes of a tariff up to a day, the last one first. */
static uint32_t changes_before(const struct work *w, const struct net_service *s, int32_t day,
                               int32_t change[CHANGES_MAX])
{
    uint32_t count = 0;
    int32_t at = w->first_day - 1;
    while ((at = bill_next_change(w->n, s->tariff, &w->q->load, at)) <= day && count < CHANGES_MAX)
        change[count++] = at;
    return count;
}

static void ride(struct work *w, uint32_t i, uint32_t to_stop, int64_t by)
{
    const struct net_stop *to = &w->n->stop[to_stop];
    const struct net_service *s = &w->n->service[to->service];
    int32_t change[CHANGES_MAX], day = run_before(w, s, to, by, w->last_day);
    bool pays = false;
    if (!plan_service_ok(w->q, to->service) || day == CAL_NO_DAY)
        return;
    uint32_t changes = changes_before(w, s, day, change);
    for (;;) {
        for (uint32_t k = s->stop_first; k < to_stop; k++)
            if (plan_goes_on(w->q, w->n->stop[k].terminal, to->terminal))
                pays = ride_run(w, i, k, to_stop, day) || pays;
        while (changes > 0 && change[changes - 1] > day)
            changes--;
        if (changes == 0 || (day = run_before(w, s, to, by, change[--changes] - 1)) == CAL_NO_DAY)
            break;
    }
    if (pays) {
        struct label l = w->q->pool.label[i];
        ride_earlier(w, i, &l);
    }
}

/* The shuttles that lead to where a label boards. */
static void shuttle(struct work *w, uint32_t i, int64_t gate_by)
{
    struct plan_query *q = w->q;
    const struct plan_network *p = q->p;
    const struct label at = q->pool.label[i];
    const struct plan_step *step = plan_step_at(q, at.terminal, MODE_ROAD, means_of(&at));
    for (uint32_t k = p->back_first[at.terminal]; k < p->back_first[at.terminal + 1]; k++) {
        uint32_t from = p->back_from[k], row = p->back[k];
        if (!q->terminal_ok[from] || !(p->stop_modes[from] & w->main_modes))
            continue;
        for (uint8_t f = 0; f < PLAN_FORMS; f++) {
            const struct plan_haul *h = plan_shuttle_haul(q, from, row, f);
            struct label l = at;
            if (h->length_m > PLAN_SHUTTLE_MAX_M || (f > 0 && plan_same_haul(h, h - 1)) ||
                !plan_add_haul(q, h, &l))
                continue;
            int64_t leave = plan_last_open(w->n, w->n->terminal[from].hours, gate_by - h->s);
            if (leave == CAL_NEVER)
                continue;
            l.kind = LABEL_SHUTTLE;
            l.state = LEAVE_BY_ROAD;
            l.parent = i;
            l.form = f;
            l.terminal = from;
            l.money_myuan += step->money_myuan;
            l.co2_g += step->co2_g;
            l.arrive_at = -leave;
            put(w, &l);
        }
    }
}

/* From the door, and what a truck brings. */
static void by_truck(struct work *w, uint32_t i)
{
    struct plan_query *q = w->q;
    const struct label at = q->pool.label[i];
    const struct net_terminal *t = &w->n->terminal[at.terminal];
    const struct plan_step *step = plan_step_at(q, at.terminal, MODE_ROAD, means_of(&at));
    if (step->p50_s < 0)
        return;
    int64_t gate_by = plan_last_open(w->n, t->hours, -at.arrive_at - step->p50_s);
    if (gate_by == CAL_NEVER)
        return;
    struct label l = at;
    l.parent = i;
    l.money_myuan += step->money_myuan;
    l.co2_g += step->co2_g;
    l.form = LABEL_NO_TRUCK;
    bool here = t->node == q->request->from, done = (at.used_modes & w->main_modes) == w->main_modes;
    if (done && here)
        pick_up(w, &l, gate_by);
    for (uint8_t f = 0; done && !here && f < PLAN_FORMS; f++) {
        const struct plan_haul *h = plan_haul_out(q, f, at.terminal);
        struct label x = l;
        x.form = f;
        if (plan_add_haul(q, h, &x))
            pick_up(w, &x, gate_by - h->s);
    }
    if (at.rides < PLAN_RIDES_MAX)
        shuttle(w, i, gate_by);
}

static void expand(struct work *w, uint32_t i)
{
    struct plan_query *q = w->q;
    const struct plan_rides *r = &q->p->rides;
    const struct label at = q->pool.label[i];
    int64_t key;
    if (useless(w, &at, &key))
        return;
    if (at.dead != LABEL_ALIVE) {
        if (at.dead == LABEL_DEAD_NOW && at.stay_myuan > 0)
            ride_earlier(w, i, &at);
        return;
    }
    if (at.kind == LABEL_RIDE)
        by_truck(w, i);
    for (unsigned mode = 0; at.rides < PLAN_RIDES_MAX && mode < MODE_COUNT; mode++) {
        const struct plan_step *step = plan_step_at(q, at.terminal, mode, means_of(&at));
        uint32_t k = at.terminal * MODE_COUNT + mode;
        if (!(w->main_modes >> mode & 1) || step->p50_s < 0)
            continue;
        for (uint32_t j = r->land_first[k]; j < r->land_first[k + 1]; j++)
            ride(w, i, r->land[j], -at.arrive_at - step->p50_s);
    }
}

static void direct(struct work *w)
{
    struct plan_query *q = w->q;
    for (uint8_t f = 0; f < PLAN_FORMS; f++) {
        struct plan_haul h;
        struct label l = {.parent = NET_NONE, .terminal = NET_NONE, .form = f, .papers_at = INT64_MIN};
        if (!plan_haul(q, &q->direct[f], &h))
            continue;
        l.money_myuan = h.money_myuan;
        l.co2_g = h.co2_g;
        pick_up(w, &l, q->request->deliver_by - h.s);
    }
}

bool plan_label_backward(struct plan_query *q, enum plan_family f, struct err *e)
{
    int32_t today = cal_local_day(q->p->net, q->request->deliver_by);
    struct work w = {.q = q,
                     .n = q->p->net,
                     .main_modes = plan_main_modes(f),
                     .first_day = today - PLAN_HORIZON_DAYS,
                     .last_day = today};
    label_pool_clear_sets(&q->pool);
    q->late_at = CAL_NEVER;
    q->heap_count = 0;
    plan_back_bounds(q, f, w.first_day, w.last_day);
    if (f == FAMILY_ROAD)
        direct(&w);
    const struct plan_served *at = plan_served_by(q->p, f);
    for (uint32_t i = 0; i < at->count; i++)
        last_truck(&w, at->terminal[i]);
    while (q->heap_count > 0 && !w.full) {
        if (q->stop != NULL && ++q->ticks % STOP_EVERY == 0 && q->stop(q->stop_ctx))
            return fail(e, ERR_DEADLINE_EXCEEDED,
                        "the deadline of the request passed while chains were searched");
        expand(&w, plan_queue_pop(q));
    }
    if (w.full)
        return fail(e, ERR_RESOURCE_EXHAUSTED,
                    "the question needs more than %d partial chains; ask for fewer families", LABELS_MAX);
    return true;
}
