/* chain.c - one family: labels over all legal chains.
 *
 * Labels are taken by the least total of what may become of them (bounds.c): the cheapest delivery comes
 * first, and from then on only what may be earlier or cleaner than the deliveries so far goes on. That is
 * label correcting (Martins 1984) with lower bounds to the target (as in Delling, Pajor, Werneck 2012): exact
 * whatever the order, and with at most PLAN_RIDES_MAX rides it ends. chain_ride.c makes the rides. */
#include "freight/calendar.h"
#include "plan/chain_inside.h"

enum {
    FORM_OPEN = 0xfe, /* of a seed whose truck has not been asked for */
};

unsigned plan_main_modes(enum plan_family f)
{
    static const unsigned modes[FAMILY_COUNT] = {[FAMILY_ROAD] = 1u << MODE_ROAD,
                                                 [FAMILY_RAIL_ROAD] = 1u << MODE_RAIL,
                                                 [FAMILY_AIR_ROAD] = 1u << MODE_AIR,
                                                 [FAMILY_RAIL_WATER] = 1u << MODE_RAIL | 1u << MODE_WATER,
                                                 [FAMILY_ROAD_WATER] = 1u << MODE_WATER};
    return modes[f];
}

unsigned plan_must_modes(enum plan_family f)
{
    return plan_main_modes(f); /* every main mode of a family must be ridden at least once */
}

int64_t plan_total_myuan(const struct plan_query *q, const struct label *l)
{
    return l->money_myuan + (q->bare ? 0 : plan_holding_myuan(q->request, l->arrive_at)) +
           plan_co2_myuan(q->request, l->co2_g);
}

/* Can nothing that the front lacks come of a label that arrives, costs and emits this, with the least that is
 * left? *key is the least total. What is past the deadline goes on only to say how late it would be. */
bool chain_useless(const struct chain *w, const struct label *l, const struct plan_bound *left, int64_t *key)
{
    struct plan_query *q = w->q;
    if (left->s == INT64_MAX)
        return true;
    int64_t arrive_at = l->arrive_at + left->s, co2_g = l->co2_g + left->co2_g;
    if (q->request->deliver_by != 0 && arrive_at > q->request->deliver_by &&
        (q->single.by != SINGLE_NO || q->pool.front_count > 0 || arrive_at >= q->late_at))
        return true;
    int64_t total_myuan = chain_least_total(q, arrive_at, l->money_myuan + left->money_myuan, co2_g);
    if (left->truck_m > 0 && (uint64_t)l->truck_m + left->truck_m >= q->truck_limit_m)
        return true;
    *key = q->single.by == SINGLE_EARLIEST ? arrive_at : total_myuan;
    return *key > q->single.limit || label_hopeless(&q->pool, arrive_at, total_myuan, co2_g);
}

struct label_cut chain_cut(const struct chain *w, const struct label *l)
{
    const struct plan_query *q = w->q;
    const struct plan_bound *left = plan_bound_of(q, l);
    int64_t arrive_at = l->arrive_at + left->s, co2_g = l->co2_g + left->co2_g;
    int64_t total = chain_least_total(q, arrive_at, l->money_myuan + left->money_myuan, co2_g);
    struct label_cut cut = label_cut(&q->pool, arrive_at, total, co2_g);
    int64_t *limit = q->single.by == SINGLE_EARLIEST ? &cut.arrive_at : &cut.total_myuan;
    if (q->single.limit < *limit) /* as good as the best is still of use */
        *limit = q->single.limit + 1;
    return cut;
}

