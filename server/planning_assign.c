/* planning_assign.c - the work of Assign: one state's equilibrium as a reply. */
#include "planning_work.h"

#include "loop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LINKS_MAX = 20000, SELECT_MAX = 8, TURNS_MAX = 8, TURN_ROWS_MAX = 20000 };

struct ranked {
    double trucks;
    uint32_t link;
};

struct flows { /* per link of the roads */
    double *trucks, *selected;
    struct ranked *rank; /* largest flow first */
};

static bool check(const Zongheng__V1__AssignRequest *m, struct err *e)
{
    if (m->n_select_link_ids > SELECT_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "select_link_ids", "at most %d links are selected",
                          SELECT_MAX);
    if (m->n_turns_at_node_ids > TURNS_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "turns_at_node_ids",
                          "turns are counted at most at %d nodes", TURNS_MAX);
    if (m->max_links > LINKS_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "max_links", "max_links is at most %d", LINKS_MAX);
    if (!(m->toll_weight >= 0 && m->toll_weight <= 36000) || (m->without_toll && m->toll_weight > 0))
        return fail_field(e, ERR_INVALID_ARGUMENT, "toll_weight",
                          "toll_weight is 0 to 36,000 seconds a yuan, and does not go with without_toll");
    return true;
}

/* --- flows of links ------------------------------------------------------------------------------------- */

static int by_flow(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->trucks > y->trucks || x->trucks < y->trucks)
        return x->trucks > y->trucks ? -1 : 1;
    return x->link < y->link ? -1 : x->link > y->link;
}

/* Vehicles that also use the selected links, each of which counts by itself. */
static bool add_selected(struct planning *p, const Zongheng__V1__AssignRequest *m, struct flows *f,
                         struct err *e)
{
    const struct study *s = p->after.study;
    for (size_t k = 0; k < m->n_select_link_ids; k++) {
        bool found = false;
        for (uint32_t l = 0; l < s->roads->link_count; l++) {
            if (s->roads->net->link[s->roads->source[l] >> 1].id != m->select_link_ids[k])
                continue;
            found = true;
            for (uint32_t c = 0; c < s->problem.class_count; c++) {
                struct assign_selected x;
                if (!assign_select_link(s->assign, c, l, &x, e))
                    return false;
                for (uint32_t i = 0; i < s->roads->link_count; i++)
                    f->selected[i] += x.flow[i];
                assign_selected_free(&x);
            }
        }
        if (!found)
            return fail_field(e, ERR_NOT_FOUND, "select_link_ids", "there is no open road %lld",
                              (long long)m->select_link_ids[k]);
    }
    return true;
}

static bool collect(struct planning *p, const Zongheng__V1__AssignRequest *m, struct flows *f, struct err *e)
{
    const struct study *s = p->after.study;
    size_t n = (size_t)s->problem.link_count + 1;
    double *one = arena_calloc(&p->arena, n, sizeof *one);
    f->trucks = arena_calloc(&p->arena, n, sizeof *f->trucks);
    f->selected = arena_calloc(&p->arena, n, sizeof *f->selected);
    f->rank = arena_calloc(&p->arena, n, sizeof *f->rank);
    if (one == NULL || f->trucks == NULL || f->selected == NULL || f->rank == NULL)
        return planning_no_memory(e);
    for (uint32_t c = 0; c < s->problem.class_count; c++) {
        assign_class_flows(s->assign, c, one);
        for (uint32_t l = 0; l < s->roads->link_count; l++)
            f->trucks[l] += one[l];
    }
    for (uint32_t l = 0; l < s->roads->link_count; l++)
        f->rank[l] = (struct ranked){f->trucks[l], l};
    qsort(f->rank, s->roads->link_count, sizeof *f->rank, by_flow);
    return add_selected(p, m, f, e);
}

