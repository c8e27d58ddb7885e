/* method_stats.h - what a loop counts of each method: answers by code, and how long they took. Written by the
 * loop's thread alone, read by any: each number for itself is whole, their sums may be an answer apart.
 */
#ifndef ZH_SERVER_METHOD_STATS_H
#define ZH_SERVER_METHOD_STATS_H

#include "base/err.h"

#include <stdatomic.h>
#include <stdint.h>

/* Upper bounds of the buckets in µs; the last bucket has none. */
#define METHOD_BUCKETS(X)                                                                          \
    X(100)                                                                                         \
    X(250) X(500) X(1000) X(2500) X(5000) X(10000) X(25000) X(50000) X(100000) X(250000) X(500000) \
        X(1000000) X(2500000) X(5000000) X(10000000) X(30000000)

enum {
#define X(us) +1
    METHOD_BUCKET_COUNT = 1 METHOD_BUCKETS(X)
#undef X
};

struct method_stats {
    _Atomic uint64_t code[ERR_CODE_COUNT];
    _Atomic uint64_t bucket[METHOD_BUCKET_COUNT];
    _Atomic uint64_t sum_us;
};

/* One answer with this code after so long. */
void method_stats_count(struct method_stats *s, enum err_code code, int64_t took_ns);
/* The upper bound of a bucket in µs; UINT32_MAX: none. */
uint32_t method_stats_bound(unsigned bucket);

#endif