void chain_put(struct chain *w, struct label *l, const struct plan_bound *left)
{
    int64_t key, day_myuan = 0;
    if (chain_useless(w, l, left, &key) || (w->q->lazy && !plan_ready(w->q, l->terminal)))
        return;
    l->stay_myuan = 0;
    if (w->n->storage_count > 0 && l->kind != LABEL_ORIGIN && l->rides < PLAN_RIDES_MAX) {
        day_myuan = plan_stay_of(w->q, l->terminal)->myuan_per_day;
        l->stay_myuan = day_myuan > 0 ? LABEL_STAY_OPEN : 0;
    }
    struct label mine = *l;
    switch (label_put(&w->q->pool, l, day_myuan)) {
    case LABEL_ADDED:
        plan_queue_push(w->q, key, w->q->pool.count - 1);
        break;
    case LABEL_POOL_FULL:
        w->full = true;
        break;
    case LABEL_TIED:
        if (!l->later && label_stay(&w->q->pool, l) > 0)
            chain_ride_later(w, l);
        if (label_stay(&w->q->pool, &mine) > 0)
            chain_ride_later(w, &mine);
        break;
    case LABEL_BEATEN_NOW:
        if (label_stay(&w->q->pool, l) > 0)
            chain_ride_later(w, l);
        break;
    default:
        break;
    }
}

static void push_seed(struct plan_query *q, const struct label *l, int64_t key)
{
    q->seed[q->seed_count] = *l;
    plan_queue_push(q, key, PLAN_SEED + q->seed_count++);
}

/* Cargo at a terminal that came by truck, by both forms. */
static void come_by_truck(struct chain *w, const struct label *origin)
{
    struct plan_query *q = w->q;
    struct label l = *origin;
    uint32_t terminal = l.terminal;
    const struct net_terminal *t = &w->n->terminal[terminal];
    bool here = t->node == q->request->from;
    for (uint8_t f = 0; f < PLAN_FORMS; f++) {
        const struct plan_haul *h = plan_haul_out(q, f, terminal);
        struct label x = l;
        int64_t key;
        x.form = here ? LABEL_NO_TRUCK : f;
        if (f > 0 && (here || plan_same_haul(h, plan_haul_out(q, 0, terminal))))
            continue;
        if (!here && !plan_add_haul(q, h, &x))
            continue;
        x.arrive_at = cal_next_open(w->n, t->hours, q->request->ready_at + (here ? 0 : h->s));
        if (x.arrive_at == CAL_NEVER || chain_useless(w, &x, plan_bound_of(q, &x), &key))
            continue;
        push_seed(q, &x, key);
    }
}

static void seed(struct chain *w, uint32_t terminal)
{
    struct plan_query *q = w->q;
    struct label l = {.kind = LABEL_ORIGIN, .state = AT_FROM_DOOR, .terminal = terminal, .parent = NET_NONE};
    if (!(q->p->call_modes[terminal] & w->main_modes) || plan_bound_of(q, &l)->s == INT64_MAX ||
        !plan_ready(q, terminal))
        return;
    if (q->single.by == SINGLE_NO) {
        come_by_truck(w, &l);
        return;
    }
    /* the truck is asked for when the terminal's turn comes */
    struct plan_bound leg = plan_floor_out(q, terminal);
    struct label x = l;
    int64_t key;
    if (leg.s == INT64_MAX)
        return;
    x.arrive_at = q->request->ready_at + leg.s;
    x.money_myuan = leg.money_myuan;
    x.truck_m = leg.truck_m;
    x.form = FORM_OPEN;
    if (!chain_useless(w, &x, plan_bound_of(q, &x), &key))
        push_seed(q, &x, key);
}

static void deliver_label(struct chain *w, const struct label *l)
{
    struct plan_query *q = w->q;
    if (q->request->deliver_by != 0 && l->arrive_at > q->request->deliver_by) {
        if (l->arrive_at < q->late_at)
            q->late_at = l->arrive_at;
        return;
    }
    int64_t total_myuan = plan_total_myuan(q, l);
    enum label_outcome o = label_deliver(&q->pool, l, total_myuan);
    w->full = w->full || o == LABEL_POOL_FULL;
    if (q->single.by != SINGLE_NO && o == LABEL_ADDED)
        plan_single_take(q, w->family, total_myuan);
}

