#include "freight/limits.h"

#include <stdio.h>

struct limits { /* of a place or vehicle; 0: no data */
    uint16_t cargo;
    int16_t min_c, max_c;
    uint32_t classes, piece_kg;
    uint16_t length_cm, width_cm, height_cm;
};

static struct limit_break broken(enum limit_kind kind, int64_t limit, int64_t load)
{
    return (struct limit_break){.kind = kind, .limit = (int32_t)limit, .load = (int32_t)load};
}

static struct limit_break check_piece(const struct limits *x, const struct freight_piece *p)
{
    uint16_t longer = p->length_cm > p->width_cm ? p->length_cm : p->width_cm;
    uint16_t shorter = p->length_cm > p->width_cm ? p->width_cm : p->length_cm;
    uint16_t room = x->length_cm, door = x->width_cm;
    if (room != 0 && door != 0 && room < door) {
        room = x->width_cm;
        door = x->length_cm;
    }
    if (x->piece_kg != 0 && p->kg > x->piece_kg)
        return broken(LIMIT_PIECE_KG, x->piece_kg, p->kg);
    if (door != 0 && shorter > door)
        return broken(LIMIT_PIECE_WIDTH, door, shorter);
    if (room != 0 && longer > room)
        return broken(LIMIT_PIECE_LENGTH, room, longer);
    if (x->height_cm != 0 && p->height_cm > x->height_cm)
        return broken(LIMIT_PIECE_HEIGHT, x->height_cm, p->height_cm);
    return broken(LIMIT_FITS, 0, 0);
}

static struct limit_break check(const struct limits *x, const struct freight_load *l)
{
    if (!cargo_fits(x->cargo, (uint16_t)(l->cargo & CARGO_FORMS)))
        return broken(LIMIT_FORM, 0, 0);
    if (l->cargo & CARGO_REEFER) {
        bool known = (x->min_c != 0 || x->max_c != 0) && (l->min_c != 0 || l->max_c != 0);
        if (!(x->cargo & CARGO_REEFER))
            return broken(LIMIT_REEFER, 0, 0);
        if (known && (x->min_c > l->max_c || x->max_c < l->min_c))
            return (struct limit_break){.kind = LIMIT_TEMPERATURE, .min_c = x->min_c, .max_c = x->max_c};
    }
    if (l->cargo & CARGO_DANGEROUS) {
        if (!(x->cargo & CARGO_DANGEROUS))
            return broken(LIMIT_DANGEROUS, 0, 0);
        if (x->classes != 0 && !(x->classes & l->dangerous_bit))
            return broken(LIMIT_CLASS, 0, 0);
    }
    return l->cargo & CARGO_CONTAINER ? broken(LIMIT_FITS, 0, 0) : check_piece(x, &l->piece);
}

struct limit_break limits_of_terminal(const struct net_terminal *t, const struct freight_load *l)
{
    struct limits x = {.cargo = t->cargo,
                       .min_c = t->min_c,
                       .max_c = t->max_c,
                       .classes = t->dangerous_classes,
                       .piece_kg = t->max_piece_kg};
    return check(&x, l);
}

struct limit_break limits_of_service(const struct network *n, const struct net_service *s,
                                     const struct freight_load *l)
{
    struct limits x = {.cargo = s->cargo};
    if (s->equipment != 0 && s->equipment <= n->equipment_count) {
        const struct net_equipment *q = &n->equipment[s->equipment - 1];
        x.min_c = q->min_c;
        x.max_c = q->max_c;
        x.classes = q->dangerous_classes;
        x.piece_kg = q->max_piece_kg;
        x.length_cm = q->length_cm;
        x.width_cm = q->width_cm;
        x.height_cm = q->height_cm;
    }
    return check(&x, l);
}

