/* Stops of a feed -> terminals of the network. */
#include "import/gtfs_inside.h"
#include "network/geo.h"

#include <string.h>
#include <strings.h>

static const char *next_mark(const char *s)
{
    return s + strcspn(s, ";");
}

/* Blanks and case do not count: "CN HSI" is "cnhsi". */
static bool same_code(const char *a, const char *a_end, const char *b)
{
    for (;; a++, b++) {
        while (a < a_end && *a == ' ')
            a++;
        while (*b == ' ')
            b++;
        if (a == a_end || *b == '\0')
            return a == a_end && *b == '\0';
        if (strncasecmp(a, b, 1) != 0)
            return false;
    }
}

/* codes: "IATA:EHU;ICAO:ZHEC"; the value alone, or with its kind. */
static bool has_code(const char *codes, const char *code)
{
    for (const char *s = codes; *s != '\0';) {
        const char *end = next_mark(s), *value = memchr(s, ':', (size_t)(end - s));
        if (same_code(s, end, code) || (value != NULL && same_code(value + 1, end, code)))
            return true;
        s = end + (*end == ';');
    }
    return false;
}

static bool has_name(const char *names, const char *name)
{
    for (const char *s = names; *s != '\0';) {
        const char *end = next_mark(s);
        size_t n = (size_t)(end - s);
        if (n == strlen(name) && strncasecmp(s, name, n) == 0)
            return true;
        s = end + (*end == ';');
    }
    return false;
}

enum rank { RANK_CODE, RANK_NAME, RANK_NEAR, RANK_NONE };

struct sought {
    const char *code[2], *name[2]; /* of the stop and of its station; "" none */
    const struct gtfs_stop *stop;
};

static enum rank rank_of(struct gtfs *g, const struct net_terminal *t, const struct sought *s, double metres)
{
    uint32_t places, pool;
    const struct net_place *p = network_rows_place(g->b, &places);
    const char *text = network_rows_string(g->b, &pool);
    p = t->place < places ? &p[t->place] : NULL;
    bool by_name = false;
    for (int k = 0; k < 2; k++) {
        if (p != NULL && s->code[k][0] != '\0' && has_code(text + p->codes, s->code[k]))
            return RANK_CODE;
        if (s->name[k][0] == '\0')
            continue;
        by_name = by_name || strcasecmp(text + t->name_zh, s->name[k]) == 0 ||
                  strcasecmp(text + t->name_en, s->name[k]) == 0;
        by_name = by_name || (p != NULL && (strcasecmp(text + p->name_zh, s->name[k]) == 0 ||
                                            strcasecmp(text + p->name_en, s->name[k]) == 0 ||
                                            has_name(text + p->names_alt, s->name[k])));
    }
    if (by_name)
        return RANK_NAME;
    return s->stop->has_place && metres <= GTFS_NEAR_M ? RANK_NEAR : RANK_NONE;
}

/* The best rank, and of that the nearest; without the stop's place all are equally near: the first. */
static uint32_t search(struct gtfs *g, uint32_t stop, uint8_t mode, enum rank *best)
{
    uint32_t terminals, nodes, found = NET_NONE;
    const struct net_terminal *t = network_rows_terminal(g->b, &terminals);
    const struct net_point *at = network_rows_node_point(g->b, &nodes);
    const struct gtfs_stop *s = &g->stop.at[stop];
    const struct gtfs_stop *up = s->parent < g->stop.count ? &g->stop.at[s->parent] : s;
    struct sought x = {{g->text + s->code, g->text + up->code}, {g->text + s->name, g->text + up->name}, s};
    double nearest = 0;
    *best = RANK_NONE;
    for (uint32_t i = 0; i < terminals; i++) {
        if (t[i].status != STATUS_OPEN || (t[i].modes & 1u << mode) == 0)
            continue;
        double metres = s->has_place ? geo_distance_m(at[t[i].node], s->at) : 0;
        if (metres > GTFS_SAME_M)
            continue;
        enum rank r = rank_of(g, &t[i], &x, metres);
        if (r < *best || (r == *best && r != RANK_NONE && metres < nearest)) {
            *best = r;
            nearest = metres;
            found = i;
        }
    }
    return found;
}

uint32_t gtfs_terminal(struct gtfs *g, uint32_t stop, uint8_t mode)
{
    uint32_t *terminal = &g->stop.at[stop].terminal[mode];
    enum rank rank;
    if (*terminal != GTFS_NOT_ASKED)
        return *terminal;
    *terminal = search(g, stop, mode, &rank);
    g->out->by_code += rank == RANK_CODE;
    g->out->by_name += rank == RANK_NAME;
    g->out->by_nearness += rank == RANK_NEAR;
    g->out->stops_unmatched += rank == RANK_NONE;
    return *terminal;
}
