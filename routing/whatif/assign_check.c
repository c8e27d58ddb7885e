#include "whatif/assign_inside.h"

#include <stdlib.h>
#include <string.h>

/* Shares no code with the search for the equilibrium: links in the caller's order, a ring of nodes instead of
 * a heap, pow() instead of products. */
struct check {
    const struct assign *a;
    double *flow, *time;   /* per link of the caller, from the bushes */
    uint32_t *first, *out; /* links of the caller by tail */
    struct check_part {
        long double cheapest;
        double conservation, negative;
        bool failed;
    } part[SLOTS_MAX];
};

static double cost_of(const struct check *c, uint32_t class, uint32_t link)
{
    const struct assign_link *g = &c->a->given[link];
    if ((g->closed_to >> class & 1) != 0)
        return INFINITY;
    return c->time[link] + c->a->class[class].toll_weight * toll_of(c->a, class, link) +
           c->a->class[class].distance_weight * g->length;
}

static void cheapest(const struct check *c, const struct bush *b, double *dist, uint32_t *ring,
                     uint8_t *waits)
{
    uint32_t n = c->a->node_count, head = 0, count = 1;
    for (uint32_t v = 0; v < n; v++)
        dist[v] = INFINITY;
    dist[b->root] = 0;
    ring[0] = b->root;
    while (count > 0) {
        uint32_t v = ring[head];
        head = head + 1 == n ? 0 : head + 1;
        count--;
        waits[v] = 0;
        if (v < c->a->first_thru && v != b->root)
            continue;
        for (uint32_t i = c->first[v]; i < c->first[v + 1]; i++) {
            uint32_t to = c->a->given[c->out[i]].to;
            double d = dist[v] + cost_of(c, b->class, c->out[i]);
            if (d < dist[to]) {
                dist[to] = d;
                if (!waits[to]) {
                    waits[to] = 1;
                    ring[(uint32_t)(((uint64_t)head + count++) % n)] = to;
                }
            }
        }
    }
}

static void check_task(void *arg, uint32_t i)
{
    struct check *c = arg;
    uint32_t n = c->a->node_count;
    double *dist = malloc(2 * (size_t)n * sizeof *dist), *rest = dist + n;
    uint32_t *ring = malloc((size_t)n * sizeof *ring);
    uint8_t *waits = calloc(n, 1);
    c->part[i].failed = dist == NULL || ring == NULL || waits == NULL;
    for (uint32_t j = i; !c->part[i].failed && j < c->a->bush_count; j += c->a->slot_count) {
        const struct bush *b = &c->a->bush[j];
        const struct trips *t = c->a->class[b->class].trips;
        double pce = c->a->class[b->class].pce;
        cheapest(c, b, dist, ring, waits);
        long double sum = 0;
        double total = 0;
        memset(rest, 0, n * sizeof *rest);
        for (uint32_t k = 0; b->flow != NULL && k < b->link_count; k++) {
            rest[c->a->to[b->link[k]]] += b->flow[k];
            rest[c->a->from[b->link[k]]] -= b->flow[k];
            c->part[i].negative = fmin(c->part[i].negative, b->flow[k]);
        }
        for (uint32_t k = t->first[b->zone]; k < t->first[b->zone + 1]; k++) {
            uint32_t v = c->a->zone_node[t->to[k]];
            if (v == b->root || dist[v] == INFINITY)
                continue;
            sum += (long double)(t->volume[k] * pce) * dist[v];
            rest[v] -= t->volume[k] * pce;
            rest[b->root] += t->volume[k] * pce;
            total += t->volume[k] * pce;
        }
        for (uint32_t v = 0; v < n && total > 0; v++)
            c->part[i].conservation = fmax(c->part[i].conservation, fabs(rest[v]) / total);
        c->part[i].cheapest += sum;
    }
    free(dist);
    free(ring);
    free(waits);
}

/* Flows and times from the bushes alone. */
static void link_figures(struct check *c, struct assign_check *out, long double *paid)
{
    const struct assign *a = c->a;
    double largest = 1e-300, worst = 0;
    long double objective = 0, time = 0, cost = 0;
    for (uint32_t l = 0; l < a->link_count; l++)
        c->flow[l] = a->given[l].fixed;
    for (uint32_t j = 0; j < a->bush_count; j++)
        for (uint32_t k = 0; a->bush[j].flow != NULL && k < a->bush[j].link_count; k++)
            c->flow[a->outer[a->bush[j].link[k]]] += a->bush[j].flow[k];
    for (uint32_t l = 0; l < a->link_count; l++) {
        const struct assign_link *g = &a->given[l];
        double x = g->b > 0 ? c->flow[l] / g->capacity : 0;
        c->time[l] = g->free_flow_time * (1 + g->b * pow(x, g->power));
        objective +=
            (long double)g->free_flow_time * c->flow[l] * (1 + g->b / (g->power + 1) * pow(x, g->power));
        largest = fmax(largest, c->flow[l]);
        worst = fmax(worst, fabs(c->flow[l] - a->state[a->inner[l]].flow));
    }
    for (uint32_t j = 0; j < a->bush_count; j++)
        for (uint32_t k = 0; a->bush[j].flow != NULL && k < a->bush[j].link_count; k++) {
            const struct bush *b = &a->bush[j];
            uint32_t l = a->outer[b->link[k]];
            long double flow = b->flow[k];
            if (!(b->flow[k] > 0))
                continue;
            cost += flow * cost_of(c, b->class, l);
            objective += flow * (cost_of(c, b->class, l) - c->time[l]);
            time += flow / a->class[b->class].pce * c->time[l];
        }
    out->link_sums = worst / largest;
    out->objective = (double)objective;
    out->total_time = (double)time;
    *paid = cost;
}

static bool check_new(struct check *c)
{
    const struct assign *a = c->a;
    c->flow = calloc((size_t)a->link_count + 1, sizeof *c->flow);
    c->time = calloc((size_t)a->link_count + 1, sizeof *c->time);
    c->first = calloc((size_t)a->node_count + 2, sizeof *c->first);
    c->out = calloc((size_t)a->link_count + 1, sizeof *c->out);
    if (c->flow == NULL || c->time == NULL || c->first == NULL || c->out == NULL)
        return false;
    for (uint32_t l = 0; l < a->link_count; l++)
        c->first[a->given[l].from + 2]++;
    for (uint32_t v = 0; v < a->node_count; v++)
        c->first[v + 2] += c->first[v + 1];
    for (uint32_t l = 0; l < a->link_count; l++)
        c->out[c->first[a->given[l].from + 1]++] = l;
    return true;
}

bool assign_check(const struct assign *a, const struct cch_executor *x, struct assign_check *out,
                  struct err *e)
{
    struct check c = {.a = a};
    long double paid = 0, least = 0;
    *out = (struct assign_check){0};
    bool ok = check_new(&c);
    if (ok) {
        link_figures(&c, out, &paid);
        run_tasks(x, a->slot_count, check_task, &c);
    }
    for (uint32_t i = 0; ok && i < a->slot_count; i++) {
        ok = !c.part[i].failed;
        least += c.part[i].cheapest;
        out->conservation = fmax(out->conservation, c.part[i].conservation);
        out->negative = fmin(out->negative, c.part[i].negative);
    }
    out->relative_gap = paid > 0 ? (double)((paid - least) / paid) : 0;
    free(c.flow);
    free(c.time);
    free(c.first);
    free(c.out);
    return ok || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the check");
}
