#include "dispatch.h"

#include "api_agreed.h"
#include "api_costs.h"
#include "api_departures.h"
#include "api_families.h"
#include "api_identity.h"
#include "api_matrix.h"
#include "api_network.h"
#include "api_operations.h"
#include "api_planning_access.h"
#include "api_planning_demand.h"
#include "api_planning_jobs.h"
#include "api_planning_scenario.h"
#include "api_reach.h"
#include "api_routing.h"
#include "api_session.h"
#include "api_shipments.h"
#include "call.h"
#include "envelope.h"
#include "log.h"
#include "loop.h"
#include "method_stats.h"
#include "scenario_open.h"
#include "wire_scan.h"

#include "zongheng/v1/identity.pb-c.h"
#include "zongheng/v1/operations.pb-c.h"
#include "zongheng/v1/planning.pb-c.h"
#include "zongheng/v1/routing.pb-c.h"
#include "zongheng/v1/shipments.pb-c.h"
#include "zongheng/v1/wire.pb-c.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { METHODS_MAX = 64, OVERLOAD_RETRY_MS = 100 };

/* service, method, roles, how badly it is needed when not all can be done (admission.h), default deadline in
 * ms, handler. What changes a shipment is the shipper's alone; planner and operator may look at their own
 * firm's. */
#define POLICY(X)                                                                            \
    X("Session", "Hello", ACCESS_ANYONE, VITAL, 5000, api_session_hello)                     \
    X("Routing", "FindPlaces", ACCESS_KNOWN, NORMAL, 2000, api_routing_find_places)          \
    X("Routing", "FindRoutes", ACCESS_KNOWN, NORMAL, 5000, api_routing_find_routes)          \
    X("Routing", "GetCost", ACCESS_KNOWN, NORMAL, 5000, api_routing_get_cost)                \
    X("Routing", "GetMatrix", ACCESS_KNOWN, BULK, 30000, api_matrix_get)                     \
    X("Routing", "GetReach", ACCESS_KNOWN, BULK, 15000, api_reach_get)                       \
    X("Routing", "GetCosts", ACCESS_KNOWN, BULK, 30000, api_costs_get)                       \
    X("Routing", "GetFamilyMatrix", ACCESS_KNOWN, BULK, 30000, api_families_get)             \
    X("Routing", "FindDepartures", ACCESS_KNOWN, BULK, 15000, api_departures_find)           \
    X("Routing", "PutAgreedTariff", ACCESS_FIRM, VITAL, 10000, api_agreed_put)               \
    X("Routing", "ListAgreedTariffs", ACCESS_FIRM, NORMAL, 5000, api_agreed_list)            \
    X("Shipments", "Book", ACCESS_SHIPPER, VITAL, 10000, api_shipments_book)                 \
    X("Shipments", "Settle", ACCESS_SHIPPER, VITAL, 10000, api_shipments_settle)             \
    X("Shipments", "Get", ACCESS_FIRM, NORMAL, 5000, api_shipments_get)                      \
    X("Shipments", "List", ACCESS_FIRM, NORMAL, 5000, api_shipments_list)                    \
    X("Shipments", "Cancel", ACCESS_SHIPPER, VITAL, 10000, api_shipments_cancel)             \
    X("Shipments", "RecordEvent", ACCESS_SHIPPER, VITAL, 10000, api_shipments_record_event)  \
    X("Shipments", "ListEvents", ACCESS_FIRM, NORMAL, 5000, api_shipments_list_events)       \
    X("Shipments", "Watch", ACCESS_FIRM, BULK, 30000, api_shipments_watch)                   \
    X("Shipments", "Affected", ACCESS_FIRM, BULK, 15000, api_shipments_affected)             \
    X("Operations", "GetStatus", ACCESS_KNOWN, VITAL, 2000, api_operations_get_status)       \
    X("Operations", "GetNetwork", ACCESS_KNOWN, BULK, 10000, api_network_get)                \
    X("Planning", "PutScenario", ACCESS_STUDY, BULK, 30000, api_planning_put_scenario)       \
    X("Planning", "GetScenario", ACCESS_KNOWN, VITAL, 15000, api_planning_get_scenario)      \
    X("Planning", "ListScenarios", ACCESS_KNOWN, VITAL, 5000, api_planning_list_scenarios)   \
    X("Planning", "DeleteScenario", ACCESS_STUDY, VITAL, 5000, api_planning_delete_scenario) \
    X("Planning", "Assign", ACCESS_STUDY, BULK, 600000, api_planning_assign)                 \
    X("Planning", "Compare", ACCESS_STUDY, BULK, 600000, api_planning_compare)               \
    X("Planning", "Appraise", ACCESS_STUDY, BULK, 600000, api_planning_appraise)             \
    X("Planning", "GetCriticalLinks", ACCESS_STUDY, BULK, 600000, api_planning_critical)     \
    X("Planning", "GetAccessibility", ACCESS_KNOWN, BULK, 30000, api_planning_access)        \
    X("Planning", "GetJob", ACCESS_STUDY, VITAL, 5000, api_planning_get_job)                 \
    X("Planning", "ListJobs", ACCESS_STUDY, VITAL, 5000, api_planning_list_jobs)             \
    X("Planning", "CancelJob", ACCESS_STUDY, VITAL, 5000, api_planning_cancel_job)           \
    X("Planning", "PutDemand", ACCESS_STUDY, BULK, 60000, api_planning_put_demand)           \
    X("Planning", "GetDemand", ACCESS_STUDY, VITAL, 5000, api_planning_get_demand)           \
    X("Planning", "ListDemands", ACCESS_STUDY, VITAL, 5000, api_planning_list_demands)       \
    X("Planning", "DeleteDemand", ACCESS_STUDY, VITAL, 5000, api_planning_delete_demand)     \
    X("Identity", "AddFirm", ACCESS_OPERATOR, VITAL, 5000, api_identity_add_firm)            \
    X("Identity", "ListFirms", ACCESS_OPERATOR, VITAL, 5000, api_identity_list_firms)        \
    X("Identity", "AddUser", ACCESS_OPERATOR, VITAL, 5000, api_identity_add_user)            \
    X("Identity", "ListUsers", ACCESS_OPERATOR, VITAL, 5000, api_identity_list_users)        \
    X("Identity", "AddToken", ACCESS_OPERATOR, VITAL, 5000, api_identity_add_token)          \
    X("Identity", "ListTokens", ACCESS_OPERATOR, VITAL, 5000, api_identity_list_tokens)      \
    X("Identity", "RevokeToken", ACCESS_OPERATOR, VITAL, 5000, api_identity_revoke_token)

