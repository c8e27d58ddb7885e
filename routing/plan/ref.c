/* ref.c - plan_ref: hashes of what an option rests on side by side, so that a later question can be told
 * which of them has changed. XXH3-64, each number as 8 bytes in little endian order: the same on every
 * machine. */
#include "plan/ref.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

/* What is hashed is gathered first: most of it fits, and is hashed at once. */
struct ref_hash {
    size_t count;
    bool streamed; /* the bytes before these are in the state */
    unsigned char bytes[2048];
    XXH3_state_t state;
};

static void begin(struct ref_hash *h)
{
    h->count = 0;
    h->streamed = false;
}

static void pass_on(struct ref_hash *h)
{
    if (!h->streamed)
        XXH3_64bits_reset(&h->state);
    h->streamed = true;
    XXH3_64bits_update(&h->state, h->bytes, h->count);
    h->count = 0;
}

static inline void add_bytes(struct ref_hash *h, const void *bytes, size_t count)
{
    if (count > sizeof h->bytes - h->count)
        pass_on(h);
    if (count > sizeof h->bytes) {
        XXH3_64bits_update(&h->state, bytes, count);
        return;
    }
    memcpy(h->bytes + h->count, bytes, count);
    h->count += count;
}

static void add_number(struct ref_hash *h, int64_t v)
{
    uint64_t little = htole64((uint64_t)v);
    add_bytes(h, &little, sizeof little);
}

static void add_text(struct ref_hash *h, const char *s)
{
    add_number(h, (int64_t)strlen(s));
    add_bytes(h, s, strlen(s));
}

static void add_ways(struct ref_hash *h, const struct network *n, const struct plan_request *r)
{
    const struct plan_avoid *v = r->avoid;
    add_number(h, r->alternatives);
    add_number(h, r->via_count);
    for (uint32_t i = 0; i < r->via_count; i++)
        add_number(h, n->node_id[r->via[i]]);
    add_number(h, v != NULL ? v->link_count : 0);
    for (uint32_t i = 0; v != NULL && i < v->link_count; i++)
        add_number(h, v->link_id[i]);
    add_number(h, v != NULL ? v->box_count : 0);
    for (uint32_t i = 0; v != NULL && i < v->box_count; i++) {
        const int32_t sides[] = {v->box[i].south_e7, v->box[i].west_e7, v->box[i].north_e7,
                                 v->box[i].east_e7};
        for (int k = 0; k < 4; k++)
            add_number(h, sides[k]);
    }
}

static void add_agreed(struct ref_hash *h, const struct network *n, const struct freight_agreed *g)
{
    add_number(h, g != NULL ? g->count : 0);
    for (uint32_t i = 0; g != NULL && i < g->count; i++) {
        const struct net_tariff_rule *x = &g->rule[i];
        add_text(h, net_string(n, n->tariff[x->tariff].id));
        const int64_t numbers[] = {
            x->kind,      x->unit,     x->cargo,          x->base_myuan,   x->per_km_nyuan,
            x->min_myuan, x->break_kg, x->valid_from_day, x->valid_to_day, x->electrified_only};
        for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++)
            add_number(h, numbers[k]);
    }
}

static void add_request(struct ref_hash *h, const struct network *n, const struct plan_request *r)
{
    const struct plan_cargo *c = &r->cargo;
    const struct road_profile *v = &r->vehicle;
    const int64_t numbers[] = {n->node_id[r->from],
                               n->node_id[r->to],
                               c->mass_kg,
                               c->volume_dm3,
                               c->bulk,
                               c->chilled,
                               c->dangerous,
                               c->min_c,
                               c->max_c,
                               c->value_yuan,
                               r->ready_at,
                               r->deliver_by,
                               v->vehicle_class,
                               v->dangerous,
                               v->gross_kg,
                               v->axle_kg,
                               v->height_cm,
                               v->width_cm,
                               v->length_cm,
                               r->second_driver,
                               r->drayage_permille,
                               r->value_of_time_myuan_per_t_h,
                               r->co2_price_myuan_per_t,
                               c->container_count,
                               c->dangerous_class,
                               c->piece.kg,
                               c->piece.length_cm,
                               c->piece.width_cm,
                               c->piece.height_cm};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        add_number(h, numbers[i]);
    add_text(h, c->commodity != NULL ? c->commodity : "");
    add_ways(h, n, r);
    for (uint32_t i = 0; i < c->container_count; i++) {
        add_text(h, c->containers[i].iso_type);
        add_number(h, c->containers[i].count);
        add_number(h, c->containers[i].teu);
    }
}

