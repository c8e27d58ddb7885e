/* scenario_roads.c - modifications of roads. */
#include "whatif/scenario_draft.h"

#include <math.h>
#include <string.h>

enum { JOINED_MAX = 100, SPEED_MAX_KM10 = 2000, LANES_MAX = 32 };
/* A drawn end prefers a node to a road by so many metres. */
static const double node_favour_m = 50;

static const char *const class_word[ROAD_CLASS_COUNT] = {
    "motorway",     "trunk",       "primary", "secondary", "tertiary",
    "unclassified", "residential", "service", "ferry",     "other"};
static const char *const status_word[STATUS_COUNT] = {"open", "under_construction", "planned", "closed"};

/* The number of a word; -1: none of them. */
static int number_of(const char *word, const char *const *words, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

static uint32_t capacity_of(const struct draft *d, uint32_t link)
{
    const struct scenario_capacity *c = d->capacity.at;
    for (uint32_t i = d->capacity.count; i-- > 0;)
        if (c[i].link == link)
            return c[i].pce_h;
    return 0;
}

/* --- asserted figures ---------------------------------------------------------------------------------- */

static const char *region_of(const struct draft *d, const struct net_link *l)
{
    for (uint32_t i = 0; i < d->net->toll_count; i++)
        if (d->net->toll[i].region_index == l->toll_region)
            return net_string(d->net, d->net->toll[i].region);
    return "";
}

static void assert_number(struct draft *d, const char *field, const struct net_link *l, uint32_t want,
                          uint32_t have, const char *what)
{
    if (want != 0 && want != have)
        draft_error(d, field, "link %lld (%.60s) has %s %u, not %u as asserted", (long long)l->id,
                    draft_link_name(d, l), what, have, want);
}

static void assert_word(struct draft *d, const char *field, const struct net_link *l, const char *want,
                        const char *have)
{
    if (want[0] != '\0' && strcmp(want, have) != 0)
        draft_error(d, field, "link %lld (%.60s) has \"%.60s\", not \"%.60s\" as asserted", (long long)l->id,
                    draft_link_name(d, l), have, want);
}

static void assert_figures(struct draft *d, const struct scenario_figures *f, const uint32_t *link,
                           uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct net_link *l = draft_link(d, link[i]);
        const struct net_limit *m = draft_limit(d, l->limit);
        bool paid = (l->flags & LINK_TOLL) != 0;
        if (f->speed_km10 != 0 && f->speed_km10 != l->speed_km10)
            draft_error(d, "existing.speed_kmh",
                        "link %lld (%.60s) has a speed of %g km/h, not %g as asserted", (long long)l->id,
                        draft_link_name(d, l), l->speed_km10 / 10.0, f->speed_km10 / 10.0);
        assert_number(d, "existing.lanes", l, f->lanes, l->lanes, "lanes:");
        assert_number(d, "existing.length_km", l, f->length_m, l->length_m, "metres:");
        assert_number(d, "existing.max_gross_kg", l, f->max_gross_kg, m->max_gross_kg,
                      "a weight limit (kg) of");
        assert_number(d, "existing.max_height_cm", l, f->max_height_cm, m->max_height_cm,
                      "a height limit (cm) of");
        assert_number(d, "existing.min_class_banned", l, f->ban_class_from, m->ban_class_from,
                      "a ban from class");
        assert_number(d, "existing.capacity_pce_h", l, f->capacity_pce_h, capacity_of(d, link[i]),
                      "a capacity (pce/h, 0: by class and lanes) of");
        if (f->toll != SCENARIO_TOLL_ANY && paid != (f->toll == SCENARIO_TOLL_PAID))
            draft_error(d, "existing.toll", "link %lld (%.60s) is %s, not as asserted", (long long)l->id,
                        draft_link_name(d, l), paid ? "tolled" : "free");
        assert_word(d, "existing.toll_region", l, f->toll_region, region_of(d, l));
        assert_word(d, "existing.road_class", l, f->road_class, class_word[l->road_class]);
        assert_word(d, "existing.status", l, f->status, status_word[l->status]);
    }
}

/* --- figures that are set ------------------------------------------------------------------------------ */

static bool sets_limit(const struct scenario_figures *f)
{
    return f->max_gross_kg != 0 || f->max_height_cm != 0 || f->ban_class_from != 0;
}

