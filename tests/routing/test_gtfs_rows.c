/* GTFS: where stops come to lie, calendars against a reading day by day, and every refusal with its line. */
#include "freight/calendar.h"
#include "test_gtfs_feed.h"

TEST(stops_are_matched_by_code_then_name_then_nearness)
{
    static const struct {
        const char *stop;
        uint32_t want; /* NET_NONE: none */
    } cases[] = {
        {"A,DYE,,30.10,114.96,", DAYE},
        {"A,dye,Wuhan,30.10,114.96,", DAYE},
        {"A,,Daye,30.10,114.97,", DAYE}, /* not its twin 600 km away */
        {"A,,daye,33.01,110.01,", TWIN},
        {"A,DYE,,33.01,110.05,", NET_NONE}, /* the code lies elsewhere, nothing within 3 km */
        {"A,DYE,,33.01,110.01,", TWIN},     /* it lies elsewhere; a terminal 1.5 km away */
        {"A,,,30.11,114.97,", DAYE},
        {"A,,,30.12,114.96,", NET_NONE},             /* 3.3 km, and the planned yard does not count */
        {"A,TELECODE:WHN,,30.65,114.55,", NET_NONE}, /* 24.6 km off, and Yangluo is stop C's */
        {"A,WHN,,,,", HANKOU},                       /* without a place the code is enough */
        {"A,,Jiangan,30.60,114.40,", HANKOU},
        {"A,,,30.60,114.40,S\nS,WHN,,30.6,114.4,", HANKOU}, /* its station's code */
        {"A,,,30.60,114.40,S\nS,,Hankou,30.6,114.4,", HANKOU},
        {"A,CNHSI,,30.22,115.06,", NET_NONE}, /* no trains at that port */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char stops[400];
        struct network_gtfs_report r;
        struct err e;
        snprintf(stops, sizeof stops, STOPS_HEAD "%s\nC,CNYLG,,30.65,114.55,\n", cases[i].stop);
        struct feed f = with(STOPS, stops);
        f.text[TRIPS] = TRIPS_HEAD "r1,wk,t1,\n";
        f.text[TIMES] = TIMES_HEAD "t1,08:00:00,08:00:00,A,1\nt1,12:00:00,12:00:00,C,2\n";
        const struct network *n = import(&f, &r, &e);
        if (i == 8) { /* A is Yangluo, as C: one call at one terminal is no trip */
            CHECK(n == NULL && r.by_nearness == 1 && r.trips_short == 1);
            continue;
        }
        CHECK_MSG((n == NULL) == (cases[i].want == NET_NONE), "case %zu: %s", i, e.text);
        if (n != NULL) {
            CHECK_MSG(n->stop[0].terminal == cases[i].want, "case %zu: terminal %u", i, n->stop[0].terminal);
            network_release(n);
        } else {
            CHECK_I64(r.trips_short, 1);
            CHECK(strstr(e.text, "1 call at fewer than two terminals") != NULL);
        }
    }
}

static void date_text(int32_t day, char out[9])
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int32_t left = day - 20454, y = 2026, m = 0; /* 2026-01-01 */
    for (; left >= 365 + (y % 4 == 0); y++)
        left -= 365 + (y % 4 == 0);
    for (; left >= days[m] + (m == 1 && y % 4 == 0); m++)
        left -= days[m] + (m == 1 && y % 4 == 0);
    snprintf(out, 9, "%04u%02u%02u", (unsigned)y % 10000, (unsigned)(m + 1) % 100,
             (unsigned)(left + 1) % 100);
}

