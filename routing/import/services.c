#include "import/services.h"

#include "import/gmns_tables.h"
#include "import/services_map.h"
#include "network/geo.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct laying {
    struct gmns g;
    struct services_map map;
    struct id_map same; /* ids of node.csv -> the map's node of that id, NET_NONE none */
    struct services_own *own;
    uint32_t own_room;
    struct network_services_report *out;
};

/* The ids that node.csv names, and which nodes of the map have them. Faults are told by the second reading.
 */
static bool find_same_ids(struct laying *x, struct err *e)
{
    struct csv_report quiet = {0};
    struct csv *t;
    if (!csv_open(x->g.dir, "node.csv", false, &quiet, &t, e))
        return false;
    while (csv_next(t))
        id_map_add(&x->g, &x->same, csv_int(t, "node_id", CSV_REQUIRED, INT64_MIN, INT64_MAX), NET_NONE);
    id_map_sort(&x->same, t);
    csv_close(t);
    csv_report_free(&quiet);
    uint32_t count;
    const int64_t *id = network_rows_node_id(x->g.b, &count);
    for (uint32_t v = 0; v < x->map.plain; v++) {
        struct id_at *at = x->map.main_part[v] ? id_map_at(&x->same, id[v]) : NULL;
        if (at != NULL && at->index == NET_NONE)
            at->index = v;
    }
    return true;
}

/* A node without roads; its index among those of the network as it will be. */
static uint32_t add_own(struct laying *x, int64_t id, struct net_point at)
{
    uint32_t n = x->out->abroad;
    if (n == x->own_room) {
        uint32_t room = n < 64 ? 64 : n * 2;
        struct services_own *own = realloc(x->own, room * sizeof *own);
        if (own == NULL) {
            x->g.out_of_memory = true;
            return NET_NONE;
        }
        x->own = own;
        x->own_room = room;
    }
    x->own[n] = (struct services_own){id, at};
    x->out->abroad++;
    return x->map.plain + n;
}

static uint32_t nearest(struct laying *x, struct csv *t, int64_t id, struct net_point at)
{
    uint32_t count;
    double metres;
    bool abroad = strstr(csv_text(t, "admin_zh", CSV_OPTIONAL), "境外") != NULL;
    uint32_t v = services_map_nearest(&x->map, at, abroad ? SERVICES_ABROAD_M : SERVICES_NEAR_M, &metres);
    if (v != NET_NONE) {
        x->out->by_nearness++;
        if ((uint32_t)metres > x->out->farthest_m) {
            x->out->farthest_m = (uint32_t)metres;
            x->out->farthest_id = id;
        }
        return v;
    }
    if (abroad)
        return add_own(x, id, at);
    if (x->g.report->count < CSV_FAULTS_MAX) /* later ones are counted, not told: no long search for them */
        v = services_map_nearest(&x->map, at, HUGE_VAL, &metres);
    csv_fault(t, "x_coord",
              "and y_coord lie %.1f km from the nearest node of the map (%lld) that lorries reach and leave; "
              "%d km at most",
              metres / 1000, (long long)(v != NET_NONE ? network_rows_node_id(x->g.b, &count)[v] : 0),
              SERVICES_NEAR_M / 1000);
    return 0;
}

static void lay_node(struct laying *x, struct csv *t)
{
    int64_t id = csv_int(t, "node_id", CSV_REQUIRED, INT64_MIN, INT64_MAX);
    uint32_t faults = x->g.report->count, count;
    struct net_point at = gmns_read_point(t);
    const struct id_at *same = id_map_at(&x->same, id);
    uint32_t node = same != NULL ? same->index : NET_NONE;
    if (node != NET_NONE &&
        geo_distance_m(network_rows_node_point(x->g.b, &count)[node], at) <= SERVICES_SAME_ID_M)
        x->out->by_id++;
    else
        node = faults == x->g.report->count ? nearest(x, t, id, at) : 0; /* without a place: told already */
    x->out->nodes++;
    if (node == NET_NONE)
        return;
    id_map_add(&x->g, &x->g.node, id, node);
    uint32_t place = gmns_read_place(&x->g, t, node);
    if (place != NET_NONE)
        id_map_add(&x->g, &x->g.place, id, place);
}

