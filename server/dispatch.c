#include "dispatch.h"

#include "api_matrix.h"
#include "api_operations.h"
#include "api_reach.h"
#include "api_routing.h"
#include "api_session.h"
#include "api_shipments.h"
#include "call.h"
#include "log.h"
#include "loop.h"
#include "wire_scan.h"

#include "zongheng/v1/operations.pb-c.h"
#include "zongheng/v1/routing.pb-c.h"
#include "zongheng/v1/shipments.pb-c.h"
#include "zongheng/v1/wire.pb-c.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { METHODS_MAX = 64, OVERLOAD_RETRY_MS = 100 };

/* service, method, access, default deadline in ms, handler */
#define POLICY(X)                                                                 \
    X("Session", "Hello", ACCESS_ANYONE, 5000, api_session_hello)                 \
    X("Routing", "FindPlaces", ACCESS_KNOWN, 2000, api_routing_find_places)       \
    X("Routing", "FindRoutes", ACCESS_KNOWN, 5000, api_routing_find_routes)       \
    X("Routing", "GetCost", ACCESS_KNOWN, 5000, api_routing_get_cost)             \
    X("Routing", "GetMatrix", ACCESS_KNOWN, 30000, api_matrix_get)                \
    X("Routing", "GetReach", ACCESS_KNOWN, 15000, api_reach_get)                  \
    X("Shipments", "Book", ACCESS_FIRM, 10000, api_shipments_book)                \
    X("Shipments", "Settle", ACCESS_FIRM, 10000, api_shipments_settle)            \
    X("Shipments", "Get", ACCESS_FIRM, 5000, api_shipments_get)                   \
    X("Shipments", "List", ACCESS_FIRM, 5000, api_shipments_list)                 \
    X("Shipments", "RecordEvent", ACCESS_FIRM, 10000, api_shipments_record_event) \
    X("Shipments", "ListEvents", ACCESS_FIRM, 5000, api_shipments_list_events)    \
    X("Operations", "GetStatus", ACCESS_KNOWN, 2000, api_operations_get_status)

static const struct {
    const char *service, *name;
    enum access access;
    uint32_t deadline_ms;
    handler_fn *handle;
} policy[] = {
#define X(service, name, access, deadline_ms, handle) {service, name, access, deadline_ms, handle},
    POLICY(X)
#undef X
};
enum { POLICY_COUNT = sizeof policy / sizeof policy[0] };

static const ProtobufCServiceDescriptor *const services[] = {
    &zongheng__v1__session__descriptor,
    &zongheng__v1__routing__descriptor,
    &zongheng__v1__shipments__descriptor,
    &zongheng__v1__operations__descriptor,
};
enum { SERVICE_COUNT = sizeof services / sizeof services[0] };

static struct method methods[METHODS_MAX]; /* written by dispatch_init only */
static uint32_t method_count;

static bool add_method(const ProtobufCServiceDescriptor *s, const ProtobufCMethodDescriptor *m, struct err *e)
{
    for (size_t i = 0; i < POLICY_COUNT; i++) {
        if (strcmp(policy[i].service, s->short_name) != 0 || strcmp(policy[i].name, m->name) != 0)
            continue;
        if (method_count == METHODS_MAX)
            return fail(e, ERR_INTERNAL, "more than %d methods", METHODS_MAX);
        struct method *out = &methods[method_count++];
        *out = (struct method){.input = m->input,
                               .output = m->output,
                               .access = policy[i].access,
                               .deadline_ms = policy[i].deadline_ms,
                               .handle = policy[i].handle};
        snprintf(out->name, sizeof out->name, "%s/%s", s->name, m->name);
        return true;
    }
    return fail(e, ERR_INTERNAL, "method %s/%s has no row in the policy table of dispatch.c", s->name,
                m->name);
}

bool dispatch_init(struct err *e)
{
    method_count = 0;
    for (size_t i = 0; i < SERVICE_COUNT; i++)
        for (unsigned k = 0; k < services[i]->n_methods; k++)
            if (!add_method(services[i], &services[i]->methods[k], e))
                return false;
    return method_count == POLICY_COUNT ||
           fail(e, ERR_INTERNAL, "the policy table names a method that no proto has");
}

uint32_t dispatch_method_count(void)
{
    return method_count;
}

const struct method *dispatch_method(uint32_t i)
{
    return i < method_count ? &methods[i] : NULL;
}

const struct method *dispatch_find(const char *name)
{
    for (uint32_t i = 0; i < method_count; i++)
        if (strcmp(methods[i].name, name) == 0)
            return &methods[i];
    return NULL;
}

static bool admitted(struct loop *l, const struct method *m, const struct identity *who, struct err *e)
{
    if (m->access != ACCESS_ANYONE && !who->known)
        return fail(e, ERR_UNAUTHENTICATED, "the first request of a connection is zongheng.v1.Session/Hello");
    if (m->access == ACCESS_FIRM && who->firm_id[0] == '\0')
        return fail_field(e, ERR_UNAUTHENTICATED, "token",
                          "%s wants a firm's token in Hello; this connection is anonymous", m->name);
    if (atomic_load(&loop_stats(l)->inflight) > loop_server(l)->config.inflight_max)
        return fail(e, ERR_RESOURCE_EXHAUSTED,
                    "the server has as many requests in work as it takes; try again");
    return true;
}

static void set_deadline(struct call *c, uint32_t asked_ms)
{
    int64_t max = loop_server(c->loop)->config.deadline_max_ms;
    int64_t ms = asked_ms != 0 ? asked_ms : c->method->deadline_ms;
    c->deadline_ns = c->received_ns + (ms < max ? ms : max) * 1000000;
}

static void serve(struct call *c, const Zongheng__V1__Request *envelope)
{
    struct err e = {0};
    c->request_id = envelope->id;
    c->method = dispatch_find(envelope->method);
    if (c->method == NULL) {
        fail_field(&e, ERR_UNIMPLEMENTED, "method", "there is no method \"%.100s\"", envelope->method);
        call_fail(c, &e, 0);
        return;
    }
    set_deadline(c, envelope->deadline_ms);
    if (!admitted(c->loop, c->method, c->identity, &e)) {
        call_fail(c, &e, e.code == ERR_RESOURCE_EXHAUSTED ? OVERLOAD_RETRY_MS : 0);
        return;
    }
    if (!wire_scan(c->method->input, envelope->body.data, envelope->body.len, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    ProtobufCMessage *request = call_unpack(c, c->method->input, envelope->body.data, envelope->body.len);
    if (request == NULL) {
        fail(&e, ERR_RESOURCE_EXHAUSTED, "the request does not fit the memory of one request");
        call_fail(c, &e, 0);
        return;
    }
    c->method->handle(c, request);
}

void dispatch_frame(struct loop *l, struct conn *conn, const uint8_t *payload, size_t len)
{
    struct err e = {0};
    struct call *c = call_begin(loop_calls(l), conn);
    if (c == NULL) { /* out of memory: no reply can be made either */
        conn_close_after_write(conn);
        return;
    }
    if (!wire_scan(&zongheng__v1__request__descriptor, payload, len, &e)) {
        call_close_connection(c); /* who cannot write an envelope cannot be answered by id */
        call_fail(c, &e, 0);
        return;
    }
    const Zongheng__V1__Request *envelope =
        (const void *)call_unpack(c, &zongheng__v1__request__descriptor, payload, len);
    if (envelope == NULL) {
        fail(&e, ERR_RESOURCE_EXHAUSTED, "the request does not fit the memory of one request");
        call_fail(c, &e, 0);
        return;
    }
    serve(c, envelope);
}
