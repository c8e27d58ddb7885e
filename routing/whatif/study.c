#include "whatif/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- zones ---------------------------------------------------------------------------------------------- */

static int by_node(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

bool study_zones_of(const struct trucks *a, const struct trucks *b, struct study_zones *out, struct err *e)
{
    size_t rows = (size_t)a->count + (b != NULL ? b->count : 0);
    *out = (struct study_zones){.node = malloc((rows * 2 + 1) * sizeof *out->node)};
    if (out->node == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the zones of %zu rows", rows);
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->count; i++) {
        out->node[n++] = a->of[i].from;
        out->node[n++] = a->of[i].to;
    }
    for (uint32_t i = 0; b != NULL && i < b->count; i++) {
        out->node[n++] = b->of[i].from;
        out->node[n++] = b->of[i].to;
    }
    qsort(out->node, n, sizeof *out->node, by_node);
    for (uint32_t i = 0; i < n; i++)
        if (out->count == 0 || out->node[out->count - 1] != out->node[i])
            out->node[out->count++] = out->node[i];
    return true;
}

void study_zones_free(struct study_zones *z)
{
    free(z->node);
    *z = (struct study_zones){0};
}

uint32_t study_zone(const struct study_zones *z, uint32_t node)
{
    uint32_t low = 0, high = z->count;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (z->node[mid] < node)
            low = mid + 1;
        else
            high = mid;
    }
    return low < z->count && z->node[low] == node ? low : ASSIGN_NONE;
}

/* --- trip tables ---------------------------------------------------------------------------------------- */

/* Of a pair that only the other state has: so little that it changes nothing, and it has a way. */
#define TINY 1e-9

struct cell {
    uint32_t from, to;
    double volume;
};

static int by_pair(const void *a, const void *b)
{
    const struct cell *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    return (x->volume > y->volume) - (x->volume < y->volume);
}

static uint32_t collect(const struct study *s, const struct trucks *t, uint8_t vehicle_class, bool counts,
                        struct cell *out)
{
    uint32_t n = 0;
    for (uint32_t i = 0; t != NULL && i < t->count; i++)
        if (t->of[i].vehicle_class == vehicle_class) {
            if (out != NULL)
                out[n] = (struct cell){study_zone(s->zones, t->of[i].from), study_zone(s->zones, t->of[i].to),
                                       counts ? t->of[i].trucks : TINY};
            n++;
        }
    return n;
}

static double joined(double sum, double more)
{
    bool tiny = sum >= TINY && sum <= TINY, little = more >= TINY && more <= TINY;
    return little ? sum : tiny ? more : sum + more;
}

static bool make_trips(const struct study *s, struct cell *cell, uint32_t count, struct trips *t)
{
    uint32_t zones = s->zones->count, n = 0;
    *t = (struct trips){.zone_count = zones,
                        .first = calloc((size_t)zones + 2, sizeof *t->first),
                        .to = malloc(((size_t)count + 1) * sizeof *t->to),
                        .volume = malloc(((size_t)count + 1) * sizeof *t->volume)};
    if (t->first == NULL || t->to == NULL || t->volume == NULL)
        return false;
    qsort(cell, count, sizeof *cell, by_pair);
    for (uint32_t i = 0; i < count; i++) {
        bool again = i > 0 && cell[i].from == cell[i - 1].from && cell[i].to == cell[i - 1].to;
        n += !again;
        t->first[cell[i].from + 1] = n;
        t->to[n - 1] = cell[i].to;
        t->volume[n - 1] = !again ? cell[i].volume : joined(t->volume[n - 1], cell[i].volume);
    }
    for (uint32_t z = 0; z < zones; z++)
        t->first[z + 1] = t->first[z + 1] > t->first[z] ? t->first[z + 1] : t->first[z];
    return true;
}

/* --- the problem ---------------------------------------------------------------------------------------- */

static const struct net_vehicle *vehicle_of(const struct network *n, uint8_t vehicle_class)
{
    for (uint32_t i = 0; i < n->vehicle_count; i++)
        if (n->vehicle[i].vehicle_class == vehicle_class)
            return &n->vehicle[i];
    return NULL;
}

static void mean_load(struct study *s, uint32_t c, const struct trucks *t, const struct trucks *also)
{
    double trucks = 0, tonnes = 0;
    for (int k = 0; k < 2 && trucks <= 0; k++) {
        const struct trucks *from = k == 0 ? t : also;
        for (uint32_t i = 0; from != NULL && i < from->count; i++)
            if (from->of[i].vehicle_class == s->vehicle_class[c]) {
                trucks += from->of[i].trucks;
                tonnes += from->of[i].tonnes;
            }
    }
    s->tonnes[c] = trucks > 0 ? tonnes / trucks : 0;
}

