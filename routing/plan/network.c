#include "freight/truck.h"
#include "plan/engine.h"
#include "road/cch.h"
#include "road/sums.h"

#include <stdlib.h>

static const uint8_t forms[PLAN_FORMS] = {ROAD_FASTEST, ROAD_CHEAPEST};

static bool no_memory(struct err *e)
{
    return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the freight tables of a network");
}

struct class_metrics { /* one task each: they need nothing of each other */
    struct plan_network *p;
    uint32_t count;
    struct road_profile profile[PLAN_CLASSES * PLAN_FORMS];
    bool failed[PLAN_CLASSES * PLAN_FORMS];
    struct err why[PLAN_CLASSES * PLAN_FORMS];
};

static void make_class_metric(void *arg, uint32_t i)
{
    struct class_metrics *w = arg;
    const struct road_profile *v = &w->profile[i];
    int form = v->objective == forms[0] ? 0 : 1;
    struct plan_network *p = w->p;
    struct road_metric **m = &p->metric[v->vehicle_class][form];
    w->failed[i] = !plan_make_metric(p, v, NULL, m, &w->why[i]) ||
                   (p->index != NULL && p->net->terminal_count > 0 &&
                    (!road_labels_new(p->net, *m, &p->labels[v->vehicle_class][form], &w->why[i]) ||
                     !road_hubs_new(p->net, *m, p->node, p->net->terminal_count,
                                    &p->hubs[v->vehicle_class][form], &w->why[i])));
    if (!w->failed[i] && p->labels[v->vehicle_class][form] != NULL)
        w->failed[i] =
            !plan_weights_new(p->net, *m, p->node, &p->weights[v->vehicle_class][form], &w->why[i]);
    if (!w->failed[i] && form == PLAN_CHEAPEST && p->hubs[v->vehicle_class][form] != NULL)
        p->floor[v->vehicle_class] = road_floor_of(*m);
}

static bool make_metrics(struct plan_network *p, const struct cch_executor *x, struct err *e)
{
    struct class_metrics w = {.p = p};
    bool seen[PLAN_CLASSES] = {false};
    if (p->net->cch_order_count > 0 && !road_index_new(p->net, &p->index, e))
        return false;
    for (uint32_t i = 0; i < p->net->vehicle_count; i++) {
        uint8_t c = p->net->vehicle[i].vehicle_class;
        if (c == 0 || c >= PLAN_CLASSES || seen[c])
            continue;
        seen[c] = true;
        for (int f = 0; f < PLAN_FORMS; f++)
            w.profile[w.count++] = (struct road_profile){.vehicle_class = c, .objective = forms[f]};
    }
    if (x != NULL)
        x->run(x->ctx, w.count, make_class_metric, &w);
    for (uint32_t i = 0; i < w.count; i++) {
        if (x == NULL)
            make_class_metric(&w, i);
        if (w.failed[i]) {
            if (e != NULL)
                *e = w.why[i];
            return false;
        }
    }
    return true;
}

const struct road_index *plan_network_index(const struct plan_network *p)
{
    return p->index;
}

static struct road_metric *class_metric(const struct plan_network *p, const struct road_profile *v)
{
    struct road_profile s = *v;
    plan_profile_simplify(p->net, &s);
    if (s.vehicle_class >= PLAN_CLASSES || s.dangerous || s.gross_kg != 0 || s.axle_kg != 0 ||
        s.height_cm != 0 || s.width_cm != 0 || s.length_cm != 0)
        return NULL;
    for (int f = 0; f < PLAN_FORMS; f++)
        if (s.objective == forms[f])
            return p->metric[s.vehicle_class][f];
    return NULL;
}

const struct road_metric *plan_network_metric(const struct plan_network *p, const struct road_profile *v)
{
    return class_metric(p, v);
}

bool plan_network_sum(struct plan_network *p, const struct road_profile *v, struct err *e)
{
    struct road_metric *m = class_metric(p, v);
    return m != NULL ? road_metric_sum(m, e) : fail(e, ERR_NOT_FOUND, "the network has no such metric");
}

size_t plan_network_class_bytes(const struct plan_network *p, uint8_t vehicle_class, uint8_t objective)
{
    for (int f = 0; f < PLAN_FORMS; f++) {
        if (forms[f] != objective || p->metric[vehicle_class][f] == NULL)
            continue;
        const struct road_labels *l = p->labels[vehicle_class][f];
        return road_metric_bytes(p->metric[vehicle_class][f]) + (l != NULL ? road_labels_bytes(l) : 0) +
               plan_weights_bytes(p->net, &p->weights[vehicle_class][f]);
    }
    return 0;
}

size_t plan_network_metric_bytes(const struct plan_network *p)
{
    enum { PER_ARC = 12, PER_SHORTCUT = 16, SHORTCUTS_PER_ARC = 2 };
    for (int c = 0; c < PLAN_CLASSES; c++)
        if (p->metric[c][0] != NULL)
            return road_metric_bytes(p->metric[c][0]);
    size_t arcs = net_arc_count(p->net), shortcuts = p->net->cch_head_count;
    if (p->index != NULL && shortcuts == 0)
        shortcuts = arcs * SHORTCUTS_PER_ARC;
    return arcs * PER_ARC + shortcuts * PER_SHORTCUT;
}

