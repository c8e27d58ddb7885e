/* Limits of vehicles: measures, weights, bans at certain hours. */
#include "import/osm_inside.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 4096, HOURS_LOOKED_AT = 1000, CLAUSE_MAX = 128, BAN_FROM_CLASS = 2 };

static void lower_kg(uint32_t *limit, double tonnes)
{
    uint32_t kg = (uint32_t)lround(tonnes * 1000);
    if (*limit == 0 || kg < *limit)
        *limit = kg;
}

static void lower_cm(uint16_t *limit, double metres)
{
    uint16_t cm = (uint16_t)floor(metres * 100 + 1e-6);
    if (*limit == 0 || cm < *limit)
        *limit = cm;
}

static void read_measure(struct osm_map *m, const struct osm_tags *t, const char *key, uint16_t *limit)
{
    double v;
    const char *s = osm_tag(t, key);
    enum osm_read how = s != NULL ? osm_metres(s, &v) : OSM_NONE;
    if (how == OSM_READ)
        lower_cm(limit, v);
    m->r->values_unread += how == OSM_UNREAD;
}

static void read_weight(struct osm_map *m, const struct osm_tags *t, const char *key, uint32_t *limit)
{
    double v;
    const char *s = osm_tag(t, key);
    enum osm_read how = s != NULL ? osm_tonnes(s, &v) : OSM_NONE;
    if (how == OSM_READ)
        lower_kg(limit, v);
    m->r->values_unread += how == OSM_UNREAD;
}

static uint32_t hours_row(struct osm_map *m, const struct net_hours *h)
{
    uint32_t count;
    const struct net_hours *row = network_rows_hours(m->b, &count);
    for (uint32_t i = 1; i < count && i < HOURS_LOOKED_AT; i++)
        if (memcmp(&row[i], h, sizeof *h) == 0)
            return i;
    uint32_t at = network_add_hours(m->b, h);
    return at != NET_NONE ? at : 0;
}

/* "weight>7.5" and its like; the first of an AND is enough: a ban is taken wider rather than narrower. */
static bool ban_above(const char *s, struct net_limit *limit)
{
    static const char *const words[] = {"maxweightrating", "weightrating", "weight",  "length",
                                        "width",           "height",       "axleload"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *at = strstr(s, words[i]);
        char value[24];
        double v;
        if (at == NULL)
            continue;
        at += strlen(words[i]);
        at += strspn(at, " ");
        if (*at != '>')
            return false;
        bool equal = at[1] == '=';
        at += 1 + equal;
        at += strspn(at, " ");
        snprintf(value, sizeof value, "%.*s", (int)strcspn(at, " );"), at);
        bool weight = i <= 2 || i == 6;
        if ((weight ? osm_tonnes(value, &v) : osm_metres(value, &v)) != OSM_READ)
            return false;
        v -= equal ? (weight ? 0.001 : 0.01) : 0;
        if (i <= 2)
            lower_kg(&limit->max_gross_kg, v);
        else if (i == 6)
            lower_kg(&limit->max_axle_kg, v);
        else
            lower_cm(i == 3   ? &limit->max_length_cm
                     : i == 4 ? &limit->max_width_cm
                              : &limit->max_height_cm,
                     v);
        return true;
    }
    return false;
}

/* "no @ (22:00-06:00)" */
static void read_clause(struct osm_map *m, char *clause, struct net_limit *limit, struct net_hours *hours,
                        uint32_t *timed)
{
    char *at = strchr(clause, '@');
    if (at == NULL) {
        m->r->values_unread++;
        return;
    }
    *at++ = '\0';
    clause += strspn(clause, " ");
    clause[strcspn(clause, " ")] = '\0';
    at += strspn(at, " (");
    for (size_t n = strlen(at); n > 0 && strchr(" )", at[n - 1]) != NULL; n--)
        at[n - 1] = '\0';
    if (strcmp(clause, "no") != 0) { /* what is allowed at times does not lift a ban here */
        m->r->values_unread += !osm_word_in(clause, "yes destination delivery designated permissive");
        return;
    }
    if (ban_above(at, limit))
        return;
    bool read = osm_hours(at, hours);
    m->r->values_unread += !read;
    *timed += read ? 1 : 2; /* not read: always */
    limit->ban_class_from = BAN_FROM_CLASS;
}