static bool put_link(struct planning *p, const struct flows *f, const uint32_t *old, uint32_t l,
                     Zongheng__V1__LinkFlow *m)
{
    const struct study *s = p->after.study;
    const struct network *n = s->roads->net;
    uint32_t link = s->roads->source[l] >> 1;
    zongheng__v1__link_flow__init(m);
    m->link_id = n->link[link].id;
    m->backward = (s->roads->source[l] & 1) != 0;
    m->pce = s->pce[l];
    m->trucks = f->trucks[l];
    m->time_s = s->time[l] * 3600;
    m->free_time_s = s->link[l].free_flow_time * 3600;
    m->capacity_pce = s->link[l].capacity;
    m->selected_trucks = f->selected[l];
    m->from_node_id = n->node_id[s->roads->link[l].from];
    m->to_node_id = n->node_id[s->roads->link[l].to];
    m->new_link = old != NULL && old[l] == ASSIGN_NONE;
    m->name_zh = planning_link_name(&p->arena, n, link);
    m->geometry = planning_geometry(&p->arena, n, link);
    return m->name_zh != NULL && m->geometry != NULL;
}

static bool put_links(struct planning *p, const Zongheng__V1__AssignRequest *m, const struct flows *f,
                      Zongheng__V1__AssignReply *r, struct err *e)
{
    uint32_t count = p->after.study->roads->link_count, max = m->max_links > 0 ? m->max_links : LINKS_MAX;
    count = count < max ? count : max;
    uint32_t *old = NULL;
    if (p->after.scenario[0] != '\0') {
        struct planning_state base = {.scenario = "", .snapshot = p->before.snapshot};
        if (!planning_roads(p, &base, e))
            return false;
        old = roads_match_pieces(base.roads, p->after.roads);
        roads_free(base.roads);
    }
    Zongheng__V1__LinkFlow *of = arena_calloc(&p->arena, (size_t)count + 1, sizeof *of);
    r->links = arena_calloc(&p->arena, (size_t)count + 1, sizeof *r->links);
    bool ok = of != NULL && r->links != NULL;
    for (uint32_t i = 0; ok && i < count; i++) {
        r->links[i] = &of[i];
        ok = put_link(p, f, old, f->rank[i].link, &of[i]);
    }
    free(old);
    r->n_links = count;
    return ok || planning_no_memory(e);
}

/* --- turns ---------------------------------------------------------------------------------------------- */

static bool put_turn(struct planning *p, const struct assign_turn *t, int64_t node_id,
                     Zongheng__V1__AssignReply *r)
{
    const struct study *s = p->after.study;
    const struct network *n = s->roads->net;
    if (t->in >= s->roads->link_count || t->out >= s->roads->link_count) /* from or to the zone itself */
        return true;
    int64_t in = n->link[s->roads->source[t->in] >> 1].id, out = n->link[s->roads->source[t->out] >> 1].id;
    for (size_t i = 0; i < r->n_turns; i++)
        if (r->turns[i]->node_id == node_id && r->turns[i]->in_link_id == in &&
            r->turns[i]->out_link_id == out) {
            r->turns[i]->trucks += t->vehicles;
            return true;
        }
    Zongheng__V1__TurnFlow *m = arena_alloc(&p->arena, sizeof *m);
    if (m == NULL || r->n_turns == TURN_ROWS_MAX)
        return false;
    zongheng__v1__turn_flow__init(m);
    m->node_id = node_id;
    m->in_link_id = in;
    m->out_link_id = out;
    m->trucks = t->vehicles;
    r->turns[r->n_turns++] = m;
    return true;
}

static bool put_turns(struct planning *p, const Zongheng__V1__AssignRequest *m, Zongheng__V1__AssignReply *r,
                      struct err *e)
{
    const struct study *s = p->after.study;
    r->turns = arena_calloc(&p->arena, m->n_turns_at_node_ids > 0 ? TURN_ROWS_MAX : 1, sizeof *r->turns);
    if (r->turns == NULL)
        return planning_no_memory(e);
    for (size_t k = 0; k < m->n_turns_at_node_ids; k++) {
        uint32_t node;
        if (!places_node_by_id(p->after.snapshot->places, m->turns_at_node_ids[k], &node))
            return fail_field(e, ERR_NOT_FOUND, "turns_at_node_ids", "there is no node %lld",
                              (long long)m->turns_at_node_ids[k]);
        for (uint32_t c = 0; c < s->problem.class_count; c++) {
            struct assign_turn *turn;
            uint32_t count;
            bool ok = true;
            if (!assign_turns(s->assign, c, s->zones->count + node, &turn, &count, e))
                return false;
            for (uint32_t i = 0; ok && i < count; i++)
                ok = put_turn(p, &turn[i], m->turns_at_node_ids[k], r);
            free(turn);
            if (!ok)
                return planning_no_memory(e);
        }
    }
    return true;
}

