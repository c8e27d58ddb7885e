/* cch_perfect.c - perfect customization: which shortcuts are shortest ways themselves.
 *
 * Top down: the exact distance between a node x and an upper neighbour is the least over its upper neighbours
 * w of the shortcut to w and the exact distance from there (Dibbelt, Strasser, Wagner 2016, section 6).
 * Shortcuts that are longer than that are left out of the searches, in each direction apart. Rows of a chain
 * wait for the chains above them and then work through their own, as in cch_customize.c upside down.
 */
#include <stdlib.h>

#include "road/cch_inside.h"

enum { SLOTS_MAX = UINT16_MAX + 1, STRIDE = 32, RANGE = 4096 };

struct perfection {
    const struct cch_metric *m;
    uint32_t *up, *down; /* exact distances, by shortcut */
    struct cch_perfect *out;
    uint32_t level;
};

static void start_row(const struct perfection *p, uint32_t x)
{
    const struct cch *c = p->m->cch;
    for (uint32_t a = c->first[x]; a < c->first[x + 1]; a++) {
        p->up[a] = p->m->up[a];
        p->down[a] = p->m->down[a];
    }
}

/* The triangles of x with its upper neighbour w, to which arc a leads and whose own row is exact. */
static void relax_upper(const struct perfection *p, uint32_t a, uint32_t end, uint32_t w, uint32_t *place)
{
    const struct cch_metric *m = p->m;
    const struct cch *c = m->cch;
    uint32_t there = m->up[a], back = m->down[a], up = p->up[a], down = p->down[a];
    cch_set_places(c, w, place);
    for (uint32_t b = a + 1; b < end; b++) {
        uint32_t t = place[c->slot[b]], out = p->up[t], in = p->down[t]; /* w to y, y to w */
        uint32_t by_w = there + out, from_w = in + back, by_y = m->up[b] + in, from_y = out + m->down[b];
        p->up[b] = by_w < p->up[b] ? by_w : p->up[b];
        p->down[b] = from_w < p->down[b] ? from_w : p->down[b];
        up = by_y < up ? by_y : up;
        down = from_y < down ? from_y : down;
    }
    p->up[a] = up;
    p->down[a] = down;
}

static void run_subtree(void *arg, uint32_t index)
{
    const struct perfection *p = arg;
    const struct cch *c = p->m->cch;
    uint32_t place[SLOTS_MAX];
    for (uint32_t x = c->subtree[index].to; x-- > c->subtree[index].from;) {
        start_row(p, x);
        for (uint32_t a = c->first[x], end = c->first[x + 1]; a < end; a++)
            relax_upper(p, a, end, c->head[a], place);
    }
}

static uint32_t level_node_from(const struct cch *c, uint32_t level)
{
    return level == c->level_count ? c->top_count : c->chain[c->level_first[level]].from;
}

/* What comes from above the node's own chain. */
static void run_top_nodes(void *arg, uint32_t index)
{
    const struct perfection *p = arg;
    const struct cch *c = p->m->cch;
    uint32_t place[SLOTS_MAX], to = level_node_from(c, p->level + 1);
    uint32_t from = level_node_from(c, p->level) + index * STRIDE;
    for (uint32_t t = from; t < from + STRIDE && t < to; t++) {
        uint32_t x = c->top_node[t];
        start_row(p, x);
        for (uint32_t a = c->first[x], end = c->first[x + 1]; a < end; a++)
            if (c->top_chain[c->head[a]] != c->top_chain[x])
                relax_upper(p, a, end, c->head[a], place);
    }
}

static void run_chain(void *arg, uint32_t index)
{
    const struct perfection *p = arg;
    const struct cch *c = p->m->cch;
    uint32_t place[SLOTS_MAX], chain = c->level_first[p->level] + index;
    for (uint32_t t = c->chain[chain].to; t-- > c->chain[chain].from;) {
        uint32_t x = c->top_node[t];
        for (uint32_t a = c->first[x], end = c->first[x + 1]; a < end && c->top_chain[c->head[a]] == chain;
             a++)
            relax_upper(p, a, end, c->head[a], place);
    }
}

static bool kept(const uint32_t *weight, const uint32_t *exact, uint32_t a)
{
    return weight[a] < ROAD_INF && weight[a] == exact[a];
}

