/* planning_critical.c - the work of GetCriticalLinks. */
#include "loop.h"
#include "planning_shipments.h"
#include "planning_work.h"

#include "graph/graph.h"
#include "whatif/critical.h"
#include "whatif/scenario.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { LINKS = 50, LINKS_MAX = 5000, ASSIGN_MAX = 50, IDS_MAX = 4000 };
#define BETWEENNESS_MAX UINT64_C(2000000000) /* nodes x arcs: some minutes of igraph */

/* igraph is for one thread of the process at a time (routing/graph/graph.h). */
static pthread_mutex_t igraph_lock = PTHREAD_MUTEX_INITIALIZER;

struct screening {
    struct planning p;
    const Zongheng__V1__GetCriticalLinksRequest *m;
    Zongheng__V1__GetCriticalLinksReply *r;
    struct critical found;
    struct critical_row *worst; /* of the reply's links */
    uint8_t *bridge;            /* by link of the network */
    double *betweenness;        /* by link: of both directions; NULL: not found */
    struct live_links live;
    struct err *e;
};

static bool check(const Zongheng__V1__GetCriticalLinksRequest *m, struct err *e)
{
    if (m->max_links > LINKS_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "max_links", "max_links is at most %d", LINKS_MAX);
    if (m->assign_links > ASSIGN_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "assign_links",
                          "at most %d links are closed with an assignment", ASSIGN_MAX);
    if (m->by_shipments && !m->with_shipments)
        return fail_field(e, ERR_INVALID_ARGUMENT, "by_shipments", "by_shipments goes with with_shipments");
    if (m->by_shipments && m->assign_links > 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, "by_shipments",
                          "links are closed with an assignment by their cost: not with assign_links");
    return m->n_link_ids <= IDS_MAX ||
           fail_field(e, ERR_INVALID_ARGUMENT, "link_ids", "at most %d links", IDS_MAX);
}

/* A flag for each link asked for; NULL: all. */
static bool choose_links(struct screening *x, bool **only)
{
    const struct network *n = x->p.after.snapshot->net;
    *only = NULL;
    if (x->m->n_link_ids == 0)
        return true;
    *only = arena_calloc(&x->p.arena, (size_t)n->link_count + 1, sizeof **only);
    if (*only == NULL)
        return planning_no_memory(x->e);
    for (size_t k = 0; k < x->m->n_link_ids; k++) {
        bool known = false;
        for (uint32_t l = 0; l < n->link_count; l++)
            if (n->link[l].id == x->m->link_ids[k] && n->link[l].mode == MODE_ROAD)
                known = (*only)[l] = true;
        if (!known)
            return fail_field(x->e, ERR_NOT_FOUND, "link_ids", "there is no road %lld",
                              (long long)x->m->link_ids[k]);
    }
    return true;
}

/* --- in the sense of graphs ----------------------------------------------------------------------------- */

/* The open roads between plain nodes as arcs in order of their tails; source[arc] is the network's link. */
static bool plain_graph(struct screening *x, struct road_graph *g, uint32_t **source, uint32_t **weight)
{
    const struct roads *r = x->p.after.roads;
    struct arena *a = &x->p.arena;
    uint32_t *first = arena_calloc(a, (size_t)r->node_count + 2, sizeof *first);
    uint32_t *head = arena_calloc(a, (size_t)r->link_count + 1, sizeof *head);
    *source = arena_calloc(a, (size_t)r->link_count + 1, sizeof **source);
    *weight = arena_calloc(a, (size_t)r->link_count + 1, sizeof **weight);
    if (first == NULL || head == NULL || *source == NULL || *weight == NULL)
        return planning_no_memory(x->e);
    for (uint32_t l = 0; l < r->link_count; l++)
        first[r->link[l].from + 1]++;
    for (uint32_t v = 0; v < r->node_count; v++)
        first[v + 1] += first[v];
    for (uint32_t l = 0; l < r->link_count; l++) {
        uint32_t at = first[r->link[l].from]++;
        head[at] = r->link[l].to;
        (*source)[at] = r->source[l] >> 1;
        (*weight)[at] = (uint32_t)fmin(fmax(r->link[l].free_flow_time * 3.6e6, 1), ROAD_INF - 1.0);
    }
    memmove(first + 1, first, r->node_count * sizeof *first);
    first[0] = 0;
    *g = (struct road_graph){
        .node_count = r->node_count, .arc_count = r->link_count, .first_out = first, .head = head};
    return true;
}

