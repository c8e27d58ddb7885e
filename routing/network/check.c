#include "network/check.h"

#include "network/geo.h"

#include <string.h>

enum { TELL_AT_MOST = 20, ENDS_SOON_DAYS = 30, ROAD_MAX_KM10 = 1300 };
static const double detour_max = 3.5, detour_from_m = 5000;
static const double speed_max_kmh[MODE_COUNT] = {
    [MODE_ROAD] = 110, [MODE_RAIL] = 160, [MODE_WATER] = 45, [MODE_AIR] = 1000};

struct checker {
    const struct network *n;
    const struct network_components *parts;
    int32_t today;
    struct arena *a;
    struct network_findings *out;
    bool full;
    uint32_t without_speed;
};

static void add(struct checker *c, bool fatal, const char *text)
{
    struct network_findings *o = c->out;
    if (text == NULL) {
        c->full = true;
        return;
    }
    if (o->count < NETWORK_FINDINGS_MAX)
        o->finding[o->count] = (struct network_finding){fatal, text};
    o->count++;
    o->errors += fatal;
}

#define ERROR(c, ...) add(c, true, arena_printf((c)->a, __VA_ARGS__))
#define WARN(c, ...) add(c, false, arena_printf((c)->a, __VA_ARGS__))

static void check_link(struct checker *c, const struct net_link *l)
{
    const struct network *n = c->n;
    double direct = geo_distance_m(n->node_point[l->from], n->node_point[l->to]);
    long long id = (long long)l->id;
    if (l->from == l->to && l->shape_count == 0)
        ERROR(c, "link %lld begins and ends at one node", id);
    if (l->length_m == 0 || l->length_m < direct * 0.99 - 1)
        ERROR(c, "link %lld is %u m long, its ends are %.0f m apart", id, l->length_m, direct);
    if (l->length_m > detour_from_m && l->length_m > direct * detour_max)
        WARN(c, "link %lld is %u m long, %.1f times the %.0f m between its ends", id, l->length_m,
             l->length_m / direct, direct);
    if (l->speed_km10 == 0 && n->arc_weight_count > 0) /* other people's graphs: told once */
        c->without_speed++;
    else if (l->speed_km10 < 10 || (l->mode == MODE_ROAD && l->speed_km10 > ROAD_MAX_KM10))
        ERROR(c, "link %lld has a free speed of %u.%u km/h", id, l->speed_km10 / 10u, l->speed_km10 % 10u);
}

static bool on_open_road(const struct network *n, uint32_t v, const bool *entered)
{
    return n->arc_first[v] != n->arc_first[v + 1] || entered[v];
}

/* The label that most nodes with open road carry. */
static uint32_t main_part(struct checker *c, const uint32_t *label, uint32_t count, const bool *entered)
{
    uint32_t *size = arena_calloc(c->a, (size_t)count + 1, sizeof *size), best = 0;
    if (size == NULL) {
        c->full = true;
        return 0;
    }
    for (uint32_t v = 0; v < net_plain_count(c->n); v++)
        if (on_open_road(c->n, v, entered) && ++size[label[v]] > size[best])
            best = label[v];
    return best;
}

static void check_parts(struct checker *c)
{
    const struct network *n = c->n;
    bool *entered = arena_calloc(c->a, (size_t)net_node_count(n) + 1, sizeof *entered);
    if (entered == NULL) {
        c->full = true;
        return;
    }
    for (uint32_t a = 0; a < net_arc_count(n); a++)
        entered[net_origin(n, n->arc_head[a])] = true;
    uint32_t weak = main_part(c, c->parts->weak, c->parts->weak_count, entered);
    uint32_t strong = main_part(c, c->parts->strong, c->parts->strong_count, entered);
    uint32_t apart = 0, traps = 0;
    for (uint32_t v = 0; v < net_plain_count(n) && !c->full; v++) {
        if (!on_open_road(n, v, entered))
            continue;
        if (c->parts->weak[v] != weak && ++apart <= TELL_AT_MOST)
            WARN(c, "node %lld lies in a part of the road apart from the main one", (long long)n->node_id[v]);
        if (c->parts->weak[v] == weak && c->parts->strong[v] != strong && ++traps <= TELL_AT_MOST)
            WARN(c, "node %lld is a one-way trap: trucks cannot both reach and leave it",
                 (long long)n->node_id[v]);
    }
    if (apart > TELL_AT_MOST || traps > TELL_AT_MOST)
        WARN(c, "in all %u nodes apart and %u in one-way traps", apart, traps);
    for (uint32_t i = 0; i < n->terminal_count && !c->full; i++) {
        const struct net_terminal *t = &n->terminal[i];
        bool abroad =
            t->place != NET_NONE && strstr(net_string(n, n->place[t->place].admin_zh), "境外") != NULL;
        if (t->status == STATUS_OPEN && (t->modes & (1u << MODE_ROAD)) != 0 && !abroad &&
            (!on_open_road(n, t->node, entered) || c->parts->strong[t->node] != strong))
            ERROR(c, "terminal %lld %s takes trucks, and none can reach and leave it", (long long)t->id,
                  net_string(n, t->name_zh));
    }
}