static bool add_class(struct study *s, const struct net_vehicle *v, const struct study_rules *r,
                      const struct trucks *t, const struct trucks *also)
{
    uint32_t c = s->problem.class_count, n = collect(s, t, v->vehicle_class, true, NULL);
    uint32_t all = n + collect(s, also, v->vehicle_class, false, NULL);
    if (all == 0)
        return true;
    struct cell *cell = malloc(all * sizeof *cell);
    if (cell == NULL)
        return false;
    collect(s, t, v->vehicle_class, true, cell);
    collect(s, also, v->vehicle_class, false, cell + n);
    s->problem.class_count++;
    s->vehicle_class[c] = v->vehicle_class;
    bool ok = make_trips(s, cell, all, &s->trips[c]);
    free(cell);
    s->toll[c] = calloc((size_t)s->problem.link_count + 1, sizeof *s->toll[c]);
    if (!ok || s->toll[c] == NULL)
        return false;
    memcpy(s->toll[c], s->roads->toll[v->vehicle_class], s->roads->link_count * sizeof *s->toll[c]);
    double km = v->myuan_per_km / 1000.0 * (1 + v->empty_return_permille / 1000.0);
    double hour = v->myuan_per_h > 0 ? v->myuan_per_h / 1000.0 : 1;
    s->yuan_per_h[c] = hour;
    s->class[c] = (struct assign_class){.pce = roads_pce(v), .trips = &s->trips[c], .toll = s->toll[c]};
    if (!r->without_toll) {
        s->class[c].toll_weight = r->toll_h_per_yuan > 0 ? r->toll_h_per_yuan : 1 / hour;
        s->class[c].distance_weight = km / hour;
    }
    mean_load(s, c, t, also);
    if (v->emission < s->roads->net->emission_count)
        s->co2_t_per_tkm[c] = s->roads->net->emission[v->emission].wtw_mg_per_tkm / 1e9;
    return true;
}

/* The roads' links behind the centroids, then the connectors. */
static void put_links(struct study *s)
{
    uint32_t zones = s->zones->count, n = s->roads->link_count;
    for (uint32_t i = 0; i < n; i++) {
        struct assign_link *l = &s->link[i];
        *l = s->roads->link[i];
        l->from += zones;
        l->to += zones;
        l->closed_to = 0;
        for (uint32_t c = 0; c < s->problem.class_count; c++)
            l->closed_to |= (s->roads->link[i].closed_to >> (s->vehicle_class[c] - 1) & 1) << c;
    }
    for (uint32_t z = 0; z < zones; z++) {
        s->link[n + 2 * z] = (struct assign_link){.from = z, .to = zones + s->zones->node[z]};
        s->link[n + 2 * z + 1] = (struct assign_link){.from = zones + s->zones->node[z], .to = z};
    }
}

static bool make(struct study *s, const struct trucks *t, const struct trucks *also,
                 const struct study_rules *rules)
{
    struct assign_problem *p = &s->problem;
    uint32_t zones = s->zones->count;
    p->node_count = zones + s->roads->node_count;
    p->zone_count = p->first_thru_node = zones;
    p->link_count = s->roads->link_count + 2 * zones;
    s->link = calloc((size_t)p->link_count + 1, sizeof *s->link);
    p->link = s->link;
    p->class = s->class;
    if (s->link == NULL)
        return false;
    for (uint8_t c = 1; c < ROADS_CLASSES; c++) {
        const struct net_vehicle *v = vehicle_of(s->roads->net, c);
        if (v != NULL && s->roads->toll[c] != NULL && !add_class(s, v, rules, t, also))
            return false;
    }
    put_links(s);
    return true;
}

static bool classes_known(const struct roads *r, const struct trucks *t, struct err *e)
{
    for (uint32_t i = 0; t != NULL && i < t->count; i++) {
        uint8_t c = t->of[i].vehicle_class;
        if (c < 1 || c >= ROADS_CLASSES || r->toll[c] == NULL)
            return fail_field(e, ERR_INVALID_ARGUMENT, "demand", "the network has no vehicle class %u",
                              (unsigned)c);
    }
    return true;
}

bool study_new(const struct roads *r, const struct study_zones *z, const struct trucks *t,
               const struct trucks *also, const struct study_rules *rules, struct study **out, struct err *e)
{
    *out = NULL;
    if (!classes_known(r, t, e) || !classes_known(r, also, e))
        return false;
    if (t->count == 0 && (also == NULL || also->count == 0))
        return fail_field(e, ERR_FAILED_PRECONDITION, "demand", "the demand has no truck on this network");
    struct study *s = calloc(1, sizeof *s);
    if (s == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a study");
    s->roads = r;
    s->zones = z;
    if (!make(s, t, also, rules)) {
        study_free(s);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a study of %u zones", z->count);
    }
    *out = s;
    return true;
}

void study_free(struct study *s)
{
    if (s == NULL)
        return;
    assign_free(s->assign);
    for (uint32_t c = 0; c < STUDY_CLASSES; c++) {
        assign_skim_free(&s->skim[c]);
        trips_free(&s->trips[c]);
        free(s->toll[c]);
    }
    free(s->link);
    free(s->pce);
    free(s->time);
    free(s);
}

/* What assign.h says of a bush, for every origin with vehicles, and 150 bytes a link and slot beside. */
size_t study_bytes(const struct study *s)
{
    size_t bushes = 0;
    for (uint32_t c = 0; c < s->problem.class_count; c++)
        for (uint32_t z = 0; z < s->zones->count; z++)
            bushes += s->trips[c].first[z + 1] > s->trips[c].first[z];
    size_t slots = bushes < 16 ? bushes : 16;
    return bushes * (s->problem.link_count * 16 + s->problem.node_count * 8) +
           slots * ((size_t)s->problem.link_count * (40 + 8 * s->problem.class_count) +
                    (size_t)s->problem.node_count * 60) +
           (size_t)s->problem.link_count * (200 + 24 * s->problem.class_count);
}
