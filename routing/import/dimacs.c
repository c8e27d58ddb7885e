#include "import/dimacs.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "network/geo.h"

enum {
    LINE_MAX_BYTES = 256,
    NODES_MAX = 1 << 29,
    ARCS_MAX = 1 << 30,
    NODES_PER_ARC_MAX = 16,
    NODES_ALWAYS = 1024
};

struct reader {
    const char *path;
    gzFile file;
    unsigned long line;
    char text[LINE_MAX_BYTES];
    struct err *e;
};

struct graph {
    uint32_t node_count, arc_count, announced, arc_room;
    bool started;
    uint32_t *tail, *head, *weight; /* as read, then sorted by tail and head */
    uint32_t *first;
    struct net_point *point;
};

static bool wrong(struct reader *r, const char *fmt, ...)
{
    char text[160];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return fail(r->e, ERR_INVALID_ARGUMENT, "%s:%lu: %s", r->path, r->line, text);
}

static bool open_reader(struct reader *r, const char *path, struct err *e)
{
    *r = (struct reader){.path = path, .e = e};
    r->file = gzopen(path, "rb");
    if (r->file == NULL)
        return fail(e, ERR_NOT_FOUND, "%s cannot be opened", path);
    gzbuffer(r->file, 1 << 18);
    return true;
}

/* *more: false at the end of the file. */
static bool next_line(struct reader *r, bool *more)
{
    for (;;) {
        r->line++;
        *more = gzgets(r->file, r->text, sizeof r->text) != NULL;
        if (!*more) {
            int code;
            const char *why = gzerror(r->file, &code);
            return code == Z_OK || code == Z_STREAM_END || wrong(r, "the file is damaged: %s", why);
        }
        size_t len = strlen(r->text);
        if (len > 0 && r->text[len - 1] != '\n' && !gzeof(r->file)) {
            if (r->text[0] != 'c')
                return wrong(r, "a line of more than %d bytes", LINE_MAX_BYTES - 2);
            for (int ch; (ch = gzgetc(r->file)) != '\n' && ch != -1;)
                ; /* comments may be long */
            continue;
        }
        if (len == 0 || r->text[0] == 'c' || r->text[0] == '\n' || r->text[0] == '\r')
            continue;
        return true;
    }
}

/* Exactly `count` integers after what `at` points to. */
static bool numbers(struct reader *r, const char *at, int count, int64_t *out)
{
    char *end;
    for (int i = 0; i < count; i++) {
        out[i] = strtoll(at, &end, 10);
        if (end == at)
            return wrong(r, "%d whole numbers were expected", count);
        at = end;
    }
    at += strspn(at, " \t\r\n");
    return *at == '\0' || wrong(r, "there is \"%.20s\" after the last number", at);
}

static bool start_graph(struct reader *r, struct graph *g)
{
    int64_t size[2] = {0};
    if (g->started)
        return wrong(r, "a second problem line");
    if (strncmp(r->text, "p sp ", 5) != 0 || !numbers(r, r->text + 5, 2, size))
        return wrong(r, "\"p sp NODES ARCS\" was expected");
    if (size[0] < 0 || size[0] > NODES_MAX || size[1] < 0 || size[1] > ARCS_MAX)
        return wrong(r, "up to %d nodes and %d arcs can be read", NODES_MAX, ARCS_MAX);
    if (size[0] > NODES_ALWAYS + size[1] * NODES_PER_ARC_MAX)
        return wrong(r, "%lld nodes and %lld arcs: one of these is wrong", (long long)size[0],
                     (long long)size[1]);
    g->node_count = (uint32_t)size[0];
    g->announced = (uint32_t)size[1];
    g->started = true;
    return true;
}

/* Memory follows the arcs that come, not those that are announced. */
static bool room_for_arc(struct reader *r, struct graph *g)
{
    uint32_t **array[] = {&g->tail, &g->head, &g->weight};
    if (g->arc_count < g->arc_room)
        return true;
    uint32_t room = g->arc_room < 4096 ? 4096 : g->arc_room * 2;
    for (int k = 0; k < 3; k++) {
        uint32_t *bigger = realloc(*array[k], (size_t)room * sizeof *bigger);
        if (bigger == NULL)
            return fail(r->e, ERR_RESOURCE_EXHAUSTED, "out of memory for the %u arcs of %s", g->announced,
                        r->path);
        *array[k] = bigger;
    }
    g->arc_room = room;
    return true;
}

