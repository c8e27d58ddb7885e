/* planning_compare.c - the work of Compare. */
#include "planning_compare.h"

#include "planning_work.h"

#include "network/places.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool check(const Zongheng__V1__CompareRequest *m, struct err *e)
{
    if (m->max_zones > COMPARE_ZONES_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "max_zones", "max_zones is at most %d", COMPARE_ZONES_MAX);
    if (m->max_links > COMPARE_LINKS_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "max_links", "max_links is at most %d", COMPARE_LINKS_MAX);
    return strcmp(m->before_scenario_id, m->after_scenario_id) != 0 ||
           fail_field(e, ERR_INVALID_ARGUMENT, "after_scenario_id", "before and after are the same");
}

/* --- running -------------------------------------------------------------------------------------------- */

static bool run_states(struct planning *p, struct err *e)
{
    planning_step(p, 350, "freight chooses between families, before");
    if (!planning_choose(p, &p->before, NULL, e))
        return false;
    planning_step(p, 700, "freight chooses between families, after");
    if (!planning_choose(p, &p->after, p->fixed_family ? &p->before : NULL, e))
        return false;
    planning_step(p, 800, "user equilibrium, before");
    if (!planning_roads(p, &p->before, e) || !planning_roads(p, &p->after, e) ||
        !study_zones_of(&p->before.chains.trucks, &p->after.chains.trucks, &p->zones, e) ||
        !planning_equilibrium(p, &p->before, &p->after, NULL, e))
        return false;
    planning_step(p, 900, "user equilibrium, after");
    return planning_equilibrium(p, &p->after, &p->before, &p->before, e);
}

/* --- messages ------------------------------------------------------------------------------------------- */

static Zongheng__V1__Skim *skim(struct planning *p, const struct planning_state *s)
{
    Zongheng__V1__Skim *m = arena_alloc(&p->arena, sizeof *m);
    struct study_sums sum;
    if (m == NULL)
        return NULL;
    zongheng__v1__skim__init(m);
    study_sum(s->study, &sum);
    m->time_h = sum.time_h;
    m->distance_km = sum.distance_km;
    m->toll_yuan = sum.toll_yuan;
    m->co2_t = sum.co2_t;
    m->relative_gap = s->study->result.last.relative_gap;
    m->network_version = planning_text(p->base->net->version);
    m->scenario_version = planning_text(s->scenario[0] != '\0' ? s->snapshot->net->version : "");
    m->result_version = planning_hex(&p->arena, assign_version(s->study->assign));
    return m->result_version != NULL ? m : NULL;
}

static bool put_row(struct planning *p, const struct compare_row *x, Zongheng__V1__ZoneChange *m)
{
    const struct snapshot *s = p->before.snapshot;
    zongheng__v1__zone_change__init(m);
    if (x->zone != ASSIGN_NONE) {
        uint32_t node = p->zones.node[x->zone];
        const struct net_place *place = places_of_node(s->places, node);
        m->node_id = s->net->node_id[node];
        m->name_zh = planning_text(place != NULL ? net_string(s->net, place->name_zh) : "");
        m->name_en = planning_text(place != NULL ? net_string(s->net, place->name_en) : "");
    }
    m->goods_group = planning_text(x->group < p->group_count ? p->group[x->group] : "");
    m->trucks = x->trucks;
    m->time_h = x->time_h;
    m->distance_km = x->distance_km;
    m->toll_yuan = x->toll_yuan;
    m->benefit_yuan = x->yuan;
    return true;
}

static int best_first(const void *a, const void *b)
{
    const struct compare_row *x = a, *y = b;
    if (x->yuan > y->yuan || x->yuan < y->yuan)
        return x->yuan > y->yuan ? -1 : 1;
    if (x->zone != y->zone)
        return x->zone < y->zone ? -1 : 1;
    return x->group < y->group ? -1 : x->group > y->group;
}

/* Rows of a sorted list: from the front those that gain (sign 1), from the back those that lose (-1), or all
 * (0). */
static bool put_rows(struct planning *p, const struct compare_row *row, uint32_t count, int sign,
                     uint32_t max, Zongheng__V1__ZoneChange ***out, size_t *n)
{
    const double least = 0.005; /* yuan a day: below is rounding of the equilibrium */
    *out = arena_calloc(&p->arena, (size_t)max + 1, sizeof **out);
    Zongheng__V1__ZoneChange *of = arena_calloc(&p->arena, (size_t)max + 1, sizeof *of);
    *n = 0;
    if (*out == NULL || of == NULL)
        return false;
    for (uint32_t i = 0; i < count && *n < max; i++) {
        const struct compare_row *x = &row[sign < 0 ? count - 1 - i : i];
        if (sign != 0 && x->yuan * sign <= least)
            break;
        (*out)[*n] = &of[*n];
        put_row(p, x, &of[(*n)++]);
    }
    return true;
}

