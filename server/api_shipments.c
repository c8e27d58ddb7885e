/* Get and List; the other methods stand in api_shipments_*.c. */
#include "api_shipments_common.h"
#include "api_shipments_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_DEFAULT = 50, PAGE_MAX = 200 };

static const char *const states[] = {"booked",    "in_transit", "delivered", "closed",
                                     "cancelled", "exception",  "replanned"};

/* --- Get -------------------------------------------------------------------------------------------------
 */

struct getting {
    struct call *call;
    struct db *db;
    struct store_filter filter;
    Zongheng__V1__GetShipmentReply reply;
};

static void on_got_legs(void *ctx, const struct db_result *r)
{
    struct getting *g = ctx;
    if (shipments_failed(g->call, r, false))
        return;
    g->reply.legs = shipments_legs(g->call, r);
    if (g->reply.legs == NULL)
        return;
    g->reply.n_legs = r->row_count;
    call_reply(g->call, &g->reply.base);
}

static void on_got_events(void *ctx, const struct db_result *r)
{
    struct getting *g = ctx;
    if (shipments_failed(g->call, r, false))
        return;
    g->reply.events = shipments_events(g->call, r);
    if (g->reply.events == NULL)
        return;
    g->reply.n_events = r->row_count;
    struct store_asker who = shipments_asker(g->call, NULL, NULL);
    store_list_legs(g->db, &who, g->reply.shipment->id, on_got_legs, g);
}

static void on_got(void *ctx, const struct db_result *r)
{
    struct getting *g = ctx;
    int64_t booked_at_us;
    if (shipments_failed(g->call, r, false))
        return;
    if (r->row_count != 1) {
        shipments_fail_not_found(g->call);
        return;
    }
    g->reply.shipment = shipments_own(g->call, r, 0, &booked_at_us);
    if (g->reply.shipment == NULL)
        return;
    struct store_asker who = shipments_asker(g->call, NULL, NULL);
    store_list_events(g->db, &who, g->reply.shipment->id, NULL, on_got_events, g);
}

static void get_from(void *ctx, struct db *db)
{
    struct getting *g = ctx;
    struct store_asker who = shipments_asker(g->call, NULL, NULL);
    g->db = db;
    store_list_shipments(db, &who, &g->filter, on_got, g);
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
    struct getting *g = arena_calloc(&c->arena, 1, sizeof *g);
    if (g == NULL) {
        shipments_fail_memory(c);
        return;
    }
    *g = (struct getting){.call = c, .filter = f, .reply = ZONGHENG__V1__GET_SHIPMENT_REPLY__INIT};
    shipments_reads(c, get_from, g);
}

/* --- List ------------------------------------------------------------------------------------------------
 */

struct listing {
    struct call *call;
    struct store_filter filter;
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
        Zongheng__V1__Shipment *m = shipments_own(c, r, (uint32_t)reply.n_shipments, &last_us);
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
    if (m->state[0] != '\0' && !shipments_one_of(m->state, states, sizeof states / sizeof states[0]))
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

static void list_from(void *ctx, struct db *db)
{
    struct listing *l = ctx;
    struct store_asker who = shipments_asker(l->call, NULL, NULL);
    store_list_shipments(db, &who, &l->filter, on_listed, l);
}

void api_shipments_list(struct call *c, const ProtobufCMessage *message)
{
    struct store_filter f = {0};
    struct err e = {0};
    if (!check_list((const void *)message, &f, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    struct listing *l = arena_calloc(&c->arena, 1, sizeof *l);
    if (l == NULL) {
        shipments_fail_memory(c);
        return;
    }
    *l = (struct listing){.call = c, .filter = f, .page = (uint32_t)f.limit - 1};
    shipments_reads(c, list_from, l);
}