static void check_figures(struct draft *d, const struct scenario_figures *f, const char *part)
{
    if (f->speed_km10 > SPEED_MAX_KM10)
        draft_error(d, "speed_kmh", "%s: a speed is at most %d km/h", part, SPEED_MAX_KM10 / 10);
    if (f->lanes > LANES_MAX)
        draft_error(d, "lanes", "%s: a road has at most %d lanes", part, LANES_MAX);
    if (f->max_height_cm > UINT16_MAX || f->ban_class_from > 6)
        draft_error(d, "max_height_cm", "%s: heights are below 655 m and vehicle classes 1 to 6", part);
    if (f->road_class[0] != '\0' && number_of(f->road_class, class_word, ROAD_CLASS_COUNT) < 0)
        draft_error(d, "road_class",
                    "%s: there is no road class \"%.40s\"; motorway, trunk, primary, secondary, "
                    "tertiary, unclassified, residential, service, ferry or other",
                    part, f->road_class);
    if (f->status[0] != '\0')
        draft_error(d, "status", "%s: a status can be asserted, not set; use open_link or close_link", part);
}

/* The index of the toll's region: the one named, the link's own where it pays already, or the only one. */
static int find_region(struct draft *d, const struct scenario_figures *f, const struct net_link *l)
{
    const struct network *n = d->net;
    bool one = true;
    for (uint32_t i = 0; i < n->toll_count; i++) {
        if (f->toll_region[0] != '\0' && strcmp(net_string(n, n->toll[i].region), f->toll_region) == 0)
            return n->toll[i].region_index;
        one = one && n->toll[i].region_index == n->toll[0].region_index;
    }
    if (f->toll_region[0] == '\0' && (l->flags & LINK_TOLL) != 0)
        return l->toll_region;
    if (f->toll_region[0] == '\0' && one && n->toll_count > 0)
        return n->toll[0].region_index;
    draft_error(d, "toll_region", "%s \"%.40s\"",
                f->toll_region[0] != '\0' ? "there is no toll region" : "name the toll region: not",
                f->toll_region);
    return -1;
}

static uint32_t add_limit(struct draft *d, const struct scenario_figures *f, uint32_t old)
{
    struct net_limit was = *draft_limit(d, old);
    struct net_limit *m = draft_add(d, &d->limit);
    if (m == NULL)
        return 0;
    *m = was;
    m->max_gross_kg = f->max_gross_kg != 0 ? f->max_gross_kg : m->max_gross_kg;
    m->max_height_cm = f->max_height_cm != 0 ? (uint16_t)f->max_height_cm : m->max_height_cm;
    m->ban_class_from = f->ban_class_from != 0 ? (uint8_t)f->ban_class_from : m->ban_class_from;
    return d->net->limit_count + d->limit.count - 1;
}

static void set_capacity(struct draft *d, uint32_t link, uint32_t pce_h)
{
    struct scenario_capacity *c = draft_add(d, &d->capacity);
    if (c != NULL)
        *c = (struct scenario_capacity){link, pce_h};
}

static void set_figures(struct draft *d, const struct scenario_figures *f, uint32_t link, struct net_link *l)
{
    if (f->speed_km10 != 0)
        l->speed_km10 = (uint16_t)f->speed_km10;
    if (f->lanes != 0)
        l->lanes = (uint8_t)f->lanes;
    if (f->road_class[0] != '\0')
        l->road_class = (uint8_t)number_of(f->road_class, class_word, ROAD_CLASS_COUNT);
    if (f->toll == SCENARIO_TOLL_FREE)
        l->flags = (uint16_t)(l->flags & ~LINK_TOLL);
    if (f->toll == SCENARIO_TOLL_PAID || (f->toll == SCENARIO_TOLL_ANY && f->toll_region[0] != '\0')) {
        int region = find_region(d, f, l);
        if (region >= 0)
            l->toll_region = (uint8_t)region;
        if (f->toll == SCENARIO_TOLL_PAID)
            l->flags |= LINK_TOLL;
    }
    if (sets_limit(f))
        l->limit = add_limit(d, f, l->limit);
    if (f->capacity_pce_h != 0)
        set_capacity(d, link, f->capacity_pce_h);
}

/* --- change, close, open ------------------------------------------------------------------------------- */

static const uint32_t *the_links(struct draft *d, const struct scenario_modification *m, uint32_t *count)
{
    const uint32_t *link = draft_find_links(d, &m->links, "links", count);
    if (link == NULL)
        return NULL;
    assert_figures(d, &m->existing, link, *count);
    draft_report_links(d, link, *count);
    return link;
}

