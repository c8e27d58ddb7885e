/* planning_report_reach.c - maps of what lies within so many minutes of the expressway, the airport and the
 * port: before and after beside each other, the difference on the second. */
#include "planning_report_inside.h"
#include "polyline.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 560, HEIGHT = 470, MARGIN = 10 };
#define LEAST_DEGREES 0.35

typedef Zongheng__V1__Polygon *const *polygons;

/* --- where to look -------------------------------------------------------------------------------------- */

static void enclose(struct report_window *w, polygons list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < list[i]->n_rings; k++) {
            const char *text = list[i]->rings[k];
            struct polyline_at at = {0};
            while (polyline_next(&text, &at)) {
                w->west = fmin(w->west, (double)at.lon_e5 / 1e5);
                w->east = fmax(w->east, (double)at.lon_e5 / 1e5);
                w->south = fmin(w->south, (double)at.lat_e5 / 1e5);
                w->north = fmax(w->north, (double)at.lat_e5 / 1e5);
            }
        }
}

/* All that changes, and the target itself where there is one; without a change, what is within 30 minutes. */
static struct report_window look(const Zongheng__V1__CompareReply *c, const char *target,
                                 const struct report_scene *s)
{
    struct report_window w = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    bool one_place = strcmp(target, "expressway") != 0, changes = false;
    for (size_t i = 0; i < c->n_isochrones; i++) {
        const Zongheng__V1__Isochrone *x = c->isochrones[i];
        if (strcmp(x->target, target) != 0)
            continue;
        enclose(&w, x->gained, x->n_gained);
        enclose(&w, x->lost, x->n_lost);
        changes = changes || x->n_gained + x->n_lost > 0;
    }
    for (size_t i = 0; i < c->n_isochrones; i++) {
        const Zongheng__V1__Isochrone *x = c->isochrones[i];
        if (strcmp(x->target, target) == 0 && one_place && x->minutes <= (changes ? 15u : 30u))
            enclose(&w, x->after, x->n_after);
    }
    if (w.west > w.east)
        w = s->window;
    double lat = (w.south + w.north) / 2, lon = (w.west + w.east) / 2, flat = cos(lat * 0.0174532925);
    double high = fmax((w.north - w.south) * 1.15, LEAST_DEGREES),
           across = fmax((w.east - w.west) * 1.15, LEAST_DEGREES / flat);
    across = fmax(across, high * WIDTH / HEIGHT / flat);
    high = fmax(high, across * flat * HEIGHT / WIDTH);
    return (struct report_window){lon - across / 2, lon + across / 2, lat - high / 2, lat + high / 2};
}

/* --- drawing -------------------------------------------------------------------------------------------- */

/* What lies outside runs along the edge, out of sight. */
static double clamp(double v, double most)
{
    return fmin(fmax(v, -MARGIN), most + MARGIN);
}

/* One path of all rings, holes by the even-odd rule; points nearer than a pixel to the one before are left
 * out. */
static void put_area(const struct report_view *v, polygons list, size_t n, const char *style)
{
    if (n == 0)
        return;
    fprintf(v->f, "<path class=\"%s\" fill-rule=\"evenodd\" d=\"", style);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < list[i]->n_rings; k++) {
            const char *text = list[i]->rings[k];
            struct polyline_at at = {0};
            double px = INFINITY, py = INFINITY;
            char move = 'M';
            while (polyline_next(&text, &at)) {
                double x = clamp(report_x(v, (double)at.lon_e5 / 1e5), WIDTH),
                       y = clamp(report_y(v, (double)at.lat_e5 / 1e5), HEIGHT);
                if (move == 'L' && hypot(x - px, y - py) < 1)
                    continue;
                fprintf(v->f, "%c%.0f %.0f", move, x, y);
                px = x;
                py = y;
                move = 'L';
            }
            fputc('Z', v->f);
        }
    fputs("\"/>\n", v->f);
}

static const char *style_of(uint32_t minutes)
{
    return minutes <= 15 ? "i15" : minutes <= 30 ? "i30" : "i60";
}

/* The widest below. */
static void put_areas(const struct report_view *v, const Zongheng__V1__CompareReply *c, const char *target,
                      bool after)
{
    for (size_t i = c->n_isochrones; i-- > 0;) {
        const Zongheng__V1__Isochrone *x = c->isochrones[i];
        if (strcmp(x->target, target) == 0)
            put_area(v, after ? x->after : x->before, after ? x->n_after : x->n_before, style_of(x->minutes));
    }
    for (size_t i = c->n_isochrones; after && i-- > 0;) {
        const Zongheng__V1__Isochrone *x = c->isochrones[i];
        if (strcmp(x->target, target) != 0)
            continue;
        put_area(v, x->gained, x->n_gained, "ig");
        put_area(v, x->lost, x->n_lost, "il");
    }
}

static void put_map(FILE *f, const struct report_scene *s, const Zongheng__V1__CompareReply *c,
                    const char *target, bool after)
{
    struct report_view v = {.f = f, .s = s, .window = look(c, target, s), .width = WIDTH, .height = HEIGHT};
    v.taken[v.taken_count++] = (struct report_box){0, 0, 110, 30}; /* of the map's title */
    report_view_fit(&v);
    fprintf(f, "<svg viewBox=\"0 0 %d %d\" role=\"img\"><rect class=\"bg\" width=\"%d\" height=\"%d\"/>\n",
            WIDTH, HEIGHT, WIDTH, HEIGHT);
    put_areas(&v, c, target, after);
    report_view_roads(&v);
    if (after)
        report_view_new(&v);
    report_view_labels(&v);
    fprintf(f, "<text class=\"c\" x=\"12\" y=\"22\">%s</text></svg>\n", after ? "后 after" : "前 before");
}

static const char key[] =
    "<div class=\"key\"><span><i style=\"background:#2f6db3\"></i>15</span><span><i "
    "style=\"background:#5f97d1\">"
    "</i>30</span><span><i style=\"background:#9cc3ea\"></i>60 分钟内 within min</span><span><i "
    "style=\"background:#1f9d62\"></i>新增 gained</span><span><i style=\"background:#d0641f\"></i>失去 "
    "lost</span>"
    "<span>1 类车自由流；500 m 格网 · class 1 at free flow; cells of 500 m</span></div>";

void report_draw_reach(FILE *f, const struct report_scene *s, const Zongheng__V1__CompareReply *c)
{
    const char *before = "";
    for (size_t i = 0; i < c->n_isochrones; i++) {
        const char *target = c->isochrones[i]->target;
        if (strcmp(target, before) == 0)
            continue;
        before = target;
        fprintf(f, "<h3>到%s · 15/30/60 min</h3><figure><div class=\"maps\">\n", report_target_words(target));
        put_map(f, s, c, target, false);
        put_map(f, s, c, target, true);
        fprintf(f, "</div>%s</figure>\n", key);
    }
}
