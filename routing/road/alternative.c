/* alternative.c - alternatives as single-via paths: two sweeps, plateaus, and the limits each must keep. */
#include "road/alternative.h"

#include <assert.h>
#include <stdlib.h>

#include "road/alternative_inside.h"

enum { CANDIDATES = 1000 }; /* looked at, the most promising first */

struct candidate {
    uint32_t via; /* the middle of its plateau */
    uint32_t arc; /* that leaves via, or NONE: the way goes on along the tree */
    uint32_t weight, plateau;
    int64_t rank; /* smaller is better */
};

struct choice { /* one request */
    struct alternative_field f;
    struct road_query *q;
    const struct road_metric *m;
    struct road_alternative_limits limits;
    uint32_t from, to, end, best; /* end: where the trip to `to` ends */
    uint32_t nodes, bound;        /* bound: of weight */
    uint32_t *common_before,
        *common_after;          /* by node: weight on the shortest way of its way from, to the ends */
    uint32_t *taken;            /* by arc_link: bit k: of answer k */
    uint32_t *seen, round;      /* by node: the last walk that came by */
    uint32_t *node, *arc, *sum; /* the walk: nodes, arcs between them, weight up to the node */
    uint32_t arcs, via_at;      /* arcs of the walk, place of the via node */
    struct candidate *list;
    uint32_t listed;
    int64_t worst; /* rank that a candidate must not exceed to be listed */
};

static bool choice_init(struct choice *c)
{
    size_t n = (size_t)c->nodes + 2;
    c->common_before = malloc(n * sizeof *c->common_before);
    c->common_after = malloc(n * sizeof *c->common_after);
    c->taken = calloc(2 * ((size_t)c->m->net->link_count + c->m->added_count) + 2, sizeof *c->taken);
    c->seen = calloc(n, sizeof *c->seen);
    c->node = malloc(n * sizeof *c->node);
    c->arc = malloc(n * sizeof *c->arc);
    c->sum = malloc(n * sizeof *c->sum);
    c->list = malloc(2 * CANDIDATES * sizeof *c->list);
    return c->common_before != NULL && c->common_after != NULL && c->taken != NULL && c->seen != NULL &&
           c->node != NULL && c->arc != NULL && c->sum != NULL && c->list != NULL;
}

static void choice_release(struct choice *c)
{
    void *owned[] = {c->common_before, c->common_after, c->taken, c->seen, c->node, c->arc, c->sum, c->list};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    alternative_field_release(&c->f);
}

/* A link's arcs in one direction, twins at expanded junctions, are one road. */
static uint32_t *taken(const struct choice *c, uint32_t arc)
{
    const struct road_metric *m = c->m;
    if (arc < net_arc_count(m->net))
        return &c->taken[m->net->arc_link[arc]];
    const struct road_added *x = &m->added[arc - m->graph.arc_count];
    return &c->taken[2 * ((size_t)m->net->link_count + x->link) + x->backward];
}

/* Marks the junction that a node stands for; false when the walk was there already. */
static bool visit(struct choice *c, uint32_t v)
{
    uint32_t place = v < c->m->graph.node_count ? net_origin(c->m->net, v) : v;
    if (c->seen[place] == c->round)
        return false;
    c->seen[place] = c->round;
    return true;
}

enum { UNKNOWN = UINT32_MAX, OPEN = UINT32_MAX - 1 };

/* Weight that the tree's way between v and its root has in common with the shortest; each node is asked once.
 */
static uint32_t common(struct choice *c, uint32_t v, bool before)
{
    const struct alternative_field *f = &c->f;
    uint32_t *known = before ? c->common_before : c->common_after, depth = 0;
    while (known[v] == UNKNOWN) {
        uint32_t arc = before ? f->at[v].in : f->at[v].out;
        known[v] = OPEN;
        c->node[depth++] = v;
        if (arc == ALTERNATIVE_NONE)
            break;
        v = before ? f->at[v].in_tail : road_arc_head(c->m, arc);
    }
    uint32_t sum = known[v] == OPEN ? 0 : known[v]; /* OPEN: the root, or a circle of weight 0 */
    while (depth > 0) {
        v = c->node[--depth];
        uint32_t arc = before ? f->at[v].in : f->at[v].out;
        if (arc != ALTERNATIVE_NONE && (*taken(c, arc) & 1))
            sum += road_arc_weight(c->m, arc);
        known[v] = sum;
    }
    return sum;
}

static int by_rank(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->via != y->via ? (x->via > y->via) - (x->via < y->via) : (x->arc > y->arc) - (x->arc < y->arc);
}

/* The way through via, or through the arc from via to next. */
static void offer(struct choice *c, uint32_t via, uint32_t arc, uint32_t next, uint32_t plateau)
{
    uint32_t weight = c->f.at[via].before + c->f.at[next].after + (arc != ALTERNATIVE_NONE ? plateau : 0);
    uint32_t shared = common(c, via, true) + common(c, next, false);
    int64_t rank = 2 * (int64_t)weight + shared - plateau;
    if (shared >= weight || shared > c->limits.shared * weight || rank > c->worst)
        return;
    c->list[c->listed++] = (struct candidate){via, arc, weight, plateau, rank};
    if (c->listed == 2 * CANDIDATES) {
        qsort(c->list, c->listed, sizeof *c->list, by_rank);
        c->listed = CANDIDATES;
        c->worst = c->list[CANDIDATES - 1].rank;
    }
}

