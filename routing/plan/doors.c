/* doors.c - truck legs of a question: between the doors and every terminal, between terminals, and what they
 * cost for the load; prices of rides, asked once for each class. */
#include "freight/calendar.h"
#include "freight/emission.h"
#include "plan/engine.h"

bool plan_haul(struct plan_query *q, const struct road_cost *c, struct plan_haul *out)
{
    *out = (struct plan_haul){.known = q->asked};
    if (c->weight == ROAD_INF || q->load.vehicle == NET_NONE)
        return false;
    struct truck_run run = plan_run(c);
    const struct network *n = q->p->net;
    int64_t sum_myuan;
    if (!truck_myuan(n, &q->load, &run, &sum_myuan))
        return false;
    uint32_t row = n->vehicle[q->load.vehicle].emission;
    *out = (struct plan_haul){
        .s = plan_truck_s(q, c),
        .money_myuan = sum_myuan,
        .co2_g = emission_leg(&n->emission[row], &q->load, run.distance_m).wtw_g,
        .length_m = c->length_m,
        .ok = true,
        .known = q->asked,
    };
    return true;
}

bool plan_same_haul(const struct plan_haul *a, const struct plan_haul *b)
{
    return a->ok == b->ok && a->s == b->s && a->money_myuan == b->money_myuan && a->co2_g == b->co2_g &&
           a->length_m == b->length_m;
}

bool plan_add_haul(const struct plan_query *q, const struct plan_haul *h, struct label *l)
{
    if (!h->ok || (uint64_t)l->truck_m + h->length_m >= q->truck_limit_m)
        return false;
    l->money_myuan += h->money_myuan;
    l->co2_g += h->co2_g;
    l->truck_m += h->length_m;
    return true;
}

const struct plan_haul *plan_shuttle_haul(struct plan_query *q, uint32_t from, uint32_t shuttle, int form)
{
    size_t i = (size_t)shuttle * PLAN_FORMS + (size_t)form;
    if (q->haul_stamp[i] != q->asked) {
        q->haul_stamp[i] = q->asked;
        q->haul_shuttle[i].ok = false;
        if (q->load.vehicle != NET_NONE)
            plan_haul(q, plan_shuttle_cost(q, from, &q->p->shuttle[shuttle], form), &q->haul_shuttle[i]);
    }
    return &q->haul_shuttle[i];
}

uint32_t plan_truck_limit_m(const struct plan_query *q)
{
    const struct road_cost *direct = q->direct;
    uint32_t permille =
        q->request->drayage_permille != 0 ? q->request->drayage_permille : PLAN_DRAYAGE_PERMILLE;
    uint64_t longest = 0;
    for (int f = 0; f < PLAN_FORMS; f++) {
        if (direct[f].weight == ROAD_INF)
            return UINT32_MAX;
        if (direct[f].length_m > longest)
            longest = direct[f].length_m;
    }
    return (uint32_t)((longest * permille + 999) / 1000);
}

/* From a list by its order to one by terminal, in place: no terminal stands before its place in the list. */
static void spread(const struct plan_served *at, struct road_cost *cost)
{
    for (uint32_t i = at->count; i-- > 0;)
        cost[at->terminal[i]] = cost[i];
}

static const struct road_hubs *hubs_of(const struct plan_query *q, int form)
{
    if (q->own_metrics || q->load.vehicle == NET_NONE)
        return NULL;
    return q->p->hubs[q->p->net->vehicle[q->load.vehicle].vehicle_class][form];
}

const struct road_labels *plan_labels(const struct plan_query *q, int form, uint32_t from, uint32_t to)
{
    uint32_t graph = net_graph_nodes(q->p->net); /* they know no added nodes */
    if (q->own_metrics || q->load.vehicle == NET_NONE || from >= graph || to >= graph)
        return NULL;
    return q->p->labels[q->p->net->vehicle[q->load.vehicle].vehicle_class][form];
}

