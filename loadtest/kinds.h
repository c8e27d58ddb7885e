/* kinds.h - the methods that a replay asks, one row each: name in --mix, method, how a request is made of a
 * row of the demand, and what must be true of it. A quote is the FindRoutes before a Book.
 */
#ifndef ZH_LOADTEST_KINDS_H
#define ZH_LOADTEST_KINDS_H

#include "../client/key.h"
#include "demand.h"

enum {
    KIND_KEYED = 1, /* carries a key: repeated with it until its outcome is sure */
    KIND_STABLE =
        2, /* the same question on the same network has the same answer: digested, its body cached */
    KIND_BILL =
        4, /* about a shipment that this replay booked; a booking takes its place before there is one */
    KIND_STREAM = 8, /* replies until its deadline: done with the first */
    KIND_INNER = 16, /* not of --mix */
};

/* name, method, message type of the reply, flags */
#define KINDS(X)                                                                         \
    X(PLACE, place, "Routing/FindPlaces", find_places_reply, KIND_STABLE)                \
    X(ROUTE, route, "Routing/FindRoutes", find_routes_reply, KIND_STABLE)                \
    X(COST, cost, "Routing/GetCost", get_cost_reply, KIND_STABLE)                        \
    X(MATRIX, matrix, "Routing/GetMatrix", get_matrix_reply, KIND_STABLE)                \
    X(REACH, reach, "Routing/GetReach", get_reach_reply, KIND_STABLE)                    \
    X(STATUS, status, "Operations/GetStatus", get_status_reply, 0)                       \
    X(QUOTE, quote, "Routing/FindRoutes", find_routes_reply, KIND_INNER)                 \
    X(BOOK, book, "Shipments/Book", book_reply, KIND_KEYED)                              \
    X(SETTLE, settle, "Shipments/Settle", settle_reply, KIND_BILL)                       \
    X(GET, get, "Shipments/Get", get_shipment_reply, KIND_BILL)                          \
    X(LIST, list, "Shipments/List", list_shipments_reply, 0)                             \
    X(EVENT, event, "Shipments/RecordEvent", record_event_reply, KIND_KEYED | KIND_BILL) \
    X(EVENTS, events, "Shipments/ListEvents", list_events_reply, KIND_BILL)              \
    X(CANCEL, cancel, "Shipments/Cancel", cancel_reply, KIND_KEYED | KIND_BILL)          \
    X(AFFECTED, affected, "Shipments/Affected", affected_reply, 0)                       \
    X(WATCH, watch, "Shipments/Watch", watch_reply, KIND_STREAM)

enum kind_id {
#define X(id, name, method, reply, flags) KIND_##id,
    KINDS(X)
#undef X
        KIND_COUNT
};

/* A shipment of this replay. */
struct kind_bill {
    uint8_t key[KEY_BYTES]; /* of its Book */
    char shipment_id[KEY_TEXT];
};

struct kind_input {
    const struct demand *demand;
    size_t row;
    int64_t start_s, now_s; /* UTC: of the demand's minute 0; of the request */
    const char *scenario;   /* "" */
    const uint8_t *key;     /* KEYED */
    const char *plan_ref;   /* BOOK */
    const struct kind_bill *bill;
};

struct kind {
    const char *name, *method;
    const ProtobufCMessageDescriptor *reply;
    unsigned flags;
};

const struct kind *kind_of(enum kind_id id);
/* KIND_COUNT when no kind of --mix is called so. */
enum kind_id kind_find(const char *name, size_t len);

/* The request, in the arena; NULL when that is full. */
const ProtobufCMessage *kind_request(enum kind_id id, const struct kind_input *in, struct arena *a);

#endif
