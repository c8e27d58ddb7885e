#include "methods.h"

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

#include "zongheng/v1/identity.pb-c.h"
#include "zongheng/v1/operations.pb-c.h"
#include "zongheng/v1/planning.pb-c.h"
#include "zongheng/v1/routing.pb-c.h"
#include "zongheng/v1/shipments.pb-c.h"
#include "zongheng/v1/wire.pb-c.h"

#include <string.h>

enum { METHODS_MAX = 64 };

/* service, method, roles, how badly it is needed when not all can be done (admission.h; HEAVY is BULK that
 * workers work out), default deadline in ms, handler. What changes a shipment is the shipper's alone; planner
 * and operator may look at their own firm's. */
#define POLICY(X)                                                                            \
    X("Session", "Hello", ACCESS_ANYONE, VITAL, 5000, api_session_hello)                     \
    X("Routing", "FindPlaces", ACCESS_KNOWN, NORMAL, 2000, api_routing_find_places)          \
    X("Routing", "FindRoutes", ACCESS_KNOWN, NORMAL, 5000, api_routing_find_routes)          \
    X("Routing", "GetCost", ACCESS_KNOWN, NORMAL, 5000, api_routing_get_cost)                \
    X("Routing", "GetMatrix", ACCESS_KNOWN, HEAVY, 30000, api_matrix_get)                    \
    X("Routing", "GetReach", ACCESS_KNOWN, HEAVY, 15000, api_reach_get)                      \
    X("Routing", "GetCosts", ACCESS_KNOWN, HEAVY, 30000, api_costs_get)                      \
    X("Routing", "GetFamilyMatrix", ACCESS_KNOWN, HEAVY, 30000, api_families_get)            \
    X("Routing", "FindDepartures", ACCESS_KNOWN, HEAVY, 15000, api_departures_find)          \
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
    X("Operations", "GetNetwork", ACCESS_KNOWN, HEAVY, 10000, api_network_get)               \
    X("Planning", "PutScenario", ACCESS_STUDY, HEAVY, 30000, api_planning_put_scenario)      \
    X("Planning", "GetScenario", ACCESS_KNOWN, VITAL, 15000, api_planning_get_scenario)      \
    X("Planning", "ListScenarios", ACCESS_KNOWN, VITAL, 5000, api_planning_list_scenarios)   \
    X("Planning", "DeleteScenario", ACCESS_STUDY, VITAL, 5000, api_planning_delete_scenario) \
    X("Planning", "Assign", ACCESS_STUDY, BULK, 600000, api_planning_assign)                 \
    X("Planning", "Compare", ACCESS_STUDY, BULK, 600000, api_planning_compare)               \
    X("Planning", "Appraise", ACCESS_STUDY, BULK, 600000, api_planning_appraise)             \
    X("Planning", "GetCriticalLinks", ACCESS_STUDY, BULK, 600000, api_planning_critical)     \
    X("Planning", "GetAccessibility", ACCESS_KNOWN, HEAVY, 30000, api_planning_access)       \
    X("Planning", "GetJob", ACCESS_STUDY, VITAL, 5000, api_planning_get_job)                 \
    X("Planning", "ListJobs", ACCESS_STUDY, VITAL, 5000, api_planning_list_jobs)             \
    X("Planning", "CancelJob", ACCESS_STUDY, VITAL, 5000, api_planning_cancel_job)           \
    X("Planning", "PutDemand", ACCESS_STUDY, HEAVY, 60000, api_planning_put_demand)          \
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

enum need { NEED_BULK, NEED_NORMAL, NEED_VITAL, NEED_HEAVY };

static const struct {
    const char *service, *name;
    enum access access;
    enum need need;
    uint32_t deadline_ms;
    handler_fn *handle;
} policy[] = {
#define X(service, name, access, need, deadline_ms, handle) \
    {service, name, access, NEED_##need, deadline_ms, handle},
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

static struct method methods[METHODS_MAX]; /* written by methods_init only */
static uint32_t method_count;

static const enum criticality criticality_of[] = {[NEED_BULK] = CRITICALITY_BULK,
                                                  [NEED_HEAVY] = CRITICALITY_BULK,
                                                  [NEED_NORMAL] = CRITICALITY_NORMAL,
                                                  [NEED_VITAL] = CRITICALITY_VITAL};

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
                            .criticality = criticality_of[policy[i].need],
                            .heavy = policy[i].need == NEED_HEAVY,
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
    return fail(e, ERR_INTERNAL, "method %s/%s has no row in the policy table of methods.c", s->name,
                m->name);
}

bool methods_init(struct err *e)
{
    method_count = 0;
    for (size_t i = 0; i < SERVICE_COUNT; i++)
        for (unsigned k = 0; k < services[i]->n_methods; k++)
            if (!add_method(services[i], &services[i]->methods[k], e))
                return false;
    return method_count == POLICY_COUNT ||
           fail(e, ERR_INTERNAL, "the policy table names a method that no proto has");
}

uint32_t methods_count(void)
{
    return method_count;
}

const struct method *methods_row(uint32_t i)
{
    return i < method_count ? &methods[i] : NULL;
}

uint32_t methods_index(const struct method *m)
{
    return (uint32_t)(m - methods);
}

const struct method *methods_find(const char *name, size_t len)
{
    for (uint32_t i = 0; i < method_count; i++)
        if (methods[i].name_len == len && memcmp(methods[i].name, name, len) == 0)
            return &methods[i];
    return NULL;
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

int methods_list(FILE *out)
{
    char buf[64];
    for (uint32_t i = 0; i < method_count; i++)
        fprintf(out, "%s %s\n", methods[i].name,
                methods[i].access == ACCESS_ANYONE ? "anyone"
                                                   : roles_of(methods[i].access, ",", buf, sizeof buf));
    return fflush(out) == 0 ? 0 : 1;
}

bool methods_admit(const struct method *m, const struct identity *who, struct err *e)
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
