/* scenario_roads.c - roads that are there: their figures asserted and set, closed, opened. */
#include "whatif/scenario_draft.h"

#include <string.h>

enum { SPEED_MAX_KM10 = 2000, LANES_MAX = 32 };

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

static bool sets_limit(const struct scenario_figures *f)
{
    return f->max_gross_kg != 0 || f->max_height_cm != 0 || f->ban_class_from != 0;
}

void draft_check_figures(struct draft *d, const struct scenario_figures *f, const char *part)
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

void draft_set_figures(struct draft *d, const struct scenario_figures *f, uint32_t link, struct net_link *l)
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
    draft_check_figures(d, f, "set");
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
            draft_set_figures(d, f, link[i], l);
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
