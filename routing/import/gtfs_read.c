/* agency.txt, feed_info.txt, stops.txt, routes.txt, trips.txt, stop_times.txt, frequencies.txt */
#include "import/gtfs_inside.h"
#include "network/geo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOURS_MAX = 999, UNIT_MILLI = 1000 };

static void read_agency(struct gtfs *g, struct csv *t)
{
    const char *zone = csv_text(t, "agency_timezone", CSV_REQUIRED), *id = "";
    int32_t want = g->options->utc_offset_min, offset = want;
    bool known = gtfs_zone_offset(zone, &offset);
    if (zone[0] != '\0' && (!known || offset != want))
        csv_fault(t, "agency_timezone",
                  known
                      ? "\"%.40s\" is not the network's local time, UTC%c%02d:%02d"
                      : "\"%.40s\" is no zone known here as one without daylight saving; the timetable must "
                        "be in the network's local time, UTC%c%02d:%02d",
                  zone, want < 0 ? '-' : '+', abs(want) / 60, abs(want) % 60);
    id = csv_text(t, "agency_id", CSV_OPTIONAL);
    if (gtfs_id_find(g, &g->agency_ids, id) != NET_NONE) {
        csv_fault(t, "agency_id", "\"%.60s\" stands more than once", id);
        return;
    }
    gtfs_id_add(g, &g->agency_ids, id);
    GTFS_ADD(g, agency, gtfs_keep(g, csv_text(t, "agency_name", CSV_REQUIRED)));
}

static void read_feed_info(struct gtfs *g, struct csv *t)
{
    g->publisher = gtfs_keep(g, csv_text(t, "feed_publisher_name", CSV_OPTIONAL));
    g->version = gtfs_keep(g, csv_text(t, "feed_version", CSV_OPTIONAL));
    g->feed_from = gtfs_day(t, "feed_start_date", CSV_OPTIONAL, INT32_MIN);
    g->feed_to = gtfs_day(t, "feed_end_date", CSV_OPTIONAL, INT32_MAX);
    if (g->feed_to < g->feed_from)
        csv_fault(t, "feed_end_date", "is before feed_start_date");
}

static void read_stop(struct gtfs *g, struct csv *t)
{
    struct gtfs_stop s = {
        .has_place = csv_has(t, "stop_lat") && csv_has(t, "stop_lon"),
        .parent = NET_NONE,
        .at = {(int32_t)csv_scaled(t, "stop_lat", CSV_OPTIONAL, 10000000, -900000000, 900000000),
               (int32_t)csv_scaled(t, "stop_lon", CSV_OPTIONAL, 10000000, -1800000000, 1800000000)}};
    if (s.has_place && s.at.lat_e7 == 0 && s.at.lon_e7 == 0)
        csv_fault(t, "stop_lat", "and stop_lon are 0, 0, in the sea off Africa: the place is missing");
    for (int m = 0; m < MODE_COUNT; m++)
        s.terminal[m] = GTFS_NOT_ASKED;
    if (!gtfs_id_new(g, t, "stop_id", &g->stop_ids))
        return;
    s.code = gtfs_keep(g, csv_text(t, "stop_code", CSV_OPTIONAL));
    s.name = gtfs_keep(g, csv_text(t, "stop_name", CSV_OPTIONAL));
    s.parent_id = gtfs_keep(g, csv_text(t, "parent_station", CSV_OPTIONAL));
    GTFS_ADD(g, stop, s);
}

static void find_parents(struct gtfs *g)
{
    for (uint32_t i = 0; i < g->stop.count; i++)
        if (g->stop.at[i].parent_id != 0)
            g->stop.at[i].parent = gtfs_id_find(g, &g->stop_ids, g->text + g->stop.at[i].parent_id);
}

/* Basic types and the extended ones (of Google's extension, after TPEG). */
static uint8_t mode_of(int64_t type)
{
    if (type == 2 || (type >= 100 && type <= 117))
        return MODE_RAIL;
    if (type >= 1100 && type <= 1114)
        return MODE_AIR;
    if (type == 4 || (type >= 1000 && type <= 1200))
        return MODE_WATER;
    return MODE_COUNT;
}

static void read_route(struct gtfs *g, struct csv *t)
{
    const char *agency = csv_text(t, "agency_id", CSV_OPTIONAL);
    struct gtfs_route r = {.agency = gtfs_id_find(g, &g->agency_ids, agency),
                           .freight = NET_NONE,
                           .line = csv_line(t),
                           .mode = mode_of(csv_int(t, "route_type", CSV_REQUIRED, 0, 99999))};
    if (r.agency == NET_NONE && agency[0] == '\0' && g->agency.count == 1)
        r.agency = 0;
    if (r.agency == NET_NONE)
        csv_fault(t, "agency_id", "\"%.60s\" is not in agency.txt", agency);
    if (!gtfs_id_new(g, t, "route_id", &g->route_ids))
        return;
    const char *name = csv_text(t, "route_short_name", CSV_OPTIONAL);
    r.name = gtfs_keep(g, name[0] != '\0' ? name : csv_text(t, "route_long_name", CSV_OPTIONAL));
    g->out->routes_other += r.mode == MODE_COUNT;
    GTFS_ADD(g, route, r);
}

