/* config.csv: name, units and time of a network */
#include "import/gmns.h"
#include "import/gmns_tables.h"

#include <stdio.h>
#include <strings.h>

struct unit {
    const char *name;
    double factor;
};

/* Metres. The foot and the mile are the international ones. */
static const struct unit lengths[] = {{"km", 1000},
                                      {"kilometer", 1000},
                                      {"kilometers", 1000},
                                      {"kilometre", 1000},
                                      {"kilometres", 1000},
                                      {"m", 1},
                                      {"meter", 1},
                                      {"meters", 1},
                                      {"metre", 1},
                                      {"metres", 1},
                                      {"mi", 1609.344},
                                      {"mile", 1609.344},
                                      {"miles", 1609.344},
                                      {"ft", 0.3048},
                                      {"foot", 0.3048},
                                      {"feet", 0.3048},
                                      {NULL, 0}};

/* Tenths of km/h. */
static const struct unit speeds[] = {{"km/h", 10},      {"kmh", 10},       {"kph", 10},        {"km/hr", 10},
                                     {"kmph", 10},      {"mph", 16.09344}, {"mi/h", 16.09344}, {"m/s", 36},
                                     {"ft/s", 10.9728}, {NULL, 0}};

static const char *const planes[] = {"EPSG:4326", "4326", "WGS84", "WGS 84", NULL};

static double read_unit(struct csv *t, const char *column, const struct unit *units, const char *allowed)
{
    const char *s = csv_text(t, column, CSV_REQUIRED);
    for (const struct unit *u = units; u->name != NULL; u++)
        if (strcasecmp(u->name, s) == 0)
            return u->factor;
    if (s[0] != '\0')
        csv_fault(t, column, "\"%.40s\" is not a unit known here; it may be %s", s, allowed);
    return units[0].factor;
}

static void read_plane(struct csv *t)
{
    const char *s = csv_text(t, "crs", CSV_REQUIRED);
    for (int i = 0; planes[i] != NULL; i++)
        if (strcasecmp(planes[i], s) == 0)
            return;
    if (s[0] != '\0')
        csv_fault(t, "crs",
                  "must be EPSG:4326 (WGS-84); convert GCJ-02, BD-09 and projected coordinates first");
}

/* A network without a timetable needs no offset: then it is 0. */
static bool read_offset(struct gmns *g, struct csv *t, int64_t *offset, struct err *e)
{
    struct csv *service;
    if (!csv_open(g->dir, "service.csv", true, g->report, &service, e))
        return false;
    *offset = csv_int(t, "utc_offset_min", service != NULL ? CSV_REQUIRED : CSV_OPTIONAL, -840, 840);
    csv_close(service);
    return true;
}

/* Texts of several columns: the reader keeps one row, so all stay valid. */
static void set_about(struct gmns *g, struct csv *t, int32_t offset)
{
    const char *own = csv_text(t, "attribution", CSV_OPTIONAL), *map = g->map_attribution;
    char both[2048];
    if (map != NULL && map[0] != '\0') {
        if (snprintf(both, sizeof both, "%s%s%s", map, own[0] != '\0' ? "; " : "", own) >= (int)sizeof both)
            csv_fault(t, "attribution", "is longer than %d bytes with that of the map", (int)sizeof both - 1);
        own = both;
    }
    network_set_about(g->b, csv_text(t, "dataset_name", CSV_REQUIRED), csv_text(t, "source", CSV_OPTIONAL),
                      own, offset);
}

bool gmns_read_config(struct gmns *g, struct err *e)
{
    struct csv *t;
    bool ok = true;
    int64_t offset;
    if (!csv_open(g->dir, "config.csv", false, g->report, &t, e))
        return false;
    g->m_per_length = lengths[0].factor;
    g->km10_per_speed = speeds[0].factor;
    if (!csv_next(t)) {
        csv_fault(t, "row", "is missing: config.csv has one row");
    } else {
        g->m_per_length = read_unit(t, "long_length", lengths, "km, m, mi or ft");
        g->km10_per_speed = read_unit(t, "speed", speeds, "km/h, mph, m/s or ft/s");
        read_plane(t);
        ok = read_offset(g, t, &offset, e);
        if (ok)
            set_about(g, t, (int32_t)offset);
        if (ok && csv_next(t))
            csv_fault(t, "row", "is one too many: config.csv has one row");
    }
    csv_close(t);
    return ok;
}

bool network_gmns_utc_offset(const char *dir, int32_t *utc_offset_min, struct err *e)
{
    struct csv_report quiet = {0};
    struct csv *t;
    if (!csv_open(dir, "config.csv", false, &quiet, &t, e))
        return false;
    if (csv_next(t))
        *utc_offset_min = (int32_t)csv_int(t, "utc_offset_min", CSV_OPTIONAL, -840, 840);
    else
        csv_fault(t, "row", "is missing: config.csv has one row");
    csv_close(t);
    bool ok = quiet.count == 0 ||
              fail(e, ERR_INVALID_ARGUMENT, "%s", quiet.fault[0] != NULL ? quiet.fault[0] : "config.csv");
    csv_report_free(&quiet);
    return ok;
}
