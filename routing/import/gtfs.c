#include "import/gtfs_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *gtfs_more(struct gtfs *g, void *at, uint32_t count, uint32_t *room, size_t size)
{
    if (count < *room)
        return at;
    uint64_t more = *room < 32 ? 64 : (uint64_t)*room * 2;
    void *fresh = more < NET_NONE - 1 ? realloc(at, more * size) : NULL;
    if (fresh == NULL)
        g->out_of_memory = true;
    else
        *room = (uint32_t)more;
    return fresh;
}

void gtfs_fault(struct gtfs *g, const char *file, uint32_t line, const char *fmt, ...)
{
    char what[400], text[600];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    snprintf(text, sizeof text, "%s:%u: %s", file, line, what);
    if (g->report->count < CSV_FAULTS_MAX)
        g->report->fault[g->report->count] = strdup(text);
    g->report->count++;
}

bool gtfs_read_table(struct gtfs *g, const char *name, bool optional,
                     void (*read)(struct gtfs *, struct csv *), bool *found, struct err *e)
{
    struct csv *t;
    if (!csv_open(g->dir, name, optional, g->report, &t, e))
        return false;
    if (found != NULL)
        *found = t != NULL;
    while (t != NULL && !g->out_of_memory && csv_next(t))
        read(g, t);
    csv_close(t);
    return !g->out_of_memory || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for %s of %s", name, g->dir);
}

static void release(struct gtfs *g)
{
    struct gtfs_ids *ids[] = {&g->agency_ids, &g->stop_ids, &g->route_ids, &g->calendar_ids, &g->trip_ids};
    void *lists[] = {g->agency.at, g->stop.at, g->route.at,     g->calendar.at, g->date.at,
                     g->trip.at,   g->call.at, g->frequency.at, g->freight.at,  g->text};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        gtfs_ids_free(ids[i]);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        free(lists[i]);
}

static bool sound(const struct gtfs *g, struct err *e)
{
    const struct csv_report *r = g->report;
    if (g->out_of_memory)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the timetable of %s", g->dir);
    if (r->count > 0)
        return fail(e, ERR_INVALID_ARGUMENT, "%u faults in the GTFS folder %s; the first: %s", r->count,
                    g->dir, r->fault[0] != NULL ? r->fault[0] : "");
    return true;
}

static bool of_use(const struct gtfs *g, struct err *e)
{
    const struct network_gtfs_report *o = g->out;
    if (o->services > 0)
        return true;
    return fail(
        e, ERR_INVALID_ARGUMENT,
        "not one of the %u trips of %s can be used: %u are of routes that are not rail, water or air, "
        "%u call at fewer than two terminals, %u run on no day",
        o->trips, g->dir, o->trips_other, o->trips_short, o->trips_never);
}

bool network_import_gtfs(const char *dir, struct network_builder *b,
                         const struct network_gtfs_options *options, struct network_gtfs_report *out,
                         struct csv_report *report, struct err *e)
{
    uint32_t terminals;
    struct gtfs g = {.dir = dir,
                     .b = b,
                     .options = options,
                     .out = out,
                     .report = report,
                     .feed_from = INT32_MIN,
                     .feed_to = INT32_MAX};
    *out = (struct network_gtfs_report){0};
    network_rows_terminal(b, &terminals);
    if (terminals == 0)
        return fail(
            e, ERR_FAILED_PRECONDITION,
            "the network has no terminals, where alone services can call: bring them in the tables of "
            "docs/data.md");
    gtfs_keep(&g, ""); /* offset 0 */
    bool ok = gtfs_read_feed(&g, e);
    if (ok) {
        gtfs_judge_calendars(&g);
        gtfs_judge_calls(&g);
    }
    ok = ok && gtfs_read_freight(&g, e) && sound(&g, e) && gtfs_add_services(&g, e) &&
         gtfs_read_cutoffs(&g, e) && sound(&g, e) && of_use(&g, e);
    release(&g);
    return ok;
}
