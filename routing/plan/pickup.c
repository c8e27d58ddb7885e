/* pickup.c - how late a chain of departures may be picked up, and which cut-off says so.
 *
 * The rides of a chain are fixed departures, so only the way to the first of them and the papers of all of
 * them bind: the cargo is handled before the cut-off of the first departure, comes through the gate in
 * opening hours before that, and by truck before that; papers are ready with the cargo. */
#include "freight/calendar.h"
#include "plan/engine.h"

const char *plan_binding_name(enum plan_binding b)
{
    static const char *const names[] = {"nothing", "cargo", "documents", "security", "hours", "delivery"};
    return (unsigned)b < sizeof names / sizeof *names ? names[b] : "?";
}

int64_t plan_last_open(const struct network *n, uint32_t hours, int64_t at)
{
    enum { SEEN_DAYS = 2 }; /* cal_next_open looks so many days back for a span that is still open */
    int64_t best = CAL_NEVER;
    if (hours == 0)
        return at;
    const struct net_hours *h = &n->hours[hours];
    int32_t today = cal_local_day(n, at);
    for (int32_t day = today; day >= today - CAL_WEEK_DAYS - SEEN_DAYS; day--) {
        int w = cal_weekday(day);
        int64_t from = cal_day_start(n, day) + (int64_t)h->from_min[w] * 60;
        int64_t to = cal_day_start(n, day) + (int64_t)h->to_min[w] * 60;
        int64_t seen = cal_day_start(n, day + SEEN_DAYS + 1), end = to < seen ? to : seen;
        if (h->to_min[w] <= h->from_min[w] || from > at || from >= end)
            continue;
        int64_t last = end - 1 < at ? end - 1 : at;
        best = best == CAL_NEVER || last > best ? last : best;
    }
    return best;
}

/* Cargo or security, whichever must be met first. */
static uint8_t kind_of_cutoff(const struct network *n, uint32_t terminal, uint8_t mode)
{
    uint32_t longest = 0;
    uint8_t kind = BINDS_CARGO;
    for (uint32_t i = 0; i < n->cutoff_count; i++) {
        const struct net_cutoff *c = &n->cutoff[i];
        if (c->terminal == terminal && c->mode == mode && c->kind != CUTOFF_DOCUMENTS &&
            c->before_min > longest) {
            longest = c->before_min;
            kind = c->kind == CUTOFF_SECURITY ? BINDS_SECURITY : BINDS_CARGO;
        }
    }
    return kind;
}

/* From the first ride, which leaves the terminal where the label before it stands. */
static struct plan_pickup first_ride(const struct plan_query *q, const struct label *at,
                                     const struct label *l)
{
    const struct network *n = q->p->net;
    const struct net_stop *stop = &n->stop[l->from_stop];
    const struct net_service *s = &n->service[stop->service];
    const struct net_terminal *t = &n->terminal[stop->terminal];
    bool truck = at->form != LABEL_NO_TRUCK;
    int64_t cut = cal_departure(n, s, l->day, stop) -
                  (int64_t)q->p->cutoff_min[stop->terminal * MODE_COUNT + s->mode] * 60;
    int64_t by = cut - plan_step_at(q, stop->terminal, MODE_ROAD, s->mode)->p50_s;
    int64_t gate = plan_last_open(n, t->hours, by);
    struct plan_pickup p = {.at = gate, .leg = truck, .binds = BINDS_HOURS};
    if (gate == by)
        p.binds = kind_of_cutoff(n, stop->terminal, s->mode);
    if (truck)
        p.at -= q->haul_out[at->form][stop->terminal].s;
    return p;
}

struct plan_pickup plan_pickup_of(const struct plan_query *q, uint32_t label)
{
    const struct network *n = q->p->net;
    const struct label *l = &q->pool.label[label];
    struct plan_pickup p = {.binds = BINDS_NOTHING};
    uint32_t chain[PLAN_LEGS_MAX + 2], depth = 0;
    if (l->parent == NET_NONE) {
        if (q->request->deliver_by == 0)
            return p;
        p = (struct plan_pickup){.at = q->request->deliver_by - (l->arrive_at - q->request->ready_at),
                                 .binds = BINDS_DELIVERY};
    }
    for (uint32_t i = label; l->parent != NET_NONE && i != NET_NONE; i = q->pool.label[i].parent)
        chain[depth++] = i;
    uint8_t leg = 0;
    for (uint32_t i = depth; i-- > 0;) {
        const struct label *x = &q->pool.label[chain[i]];
        if (x->kind == LABEL_RIDE) {
            const struct net_stop *stop = &n->stop[x->from_stop];
            const struct net_service *s = &n->service[stop->service];
            const struct label *at = &q->pool.label[x->parent];
            int64_t papers = cal_departure(n, s, x->day, stop) -
                             (int64_t)q->p->document_min[stop->terminal * MODE_COUNT + s->mode] * 60;
            if (at->kind == LABEL_ORIGIN)
                p = first_ride(q, at, x);
            if (papers < p.at)
                p = (struct plan_pickup){.at = papers, .leg = leg, .binds = BINDS_DOCUMENTS};
        }
        leg = (uint8_t)(leg + (x->form != LABEL_NO_TRUCK || x->kind == LABEL_RIDE));
    }
    p.slack_s = p.at - q->request->ready_at;
    return p;
}
