#include "kinds_inside.h"

#include "zongheng/v1/shipments.pb-c.h"

const ProtobufCMessage *kind_make_book(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__BookRequest, book_request);
    q->key = kind_key(in->key);
    q->request = demand_route(&in->demand->rows[in->row], in->start_s, a);
    q->plan_ref = kind_text(in->plan_ref);
    if (q->request == NULL)
        return NULL;
    q->request->scenario_id = kind_text(in->scenario);
    return &q->base;
}

/* A plan for the pickup: it moves no state, so the shipment can still be cancelled. */
const ProtobufCMessage *kind_make_event(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__RecordEventRequest, record_event_request);
    NEW(ev, Zongheng__V1__Event, event);
    ev->code = kind_text("PICK");
    ev->classifier = kind_text("PLN");
    ev->occurred_at = in->now_s;
    ev->source = kind_text("zongheng-load");
    q->key = kind_key(in->key);
    q->shipment_id = kind_text(in->bill->shipment_id);
    q->event = ev;
    return &q->base;
}

const ProtobufCMessage *kind_make_cancel(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__CancelRequest, cancel_request);
    q->key = kind_key(in->key);
    q->shipment_id = kind_text(in->bill->shipment_id);
    return &q->base;
}

const ProtobufCMessage *kind_make_settle(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__SettleRequest, settle_request);
    q->key = kind_key(in->bill->key);
    return &q->base;
}

const ProtobufCMessage *kind_make_get(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__GetShipmentRequest, get_shipment_request);
    q->shipment_id = kind_text(in->bill->shipment_id);
    return &q->base;
}

const ProtobufCMessage *kind_make_events(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__ListEventsRequest, list_events_request);
    q->shipment_id = kind_text(in->bill->shipment_id);
    return &q->base;
}

const ProtobufCMessage *kind_make_list(const struct kind_input *in, struct arena *a)
{
    (void)in;
    NEW(q, Zongheng__V1__ListShipmentsRequest, list_shipments_request);
    q->page_size = KIND_PAGE;
    return &q->base;
}

const ProtobufCMessage *kind_make_watch(const struct kind_input *in, struct arena *a)
{
    (void)in;
    NEW(q, Zongheng__V1__WatchRequest, watch_request);
    q->cursor = kind_text("start");
    return &q->base;
}

/* Whom it would hit if the whole day of one service fell out. */
const ProtobufCMessage *kind_make_affected(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__AffectedRequest, affected_request);
    NEW(d, Zongheng__V1__Departure, departure);
    q->cancelled = arena_alloc(a, sizeof q->cancelled[0]);
    if (q->cancelled == NULL)
        return NULL;
    d->service_id = 1;
    q->cancelled[q->n_cancelled++] = d;
    q->max_shipments = 1;
    q->scenario_id = kind_text(in->scenario);
    return &q->base;
}
