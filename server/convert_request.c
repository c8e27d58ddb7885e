#include "convert.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { OPTIONS_DEFAULT = 8, OPTIONS_MAX = 32, AVOID_LINKS_MAX = 1000, AVOID_BOXES_MAX = 16 };

static bool by_point(const struct snapshot *s, const Zongheng__V1__LatLon *p, const char *field,
                     uint32_t *node, struct err *e)
{
    if (!(fabs(p->lat) <= 90) || !(fabs(p->lon) <= 180))
        return fail_field(e, ERR_INVALID_ARGUMENT, field,
                          "%s: latitude is -90..90 and longitude -180..180 degrees", field);
    struct net_point at = {(int32_t)lround(p->lat * 1e7), (int32_t)lround(p->lon * 1e7)};
    return places_nearest(s->places, at, node, NULL, e) || fail_within(e, field);
}

static bool by_node_id(const struct snapshot *s, int64_t id, const char *field, uint32_t *node, struct err *e)
{
    return places_node_by_id(s->places, id, node) ||
           fail_field(e, ERR_NOT_FOUND, field, "%s: network %s has no node %lld", field, s->net->version,
                      (long long)id);
}

static bool by_name(const struct snapshot *s, const char *name, const char *field, uint32_t *node,
                    struct err *e)
{
    struct err inner = {0};
    if (name[0] == '\0')
        return fail_field(e, ERR_INVALID_ARGUMENT, field, "%s is empty; give a name, a code or \"lat,lon\"",
                          field);
    return places_resolve(s->places, name, node, &inner) ||
           fail_field(e, inner.code, field, "%s: %s", field, inner.text);
}

bool convert_place_ref(const struct snapshot *s, const Zongheng__V1__PlaceRef *ref, const char *field,
                       uint32_t *node, struct err *e)
{
    if (ref == NULL)
        return fail_field(e, ERR_INVALID_ARGUMENT, field, "%s is missing", field);
    switch (ref->by_case) {
    case ZONGHENG__V1__PLACE_REF__BY_NAME:
        return by_name(s, ref->name, field, node, e);
    case ZONGHENG__V1__PLACE_REF__BY_CODE:
        return by_name(s, ref->code, field, node, e);
    case ZONGHENG__V1__PLACE_REF__BY_POINT:
        return by_point(s, ref->point, field, node, e);
    case ZONGHENG__V1__PLACE_REF__BY_NODE_ID:
        return by_node_id(s, ref->node_id, field, node, e);
    default:
        return fail_field(e, ERR_INVALID_ARGUMENT, field, "%s wants one of name, code, point, node_id",
                          field);
    }
}

bool convert_vehicle(const Zongheng__V1__Vehicle *m, struct plan_request *out, struct err *e)
{
    out->vehicle.dangerous = out->cargo.dangerous;
    if (m == NULL)
        return true;
    if (m->vehicle_class > 6)
        return fail_field(e, ERR_INVALID_ARGUMENT, "vehicle.vehicle_class",
                          "vehicle classes are 1 to 6, or 0 to choose");
    if (m->height_cm > 1000 || m->width_cm > 1000 || m->length_cm > 6000 || m->gross_kg > 1000000 ||
        m->axle_kg > 100000)
        return fail_field(e, ERR_INVALID_ARGUMENT, "vehicle",
                          "a vehicle is at most 10 m high and wide, 60 m long, 1,000 t and 100 t an axle");
    out->vehicle.vehicle_class = (uint8_t)m->vehicle_class;
    out->vehicle.gross_kg = m->gross_kg;
    out->vehicle.axle_kg = m->axle_kg;
    out->vehicle.height_cm = (uint16_t)m->height_cm;
    out->vehicle.width_cm = (uint16_t)m->width_cm;
    out->vehicle.length_cm = (uint16_t)m->length_cm;
    out->second_driver = m->second_driver;
    return true;
}

static bool convert_families(const Zongheng__V1__FindRoutesRequest *m, uint32_t *mask, struct err *e)
{
    *mask = 0;
    for (size_t i = 0; i < m->n_families; i++) {
        if (m->families[i] == ZONGHENG__V1__FAMILY__FAMILY_UNSPECIFIED)
            return fail_field(e, ERR_INVALID_ARGUMENT, "families", "a listed family must be named");
        if (m->families[i] == ZONGHENG__V1__FAMILY__ANY)
            *mask |= (1u << FAMILY_COUNT) - 1;
        else
            *mask |= 1u << (m->families[i] - ZONGHENG__V1__FAMILY__ROAD);
    }
    if (m->n_families == 0)
        *mask = (1u << FAMILY_COUNT) - 1;
    return true;
}