TEST(calendars_equal_a_reading_day_by_day)
{
    enum { FIRST = 20454, DAYS = 1200 };
    uint32_t split = 0, never = 0;
    for (uint64_t seed = 1; seed <= 150; seed++) {
        char calendar[400] = CALENDAR_HEAD, dates[2000] = "service_id,date,exception_type\n", from[9], to[9];
        char info[100] = "feed_publisher_name,feed_start_date,feed_end_date\n";
        bool runs[DAYS] = {false}, listed[DAYS] = {false};
        uint64_t s = seed;
        int32_t a = (int32_t)test_rand_below(&s, DAYS), b = a + (int32_t)test_rand_below(&s, 90);
        uint32_t mask = test_rand_below(&s, 4) == 0 ? 0 : test_rand_below(&s, 128);
        bool week = test_rand_below(&s, 4) != 0;
        b = b < DAYS ? b : DAYS - 1;
        date_text(FIRST + a, from);
        date_text(FIRST + b, to);
        if (week)
            snprintf(calendar + strlen(calendar), 100, "wk,%u,%u,%u,%u,%u,%u,%u,%s,%s\n", mask & 1,
                     mask >> 1 & 1, mask >> 2 & 1, mask >> 3 & 1, mask >> 4 & 1, mask >> 5 & 1, mask >> 6 & 1,
                     from, to);
        for (int32_t d = a; week && d <= b; d++)
            runs[d] = (mask >> (FIRST + d + 3) % 7 & 1) != 0; /* 1970-01-01 was a Thursday */
        for (uint32_t i = test_rand_below(&s, 12); i-- > 0;) {
            int32_t d = (a + (int32_t)test_rand_below(&s, 150) - 30 + DAYS) % DAYS;
            uint32_t type = 1 + test_rand_below(&s, 2);
            char day[9];
            if (listed[d])
                continue;
            listed[d] = true;
            runs[d] = type == 1;
            date_text(FIRST + d, day);
            snprintf(dates + strlen(dates), 40, "wk,%s,%u\n", day, type);
        }
        if (!week) /* the id must be somewhere */
            snprintf(dates + strlen(dates), 40, "wk,20251231,2\n");
        struct feed f = good;
        if (test_rand_below(&s, 3) == 0) {
            int32_t c = (int32_t)test_rand_below(&s, DAYS), d = c + (int32_t)test_rand_below(&s, 400);
            d = d < DAYS ? d : DAYS - 1;
            date_text(FIRST + c, from);
            date_text(FIRST + d, to);
            snprintf(info + strlen(info), 40, "x,%s,%s\n", from, to);
            for (int32_t k = 0; k < DAYS; k++)
                runs[k] = runs[k] && k >= c && k <= d;
            f.text[FEED] = info;
        }
        f.text[CALENDAR] = calendar;
        f.text[DATES] = dates;
        f.text[TRIPS] = TRIPS_HEAD "r1,wk,t1,81101\n";
        f.text[TIMES] = TIMES_HEAD T1_TIMES;
        struct network_gtfs_report r;
        struct err e;
        const struct network *n = import(&f, &r, &e);
        bool any = false;
        for (int32_t d = 0; d < DAYS; d++) {
            int count = 0;
            for (uint32_t i = 0; n != NULL && i < n->service_count; i++)
                count += cal_runs(n, &n->service[i], FIRST + d);
            CHECK_MSG(count == runs[d], "seed %llu: %d runs %d days after 2026-01-01, not %d",
                      (unsigned long long)seed, count, d, runs[d]);
            any = any || runs[d];
        }
        CHECK_MSG((n != NULL) == any, "seed %llu: %s", (unsigned long long)seed, e.text);
        CHECK(n != NULL || (r.trips_never == 1 && strstr(e.text, "1 run on no day") != NULL));
        split += n != NULL && n->service_count == 2;
        never += n == NULL;
        if (n != NULL)
            network_release(n);
    }
    CHECK_MSG(split >= 20 && never >= 3, "%u split, %u never", split, never);
}

static void refuses(int file, const char *text, const char *said)
{
    struct network_gtfs_report r;
    struct err e;
    struct feed f = with(file, text);
    CHECK_MSG(import(&f, &r, &e) == NULL, "%s was taken: %s", names[file], text != NULL ? text : "(none)");
    CHECK_MSG(strstr(e.text, said) != NULL, "\"%s\" does not say \"%s\"", e.text, said);
}

TEST(files_and_zones_are_refused)
{
    static const char head[] = "agency_id,agency_name,agency_timezone\n";
    static const struct {
        const char *zone, *said;
    } zones[] = {
        {"Europe/Berlin", "no zone known here as one without daylight saving"},
        {"Asia/Tokyo", "\"Asia/Tokyo\" is not the network's local time, UTC+08:00"},
        {"Etc/GMT+8", "is not the network's local time"},
        {"Etc/GMT-", "no zone known here"},
        {"", "agency_timezone is missing"},
        {"Asia/Shanghai\nXX,Other,America/New_York", "agency.txt:3: agency_timezone \"America/New_York\""},
        {"PRC\nCR,Again,PRC", "agency.txt:3: agency_id \"CR\" stands more than once"}};
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        char text[200];
        snprintf(text, sizeof text, "%sCR,Rail,%s\n", head, zones[i].zone);
        refuses(AGENCY, text, zones[i].said);
    }
    refuses(AGENCY, NULL, "agency.txt: No such file");
    refuses(STOPS, NULL, "stops.txt");
    refuses(ROUTES, NULL, "routes.txt");
    refuses(TRIPS, NULL, "trips.txt");
    refuses(TIMES, NULL, "stop_times.txt");
    struct feed only_dates = with(CALENDAR, NULL);
    only_dates.text[DATES] = "service_id,date,exception_type\ndays,20261110,1\n";
    struct feed f = good;
    struct network_gtfs_report r;
    struct err e;
    CHECK(import(&only_dates, &r, &e) == NULL);
    CHECK_MSG(strstr(e.text, "trips.txt:2: service_id \"wk\" is not in calendar.txt") != NULL, "%s", e.text);
    f.text[CALENDAR] = f.text[DATES] = NULL;
    CHECK(import(&f, &r, &e) == NULL &&
          strstr(e.text, "neither calendar.txt nor calendar_dates.txt") != NULL);
    f = good;
    f.options.utc_offset_min = -210;
    CHECK(import(&f, &r, &e) == NULL && strstr(e.text, "local time, UTC-03:30") != NULL);
}

