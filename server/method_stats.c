#include "method_stats.h"

static const uint32_t bounds[METHOD_BUCKET_COUNT] = {
    100,    250,    500,    1000,    2500,    5000,    10000,    25000,    50000,
    100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000, 30000000, UINT32_MAX};

/* One writer: no locked addition is needed. */
static void add(_Atomic uint64_t *n, uint64_t more)
{
    atomic_store_explicit(n, atomic_load_explicit(n, memory_order_relaxed) + more, memory_order_relaxed);
}

void method_stats_count(struct method_stats *s, enum err_code code, int64_t took_ns)
{
    uint64_t us = took_ns > 0 ? (uint64_t)took_ns / 1000 : 0;
    unsigned k = 0;
    while (k + 1 < METHOD_BUCKET_COUNT && us > bounds[k])
        k++;
    add(&s->code[(unsigned)code < ERR_CODE_COUNT ? code : ERR_UNKNOWN], 1);
    add(&s->bucket[k], 1);
    add(&s->sum_us, us);
}

uint32_t method_stats_bound(unsigned bucket)
{
    return bounds[bucket];
}
