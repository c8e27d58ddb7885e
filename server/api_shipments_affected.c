/* Affected: which live shipments closed roads and cancelled departures hit, and what else could be done with
 * each, at what extra cost. The shipments are asked for one after the other, in the call's arena. */
#include "api_routing.h"
#include "api_shipments_common.h"
#include "call.h"
#include "convert.h"
#include "dispatch.h"
#include "log.h"
#include "loop.h"
#include "store_watch.h"
#include "whatif/scenario.h"

#include "zongheng/v1/shipments.pb-c.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHIPMENTS_DEFAULT = 10,
    SHIPMENTS_MAX = 50,
    CANCELLED_MAX = 100,
    OPTIONS_MAX = 4,
    LATER_MAX = 3,
    NUMBER_TEXT = 24
};

struct affected { /* in the call's arena */
    struct call *call;
    const Zongheng__V1__AffectedRequest *message;
    uint32_t page;
    char *links, *services, *days;
    Zongheng__V1__AffectedReply reply;
    size_t next;    /* the shipment to ask for */
    unsigned later; /* days that its question was put off by */
    struct question *q;
};

static void *pb_alloc(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void pb_free(void *arena, void *p)
{
    (void)arena;
    (void)p; /* the arena frees */
}

static bool no_memory(struct err *e)
{
    return fail(e, ERR_RESOURCE_EXHAUSTED,
                "the answer does not fit the memory of one request; ask for fewer");
}

/* --- the disruption as SQL arrays --- */

/* "{1,2,3}" */
struct list_text {
    char *text;
    size_t size, at;
};

static bool list_begin(struct arena *a, struct list_text *l, size_t size)
{
    *l = (struct list_text){.text = arena_alloc(a, size), .size = size};
    return l->text != NULL;
}

static void list_add(struct list_text *l, const char *item)
{
    l->at += (size_t)snprintf(l->text + l->at, l->size - l->at, "%c%s", l->at == 0 ? '{' : ',', item);
}

static char *list_end(struct list_text *l)
{
    snprintf(l->text + l->at, l->size - l->at, "%s}", l->at == 0 ? "{" : "");
    return l->text;
}

static void list_add_i64(struct list_text *l, int64_t value)
{
    char number[NUMBER_TEXT];
    snprintf(number, sizeof number, "%" PRId64, value);
    list_add(l, number);
}

static bool put_links(struct affected *a, struct err *e)
{
    const struct network *n = a->call->snapshot->net;
    const struct plan_avoid *avoid;
    struct list_text l;
    uint32_t *arcs = NULL, count = 0;
    if (!convert_avoid(&a->call->arena, a->message->closed, &avoid, e) ||
        (avoid != NULL && !plan_avoid_arcs(n, avoid, &arcs, &count, e))) {
        fail_within(e, "closed");
        return false;
    }
    if (arcs != NULL && !arena_defer(&a->call->arena, free, arcs)) {
        free(arcs);
        return no_memory(e);
    }
    const struct scenario_version *v = a->call->snapshot->made;
    uint32_t closed = v != NULL ? v->closed_count : 0;
    if (!list_begin(&a->call->arena, &l, ((size_t)count + closed) * NUMBER_TEXT + 3))
        return no_memory(e);
    for (uint32_t i = 0; i < count; i++)
        list_add_i64(&l, n->link[net_arc_link(n, arcs[i])].id);
    for (uint32_t i = 0; i < closed; i++)
        list_add_i64(&l, n->link[v->closed[i]].id);
    a->links = list_end(&l);
    return true;
}

static bool is_day(const char *s)
{
    if (strlen(s) != 10)
        return false;
    for (int i = 0; i < 10; i++)
        if (i == 4 || i == 7 ? s[i] != '-' : s[i] < '0' || s[i] > '9')
            return false;
    int month = (s[5] - '0') * 10 + s[6] - '0', day = (s[8] - '0') * 10 + s[9] - '0';
    static const int last[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month >= 1 && month <= 12 && day >= 1 && day <= last[month - 1];
}

/* By a scenario: it runs on no day any more. */
static bool is_withdrawn(const struct snapshot *s, uint32_t service)
{
    const struct net_service *now = &s->net->service[service];
    return service < s->base->net->service_count && now->days == 0 && now->exception_count == 0 &&
           s->base->net->service[service].days != 0;
}

static uint32_t count_withdrawn(const struct snapshot *s)
{
    uint32_t count = 0;
    for (uint32_t i = 0; s->base != NULL && i < s->net->service_count; i++)
        count += is_withdrawn(s, i);
    return count;
}

static bool put_departures(struct affected *a, struct err *e)
{
    const Zongheng__V1__AffectedRequest *m = a->message;
    struct list_text services, days;
    size_t all = m->n_cancelled + count_withdrawn(a->call->snapshot);
    if (!list_begin(&a->call->arena, &services, all * NUMBER_TEXT + 3) ||
        !list_begin(&a->call->arena, &days, all * NUMBER_TEXT + 3))
        return no_memory(e);
    const struct network *n = a->call->snapshot->net;
    for (uint32_t i = 0; all > m->n_cancelled && i < n->service_count; i++)
        if (is_withdrawn(a->call->snapshot, i)) {
            list_add_i64(&services, n->service[i].id);
            list_add(&days, "NULL");
        }
    for (size_t i = 0; i < m->n_cancelled; i++) {
        const char *day = m->cancelled[i]->day;
        if (day[0] != '\0' && !is_day(day))
            return fail_field(e, ERR_INVALID_ARGUMENT, "cancelled.day", "day is like 2026-12-01, or empty");
        list_add_i64(&services, m->cancelled[i]->service_id);
        list_add(&days, day[0] != '\0' ? day : "NULL");
    }
    a->services = list_end(&services);
    a->days = list_end(&days);
    return true;
}

/* --- one shipment's question --- */

static Zongheng__V1__AffectedShipment *current(struct affected *a)
{
    return a->reply.shipments[a->next];
}

static bool is_cancelled(const struct affected *a, const Zongheng__V1__Option *o)
{
    for (size_t i = 0; i < o->n_legs; i++)
        for (size_t k = 0; k < a->message->n_cancelled; k++) {
            const Zongheng__V1__Departure *d = a->message->cancelled[k];
            if (o->legs[i]->service_id != 0 && o->legs[i]->service_id == d->service_id &&
                (d->day[0] == '\0' || strcmp(d->day, o->legs[i]->depart_date) == 0))
                return true;
        }
    return false;
}

static bool finish(struct question *q, struct plan_query *scratch)
{
    struct affected *a = *(struct affected **)(void *)(q + 1);
    Zongheng__V1__AffectedShipment *m = current(a);
    struct call *c = q->call;
    (void)scratch;
    m->options = arena_calloc(&c->arena, OPTIONS_MAX, sizeof *m->options);
    m->extra_fen = arena_calloc(&c->arena, OPTIONS_MAX, sizeof *m->extra_fen);
    if (m->options == NULL || m->extra_fen == NULL)
        return no_memory(&q->err);
    for (uint32_t i = 0; i < q->answer.option_count && m->n_options < OPTIONS_MAX; i++) {
        Zongheng__V1__Option *o =
            convert_option(&c->arena, c->snapshot, &q->request, &q->answer.options[i], false);
        if (o == NULL)
            return no_memory(&q->err);
        if (is_cancelled(a, o))
            continue;
        m->extra_fen[m->n_options] = o->total_fen - m->remaining_fen;
        m->options[m->n_options++] = o;
    }
    m->n_extra_fen = m->n_options;
    return true;
}

static void ask_next(struct affected *a);

static void on_answer(struct question *q)
{
    struct affected *a = *(struct affected **)(void *)(q + 1);
    Zongheng__V1__AffectedShipment *m = current(a);
    bool stop = q->err.code == ERR_RESOURCE_EXHAUSTED || q->err.code == ERR_DEADLINE_EXCEEDED;
    if (stop && a->next == 0) {
        call_fail(a->call, &q->err, question_retry_ms(&q->err));
        return;
    }
    if (stop) { /* what is whole is told; the rest on the next page */
        a->reply.n_shipments = a->next;
        a->reply.next_page_token = a->reply.shipments[a->next - 1]->shipment_id;
        call_reply(a->call, &a->reply.base);
        return;
    }
    if (q->err.code != ERR_OK)
        m->text = arena_strdup(&a->call->arena, q->err.text);
    else if (m->n_options == 0 && a->message->n_cancelled > 0 && a->later < LATER_MAX) {
        a->later++; /* all options ride a departure that is cancelled: a day later */
        ask_next(a);
        return;
    } else if (m->n_options == 0)
        m->text =
            arena_strdup(&a->call->arena, q->answer.not_offered_count > 0 ? q->answer.not_offered[0].text
                                                                          : "no other way was found");
    if (m->text == NULL)
        m->text = (char *)(uintptr_t) "";
    a->next++;
    a->later = 0;
    ask_next(a);
}

static void ask_next(struct affected *a)
{
    struct call *c = a->call;
    while (a->next < a->reply.n_shipments &&
           (a->message->without_options || a->reply.shipments[a->next]->request == NULL))
        a->next++;
    if (a->next == a->reply.n_shipments) {
        call_reply(c, &a->reply.base);
        return;
    }
    Zongheng__V1__AffectedShipment *m = current(a);
    struct question *q = arena_calloc(&c->arena, 1, sizeof *q + sizeof a);
    if (q == NULL) {
        shipments_fail_memory(c);
        return;
    }
    *(struct affected **)(void *)(q + 1) = a;
    q->call = c;
    q->finish = finish;
    q->done = on_answer;
    m->request->ready_at += a->later > 0 ? 86400 : 0;
    if (convert_request(&c->arena, c->snapshot, m->request, c->now_s, &q->request, &q->err))
        question_ask(q);
    else
        on_answer(q);
}

/* --- the rows --- */

/* From where the cargo is, without what is closed; all families, because the booked one may be gone. */
static bool put_question(struct affected *a, const struct store_hit *s, Zongheng__V1__AffectedShipment *m)
{
    struct arena *arena = &a->call->arena;
    ProtobufCAllocator alloc = {.alloc = pb_alloc, .free = pb_free, .allocator_data = arena};
    Zongheng__V1__Option *o = zongheng__v1__option__unpack(&alloc, s->option_len, s->option);
    Zongheng__V1__FindRoutesRequest *r =
        s->request_len > 0 ? zongheng__v1__find_routes_request__unpack(&alloc, s->request_len, s->request)
                           : NULL;
    Zongheng__V1__PlaceRef *from = arena_alloc(arena, sizeof *from);
    if (o == NULL || from == NULL || (s->request_len > 0 && r == NULL))
        return false;
    m->remaining_fen = 0;
    for (size_t i = 0; i < o->n_lines; i++)
        if ((int64_t)o->lines[i]->leg >= s->done)
            m->remaining_fen += o->lines[i]->amount_fen;
    if (r == NULL) {
        m->text = (char *)(uintptr_t) "it was booked before questions were kept: ask FindRoutes for it";
        return true;
    }
    if (s->done >= 1 && (size_t)s->done <= o->n_legs && o->legs[s->done - 1]->to != NULL) {
        zongheng__v1__place_ref__init(from);
        from->by_case = ZONGHENG__V1__PLACE_REF__BY_NODE_ID;
        from->node_id = o->legs[s->done - 1]->to->node_id;
        r->origin = from;
    }
    int64_t now = a->call->now_s + 60;
    r->ready_at = s->at_s > r->ready_at ? s->at_s : r->ready_at;
    r->ready_at = now > r->ready_at ? now : r->ready_at;
    r->deliver_by = 0;
    if (r->n_via == 0)
        r->n_families = 0;
    r->best = ZONGHENG__V1__BEST__BEST_UNSPECIFIED;
    r->avoid = a->message->closed;
    r->without_geometry = true;
    m->request = r;
    return true;
}

static Zongheng__V1__AffectedShipment *convert_hit(struct affected *a, const struct store_hit *s)
{
    struct arena *arena = &a->call->arena;
    Zongheng__V1__AffectedShipment *m = arena_alloc(arena, sizeof *m);
    if (m == NULL)
        return NULL;
    zongheng__v1__affected_shipment__init(m);
    m->shipment_id = arena_strdup(arena, s->shipment_id);
    m->bill_no = arena_strdup(arena, s->bill_no);
    m->state = arena_strdup(arena, s->state);
    m->hit_leg = (uint32_t)s->hit_leg;
    m->road = s->road;
    bool whole = m->shipment_id != NULL && m->bill_no != NULL && m->state != NULL;
    return whole && put_question(a, s, m) ? m : NULL;
}

static void on_hits(void *ctx, const struct db_result *r)
{
    struct affected *a = ctx;
    struct call *c = a->call;
    if (shipments_failed(c, r, false))
        return;
    size_t count = r->row_count < a->page ? r->row_count : a->page;
    a->reply.shipments = arena_calloc(&c->arena, count + 1, sizeof *a->reply.shipments);
    if (a->reply.shipments == NULL) {
        shipments_fail_memory(c);
        return;
    }
    for (; a->reply.n_shipments < count; a->reply.n_shipments++) {
        struct store_hit s;
        if (!store_read_hit(r, (uint32_t)a->reply.n_shipments, &s) ||
            strcmp(s.firm_id, c->identity->firm_id) != 0) {
            shipments_fail_schema(c);
            return;
        }
        a->reply.shipments[a->reply.n_shipments] = convert_hit(a, &s);
        if (a->reply.shipments[a->reply.n_shipments] == NULL) {
            shipments_fail_memory(c);
            return;
        }
    }
    if (r->row_count > a->page)
        a->reply.next_page_token = a->reply.shipments[count - 1]->shipment_id;
    ask_next(a);
}

static bool check(const Zongheng__V1__AffectedRequest *m, struct err *e)
{
    bool nothing =
        m->n_cancelled == 0 && (m->closed == NULL || m->closed->n_link_ids + m->closed->n_boxes == 0);
    if (nothing && m->scenario_id[0] == '\0')
        return fail_field(e, ERR_INVALID_ARGUMENT, "closed",
                          "name roads that are closed or departures cancelled");
    if (m->n_cancelled > CANCELLED_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cancelled", "at most %d departures", CANCELLED_MAX);
    if (m->max_shipments > SHIPMENTS_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "max_shipments", "max_shipments is 1 to %d, or 0 for %d",
                          SHIPMENTS_MAX, SHIPMENTS_DEFAULT);
    return m->page_token[0] == '\0' || shipments_is_uuid(m->page_token) ||
           fail_field(e, ERR_INVALID_ARGUMENT, "page_token", "page_token is the next_page_token of a reply");
}

void api_shipments_affected(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__AffectedRequest *m = (const void *)message;
    struct err e = {0};
    struct affected *a = arena_calloc(&c->arena, 1, sizeof *a);
    if (a == NULL) {
        shipments_fail_memory(c);
        return;
    }
    a->call = c;
    a->message = m;
    a->page = m->max_shipments != 0 ? m->max_shipments : SHIPMENTS_DEFAULT;
    zongheng__v1__affected_reply__init(&a->reply);
    a->reply.network_version = (char *)(uintptr_t)c->snapshot->net->version;
    if (!check(m, &e) || !put_links(a, &e) || !put_departures(a, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    struct db *db = shipments_db(c);
    if (db == NULL)
        return;
    struct store_asker who = shipments_asker(c, NULL, NULL);
    struct store_disruption d = {.links = a->links,
                                 .services = a->services,
                                 .days = a->days,
                                 .after = m->page_token[0] != '\0' ? m->page_token : NULL,
                                 .limit = (int32_t)a->page + 1};
    store_affected(db, &who, &d, on_hits, a);
}
