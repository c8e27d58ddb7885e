/* Trips -> services. */
#include "import/gtfs_inside.h"
#include "network/geo.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DISTANCE_MAX_M = 50000000, DEPART_MAX_MIN = UINT16_MAX };

static const double detour = 1.2;

struct kept { /* a call at a terminal */
    uint32_t terminal, line;
    int32_t arrive_s, depart_s;
    int64_t distance_milli;
    double along_m; /* great circles from stop to stop since the first row of the trip */
};

struct making {
    struct gtfs *g;
    struct kept *kept;
    uint32_t count, room;
    net_str source;
    int64_t next_id;
    uint32_t *frequency_first; /* of each trip, in g->frequency sorted by trip */
};

static bool serves(struct gtfs *g, const struct gtfs_call *c, bool first, bool last)
{
    if (c->arrive_s < 0) {
        g->out->calls_untimed++;
        return false;
    }
    if ((c->no_pickup && !last) || (c->no_drop_off && !first)) {
        g->out->calls_one_way++;
        return false;
    }
    return true;
}

/* The calls of a trip at terminals; two calls in a row at one terminal are one. */
static void keep_calls(struct making *m, const struct gtfs_trip *trip, uint8_t mode)
{
    struct gtfs *g = m->g;
    uint32_t nodes, terminals;
    const struct net_point *point = network_rows_node_point(g->b, &nodes), *before = NULL;
    const struct net_terminal *t = network_rows_terminal(g->b, &terminals);
    double along = 0;
    m->count = 0;
    for (uint32_t i = 0; i < trip->call_count; i++) {
        const struct gtfs_call *c = &g->call.at[trip->call_first + i];
        const struct gtfs_stop *s = &g->stop.at[c->stop];
        bool used = serves(g, c, i == 0, i + 1 == trip->call_count);
        uint32_t terminal = used ? gtfs_terminal(g, c->stop, mode) : NET_NONE;
        g->out->calls_unmatched += used && terminal == NET_NONE;
        const struct net_point *at = s->has_place           ? &s->at
                                     : terminal != NET_NONE ? &point[t[terminal].node]
                                                            : NULL;
        along += at != NULL && before != NULL ? geo_distance_m(*before, *at) : 0;
        before = at != NULL ? at : before;
        if (terminal == NET_NONE)
            continue;
        struct kept k = {terminal, c->line, c->arrive_s, c->depart_s, c->distance_milli, along};
        if (m->count > 0 && m->kept[m->count - 1].terminal == terminal) {
            m->kept[m->count - 1].depart_s = c->depart_s;
            continue;
        }
        struct kept *more = gtfs_more(g, m->kept, m->count, &m->room, sizeof *more);
        if (more == NULL)
            return;
        m->kept = more;
        m->kept[m->count++] = k;
    }
}

/* Metres between two kept calls; *estimated is set when the feed does not tell. */
static uint32_t distance(struct gtfs *g, const struct kept *a, const struct kept *b, uint8_t mode,
                         bool *estimated)
{
    double metres = (b->along_m - a->along_m) * (mode == MODE_AIR ? 1 : detour);
    if (g->m_per_unit > 0 && a->distance_milli >= 0 && b->distance_milli >= 0) {
        metres = (double)(b->distance_milli - a->distance_milli) / 1000 * g->m_per_unit;
    } else if (mode != MODE_AIR) {
        *estimated = true;
        g->out->distances_estimated++;
    }
    if (metres <= DISTANCE_MAX_M)
        return (uint32_t)lround(metres);
    gtfs_fault(g, "stop_times.txt", b->line, "lies %.0f km from the call before it, %d at most",
               metres / 1000, DISTANCE_MAX_M / 1000);
    return 0;
}