static bool put_zones(struct planning *p, struct compare *c, uint32_t max, Zongheng__V1__CompareReply *r)
{
    max = max > 0 ? max : COMPARE_ZONES;
    qsort(c->pair, c->pair_count, sizeof *c->pair, best_first);
    qsort(c->group, c->group_count, sizeof *c->group, best_first);
    qsort(c->zone, c->zone_count, sizeof *c->zone, best_first);
    return put_rows(p, c->pair, c->pair_count, 1, max, &r->winners, &r->n_winners) &&
           put_rows(p, c->pair, c->pair_count, -1, max, &r->losers, &r->n_losers) &&
           put_rows(p, c->group, c->group_count, 0, c->group_count, &r->goods_groups, &r->n_goods_groups) &&
           put_rows(p, c->zone, c->zone_count, 0, COMPARE_ZONES_MAX, &r->zones, &r->n_zones);
}

/* --- flows ---------------------------------------------------------------------------------------------- */

struct change {
    double before, after;
    uint32_t link; /* of the network after */
    bool backward, new_link, closed;
};

static int largest_first(const void *a, const void *b)
{
    const struct change *x = a, *y = b;
    double dx = fabs(x->after - x->before), dy = fabs(y->after - y->before);
    if (dx > dy || dx < dy)
        return dx > dy ? -1 : 1;
    if (x->link != y->link)
        return x->link < y->link ? -1 : 1;
    return x->backward < y->backward ? -1 : x->backward > y->backward;
}

static double of_trucks(const struct study *s, uint32_t l)
{
    return s->pce[l] - s->link[l].fixed;
}

/* Links of both states; *count of them. Rows of the base keep their numbers in a derived network. */
static struct change *list_changes(struct planning *p, uint32_t *count)
{
    const struct study *a = p->before.study, *b = p->after.study;
    uint32_t *old = roads_match_pieces(a->roads, b->roads);
    size_t room = (size_t)a->roads->link_count + b->roads->link_count + 1;
    struct change *list = arena_calloc(&p->arena, room, sizeof *list);
    uint8_t *seen = arena_calloc(&p->arena, (size_t)a->roads->link_count + 1, 1);
    *count = 0;
    for (uint32_t l = 0; old != NULL && list != NULL && seen != NULL && l < b->roads->link_count; l++) {
        list[*count] = (struct change){.after = of_trucks(b, l),
                                       .link = b->roads->source[l] >> 1,
                                       .backward = b->roads->source[l] & 1,
                                       .new_link = old[l] == ASSIGN_NONE};
        if (old[l] != ASSIGN_NONE) {
            list[*count].before = of_trucks(a, old[l]);
            seen[old[l]] = 1;
        }
        ++*count;
    }
    for (uint32_t l = 0; list != NULL && seen != NULL && l < a->roads->link_count; l++)
        if (!seen[l])
            list[(*count)++] = (struct change){.before = of_trucks(a, l),
                                               .link = a->roads->source[l] >> 1,
                                               .backward = a->roads->source[l] & 1,
                                               .closed = true};
    bool ok = old != NULL && list != NULL && seen != NULL;
    free(old);
    return ok ? list : NULL;
}

static bool put_flows(struct planning *p, uint32_t max, Zongheng__V1__CompareReply *r)
{
    uint32_t count;
    struct change *list = list_changes(p, &count);
    const struct network *n = p->after.snapshot->net;
    max = max > 0 ? max : COMPARE_LINKS;
    if (list == NULL)
        return false;
    qsort(list, count, sizeof *list, largest_first);
    count = count < max ? count : max;
    r->links = arena_calloc(&p->arena, (size_t)count + 1, sizeof *r->links);
    Zongheng__V1__FlowChange *of = arena_calloc(&p->arena, (size_t)count + 1, sizeof *of);
    for (uint32_t i = 0; r->links != NULL && of != NULL && i < count; i++) {
        if (fabs(list[i].after - list[i].before) < 1e-6)
            break;
        zongheng__v1__flow_change__init(&of[i]);
        of[i].link_id = n->link[list[i].link].id;
        of[i].backward = list[i].backward;
        of[i].before_pce = list[i].before;
        of[i].after_pce = list[i].after;
        of[i].new_link = list[i].new_link;
        of[i].closed = list[i].closed;
        of[i].name_zh = planning_link_name(&p->arena, n, list[i].link);
        of[i].geometry = planning_geometry(&p->arena, n, list[i].link);
        r->links[r->n_links++] = &of[i];
        if (of[i].name_zh == NULL || of[i].geometry == NULL)
            return false;
    }
    return r->links != NULL && of != NULL;
}

/* --- the check ------------------------------------------------------------------------------------------ */

static bool put_identity(struct planning *p, const struct compare *c, Zongheng__V1__CompareReply *r,
                         struct err *e)
{
    Zongheng__V1__IdentityCheck *m = arena_alloc(&p->arena, sizeof *m);
    if (m == NULL)
        return planning_no_memory(e);
    zongheng__v1__identity_check__init(m);
    r->identity = m;
    m->applies = c->check.applies;
    m->benefit_h = c->check.benefit_h;
    m->total_time_change_h = c->check.change_h;
    if (!m->applies) {
        m->text = planning_text(
            "需求前后不同，恒等式不适用 · the demand differs before and after: there is no identity to hold");
        return true;
    }
    m->error = c->check.error;
    m->holds = c->check.holds;
    m->text = planning_text("半数法则效益等于车辆时间与费用之变化 · benefits by the rule of a half, from "
                            "skims, are the change of vehicle hours and money, from link flows");
    return m->holds ||
           fail(e, ERR_INTERNAL,
                "the self-check fails: %.9g h by the rule of a half, %.9g h from the links (error %.2e)",
                c->check.benefit_h, c->check.change_h, c->check.error);
}

