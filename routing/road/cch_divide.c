/* cch_divide.c - how customization is divided among threads.
 *
 * Subtrees of the elimination tree know nothing of each other. What stands above them is cut into chains
 * without a branch; a chain waits for the chains below it. Within one level, every node first takes the
 * triangles that come from below its own chain (any node beside any other), then each chain works through its
 * own.
 */
#include <stdlib.h>
#include <string.h>

#include "road/cch_inside.h"

enum { PIECES = 64 }; /* subtrees above 1/64 of the work are divided again */

/* Triangles below each node, then of its whole subtree. */
static uint64_t *subtree_work(const struct cch *c)
{
    uint64_t *work = malloc(((size_t)c->node_count + 1) * sizeof *work);
    for (uint32_t v = 0; work != NULL && v < c->node_count; v++) {
        uint64_t degree = c->first[v + 1] - c->first[v];
        work[v] = 4 + degree * (degree + 1) / 2; /* counted at the lowest node of the triangle */
    }
    for (uint32_t v = 0; work != NULL && v < c->node_count; v++)
        if (c->parent[v] != CCH_NONE)
            work[c->parent[v]] += work[v];
    return work;
}

/* Runs of whole subtrees between the nodes of the top, joined until a piece is worth a task. */
static void cut_subtrees(struct cch *c, const uint64_t *work, uint64_t limit)
{
    uint64_t sum = 0;
    uint32_t from = 0;
    for (uint32_t v = 0; v < c->node_count; v++) {
        bool top = work[v] > limit;
        bool root = !top && (c->parent[v] == CCH_NONE || work[c->parent[v]] > limit);
        if (root)
            sum += work[v];
        if (top || (root && sum > limit / 2)) {
            uint32_t to = top ? v : v + 1;
            if (to > from)
                c->subtree[c->subtree_count++] = (struct cch_task){from, to};
            from = v + 1;
            sum = 0;
        }
    }
    if (from < c->node_count)
        c->subtree[c->subtree_count++] = (struct cch_task){from, c->node_count};
}

/* Chains from below: a node goes on with its child's chain when that is the only child in the top. */
static uint32_t find_chains(struct cch *c, const uint64_t *work, uint64_t limit, uint32_t *children,
                            uint32_t *level)
{
    uint32_t levels = 0;
    for (uint32_t v = 0; v < c->node_count; v++)
        if (work[v] > limit && c->parent[v] != CCH_NONE)
            children[c->parent[v]]++;
    for (uint32_t v = 0; v < c->node_count; v++) {
        if (work[v] <= limit)
            continue;
        c->top_count++;
        if (children[v] != 1) {
            c->top_chain[v] = c->chain_count++;
        }
        uint32_t p = c->parent[v];
        if (level[v] + 1 > levels)
            levels = level[v] + 1;
        if (p == CCH_NONE)
            continue;
        if (children[p] == 1) {
            c->top_chain[p] = c->top_chain[v];
            level[p] = level[v];
        } else if (level[v] + 1 > level[p]) {
            level[p] = level[v] + 1;
        }
    }
    return levels;
}

/* Renumbers the chains by level and lists their nodes. */
static bool list_chains(struct cch *c, const uint32_t *level)
{
    uint32_t *number = malloc(((size_t)c->chain_count + 1) * sizeof *number), done = 0;
    bool *seen = calloc((size_t)c->chain_count + 1, sizeof *seen);
    bool ok = number != NULL && seen != NULL;
    for (uint32_t l = 0; ok && l < c->level_count; l++) {
        c->level_first[l] = done;
        for (uint32_t v = 0; v < c->node_count; v++)
            if (c->top_chain[v] != CCH_NONE && level[v] == l && !seen[c->top_chain[v]]) {
                seen[c->top_chain[v]] = true;
                number[c->top_chain[v]] = done++;
            }
    }
    for (uint32_t v = 0; ok && v < c->node_count; v++)
        if (c->top_chain[v] != CCH_NONE) {
            c->top_chain[v] = number[c->top_chain[v]];
            c->chain[c->top_chain[v]].to++;
        }
    for (uint32_t i = 0, at = 0; ok && i < c->chain_count; i++) {
        c->chain[i].from = at;
        at += c->chain[i].to;
        c->chain[i].to = c->chain[i].from;
    }
    for (uint32_t v = 0; ok && v < c->node_count; v++)
        if (c->top_chain[v] != CCH_NONE)
            c->top_node[c->chain[c->top_chain[v]].to++] = v;
    if (ok)
        c->level_first[c->level_count] = c->chain_count;
    free(number);
    free(seen);
    return ok;
}

bool cch_divide(struct cch *c)
{
    size_t n = c->node_count;
    uint64_t *work = subtree_work(c), total = 0;
    uint32_t *children = calloc(n + 1, sizeof *children), *level = calloc(n + 1, sizeof *level);
    c->top_chain = malloc((n + 1) * sizeof *c->top_chain);
    bool ok = work != NULL && children != NULL && level != NULL && c->top_chain != NULL;
    if (ok) {
        memset(c->top_chain, 0xff, (n + 1) * sizeof *c->top_chain);
        for (uint32_t v = 0; v < n; v++)
            total += c->parent[v] == CCH_NONE ? work[v] : 0;
        uint64_t limit = total / PIECES;
        if (limit < 20000)
            limit = 20000; /* a task should outlast the asking for it */
        c->level_count = find_chains(c, work, limit, children, level);
        c->subtree = calloc((size_t)4 * PIECES + c->top_count + 2, sizeof *c->subtree);
        c->chain = calloc((size_t)c->chain_count + 1, sizeof *c->chain);
        c->top_node = malloc(((size_t)c->top_count + 1) * sizeof *c->top_node);
        c->level_first = malloc(((size_t)c->level_count + 1) * sizeof *c->level_first);
        ok = c->subtree != NULL && c->chain != NULL && c->top_node != NULL && c->level_first != NULL;
        if (ok) {
            cut_subtrees(c, work, limit);
            ok = list_chains(c, level);
        }
    }
    free(work);
    free(children);
    free(level);
    return ok;
}