void draft_change_link(struct draft *d, const struct scenario_modification *m)
{
    const struct scenario_figures *f = &m->set;
    uint32_t count, before = d->error.count;
    const uint32_t *link = the_links(d, m, &count);
    check_figures(d, f, "set");
    if (f->length_m != 0 || f->directed)
        draft_error(d, f->directed ? "set.directed" : "set.length_km",
                    "the length and direction of a road cannot be set; close it and add another");
    if (f->speed_km10 == 0 && f->lanes == 0 && f->toll == SCENARIO_TOLL_ANY && f->toll_region[0] == '\0' &&
        f->capacity_pce_h == 0 && f->road_class[0] == '\0' && !sets_limit(f))
        draft_error(d, "set", "set is empty: nothing changes");
    for (uint32_t i = 0; link != NULL && d->error.count == before && i < count; i++) {
        if (draft_link(d, link[i])->mode != MODE_ROAD) {
            draft_error(d, "links", "link %lld is no road; only roads are changed",
                        (long long)draft_link(d, link[i])->id);
            return;
        }
        struct net_link *l = draft_link_edit(d, link[i]);
        if (l != NULL)
            set_figures(d, f, link[i], l);
    }
}

static void set_status(struct draft *d, const struct scenario_modification *m, uint8_t status)
{
    uint32_t count, before = d->error.count, had = 0, rails = 0;
    const uint32_t *link = the_links(d, m, &count);
    for (uint32_t i = 0; link != NULL && d->error.count == before && i < count; i++) {
        bool open = draft_link(d, link[i])->status == STATUS_OPEN;
        had += open == (status == STATUS_OPEN);
        rails += draft_link(d, link[i])->mode != MODE_ROAD;
        struct net_link *l = open == (status == STATUS_OPEN) ? NULL : draft_link_edit(d, link[i]);
        if (l != NULL)
            l->status = status;
    }
    if (had > 0)
        draft_warn(d, "%u of %u links are %s already", had, count, status == STATUS_OPEN ? "open" : "closed");
    if (rails > 0)
        draft_warn(d, "%u links are no roads: services keep running as their timetable says", rails);
}

void draft_close_link(struct draft *d, const struct scenario_modification *m)
{
    set_status(d, m, STATUS_CLOSED);
}

void draft_open_link(struct draft *d, const struct scenario_modification *m)
{
    set_status(d, m, STATUS_OPEN);
}

/* --- a new link ---------------------------------------------------------------------------------------- */

static const char *name_at(const struct draft *d, uint32_t node, const struct net_link *l)
{
    const struct net_place *p = node < net_node_count(d->net) ? places_of_node(d->places, node) : NULL;
    return p != NULL ? net_string(d->net, p->name_zh) : l != NULL ? draft_link_name(d, l) : "";
}

/* The end of a road so near that it is preferred to the road's middle; NET_NONE. */
static uint32_t nearer_end(const struct draft *d, const struct draft_spot *s, struct net_point drawn,
                           double snap_m)
{
    const struct net_link *l = draft_link(d, s->link);
    uint32_t ends[] = {l->from, l->to}, best = NET_NONE;
    double least = fmin(snap_m, s->away_m + node_favour_m);
    for (int i = 0; i < 2; i++) {
        struct net_point pair[] = {drawn, draft_point(d, ends[i])};
        double away = draft_length_m(pair, 2);
        if (away <= least) {
            least = away;
            best = ends[i];
        }
    }
    return best;
}

/* A drawn end: a node, a new one on a road that is split, or one that joins nothing. */
static uint32_t snap_end(struct draft *d, struct net_point drawn, double snap_m)
{
    struct scenario_end *end = &d->now->end[d->now->end_count++];
    struct draft_spot spot;
    uint32_t node = NET_NONE, nodes = draft_node_count(d), links = draft_link_count(d);
    *end = (struct scenario_end){.drawn = drawn, .what = ""};
    if (draft_nearest_road(d, drawn, snap_m, NET_NONE, &spot)) {
        node = nearer_end(d, &spot, drawn, snap_m);
        struct net_link road = *draft_link(d, spot.link);
        if (node == NET_NONE)
            node = draft_split(d, &spot);
        if (draft_link_count(d) > links) {
            end->split_link_id = road.id;
            if (road.road_class == ROAD_MOTORWAY)
                draft_warn(d,
                           "it joins %.60s, a motorway, where there is no interchange: one is built with it",
                           draft_link_name(d, &road));
        }
        if (node != NET_NONE)
            end->what = name_at(d, node, &road);
    } else {
        end->dangling = true;
        node = draft_add_node(d, drawn);
    }
    if (node == NET_NONE)
        return NET_NONE;
    end->snapped = draft_point(d, node);
    end->moved_m = draft_length_m((struct net_point[]){drawn, end->snapped}, 2);
    end->new_node = draft_node_count(d) > nodes;
    end->node_id = node < net_node_count(d->net)
                       ? d->net->node_id[node]
                       : d->first_node_id - (int64_t)(node - net_node_count(d->net));
    return node;
}