/* One by one, when the terminals are few of them. */
static bool read_legs(struct plan_query *q, int f)
{
    enum { FEW = 8 };
    const struct plan_served *at = q->served;
    const struct plan_request *r = q->request;
    const struct road_labels *l = plan_labels(q, f, r->from, r->to);
    if (l == NULL || at->count > q->p->net->terminal_count / FEW)
        return false;
    for (uint32_t i = 0; i < at->count; i++) {
        road_labels_cost(l, r->from, at->node[i], &q->out[f][at->terminal[i]]);
        road_labels_cost(l, at->node[i], r->to, &q->in[f][at->terminal[i]]);
    }
    road_labels_cost(l, r->from, r->to, &q->direct[f]);
    return true;
}

static void legs(struct plan_query *q, int f, const struct road_metric *m)
{
    if (read_legs(q, f))
        return;
    const struct plan_served *at = q->served;
    const struct plan_request *r = q->request;
    const struct road_hubs *h = hubs_of(q, f);
    uint32_t graph = net_graph_nodes(q->p->net); /* hubs know no doors at added nodes */
    bool out = h != NULL && r->from < graph, in = h != NULL && r->to < graph;
    struct road_hub_choice these = {at->count, at->terminal, at->is};
    if (out) {
        road_hubs_from(h, q->hub_scratch[f], r->from, &these, q->out[f]);
    } else if (at->count > 0) {
        road_one_to_many(q->road, m, r->from, at->node, at->count, q->out[f]);
        spread(at, q->out[f]);
    }
    if (in) {
        road_hubs_to(h, q->hub_scratch[f], r->to, &these, q->in[f]);
    } else if (at->count > 0) {
        road_many_to_one(q->road, m, at->node, at->count, r->to, q->in[f]);
        spread(at, q->in[f]);
    }
    if (out && in)
        road_hubs_doors(h, q->hub_scratch[f], &q->direct[f]);
    else
        road_one_to_one(q->road, m, r->from, r->to, &q->direct[f]);
}

void plan_drive_doors(struct plan_query *q)
{
    static const struct plan_served nowhere;
    const struct plan_served *served = q->served;
    q->served = &nowhere;
    plan_drive(q);
    q->served = served;
}

void plan_drive_lazy(struct plan_query *q)
{
    const struct plan_request *r = q->request;
    uint32_t graph = net_graph_nodes(q->p->net);
    q->lazy = r->from < graph && r->to < graph;
    for (int f = 0; f < PLAN_FORMS; f++)
        q->lazy = q->lazy && (plan_labels(q, f, r->from, r->to) != NULL ||
                              (hubs_of(q, f) != NULL && road_hubs_plain(hubs_of(q, f))));
    if (!q->lazy) {
        plan_drive(q);
        return;
    }
    q->direct_count = PLAN_FORMS;
    for (int f = 0; f < PLAN_FORMS; f++) {
        const struct road_labels *l = plan_labels(q, f, r->from, r->to);
        const struct road_hubs *h = hubs_of(q, f);
        q->direct_arcs[f] = NULL;
        q->direct_arc_count[f] = 0;
        if (l != NULL) {
            road_labels_cost(l, r->from, r->to, &q->direct[f]);
            continue;
        }
        road_hubs_look_from(h, q->hub_scratch[f], r->from);
        road_hubs_look_to(h, q->hub_scratch[f], r->to);
        road_hubs_doors(h, q->hub_scratch[f], &q->direct[f]);
    }
}

/* Of a lazy question. */
static void way_of(struct plan_query *q, int form, bool out, uint32_t terminal, struct road_cost *c)
{
    const struct plan_request *r = q->request;
    const struct road_labels *l = plan_labels(q, form, r->from, r->to);
    uint32_t node = q->p->node[terminal];
    if (l != NULL)
        road_labels_cost(l, out ? r->from : node, out ? node : r->to, c);
    else
        road_hubs_cost(hubs_of(q, form), q->hub_scratch[form], out, terminal, c);
}

