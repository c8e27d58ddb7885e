/* Book. */
#include "api_routing.h"
#include "api_shipments_common.h"
#include "canonical.h"
#include "convert.h"
#include "dispatch.h"
#include "freight/calendar.h"
#include "iso6346.h"
#include "log.h"
#include "loop.h"

#include "zongheng/v1/shipments.pb-c.h"

#include <string.h>
#include <time.h>

enum { PLAN_REF_LENGTH = 32, NEXT_DAYS = 7, NEXT_WITHIN_DAYS = 60 };

/* A booking while it waits; in the call's arena. */
struct booking {
    struct replan replan; /* first; replan.q.err: why the option cannot be had, when it cannot */
    struct call *call;
    const Zongheng__V1__BookRequest *message;
    uint8_t sha256[32];
    struct store_booking store;
    struct err first; /* what the newest network said */
    bool held;        /* asked again on the network before the newest, whose prices still hold */
    bool full;        /* a departure's CHECK refused it */
};

static bool check_box(const Zongheng__V1__BookRequest *m, size_t i, struct err *e)
{
    const char *number = m->container_numbers[i];
    if (!iso6346_form(number))
        return fail_field(e, ERR_INVALID_ARGUMENT, "container_numbers",
                          "\"%.20s\" is not a container number: three letters, U, J, Z or R, seven digits "
                          "(ISO 6346)",
                          number);
    if (iso6346_check_digit(number) != number[10] - '0')
        return fail_field(e, ERR_INVALID_ARGUMENT, "container_numbers",
                          "%s has check digit %c, but its other characters ask for %d: a mistyped number?",
                          number, number[10], iso6346_check_digit(number));
    for (size_t k = 0; k < i; k++)
        if (strcmp(m->container_numbers[k], number) == 0)
            return fail_field(e, ERR_INVALID_ARGUMENT, "container_numbers", "%s stands twice", number);
    return true;
}

static bool check_boxes(const Zongheng__V1__BookRequest *m, struct err *e)
{
    const Zongheng__V1__Cargo *cargo = m->request->cargo;
    uint64_t count = 0;
    for (size_t i = 0; cargo != NULL && i < cargo->n_containers; i++)
        count += cargo->containers[i]->count;
    if (m->n_container_numbers > count)
        return fail_field(e, ERR_INVALID_ARGUMENT, "container_numbers",
                          "%zu container numbers for a cargo of %llu containers", m->n_container_numbers,
                          (unsigned long long)count);
    for (size_t i = 0; i < m->n_container_numbers; i++)
        if (!check_box(m, i, e))
            return false;
    return true;
}

static bool check(const Zongheng__V1__BookRequest *m, struct err *e)
{
    if (!shipments_check_key(&m->key, e))
        return false;
    if (m->request == NULL)
        return fail_field(e, ERR_INVALID_ARGUMENT, "request",
                          "request is missing: the question that plan_ref answers");
    if (strlen(m->plan_ref) != PLAN_REF_LENGTH || strspn(m->plan_ref, "0123456789abcdef") != PLAN_REF_LENGTH)
        return fail_field(e, ERR_INVALID_ARGUMENT, "plan_ref", "plan_ref is the %d hex digits of an option",
                          PLAN_REF_LENGTH);
    if (m->replaces_shipment_id[0] != '\0' && m->replaces_bill_no[0] != '\0')
        return fail_field(e, ERR_INVALID_ARGUMENT, "replaces_shipment_id",
                          "give either replaces_shipment_id or replaces_bill_no");
    if (m->replaces_shipment_id[0] != '\0' && !shipments_is_uuid(m->replaces_shipment_id))
        return fail_field(e, ERR_INVALID_ARGUMENT, "replaces_shipment_id",
                          "replaces_shipment_id is a uuid like 0190f0c4-7d2e-4b7a-9a51-2f6f7b1c9d3e");
    return check_boxes(m, e);
}