static bool check_times(const Zongheng__V1__FindRoutesRequest *m, int64_t now_s, struct err *e)
{
    if (m->latest_pickup && m->deliver_by == 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, "deliver_by",
                          "deliver_by is missing: the latest pickup is asked for a delivery by some time");
    if (m->ready_at < 0 || (m->ready_at == 0 && !m->latest_pickup))
        return fail_field(e, ERR_INVALID_ARGUMENT, "ready_at",
                          "ready_at is missing: UTC seconds when the freight may be fetched");
    if (m->deliver_by != 0 && m->deliver_by <= m->ready_at)
        return fail_field(e, ERR_INVALID_ARGUMENT, "deliver_by", "deliver_by must be later than ready_at");
    if (m->deliver_by != 0 && m->deliver_by <= now_s)
        return fail_field(e, ERR_INVALID_ARGUMENT, "deliver_by", "deliver_by is in the past");
    return true;
}

static bool convert_box(const Zongheng__V1__Box *m, struct plan_box *out, struct err *e)
{
    if (!(fabs(m->south) <= 90) || !(fabs(m->north) <= 90) || !(fabs(m->west) <= 180) ||
        !(fabs(m->east) <= 180) || m->south > m->north || m->west > m->east)
        return fail_field(
            e, ERR_INVALID_ARGUMENT, "avoid.boxes",
            "a box has south <= north within -90..90 and west <= east within -180..180 degrees");
    *out = (struct plan_box){.south_e7 = (int32_t)lround(m->south * 1e7),
                             .west_e7 = (int32_t)lround(m->west * 1e7),
                             .north_e7 = (int32_t)lround(m->north * 1e7),
                             .east_e7 = (int32_t)lround(m->east * 1e7)};
    return true;
}

