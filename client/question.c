#include "question.h"

#include "units.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *wire, *dashed, *zh, *label;
    Zongheng__V1__Family family;
} families[] = {
    {"ROAD", "road", "公路", "公路 ROAD", ZONGHENG__V1__FAMILY__ROAD},
    {"RAIL_ROAD", "rail-road", "公铁", "公铁 RAIL_ROAD", ZONGHENG__V1__FAMILY__RAIL_ROAD},
    {"AIR_ROAD", "air-road", "公空", "公空 AIR_ROAD", ZONGHENG__V1__FAMILY__AIR_ROAD},
    {"RAIL_WATER", "rail-water", "铁水", "铁水 RAIL_WATER", ZONGHENG__V1__FAMILY__RAIL_WATER},
    {"ROAD_WATER", "road-water", "公水", "公水 ROAD_WATER", ZONGHENG__V1__FAMILY__ROAD_WATER},
    {"ANY", "any", "任意", "any", ZONGHENG__V1__FAMILY__ANY},
};
enum { FAMILIES = sizeof families / sizeof families[0] };

bool question_family(const char *text, Zongheng__V1__Family *out)
{
    for (size_t i = 0; i < FAMILIES; i++)
        if (strcasecmp(text, families[i].wire) == 0 || strcasecmp(text, families[i].dashed) == 0 ||
            strcmp(text, families[i].zh) == 0) {
            *out = families[i].family;
            return true;
        }
    return false;
}

const char *question_family_label(Zongheng__V1__Family family)
{
    for (size_t i = 0; i < FAMILIES; i++)
        if (families[i].family == family)
            return families[i].label;
    return "unspecified";
}

void question_init(struct question *q)
{
    *q = (struct question){.has_from = false};
    truck_init(&q->truck);
    zongheng__v1__find_routes_request__init(&q->request);
    zongheng__v1__place_ref__init(&q->from);
    zongheng__v1__place_ref__init(&q->to);
    zongheng__v1__cargo__init(&q->cargo);
    zongheng__v1__temperature_range__init(&q->temperature);
    for (size_t i = 0; i < QUESTION_VIA_MAX; i++)
        zongheng__v1__place_ref__init(&q->via[i]);
    for (size_t i = 0; i < QUESTION_BOXES_MAX; i++) {
        zongheng__v1__containers__init(&q->boxes[i]);
        q->box_list[i] = &q->boxes[i];
    }
}

bool question_finish(struct question *q, struct err *e)
{
    if (!q->has_from || !q->has_to)
        return fail(e, ERR_INVALID_ARGUMENT, "%s PLACE is missing", q->has_from ? "--to" : "--from");
    if (q->cargo.mass_kg == 0)
        return fail(e, ERR_INVALID_ARGUMENT, "--mass MASS is missing");
    if (q->request.ready_at == 0 && !q->request.latest_pickup)
        return fail(e, ERR_INVALID_ARGUMENT, "--ready TIME is missing");
    q->cargo.containers = q->box_list;
    q->cargo.temperature = q->has_temperature ? &q->temperature : NULL;
    q->request.origin = &q->from;
    q->request.destination = &q->to;
    q->request.cargo = &q->cargo;
    q->request.vehicle = truck_vehicle(&q->truck);
    q->request.avoid = truck_avoid(&q->truck);
    q->request.via = q->via_list;
    for (size_t i = 0; i < q->request.n_via; i++)
        q->via_list[i] = &q->via[i];
    q->request.families = q->families;
    q->request.without_geometry = true;
    return true;
}

static bool set_place(Zongheng__V1__PlaceRef *p, bool *has, const char *name, char *value, struct err *e)
{
    if (*has)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "%s stands twice", name);
    *has = true;
    return truck_place_ref(p, name, value, e);
}

bool question_set_from(void *args, const char *name, char *value, struct err *e)
{
    struct question *q = args;
    return set_place(&q->from, &q->has_from, name, value, e);
}

