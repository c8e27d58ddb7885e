/* chain_ride.c - what becomes of a label at a terminal: rides on the departures from there, later runs of the
 * ride that brought it where its stay costs storage, shuttles to other terminals. */
#include "freight/calendar.h"
#include "plan/chain_inside.h"

/* Rides one departure to a stop. */
static void ride_to(struct chain *w, const struct label *at, const struct net_service *s, int32_t day,
                    uint32_t land)
{
    struct plan_query *q = w->q;
    const struct net_stop *stop = &w->n->stop[land];
    struct label l = *at;
    l.terminal = stop->terminal;
    const struct plan_bound *left = plan_bound_of(q, &l);
    if (left->s == INT64_MAX)
        return;
    l.to_stop = land;
    l.day = day;
    l.arrive_at = cal_arrival(w->n, s, day, stop);
    struct plan_price price = plan_ride_price(q, at->from_stop, land, day);
    if (price.money_myuan < 0)
        return;
    l.money_myuan += price.money_myuan;
    l.co2_g += price.co2_g;
    chain_put(w, &l, left);
}

/* The stay before a departure is paid; true when it costs something. */
static bool pay_stay(struct chain *w, struct label *l, int64_t depart_at)
{
    const struct label *from = &w->q->pool.label[l->parent];
    const struct plan_stay *stay;
    if (w->n->storage_count == 0 || from->kind == LABEL_ORIGIN)
        return false;
    stay = plan_stay_of(w->q, from->terminal);
    if (stay->free_s >= depart_at - from->arrive_at)
        return false;
    int64_t cost = plan_stay_myuan(w->q, from->terminal, depart_at - from->arrive_at);
    l->money_myuan += cost;
    return cost > 0;
}

static int32_t first_day(const struct chain *w, const struct net_service *s, const struct net_stop *stop,
                         int64_t at)
{
    if (w->q->relax & RELAX_CALENDAR) { /* as if it ran every day */
        struct net_service daily = *s;
        daily.days = 0x7f;
        daily.exception_count = 0;
        daily.valid_from_day = INT32_MIN / 2;
        daily.valid_to_day = INT32_MAX / 2;
        return cal_next_departure(w->n, &daily, stop, at, w->last_day);
    }
    return cal_next_departure(w->n, s, stop, at, w->last_day);
}

static const uint8_t state_of_mode[MODE_COUNT] = {AT_FROM_LINE_HAUL, AT_FROM_RAIL, AT_FROM_WATER,
                                                  AT_FROM_AIR};

/* A label that boards a mode, the departure still open; false: it cannot. *board_at: when it is ready for. */
static bool begin_ride(struct chain *w, uint32_t from, unsigned mode, struct label *l, int64_t *board_at)
{
    struct plan_query *q = w->q;
    *l = q->pool.label[from];
    const struct plan_step *step = plan_step_at(q, l->terminal, plan_mode_of_state(l->state), mode);
    uint32_t k = l->terminal * MODE_COUNT + mode;
    if (step->p50_s < 0)
        return false;
    int64_t papers = q->request->ready_at + (int64_t)q->p->document_min[k] * 60;
    *board_at = l->arrive_at + step->p50_s + (int64_t)q->p->cutoff_min[k] * 60;
    *board_at = *board_at > papers ? *board_at : papers;
    l->money_myuan += step->money_myuan;
    l->co2_g += step->co2_g;
    l->parent = from;
    l->kind = LABEL_RIDE;
    l->state = state_of_mode[mode];
    l->used_modes |= (uint8_t)(1u << mode);
    l->later = false;
    l->rides++;
    return true;
}

/* The most that a label may pay for waiting at its terminal, whatever it boards. */
int64_t chain_most_stay(struct chain *w, const struct label *l)
{
    struct plan_query *q = w->q;
    int64_t most = 0, free_s = plan_stay_of(q, l->terminal)->free_s;
    for (unsigned mode = 0; mode < MODE_COUNT; mode++) {
        const struct plan_step *step = plan_step_at(q, l->terminal, plan_mode_of_state(l->state), mode);
        uint32_t k = l->terminal * MODE_COUNT + mode;
        int64_t board_at = l->arrive_at + step->p50_s + (int64_t)q->p->cutoff_min[k] * 60;
        int64_t papers = q->request->ready_at + (int64_t)q->p->document_min[k] * 60;
        board_at = board_at > papers ? board_at : papers;
        if (!(w->main_modes >> mode & 1) || step->p50_s < 0)
            continue;
        for (uint32_t i = q->p->call_first[k]; i < q->p->call_first[k + 1]; i++) {
            const struct net_stop *stop = &w->n->stop[q->p->call[i]];
            const struct net_service *s = &w->n->service[stop->service];
            int32_t day = plan_service_ok(q, stop->service) ? first_day(w, s, stop, board_at) : CAL_NO_DAY;
            while (day <= w->last_day && day != CAL_NO_DAY) {
                int64_t leave = cal_departure(w->n, s, day, stop);
                int64_t cost =
                    leave - l->arrive_at > free_s ? plan_stay_myuan(q, l->terminal, leave - l->arrive_at) : 0;
                most = cost > most ? cost : most;
                if (!plan_dated(q, q->p->rides.group_of[stop->service]))
                    break;
                int32_t change = bill_next_change(w->n, s->tariff, &q->load, day);
                day = change > w->last_day ? CAL_NO_DAY : cal_next_run(w->n, s, change, w->last_day);
            }
        }
    }
    return most;
}

