#include "planning.h"

#include "loop.h"
#include "scenarios.h"
#include "whatif/roads.h"
#include "whatif/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITERATIONS_MAX = 100000 };
#define GAP_DEFAULT 1e-6
#define GAP_MIN 1e-13

bool planning_snapshot(struct server *s, struct snapshot *base, const char *firm, const char *scenario,
                       const char *field, struct snapshot **out, struct err *e)
{
    if (scenarios_snapshot(s, base, firm, scenario, out, e))
        return true;
    if (strcmp(e->field, "scenario_id") == 0)
        snprintf(e->field, sizeof e->field, "%s", field);
    return false;
}

/* --- time ----------------------------------------------------------------------------------------------- */

bool planning_late(const struct planning *p)
{
    return monotonic_ns() > p->until_ns;
}

bool planning_stopped(void *planning)
{
    struct planning *p = planning;
    return job_stopped(p->run) || planning_late(p);
}

/* A stop that was no cancelling ran into jobs_seconds. */
static bool stopped(const struct planning *p, struct err *e)
{
    if (e->code == ERR_CANCELLED && !job_stopped(p->run) && planning_late(p))
        return fail(e, ERR_DEADLINE_EXCEEDED, "the job took longer than jobs_seconds (%lld)",
                    (long long)job_server(p->run)->config.jobs_seconds);
    return false;
}

void planning_step(struct planning *p, uint32_t to_permille, const char *text)
{
    p->from_permille = p->to_permille;
    p->to_permille = to_permille;
    job_tell(p->run, p->from_permille, text);
}

static void on_part(void *planning, double done)
{
    struct planning *p = planning;
    job_tell(p->run, p->from_permille + (uint32_t)(done * (p->to_permille - p->from_permille)), NULL);
}

static void on_iteration(void *planning, const struct assign_progress *a)
{
    job_tell_gap(((struct planning *)planning)->run, a->iteration, a->relative_gap);
}

/* --- beginning ------------------------------------------------------------------------------------------ */

static bool read_goal(struct planning *p, double gap, uint32_t iterations_max, struct err *e)
{
    if (gap != 0 && !(gap >= GAP_MIN && gap <= 1))
        return fail_field(e, ERR_INVALID_ARGUMENT, "gap", "gap is %g to 1; 0 stands for %g", GAP_MIN,
                          GAP_DEFAULT);
    if (iterations_max > ITERATIONS_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "iterations_max", "iterations_max is at most %d",
                          ITERATIONS_MAX);
    p->gap = gap > 0 ? gap : GAP_DEFAULT;
    p->iterations_max = iterations_max;
    return true;
}

bool planning_begin(struct planning *p, struct job_run *r, const char *before, const char *after,
                    const Zongheng__V1__DemandSpec *demand, double gap, uint32_t iterations_max,
                    struct err *e)
{
    struct server *s = job_server(r);
    const char *firm = job_about(r)->firm;
    *p = (struct planning){.run = r,
                           .before = {.scenario = before},
                           .after = {.scenario = after},
                           .until_ns = monotonic_ns() + s->config.jobs_seconds * 1000000000};
    arena_init(&p->arena, PLANNING_ARENA);
    p->base = snapshot_store_get(&s->store);
    if (!planning_snapshot(s, p->base, firm, before, "before_scenario_id", &p->before.snapshot, e) ||
        !planning_snapshot(s, p->base, firm, after, "scenario_id", &p->after.snapshot, e))
        return false;
    job_tell_network(r, p->base->net->version);
    planning_step(p, 10, "reading the demand");
    return read_goal(p, gap, iterations_max, e) && planning_take_demand(p, demand, e);
}

static void state_end(struct planning_state *s)
{
    study_free(s->study);
    chains_free(&s->chains);
    roads_free(s->roads);
    if (s->snapshot != NULL)
        snapshot_release(s->snapshot);
}

void planning_end(struct planning *p)
{
    state_end(&p->after);
    state_end(&p->before);
    if (p->base != NULL)
        snapshot_release(p->base);
    planning_leave_demand(p);
    study_zones_free(&p->zones);
    arena_release(&p->arena);
}

/* --- steps ---------------------------------------------------------------------------------------------- */

static bool copy_chains(const struct chains *from, struct chains *to, struct err *e)
{
    *to = *from;
    to->trucks = (struct trucks){0};
    for (uint32_t i = 0; i < from->trucks.count; i++)
        if (!trucks_add(&to->trucks, &from->trucks.of[i], e))
            return false;
    return true;
}

bool planning_choose(struct planning *p, struct planning_state *s, const struct planning_state *like,
                     struct err *e)
{
    struct chains_hooks h = {.stop = planning_stopped, .progress = on_part, .ctx = p};
    if (like != NULL)
        return copy_chains(&like->chains, &s->chains, e);
    if (p->volumes != NULL && p->volumes->goods == NULL)
        return volumes_trucks(p->volumes, p->base->net, &p->volumes_choice, &s->chains.trucks, e);
    return chains_choose(s->snapshot->net, s->snapshot->plan, p->goods, &p->chains_rules, &h, &s->chains,
                         e) ||
           stopped(p, e);
}

bool planning_roads(struct planning *p, struct planning_state *s, struct err *e)
{
    const struct scenario_version *made = s->snapshot->made;
    struct roads_base base = {p->base->net, made != NULL ? made->origin : NULL};
    if (!roads_new(s->snapshot->net, &p->roads_rules, &base, &s->roads, e))
        return false;
    for (uint32_t l = 0; made != NULL && l < s->roads->link_count; l++) {
        uint32_t pce_h = scenario_capacity_of(made, s->roads->source[l] >> 1);
        if (pce_h > 0) /* as a modification says, instead of class and lanes */
            s->roads->link[l].capacity = pce_h * p->roads_rules.day_hours;
    }
    return true;
}

bool planning_equilibrium(struct planning *p, struct planning_state *s, const struct planning_state *also,
                          const struct planning_state *warm, struct err *e)
{
    struct assign_options o = {.gap = p->gap,
                               .iterations_max = p->iterations_max,
                               .executor = job_executor(p->run),
                               .progress = on_iteration,
                               .stop = planning_stopped,
                               .ctx = p};
    size_t max = (size_t)job_server(p->run)->config.jobs_memory;
    if (!study_new(s->roads, &p->zones, &s->chains.trucks, also != NULL ? &also->chains.trucks : NULL,
                   &p->study_rules, &s->study, e))
        return false;
    if (study_bytes(s->study) > max)
        return fail(e, ERR_RESOURCE_EXHAUSTED,
                    "this assignment takes some %zu MB, and jobs_memory allows %zu; fewer zones would help",
                    study_bytes(s->study) >> 20, max >> 20);
    return (study_run(s->study, warm != NULL ? warm->study : NULL, &o, e) || stopped(p, e)) &&
           study_skims(s->study, o.executor, e);
}