/* Clauses stand between ';' outside brackets. */
static void read_conditional(struct osm_map *m, const char *s, struct net_limit *limit)
{
    struct net_hours hours = {0};
    uint32_t timed = 0;
    while (*s != '\0') {
        char clause[CLAUSE_MAX];
        size_t n = 0, depth = 0;
        for (; s[n] != '\0' && (s[n] != ';' || depth > 0); n++)
            depth = s[n] == '(' ? depth + 1 : s[n] == ')' && depth > 0 ? depth - 1 : depth;
        if (n < sizeof clause) {
            memcpy(clause, s, n);
            clause[n] = '\0';
            read_clause(m, clause, limit, &hours, &timed);
        } else {
            m->r->values_unread++;
        }
        s += n + (s[n] == ';');
    }
    struct net_limit only = {.ban_class_from = limit->ban_class_from};
    if (timed == 1 && memcmp(limit, &only, sizeof only) == 0) /* the hours are the whole row's */
        limit->hours = hours_row(m, &hours);
}

void osm_read_limit(struct osm_map *m, const struct osm_tags *t, struct net_limit *limit)
{
    const char *s;
    read_measure(m, t, "maxheight", &limit->max_height_cm);
    read_measure(m, t, "maxheight:physical", &limit->max_height_cm);
    read_measure(m, t, "maxwidth", &limit->max_width_cm);
    read_measure(m, t, "maxwidth:physical", &limit->max_width_cm);
    read_measure(m, t, "maxlength", &limit->max_length_cm);
    read_measure(m, t, "maxlength:hgv", &limit->max_length_cm);
    read_weight(m, t, "maxweight", &limit->max_gross_kg);
    read_weight(m, t, "maxweight:hgv", &limit->max_gross_kg);
    read_weight(m, t, "maxweightrating", &limit->max_gross_kg);
    read_weight(m, t, "maxweightrating:hgv", &limit->max_gross_kg);
    read_weight(m, t, "maxaxleload", &limit->max_axle_kg);
    if ((s = osm_tag(t, "hgv:conditional")) != NULL)
        read_conditional(m, s, limit);
}

static uint32_t slot_of(const struct net_limit *l)
{
    uint64_t h = l->max_gross_kg * UINT64_C(0x9e3779b97f4a7c15) + l->max_axle_kg;
    h = h * 31 + l->max_height_cm;
    h = h * 31 + l->max_width_cm;
    h = h * 31 + l->max_length_cm;
    h = h * 31 + l->ban_class_from * 7u + l->hours;
    return (uint32_t)(h ^ h >> 29) % SLOTS;
}

uint32_t osm_limit_row(struct osm_map *m, const struct net_limit *limit)
{
    static const struct net_limit nothing;
    uint32_t count;
    if (memcmp(limit, &nothing, sizeof nothing) == 0)
        return 0;
    if (m->limit_slot == NULL && (m->limit_slot = calloc(SLOTS, sizeof *m->limit_slot)) == NULL)
        return NET_NONE;
    const struct net_limit *row = network_rows_limit(m->b, &count);
    uint32_t *slot = &m->limit_slot[slot_of(limit)];
    for (uint32_t i = *slot; i != 0; i = m->limit_next[i])
        if (memcmp(&row[i], limit, sizeof *limit) == 0)
            return i;
    if (!osm_room(&m->limit_next, count, 1, sizeof *m->limit_next, &m->limit_next_room,
                  sizeof m->limit_next_room, m->e))
        return NET_NONE;
    uint32_t at = network_add_limit(m->b, limit);
    if (at != NET_NONE) {
        m->limit_next[at] = *slot;
        *slot = at;
    }
    return at;
}

static uint32_t lower(uint32_t a, uint32_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

uint32_t osm_limit_both(struct osm_map *m, uint32_t a, uint32_t b)
{
    uint32_t count;
    if (a == b || a == NET_NONE || b == NET_NONE)
        return a == b ? a : NET_NONE;
    const struct net_limit *row = network_rows_limit(m->b, &count), *x = &row[a], *y = &row[b];
    struct net_limit both = {.max_gross_kg = lower(x->max_gross_kg, y->max_gross_kg),
                             .max_axle_kg = lower(x->max_axle_kg, y->max_axle_kg),
                             .max_height_cm = (uint16_t)lower(x->max_height_cm, y->max_height_cm),
                             .max_width_cm = (uint16_t)lower(x->max_width_cm, y->max_width_cm),
                             .max_length_cm = (uint16_t)lower(x->max_length_cm, y->max_length_cm),
                             .ban_class_from = (uint8_t)lower(x->ban_class_from, y->ban_class_from)};
    if (a == 0 || b == 0)
        both.hours = a == 0 ? y->hours : x->hours;
    return osm_limit_row(m, &both);
}
