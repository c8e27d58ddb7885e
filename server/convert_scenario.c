#include "convert_scenario.h"

#include "polyline.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool number(double value, double scale, double max, const char *field, uint32_t *out, struct err *e)
{
    if (!(value >= 0 && value <= max))
        return fail_field(e, ERR_INVALID_ARGUMENT, field, "%s is 0 to %g", field, max);
    *out = (uint32_t)lround(value * scale);
    return true;
}

static bool figures(const Zongheng__V1__LinkFigures *m, struct scenario_figures *out, struct err *e)
{
    if (m == NULL)
        return true;
    if (!number(m->speed_kmh, 10, 1000, "speed_kmh", &out->speed_km10, e) ||
        !number(m->capacity_pce_h, 1, 100000, "capacity_pce_h", &out->capacity_pce_h, e) ||
        !number(m->length_km, 1000, 10000, "length_km", &out->length_m, e))
        return false;
    out->lanes = m->lanes;
    out->toll = (uint8_t)m->toll; /* the same numbers */
    out->toll_region = m->toll_region;
    out->road_class = m->road_class;
    out->directed = m->directed;
    out->max_gross_kg = m->max_gross_kg;
    out->max_height_cm = m->max_height_cm;
    out->ban_class_from = m->min_class_banned;
    out->status = m->status;
    return true;
}

static void links(const Zongheng__V1__LinkRef *m, struct scenario_links *out)
{
    if (m == NULL)
        return;
    *out = (struct scenario_links){.id = m->link_ids,
                                   .id_count = (uint32_t)m->n_link_ids,
                                   .road = m->road,
                                   .from_cross = m->from_cross,
                                   .to_cross = m->to_cross,
                                   .project = m->project_id};
}

static bool point(const Zongheng__V1__LatLon *m, const char *field, struct net_point *out, struct err *e)
{
    if (!(fabs(m->lat) <= 90) || !(fabs(m->lon) <= 180))
        return fail_field(e, ERR_INVALID_ARGUMENT, field,
                          "latitude is -90..90 and longitude -180..180 degrees");
    *out = (struct net_point){(int32_t)lround(m->lat * 1e7), (int32_t)lround(m->lon * 1e7)};
    return true;
}

static bool spot(const Zongheng__V1__PlaceRef *m, const char *field, struct scenario_spot *out, struct err *e)
{
    if (m == NULL)
        return true;
    switch (m->by_case) {
    case ZONGHENG__V1__PLACE_REF__BY_NAME:
        *out = (struct scenario_spot){.by = SCENARIO_BY_NAME, .name = m->name};
        return true;
    case ZONGHENG__V1__PLACE_REF__BY_CODE:
        *out = (struct scenario_spot){.by = SCENARIO_BY_NAME, .name = m->code};
        return true;
    case ZONGHENG__V1__PLACE_REF__BY_NODE_ID:
        *out = (struct scenario_spot){.by = SCENARIO_BY_NODE, .node_id = m->node_id};
        return true;
    case ZONGHENG__V1__PLACE_REF__BY_POINT:
        out->by = SCENARIO_BY_POINT;
        return point(m->point, field, &out->point, e);
    default:
        return true; /* as if it were absent */
    }
}