/* A departure is sold in TEU to boxes where it has places for them, else in kg. */
static void take(const struct net_service *s, const struct plan_cargo *cargo, struct store_leg *l)
{
    int64_t teu = 0;
    for (uint32_t i = 0; i < cargo->container_count; i++)
        teu += (int64_t)cargo->containers[i].count * cargo->containers[i].teu;
    l->service_id = s->id;
    l->capacity_kg = s->capacity_kg;
    l->capacity_teu_milli = s->capacity_teu_milli;
    if (teu > 0 && s->capacity_teu_milli > 0)
        l->teu_milli = teu * 1000;
    else if (s->capacity_kg > 0)
        l->kg = cargo->mass_kg;
}

static const char *place_name(const Zongheng__V1__Place *p)
{
    return p->name_zh[0] != '\0' ? p->name_zh : p->name_en;
}

/* The days on which the service runs next, for the answer to a full departure. */
static bool put_next_days(struct call *c, const struct net_service *s, int32_t day, struct store_leg *l)
{
    const char **days = arena_calloc(&c->arena, NEXT_DAYS, sizeof *days);
    int32_t at = day, last = day + NEXT_WITHIN_DAYS;
    if (days == NULL)
        return false;
    while (l->next_day_count < NEXT_DAYS) {
        at = cal_next_run(c->snapshot->net, s, at + 1, last);
        if (at == CAL_NO_DAY)
            break;
        time_t t = (time_t)at * CAL_DAY_S;
        struct tm tm;
        char text[16];
        gmtime_r(&t, &tm);
        strftime(text, sizeof text, "%Y-%m-%d", &tm);
        days[l->next_day_count] = arena_strdup(&c->arena, text);
        if (days[l->next_day_count++] == NULL)
            return false;
    }
    l->next_days = days;
    return true;
}

/* The roads of a truck's way. */
static bool put_links(struct call *c, const struct plan_leg *leg, struct store_leg *l)
{
    const struct network *n = c->snapshot->net;
    int64_t *links = arena_calloc(&c->arena, (size_t)leg->arc_count + 1, sizeof *links);
    if (links == NULL)
        return false;
    for (uint32_t i = 0; i < leg->arc_count; i++)
        links[i] = n->link[net_arc_link(n, leg->arcs[i])].id;
    l->links = links;
    l->link_count = leg->arc_count;
    return true;
}

static bool put_legs(struct call *c, const struct plan_request *r, const struct plan_itinerary *it,
                     const Zongheng__V1__Option *o, struct store_booking *b)
{
    static const char *const modes[] = {"truck", "train", "vessel", "flight"};
    struct store_leg *legs = arena_calloc(&c->arena, it->leg_count, sizeof *legs);
    if (legs == NULL)
        return false;
    for (uint32_t i = 0; i < it->leg_count; i++) {
        const Zongheng__V1__Leg *m = o->legs[i];
        legs[i] = (struct store_leg){.mode = modes[it->legs[i].mode],
                                     .from = place_name(m->from),
                                     .to = place_name(m->to),
                                     .depart_at = m->depart_at,
                                     .arrive_at = m->arrive_at,
                                     .ready_at = m->ready_at,
                                     .cutoff_at = m->cutoff_at};
        if (it->legs[i].service == NET_NONE) {
            if (!put_links(c, &it->legs[i], &legs[i]))
                return false;
            continue;
        }
        const struct net_service *s = &c->snapshot->net->service[it->legs[i].service];
        legs[i].day = m->depart_date;
        take(s, &r->cargo, &legs[i]);
        if (!put_next_days(c, s, it->legs[i].service_day, &legs[i]))
            return false;
    }
    b->legs = legs;
    b->leg_count = it->leg_count;
    return true;
}

