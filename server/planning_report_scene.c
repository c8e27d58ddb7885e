/* planning_report_scene.c - what the report's maps show: roads with flows, zones, names, and where to look.
 */
#include "planning_report_inside.h"

#include "network/places.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool no_memory(struct err *e)
{
    return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the report");
}

/* Lorries by link of the network, both directions; by malloc. */
static double *trucks_by_link(const struct study *s, uint32_t links)
{
    double *sum = calloc((size_t)links + 1, sizeof *sum);
    double *one = malloc(((size_t)s->problem.link_count + 1) * sizeof *one);
    for (uint32_t c = 0; sum != NULL && one != NULL && c < s->problem.class_count; c++) {
        assign_class_flows(s->assign, c, one);
        for (uint32_t l = 0; l < s->roads->link_count; l++)
            sum[s->roads->source[l] >> 1] += one[l];
    }
    if (one == NULL) {
        free(sum);
        sum = NULL;
    }
    free(one);
    return sum;
}

static bool is_open(const struct network *n, uint32_t link)
{
    return link < n->link_count && n->link[link].mode == MODE_ROAD && n->link[link].status == STATUS_OPEN;
}

static bool changed(const struct net_link *a, const struct net_link *b)
{
    return a->speed_km10 != b->speed_km10 || a->lanes != b->lanes || ((a->flags ^ b->flags) & LINK_TOLL) != 0;
}

static void set_line(struct report_line *l, const struct network *n, uint32_t link)
{
    const struct net_link *x = &n->link[link];
    const char *name = net_string(n, x->name);
    *l = (struct report_line){.from = n->node_point[x->from],
                              .to = n->node_point[x->to],
                              .inner = n->shape + x->shape_first,
                              .inner_count = x->shape_count,
                              .name = name[0] != '\0' ? name : net_string(n, x->ref),
                              .road_class = x->road_class};
}

/* Rows of the base keep their numbers in a derived network. */
static bool put_lines(struct report_scene *s, const struct planning *p, struct err *e)
{
    const struct network *a = p->before.snapshot->net, *b = p->after.snapshot->net;
    double *was = trucks_by_link(p->before.study, a->link_count),
           *is = trucks_by_link(p->after.study, b->link_count);
    uint32_t links = a->link_count > b->link_count ? a->link_count : b->link_count;
    s->line = calloc((size_t)links + 1, sizeof *s->line);
    bool ok = was != NULL && is != NULL && s->line != NULL;
    for (uint32_t l = 0; ok && l < links; l++) {
        bool before = is_open(a, l), after = is_open(b, l);
        if (!before && !after)
            continue;
        struct report_line *x = &s->line[s->line_count++];
        set_line(x, l < b->link_count ? b : a, l);
        x->before = before ? was[l] : 0;
        x->after = after ? is[l] : 0;
        x->new_link = after && (!before || changed(&a->link[l], &b->link[l]));
        x->closed = before && !after;
    }
    free(was);
    free(is);
    return ok || no_memory(e);
}

static bool put_dots(struct report_scene *s, const struct planning *p, const struct compare *c, struct err *e)
{
    const struct snapshot *base = p->before.snapshot;
    s->dot = calloc((size_t)c->zone_count + 1, sizeof *s->dot);
    if (s->dot == NULL)
        return no_memory(e);
    for (uint32_t i = 0; i < c->zone_count; i++) {
        uint32_t node = p->zones.node[c->zone[i].zone];
        const struct net_place *place = places_of_node(base->places, node);
        s->dot[s->dot_count++] =
            (struct report_dot){.at = base->net->node_point[node],
                                .name_zh = place != NULL ? net_string(base->net, place->name_zh) : "",
                                .name_en = place != NULL ? net_string(base->net, place->name_en) : "",
                                .yuan = c->zone[i].yuan};
    }
    return true;
}

static int heavy_first(const void *a, const void *b)
{
    const struct report_label *x = a, *y = b;
    return x->weight > y->weight ? -1 : x->weight < y->weight ? 1 : strcmp(x->name_zh, y->name_zh);
}

static bool named(const char *kind)
{
    static const char *const kinds[] = {"city", "district", "township", "port", "airport", "logistics_park"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kind, kinds[i]) == 0)
            return true;
    return false;
}

static bool put_labels(struct report_scene *s, const struct network *n, struct err *e)
{
    s->label = calloc((size_t)n->place_count + 1, sizeof *s->label);
    if (s->label == NULL)
        return no_memory(e);
    for (uint32_t i = 0; i < n->place_count; i++) {
        const struct net_place *x = &n->place[i];
        const char *kind = net_string(n, x->kind);
        if (named(kind))
            s->label[s->label_count++] =
                (struct report_label){n->node_point[x->node], net_string(n, x->name_zh),
                                      net_string(n, x->name_en), kind, x->weight};
    }
    qsort(s->label, s->label_count, sizeof *s->label, heavy_first);
    return true;
}

/* --- where to look -------------------------------------------------------------------------------------- */

static void enclose(struct report_scene *s, struct net_point p)
{
    s->window.west = fmin(s->window.west, p.lon_e7 * 1e-7);
    s->window.east = fmax(s->window.east, p.lon_e7 * 1e-7);
    s->window.south = fmin(s->window.south, p.lat_e7 * 1e-7);
    s->window.north = fmax(s->window.north, p.lat_e7 * 1e-7);
}

/* What is new or closed, else where flows change, with as much again around; at least 0.4 degrees. */
static void look(struct report_scene *s)
{
    double most = 0;
    bool any = false;
    s->window.west = s->window.south = INFINITY;
    s->window.east = s->window.north = -INFINITY;
    for (uint32_t i = 0; i < s->line_count; i++)
        most = fmax(most, fabs(s->line[i].after - s->line[i].before));
    for (uint32_t i = 0; i < s->line_count; i++)
        any = any || s->line[i].new_link || s->line[i].closed;
    for (uint32_t i = 0; i < s->line_count; i++) {
        const struct report_line *l = &s->line[i];
        bool counts = any ? l->new_link || l->closed : fabs(l->after - l->before) > most / 4;
        if (counts || (!any && most <= 0)) {
            enclose(s, l->from);
            enclose(s, l->to);
        }
    }
    if (s->window.west > s->window.east)
        return;
    double lat = (s->window.south + s->window.north) / 2, lon = (s->window.west + s->window.east) / 2,
           flat = cos(lat * 0.0174532925);
    double high = fmax((s->window.north - s->window.south) * 1.5, 0.4),
           across = fmax((s->window.east - s->window.west) * 1.5, 0.4 / flat);
    across = fmax(across, high * 1.3 / flat); /* the page is wider than high */
    high = fmax(high, across * flat / 1.35);
    s->window.south = lat - high / 2;
    s->window.north = lat + high / 2;
    s->window.west = lon - across / 2;
    s->window.east = lon + across / 2;
}

bool report_scene_make(struct report_scene *s, const struct planning *p, const struct compare *c,
                       struct err *e)
{
    memset(s, 0, sizeof *s);
    if (!put_lines(s, p, e) || !put_dots(s, p, c, e) || !put_labels(s, p->before.snapshot->net, e))
        return false;
    look(s);
    return s->window.west < s->window.east || fail(e, ERR_FAILED_PRECONDITION, "there is no road to draw");
}

void report_scene_free(struct report_scene *s)
{
    free(s->line);
    free(s->dot);
    free(s->label);
}