/* An arc in neither tree lies on no way through a node. Where it is longer than what must be shortest, it is
 * as good as a plateau. */
static void offer_arc(struct choice *c, uint32_t arc, uint32_t u, uint32_t v, uint32_t weight)
{
    const struct alternative_node *tail = &c->f.at[u], *head = &c->f.at[v];
    if (u != v && weight < ROAD_INF && weight >= c->limits.local * c->best && tail->out != arc &&
        head->in != arc && tail->before < ROAD_INF && head->after < ROAD_INF &&
        (uint64_t)tail->before + weight + head->after <= c->bound)
        offer(c, u, arc, v, weight);
}

static void offer_arcs(struct choice *c)
{
    const struct road_metric *m = c->m;
    const struct road_graph *g = &m->graph;
    for (uint32_t i = 0; i < c->f.count; i++) {
        uint32_t u = c->f.node[i];
        for (uint32_t a = u < g->node_count ? g->first_out[u] : g->arc_count;
             u < g->node_count && a < g->first_out[u + 1]; a++)
            offer_arc(c, a, u, g->head[a], m->weight[a]);
    }
    for (uint32_t i = 0; i < m->added_count; i++)
        offer_arc(c, g->arc_count + i, m->added[i].from, m->added[i].to, m->added[i].weight);
}

/* The next node of the plateau; NONE at its end. */
static uint32_t plateau_next(const struct choice *c, uint32_t v)
{
    const struct alternative_field *f = &c->f;
    if (f->at[v].out == ALTERNATIVE_NONE)
        return ALTERNATIVE_NONE;
    uint32_t head = road_arc_head(c->m, f->at[v].out);
    return f->at[head].in == f->at[v].out ? head : ALTERNATIVE_NONE;
}

/* Each run of arcs that are in both trees, from its first node; a node alone is one as well. */
static void find_candidates(struct choice *c)
{
    const struct alternative_field *f = &c->f;
    for (uint32_t v = 0; v < c->nodes; v++)
        c->common_before[v] = c->common_after[v] = UNKNOWN;
    for (uint32_t i = 0; i < f->count; i++) {
        uint32_t v = f->node[i], length = 0, half = 0;
        if (f->at[v].in != ALTERNATIVE_NONE && f->at[f->at[v].in_tail].out == f->at[v].in)
            continue;
        for (uint32_t u = v, next; (next = plateau_next(c, u)) != ALTERNATIVE_NONE; u = next)
            length += road_arc_weight(c->m, f->at[u].out);
        while (half < length / 2) {
            half += road_arc_weight(c->m, f->at[v].out);
            v = plateau_next(c, v);
        }
        offer(c, v, ALTERNATIVE_NONE, v, length);
    }
    offer_arcs(c);
    qsort(c->list, c->listed, sizeof *c->list, by_rank);
    c->listed = c->listed < CANDIDATES ? c->listed : CANDIDATES;
}

/* Puts the way through via into the walk; false when it passes a junction twice. */
static bool walk(struct choice *c, uint32_t via, uint32_t arc)
{
    const struct alternative_field *f = &c->f;
    uint32_t steps = 0;
    c->round++;
    for (uint32_t v = via; v != c->from; v = f->at[v].in_tail) {
        if (f->at[v].in == ALTERNATIVE_NONE || !visit(c, v))
            return false;
        c->arc[c->nodes - ++steps] = f->at[v].in;
    }
    if (!visit(c, c->from))
        return false;
    for (uint32_t i = 0; i < steps; i++)
        c->arc[i] = c->arc[c->nodes - steps + i];
    c->via_at = steps;
    for (uint32_t v = via; v != c->end || arc != ALTERNATIVE_NONE; arc = ALTERNATIVE_NONE) {
        uint32_t next = arc != ALTERNATIVE_NONE ? arc : f->at[v].out;
        if (next == ALTERNATIVE_NONE)
            return false;
        c->arc[steps++] = next;
        v = road_arc_head(c->m, next);
        if (!visit(c, v))
            return false;
    }
    c->arcs = steps;
    return true;
}

/* The part of the walk that it shares most of with an answer so far. */
static uint32_t shared_most(const struct choice *c, uint32_t answers)
{
    uint32_t with[ROAD_ALTERNATIVES_MAX] = {0}, most = 0;
    for (uint32_t i = 0; i < c->arcs; i++)
        for (uint32_t bits = *taken(c, c->arc[i]); bits != 0; bits &= bits - 1)
            with[__builtin_ctz(bits)] += road_arc_weight(c->m, c->arc[i]);
    for (uint32_t k = 0; k < answers; k++)
        most = with[k] > most ? with[k] : most;
    return most;
}

/* The T-test: is the walk from `reach` before the via node to `reach` behind it a shortest way? What does not
 * hold the whole plateau is one anyhow. */