struct limit_break limits_of_truck(const struct net_vehicle *v, const struct freight_load *l)
{
    const struct freight_piece *p = &l->piece;
    int64_t boxes = (int64_t)l->box20 + l->box40;
    uint16_t wide = v->load_width_cm > v->width_cm ? v->load_width_cm : v->width_cm;
    uint16_t high = v->load_height_cm > v->height_cm ? v->load_height_cm : v->height_cm;
    if (cargo_trucks(v, l) > 0)
        return broken(LIMIT_FITS, 0, 0);
    if (l->cargo & CARGO_CONTAINER) {
        int64_t each_kg = (l->mass_kg + l->tare_kg + boxes - 1) / (boxes > 0 ? boxes : 1);
        return each_kg > v->payload_kg ? broken(LIMIT_PIECE_KG, v->payload_kg, each_kg)
                                       : broken(LIMIT_FORM, 0, 0);
    }
    if (p->kg > v->payload_kg)
        return broken(LIMIT_PIECE_KG, v->payload_kg, p->kg);
    if (v->floor_cm != 0 && p->length_cm > v->floor_cm)
        return broken(LIMIT_PIECE_LENGTH, v->floor_cm, p->length_cm);
    if (wide != 0 && p->width_cm > wide)
        return broken(LIMIT_PIECE_WIDTH, wide, p->width_cm);
    if (high != 0 && p->height_cm + v->deck_cm > high)
        return broken(LIMIT_PIECE_HEIGHT, high - v->deck_cm, p->height_cm);
    return broken(LIMIT_FORM, 0, 0);
}

static void measure_words(const struct limit_break *b, const char *what, const char *excess,
                          char out[LIMIT_WORDS])
{
    snprintf(out, LIMIT_WORDS, "the largest piece is %.2f m %s, at most %.2f m are taken: %.2f m too %s",
             b->load / 100.0, what, b->limit / 100.0, (b->load - b->limit) / 100.0, excess);
}

static void class_words(uint32_t bit, char out[LIMIT_WORDS])
{
    for (unsigned code = 11; code <= 90; code++)
        if (bit != 0 && net_dangerous_bit(code) == bit) {
            if (code % 10 == 0)
                snprintf(out, LIMIT_WORDS, "dangerous goods of class %u are not taken", code / 10);
            else
                snprintf(out, LIMIT_WORDS, "dangerous goods of class %u.%u are not taken", code / 10,
                         code % 10);
            return;
        }
    snprintf(out, LIMIT_WORDS,
             "only some classes of dangerous goods are taken, and the class of this cargo is not told");
}

void limits_words(const struct limit_break *b, const struct freight_load *l, char out[LIMIT_WORDS])
{
    const char *form = l->cargo & CARGO_CONTAINER ? "containers"
                       : l->cargo & CARGO_BULK    ? "bulk"
                                                  : "general cargo";
    out[0] = '\0';
    switch (b->kind) {
    case LIMIT_FORM:
        snprintf(out, LIMIT_WORDS, "%s of this kind and number are not taken", form);
        break;
    case LIMIT_REEFER:
        snprintf(out, LIMIT_WORDS, "%s under temperature control are not taken", form);
        break;
    case LIMIT_TEMPERATURE:
        snprintf(out, LIMIT_WORDS, "%d to %d C are asked, %d to %d C can be kept: %d degrees apart", l->min_c,
                 l->max_c, b->min_c, b->max_c,
                 b->min_c > l->max_c ? b->min_c - l->max_c : l->min_c - b->max_c);
        break;
    case LIMIT_DANGEROUS:
        snprintf(out, LIMIT_WORDS, "dangerous goods are not taken");
        break;
    case LIMIT_CLASS:
        class_words(l->dangerous_bit, out);
        break;
    case LIMIT_PIECE_KG:
        snprintf(out, LIMIT_WORDS, "the heaviest %s has %.3f t, at most %.3f t are taken: %.3f t too heavy",
                 l->cargo & CARGO_CONTAINER ? "box" : "piece", b->load / 1000.0, b->limit / 1000.0,
                 (b->load - b->limit) / 1000.0);
        break;
    case LIMIT_PIECE_LENGTH:
        measure_words(b, "long", "long", out);
        break;
    case LIMIT_PIECE_WIDTH:
        measure_words(b, "wide", "wide", out);
        break;
    case LIMIT_PIECE_HEIGHT:
        measure_words(b, "high", "high", out);
        break;
    default:
        break;
    }
}
