/* GTFS folders as services: what each field becomes, and a question that rides an imported train. */
#include "freight/calendar.h"
#include "plan/plan.h"
#include "test_gtfs_feed.h"

enum { DAY_20260901 = 20697, DAY_20261001 = 20727, DAY_20261110 = 20767, DAY_20261231 = 20818 };

TEST(each_field_comes_through)
{
    struct network_gtfs_report r;
    const struct network *n = taken(&good, &r);
    CHECK_I64(n->service_count, 3);
    const struct net_service *s = service(n, "X1 81101", 0);
    CHECK_STR(net_string(n, s->operator), "China Rail");
    CHECK_STR(net_string(n, s->source), "GTFS");
    CHECK_I64(s->mode, MODE_RAIL);
    CHECK_I64(s->depart_min, 480);
    CHECK_I64(s->days, 0x1f);
    CHECK_I64(s->valid_from_day, DAY_20260901);
    CHECK_I64(s->valid_to_day, DAY_20261231);
    CHECK_I64(s->exception_count, 2);
    CHECK(!cal_runs(n, s, DAY_20261001) && cal_runs(n, s, DAY_20261001 + 1) &&
          cal_runs(n, s, DAY_20261001 + 2) && !cal_runs(n, s, DAY_20261001 + 3));
    CHECK_I64(s->cargo, CARGO_GENERAL);
    CHECK_I64(s->capacity_kg + s->capacity_teu_milli, 0);
    CHECK_STR(net_string(n, n->tariff[s->tariff].id), "R");
    CHECK_STR(net_string(n, n->emission[s->emission].variant), "rail_e");
    CHECK_I64(s->confidence, CONF_ESTIMATED);
    CHECK_I64(s->stop_count, 2); /* nobody knows the place in between */
    stop_is(n, s, 0, DAYE, 0, 0);
    stop_is(n, s, 1, HANKOU, 150, 150);
    double direct =
        geo_distance_m((struct net_point){301300000, 1149600000}, (struct net_point){315000000, 1120000000}) +
        geo_distance_m((struct net_point){315000000, 1120000000}, (struct net_point){306200000, 1143100000});
    CHECK_MSG(fabs(n->stop[s->stop_first + 1].distance_m - direct * 1.2) < 2, "%u m, not 1.2 x %.0f",
              n->stop[s->stop_first + 1].distance_m, direct);
    s = service(n, "River t2", 0);
    CHECK_I64(s->mode, MODE_WATER);
    CHECK_I64(s->depart_min, 1320);
    CHECK_I64(s->days, 0);
    CHECK_I64(s->valid_from_day, DAY_20261110);
    CHECK_I64(s->valid_to_day, DAY_20261110 + 7);
    stop_is(n, s, 0, HUANGSHI, 0, 0);
    stop_is(n, s, 1, YANGLUO, 490, 540);
    CHECK_STR(net_string(n, n->emission[s->emission].variant), "water"); /* the only one */
    s = service(n, "F t3", 0);
    CHECK_I64(s->mode, MODE_AIR);
    stop_is(n, s, 0, EZHOU, 0, 0);
    stop_is(n, s, 1, SHENZHEN, 120, 120);
    CHECK_I64(s->confidence, CONF_PUBLISHED); /* by air the great circle is the distance */
    direct =
        geo_distance_m((struct net_point){303400000, 1150300000}, (struct net_point){226300000, 1138200000});
    CHECK_MSG(fabs(n->stop[s->stop_first + 1].distance_m - direct) < 2, "%u m, not %.0f",
              n->stop[s->stop_first + 1].distance_m, direct);
    CHECK_I64(s->id, 3);
    CHECK_I64(r.agencies, 1);
    CHECK_I64(r.stops, 7);
    CHECK_I64(r.routes, 4);
    CHECK_I64(r.trips, 4);
    CHECK_I64(r.services, 3);
    CHECK_I64(r.calls, 6);
    CHECK_I64(r.by_code, 3);
    CHECK_I64(r.by_name, 1);
    CHECK_I64(r.by_nearness, 2);
    CHECK_I64(r.stops_unmatched, 1);
    CHECK_I64(r.routes_other, 1);
    CHECK_I64(r.trips_other, 1);
    CHECK_I64(r.calls_unmatched, 1);
    CHECK_I64(r.distances_estimated, 2);
    network_release(n);
}

