/* test_gtfs_feed.h - a network with terminals, a good feed, and the import of feeds, for the tests of GTFS.
 */
#ifndef ZH_TEST_GTFS_FEED_H
#define ZH_TEST_GTFS_FEED_H

#include "import/gtfs.h"
#include "network/file.h"
#include "network/geo.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILES = 11 };
static const char *const names[FILES] = {"agency.txt",         "stops.txt",          "routes.txt",
                                         "trips.txt",          "stop_times.txt",     "calendar.txt",
                                         "calendar_dates.txt", "feed_info.txt",      "frequencies.txt",
                                         "cutoffs.txt",        "service_freight.txt"};
enum { AGENCY, STOPS, ROUTES, TRIPS, TIMES, CALENDAR, DATES, FEED, FREQUENCIES, CUTOFFS, FREIGHT };

struct feed {
    const char *text[FILES];
    struct network_gtfs_options options;
};

#define STOPS_HEAD "stop_id,stop_code,stop_name,stop_lat,stop_lon,parent_station\n"
#define TRIPS_HEAD "route_id,service_id,trip_id,trip_short_name\n"
#define TIMES_HEAD "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
#define TIMES_ALL                                                                                         \
    "trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled,pickup_type,drop_off_" \
    "type\n"
#define CALENDAR_HEAD \
    "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
#define T1_TIMES "t1,08:00:00,08:00:00,A,1\nt1,09:00:00,09:15:00,X,2\nt1,10:30:00,10:30:00,B,5\n"

static const struct feed good = {
    {"agency_id,agency_name,agency_url,agency_timezone\nCR,China Rail,http://example.org,Asia/Shanghai\n",
     STOPS_HEAD
     "A, dye ,A stop,30.13,114.96,\nB,,HANKOU,30.62,114.31,\nC,,,30.652,114.551,\nX,,Nowhere,31.5,112,\n"
     "P,CN HSI,,30.25,115.06,\nE,IATA:EHU,,30.34,115.03,\nZ,,,22.63,113.82,\n",
     "route_id,agency_id,route_short_name,route_long_name,route_type\nr1,CR,X1,Long,2\nr2,CR,,River,4\n"
     "r3,CR,F,,1102\nr4,CR,Bus,,3\n",
     TRIPS_HEAD "r1,wk,t1,81101\nr2,days,t2,\nr3,wk,t3,\nr4,wk,t4,\n",
     TIMES_HEAD T1_TIMES "t2,22:00:00,22:00:00,P,1\nt2,30:10:00,31:00:00,C,2\nt3,09:00:00,09:00:00,E,1\n"
                         "t3,11:00:00,11:00:00,Z,2\nt4,1:00:00,1:00:00,A,1\n",
     CALENDAR_HEAD "wk,1,1,1,1,1,0,0,20260901,20261231\n",
     "service_id,date,exception_type\nwk,20261001,2\nwk,20261003,1\ndays,20261110,1\ndays,20261117,1\n", NULL,
     NULL, NULL, NULL},
    {.utc_offset_min = 480, .tariffs = "R;W;A", .emissions = "rail_e"}};

/* --- a network with terminals --- */

static inline uint32_t put_node(struct network_builder *b, double lat, double lon)
{
    int64_t id;
    uint32_t count;
    network_rows_node_id(b, &count);
    id = count + 1;
    struct net_point at = {(int32_t)lround(lat * 1e7), (int32_t)lround(lon * 1e7)};
    network_add_node_point(b, &at);
    return network_add_node_id(b, &id);
}

static inline void put_terminal(struct network_builder *b, const char *name, const char *alt,
                                const char *codes, unsigned modes, uint8_t status, double lat, double lon)
{
    uint32_t count;
    network_rows_terminal(b, &count);
    struct net_place p = {.node = put_node(b, lat, lon),
                          .name_en = network_intern(b, name),
                          .names_alt = network_intern(b, alt),
                          .codes = network_intern(b, codes)};
    struct net_terminal t = {.id = count + 1,
                             .node = p.node,
                             .name_en = p.name_en,
                             .place = network_add_place(b, &p),
                             .modes = (uint8_t)(modes | 1u << MODE_ROAD),
                             .cargo = CARGO_GENERAL,
                             .handling_first = count * 2,
                             .handling_count = 2,
                             .status = status};
    network_add_terminal(b, &t);
    for (int out = 0; out < 2; out++) {
        struct net_handling h = {.terminal = count,
                                 .cargo = CARGO_GENERAL,
                                 .from_mode = out ? MODE_RAIL : MODE_ROAD,
                                 .to_mode = out ? MODE_ROAD : MODE_RAIL,
                                 .p50_min = 30,
                                 .p90_min = 60};
        network_add_handling(b, &h);
    }
}

static inline void put_tables(struct network_builder *b)
{
    static const char *const tariff[] = {"R", "W", "A"}, *const emission[] = {"road", "rail_e", "water",
                                                                              "air", "rail_d"};
    static const uint8_t tariff_mode[] = {MODE_RAIL, MODE_WATER, MODE_AIR},
                         emission_mode[] = {MODE_ROAD, MODE_RAIL, MODE_WATER, MODE_AIR, MODE_RAIL};
    for (uint32_t i = 0; i < 3; i++) {
        struct net_tariff t = {
            .id = network_intern(b, tariff[i]), .rule_first = i, .rule_count = 1, .mode = tariff_mode[i]};
        struct net_tariff_rule r = {
            .tariff = i, .base_myuan = 1000, .valid_from_day = INT32_MIN, .valid_to_day = INT32_MAX};
        network_add_tariff(b, &t);
        network_add_tariff_rule(b, &r);
    }
    for (int i = 0; i < 5; i++) {
        struct net_emission e = {.variant = network_intern(b, emission[i]), .mode = emission_mode[i]};
        network_add_emission(b, &e);
    }
    struct net_vehicle v = {.vehicle_class = 1, .gross_kg = 9000, .payload_kg = 5000, .max_speed_km10 = 800};
    network_add_vehicle(b, &v);
}