/* --- the reply ------------------------------------------------------------------------------------------ */

static bool put_figures(struct planning *p, Zongheng__V1__AssignReply *r, struct err *e)
{
    const struct assign_result *a = &p->after.study->result;
    struct study_sums sum;
    study_sum(p->after.study, &sum);
    r->relative_gap = a->last.relative_gap;
    r->objective = a->last.objective;
    r->iterations = a->last.iteration;
    r->total_time_h = sum.time_h;
    r->total_distance_km = sum.distance_km;
    r->total_toll_yuan = sum.toll_yuan;
    r->total_co2_t = sum.co2_t;
    r->unserved_trucks = a->unserved;
    r->families = planning_families(p, &p->after.chains, &r->n_families);
    r->network_version = planning_text(p->base->net->version);
    r->scenario_version = planning_text(p->after.scenario[0] != '\0' ? p->after.snapshot->net->version : "");
    r->demand_version = p->demand_version;
    r->result_version = planning_hex(&p->arena, assign_version(p->after.study->assign));
    bool ok = r->families != NULL && r->result_version != NULL && planning_assumptions(p);
    if (ok && !a->converged)
        ok = planning_assume(p, "未达到所要求的间隙 · the gap asked for was NOT reached in %u iterations",
                             a->last.iteration);
    if (ok && p->after.chains.unserved > 0)
        ok = planning_assume(p,
                             "%u 批货物无任何方式可运，未计入 · %u consignments that no family carries are "
                             "left out (%.1f t a day)",
                             p->after.chains.unserved, p->after.chains.unserved,
                             p->after.chains.unserved_tonnes);
    r->assumptions = p->assumption;
    r->n_assumptions = p->assumption_count;
    return ok || planning_no_memory(e);
}

static bool answer(struct planning *p, const Zongheng__V1__AssignRequest *m, Zongheng__V1__AssignReply *r,
                   struct err *e)
{
    struct flows f;
    planning_step(p, 800, "freight chooses between families");
    if ((p->fixed_family && !planning_choose(p, &p->before, NULL, e)) ||
        !planning_choose(p, &p->after, p->fixed_family ? &p->before : NULL, e))
        return false;
    planning_step(p, 980, "user equilibrium");
    return planning_roads(p, &p->after, e) && study_zones_of(&p->after.chains.trucks, NULL, &p->zones, e) &&
           planning_equilibrium(p, &p->after, NULL, NULL, e) && collect(p, m, &f, e) &&
           put_links(p, m, &f, r, e) && put_turns(p, m, r, e) && put_figures(p, r, e);
}

bool planning_assign(struct job_run *run, const uint8_t *request, size_t len, uint8_t **result,
                     size_t *result_len, struct err *e)
{
    struct planning p;
    Zongheng__V1__AssignReply r = ZONGHENG__V1__ASSIGN_REPLY__INIT;
    Zongheng__V1__AssignRequest *m = zongheng__v1__assign_request__unpack(NULL, len, request);
    if (m == NULL)
        return planning_no_memory(e);
    int64_t t0 = monotonic_ns();
    bool ok = check(m, e);
    if (ok) {
        ok = planning_begin(&p, run, "", m->scenario_id, m->demand, m->gap, m->iterations_max, e);
        p.study_rules = (struct study_rules){m->toll_weight / 3600, m->without_toll};
        ok = ok && answer(&p, m, &r, e);
        r.seconds = (double)(monotonic_ns() - t0) / 1e9;
        ok = ok && planning_pack(&r.base, result, result_len, e);
        planning_end(&p);
    }
    zongheng__v1__assign_request__free_unpacked(m, NULL);
    return ok;
}
