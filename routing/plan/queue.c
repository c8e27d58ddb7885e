/* queue.c - labels to be looked at, in a binary heap. */
#include "plan/engine.h"

void plan_queue_push(struct plan_query *q, int64_t key, uint32_t what)
{
    uint32_t i = q->heap_count++;
    for (; i > 0 && q->heap[(i - 1) / 2].key > key; i = (i - 1) / 2)
        q->heap[i] = q->heap[(i - 1) / 2];
    q->heap[i] = (struct plan_entry){key, what};
}

uint32_t plan_queue_pop(struct plan_query *q)
{
    uint32_t what = q->heap[0].what, i = 0, k;
    struct plan_entry last = q->heap[--q->heap_count];
    for (; (k = 2 * i + 1) < q->heap_count; i = k) {
        if (k + 1 < q->heap_count && q->heap[k + 1].key < q->heap[k].key)
            k++;
        if (q->heap[k].key >= last.key)
            break;
        q->heap[i] = q->heap[k];
    }
    q->heap[i] = last;
    return what;
}
