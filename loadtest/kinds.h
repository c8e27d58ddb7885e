/* kinds.h - the methods that a replay asks, one row each: name in --mix, method, how a request is made of a
 * row of the demand, and what must be true of it.
 *
 * Two kinds are several requests. A booking: the quote, and a Book of its best option. A what-if, as a
 * planner asks about a new road: PutScenario of one that leads from where the row's goods are to where they
 * go, GetAccessibility of the townships with it and without, DeleteScenario, whatever became of the others.
 */
#ifndef ZH_LOADTEST_KINDS_H
#define ZH_LOADTEST_KINDS_H

#include "../client/key.h"
#include "demand.h"

#include <stdio.h>

enum {
    KIND_KEYED = 1, /* carries a key: repeated with it until its outcome is sure */
    KIND_STABLE =
        2, /* the same question on the same network has the same answer: digested, its body cached */
    KIND_BILL =
        4, /* about a shipment that this replay booked; a booking takes its place before there is one */
    KIND_STREAM = 8,    /* replies until its deadline: done with the first */
    KIND_INNER = 16,    /* not of --mix */
    KIND_OWN = 32,      /* about a scenario that this replay put: its body is not cached */
    KIND_STUDY = 64,    /* for a planner's token, an operator's, or without one */
    KIND_IN_FORCE = 128 /* of the network in force: not asked in a scenario */
};

/* name, method, message type of the reply, flags. The place in this list is part of a run's digest: new ones
 * go to its end. */
#define KINDS(X)                                                                                            \
    X(PLACE, place, "Routing/FindPlaces", find_places_reply, KIND_STABLE)                                   \
    X(ROUTE, route, "Routing/FindRoutes", find_routes_reply, KIND_STABLE)                                   \
    X(COST, cost, "Routing/GetCost", get_cost_reply, KIND_STABLE)                                           \
    X(MATRIX, matrix, "Routing/GetMatrix", get_matrix_reply, KIND_STABLE)                                   \
    X(REACH, reach, "Routing/GetReach", get_reach_reply, KIND_STABLE)                                       \
    X(STATUS, status, "Operations/GetStatus", get_status_reply, 0)                                          \
    X(QUOTE, quote, "Routing/FindRoutes", find_routes_reply, KIND_INNER)                                    \
    X(BOOK, book, "Shipments/Book", book_reply, KIND_KEYED | KIND_IN_FORCE)                                 \
    X(SETTLE, settle, "Shipments/Settle", settle_reply, KIND_BILL | KIND_IN_FORCE)                          \
    X(GET, get, "Shipments/Get", get_shipment_reply, KIND_BILL | KIND_IN_FORCE)                             \
    X(LIST, list, "Shipments/List", list_shipments_reply, 0)                                                \
    X(EVENT, event, "Shipments/RecordEvent", record_event_reply, KIND_KEYED | KIND_BILL | KIND_IN_FORCE)    \
    X(EVENTS, events, "Shipments/ListEvents", list_events_reply, KIND_BILL | KIND_IN_FORCE)                 \
    X(CANCEL, cancel, "Shipments/Cancel", cancel_reply, KIND_KEYED | KIND_BILL | KIND_IN_FORCE)             \
    X(AFFECTED, affected, "Shipments/Affected", affected_reply, 0)                                          \
    X(WATCH, watch, "Shipments/Watch", watch_reply, KIND_STREAM)                                            \
    X(COSTS, costs, "Routing/GetCosts", get_costs_reply, KIND_STABLE | KIND_IN_FORCE)                       \
    X(FAMILIES, families, "Routing/GetFamilyMatrix", get_family_matrix_reply, KIND_STABLE)                  \
    X(DEPARTURES, departures, "Routing/FindDepartures", find_departures_reply, KIND_STABLE | KIND_IN_FORCE) \
    X(TARIFFS, tariffs, "Routing/ListAgreedTariffs", list_agreed_tariffs_reply, 0)                          \
    X(NETWORK, network, "Operations/GetNetwork", get_network_reply, KIND_STABLE)                            \
    X(ACCESS, access, "Planning/GetAccessibility", get_accessibility_reply, KIND_STABLE)                    \
    X(SCENARIOS, scenarios, "Planning/ListScenarios", list_scenarios_reply, 0)                              \
    X(JOBS, jobs, "Planning/ListJobs", list_jobs_reply, KIND_STUDY)                                         \
    X(DEMANDS, demands, "Planning/ListDemands", list_demands_reply, KIND_STUDY)                             \
    X(DRAFT, draft, "Planning/PutScenario", put_scenario_reply, KIND_STUDY | KIND_STABLE)                   \
    X(PUT, put, "Planning/PutScenario", put_scenario_reply, KIND_STUDY | KIND_OWN | KIND_INNER)             \
    X(WHATIF, whatif, "Planning/GetAccessibility", get_accessibility_reply,                                 \
      KIND_STUDY | KIND_OWN | KIND_STABLE)                                                                  \
    X(DELETE, delete, "Planning/DeleteScenario", delete_scenario_reply,                                     \
      KIND_STUDY | KIND_OWN | KIND_KEYED | KIND_INNER)                                                      \
    X(SCENARIO, scenario, "Planning/GetScenario", get_scenario_reply, KIND_STABLE)

enum kind_id {
#define X(id, name, method, reply, flags) KIND_##id,
    KINDS(X)
#undef X
        KIND_COUNT
};

/* What is asked for; the checks hold the answers against it. */
enum {
    KIND_TABLE_SIDE = 6, /* rows and columns of matrix without --table, and of families */
    KIND_TABLE_SIDE_MAX = 1000,
    KIND_LOADS = 16, /* of costs */
    KIND_PAGE = 20,
    KIND_WINDOW_S = 7 * 86400, /* of departures */
    KIND_POINTS = 200,
    KIND_LINKS = 5000, /* of network */
    KIND_SCENARIO_ID = 48
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
    uint32_t table;         /* rows and columns of matrix */
    const uint8_t *key;     /* KEYED, OWN */
    const char *plan_ref;   /* BOOK; of WHATIF: what PUT told, "SCENARIO_VERSION@NETWORK_VERSION" */
    const struct kind_bill *bill;
    uint32_t parts_rows; /* of an answer in several replies: rows or loads in those before */
    bool more;           /* and there are further ones */
};

typedef const ProtobufCMessage *kind_make_fn(const struct kind_input *in, struct arena *a);

struct kind {
    const char *name, *method;
    const ProtobufCMessageDescriptor *reply;
    unsigned flags;
    kind_make_fn *make;
};

const struct kind *kind_of(enum kind_id id);
/* KIND_COUNT when no kind of --mix is called so. */
enum kind_id kind_find(const char *name, size_t len);

/* Their names and what they ask, for --help. */
void kind_help(FILE *out);

/* The request, in the arena; NULL when that is full. */
const ProtobufCMessage *kind_request(enum kind_id id, const struct kind_input *in, struct arena *a);

/* Which one the kind scenario asks for. */
const char *kind_scenario_asked(const struct kind_input *in);

/* The scenario that a what-if puts, by its key. */
void kind_scenario_id(const uint8_t key[KEY_BYTES], char out[KIND_SCENARIO_ID]);

#endif
