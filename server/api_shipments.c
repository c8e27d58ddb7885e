/* Get, List, RecordEvent and ListEvents; Book and Settle stand in api_shipments_book.c. */
#include "api_shipments_common.h"
#include "canonical.h"
#include "dispatch.h"
#include "log.h"

#include "zongheng/v1/shipments.pb-c.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_DEFAULT = 50, PAGE_MAX = 200, LOCATION_MAX = 200, SOURCE_MAX = 120 };

static const char *const states[] = {"booked",    "in_transit", "delivered", "closed",
                                     "cancelled", "exception",  "replanned"};
static const char *const codes[] = {"PICK", "GTIN", "LOAD", "DEPA", "ARRI",
                                    "DISC", "GTOT", "DLVR", "HOLD", "RLSE"};
static const char *const classifiers[] = {"ACT", "EST", "PLN"};

static bool one_of(const char *s, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(s, list[i]) == 0)
            return true;
    return false;
}
#define ONE_OF(s, list) one_of(s, list, sizeof(list) / sizeof(list)[0])

/* --- rows to messages ------------------------------------------------------------------------------------
 */

static void *pb_alloc(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void pb_free(void *arena, void *p)
{
    (void)arena;
    (void)p; /* the arena frees */
}

static bool put_boxes(struct arena *a, const char *list, Zongheng__V1__Shipment *m)
{
    size_t count = list[0] != '\0';
    for (const char *p = list; *p != '\0'; p++)
        count += *p == ';';
    m->container_numbers = arena_calloc(a, count + 1, sizeof *m->container_numbers);
    if (m->container_numbers == NULL)
        return false;
    for (const char *p = list; m->n_container_numbers < count;) {
        size_t n = strcspn(p, ";");
        m->container_numbers[m->n_container_numbers] = arena_strndup(a, p, n);
        if (m->container_numbers[m->n_container_numbers++] == NULL)
            return false;
        p += p[n] == ';' ? n + 1 : n;
    }
    return true;
}

/* NULL: the arena is full or the row is unfit. */
static Zongheng__V1__Shipment *convert_shipment(struct arena *a, const struct store_shipment *s)
{
    ProtobufCAllocator alloc = {.alloc = pb_alloc, .free = pb_free, .allocator_data = a};
    Zongheng__V1__Shipment *m = arena_alloc(a, sizeof *m);
    if (m == NULL)
        return NULL;
    zongheng__v1__shipment__init(m);
    m->id = arena_strdup(a, s->shipment_id);
    m->bill_no = arena_strdup(a, s->bill_no);
    m->state = arena_strdup(a, s->state);
    m->origin = arena_strdup(a, s->origin);
    m->destination = arena_strdup(a, s->destination);
    m->mass_kg = s->mass_kg;
    m->total_fen = s->total_fen;
    m->booked_at = s->booked_at_us / 1000000;
    if (s->option_len > 0) {
        m->option = zongheng__v1__option__unpack(&alloc, s->option_len, s->option);
        if (m->option == NULL)
            return NULL;
    }
    bool whole = m->id != NULL && m->bill_no != NULL && m->state != NULL && m->origin != NULL &&
                 m->destination != NULL;
    return whole && put_boxes(a, s->containers, m) ? m : NULL;
}

static Zongheng__V1__Event *convert_event(struct arena *a, const struct store_event_row *s)
{
    Zongheng__V1__Event *m = arena_alloc(a, sizeof *m);
    if (m == NULL)
        return NULL;
    zongheng__v1__event__init(m);
    m->event_id = arena_strdup(a, s->event_id);
    m->code = arena_strdup(a, s->code);
    m->classifier = arena_strdup(a, s->classifier);
    m->location = arena_strdup(a, s->location);
    m->source = arena_strdup(a, s->source);
    m->corrects = arena_strdup(a, s->corrects);
    m->occurred_at = s->occurred_at;
    m->recorded_at = s->recorded_at;
    bool whole = m->event_id != NULL && m->code != NULL && m->classifier != NULL && m->location != NULL &&
                 m->source != NULL && m->corrects != NULL;
    return whole ? m : NULL;
}

/* Ends the call and returns NULL when it cannot. */
static Zongheng__V1__Event **convert_events(struct call *c, const struct db_result *r)
{
    Zongheng__V1__Event **list = arena_calloc(&c->arena, (size_t)r->row_count + 1, sizeof *list);
    for (uint32_t i = 0; list != NULL && i < r->row_count; i++) {
        struct store_event_row row;
        if (!store_read_event(r, i, &row)) {
            shipments_fail_schema(c);
            return NULL;
        }
        list[i] = convert_event(&c->arena, &row);
        if (list[i] == NULL)
            list = NULL;
    }
    if (list == NULL)
        shipments_fail_memory(c);
    return list;
}

/* The database keeps firms apart; that it did is looked at once more. */
static Zongheng__V1__Shipment *own_shipment(struct call *c, const struct db_result *r, uint32_t row,
                                            int64_t *booked_at_us)
{
    struct store_shipment s;
    if (!store_read_shipment(r, row, &s)) {
        shipments_fail_schema(c);
        return NULL;
    }
    if (strcmp(s.firm_id, c->identity->firm_id) != 0) {
        log_event(LOG_ERROR, "foreign_row", "method", c->method->name, "firm", c->identity->firm_id, NULL);
        shipments_fail(c, ERR_INTERNAL, "", "the answer was withheld; the operator's log says why");
        return NULL;
    }
    *booked_at_us = s.booked_at_us;
    Zongheng__V1__Shipment *m = convert_shipment(&c->arena, &s);
    if (m == NULL)
        shipments_fail_memory(c);
    return m;
}

static void fail_not_found(struct call *c)
{
    shipments_fail(c, ERR_NOT_FOUND, "shipment_id", "this firm has no such shipment");
}

/* --- Get -------------------------------------------------------------------------------------------------
 */

struct getting {
    struct call *call;
    struct db *db;
    Zongheng__V1__Shipment *shipment;
};

static void on_got_events(void *ctx, const struct db_result *r)
{
    struct getting *g = ctx;
    Zongheng__V1__GetShipmentReply reply = ZONGHENG__V1__GET_SHIPMENT_REPLY__INIT;
    if (shipments_failed(g->call, r, false))
        return;
    reply.events = convert_events(g->call, r);
    if (reply.events == NULL)
        return;
    reply.n_events = r->row_count;
    reply.shipment = g->shipment;
    call_reply(g->call, &reply.base);
}

static void on_got(void *ctx, const struct db_result *r)
{
    struct getting *g = ctx;
    int64_t booked_at_us;
    if (shipments_failed(g->call, r, false))
        return;
    if (r->row_count != 1) {
        fail_not_found(g->call);
        return;
    }
    g->shipment = own_shipment(g->call, r, 0, &booked_at_us);
    if (g->shipment == NULL)
        return;
    struct store_asker who = shipments_asker(g->call, NULL, NULL);
    store_list_events(g->db, &who, g->shipment->id, NULL, on_got_events, g);
}

void api_shipments_get(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__GetShipmentRequest *m = (const void *)message;
    struct store_filter f = {.limit = 1};
    struct err e = {0};
    if (!shipments_check_name(m->shipment_id, m->bill_no, &f.shipment_id, &f.bill_no, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    struct db *db = shipments_db(c);
    if (db == NULL)
        return;
    struct getting *g = arena_calloc(&c->arena, 1, sizeof *g);
    if (g == NULL) {
        shipments_fail_memory(c);
        return;
    }
    *g = (struct getting){.call = c, .db = db};
    struct store_asker who = shipments_asker(c, NULL, NULL);
    store_list_shipments(db, &who, &f, on_got, g);
}

/* --- List ------------------------------------------------------------------------------------------------
 */

struct listing {
    struct call *call;
    uint32_t page;
};

static void on_listed(void *ctx, const struct db_result *r)
{
    struct listing *l = ctx;
    struct call *c = l->call;
    Zongheng__V1__ListShipmentsReply reply = ZONGHENG__V1__LIST_SHIPMENTS_REPLY__INIT;
    int64_t last_us = 0;
    if (shipments_failed(c, r, false))
        return;
    size_t count = r->row_count < l->page ? r->row_count : l->page;
    reply.shipments = arena_calloc(&c->arena, count + 1, sizeof *reply.shipments);
    if (reply.shipments == NULL) {
        shipments_fail_memory(c);
        return;
    }
    for (; reply.n_shipments < count; reply.n_shipments++) {
        Zongheng__V1__Shipment *m = own_shipment(c, r, (uint32_t)reply.n_shipments, &last_us);
        if (m == NULL)
            return;
        reply.shipments[reply.n_shipments] = m;
    }
    if (r->row_count > l->page) { /* one more was asked for than is shown */
        reply.next_page_token = arena_printf(&c->arena, "%lld", (long long)last_us);
        if (reply.next_page_token == NULL) {
            shipments_fail_memory(c);
            return;
        }
    }
    call_reply(c, &reply.base);
}

static bool check_list(const Zongheng__V1__ListShipmentsRequest *m, struct store_filter *f, struct err *e)
{
    char *end;
    if (m->state[0] != '\0' && !ONE_OF(m->state, states))
        return fail_field(
            e, ERR_INVALID_ARGUMENT, "state",
            "state is booked, in_transit, delivered, closed, cancelled, exception, replanned or empty");
    if (m->page_size > PAGE_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "page_size", "page_size is 1 to %d, or 0 for %d", PAGE_MAX,
                          PAGE_DEFAULT);
    errno = 0;
    long long before = strtoll(m->page_token, &end, 10);
    if (*end != '\0' || errno != 0 || before < 0 || before > INT64_C(4102444800000000))
        return fail_field(e, ERR_INVALID_ARGUMENT, "page_token",
                          "page_token is the next_page_token of a reply");
    f->state = m->state[0] != '\0' ? m->state : NULL;
    f->before_us = before;
    f->limit = (m->page_size != 0 ? (int32_t)m->page_size : PAGE_DEFAULT) + 1;
    return true;
}

void api_shipments_list(struct call *c, const ProtobufCMessage *message)
{
    struct store_filter f = {0};
    struct err e = {0};
    if (!check_list((const void *)message, &f, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    struct db *db = shipments_db(c);
    if (db == NULL)
        return;
    struct listing *l = arena_calloc(&c->arena, 1, sizeof *l);
    if (l == NULL) {
        shipments_fail_memory(c);
        return;
    }
    *l = (struct listing){.call = c, .page = (uint32_t)f.limit - 1};
    struct store_asker who = shipments_asker(c, NULL, NULL);
    store_list_shipments(db, &who, &f, on_listed, l);
}

/* --- ListEvents ------------------------------------------------------------------------------------------
 */

static void on_events(void *ctx, const struct db_result *r)
{
    struct call *c = ctx;
    Zongheng__V1__ListEventsReply reply = ZONGHENG__V1__LIST_EVENTS_REPLY__INIT;
    if (shipments_failed(c, r, false))
        return;
    if (r->row_count == 0) { /* every shipment has the event of its booking */
        fail_not_found(c);
        return;
    }
    reply.events = convert_events(c, r);
    if (reply.events == NULL)
        return;
    reply.n_events = r->row_count;
    call_reply(c, &reply.base);
}

void api_shipments_list_events(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__ListEventsRequest *m = (const void *)message;
    const char *id, *bill;
    struct err e = {0};
    if (!shipments_check_name(m->shipment_id, m->bill_no, &id, &bill, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    struct db *db = shipments_db(c);
    struct store_asker who = shipments_asker(c, NULL, NULL);
    if (db != NULL)
        store_list_events(db, &who, id, bill, on_events, c);
}

/* --- RecordEvent -----------------------------------------------------------------------------------------
 */

static bool check_event(const Zongheng__V1__Event *m, struct store_event *ev, struct err *e)
{
    if (m == NULL)
        return fail_field(e, ERR_INVALID_ARGUMENT, "event", "event is missing");
    if (m->event_id[0] != '\0' || m->recorded_at != 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, "event.event_id",
                          "event_id and recorded_at are given by the server; leave them empty");
    if (!ONE_OF(m->code, codes))
        return fail_field(e, ERR_INVALID_ARGUMENT, "event.code",
                          "code is PICK, GTIN, LOAD, DEPA, ARRI, DISC, GTOT, DLVR, HOLD or RLSE");
    if (!ONE_OF(m->classifier, classifiers))
        return fail_field(e, ERR_INVALID_ARGUMENT, "event.classifier",
                          "classifier is ACT (actual), EST (estimated) or PLN (planned)");
    if (m->occurred_at <= 0 || m->occurred_at > INT64_C(4102444800))
        return fail_field(e, ERR_INVALID_ARGUMENT, "event.occurred_at",
                          "occurred_at is in UTC seconds since 1970, before the year 2100");
    if (strlen(m->location) > LOCATION_MAX || strlen(m->source) > SOURCE_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "event.location",
                          "location has at most %d bytes and source %d", LOCATION_MAX, SOURCE_MAX);
    if (m->corrects[0] != '\0' && !shipments_is_uuid(m->corrects))
        return fail_field(e, ERR_INVALID_ARGUMENT, "event.corrects",
                          "corrects is the event_id of an earlier event");
    ev->code = m->code;
    ev->classifier = m->classifier;
    ev->location = m->location;
    ev->source = m->source;
    ev->occurred_at = m->occurred_at;
    ev->corrects = m->corrects[0] != '\0' ? m->corrects : NULL;
    return true;
}

static void on_recorded(void *ctx, const struct db_result *r)
{
    struct call *c = ctx;
    struct store_recorded s;
    Zongheng__V1__RecordEventReply reply = ZONGHENG__V1__RECORD_EVENT_REPLY__INIT;
    if (shipments_failed(c, r, true))
        return;
    if (r->row_count == 0) {
        fail_not_found(c);
    } else if (!store_read_recorded(r, &s)) {
        shipments_fail_schema(c);
    } else if (s.status != STORE_EVENT_RECORDED) {
        shipments_fail(c, ERR_FAILED_PRECONDITION, "key",
                       "this key was settled before anything was recorded; a new intent needs a new key");
    } else {
        reply.event_id = s.event_id;
        reply.state = (char *)(uintptr_t)s.state;
        reply.replay = s.replay;
        call_reply(c, &reply.base);
    }
}

void api_shipments_record_event(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__RecordEventRequest *m = (const void *)message;
    struct store_event ev = {0};
    struct err e = {0};
    uint8_t sha256[32];
    if (!shipments_check_key(&m->key, &e) ||
        !shipments_check_name(m->shipment_id, m->bill_no, &ev.shipment_id, &ev.bill_no, &e) ||
        !check_event(m->event, &ev, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    struct db *db = shipments_db(c);
    if (db == NULL)
        return;
    if (!canonical_sha256("event", message, "key", sha256)) {
        shipments_fail_memory(c);
        return;
    }
    struct store_asker who = shipments_asker(c, m->key.data, sha256);
    store_record_event(db, &who, &ev, on_recorded, c);
}