/* One piece of the line between two nodes, point[0] and point[count - 1] its ends. */
static uint32_t add_piece(struct draft *d, const struct scenario_add_link *m, uint32_t from, uint32_t to,
                          const struct net_point *point, uint32_t count, double length_m)
{
    const struct scenario_figures *f = &m->figures;
    struct draft_link *x = draft_add(d, &d->link);
    if (x == NULL)
        return NET_NONE;
    uint32_t link = draft_link_count(d) - 1, first = 0;
    x->parent = x->at_from = x->at_to = NET_NONE;
    struct net_link *l = &x->row;
    l->id = d->first_link_id - (int64_t)(d->link.count - 1);
    l->from = from;
    l->to = to;
    l->length_m = (uint32_t)lround(fmax(1, length_m));
    l->name = draft_intern(d, m->name);
    l->ref = draft_intern(d, m->ref);
    l->flags = (uint16_t)(LINK_FORWARD | (f->directed ? 0 : LINK_BACKWARD));
    l->mode = MODE_ROAD;
    l->road_class = ROAD_PRIMARY;
    l->status = STATUS_OPEN;
    l->lanes = 2;
    l->confidence = CONF_ESTIMATED;
    set_figures(d, f, link, l);
    struct net_point *shape = draft_add_shape(d, count - 2, &first);
    if (shape == NULL)
        return NET_NONE;
    memcpy(shape, point + 1, (count - 2) * sizeof *shape);
    l->shape_first = first;
    l->shape_count = count - 2;
    return link;
}

struct joint { /* where the line meets a node, its ends included */
    uint32_t node;
    double at_m;
};

/* Crossings become junctions, or are only reported. */
static uint32_t join_crossings(struct draft *d, const struct scenario_add_link *m,
                               const struct net_point *point, uint32_t count, struct joint *joint,
                               uint32_t joints)
{
    uint32_t crossings;
    const struct draft_crossing *c = draft_crossings(d, point, count, &crossings);
    struct scenario_crossing *told = arena_calloc(d->a, (size_t)crossings + 1, sizeof *told);
    if (d->full || told == NULL) {
        d->full = true;
        return joints;
    }
    if (m->join_crossings && crossings > JOINED_MAX) {
        draft_error(d, "join_crossings",
                    "it crosses %u roads, more than the %d that are joined; draw it in parts", crossings,
                    JOINED_MAX);
        return joints;
    }
    for (uint32_t i = 0; i < crossings; i++) {
        const struct net_link *l = draft_link(d, c[i].link);
        told[i] = (struct scenario_crossing){
            .link_id = l->id, .name = draft_link_name(d, l), .point = c[i].at, .joined = m->join_crossings};
        struct draft_spot spot;
        if (!m->join_crossings || !draft_nearest_road(d, c[i].at, 10, c[i].link, &spot))
            continue;
        uint32_t node = draft_split(d, &spot);
        if (node != NET_NONE && node != joint[joints - 1].node)
            joint[joints++] = (struct joint){node, c[i].at_m};
    }
    d->now->crossing = told;
    d->now->crossing_count = crossings;
    return joints;
}

/* Cuts the line at its joints. */
static void lay(struct draft *d, const struct scenario_add_link *m, const struct net_point *point,
                uint32_t count, const struct joint *joint, uint32_t joints)
{
    double all_m = draft_length_m(point, count), at_m = 0;
    double scale = m->figures.length_m != 0 && all_m > 0 ? m->figures.length_m / all_m : 1;
    uint32_t *link = arena_alloc(d->a, (size_t)joints * sizeof *link), links = 0, next = 1;
    struct net_point *part = arena_alloc(d->a, ((size_t)count + 2) * sizeof *part);
    if (link == NULL || part == NULL) {
        d->full = true;
        return;
    }
    for (uint32_t i = 0; i + 1 < joints && !d->full; i++) {
        uint32_t points = 0;
        part[points++] = draft_point(d, joint[i].node);
        bool last = i + 2 == joints;
        while (next + 1 < count) {
            double step = draft_length_m(point + next - 1, 2);
            if (!last && at_m + step >= joint[i + 1].at_m)
                break;
            at_m += step;
            part[points++] = point[next++];
        }
        part[points++] = draft_point(d, joint[i + 1].node);
        double piece_m = joints == 2 ? all_m : joint[i + 1].at_m - joint[i].at_m;
        link[links++] = add_piece(d, m, joint[i].node, joint[i + 1].node, part, points, piece_m * scale);
    }
    if (!d->full)
        draft_report_links(d, link, links);
    d->now->point = point;
    d->now->point_count = count;
}