/* Which chain it is, whatever it costs and on whichever version: by the source's ids. */
static void add_chain(struct ref_hash *h, const struct network *n, const struct plan_itinerary *it)
{
    add_number(h, it->family);
    add_number(h, it->alternative);
    add_number(h, it->leg_count);
    for (uint32_t i = 0; i < it->leg_count; i++) {
        const struct plan_leg *l = &it->legs[i];
        bool truck = l->service == NET_NONE;
        const int64_t numbers[] = {l->mode, truck ? 0 : n->service[l->service].id, truck ? 0 : l->service_day,
                                   l->from_terminal != NET_NONE ? n->terminal[l->from_terminal].id : -1,
                                   l->to_terminal != NET_NONE ? n->terminal[l->to_terminal].id : -1};
        for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++)
            add_number(h, numbers[k]);
    }
}

/* All of it: a change that one of the short parts hides shows here. */
static void add_all(struct ref_hash *h, const struct network *n, const struct plan_request *r,
                    const struct plan_itinerary *it)
{
    add_text(h, n->version);
    add_text(h, n->tariff_version);
    add_text(h, n->timetable_version);
    add_text(h, r->scenario != NULL ? r->scenario : "");
    add_agreed(h, n, r->agreed);
    add_request(h, n, r);
    add_chain(h, n, it);
    for (uint32_t i = 0; i < it->leg_count; i++) {
        const struct plan_leg *l = &it->legs[i];
        add_number(h, l->depart_at);
        add_number(h, l->arrive_at);
        add_number(h, l->distance_m);
        add_number(h, l->co2_wtw_g);
    }
    add_number(h, it->line_count);
    for (uint32_t i = 0; i < it->line_count; i++) {
        add_number(h, it->lines[i].kind);
        add_number(h, it->lines[i].charge);
        add_number(h, it->lines[i].leg);
        add_number(h, it->lines[i].amount_myuan);
    }
    add_number(h, it->total_myuan);
}

static uint64_t end(struct ref_hash *h, unsigned bits)
{
    if (!h->streamed)
        return XXH3_64bits(h->bytes, h->count) >> (64 - bits);
    pass_on(h);
    return XXH3_64bits_digest(&h->state) >> (64 - bits);
}

static uint64_t of_text(const char *s, unsigned bits)
{
    struct ref_hash h;
    begin(&h);
    add_text(&h, s);
    return end(&h, bits);
}

/* name, bits: high to low, 128 in all. */
#define PARTS(X)     \
    X(network, 10)   \
    X(tariff, 10)    \
    X(timetable, 10) \
    X(scenario, 8)   \
    X(agreed, 8)     \
    X(request, 14)   \
    X(chain, 16)     \
    X(seal, 16)      \
    X(total_fen, PLAN_REF_TOTAL_BITS)