static void read_trip(struct gtfs *g, struct csv *t)
{
    struct gtfs_trip r = {.route = gtfs_id_column(g, t, "route_id", &g->route_ids, "routes.txt"),
                          .calendar = gtfs_id_column(g, t, "service_id", &g->calendar_ids,
                                                     "calendar.txt or calendar_dates.txt"),
                          .freight = NET_NONE};
    if (!gtfs_id_new(g, t, "trip_id", &g->trip_ids))
        return;
    const char *name = csv_text(t, "trip_short_name", CSV_OPTIONAL);
    r.name = gtfs_keep(g, name[0] != '\0' ? name : csv_text(t, "trip_id", CSV_OPTIONAL));
    g->out->trips_other += r.route < g->route.count && g->route.at[r.route].mode == MODE_COUNT;
    GTFS_ADD(g, trip, r);
}

/* Seconds after the day's begin, which may pass 24 h; -1 when empty. */
static int32_t read_time(struct csv *t, const char *column, enum csv_need need)
{
    unsigned h, m, s;
    int used = 0;
    const char *text = csv_text(t, column, need);
    if (text[0] == '\0')
        return -1;
    if (strspn(text, "0123456789:") == strlen(text) &&
        sscanf(text, "%3u:%2u:%2u%n", &h, &m, &s, &used) == 3 && text[used] == '\0' && m < 60 && s < 60)
        return (int32_t)(h * 3600 + m * 60 + s);
    csv_fault(t, column, "\"%.20s\" is not a time HH:MM:SS up to %d:59:59", text, HOURS_MAX);
    return -1;
}

static bool is_used(const struct gtfs *g, uint32_t trip)
{
    uint32_t route = trip < g->trip.count ? g->trip.at[trip].route : NET_NONE;
    return route < g->route.count && g->route.at[route].mode != MODE_COUNT;
}

static void read_call(struct gtfs *g, struct csv *t)
{
    struct gtfs_call c = {.trip = gtfs_id_column(g, t, "trip_id", &g->trip_ids, "trips.txt"),
                          .line = csv_line(t),
                          .sequence = (uint32_t)csv_int(t, "stop_sequence", CSV_REQUIRED, 0, INT32_MAX),
                          .no_pickup = csv_int(t, "pickup_type", CSV_OPTIONAL, 0, 3) == 1,
                          .no_drop_off = csv_int(t, "drop_off_type", CSV_OPTIONAL, 0, 3) == 1,
                          .distance_milli = csv_has(t, "shape_dist_traveled")
                                                ? csv_scaled(t, "shape_dist_traveled", CSV_OPTIONAL,
                                                             UNIT_MILLI, 0, INT64_C(100000000000))
                                                : -1};
    if (c.trip != NET_NONE && !is_used(g, c.trip))
        return;
    c.stop = gtfs_id_column(g, t, "stop_id", &g->stop_ids, "stops.txt");
    c.arrive_s = read_time(t, "arrival_time", CSV_OPTIONAL);
    c.depart_s = read_time(t, "departure_time", CSV_OPTIONAL);
    c.arrive_s = c.arrive_s < 0 ? c.depart_s : c.arrive_s;
    c.depart_s = c.depart_s < 0 ? c.arrive_s : c.depart_s;
    if (c.trip != NET_NONE && c.stop < g->stop.count)
        GTFS_ADD(g, call, c);
}

static void read_frequency(struct gtfs *g, struct csv *t)
{
    struct gtfs_frequency f = {.trip = gtfs_id_column(g, t, "trip_id", &g->trip_ids, "trips.txt"),
                               .from_s = read_time(t, "start_time", CSV_REQUIRED),
                               .to_s = read_time(t, "end_time", CSV_REQUIRED),
                               .headway_s = (int32_t)csv_int(t, "headway_secs", CSV_REQUIRED, 60, 604800)};
    int64_t exact = csv_int(t, "exact_times", CSV_OPTIONAL, 0, 1);
    if (f.trip == NET_NONE || !is_used(g, f.trip))
        return;
    if (exact == 0)
        csv_fault(t, "exact_times",
                  "is not 1: a headway without times is no timetable that cargo can be booked on");
    if (f.to_s <= f.from_s)
        csv_fault(t, "end_time", "is not after start_time");
    g->trip.at[f.trip].frequencies++;
    GTFS_ADD(g, frequency, f);
}

