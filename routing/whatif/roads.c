#include "whatif/roads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void roads_rules_default(struct roads_rules *r)
{
    static const double lane[ROAD_CLASS_COUNT] = {
        [ROAD_MOTORWAY] = 2100, [ROAD_TRUNK] = 1800,       [ROAD_PRIMARY] = 1400,    [ROAD_SECONDARY] = 1200,
        [ROAD_TERTIARY] = 900,  [ROAD_UNCLASSIFIED] = 600, [ROAD_RESIDENTIAL] = 400, [ROAD_SERVICE] = 300,
        [ROAD_FERRY] = 60,      [ROAD_OTHER] = 1200};
    *r = (struct roads_rules){.b = 0.15, .power = 4, .day_hours = 10, .background = 0.4, .speed_kmh = 80};
    for (int c = 0; c < ROAD_CLASS_COUNT; c++) {
        r->lane_pce_h[c] = lane[c];
        r->lanes[c] = c == ROAD_MOTORWAY || c == ROAD_TRUNK ? 2 : 1;
    }
}

double roads_pce(const struct net_vehicle *v)
{
    return v->payload_kg <= 2000 ? 1 : v->payload_kg <= 7000 ? 1.5 : v->payload_kg <= 20000 ? 2.5 : 4;
}

/* --- links of two networks that are the same ------------------------------------------------------------ */

struct named {
    int64_t id;
    uint32_t backward, place, at;
};

static int by_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    if (x->backward != y->backward)
        return x->backward < y->backward ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Sorted, with each entry's place among those of equal id and direction. */
static struct named *names_of(const struct network *n, const uint32_t *source, uint32_t count)
{
    struct named *list = malloc(((size_t)count + 1) * sizeof *list);
    if (list == NULL)
        return NULL;
    for (uint32_t i = 0; i < count; i++)
        list[i] = (struct named){n->link[source[i] >> 1].id, source[i] & 1, 0, i};
    qsort(list, count, sizeof *list, by_name);
    for (uint32_t i = 1; i < count; i++)
        if (list[i].id == list[i - 1].id && list[i].backward == list[i - 1].backward)
            list[i].place = list[i - 1].place + 1;
    return list;
}

static bool before_name(const struct named *x, const struct named *y)
{
    if (x->id != y->id)
        return x->id < y->id;
    if (x->backward != y->backward)
        return x->backward < y->backward;
    return x->place < y->place;
}

/* Of sorted lists; out[new] = old. */
static void join(const struct named *old, uint32_t old_count, const struct named *new, uint32_t new_count,
                 uint32_t *out)
{
    uint32_t i = 0;
    for (uint32_t k = 0; k < new_count; k++) {
        while (i < old_count && before_name(&old[i], &new[k]))
            i++;
        bool same = i < old_count && !before_name(&new[k], &old[i]);
        out[new[k].at] = same ? old[i].at : ASSIGN_NONE;
    }
}

static uint32_t *match(const struct network *before, const uint32_t *old_source, uint32_t old_count,
                       const struct network *after, const uint32_t *source, uint32_t count)
{
    struct named *old = names_of(before, old_source, old_count), *new = names_of(after, source, count);
    uint32_t *out = malloc(((size_t)count + 1) * sizeof *out);
    if (old != NULL && new != NULL && out != NULL) {
        join(old, old_count, new, count, out);
    } else {
        free(out);
        out = NULL;
    }
    free(old);
    free(new);
    return out;
}

