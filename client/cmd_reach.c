/* zongheng reach: how far a truck comes, as a list of places and as GeoJSON for a map. */
#include "json.h"
#include "polyline.h"
#include "show.h"
#include "table.h"
#include "truck.h"
#include "units.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

enum { REACH_KINDS_MAX = 32, SHOWN_PLACES = 40 };

struct reach_args {
    struct truck truck; /* first */
    Zongheng__V1__GetReachRequest request;
    Zongheng__V1__PlaceRef from;
    char *kinds[REACH_KINDS_MAX];
    const char *geojson;
    bool has_from;
};

static bool set_from(void *args, const char *name, char *value, struct err *e)
{
    struct reach_args *r = args;
    if (r->has_from)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "%s stands twice", name);
    r->has_from = true;
    return truck_place_ref(&r->from, name, value, e);
}

static bool one_limit(struct reach_args *r, Zongheng__V1__GetReachRequest__LimitCase which, const char *name,
                      struct err *e)
{
    if (r->request.limit_case != ZONGHENG__V1__GET_REACH_REQUEST__LIMIT__NOT_SET)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "only one of --time, --cost, --distance is wanted");
    r->request.limit_case = which;
    return true;
}

static bool set_time(void *args, const char *name, char *value, struct err *e)
{
    struct reach_args *r = args;
    int64_t ms = 0;
    if (!one_limit(r, ZONGHENG__V1__GET_REACH_REQUEST__LIMIT_MAX_DRIVE_S, name, e) ||
        !units_duration(name, value, &ms, e))
        return false;
    if (ms % 1000 != 0 || ms > 172800000)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "%s is whole seconds, at most 48h", name);
    r->request.max_drive_s = (uint32_t)(ms / 1000);
    return true;
}

static bool set_cost(void *args, const char *name, char *value, struct err *e)
{
    struct reach_args *r = args;
    int64_t yuan = 0;
    if (!one_limit(r, ZONGHENG__V1__GET_REACH_REQUEST__LIMIT_MAX_COST_FEN, name, e) ||
        !units_integer(name, value, 1, 2000000, &yuan, e))
        return false;
    r->request.max_cost_fen = yuan * 100;
    return true;
}

static bool set_distance(void *args, const char *name, char *value, struct err *e)
{
    struct reach_args *r = args;
    int64_t m = 0;
    if (!one_limit(r, ZONGHENG__V1__GET_REACH_REQUEST__LIMIT_MAX_DISTANCE_M, name, e) ||
        !units_distance(name, value, &m, e))
        return false;
    if (m > 2000000000)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "%s is at most 2000000km", name);
    r->request.max_distance_m = (uint32_t)m;
    return true;
}

static bool set_reverse(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)value;
    (void)e;
    ((struct reach_args *)args)->request.reverse = true;
    return true;
}

static bool set_places(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)value;
    (void)e;
    ((struct reach_args *)args)->request.with_places = true;
    return true;
}

static bool set_kind(void *args, const char *name, char *value, struct err *e)
{
    struct reach_args *r = args;
    if (r->request.n_place_kinds == REACH_KINDS_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "%s stands more than %d times", name,
                          REACH_KINDS_MAX);
    r->kinds[r->request.n_place_kinds++] = value;
    r->request.with_places = true;
    return true;
}

static bool set_terminals(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)value;
    (void)e;
    ((struct reach_args *)args)->request.with_terminals = true;
    return true;
}

static bool set_cell(void *args, const char *name, char *value, struct err *e)
{
    int64_t m = 0;
    bool ok = units_distance(name, value, &m, e);
    if (ok && (m < 10 || m > 100000))
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "%s is 10m to 100km", name);
    ((struct reach_args *)args)->request.cell_m = (uint32_t)m;
    return ok;
}

static bool set_scenario(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)e;
    ((struct reach_args *)args)->request.scenario_id = value;
    return true;
}

static bool set_dangerous(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)e;
    ((struct reach_args *)args)->request.dangerous_class = value;
    return true;
}

static bool set_geojson(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)e;
    ((struct reach_args *)args)->geojson = value;
    return true;
}