static bool add_link(struct arena *a, const Zongheng__V1__AddLink *m, struct scenario_add_link *out,
                     struct err *e)
{
    struct net_point *p = arena_alloc(a, (m->n_points + 1) * sizeof *p);
    if (p == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the scenario does not fit the memory of one request");
    if (m->n_points > SCENARIO_POINTS_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "points", "a drawn link has 2 to %d points, not %zu",
                          SCENARIO_POINTS_MAX, m->n_points);
    for (size_t i = 0; i < m->n_points; i++)
        if (!point(m->points[i], "points", &p[i], e))
            return false;
    out->name = m->name;
    out->ref = m->ref;
    out->point = p;
    out->point_count = (uint32_t)m->n_points;
    out->snap_m = m->snap_m;
    out->join_crossings = m->join_crossings;
    return spot(m->from, "from", &out->from, e) && spot(m->to, "to", &out->to, e) &&
           figures(m->figures, &out->figures, e);
}

static bool terminal(const Zongheng__V1__PutTerminal *m, struct scenario_terminal *out, struct err *e)
{
    static const char *const cargo[] = {"general", "bulk",      "container",
                                        "reefer",  "dangerous", "uld"}; /* by bit */
    enum { CARGOES = sizeof cargo / sizeof *cargo };
    for (size_t i = 0; i < m->n_cargo; i++) {
        size_t k = 0;
        while (k < CARGOES && strcmp(cargo[k], m->cargo[i]) != 0)
            k++;
        if (k == CARGOES)
            return fail_field(e, ERR_INVALID_ARGUMENT, "cargo", "there is no cargo \"%.40s\"", m->cargo[i]);
        out->cargo |= 1u << k;
    }
    for (size_t i = 0; i < m->n_modes; i++) {
        static const int mode[] = {[ZONGHENG__V1__MODE__TRUCK] = MODE_ROAD,
                                   [ZONGHENG__V1__MODE__TRAIN] = MODE_RAIL,
                                   [ZONGHENG__V1__MODE__VESSEL] = MODE_WATER,
                                   [ZONGHENG__V1__MODE__FLIGHT] = MODE_AIR};
        if (m->modes[i] == ZONGHENG__V1__MODE__MODE_UNSPECIFIED)
            return fail_field(e, ERR_INVALID_ARGUMENT, "modes", "a listed mode must be named");
        out->modes |= 1u << mode[m->modes[i]];
    }
    out->id = m->terminal_id;
    out->like = m->like_terminal_id;
    out->name_zh = m->name_zh;
    out->name_en = m->name_en;
    out->kind = m->kind;
    out->open_hours = m->open_hours;
    out->status = m->status;
    out->capacity_t_per_day = m->capacity_t_per_day;
    out->capacity_teu_per_day = m->capacity_teu_per_day;
    out->capacity_factor = m->capacity_factor;
    return spot(m->at, "at", &out->at, e);
}

static bool service(struct arena *a, const Zongheng__V1__PutService *m, struct scenario_service *out,
                    struct err *e)
{
    struct scenario_stop *s = arena_calloc(a, m->n_stops + 1, sizeof *s);
    if (s == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the scenario does not fit the memory of one request");
    for (size_t i = 0; i < m->n_stops; i++) {
        s[i].terminal = m->stops[i]->terminal_id;
        s[i].arrive_min = m->stops[i]->arrive_min;
        s[i].depart_min = m->stops[i]->depart_min;
        if (!number(m->stops[i]->distance_km, 1000, 50000, "stops.distance_km", &s[i].distance_m, e))
            return false;
    }
    *out = (struct scenario_service){.id = m->service_id,
                                     .like = m->like_service_id,
                                     .name = m->name,
                                     .days = m->days,
                                     .tariff = m->tariff_id,
                                     .depart_min1 = m->depart_min,
                                     .stop = s,
                                     .stop_count = (uint32_t)m->n_stops,
                                     .capacity_kg = m->capacity_kg,
                                     .capacity_teu_milli = m->capacity_teu_milli,
                                     .withdrawn = m->withdrawn};
    return true;
}

bool convert_modification(struct arena *a, const Zongheng__V1__Modification *m,
                          struct scenario_modification *out, struct err *e)
{
    *out = scenario_nothing;
    switch (m->what_case) {
    case ZONGHENG__V1__MODIFICATION__WHAT_ADD_LINK:
        out->kind = SCENARIO_ADD_LINK;
        return add_link(a, m->add_link, &out->add, e);
    case ZONGHENG__V1__MODIFICATION__WHAT_CHANGE_LINK:
        out->kind = SCENARIO_CHANGE_LINK;
        links(m->change_link->links, &out->links);
        return figures(m->change_link->set, &out->set, e) &&
               figures(m->change_link->existing, &out->existing, e);
    case ZONGHENG__V1__MODIFICATION__WHAT_CLOSE_LINK:
        out->kind = SCENARIO_CLOSE_LINK;
        links(m->close_link->links, &out->links);
        return figures(m->close_link->existing, &out->existing, e);
    case ZONGHENG__V1__MODIFICATION__WHAT_OPEN_LINK:
        out->kind = SCENARIO_OPEN_LINK;
        links(m->open_link->links, &out->links);
        return figures(m->open_link->existing, &out->existing, e);
    case ZONGHENG__V1__MODIFICATION__WHAT_PUT_TERMINAL:
        out->kind = SCENARIO_PUT_TERMINAL;
        return terminal(m->put_terminal, &out->terminal, e);
    case ZONGHENG__V1__MODIFICATION__WHAT_PUT_SERVICE:
        out->kind = SCENARIO_PUT_SERVICE;
        return service(a, m->put_service, &out->service, e);
    case ZONGHENG__V1__MODIFICATION__WHAT_CHANGE_TARIFF:
        out->kind = SCENARIO_CHANGE_TARIFF;
        out->tariff = m->change_tariff->tariff_id;
        out->charge = m->change_tariff->charge;
        out->factor = m->change_tariff->factor;
        return true;
    case ZONGHENG__V1__MODIFICATION__WHAT_CHANGE_TOLL:
        out->kind = SCENARIO_CHANGE_TOLL;
        out->region = m->change_toll->region;
        out->vehicle_class = m->change_toll->vehicle_class;
        out->factor = m->change_toll->factor;
        return true;
    default:
        return fail_field(
            e, ERR_INVALID_ARGUMENT, "what",
            "a modification is one of add_link, change_link, close_link, open_link, put_terminal, "
            "put_service, change_tariff, change_toll");
    }
}

/* --- reports ------------------------------------------------------------------------------------------- */

static char *text(const char *s)
{
    return (char *)(uintptr_t)s; /* protobuf-c's messages are not const; packing only reads */
}

static Zongheng__V1__LatLon *lat_lon(struct arena *a, struct net_point p)
{
    Zongheng__V1__LatLon *m = arena_alloc(a, sizeof *m);
    if (m == NULL)
        return NULL;
    zongheng__v1__lat_lon__init(m);
    m->lat = p.lat_e7 * 1e-7;
    m->lon = p.lon_e7 * 1e-7;
    return m;
}

static bool put_ends(struct arena *a, const struct scenario_report *r, Zongheng__V1__ModificationReport *m)
{
    m->ends = arena_calloc(a, 2, sizeof *m->ends);
    if (m->ends == NULL)
        return false;
    for (uint32_t i = 0; i < r->end_count; i++) {
        const struct scenario_end *end = &r->end[i];
        Zongheng__V1__SnapEnd *s = arena_alloc(a, sizeof *s);
        if (s == NULL)
            return false;
        zongheng__v1__snap_end__init(s);
        s->drawn = lat_lon(a, end->drawn);
        s->snapped = lat_lon(a, end->snapped);
        s->moved_m = round(end->moved_m * 10) / 10;
        s->node_id = end->new_node ? 0 : end->node_id;
        s->what_zh = text(end->what);
        s->split_link_id = end->split_link_id;
        s->dangling = end->dangling;
        if (s->drawn == NULL || s->snapped == NULL)
            return false;
        m->ends[m->n_ends++] = s;
    }
    return true;
}

static bool put_crossings(struct arena *a, const struct scenario_report *r,
                          Zongheng__V1__ModificationReport *m)
{
    m->crossed = arena_calloc(a, (size_t)r->crossing_count + 1, sizeof *m->crossed);
    if (m->crossed == NULL)
        return false;
    for (uint32_t i = 0; i < r->crossing_count; i++) {
        Zongheng__V1__CrossedRoad *c = arena_alloc(a, sizeof *c);
        if (c == NULL)
            return false;
        zongheng__v1__crossed_road__init(c);
        c->link_id = r->crossing[i].link_id;
        c->name_zh = text(r->crossing[i].name);
        c->point = lat_lon(a, r->crossing[i].point);
        c->joined = r->crossing[i].joined;
        if (c->point == NULL)
            return false;
        m->crossed[m->n_crossed++] = c;
    }
    return true;
}

Zongheng__V1__ModificationReport *convert_report(struct arena *a, uint32_t index,
                                                 const struct scenario_report *r)
{
    Zongheng__V1__ModificationReport *m = arena_alloc(a, sizeof *m);
    if (m == NULL)
        return NULL;
    zongheng__v1__modification_report__init(m);
    m->index = index;
    m->link_ids = (int64_t *)(uintptr_t)r->link_id;
    m->n_link_ids = r->link_id_count;
    m->length_km = r->length_m / 1000.0;
    m->warnings = (char **)(uintptr_t)r->warning;
    m->n_warnings = r->warning_count;
    if (r->point_count > 0)
        m->geometry = polyline_encode(a, r->point, r->point_count);
    return put_ends(a, r, m) && put_crossings(a, r, m) && m->geometry != NULL ? m : NULL;
}
