#include "whatif/critical.h"

#include "road/change.h"

#include <stdlib.h>
#include <string.h>

enum { CLASSES = 7, PATH_ARENA = 64 << 20 };

struct pair {
    uint32_t from, to;
    uint8_t vehicle_class;
    double trucks;
    struct road_cost cost;
};

struct screening {
    const struct network *net;
    const struct plan_network *plan;
    struct road_query *query;
    struct pair *pair;
    uint32_t pair_count;
    uint32_t *first, *user;            /* link -> pairs that use it */
    uint32_t *arc_first, *arc;         /* link -> arcs of the graph */
    struct road_metric *fork[CLASSES]; /* NULL: the class's metric cannot be forked */
    struct critical *out;
    struct err *e;
};

static bool no_memory(struct err *e)
{
    return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the screening of links");
}

static const struct road_metric *metric_of(const struct screening *x, uint8_t vehicle_class)
{
    struct road_profile v = {.vehicle_class = vehicle_class, .objective = ROAD_CHEAPEST};
    return plan_network_metric(x->plan, &v);
}

/* The list is summed: rows that differ in their group only follow each other by ends. */
static bool list_pairs(struct screening *x, const struct trucks *t)
{
    x->pair = malloc(((size_t)t->count + 1) * sizeof *x->pair);
    if (x->pair == NULL)
        return no_memory(x->e);
    for (uint32_t i = 0; i < t->count; i++) {
        const struct truck_trip *r = &t->of[i];
        struct pair *last = x->pair_count > 0 ? &x->pair[x->pair_count - 1] : NULL;
        if (last != NULL && last->from == r->from && last->to == r->to &&
            last->vehicle_class == r->vehicle_class)
            last->trucks += r->trucks;
        else
            x->pair[x->pair_count++] = (struct pair){r->from, r->to, r->vehicle_class, r->trucks, {0}};
    }
    return x->pair_count <= CRITICAL_PAIRS_MAX ||
           fail(x->e, ERR_RESOURCE_EXHAUSTED, "%u pairs are more than the %d that are screened",
                x->pair_count, CRITICAL_PAIRS_MAX);
}

/* --- who uses what -------------------------------------------------------------------------------------- */

struct use {
    uint32_t link, pair;
};

static int by_link(const void *a, const void *b)
{
    const struct use *x = a, *y = b;
    if (x->link != y->link)
        return x->link < y->link ? -1 : 1;
    return x->pair < y->pair ? -1 : x->pair > y->pair;
}

static bool add_use(struct use **list, size_t *count, size_t *room, struct use u)
{
    if (*count == *room) {
        size_t more = *room > 0 ? *room * 2 : 65536;
        struct use *bigger = realloc(*list, more * sizeof *bigger);
        if (bigger == NULL)
            return false;
        *list = bigger;
        *room = more;
    }
    (*list)[(*count)++] = u;
    return true;
}

static bool trace_pairs(struct screening *x, struct use **list, size_t *count)
{
    struct arena a;
    size_t room = 0;
    bool ok = true;
    arena_init(&a, PATH_ARENA);
    for (uint32_t i = 0; ok && i < x->pair_count; i++) {
        struct pair *p = &x->pair[i];
        const struct road_metric *m = metric_of(x, p->vehicle_class);
        const uint32_t *arcs;
        uint32_t n;
        p->cost.weight = ROAD_INF;
        if (m != NULL)
            road_one_to_one(x->query, m, p->from, p->to, &p->cost);
        if (p->cost.weight == ROAD_INF) {
            x->out->no_way += p->trucks;
            continue;
        }
        arena_reset(&a);
        ok = road_path(x->query, m, p->from, p->to, &a, &arcs, &n, x->e);
        for (uint32_t k = 0; ok && k < n; k++)
            ok = add_use(list, count, &room, (struct use){net_arc_link(x->net, arcs[k]), i}) ||
                 no_memory(x->e);
    }
    arena_release(&a);
    return ok;
}

static bool list_users(struct screening *x)
{
    struct use *list = NULL;
    size_t count = 0, links = x->net->link_count;
    bool ok = trace_pairs(x, &list, &count);
    x->first = calloc(links + 2, sizeof *x->first);
    x->user = malloc((count + 1) * sizeof *x->user);
    if (ok && (x->first == NULL || x->user == NULL))
        ok = no_memory(x->e);
    if (ok && count > 0)
        qsort(list, count, sizeof *list, by_link);
    uint32_t n = 0;
    for (size_t i = 0; ok && i < count; i++) {
        if (i > 0 && list[i].link == list[i - 1].link && list[i].pair == list[i - 1].pair)
            continue;
        x->user[n++] = list[i].pair;
        x->first[list[i].link + 1] = n;
    }
    for (size_t l = 0; ok && l < links; l++)
        x->first[l + 1] = x->first[l + 1] > x->first[l] ? x->first[l + 1] : x->first[l];
    free(list);
    return ok;
}

static bool list_arcs(struct screening *x)
{
    const struct network *n = x->net;
    uint32_t arcs = net_graph_arcs(n);
    x->arc_first = calloc((size_t)n->link_count + 2, sizeof *x->arc_first);
    x->arc = malloc(((size_t)arcs + 1) * sizeof *x->arc);
    if (x->arc_first == NULL || x->arc == NULL)
        return no_memory(x->e);
    for (uint32_t a = 0; a < arcs; a++)
        x->arc_first[net_arc_link(n, a) + 1]++;
    for (uint32_t l = 0; l < n->link_count; l++)
        x->arc_first[l + 1] += x->arc_first[l];
    for (uint32_t a = 0; a < arcs; a++)
        x->arc[x->arc_first[net_arc_link(n, a)]++] = a;
    memmove(x->arc_first + 1, x->arc_first, n->link_count * sizeof *x->arc_first);
    x->arc_first[0] = 0;
    return true;
}