static void deliver(struct chain *w, uint32_t from)
{
    struct plan_query *q = w->q;
    struct label at = q->pool.label[from];
    const struct net_terminal *t = &w->n->terminal[at.terminal];
    const struct plan_step *step = plan_step_at(q, at.terminal, plan_mode_of_state(at.state), MODE_ROAD);
    if (step->p50_s < 0)
        return;
    int64_t leave = cal_next_open(w->n, t->hours, at.arrive_at + step->p50_s);
    if (leave == CAL_NEVER)
        return;
    at.kind = LABEL_DELIVERED;
    at.parent = from;
    at.money_myuan += step->money_myuan;
    at.co2_g += step->co2_g;
    at.arrive_at = leave;
    at.form = LABEL_NO_TRUCK;
    if (t->node == q->request->to) {
        deliver_label(w, &at);
        return;
    }
    for (uint8_t f = 0; f < PLAN_FORMS; f++) {
        const struct plan_haul *h = plan_haul_in(q, f, at.terminal);
        struct label l = at;
        if (!plan_add_haul(q, h, &l))
            continue;
        l.form = f;
        l.arrive_at = leave + h->s;
        deliver_label(w, &l);
    }
}

bool plan_direct_label(struct plan_query *q, unsigned form, struct label *out)
{
    struct plan_haul h;
    *out = (struct label){
        .kind = LABEL_DELIVERED, .parent = NET_NONE, .form = (uint8_t)form, .terminal = NET_NONE};
    if (!plan_haul(q, &q->direct[form], &h))
        return false;
    out->money_myuan = h.money_myuan;
    out->co2_g = h.co2_g;
    out->arrive_at = q->request->ready_at + h.s;
    return true;
}

/* A truck from door to door. */
static void drive_direct(struct chain *w)
{
    struct label l;
    for (unsigned f = 0; f < PLAN_FORMS; f++)
        if (plan_direct_label(w->q, f, &l))
            deliver_label(w, &l);
}

static void expand(struct chain *w, uint32_t i)
{
    struct plan_query *q = w->q;
    const struct label at = q->pool.label[i];
    bool ridden = at.kind == LABEL_RIDE;
    if (ridden && (at.used_modes & w->must_modes) == w->must_modes)
        deliver(w, i);
    if (at.rides == PLAN_RIDES_MAX)
        return;
    const struct label_cut cut = chain_cut(w, &at);
    for (unsigned mode = 0; mode < MODE_COUNT; mode++)
        chain_board(w, i, mode, &cut);
    if (ridden)
        chain_shuttle(w, i);
}

static void take(struct chain *w, uint32_t what)
{
    struct plan_query *q = w->q;
    struct label_pool *p = &q->pool;
    const struct label *l = what >= PLAN_SEED ? &q->seed[what - PLAN_SEED] : &p->label[what];
    int64_t key;
    if (chain_useless(w, l, plan_bound_of(q, l), &key))
        return;
    if (what >= PLAN_SEED && l->form == FORM_OPEN) {
        struct label origin = {
            .kind = l->kind, .state = l->state, .terminal = l->terminal, .parent = NET_NONE};
        come_by_truck(w, &origin);
        return;
    }
    if (l->dead != LABEL_ALIVE) {
        if (l->dead == LABEL_DEAD_NOW && label_stay(p, &p->label[what]) > 0)
            chain_come_later(w, what);
        return;
    }
    if (what >= PLAN_SEED) {
        struct label seeded = *l;
        enum label_outcome o = label_put(p, &seeded, 0);
        w->full = w->full || o == LABEL_POOL_FULL;
        if (o != LABEL_ADDED)
            return;
        what = p->count - 1;
    }
    expand(w, what);
}

