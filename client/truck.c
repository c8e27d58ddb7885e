#include "truck.h"

#include "units.h"

#include <stdlib.h>
#include <string.h>

void truck_init(struct truck *t)
{
    *t = (struct truck){.has_vehicle = false};
    zongheng__v1__vehicle__init(&t->vehicle);
    zongheng__v1__avoid__init(&t->avoid);
    for (size_t i = 0; i < TRUCK_AVOID_BOXES_MAX; i++)
        zongheng__v1__box__init(&t->boxes[i]);
}

Zongheng__V1__Vehicle *truck_vehicle(struct truck *t)
{
    return t->has_vehicle ? &t->vehicle : NULL;
}

Zongheng__V1__Avoid *truck_avoid(struct truck *t)
{
    t->avoid.link_ids = t->links;
    t->avoid.boxes = t->box_list;
    for (size_t i = 0; i < t->avoid.n_boxes; i++)
        t->box_list[i] = &t->boxes[i];
    return t->avoid.n_link_ids + t->avoid.n_boxes > 0 ? &t->avoid : NULL;
}

bool truck_place_ref(Zongheng__V1__PlaceRef *p, const char *name, char *value, struct err *e)
{
    if (value[0] == '\0')
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "%s is empty", name);
    if (strncmp(value, "node:", 5) == 0) {
        p->by_case = ZONGHENG__V1__PLACE_REF__BY_NODE_ID;
        return units_integer(name, value + 5, 0, INT64_MAX, &p->node_id, e);
    }
    if (strncmp(value, "code:", 5) == 0) {
        p->by_case = ZONGHENG__V1__PLACE_REF__BY_CODE;
        p->code = value + 5;
        return true;
    }
    p->by_case = ZONGHENG__V1__PLACE_REF__BY_NAME;
    p->name = value;
    return true;
}

bool truck_set_class(void *args, const char *name, char *value, struct err *e)
{
    struct truck *t = args;
    int64_t v = 0;
    bool ok = units_integer(name, value, 1, 6, &v, e);
    t->vehicle.vehicle_class = (uint32_t)v;
    t->has_vehicle = true;
    return ok;
}

static bool set_mass(struct truck *t, const char *name, const char *value, int64_t max_kg, uint32_t *slot,
                     struct err *e)
{
    int64_t kg = 0;
    if (!units_mass(name, value, &kg, e))
        return false;
    if (kg > max_kg)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "%s must be at most %lldt", name,
                          (long long)(max_kg / 1000));
    *slot = (uint32_t)kg;
    t->has_vehicle = true;
    return true;
}

bool truck_set_gross(void *args, const char *name, char *value, struct err *e)
{
    struct truck *t = args;
    return set_mass(t, name, value, 1000000, &t->vehicle.gross_kg, e);
}

bool truck_set_axle(void *args, const char *name, char *value, struct err *e)
{
    struct truck *t = args;
    return set_mass(t, name, value, 100000, &t->vehicle.axle_kg, e);
}

static bool set_size(struct truck *t, const char *name, const char *value, int64_t max_cm, uint32_t *slot,
                     struct err *e)
{
    int64_t cm = 0;
    if (!units_size(name, value, &cm, e))
        return false;
    if (cm > max_cm)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "%s must be at most %lldm", name,
                          (long long)(max_cm / 100));
    *slot = (uint32_t)cm;
    t->has_vehicle = true;
    return true;
}

bool truck_set_height(void *args, const char *name, char *value, struct err *e)
{
    struct truck *t = args;
    return set_size(t, name, value, 1000, &t->vehicle.height_cm, e);
}

bool truck_set_width(void *args, const char *name, char *value, struct err *e)
{
    struct truck *t = args;
    return set_size(t, name, value, 1000, &t->vehicle.width_cm, e);
}

bool truck_set_length(void *args, const char *name, char *value, struct err *e)
{
    struct truck *t = args;
    return set_size(t, name, value, 6000, &t->vehicle.length_cm, e);
}

bool truck_set_second_driver(void *args, const char *name, char *value, struct err *e)
{
    struct truck *t = args;
    (void)name;
    (void)value;
    (void)e;
    t->vehicle.second_driver = true;
    t->has_vehicle = true;
    return true;
}

static bool add_box(struct truck *t, const char *name, const char *value, struct err *e)
{
    double side[4];
    const char *p = value;
    char *end = NULL;
    for (int i = 0; i < 4; i++) {
        side[i] = strtod(p, &end);
        if (end == p || *end != (i < 3 ? ',' : '\0'))
            return fail_field(e, ERR_INVALID_ARGUMENT, name,
                              "%s box:%s must be box:SOUTH,WEST,NORTH,EAST in degrees", name, value);
        p = end + 1;
    }
    if (t->avoid.n_boxes == TRUCK_AVOID_BOXES_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "at most %d boxes", TRUCK_AVOID_BOXES_MAX);
    Zongheng__V1__Box *b = &t->boxes[t->avoid.n_boxes++];
    b->south = side[0];
    b->west = side[1];
    b->north = side[2];
    b->east = side[3];
    return true;
}

bool truck_set_avoid(void *args, const char *name, char *value, struct err *e)
{
    struct truck *t = args;
    if (strncmp(value, "box:", 4) == 0)
        return add_box(t, name, value + 4, e);
    for (char *p = value, *comma; p != NULL; p = comma != NULL ? comma + 1 : NULL) {
        comma = strchr(p, ',');
        if (comma != NULL)
            *comma = '\0';
        if (t->avoid.n_link_ids == TRUCK_AVOID_LINKS_MAX)
            return fail_field(e, ERR_INVALID_ARGUMENT, name, "at most %d links", TRUCK_AVOID_LINKS_MAX);
        if (!units_integer(name, p, INT64_MIN + 1, INT64_MAX, &t->links[t->avoid.n_link_ids], e))
            return false;
        t->avoid.n_link_ids++;
    }
    return true;
}
