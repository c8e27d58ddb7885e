#include "api_routing.h"

#include "convert.h"
#include "loop.h"

#include <string.h>

enum { PLACES_DEFAULT = 10, PLACES_MAX = 50 };

static char *text(const char *s)
{
    return (char *)(uintptr_t)s; /* protobuf-c's messages are not const; packing only reads */
}

static void fail_memory(struct call *c)
{
    struct err e = {0};
    fail(&e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    call_fail(c, &e, 0);
}

void api_routing_find_places(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__FindPlacesRequest *m = (const void *)message;
    const struct network *n = c->snapshot->net;
    Zongheng__V1__FindPlacesReply r = ZONGHENG__V1__FIND_PLACES_REPLY__INIT;
    Zongheng__V1__Place *list[PLACES_MAX];
    uint32_t nodes[PLACES_MAX];
    struct err e = {0};
    if (m->query[0] == '\0')
        fail_field(&e, ERR_INVALID_ARGUMENT, "query", "query is empty; type a name, pinyin or code");
    else if (m->max_results > PLACES_MAX)
        fail_field(&e, ERR_INVALID_ARGUMENT, "max_results", "max_results is 1 to %d, or 0 for %d", PLACES_MAX,
                   PLACES_DEFAULT);
    else if (m->scenario_id[0] != '\0')
        fail_field(&e, ERR_UNIMPLEMENTED, "scenario_id",
                   "this server holds no scenarios; leave scenario_id empty");
    if (e.code != ERR_OK) {
        call_fail(c, &e, 0);
        return;
    }
    uint32_t want = m->max_results != 0 ? m->max_results : PLACES_DEFAULT;
    r.n_places = places_find(c->snapshot->places, m->query, want, nodes);
    for (size_t i = 0; i < r.n_places; i++) {
        list[i] = convert_place(&c->arena, c->snapshot, nodes[i]);
        if (list[i] == NULL) {
            fail_memory(c);
            return;
        }
    }
    r.places = list;
    r.network_version = text(n->version);
    r.attribution = text(net_string(n, n->attribution));
    call_reply(c, &r.base);
}

static bool ask(struct call *c, const struct plan_request *r, struct plan_answer *answer, struct err *e)
{
    return plan_search(loop_query(c->loop), r, call_late, c, &c->arena, answer, e);
}

/* Geometry is drawn for the options that are sent only. */
static bool put_options(struct call *c, const struct plan_request *r, struct plan_answer *answer,
                        bool geometry, Zongheng__V1__FindRoutesReply *out, struct err *e)
{
    out->options = arena_calloc(&c->arena, (size_t)answer->option_count + 1, sizeof *out->options);
    if (out->options == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    for (uint32_t i = 0; i < answer->option_count; i++) {
        if (geometry && !plan_geometry(loop_query(c->loop), r, &answer->options[i], &c->arena, e))
            return false;
        out->options[i] = convert_option(&c->arena, c->snapshot, r, &answer->options[i], geometry);
        if (out->options[i] == NULL)
            return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    }
    out->n_options = answer->option_count;
    return true;
}

static bool put_reasons(struct call *c, const struct plan_answer *answer, Zongheng__V1__FindRoutesReply *out,
                        struct err *e)
{
    Zongheng__V1__NotOffered *list = arena_calloc(&c->arena, FAMILY_COUNT, sizeof *list);
    out->families_not_offered = arena_calloc(&c->arena, FAMILY_COUNT, sizeof *out->families_not_offered);
    if (list == NULL || out->families_not_offered == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    for (uint32_t i = 0; i < answer->not_offered_count; i++) {
        zongheng__v1__not_offered__init(&list[i]);
        list[i].family = convert_family(answer->not_offered[i].family);
        list[i].reason = text(plan_reason_name(answer->not_offered[i].reason));
        list[i].text = text(answer->not_offered[i].text);
        out->families_not_offered[i] = &list[i];
    }
    out->n_families_not_offered = answer->not_offered_count;
    return true;
}

/* One warning for all estimated lines: each line is marked beside. */
static bool put_warnings(struct call *c, const struct plan_answer *answer, Zongheng__V1__FindRoutesReply *out,
                         struct err *e)
{
    bool estimated = false;
    for (uint32_t i = 0; i < answer->option_count; i++)
        for (uint32_t k = 0; k < answer->options[i].line_count; k++)
            estimated = estimated || answer->options[i].lines[k].estimated;
    if (!estimated)
        return true;
    out->warnings = arena_calloc(&c->arena, 1, sizeof *out->warnings);
    if (out->warnings == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    out->warnings[0] = text("lines marked estimated rest on estimated rates; data/SOURCES.md names them");
    out->n_warnings = 1;
    return true;
}

void api_routing_find_routes(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__FindRoutesRequest *m = (const void *)message;
    const struct network *n = c->snapshot->net;
    Zongheng__V1__FindRoutesReply out = ZONGHENG__V1__FIND_ROUTES_REPLY__INIT;
    struct plan_request r;
    struct plan_answer answer;
    struct err e = {0};
    if (!convert_request(c->snapshot, m, c->now_s, &r, &e) || !ask(c, &r, &answer, &e) ||
        !put_options(c, &r, &answer, !m->without_geometry, &out, &e) || !put_reasons(c, &answer, &out, &e) ||
        !put_warnings(c, &answer, &out, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    out.network_version = text(n->version);
    out.tariff_version = text(n->tariff_version);
    out.timetable_version = text(n->timetable_version);
    out.attribution = text(net_string(n, n->attribution));
    call_reply(c, &out.base);
}

/* A cost question is a route question for one family. */
static bool cost_request(struct call *c, const Zongheng__V1__GetCostRequest *m, struct plan_request *r,
                         struct err *e)
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
    return convert_request(c->snapshot, &route, c->now_s, r, e);
}

static const struct plan_itinerary *best(const struct plan_answer *answer, bool cheapest)
{
    const struct plan_itinerary *b = NULL;
    for (uint32_t i = 0; i < answer->option_count; i++) {
        const struct plan_itinerary *o = &answer->options[i];
        if (b == NULL || (cheapest ? o->total_myuan < b->total_myuan : o->arrive_at < b->arrive_at))
            b = o;
    }
    return b;
}

void api_routing_get_cost(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__GetCostRequest *m = (const void *)message;
    Zongheng__V1__GetCostReply out = ZONGHENG__V1__GET_COST_REPLY__INIT;
    struct plan_request r;
    struct plan_answer answer;
    struct err e = {0};
    if (!cost_request(c, m, &r, &e) || !ask(c, &r, &answer, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    const struct plan_itinerary *it = best(&answer, m->cheapest);
    if (it == NULL) {
        fail_field(&e, ERR_NOT_FOUND, "family", "%s",
                   answer.not_offered_count > 0 ? answer.not_offered[0].text : "no option of this family");
        call_fail(c, &e, 0);
        return;
    }
    out.lines = convert_lines(&c->arena, c->snapshot->net, it);
    if (out.lines == NULL) {
        fail_memory(c);
        return;
    }
    out.n_lines = it->line_count;
    for (uint32_t i = 0; i < it->line_count; i++)
        out.estimated = out.estimated || it->lines[i].estimated;
    out.total_fen = it->total_myuan / 10;
    out.distance_m = it->distance_m;
    out.duration_s = it->arrive_at - it->depart_at;
    out.arrive_at = it->arrive_at;
    out.co2_wtw_g = it->co2_wtw_g;
    out.network_version = text(c->snapshot->net->version);
    call_reply(c, &out.base);
}

bool routing_replan(struct call *c, const Zongheng__V1__FindRoutesRequest *request, const char *ref,
                    struct plan_request *r, const struct plan_itinerary **it, Zongheng__V1__Option **option,
                    struct err *e)
{
    struct plan_answer answer;
    if (request == NULL)
        return fail_field(e, ERR_INVALID_ARGUMENT, "request",
                          "request is missing: the question that plan_ref answers");
    if (!convert_request(c->snapshot, request, c->now_s, r, e))
        return fail_within(e, "request");
    if (!ask(c, r, &answer, e))
        return false;
    for (uint32_t i = 0; i < answer.option_count; i++) {
        char have[33];
        plan_ref(c->snapshot->net, r, &answer.options[i], have);
        if (strcmp(have, ref) != 0)
            continue;
        *it = &answer.options[i];
        *option = convert_option(&c->arena, c->snapshot, r, *it, false);
        return *option != NULL ||
               fail(e, ERR_RESOURCE_EXHAUSTED, "the booking does not fit the memory of one request");
    }
    return fail_field(
        e, ERR_FAILED_PRECONDITION, "plan_ref",
        "no option of this question has that plan_ref on network %s: prices, timetable or network have "
        "changed, or it is of another question; ask FindRoutes again",
        c->snapshot->net->version);
}