const uint32_t *plan_door_weights(struct plan_query *q, int form, bool out, const struct floor_list *some,
                                  uint32_t *room)
{
    const struct plan_request *r = q->request;
    const struct road_labels *l = plan_labels(q, form, r->from, r->to);
    uint32_t door = out ? r->from : r->to;
    if (l == NULL) {
        road_hubs_weigh(hubs_of(q, form), q->hub_scratch[form], out, some->mark, room);
        return room;
    }
    const struct plan_weights *w = &q->p->weights[q->p->net->vehicle[q->load.vehicle].vehicle_class][form];
    if (w->out != NULL)
        return (out ? w->out : w->in) + (size_t)door * q->p->net->terminal_count;
    for (uint32_t i = 0; i < some->count; i++) {
        uint32_t node = q->p->node[some->of[i]];
        room[some->of[i]] = road_labels_weight(l, out ? door : node, out ? node : door);
    }
    return room;
}

uint32_t plan_door_metres(const struct plan_query *q, bool out, uint32_t terminal)
{
    const struct plan_weights *w = q->p->weights[q->p->net->vehicle[q->load.vehicle].vehicle_class];
    size_t at = (size_t)(out ? q->request->from : q->request->to) * q->p->net->terminal_count + terminal;
    uint32_t least = UINT32_MAX;
    for (int f = 0; f < PLAN_FORMS; f++) {
        uint32_t m = w[f].out == NULL ? 0 : PLAN_WEIGHTS_M * (uint32_t)(out ? w[f].out_m : w[f].in_m)[at];
        least = m < least ? m : least;
    }
    return least;
}

void plan_drive(struct plan_query *q)
{
    q->lazy = false;
    q->direct_count = PLAN_FORMS;
    for (int f = 0; f < PLAN_FORMS; f++) {
        const struct road_metric *m = plan_metric(q, f);
        q->direct_arcs[f] = NULL;
        q->direct_arc_count[f] = 0;
        if (m != NULL)
            legs(q, f, m);
        else
            q->direct[f] = (struct road_cost){.weight = ROAD_INF};
        for (uint32_t i = 0; m == NULL && i < q->served->count; i++)
            q->out[f][q->served->terminal[i]] = q->in[f][q->served->terminal[i]] = q->direct[f];
    }
}

void plan_forget_hauls(struct plan_query *q)
{
    q->asked++;
}

/* A leg that is too long for any chain is not priced. */
static const struct plan_haul *haul_of(struct plan_query *q, int form, uint32_t terminal, bool out)
{
    static const struct plan_haul none;
    struct road_cost *c = &(out ? q->out : q->in)[form][terminal];
    struct plan_haul *h = &(out ? q->haul_out : q->haul_in)[form][terminal];
    if (q->lazy && h->asked != q->asked) {
        h->asked = q->asked;
        way_of(q, form, out, terminal, c);
    }
    if (c->length_m >= q->truck_limit_m)
        return &none;
    if (h->known != q->asked) {
        plan_haul(q, c, h);
        h->asked = q->asked;
    }
    return h;
}

const struct plan_haul *plan_haul_out(struct plan_query *q, int form, uint32_t terminal)
{
    return haul_of(q, form, terminal, true);
}

const struct plan_haul *plan_haul_in(struct plan_query *q, int form, uint32_t terminal)
{
    return haul_of(q, form, terminal, false);
}

