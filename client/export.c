/* export.c - the planner's flows for other programs: CSV, GeoJSON (RFC 7946), GMNS. */
#include "polyline.h"
#include "study.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

static bool cannot(const char *path, struct err *e)
{
    return fail(e, ERR_UNKNOWN, "%s cannot be written: %s", path, strerror(errno));
}

static bool close_file(FILE *f, const char *path, struct err *e)
{
    bool ok = !ferror(f);
    return (fclose(f) == 0 && ok) || cannot(path, e);
}

bool export_text(const char *path, const char *text, struct err *e)
{
    FILE *f = fopen(path, "w");
    if (f == NULL)
        return cannot(path, e);
    fputs(text, f);
    return close_file(f, path, e);
}

/* --- geometry ------------------------------------------------------------------------------------------- */

static json_t *line_json(const char *s)
{
    json_t *list = json_array();
    struct polyline_at at = {0};
    while (polyline_next(&s, &at))
        json_array_append_new(list, json_pack("[f, f]", (double)at.lon_e5 / 1e5, (double)at.lat_e5 / 1e5));
    return list;
}

static void put_wkt(FILE *f, const char *s)
{
    struct polyline_at at = {0};
    const char *between = "";
    fputs("\"LINESTRING(", f);
    while (polyline_next(&s, &at)) {
        fprintf(f, "%s%.5f %.5f", between, (double)at.lon_e5 / 1e5, (double)at.lat_e5 / 1e5);
        between = ",";
    }
    fputs(")\"", f);
}

static void put_quoted(FILE *f, const char *s)
{
    fputc('"', f);
    for (; *s != '\0'; s++) {
        if (*s == '"')
            fputc('"', f);
        fputc(*s, f);
    }
    fputc('"', f);
}

static bool write_geojson(const char *path, json_t *features, struct err *e)
{
    json_t *all = json_pack("{s:s, s:o}", "type", "FeatureCollection", "features", features);
    int bad = all != NULL ? json_dump_file(all, path, JSON_COMPACT | JSON_REAL_PRECISION(9)) : -1;
    json_decref(all);
    return bad == 0 || cannot(path, e);
}

/* --- flows ---------------------------------------------------------------------------------------------- */

static bool flows_csv(const char *path, const Zongheng__V1__AssignReply *r, struct err *e)
{
    FILE *f = fopen(path, "w");
    if (f == NULL)
        return cannot(path, e);
    fputs("link_id,direction,from_node_id,to_node_id,name,trucks,pce,capacity_pce,time_s,free_time_s,"
          "selected_trucks,new\n",
          f);
    for (size_t i = 0; i < r->n_links; i++) {
        const Zongheng__V1__LinkFlow *l = r->links[i];
        fprintf(f, "%lld,%d,%lld,%lld,", (long long)l->link_id, l->backward ? -1 : 1,
                (long long)l->from_node_id, (long long)l->to_node_id);
        put_quoted(f, l->name_zh);
        fprintf(f, ",%.6f,%.6f,%.3f,%.3f,%.3f,%.6f,%d\n", l->trucks, l->pce, l->capacity_pce, l->time_s,
                l->free_time_s, l->selected_trucks, l->new_link);
    }
    return close_file(f, path, e);
}

static bool flows_geojson(const char *path, const Zongheng__V1__AssignReply *r, struct err *e)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->n_links; i++) {
        const Zongheng__V1__LinkFlow *l = r->links[i];
        json_array_append_new(list, json_pack("{s:s, s:{s:s, s:o}, s:{s:I, s:b, s:s, s:f, s:f, s:f, s:b}}",
                                              "type", "Feature", "geometry", "type", "LineString",
                                              "coordinates", line_json(l->geometry), "properties", "link_id",
                                              (json_int_t)l->link_id, "backward", l->backward, "name",
                                              l->name_zh, "trucks", l->trucks, "pce", l->pce, "capacity_pce",
                                              l->capacity_pce, "new", l->new_link));
    }
    return write_geojson(path, list, e);
}