static bool put_warnings(struct planning *p, const struct compare *c, Zongheng__V1__CompareReply *r)
{
    r->warnings = arena_calloc(&p->arena, 6, sizeof *r->warnings);
    if (r->warnings == NULL)
        return false;
    const struct planning_state *both[] = {&p->before, &p->after};
    for (int k = 0; k < 2; k++)
        if (!both[k]->study->result.converged)
            r->warnings[r->n_warnings++] =
                arena_printf(&p->arena, "the gap asked for was not reached %s: %.2e",
                             k == 0 ? "before" : "after", both[k]->study->result.last.relative_gap);
    if (c->unmatched_trucks > 1e-9)
        r->warnings[r->n_warnings++] =
            arena_printf(&p->arena, "%.3f trucks a day have no way before or after, and are in no benefit",
                         c->unmatched_trucks);
    if (p->before.chains.unserved > 0 || p->after.chains.unserved > 0)
        r->warnings[r->n_warnings++] =
            arena_printf(&p->arena,
                         "%u 批（前）与 %u 批（后）货物无方式可运，未计入 · %u consignments before and %u "
                         "after are carried by no family, and are left out",
                         p->before.chains.unserved, p->after.chains.unserved, p->before.chains.unserved,
                         p->after.chains.unserved);
    for (size_t i = 0; i < r->n_warnings; i++)
        if (r->warnings[i] == NULL)
            return false;
    return true;
}

static bool put_access(struct planning *p, Zongheng__V1__CompareReply *r, struct err *e)
{
    static const uint32_t minutes[] = {15, 30, 60};
    Zongheng__V1__GetAccessibilityReply a = ZONGHENG__V1__GET_ACCESSIBILITY_REPLY__INIT;
    struct planning_access_ask ask = {.before = p->before.snapshot,
                                      .after = p->after.snapshot,
                                      .vehicle_class = 1,
                                      .targets = 7,
                                      .minutes = minutes,
                                      .minute_count = 3,
                                      .isochrones = true};
    if (!planning_access(&ask, &p->arena, &a, e))
        return false;
    r->accessibility = a.rows;
    r->n_accessibility = a.n_rows;
    r->access_summary = a.summary;
    r->n_access_summary = a.n_summary;
    r->isochrones = a.isochrones;
    r->n_isochrones = a.n_isochrones;
    return true;
}

bool planning_compare_states(struct planning *p, struct job_run *run, const Zongheng__V1__CompareRequest *m,
                             struct compare *c, Zongheng__V1__CompareReply *r, struct err *e)
{
    if (!planning_begin(p, run, m->before_scenario_id, m->after_scenario_id, m->demand, m->gap,
                        m->iterations_max, e))
        return false;
    p->study_rules.without_toll = m->without_toll;
    if (!check(m, e) || !run_states(p, e) ||
        !compare_new(p->before.study, p->after.study, &p->before.chains.trucks, &p->after.chains.trucks,
                     p->group_count, c, e))
        return false;
    planning_step(p, 950, "winners, losers, accessibility");
    if (!put_identity(p, c, r, e) || (!m->without_accessibility && !put_access(p, r, e)))
        return false;
    r->before = skim(p, &p->before);
    r->after = skim(p, &p->after);
    r->families_before = planning_families(p, &p->before.chains, &r->n_families_before);
    r->families_after = planning_families(p, &p->after.chains, &r->n_families_after);
    r->demand_version = p->demand_version;
    r->benefit_yuan = c->total.yuan;
    r->unmatched_trucks = c->unmatched_trucks;
    bool ok = r->before != NULL && r->after != NULL && r->families_before != NULL &&
              r->families_after != NULL && put_zones(p, c, m->max_zones, r) &&
              put_flows(p, m->max_links, r) && put_warnings(p, c, r) && planning_assumptions(p);
    r->assumptions = p->assumption;
    r->n_assumptions = p->assumption_count;
    return ok || planning_no_memory(e);
}

bool planning_compare(struct job_run *run, const uint8_t *request, size_t len, uint8_t **result,
                      size_t *result_len, struct err *e)
{
    struct planning p;
    struct compare c = {0};
    Zongheng__V1__CompareReply r = ZONGHENG__V1__COMPARE_REPLY__INIT;
    Zongheng__V1__CompareRequest *m = zongheng__v1__compare_request__unpack(NULL, len, request);
    if (m == NULL)
        return planning_no_memory(e);
    bool ok = planning_compare_states(&p, run, m, &c, &r, e) && planning_pack(&r.base, result, result_len, e);
    compare_free(&c);
    planning_end(&p);
    zongheng__v1__compare_request__free_unpacked(m, NULL);
    return ok;
}
