/* load.c - the load of a question: boxes, tare, measures; how many boxes goods fill; what does not fit. */
#include "freight/limits.h"
#include "plan/engine.h"

#include <stdio.h>
#include <string.h>

struct freight_load plan_load(const struct network *n, const struct plan_request *r)
{
    const struct plan_cargo *c = &r->cargo;
    struct freight_load l = {.mass_kg = c->mass_kg,
                             .volume_dm3 = c->volume_dm3,
                             .value_yuan = c->value_yuan,
                             .piece = c->piece,
                             .agreed = r->agreed};
    unsigned mask = c->container_count > 0 ? CARGO_CONTAINER : c->bulk ? CARGO_BULK : CARGO_GENERAL;
    if (c->chilled) {
        mask |= CARGO_REEFER;
        l.min_c = c->min_c;
        l.max_c = c->max_c;
    }
    if (c->dangerous) {
        mask |= CARGO_DANGEROUS;
        l.dangerous_bit = net_dangerous_bit(c->dangerous_class);
    }
    l.cargo = (uint16_t)mask;
    for (uint32_t i = 0; i < c->container_count; i++) {
        const struct plan_containers *x = &c->containers[i];
        const struct net_container *box = cargo_container(n, x->iso_type);
        l.teu += x->count * x->teu;
        if (x->teu == 1)
            l.box20 += x->count;
        else
            l.box40 += x->count;
        if (box == NULL)
            continue;
        l.tare_kg += (int64_t)x->count * box->tare_kg;
        l.box_height_cm = box->height_cm > l.box_height_cm ? box->height_cm : l.box_height_cm;
    }
    cargo_choose_truck(n, r->vehicle.vehicle_class, &l);
    return l;
}

bool plan_boxes_needed(const struct network *n, const struct plan_cargo *c, const char *iso_type,
                       uint32_t *count, struct err *e)
{
    enum { COUNT_MAX = 10000 };
    const struct net_container *box = cargo_container(n, iso_type);
    *count = 0;
    if (box == NULL || box->payload_kg == 0)
        return fail_field(e, ERR_NOT_FOUND, "cargo.containers",
                          "the network has no container type \"%.8s\" with a payload", iso_type);
    int64_t by_mass = (c->mass_kg + box->payload_kg - 1) / box->payload_kg, by_volume = 1;
    if (box->volume_dm3 > 0)
        by_volume = (c->volume_dm3 + box->volume_dm3 - 1) / box->volume_dm3;
    int64_t boxes = by_mass > by_volume ? by_mass : by_volume;
    if (boxes < 1 || boxes > COUNT_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.containers",
                          "%lld kg and %lld dm3 fill %lld boxes of type %s; 1 to %d are taken",
                          (long long)c->mass_kg, (long long)c->volume_dm3, (long long)boxes, box->iso_type,
                          COUNT_MAX);
    *count = (uint32_t)boxes;
    return true;
}

/* Of two limits that are broken the one that less is in the way of. */
static int64_t distance(const struct limit_break *b)
{
    switch (b->kind) {
    case LIMIT_TEMPERATURE:
        return 1;
    case LIMIT_PIECE_KG:
    case LIMIT_PIECE_LENGTH:
    case LIMIT_PIECE_WIDTH:
    case LIMIT_PIECE_HEIGHT: /* per mille above the limit */
        return 2 + ((int64_t)b->load - b->limit) * 1000 / (b->limit > 0 ? b->limit : 1);
    case LIMIT_CLASS:
        return 1000000;
    default:
        return INT64_MAX; /* form, needs: told by the reason itself */
    }
}

struct nearest {
    struct limit_break at;
    int64_t distance;
    const char *what;
    char name[96];
};

static void offer(struct nearest *x, struct limit_break b, const char *what, const char *name)
{
    int64_t d = distance(&b);
    if (b.kind == LIMIT_FITS || d >= x->distance)
        return;
    x->at = b;
    x->distance = d;
    x->what = what;
    snprintf(x->name, sizeof x->name, "%s", name);
}

