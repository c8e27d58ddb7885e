#include "import.h"

#include "import/dimacs.h"
#include "import/gmns.h"
#include "import/tntp.h"

#include <stdio.h>

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

bool import_source(const struct import_sources *s, struct network_builder *b, struct err *e)
{
    if (s->gmns != NULL)
        return import_gmns(s->gmns, b, e);
    if (s->tntp != NULL)
        return import_tntp(s->tntp, b, e);
    return import_dimacs(s->dimacs, s->coord, b, e);
}
