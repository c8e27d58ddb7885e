#include "whatif/scenario.h"

#include "network/derive.h"
#include "network/file.h"
#include "whatif/scenario_draft.h"

#include <stdlib.h>
#include <string.h>

const struct scenario_modification scenario_nothing = {
    .links = {.road = "", .from_cross = "", .to_cross = "", .project = ""},
    .set = {.toll_region = "", .road_class = "", .status = ""},
    .existing = {.toll_region = "", .road_class = "", .status = ""},
    .add = {.name = "", .ref = "", .figures = {.toll_region = "", .road_class = "", .status = ""}},
    .terminal = {.name_zh = "", .name_en = "", .kind = "", .open_hours = "", .status = ""},
    .service = {.name = "", .days = "", .tariff = ""},
    .tariff = "",
    .charge = "",
    .region = ""};

static void carry_out(struct draft *d, const struct scenario_modification *m)
{
    switch (m->kind) {
    case SCENARIO_ADD_LINK:
        draft_add_link(d, &m->add);
        break;
    case SCENARIO_CHANGE_LINK:
        draft_change_link(d, m);
        break;
    case SCENARIO_CLOSE_LINK:
        draft_close_link(d, m);
        break;
    case SCENARIO_OPEN_LINK:
        draft_open_link(d, m);
        break;
    case SCENARIO_PUT_TERMINAL:
        draft_put_terminal(d, &m->terminal);
        break;
    case SCENARIO_PUT_SERVICE:
        draft_put_service(d, &m->service);
        break;
    case SCENARIO_CHANGE_TARIFF:
        draft_change_tariff(d, m);
        break;
    case SCENARIO_CHANGE_TOLL:
        draft_change_toll(d, m);
        break;
    default:
        draft_error(d, "what", "the modification is empty");
    }
}

/* What they changed before an error stands, so that the next one is judged as far as it can be; none of it is
 * used when there was one. */
static void carry_out_all(struct draft *d, const struct scenario_modification *mods, uint32_t count)
{
    for (uint32_t i = 0; i < count && !d->full; i++) {
        d->index = i;
        d->now = (struct scenario_report *)d->report.at + i;
        carry_out(d, &mods[i]);
    }
    d->index = count > 0 ? count - 1 : 0;
    if (d->link.count > SCENARIO_ADDED_MAX)
        draft_error(d, "modifications",
                    "%u added links, pieces of split roads among them, are more than the %d of a "
                    "scenario",
                    d->link.count, SCENARIO_ADDED_MAX);
}

/* --- into a derived network ---------------------------------------------------------------------------- */

/* Copies rows of a draft over or behind those of the derived section. */
#define PUT_TABLE(kind, name, type)                                                 \
    do {                                                                            \
        const struct draft_rows *r_ = &d->table[kind];                              \
        if (ok && r_->taken) {                                                      \
            type *to_ = network_derive_##name(t, r_->count - d->net->name##_count); \
            ok = to_ != NULL;                                                       \
            if (ok && r_->count > 0)                                                \
                memcpy(to_, r_->at, r_->count * sizeof(type));                      \
        }                                                                           \
    } while (0)

