#include "check.h"

#include "check_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

bool check_wrong(char why[CHECK_WHY], const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(why, CHECK_WHY, fmt, ap);
    va_end(ap);
    return false;
}

bool check_answer(enum kind_id id, const struct kind_input *in, const ProtobufCMessage *reply,
                  char why[CHECK_WHY])
{
    const void *m = reply;
    const Zongheng__V1__SettleReply *settled = m;
    const Zongheng__V1__ListShipmentsReply *list = m;
    const Zongheng__V1__DeleteScenarioReply *deleted = m;
    char scenario[KIND_SCENARIO_ID];
    switch (id) {
    case KIND_ROUTE:
    case KIND_QUOTE:
        return check_routes(in, m, why);
    case KIND_COST:
        return check_cost(m, why);
    case KIND_MATRIX:
        return check_matrix(in, m, why);
    case KIND_FAMILIES:
        return check_families(in, m, why);
    case KIND_COSTS:
        return check_costs(in, m, why);
    case KIND_DEPARTURES:
        return check_departures(in, m, why);
    case KIND_NETWORK:
        return check_network(m, why);
    case KIND_GET:
        return check_shipment(in, m, why);
    case KIND_SETTLE:
        return (settled->outcome == ZONGHENG__V1__SETTLE_REPLY__OUTCOME__BOOKED &&
                strcmp(settled->shipment_id, in->bill->shipment_id) == 0) ||
               check_wrong(why, "an acknowledged booking settles as something else");
    case KIND_LIST:
        return list->n_shipments <= KIND_PAGE || check_wrong(why, "a page of more than it was asked for");
    case KIND_TARIFFS:
        return check_tariffs(m, why);
    case KIND_SCENARIOS:
        return check_scenarios(m, why);
    case KIND_SCENARIO:
        return check_scenario(in, m, why);
    case KIND_JOBS:
        return check_jobs(m, why);
    case KIND_DEMANDS:
        return check_demands(m, why);
    case KIND_DRAFT:
    case KIND_PUT:
        return check_put(in, id == KIND_DRAFT, m, why);
    case KIND_ACCESS:
    case KIND_WHATIF:
        return check_access(in, id == KIND_WHATIF, m, why);
    case KIND_DELETE:
        kind_scenario_id(in->key, scenario);
        return strcmp(deleted->scenario_id, scenario) == 0 ||
               check_wrong(why, "another scenario was deleted than the one asked");
    default:
        return true;
    }
}

/* --- fingerprints ------------------------------------------------------------------------------------- */

static bool is_of_version(const char *name)
{
    static const char *const names[] = {"network_version",     "tariff_version", "timetable_version",
                                        "attribution",         "plan_ref",       "scenario_version",
                                        "base_network_version"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

struct mix {
    XXH64_hash_t offered, network, scenario; /* the latter: of their versions, 0 without */
    XXH64_hash_t warnings;                   /* 0: there are none */
};

static XXH64_hash_t add(XXH64_hash_t h, const void *bytes, size_t n)
{
    return XXH3_64bits_withSeed(bytes, n, h);
}

static void blank_version(const char *name, char **member, struct mix *x)
{
    const char *s = *member;
    bool of_network = strcmp(name, "network_version") == 0 || strcmp(name, "base_network_version") == 0;
    x->offered = add(x->offered, s, strlen(s));
    if (of_network && s[0] != '\0')
        x->network = XXH3_64bits(s, strlen(s)) | 1;
    if (strcmp(name, "scenario_version") == 0 && s[0] != '\0')
        x->scenario = XXH3_64bits(s, strlen(s)) | 1;
    *member = (char *)(uintptr_t)protobuf_c_empty_string;
}

static void blank_warnings(char **list, size_t *count, struct mix *x)
{
    for (size_t i = 0; i < *count; i++)
        x->warnings = add(x->warnings, list[i], strlen(list[i])) | 1;
    *count = 0;
}

/* Takes the strings that differ between networks, and sentences, out of a message and all below it. */
static void blank(ProtobufCMessage *m, struct mix *x)
{
    for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
        void *member = (char *)m + f->offset;
        if (f->type == PROTOBUF_C_TYPE_MESSAGE && f->label == PROTOBUF_C_LABEL_REPEATED) {
            size_t n;
            memcpy(&n, (char *)m + f->quantifier_offset, sizeof n);
            for (size_t k = 0; k < n; k++)
                blank((*(ProtobufCMessage ***)member)[k], x);
        } else if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
            bool absent = (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
                          *(uint32_t *)(void *)((char *)m + f->quantifier_offset) != f->id;
            ProtobufCMessage *inner = absent ? NULL : *(ProtobufCMessage **)member;
            if (inner != NULL)
                blank(inner, x);
        } else if (f->type == PROTOBUF_C_TYPE_STRING && f->label != PROTOBUF_C_LABEL_REPEATED &&
                   is_of_version(f->name)) {
            blank_version(f->name, member, x);
        } else if (f->type == PROTOBUF_C_TYPE_STRING && f->label == PROTOBUF_C_LABEL_REPEATED &&
                   strcmp(f->name, "warnings") == 0) {
            blank_warnings(*(char ***)member, (size_t *)(void *)((char *)m + f->quantifier_offset), x);
        } else if (f->type == PROTOBUF_C_TYPE_UINT32 && strcmp(f->name, "build_ms") == 0) {
            *(uint32_t *)member = 0; /* how long it took is no part of an answer */
        }
    }
}

bool check_fingerprint(enum kind_id id, ProtobufCMessage *reply, struct arena *a, struct fingerprint *out)
{
    struct mix x = {0};
    const void *m = reply;
    *out = (struct fingerprint){0};
    if (id == KIND_ROUTE || id == KIND_QUOTE) {
        const Zongheng__V1__FindRoutesReply *r = m;
        out->options = (uint32_t)r->n_options;
        for (size_t i = 0; i < r->n_options; i++)
            x.offered = add(x.offered, &r->options[i]->total_fen, sizeof r->options[i]->total_fen);
        if (r->n_options > 0) {
            out->total_fen = r->options[0]->total_fen;
            out->arrive_at = r->options[0]->arrive_at;
        }
    } else if (id == KIND_COST) {
        const Zongheng__V1__GetCostReply *c = m;
        out->total_fen = c->total_fen;
        out->arrive_at = c->arrive_at;
        out->options = 1;
        x.offered = add(x.offered, &c->total_fen, sizeof c->total_fen);
    }
    blank(reply, &x);
    size_t n = protobuf_c_message_get_packed_size(reply);
    uint8_t *bytes = arena_alloc(a, n + 1);
    if (bytes == NULL)
        return false;
    protobuf_c_message_pack(reply, bytes);
    out->facts = XXH3_64bits(bytes, n);
    out->answer = x.warnings == 0 ? out->facts : add(out->facts, &x.warnings, sizeof x.warnings);
    out->offered = x.offered;
    out->version =
        x.network == 0 || x.scenario == 0 ? x.network : add(x.network, &x.scenario, sizeof x.scenario) | 1;
    return true;
}