static bool locally_shortest(struct choice *c, uint32_t plateau)
{
    double reach = c->limits.local * c->best;
    if (plateau >= reach)
        return true;
    c->sum[0] = 0;
    c->node[0] = c->from;
    for (uint32_t i = 0; i < c->arcs; i++) {
        c->sum[i + 1] = c->sum[i] + road_arc_weight(c->m, c->arc[i]);
        c->node[i + 1] = road_arc_head(c->m, c->arc[i]);
    }
    uint32_t x = c->via_at, y = c->via_at, middle = c->sum[c->via_at];
    while (x > 0 && middle - c->sum[x] < reach)
        x--;
    while (y < c->arcs && (c->sum[y] - middle < reach || net_arrival(c->m->net, c->node[y]) != c->node[y]))
        y++; /* not to a node where road_weight would end at the sink */
    return road_weight(c->q, c->m, c->node[x], y < c->arcs ? c->node[y] : c->to) == c->sum[y] - c->sum[x];
}

/* The walk becomes answer k. */
static bool accept(struct choice *c, uint32_t k, uint32_t shared, struct arena *a,
                   struct road_alternative *out)
{
    uint32_t *way = arena_alloc(a, ((size_t)c->arcs + 1) * sizeof *way);
    if (way == NULL)
        return false;
    *out = (struct road_alternative){.count = c->arcs, .arc = way};
    for (uint32_t i = 0; i < c->arcs; i++) {
        way[i] = c->arc[i];
        *taken(c, c->arc[i]) |= 1u << k;
        road_cost_add(&out->cost, c->m, c->arc[i]);
    }
    out->shared = out->cost.weight > 0 ? (double)shared / out->cost.weight : 0;
    return true;
}

static bool choose(struct choice *c, uint32_t max, struct arena *a, struct road_alternative *out,
                   uint32_t *count)
{
    for (uint32_t i = 0; i < c->listed && *count < max; i++) {
        const struct candidate *v = &c->list[i];
        if (!walk(c, v->via, v->arc))
            continue;
        uint32_t shared = shared_most(c, *count);
        if (shared >= v->weight || shared > c->limits.shared * v->weight || !locally_shortest(c, v->plateau))
            continue;
        if (!accept(c, *count, shared, a, &out[*count]))
            return false;
        ++*count;
    }
    return true;
}

static struct road_alternative_limits limits_of(const struct road_alternative_limits *l)
{
    struct road_alternative_limits usual_ones = {.stretch = 1.25, .shared = 0.75, .local = 0.25};
    if (l == NULL)
        return usual_ones;
    return (struct road_alternative_limits){.stretch = l->stretch > 0 ? l->stretch : usual_ones.stretch,
                                            .shared = l->shared > 0 ? l->shared : usual_ones.shared,
                                            .local = l->local > 0 ? l->local : usual_ones.local};
}

/* The shortest way is answer 0, and the measure of all others. */
static bool take_shortest(struct choice *c, struct arena *a, struct road_alternative *out, struct err *e)
{
    const uint32_t *arcs;
    uint32_t count;
    if (!road_path(c->q, c->m, c->from, c->to, a, &arcs, &count, e))
        return false;
    *out = (struct road_alternative){.count = count, .arc = arcs};
    for (uint32_t i = 0; i < count; i++) {
        *taken(c, arcs[i]) |= 1;
        road_cost_add(&out->cost, c->m, arcs[i]);
    }
    c->best = out->cost.weight;
    return true;
}

bool road_alternatives(struct road_query *q, const struct network *n, const struct road_metric *m,
                       uint32_t from, uint32_t to, uint32_t max, const struct road_alternative_limits *limits,
                       struct arena *a, struct road_alternative **out, uint32_t *count, struct err *e)
{
    (void)n;
    struct choice c = {
        .q = q, .m = m, .limits = limits_of(limits), .from = from, .to = to, .worst = INT64_MAX};
    assert(from < road_metric_nodes(m) && to < road_metric_nodes(m));
    c.nodes = road_metric_nodes(m);
    c.end = net_arrival(m->net, to);
    *out = NULL;
    *count = 0;
    if (max == 0 || !(c.limits.stretch >= 1))
        return fail(e, ERR_INVALID_ARGUMENT,
                    "alternatives: at least one is to be asked for, and a stretch of 1 or more");
    max = max < ROAD_ALTERNATIVES_MAX ? max : ROAD_ALTERNATIVES_MAX;
    *out = arena_calloc(a, max, sizeof **out);
    bool ok = *out != NULL && choice_init(&c);
    if (ok && !take_shortest(&c, a, *out, e)) {
        choice_release(&c);
        return false;
    }
    *count = ok;
    if (ok && max > 1 && from != to) {
        double bound = c.best * c.limits.stretch;
        c.bound = bound < ROAD_INF ? (uint32_t)bound : ROAD_INF - 1;
        ok = alternative_field_init(&c.f, q, m, from, c.end, c.bound);
        if (ok) {
            find_candidates(&c);
            ok = choose(&c, max, a, *out, count);
        }
    }
    choice_release(&c);
    return ok || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for alternative ways");
}
