/* sums_way.c - sums and kinds of links of one way, from the shortcuts that it is made of. */
#include "road/sums_way.h"
#include "road/cch_inside.h"
#include "road/sums_inside.h"

bool sums_way(struct cch_query *q, const struct road_metric *m, uint32_t from, uint32_t to,
              struct road_cost *out)
{
    const struct road_sums *s = sums_of(m);
    const struct cch *c = m->shortcuts.cch;
    const uint32_t *shortcut;
    uint32_t count;
    if (s == NULL || road_metric_grown(m))
        return false;
    *out = (struct road_cost){.weight =
                                  cch_trace(q, &m->shortcuts, c->rank[from], c->rank[to], &shortcut, &count)};
    struct sums_triple sum = {0};
    for (uint32_t i = 0; i < count; i++)
        sum = sums_add(sum, shortcut[i] & 1 ? s->down[shortcut[i] >> 1] : s->up[shortcut[i] >> 1]);
    out->time_ms = sum.time_ms;
    out->length_m = sum.length_m;
    out->toll_myuan = sum.toll_myuan;
    return true;
}

/* What a shortcut stands for, as far down as kinds are mixed. */
static void add_kinds(struct cch_query *q, const struct road_metric *m, const struct road_sums *s,
                      uint32_t shortcut, struct road_kind *out)
{
    const struct cch *c = m->shortcuts.cch;
    uint32_t *top = q->stack;
    *top++ = shortcut;
    while (top > q->stack) {
        uint32_t x = *--top, a = x >> 1, links = x & 1 ? s->down_links[a] : s->up_links[a];
        if ((links & 0xff) != SUMS_MIXED) {
            out[links & 0xff].links += links >> 8;
            out[links & 0xff].length_m += x & 1 ? s->down[a].length_m : s->up[a].length_m;
            continue;
        }
        uint32_t way = x & 1 ? m->shortcuts.down_way[a] : m->shortcuts.up_way[a];
        uint32_t second = sums_second(c, a, way);
        *top++ = (x & 1 ? second : way) << 1 | 1;
        *top++ = (x & 1 ? way : second) << 1;
    }
}

bool sums_kinds(struct cch_query *q, const struct road_metric *m, uint32_t from, uint32_t to,
                struct road_kind *out)
{
    const struct road_sums *s = sums_of(m);
    const struct cch *c = m->shortcuts.cch;
    const uint32_t *shortcut;
    uint32_t count;
    if (s == NULL || road_metric_grown(m) ||
        cch_trace(q, &m->shortcuts, c->rank[from], c->rank[to], &shortcut, &count) >= ROAD_INF)
        return false;
    for (uint32_t k = 0; k < LINK_KIND_COUNT; k++)
        out[k] = (struct road_kind){0};
    for (uint32_t i = 0; i < count; i++)
        add_kinds(q, m, s, shortcut[i], out);
    return true;
}
