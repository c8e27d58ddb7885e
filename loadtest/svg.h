/* svg.h - a plot of lines and bars as inline SVG. Colours are classes c0, c1, ... of the page's style sheet.
 */
#ifndef ZH_LOADTEST_SVG_H
#define ZH_LOADTEST_SVG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct svg_axis {
    double low, high;
    bool log;
    const char *title;
};

struct svg_plot {
    FILE *out;
    struct svg_axis x, y;
    int height; /* in user units; the width is SVG_WIDTH */
    unsigned keys;
};

enum { SVG_WIDTH = 960, SVG_LEFT = 70, SVG_RIGHT = 30, SVG_TOP = 26, SVG_BOTTOM = 44 };

/* A round number at or above v: 1, 2, 2.5 or 5 times a power of ten. */
double svg_round_up(double v);

/* Draws the frame with ticks. */
void svg_begin(struct svg_plot *p);
/* Percent instead of the x axis' numbers: text at an x. */
void svg_tick(struct svg_plot *p, double x, const char *text);
/* Points that are not finite break the line. */
void svg_line(struct svg_plot *p, const double *x, const double *y, size_t n, unsigned colour);
void svg_bar(struct svg_plot *p, double x0, double x1, double y0, double y1, unsigned colour);
void svg_level(struct svg_plot *p, double y, const char *text);
/* A vertical line with a number above it. */
void svg_mark(struct svg_plot *p, double x, unsigned number);
/* One more entry of the legend. */
void svg_key(struct svg_plot *p, const char *text, unsigned colour);
void svg_end(struct svg_plot *p);

/* Text with <, >, & and quotes escaped, control characters left out. */
void svg_text(FILE *out, const char *text);

#endif