static uint32_t later(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* Whole minutes: departures are rounded down, arrivals up; each leg takes a minute at least. */
static void add_stops(struct making *m, struct net_service *s, uint32_t service, int32_t shift_s)
{
    struct gtfs *g = m->g;
    uint32_t base = (uint32_t)(m->kept[0].depart_s + shift_s) / 60, leave = 0;
    bool estimated = false;
    network_rows_stop(g->b, &s->stop_first);
    s->stop_count = m->count;
    s->depart_min = (uint16_t)base;
    for (uint32_t i = 0; i < m->count; i++) {
        const struct kept *k = &m->kept[i];
        struct net_stop stop = {.service = service, .terminal = k->terminal};
        if (i > 0) {
            stop.arrive_min = later(((uint32_t)(k->arrive_s + shift_s) + 59) / 60 - base, leave + 1);
            stop.depart_min = later((uint32_t)(k->depart_s + shift_s) / 60 - base, stop.arrive_min);
            stop.distance_m = distance(g, k - 1, k, s->mode, &estimated);
        }
        leave = stop.depart_min;
        if (network_add_stop(g->b, &stop) == NET_NONE)
            g->out_of_memory = true;
        g->out->calls++;
    }
    s->confidence = estimated ? CONF_ESTIMATED : CONF_PUBLISHED;
}

static bool add_service(struct making *m, const struct gtfs_trip *trip, struct net_service s, int32_t shift_s,
                        struct err *e)
{
    struct gtfs *g = m->g;
    const struct gtfs_calendar *c = &g->calendar.at[trip->calendar];
    uint32_t services, stops, exceptions;
    if ((m->kept[0].depart_s + shift_s) / 60 > DEPART_MAX_MIN) {
        gtfs_fault(g, "stop_times.txt", m->kept[0].line, "departure_time is more than %d h after 00:00",
                   DEPART_MAX_MIN / 60);
        return true;
    }
    for (int dates = 0; dates < 2; dates++) {
        if (!(dates ? c->dates_run : c->week_runs))
            continue;
        network_rows_service(g->b, &services);
        network_rows_stop(g->b, &stops);
        network_rows_exception(g->b, &exceptions);
        if (services >= GTFS_SERVICES_MAX || stops >= GTFS_ROWS_MAX || exceptions >= GTFS_ROWS_MAX)
            return fail(e, ERR_RESOURCE_EXHAUSTED,
                        "the timetable of %s makes more than %d services, or %d calls or exceptions", g->dir,
                        GTFS_SERVICES_MAX, GTFS_ROWS_MAX);
        s.id = m->next_id++;
        gtfs_add_calendar(g, c, dates, &s, services);
        add_stops(m, &s, services, shift_s);
        if (network_add_service(g->b, &s) == NET_NONE)
            g->out_of_memory = true;
        g->out->services++;
    }
    return true;
}

/* One service at the trip's own time, or one for each departure of frequencies.txt. */
static bool add_departures(struct making *m, uint32_t trip, const struct net_service *s, struct err *e)
{
    struct gtfs *g = m->g;
    const struct gtfs_trip *t = &g->trip.at[trip];
    int32_t first_s = g->call.at[t->call_first].depart_s; /* no later than any kept one */
    if (t->frequencies == 0)
        return add_service(m, t, *s, 0, e);
    for (uint32_t i = m->frequency_first[trip]; i < m->frequency_first[trip] + t->frequencies; i++) {
        const struct gtfs_frequency *f = &g->frequency.at[i];
        for (int32_t at = f->from_s; at < f->to_s; at += f->headway_s) {
            int32_t shift = at - (first_s < 0 ? m->kept[0].depart_s : first_s);
            g->out->frequencies++;
            if (!add_service(m, t, *s, shift, e))
                return false;
        }
    }
    return true;
}

/* Three texts as one of the network's, cut between characters when they are too long. */
static net_str joined(struct gtfs *g, const char *a, const char *b, const char *c)
{
    char text[512];
    size_t n = sizeof text - 1;
    if (snprintf(text, sizeof text, "%s%s%s", a, b, c) > (int)n) {
        while (n > 0 && ((unsigned char)text[n - 1] & 0xc0) == 0x80)
            n--;
        text[n > 0 ? n - 1 : 0] = '\0';
    }
    return network_intern(g->b, text);
}

static bool add_trip(struct making *m, uint32_t trip, struct err *e)
{
    struct gtfs *g = m->g;
    const struct gtfs_trip *t = &g->trip.at[trip];
    const struct gtfs_route *r = &g->route.at[t->route];
    const struct gtfs_calendar *c = &g->calendar.at[t->calendar];
    struct net_service s = {.source = m->source};
    if (r->mode == MODE_COUNT)
        return true;
    keep_calls(m, t, r->mode);
    if (m->count < 2 || g->out_of_memory) {
        g->out->trips_short++;
        return true;
    }
    if (!c->week_runs && !c->dates_run) {
        g->out->trips_never++;
        return true;
    }
    if (!gtfs_freight_of(g, t, &s))
        return true;
    s.name = joined(g, g->text + r->name, r->name != 0 ? " " : "", g->text + t->name);
    s.operator= network_intern(g->b, g->text + g->agency.at[r->agency]);
    return add_departures(m, trip, &s, e);
}

static int by_trip(const void *pa, const void *pb)
{
    const struct gtfs_frequency *a = pa, *b = pb;
    if (a->trip != b->trip)
        return a->trip < b->trip ? -1 : 1;
    return a->from_s < b->from_s ? -1 : a->from_s > b->from_s;
}

static bool prepare(struct making *m)
{
    struct gtfs *g = m->g;
    uint32_t services;
    m->frequency_first = calloc((size_t)g->trip.count + 1, sizeof *m->frequency_first);
    if (m->frequency_first == NULL)
        return false;
    if (g->frequency.count > 0)
        qsort(g->frequency.at, g->frequency.count, sizeof *g->frequency.at, by_trip);
    for (uint32_t i = g->frequency.count; i-- > 0;)
        m->frequency_first[g->frequency.at[i].trip] = i;
    const struct net_service *s = network_rows_service(g->b, &services);
    m->next_id = 1;
    for (uint32_t i = 0; i < services; i++)
        m->next_id = s[i].id >= m->next_id && s[i].id < INT32_MAX ? s[i].id + 1 : m->next_id;
    net_str publisher = joined(g, "GTFS", g->publisher != 0 ? " " : "", g->text + g->publisher);
    uint32_t pool;
    char *before = strdup(network_rows_string(g->b, &pool) + publisher);
    if (before == NULL)
        return false;
    m->source = joined(g, before, g->version != 0 ? ", " : "", g->text + g->version);
    free(before);
    return true;
}

bool gtfs_add_services(struct gtfs *g, struct err *e)
{
    struct making m = {.g = g};
    bool ok = prepare(&m);
    if (!ok)
        fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the services of %s", g->dir);
    for (uint32_t i = 0; ok && i < g->trip.count && !g->out_of_memory; i++)
        ok = add_trip(&m, i, e);
    free(m.kept);
    free(m.frequency_first);
    return ok;
}
