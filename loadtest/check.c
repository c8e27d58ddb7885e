#include "check.h"

#include "zongheng/v1/shipments.pb-c.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

static bool wrong(char why[CHECK_WHY], const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool wrong(char why[CHECK_WHY], const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(why, CHECK_WHY, fmt, ap);
    va_end(ap);
    return false;
}

static bool check_bill(Zongheng__V1__CostLine *const *lines, size_t n, int64_t total_fen, char why[CHECK_WHY])
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += lines[i]->amount_fen;
    return sum == total_fen ||
           wrong(why, "the lines add up to %" PRId64 " fen, the total says %" PRId64, sum, total_fen);
}

static bool check_legs(const Zongheng__V1__Option *o, char why[CHECK_WHY])
{
    int64_t metres = 0;
    for (size_t i = 0; i < o->n_legs; i++) {
        const Zongheng__V1__Leg *l = o->legs[i], *before = i > 0 ? o->legs[i - 1] : NULL;
        metres += l->distance_m;
        if (l->arrive_at < l->depart_at)
            return wrong(why, "leg %zu arrives before it departs", i + 1);
        if (before != NULL && l->depart_at < before->arrive_at)
            return wrong(why, "leg %zu departs before leg %zu arrives", i + 1, i);
        if (before != NULL && l->from != NULL && before->to != NULL &&
            l->from->node_id != before->to->node_id)
            return wrong(why, "leg %zu does not begin where leg %zu ends", i + 1, i);
        if (l->cutoff_at != 0 && l->ready_at > l->cutoff_at)
            return wrong(why, "leg %zu: the cargo is ready after the cut-off", i + 1);
    }
    return metres == o->distance_m || wrong(why, "the legs' distances do not add up");
}

static bool check_option(const Zongheng__V1__Option *o, char why[CHECK_WHY])
{
    if (o->n_legs == 0 || strlen(o->plan_ref) != 32)
        return wrong(why, "an option without legs or plan_ref");
    if (o->depart_at > o->legs[0]->depart_at || o->arrive_at < o->legs[o->n_legs - 1]->arrive_at)
        return wrong(why, "the option's times do not cover its legs");
    if (o->co2_wtw_g != o->co2_ttw_g + o->co2_wtt_g)
        return wrong(why, "well-to-wheel is not tank-to-wheel and well-to-tank");
    return check_bill(o->lines, o->n_lines, o->total_fen, why) && check_legs(o, why);
}

static bool check_routes(const struct kind_input *in, const Zongheng__V1__FindRoutesReply *r,
                         char why[CHECK_WHY])
{
    int64_t ready_at = in->start_s + 60 * in->demand->rows[in->row].release_min;
    if (r->n_options == 0 && r->n_families_not_offered == 0)
        return wrong(why, "no option and no reason");
    for (size_t i = 0; i < r->n_options; i++) {
        if (!check_option(r->options[i], why))
            return false;
        if (r->options[i]->depart_at < ready_at)
            return wrong(why, "option %zu departs before the cargo is ready", i + 1);
        for (size_t k = 0; k < i; k++)
            if (strcmp(r->options[i]->plan_ref, r->options[k]->plan_ref) == 0)
                return wrong(why, "options %zu and %zu have one plan_ref", k + 1, i + 1);
    }
    return true;
}

static bool check_matrix(const Zongheng__V1__GetMatrixReply *m, char why[CHECK_WHY])
{
    size_t cells = (size_t)m->row_count * m->columns;
    return (m->n_weight == cells && m->n_drive_s == cells && m->n_cost_fen == cells) ||
           wrong(why, "a block of %u rows and %u columns holds %zu cells", m->row_count, m->columns,
                 m->n_weight);
}

static bool check_shipment(const struct kind_input *in, const Zongheng__V1__GetShipmentReply *g,
                           char why[CHECK_WHY])
{
    const Zongheng__V1__Shipment *s = g->shipment;
    if (s == NULL || strcmp(s->id, in->bill->shipment_id) != 0)
        return wrong(why, "another shipment than the one asked for");
    if (s->option == NULL || s->option->total_fen != s->total_fen)
        return wrong(why, "the bill's total is not that of its option");
    return check_option(s->option, why);
}

bool check_answer(enum kind_id id, const struct kind_input *in, const ProtobufCMessage *reply,
                  char why[CHECK_WHY])
{
    const void *m = reply;
    const Zongheng__V1__GetCostReply *cost = m;
    const Zongheng__V1__SettleReply *settled = m;
    const Zongheng__V1__ListShipmentsReply *list = m;
    switch (id) {
    case KIND_ROUTE:
    case KIND_QUOTE:
        return check_routes(in, m, why);
    case KIND_COST:
        return check_bill(cost->lines, cost->n_lines, cost->total_fen, why) &&
               (cost->duration_s >= 0 || wrong(why, "a negative duration"));
    case KIND_MATRIX:
        return check_matrix(m, why);
    case KIND_GET:
        return check_shipment(in, m, why);
    case KIND_SETTLE:
        return (settled->outcome == ZONGHENG__V1__SETTLE_REPLY__OUTCOME__BOOKED &&
                strcmp(settled->shipment_id, in->bill->shipment_id) == 0) ||
               wrong(why, "an acknowledged booking settles as something else");
    case KIND_LIST:
        return list->n_shipments <= 20 || wrong(why, "a page of more than it was asked for");
    default:
        return true;
    }
}

/* --- fingerprints ------------------------------------------------------------------------------------- */

static bool is_of_version(const char *name)
{
    static const char *const names[] = {"network_version", "tariff_version", "timetable_version",
                                        "attribution", "plan_ref"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

struct mix {
    XXH64_hash_t offered, version;
};

static XXH64_hash_t add(XXH64_hash_t h, const void *bytes, size_t n)
{
    return XXH3_64bits_withSeed(bytes, n, h);
}

/* Takes the strings that differ between networks out of a message and all below it. */
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
            const char *s = *(char **)member;
            x->offered = add(x->offered, s, strlen(s));
            if (strcmp(f->name, "network_version") == 0 && s[0] != '\0')
                x->version = XXH3_64bits(s, strlen(s)) | 1;
            *(char **)member = (char *)(uintptr_t)protobuf_c_empty_string;
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
    out->answer = XXH3_64bits(bytes, n);
    out->offered = x.offered;
    out->version = x.version;
    return true;
}