static const struct cmd_option options[] = {
    {"--from", "PLACE", "name, code, lat,lon or node:ID", set_from},
    {"--time", "TIME", "driving time: 90m, 2h", set_time},
    {"--cost", "YUAN", "of one truck, with its fixed cost and tolls", set_cost},
    {"--distance", "LENGTH", "60km", set_distance},
    {"--reverse", NULL, "who comes there, instead", set_reverse},
    TRUCK_OPTIONS,
    {"--scenario", "ID", "in this scenario (zongheng scenario list)", set_scenario},
    {"--dangerous", "CLASS", "UN class: 3, 4.1, ...", set_dangerous},
    {"--places", NULL, "list the places", set_places},
    {"--kind", "KIND", "only such places: township, district, ...; may repeat", set_kind},
    {"--terminals", NULL, "list the terminals", set_terminals},
    {"--cell", "LENGTH", "detail of the outline: 500m (by the extent)", set_cell},
    {"--geojson", "FILE", "outline and listed places for a map", set_geojson},
};

static bool check(void *args, struct err *e)
{
    struct reach_args *r = args;
    if (!r->has_from)
        return fail(e, ERR_INVALID_ARGUMENT, "--from PLACE is missing");
    if (r->request.limit_case == ZONGHENG__V1__GET_REACH_REQUEST__LIMIT__NOT_SET)
        return fail(e, ERR_INVALID_ARGUMENT, "one of --time, --cost, --distance is missing");
    r->request.from = &r->from;
    r->request.place_kinds = r->kinds;
    r->request.vehicle = truck_vehicle(&r->truck);
    r->request.avoid = truck_avoid(&r->truck);
    return true;
}

/* --- GeoJSON (RFC 7946): longitude first, outer rings counterclockwise --- */

static json_t *point_json(double lat, double lon)
{
    return json_pack("[f, f]", lon, lat);
}

static json_t *ring_json(const char *line)
{
    json_t *ring = json_array();
    struct polyline_at at = {0};
    while (ring != NULL && polyline_next(&line, &at))
        json_array_append_new(ring, point_json((double)at.lat_e5 / 1e5, (double)at.lon_e5 / 1e5));
    return ring;
}

static json_t *outline_json(const Zongheng__V1__GetReachReply *r)
{
    json_t *polygons = json_array();
    for (size_t i = 0; i < r->n_polygons; i++) {
        json_t *rings = json_array();
        for (size_t k = 0; k < r->polygons[i]->n_rings; k++)
            json_array_append_new(rings, ring_json(r->polygons[i]->rings[k]));
        json_array_append_new(polygons, rings);
    }
    return polygons;
}

static json_t *place_json(const Zongheng__V1__ReachedPlace *p)
{
    const Zongheng__V1__Place *x = p->place;
    if (x == NULL || x->point == NULL)
        return NULL;
    return json_pack("{s:s, s:{s:s, s:o}, s:{s:s, s:s, s:s, s:I, s:I, s:I, s:I}}", "type", "Feature",
                     "geometry", "type", "Point", "coordinates", point_json(x->point->lat, x->point->lon),
                     "properties", "name_zh", x->name_zh, "name_en", x->name_en, "kind", x->kind,
                     "terminal_id", (json_int_t)p->terminal_id, "drive_s", (json_int_t)p->drive_s, "cost_fen",
                     (json_int_t)p->cost_fen, "distance_m", (json_int_t)p->distance_m);
}

static bool write_geojson(const struct reach_args *args, const Zongheng__V1__GetReachReply *r, struct err *e)
{
    json_t *features = json_array();
    json_array_append_new(features, json_pack("{s:s, s:{s:s, s:o}, s:{s:I, s:I, s:s, s:s}}", "type",
                                              "Feature", "geometry", "type", "MultiPolygon", "coordinates",
                                              outline_json(r), "properties", "nodes", (json_int_t)r->nodes,
                                              "cell_m", (json_int_t)r->cell_m, "network_version",
                                              r->network_version, "attribution", r->attribution));
    for (size_t i = 0; i < r->n_places; i++)
        json_array_append_new(features, place_json(r->places[i]));
    for (size_t i = 0; i < r->n_terminals; i++)
        json_array_append_new(features, place_json(r->terminals[i]));
    json_t *all = json_pack("{s:s, s:o}", "type", "FeatureCollection", "features", features);
    int bad = all != NULL ? json_dump_file(all, args->geojson, JSON_COMPACT | JSON_REAL_PRECISION(9)) : -1;
    json_decref(all);
    return bad == 0 || fail_field(e, ERR_UNKNOWN, "--geojson", "%s cannot be written: %s", args->geojson,
                                  strerror(errno));
}

