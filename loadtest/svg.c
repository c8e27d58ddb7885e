#include "svg.h"

#include <math.h>

static double inner_width(void)
{
    return SVG_WIDTH - SVG_LEFT - SVG_RIGHT;
}

static double share(const struct svg_axis *a, double v)
{
    double s =
        a->log ? (log(v) - log(a->low)) / (log(a->high) - log(a->low)) : (v - a->low) / (a->high - a->low);
    return s < 0 || !isfinite(s) ? 0 : s > 1 ? 1 : s;
}

static double at_x(const struct svg_plot *p, double v)
{
    return SVG_LEFT + share(&p->x, v) * inner_width();
}

static double at_y(const struct svg_plot *p, double v)
{
    return p->height - SVG_BOTTOM - share(&p->y, v) * (p->height - SVG_TOP - SVG_BOTTOM);
}

double svg_round_up(double v)
{
    static const double steps[] = {1, 2, 2.5, 5, 10};
    if (!(v > 0) || !isfinite(v))
        return 1;
    double power = pow(10, floor(log10(v)));
    for (unsigned i = 0; i < 5; i++)
        if (steps[i] * power >= v * 0.999999)
            return steps[i] * power;
    return 10 * power;
}

void svg_text(FILE *out, const char *text)
{
    for (const unsigned char *s = (const unsigned char *)text; *s != '\0'; s++)
        if (*s == '<')
            fputs("&lt;", out);
        else if (*s == '>')
            fputs("&gt;", out);
        else if (*s == '&')
            fputs("&amp;", out);
        else if (*s == '"')
            fputs("&quot;", out);
        else if (*s >= 0x20 && *s != 0x7f)
            fputc(*s, out);
}

static void y_tick(struct svg_plot *p, double v)
{
    double y = at_y(p, v);
    fprintf(p->out,
            "<line class=\"g\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text class=\"t e\" x=\"%d\" "
            "y=\"%.1f\">%g</text>\n",
            SVG_LEFT, SVG_WIDTH - SVG_RIGHT, y, y, SVG_LEFT - 8, y + 4, v);
}

void svg_tick(struct svg_plot *p, double v, const char *text)
{
    double x = at_x(p, v);
    fprintf(p->out,
            "<line class=\"g\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/><text class=\"t m\" x=\"%.1f\" "
            "y=\"%d\">%s</text>\n",
            x, x, SVG_TOP, p->height - SVG_BOTTOM, x, p->height - SVG_BOTTOM + 17, text);
}

static void x_tick(struct svg_plot *p, double v)
{
    char text[32];
    snprintf(text, sizeof text, "%g", v);
    svg_tick(p, v, text);
}

/* Decades, and between few of them also 2 and 5. */
static void log_ticks(struct svg_plot *p, const struct svg_axis *a, void (*tick)(struct svg_plot *, double))
{
    double decades = log10(a->high / a->low);
    for (double power = pow(10, floor(log10(a->low))); power <= a->high * 1.0001; power *= 10) {
        static const double steps[] = {1, 2, 5};
        for (unsigned i = 0; i < (decades < 4 ? 3u : 1u); i++)
            if (steps[i] * power >= a->low * 0.9999 && steps[i] * power <= a->high * 1.0001)
                tick(p, steps[i] * power);
    }
}

static void ticks(struct svg_plot *p, const struct svg_axis *a, void (*tick)(struct svg_plot *, double))
{
    if (a->log) {
        log_ticks(p, a, tick);
        return;
    }
    double step = svg_round_up((a->high - a->low) / 8);
    for (double v = ceil(a->low / step) * step; v <= a->high + step * 1e-6; v += step)
        tick(p, fabs(v) < step * 1e-6 ? 0 : v);
}

void svg_begin(struct svg_plot *p)
{
    p->keys = 0;
    fprintf(p->out, "<svg viewBox=\"0 0 %d %d\" role=\"img\">\n", SVG_WIDTH, p->height);
    ticks(p, &p->y, y_tick);
    if (p->x.high > p->x.low)
        ticks(p, &p->x, x_tick);
    fprintf(p->out, "<text class=\"t m\" x=\"%.0f\" y=\"%d\">", SVG_LEFT + inner_width() / 2, p->height - 8);
    svg_text(p->out, p->x.title);
    fprintf(p->out, "</text><text class=\"t\" x=\"4\" y=\"16\">");
    svg_text(p->out, p->y.title);
    fputs("</text>\n", p->out);
}

void svg_line(struct svg_plot *p, const double *x, const double *y, size_t n, unsigned colour)
{
    bool open = false;
    for (size_t i = 0; i < n; i++) {
        if (isfinite(y[i]) && !open)
            fprintf(p->out, "<polyline class=\"l c%u\" points=\"", colour);
        if (isfinite(y[i]))
            fprintf(p->out, "%.1f,%.1f ", at_x(p, x[i]), at_y(p, y[i]));
        else if (open)
            fputs("\"/>\n", p->out);
        open = isfinite(y[i]);
    }
    if (open)
        fputs("\"/>\n", p->out);
}

void svg_bar(struct svg_plot *p, double x0, double x1, double y0, double y1, unsigned colour)
{
    double left = at_x(p, x0), top = at_y(p, y1), high = at_y(p, y0) - top;
    if (high > 0.05)
        fprintf(p->out, "<rect class=\"b c%u\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"/>\n",
                colour, left, top, at_x(p, x1) - left, high);
}

void svg_level(struct svg_plot *p, double v, const char *text)
{
    double y = at_y(p, v);
    fprintf(p->out,
            "<line class=\"v\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text class=\"t e\" x=\"%d\" "
            "y=\"%.1f\">",
            SVG_LEFT, SVG_WIDTH - SVG_RIGHT, y, y, SVG_WIDTH - SVG_RIGHT - 4, y - 5);
    svg_text(p->out, text);
    fputs("</text>\n", p->out);
}

void svg_mark(struct svg_plot *p, double v, unsigned number)
{
    double x = at_x(p, v);
    fprintf(p->out,
            "<line class=\"v\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/><text class=\"t m w\" x=\"%.1f\" "
            "y=\"%d\">%u</text>\n",
            x, x, SVG_TOP, p->height - SVG_BOTTOM, x, SVG_TOP - 4, number);
}

void svg_key(struct svg_plot *p, const char *text, unsigned colour)
{
    int x = SVG_WIDTH - SVG_RIGHT - 110 - 112 * (int)(p->keys % 7), y = 8 + 14 * (int)(p->keys / 7);
    p->keys++;
    fprintf(p->out,
            "<rect class=\"b c%u\" x=\"%d\" y=\"%d\" width=\"12\" height=\"8\"/><text class=\"t\" x=\"%d\" "
            "y=\"%d\">",
            colour, x, y, x + 17, y + 8);
    svg_text(p->out, text);
    fputs("</text>\n", p->out);
}

void svg_end(struct svg_plot *p)
{
    fputs("</svg>\n", p->out);
}
