/* scenario_line.c - a road that is added: its line, where it ends, and what it crosses. */
#include "whatif/scenario_draft.h"

#include <math.h>
#include <string.h>

enum { JOINED_MAX = 100 };
/* A drawn end prefers a node to a road by so many metres. */
static const double node_favour_m = 50;

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
    draft_set_figures(d, f, link, l);
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
    draft_check_figures(d, f, "figures");
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
