#include "api_routing.h"

#include "convert.h"
#include "loop.h"
#include "plan/gaps.h"
#include "plan/ref.h"
#include "question.h"

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

struct routes {        /* FindRoutes in work; in the call's arena */
    struct question q; /* first */
    const Zongheng__V1__FindRoutesRequest *message;
    uint32_t max_options; /* as asked */
    /* Of one option that drives a single way: the kinds of its roads tell what a way need not be unpacked
     * for. */
    bool by_kind;
    struct road_kind kind[LINK_KIND_COUNT];
    Zongheng__V1__FindRoutesReply out;
};

static bool no_memory(struct err *e)
{
    return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
}

/* Ways are unpacked for the options that are sent only, to draw them and to look for roads without data. */
static bool put_options(struct routes *w, struct plan_query *scratch, bool near)
{
    struct call *c = w->q.call;
    const struct plan_request *r = &w->q.request;
    struct plan_answer *answer = &w->q.answer;
    struct err *e = &w->q.err;
    bool geometry = !w->message->without_geometry;
    w->by_kind = near && !geometry && answer->option_count == 1 &&
                 plan_kinds(scratch, r, &answer->options[0], w->kind);
    w->out.options = arena_calloc(&c->arena, (size_t)answer->option_count + 1, sizeof *w->out.options);
    if (w->out.options == NULL)
        return no_memory(e);
    for (uint32_t i = 0; i < answer->option_count; i++) {
        if ((geometry || near) && !w->by_kind &&
            !plan_geometry(scratch, r, &answer->options[i], &c->arena, e))
            return false;
        w->out.options[i] = convert_option(&c->arena, c->snapshot, r, &answer->options[i], geometry);
        if (w->out.options[i] == NULL)
            return no_memory(e);
    }
    w->out.n_options = answer->option_count;
    return true;
}

static bool put_reasons(struct routes *w)
{
    w->out.families_not_offered = convert_reasons(&w->q.call->arena, &w->q.answer);
    w->out.n_families_not_offered = w->q.answer.not_offered_count;
    return w->out.families_not_offered != NULL || no_memory(&w->q.err);
}

/* One warning for all estimated lines (each line is marked beside), one for each kind of limit. */
static bool put_warnings(struct routes *w, const struct road_profile *truck)
{
    struct arena *a = &w->q.call->arena;
    const struct plan_answer *answer = &w->q.answer;
    struct convert_warnings out;
    if (!convert_warnings_init(a, &out, &w->q.err))
        return false;
    convert_warn(&out, question_agreed_warning(a, &w->q.agreed));
    if (convert_any_estimated(answer->options, answer->option_count))
        convert_warn(&out, "lines marked estimated rest on estimated rates; data/SOURCES.md names them");
    if (answer->alternative_count < w->q.request.alternatives)
        convert_warn(&out, arena_printf(a, "%u alternatives were asked for; %u good ones were found",
                                        w->q.request.alternatives, answer->alternative_count));
    const struct network *n = w->q.call->snapshot->net;
    if (truck != NULL && answer->option_count > 0 &&
        !(w->by_kind ? convert_gaps_of_kinds(a, n, truck, w->kind, &out, &w->q.err)
                     : convert_gaps(a, n, truck, answer->options, answer->option_count, &out, &w->q.err)))
        return false;
    w->out.warnings = out.text;
    w->out.n_warnings = out.count;
    w->out.limit_gaps = out.gap;
    w->out.n_limit_gaps = out.gap_count;
    return true;
}

/* --- an option of an earlier answer --- */

/* "network, tariff" in words, and as a list. */
static bool put_changes(struct arena *a, unsigned differs, Zongheng__V1__PlanRefAnswer *m)
{
    static const char *const names[] = {"network", "tariff", "timetable", "scenario", "agreed tariff",
                                        "request", "option", "details",   "price"};
    enum { PARTS = sizeof names / sizeof names[0] };
    const char *text = "";
    m->changed = arena_calloc(a, PARTS, sizeof *m->changed);
    if (m->changed == NULL)
        return false;
    for (unsigned i = 0; text != NULL && i < PARTS; i++) {
        bool alone = 1u << i != PLAN_REF_SEAL || differs == PLAN_REF_SEAL;
        if (!(differs >> i & 1) || !alone)
            continue;
        text = arena_printf(a, "%s%s%s", text, m->n_changed > 0 ? ", " : "", names[i]);
        m->changed[m->n_changed++] = (char *)(uintptr_t)names[i];
    }
    m->text = (char *)(uintptr_t)(text != NULL && m->n_changed > 0 ? arena_printf(a, "changed: %s", text)
                                                                   : "the option is as it was");
    return text != NULL && m->text != NULL;
}

/* Leaves the option that the reference means alone in the answer, or, when it is gone, what the question
 * gives. */
