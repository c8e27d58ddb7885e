/* convert_gaps.c - warnings of an answer: estimates, and roads without data on a limit (plan/gaps.h). */
#include "convert.h"

#include "plan/gaps.h"

#include <stdlib.h>

static bool no_memory(struct err *e)
{
    return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
}

bool convert_warnings_init(struct arena *a, struct convert_warnings *w, struct err *e)
{
    *w = (struct convert_warnings){.text = arena_calloc(a, CONVERT_WARNINGS_MAX, sizeof *w->text),
                                   .gap = arena_calloc(a, LIMIT_COUNT, sizeof *w->gap)};
    return (w->text != NULL && w->gap != NULL) || no_memory(e);
}

void convert_warn(struct convert_warnings *w, const char *text)
{
    if (text != NULL && w->count < CONVERT_WARNINGS_MAX)
        w->text[w->count++] = (char *)(uintptr_t)text; /* packing only reads */
}

bool convert_any_estimated(const struct plan_itinerary *it, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < it[i].line_count; k++)
            if (it[i].lines[k].estimated)
                return true;
    return false;
}

bool convert_comes_near(const struct network *n, const struct road_profile *v)
{
    return plan_measures_of(n, v).near != 0;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The links under the truck legs, each once. */
static bool links_of(struct arena *a, const struct network *n, const struct plan_itinerary *it,
                     uint32_t count, uint32_t **out, uint32_t *out_count, struct err *e)
{
    size_t arcs = 0;
    uint32_t k = 0, kept = 0;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t l = 0; l < it[i].leg_count; l++)
            arcs += it[i].legs[l].arc_count;
    uint32_t *link = arena_calloc(a, arcs + 1, sizeof *link);
    if (link == NULL)
        return no_memory(e);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t l = 0; l < it[i].leg_count; l++)
            for (uint32_t x = 0; x < it[i].legs[l].arc_count; x++)
                link[k++] = net_arc_link(n, it[i].legs[l].arcs[x]);
    qsort(link, k, sizeof *link, by_number);
    for (uint32_t i = 0; i < k; i++)
        if (i == 0 || link[i] != link[i - 1])
            link[kept++] = link[i];
    *out = link;
    *out_count = kept;
    return true;
}

static const char *sentence(struct arena *a, enum net_limit_kind k, uint32_t value, const struct plan_gap *g,
                            bool whole)
{
    char words[24];
    plan_limit_words(k, value, words);
    return arena_printf(a, "no data on limits of %s on %u roads (%.1f km)%s: the truck has %s",
                        plan_limit_name(k), g->links, (double)g->length_m / 1000,
                        whole ? " of the network, which an answer of this kind may use" : " on the way",
                        words);
}

static bool put_gaps(struct arena *a, const struct plan_measures *m, const struct plan_gap *gap, bool whole,
                     struct convert_warnings *w, struct err *e)
{
    for (unsigned k = 0; k < LIMIT_COUNT; k++) {
        if (gap[k].links == 0)
            continue;
        Zongheng__V1__LimitGap *g = arena_alloc(a, sizeof *g);
        const char *text = sentence(a, (enum net_limit_kind)k, m->of[k], &gap[k], whole);
        if (g == NULL || text == NULL)
            return no_memory(e);
        zongheng__v1__limit_gap__init(g);
        g->limit = (char *)(uintptr_t)plan_limit_name((enum net_limit_kind)k);
        g->roads = gap[k].links;
        g->metres = (int64_t)gap[k].length_m;
        w->gap[w->gap_count++] = g;
        convert_warn(w, text);
    }
    return true;
}

bool convert_gaps_of_kinds(struct arena *a, const struct network *n, const struct road_profile *v,
                           const struct road_kind *kind, struct convert_warnings *w, struct err *e)
{
    struct plan_measures m = plan_measures_of(n, v);
    struct plan_gap gap[LIMIT_COUNT];
    plan_gaps_of_kinds(&m, kind, gap);
    return put_gaps(a, &m, gap, false, w, e);
}

bool convert_gaps(struct arena *a, const struct network *n, const struct road_profile *v,
                  const struct plan_itinerary *it, uint32_t count, struct convert_warnings *w, struct err *e)
{
    struct plan_measures m = plan_measures_of(n, v);
    struct plan_gap gap[LIMIT_COUNT];
    uint32_t *link = NULL, links = 0;
    bool whole = it == NULL;
    if (m.near == 0 || (!whole && !links_of(a, n, it, count, &link, &links, e)))
        return m.near == 0;
    plan_gaps(n, &m, link, links, gap);
    return put_gaps(a, &m, gap, whole, w, e);
}
