#include "api_network_parts.h"

#include "loop.h"
#include "network/course.h"
#include "polyline.h"
#include "scenario_text.h"
#include "scenarios.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    PLACES_MAX = 2000,
    JUNCTION_ZOOM = 11, /* the names of junctions are drawn from here on */
    PLACE_CELL_PX = 40, /* one place in a square of so many pixels, the one of most weight */
    TILE_PX = 512,
    COURSE_STEPS =
        5000000, /* nodes that the ways of one request's services may settle; the rest is straight */
    MYUAN_PER_YUAN = 1000,
    SECONDS_PER_DAY = 86400
};

static char *text(const char *s)
{
    return (char *)(uintptr_t)s;
}

static bool shown(const struct network_answer *x, uint32_t node)
{
    return !x->has_box || generalize_inside(&x->box, x->h.call->snapshot->net->node_point[node]);
}

/* --- places --- */

struct heavier {
    uint32_t weight, index;
};

static int by_weight(const void *a, const void *b)
{
    const struct heavier *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* The square of the map that a point lies in, never 0. */
static uint64_t square_of(struct net_point p, unsigned zoom)
{
    const double pi = 3.14159265358979323846, squares = ldexp(TILE_PX, (int)zoom) / PLACE_CELL_PX;
    double lat = p.lat_e7 * 1e-7, y = log(tan(pi / 4 + fmin(fmax(lat, -85), 85) * pi / 360)) / (2 * pi);
    return ((uint64_t)(squares * (p.lon_e7 * 1e-7 / 360 + 0.5)) << 32 | (uint64_t)(squares * (y + 0.5))) + 1;
}

/* Whether the square was free; it is taken then. The table is never more than half full. */
static bool take(uint64_t *table, uint32_t mask, uint64_t square)
{
    uint32_t i = (uint32_t)((square * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & mask;
    for (; table[i] != 0; i = (i + 1) & mask)
        if (table[i] == square)
            return false;
    table[i] = square;
    return true;
}

bool network_put_places(struct network_answer *x)
{
    const struct snapshot *s = x->h.call->snapshot;
    const struct network *n = s->net;
    uint32_t mask = 8191, count = 0; /* PLACES_MAX x 4 and more */
    uint64_t *table = arena_calloc(x->scratch, (size_t)mask + 1, sizeof *table);
    struct heavier *h = arena_calloc(x->scratch, (size_t)n->place_count + 1, sizeof *h);
    if (h == NULL || table == NULL)
        return network_no_memory(x);
    for (uint32_t i = 0; i < n->place_count; i++)
        if (shown(x, n->place[i].node) &&
            (x->zoom >= JUNCTION_ZOOM || strcmp(net_string(n, n->place[i].kind), "junction") != 0))
            h[count++] = (struct heavier){n->place[i].weight, i};
    qsort(h, count, sizeof *h, by_weight);
    x->out.places = arena_calloc(&x->h.call->arena, PLACES_MAX, sizeof *x->out.places);
    if (x->out.places == NULL)
        return network_no_memory(x);
    for (uint32_t i = 0; i < count && x->out.n_places < PLACES_MAX; i++) {
        uint32_t node = n->place[h[i].index].node;
        if (!take(table, mask, square_of(n->node_point[node], x->zoom)))
            continue;
        Zongheng__V1__Place *p = convert_place(&x->h.call->arena, s, node);
        if (p == NULL)
            return network_no_memory(x);
        x->out.places[x->out.n_places++] = p;
    }
    return true;
}

/* --- terminals --- */

/* "Mo-Fr 08:00-20:00,Sa 09:00-12:00": days with the same hours together. */
static char *hours_text(struct arena *a, const struct net_hours *h)
{
    static const char days[7][3] = {"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"};
    char buf[256] = "";
    size_t at = 0;
    for (int d = 0; d < 7;) {
        int last = d;
        while (last < 6 && h->from_min[last + 1] == h->from_min[d] && h->to_min[last + 1] == h->to_min[d])
            last++;
        if (h->to_min[d] > h->from_min[d]) {
            at += (size_t)snprintf(buf + at, sizeof buf - at, "%s%s", at > 0 ? "," : "", days[d]);
            if (last > d)
                at += (size_t)snprintf(buf + at, sizeof buf - at, "-%s", days[last]);
            at += (size_t)snprintf(buf + at, sizeof buf - at, " %02d:%02d-%02d:%02d", h->from_min[d] / 60,
                                   h->from_min[d] % 60, h->to_min[d] / 60, h->to_min[d] % 60);
        }
        d = last + 1;
    }
    return arena_strdup(a, buf);
}

static bool put_cargo(struct arena *a, uint16_t mask, Zongheng__V1__NetworkTerminal *m)
{
    static const char *const words[] = {"general", "bulk", "container", "reefer", "dangerous", "uld"};
    enum { WORDS = sizeof words / sizeof words[0] };
    if ((m->cargo = arena_calloc(a, WORDS, sizeof *m->cargo)) == NULL)
        return false;
    for (unsigned i = 0; i < WORDS; i++)
        if ((mask & 1u << i) != 0)
            m->cargo[m->n_cargo++] = text(words[i]);
    return true;
}

static bool put_modes(struct arena *a, uint8_t mask, Zongheng__V1__NetworkTerminal *m)
{
    if ((m->modes = arena_calloc(a, MODE_COUNT, sizeof *m->modes)) == NULL)
        return false;
    for (uint8_t i = 0; i < MODE_COUNT; i++)
        if ((mask & 1u << i) != 0)
            m->modes[m->n_modes++] = network_mode(i);
    return true;
}

static bool put_terminal(struct network_answer *x, const struct net_terminal *t,
                         Zongheng__V1__NetworkTerminal *m)
{
    const struct snapshot *s = x->h.call->snapshot;
    struct arena *a = &x->h.call->arena;
    zongheng__v1__network_terminal__init(m);
    m->terminal_id = t->id;
    m->place = convert_place(a, s, t->node);
    m->name_zh = text(net_string(s->net, t->name_zh));
    m->name_en = text(net_string(s->net, t->name_en));
    m->kind = text(net_string(s->net, t->kind));
    m->status = text(network_status(t->status));
    m->open_hours = hours_text(a, &s->net->hours[t->hours]);
    return m->place != NULL && m->open_hours != NULL && put_cargo(a, t->cargo, m) &&
           put_modes(a, t->modes, m);
}

bool network_put_terminals(struct network_answer *x)
{
    const struct network *n = x->h.call->snapshot->net;
    Zongheng__V1__NetworkTerminal *list = network_list(x, n->terminal_count, sizeof *list, &x->out.terminals);
    if (list == NULL)
        return false;
    for (uint32_t i = 0; i < n->terminal_count; i++) {
        if (!shown(x, n->terminal[i].node))
            continue;
        if (!put_terminal(x, &n->terminal[i], &list[x->out.n_terminals]))
            return network_no_memory(x);
        x->out.n_terminals++;
    }
    return true;
}

/* --- services --- */

static char *date_text(struct arena *a, int32_t day)
{
    time_t t = (time_t)day * SECONDS_PER_DAY;
    struct tm tm;
    char buf[16];
    gmtime_r(&t, &tm);
    strftime(buf, sizeof buf, "%Y-%m-%d", &tm);
    return arena_strdup(a, buf);
}

static uint32_t stop_node(const struct network *n, const struct net_service *s, uint32_t i)
{
    return n->terminal[n->stop[s->stop_first + i].terminal].node;
}

static bool service_shown(const struct network_answer *x, const struct net_service *s)
{
    for (uint32_t i = 0; i < s->stop_count; i++)
        if (shown(x, stop_node(x->h.call->snapshot->net, s, i)))
            return true;
    return false;
}

struct drawing { /* of services */
    struct course_net *mode[MODE_COUNT];
    uint64_t steps;
    struct net_point *points;
    uint32_t room;
};

/* Each piece between two stops is simplified by itself, so that the stops stay points of the line. */
static char *service_line(struct network_answer *x, const struct net_service *s, struct drawing *d)
{
    const struct network *n = x->h.call->snapshot->net;
    struct course_net **c = &d->mode[s->mode];
    uint32_t count = 0;
    if (*c == NULL && (*c = course_net_new(n, s->mode, x->scratch)) == NULL)
        return NULL;
    for (uint32_t i = 0; i + 1 < s->stop_count; i++) {
        uint32_t first = count, piece;
        if (!course_find(*c, stop_node(n, s, i), stop_node(n, s, i + 1), &d->steps, &d->points, &count,
                         &d->room))
            return NULL;
        piece = count - first;
        if (!generalize_line(d->points + first, &piece, x->zoom, x->scratch))
            return NULL;
        count = first + piece;
    }
    char *line = polyline_encode(x->scratch, d->points, count);
    return line != NULL ? arena_strdup(&x->h.call->arena, line) : NULL;
}

static bool put_service(struct network_answer *x, const struct net_service *s, struct drawing *d,
                        Zongheng__V1__NetworkService *m)
{
    const struct network *n = x->h.call->snapshot->net;
    struct arena *a = &x->h.call->arena;
    char days[8] = "0000000";
    zongheng__v1__network_service__init(m);
    for (int i = 0; i < 7; i++)
        days[i] = (s->days & 1u << i) != 0 ? '1' : '0';
    m->service_id = s->id;
    m->name = text(net_string(n, s->name));
    m->mode = network_mode(s->mode);
    m->days = arena_strdup(a, days);
    m->depart_min = s->depart_min;
    m->valid_from = date_text(a, s->valid_from_day);
    m->valid_to = date_text(a, s->valid_to_day);
    m->terminal_ids = arena_calloc(a, (size_t)s->stop_count + 1, sizeof *m->terminal_ids);
    m->geometry = service_line(x, s, d);
    if (m->days == NULL || m->valid_from == NULL || m->valid_to == NULL || m->terminal_ids == NULL ||
        m->geometry == NULL)
        return false;
    for (uint32_t i = 0; i < s->stop_count; i++)
        m->terminal_ids[m->n_terminal_ids++] = n->terminal[n->stop[s->stop_first + i].terminal].id;
    return true;
}

bool network_put_services(struct network_answer *x)
{
    const struct network *n = x->h.call->snapshot->net;
    struct drawing d = {.steps = COURSE_STEPS};
    Zongheng__V1__NetworkService *list = network_list(x, n->service_count, sizeof *list, &x->out.services);
    if (list == NULL)
        return false;
    for (uint32_t i = 0; i < n->service_count; i++) {
        if (!service_shown(x, &n->service[i]))
            continue;
        if (!put_service(x, &n->service[i], &d, &list[x->out.n_services]))
            return network_no_memory(x);
        x->out.n_services++;
    }
    return true;
}

/* --- corridors and projects --- */

static bool put_links_of(struct network_answer *x, const uint32_t *link, uint32_t count, int64_t **ids,
                         size_t *n_ids, char ***lines, size_t *n_lines)
{
    const struct network *n = x->h.call->snapshot->net;
    struct arena *a = &x->h.call->arena;
    *ids = arena_calloc(a, (size_t)count + 1, sizeof **ids);
    *lines = arena_calloc(a, (size_t)count + 1, sizeof **lines);
    if (*ids == NULL || *lines == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct net_link *l = &n->link[link[i]];
        struct net_point *p = arena_alloc(x->scratch, ((size_t)l->shape_count + 2) * sizeof *p);
        if (p == NULL || ((*lines)[i] = network_polyline(x, p, generalize_course(n, l, p))) == NULL)
            return false;
        (*ids)[i] = l->id;
        *n_ids = *n_lines = i + 1;
    }
    return true;
}

bool network_put_corridors(struct network_answer *x)
{
    const struct network *n = x->h.call->snapshot->net;
    Zongheng__V1__NetworkCorridor *list = network_list(x, n->corridor_count, sizeof *list, &x->out.corridors);
    if (list == NULL)
        return false;
    for (uint32_t i = 0; i < n->corridor_count; i++) {
        const struct net_corridor *c = &n->corridor[i];
        Zongheng__V1__NetworkCorridor *m = &list[i];
        zongheng__v1__network_corridor__init(m);
        m->corridor_id = text(net_string(n, c->id));
        m->name_zh = text(net_string(n, c->name_zh));
        m->name_en = text(net_string(n, c->name_en));
        m->note = text(net_string(n, c->note));
        if (!put_links_of(x, n->corridor_link + c->link_first, c->link_count, &m->link_ids, &m->n_link_ids,
                          &m->geometry, &m->n_geometry))
            return network_no_memory(x);
        x->out.n_corridors = i + 1;
    }
    return true;
}

/* The scenario of a project has its id behind "project-". */
static bool put_scenario(struct network_answer *x, Zongheng__V1__NetworkProject *m)
{
    struct call *c = x->h.call;
    char *id = arena_printf(&c->arena, "project-%s", m->project_id);
    if (id == NULL)
        return false;
    struct scenario_text *t = scenarios_find(loop_server(c->loop)->scenarios, c->identity->firm_id, id);
    if (t != NULL)
        m->scenario_id = id;
    scenario_text_release(t);
    return true;
}

bool network_put_projects(struct network_answer *x)
{
    const struct network *n = x->h.call->snapshot->net;
    Zongheng__V1__NetworkProject *list = network_list(x, n->project_count, sizeof *list, &x->out.projects);
    if (list == NULL)
        return false;
    for (uint32_t i = 0; i < n->project_count; i++) {
        const struct net_project *p = &n->project[i];
        Zongheng__V1__NetworkProject *m = &list[i];
        zongheng__v1__network_project__init(m);
        m->project_id = text(net_string(n, p->id));
        if (!put_scenario(x, m))
            return network_no_memory(x);
        m->scenario_id = arena_printf(&x->h.call->arena, SCENARIO_PROJECT_PREFIX "%s", m->project_id);
        if (m->scenario_id == NULL)
            return network_no_memory(x);
        m->name_zh = text(net_string(n, p->name_zh));
        m->name_en = text(net_string(n, p->name_en));
        m->kind = text(net_string(n, p->kind));
        m->status = text(network_status(p->status));
        m->opening_date = text(net_string(n, p->opening_date));
        m->cost_yuan = p->cost_myuan / MYUAN_PER_YUAN;
        m->changes = text(net_string(n, p->changes));
        m->source = text(net_string(n, p->source));
        if (!put_links_of(x, n->project_link + p->link_first, p->link_count, &m->link_ids, &m->n_link_ids,
                          &m->geometry, &m->n_geometry))
            return network_no_memory(x);
        x->out.n_projects = i + 1;
    }
    return true;
}