static bool graph_figures(struct screening *x)
{
    struct road_graph g;
    uint32_t *source, *weight;
    struct arena *a = &x->p.arena;
    size_t links = x->p.after.snapshot->net->link_count;
    x->bridge = arena_calloc(a, links + 1, 1);
    if (x->bridge == NULL || !plain_graph(x, &g, &source, &weight))
        return planning_no_memory(x->e);
    uint8_t *bridge = arena_calloc(a, (size_t)g.arc_count + 1, 1);
    double *between = arena_calloc(a, (size_t)g.arc_count + 1, sizeof *between);
    bool small = (uint64_t)g.node_count * g.arc_count <= BETWEENNESS_MAX;
    if (small)
        x->betweenness = arena_calloc(a, links + 1, sizeof *x->betweenness);
    if (bridge == NULL || between == NULL || (small && x->betweenness == NULL))
        return planning_no_memory(x->e);
    pthread_mutex_lock(&igraph_lock);
    bool ok = graph_bridges(&g, bridge, x->e) && (!small || graph_betweenness(&g, weight, between, x->e));
    pthread_mutex_unlock(&igraph_lock);
    for (uint32_t i = 0; ok && i < g.arc_count; i++) {
        x->bridge[source[i]] |= bridge[i];
        if (small)
            x->betweenness[source[i]] += between[i];
    }
    return ok &&
           (small ||
            planning_assume(
                &x->p, "路网过大，未计算介数 · the network is too large for betweenness (%u nodes x %u arcs)",
                g.node_count, g.arc_count));
}

/* --- with traffic --------------------------------------------------------------------------------------- */

/* Vehicle hours that closing a link costs at the equilibrium without it; lorries cut off come back as well.
 */
static bool assign_without(struct screening *x, uint32_t link, double *extra_h)
{
    struct planning *p = &x->p;
    struct roads without = *p->after.roads;
    struct planning_state s = {.scenario = p->after.scenario,
                               .snapshot = p->after.snapshot,
                               .roads = &without,
                               .chains = p->after.chains};
    struct study_sums was, is;
    without.link = malloc(((size_t)without.link_count + 1) * sizeof *without.link);
    if (without.link == NULL)
        return planning_no_memory(x->e);
    memcpy(without.link, p->after.roads->link, without.link_count * sizeof *without.link);
    for (uint32_t l = 0; l < without.link_count; l++)
        if (without.source[l] >> 1 == link)
            without.link[l].closed_to = UINT32_MAX;
    bool ok = planning_equilibrium(p, &s, NULL, &p->after, x->e);
    if (ok) {
        study_sum(p->after.study, &was);
        study_sum(s.study, &is);
        *extra_h = is.time_h - was.time_h;
    }
    study_free(s.study);
    free(without.link);
    return ok;
}

static bool put_assigned(struct screening *x)
{
    if (x->m->assign_links == 0)
        return true;
    planning_step(&x->p, 990, "closing the worst with a full assignment each");
    if (!study_zones_of(&x->p.after.chains.trucks, NULL, &x->p.zones, x->e) ||
        !planning_equilibrium(&x->p, &x->p.after, NULL, NULL, x->e))
        return false;
    for (size_t i = 0; i < x->r->n_links && i < x->m->assign_links; i++) {
        if (planning_stopped(&x->p))
            return fail(x->e, ERR_CANCELLED, "stopped while links were closed one by one");
        if (!assign_without(x, x->worst[i].link, &x->r->links[i]->extra_time_equilibrium_h))
            return false;
        x->r->links[i]->assigned = true;
    }
    return true;
}