static void check_stops(struct checker *c, const struct net_service *s)
{
    const struct network *n = c->n;
    long long id = (long long)s->id;
    if (s->stop_count < 2)
        ERROR(c, "service %lld has %u stops", id, s->stop_count);
    for (uint32_t i = 1; i < s->stop_count; i++) {
        const struct net_stop *a = &n->stop[s->stop_first + i - 1], *b = a + 1;
        const struct net_point *p = n->node_point;
        double direct = geo_distance_m(p[n->terminal[a->terminal].node], p[n->terminal[b->terminal].node]);
        double hours = ((double)b->arrive_min - a->depart_min) / 60;
        if (b->arrive_min <= a->depart_min)
            ERROR(c, "service %lld arrives at stop %u before it leaves stop %u", id, i + 1, i);
        else if (direct / 1000 / hours > speed_max_kmh[s->mode] ||
                 b->distance_m / 1000.0 / hours > speed_max_kmh[s->mode])
            ERROR(c, "service %lld runs %.0f km to stop %u in %.1f h, faster than its mode can", id,
                  b->distance_m / 1000.0, i + 1, hours);
        if (b->distance_m < direct * 0.9)
            WARN(c, "service %lld counts %.0f km to stop %u, the great circle is %.0f km", id,
                 b->distance_m / 1000.0, i + 1, direct / 1000);
    }
    for (uint32_t i = 0; i < s->stop_count; i++) {
        const struct net_terminal *t = &n->terminal[n->stop[s->stop_first + i].terminal];
        if ((t->modes & (1u << s->mode)) == 0)
            ERROR(c, "service %lld stops at terminal %lld, which does not take its mode", id,
                  (long long)t->id);
    }
}

static void check_services(struct checker *c)
{
    const struct network *n = c->n;
    uint32_t expired = 0;
    for (uint32_t i = 0; i < n->service_count && !c->full; i++) {
        const struct net_service *s = &n->service[i];
        check_stops(c, s);
        if (n->tariff[s->tariff].rule_count == 0)
            ERROR(c, "service %lld has a tariff without rules", (long long)s->id);
        if (s->days == 0 && s->exception_count == 0)
            WARN(c, "service %lld never runs", (long long)s->id);
        if (s->valid_to_day < c->today && ++expired <= TELL_AT_MOST)
            WARN(c, "service %lld has expired", (long long)s->id);
        else if (s->valid_to_day < c->today + ENDS_SOON_DAYS)
            WARN(c, "service %lld ends within %d days", (long long)s->id, ENDS_SOON_DAYS);
    }
    if (n->service_count > 0 && expired == n->service_count)
        ERROR(c, "the timetable has expired: not one of %u services runs any more", expired);
}

static void check_tables(struct checker *c)
{
    const struct network *n = c->n;
    for (uint32_t i = 0; i < n->hours_count; i++)
        for (int d = 0; d < 7; d++)
            if (n->hours[i].from_min[d] > 1440 || n->hours[i].to_min[d] > 2880 ||
                n->hours[i].to_min[d] < n->hours[i].from_min[d])
                ERROR(c, "opening hours row %u runs from minute %u to %u", i, n->hours[i].from_min[d],
                      n->hours[i].to_min[d]);
    for (uint32_t i = 0; i < n->vehicle_count; i++)
        if (n->vehicle[i].max_speed_km10 == 0 || n->vehicle[i].payload_kg == 0)
            ERROR(c, "vehicle class %u has no speed or no payload", n->vehicle[i].vehicle_class);
    if (net_arc_count(n) == 0)
        ERROR(c, "the network has no open road");
}

bool network_check(const struct network *n, const struct network_components *parts, int32_t today,
                   struct arena *a, struct network_findings *out, struct err *e)
{
    struct checker c = {.n = n, .parts = parts, .today = today, .a = a, .out = out};
    *out = (struct network_findings){.finding = arena_calloc(a, NETWORK_FINDINGS_MAX, sizeof *out->finding)};
    if (out->finding == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the check");
    check_tables(&c);
    for (uint32_t i = 0; i < n->link_count && !c.full; i++)
        check_link(&c, &n->link[i]);
    if (c.without_speed > 0)
        WARN(&c, "%u links have no speed: only the source's own weights and distances can be asked for",
             c.without_speed);
    check_parts(&c);
    check_services(&c);
    return !c.full || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the check");
}
