#include "import.h"

#include "import/dimacs.h"
#include "import/gmns.h"
#include "import/gtfs.h"
#include "import/osm.h"
#include "import/services.h"
#include "import/tntp.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void show_faults(const char *dir, struct csv_report *report)
{
    for (uint32_t i = 0; i < report->count && i < CSV_FAULTS_MAX; i++)
        fprintf(stderr, "%s/%s\n", dir, report->fault[i] != NULL ? report->fault[i] : "(out of memory)");
    if (report->count > CSV_FAULTS_MAX)
        fprintf(stderr, "... and %u more\n", report->count - CSV_FAULTS_MAX);
    csv_report_free(report);
}

static bool import_gmns(const char *dir, struct network_builder *b, struct err *e)
{
    struct csv_report report = {0};
    bool ok = network_import_gmns(dir, b, &report, e);
    show_faults(dir, &report);
    return ok;
}

static bool import_dimacs(const char *path, const char *coord, struct network_builder *b, struct err *e)
{
    struct dimacs_report r;
    if (!network_import_dimacs(path, coord, b, &r, e))
        return false;
    printf("%u nodes, %u arcs; %u loops dropped, %u parallel arcs kept\n", r.nodes, r.arcs, r.loops_dropped,
           r.parallel_kept);
    return true;
}

static bool import_tntp(const char *path, struct network_builder *b, struct err *e)
{
    static const char *const places[] = {
        [TNTP_NO_PLACES] = "no node file: every node lies at 0, 0",
        [TNTP_GEOGRAPHIC] = "coordinates taken as longitude and latitude",
        [TNTP_PLANAR] = "coordinates of an unknown plane not taken over: every node lies at 0, 0",
    };
    struct tntp_report r;
    if (!network_import_tntp(path, b, &r, e))
        return false;
    printf("%u nodes, %u links, %u zones; %u loops dropped, %u parallel links kept\n", r.nodes, r.links,
           r.zones, r.loops_dropped, r.parallel_kept);
    printf("%s\n%s\n", places[r.places],
           r.lengths_kept ? "lengths taken as kilometres: the format names no unit"
                          : "lengths not taken over: as kilometres they would exceed the earth");
    if (r.zones_passable > 0)
        printf(
            "%u zones below FIRST THRU NODE %u, which no path may pass, are passed by this network's paths\n",
            r.zones_passable, r.first_thru_node);
    return true;
}

/* A line that is written over on a terminal; elsewhere one line for each stage of work that lasts. */
struct progress {
    struct timespec begun;
    const char *stage;
    bool terminal, shown;
};

static void tell(void *ctx, const char *stage, uint64_t done, uint64_t total)
{
    struct progress *p = ctx;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    bool begins = p->stage != stage;
    p->stage = stage;
    if (now.tv_sec - p->begun.tv_sec < 2 || (!p->terminal && !begins))
        return;
    fputs(p->terminal ? "\r\033[K" : "", stderr);
    if (total > 0)
        fprintf(stderr, "%s: %llu %%", stage, (unsigned long long)(done / (total / 100 + 1)));
    else if (done > 0)
        fprintf(stderr, "%s: %llu", stage, (unsigned long long)done);
    else
        fputs(stage, stderr);
    fputs(p->terminal ? "" : "\n", stderr);
    fflush(stderr);
    p->shown = true;
}

static void show_turns(const struct network_osm_report *r)
{
    if (r->turns_read == 0)
        return;
    printf("turn restrictions: %u read, %u in force at %u expanded junctions (%u more nodes)\n",
           r->turns_read, r->turns_used, r->junctions_expanded, r->copies);
    if (r->turns_conditional > 0)
        printf("  %u hold at certain times only: taken as always in force\n", r->turns_conditional);
    if (r->turns_excepted > 0)
        printf("  %u not for lorries\n", r->turns_excepted);
    if (r->turns_idle > 0)
        printf("  %u on ways that are not there or cannot be driven so\n", r->turns_idle);
    if (r->turns_broken > 0)
        printf("  %u dropped: their members make no turn, or a kind that is not known\n", r->turns_broken);
}

static void show_osm(const struct network_osm_report *r)
{
    static const char *const modes[MODE_COUNT] = {"road", "rail", "water", "air"};
    printf("%llu nodes, %llu ways, %llu relations read; %u ways kept\n", (unsigned long long)r->nodes_read,
           (unsigned long long)r->ways_read, (unsigned long long)r->relations_read, r->ways_kept);
    for (int i = 0; i < OSM_DROP_COUNT; i++)
        if (r->dropped[i] > 0)
            printf("  %u ways dropped: %s\n", r->dropped[i], network_osm_drop_text((enum osm_drop)i));
    if (r->missing_refs > 0)
        printf("  %u ways cut at %u nodes that the file lacks\n", r->ways_cut, r->missing_refs);
    if (r->duplicate_nodes > 0)
        printf("  %u nodes of an id that stands twice: the first counts\n", r->duplicate_nodes);
    if (r->names_dropped > 0)
        printf("  %u names dropped: longer than 1020 bytes, or no UTF-8\n", r->names_dropped);
    if (r->values_unread > 0)
        printf("  %u speeds, limits and conditions that could not be read\n", r->values_unread);
    if (r->barriers > 0)
        printf("  %u barriers that nobody passes\n", r->barriers);
    show_turns(r);
    printf("%u nodes, %u arcs", r->nodes, r->arcs);
    for (int i = 0; i < MODE_COUNT; i++)
        if (r->links[i] > 0)
            printf(", %u %s links", r->links[i], modes[i]);
    printf("; %u links planned, under construction or reversible; %llu nodes became geometry\n",
           r->links_not_open, (unsigned long long)r->points_contracted);
    printf("largest strongly connected part of the road: %u nodes; %u parts in all\n", r->part_nodes,
           r->parts);
}

