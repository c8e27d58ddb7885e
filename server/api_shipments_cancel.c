/* Cancel and Settle. */
#include "api_shipments_common.h"
#include "canonical.h"

#include "zongheng/v1/shipments.pb-c.h"

#include <string.h>

enum { REASON_MAX = 200 };

static void on_cancelled(void *ctx, const struct db_result *r)
{
    struct call *c = ctx;
    struct store_outcome o;
    bool ok = true;
    Zongheng__V1__CancelReply reply = ZONGHENG__V1__CANCEL_REPLY__INIT;
    if (shipments_failed(c, r, true))
        return;
    if (r->row_count == 0) {
        shipments_fail_not_found(c);
        return;
    }
    const char *state = db_col_text(r, 0, "state", &ok);
    if (!store_read_outcome(r, true, &o) || !ok) {
        shipments_fail_schema(c);
    } else if (o.status == STORE_CANCEL_REFUSED) {
        shipments_fail(c, ERR_FAILED_PRECONDITION, "shipment_id", o.reason);
    } else if (o.status != STORE_CANCELLED) {
        shipments_fail(c, ERR_FAILED_PRECONDITION, "key",
                       "this key was settled before anything was cancelled; a new intent needs a new key");
    } else {
        reply.shipment_id = o.shipment_id;
        reply.bill_no = (char *)(uintptr_t)o.bill_no;
        reply.state = (char *)(uintptr_t)state;
        reply.replay = o.replay;
        c->committed = true;
        call_reply(c, &reply.base);
    }
}

void api_shipments_cancel(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__CancelRequest *m = (const void *)message;
    const char *id, *bill;
    struct err e = {0};
    uint8_t sha256[32];
    if (strlen(m->reason) > REASON_MAX)
        fail_field(&e, ERR_INVALID_ARGUMENT, "reason", "reason has at most %d bytes", REASON_MAX);
    else if (shipments_check_key(&m->key, &e))
        shipments_check_name(m->shipment_id, m->bill_no, &id, &bill, &e);
    if (e.code != ERR_OK) {
        call_fail(c, &e, 0);
        return;
    }
    struct db *db = shipments_db(c);
    if (db == NULL)
        return;
    if (!canonical_sha256("cancel", message, "key", sha256)) {
        shipments_fail_memory(c);
        return;
    }
    struct store_asker who = shipments_asker(c, m->key.data, sha256);
    store_cancel(db, &who, id, bill, m->reason, on_cancelled, c);
}

static void on_settled(void *ctx, const struct db_result *r)
{
    static const Zongheng__V1__SettleReply__Outcome outcomes[] = {
        [STORE_BOOKED] = ZONGHENG__V1__SETTLE_REPLY__OUTCOME__BOOKED,
        [STORE_NO_CAPACITY] = ZONGHENG__V1__SETTLE_REPLY__OUTCOME__REFUSED,
        [STORE_NO_OPTION] = ZONGHENG__V1__SETTLE_REPLY__OUTCOME__REFUSED,
        [STORE_NEVER] = ZONGHENG__V1__SETTLE_REPLY__OUTCOME__NEVER,
        [STORE_EVENT_RECORDED] = ZONGHENG__V1__SETTLE_REPLY__OUTCOME__DONE,
        [STORE_EVENT_REFUSED] = ZONGHENG__V1__SETTLE_REPLY__OUTCOME__REFUSED,
        [STORE_CANCELLED] = ZONGHENG__V1__SETTLE_REPLY__OUTCOME__DONE,
        [STORE_CANCEL_REFUSED] = ZONGHENG__V1__SETTLE_REPLY__OUTCOME__REFUSED,
    };
    struct call *c = ctx;
    struct store_outcome o;
    Zongheng__V1__SettleReply reply = ZONGHENG__V1__SETTLE_REPLY__INIT;
    if (shipments_failed(c, r, true))
        return;
    if (!store_read_outcome(r, false, &o)) {
        shipments_fail_schema(c);
        return;
    }
    reply.outcome = outcomes[o.status];
    reply.shipment_id = o.shipment_id;
    reply.bill_no = (char *)(uintptr_t)o.bill_no;
    reply.reason = (char *)(uintptr_t)o.reason;
    c->committed = true;
    call_reply(c, &reply.base);
}

void api_shipments_settle(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__SettleRequest *m = (const void *)message;
    struct err e = {0};
    if (!shipments_check_key(&m->key, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    struct db *db = shipments_db(c);
    struct store_asker who = shipments_asker(c, m->key.data, NULL);
    if (db != NULL)
        store_settle(db, &who, on_settled, c);
}