static const struct net_vehicle *vehicle_of(const struct network *n, uint8_t vehicle_class)
{
    for (uint32_t i = 0; i < n->vehicle_count; i++)
        if (n->vehicle[i].vehicle_class == vehicle_class)
            return &n->vehicle[i];
    return NULL;
}

void plan_profile_simplify(const struct network *n, struct road_profile *v)
{
    const struct net_vehicle *k = vehicle_of(n, v->vehicle_class);
    if (k == NULL)
        return;
    v->gross_kg = v->gross_kg == k->gross_kg ? 0 : v->gross_kg;
    v->axle_kg = v->axle_kg == k->axle_kg ? 0 : v->axle_kg;
    v->height_cm = v->height_cm == k->height_cm ? 0 : v->height_cm;
    v->width_cm = v->width_cm == k->width_cm ? 0 : v->width_cm;
    v->length_cm = v->length_cm == k->length_cm ? 0 : v->length_cm;
}

bool plan_truck(const struct plan_network *p, const struct plan_request *r, struct road_profile *out)
{
    struct freight_load load = plan_load(p->net, r);
    *out = r->vehicle;
    if (load.vehicle == NET_NONE)
        return false;
    out->vehicle_class = p->net->vehicle[load.vehicle].vehicle_class;
    out->dangerous = r->vehicle.dangerous || r->cargo.dangerous;
    struct cargo_measures m = cargo_measures(&p->net->vehicle[load.vehicle], &load);
    out->height_cm = m.height_cm > out->height_cm ? m.height_cm : out->height_cm;
    out->width_cm = m.width_cm > out->width_cm ? m.width_cm : out->width_cm;
    out->length_cm = m.length_cm > out->length_cm ? m.length_cm : out->length_cm;
    return true;
}

bool plan_own_profiles(const struct plan_network *p, const struct plan_request *r,
                       struct road_profile out[PLAN_FORMS])
{
    struct road_profile truck;
    if (!plan_truck(p, r, &truck))
        return false;
    for (int f = 0; f < PLAN_FORMS; f++) {
        out[f] = truck;
        out[f].objective = forms[f];
        plan_profile_simplify(p->net, &out[f]);
    }
    bool avoids = r->avoid != NULL && r->avoid->link_count + r->avoid->box_count > 0;
    return avoids || plan_network_metric(p, &out[0]) == NULL;
}

static void put_cutoff(struct plan_network *p, const struct net_cutoff *c)
{
    uint16_t *at = c->kind == CUTOFF_DOCUMENTS ? p->document_min : p->cutoff_min;
    at += c->terminal * MODE_COUNT + c->mode;
    if (*at < c->before_min)
        *at = c->before_min;
}

/* Terminals with storage rows of their own stand alone, the others by those of these rows whose kind is
 * theirs: kinds without any are one class. */
static void set_stay_classes(struct plan_network *p)
{
    const struct network *n = p->net;
    p->stay_classes = n->storage_count + 1; /* a kind by its first row */
    for (uint32_t i = 0; i < n->terminal_count; i++) {
        uint32_t r = 0;
        while (r < n->storage_count &&
               (n->storage[r].terminal != NET_NONE || n->storage[r].kind != n->terminal[i].kind))
            r++;
        p->stay_class[i] = r;
    }
    for (uint32_t r = 0; r < n->storage_count; r++) {
        uint32_t t = n->storage[r].terminal;
        if (t < n->terminal_count && p->stay_class[t] <= n->storage_count)
            p->stay_class[t] = p->stay_classes++;
    }
}

bool plan_make_nodes(struct plan_network *p, struct err *e)
{
    const struct network *n = p->net;
    p->stay_class = calloc((size_t)n->terminal_count + 1, sizeof *p->stay_class);
    p->node = calloc((size_t)n->terminal_count + 1, sizeof *p->node);
    p->lies = calloc((size_t)n->terminal_count + 1, sizeof *p->lies);
    if (p->node == NULL || p->lies == NULL || p->stay_class == NULL)
        return no_memory(e);
    for (uint32_t i = 0; i < n->terminal_count; i++) {
        p->node[i] = n->terminal[i].node;
        p->lies[i] = geo_vector_of(n->node_point[p->node[i]]);
    }
    p->ride_min = geo_product_of(PLAN_RIDE_MIN_M);
    set_stay_classes(p);
    return true;
}

static bool make_served(struct plan_network *p)
{
    uint32_t t = p->net->terminal_count;
    for (unsigned modes = 0; modes < 1u << MODE_COUNT; modes++) {
        struct plan_served *s = &p->served[modes];
        s->terminal = calloc((size_t)t + 1, sizeof *s->terminal);
        s->node = calloc((size_t)t + 1, sizeof *s->node);
        s->is = calloc((size_t)t + 1, sizeof *s->is);
        if (s->terminal == NULL || s->node == NULL || s->is == NULL)
            return false;
        for (uint32_t i = 0; i < t; i++) {
            s->is[i] = ((p->call_modes[i] | p->stop_modes[i]) & modes) != 0;
            if (s->is[i]) {
                s->node[s->count] = p->node[i];
                s->terminal[s->count++] = i;
            }
        }
    }
    return true;
}

