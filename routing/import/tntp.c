#include "import/tntp.h"
#include "import/tntp_lines.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_MAX_KM = 20000 };

struct plane {
    double (*xy)[2]; /* of each node; NULL: not known */
    uint8_t *seen;
    uint32_t count;
};

static bool read_node(struct tntp_lines *r, uint32_t node_count, struct plane *p)
{
    int64_t id;
    double xy[2];
    if (r->fields != 3)
        return tntp_wrong(r, "a node has 3 fields, its number, X and Y; here are %u", r->fields);
    if (!tntp_whole(r, "node", r->field[0], 1, node_count, &id))
        return false;
    for (int i = 0; i < 2; i++)
        if (!tntp_decimal(r->field[1 + i], &xy[i]) || fabs(xy[i]) > TNTP_VALUE_MAX)
            return tntp_wrong(r, "%c \"%.40s\" is not a number within +-%g", 'X' + i, r->field[1 + i],
                              TNTP_VALUE_MAX);
    if (p->seen[id - 1]++ != 0)
        return tntp_wrong(r, "node %lld a second time", (long long)id);
    memcpy(p->xy[id - 1], xy, sizeof xy);
    p->count++;
    return true;
}

/* The heading is the first line when it does not start with a number; a row must end in ';' when the first
 * line does. */
static bool read_nodes(struct tntp_lines *r, uint32_t node_count, struct plane *p)
{
    char *s;
    bool first = true, ends = false;
    for (bool more;; first = false) {
        if (!tntp_next(r, &s, &more))
            return false;
        if (!more)
            break;
        if (!tntp_split(r, s))
            return false;
        double number;
        ends = first ? r->ended : ends;
        if (r->ended != ends)
            return tntp_wrong(r, "this row %s ';', the first one %s", r->ended ? "ends in" : "has no",
                              ends ? "does" : "does not");
        if (first && r->fields > 0 && !tntp_decimal(r->field[0], &number))
            continue;
        if (!read_node(r, node_count, p))
            return false;
    }
    return p->count == node_count ||
           tntp_wrong(r, "the file has places for %u of %u nodes; take it away to import without places",
                      p->count, node_count);
}