/* --- the reply ------------------------------------------------------------------------------------------ */

/* Live shipments that drive on it; a piece of a split road has those of the whole. */
static uint32_t shipments_on(const struct screening *x, uint32_t link)
{
    const struct snapshot *s = x->p.after.snapshot;
    uint32_t was = s->made != NULL ? scenario_origin_of(s->made, s->base->net->link_count, link) : link;
    return was != NET_NONE ? planning_shipments_on(&x->live, s->net->link[was].id) : 0;
}

static bool put_link(struct screening *x, const struct critical_row *f, Zongheng__V1__CriticalLink **out)
{
    const struct network *n = x->p.after.snapshot->net;
    struct arena *a = &x->p.arena;
    Zongheng__V1__CriticalLink *m = arena_alloc(a, sizeof *m);
    if (m == NULL)
        return false;
    zongheng__v1__critical_link__init(m);
    m->link_id = n->link[f->link].id;
    m->extra_time_h = f->extra_h;
    m->extra_cost_yuan = f->extra_yuan;
    m->cut_off_trucks = f->cut_off;
    m->trucks = f->trucks;
    m->shipments = shipments_on(x, f->link);
    m->bridge = x->bridge[f->link] != 0;
    m->betweenness = x->betweenness != NULL ? x->betweenness[f->link] : 0;
    m->name_zh = planning_link_name(a, n, f->link);
    m->geometry = planning_geometry(a, n, f->link);
    *out = m;
    return m->name_zh != NULL && m->geometry != NULL;
}

static int most_cut_off(const void *a, const void *b)
{
    const struct critical_row *x = a, *y = b;
    if (x->cut_off > y->cut_off || x->cut_off < y->cut_off)
        return x->cut_off > y->cut_off ? -1 : 1;
    return x->link < y->link ? -1 : x->link > y->link;
}

struct hit {
    struct critical_row row;
    uint32_t shipments;
};

static int most_hit(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    if (x->shipments != y->shipments)
        return x->shipments > y->shipments ? -1 : 1;
    if (x->row.extra_yuan > y->row.extra_yuan || x->row.extra_yuan < y->row.extra_yuan)
        return x->row.extra_yuan > y->row.extra_yuan ? -1 : 1;
    return x->row.link < y->row.link ? -1 : x->row.link > y->row.link;
}

/* All roads that live shipments have to drive on, with what the screening found of those that demand uses. */
static bool put_hit_links(struct screening *x, uint32_t max)
{
    const struct network *n = x->p.after.snapshot->net;
    struct hit *of = arena_calloc(&x->p.arena, (size_t)n->link_count + 1, sizeof *of);
    uint32_t count = 0;
    if (of == NULL)
        return false;
    for (uint32_t l = 0; l < n->link_count; l++)
        of[l].row.link = l;
    for (uint32_t i = 0; i < x->found.count; i++)
        of[x->found.row[i].link].row = x->found.row[i];
    for (uint32_t l = 0; l < n->link_count; l++) {
        bool open = n->link[l].mode == MODE_ROAD && n->link[l].status == STATUS_OPEN;
        struct hit h = {of[l].row, open ? shipments_on(x, l) : 0};
        if (h.shipments > 0)
            of[count++] = h;
    }
    qsort(of, count, sizeof *of, most_hit);
    for (uint32_t i = 0; i < count && x->r->n_links < max; i++)
        if (!put_link(x, &of[i].row, &x->r->links[x->r->n_links++]))
            return false;
    return true;
}