TEST(the_dress_of_a_feed_does_not_matter)
{
    struct network_gtfs_report r;
    const struct network *n = taken(&good, &r);
    char want[33];
    snprintf(want, sizeof want, "%s", n->version);
    network_release(n);
    struct feed same[] = {
        with(AGENCY,
             "\xef\xbb\xbf"
             "Agency_ID, AGENCY_NAME ,agency_timezone\r\n\"CR\",\"China Rail\", Asia/Shanghai\r\n\r\n"),
        with(AGENCY, "agency_name,agency_url,agency_timezone,agency_id\n China Rail ,x,PRC,CR"),
        with(TIMES, TIMES_HEAD "t4,1:00:00,1:00:00,A,1\nt1,10:30:00,,B,9\nt3,11:00:00,11:00:00,Z,20\n"
                               "t2,30:10:00,31:00:00,C,2\nt1,9:00:00,09:15:00,X,7\nt3,,09:00:00,E,10\n"
                               "t1, 8:00:00,08:00:00,A,0\nt2,22:00:00,22:00:00,P,1\n"),
        with(
            DATES,
            "exception_type,date,service_id\n1,20261003,wk\n1,20261110,days\n2,20261001,wk\n1,20261117,days\n"
            "2,20270301,wk\n"),
        with(ROUTES,
             "route_id,route_short_name,route_long_name,route_type\nr1,X1,\"Long, with \"\"quotes\"\"\",102\n"
             "r2,,River,1000\nr3,F,,1100\nr4,Bus,,700\n"),
        with(FEED, "feed_publisher_name,feed_lang\n,zh\n"),
        with(TIMES,
             TIMES_HEAD "t1,08:00:59,08:00:59,A,1\nt1,09:00:00,09:15:00,X,2\nt1,10:29:01,10:30:00,B,5\n"
                        "t2,22:00:00,22:00:00,P,1\nt2,30:09:30,31:00:30,C,2\nt3,09:00:00,09:00:00,E,1\n"
                        "t3,10:59:59,11:00:59,Z,2\n"),
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        if (i == 4)
            same[i].text[AGENCY] = "agency_name,agency_timezone\nChina Rail,Etc/GMT-8\n";
        n = taken(&same[i], &r);
        CHECK_MSG(strcmp(n->version, want) == 0, "case %zu is another network", i);
        network_release(n);
    }
    struct feed other = with(TIMES, TIMES_HEAD "t1,08:00:00,08:01:00,A,1\nt1,10:30:00,10:30:00,B,5\n");
    n = taken(&other, &r);
    CHECK(strcmp(n->version, want) != 0);
    network_release(n);
}

TEST(times_past_midnight_and_whole_minutes)
{
    struct network_gtfs_report r;
    struct feed f = with(TIMES, TIMES_HEAD "t1,25:30:00,25:30:00,A,1\nt1,26:00:01,26:00:30,C,2\n"
                                           "t1,26:00:40,49:00:00,B,3\n");
    const struct network *n = taken(&f, &r);
    const struct net_service *s = service(n, "X1 81101", 0);
    CHECK_I64(s->depart_min, 25 * 60 + 30); /* of the operating day, which is a Monday to Friday */
    CHECK_I64(s->days, 0x1f);
    stop_is(n, s, 0, DAYE, 0, 0);
    stop_is(n, s, 1, YANGLUO, 31, 31); /* never earlier than it says, and it leaves after it came */
    stop_is(n, s, 2, HANKOU, 32, 49 * 60 - 1530);
    CHECK_I64(cal_departure(n, s, DAY_20260901, &n->stop[s->stop_first]),
              (int64_t)DAY_20260901 * 86400 - 8 * 3600 + 25 * 3600 + 1800);
    network_release(n);
}