struct plan_price plan_class_price(struct plan_query *q, uint32_t class, int32_t day)
{
    const struct network *n = q->p->net;
    const struct plan_rides *r = &q->p->rides;
    const struct plan_ride_group *group = &r->group[r->class[class].group];
    bool dated = group->dated || q->load.agreed != NULL;
    struct plan_price *known = &q->price[class];
    if (!dated && known->stamp == q->stamp)
        return *known;
    const struct net_service *s = &n->service[group->service];
    struct bill_ride ride = {.service = s, .distance_m = r->class[class].distance_m, .day = day};
    struct plan_price p = {.stamp = q->stamp};
    q->bill.count = 0;
    q->bill.sum_myuan = 0;
    bool carried = bill_tariff(n, &ride, &q->load, &q->bill) || q->relax & RELAX_CARGO;
    p.money_myuan = carried ? q->bill.sum_myuan : -1;
    p.co2_g = emission_leg(&n->emission[s->emission], &q->load, ride.distance_m).wtw_g;
    if (!dated)
        *known = p;
    return p;
}

struct plan_price plan_ride_price(struct plan_query *q, uint32_t from_stop, uint32_t to_stop, int32_t day)
{
    const struct plan_rides *r = &q->p->rides;
    return plan_class_price(q, r->class_of[r->first[from_stop] + (to_stop - from_stop - 1)], day);
}

/* Of the query's own stamp; by started days, as bill_storage counts. */
int64_t plan_stay_myuan(struct plan_query *q, uint32_t terminal, int64_t stay_s)
{
    struct plan_stay *x = &q->stay[q->p->stay_class[terminal]];
    int64_t days = (stay_s + CAL_DAY_S - 1) / CAL_DAY_S;
    if (days <= 0)
        return 0;
    if (days >= PLAN_STAY_DAYS)
        return plan_storage_myuan(q, terminal, 0, stay_s);
    if (!(x->known >> days & 1)) {
        x->known |= UINT32_C(1) << days;
        x->cost_myuan[days] = plan_storage_myuan(q, terminal, 0, stay_s);
    }
    return x->cost_myuan[days];
}

static int64_t free_s(const struct plan_query *q, uint32_t terminal)
{
    return q->p->net->storage_count == 0 ? INT64_MAX : bill_storage_free_s(q->p->net, terminal, &q->load);
}

bool plan_quiet(struct plan_query *q, uint32_t terminal)
{
    const struct plan_network *p = q->p;
    if (q->quiet[terminal] >> 1 == (q->stamp & INT32_MAX))
        return q->quiet[terminal] & 1;
    bool yes = plan_stay_of(q, terminal)->free_s == INT64_MAX;
    for (uint32_t i = p->shuttle_first[terminal]; yes && i < p->shuttle_first[terminal + 1]; i++)
        yes = plan_stay_of(q, p->shuttle[i].to)->free_s == INT64_MAX;
    q->quiet[terminal] = (q->stamp & INT32_MAX) << 1 | yes;
    return yes;
}

const struct plan_stay *plan_stay_of(struct plan_query *q, uint32_t terminal)
{
    const struct network *n = q->p->net;
    struct plan_stay *x = &q->stay[q->p->stay_class[terminal]];
    if (x->stamp == q->stamp)
        return x;
    x->stamp = q->stamp;
    x->free_s = INT64_MAX;
    x->myuan_per_day = 0;
    x->known = 0;
    if (n->storage_count == 0)
        return x;
    x->free_s = free_s(q, terminal);
    for (uint32_t i = 0; x->free_s != INT64_MAX && i < n->storage_count; i++) {
        /* the rate of a day changes where a row begins */
        const struct net_storage *r = &n->storage[i];
        if (r->terminal != terminal && (r->terminal != NET_NONE || r->kind != n->terminal[terminal].kind))
            continue;
        int64_t day = r->from_day * INT64_C(86400);
        int64_t rate = plan_stay_myuan(q, terminal, day) - plan_stay_myuan(q, terminal, day - CAL_DAY_S);
        x->myuan_per_day = rate > x->myuan_per_day ? rate : x->myuan_per_day;
    }
    if (x->free_s != INT64_MAX)
        x->myuan_per_day += BILL_LINES_MAX * BILL_FEN_MYUAN; /* for rounding */
    return x;
}
