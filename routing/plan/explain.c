/* explain.c - why a family has no option: the question is asked again with one obstacle after the other
 * taken away; the first that lets a chain through is the reason. What the family would be without it is found
 * by a whole search without it, when asked for. */
#include "freight/calendar.h"
#include "plan/engine.h"

/* Does a road lead to (from) any terminal of the family's services? */
static bool any_road(const struct plan_query *q, enum plan_family f, struct road_cost *const cost[PLAN_FORMS],
                     uint32_t door)
{
    const struct plan_served *at = plan_served_by(q->p, f);
    for (uint32_t i = 0; i < at->count; i++)
        if (cost[0][at->terminal[i]].weight != ROAD_INF || q->p->node[at->terminal[i]] == door)
            return true;
    return at->count == 0; /* a family without services wants for these, not for a road */
}

/* Departures that are sold in no unit of this load: no part of it would do. */
static const char *unsold_text(struct plan_query *q, struct arena *a)
{
    return arena_printf(a,
                        "no chain of this family sells room for %s: its departures are sold in another unit",
                        q->load.cargo & CARGO_CONTAINER ? "boxes" : "cargo that is not in boxes");
}

static const char *expired_text(struct plan_query *q, enum plan_family f, struct arena *a,
                                struct plan_broken *b)
{
    const struct network *n = q->p->net;
    int32_t today = cal_local_day(n, q->request->ready_at), last = INT32_MIN;
    uint32_t of = 0;
    for (uint32_t i = 0; i < n->service_count; i++)
        if (plan_main_modes(f) >> n->service[i].mode & 1 && n->service[i].valid_to_day > last) {
            last = n->service[i].valid_to_day;
            of = i;
        }
    if (last != INT32_MIN && last < today) {
        *b = (struct plan_broken){.name = "timetable",
                                  .unit = "day",
                                  .of = net_string(n, n->service[of].name),
                                  .limit = last,
                                  .asked = today};
        return arena_printf(a, "the timetable of this family ended %d days before the date asked",
                            today - last);
    }
    return arena_printf(a,
                        "no service of a chain has a departure in its timetable within %d days of ready_at",
                        PLAN_HORIZON_DAYS);
}

static const char *late_text(struct plan_query *q, int64_t late_at, struct arena *a,
                             struct plan_not_offered *out)
{
    int64_t minutes = (late_at - q->request->deliver_by + 59) / 60;
    out->broken = (struct plan_broken){
        .name = "deliver_by", .unit = "s", .of = "", .limit = q->request->deliver_by, .asked = late_at};
    out->would_arrive_at = late_at;
    out->win_arrive_at = q->request->deliver_by;
    out->win_sooner_s = late_at - q->request->deliver_by;
    return arena_printf(a, "the earliest chain arrives %lld h %lld min after deliver_by",
                        (long long)(minutes / 60), (long long)(minutes % 60));
}

static const char *cargo_text(struct plan_query *q, enum plan_family f, struct arena *a,
                              struct plan_broken *b)
{
    unsigned c = q->load.cargo;
    const char *misfit = plan_misfit(q, f, a, b);
    if (misfit != NULL)
        return misfit;
    const char *form = c & CARGO_CONTAINER ? "containers" : c & CARGO_BULK ? "bulk" : "general cargo";
    b->name = c & CARGO_REEFER      ? "temperature_control"
              : c & CARGO_DANGEROUS ? "dangerous_goods"
                                    : "cargo_form";
    return arena_printf(a, "chains exist, but not with terminals, services and tariffs for %s%s%s", form,
                        c & CARGO_REEFER ? " under temperature control" : "",
                        c & CARGO_DANGEROUS ? " of a dangerous-goods class" : "");
}

static const char *trucks_text(struct plan_query *q, uint32_t truck_m, struct arena *a, struct plan_broken *b)
{
    uint32_t limit_m = plan_truck_limit_m(q), permille = q->request->drayage_permille;
    *b = (struct plan_broken){
        .name = "truck_distance", .unit = "m", .of = "", .limit = limit_m, .asked = truck_m};
    return arena_printf(
        a,
        "every chain of this family drives %.1f km or more by truck, to and from its terminals (the cheapest "
        "%.1f km): more than %.0f %% of the direct road",
        (double)limit_m / 1000, (double)truck_m / 1000,
        (double)(permille != 0 ? permille : PLAN_DRAYAGE_PERMILLE) / 10);
}