TEST(rows_are_refused_with_their_line)
{
    refuses(STOPS, STOPS_HEAD "A,,,91,114,\n", "stops.txt:2: stop_lat 91 is outside -90 to 90");
    refuses(STOPS, STOPS_HEAD "A,,,0,0,\n", "stops.txt:2: stop_lat and stop_lon are 0, 0");
    refuses(STOPS, STOPS_HEAD "A,,,30,114,\nA,,,30,114,\n",
            "stops.txt:3: stop_id \"A\" stands more than once");
    refuses(STOPS, STOPS_HEAD ",,,30,114,\n", "stops.txt:2: stop_id is missing");
    refuses(ROUTES, "route_id,agency_id,route_type\nr1,CR,rail\n", "routes.txt:2: route_type \"rail\"");
    refuses(ROUTES, "route_id,agency_id,route_type\nr1,ZZ,2\n",
            "routes.txt:2: agency_id \"ZZ\" is not in agency.txt");
    refuses(ROUTES, "route_id,agency_id,route_type\nr1,CR,2\nr1,CR,2\n",
            "routes.txt:3: route_id \"r1\" stands");
    refuses(TRIPS, TRIPS_HEAD "r9,wk,t1,\n", "trips.txt:2: route_id \"r9\" is not in routes.txt");
    refuses(TRIPS, TRIPS_HEAD "r1,wk,t1,\nr1,xx,t2,\n",
            "trips.txt:3: service_id \"xx\" is not in calendar.txt");
    refuses(TIMES, TIMES_HEAD "t1,8:00,8:00:00,A,1\n",
            "stop_times.txt:2: arrival_time \"8:00\" is not a time");
    refuses(TIMES, TIMES_HEAD "t1,08:60:00,,A,1\n", "stop_times.txt:2: arrival_time");
    refuses(TIMES, TIMES_HEAD "t1,-1:00:00,,A,1\n", "stop_times.txt:2: arrival_time");
    refuses(TIMES, TIMES_HEAD "t1,1000:00:00,,A,1\n", "stop_times.txt:2: arrival_time");
    refuses(TIMES, TIMES_HEAD "t9,08:00:00,,A,1\n", "stop_times.txt:2: trip_id \"t9\" is not in trips.txt");
    refuses(TIMES, TIMES_HEAD "t1,08:00:00,,Q,1\n", "stop_times.txt:2: stop_id \"Q\" is not in stops.txt");
    refuses(TIMES, TIMES_HEAD "t1,08:00:00,07:59:59,A,1\n",
            "stop_times.txt:2: departure_time is before arrival");
    refuses(TIMES, TIMES_HEAD "t1,09:00:00,,B,2\nt1,08:00:00,09:00:01,A,1\n",
            "stop_times.txt:2: arrival_time is before the departure of line 3");
    refuses(TIMES, TIMES_HEAD "t1,08:00:00,,A,1\nt1,,,X,2\nt1,07:00:00,,B,3\n",
            "stop_times.txt:4: arrival_time is before the departure of line 2");
    refuses(TIMES, TIMES_HEAD "t1,08:00:00,,A,1\nt1,09:00:00,,B,1\n",
            "stop_times.txt:3: stop_sequence 1 stands twice");
    refuses(TIMES, TIMES_ALL "t1,08:00:00,,A,1,5,,\nt1,09:00:00,,B,2,4,,\n",
            "stop_times.txt:3: shape_dist_traveled is below that of line 2");
    refuses(TIMES, TIMES_ALL "t1,08:00:00,,A,1,-5,,\n",
            "stop_times.txt:2: shape_dist_traveled -5 is outside");
    refuses(CALENDAR, CALENDAR_HEAD "wk,1,1,1,1,1,0,2,20260901,20261231\n", "calendar.txt:2: sunday");
    refuses(CALENDAR, CALENDAR_HEAD "wk,1,1,1,1,1,0,,20260901,20261231\n",
            "calendar.txt:2: sunday is missing");
    refuses(CALENDAR, CALENDAR_HEAD "wk,1,1,1,1,1,0,0,2026-09-01,20261231\n", "calendar.txt:2: start_date");
    refuses(CALENDAR, CALENDAR_HEAD "wk,1,1,1,1,1,0,0,20260230,20261231\n", "calendar.txt:2: start_date");
    refuses(CALENDAR, CALENDAR_HEAD "wk,1,1,1,1,1,0,0,20261231,20260901\n",
            "calendar.txt:2: end_date is before");
    refuses(DATES, "service_id,date,exception_type\nwk,20261003,3\n", "calendar_dates.txt:2: exception_type");
    refuses(DATES, "service_id,date,exception_type\nwk,20261003,1\ndays,20261003,1\nwk,20261003,2\n",
            "calendar_dates.txt:4: date stands twice for service_id \"wk\"");
    refuses(FEED, "feed_publisher_name,feed_start_date,feed_end_date\nx,20270101,20260101\n",
            "feed_info.txt:2: feed_end_date is before");
    refuses(FREQUENCIES, "trip_id,start_time,end_time,headway_secs\nt1,06:00:00,08:00:00,600\n",
            "frequencies.txt:2: exact_times is not 1");
    refuses(FREQUENCIES, "trip_id,start_time,end_time,headway_secs,exact_times\nt1,06:00:00,05:00:00,600,1\n",
            "frequencies.txt:2: end_time is not after");
    refuses(FREQUENCIES, "trip_id,start_time,end_time,headway_secs,exact_times\nt1,06:00:00,07:00:00,0,1\n",
            "frequencies.txt:2: headway_secs");
    refuses(CUTOFFS, "stop_id,kind,minutes_before\nA,gate,10\n",
            "cutoffs.txt:2: kind \"gate\" is not one of");
    refuses(CUTOFFS, "stop_id,kind,minutes_before\nA,cargo,-1\n", "cutoffs.txt:2: minutes_before");
    refuses(CUTOFFS, "stop_id,kind,minutes_before\nQQ,cargo,1\n", "cutoffs.txt:2: stop_id \"QQ\" is not in");
    refuses(FREIGHT, "trip_id,route_id,tariff_id\nt1,r1,R\n",
            "service_freight.txt:2: trip_id route_id and mode");
    refuses(FREIGHT, "route_id,tariff_id\nr1,W\n", "service_freight.txt:2: tariff_id \"W\" is of mode water");
    refuses(FREIGHT, "route_id,tariff_id\nr1,R9\n", "service_freight.txt:2: tariff_id \"R9\" is no row");
    refuses(FREIGHT, "route_id,emission_id\nr1,air\n",
            "service_freight.txt:2: emission_id \"air\" is of mode air");
    refuses(FREIGHT, "route_id,cargo\nr1,fish\n", "service_freight.txt:2: cargo \"fish\"");
    refuses(FREIGHT, "route_id,cargo\nr1,bulk\nr1,bulk\n", "service_freight.txt:3: row is the second one");
}