/* Two platforms of one terminal; calls for boarding only and without times in between. */
TEST(calls_that_are_not_calls)
{
    struct network_gtfs_report r;
    struct feed f =
        with(TIMES, TIMES_ALL "t1,08:00:00,08:00:00,A,1,0,0,1\nt1,08:10:00,08:20:00,A2,2,5,,\nt1,,,C,3,9,,\n"
                              "t1,09:30:00,09:40:00,C,4,95,1,0\nt1,10:00:00,10:00:00,B,5,125,1,0\n");
    f.text[STOPS] = STOPS_HEAD "A,dye,,30.13,114.96,\nA2,,,30.09,114.961,\nB,,HANKOU,30.62,114.31,\n"
                               "C,,,30.652,114.551,\n";
    const struct network *n = taken(&f, &r);
    const struct net_service *s = service(n, "X1 81101", 0);
    CHECK_I64(s->stop_count, 2);
    CHECK_I64(s->depart_min, 500); /* it leaves the terminal when the second platform is left */
    stop_is(n, s, 1, HANKOU, 100, 100);
    CHECK_I64(r.calls_untimed, 1);
    CHECK_I64(r.calls_one_way, 1);
    CHECK_I64(n->stop[s->stop_first + 1].distance_m, 125000);
    network_release(n);
}