/* The line to be laid: its ends moved to where they snapped, each point once. NULL after an error. */
static struct net_point *line_of(struct draft *d, const struct scenario_add_link *m, uint32_t *ends,
                                 uint32_t *count)
{
    double snap_m = m->snap_m != 0 ? m->snap_m : SCENARIO_SNAP_M;
    uint32_t drawn = m->point_count, kept = 0;
    struct net_point *line = arena_alloc(d->a, ((size_t)drawn + 2) * sizeof *line);
    if (line == NULL) {
        d->full = true;
        return NULL;
    }
    if (drawn > 0) {
        ends[0] = snap_end(d, m->point[0], snap_m);
        ends[1] = snap_end(d, m->point[drawn - 1], snap_m);
    } else {
        ends[0] = draft_find_node(d, &m->from, "from");
        ends[1] = draft_find_node(d, &m->to, "to");
    }
    if (ends[0] == NET_NONE || ends[1] == NET_NONE)
        return NULL;
    if (ends[0] == ends[1]) {
        draft_error(d, "points", "both ends are the same place, %.60s: a link joins two",
                    name_at(d, ends[0], NULL));
        return NULL;
    }
    line[kept++] = draft_point(d, ends[0]);
    for (uint32_t i = 1; i + 1 < drawn; i++)
        if (memcmp(&m->point[i], &line[kept - 1], sizeof *line) != 0)
            line[kept++] = m->point[i];
    line[kept++] = draft_point(d, ends[1]);
    *count = kept;
    return line;
}

static void check_added(struct draft *d, const struct scenario_add_link *m)
{
    const struct scenario_figures *f = &m->figures;
    check_figures(d, f, "figures");
    if (f->speed_km10 == 0)
        draft_error(d, "figures.speed_kmh", "a new link needs a speed");
    if (m->point_count == 1 || m->point_count > SCENARIO_POINTS_MAX)
        draft_error(d, "points", "a drawn link has 2 to %d points, not %u", SCENARIO_POINTS_MAX,
                    m->point_count);
    if (m->point_count > 0 && (m->from.by != SCENARIO_BY_NOTHING || m->to.by != SCENARIO_BY_NOTHING))
        draft_error(d, "points", "give either points or from and to");
    if (m->snap_m > SCENARIO_SNAP_M_MAX)
        draft_error(d, "snap_m", "snap_m is 1 to %d, or 0 for %d", SCENARIO_SNAP_M_MAX, SCENARIO_SNAP_M);
    if (d->net->arc_weight_count > 0)
        draft_error(d, "add_link", "network %.8s is driven by weights of its source: a new link has none",
                    d->net->version);
}

void draft_add_link(struct draft *d, const struct scenario_add_link *m)
{
    uint32_t before = d->error.count, count, ends[2];
    check_added(d, m);
    if (d->error.count > before)
        return;
    struct net_point *line = line_of(d, m, ends, &count);
    struct joint *joint = arena_alloc(d->a, (JOINED_MAX + 2) * sizeof *joint);
    if (line == NULL || joint == NULL) {
        d->full = d->full || joint == NULL;
        return;
    }
    joint[0] = (struct joint){ends[0], 0};
    uint32_t joints = join_crossings(d, m, line, count, joint, 1);
    if (d->error.count > before || d->full)
        return;
    if (joints > 1 && joint[joints - 1].node == ends[1])
        joints--;
    joint[joints++] = (struct joint){ends[1], draft_length_m(line, count)};
    if (m->point_count == 0)
        draft_warn(d, "a straight line is drawn between its ends; points would draw its way");
    for (uint32_t i = 0; i < d->now->end_count; i++)
        if (d->now->end[i].dangling)
            draft_warn(d, "end %u dangles: no open road within snap_m (%u m)", i + 1,
                       m->snap_m != 0 ? m->snap_m : SCENARIO_SNAP_M);
    lay(d, m, line, count, joint, joints);
}
