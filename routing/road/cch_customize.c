/* cch_customize.c - shortcut weights by lower triangles, all of them or those that a change touches. */
#include <stdlib.h>
#include <string.h>

#include "road/cch_inside.h"

static bool place_arrays(const struct cch *c, struct cch_metric *m, bool mapped, struct err *e)
{
    size_t n = (size_t)c->arc_count + 1;
    uint32_t *at = m->memory.at;
    m->cch = c;
    if (!mapped)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a metric of %u shortcuts", c->arc_count);
    m->up = at;
    m->down = at + n;
    m->up_way = at + 2 * n;
    m->down_way = at + 3 * n;
    return true;
}

bool cch_metric_new(const struct cch *c, struct cch_metric *m, struct err *e)
{
    *m = (struct cch_metric){0};
    return place_arrays(c, m, cow_new(((size_t)c->arc_count + 1) * 4 * sizeof *m->up, &m->memory), e);
}

bool cch_metric_fork(const struct cch_metric *base, struct cch_metric *m, struct err *e)
{
    *m = (struct cch_metric){0};
    return place_arrays(base->cch, m, cow_fork(&base->memory, &m->memory), e);
}

void cch_metric_release(struct cch_metric *m)
{
    cch_drop_perfect(m);
    cch_drop_hubs(m);
    cow_release(&m->memory);
    *m = (struct cch_metric){0};
}

size_t cch_metric_bytes(const struct cch_metric *m)
{
    const struct cch_perfect *p = __atomic_load_n(&m->perfect, __ATOMIC_ACQUIRE);
    const struct cch_hubs *h = __atomic_load_n(&m->hubs, __ATOMIC_ACQUIRE);
    return (size_t)m->cch->arc_count * 4 * sizeof *m->up + (p != NULL ? p->bytes : 0) +
           (h != NULL ? h->bytes : 0);
}

void cch_start_row(const struct cch_metric *m, const uint32_t *weight, uint32_t x)
{
    const struct cch *c = m->cch;
    for (uint32_t a = c->first[x]; a < c->first[x + 1]; a++) {
        m->up[a] = m->down[a] = ROAD_INF;
        m->up_way[a] = m->down_way[a] = CCH_NONE;
    }
    for (uint32_t i = c->input_first[x]; i < c->input_first[x + 1]; i++) {
        uint32_t arc = c->input_arc[i], at = c->input_at[i] >> 1, w = weight[arc];
        uint32_t *way = c->input_at[i] & 1 ? m->down : m->up;
        uint32_t *way_of = c->input_at[i] & 1 ? m->down_way : m->up_way;
        if (w < way[at]) {
            way[at] = w;
            way_of[at] = CCH_INPUT | arc;
        }
    }
}

/* The triangles of x with one lower neighbour, whose arc to x is `side`; place[slot] is x's arc to it. */
void cch_relax_lower(const struct cch_metric *m, uint32_t side, uint32_t end, const uint32_t *restrict place)
{
    const struct cch *c = m->cch;
    uint32_t in = m->up[side], out = m->down[side]; /* v to x, x to v */
    for (uint32_t b = side + 1; b < end; b++) {
        uint32_t a = place[c->slot[b]];
        uint32_t there = out + m->up[b], back = m->down[b] + in;
        if (there < m->up[a]) {
            m->up[a] = there;
            m->up_way[a] = side;
        }
        if (back < m->down[a]) {
            m->down[a] = back;
            m->down_way[a] = side;
        }
    }
}

void cch_set_places(const struct cch *c, uint32_t x, uint32_t *place)
{
    for (uint32_t a = c->first[x]; a < c->first[x + 1]; a++)
        place[c->slot[a]] = a;
}

enum { SLOTS_MAX = UINT16_MAX + 1, STRIDE = 32 };

struct customization {
    const struct cch_metric *m;
    const uint32_t *weight;
    uint32_t level;
};

static void run_subtree(void *arg, uint32_t index)
{
    const struct customization *job = arg;
    const struct cch *c = job->m->cch;
    uint32_t place[SLOTS_MAX];
    for (uint32_t x = c->subtree[index].from; x < c->subtree[index].to; x++) {
        cch_start_row(job->m, job->weight, x);
        cch_set_places(c, x, place);
        for (uint32_t i = c->down_first[x]; i < c->down_first[x + 1]; i++) {
            uint32_t v = c->down_tail[i];
            cch_relax_lower(job->m, c->down_arc[i], c->first[v + 1], place);
        }
    }
}

static uint32_t level_node_from(const struct cch *c, uint32_t level)
{
    return level == c->level_count ? c->top_count : c->chain[c->level_first[level]].from;
}

/* What comes from below the node's own chain. */
static void run_top_nodes(void *arg, uint32_t index)
{
    const struct customization *job = arg;
    const struct cch *c = job->m->cch;
    uint32_t place[SLOTS_MAX], end = level_node_from(c, job->level + 1);
    uint32_t from = level_node_from(c, job->level) + index * STRIDE;
    for (uint32_t t = from; t < from + STRIDE && t < end; t++) {
        uint32_t x = c->top_node[t];
        cch_start_row(job->m, job->weight, x);
        cch_set_places(c, x, place);
        for (uint32_t i = c->down_first[x]; i < c->down_first[x + 1]; i++) {
            uint32_t v = c->down_tail[i];
            if (c->top_chain[v] != c->top_chain[x])
                cch_relax_lower(job->m, c->down_arc[i], c->first[v + 1], place);
        }
    }
}

static void run_chain(void *arg, uint32_t index)
{
    const struct customization *job = arg;
    const struct cch *c = job->m->cch;
    uint32_t place[SLOTS_MAX], chain = c->level_first[job->level] + index;
    for (uint32_t t = c->chain[chain].from; t < c->chain[chain].to; t++) {
        uint32_t x = c->top_node[t];
        cch_set_places(c, x, place);
        for (uint32_t i = c->down_first[x + 1]; i-- > c->down_first[x];) {
            uint32_t v = c->down_tail[i];
            if (v < c->top_node[c->chain[chain].from])
                break;
            if (c->top_chain[v] == chain)
                cch_relax_lower(job->m, c->down_arc[i], c->first[v + 1], place);
        }
    }
}

static void run(const struct cch_executor *x, uint32_t count, void (*task)(void *arg, uint32_t index),
                struct customization *job)
{
    if (x != NULL)
        x->run(x->ctx, count, task, job);
    else
        for (uint32_t i = 0; i < count; i++)
            task(job, i);
}

void cch_customize(struct cch_metric *m, const uint32_t *weight, const struct cch_executor *x)
{
    const struct cch *c = m->cch;
    struct customization job = {.m = m, .weight = weight};
    cch_drop_perfect(m);
    cch_drop_hubs(m);
    run(x, c->subtree_count, run_subtree, &job);
    for (job.level = 0; job.level < c->level_count; job.level++) {
        uint32_t nodes = level_node_from(c, job.level + 1) - level_node_from(c, job.level);
        run(x, (nodes + STRIDE - 1) / STRIDE, run_top_nodes, &job);
        run(x, c->level_first[job.level + 1] - c->level_first[job.level], run_chain, &job);
    }
}
