/* api_cost.c - GetCost, and each load of GetCosts: the price of one option of one family. */
#include "api_routing.h"

#include "convert.h"
#include "loop.h"
#include "plan/gaps.h"
#include "question.h"

static char *text(const char *s)
{
    return (char *)(uintptr_t)s; /* protobuf-c's messages are not const; packing only reads */
}

static bool no_memory(struct err *e)
{
    return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
}

/* A cost question is a route question for one family. */
static bool cost_request(struct call *c, struct arena *a, const Zongheng__V1__GetCostRequest *m,
                         struct plan_request *r, struct err *e)
{
    Zongheng__V1__FindRoutesRequest route = ZONGHENG__V1__FIND_ROUTES_REQUEST__INIT;
    Zongheng__V1__Family family = m->family != 0 ? m->family : ZONGHENG__V1__FAMILY__ROAD;
    if (family == ZONGHENG__V1__FAMILY__ANY)
        return fail_field(e, ERR_INVALID_ARGUMENT, "family",
                          "GetCost wants one family; FindRoutes answers for ANY");
    route.origin = m->origin;
    route.destination = m->destination;
    route.cargo = m->cargo;
    route.ready_at = m->ready_at;
    route.vehicle = m->vehicle;
    route.families = &family;
    route.n_families = 1;
    route.scenario_id = m->scenario_id;
    route.via = m->via;
    route.n_via = m->n_via;
    route.avoid = m->avoid;
    return convert_request(a, c->snapshot, &route, c->now_s, r, e);
}

static bool seek_cost(struct question *q, struct plan_query *scratch)
{
    struct routing_cost *w = (struct routing_cost *)(void *)q;
    struct arena *a = question_arena(q);
    bool found;
    if (!plan_cost(scratch, &q->request, w->cheapest, call_late, q->call, a, &w->option, &found, &q->err))
        return false;
    if (found)
        return true;
    return plan_search(scratch, &q->request, call_late, q->call, a, &q->answer, &q->err) &&
           fail_field(&q->err, ERR_NOT_FOUND, "family", "%s",
                      q->answer.not_offered_count > 0 ? q->answer.not_offered[0].text
                                                      : "no option of this family");
}

static bool warn_of_cost(struct routing_cost *w, struct plan_query *scratch, struct plan_itinerary *it)
{
    struct call *c = w->q.call;
    struct arena *a = question_arena(&w->q);
    struct road_profile v;
    struct convert_warnings out;
    if (!convert_warnings_init(a, &out, &w->q.err))
        return false;
    convert_warn(&out, question_agreed_warning(a, &w->q.agreed));
    bool near = plan_truck(c->snapshot->plan, &w->q.request, &v) && convert_comes_near(c->snapshot->net, &v);
    struct road_kind kind[LINK_KIND_COUNT];
    bool ok = true;
    if (near && plan_kinds(scratch, &w->q.request, it, kind))
        ok = convert_gaps_of_kinds(a, c->snapshot->net, &v, kind, &out, &w->q.err);
    else if (near)
        ok = plan_geometry(scratch, &w->q.request, it, a, &w->q.err) &&
             convert_gaps(a, c->snapshot->net, &v, it, 1, &out, &w->q.err);
    if (!ok)
        return false;
    w->out.warnings = out.text;
    w->out.n_warnings = out.count;
    w->out.limit_gaps = out.gap;
    w->out.n_limit_gaps = out.gap_count;
    return true;
}

static bool finish_cost(struct question *q, struct plan_query *scratch)
{
    struct routing_cost *w = (struct routing_cost *)(void *)q;
    struct call *c = q->call;
    struct plan_itinerary *it = &w->option;
    w->out.lines = convert_lines(question_arena(q), c->snapshot->net, it);
    if (w->out.lines == NULL)
        return no_memory(&q->err);
    w->out.n_lines = it->line_count;
    w->out.estimated = convert_any_estimated(it, 1);
    w->out.total_fen = it->total_myuan / 10;
    w->out.distance_m = it->distance_m;
    w->out.duration_s = it->arrive_at - it->depart_at;
    w->out.arrive_at = it->arrive_at;
    w->out.co2_wtw_g = it->co2_wtw_g;
    w->out.network_version = text(c->snapshot->net->version);
    return warn_of_cost(w, scratch, it);
}

static void send_cost(struct question *q)
{
    if (q->err.code != ERR_OK)
        call_fail(q->call, &q->err, question_retry_ms(&q->err));
    else
        call_reply(q->call, &((struct routing_cost *)(void *)q)->out.base);
}

bool routing_cost_init(struct routing_cost *w, struct call *c, const Zongheng__V1__GetCostRequest *m)
{
    zongheng__v1__get_cost_reply__init(&w->out);
    w->cheapest = m->cheapest;
    w->q.call = c;
    w->q.seek = seek_cost;
    w->q.finish = finish_cost;
    return cost_request(c, question_arena(&w->q), m, &w->q.request, &w->q.err);
}

void api_routing_get_cost(struct call *c, const ProtobufCMessage *message)
{
    struct routing_cost *w = arena_calloc(&c->arena, 1, sizeof *w);
    if (w == NULL) {
        struct err e = {0};
        no_memory(&e);
        call_fail(c, &e, 0);
        return;
    }
    w->q.done = send_cost;
    if (routing_cost_init(w, c, (const void *)message))
        question_ask(&w->q);
    else
        call_fail(c, &w->q.err, 0);
}
