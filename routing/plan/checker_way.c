#include "plan/checker_way.h"

#include "road/alternative.h"
#include "road/derive.h"

#include <stdlib.h>

#define WRONG(...) fail(e, ERR_FAILED_PRECONDITION, __VA_ARGS__)

bool check_metric(const struct network *n, const struct plan_request *r, const struct road_profile *p,
                  struct road_metric **out, struct err *e)
{
    struct road_metric *open = NULL;
    uint32_t *arcs = NULL, count = 0;
    *out = NULL;
    if (!road_metric_new(n, p, &open, e))
        return false;
    if (r->avoid == NULL) {
        *out = open;
        return true;
    }
    bool ok =
        plan_avoid_arcs(n, r->avoid, &arcs, &count, e) && road_metric_avoid(open, NULL, arcs, count, out, e);
    free(arcs);
    road_metric_free(open);
    return ok;
}

static uint32_t tail_of(const struct network *n, uint32_t arc)
{
    if (arc >= net_graph_arcs(n))
        return n->added_tail[arc - net_graph_arcs(n)];
    uint32_t low = 0, high = net_graph_nodes(n); /* arc_first[low] <= arc < arc_first[high] */
    while (high - low > 1) {
        uint32_t mid = low + (high - low) / 2;
        if (n->arc_first[mid] <= arc)
            low = mid;
        else
            high = mid;
    }
    return low;
}

static bool walk(const struct network *n, const struct plan_request *r, const struct plan_leg *leg,
                 const struct road_metric *m, struct err *e)
{
    uint32_t at = leg->from_node, passed = 0;
    int64_t length_m = 0, time_ms = 0;
    for (uint32_t i = 0;; i++) {
        while (passed < r->via_count && r->via[passed] == at)
            passed++;
        if (i == leg->arc_count)
            break;
        uint32_t arc = leg->arcs[i];
        if (arc >= net_arc_count(n) || tail_of(n, arc) != at)
            return WRONG("arc %u of the way does not begin where the one before ends", i);
        if (road_metric_weight(m, arc) >= ROAD_INF)
            return WRONG("arc %u of the way is closed to this truck, or to be avoided", i);
        at = n->arc_head[arc];
        length_m += n->link[net_arc_link(n, arc)].length_m;
        time_ms += road_metric_weight(m, arc);
    }
    if (at != leg->to_node || passed != r->via_count)
        return WRONG("the way does not end at its end, or misses a place to pass");
    if (length_m != leg->distance_m || (time_ms + 999) / 1000 != leg->drive_s)
        return WRONG("the way has %lld m and %lld ms, the leg %lld m and %lld s", (long long)length_m,
                     (long long)time_ms, (long long)leg->distance_m, (long long)leg->drive_s);
    return true;
}

bool check_way(const struct network *n, const struct plan_request *r, const struct plan_leg *leg,
               const struct road_profile *p, struct err *e)
{
    struct road_profile fastest = *p;
    struct road_metric *m = NULL;
    if (leg->arcs == NULL && leg->from_node != leg->to_node)
        return WRONG("the way is not told");
    fastest.objective = ROAD_FASTEST; /* weights are times */
    bool ok = check_metric(n, r, &fastest, &m, e) && walk(n, r, leg, m, e);
    road_metric_free(m);
    return ok;
}