/* Stops where a service may be boarded, grouped by terminal (counting sort). */
bool plan_make_calls(struct plan_network *p, struct err *e)
{
    const struct network *n = p->net;
    uint32_t t = n->terminal_count;
    p->call_first = calloc((size_t)t * MODE_COUNT + 2, sizeof *p->call_first);
    p->stop_modes = calloc((size_t)t + 1, 1);
    p->call = calloc((size_t)n->stop_count + 1, sizeof *p->call);
    p->call_modes = calloc((size_t)t + 1, 1);
    p->cutoff_min = calloc(((size_t)t + 1) * MODE_COUNT, sizeof *p->cutoff_min);
    p->document_min = calloc(((size_t)t + 1) * MODE_COUNT, sizeof *p->document_min);
    if (!p->stop_modes || !p->call_first || !p->call || !p->call_modes || !p->cutoff_min || !p->document_min)
        return no_memory(e);
    for (uint32_t i = 0; i < n->cutoff_count; i++)
        put_cutoff(p, &n->cutoff[i]);
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t s = 0; s < n->service_count; s++) {
            const struct net_service *v = &n->service[s];
            for (uint32_t k = v->stop_first; k < v->stop_first + v->stop_count; k++) {
                uint32_t at = n->stop[k].terminal, by_mode = at * MODE_COUNT + v->mode;
                if (k > v->stop_first)
                    p->stop_modes[at] |= (uint8_t)(1u << v->mode);
                if (k + 1 == v->stop_first + v->stop_count)
                    continue;
                p->call_modes[at] |= (uint8_t)(1u << v->mode);
                if (pass == 0)
                    p->call_first[by_mode + 2]++;
                else
                    p->call[p->call_first[by_mode + 1]++] = k;
            }
        }
        for (uint32_t i = 0; pass == 0 && i < t * MODE_COUNT; i++)
            p->call_first[i + 2] += p->call_first[i + 1];
    }
    if (!make_served(p))
        return no_memory(e);
    return true;
}

bool plan_network_new(const struct network *n, struct plan_network **out, struct err *e)
{
    return plan_network_new_on(n, NULL, out, e);
}

bool plan_network_new_on(const struct network *n, const struct cch_executor *x, struct plan_network **out,
                         struct err *e)
{
    struct plan_network *p = calloc(1, sizeof *p);
    *out = NULL;
    if (p == NULL)
        return no_memory(e);
    p->net = n;
    if (!plan_make_nodes(p, e) || !make_metrics(p, x, e) || !plan_make_calls(p, e) ||
        !plan_make_shuttles(p, e) || !plan_rides_new(&p->rides, n, e) ||
        !plan_linehauls_new(p, NULL, true, e) || !plan_least_new(p, e) || !plan_make_joins(p, e)) {
        plan_network_free(p);
        return false;
    }
    *out = p;
    return true;
}

bool plan_network_sharpen(struct plan_network *p, bool (*stop)(void *ctx), void *ctx, struct err *e)
{
    for (int c = 0; p->index != NULL && c < PLAN_CLASSES; c++)
        for (int f = 0; f < PLAN_FORMS; f++) {
            if (stop != NULL && stop(ctx))
                return true;
            if (p->metric[c][f] != NULL && !road_metric_sharpen(p->metric[c][f], NULL, e))
                return false;
        }
    return true;
}

void plan_network_free(struct plan_network *p)
{
    if (p == NULL)
        return;
    for (int c = 0; c < PLAN_CLASSES; c++)
        for (int f = 0; f < PLAN_FORMS; f++) {
            if (!p->shared.hubs)
                road_hubs_free(p->hubs[c][f]);
            if (!p->shared.metrics) {
                road_labels_free(p->labels[c][f]);
                plan_weights_free(&p->weights[c][f]);
                road_metric_free(p->metric[c][f]);
            }
        }
    if (!p->shared.rides)
        plan_rides_free(&p->rides);
    if (!p->shared.index)
        road_index_free(p->index);
    plan_linehauls_free(&p->linehaul);
    plan_least_free(&p->least);
    free(p->node);
    free(p->lies);
    free(p->stay_class);
    free(p->call_first);
    free(p->call);
    free(p->call_modes);
    free(p->stop_modes);
    for (unsigned modes = 0; modes < 1u << MODE_COUNT; modes++) {
        free(p->served[modes].terminal);
        free(p->served[modes].node);
        free(p->served[modes].is);
    }
    free(p->cutoff_min);
    free(p->joins);
    free(p->document_min);
    free(p->shuttle_first);
    free(p->shuttle);
    free(p->back_first);
    free(p->back);
    free(p->back_from);
    free(p);
}