TEST(a_tariff_and_a_factor_must_be_named)
{
    static const struct {
        const char *tariffs, *emissions, *said;
    } cases[] = {{"W;A", "rail_e", "routes.txt:2: route_id \"r1\" (rail) has no tariff"},
                 {NULL, "rail_e", "3 faults"},
                 {"R;W;A", NULL, "routes.txt:2: route_id \"r1\" (rail) has no emission factor"},
                 {"R;W;A;R", "rail_e", "two GTFS tariffs are of mode rail"},
                 {"R;Q", "rail_e", "has no tariff \"Q\""},
                 {"R", "x", "has no emission factor \"x\""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct feed f = good;
        struct network_gtfs_report r;
        struct err e;
        f.options.tariffs = cases[i].tariffs;
        f.options.emissions = cases[i].emissions;
        CHECK(import(&f, &r, &e) == NULL);
        CHECK_MSG(strstr(e.text, cases[i].said) != NULL, "\"%s\" does not say \"%s\"", e.text, cases[i].said);
    }
}

TEST(a_network_without_terminals_is_refused)
{
    struct network_builder *b;
    struct network_gtfs_report r;
    struct csv_report faults = {0};
    struct err e = {0};
    CHECK(network_builder_new(&b, &e));
    CHECK(!network_import_gtfs("/tmp", b, &good.options, &r, &faults, &e));
    CHECK_I64(e.code, ERR_FAILED_PRECONDITION);
    network_builder_free(b);
}