/* --- closing -------------------------------------------------------------------------------------------- */

static bool set_open(struct screening *x, struct road_metric *m, uint32_t link, bool open)
{
    uint32_t count = x->arc_first[link + 1] - x->arc_first[link];
    struct road_change *c = malloc(((size_t)count + 1) * sizeof *c);
    if (c == NULL)
        return no_memory(x->e);
    for (uint32_t i = 0; i < count; i++)
        c[i] = (struct road_change){.arc = x->arc[x->arc_first[link] + i],
                                    .kind = open ? ROAD_OPEN : ROAD_CLOSE};
    bool ok = road_metric_change(m, c, count, x->e);
    free(c);
    return ok;
}

/* The metric of a class with the link closed; *made is to be freed. */
static bool closed(struct screening *x, uint8_t vehicle_class, uint32_t link, const struct road_metric **m,
                   struct road_metric **made)
{
    *made = NULL;
    if (x->fork[vehicle_class] != NULL) {
        *m = x->fork[vehicle_class];
        return set_open(x, x->fork[vehicle_class], link, false);
    }
    struct road_profile v = {.vehicle_class = vehicle_class, .objective = ROAD_CHEAPEST};
    struct plan_avoid avoid = {.link_id = &x->net->link[link].id, .link_count = 1};
    bool ok = plan_make_metric(x->plan, &v, &avoid, made, x->e);
    *m = *made;
    return ok;
}

static void ask_again(struct screening *x, const struct road_metric *m, const struct pair *p,
                      struct critical_row *r)
{
    struct road_cost c;
    road_one_to_one(x->query, m, p->from, p->to, &c);
    if (c.weight == ROAD_INF) {
        r->cut_off += p->trucks;
        return;
    }
    r->extra_h += p->trucks * ((double)c.time_ms - p->cost.time_ms) / 3.6e6;
    r->extra_km += p->trucks * ((double)c.length_m - p->cost.length_m) / 1000;
    r->extra_yuan += p->trucks * ((double)c.weight - p->cost.weight) / 1000;
}

static bool screen_link(struct screening *x, uint32_t link, struct critical_row *r)
{
    *r = (struct critical_row){.link = link};
    for (uint8_t k = 1; k < CLASSES; k++) {
        const struct road_metric *m = NULL;
        struct road_metric *made = NULL;
        for (uint32_t i = x->first[link]; i < x->first[link + 1]; i++) {
            const struct pair *p = &x->pair[x->user[i]];
            if (p->vehicle_class != k)
                continue;
            if (m == NULL && !closed(x, k, link, &m, &made))
                return false;
            r->trucks += p->trucks;
            ask_again(x, m, p, r);
        }
        road_metric_free(made);
        if (m != NULL && m == x->fork[k] && !set_open(x, x->fork[k], link, true))
            return false;
    }
    return true;
}

static bool fork_all(struct screening *x)
{
    for (uint8_t k = 1; k < CLASSES; k++) {
        const struct road_metric *m = metric_of(x, k);
        struct err e = {0};
        if (m != NULL && x->net->added_arcs == 0 && !road_metric_fork(m, &x->fork[k], &e) &&
            e.code != ERR_FAILED_PRECONDITION) {
            *x->e = e;
            return false;
        }
    }
    return true;
}

static int worst_first(const void *a, const void *b)
{
    const struct critical_row *x = a, *y = b;
    if (x->extra_yuan > y->extra_yuan || x->extra_yuan < y->extra_yuan)
        return x->extra_yuan > y->extra_yuan ? -1 : 1;
    if (x->cut_off > y->cut_off || x->cut_off < y->cut_off)
        return x->cut_off > y->cut_off ? -1 : 1;
    return x->link < y->link ? -1 : x->link > y->link;
}

static bool screen_all(struct screening *x, const bool *only, const struct critical_hooks *h)
{
    uint32_t links = x->net->link_count;
    x->out->row = malloc(((size_t)links + 1) * sizeof *x->out->row);
    if (x->out->row == NULL)
        return no_memory(x->e);
    for (uint32_t l = 0; l < links; l++) {
        if (x->first[l] == x->first[l + 1] || (only != NULL && !only[l]))
            continue;
        if (h != NULL && h->stop != NULL && h->stop(h->ctx))
            return fail(x->e, ERR_CANCELLED, "stopped while links were closed one by one");
        if (!screen_link(x, l, &x->out->row[x->out->count]))
            return false;
        x->out->count++;
        if (h != NULL && h->progress != NULL)
            h->progress(h->ctx, (double)l / links);
    }
    qsort(x->out->row, x->out->count, sizeof *x->out->row, worst_first);
    return true;
}

bool critical_screen(const struct network *n, const struct plan_network *p, const struct trucks *t,
                     const bool *only, const struct critical_hooks *h, struct critical *out, struct err *e)
{
    struct screening x = {.net = n, .plan = p, .out = out, .e = e};
    memset(out, 0, sizeof *out);
    bool ok = road_query_new(n, plan_network_index(p), &x.query, e) && list_pairs(&x, t) && list_users(&x) &&
              list_arcs(&x) && fork_all(&x) && screen_all(&x, only, h);
    for (int k = 0; k < CLASSES; k++)
        road_metric_free(x.fork[k]);
    road_query_free(x.query);
    free(x.pair);
    free(x.first);
    free(x.user);
    free(x.arc_first);
    free(x.arc);
    return ok;
}

void critical_free(struct critical *c)
{
    free(c->row);
    *c = (struct critical){0};
}
