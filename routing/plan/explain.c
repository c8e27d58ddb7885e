/* explain.c - why a family has no option: the question is asked again with one obstacle after the other
 * taken away; the first that lets a chain through is the reason. */
#include "freight/calendar.h"
#include "plan/engine.h"

static bool reachable(struct plan_query *q, enum plan_family f, unsigned relax, bool *found, struct err *e)
{
    uint32_t keep = q->pool.count;
    plan_relaxed(q, relax);
    q->first_only = true;
    bool ok = plan_label_family(q, f, e);
    q->first_only = false;
    *found = q->pool.head[label_set_delivered(&q->pool)] != NET_NONE || q->late_at != CAL_NEVER;
    q->pool.count = keep;
    plan_relaxed(q, 0);
    return ok;
}

static bool any_road(const struct plan_query *q, struct road_cost *const cost[PLAN_FORMS], uint32_t door)
{
    for (uint32_t t = 0; t < q->p->net->terminal_count; t++)
        if (cost[0][t].weight != ROAD_INF || q->p->node[t] == door)
            return true;
    return false;
}

/* Largest departure of the family that is sold in the load's unit. */
static const char *capacity_text(struct plan_query *q, enum plan_family f, struct arena *a)
{
    const struct network *n = q->p->net;
    int64_t kg = 0, teu_milli = 0;
    bool box = (q->load.cargo & CARGO_CONTAINER) != 0;
    for (uint32_t i = 0; i < n->service_count; i++) {
        const struct net_service *s = &n->service[i];
        if (!(plan_main_modes(f) >> s->mode & 1) || !cargo_fits(s->cargo, q->load.cargo))
            continue;
        kg = s->capacity_kg > kg ? s->capacity_kg : kg;
        teu_milli = s->capacity_teu_milli > teu_milli ? s->capacity_teu_milli : teu_milli;
    }
    if (box)
        return arena_printf(
            a,
            "the load of %u TEU and %.3f t is larger than a departure or terminal of every chain "
            "takes; the largest departure of this family carries %.1f TEU",
            q->load.teu, (double)q->load.mass_kg / 1000, (double)teu_milli / 1000);
    return arena_printf(
        a,
        "the load of %.3f t is larger than a departure or terminal of every chain takes; the largest "
        "departure of this family carries %.3f t: ship it in parts",
        (double)q->load.mass_kg / 1000, (double)kg / 1000);
}

static const char *expired_text(struct plan_query *q, enum plan_family f, struct arena *a)
{
    const struct network *n = q->p->net;
    int32_t today = cal_local_day(n, q->request->ready_at), last = INT32_MIN;
    for (uint32_t i = 0; i < n->service_count; i++)
        if (plan_main_modes(f) >> n->service[i].mode & 1 && n->service[i].valid_to_day > last)
            last = n->service[i].valid_to_day;
    if (last != INT32_MIN && last < today)
        return arena_printf(a, "the timetable of this family ended %d days before the date asked",
                            today - last);
    return arena_printf(a,
                        "no service of a chain has a departure in its timetable within %d days of ready_at",
                        PLAN_HORIZON_DAYS);
}

static const char *late_text(struct plan_query *q, int64_t late_at, struct arena *a)
{
    int64_t minutes = (late_at - q->request->deliver_by + 59) / 60;
    return arena_printf(a, "the earliest chain arrives %lld h %lld min after deliver_by",
                        (long long)(minutes / 60), (long long)(minutes % 60));
}

static const char *cargo_text(struct plan_query *q, enum plan_family f, struct arena *a)
{
    unsigned c = q->load.cargo;
    const char *misfit = plan_misfit(q, f, a);
    if (misfit != NULL)
        return misfit;
    const char *form = c & CARGO_CONTAINER ? "containers" : c & CARGO_BULK ? "bulk" : "general cargo";
    return arena_printf(a, "chains exist, but not with terminals, services and tariffs for %s%s%s", form,
                        c & CARGO_REEFER ? " under temperature control" : "",
                        c & CARGO_DANGEROUS ? " of a dangerous-goods class" : "");
}

static const char *trucks_text(struct plan_query *q, struct arena *a)
{
    return arena_printf(
        a,
        "every chain of this family drives %.1f km or more by truck, to and from its terminals: more than "
        "%.0f %% of the direct road",
        (double)plan_truck_limit_m(q) / 1000,
        (double)(q->request->drayage_permille != 0 ? q->request->drayage_permille : PLAN_DRAYAGE_PERMILLE) /
            10);
}

static bool no_road(const struct plan_query *q)
{
    return !any_road(q, q->out, q->request->from) || !any_road(q, q->in, q->request->to);
}

bool plan_explain(struct plan_query *q, enum plan_family f, struct arena *a, struct plan_not_offered *out,
                  struct err *e)
{
    static const unsigned relax[] = {RELAX_TRUCKS, RELAX_CAPACITY, RELAX_CAPACITY | RELAX_CARGO,
                                     RELAX_CAPACITY | RELAX_CARGO | RELAX_CALENDAR};
    static const enum plan_reason reason[] = {REASON_NO_SERVICE, REASON_CAPACITY, REASON_CARGO,
                                              REASON_EXPIRED};
    enum { OBSTACLES = sizeof relax / sizeof *relax };
    int64_t late_at = q->late_at;
    bool found = late_at != CAL_NEVER;
    *out = (struct plan_not_offered){.family = f, .reason = REASON_NO_SERVICE};
    if (found) {
        out->reason = REASON_DEADLINE;
        out->text = late_text(q, late_at, a);
    }
    for (int i = 0; !found && i < OBSTACLES; i++) {
        if (!reachable(q, f, relax[i], &found, e))
            return false;
        if (!found)
            continue;
        out->reason = reason[i];
        out->text = i == 0   ? trucks_text(q, a)
                    : i == 1 ? capacity_text(q, f, a)
                    : i == 2 ? cargo_text(q, f, a)
                             : expired_text(q, f, a);
    }
    if (!found && q->load.vehicle == NET_NONE) {
        out->reason = REASON_CAPACITY;
        out->text = plan_misfit(q, f, a);
        if (out->text == NULL)
            out->text = arena_strdup(
                a, "no vehicle class of the network carries this load; check mass and containers");
    } else if (!found && (f == FAMILY_ROAD || no_road(q))) {
        out->reason = REASON_NO_ROAD;
        out->text = arena_printf(a, "no open road for a truck of class %u joins the doors%s",
                                 (unsigned)q->p->net->vehicle[q->load.vehicle].vehicle_class,
                                 f == FAMILY_ROAD ? "" : " and the terminals");
    } else if (!found) {
        out->text = arena_printf(a, "no chain of at most %d services of this family joins the two places",
                                 PLAN_RIDES_MAX);
    }
    return out->text != NULL ||
           fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
}
