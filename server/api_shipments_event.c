/* RecordEvent and ListEvents. */
#include "api_shipments_common.h"
#include "api_shipments_rows.h"
#include "canonical.h"

#include <string.h>

enum { LOCATION_MAX = 200, SOURCE_MAX = 120, LEG_MAX = 99 };

static const char *const codes[] = {"PICK", "GTIN", "LOAD", "DEPA", "ARRI",
                                    "DISC", "GTOT", "DLVR", "HOLD", "RLSE"};
static const char *const classifiers[] = {"ACT", "EST", "PLN"};

/* --- RecordEvent -----------------------------------------------------------------------------------------
 */

static bool check_event(const Zongheng__V1__Event *m, struct store_event *ev, struct err *e)
{
    if (m == NULL)
        return fail_field(e, ERR_INVALID_ARGUMENT, "event", "event is missing");
    if (m->event_id[0] != '\0' || m->recorded_at != 0 || m->corrected)
        return fail_field(e, ERR_INVALID_ARGUMENT, "event.event_id",
                          "event_id, recorded_at and corrected are given by the server; leave them empty");
    if (m->leg > LEG_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "event.leg", "leg is 1 to %d as Get tells them, or 0",
                          LEG_MAX);
    if (!shipments_one_of(m->code, codes, sizeof codes / sizeof codes[0]))
        return fail_field(e, ERR_INVALID_ARGUMENT, "event.code",
                          "code is PICK, GTIN, LOAD, DEPA, ARRI, DISC, GTOT, DLVR, HOLD or RLSE");
    if (!shipments_one_of(m->classifier, classifiers, 3))
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
    ev->leg = m->leg;
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
        shipments_fail_not_found(c);
    } else if (!store_read_recorded(r, &s)) {
        shipments_fail_schema(c);
    } else if (s.status != STORE_EVENT_RECORDED) {
        shipments_fail(c, ERR_FAILED_PRECONDITION, "key",
                       "this key was settled before anything was recorded; a new intent needs a new key");
    } else {
        reply.event_id = s.event_id;
        reply.state = (char *)(uintptr_t)s.state;
        reply.replay = s.replay;
        reply.leg = (uint32_t)s.leg;
        reply.exception = (char *)(uintptr_t)s.exception;
        c->committed = true;
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

/* --- ListEvents ------------------------------------------------------------------------------------------
 */

static void on_events(void *ctx, const struct db_result *r)
{
    struct call *c = ctx;
    Zongheng__V1__ListEventsReply reply = ZONGHENG__V1__LIST_EVENTS_REPLY__INIT;
    if (shipments_failed(c, r, false))
        return;
    if (r->row_count == 0) { /* every shipment has the event of its booking */
        shipments_fail_not_found(c);
        return;
    }
    reply.events = shipments_events(c, r);
    if (reply.events == NULL)
        return;
    reply.n_events = r->row_count;
    call_reply(c, &reply.base);
}

struct listing_events {
    struct call *call;
    const char *id, *bill;
};

static void list_events_from(void *ctx, struct db *db)
{
    struct listing_events *l = ctx;
    struct store_asker who = shipments_asker(l->call, NULL, NULL);
    store_list_events(db, &who, l->id, l->bill, on_events, l->call);
}

void api_shipments_list_events(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__ListEventsRequest *m = (const void *)message;
    struct listing_events *l = arena_calloc(&c->arena, 1, sizeof *l);
    struct err e = {0};
    if (l == NULL) {
        shipments_fail_memory(c);
        return;
    }
    l->call = c;
    if (shipments_check_name(m->shipment_id, m->bill_no, &l->id, &l->bill, &e))
        shipments_reads(c, list_events_from, l);
    else
        call_fail(c, &e, 0);
}