/* GMNS: node.csv is left to the network's own; link.csv one row a direction, link_performance.csv beside. */
static bool flows_gmns(const char *dir, const Zongheng__V1__AssignReply *r, struct err *e)
{
    char path[1200];
    if (mkdir(dir, 0777) != 0 && errno != EEXIST)
        return cannot(dir, e);
    snprintf(path, sizeof path, "%s/link.csv", dir);
    FILE *f = fopen(path, "w");
    if (f == NULL)
        return cannot(path, e);
    fputs("link_id,parent_link_id,from_node_id,to_node_id,directed,name,capacity,geometry\n", f);
    for (size_t i = 0; i < r->n_links; i++) {
        const Zongheng__V1__LinkFlow *l = r->links[i];
        fprintf(f, "%zu,%lld,%lld,%lld,1,", i + 1, (long long)l->link_id, (long long)l->from_node_id,
                (long long)l->to_node_id);
        put_quoted(f, l->name_zh);
        fprintf(f, ",%.3f,", l->capacity_pce);
        put_wkt(f, l->geometry);
        fputc('\n', f);
    }
    if (!close_file(f, path, e))
        return false;
    snprintf(path, sizeof path, "%s/link_performance.csv", dir);
    f = fopen(path, "w");
    if (f == NULL)
        return cannot(path, e);
    fputs("link_id,volume_pce,trucks,travel_time_min,free_flow_time_min,vc_ratio\n", f);
    for (size_t i = 0; i < r->n_links; i++) {
        const Zongheng__V1__LinkFlow *l = r->links[i];
        fprintf(f, "%zu,%.6f,%.6f,%.6f,%.6f,%.6f\n", i + 1, l->pce, l->trucks, l->time_s / 60,
                l->free_time_s / 60, l->capacity_pce > 0 ? l->pce / l->capacity_pce : 0);
    }
    return close_file(f, path, e);
}

bool export_flows(const struct study *s, const Zongheng__V1__AssignReply *r, struct err *e)
{
    return (s->csv == NULL || flows_csv(s->csv, r, e)) &&
           (s->geojson == NULL || flows_geojson(s->geojson, r, e)) &&
           (s->gmns == NULL || flows_gmns(s->gmns, r, e));
}

/* --- changes -------------------------------------------------------------------------------------------- */

static bool changes_csv(const char *path, const Zongheng__V1__CompareReply *r, struct err *e)
{
    FILE *f = fopen(path, "w");
    if (f == NULL)
        return cannot(path, e);
    fputs("node_id,name,goods_group,trucks,time_h,distance_km,toll_yuan,benefit_yuan\n", f);
    Zongheng__V1__ZoneChange *const *lists[] = {r->winners, r->losers, r->zones};
    const size_t counts[] = {r->n_winners, r->n_losers, r->n_zones};
    for (int k = 0; k < 3; k++)
        for (size_t i = 0; i < counts[k]; i++) {
            const Zongheng__V1__ZoneChange *z = lists[k][i];
            fprintf(f, "%lld,", (long long)z->node_id);
            put_quoted(f, z->name_zh);
            fprintf(f, ",%s,%.6f,%.6f,%.6f,%.6f,%.6f\n", z->goods_group, z->trucks, z->time_h, z->distance_km,
                    z->toll_yuan, z->benefit_yuan);
        }
    return close_file(f, path, e);
}

static bool changes_geojson(const char *path, const Zongheng__V1__CompareReply *r, struct err *e)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->n_links; i++) {
        const Zongheng__V1__FlowChange *l = r->links[i];
        json_array_append_new(list, json_pack("{s:s, s:{s:s, s:o}, s:{s:I, s:b, s:s, s:f, s:f, s:b, s:b}}",
                                              "type", "Feature", "geometry", "type", "LineString",
                                              "coordinates", line_json(l->geometry), "properties", "link_id",
                                              (json_int_t)l->link_id, "backward", l->backward, "name",
                                              l->name_zh, "before_pce", l->before_pce, "after_pce",
                                              l->after_pce, "new", l->new_link, "closed", l->closed));
    }
    return write_geojson(path, list, e);
}

bool export_changes(const struct study *s, const Zongheng__V1__CompareReply *r, struct err *e)
{
    return (s->csv == NULL || changes_csv(s->csv, r, e)) &&
           (s->geojson == NULL || changes_geojson(s->geojson, r, e));
}

/* --- isochrones ----------------------------------------------------------------------------------------- */

static void add_areas(json_t *list, const Zongheng__V1__Isochrone *m, const char *what,
                      Zongheng__V1__Polygon *const *of, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        json_t *rings = json_array();
        for (size_t k = 0; k < of[i]->n_rings; k++)
            json_array_append_new(rings, line_json(of[i]->rings[k]));
        json_array_append_new(list, json_pack("{s:s, s:{s:s, s:o}, s:{s:s, s:I, s:s}}", "type", "Feature",
                                              "geometry", "type", "Polygon", "coordinates", rings,
                                              "properties", "target", m->target, "minutes",
                                              (json_int_t)m->minutes, "what", what));
    }
}

bool export_isochrones(const char *path, Zongheng__V1__Isochrone *const *of, size_t n, struct err *e)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        add_areas(list, of[i], "before", of[i]->before, of[i]->n_before);
        add_areas(list, of[i], "after", of[i]->after, of[i]->n_after);
        add_areas(list, of[i], "gained", of[i]->gained, of[i]->n_gained);
        add_areas(list, of[i], "lost", of[i]->lost, of[i]->n_lost);
    }
    return write_geojson(path, list, e);
}