/* The next run of a ride to the same stop: its cargo stays there for a shorter time. */
void chain_ride_later(struct chain *w, const struct label *beaten)
{
    struct plan_query *q = w->q;
    struct label l, old = *beaten;
    int64_t board_at;
    while (old.kind == LABEL_SHUTTLE) {
        uint32_t ride = old.parent;
        old = q->pool.label[ride];
        if (old.later)
            return;
        q->pool.label[ride].later = true;
    }
    const struct net_stop *stop = &w->n->stop[old.from_stop];
    const struct net_service *s = &w->n->service[stop->service];
    int32_t day = cal_next_run(w->n, s, old.day + 1, w->last_day);
    if (day == CAL_NO_DAY || !begin_ride(w, old.parent, s->mode, &l, &board_at))
        return;
    l.from_stop = old.from_stop;
    bool pays = pay_stay(w, &l, cal_departure(w->n, s, day, stop));
    ride_to(w, &l, s, day, old.to_stop);
    if (pays)
        chain_come_later(w, l.parent);
}

void chain_come_later(struct chain *w, uint32_t i)
{
    struct label *l = &w->q->pool.label[i];
    if (l->later || l->kind == LABEL_ORIGIN)
        return;
    l->later = true;
    chain_ride_later(w, l);
}

/* The operating day of the first run that leaves not before an instant. */
static int32_t run_day(const struct chain *w, const struct plan_run *x, int64_t at)
{
    const struct net_service *s = &w->n->service[x->service];
    if (!x->daily || w->q->relax & RELAX_CALENDAR)
        return first_day(w, s, &w->n->stop[x->call], at);
    int32_t day = cal_local_day(w->n, at - (int64_t)x->leave_min * 60 + CAL_DAY_S - 1);
    day = day > x->valid_from_day ? day : x->valid_from_day;
    return day <= x->valid_to_day && day <= w->last_day ? day : CAL_NO_DAY;
}

/* Of the runs of an edge only the first to arrive: what they cost is the same, and nobody pays for waiting.
 */
static void ride_first(struct chain *w, struct label *l, const struct plan_edge *x, int64_t board_at,
                       const struct plan_bound *left)
{
    const struct plan_run *run = w->q->p->rides.run;
    int64_t least = INT64_MAX;
    for (uint32_t i = x->run_first; i < x[1].run_first; i++) {
        int32_t day = run_day(w, &run[i], board_at);
        int64_t land_min = (int64_t)day * (CAL_DAY_S / 60) + run[i].land_min;
        if (day == CAL_NO_DAY || day > w->last_day || land_min >= least)
            continue;
        least = land_min;
        l->day = day;
        l->from_stop = run[i].call;
        l->to_stop = run[i].land;
    }
    if (least == INT64_MAX)
        return;
    l->arrive_at = cal_day_start(w->n, 0) + least * 60;
    chain_put(w, l, left);
}

/* A run that leaves not before board_at, and the first run after each change of its tariff; true when a stay
 * before one of them costs something. */
static bool ride_run(struct chain *w, const struct label *at, const struct plan_run *x, int64_t board_at,
                     bool dated)
{
    const struct net_service *s = &w->n->service[x->service];
    bool pays = false;
    int32_t day = run_day(w, x, board_at);
    while (day <= w->last_day && day != CAL_NO_DAY) {
        struct label l = *at;
        l.from_stop = x->call;
        pays = pay_stay(w, &l, cal_departure(w->n, s, day, &w->n->stop[x->call])) || pays;
        ride_to(w, &l, s, day, x->land);
        if (!dated || w->q->relax & RELAX_CALENDAR)
            break;
        int32_t change = bill_next_change(w->n, s->tariff, &w->q->load, day);
        day = change > w->last_day ? CAL_NO_DAY : cal_next_run(w->n, s, change, w->last_day);
    }
    return pays;
}

struct boarding { /* of a label at a terminal: all edges from there */
    const struct label *at;
    int64_t board_at;
    const struct plan_bound *left; /* by the terminal where a ride ends */
    const struct label_cut *cut;
    bool quiet; /* waiting for a departure costs nothing */
};