bool gtfs_read_feed(struct gtfs *g, struct err *e)
{
    bool ok = gtfs_read_table(g, "agency.txt", false, read_agency, NULL, e) &&
              gtfs_read_table(g, "feed_info.txt", true, read_feed_info, NULL, e) &&
              gtfs_read_table(g, "stops.txt", false, read_stop, NULL, e) &&
              gtfs_read_table(g, "routes.txt", false, read_route, NULL, e) && gtfs_read_calendars(g, e) &&
              gtfs_read_table(g, "trips.txt", false, read_trip, NULL, e) &&
              gtfs_read_table(g, "stop_times.txt", false, read_call, NULL, e) &&
              gtfs_read_table(g, "frequencies.txt", true, read_frequency, NULL, e);
    find_parents(g);
    g->out->agencies = g->agency.count;
    g->out->stops = g->stop.count;
    g->out->routes = g->route.count;
    g->out->trips = g->trip.count;
    return ok;
}

static int by_trip(const void *pa, const void *pb)
{
    const struct gtfs_call *a = pa, *b = pb;
    if (a->trip != b->trip)
        return a->trip < b->trip ? -1 : 1;
    if (a->sequence != b->sequence)
        return a->sequence < b->sequence ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

static void judge_trip(struct gtfs *g, const struct gtfs_trip *trip)
{
    static const char file[] = "stop_times.txt";
    const struct gtfs_call *timed = NULL, *measured = NULL;
    for (uint32_t i = trip->call_first; i < trip->call_first + trip->call_count; i++) {
        const struct gtfs_call *c = &g->call.at[i];
        if (i > trip->call_first && c[-1].sequence == c->sequence)
            gtfs_fault(g, file, c->line, "stop_sequence %u stands twice in the trip", c->sequence);
        if (c->depart_s < c->arrive_s)
            gtfs_fault(g, file, c->line, "departure_time is before arrival_time");
        if (c->arrive_s >= 0 && timed != NULL && c->arrive_s < timed->depart_s)
            gtfs_fault(g, file, c->line, "arrival_time is before the departure of line %u, the stop before",
                       timed->line);
        if (c->distance_milli >= 0 && measured != NULL && c->distance_milli < measured->distance_milli)
            gtfs_fault(g, file, c->line, "shape_dist_traveled is below that of line %u, the stop before",
                       measured->line);
        timed = c->arrive_s >= 0 ? c : timed;
        measured = c->distance_milli >= 0 ? c : measured;
    }
}

/* Metres or kilometres: the distances of a whole feed are at least its great circles, and not four times
 * them. */
static double found_unit(struct gtfs *g)
{
    double told = 0, direct = 0;
    for (uint32_t i = 1; i < g->call.count; i++) {
        const struct gtfs_call *c = &g->call.at[i];
        const struct gtfs_stop *from = &g->stop.at[c[-1].stop], *to = &g->stop.at[c->stop];
        if (c[-1].trip != c->trip || c[-1].distance_milli < 0 || c->distance_milli < 0 || !from->has_place ||
            !to->has_place)
            continue;
        told += (double)(c->distance_milli - c[-1].distance_milli) / UNIT_MILLI;
        direct += geo_distance_m(from->at, to->at);
    }
    for (double unit = 1; unit <= 1000 && direct > 0; unit *= 1000)
        if (told * unit >= direct * 0.97 && told * unit <= direct * 4)
            return unit;
    if (direct > 0)
        gtfs_fault(g, "stop_times.txt", 1,
                   "shape_dist_traveled sums up to %.0f over stops that are %.0f m apart: neither metres nor "
                   "kilometres; name the unit",
                   told, direct);
    return 0;
}

void gtfs_judge_calls(struct gtfs *g)
{
    static const double units[] = {[GTFS_UNIT_M] = 1, [GTFS_UNIT_KM] = 1000, [GTFS_UNIT_MILE] = 1609.344};
    bool measured = false;
    if (g->call.count > 0)
        qsort(g->call.at, g->call.count, sizeof *g->call.at, by_trip);
    for (uint32_t i = 0; i < g->call.count; i++) {
        struct gtfs_trip *trip = &g->trip.at[g->call.at[i].trip];
        if (trip->call_count++ == 0)
            trip->call_first = i;
        measured = measured || g->call.at[i].distance_milli >= 0;
    }
    for (uint32_t i = 0; i < g->trip.count; i++)
        judge_trip(g, &g->trip.at[i]);
    if (!measured)
        return;
    g->m_per_unit =
        g->options->distance_unit != GTFS_UNIT_FOUND ? units[g->options->distance_unit] : found_unit(g);
    g->out->distance_unit = g->options->distance_unit;
    if (g->out->distance_unit == GTFS_UNIT_FOUND && g->m_per_unit > 0)
        g->out->distance_unit = g->m_per_unit > 1 ? GTFS_UNIT_KM : GTFS_UNIT_M;
}
