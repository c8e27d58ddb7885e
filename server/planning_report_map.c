/* planning_report_map.c - the maps of the report as SVG. */
#include "planning_report_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 1000, HEIGHT = 760, BAND_MAX = 26 };
#define RADIAN 0.017453292519943295

double report_x(const struct report_view *v, double lon)
{
    return v->left + (lon - v->window.west) * v->flat * v->scale;
}

double report_y(const struct report_view *v, double lat)
{
    return v->top + (v->window.north - lat) * v->scale;
}

void report_view_fit(struct report_view *v)
{
    const struct report_window *w = &v->window;
    v->flat = cos((w->south + w->north) / 2 * RADIAN);
    double across = (w->east - w->west) * v->flat, high = w->north - w->south;
    v->scale = fmin(v->width / across, v->height / high);
    v->left = (v->width - across * v->scale) / 2;
    v->top = (v->height - high * v->scale) / 2;
}

static struct net_point point_of(const struct report_line *l, uint32_t i)
{
    return i == 0 ? l->from : i <= l->inner_count ? l->inner[i - 1] : l->to;
}

static bool shown(const struct report_view *v, const struct report_line *l)
{
    for (uint32_t i = 0; i < l->inner_count + 2; i++) {
        struct net_point p = point_of(l, i);
        double x = report_x(v, p.lon_e7 * 1e-7), y = report_y(v, p.lat_e7 * 1e-7);
        if (x >= -50 && y >= -50 && x <= v->width + 50 && y <= v->height + 50)
            return true;
    }
    return false;
}

/* Points nearer than a pixel to the one before are left out. */
static void put_path(const struct report_view *v, const struct report_line *l, const char *style,
                     double width)
{
    double px = 0, py = 0;
    fprintf(v->f, "<path class=\"%s\" d=\"", style);
    for (uint32_t i = 0; i < l->inner_count + 2; i++) {
        struct net_point p = point_of(l, i);
        double x = report_x(v, p.lon_e7 * 1e-7), y = report_y(v, p.lat_e7 * 1e-7);
        bool ends = i == 0 || i == l->inner_count + 1;
        if (!ends && hypot(x - px, y - py) < 1)
            continue;
        fprintf(v->f, "%c%.1f %.1f", i == 0 ? 'M' : 'L', x, y);
        px = x;
        py = y;
    }
    if (width > 0)
        fprintf(v->f, "\" stroke-width=\"%.1f", width);
    fputs("\">", v->f);
    if (l->name[0] != '\0' && width > 0) {
        fputs("<title>", v->f);
        report_text(v->f, l->name);
        fprintf(v->f, "：%.0f → %.0f 辆/日 trucks a day</title>", l->before, l->after);
    }
    fputs("</path>\n", v->f);
}

/* --- layers --------------------------------------------------------------------------------------------- */

void report_view_roads(const struct report_view *v)
{
    for (uint32_t i = 0; i < v->s->line_count; i++) {
        const struct report_line *l = &v->s->line[i];
        if (shown(v, l))
            put_path(v, l,
                     l->road_class <= ROAD_TRUNK     ? "r1"
                     : l->road_class == ROAD_PRIMARY ? "r2"
                                                     : "r3",
                     0);
    }
}

static double amount(const struct report_line *l, enum report_map which)
{
    return which == REPORT_DIFFERENCE ? l->after - l->before : l->after;
}

static void scale_bands(struct report_view *v, enum report_map which)
{
    double most = 1e-9;
    for (uint32_t i = 0; i < v->s->line_count; i++)
        if (shown(v, &v->s->line[i]))
            most = fmax(most, fabs(amount(&v->s->line[i], which)));
    v->band = BAND_MAX / most;
}

static int wide_first(const void *a, const void *b)
{
    double x = ((const double *)a)[0], y = ((const double *)b)[0];
    return x > y ? -1 : x < y;
}