bool question_set_to(void *args, const char *name, char *value, struct err *e)
{
    struct question *q = args;
    return set_place(&q->to, &q->has_to, name, value, e);
}

bool question_set_mass(void *args, const char *name, char *value, struct err *e)
{
    return units_mass(name, value, &((struct question *)args)->cargo.mass_kg, e);
}

bool question_set_volume(void *args, const char *name, char *value, struct err *e)
{
    return units_volume(name, value, &((struct question *)args)->cargo.volume_dm3, e);
}

bool question_set_commodity(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)e;
    ((struct question *)args)->cargo.commodity = value;
    return true;
}

bool question_set_ready(void *args, const char *name, char *value, struct err *e)
{
    return units_time(name, value, &((struct question *)args)->request.ready_at, e);
}

bool question_set_deliver_by(void *args, const char *name, char *value, struct err *e)
{
    return units_time(name, value, &((struct question *)args)->request.deliver_by, e);
}

bool question_set_family(void *args, const char *name, char *value, struct err *e)
{
    struct question *q = args;
    if (q->request.n_families == QUESTION_FAMILIES_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "%s stands more than %d times", name,
                          QUESTION_FAMILIES_MAX);
    return question_family(value, &q->families[q->request.n_families++]) ||
           fail_field(
               e, ERR_INVALID_ARGUMENT, name,
               "%s \"%s\" must be ROAD, RAIL_ROAD, AIR_ROAD, RAIL_WATER, ROAD_WATER or ANY; name several by "
               "repeating %s",
               name, value, name);
}

static bool add_boxes(struct question *q, const char *name, const char *type, uint32_t count, struct err *e)
{
    size_t i = q->cargo.n_containers;
    if (i == QUESTION_BOXES_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "at most %d kinds of containers",
                          QUESTION_BOXES_MAX);
    memcpy(q->box_types[i], type, 5);
    q->boxes[i].iso_type = q->box_types[i];
    q->boxes[i].count = count;
    q->cargo.n_containers++;
    return true;
}

bool question_set_teu(void *args, const char *name, char *value, struct err *e)
{
    int64_t n;
    return units_integer(name, value, 1, 10000, &n, e) && add_boxes(args, name, "22G1", (uint32_t)n, e);
}

bool question_set_container(void *args, const char *name, char *value, struct err *e)
{
    char type[5];
    uint32_t count;
    return units_containers(name, value, type, &count, e) && add_boxes(args, name, type, count, e);
}

bool question_set_piece(void *args, const char *name, char *value, struct err *e)
{
    struct question *q = args;
    int64_t cm[3], kg;
    if (!units_piece(name, value, cm, &kg, e))
        return false;
    zongheng__v1__piece__init(&q->piece);
    q->piece.length_cm = (uint32_t)cm[0];
    q->piece.width_cm = (uint32_t)cm[1];
    q->piece.height_cm = (uint32_t)cm[2];
    q->piece.kg = kg <= UINT32_MAX ? (uint32_t)kg : UINT32_MAX;
    q->cargo.piece = &q->piece;
    return true;
}

bool question_set_temperature(void *args, const char *name, char *value, struct err *e)
{
    struct question *q = args;
    q->has_temperature = true;
    return units_temperature(name, value, &q->temperature.min_c, &q->temperature.max_c, e);
}

bool question_set_dangerous(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)e;
    ((struct question *)args)->cargo.dangerous_class = value;
    return true;
}

bool question_set_value(void *args, const char *name, char *value, struct err *e)
{
    return units_integer(name, value, 0, INT64_C(1000000000000), &((struct question *)args)->cargo.value_yuan,
                         e);
}

bool question_set_bulk(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)value;
    (void)e;
    ((struct question *)args)->cargo.bulk = true;
    return true;
}

bool question_set_max_options(void *args, const char *name, char *value, struct err *e)
{
    int64_t v = 0;
    bool ok = units_integer(name, value, 1, 32, &v, e);
    ((struct question *)args)->request.max_options = (uint32_t)v;
    return ok;
}

