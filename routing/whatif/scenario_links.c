/* scenario_links.c - which links a modification is about: by id, by a project, by a road's name between two
 * cross-streets. */
#include "whatif/scenario_draft.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BETWEEN_MAX = 4000 /* links of a road that is looked through for its cross-streets */ };

struct links { /* growing */
    struct draft *d;
    struct draft_rows rows;
};

static void put(struct links *x, uint32_t link)
{
    uint32_t *row = draft_add(x->d, &x->rows);
    if (row != NULL)
        *row = link;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static int by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void by_ids(struct links *x, const struct scenario_links *ref, const char *field)
{
    struct draft *d = x->d;
    int64_t *id = arena_alloc(d->a, ((size_t)ref->id_count + 1) * sizeof *id);
    bool *seen = arena_calloc(d->a, (size_t)ref->id_count + 1, sizeof *seen);
    if (id == NULL || seen == NULL) {
        d->full = true;
        return;
    }
    memcpy(id, ref->id, ref->id_count * sizeof *id);
    qsort(id, ref->id_count, sizeof *id, by_id);
    for (uint32_t i = 0; i < draft_link_count(d); i++) {
        const int64_t *at = bsearch(&draft_link(d, i)->id, id, ref->id_count, sizeof *id, by_id);
        if (at == NULL)
            continue;
        put(x, i);
        for (const int64_t *k = at; k >= id && *k == *at; k--)
            seen[k - id] = true;
        for (const int64_t *k = at; k < id + ref->id_count && *k == *at; k++)
            seen[k - id] = true;
    }
    for (uint32_t i = 0; i < ref->id_count; i++)
        if (!seen[i])
            draft_error(d, field, "network %.8s has no link %lld", d->net->version, (long long)id[i]);
}

static void by_project(struct links *x, const char *project, const char *field)
{
    const struct network *n = x->d->net;
    for (uint32_t i = 0; i < n->project_count; i++) {
        const struct net_project *p = &n->project[i];
        if (strcmp(net_string(n, p->id), project) != 0)
            continue;
        for (uint32_t k = 0; k < p->link_count; k++)
            put(x, n->project_link[p->link_first + k]);
        if (p->link_count == 0)
            draft_error(x->d, field, "project %s has no links", project);
        return;
    }
    draft_error(x->d, field, "network %.8s has no project \"%.60s\"", n->version, project);
}

/* 2: its name or one of its numbers; 1: a part of its name; 0: neither. */
static int match(const struct draft *d, const struct net_link *l, const char *road)
{
    const char *name = draft_string(d, l->name);
    size_t length = strlen(road);
    if (strcasecmp(name, road) == 0)
        return 2;
    for (const char *s = draft_string(d, l->ref); *s != '\0';) {
        size_t part = strcspn(s, ";/");
        if (part == length && strncasecmp(s, road, part) == 0)
            return 2;
        s += part + (s[part] != '\0');
    }
    return length >= 4 && strstr(name, road) != NULL ? 1 : 0;
}

/* Links of that name whatever their status, but not what was split: its pieces have the name. */
static void by_road(struct links *x, const char *road, const char *field)
{
    struct draft *d = x->d;
    for (int least = 2; least >= 1 && x->rows.count == 0; least--)
        for (uint32_t i = 0; i < draft_link_count(d); i++) {
            const struct net_link *l = draft_link(d, i);
            if (l->mode == MODE_ROAD && !draft_was_split(d, i) && match(d, l, road) >= least)
                put(x, i);
        }
    if (x->rows.count == 0)
        draft_error(d, field, "network %.8s has no road \"%.60s\"", d->net->version, road);
}

/* --- between two cross-streets ------------------------------------------------------------------------- */

struct road { /* the links of a road as a small graph */
    struct draft *d;
    const uint32_t *link;
    uint32_t links, nodes, *node; /* node: each once, ascending */
    bool *from, *to;
    double *far;
    uint32_t *by;      /* link that a node is reached by; NET_NONE */
    bool *done, *kept; /* kept: links that are between */
};

static uint32_t place_of(const struct road *r, uint32_t node)
{
    const uint32_t *at = bsearch(&node, r->node, r->nodes, sizeof node, by_number);
    return at != NULL ? (uint32_t)(at - r->node) : NET_NONE;
}

static bool road_init(struct road *r, struct draft *d, const uint32_t *link, uint32_t links)
{
    size_t room = (size_t)links * 2 + 1;
    *r = (struct road){.d = d, .link = link, .links = links};
    r->node = arena_alloc(d->a, room * sizeof *r->node);
    r->from = arena_calloc(d->a, room, sizeof *r->from);
    r->to = arena_calloc(d->a, room, sizeof *r->to);
    r->far = arena_alloc(d->a, room * sizeof *r->far);
    r->by = arena_alloc(d->a, room * sizeof *r->by);
    r->done = arena_alloc(d->a, room * sizeof *r->done);
    r->kept = arena_calloc(d->a, room, sizeof *r->kept);
    if (!r->node || !r->from || !r->to || !r->far || !r->by || !r->done || !r->kept) {
        d->full = true;
        return false;
    }
    uint32_t all = 0;
    for (uint32_t i = 0; i < links; i++) {
        r->node[all++] = draft_link(d, link[i])->from;
        r->node[all++] = draft_link(d, link[i])->to;
    }
    qsort(r->node, all, sizeof *r->node, by_number);
    for (uint32_t i = 0; i < all; i++)
        if (i == 0 || r->node[i] != r->node[i - 1])
            r->node[r->nodes++] = r->node[i];
    return true;
}

/* The road's nodes where a road of that name meets it, or that bear the name. */
static bool mark_cross(struct road *r, const char *cross, bool *at, const char *field)
{
    struct draft *d = r->d;
    bool found = false;
    uint32_t named, place;
    for (uint32_t i = 0; i < draft_link_count(d); i++) {
        const struct net_link *l = draft_link(d, i);
        if (l->mode != MODE_ROAD || match(d, l, cross) != 2 ||
            bsearch(&i, r->link, r->links, sizeof i, by_number) != NULL)
            continue;
        for (int end = 0; end < 2; end++)
            if ((place = place_of(r, end ? l->to : l->from)) != NET_NONE)
                at[place] = found = true;
    }
    if (!found && places_resolve(d->places, cross, &named, NULL) && (place = place_of(r, named)) != NET_NONE)
        at[place] = found = true;
    if (!found)
        draft_error(d, field, "no road \"%.60s\" meets it, and no place of that name lies on it", cross);
    return found;
}

static bool passes(const struct net_link *l, bool forwards, bool directed)
{
    return !directed || (l->flags & (forwards ? LINK_FORWARD : LINK_BACKWARD)) != 0;
}

/* Dijkstra's algorithm without a heap: roads have hundreds of links. Keeps the links of the shortest way. */
static bool keep_way(struct road *r, const bool *from, const bool *to, bool directed)
{
    for (uint32_t i = 0; i < r->nodes; i++) {
        r->far[i] = from[i] ? 0 : 1e300;
        r->by[i] = NET_NONE;
        r->done[i] = false;
    }
    for (;;) {
        uint32_t at = NET_NONE;
        for (uint32_t i = 0; i < r->nodes; i++)
            if (!r->done[i] && r->far[i] < 1e300 && (at == NET_NONE || r->far[i] < r->far[at]))
                at = i;
        if (at == NET_NONE)
            return false;
        if (to[at]) {
            while (r->by[at] != NET_NONE) {
                const struct net_link *l = draft_link(r->d, r->link[r->by[at]]);
                r->kept[r->by[at]] = true;
                at = place_of(r, l->to == r->node[at] ? l->from : l->to);
            }
            return true;
        }
        r->done[at] = true;
        for (uint32_t i = 0; i < r->links; i++) {
            const struct net_link *l = draft_link(r->d, r->link[i]);
            bool forwards = l->from == r->node[at];
            if ((!forwards && l->to != r->node[at]) || !passes(l, forwards, directed))
                continue;
            uint32_t next = place_of(r, forwards ? l->to : l->from);
            if (!r->done[next] && r->far[at] + l->length_m < r->far[next]) {
                r->far[next] = r->far[at] + l->length_m;
                r->by[next] = i;
            }
        }
    }
}

/* Both directions: a divided road is two chains of links. */
static void between(struct links *x, const struct scenario_links *ref)
{
    struct draft *d = x->d;
    struct road r;
    if (ref->from_cross[0] == '\0' || ref->to_cross[0] == '\0') {
        draft_error(
            d, ref->from_cross[0] == '\0' ? "links.from_cross" : "links.to_cross",
            "a part of a road lies between two cross-streets: give from_cross and to_cross, or neither");
        return;
    }
    if (x->rows.count > BETWEEN_MAX) {
        draft_error(d, "links.road",
                    "road \"%.60s\" has %u links, more than the %d that are looked through for "
                    "cross-streets; give link_ids",
                    ref->road, x->rows.count, BETWEEN_MAX);
        return;
    }
    if (!road_init(&r, d, x->rows.at, x->rows.count))
        return;
    bool from = mark_cross(&r, ref->from_cross, r.from, "links.from_cross");
    bool to = mark_cross(&r, ref->to_cross, r.to, "links.to_cross");
    if (!from || !to)
        return;
    bool there = keep_way(&r, r.from, r.to, true), back = keep_way(&r, r.to, r.from, true);
    if (!there && !back && !keep_way(&r, r.from, r.to, false)) {
        draft_error(d, "links.road", "road \"%.60s\" does not lead from \"%.60s\" to \"%.60s\"", ref->road,
                    ref->from_cross, ref->to_cross);
        return;
    }
    x->rows = (struct draft_rows){.size = sizeof(uint32_t)};
    for (uint32_t i = 0; i < r.links; i++)
        if (r.kept[i])
            put(x, r.link[i]);
    if (x->rows.count == 0)
        draft_error(d, "links.road", "\"%.60s\" and \"%.60s\" meet the road at one place: nothing is between",
                    ref->from_cross, ref->to_cross);
}

/* What was split stands for its pieces, and those for theirs. */
static void take_pieces(struct links *x)
{
    struct draft *d = x->d;
    for (uint32_t i = 0; i < x->rows.count; i++) {
        uint32_t whole = ((uint32_t *)x->rows.at)[i];
        for (uint32_t k = d->net->link_count; k < draft_link_count(d); k++)
            if (draft_added(d, k)->parent == whole)
                put(x, k);
    }
    uint32_t *link = x->rows.at, kept = 0;
    qsort(link, x->rows.count, sizeof *link, by_number);
    for (uint32_t i = 0; i < x->rows.count; i++)
        if ((i == 0 || link[i] != link[i - 1]) && !draft_was_split(d, link[i]))
            link[kept++] = link[i];
    x->rows.count = kept;
}

const uint32_t *draft_find_links(struct draft *d, const struct scenario_links *ref, const char *field,
                                 uint32_t *count)
{
    struct links x = {.d = d, .rows = {.size = sizeof(uint32_t)}};
    uint32_t before = d->error.count;
    int ways = (ref->id_count > 0) + (ref->road[0] != '\0') + (ref->project[0] != '\0');
    *count = 0;
    if (ways != 1)
        draft_error(d, field, "name the links by link_ids, by road or by project_id: one of the three");
    else if (ref->id_count > 0)
        by_ids(&x, ref, "links.link_ids");
    else if (ref->project[0] != '\0')
        by_project(&x, ref->project, "links.project_id");
    else
        by_road(&x, ref->road, "links.road");
    if (d->error.count == before && !d->full && (ref->from_cross[0] != '\0' || ref->to_cross[0] != '\0')) {
        if (ref->road[0] == '\0')
            draft_error(d, "links.from_cross", "cross-streets go with road");
        else
            between(&x, ref);
    }
    if (d->error.count == before && !d->full && x.rows.count > SCENARIO_LINKS_MAX)
        draft_error(d, field, "%u links are more than one modification may be about: %d", x.rows.count,
                    SCENARIO_LINKS_MAX);
    if (d->error.count > before || d->full)
        return NULL;
    take_pieces(&x);
    *count = x.rows.count;
    return d->full ? NULL : x.rows.at;
}

void draft_report_links(struct draft *d, const uint32_t *link, uint32_t count)
{
    int64_t *id = arena_alloc(d->a, ((size_t)count + 1) * sizeof *id);
    uint64_t length_m = 0;
    if (id == NULL) {
        d->full = true;
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        id[i] = draft_link(d, link[i])->id;
        length_m += draft_link(d, link[i])->length_m;
    }
    d->now->link_id = id;
    d->now->link_id_count = count;
    d->now->length_m = length_m < UINT32_MAX ? (uint32_t)length_m : UINT32_MAX;
}

/* An added node is asked by its id, or by a point on it. */
static bool find_added(const struct draft *d, const struct scenario_spot *s, uint32_t *node)
{
    uint32_t first = net_node_count(d->net);
    for (uint32_t i = 0; i < d->node.count; i++) {
        struct net_point p = draft_point(d, first + i);
        bool here = s->by == SCENARIO_BY_NODE ? s->node_id == d->first_node_id - (int64_t)i
                                              : s->by == SCENARIO_BY_POINT && p.lat_e7 == s->point.lat_e7 &&
                                                    p.lon_e7 == s->point.lon_e7;
        if (here) {
            *node = first + i;
            return true;
        }
    }
    return false;
}

uint32_t draft_find_node(struct draft *d, const struct scenario_spot *s, const char *field)
{
    struct err e = {0};
    uint32_t node = NET_NONE;
    bool ok = find_added(d, s, &node);
    if (ok)
        return node;
    switch (s->by) {
    case SCENARIO_BY_NAME:
        ok = places_resolve(d->places, s->name, &node, &e);
        break;
    case SCENARIO_BY_POINT:
        ok = places_nearest(d->places, s->point, &node, NULL, &e);
        break;
    case SCENARIO_BY_NODE:
        ok = places_node_by_id(d->places, s->node_id, &node) ||
             fail(&e, ERR_NOT_FOUND, "network %.8s has no node %lld", d->net->version, (long long)s->node_id);
        break;
    default:
        fail(&e, ERR_INVALID_ARGUMENT, "%s is missing: a place by name, code, point or node_id", field);
    }
    if (ok)
        return node;
    draft_error(d, field, "%s", e.text);
    return NET_NONE;
}