TEST(distances_in_metres_kilometres_and_miles)
{
    static const struct {
        double scale;
        enum gtfs_unit option, used;
        bool fits;
    } cases[] = {{1, GTFS_UNIT_FOUND, GTFS_UNIT_M, true},
                 {0.001, GTFS_UNIT_FOUND, GTFS_UNIT_KM, true},
                 {0.001, GTFS_UNIT_KM, GTFS_UNIT_KM, true},
                 {1, GTFS_UNIT_M, GTFS_UNIT_M, true},
                 {1 / 1609.344, GTFS_UNIT_MILE, GTFS_UNIT_MILE, true},
                 {1 / 1609.344, GTFS_UNIT_FOUND, 0, false},
                 {0.01, GTFS_UNIT_FOUND, 0, false},
                 {100, GTFS_UNIT_FOUND, 0, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char times[400];
        struct network_gtfs_report r;
        struct err e;
        snprintf(times, sizeof times,
                 TIMES_ALL "t1,08:00:00,08:00:00,A,1,%.3f,,\nt1,09:00:00,09:00:00,C,2,%.3f,,\n"
                           "t1,10:00:00,10:00:00,B,3,%.3f,,\n",
                 500 * cases[i].scale, 85500 * cases[i].scale, 125600 * cases[i].scale);
        struct feed f = with(TIMES, times);
        f.options.distance_unit = cases[i].option;
        const struct network *n = import(&f, &r, &e);
        CHECK_MSG((n != NULL) == cases[i].fits, "case %zu: %s", i, e.text);
        if (n == NULL) {
            CHECK_MSG(strstr(e.text, "neither metres nor kilometres") != NULL, "%s", e.text);
            continue;
        }
        CHECK_I64(r.distance_unit, cases[i].used);
        const struct net_service *s = service(n, "X1 81101", 0);
        const struct net_stop *stop = &n->stop[s->stop_first];
        CHECK_MSG(abs((int)stop[1].distance_m - 85000) <= 2 && abs((int)stop[2].distance_m - 40100) <= 2,
                  "case %zu: %u m, %u m", i, stop[1].distance_m, stop[2].distance_m);
        CHECK_I64(s->confidence, CONF_PUBLISHED);
        CHECK_I64(r.distances_estimated, 0);
        network_release(n);
    }
}

TEST(frequencies_are_written_out_or_refused)
{
    struct network_gtfs_report r;
    struct feed f = with(FREQUENCIES, "trip_id,start_time,end_time,headway_secs,exact_times\n"
                                      "t1,06:00:00,08:00:00,3600,1\nt1,20:00:00,20:00:01,600,1\n");
    const struct network *n = taken(&f, &r);
    CHECK_I64(r.frequencies, 3);
    CHECK_I64(n->service_count, 5);
    CHECK_I64(service(n, "X1 81101", 0)->depart_min, 360);
    CHECK_I64(service(n, "X1 81101", 1)->depart_min, 420);
    CHECK_I64(service(n, "X1 81101", 2)->depart_min, 1200);
    stop_is(n, service(n, "X1 81101", 2), 1, HANKOU, 150, 150);
    network_release(n);
}

TEST(freight_beside_the_feed)
{
    struct network_gtfs_report r;
    struct feed f =
        with(FREIGHT,
             "trip_id,route_id,mode,cargo,capacity_t,capacity_teu,tariff_id,emission_id,electrified_share\n"
             ",r1,,container;reefer,,100,,rail_d,0.75\nt3,,,uld,20.5,,,,\n,,water,bulk,3000,,W,water,\n"
             ",,air,general,1,,,,\n");
    f.text[CUTOFFS] = "stop_id,kind,minutes_before,mode\nA,cargo,120,\nA,documents,180,rail\nC,cargo,60,\n"
                      "C,cargo,90,water\nX,cargo,10,\nE,SECURITY,45,\nA,cargo,100,\n";
    f.options.tariffs = "R;A";
    const struct network *n = taken(&f, &r);
    const struct net_service *s = service(n, "X1 81101", 0);
    CHECK_I64(s->cargo, CARGO_CONTAINER | CARGO_REEFER);
    CHECK_I64(s->capacity_teu_milli, 100000);
    CHECK_I64(s->capacity_kg, 0);
    CHECK_I64(s->electrified_permille, 750);
    CHECK_STR(net_string(n, n->emission[s->emission].variant), "rail_d");
    CHECK_STR(net_string(n, n->tariff[s->tariff].id), "R");
    s = service(n, "River t2", 0);
    CHECK_I64(s->cargo, CARGO_BULK);
    CHECK_I64(s->capacity_kg, 3000000);
    s = service(n, "F t3", 0); /* the trip's row beats the mode's */
    CHECK_I64(s->cargo, CARGO_ULD);
    CHECK_I64(s->capacity_kg, 20500);
    CHECK_I64(r.cutoffs, 6);
    CHECK_I64(r.cutoffs_unmatched, 1);
    CHECK_I64(n->cutoff_count, 4);
    const struct net_terminal *t = &n->terminal[DAYE];
    CHECK_I64(t->cutoff_count, 2);
    CHECK_I64(n->cutoff[t->cutoff_first].before_min, 120);
    CHECK_I64(n->cutoff[t->cutoff_first].mode, MODE_RAIL);
    CHECK_I64(n->cutoff[t->cutoff_first + 1].kind, CUTOFF_DOCUMENTS);
    CHECK_I64(n->cutoff[n->terminal[YANGLUO].cutoff_first].before_min, 90);
    CHECK_I64(n->cutoff[n->terminal[EZHOU].cutoff_first].kind, CUTOFF_SECURITY);
    network_release(n);
}

/* The train of 01:30 on Tuesday is Monday's of 25:30: asked on Monday evening, it is the next one. */
TEST(a_question_rides_the_imported_train)
{
    struct network_gtfs_report r;
    struct feed f = with(TIMES, TIMES_HEAD "t1,25:30:00,25:30:00,A,1\nt1,27:30:00,27:30:00,B,2\n");
    const struct network *n = taken(&f, &r);
    struct plan_network *p;
    struct plan_query *q;
    struct plan_answer a;
    struct err e = {0};
    struct arena arena;
    const int64_t monday = INT64_C(1790524800); /* 2026-09-28, local midnight */
    struct plan_request ask = {.from = n->terminal[DAYE].node,
                               .to = n->terminal[HANKOU].node,
                               .ready_at = monday + 20 * 3600,
                               .families = 1u << FAMILY_RAIL_ROAD,
                               .max_options = 8,
                               .cargo = {.mass_kg = 4000, .volume_dm3 = 9000}};
    arena_init(&arena, 8u << 20);
    CHECK_MSG(plan_network_new(n, &p, &e) && plan_query_new(p, &q, &e), "%s", e.text);
    CHECK_MSG(plan_search(q, &ask, NULL, NULL, &arena, &a, &e), "%s", e.text);
    CHECK_MSG(a.option_count == 1, "%u options; %s", a.option_count,
              a.not_offered_count > 0 ? a.not_offered[0].text : "");
    CHECK_I64(a.options[0].leg_count, 1);
    CHECK_I64(a.options[0].legs[0].depart_at, monday + 25 * 3600 + 1800);
    CHECK_I64(a.options[0].legs[0].arrive_at, monday + 27 * 3600 + 1800);
    CHECK_I64(a.options[0].legs[0].service_day, DAY_20261001 - 3);
    CHECK_MSG(plan_check(n, &ask, &a.options[0], &e), "%s", e.text);
    plan_query_free(q);
    plan_network_free(p);
    arena_release(&arena);
    network_release(n);
}

TEST(long_names_are_cut_between_characters)
{
    char routes[3000] = "route_id,agency_id,route_short_name,route_type\nr1,CR,a",
         *at = routes + strlen(routes);
    struct network_gtfs_report r;
    for (int i = 0; i < 300; i++, at += 3)
        memcpy(at, "冶", 4);
    memcpy(at, ",2\n", 4);
    struct feed f = with(ROUTES, routes);
    f.text[TRIPS] = TRIPS_HEAD "r1,wk,t1,\n";
    f.text[TIMES] = TIMES_HEAD T1_TIMES;
    const struct network *n = taken(&f, &r);
    const char *name = net_string(n, n->service[0].name);
    CHECK_MSG(strlen(name) > 500 && (strlen(name) - 1) % 3 == 0, "%zu bytes", strlen(name));
    network_release(n);
}

/* More ids than fit into the first tables; every trip from its own hour, in any order of its rows. */
TEST(thousands_of_trips_keep_their_rows)
{
    enum { MANY = 3000, ROOM = MANY * 64 };
    char *trips = malloc(ROOM), *times = malloc(2 * ROOM), *stops = malloc(ROOM);
    struct network_gtfs_report r;
    bool seen[MANY] = {false};
    CHECK(trips != NULL && times != NULL && stops != NULL);
    int a = snprintf(trips, ROOM, TRIPS_HEAD), b = snprintf(times, 2 * ROOM, TIMES_HEAD);
    int c = snprintf(stops, ROOM, STOPS_HEAD);
    for (int i = 0; i < MANY; i++) {
        c += snprintf(stops + c, (size_t)(ROOM - c), "A%d,DYE,,30.1,114.96,\nB%d,WHN,,30.6,114.3,\n", i, i);
        a += snprintf(trips + a, (size_t)(ROOM - a), "r1,wk,t%d,%d\n", i, i);
        b += snprintf(times + b, (size_t)(2 * ROOM - b), "t%d,100:%02d:00,,B%d,2\n", i, i % 60, i);
    }
    for (int i = MANY - 1; i >= 0; i--)
        b += snprintf(times + b, (size_t)(2 * ROOM - b), "t%d,%d:%02d:00,,A%d,1\n", i, i / 60, i % 60, i);
    CHECK(a < ROOM && b < 2 * ROOM && c < ROOM);
    struct feed f = with(TRIPS, trips);
    f.text[TIMES] = times;
    f.text[STOPS] = stops;
    const struct network *n = taken(&f, &r);
    CHECK_I64(n->service_count, MANY);
    CHECK_I64(r.by_code, 2 * MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        const struct net_service *s = &n->service[i];
        long id = strtol(net_string(n, s->name) + 3, NULL, 10); /* "X1 17" */
        CHECK(id >= 0 && id < MANY && !seen[id]);
        seen[id] = true;
        CHECK_I64(s->depart_min, id);
        stop_is(n, s, 0, DAYE, 0, 0);
        stop_is(n, s, 1, HANKOU, (uint32_t)(6000 + id % 60 - id), (uint32_t)(6000 + id % 60 - id));
    }
    network_release(n);
    free(trips);
    free(times);
    free(stops);
}
