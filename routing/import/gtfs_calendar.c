/* calendar.txt, calendar_dates.txt */
#include "import/gtfs_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { YEAR_FIRST = 1970, YEAR_LAST = 2199, EPOCH_WEEKDAY = 3 /* a Thursday; Monday is 0 */ };

/* Days from 1970-01-01, counted year by year and month by month; 0 for a date that is none. */
static int32_t day_number(int y, int m, int d)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int32_t day = 0;
    bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    if (y < YEAR_FIRST || y > YEAR_LAST || m < 1 || m > 12 || d < 1 || d > days[m - 1] + (m == 2 && leap))
        return -1;
    for (int k = YEAR_FIRST; k < y; k++)
        day += k % 4 == 0 && (k % 100 != 0 || k % 400 == 0) ? 366 : 365;
    for (int k = 0; k < m - 1; k++)
        day += days[k] + (k == 1 && leap);
    return day + d - 1;
}

int32_t gtfs_day(struct csv *t, const char *column, enum csv_need need, int32_t fallback)
{
    const char *s = csv_text(t, column, need);
    if (s[0] == '\0')
        return fallback;
    int32_t day = -1;
    if (strlen(s) == 8 && strspn(s, "0123456789") == 8) {
        long n = strtol(s, NULL, 10);
        day = day_number((int)(n / 10000), (int)(n / 100 % 100), (int)(n % 100));
    }
    if (day >= 0)
        return day;
    csv_fault(t, column, "\"%.20s\" is not a date YYYYMMDD of the years %d to %d", s, YEAR_FIRST, YEAR_LAST);
    return fallback;
}

static void read_week(struct gtfs *g, struct csv *t)
{
    static const char *const names[] = {"monday", "tuesday",  "wednesday", "thursday",
                                        "friday", "saturday", "sunday"};
    struct gtfs_calendar c = {.has_week = true};
    for (int d = 0; d < 7; d++)
        c.days = (uint8_t)(c.days | csv_int(t, names[d], CSV_REQUIRED, 0, 1) << d);
    c.from = gtfs_day(t, "start_date", CSV_REQUIRED, 0);
    c.to = gtfs_day(t, "end_date", CSV_REQUIRED, 0);
    if (c.to < c.from)
        csv_fault(t, "end_date", "is before start_date");
    if (gtfs_id_new(g, t, "service_id", &g->calendar_ids))
        GTFS_ADD(g, calendar, c);
}

static void read_date(struct gtfs *g, struct csv *t)
{
    const char *id = csv_text(t, "service_id", CSV_REQUIRED);
    struct gtfs_date d = {.calendar = gtfs_id_find(g, &g->calendar_ids, id),
                          .line = csv_line(t),
                          .day = gtfs_day(t, "date", CSV_REQUIRED, 0),
                          .added = csv_int(t, "exception_type", CSV_REQUIRED, 1, 2) == 1};
    if (id[0] == '\0')
        return;
    if (d.calendar == NET_NONE) {
        d.calendar = g->calendar.count;
        gtfs_id_add(g, &g->calendar_ids, id);
        GTFS_ADD(g, calendar, (struct gtfs_calendar){.has_week = false});
    }
    GTFS_ADD(g, date, d);
}

bool gtfs_read_calendars(struct gtfs *g, struct err *e)
{
    bool week = false, dates = false;
    if (!gtfs_read_table(g, "calendar.txt", true, read_week, &week, e) ||
        !gtfs_read_table(g, "calendar_dates.txt", true, read_date, &dates, e))
        return false;
    return week || dates ||
           fail(e, ERR_NOT_FOUND, "%s has neither calendar.txt nor calendar_dates.txt", g->dir);
}

static int by_calendar(const void *pa, const void *pb)
{
    const struct gtfs_date *a = pa, *b = pb;
    if (a->calendar != b->calendar)
        return a->calendar < b->calendar ? -1 : 1;
    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

static bool in_feed(const struct gtfs *g, int32_t day)
{
    return day >= g->feed_from && day <= g->feed_to;
}

static bool in_week_range(const struct gtfs_calendar *c, int32_t day)
{
    return c->has_week && day >= c->from && day <= c->to;
}

static bool runs_by_week(const struct gtfs *g, const struct gtfs_calendar *c)
{
    uint32_t at = c->date_first, end = c->date_first + c->date_count;
    for (int32_t day = c->from; c->has_week && day <= c->to; day++) {
        while (at < end && g->date.at[at].day < day)
            at++;
        bool listed = at < end && g->date.at[at].day == day;
        if (listed ? g->date.at[at].added : (c->days >> (day + EPOCH_WEEKDAY) % 7 & 1) != 0)
            return true;
    }
    return false;
}

void gtfs_judge_calendars(struct gtfs *g)
{
    if (g->date.count > 0)
        qsort(g->date.at, g->date.count, sizeof *g->date.at, by_calendar);
    for (uint32_t i = 0; i < g->date.count; i++) {
        struct gtfs_date *d = &g->date.at[i];
        struct gtfs_calendar *c = &g->calendar.at[d->calendar];
        if (c->date_count++ == 0)
            c->date_first = i;
        if (i > 0 && d[-1].calendar == d->calendar && d[-1].day == d->day)
            gtfs_fault(g, "calendar_dates.txt", d->line, "date stands twice for service_id \"%.60s\"",
                       g->text + g->calendar_ids.at[d->calendar]);
    }
    for (uint32_t i = 0; i < g->calendar.count; i++) {
        struct gtfs_calendar *c = &g->calendar.at[i];
        c->has_week = c->has_week && c->days != 0; /* without days, only dates count */
        c->from = c->from > g->feed_from ? c->from : g->feed_from;
        c->to = c->to < g->feed_to ? c->to : g->feed_to;
        c->week_runs = runs_by_week(g, c);
        for (uint32_t k = c->date_first; k < c->date_first + c->date_count; k++) {
            const struct gtfs_date *d = &g->date.at[k];
            c->dates_run = c->dates_run || (d->added && in_feed(g, d->day) && !in_week_range(c, d->day));
        }
    }
}

/* Dates outside the range of the week make a service of their own: a longer range would bring more weeks. */
void gtfs_add_calendar(struct gtfs *g, const struct gtfs_calendar *c, bool dates, struct net_service *s,
                       uint32_t service)
{
    network_rows_exception(g->b, &s->exception_first);
    s->exception_count = 0;
    s->days = dates ? 0 : c->days;
    s->valid_from_day = dates ? INT32_MAX : c->from;
    s->valid_to_day = dates ? INT32_MIN : c->to;
    for (uint32_t i = c->date_first; i < c->date_first + c->date_count; i++) {
        const struct gtfs_date *d = &g->date.at[i];
        struct net_exception x = {.service = service, .day = d->day, .added = d->added};
        if (in_week_range(c, d->day) == dates || (dates && (!d->added || !in_feed(g, d->day))))
            continue;
        if (dates) {
            s->valid_from_day = d->day < s->valid_from_day ? d->day : s->valid_from_day;
            s->valid_to_day = d->day > s->valid_to_day ? d->day : s->valid_to_day;
        }
        if (network_add_exception(g->b, &x) != NET_NONE)
            s->exception_count++;
        else
            g->out_of_memory = true;
    }
}
