/* gtfs_inside.h - what the gtfs_*.c files share; nobody else includes it. */
#ifndef ZH_IMPORT_GTFS_INSIDE_H
#define ZH_IMPORT_GTFS_INSIDE_H

#include "import/gtfs.h"

#include <limits.h>

#define GTFS_LIST(type)       \
    struct {                  \
        type *at;             \
        uint32_t count, room; \
    }

/* Adds a row to a list of g; out of memory is remembered in g. */
#define GTFS_ADD(g, list, ...)                                                                              \
    do {                                                                                                    \
        void *more_ = gtfs_more((g), (g)->list.at, (g)->list.count, &(g)->list.room, sizeof *(g)->list.at); \
        if (more_ != NULL) {                                                                                \
            (g)->list.at = more_;                                                                           \
            (g)->list.at[(g)->list.count++] = (__VA_ARGS__);                                                \
        }                                                                                                   \
    } while (0)

typedef uint32_t gtfs_text; /* offset into the texts of the feed; 0 is "" */

/* Ids of a table, numbered in the order of their rows. */
struct gtfs_ids {
    uint32_t *slot; /* open addressing: index + 1, 0 empty */
    uint32_t slots;
    gtfs_text *at;
    uint32_t count, room;
};

enum { GTFS_NOT_ASKED = UINT32_MAX - 1 };

struct gtfs_stop {
    gtfs_text code, name, parent_id;
    uint32_t parent;
    struct net_point at;
    bool has_place;
    uint32_t terminal[MODE_COUNT]; /* NET_NONE: none; GTFS_NOT_ASKED */
};

struct gtfs_route {
    gtfs_text name;
    uint32_t agency, freight, line;
    uint8_t mode; /* MODE_COUNT: of another kind */
    bool told;    /* that it lacks a tariff or an emission factor */
};

struct gtfs_calendar {
    int32_t from, to; /* of calendar.txt */
    uint8_t days;
    bool has_week;
    uint32_t date_first, date_count;
    bool week_runs, dates_run; /* in the calendar's range; on added dates outside it */
};

struct gtfs_date {
    uint32_t calendar, line;
    int32_t day;
    bool added;
};

struct gtfs_trip {
    uint32_t route, calendar, freight;
    gtfs_text name;
    uint32_t call_first, call_count, frequencies;
};

struct gtfs_call {
    uint32_t trip, stop, sequence, line;
    int32_t arrive_s, depart_s; /* -1: not told */
    int64_t distance_milli;     /* since the trip's begin, thousandths of the feed's unit; -1: not told */
    bool no_pickup, no_drop_off;
};

struct gtfs_frequency {
    uint32_t trip;
    int32_t from_s, to_s, headway_s;
};

struct gtfs_freight {
    uint16_t cargo, electrified_permille;
    int64_t capacity_kg, capacity_teu_milli;
    uint32_t tariff, emission; /* NET_NONE: not named */
};

struct gtfs {
    const char *dir;
    struct network_builder *b;
    const struct network_gtfs_options *options;
    struct network_gtfs_report *out;
    struct csv_report *report;
    char *text;
    size_t text_used, text_room;
    struct gtfs_ids agency_ids, stop_ids, route_ids, calendar_ids, trip_ids;
    GTFS_LIST(gtfs_text) agency; /* names */
    GTFS_LIST(struct gtfs_stop) stop;
    GTFS_LIST(struct gtfs_route) route;
    GTFS_LIST(struct gtfs_calendar) calendar;
    GTFS_LIST(struct gtfs_date) date; /* by calendar and day once sorted */
    GTFS_LIST(struct gtfs_trip) trip;
    GTFS_LIST(struct gtfs_call) call; /* by trip and sequence once sorted */
    GTFS_LIST(struct gtfs_frequency) frequency;
    GTFS_LIST(struct gtfs_freight) freight;
    uint32_t mode_freight[MODE_COUNT], mode_tariff[MODE_COUNT], mode_emission[MODE_COUNT];
    int32_t feed_from, feed_to; /* days; of feed_info.txt */
    gtfs_text publisher, version;
    double m_per_unit; /* of the calls' distances; 0: there are none */
    bool out_of_memory;
};

/* gtfs.c */
void *gtfs_more(struct gtfs *g, void *at, uint32_t count, uint32_t *room, size_t size);
/* A fault of a row that was read before. */
void gtfs_fault(struct gtfs *g, const char *file, uint32_t line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Reads every row of a table; a missing one is a success when optional, and *found tells (may be NULL). */
bool gtfs_read_table(struct gtfs *g, const char *name, bool optional,
                     void (*read)(struct gtfs *, struct csv *), bool *found, struct err *e);

/* gtfs_ids.c */
gtfs_text gtfs_keep(struct gtfs *g, const char *s);
/* The index of the id; NET_NONE: not there. */
uint32_t gtfs_id_find(const struct gtfs *g, const struct gtfs_ids *ids, const char *s);
/* Adds an id that is not there. */
void gtfs_id_add(struct gtfs *g, struct gtfs_ids *ids, const char *s);
/* Adds the id of a row, or notes that it is missing or stands twice: false. */
bool gtfs_id_new(struct gtfs *g, struct csv *t, const char *column, struct gtfs_ids *ids);
/* The index of the id in a required column; NET_NONE and a fault when it is not in `table`. */
uint32_t gtfs_id_column(struct gtfs *g, struct csv *t, const char *column, const struct gtfs_ids *ids,
                        const char *table);
void gtfs_ids_free(struct gtfs_ids *ids);

/* gtfs_zone.c: false: not a zone of a fixed offset that is known here. */
bool gtfs_zone_offset(const char *name, int32_t *utc_offset_min);

/* gtfs_calendar.c */
int32_t gtfs_day(struct csv *t, const char *column, enum csv_need need, int32_t fallback); /* YYYYMMDD */
bool gtfs_read_calendars(struct gtfs *g, struct err *e);
/* Sorts the exceptions, and finds out what runs at all. */
void gtfs_judge_calendars(struct gtfs *g);
/* Adds a service for the week of the calendar (dates false) or for its added dates outside it. */
void gtfs_add_calendar(struct gtfs *g, const struct gtfs_calendar *c, bool dates, struct net_service *s,
                       uint32_t service);

/* gtfs_read.c: agencies, stops, routes, trips, calls. */
bool gtfs_read_feed(struct gtfs *g, struct err *e);
/* Sorts the calls by trip, refuses wrong orders, finds the unit of distances. */
void gtfs_judge_calls(struct gtfs *g);

/* gtfs_match.c: the terminal where a stop is served by a mode, NET_NONE none. */
uint32_t gtfs_terminal(struct gtfs *g, uint32_t stop, uint8_t mode);

/* gtfs_freight.c */
bool gtfs_read_freight(struct gtfs *g, struct err *e);
/* What a trip carries and pays; false and one fault for each route when no tariff or factor fits. */
bool gtfs_freight_of(struct gtfs *g, const struct gtfs_trip *trip, struct net_service *s);
bool gtfs_read_cutoffs(struct gtfs *g, struct err *e);

/* gtfs_services.c */
bool gtfs_add_services(struct gtfs *g, struct err *e);

#endif