static bool put_lines(struct call *c, const Zongheng__V1__Option *o, struct store_booking *b)
{
    struct store_line *lines = arena_calloc(&c->arena, o->n_lines + 1, sizeof *lines);
    if (lines == NULL)
        return false;
    for (size_t i = 0; i < o->n_lines; i++)
        lines[i] = (struct store_line){.leg = o->lines[i]->leg,
                                       .amount_fen = o->lines[i]->amount_fen,
                                       .kind = o->lines[i]->kind,
                                       .basis = o->lines[i]->basis,
                                       .rate = o->lines[i]->rate,
                                       .source = o->lines[i]->source,
                                       .estimated = o->lines[i]->estimated};
    b->lines = lines;
    b->line_count = o->n_lines;
    return true;
}

static bool put_option(struct call *c, const Zongheng__V1__Option *o, struct store_booking *b)
{
    b->option_len = zongheng__v1__option__get_packed_size(o);
    uint8_t *bytes = arena_alloc(&c->arena, b->option_len);
    if (bytes == NULL)
        return false;
    zongheng__v1__option__pack(o, bytes);
    b->option = bytes;
    return true;
}

static bool put_request(struct call *c, const Zongheng__V1__FindRoutesRequest *m, struct store_booking *b)
{
    b->request_len = zongheng__v1__find_routes_request__get_packed_size(m);
    uint8_t *bytes = arena_alloc(&c->arena, b->request_len + 1);
    if (bytes == NULL)
        return false;
    zongheng__v1__find_routes_request__pack(m, bytes);
    b->request = bytes;
    return true;
}

static bool put_booking(struct call *c, const Zongheng__V1__BookRequest *m, const struct plan_request *r,
                        const struct plan_itinerary *it, const Zongheng__V1__Option *o,
                        struct store_booking *b)
{
    *b = (struct store_booking){.origin = place_name(o->legs[0]->from),
                                .destination = place_name(o->legs[o->n_legs - 1]->to),
                                .plan_ref = m->plan_ref,
                                .network_version = c->snapshot->net->version,
                                .mass_kg = r->cargo.mass_kg,
                                .total_fen = o->total_fen,
                                .co2_g = o->co2_wtw_g,
                                .depart_at = o->depart_at,
                                .arrive_at = o->arrive_at,
                                .containers = m->container_numbers,
                                .container_count = m->n_container_numbers};
    b->replaces_id = m->replaces_shipment_id[0] != '\0' ? m->replaces_shipment_id : NULL;
    b->replaces_bill = m->replaces_bill_no[0] != '\0' ? m->replaces_bill_no : NULL;
    return put_legs(c, r, it, o, b) && put_lines(c, o, b) && put_option(c, o, b) &&
           put_request(c, m->request, b);
}

static void answer(struct call *c, const struct store_outcome *o)
{
    Zongheng__V1__BookReply r = ZONGHENG__V1__BOOK_REPLY__INIT;
    switch (o->status) {
    case STORE_BOOKED:
        r.shipment_id = (char *)(uintptr_t)o->shipment_id;
        r.bill_no = (char *)(uintptr_t)o->bill_no;
        r.replay = o->replay;
        c->committed = true;
        call_reply(c, &r.base);
        return;
    case STORE_NO_CAPACITY:
        shipments_fail(c, ERR_RESOURCE_EXHAUSTED, "plan_ref", o->reason);
        return;
    case STORE_NO_OPTION:
        shipments_fail(c, ERR_FAILED_PRECONDITION, "plan_ref", o->reason);
        return;
    case STORE_NEVER:
        shipments_fail(c, ERR_FAILED_PRECONDITION, "key",
                       "this key was settled before anything was booked; a new intent needs a new key");
        return;
    default:
        shipments_fail_schema(c);
    }
}

static void on_booked(void *ctx, const struct db_result *r);

