#include "kinds.h"

#include "zongheng/v1/operations.pb-c.h"
#include "zongheng/v1/shipments.pb-c.h"

#include <string.h>

enum { TABLE_SIDE = 6, REACH_S = 1800, PAGE = 20 };

static const struct kind kinds[KIND_COUNT] = {
#define X(id, name, method, reply, flags) \
    {#name, "zongheng.v1." method, &zongheng__v1__##reply##__descriptor, flags},
    KINDS(X)
#undef X
};

const struct kind *kind_of(enum kind_id id)
{
    return &kinds[id];
}

enum kind_id kind_find(const char *name, size_t len)
{
    for (unsigned i = 0; i < KIND_COUNT; i++)
        if ((kinds[i].flags & KIND_INNER) == 0 && strlen(kinds[i].name) == len &&
            strncmp(kinds[i].name, name, len) == 0)
            return (enum kind_id)i;
    return KIND_COUNT;
}

static char *text(const char *s)
{
    return (char *)(uintptr_t)s; /* protobuf-c's messages are not const; packing only reads */
}

static ProtobufCBinaryData key_bytes(const uint8_t *key)
{
    return (ProtobufCBinaryData){KEY_BYTES, (uint8_t *)(uintptr_t)key};
}

/* A new message of type NAME in *a, or return NULL from the function. */
#define NEW(q, type, name)               \
    type *q = arena_alloc(a, sizeof *q); \
    if (q == NULL)                       \
        return NULL;                     \
    zongheng__v1__##name##__init(q)

static const ProtobufCMessage *make_route(const struct kind_input *in, struct arena *a)
{
    Zongheng__V1__FindRoutesRequest *q = demand_route(&in->demand->rows[in->row], in->start_s, a);
    if (q == NULL)
        return NULL;
    q->scenario_id = text(in->scenario);
    return &q->base;
}

static const ProtobufCMessage *make_cost(const struct kind_input *in, struct arena *a)
{
    Zongheng__V1__GetCostRequest *q = demand_cost(&in->demand->rows[in->row], in->start_s, a);
    if (q == NULL)
        return NULL;
    q->scenario_id = text(in->scenario);
    return &q->base;
}

/* Names, pinyin and codes of the bundled network. */
static const ProtobufCMessage *make_place(const struct kind_input *in, struct arena *a)
{
    static const char *const words[] = {"大冶", "daye", "黄石", "EHU", "武汉", "wuhan", "上海", "Huahu"};
    NEW(q, Zongheng__V1__FindPlacesRequest, find_places_request);
    q->query = text(words[in->row % (sizeof words / sizeof words[0])]);
    q->scenario_id = text(in->scenario);
    return &q->base;
}

/* The origins of the next rows to their destinations, by the class that no row names: the heaviest. */
static const ProtobufCMessage *make_matrix(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__GetMatrixRequest, get_matrix_request);
    NEW(truck, Zongheng__V1__Vehicle, vehicle);
    q->origin_node_ids = arena_calloc(a, TABLE_SIDE, sizeof q->origin_node_ids[0]);
    q->destination_node_ids = arena_calloc(a, TABLE_SIDE, sizeof q->destination_node_ids[0]);
    if (q->origin_node_ids == NULL || q->destination_node_ids == NULL)
        return NULL;
    for (size_t i = 0; i < TABLE_SIDE; i++) {
        const struct demand_row *r = &in->demand->rows[(in->row + i) % in->demand->count];
        q->origin_node_ids[q->n_origin_node_ids++] = r->origin;
        q->destination_node_ids[q->n_destination_node_ids++] = r->destination;
    }
    truck->vehicle_class = 6;
    q->vehicle = truck;
    q->scenario_id = text(in->scenario);
    return &q->base;
}

static const ProtobufCMessage *make_reach(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__GetReachRequest, get_reach_request);
    NEW(truck, Zongheng__V1__Vehicle, vehicle);
    NEW(from, Zongheng__V1__PlaceRef, place_ref);
    from->by_case = ZONGHENG__V1__PLACE_REF__BY_NODE_ID;
    from->node_id = in->demand->rows[in->row].origin;
    truck->vehicle_class = 6;
    q->from = from;
    q->vehicle = truck;
    q->limit_case = ZONGHENG__V1__GET_REACH_REQUEST__LIMIT_MAX_DRIVE_S;
    q->max_drive_s = REACH_S;
    q->without_polygons = true;
    q->with_places = true;
    q->scenario_id = text(in->scenario);
    return &q->base;
}