/* Fills a range of rows of both directions; their firsts are known. */
static void fill_rows(void *arg, uint32_t index)
{
    const struct perfection *p = arg;
    const struct cch *c = p->m->cch;
    uint32_t from = index * RANGE, to = c->node_count - from < RANGE ? c->node_count : from + RANGE;
    for (int k = 0; k < 2; k++) {
        const uint32_t *weight = k ? p->m->down : p->m->up, *exact = k ? p->down : p->up;
        uint32_t at = p->out->first[k][from];
        for (uint32_t a = c->first[from]; a < c->first[to]; a++)
            if (kept(weight, exact, a)) {
                p->out->slot[k][at] = c->slot[a];
                p->out->weight[k][at++] = weight[a];
            }
    }
}

static void count_rows(const struct perfection *p, int k)
{
    const struct cch *c = p->m->cch;
    const uint32_t *weight = k ? p->m->down : p->m->up, *exact = k ? p->down : p->up;
    uint32_t count = 0;
    for (uint32_t x = 0; x < c->node_count; x++) {
        p->out->first[k][x] = count;
        for (uint32_t a = c->first[x]; a < c->first[x + 1]; a++)
            count += kept(weight, exact, a);
    }
    p->out->first[k][c->node_count] = count;
}

static void perfect_free(struct cch_perfect *p)
{
    for (int k = 0; p != NULL && k < 2; k++) {
        free(p->first[k]);
        free(p->slot[k]);
        free(p->weight[k]);
    }
    free(p);
}

void cch_drop_perfect(struct cch_metric *m)
{
    struct cch_perfect *p = __atomic_exchange_n(&m->perfect, NULL, __ATOMIC_ACQ_REL);
    perfect_free(p);
}

static void run(const struct cch_executor *x, uint32_t count, void (*task)(void *arg, uint32_t index),
                struct perfection *job)
{
    if (x != NULL)
        x->run(x->ctx, count, task, job);
    else
        for (uint32_t i = 0; i < count; i++)
            task(job, i);
}

static void find_distances(struct perfection *job, const struct cch_executor *x)
{
    const struct cch *c = job->m->cch;
    for (job->level = c->level_count; job->level-- > 0;) {
        uint32_t nodes = level_node_from(c, job->level + 1) - level_node_from(c, job->level);
        run(x, (nodes + STRIDE - 1) / STRIDE, run_top_nodes, job);
        run(x, c->level_first[job->level + 1] - c->level_first[job->level], run_chain, job);
    }
    run(x, c->subtree_count, run_subtree, job);
}

static bool keep_rows(struct perfection *job, const struct cch_executor *x)
{
    const struct cch *c = job->m->cch;
    struct cch_perfect *o = job->out;
    bool ok = true;
    for (int k = 0; k < 2; k++) {
        o->first[k] = malloc(((size_t)c->node_count + 1) * sizeof *o->first[k]);
        if (o->first[k] == NULL)
            return false;
        count_rows(job, k);
        size_t count = (size_t)o->first[k][c->node_count] + 1;
        o->slot[k] = malloc(count * sizeof *o->slot[k]);
        o->weight[k] = malloc(count * sizeof *o->weight[k]);
        o->bytes += ((size_t)c->node_count + 1) * sizeof *o->first[k] +
                    count * (sizeof *o->slot[k] + sizeof *o->weight[k]);
        ok = ok && o->slot[k] != NULL && o->weight[k] != NULL;
    }
    if (ok)
        run(x, (c->node_count + RANGE - 1) / RANGE, fill_rows, job);
    o->up = (struct cch_rows){o->first[0], o->slot[0], o->weight[0]};
    o->down = (struct cch_rows){o->first[1], o->slot[1], o->weight[1]};
    return ok;
}

bool cch_perfect(struct cch_metric *m, const struct cch_executor *x, struct err *e)
{
    size_t arcs = (size_t)m->cch->arc_count + 1;
    struct perfection job = {.m = m, .out = calloc(1, sizeof *job.out)};
    job.up = malloc(arcs * sizeof *job.up);
    job.down = malloc(arcs * sizeof *job.down);
    bool ok = job.out != NULL && job.up != NULL && job.down != NULL;
    if (ok)
        find_distances(&job, x);
    ok = ok && keep_rows(&job, x);
    free(job.up);
    free(job.down);
    if (!ok) {
        perfect_free(job.out);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory to perfect a metric of %u shortcuts",
                    m->cch->arc_count);
    }
    struct cch_perfect *none = NULL; /* a second one, made at the same time, is as good */
    if (!__atomic_compare_exchange_n(&m->perfect, &none, job.out, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        perfect_free(job.out);
    return true;
}
