/* samples.h - every latency that was measured, for exact percentiles: no buckets, no rounding but to 1 us. */
#ifndef ZH_LOADTEST_SAMPLES_H
#define ZH_LOADTEST_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct samples {
    uint32_t *us;
    size_t count, room;
    bool sorted;
};

/* False when memory is out. Longer than 71 minutes counts as 71 minutes. */
bool samples_add(struct samples *s, int64_t latency_ns);

/* The smallest sample that at least per_100000 of 100,000 samples do not exceed (nearest rank); 0 without
 * any. */
uint32_t samples_percentile_us(struct samples *s, uint32_t per_100000);

void samples_release(struct samples *s);

#endif