/* *p stays empty when there is no node file. */
static bool open_nodes(const char *net_path, uint32_t node_count, struct plane *p, struct err *e)
{
    static const char tail[] = "_net.tntp";
    char path[4096];
    size_t n = strlen(net_path), stem = n - (sizeof tail - 1);
    if (n < sizeof tail - 1 || strcmp(net_path + stem, tail) != 0)
        return true;
    if (snprintf(path, sizeof path, "%.*s_node.tntp", (int)stem, net_path) >= (int)sizeof path)
        return fail(e, ERR_INVALID_ARGUMENT, "the path %.60s... is too long", net_path);
    struct tntp_lines r = {.path = path, .file = fopen(path, "rb"), .e = e};
    if (r.file == NULL)
        return errno == ENOENT || fail(e, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
    p->xy = calloc(node_count, sizeof *p->xy);
    p->seen = calloc(node_count, 1);
    bool ok = (p->xy != NULL && p->seen != NULL) ||
              fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the places of %u nodes", node_count);
    ok = ok && read_nodes(&r, node_count, p);
    fclose(r.file);
    return ok;
}

static enum tntp_places places_of(const struct plane *p, uint32_t node_count)
{
    if (p->xy == NULL)
        return TNTP_NO_PLACES;
    for (uint32_t v = 0; v < node_count; v++)
        if (fabs(p->xy[v][0]) > 180 || fabs(p->xy[v][1]) > 90)
            return TNTP_PLANAR;
    return TNTP_GEOGRAPHIC;
}

static bool lengths_fit(const struct tntp_net *net)
{
    for (uint32_t i = 0; i < net->link_count; i++)
        if (net->link[i].length > LENGTH_MAX_KM)
            return false;
    return true;
}

/* Zones below first_thru_node that lie on a way from one neighbour to another one. */
static bool count_passable(const struct tntp_net *net, struct tntp_report *report, struct err *e)
{
    struct zone {
        uint32_t neighbour; /* 0: none yet */
        bool in, out, several;
    } *zone = calloc((size_t)net->node_count + 1, sizeof *zone);
    if (zone == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for %u nodes", net->node_count);
    for (uint32_t i = 0; i < net->link_count; i++) {
        const struct tntp_link *l = &net->link[i];
        struct zone *from = &zone[l->from], *to = &zone[l->to];
        if (l->from == l->to)
            continue;
        from->out = to->in = true;
        from->several |= from->neighbour != 0 && from->neighbour != l->to;
        to->several |= to->neighbour != 0 && to->neighbour != l->from;
        from->neighbour = l->to;
        to->neighbour = l->from;
    }
    for (uint32_t v = 1; v < net->first_thru_node; v++)
        report->zones_passable += zone[v].in && zone[v].out && zone[v].several;
    free(zone);
    return true;
}

static int by_tail(const void *pa, const void *pb)
{
    const struct tntp_link *a = pa, *b = pb;
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    if (a->to != b->to)
        return a->to < b->to ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

/* One link and one arc for each row; the rows are sorted by tail, head and place in the file afterwards. */
static void add_links(struct tntp_net *net, struct network_builder *b, struct tntp_report *report)
{
    for (uint32_t i = 0; i < net->link_count; i++) {
        struct tntp_link *l = &net->link[i];
        double m = report->lengths_kept ? l->length * 1000 : 0;
        struct net_link row = {.id = (int64_t)i + 1,
                               .from = l->from - 1,
                               .to = l->to - 1,
                               .length_m = (uint32_t)(m + 0.5),
                               .flags = LINK_FORWARD,
                               .mode = MODE_ROAD,
                               .road_class = ROAD_OTHER,
                               .status = STATUS_OPEN,
                               .confidence = CONF_PUBLISHED};
        report->loops_dropped += l->from == l->to;
        l->line = l->from != l->to ? network_add_link(b, &row) : NET_NONE; /* from here on the link's index */
    }
    if (net->link_count > 0)
        qsort(net->link, net->link_count, sizeof *net->link, by_tail);
}

static void add_arcs(const struct tntp_net *net, struct network_builder *b, struct tntp_report *report)
{
    uint32_t arcs = 0, next = 1;
    for (uint32_t i = 0; i < net->link_count; i++) {
        const struct tntp_link *l = &net->link[i], *before = i > 0 ? l - 1 : NULL;
        if (l->from == l->to)
            continue;
        for (; next <= l->from; next++)
            network_add_arc_first(b, &arcs);
        uint32_t head = l->to - 1, link = l->line * 2;
        uint32_t weight = (uint32_t)floor(l->free_flow_time * 1000 + 0.5);
        report->parallel_kept += before != NULL && before->from == l->from && before->to == l->to;
        network_add_arc_head(b, &head);
        network_add_arc_link(b, &link);
        network_add_arc_weight(b, &weight);
        arcs++;
    }
    for (; next <= net->node_count + 1; next++)
        network_add_arc_first(b, &arcs);
}

static void add_nodes(const struct tntp_net *net, const struct plane *p, enum tntp_places places,
                      struct network_builder *b)
{
    for (uint32_t v = 0; v < net->node_count; v++) {
        int64_t id = (int64_t)v + 1;
        struct net_point at = {0};
        if (places == TNTP_GEOGRAPHIC)
            at = (struct net_point){(int32_t)lround(p->xy[v][1] * 1e7), (int32_t)lround(p->xy[v][0] * 1e7)};
        network_add_node_id(b, &id);
        network_add_node_point(b, &at);
    }
}

static bool weights_fit(const char *path, const struct tntp_net *net, struct err *e)
{
    for (uint32_t i = 0; i < net->link_count; i++)
        if (floor(net->link[i].free_flow_time * 1000 + 0.5) > NET_WEIGHT_MAX)
            return fail(e, ERR_INVALID_ARGUMENT, "%s:%u: free_flow_time %g is above %.3f", path,
                        net->link[i].line, net->link[i].free_flow_time, NET_WEIGHT_MAX / 1000.0);
    return true;
}

bool network_import_tntp(const char *net_path, struct network_builder *b, struct tntp_report *report,
                         struct err *e)
{
    struct tntp_net net;
    struct plane p = {0};
    *report = (struct tntp_report){0};
    bool ok = tntp_read_net(net_path, &net, e) && weights_fit(net_path, &net, e) &&
              open_nodes(net_path, net.node_count, &p, e) && count_passable(&net, report, e);
    if (ok) {
        const char *name = strrchr(net_path, '/');
        report->nodes = net.node_count;
        report->links = net.link_count;
        report->zones = net.zone_count;
        report->first_thru_node = net.first_thru_node;
        report->places = places_of(&p, net.node_count);
        report->lengths_kept = lengths_fit(&net);
        network_set_about(b, name != NULL ? name + 1 : net_path, "TNTP", "", 0);
        network_add_limit(b, &(struct net_limit){0});
        network_add_hours(b, &(struct net_hours){0});
        add_nodes(&net, &p, report->places, b);
        add_links(&net, b, report);
        add_arcs(&net, b, report);
    }
    tntp_net_free(&net);
    free(p.xy);
    free(p.seen);
    return ok;
}