/* The CHECK of a departure stopped what our own look let pass: a fault of ours, but no room all the same. */
static void refuse_full(struct booking *b)
{
    struct db *db = shipments_db(b->call);
    if (db == NULL)
        return;
    log_event(LOG_ERROR, "capacity_check", "method", b->call->method->name, NULL);
    b->full = true;
    struct store_asker who = shipments_asker(b->call, b->message->key.data, b->sha256);
    if (!store_book_full(db, &who, &b->store, on_booked, b))
        shipments_fail_memory(b->call);
}

static void on_booked(void *ctx, const struct db_result *r)
{
    struct booking *b = ctx;
    struct store_outcome o;
    if (r->outcome == DB_REFUSED && !b->full && strcmp(r->sqlstate, "23514") == 0 &&
        strcmp(r->table, "departure") == 0) {
        refuse_full(b);
        return;
    }
    if (shipments_failed(b->call, r, true))
        return;
    const struct err *why = &b->replan.q.err;
    if (r->row_count == 0 && why->code != ERR_OK) /* a new key, and a reason that is not stored */
        call_fail(b->call, why, why->code == ERR_UNAVAILABLE ? STORE_RETRY_MS : 0);
    else if (!store_read_outcome(r, true, &o))
        shipments_fail_schema(b->call);
    else
        answer(b->call, &o);
}

/* The question could not be answered again as it was. A repeated key still gets its first answer: what was
 * booked stays booked when prices, timetables or the clock have gone on. Only a refusal of the option itself
 * is stored; a search that ran out of time or memory says nothing about it. */
static void book_unplanned(struct booking *b, struct db *db, const struct store_asker *who)
{
    struct err *why = &b->replan.q.err;
    const char *reason = why->code == ERR_FAILED_PRECONDITION ? why->text : NULL;
    if (why->code == ERR_DEADLINE_EXCEEDED || why->code == ERR_RESOURCE_EXHAUSTED)
        why->code = ERR_UNAVAILABLE;
    store_book_unplanned(db, who, reason, on_booked, b);
}

static void on_replanned(struct replan *x);

/* The option is not of the newest network: prices of the one before hold for a while. */
static bool ask_held(struct booking *b)
{
    struct call *c = b->call;
    struct snapshot *before = NULL;
    if (b->replan.q.err.code == ERR_FAILED_PRECONDITION && !b->held)
        before = snapshot_store_held(&loop_server(c->loop)->store, monotonic_ns());
    if (before == NULL)
        return false;
    snapshot_release(c->snapshot);
    c->snapshot = before;
    b->held = true;
    b->first = b->replan.q.err;
    b->replan = (struct replan){.ref = b->message->plan_ref, .done = on_replanned};
    routing_replan(&b->replan, c, b->message->request);
    return true;
}

static void on_replanned(struct replan *x)
{
    struct booking *b = (struct booking *)(void *)x;
    if (ask_held(b))
        return;
    if (b->held && x->q.err.code == ERR_FAILED_PRECONDITION)
        x->q.err = b->first; /* it names the newest network */
    struct db *db = shipments_db(b->call);
    if (db == NULL)
        return;
    struct store_asker who = shipments_asker(b->call, b->message->key.data, b->sha256);
    if (x->q.err.code != ERR_OK)
        book_unplanned(b, db, &who);
    else if (!put_booking(b->call, b->message, &x->q.request, x->it, x->option, &b->store) ||
             !store_book(db, &who, &b->store, on_booked, b))
        shipments_fail_memory(b->call);
}

void api_shipments_book(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__BookRequest *m = (const void *)message;
    struct err e = {0};
    if (!check(m, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    if (shipments_db(c) == NULL)
        return;
    struct booking *b = arena_calloc(&c->arena, 1, sizeof *b);
    if (b == NULL || !canonical_sha256("book", message, "key", b->sha256)) {
        shipments_fail_memory(c);
        return;
    }
    b->call = c;
    b->message = m;
    b->replan.ref = m->plan_ref;
    b->replan.done = on_replanned;
    routing_replan(&b->replan, c, m->request);
}