static bool lay_nodes(struct laying *x, struct err *e)
{
    struct csv *t;
    if (!services_map_new(x->g.b, &x->map, e) || !find_same_ids(x, e) ||
        !csv_open(x->g.dir, "node.csv", false, x->g.report, &t, e))
        return false;
    while (csv_next(t))
        lay_node(x, t);
    id_map_sort(&x->g.node, t);
    id_map_sort(&x->g.place, NULL);
    csv_close(t);
    return true;
}

/* Graphs of other sources know weights, and no speeds: a truck needs one. */
static void set_speeds(struct laying *x)
{
    uint32_t count;
    struct net_link *l = network_rows_link(x->g.b, &count);
    for (uint32_t i = 0; i < count; i++)
        if (l[i].mode == MODE_ROAD && l[i].speed_km10 == 0) {
            l[i].speed_km10 = SERVICES_SPEED_KM10;
            l[i].confidence = CONF_ESTIMATED;
            x->out->links_without_speed++;
        }
}

static bool pays_toll(struct network_builder *b)
{
    uint32_t count;
    const struct net_link *l = network_rows_link(b, &count);
    for (uint32_t i = 0; i < count; i++)
        if (l[i].mode == MODE_ROAD && (l[i].flags & LINK_TOLL) != 0 && l[i].toll_region == 0)
            return true;
    return false;
}

/* The map's tolled links pay by the first region: it must have a rate for every class. */
static bool tolls_suffice(struct network_builder *b, struct err *e)
{
    uint32_t tolls, vehicles, pool;
    const struct net_toll *toll = network_rows_toll(b, &tolls);
    const struct net_vehicle *v = network_rows_vehicle(b, &vehicles);
    const char *text = network_rows_string(b, &pool);
    if (vehicles == 0)
        return fail(e, ERR_INVALID_ARGUMENT,
                    "the map has no vehicle classes, and vehicle_class.csv is missing or empty");
    for (uint32_t i = 0; tolls > 0 && i < vehicles && pays_toll(b); i++) {
        bool found = false;
        for (uint32_t k = 0; k < tolls; k++)
            found = found || (toll[k].region_index == 0 && toll[k].vehicle_class == v[i].vehicle_class);
        if (!found)
            return fail(e, ERR_INVALID_ARGUMENT,
                        "toll.csv has no rate for vehicle class %u in its first region, \"%.60s\", by which "
                        "the map's tolled roads pay",
                        v[i].vehicle_class, text + toll[0].region);
    }
    return true;
}

static bool is_bare(struct network_builder *b, struct err *e)
{
    uint32_t terminals, services, order, hours, limits;
    network_rows_terminal(b, &terminals);
    network_rows_service(b, &services);
    network_rows_cch_order(b, &order);
    network_rows_hours(b, &hours);
    network_rows_limit(b, &limits);
    if (terminals + services > 0)
        return fail(e, ERR_FAILED_PRECONDITION,
                    "the network has %u terminals and %u services already: put the tables into one folder",
                    terminals, services);
    if (order > 0 || hours == 0 || limits == 0)
        return fail(e, ERR_FAILED_PRECONDITION, "services are laid over a map that was just read");
    return true;
}

bool network_import_services(const char *dir, struct network_builder *b, const char *map_attribution,
                             struct network_services_report *out, struct csv_report *report, struct err *e)
{
    struct laying x = {.g = {.dir = dir, .b = b, .report = report, .map_attribution = map_attribution},
                       .out = out};
    *out = (struct network_services_report){0};
    if (!is_bare(b, e))
        return false;
    network_rows_emission(b, &x.g.old_emissions);
    network_rows_vehicle(b, &x.g.old_vehicles);
    set_speeds(&x);
    bool ok = gmns_read_config(&x.g, e) && lay_nodes(&x, e) && gmns_read_tolls(&x.g, e) &&
              gmns_read_terminals(&x.g, e) && gmns_read_tariffs(&x.g, e) && gmns_read_services(&x.g, e);
    ok = gmns_finish(&x.g, ok, e) && tolls_suffice(b, e) && services_insert_nodes(b, x.own, out->abroad, e);
    network_rows_terminal(b, &out->terminals);
    network_rows_service(b, &out->services);
    services_map_free(&x.map);
    free(x.same.at);
    free(x.own);
    return ok;
}
