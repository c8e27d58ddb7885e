/* api_planning_access.c - GetAccessibility, on a worker of the pool. */
#include "api_planning_access.h"

#include "heavy.h"
#include "loop.h"
#include "planning_compare.h"

#include "whatif/access.h"

#include <string.h>

enum { MINUTES_MAX = 8, MINUTE_MAX = 600 };

struct access {     /* in the call's arena */
    struct heavy h; /* first */
    const Zongheng__V1__GetAccessibilityRequest *message;
    struct planning_access_ask ask;
    uint32_t minutes[MINUTES_MAX];
    Zongheng__V1__GetAccessibilityReply out;
};

static bool check(struct access *x, struct err *e)
{
    const Zongheng__V1__GetAccessibilityRequest *m = x->message;
    static const uint32_t usual[] = {15, 30, 60};
    struct planning_access_ask *ask = &x->ask;
    if (m->vehicle_class > 6)
        return fail_field(e, ERR_INVALID_ARGUMENT, "vehicle_class",
                          "vehicle_class is 1 to 6; 0 stands for 1");
    if (m->n_minutes > MINUTES_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "minutes", "at most %d limits", MINUTES_MAX);
    *ask =
        (struct planning_access_ask){.vehicle_class = (uint8_t)(m->vehicle_class != 0 ? m->vehicle_class : 1),
                                     .minutes = x->minutes,
                                     .minute_count = (uint32_t)(m->n_minutes > 0 ? m->n_minutes : 3),
                                     .isochrones = m->with_isochrones};
    for (uint32_t i = 0; i < ask->minute_count; i++) {
        x->minutes[i] = m->n_minutes > 0 ? m->minutes[i] : usual[i];
        if (x->minutes[i] < 1 || x->minutes[i] > MINUTE_MAX)
            return fail_field(e, ERR_INVALID_ARGUMENT, "minutes", "minutes are 1 to %d", MINUTE_MAX);
    }
    for (size_t i = 0; i < m->n_targets; i++) {
        enum access_target t;
        if (!access_target_of(m->targets[i], &t))
            return fail_field(e, ERR_INVALID_ARGUMENT, "targets", "targets are expressway, airport and port");
        ask->targets |= 1u << t;
    }
    ask->targets = m->n_targets > 0 ? ask->targets : (1u << ACCESS_TARGETS) - 1;
    return true;
}

static void release(void *snapshot)
{
    snapshot_release(snapshot);
}

/* Held until the call ends. */
static bool hold(struct access *x, const char *scenario, const char *field, struct snapshot **out,
                 struct err *e)
{
    struct call *c = x->h.call;
    struct snapshot *base = c->snapshot->base != NULL ? c->snapshot->base : c->snapshot;
    if (!planning_snapshot(loop_server(c->loop), base, c->identity->firm_id, scenario, field, out, e))
        return false;
    if (arena_defer(&c->arena, release, *out))
        return true;
    snapshot_release(*out);
    return planning_no_memory(e);
}

static void work(struct heavy *h)
{
    struct access *x = (struct access *)(void *)h;
    const Zongheng__V1__GetAccessibilityRequest *m = x->message;
    if (!hold(x, m->before_scenario_id, "before_scenario_id", &x->ask.before, &h->err) ||
        !hold(x, m->scenario_id, "scenario_id", &x->ask.after, &h->err) ||
        !planning_access(&x->ask, &h->call->arena, &x->out, &h->err))
        return;
    x->out.network_version =
        planning_text((x->ask.before->base != NULL ? x->ask.before->base : x->ask.before)->net->version);
    x->out.scenario_version = planning_text(m->scenario_id[0] != '\0' ? x->ask.after->net->version : "");
    heavy_encode(h, &x->out.base, false);
}

void api_planning_access(struct call *c, const ProtobufCMessage *message)
{
    struct access *x = arena_calloc(&c->arena, 1, sizeof *x);
    struct err e = {0};
    if (x != NULL) {
        zongheng__v1__get_accessibility_reply__init(&x->out);
        x->message = (const void *)message;
    }
    if (x == NULL ? !planning_no_memory(&e) : !check(x, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    if (heavy_begin(&x->h, c))
        heavy_run(&x->h, work, heavy_end);
}