void plan_ref_of(const struct network *n, const struct plan_request *r, const struct plan_itinerary *it,
                 struct plan_ref *out)
{
    const uint64_t most = (UINT64_C(1) << PLAN_REF_TOTAL_BITS) - 1;
    struct ref_hash agreed, request, chain, seal;
    begin(&agreed);
    begin(&request);
    begin(&chain);
    begin(&seal);
    add_agreed(&agreed, n, r->agreed);
    add_request(&request, n, r);
    add_chain(&chain, n, it);
    add_all(&seal, n, r, it);
    uint64_t fen = (uint64_t)it->total_myuan / 10;
    const struct plan_ref x = {.network = of_text(n->version, 10),
                               .tariff = of_text(n->tariff_version, 10),
                               .timetable = of_text(n->timetable_version, 10),
                               .scenario = of_text(r->scenario != NULL ? r->scenario : "", 8),
                               .agreed = end(&agreed, 8),
                               .request = end(&request, 14),
                               .chain = end(&chain, 16),
                               .seal = end(&seal, 16),
                               .total_fen = fen < most ? fen : most};
    *out = x;
}

void plan_ref_print(const struct plan_ref *x, char out[33])
{
    uint64_t half[2] = {0, 0};
#define X(name, bits)                                       \
    half[0] = half[0] << (bits) | half[1] >> (64 - (bits)); \
    half[1] = half[1] << (bits) | x->name;
    PARTS(X)
#undef X
    snprintf(out, 33, "%016llx%016llx", (unsigned long long)half[0], (unsigned long long)half[1]);
}

bool plan_ref_parse(const char *text, struct plan_ref *out)
{
    uint64_t half[2] = {0, 0};
    if (strlen(text) != 32 || strspn(text, "0123456789abcdef") != 32)
        return false;
    for (int i = 0; i < 32; i++) {
        uint64_t digit = (uint64_t)(text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10);
        half[i / 16] = half[i / 16] << 4 | digit;
    }
#define X(name, bits)                                       \
    out->name = half[0] >> (64 - (bits));                   \
    half[0] = half[0] << (bits) | half[1] >> (64 - (bits)); \
    half[1] = half[1] << (bits);
    PARTS(X)
#undef X
    return true;
}

unsigned plan_ref_differs(const struct plan_ref *a, const struct plan_ref *b)
{
    return (a->network != b->network ? PLAN_REF_NETWORK : 0u) |
           (a->tariff != b->tariff ? PLAN_REF_TARIFF : 0u) |
           (a->timetable != b->timetable ? PLAN_REF_TIMETABLE : 0u) |
           (a->scenario != b->scenario ? PLAN_REF_SCENARIO : 0u) |
           (a->agreed != b->agreed ? PLAN_REF_AGREED : 0u) |
           (a->request != b->request ? PLAN_REF_REQUEST : 0u) |
           (a->chain != b->chain ? PLAN_REF_OPTION : 0u) | (a->seal != b->seal ? PLAN_REF_SEAL : 0u) |
           (a->total_fen != b->total_fen ? PLAN_REF_PRICE : 0u);
}

void plan_ref(const struct network *n, const struct plan_request *r, const struct plan_itinerary *it,
              char out[33])
{
    struct plan_ref x;
    plan_ref_of(n, r, it, &x);
    plan_ref_print(&x, out);
}

static uint64_t apart(const struct plan_ref *a, const struct plan_ref *b)
{
    return a->total_fen > b->total_fen ? a->total_fen - b->total_fen : b->total_fen - a->total_fen;
}

const struct plan_itinerary *plan_ref_find(const struct network *n, const struct plan_request *r,
                                           const struct plan_answer *a, const struct plan_ref *want,
                                           struct plan_ref *found)
{
    const struct plan_itinerary *best = NULL;
    for (uint32_t i = 0; i < a->option_count; i++) {
        struct plan_ref x;
        plan_ref_of(n, r, &a->options[i], &x);
        if (x.chain != want->chain)
            continue;
        bool nearer = best == NULL || apart(&x, want) < apart(found, want) ||
                      (apart(&x, want) == apart(found, want) && x.seal == want->seal);
        if (!nearer)
            continue;
        best = &a->options[i];
        *found = x;
    }
    return best;
}