/* Rates of what is rounded in the totals, a little below. */
void plan_set_rates(struct plan_query *q)
{
    const struct plan_request *r = q->request;
    const double year_s = 365.0 * 86400, less = 1 - 1e-9;
    q->co2_myuan_per_g = (double)r->co2_price_myuan_per_t / 1e6 * less;
    q->holding_myuan_per_s = ((double)r->cargo.value_yuan * PLAN_HOLDING_PERMILLE_PER_YEAR / year_s +
                              (double)r->value_of_time_myuan_per_t_h * (double)r->cargo.mass_kg / 3.6e6) *
                             less;
    if (q->bare)
        q->holding_myuan_per_s = 0;
}

/* The bounds of the family, and cargo at the terminals where its chains begin; false: none is of any use. */
static bool begin(struct chain *w, bool hopeful)
{
    struct plan_query *q = w->q;
    const uint32_t *at = plan_served_by(q->p, w->family)->terminal;
    uint32_t count = plan_served_by(q->p, w->family)->count;
    if (q->single.by == SINGLE_NO) {
        plan_bounds(q, w->family, w->last_day - PLAN_HORIZON_DAYS - PLAN_TRIP_DAYS, w->last_day);
    } else {
        if (!plan_floors_of(q, w->family, hopeful))
            return false;
        at = plan_floor_near(q, &count);
    }
    for (uint32_t i = 0; i < count; i++)
        seed(w, at[i]);
    return true;
}

static bool run(struct chain *w, struct err *e)
{
    enum { STOP_EVERY = 256 };
    struct plan_query *q = w->q;
    while (q->heap_count > 0 && !w->full && q->heap[0].key <= q->single.limit &&
           !(q->first_only && (q->pool.front_count > 0 || q->late_at != CAL_NEVER))) {
        if (q->stop != NULL && ++q->ticks % STOP_EVERY == 0 && q->stop(q->stop_ctx))
            return fail(e, ERR_DEADLINE_EXCEEDED,
                        "the deadline of the request passed while chains were searched");
        take(w, plan_queue_pop(q));
    }
    return !w->full ||
           fail(e, ERR_RESOURCE_EXHAUSTED,
                "the question needs more than %d partial chains; ask for fewer families", LABELS_MAX);
}

static int64_t most_stay(void *chain, const struct label *l)
{
    return chain_most_stay(chain, l);
}

static bool look(struct chain *w, bool hopeful, struct err *e)
{
    w->q->heap_count = w->q->seed_count = 0;
    return !begin(w, hopeful) || run(w, e);
}

/* First only at chains that cost little more than a bound that one has; at all when nothing came of them. */
static bool look_for_one(struct chain *w, struct err *e)
{
    struct plan_single *s = &w->q->single;
    const int64_t limit = s->limit;
    if (!look(w, true, e))
        return false;
    bool hoped = s->limit < limit && !(s->any && s->limit == s->total_myuan);
    if (s->by != SINGLE_CHEAPEST || !hoped)
        return true;
    s->limit = limit;
    label_pool_clear_sets(&w->q->pool);
    return look(w, false, e);
}

bool plan_label_family(struct plan_query *q, enum plan_family f, struct err *e)
{
    struct chain w = {.q = q,
                      .n = q->p->net,
                      .family = f,
                      .main_modes = plan_main_modes(f),
                      .must_modes = plan_must_modes(f),
                      .last_day = cal_local_day(q->p->net, q->request->ready_at) + PLAN_HORIZON_DAYS};
    q->pool.stay = most_stay;
    q->pool.stay_ctx = &w;
    q->late_at = CAL_NEVER;
    plan_set_rates(q);
    label_pool_clear_sets(&q->pool);
    if (f == FAMILY_ROAD && !q->no_direct)
        drive_direct(&w);
    bool ok = q->request->via_count > 0 || /* a chain does not pass the places asked for */
              (q->single.by == SINGLE_NO ? look(&w, false, e) : look_for_one(&w, e));
    q->pool.stay = NULL; /* w goes */
    return ok;
}
