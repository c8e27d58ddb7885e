/* sums.c - sums on the shortcuts of a metric: made from below, kept by the metric. */
#include "road/sums.h"

#include <stdlib.h>

#include "road/cch_inside.h"
#include "road/sums_inside.h"

/* A whole of the pages that it is in is the fork's own once it is written (base/cow.h), so only what differs
 * is. */
static void put_sums(struct sums_triple *at, struct sums_triple s)
{
    if (at->time_ms != s.time_ms || at->length_m != s.length_m || at->toll_myuan != s.toll_myuan)
        *at = s;
}

static void put_links(uint32_t *at, uint32_t links)
{
    if (*at != links)
        *at = links;
}

static uint32_t add_links(uint32_t a, uint32_t b)
{
    uint32_t count = (a >> 8) + (b >> 8);
    uint32_t kind = (a & 0xff) == (b & 0xff) ? a & 0xff : (uint32_t)SUMS_MIXED;
    return (count > SUMS_LINKS_MAX ? (uint32_t)SUMS_LINKS_MAX : count) << 8 | kind;
}

/* One direction of a shortcut; those of its middle are done. */
static void fill_one(const struct road_metric *m, struct road_sums *s, uint32_t a, bool downwards)
{
    const struct cch *c = m->shortcuts.cch;
    uint32_t way = downwards ? m->shortcuts.down_way[a] : m->shortcuts.up_way[a];
    struct sums_triple *sums = downwards ? &s->down[a] : &s->up[a];
    uint32_t *links = downwards ? &s->down_links[a] : &s->up_links[a];
    if (way == CCH_NONE) {
        put_sums(sums, (struct sums_triple){0});
        put_links(links, 0);
    } else if (way & CCH_INPUT) {
        uint32_t arc = way & ~CCH_INPUT;
        put_sums(sums, sums_of_arc(m, arc));
        put_links(links, 1u << 8 | net_link_kind(m->net, net_arc_link(m->net, arc)));
    } else { /* up: tail, middle, head */
        uint32_t second = sums_second(c, a, way), in = downwards ? second : way;
        uint32_t out = downwards ? way : second;
        put_sums(sums, sums_add(s->down[in], s->up[out]));
        put_links(links, add_links(s->down_links[in], s->up_links[out]));
    }
}

/* Shortcuts by the rank of their lower end: the arcs of a middle node come before those of its upper
 * neighbours. */
static void fill_sums(const struct road_metric *m, struct road_sums *s)
{
    for (uint32_t a = 0; a < m->shortcuts.cch->arc_count; a++) {
        fill_one(m, s, a, false);
        fill_one(m, s, a, true);
    }
}

static void place_arrays(const struct road_metric *m, struct road_sums *s)
{
    size_t arcs = (size_t)m->shortcuts.cch->arc_count + 1;
    s->up = s->memory.at;
    s->down = s->up + arcs;
    s->up_links = (uint32_t *)(void *)(s->down + arcs);
    s->down_links = s->up_links + arcs;
}

static struct road_sums *sums_new(const struct road_metric *m)
{
    size_t arcs = (size_t)m->shortcuts.cch->arc_count + 1;
    struct road_sums *s = calloc(1, sizeof *s);
    if (s != NULL && cow_new(arcs * 2 * (sizeof *s->up + sizeof *s->up_links), &s->memory)) {
        place_arrays(m, s);
        return s;
    }
    free(s);
    return NULL;
}

void sums_free(struct road_sums *s)
{
    if (s == NULL)
        return;
    cow_release(&s->memory);
    free(s);
}

void sums_drop(struct road_metric *m)
{
    if (m->sums == NULL)
        return;
    sums_free(m->stale_sums);
    m->stale_sums = m->sums;
    m->sums = NULL;
}

bool sums_fork(const struct road_metric *base, struct road_metric *m)
{
    const struct road_sums *s = sums_of(base);
    struct road_sums *fork = s != NULL ? calloc(1, sizeof *fork) : NULL;
    if (s == NULL)
        return true;
    if (fork == NULL || !cow_fork(&s->memory, &fork->memory)) {
        free(fork);
        return false;
    }
    place_arrays(m, fork);
    m->stale_sums = fork;
    return true;
}

size_t sums_bytes(const struct road_metric *m)
{
    const struct road_sums *s = sums_of(m);
    return s != NULL ? s->memory.bytes : 0;
}

bool road_metric_has_sums(const struct road_metric *m)
{
    return sums_of(m) != NULL;
}

bool road_metric_sum(struct road_metric *m, struct err *e)
{
    struct road_sums *none = NULL, *s;
    if (m->index == NULL)
        return fail(e, ERR_FAILED_PRECONDITION,
                    "sums are kept on shortcuts: customize the metric for an index first");
    if (road_metric_has_sums(m))
        return true;
    s = __atomic_exchange_n(&m->stale_sums, NULL, __ATOMIC_ACQ_REL); /* one thread takes it */
    if (s == NULL && (s = sums_new(m)) == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the sums of %u shortcuts",
                    m->shortcuts.cch->arc_count);
    fill_sums(m, s);
    if (!__atomic_compare_exchange_n(&m->sums, &none, s, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        sums_free(s); /* somebody made them meanwhile */
    return true;
}