/* --- for people --- */

static void show_list(struct arena *a, const char *title, Zongheng__V1__ReachedPlace *const *list, size_t n)
{
    struct table_column columns[] = {
        {title, false}, {"kind", false}, {"time", true}, {"yuan", true}, {"distance", true}};
    struct table t;
    table_init(&t, a, columns, 5);
    for (size_t i = 0; i < n && i < SHOWN_PLACES; i++) {
        const Zongheng__V1__ReachedPlace *p = list[i];
        const char *cells[] = {show_place(a, p->place), p->place != NULL ? p->place->kind : "",
                               p->drive_s != 0 ? units_show_duration(a, p->drive_s) : "",
                               p->cost_fen != 0 ? units_show_money(a, p->cost_fen) : "",
                               p->distance_m != 0 ? units_show_distance(a, p->distance_m) : ""};
        table_add(&t, cells);
    }
    table_print(&t, 0, stdout);
    if (n > SHOWN_PLACES)
        printf("(and %zu more: --json)\n", n - SHOWN_PLACES);
    putchar('\n');
}

static void show(struct arena *a, const struct reach_args *args, const Zongheng__V1__GetReachReply *r)
{
    size_t holes = 0;
    for (size_t i = 0; i < r->n_polygons; i++)
        holes += r->polygons[i]->n_rings - 1;
    printf("%s %s: %s nodes of the road network, %zu polygon%s with %zu hole%s (cells of %u m)\n\n",
           args->request.reverse ? "to" : "from", show_place(a, r->from), units_show_number(a, r->nodes),
           r->n_polygons, r->n_polygons == 1 ? "" : "s", holes, holes == 1 ? "" : "s", r->cell_m);
    if (args->request.with_places)
        show_list(a, "place", r->places, r->n_places);
    if (args->request.with_terminals)
        show_list(a, "terminal", r->terminals, r->n_terminals);
    for (size_t i = 0; i < r->n_warnings; i++) {
        fputs("warning: ", stdout);
        table_put_clean(r->warnings[i], false, stdout);
        putchar('\n');
    }
    printf("network %.16s\n%s\n", r->network_version, r->attribution);
}

static bool run(struct client *c, void *args, struct err *e)
{
    struct reach_args *r = args;
    const ProtobufCMessage *reply;
    r->request.without_polygons = r->geojson == NULL && !c->json && r->request.cell_m == 0 &&
                                  (r->request.with_places || r->request.with_terminals);
    if (!cmd_ask(c, "zongheng.v1.Routing/GetReach", &r->request.base,
                 &zongheng__v1__get_reach_reply__descriptor, &reply, e))
        return false;
    const Zongheng__V1__GetReachReply *answer = (const Zongheng__V1__GetReachReply *)reply;
    if (r->geojson != NULL && !write_geojson(r, answer, e))
        return false;
    if (c->json)
        return json_print_message(reply, stdout, e);
    show(&c->arena, r, answer);
    return true;
}

int cmd_reach(int argc, char **argv)
{
    static const struct cmd cmd = {
        "zongheng reach --from PLACE --time TIME | --cost YUAN | --distance LENGTH --class 1..6 [options]",
        "How far a truck comes from a place, or who comes there.",
        options,
        sizeof options / sizeof options[0],
        check,
        run};
    struct reach_args args = {.has_from = false};
    truck_init(&args.truck);
    zongheng__v1__get_reach_request__init(&args.request);
    zongheng__v1__place_ref__init(&args.from);
    return cmd_main(&cmd, &args, argc, argv);
}