/* The numbers of a limit that is broken; of temperatures and classes those that stand nearest. */
static void number(const struct plan_query *q, const struct nearest *x, struct arena *a,
                   struct plan_broken *out)
{
    const struct freight_load *l = &q->load;
    static const struct {
        const char *name, *unit;
    } names[LIMIT_KINDS] = {
        [LIMIT_TEMPERATURE] = {"temperature", "C"},  [LIMIT_CLASS] = {"dangerous_class", "class"},
        [LIMIT_PIECE_KG] = {"piece_mass", "kg"},     [LIMIT_PIECE_LENGTH] = {"piece_length", "cm"},
        [LIMIT_PIECE_WIDTH] = {"piece_width", "cm"}, [LIMIT_PIECE_HEIGHT] = {"piece_height", "cm"}};
    const struct limit_break *b = &x->at;
    const char *of = arena_strdup(a, x->name);
    if (names[b->kind].name == NULL || of == NULL)
        return;
    *out = (struct plan_broken){.name = names[b->kind].name,
                                .unit = names[b->kind].unit,
                                .of = of,
                                .limit = b->limit,
                                .asked = b->load};
    if (b->kind == LIMIT_CLASS) /* ten times, as 4.1 is 41 */
        out->asked = q->request->cargo.dangerous_class;
    if (b->kind == LIMIT_TEMPERATURE) {
        bool too_warm = b->min_c > l->max_c; /* what it keeps */
        out->limit = too_warm ? b->min_c : b->max_c;
        out->asked = too_warm ? l->max_c : l->min_c;
    }
}

static const char *truck_misfit(const struct plan_query *q, struct arena *a, struct plan_broken *broken)
{
    struct nearest x = {.distance = INT64_MAX};
    const struct network *n = q->p->net;
    char words[LIMIT_WORDS];
    for (uint32_t i = 0; i < n->vehicle_count; i++) {
        const struct net_vehicle *v = &n->vehicle[i];
        if (q->request->vehicle.vehicle_class == 0 || q->request->vehicle.vehicle_class == v->vehicle_class)
            offer(&x, limits_of_truck(v, &q->load), "truck", net_string(n, v->name_en));
    }
    if (x.distance == INT64_MAX)
        return NULL;
    number(q, &x, a, broken);
    limits_words(&x.at, &q->load, words);
    return arena_printf(a, "no truck carries this load; nearest is %s: %s", x.name, words);
}

const char *plan_misfit(const struct plan_query *q, enum plan_family f, struct arena *a,
                        struct plan_broken *broken)
{
    struct nearest x = {.distance = INT64_MAX};
    const struct network *n = q->p->net;
    char words[LIMIT_WORDS];
    if (q->load.vehicle == NET_NONE)
        return truck_misfit(q, a, broken);
    for (uint32_t i = 0; i < n->service_count; i++) {
        const struct net_service *s = &n->service[i];
        if (!(plan_main_modes(f) >> s->mode & 1) || !cargo_fits(s->cargo, q->load.cargo))
            continue;
        struct limit_break b = limits_of_service(n, s, &q->load);
        if (b.kind == LIMIT_FITS) /* then a terminal it calls at is in the way, or nothing is */
            for (uint32_t k = s->stop_first; k < s->stop_first + s->stop_count; k++) {
                const struct net_terminal *t = &n->terminal[n->stop[k].terminal];
                offer(&x, limits_of_terminal(t, &q->load), "terminal", net_string(n, t->name_zh));
            }
        else
            offer(&x, b, "service", net_string(n, s->name));
    }
    if (x.distance == INT64_MAX)
        return NULL;
    number(q, &x, a, broken);
    limits_words(&x.at, &q->load, words);
    return arena_printf(a, "chains exist, but none that takes this cargo; nearest is %s %s: %s", x.what,
                        x.name, words);
}
