#include "whatif/assign_inside.h"

#include <string.h>

/* Task: class * slot_count + slot; adds up the bushes slot, slot + slot_count, ... of the class. */
static void block_task(void *arg, uint32_t i)
{
    struct assign *a = arg;
    double *sum = &a->block[(size_t)i * a->link_count];
    memset(sum, 0, a->link_count * sizeof *sum);
    for (uint32_t j = i % a->slot_count; j < a->bush_count; j += a->slot_count) {
        const struct bush *b = &a->bush[j];
        if (b->class != i / a->slot_count || b->flow == NULL)
            continue;
        for (uint32_t k = 0; k < b->link_count; k++)
            sum[b->link[k]] += b->flow[k];
    }
}

void sum_costs(struct assign *a)
{
    for (uint32_t c = 0; c < a->class_count; c++)
        for (uint32_t l = 0; l < a->link_count; l++) {
            size_t at = (size_t)c * a->link_count + l;
            a->cost[at] = a->state[l].time + a->price[at];
        }
}

/* Blocks do not depend on threads, so neither do the sums. */
void sum_flows(struct assign *a)
{
    run_tasks(a->executor, a->slot_count * a->class_count, block_task, a);
    for (uint32_t l = 0; l < a->link_count; l++) {
        double all = a->fixed[l];
        for (uint32_t c = 0; c < a->class_count; c++) {
            double sum = 0;
            for (uint32_t s = 0; s < a->slot_count; s++)
                sum += a->block[((size_t)c * a->slot_count + s) * a->link_count + l];
            a->class_flow[(size_t)c * a->link_count + l] = sum;
            all += sum;
        }
        a->state[l].flow = all;
        bpr_at(&a->bpr[l], &a->state[l]);
    }
    sum_costs(a);
}

static double integral(const struct bpr *f, double v)
{
    if (f->kind == BPR_CONST)
        return f->free * v;
    double x = v * f->per_capacity;
    double up = f->kind == BPR_FOURTH ? x * x * x * x : f->kind == BPR_LINEAR ? x : pow(x, f->power);
    return f->free * v * (1 + f->b * up / (f->power + 1));
}

void sum_progress(const struct assign *a, struct assign_progress *p)
{
    long double objective = 0, time = 0, cost = 0, excess = 0;
    for (uint32_t l = 0; l < a->link_count; l++)
        objective += integral(&a->bpr[l], a->state[l].flow);
    for (uint32_t c = 0; c < a->class_count; c++)
        for (uint32_t l = 0; l < a->link_count; l++) {
            size_t at = (size_t)c * a->link_count + l;
            double flow = a->class_flow[at];
            if (!(flow > 0))
                continue;
            objective += (long double)flow * a->price[at];
            cost += (long double)flow * a->cost[at];
            time += (long double)flow / a->class[c].pce * a->state[l].time;
        }
    for (uint32_t i = 0; i < a->bush_count; i++)
        excess += a->bush[i].excess;
    p->objective = (double)objective;
    p->total_time = (double)time;
    p->relative_gap = cost > 0 ? (double)(excess / cost) : 0;
}