static bool refer(struct routes *w, struct plan_query *scratch)
{
    struct call *c = w->q.call;
    const struct network *n = c->snapshot->net;
    struct plan_answer *answer = &w->q.answer;
    struct plan_ref want, now;
    Zongheng__V1__PlanRefAnswer *m = arena_alloc(&c->arena, sizeof *m);
    if (m == NULL || !plan_ref_parse(w->message->plan_ref, &want))
        return no_memory(&w->q.err);
    zongheng__v1__plan_ref_answer__init(m);
    w->out.plan_ref = m;
    m->total_fen_before = (int64_t)want.total_fen;
    const struct plan_itinerary *it = plan_ref_find(n, &w->q.request, answer, &want, &now);
    if (it != NULL) {
        m->total_fen_now = (int64_t)now.total_fen;
        answer->options[0] = *it;
        answer->option_count = 1;
        answer->alternative_count = it->alternative > 0;
    } else { /* as if the reference had not been there */
        static const struct plan_itinerary nothing = {.legs = NULL};
        plan_ref_of(n, &w->q.request, &nothing, &now);
        now.chain = want.chain ^ 1;
        now.total_fen = want.total_fen;
        w->q.request.max_options = w->max_options;
        if (!plan_search(scratch, &w->q.request, call_late, c, &c->arena, answer, &w->q.err))
            return false;
    }
    unsigned differs = plan_ref_differs(&want, &now);
    m->same = differs == 0;
    return put_changes(&c->arena, differs, m) || no_memory(&w->q.err);
}

static bool finish_routes(struct question *q, struct plan_query *scratch)
{
    struct routes *w = (struct routes *)(void *)q;
    if (w->message->plan_ref[0] != '\0' && !refer(w, scratch))
        return false;
    const struct network *n = q->call->snapshot->net;
    struct road_profile v;
    bool truck = plan_truck(q->call->snapshot->plan, &q->request, &v);
    bool near = truck && convert_comes_near(n, &v);
    if (!put_options(w, scratch, near) || !put_reasons(w) || !put_warnings(w, near ? &v : NULL))
        return false;
    w->out.network_version = text(n->version);
    w->out.tariff_version = text(n->tariff_version);
    w->out.timetable_version = text(n->timetable_version);
    w->out.attribution = text(net_string(n, n->attribution));
    return true;
}

static void send_routes(struct question *q)
{
    if (q->err.code != ERR_OK)
        call_fail(q->call, &q->err, question_retry_ms(&q->err));
    else
        call_reply(q->call, &((struct routes *)(void *)q)->out.base);
}

void api_routing_find_routes(struct call *c, const ProtobufCMessage *message)
{
    struct routes *w = arena_calloc(&c->arena, 1, sizeof *w);
    if (w == NULL) {
        fail_memory(c);
        return;
    }
    zongheng__v1__find_routes_reply__init(&w->out);
    w->message = (const void *)message;
    w->q.call = c;
    w->q.finish = finish_routes;
    w->q.done = send_routes;
    struct plan_ref ref;
    if (w->message->plan_ref[0] != '\0' && !plan_ref_parse(w->message->plan_ref, &ref))
        fail_field(&w->q.err, ERR_INVALID_ARGUMENT, "plan_ref", "plan_ref is the 32 hex digits of an option");
    if (w->q.err.code == ERR_OK &&
        convert_request(&c->arena, c->snapshot, w->message, c->now_s, &w->q.request, &w->q.err)) {
        w->max_options = w->q.request.max_options;
        if (w->message->plan_ref[0] != '\0')
            w->q.request.max_options = PLAN_OPTIONS_MAX; /* it may have come of an answer with more options */
        question_ask(&w->q);
    } else {
        call_fail(c, &w->q.err, 0);
    }
}

static bool finish_replan(struct question *q, struct plan_query *scratch)
{
    struct replan *x = (struct replan *)(void *)q;
    struct call *c = q->call;
    for (uint32_t i = 0; i < q->answer.option_count; i++) {
        char have[33];
        plan_ref(c->snapshot->net, &q->request, &q->answer.options[i], have);
        if (strcmp(have, x->ref) != 0)
            continue;
        x->it = &q->answer.options[i];
        if (!plan_geometry(scratch, &q->request, &q->answer.options[i], &c->arena, &q->err))
            return false;
        x->option = convert_option(&c->arena, c->snapshot, &q->request, x->it, false);
        return x->option != NULL ||
               fail(&q->err, ERR_RESOURCE_EXHAUSTED, "the booking does not fit the memory of one request");
    }
    return fail_field(
        &q->err, ERR_FAILED_PRECONDITION, "plan_ref",
        "no option of this question has that plan_ref on network %s: prices, timetable or network have "
        "changed, or it is of another question; ask FindRoutes again",
        c->snapshot->net->version);
}

static void end_replan(struct question *q)
{
    struct replan *x = (struct replan *)(void *)q;
    x->done(x);
}

void routing_replan(struct replan *x, struct call *c, const Zongheng__V1__FindRoutesRequest *request)
{
    x->q.call = c;
    x->q.firm_price = true;
    x->q.finish = finish_replan;
    x->q.done = end_replan;
    if (request == NULL)
        fail_field(&x->q.err, ERR_INVALID_ARGUMENT, "request",
                   "request is missing: the question that plan_ref answers");
    else if (!convert_request(&c->arena, c->snapshot, request, c->now_s, &x->q.request, &x->q.err))
        fail_within(&x->q.err, "request");
    else {
        question_ask(&x->q);
        return;
    }
    x->done(x);
}