static int by_source(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

uint32_t *roads_match(const struct roads *before, const struct roads *after)
{
    return match(before->net, before->source, before->link_count, after->net, after->source,
                 after->link_count);
}

uint32_t *roads_match_pieces(const struct roads *before, const struct roads *after)
{
    uint32_t *old = roads_match(before, after);
    for (uint32_t i = 0; old != NULL && i < after->link_count; i++) {
        uint32_t whole = after->whole[i];
        if (old[i] != ASSIGN_NONE || whole == NET_NONE)
            continue;
        const uint32_t *at = bsearch(&whole, before->source, before->link_count, sizeof whole, by_source);
        old[i] = at != NULL ? (uint32_t)(at - before->source) : ASSIGN_NONE;
    }
    return old;
}

/* --- making --------------------------------------------------------------------------------------------- */

/* Links and directions of the open road, ascending. */
static uint32_t list_sources(const struct network *n, uint32_t *source)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < n->link_count; i++) {
        const struct net_link *l = &n->link[i];
        if (l->mode != MODE_ROAD || l->status != STATUS_OPEN || l->from == l->to)
            continue;
        if ((l->flags & LINK_FORWARD) != 0)
            source[count++] = i * 2;
        if ((l->flags & LINK_BACKWARD) != 0)
            source[count++] = i * 2 + 1;
    }
    return count;
}

static double day_capacity(const struct net_link *l, const struct roads_rules *r)
{
    unsigned c = l->road_class < ROAD_CLASS_COUNT ? l->road_class : ROAD_OTHER;
    bool both = (l->flags & LINK_FORWARD) != 0 && (l->flags & LINK_BACKWARD) != 0;
    double lanes = l->lanes == 0 ? r->lanes[c] : both ? l->lanes / 2.0 : l->lanes;
    return fmax(lanes, 0.5) * r->lane_pce_h[c] * r->day_hours;
}

static void fill(struct roads *x, const struct roads_rules *r)
{
    for (uint32_t i = 0; i < x->link_count; i++) {
        const struct net_link *l = &x->net->link[x->source[i] >> 1];
        bool back = (x->source[i] & 1) != 0;
        double km = l->length_m / 1000.0, speed = fmin(l->speed_km10 / 10.0, r->speed_kmh);
        x->link[i] = (struct assign_link){.from = back ? l->to : l->from,
                                          .to = back ? l->from : l->to,
                                          .capacity = day_capacity(l, r),
                                          .free_flow_time = km / fmax(speed, 1),
                                          .b = r->b,
                                          .power = r->power,
                                          .length = km,
                                          .closed_to = UINT32_MAX};
    }
}

/* Pieces are as the whole was driven: same direction, if it was open. */
static void find_wholes(struct roads *x, const struct roads_base *base)
{
    for (uint32_t i = 0; i < x->link_count; i++) {
        uint32_t link = x->source[i] >> 1;
        bool piece = base->origin != NULL && link >= base->net->link_count &&
                     base->origin[link - base->net->link_count] != NET_NONE;
        x->whole[i] = piece ? base->origin[link - base->net->link_count] * 2 + (x->source[i] & 1) : NET_NONE;
    }
}

static bool was_driven(const struct network *base, uint32_t source)
{
    const struct net_link *l = &base->link[source >> 1];
    return l->status == STATUS_OPEN && (l->flags & ((source & 1) != 0 ? LINK_BACKWARD : LINK_FORWARD)) != 0;
}

/* Cars on the links that the base has, by the base's figures. */
static bool preload(struct roads *x, const struct roads_rules *r, const struct network *base)
{
    uint32_t *source = malloc(((size_t)base->link_count * 2 + 1) * sizeof *source);
    uint32_t *old = NULL, count = source != NULL ? list_sources(base, source) : 0;
    if (source != NULL)
        old = match(base, source, count, x->net, x->source, x->link_count);
    for (uint32_t i = 0; old != NULL && i < x->link_count; i++)
        if (old[i] != ASSIGN_NONE)
            x->link[i].fixed = r->background * day_capacity(&base->link[source[old[i]] >> 1], r);
        else if (x->whole[i] != NET_NONE && was_driven(base, x->whole[i]))
            x->link[i].fixed = r->background * day_capacity(&base->link[x->whole[i] >> 1], r);
    bool ok = old != NULL;
    free(source);
    free(old);
    return ok;
}