bool question_set_best(void *args, const char *name, char *value, struct err *e)
{
    static const char *const names[] = {"cost", "arrival", "emissions"};
    for (int i = 0; i < 3; i++)
        if (strcmp(value, names[i]) == 0) {
            ((struct question *)args)->request.best =
                (Zongheng__V1__Best)(i + (int)ZONGHENG__V1__BEST__LOWEST_COST);
            return true;
        }
    return fail_field(e, ERR_INVALID_ARGUMENT, name, "%s is cost, arrival or emissions", name);
}

bool question_set_time_value(void *args, const char *name, char *value, struct err *e)
{
    return units_integer(name, value, 0, INT64_C(1000000000),
                         &((struct question *)args)->request.value_of_time_fen_per_t_h, e);
}

bool question_set_co2_price(void *args, const char *name, char *value, struct err *e)
{
    return units_integer(name, value, 0, INT64_C(1000000000),
                         &((struct question *)args)->request.co2_price_fen_per_t, e);
}

bool question_set_via(void *args, const char *name, char *value, struct err *e)
{
    struct question *q = args;
    if (q->request.n_via == QUESTION_VIA_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "%s stands more than %d times", name,
                          QUESTION_VIA_MAX);
    return truck_place_ref(&q->via[q->request.n_via++], name, value, e);
}

bool question_set_latest_pickup(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)value;
    (void)e;
    ((struct question *)args)->request.latest_pickup = true;
    return true;
}

bool question_set_alternatives(void *args, const char *name, char *value, struct err *e)
{
    int64_t v = 0;
    bool ok = units_integer(name, value, 0, 8, &v, e);
    ((struct question *)args)->request.alternatives = (uint32_t)v;
    return ok;
}

static Zongheng__V1__Tolerance *tolerance_of(struct question *q)
{
    if (q->request.tolerance == NULL)
        zongheng__v1__tolerance__init(&q->tolerance);
    return q->request.tolerance = &q->tolerance;
}

/* "30m", "50yuan", "5%", "20kg": one of the four; the option may repeat. */
bool question_set_tolerance(void *args, const char *name, char *value, struct err *e)
{
    char *end;
    errno = 0;
    double v = strtod(value, &end);
    Zongheng__V1__Tolerance *t = tolerance_of(args);
    bool ok = errno == 0 && end != value && v >= 0 && v <= 1e12;
    if (ok && strcmp(end, "%") == 0 && v <= 100)
        t->permille = (uint32_t)lround(v * 10);
    else if (ok && strcmp(end, "m") == 0)
        t->s = llround(v * 60);
    else if (ok && strcmp(end, "h") == 0)
        t->s = llround(v * 3600);
    else if (ok && strcmp(end, "yuan") == 0)
        t->fen = llround(v * 100);
    else if (ok && strcmp(end, "kg") == 0)
        t->co2_g = llround(v * 1000);
    else
        return fail_field(e, ERR_INVALID_ARGUMENT, name,
                          "%s \"%s\" must be a time (30m, 2h), money (50yuan), a share of it (5%%) or CO2e "
                          "(20kg); name several by repeating %s",
                          name, value, name);
    return true;
}

/* The share of the direct road that a chain's trucks may drive together. */
bool question_set_drayage(void *args, const char *name, char *value, struct err *e)
{
    struct question *q = args;
    char *end;
    errno = 0;
    double v = strtod(value, &end);
    if (errno != 0 || end == value || strcmp(end, "%") != 0 || !(v >= 0.1 && v <= 100))
        return fail_field(e, ERR_INVALID_ARGUMENT, name,
                          "%s \"%s\" must be a share of the direct road: 0.1%% to 100%%", name, value);
    q->request.drayage_permille = (uint32_t)lround(v * 10);
    return true;
}

bool question_set_scenario(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)e;
    ((struct question *)args)->request.scenario_id = value;
    return true;
}