static bool add_arc(struct reader *r, struct graph *g, struct dimacs_report *report)
{
    int64_t n[3] = {0};
    if (!g->started)
        return wrong(r, "an arc before the problem line");
    if (!numbers(r, r->text + 1, 3, n))
        return false;
    if (n[0] < 1 || n[0] > g->node_count || n[1] < 1 || n[1] > g->node_count)
        return wrong(r, "an arc from %lld to %lld, but nodes are 1 to %u", (long long)n[0], (long long)n[1],
                     g->node_count);
    if (n[2] < 0)
        return wrong(r, "a negative weight: %lld", (long long)n[2]);
    if (n[2] > NET_WEIGHT_MAX)
        return wrong(r, "a weight of %lld; weights are up to %u", (long long)n[2], NET_WEIGHT_MAX);
    if (report->arcs++ == g->announced)
        return wrong(r, "more than the %u arcs that the problem line names", g->announced);
    if (n[0] == n[1]) {
        report->loops_dropped++;
        return true;
    }
    if (!room_for_arc(r, g))
        return false;
    g->tail[g->arc_count] = (uint32_t)n[0] - 1;
    g->head[g->arc_count] = (uint32_t)n[1] - 1;
    g->weight[g->arc_count++] = (uint32_t)n[2];
    return true;
}

static bool read_graph(const char *path, struct graph *g, struct dimacs_report *report, struct err *e)
{
    struct reader r;
    bool more, ok = open_reader(&r, path, e);
    while (ok && (ok = next_line(&r, &more)) && more) {
        if (r.text[0] == 'p')
            ok = start_graph(&r, g);
        else if (r.text[0] == 'a' && r.text[1] == ' ')
            ok = add_arc(&r, g, report);
        else
            ok = wrong(&r, "this is no line of a DIMACS graph");
    }
    if (ok && !g->started)
        ok = fail(e, ERR_INVALID_ARGUMENT, "%s has no problem line: it is no DIMACS graph", path);
    if (ok && g->node_count == 0)
        ok = fail(e, ERR_INVALID_ARGUMENT, "%s is a graph without nodes", path);
    if (ok && report->arcs != g->announced)
        ok = fail(e, ERR_INVALID_ARGUMENT, "%s ends after %u of the %u arcs that it announces", path,
                  report->arcs, g->announced);
    report->nodes = g->node_count;
    if (r.file != NULL)
        gzclose(r.file);
    return ok;
}

static bool add_point(struct reader *r, struct graph *g, uint8_t *seen, uint32_t *count)
{
    int64_t n[3] = {0};
    if (!numbers(r, r->text + 1, 3, n))
        return false;
    if (n[0] < 1 || n[0] > g->node_count)
        return wrong(r, "node %lld, but nodes are 1 to %u", (long long)n[0], g->node_count);
    if (n[1] < -180000000 || n[1] > 180000000 || n[2] < -90000000 || n[2] > 90000000)
        return wrong(r, "%lld %lld is no place on earth; longitude, then latitude in millionths of a degree",
                     (long long)n[1], (long long)n[2]);
    if (seen[n[0] - 1]++ != 0)
        return wrong(r, "node %lld a second time", (long long)n[0]);
    g->point[n[0] - 1] = (struct net_point){.lat_e7 = (int32_t)(n[2] * 10), .lon_e7 = (int32_t)(n[1] * 10)};
    ++*count;
    return true;
}

static bool read_points(const char *path, struct graph *g, struct err *e)
{
    struct reader r = {0};
    bool more, ok = true;
    uint32_t count = 0;
    uint8_t *seen = calloc((size_t)g->node_count + 1, 1);
    g->point = calloc((size_t)g->node_count + 1, sizeof *g->point);
    if (seen == NULL || g->point == NULL)
        ok = fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the places of %u nodes", g->node_count);
    if (path == NULL) {
        free(seen);
        return ok;
    }
    ok = ok && open_reader(&r, path, e);
    while (ok && (ok = next_line(&r, &more)) && more) {
        if (r.text[0] == 'v' && r.text[1] == ' ')
            ok = add_point(&r, g, seen, &count);
        else if (strncmp(r.text, "p aux sp co ", 12) != 0)
            ok = wrong(&r, "this is no line of a DIMACS coordinate file");
    }
    if (ok && count != g->node_count)
        ok = fail(e, ERR_INVALID_ARGUMENT, "%s has places for %u nodes, the graph has %u", path, count,
                  g->node_count);
    if (r.file != NULL)
        gzclose(r.file);
    free(seen);
    return ok;
}