static const struct {
    const char *service, *name;
    enum access access;
    enum criticality criticality;
    uint32_t deadline_ms;
    handler_fn *handle;
} policy[] = {
#define X(service, name, access, criticality, deadline_ms, handle) \
    {service, name, access, CRITICALITY_##criticality, deadline_ms, handle},
    POLICY(X)
#undef X
};
enum { POLICY_COUNT = sizeof policy / sizeof policy[0] };

static const ProtobufCServiceDescriptor *const services[] = {
    &zongheng__v1__session__descriptor,   &zongheng__v1__routing__descriptor,
    &zongheng__v1__shipments__descriptor, &zongheng__v1__operations__descriptor,
    &zongheng__v1__identity__descriptor,  &zongheng__v1__planning__descriptor,
};
enum { SERVICE_COUNT = sizeof services / sizeof services[0] };

static struct method methods[METHODS_MAX]; /* written by dispatch_init only */
static uint32_t method_count;

static bool add_method(const ProtobufCServiceDescriptor *s, const ProtobufCMethodDescriptor *m, struct err *e)
{
    for (size_t i = 0; i < POLICY_COUNT; i++) {
        if (strcmp(policy[i].service, s->short_name) != 0 || strcmp(policy[i].name, m->name) != 0)
            continue;
        if (policy[i].access == 0)
            return fail(e, ERR_INTERNAL, "method %s/%s has no role", s->name, m->name);
        if (method_count == METHODS_MAX)
            return fail(e, ERR_INTERNAL, "more than %d methods", METHODS_MAX);
        struct method *out = &methods[method_count++];
        *out =
            (struct method){.input = m->input,
                            .output = m->output,
                            .access = policy[i].access,
                            .criticality = policy[i].criticality,
                            .deadline_ms = policy[i].deadline_ms,
                            .keyed = protobuf_c_message_descriptor_get_field_by_name(m->input, "key") != NULL,
                            .handle = policy[i].handle};
        snprintf(out->name, sizeof out->name, "%s/%s", s->name, m->name);
        out->name_len = strlen(out->name);
        const ProtobufCFieldDescriptor *f =
            protobuf_c_message_descriptor_get_field_by_name(m->input, "scenario_id");
        if (f != NULL && f->type == PROTOBUF_C_TYPE_STRING && f->label != PROTOBUF_C_LABEL_REPEATED &&
            strcmp(s->short_name, "Planning") != 0)
            out->scenario = f;
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

uint32_t dispatch_index(const struct method *m)
{
    return (uint32_t)(m - methods);
}

const struct method *dispatch_find(const char *name, size_t len)
{
    for (uint32_t i = 0; i < method_count; i++)
        if (methods[i].name_len == len && memcmp(methods[i].name, name, len) == 0)
            return &methods[i];
    return NULL;
}

/* With a key RESOURCE_EXHAUSTED is final (docs/protocol.md): no room here is UNAVAILABLE. */
static enum err_code room_code(const struct method *m)
{
    return m->keyed ? ERR_UNAVAILABLE : ERR_RESOURCE_EXHAUSTED;
}

static const char *const role_names[] = {"anonymous", "shipper", "planner", "operator"};
enum { ROLES = sizeof role_names / sizeof role_names[0] };

/* "shipper, planner" */
static const char *roles_of(unsigned access, const char *between, char *buf, size_t size)
{
    size_t n = 0;
    buf[0] = '\0';
    for (unsigned r = 0; r < ROLES && n < size; r++)
        if ((access & 1u << r) != 0)
            n += (size_t)snprintf(buf + n, size - n, "%s%s", n > 0 ? between : "", role_names[r]);
    return buf;
}

int dispatch_list(FILE *out)
{
    char buf[64];
    for (uint32_t i = 0; i < method_count; i++)
        fprintf(out, "%s %s\n", methods[i].name,
                methods[i].access == ACCESS_ANYONE ? "anyone"
                                                   : roles_of(methods[i].access, ",", buf, sizeof buf));
    return fflush(out) == 0 ? 0 : 1;
}

bool dispatch_admits(const struct method *m, const struct identity *who, struct err *e)
{
    char buf[64];
    if (m->access == ACCESS_ANYONE)
        return true;
    if (!who->known)
        return fail(e, ERR_UNAUTHENTICATED, "the first request of a connection is zongheng.v1.Session/Hello");
    if (((unsigned)m->access & 1u << who->role) != 0)
        return true;
    if (who->role == ROLE_NONE)
        return fail_field(e, ERR_UNAUTHENTICATED, "token",
                          "%s wants a firm's token in Hello; this connection is anonymous", m->name);
    return fail_field(e, ERR_PERMISSION_DENIED, "token", "%s is for the role %s; this token's is %s", m->name,
                      roles_of(m->access, ", ", buf, sizeof buf), role_names[who->role]);
}

static bool admitted(struct loop *l, const struct method *m, const struct identity *who, struct err *e)
{
    if (!dispatch_admits(m, who, e))
        return false;
    if (atomic_load(&loop_stats(l)->inflight) > loop_server(l)->config.inflight_max)
        return fail(e, room_code(m), "the server has as many requests in work as it takes; try again");
    return true;
}

static int64_t deadline_of(struct loop *l, const struct method *m, uint32_t asked_ms, int64_t received_ns)
{
    int64_t max = loop_server(l)->config.deadline_max_ms;
    int64_t ms = asked_ms != 0 ? asked_ms : m->deadline_ms;
    return received_ns + (ms < max ? ms : max) * 1000000;
}

/* Counts it, and says why; the time after which to come back, 0: never. */
static uint32_t say_why(struct loop *l, const struct method *m, enum admission a, int64_t delay_ns,
                        struct err *e)
{
    struct loop_stats *s = loop_stats(l);
    if (a == ADMISSION_EXPIRED) {
        atomic_fetch_add_explicit(&s->expired, 1, memory_order_relaxed);
        fail(e, ERR_DEADLINE_EXCEEDED,
             "the deadline of the request passed before its turn came: nothing was done");
        return 0;
    }
    if (a == ADMISSION_SHARE) {
        atomic_fetch_add_explicit(&s->shed_share, 1, memory_order_relaxed);
        fail(e, room_code(m),
             "the server is busy, and this firm has had more than its share of it; come "
             "back later");
    } else {
        atomic_fetch_add_explicit(&s->shed[m->criticality], 1, memory_order_relaxed);
        fail(e, room_code(m), "the server is busy: the request waited %lld ms already; come back later",
             (long long)(delay_ns / 1000000));
    }
    return admission_retry_ms(loop_admission(l), delay_ns);
}

/* "": as it is, or the method itself knows what to do with the id. */
static const char *scenario_of(const struct method *m, const ProtobufCMessage *request)
{
    if (m->scenario == NULL)
        return "";
    return *(char *const *)(const void *)((const char *)request + m->scenario->offset);
}

/* What a request costs the loop is charged to its firm. */
static void handle(struct call *c, const ProtobufCMessage *request, int64_t now_ns)
{
    struct loop *l = c->loop;
    char firm[sizeof c->identity->firm_id];
    memcpy(firm, c->identity->firm_id, sizeof firm);
    const char *scenario = scenario_of(c->method, request);
    if (scenario[0] != '\0')
        scenario_door(c, request, scenario);
    else
        c->method->handle(c, request);
    int64_t then_ns = monotonic_ns();
    admission_charge(loop_admission(l), firm, then_ns - now_ns, then_ns);
}

static void unpack(struct call *c, const uint8_t *body, size_t len, int64_t now_ns)
{
    struct err e = {0};
    if (!wire_scan(c->method->input, body, len, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    ProtobufCMessage *request = call_unpack(c, c->method->input, body, len);
    if (request == NULL) {
        fail(&e, room_code(c->method), "the request does not fit the memory of one request");
        call_fail(c, &e, e.code == ERR_UNAVAILABLE ? OVERLOAD_RETRY_MS : 0);
        return;
    }
    handle(c, request, now_ns);
}

void dispatch_call(struct call *c, const uint8_t *body, size_t len, uint32_t deadline_ms)
{
    struct err e = {0};
    int64_t now_ns = monotonic_ns(), delay_ns = now_ns - c->waiting_ns;
    c->deadline_ns = deadline_of(c->loop, c->method, deadline_ms, c->received_ns);
    if (!admitted(c->loop, c->method, c->identity, &e)) {
        call_fail(c, &e, e.code == room_code(c->method) ? OVERLOAD_RETRY_MS : 0);
        return;
    }
    enum admission a = admission_judge(loop_admission(c->loop), c->method->criticality, c->identity->firm_id,
                                       c->waiting_ns, now_ns, c->deadline_ns);
    atomic_store_explicit(&loop_stats(c->loop)->delay_ns, delay_ns, memory_order_relaxed);
    if (a == ADMISSION_YES) {
        unpack(c, body, len, now_ns);
        return;
    }
    uint32_t retry_ms = say_why(c->loop, c->method, a, delay_ns, &e);
    call_fail(c, &e, retry_ms);
}

/* Where ten times as much comes as can be done, nine of ten requests end here: no call is begun for them. */
static bool refused_at_once(struct conn *conn, const struct method *m, const struct envelope *x)
{
    struct loop *l = conn_loop(conn);
    const struct identity *who = conn_identity(conn);
    struct loop_stats *s = loop_stats(l);
    struct err e;
    if (conn_protocol(conn)->refuse == NULL || ((unsigned)m->access & 1u << who->role) == 0 || !who->known)
        return false;
    int64_t now_ns = monotonic_ns(), received_ns = conn_arrived_ns(conn), waiting_ns = conn_waiting_ns(conn);
    enum admission a = admission_judge(loop_admission(l), m->criticality, who->firm_id, waiting_ns, now_ns,
                                       deadline_of(l, m, x->deadline_ms, received_ns));
    if (a == ADMISSION_YES)
        return false;
    uint32_t retry_ms = say_why(l, m, a, now_ns - waiting_ns, &e);
    atomic_store_explicit(&s->delay_ns, now_ns - waiting_ns, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->requests, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(a == ADMISSION_EXPIRED ? &s->failed : &s->refused, 1, memory_order_relaxed);
    method_stats_count(&loop_methods(l)[dispatch_index(m)], e.code, now_ns - received_ns);
    conn_protocol(conn)->refuse(conn, x->id, &e, retry_ms);
    return true;
}

/* Nothing of the request is unpacked before it is admitted: to refuse it costs no more than to read its
 * envelope in place. */
void dispatch_frame(struct conn *conn, const uint8_t *payload, size_t len)
{
    struct err e = {0};
    struct envelope x;
    bool read = envelope_read(payload, len, &x, &e);
    const struct method *m = read ? dispatch_find(x.method, x.method_len) : NULL;
    if (m != NULL && refused_at_once(conn, m, &x))
        return;
    struct call *c = call_begin(loop_calls(conn_loop(conn)), conn);
    if (c == NULL) { /* out of memory: no reply can be made either */
        conn_close_after_write(conn);
        return;
    }
    if (!read) {
        call_close_connection(c); /* who cannot write an envelope cannot be answered by id */
        call_fail(c, &e, 0);
        return;
    }
    c->request_id = x.id;
    c->method = m;
    if (m != NULL) {
        dispatch_call(c, x.body, x.body_len, x.deadline_ms);
        return;
    }
    fail_field(&e, ERR_UNIMPLEMENTED, "method", "there is no method \"%.*s\"",
               (int)(x.method_len < 100 ? x.method_len : 100), x.method);
    call_fail(c, &e, 0);
}