static const ProtobufCMessage *make_book(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__BookRequest, book_request);
    q->key = key_bytes(in->key);
    q->request = demand_route(&in->demand->rows[in->row], in->start_s, a);
    q->plan_ref = text(in->plan_ref);
    if (q->request == NULL)
        return NULL;
    q->request->scenario_id = text(in->scenario);
    return &q->base;
}

/* A plan for the pickup: it moves no state, so the shipment can still be cancelled. */
static const ProtobufCMessage *make_event(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__RecordEventRequest, record_event_request);
    NEW(ev, Zongheng__V1__Event, event);
    ev->code = text("PICK");
    ev->classifier = text("PLN");
    ev->occurred_at = in->now_s;
    ev->source = text("zongheng-load");
    q->key = key_bytes(in->key);
    q->shipment_id = text(in->bill->shipment_id);
    q->event = ev;
    return &q->base;
}

static const ProtobufCMessage *make_cancel(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__CancelRequest, cancel_request);
    q->key = key_bytes(in->key);
    q->shipment_id = text(in->bill->shipment_id);
    return &q->base;
}

static const ProtobufCMessage *make_settle(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__SettleRequest, settle_request);
    q->key = key_bytes(in->bill->key);
    return &q->base;
}

static const ProtobufCMessage *make_get(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__GetShipmentRequest, get_shipment_request);
    q->shipment_id = text(in->bill->shipment_id);
    return &q->base;
}

static const ProtobufCMessage *make_events(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__ListEventsRequest, list_events_request);
    q->shipment_id = text(in->bill->shipment_id);
    return &q->base;
}

static const ProtobufCMessage *make_list(struct arena *a)
{
    NEW(q, Zongheng__V1__ListShipmentsRequest, list_shipments_request);
    q->page_size = PAGE;
    return &q->base;
}

static const ProtobufCMessage *make_status(struct arena *a)
{
    NEW(q, Zongheng__V1__GetStatusRequest, get_status_request);
    return &q->base;
}

static const ProtobufCMessage *make_watch(struct arena *a)
{
    NEW(q, Zongheng__V1__WatchRequest, watch_request);
    q->cursor = text("start");
    return &q->base;
}

/* Whom it would hit if the whole day of one service fell out. */
static const ProtobufCMessage *make_affected(struct arena *a)
{
    NEW(q, Zongheng__V1__AffectedRequest, affected_request);
    NEW(d, Zongheng__V1__Departure, departure);
    q->cancelled = arena_alloc(a, sizeof q->cancelled[0]);
    if (q->cancelled == NULL)
        return NULL;
    d->service_id = 1;
    q->cancelled[q->n_cancelled++] = d;
    q->max_shipments = 1;
    return &q->base;
}

const ProtobufCMessage *kind_request(enum kind_id id, const struct kind_input *in, struct arena *a)
{
    switch (id) {
    case KIND_PLACE:
        return make_place(in, a);
    case KIND_ROUTE:
    case KIND_QUOTE:
        return make_route(in, a);
    case KIND_COST:
        return make_cost(in, a);
    case KIND_MATRIX:
        return make_matrix(in, a);
    case KIND_REACH:
        return make_reach(in, a);
    case KIND_STATUS:
        return make_status(a);
    case KIND_BOOK:
        return make_book(in, a);
    case KIND_SETTLE:
        return make_settle(in, a);
    case KIND_GET:
        return make_get(in, a);
    case KIND_LIST:
        return make_list(a);
    case KIND_EVENT:
        return make_event(in, a);
    case KIND_EVENTS:
        return make_events(in, a);
    case KIND_CANCEL:
        return make_cancel(in, a);
    case KIND_AFFECTED:
        return make_affected(a);
    case KIND_WATCH:
        return make_watch(a);
    case KIND_COUNT:
        break;
    }
    return NULL;
}