/* Can nothing come of it, by bounds alone? */
static bool vain(const struct chain *w, const struct boarding *b, const struct plan_edge *x)
{
    struct plan_query *q = w->q;
    const struct plan_bound *left = &b->left[x->to];
    int64_t money_myuan, co2_g;
    if (left->s == INT64_MAX || !plan_group_ok(q, x->group) || !plan_edge_least(q, x, &money_myuan, &co2_g))
        return true;
    int64_t arrive_at = b->board_at + x->least_s + left->s;
    co2_g += b->at->co2_g + left->co2_g;
    money_myuan += b->at->money_myuan + left->money_myuan;
    return label_is_cut(b->cut, arrive_at, chain_least_total(q, arrive_at, money_myuan, co2_g), co2_g);
}

/* To the end of an edge; true when a stay before it costs something. */
static bool ride_edge(struct chain *w, const struct boarding *b, const struct plan_edge *x)
{
    struct plan_query *q = w->q;
    const struct plan_rides *r = &q->p->rides;
    bool dated = plan_dated(q, x->group), pays = false;
    struct plan_price price = {0}; /* of a dated tariff: at least that */
    int64_t key;
    if (vain(w, b, x))
        return false;
    if (!dated) {
        price = plan_class_price(q, x->class, 0);
        if (price.money_myuan < 0)
            return false;
    }
    struct label l = *b->at;
    l.terminal = x->to;
    l.arrive_at = b->board_at + x->least_s;
    l.money_myuan += price.money_myuan;
    l.co2_g += price.co2_g;
    if (chain_useless(w, &l, &b->left[x->to], &key))
        return false;
    if (b->quiet && !dated && (l.rides == PLAN_RIDES_MAX || plan_quiet(q, x->to))) {
        ride_first(w, &l, x, b->board_at, &b->left[x->to]);
        return false;
    }
    for (uint32_t i = x->run_first; i < x[1].run_first; i++)
        pays = ride_run(w, b->at, &r->run[i], b->board_at, dated) || pays;
    return pays;
}

void chain_board(struct chain *w, uint32_t from, unsigned mode, const struct label_cut *cut)
{
    struct plan_query *q = w->q;
    const struct plan_rides *r = &q->p->rides;
    struct label l;
    struct boarding b = {.at = &l, .cut = cut};
    if (!(w->main_modes >> mode & 1) || !begin_ride(w, from, mode, &l, &b.board_at))
        return;
    const uint32_t *first = &r->out_first[mode * w->n->terminal_count + l.terminal];
    b.left = plan_bounds_of(q, &l);
    b.quiet = q->pool.label[from].kind == LABEL_ORIGIN || plan_stay_of(q, l.terminal)->free_s == INT64_MAX;
    bool pays = false;
    for (uint32_t i = first[0]; i < first[1]; i++)
        pays = ride_edge(w, &b, &r->edge[i]) || pays;
    if (pays)
        chain_come_later(w, from);
}

/* To another terminal of the place by truck, to board there. */
void chain_shuttle(struct chain *w, uint32_t from)
{
    struct plan_query *q = w->q;
    struct label at = q->pool.label[from];
    const struct net_terminal *a = &w->n->terminal[at.terminal];
    const struct plan_step *step = plan_step_at(q, at.terminal, plan_mode_of_state(at.state), MODE_ROAD);
    uint32_t first = q->p->shuttle_first[at.terminal], end = q->p->shuttle_first[at.terminal + 1];
    if (step->p50_s < 0 || first == end)
        return;
    int64_t leave = cal_next_open(w->n, a->hours, at.arrive_at + step->p50_s);
    if (leave == CAL_NEVER)
        return;
    at.kind = LABEL_SHUTTLE;
    at.state = AT_SHUTTLED;
    at.parent = from;
    at.money_myuan += step->money_myuan;
    at.co2_g += step->co2_g;
    for (uint32_t i = first; i < end; i++) {
        struct label l = at;
        int64_t key;
        l.terminal = q->p->shuttle[i].to;
        l.arrive_at = leave;
        if (!(q->p->call_modes[l.terminal] & w->main_modes) ||
            chain_useless(w, &l, plan_bound_of(q, &l), &key))
            continue;
        for (uint8_t f = 0; f < PLAN_FORMS; f++) {
            const struct plan_haul *h = plan_shuttle_haul(q, at.terminal, i, f);
            struct label x = l;
            if (h->length_m > PLAN_SHUTTLE_MAX_M || (f > 0 && plan_same_haul(h, h - 1)) ||
                !plan_add_haul(q, h, &x))
                continue;
            x.form = f;
            x.arrive_at = cal_next_open(w->n, w->n->terminal[x.terminal].hours, leave + h->s);
            if (x.arrive_at != CAL_NEVER)
                chain_put(w, &x, plan_bound_of(q, &x));
        }
    }
}