/* The widest below, so that the small ones stay to be seen. */
static void put_bands(struct report_view *v, enum report_map which)
{
    double(*order)[2] = malloc(((size_t)v->s->line_count + 1) * sizeof *order);
    if (order == NULL)
        return;
    for (uint32_t i = 0; i < v->s->line_count; i++) {
        order[i][0] = fabs(amount(&v->s->line[i], which));
        order[i][1] = i;
    }
    qsort(order, v->s->line_count, sizeof *order, wide_first);
    for (uint32_t i = 0; i < v->s->line_count; i++) {
        const struct report_line *l = &v->s->line[(uint32_t)order[i][1]];
        double width = order[i][0] * v->band;
        if (width < 0.3 || !shown(v, l))
            continue;
        const char *style = which == REPORT_FLOWS  ? (l->new_link ? "bn" : "b")
                            : amount(l, which) > 0 ? "up"
                                                   : "down";
        put_path(v, l, style, fmax(width, 0.8));
    }
    free(order);
}

void report_view_new(const struct report_view *v)
{
    for (uint32_t i = 0; i < v->s->line_count; i++) {
        const struct report_line *l = &v->s->line[i];
        if ((l->new_link || l->closed) && shown(v, l))
            put_path(v, l, l->closed ? "closed" : "new", 0);
    }
}

static void put_dots(const struct report_view *v)
{
    double most = 1e-9;
    for (uint32_t i = 0; i < v->s->dot_count; i++)
        most = fmax(most, fabs(v->s->dot[i].yuan));
    for (uint32_t i = 0; i < v->s->dot_count; i++) {
        const struct report_dot *d = &v->s->dot[i];
        double x = report_x(v, d->at.lon_e7 * 1e-7), y = report_y(v, d->at.lat_e7 * 1e-7),
               r = 28 * sqrt(fabs(d->yuan) / most);
        if (x < 0 || y < 0 || x > WIDTH || y > HEIGHT || r < 1)
            continue;
        fprintf(v->f, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"><title>",
                d->yuan > 0 ? "gain" : "loss", x, y, r);
        report_text(v->f, d->name_zh);
        fprintf(v->f, " ");
        report_text(v->f, d->name_en);
        fprintf(v->f, "：%+.0f 元/日 yuan a day</title></circle>\n", d->yuan);
    }
}

/* --- labels --------------------------------------------------------------------------------------------- */

/* Wide characters of UTF-8 count twice. */
static double text_width(const char *s, double size)
{
    double n = 0;
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        n += c < 0x80 ? 0.55 : c >= 0xe0 ? 1 : c >= 0xc0 ? 0.6 : 0;
    }
    return n * size;
}

static bool claim(struct report_view *v, struct report_box b)
{
    for (uint32_t i = 0; i < v->taken_count; i++)
        if (b.x0 < v->taken[i].x1 && b.x1 > v->taken[i].x0 && b.y0 < v->taken[i].y1 && b.y1 > v->taken[i].y0)
            return false;
    if (v->taken_count == REPORT_LABELS_MAX)
        return false;
    v->taken[v->taken_count++] = b;
    return true;
}

static void put_label(struct report_view *v, const struct report_label *l)
{
    double x = report_x(v, l->at.lon_e7 * 1e-7), y = report_y(v, l->at.lat_e7 * 1e-7);
    bool hub = strcmp(l->kind, "airport") == 0 || strcmp(l->kind, "port") == 0,
         city = strcmp(l->kind, "city") == 0;
    double size = city ? 15 : hub ? 13 : 11.5;
    double wide = fmax(text_width(l->name_zh, size), text_width(l->name_en, 9.5)) + 8;
    bool left = x + wide > v->width - 4; /* of its dot, where the map ends */
    double x0 = left ? x - wide - 4 : x - 3, x1 = left ? x + 3 : x + wide + 4;
    bool under_legend = v->legend && x1 > WIDTH - 330 && y > HEIGHT - 155;
    if (x0 < 0 || x > v->width || y < 12 || y > v->height - 16 || under_legend ||
        !claim(v, (struct report_box){x0, y - size, x1, y + 13}))
        return;
    const char *anchor = left ? " text-anchor=\"end\"" : "";
    double at = left ? x - 7 : x + 7;
    fprintf(
        v->f,
        "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%d\"/><text class=\"%s\" x=\"%.1f\" y=\"%.1f\"%s>",
        hub ? "hub" : "pl", x, y,
        hub    ? 5
        : city ? 4
               : 2,
        city  ? "c"
        : hub ? "h"
              : "t",
        at, y + 3, anchor);
    report_text(v->f, l->name_zh);
    fprintf(v->f, "</text><text class=\"en\" x=\"%.1f\" y=\"%.1f\"%s>", at, y + 13, anchor);
    report_text(v->f, l->name_en);
    fputs("</text>\n", v->f);
}

