/* gtfs.h - imports the timetable of a GTFS folder (gtfs.org, Schedule Reference) as services between the
 * terminals that a builder already holds. docs/data.md, "GTFS", tells what becomes what. In short:
 *   - routes of rail (route_type 2, 100-117), water (4, 1000-1099, 1115-1200) and air (1100-1114); the trips
 * of others are dropped and counted;
 *   - a stop is an open terminal of the trip's mode: by code, by name, or the nearest within 3 km; calls
 *     elsewhere are dropped and counted, and so are trips with fewer than two calls left;
 *   - every trip is a service, its calendar is days, validity and exceptions; times may pass 24:00;
 *   - cutoffs.txt and service_freight.txt beside, which are ours, say what is carried, how much, at what
 * tariff. Mistakes of the folder are faults with file and line; any fault makes the import fail. Threads:
 * none. Memory: about 50 bytes for each row of stop_times.txt.
 */
#ifndef ZH_IMPORT_GTFS_H
#define ZH_IMPORT_GTFS_H

#include "base/err.h"
#include "import/csv.h"
#include "network/builder.h"

enum {
    GTFS_NEAR_M = 3000,
    GTFS_SAME_M = 20000, /* a code or name counts for a terminal that is so near */
    GTFS_SERVICES_MAX = 1000000,
    GTFS_ROWS_MAX = 50000000, /* of calls and of exceptions in the network */
};

/* Of shape_dist_traveled, whose unit GTFS leaves to the feed. */
enum gtfs_unit { GTFS_UNIT_FOUND, GTFS_UNIT_M, GTFS_UNIT_KM, GTFS_UNIT_MILE };

struct network_gtfs_options {
    int32_t utc_offset_min;       /* the network's: agencies must have the same all year */
    const char *tariffs;          /* ids joined by ';', at most one for each mode; may be NULL */
    const char *emissions;        /* likewise */
    enum gtfs_unit distance_unit; /* GTFS_UNIT_FOUND: metres or kilometres, whichever fits the stops */
};

struct network_gtfs_report {
    uint32_t agencies, stops, routes, trips; /* in the folder */
    uint32_t services, calls;                /* in the network: a trip may be several services */
    uint32_t by_code, by_name, by_nearness;  /* stops matched; one of two modes counts twice */
    uint32_t stops_unmatched;                /* of those where a trip of our modes calls */
    uint32_t routes_other, trips_other;      /* of other modes */
    uint32_t trips_short;                    /* fewer than two calls at terminals */
    uint32_t trips_never;                    /* run on no day */
    uint32_t calls_unmatched, calls_untimed; /* calls dropped */
    uint32_t calls_one_way;                  /* dropped: boarding or alighting only, not first or last */
    uint32_t frequencies;                    /* departures made of frequencies.txt */
    uint32_t cutoffs, cutoffs_unmatched;
    uint32_t distances_estimated; /* great circle x 1.2 (rail, water) */
    enum gtfs_unit distance_unit; /* as used; GTFS_UNIT_FOUND: no distances in the feed */
};

/* FAILED_PRECONDITION: no terminals in the network. NOT_FOUND: a file that must be there is not. After a
 * failure the builder holds half a network: free it. */
bool network_import_gtfs(const char *dir, struct network_builder *b,
                         const struct network_gtfs_options *options, struct network_gtfs_report *out,
                         struct csv_report *report, struct err *e);

#endif
