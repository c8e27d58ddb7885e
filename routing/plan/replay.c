/* replay.c - a chain found backwards as the labels of a forward search, for itineraries and pickups. */
#include "freight/calendar.h"
#include "plan/engine.h"

static uint32_t append(struct plan_query *q, const struct label *l)
{
    if (q->pool.count == LABELS_MAX)
        return NET_NONE;
    q->pool.label[q->pool.count] = *l;
    return q->pool.count++;
}

/* A truck that leaves the terminal where the cargo stands. */
static int64_t leave_at(const struct plan_query *q, const struct label *at)
{
    const struct plan_step *step = plan_step_at(q, at->terminal, plan_mode_of_state(at->state), MODE_ROAD);
    return cal_next_open(q->p->net, q->p->net->terminal[at->terminal].hours, at->arrive_at + step->p50_s);
}

static struct label step_of(struct plan_query *q, const struct label *at, const struct label *back,
                            const struct label *after)
{
    static const uint8_t state[MODE_COUNT] = {AT_FROM_LINE_HAUL, AT_FROM_RAIL, AT_FROM_WATER, AT_FROM_AIR};
    const struct network *n = q->p->net;
    struct label l = *back;
    l.stay_myuan = l.papers_at = 0;
    if (back->kind == LABEL_RIDE) {
        const struct net_stop *to = &n->stop[back->to_stop];
        const struct net_service *s = &n->service[to->service];
        l.terminal = to->terminal;
        l.state = state[s->mode];
        l.arrive_at = cal_arrival(n, s, back->day, to);
    } else if (back->kind == LABEL_SHUTTLE) {
        uint32_t row = q->p->shuttle_first[back->terminal];
        while (q->p->shuttle[row].to != after->terminal)
            row++;
        l.terminal = after->terminal;
        l.state = AT_SHUTTLED;
        l.arrive_at = cal_next_open(n, n->terminal[l.terminal].hours,
                                    leave_at(q, at) + plan_shuttle_haul(q, at->terminal, row, back->form)->s);
    } else {
        l.arrive_at = leave_at(q, at);
        if (back->form != LABEL_NO_TRUCK)
            l.arrive_at += q->haul_in[back->form][back->terminal].s;
    }
    return l;
}

uint32_t plan_replay(struct plan_query *q, uint32_t label, int64_t pickup)
{
    const struct network *n = q->p->net;
    const struct label back = q->pool.label[label];
    struct label at = back;
    at.stay_myuan = at.papers_at = 0;
    if (back.parent == NET_NONE) { /* a truck from door to door */
        struct plan_haul h;
        plan_haul(q, &q->direct[back.form], &h);
        at.arrive_at = pickup + h.s;
        return append(q, &at);
    }
    at.kind = LABEL_ORIGIN;
    at.state = AT_FROM_DOOR;
    at.parent = NET_NONE;
    at.arrive_at = pickup + (back.form == LABEL_NO_TRUCK ? 0 : q->haul_out[back.form][back.terminal].s);
    at.arrive_at = cal_next_open(n, n->terminal[at.terminal].hours, at.arrive_at);
    uint32_t made = append(q, &at);
    for (uint32_t i = back.parent; made != NET_NONE && i != NET_NONE; i = q->pool.label[i].parent) {
        const struct label *x = &q->pool.label[i];
        struct label l = step_of(q, &at, x, x->parent != NET_NONE ? &q->pool.label[x->parent] : NULL);
        l.parent = made;
        l.co2_g = back.co2_g; /* of the whole chain: only the last label's counts */
        at = l;
        made = append(q, &l);
    }
    return made;
}