/* --- legend --------------------------------------------------------------------------------------------- */

static double round_figure(double v)
{
    double ten = pow(10, floor(log10(fmax(v, 1e-9))));
    return v / ten >= 5 ? 5 * ten : v / ten >= 2 ? 2 * ten : ten;
}

static void legend_line(const struct report_view *v, double y, const char *style, double width,
                        const char *text)
{
    fprintf(v->f, "<path class=\"%s\" d=\"M%d %.1fh52\"", style, WIDTH - 312, y);
    if (width > 0)
        fprintf(v->f, " stroke-width=\"%.1f\"", width);
    fprintf(v->f, "/><text class=\"lg\" x=\"%d\" y=\"%.1f\">%s</text>\n", WIDTH - 250, y + 4, text);
}

static void put_legend(const struct report_view *v, enum report_map which)
{
    char text[120];
    double y = HEIGHT - 124, trucks = round_figure(BAND_MAX / v->band / 2);
    fprintf(v->f, "<rect class=\"lb\" x=\"%d\" y=\"%d\" width=\"318\" height=\"140\" rx=\"6\"/>\n",
            WIDTH - 326, HEIGHT - 148);
    if (which == REPORT_ZONES) {
        fprintf(v->f,
                "<circle class=\"gain\" cx=\"%d\" cy=\"%.1f\" r=\"11\"/><text class=\"lg\" x=\"%d\" "
                "y=\"%.1f\">受益 gains</text>"
                "<circle class=\"loss\" cx=\"%d\" cy=\"%.1f\" r=\"11\"/><text class=\"lg\" x=\"%d\" "
                "y=\"%.1f\">受损 loses</text>\n",
                WIDTH - 290, y + 10, WIDTH - 250, y + 14, WIDTH - 290, y + 44, WIDTH - 250, y + 48);
    } else {
        snprintf(text, sizeof text, "%.4g 辆货车/日 trucks a day", trucks);
        legend_line(v, y, which == REPORT_FLOWS ? "b" : "up", trucks * v->band,
                    which == REPORT_FLOWS ? text : "");
        if (which == REPORT_DIFFERENCE) {
            fprintf(v->f, "<text class=\"lg\" x=\"%d\" y=\"%.1f\">增加 more, %s</text>\n", WIDTH - 250, y + 4,
                    text);
            legend_line(v, y + 34, "down", trucks * v->band, "减少 less");
        }
    }
    legend_line(v, HEIGHT - 52, "new", 0, "新路或改建 new or changed road");
    legend_line(v, HEIGHT - 32, "closed", 0, "封闭 closed");
    double km = round_figure(120 / v->scale * 111.2);
    fprintf(
        v->f,
        "<path class=\"bar\" d=\"M20 %dv6h%.1fv-6\"/><text class=\"lg\" x=\"24\" y=\"%d\">%.4g km</text>\n",
        HEIGHT - 24, km / 111.2 * v->scale, HEIGHT - 28, km);
}

void report_view_labels(struct report_view *v)
{
    for (uint32_t i = 0; i < v->s->label_count; i++)
        put_label(v, &v->s->label[i]);
}

void report_draw(FILE *f, const struct report_scene *s, enum report_map which)
{
    struct report_view v = {
        .f = f, .s = s, .window = s->window, .width = WIDTH, .height = HEIGHT, .legend = true};
    report_view_fit(&v);
    fprintf(f, "<svg viewBox=\"0 0 %d %d\" role=\"img\"><rect class=\"bg\" width=\"%d\" height=\"%d\"/>\n",
            WIDTH, HEIGHT, WIDTH, HEIGHT);
    report_view_roads(&v);
    scale_bands(&v, which);
    if (which != REPORT_ZONES)
        put_bands(&v, which);
    report_view_new(&v);
    if (which == REPORT_ZONES)
        put_dots(&v);
    report_view_labels(&v);
    put_legend(&v, which);
    fputs("</svg>\n", f);
}
