#include "import/csv.h"
#include "whatif/demand_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first of the names that the table has; NULL: none. */
static const char *column_of(const struct csv *t, const char *const *names)
{
    for (; *names != NULL; names++)
        if (csv_has_column(t, *names))
            return *names;
    return NULL;
}

struct columns {
    const char *from, *to, *volume, *group, *period;
};

static bool find_columns(const struct csv *t, const char *path, struct columns *c, struct err *e)
{
    static const char *const from[] = {"o", "origin", "o_zone_id", NULL};
    static const char *const to[] = {"d", "destination", "d_zone_id", NULL};
    static const char *const volume[] = {"volume", NULL};
    static const char *const group[] = {"goods_group", "group", NULL};
    static const char *const period[] = {"period", NULL};
    *c = (struct columns){column_of(t, from), column_of(t, to), column_of(t, volume), column_of(t, group),
                          column_of(t, period)};
    if (c->from != NULL && c->to != NULL && c->volume != NULL)
        return true;
    return fail(e, ERR_INVALID_ARGUMENT, "%s has no column \"%s\"", path,
                c->from == NULL ? "o"
                : c->to == NULL ? "d"
                                : "volume");
}

/* A field's text is valid until the next row, so texts of one row may be held together. */
static bool add_row(struct demand_reader *r, struct csv *t, const struct columns *c,
                    const struct demand_source *from_table)
{
    const char *from = csv_text(t, c->from, CSV_OPTIONAL), *to = csv_text(t, c->to, CSV_OPTIONAL);
    const char *amount = csv_text(t, c->volume, CSV_OPTIONAL);
    const char *group = c->group != NULL ? csv_text(t, c->group, CSV_OPTIONAL) : "";
    const char *period = c->period != NULL ? csv_text(t, c->period, CSV_OPTIONAL) : "";
    uint32_t o = 0, d = 0, table;
    double volume;
    r->line = csv_line(t);
    if (from[0] == '\0' || to[0] == '\0')
        demand_refuse(r, "the %s is empty", from[0] == '\0' ? "origin" : "destination");
    else if (!demand_volume(amount, &volume))
        demand_refuse(r, "the volume \"%.40s\" is not a number from 0 to %g", amount, DEMAND_VOLUME_MAX);
    else if (strlen(group) >= DEMAND_NAME_MAX || strlen(period) >= DEMAND_NAME_MAX)
        demand_refuse(r, "a goods group or period of more than %d bytes", DEMAND_NAME_MAX - 1);
    else if (!demand_find_zone(from_table, from, &o))
        demand_unknown(r, from, volume);
    else if (!demand_find_zone(from_table, to, &d))
        demand_unknown(r, to, volume);
    else
        return demand_table_of(r, group, period, &table) && demand_add(r, table, o, d, volume);
    return true;
}

/* What the CSV reader itself refuses (a quote that never ends, bytes that are no UTF-8). */
static void take_faults(struct demand_reader *r, struct csv_report *faults)
{
    for (uint32_t i = 0; i < faults->count; i++) {
        r->report->refused++;
        if (i < CSV_FAULTS_MAX && r->report->note_count < DEMAND_NOTES_MAX)
            snprintf(r->report->note[r->report->note_count++], DEMAND_NOTE_MAX, "%.*s", DEMAND_NOTE_MAX - 1,
                     faults->fault[i]);
    }
    csv_report_free(faults);
}

static bool read_rows(struct demand_reader *r, const struct demand_source *from)
{
    struct csv_report faults = {0};
    struct csv *t = NULL;
    struct columns c;
    const char *slash = strrchr(from->name, '/');
    bool ok = csv_open_stream(from->file, slash != NULL ? slash + 1 : from->name, &faults, &t, r->e) &&
              find_columns(t, from->name, &c, r->e);
    while (ok && csv_next(t))
        ok = add_row(r, t, &c, from);
    if (t != NULL)
        csv_close(t);
    take_faults(r, &faults);
    return ok;
}

bool demand_read_csv_from(const struct demand_source *from, struct demand *out, struct demand_report *report,
                          struct err *e)
{
    struct demand_reader *r = malloc(sizeof *r);
    *out = (struct demand){0};
    memset(report, 0, sizeof *report);
    if (r == NULL) {
        fclose(from->file);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for reading %s", from->name);
    }
    demand_begin(r, from->name, from->zone_count, out, report, e);
    bool ok = demand_end(r, read_rows(r, from));
    free(r);
    return ok;
}

bool demand_read_csv(const char *path, uint32_t zone_count, demand_zone_fn *find, void *ctx,
                     struct demand *out, struct demand_report *report, struct err *e)
{
    struct demand_source from = {demand_open(path, e), path, zone_count, find, ctx};
    *out = (struct demand){0};
    memset(report, 0, sizeof *report);
    return from.file != NULL && demand_read_csv_from(&from, out, report, e);
}
