/* The course of a link: the column geometry of link.csv, or geometry.csv, to which geometry_id points. */
#include "import/gmns_tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool add_point(struct gmns_line *l, struct net_point p)
{
    if (l->count == l->room) {
        uint32_t room = l->room < 16 ? 16 : l->room * 2;
        struct net_point *at = room > l->room ? realloc(l->at, room * sizeof *at) : NULL;
        if (at == NULL)
            return false;
        l->at = at;
        l->room = room;
    }
    l->at[l->count++] = p;
    return true;
}

/* "LINESTRING(lon lat,lon lat,...)", with both ends; a fault when it is none. */
static bool parse_line(struct gmns *g, struct csv *t, const char *s, struct gmns_line *out)
{
    static const char head[] = "LINESTRING";
    const char *at = strncasecmp(s, head, sizeof head - 1) == 0 ? strchr(s, '(') : NULL;
    out->count = 0;
    while (at != NULL && (*at == '(' || *at == ',')) {
        char *end;
        double lon = strtod(at + 1, &end), lat = end != at + 1 ? strtod(end, &end) : 999;
        if (!(fabs(lon) <= 180) || !(fabs(lat) <= 90)) {
            at = NULL;
        } else if (add_point(out,
                             (struct net_point){(int32_t)lround(lat * 1e7), (int32_t)lround(lon * 1e7)})) {
            at = end + strspn(end, " ");
        } else {
            g->out_of_memory = true;
            return false;
        }
    }
    bool ok = at != NULL && *at == ')' && out->count >= 2;
    if (!ok)
        csv_fault(t, "geometry", "\"%.40s...\" is not a WKT LINESTRING of longitude latitude pairs", s);
    return ok;
}

static void read_geometry(struct gmns *g, struct csv *t)
{
    struct gmns_line line = {0};
    int64_t id = csv_int(t, "geometry_id", CSV_REQUIRED, INT64_MIN, INT64_MAX);
    if (!parse_line(g, t, csv_text(t, "geometry", CSV_REQUIRED), &line)) {
        free(line.at);
        return;
    }
    struct gmns_line *more = realloc(g->line, ((size_t)g->lines + 1) * sizeof *more);
    if (more == NULL) {
        g->out_of_memory = true;
        free(line.at);
        return;
    }
    g->line = more;
    g->line[g->lines] = line;
    id_map_add(g, &g->geometry, id, g->lines++);
}

bool gmns_read_geometry(struct gmns *g, struct err *e)
{
    return gmns_read_table(g, "geometry.csv", read_geometry, &g->geometry, e);
}

void gmns_free_geometry(struct gmns *g)
{
    for (uint32_t i = 0; i < g->lines; i++)
        free(g->line[i].at);
    free(g->line);
    free(g->geometry.at);
}

/* The inner points; the first and the last are the nodes. dir_flag -1: they run from the link's end. */
static void add_shape(struct gmns *g, const struct gmns_line *line, bool backwards, struct net_link *l)
{
    network_rows_shape(g->b, &l->shape_first);
    for (uint32_t i = 1; i + 1 < line->count; i++) {
        network_add_shape(g->b, &line->at[backwards ? line->count - 1 - i : i]);
        l->shape_count++;
    }
}

void gmns_read_shape(struct gmns *g, struct csv *t, struct net_link *l)
{
    const char *s = csv_text(t, "geometry", CSV_OPTIONAL);
    bool backwards = csv_int(t, "dir_flag", CSV_OPTIONAL, -1, 1) == -1;
    if (s[0] != '\0') {
        struct gmns_line line = {0};
        if (parse_line(g, t, s, &line))
            add_shape(g, &line, backwards, l);
        free(line.at);
    } else if (csv_has(t, "geometry_id")) {
        uint32_t i = id_map_find(t, "geometry_id", &g->geometry,
                                 csv_int(t, "geometry_id", CSV_REQUIRED, INT64_MIN, INT64_MAX));
        if (i != NET_NONE)
            add_shape(g, &g->line[i], backwards, l);
    }
}