static bool import_osm(const char *path, struct network_builder *b, struct err *e)
{
    struct network_osm_report r;
    struct progress p = {.terminal = isatty(STDERR_FILENO) == 1};
    struct network_osm_progress progress = {tell, &p};
    clock_gettime(CLOCK_MONOTONIC, &p.begun);
    bool ok = network_import_osm(path, b, &r, &progress, e);
    if (p.terminal && p.shown)
        fputs("\r\033[K", stderr);
    if (ok)
        show_osm(&r);
    return ok;
}

static bool import_services(const struct import_sources *s, struct network_builder *b, struct err *e)
{
    const char *attribution = s->osm != NULL ? "© OpenStreetMap contributors (ODbL 1.0)" : NULL;
    struct csv_report report = {0};
    struct network_services_report r;
    bool ok = network_import_services(s->services, b, attribution, &r, &report, e);
    show_faults(s->services, &report);
    if (!ok)
        return false;
    printf("%u places and terminals' nodes: %u upon nodes of their id, %u upon the nearest one", r.nodes,
           r.by_id, r.by_nearness);
    if (r.by_nearness > 0)
        printf(" (at most %.1f km away: node %lld)", r.farthest_m / 1000.0, (long long)r.farthest_id);
    printf(", %u abroad without roads\n%u terminals, %u services\n", r.abroad, r.terminals, r.services);
    if (r.links_without_speed > 0)
        printf("%u links without a speed: taken as %d km/h, estimated\n", r.links_without_speed,
               SERVICES_SPEED_KM10 / 10);
    return true;
}

static void show_gtfs(const struct network_gtfs_report *r)
{
    static const char *const units[] = {"none told", "metres", "kilometres", "miles"};
    printf("GTFS: %u agencies, %u stops, %u routes, %u trips; %u services with %u calls\n", r->agencies,
           r->stops, r->routes, r->trips, r->services, r->calls);
    printf("  stops at terminals: %u by code, %u by name, %u by nearness; %u at none\n", r->by_code,
           r->by_name, r->by_nearness, r->stops_unmatched);
    if (r->trips_other > 0)
        printf("  %u trips dropped: of %u routes that are not rail, water or air\n", r->trips_other,
               r->routes_other);
    if (r->trips_short > 0)
        printf("  %u trips dropped: fewer than two calls at terminals\n", r->trips_short);
    if (r->trips_never > 0)
        printf("  %u trips dropped: run on no day\n", r->trips_never);
    if (r->calls_unmatched + r->calls_untimed + r->calls_one_way > 0)
        printf("  calls dropped: %u at no terminal, %u without a time, %u for boarding or alighting only\n",
               r->calls_unmatched, r->calls_untimed, r->calls_one_way);
    if (r->frequencies > 0)
        printf("  %u departures of frequencies.txt\n", r->frequencies);
    if (r->cutoffs + r->cutoffs_unmatched > 0)
        printf("  %u cut-offs; %u at no terminal\n", r->cutoffs, r->cutoffs_unmatched);
    printf("  distances: %s; %u estimated as the great circle x 1.2\n", units[r->distance_unit],
           r->distances_estimated);
}

static bool import_gtfs(const struct import_sources *s, struct network_builder *b, struct err *e)
{
    static const char *const units[] = {[GTFS_UNIT_M] = "m", [GTFS_UNIT_KM] = "km", [GTFS_UNIT_MILE] = "mi"};
    struct network_gtfs_options o = {.tariffs = s->gtfs_tariff, .emissions = s->gtfs_emission};
    struct csv_report report = {0};
    struct network_gtfs_report r;
    for (int i = GTFS_UNIT_M; s->gtfs_unit != NULL && i <= GTFS_UNIT_MILE; i++)
        if (strcmp(units[i], s->gtfs_unit) == 0)
            o.distance_unit = (enum gtfs_unit)i;
    if (s->gtfs_unit != NULL && o.distance_unit == GTFS_UNIT_FOUND)
        return fail(e, ERR_INVALID_ARGUMENT, "--gtfs-unit is m, km or mi, not \"%.20s\"", s->gtfs_unit);
    bool ok = network_gmns_utc_offset(s->services != NULL ? s->services : s->gmns, &o.utc_offset_min, e) &&
              network_import_gtfs(s->gtfs, b, &o, &r, &report, e);
    show_faults(s->gtfs, &report);
    if (ok)
        show_gtfs(&r);
    return ok;
}

static bool import_map(const struct import_sources *s, struct network_builder *b, struct err *e)
{
    if (s->gmns != NULL)
        return import_gmns(s->gmns, b, e);
    if (s->tntp != NULL)
        return import_tntp(s->tntp, b, e);
    if (s->osm != NULL)
        return import_osm(s->osm, b, e);
    return import_dimacs(s->dimacs, s->coord, b, e);
}

bool import_source(const struct import_sources *s, struct network_builder *b, struct err *e)
{
    return import_map(s, b, e) && (s->services == NULL || import_services(s, b, e)) &&
           (s->gtfs == NULL || import_gtfs(s, b, e));
}
