/* test_osm_file.h - small OSM XML files written by the tests, and the networks made from them. */
#ifndef ZH_TEST_OSM_FILE_H
#define ZH_TEST_OSM_FILE_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import/osm.h"
#include "network/file.h"
#include "road/road.h"
#include "test.h"

enum { OSM_TEXT_MAX = 1 << 20 };

struct osm_text {
    char s[OSM_TEXT_MAX];
    size_t len;
};

static inline void put(struct osm_text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static inline void put(struct osm_text *t, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(t->s + t->len, sizeof t->s - t->len, fmt, args);
    va_end(args);
    CHECK(n >= 0 && (size_t)n < sizeof t->s - t->len);
    t->len += (size_t)n;
}

static inline struct osm_text *osm_text(void)
{
    struct osm_text *t = calloc(1, sizeof *t);
    CHECK(t != NULL);
    put(t, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<osm version=\"0.6\">\n");
    return t;
}

/* "highway=primary|oneway=yes" */
static inline void put_tags(struct osm_text *t, const char *tags)
{
    while (*tags != '\0') {
        size_t n = strcspn(tags, "|"), key = strcspn(tags, "=");
        CHECK(key < n);
        put(t, "<tag k=\"%.*s\" v=\"", (int)key, tags);
        for (size_t i = key + 1; i < n; i++)
            put(t,
                tags[i] == '"'   ? "&quot;"
                : tags[i] == '<' ? "&lt;"
                : tags[i] == '&' ? "&amp;"
                                 : "%c",
                tags[i]);
        put(t, "\"/>");
        tags += n + (tags[n] == '|');
    }
}

/* A unit is 0.01 degree near the equator: 1112 m both ways. */
#define UNIT 1112
static inline void put_node(struct osm_text *t, int id, double x, double y, const char *tags)
{
    put(t, "<node id=\"%d\" lat=\"%.7f\" lon=\"%.7f\">", id, y * 0.01, x * 0.01);
    put_tags(t, tags);
    put(t, "</node>\n");
}

/* nodes: "1 2 3" */
static inline void put_way(struct osm_text *t, int id, const char *nodes, const char *tags)
{
    put(t, "<way id=\"%d\">", id);
    for (char *end; *nodes != '\0'; nodes = end + strspn(end, " "))
        put(t, "<nd ref=\"%ld\"/>", strtol(nodes, &end, 10));
    put_tags(t, tags);
    put(t, "</way>\n");
}

/* members: "f10 n1 t12": from way 10, via node 1 (v3: via way 3), to way 12 */
static inline void put_turn(struct osm_text *t, int id, const char *members, const char *tags)
{
    put(t, "<relation id=\"%d\"><tag k=\"type\" v=\"restriction\"/>", id);
    for (char *end; *members != '\0'; members = end + strspn(end, " ")) {
        char c = *members;
        put(t, "<member type=\"%s\" ref=\"%ld\" role=\"%s\"/>", c == 'n' ? "node" : "way",
            strtol(members + 1, &end, 10),
            c == 'f'   ? "from"
            : c == 't' ? "to"
                       : "via");
    }
    put_tags(t, tags);
    put(t, "</relation>\n");
}

struct osm_net {
    const struct network *n;
    uint8_t *bytes;
    struct network_osm_report r;
    struct err e;
};

static inline const char *osm_path(const char *suffix)
{
    static char path[96];
    snprintf(path, sizeof path, "/tmp/test_osm_%ld%s", (long)getpid(), suffix);
    return path;
}

/* Imports bytes as a file of that suffix; false: refused, o->e says why. */
static inline bool osm_load_bytes(const void *bytes, size_t len, const char *suffix, struct osm_net *o)
{
    struct network_builder *b;
    uint8_t *raw = NULL;
    size_t size;
    *o = (struct osm_net){0};
    FILE *f = fopen(osm_path(suffix), "wb");
    CHECK(f != NULL && fwrite(bytes, 1, len, f) == len && fclose(f) == 0);
    CHECK(network_builder_new(&b, &o->e));
    bool ok = network_import_osm(osm_path(suffix), b, &o->r, NULL, &o->e);
    CHECK(!ok || network_builder_freeze(b, &raw, &size, &o->e));
    network_builder_free(b);
    unlink(osm_path(suffix));
    if (!ok) {
        CHECK_MSG(strlen(o->e.text) > 10, "refused without a sentence");
        return false;
    }
    o->bytes = aligned_alloc(64, (size + 63) / 64 * 64);
    CHECK(o->bytes != NULL);
    memcpy(o->bytes, raw, size);
    free(raw);
    CHECK_MSG(network_open_bytes(o->bytes, size, &o->n, &o->e), "%s", o->e.text);
    return true;
}

/* Ends the text, imports it and frees it. */
static inline bool osm_load(struct osm_text *t, struct osm_net *o)
{
    put(t, "</osm>\n");
    bool ok = osm_load_bytes(t->s, t->len, ".osm", o);
    free(t);
    return ok;
}

static inline void osm_done(struct osm_net *o)
{
    if (o->n != NULL)
        network_release(o->n);
    free(o->bytes);
    *o = (struct osm_net){0};
}

/* The plain node of an id. */
static inline uint32_t osm_node(const struct osm_net *o, int64_t id)
{
    for (uint32_t v = 0; v < net_plain_count(o->n); v++)
        if (o->n->node_id[v] == id)
            return v;
    return NET_NONE;
}

/* The k-th link of a way. */
static inline const struct net_link *osm_link(const struct osm_net *o, int64_t way, int k)
{
    for (uint32_t i = 0; i < o->n->link_count; i++)
        if (o->n->link[i].id == way && k-- == 0)
            return &o->n->link[i];
    return NULL;
}

/* Metres (or what the profile weighs), -1: no way, or a node that is not there. */
static inline long osm_way_of(const struct osm_net *o, const struct road_profile *p, int64_t from, int64_t to)
{
    struct road_metric *m;
    struct road_query *q;
    struct err e = {0};
    uint32_t a = osm_node(o, from), b = osm_node(o, to);
    if (a == NET_NONE || b == NET_NONE)
        return -1;
    CHECK_MSG(road_metric_new(o->n, p, &m, &e), "%s", e.text);
    CHECK_MSG(road_query_new(o->n, NULL, &q, &e), "%s", e.text);
    uint32_t w = road_weight(q, m, a, b);
    road_query_free(q);
    road_metric_free(m);
    return w < ROAD_INF ? (long)w : -1;
}

static inline long osm_metres_of(const struct osm_net *o, int64_t from, int64_t to)
{
    return osm_way_of(o, &(struct road_profile){.vehicle_class = 6, .objective = ROAD_SHORTEST}, from, to);
}

#endif