#define APPEND(rows, name, type)                                                      \
    do {                                                                              \
        const struct draft_rows *r_ = (rows);                                         \
        if (ok && r_->count > 0) {                                                    \
            type *to_ = network_derive_##name(t, r_->count);                          \
            ok = to_ != NULL;                                                         \
            if (ok)                                                                   \
                memcpy(to_ + d->net->name##_count, r_->at, r_->count * sizeof(type)); \
        }                                                                             \
    } while (0)

static bool put_tables(const struct draft *d, struct network_derive *t)
{
    bool ok = true;
    PUT_TABLE(DRAFT_TERMINAL, terminal, struct net_terminal);
    PUT_TABLE(DRAFT_HANDLING, handling, struct net_handling);
    PUT_TABLE(DRAFT_CUTOFF, cutoff, struct net_cutoff);
    PUT_TABLE(DRAFT_STORAGE, storage, struct net_storage);
    PUT_TABLE(DRAFT_SERVICE, service, struct net_service);
    PUT_TABLE(DRAFT_STOP, stop, struct net_stop);
    PUT_TABLE(DRAFT_EXCEPTION, exception, struct net_exception);
    PUT_TABLE(DRAFT_RULE, tariff_rule, struct net_tariff_rule);
    PUT_TABLE(DRAFT_TOLL, toll, struct net_toll);
    PUT_TABLE(DRAFT_HOURS, hours, struct net_hours);
    APPEND(&d->string, string, char);
    APPEND(&d->shape, shape, struct net_point);
    APPEND(&d->limit, limit, struct net_limit);
    APPEND(&d->node, node_point, struct net_point);
    return ok;
}

static bool put_links(const struct draft *d, struct network_derive *t)
{
    const struct draft_edit *edit = d->edit.at;
    const struct draft_link *added = d->link.at;
    uint32_t base = d->net->link_count;
    if (d->edit.count + d->link.count == 0)
        return true;
    struct net_link *link = network_derive_link(t, d->link.count);
    if (link == NULL)
        return false;
    for (uint32_t i = 0; i < d->edit.count; i++)
        link[edit[i].link] = edit[i].row;
    for (uint32_t i = 0; i < d->link.count; i++)
        link[base + i] = added[i].row;
    return true;
}

static bool put_nodes(const struct draft *d, struct network_derive *t)
{
    if (d->node.count == 0)
        return true;
    int64_t *id = network_derive_node_id(t, d->node.count);
    for (uint32_t i = 0; id != NULL && i < d->node.count; i++)
        id[net_node_count(d->net) + i] = d->first_node_id - (int64_t)i;
    return id != NULL;
}

static bool put_arcs(const struct draft *d, const struct draft_arcs *arcs, struct network_derive *t)
{
    uint32_t base = net_arc_count(d->net);
    if (arcs->count == 0)
        return true;
    uint32_t *head = network_derive_arc_head(t, arcs->count), *link = network_derive_arc_link(t, arcs->count);
    if (head == NULL || link == NULL)
        return false;
    memcpy(head + base, arcs->head, arcs->count * sizeof *head);
    memcpy(link + base, arcs->link, arcs->count * sizeof *link);
    return true;
}

static bool derive(const struct draft *d, const struct draft_arcs *arcs, const char *version,
                   const struct network **out, struct err *e)
{
    struct network_derive *t;
    *out = NULL;
    if (!network_derive_new(d->net, &t, e))
        return false;
    if (!put_tables(d, t) || !put_links(d, t) || !put_nodes(d, t) || !put_arcs(d, arcs, t)) {
        network_derive_free(t);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the network of a scenario");
    }
    return network_derive_freeze(t, d->node.count, arcs->count, arcs->tail, version, out, e);
}

/* --- the version --------------------------------------------------------------------------------------- */

static int by_link(const void *a, const void *b)
{
    uint32_t x = ((const struct scenario_capacity *)a)->link, y = ((const struct scenario_capacity *)b)->link;
    return x < y ? -1 : x > y;
}

/* The last word on each link, sorted. */
static bool copy_capacity(const struct draft *d, struct scenario_version *v)
{
    const struct scenario_capacity *c = d->capacity.at;
    v->capacity = malloc(((size_t)d->capacity.count + 1) * sizeof *v->capacity);
    if (v->capacity == NULL)
        return false;
    for (uint32_t i = 0; i < d->capacity.count; i++) {
        bool later = false;
        for (uint32_t k = i + 1; k < d->capacity.count && !later; k++)
            later = c[k].link == c[i].link;
        if (!later)
            v->capacity[v->capacity_count++] = c[i];
    }
    qsort(v->capacity, v->capacity_count, sizeof *v->capacity, by_link);
    return true;
}

static bool copy_closed(const struct draft *d, struct scenario_version *v)
{
    const struct draft_edit *edit = d->edit.at;
    v->closed = malloc(((size_t)d->edit.count + 1) * sizeof *v->closed);
    for (uint32_t i = 0; v->closed != NULL && i < d->edit.count; i++)
        if (!edit[i].split && edit[i].row.status != STATUS_OPEN &&
            d->net->link[edit[i].link].status == STATUS_OPEN)
            v->closed[v->closed_count++] = edit[i].link;
    return v->closed != NULL;
}

static bool copy_origins(const struct draft *d, struct scenario_version *v)
{
    const struct draft_link *added = d->link.at;
    uint32_t base = d->net->link_count;
    v->origin = malloc(((size_t)d->link.count + 1) * sizeof *v->origin);
    for (uint32_t i = 0; v->origin != NULL && i < d->link.count;
         i++) { /* a parent stands before its pieces */
        uint32_t p = added[i].parent;
        v->origin[i] = p == NET_NONE || p < base ? p : v->origin[p - base];
    }
    return v->origin != NULL;
}

/* Nodes that new roads reach may be the nearest to a point. */
static bool make_places(const struct draft *d, const struct draft_arcs *arcs, struct scenario_version *v,
                        struct err *e)
{
    uint32_t *near = malloc(((size_t)arcs->count + 1) * sizeof *near), count = 0;
    if (near == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the places of a scenario");
    for (uint32_t i = 0; i < arcs->count; i++)
        if (net_is_plain(v->net, arcs->head[i]))
            near[count++] = arcs->head[i];
    bool ok = places_derive(d->places, v->net, near, count, &v->places, e);
    free(near);
    return ok;
}

static bool make_version(struct draft *d, const char *version, struct scenario_version **out, struct err *e)
{
    struct draft_arcs arcs;
    struct scenario_version *v = calloc(1, sizeof *v);
    if (v == NULL || !draft_arcs_make(d, &arcs)) {
        free(v);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a scenario");
    }
    v->arc = arcs.changed;
    v->arc_count = arcs.changed_count;
    v->terminals = d->table[DRAFT_TERMINAL].taken;
    v->services = d->table[DRAFT_SERVICE].taken || d->table[DRAFT_STOP].taken || d->table[DRAFT_RULE].taken;
    if (!derive(d, &arcs, version, &v->net, e) || !make_places(d, &arcs, v, e) || !copy_capacity(d, v) ||
        !copy_closed(d, v) || !copy_origins(d, v)) {
        scenario_version_free(v);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a scenario");
    }
    v->bytes = network_derived_bytes(v->net) + sizeof *v + v->arc_count * sizeof *v->arc +
               v->capacity_count * sizeof *v->capacity + v->closed_count * sizeof *v->closed +
               d->link.count * sizeof *v->origin;
    *out = v;
    return true;
}

bool scenario_build(const struct network *base, const struct places *places,
                    const struct scenario_modification *mods, uint32_t count, const char *version,
                    struct arena *a, struct scenario_result *out, struct err *e)
{
    struct draft d;
    *out = (struct scenario_result){0};
    bool ok = draft_init(&d, base, places, a);
    for (uint32_t i = 0; ok && i < count; i++)
        ok = draft_add(&d, &d.report) != NULL;
    if (ok)
        carry_out_all(&d, mods, count);
    ok = (ok && !d.full) ||
         fail(e, ERR_RESOURCE_EXHAUSTED, "the scenario does not fit the memory of one request");
    if (ok && d.error.count == 0)
        ok = make_version(&d, version, &out->version, e);
    out->report = d.report.at;
    out->error = d.error.at;
    out->error_count = d.error.count;
    draft_release(&d);
    return ok;
}

void scenario_version_free(struct scenario_version *v)
{
    if (v == NULL)
        return;
    places_free(v->places);
    if (v->net != NULL)
        network_release(v->net);
    free(v->arc);
    free(v->capacity);
    free(v->closed);
    free(v->origin);
    free(v);
}

uint32_t scenario_origin_of(const struct scenario_version *v, uint32_t base_links, uint32_t link)
{
    return link < base_links ? link : v->origin[link - base_links];
}

uint32_t scenario_capacity_of(const struct scenario_version *v, uint32_t link)
{
    struct scenario_capacity key = {.link = link};
    const struct scenario_capacity *at = bsearch(&key, v->capacity, v->capacity_count, sizeof key, by_link);
    return at != NULL ? at->pce_h : 0;
}