/* Terminals in the order of their ids, less one. */
enum { DAYE, HANKOU, YANGLUO, HUANGSHI, EZHOU, SHENZHEN, PLANNED, TWIN };

static inline struct network_builder *base(void)
{
    struct network_builder *b;
    uint32_t nodes, count;
    CHECK(network_builder_new(&b, NULL));
    network_set_about(b, "base", "", "", 480);
    network_add_limit(b, &(struct net_limit){0});
    network_add_hours(b, &(struct net_hours){0});
    put_terminal(b, "Daye", "", "TELECODE:DYE", 1u << MODE_RAIL, STATUS_OPEN, 30.09, 114.96);
    put_terminal(b, "Wuhan", "Jiangan;Hankou", "TELECODE:WHN", 1u << MODE_RAIL, STATUS_OPEN, 30.60, 114.30);
    put_terminal(b, "Yangluo", "", "UN-LOCODE:CNYLG", 1u << MODE_RAIL | 1u << MODE_WATER, STATUS_OPEN, 30.65,
                 114.55);
    put_terminal(b, "Huangshi", "", "UN-LOCODE:CNHSI;X:1", 1u << MODE_WATER, STATUS_OPEN, 30.22, 115.06);
    put_terminal(b, "Ezhou", "", "IATA:EHU;ICAO:ZHEC", 1u << MODE_AIR, STATUS_OPEN, 30.34, 115.03);
    put_terminal(b, "Shenzhen", "", "IATA:SZX", 1u << MODE_AIR, STATUS_OPEN, 22.63, 113.81);
    put_terminal(b, "Daye North", "", "TELECODE:DYE", 1u << MODE_RAIL, STATUS_PLANNED, 30.13, 114.96);
    put_terminal(b, "Daye", "", "", 1u << MODE_RAIL, STATUS_OPEN, 33, 110);
    network_rows_node_id(b, &nodes);
    const struct net_point *at = network_rows_node_point(b, &count);
    for (uint32_t v = 0; v + 1 < nodes; v++) {
        struct net_link l = {.id = v,
                             .from = v,
                             .to = v + 1,
                             .length_m = (uint32_t)geo_distance_m(at[v], at[v + 1]) + 1,
                             .flags = LINK_FORWARD | LINK_BACKWARD,
                             .speed_km10 = 600};
        network_add_link(b, &l);
    }
    put_tables(b);
    return b;
}

static inline void write_feed(const char *dir, const struct feed *f)
{
    char path[128];
    for (int i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
        FILE *out = f->text[i] != NULL ? fopen(path, "wb") : NULL;
        CHECK(f->text[i] == NULL || (out != NULL && fputs(f->text[i], out) >= 0 && fclose(out) == 0));
    }
}

/* NULL when refused. The bytes live until the next call. */
static inline const struct network *import(const struct feed *f, struct network_gtfs_report *out,
                                           struct err *e)
{
    static uint8_t *bytes;
    char dir[] = "/tmp/zh-gtfs-XXXXXX";
    struct network_builder *b = base();
    struct csv_report faults = {0};
    const struct network *n = NULL;
    uint8_t *raw;
    size_t len;
    *e = (struct err){0};
    CHECK(mkdtemp(dir) != NULL);
    write_feed(dir, f);
    bool ok = network_import_gtfs(dir, b, &f->options, out, &faults, e);
    write_feed(dir, &(struct feed){{NULL}, {0}});
    rmdir(dir);
    CHECK(!ok || faults.count == 0);
    csv_report_free(&faults);
    if (ok) {
        CHECK(network_builder_freeze(b, &raw, &len, e));
        free(bytes);
        bytes = aligned_alloc(64, (len + 63) / 64 * 64);
        CHECK(bytes != NULL);
        memcpy(bytes, raw, len);
        free(raw);
        CHECK_MSG(network_open_bytes(bytes, len, &n, e), "%s", e->text);
    }
    network_builder_free(b);
    return n;
}

static inline const struct network *taken(const struct feed *f, struct network_gtfs_report *out)
{
    struct err e;
    const struct network *n = import(f, out, &e);
    CHECK_MSG(n != NULL, "%s", e.text);
    return n;
}

static inline struct feed with(int file, const char *text)
{
    struct feed f = good;
    f.text[file] = text;
    return f;
}

/* The k-th service of that name. */
static inline const struct net_service *service(const struct network *n, const char *name, int k)
{
    for (uint32_t i = 0; i < n->service_count; i++)
        if (strcmp(net_string(n, n->service[i].name), name) == 0 && k-- == 0)
            return &n->service[i];
    CHECK_MSG(false, "no service %s", name);
    return NULL;
}

static inline void stop_is(const struct network *n, const struct net_service *s, uint32_t k,
                           uint32_t terminal, uint32_t arrive, uint32_t depart)
{
    CHECK(k < s->stop_count);
    const struct net_stop *x = &n->stop[s->stop_first + k];
    CHECK_I64(x->service, s - n->service);
    CHECK_I64(x->terminal, terminal);
    CHECK_I64(x->arrive_min, arrive);
    CHECK_I64(x->depart_min, depart);
}

#endif