static bool no_road(const struct plan_query *q, enum plan_family f)
{
    return !any_road(q, f, q->out, q->request->from) || !any_road(q, f, q->in, q->request->to);
}

static const char *way_text(struct plan_query *q, enum plan_family f, struct arena *a,
                            struct plan_not_offered *out)
{
    const char *text;
    if (q->load.vehicle == NET_NONE) {
        out->reason = REASON_CAPACITY;
        text = plan_misfit(q, f, a, &out->broken);
        return text != NULL
                   ? text
                   : arena_strdup(a, "no vehicle class of the network carries this load; check mass and "
                                     "containers");
    }
    if (f != FAMILY_ROAD && !no_road(q, f))
        return arena_printf(
            a, "no chain of at most %d services of this family joins the two places without turning back",
            PLAN_RIDES_MAX);
    out->reason = REASON_NO_ROAD;
    return arena_printf(a, "no open road for a truck of class %u joins the doors%s",
                        (unsigned)q->p->net->vehicle[q->load.vehicle].vehicle_class,
                        f == FAMILY_ROAD ? "" : " and the terminals");
}

/* The best of each by itself, with the obstacle taken away. Prices of cargo that nobody takes are not known.
 */
static bool would_be(struct plan_query *q, enum plan_family f, unsigned relax, struct plan_not_offered *out,
                     struct err *e)
{
    const struct plan_request *asked = q->request;
    struct plan_request r = *asked;
    uint32_t keep = q->pool.count;
    if (out->reason == REASON_DEADLINE)
        r.deliver_by = 0;
    q->request = &r;
    plan_relaxed(q, relax);
    bool ok = plan_label_family(q, f, e);
    if (ok && q->pool.front_count > 0) {
        out->would_arrive_at = q->pool.least.arrive_at;
        out->would_total_myuan = q->pool.least.total_myuan;
        out->would_co2_g = q->pool.least.co2_g;
    }
    q->pool.count = keep;
    q->request = asked;
    plan_relaxed(q, 0);
    return ok;
}

static bool word_obstacle(struct plan_query *q, enum plan_family f, uint32_t truck_m, struct arena *a,
                          struct plan_not_offered *out, struct err *e)
{
    if (out->reason == REASON_NO_SERVICE)
        out->text = trucks_text(q, truck_m, a, &out->broken);
    else if (out->reason == REASON_CARGO)
        out->text = cargo_text(q, f, a, &out->broken);
    else if (out->reason == REASON_EXPIRED)
        out->text = expired_text(q, f, a, &out->broken);
    else if (!plan_bottleneck(q, f, a, &out->broken, &out->text, e))
        return false;
    else if (out->text == NULL)
        out->text = unsold_text(q, a);
    return true;
}

bool plan_explain(struct plan_query *q, enum plan_family f, struct arena *a, struct plan_not_offered *out,
                  struct err *e)
{
    static const struct {
        enum plan_reason reason;
        unsigned relax, alone; /* alone: what the family would be with; 0: cannot be said */
    } obstacle[] = {
        {REASON_NO_SERVICE, RELAX_TRUCKS, RELAX_TRUCKS},
        {REASON_CAPACITY, RELAX_CAPACITY, RELAX_CAPACITY},
        {REASON_CARGO, RELAX_CAPACITY | RELAX_CARGO, 0},
        {REASON_EXPIRED, RELAX_CAPACITY | RELAX_CARGO | RELAX_CALENDAR, RELAX_CALENDAR},
    };
    enum { OBSTACLES = sizeof obstacle / sizeof *obstacle };
    int64_t late_at = q->late_at;
    uint32_t truck_m = 0;
    unsigned alone = 0;
    bool late = late_at != CAL_NEVER, found = late;
    *out = (struct plan_not_offered){
        .family = f, .reason = late ? REASON_DEADLINE : REASON_NO_SERVICE, .broken = {"", "", "", 0, 0}};
    if (late)
        out->text = late_text(q, late_at, a, out);
    for (int i = 0; !found && i < OBSTACLES; i++) {
        if (!plan_reachable(q, f, obstacle[i].relax, &found, &truck_m, e))
            return false;
        if (!found)
            continue;
        out->reason = obstacle[i].reason;
        alone = obstacle[i].alone;
        if (!word_obstacle(q, f, truck_m, a, out, e))
            return false;
    }
    if (!found)
        out->text = way_text(q, f, a, out);
    if (out->text == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    return !q->request->explain || (!late && alone == 0) || would_be(q, f, alone, out, e);
}
