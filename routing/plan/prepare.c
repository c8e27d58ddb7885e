/* prepare.c - a query's scratch, and what of a question all families share: the load, trucks to and from
 * every terminal, the steps its cargo may take, the services that take it. */
#include "freight/calendar.h"
#include "freight/emission.h"
#include "freight/limits.h"
#include "freight/truck.h"
#include "plan/engine.h"

#include <stdlib.h>
#include <string.h>

bool plan_query_new(const struct plan_network *p, struct plan_query **out, struct err *e)
{
    uint32_t t = p->net->terminal_count;
    struct plan_query *q = calloc(1, sizeof *q);
    *out = NULL;
    if (q == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the scratch of a freight query");
    q->p = p;
    bool ok = label_pool_new(&q->pool, t);
    for (int f = 0; f < PLAN_FORMS; f++) {
        q->out[f] = calloc((size_t)t + 1, sizeof *q->out[f]);
        q->in[f] = calloc((size_t)t + 1, sizeof *q->in[f]);
        q->haul_out[f] = calloc((size_t)t + 1, sizeof *q->haul_out[f]);
        q->haul_in[f] = calloc((size_t)t + 1, sizeof *q->haul_in[f]);
        ok = ok && q->out[f] && q->in[f] && q->haul_out[f] && q->haul_in[f];
    }
    q->step = calloc(((size_t)t + 1) * MODE_COUNT * MODE_COUNT, sizeof *q->step);
    q->group_ok = calloc((size_t)p->rides.group_count + 1, 1);
    q->terminal_ok = calloc((size_t)t + 1, 1);
    q->near_from = calloc((size_t)t + 1, sizeof *q->near_from);
    q->near_to = calloc((size_t)t + 1, sizeof *q->near_to);
    q->queue = calloc(LABELS_MAX, sizeof *q->queue);
    q->own_shuttle = calloc((size_t)p->shuttle_first[t] * PLAN_FORMS + 1, sizeof *q->own_shuttle);
    q->haul_shuttle = calloc((size_t)p->shuttle_first[t] * PLAN_FORMS + 1, sizeof *q->haul_shuttle);
    q->haul_stamp = calloc((size_t)p->shuttle_first[t] * PLAN_FORMS + 1, sizeof *q->haul_stamp);
    q->price = calloc((size_t)p->rides.class_count + 1, sizeof *q->price);
    q->stay = calloc((size_t)p->stay_classes + 1, sizeof *q->stay);
    q->quiet = calloc((size_t)t + 1, sizeof *q->quiet);
    q->rate = calloc((size_t)p->rides.group_count + 1, sizeof *q->rate);
    q->bound = calloc(plan_bound_room(p), sizeof *q->bound);
    q->board = calloc(plan_board_room(p), sizeof *q->board);
    q->heap = calloc(LABELS_MAX + (size_t)t * (PLAN_FORMS + 1), sizeof *q->heap);
    q->seed = calloc((size_t)t * (PLAN_FORMS + 1) + 1, sizeof *q->seed);
    q->ready = calloc((size_t)t + 1, sizeof *q->ready);
    q->group_ready = calloc((size_t)p->rides.group_count + 1, sizeof *q->group_ready);
    ok = ok && q->haul_shuttle && q->haul_stamp && q->price && q->stay && q->quiet && q->rate && q->bound &&
         q->board && q->heap && q->seed && q->ready && q->group_ready && plan_floors_new(p, &q->floors);
    for (int f = 0; f < PLAN_FORMS; f++)
        ok = ok && (p->index == NULL || road_hub_scratch_new(p->index, &q->hub_scratch[f], NULL));
    if (!ok || !q->own_shuttle || !q->step || !q->group_ok || !q->terminal_ok || !q->near_from ||
        !q->near_to || !q->queue) {
        plan_query_free(q);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the scratch of a freight query");
    }
    if (!road_query_new(p->net, p->index, &q->road, e)) {
        plan_query_free(q);
        return false;
    }
    *out = q;
    return true;
}

void plan_query_free(struct plan_query *q)
{
    if (q == NULL)
        return;
    label_pool_free(&q->pool);
    for (int f = 0; f < PLAN_FORMS; f++) {
        free(q->out[f]);
        free(q->in[f]);
        free(q->haul_out[f]);
        free(q->haul_in[f]);
        road_hub_scratch_free(q->hub_scratch[f]);
    }
    free(q->haul_shuttle);
    free(q->haul_stamp);
    free(q->price);
    free(q->stay);
    free(q->quiet);
    free(q->rate);
    free(q->bound);
    free(q->board);
    free(q->heap);
    free(q->seed);
    plan_floors_free(q->floors);
    free(q->ready);
    free(q->group_ready);
    free(q->step);
    free(q->group_ok);
    free(q->terminal_ok);
    free(q->near_from);
    free(q->near_to);
    free(q->queue);
    free(q->own_shuttle);
    road_query_free(q->road);
    free(q);
}

const struct road_metric *plan_metric(const struct plan_query *q, int form)
{
    if (q->load.vehicle == NET_NONE)
        return NULL;
    return q->own_metrics ? q->own[form]
                          : q->p->metric[q->p->net->vehicle[q->load.vehicle].vehicle_class][form];
}

struct truck_run plan_run(const struct road_cost *c)
{
    return (struct truck_run){.drive_s = ((int64_t)c->time_ms + 999) / 1000,
                              .distance_m = c->length_m,
                              .toll_myuan = c->toll_myuan};
}

int64_t plan_truck_s(const struct plan_query *q, const struct road_cost *c)
{
    int64_t drive_s = plan_run(c).drive_s;
    return drive_s + truck_rest_s(drive_s, q->request->second_driver);
}

const struct road_cost *plan_shuttle_cost(struct plan_query *q, uint32_t from, const struct plan_shuttle *s,
                                          int form)
{
    if (q->own_metrics) {
        struct road_cost *c = &q->own_shuttle[(size_t)(s - q->p->shuttle) * PLAN_FORMS + (size_t)form];
        if (c->weight == 0)
            road_one_to_one(q->road, q->own[form], q->p->node[from], q->p->node[s->to], c);
        return c;
    }
    return &s->cost[q->p->net->vehicle[q->load.vehicle].vehicle_class][form];
}

uint8_t plan_mode_of_state(uint8_t state)
{
    static const uint8_t mode[AT_STATE_COUNT] = {MODE_ROAD, MODE_RAIL, MODE_WATER,
                                                 MODE_AIR,  MODE_ROAD, MODE_ROAD};
    return mode[state];
}

int64_t plan_ride_m(const struct network *n, uint32_t from_stop, uint32_t to_stop)
{
    int64_t m = 0;
    for (uint32_t k = from_stop + 1; k <= to_stop; k++)
        m += n->stop[k].distance_m;
    return m;
}

int64_t plan_storage_myuan(const struct plan_query *q, uint32_t terminal, int64_t arrive_at,
                           int64_t depart_at)
{
    struct bill b = {.count = 0};
    return bill_storage(q->p->net, terminal, &q->load, arrive_at, depart_at, &b) ? b.sum_myuan
                                                                                 : BILL_MAX_MYUAN;
}

/* A vehicle with its own measures, dangerous goods or roads to avoid has metrics of its own. */
static bool choose_metrics(struct plan_query *q, struct err *e)
{
    struct road_profile v[PLAN_FORMS];
    uint32_t shuttles = q->p->shuttle_first[q->p->net->terminal_count];
    q->own_metrics = plan_own_profiles(q->p, q->request, v);
    if (!q->own_metrics)
        return true;
    memset(q->own_shuttle, 0, (size_t)shuttles * PLAN_FORMS * sizeof *q->own_shuttle);
    for (int f = 0; f < PLAN_FORMS; f++) {
        if (q->request->own[f] == NULL && !plan_make_metric(q->p, &v[f], q->request->avoid, &q->made[f], e))
            return false;
        q->own[f] = q->request->own[f] != NULL ? q->request->own[f] : q->made[f];
    }
    return true;
}

static void steps_of(struct plan_query *q, uint32_t terminal)
{
    const struct network *n = q->p->net;
    const struct net_terminal *t = &n->terminal[terminal];
    struct plan_step *s = &q->step[terminal * MODE_COUNT * MODE_COUNT];
    bool box = (q->load.cargo & CARGO_CONTAINER) != 0, relaxed = (q->relax & RELAX_CARGO) != 0;
    int64_t hub_g = emission_hub(n, t, &q->load).wtw_g; /* once for a transition, whatever its rows */
    for (int i = 0; i < MODE_COUNT * MODE_COUNT; i++)
        s[i] = (struct plan_step){.p50_s = -1};
    for (uint32_t i = 0; q->terminal_ok[terminal] && i < t->handling_count; i++) {
        const struct net_handling *h = &n->handling[t->handling_first + i];
        struct plan_step *x = &s[h->from_mode * MODE_COUNT + h->to_mode];
        int64_t price = box ? h->price_myuan_per_teu : h->price_myuan_per_t, amount = 0;
        if (!relaxed && !cargo_fits(h->cargo, q->load.cargo))
            continue;
        if (!bill_round(box ? (int64_t)q->load.teu * 1000 : q->load.mass_kg, price, 1000, &amount))
            continue; /* a price past all bounds: refused again when the bill is written */
        x->p50_s = (x->p50_s < 0 ? 0 : x->p50_s) + h->p50_min * 60;
        x->p90_s += h->p90_min * 60;
        x->money_myuan += amount;
        x->co2_g = hub_g;
    }
}

static bool has_room(const struct plan_query *q, struct plan_room room)
{
    return q->share > 0 ? room.share >= q->share : (q->relax & RELAX_CAPACITY) != 0 || room.share >= 1;
}

bool plan_make_ready(struct plan_query *q, uint32_t i)
{
    const struct net_terminal *t = &q->p->net->terminal[i];
    q->ready[i] = q->stamp;
    q->terminal_ok[i] = t->status == STATUS_OPEN &&
                        (q->relax & RELAX_CARGO || limits_take_terminal(t, &q->load)) &&
                        has_room(q, plan_terminal_room(t, &q->load));
    steps_of(q, i);
    return q->terminal_ok[i];
}

bool plan_group_ok(struct plan_query *q, uint32_t group)
{
    const struct network *n = q->p->net;
    const struct net_service *s = &n->service[q->p->rides.group[group].service];
    if (q->group_ready[group] == q->stamp)
        return q->group_ok[group];
    q->group_ready[group] = q->stamp;
    q->group_ok[group] = (q->relax & RELAX_CARGO || limits_take_service(n, s, &q->load)) &&
                         has_room(q, plan_departure_room(s, &q->load));
    return q->group_ok[group];
}

void plan_relaxed(struct plan_query *q, unsigned relax)
{
    unsigned tables = relax & (RELAX_CAPACITY | RELAX_CARGO);
    q->relax = relax;
    q->truck_limit_m = relax & RELAX_TRUCKS ? UINT32_MAX : plan_truck_limit_m(q);
    if (q->tables_made && tables == q->tables_relax)
        return;
    q->tables_made = true;
    q->tables_relax = tables;
    q->stamp++; /* prices of rides are asked anew */
    for (uint32_t k = 0; !q->lazy && k < q->served->count; k++)
        plan_ready(q, q->served->terminal[k]);
}

static void look_from_doors(struct plan_query *q)
{
    const struct network *n = q->p->net;
    struct geo_vector from = geo_vector_of(n->node_point[q->request->from]),
                      to = geo_vector_of(n->node_point[q->request->to]);
    q->near_doors = geo_product(from, to);
    for (uint32_t k = 0; k < q->served->count; k++) {
        uint32_t i = q->served->terminal[k];
        q->near_from[i] = geo_product(q->p->lies[i], from);
        q->near_to[i] = geo_product(q->p->lies[i], to);
    }
}

bool plan_metrics(struct plan_query *q, const struct plan_request *r, struct err *e)
{
    q->request = r;
    q->load = plan_load(q->p->net, r);
    q->pool.count = 0;
    q->ticks = 0;
    q->lazy = false;
    q->single = (struct plan_single){.by = SINGLE_NO, .limit = INT64_MAX};
    return choose_metrics(q, e);
}

bool plan_prepare_tables(struct plan_query *q, struct arena *a, struct err *e)
{
    const struct plan_request *r = q->request;
    q->modes = 0;
    for (int f = 0; f < FAMILY_COUNT; f++)
        q->modes |= r->families >> f & 1 ? plan_main_modes((enum plan_family)f) : 0;
    q->served = &q->p->served[q->modes];
    look_from_doors(q);
    if (q->single.by != SINGLE_NO)
        plan_drive_lazy(q);
    else
        plan_drive(q);
    plan_forget_hauls(q);
    if (r->via_count > 0 && !plan_drive_via(q, a, e))
        return false;
    q->tables_made = false;
    plan_relaxed(q, 0);
    return true;
}

bool plan_prepare(struct plan_query *q, const struct plan_request *r, struct arena *a, struct err *e)
{
    return plan_metrics(q, r, e) && plan_prepare_tables(q, a, e);
}

bool plan_prepare_lazy(struct plan_query *q, const struct plan_request *r, struct arena *a, struct err *e)
{
    if (!plan_metrics(q, r, e))
        return false;
    q->single.by = r->single;
    return plan_prepare_tables(q, a, e);
}

void plan_finish(struct plan_query *q)
{
    for (int f = 0; f < PLAN_FORMS; f++) {
        road_metric_free(q->made[f]);
        q->made[f] = NULL;
        q->own[f] = NULL;
    }
    q->request = NULL;
}