bool convert_avoid(struct arena *a, const Zongheng__V1__Avoid *m, const struct plan_avoid **out,
                   struct err *e)
{
    *out = NULL;
    if (m == NULL || m->n_link_ids + m->n_boxes == 0)
        return true;
    if (m->n_link_ids > AVOID_LINKS_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "avoid.link_ids",
                          "at most %d links can be avoided, not %zu", AVOID_LINKS_MAX, m->n_link_ids);
    if (m->n_boxes > AVOID_BOXES_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "avoid.boxes", "at most %d boxes can be avoided, not %zu",
                          AVOID_BOXES_MAX, m->n_boxes);
    struct plan_avoid *v = arena_calloc(a, 1, sizeof *v);
    struct plan_box *box = arena_calloc(a, m->n_boxes + 1, sizeof *box);
    if (v == NULL || box == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the request does not fit the memory of one request");
    for (size_t i = 0; i < m->n_boxes; i++)
        if (!convert_box(m->boxes[i], &box[i], e))
            return false;
    *v = (struct plan_avoid){.link_id = m->link_ids,
                             .link_count = (uint32_t)m->n_link_ids,
                             .box = box,
                             .box_count = (uint32_t)m->n_boxes};
    *out = v;
    return true;
}

static bool convert_via(const struct snapshot *s, const Zongheng__V1__FindRoutesRequest *m,
                        struct plan_request *out, struct err *e)
{
    if (m->n_via > PLAN_VIA_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "via", "at most %d places to pass, not %zu", PLAN_VIA_MAX,
                          m->n_via);
    for (size_t i = 0; i < m->n_via; i++)
        if (!convert_place_ref(s, m->via[i], "via", &out->via[out->via_count++], e))
            return false;
    return true;
}

static bool convert_tolerance(const Zongheng__V1__Tolerance *m, struct plan_request *out, struct err *e)
{
    const int64_t most = INT64_C(100000000000000); /* what plan_request_check takes, in fen */
    if (m == NULL)
        return true;
    if (m->fen < 0 || m->fen > most || m->permille > 1000)
        return fail_field(e, ERR_INVALID_ARGUMENT, "tolerance",
                          "a tolerance is not negative, and at most 1000 permille");
    out->tolerance_s = m->s;
    out->tolerance_myuan = m->fen * 10;
    out->tolerance_permille = m->permille;
    out->tolerance_g = m->co2_g;
    return true;
}

bool convert_question(struct arena *a, const struct snapshot *s, const Zongheng__V1__FindRoutesRequest *m,
                      int64_t now_s, struct plan_request *out, struct err *e)
{
    *out = (struct plan_request){.ready_at = m->ready_at,
                                 .deliver_by = m->deliver_by,
                                 .latest_pickup = m->latest_pickup,
                                 .explain = m->explain,
                                 .scenario = s->scenario_id[0] != '\0' ? s->scenario_id : NULL,
                                 .alternatives = m->alternatives};
    if (m->scenario_id[0] != '\0' && strcmp(m->scenario_id, s->scenario_id) != 0)
        return fail_field(e, ERR_FAILED_PRECONDITION, "scenario_id",
                          "this is done in the network as it is: what scenario %.64s offers is not there yet",
                          m->scenario_id);
    if (m->drayage_permille > 1000)
        return fail_field(e, ERR_INVALID_ARGUMENT, "drayage_permille",
                          "drayage_permille is 1 to 1000, or 0 for the usual share");
    out->drayage_permille = (uint16_t)m->drayage_permille;
    if (m->max_options > OPTIONS_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "max_options", "max_options is 1 to %d, or 0 for %d",
                          OPTIONS_MAX, OPTIONS_DEFAULT);
    const int64_t rate_max = INT64_C(1000000000);
    if (m->value_of_time_fen_per_t_h < 0 || m->value_of_time_fen_per_t_h > rate_max)
        return fail_field(e, ERR_INVALID_ARGUMENT, "value_of_time_fen_per_t_h",
                          "a value of time is 0 to %lld", (long long)rate_max);
    if (m->co2_price_fen_per_t < 0 || m->co2_price_fen_per_t > rate_max)
        return fail_field(e, ERR_INVALID_ARGUMENT, "co2_price_fen_per_t", "a price of CO2 is 0 to %lld",
                          (long long)rate_max);
    if (m->best > ZONGHENG__V1__BEST__LOWEST_EMISSIONS)
        return fail_field(e, ERR_INVALID_ARGUMENT, "best", "best is 0 to 3");
    if (m->best != 0 && m->plan_ref[0] != '\0')
        return fail_field(e, ERR_INVALID_ARGUMENT, "best",
                          "an option of an earlier answer is looked for among all: ask without best");
    out->single = (uint8_t)m->best;
    out->max_options = m->max_options != 0 ? m->max_options : m->best != 0 ? 1 : OPTIONS_DEFAULT;
    out->value_of_time_myuan_per_t_h = m->value_of_time_fen_per_t_h * 10;
    out->co2_price_myuan_per_t = m->co2_price_fen_per_t * 10;
    return convert_cargo(s, m->cargo, &out->cargo, e) && check_times(m, now_s, e) &&
           convert_families(m, &out->families, e) && convert_vehicle(m->vehicle, out, e) &&
           convert_via(s, m, out, e) && convert_tolerance(m->tolerance, out, e) &&
           convert_avoid(a, m->avoid, &out->avoid, e);
}

bool convert_request(struct arena *a, const struct snapshot *s, const Zongheng__V1__FindRoutesRequest *m,
                     int64_t now_s, struct plan_request *out, struct err *e)
{
    uint32_t from, to;
    if (!convert_place_ref(s, m->origin, "origin", &from, e) ||
        !convert_place_ref(s, m->destination, "destination", &to, e) ||
        !convert_question(a, s, m, now_s, out, e))
        return false;
    out->from = from;
    out->to = to;
    return plan_request_check(s->net, out, e);
}

bool convert_row_places(const struct snapshot *s, Zongheng__V1__PlaceRef *const *ref, size_t refs,
                        const int64_t *id, size_t ids, const char *field, const char *id_field,
                        uint32_t *node, struct err *e)
{
    char name[64];
    for (size_t i = 0; i < refs; i++) {
        snprintf(name, sizeof name, "%s[%zu]", field, i);
        if (!convert_place_ref(s, ref[i], name, &node[i], e))
            return false;
    }
    for (size_t i = 0; i < ids; i++)
        if (!places_node_by_id(s->places, id[i], &node[refs + i]))
            return fail_field(e, ERR_NOT_FOUND, id_field, "%s[%zu]: network %s has no node %lld", id_field, i,
                              s->net->version, (long long)id[i]);
    return true;
}