/* Links with other ways, worst first; then those that cut off. x->worst keeps the rows of the first. */
static bool put_links(struct screening *x)
{
    struct arena *a = &x->p.arena;
    uint32_t max = x->m->max_links > 0 ? x->m->max_links : LINKS;
    x->r->links = arena_calloc(a, (size_t)max + 1, sizeof *x->r->links);
    x->r->isolating = arena_calloc(a, (size_t)max + 1, sizeof *x->r->isolating);
    x->worst = arena_calloc(a, (size_t)max + 1, sizeof *x->worst);
    bool ok = x->r->links != NULL && x->r->isolating != NULL && x->worst != NULL;
    if (ok && x->m->by_shipments)
        return put_hit_links(x, max) || planning_no_memory(x->e);
    for (uint32_t i = 0; ok && i < x->found.count && x->r->n_links < max; i++) {
        const struct critical_row *f = &x->found.row[i];
        if (f->cut_off > 0)
            continue;
        x->worst[x->r->n_links] = *f;
        ok = put_link(x, f, &x->r->links[x->r->n_links]);
        x->r->n_links += ok;
    }
    if (ok)
        qsort(x->found.row, x->found.count, sizeof *x->found.row, most_cut_off);
    for (uint32_t i = 0; ok && i < x->found.count && x->r->n_isolating < max && x->found.row[i].cut_off > 0;
         i++) {
        ok = put_link(x, &x->found.row[i], &x->r->isolating[x->r->n_isolating]);
        x->r->n_isolating += ok;
    }
    return ok || planning_no_memory(x->e);
}

static void on_part(void *screening, double done)
{
    struct planning *p = &((struct screening *)screening)->p;
    job_tell(p->run, p->from_permille + (uint32_t)(done * (p->to_permille - p->from_permille)), NULL);
}

static bool on_stop(void *screening)
{
    return planning_stopped(&((struct screening *)screening)->p);
}

static bool screen(struct screening *x)
{
    struct planning *p = &x->p;
    struct critical_hooks h = {.stop = on_stop, .progress = on_part, .ctx = x};
    bool *only;
    if (x->m->with_shipments &&
        !planning_live_links(job_server(p->run), job_about(p->run)->firm, &x->live, x->e))
        return false;
    planning_step(p, 500, "freight chooses between families");
    if (!choose_links(x, &only) || !planning_choose(p, &p->after, NULL, x->e))
        return false;
    planning_step(p, 800, "closing one road after the other");
    if (!critical_screen(p->after.snapshot->net, p->after.snapshot->plan, &p->after.chains.trucks, only, &h,
                         &x->found, x->e))
        return false;
    planning_step(p, 900, "bridges and betweenness");
    if (!planning_roads(p, &p->after, x->e) || !graph_figures(x) || !put_links(x) || !put_assigned(x))
        return false;
    bool ok =
        planning_assumptions(p) &&
        planning_assume(
            p,
            "筛查只改线，不计拥堵，不改运输方式；封闭为双向、全日 · the screening reroutes by cheapest ways "
            "without congestion and keeps families; a closing is of both directions, for the whole day") &&
        planning_assume(p, "桥与介数按图论（igraph），不计需求 · bridges and betweenness are those of the "
                           "graph (igraph), without demand");
    x->r->assumptions = p->assumption;
    x->r->n_assumptions = p->assumption_count;
    x->r->network_version = planning_text(p->base->net->version);
    x->r->demand_version = p->demand_version;
    return ok || planning_no_memory(x->e);
}

bool planning_critical(struct job_run *run, const uint8_t *request, size_t len, uint8_t **result,
                       size_t *result_len, struct err *e)
{
    Zongheng__V1__GetCriticalLinksReply r = ZONGHENG__V1__GET_CRITICAL_LINKS_REPLY__INIT;
    Zongheng__V1__GetCriticalLinksRequest *m =
        zongheng__v1__get_critical_links_request__unpack(NULL, len, request);
    struct screening x = {.m = m, .r = &r, .e = e};
    if (m == NULL)
        return planning_no_memory(e);
    bool ok = check(m, e);
    if (ok) {
        ok = planning_begin(&x.p, run, "", m->scenario_id, m->demand, 0, 0, e) && screen(&x) &&
             planning_pack(&r.base, result, result_len, e);
        critical_free(&x.found);
        free(x.live.of);
        planning_end(&x.p);
    }
    zongheng__v1__get_critical_links_request__free_unpacked(m, NULL);
    return ok;
}
