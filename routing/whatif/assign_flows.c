#include "whatif/assign_inside.h"

#include <stdlib.h>
#include <string.h>

/* --- who uses a link ---------------------------------------------------------------------------------------
 */

struct select {
    const struct assign *a;
    uint32_t link;        /* inside */
    double *share, *need; /* by position: part of what arrives that used the link; what is to use it later */
    uint32_t *pos;        /* by node */
    struct assign_selected *out;
};

static double entering(const struct bush *b, uint32_t p)
{
    double in = 0;
    for (uint32_t k = b->first[p]; k < b->first[p + 1]; k++)
        in += b->flow[k];
    return in;
}

/* Forward from the origin; returns where the link stands in the bush, or ASSIGN_NONE. */
static uint32_t select_forward(const struct select *s, const struct bush *b)
{
    uint32_t found = ASSIGN_NONE;
    double pce = s->a->class[b->class].pce;
    s->share[0] = 0;
    for (uint32_t p = 1; p < b->node_count; p++) {
        double in = entering(b, p), used = 0;
        for (uint32_t k = b->first[p]; k < b->first[p + 1]; k++) {
            bool here = b->link[k] == s->link;
            double part = b->flow[k] * (here ? 1 : s->share[b->tail[k]]);
            found = here ? k : found;
            used += part;
            s->out->flow[s->a->outer[b->link[k]]] += part / pce;
        }
        s->share[p] = in > 0 ? used / in : 0;
    }
    return found;
}

/* Back from the link's tail to the origin. */
static void select_back(const struct select *s, const struct bush *b, uint32_t link)
{
    double pce = s->a->class[b->class].pce;
    memset(s->need, 0, b->node_count * sizeof *s->need);
    s->need[b->tail[link]] = b->flow[link];
    for (uint32_t p = b->tail[link] + 1; p-- > 1;) {
        double in = s->need[p] > 0 ? entering(b, p) : 0;
        for (uint32_t k = b->first[p]; in > 0 && k < b->first[p + 1]; k++) {
            double part = s->need[p] * (b->flow[k] / in);
            s->need[b->tail[k]] += part;
            s->out->flow[s->a->outer[b->link[k]]] += part / pce;
        }
    }
}

static void select_bush(const struct select *s, const struct bush *b)
{
    const struct trips *t = s->a->class[b->class].trips;
    uint32_t link = select_forward(s, b);
    if (link == ASSIGN_NONE || !(b->flow[link] > 0))
        return;
    select_back(s, b, link);
    s->out->total += b->flow[link] / s->a->class[b->class].pce;
    memset(s->pos, 0, s->a->node_count * sizeof *s->pos);
    for (uint32_t p = 0; p < b->node_count; p++)
        s->pos[b->order[p]] = p;
    for (uint32_t k = t->first[b->zone]; k < t->first[b->zone + 1]; k++)
        s->out->volume[k] = t->volume[k] * s->share[s->pos[s->a->zone_node[t->to[k]]]];
}

bool assign_select_link(const struct assign *a, uint32_t class, uint32_t link, struct assign_selected *out,
                        struct err *e)
{
    *out = (struct assign_selected){0};
    if (class >= a->class_count || link >= a->link_count)
        return fail(e, ERR_OUT_OF_RANGE, "there is no link %u or class %u", link, class);
    const struct trips *t = a->class[class].trips;
    size_t n = (size_t)a->node_count + 1;
    struct select s = {.a = a, .link = a->inner[link], .out = out};
    s.share = malloc(n * sizeof *s.share);
    s.need = malloc(n * sizeof *s.need);
    s.pos = malloc(n * sizeof *s.pos);
    out->flow = calloc((size_t)a->link_count + 1, sizeof *out->flow);
    out->volume = calloc((size_t)t->first[a->zone_count] + 1, sizeof *out->volume);
    bool ok = s.share != NULL && s.need != NULL && s.pos != NULL && out->flow != NULL && out->volume != NULL;
    for (uint32_t i = 0; ok && i < a->bush_count; i++)
        if (a->bush[i].class == class && a->bush[i].flow != NULL)
            select_bush(&s, &a->bush[i]);
    free(s.share);
    free(s.need);
    free(s.pos);
    if (!ok)
        assign_selected_free(out);
    return ok || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the users of link %u", link);
}

void assign_selected_free(struct assign_selected *s)
{
    free(s->flow);
    free(s->volume);
    *s = (struct assign_selected){0};
}

/* --- turns ------------------------------------------------------------------------------------------------
 */

/* One bush: what leaves on a link came in by the shares of the links that enter. */
static void turn_bush(const struct assign *a, const struct bush *b, uint32_t node, double *table)
{
    uint32_t outs = a->out_first[node + 1] - a->out_first[node], p = 1;
    while (p < b->node_count && b->order[p] != node)
        p++;
    double in = p < b->node_count ? entering(b, p) : 0;
    for (uint32_t q = p + 1; in > 0 && q < b->node_count; q++)
        for (uint32_t k = b->first[q]; k < b->first[q + 1]; k++) {
            if (b->tail[k] != p || !(b->flow[k] > 0))
                continue;
            for (uint32_t j = b->first[p]; j < b->first[p + 1]; j++) {
                uint32_t row = a->in_first[node];
                while (a->in_link[row] != b->link[j])
                    row++;
                table[(size_t)(row - a->in_first[node]) * outs + (b->link[k] - a->out_first[node])] +=
                    b->flow[k] * (b->flow[j] / in) / a->class[b->class].pce;
            }
        }
}

bool assign_turns(const struct assign *a, uint32_t class, uint32_t node, struct assign_turn **out,
                  uint32_t *count, struct err *e)
{
    *out = NULL;
    *count = 0;
    if (class >= a->class_count || node >= a->node_count)
        return fail(e, ERR_OUT_OF_RANGE, "there is no node %u or class %u", node, class);
    uint32_t ins = a->in_first[node + 1] - a->in_first[node],
             outs = a->out_first[node + 1] - a->out_first[node];
    double *table = calloc((size_t)ins * outs + 1, sizeof *table);
    struct assign_turn *turn =
        (uint64_t)ins * outs < UINT32_MAX ? calloc((size_t)ins * outs + 1, sizeof *turn) : NULL;
    bool ok = table != NULL && turn != NULL;
    for (uint32_t i = 0; ok && i < a->bush_count; i++)
        if (a->bush[i].class == class && a->bush[i].flow != NULL)
            turn_bush(a, &a->bush[i], node, table);
    for (uint32_t i = 0; ok && i < ins; i++)
        for (uint32_t o = 0; o < outs; o++)
            turn[(*count)++] =
                (struct assign_turn){a->outer[a->in_link[a->in_first[node] + i]],
                                     a->outer[a->out_first[node] + o], table[(size_t)i * outs + o]};
    free(table);
    if (!ok)
        free(turn);
    else
        *out = turn;
    return ok || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the turns at node %u", node);
}
