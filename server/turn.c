#include "turn.h"

#define WINDOW_NS INT64_C(10000000000)

static const uint32_t bounds[TURN_BUCKET_COUNT] = {250,   1000,  2500,   5000,      10000,
                                                   20000, 50000, 100000, UINT32_MAX};

static _Thread_local int64_t began_ns; /* 0: nothing has been called since the last look */

void turn_begins(int64_t now_ns)
{
    if (began_ns == 0)
        began_ns = now_ns;
}

/* One writer: no locked addition is needed. */
static void add(_Atomic uint64_t *n, uint64_t more)
{
    atomic_store_explicit(n, atomic_load_explicit(n, memory_order_relaxed) + more, memory_order_relaxed);
}

static int64_t of(const _Atomic int64_t *ns)
{
    return atomic_load_explicit(ns, memory_order_relaxed);
}

static void set(_Atomic int64_t *ns, int64_t value)
{
    atomic_store_explicit(ns, value, memory_order_relaxed);
}

void turn_ends(struct turn_stats *s, int64_t now_ns)
{
    int64_t took_ns = now_ns - began_ns;
    if (began_ns == 0)
        return;
    began_ns = 0;
    s->took_ns = took_ns;
    unsigned k = 0;
    while (k + 1 < TURN_BUCKET_COUNT && took_ns > (int64_t)bounds[k] * 1000)
        k++;
    add(&s->bucket[k], 1);
    add(&s->sum_us, (uint64_t)took_ns / 1000);
    if (now_ns - s->window_began_ns > WINDOW_NS) {
        set(&s->last_ns, of(&s->window_ns));
        set(&s->window_ns, 0);
        s->window_began_ns = now_ns;
    }
    if (took_ns > of(&s->window_ns))
        set(&s->window_ns, took_ns);
    if (took_ns > of(&s->longest_ns))
        set(&s->longest_ns, took_ns);
}

uint32_t turn_bound(unsigned bucket)
{
    return bounds[bucket];
}

int64_t turn_recent_ns(const struct turn_stats *s)
{
    int64_t last_ns = of(&s->last_ns), window_ns = of(&s->window_ns);
    return last_ns > window_ns ? last_ns : window_ns;
}