static double toll_yuan(const struct network *n, const struct net_link *l, uint8_t vehicle_class)
{
    for (uint32_t i = 0; (l->flags & LINK_TOLL) != 0 && i < n->toll_count; i++)
        if (n->toll[i].region_index == l->toll_region && n->toll[i].vehicle_class == vehicle_class)
            return (l->length_m / 1000.0 * n->toll[i].myuan_per_km +
                    ((l->flags & LINK_BRIDGE) != 0 ? n->toll[i].bridge_myuan : 0)) /
                   1000;
    return 0;
}

static bool open_to(struct roads *x, uint8_t vehicle_class, bool *open, struct err *e)
{
    const struct network *n = x->net;
    struct road_profile p = {.vehicle_class = vehicle_class, .objective = ROAD_FASTEST};
    double *toll = calloc((size_t)x->link_count + 1, sizeof *toll);
    if (toll == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the tolls of %u links", x->link_count);
    x->toll[vehicle_class] = toll;
    if (!road_open_links(n, &p, open, e))
        return false;
    for (uint32_t i = 0; i < x->link_count; i++) {
        toll[i] = toll_yuan(n, &n->link[x->source[i] >> 1], vehicle_class);
        if (open[x->source[i] >> 1])
            x->link[i].closed_to &= ~(UINT32_C(1) << (vehicle_class - 1));
    }
    return true;
}

static bool open_all(struct roads *x, struct err *e)
{
    bool *open = malloc((size_t)x->net->link_count + 1);
    bool ok =
        open != NULL || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for %u links", x->net->link_count);
    for (uint32_t i = 0; ok && i < x->net->vehicle_count; i++) {
        uint8_t c = x->net->vehicle[i].vehicle_class;
        if (c >= 1 && c < ROADS_CLASSES && x->toll[c] == NULL)
            ok = open_to(x, c, open, e);
    }
    free(open);
    return ok;
}

static bool rules_fit(const struct roads_rules *r, struct err *e)
{
    if (!(r->background >= 0 && r->background <= 1))
        return fail_field(e, ERR_INVALID_ARGUMENT, "background", "the share of cars is 0 to 1");
    return (r->day_hours > 0 && r->day_hours <= 24 && r->speed_kmh > 0 && r->b >= 0 && r->power >= 0) ||
           fail_field(e, ERR_INVALID_ARGUMENT, "day_hours", "hours, speed, b and power are above 0");
}

bool roads_new(const struct network *n, const struct roads_rules *r, const struct roads_base *base,
               struct roads **out, struct err *e)
{
    const struct roads_base itself = {.net = n};
    base = base != NULL ? base : &itself;
    *out = NULL;
    if (!rules_fit(r, e))
        return false;
    struct roads *x = calloc(1, sizeof *x);
    bool ok = x != NULL;
    if (ok) {
        x->net = n;
        x->node_count = net_node_count(n);
        x->source = malloc(((size_t)n->link_count * 2 + 1) * sizeof *x->source);
        x->link_count = x->source != NULL ? list_sources(n, x->source) : 0;
        x->link = calloc((size_t)x->link_count + 1, sizeof *x->link);
        x->whole = malloc(((size_t)x->link_count + 1) * sizeof *x->whole);
        ok = x->source != NULL && x->link != NULL && x->whole != NULL;
    }
    if (ok) {
        fill(x, r);
        find_wholes(x, base);
        ok = preload(x, r, base->net);
    }
    if (!ok)
        fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for %u links", n->link_count);
    if (!ok || !open_all(x, e)) {
        roads_free(x);
        return false;
    }
    *out = x;
    return true;
}

void roads_free(struct roads *r)
{
    if (r == NULL)
        return;
    free(r->link);
    free(r->source);
    free(r->whole);
    for (int c = 0; c < ROADS_CLASSES; c++)
        free(r->toll[c]);
    free(r);
}
