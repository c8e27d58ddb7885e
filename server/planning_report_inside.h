/* planning_report_inside.h - what the files of the report share. */
#ifndef ZH_SERVER_PLANNING_REPORT_INSIDE_H
#define ZH_SERVER_PLANNING_REPORT_INSIDE_H

#include "planning_report.h"

#include <stdio.h>

struct report_line { /* a road of either state, both directions together */
    struct net_point from, to;
    const struct net_point *inner;
    uint32_t inner_count;
    const char *name;
    uint8_t road_class;
    double before, after; /* lorries per day */
    bool new_link, closed;
};

struct report_dot { /* a zone and what it gains */
    struct net_point at;
    const char *name_zh, *name_en;
    double yuan;
};

struct report_label {
    struct net_point at;
    const char *name_zh, *name_en, *kind;
    uint32_t weight;
};

struct report_window { /* degrees */
    double west, east, south, north;
};

enum { REPORT_LABELS_MAX = 60 };

struct report_scene {
    struct report_line *line;
    struct report_dot *dot;
    struct report_label *label;
    uint32_t line_count, dot_count, label_count;
    struct report_window window; /* what the maps show */
};

enum report_map { REPORT_FLOWS, REPORT_DIFFERENCE, REPORT_ZONES };

/* A map in work: degrees to pixels, and where names stand already. */
struct report_box {
    double x0, y0, x1, y1;
};

struct report_view {
    FILE *f;
    const struct report_scene *s;
    struct report_window window;
    double width, height; /* pixels */
    bool legend;          /* it has one in its lower right corner */
    double scale, left, top, flat;
    double band; /* pixels a lorry */
    struct report_box taken[REPORT_LABELS_MAX];
    uint32_t taken_count;
};
void report_view_fit(struct report_view *v); /* by window, width and height */
double report_x(const struct report_view *v, double lon);
double report_y(const struct report_view *v, double lat);
void report_view_roads(const struct report_view *v);
void report_view_new(const struct report_view *v); /* new, changed and closed roads */
void report_view_labels(struct report_view *v);

/* planning_report_reach.c: from where a target is reached in so many minutes, before, after, and the
 * difference: figures, as much HTML as there are targets. */
void report_draw_reach(FILE *f, const struct report_scene *s, const Zongheng__V1__CompareReply *c);

void report_draw(FILE *f, const struct report_scene *s, enum report_map which);
/* Text with &, <, > and quotes made safe. */
void report_text(FILE *f, const char *s);

bool report_scene_make(struct report_scene *s, const struct planning *p, const struct compare *c,
                       struct err *e);
void report_scene_free(struct report_scene *s);

/* "高速入口 expressway entrance" */
const char *report_target_words(const char *target);

extern const char report_style[]; /* the page's CSS */

/* planning_report_tables.c: the parts of the page after the maps. */
void report_users(FILE *f, const Zongheng__V1__AppraiseReply *m);
void report_access(FILE *f, const Zongheng__V1__AppraiseReply *m, const char *maps);
void report_worth(FILE *f, const Zongheng__V1__AppraiseReply *m);
void report_end(FILE *f, const Zongheng__V1__AppraiseReply *m, const struct network *n);

#endif