/* Places of the arcs when sorted by key, stable. */
static uint32_t *sorted(const struct graph *g, const uint32_t *key, const uint32_t *before, uint32_t *first)
{
    uint32_t *at = malloc(((size_t)g->arc_count + 1) * sizeof *at);
    memset(first, 0, ((size_t)g->node_count + 2) * sizeof *first);
    for (uint32_t i = 0; i < g->arc_count; i++)
        first[key[i] + 2]++;
    for (uint32_t v = 0; v < g->node_count; v++)
        first[v + 2] += first[v + 1];
    for (uint32_t i = 0; at != NULL && i < g->arc_count; i++) {
        uint32_t arc = before != NULL ? before[i] : i;
        at[first[key[arc] + 1]++] = arc;
    }
    return at;
}

static bool sort_arcs(struct graph *g)
{
    g->first = malloc(((size_t)g->node_count + 2) * sizeof *g->first);
    uint32_t *by_head = g->first != NULL ? sorted(g, g->head, NULL, g->first) : NULL;
    uint32_t *by_tail = by_head != NULL ? sorted(g, g->tail, by_head, g->first) : NULL;
    uint32_t *array[] = {g->tail, g->head, g->weight};
    for (int k = 0; by_tail != NULL && g->arc_count > 0 && k < 3; k++) { /* by_head serves as the copy */
        memcpy(by_head, array[k], (size_t)g->arc_count * sizeof **array);
        for (uint32_t i = 0; i < g->arc_count; i++)
            array[k][i] = by_head[by_tail[i]];
    }
    bool ok = by_tail != NULL;
    free(by_head);
    free(by_tail);
    return ok;
}

static uint32_t add_link(struct network_builder *b, const struct graph *g, uint32_t arc, bool both_ways)
{
    uint32_t from = g->tail[arc], to = g->head[arc];
    double m = geo_distance_m(g->point[from], g->point[to]);
    struct net_link l = {.id = (int64_t)arc + 1,
                         .from = from,
                         .to = to,
                         .length_m = (uint32_t)(m + 0.5),
                         .flags = (uint16_t)(LINK_FORWARD | (both_ways ? LINK_BACKWARD : 0)),
                         .mode = MODE_ROAD,
                         .road_class = ROAD_OTHER,
                         .status = STATUS_OPEN,
                         .confidence = CONF_PUBLISHED};
    return network_add_link(b, &l);
}

/* The first arc back that has no link yet. Degrees are small. */
static uint32_t way_back(const struct graph *g, const uint32_t *link, uint32_t arc)
{
    uint32_t v = g->head[arc];
    for (uint32_t i = g->first[v]; i < g->first[v + 1]; i++)
        if (g->head[i] == g->tail[arc] && link[i] == NET_NONE)
            return i;
    return NET_NONE;
}

static bool hand_over(const struct graph *g, struct network_builder *b, struct dimacs_report *report,
                      struct err *e)
{
    uint32_t *link = malloc(((size_t)g->arc_count + 1) * sizeof *link);
    if (link == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for %u arcs", g->arc_count);
    memset(link, 0xff, (size_t)g->arc_count * sizeof *link);
    network_add_limit(b, &(struct net_limit){0});
    network_add_hours(b, &(struct net_hours){0});
    for (uint32_t v = 0; v < g->node_count; v++) {
        int64_t id = (int64_t)v + 1;
        network_add_node_id(b, &id);
        network_add_node_point(b, &g->point[v]);
    }
    for (uint32_t i = 0; i < g->arc_count; i++) {
        report->parallel_kept += i > 0 && g->tail[i] == g->tail[i - 1] && g->head[i] == g->head[i - 1];
        if (link[i] != NET_NONE)
            continue;
        uint32_t back = way_back(g, link, i);
        link[i] = add_link(b, g, i, back != NET_NONE) * 2;
        if (back != NET_NONE)
            link[back] = link[i] + 1;
    }
    for (uint32_t v = 0; v <= g->node_count; v++)
        network_add_arc_first(b, &g->first[v]);
    for (uint32_t i = 0; i < g->arc_count; i++) {
        network_add_arc_head(b, &g->head[i]);
        network_add_arc_link(b, &link[i]);
        network_add_arc_weight(b, &g->weight[i]);
    }
    free(link);
    return true;
}

bool network_import_dimacs(const char *gr_path, const char *co_path, struct network_builder *b,
                           struct dimacs_report *report, struct err *e)
{
    struct graph g = {0};
    *report = (struct dimacs_report){0};
    bool ok = read_graph(gr_path, &g, report, e) && read_points(co_path, &g, e);
    if (ok && !sort_arcs(&g))
        ok = fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for %u arcs", g.arc_count);
    if (ok) {
        const char *name = strrchr(gr_path, '/');
        network_set_about(b, name != NULL ? name + 1 : gr_path, "DIMACS", "", 0);
        ok = hand_over(&g, b, report, e);
    }
    free(g.tail);
    free(g.head);
    free(g.weight);
    free(g.first);
    free(g.point);
    return ok;
}
