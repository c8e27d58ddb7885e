/* method_stats.h - what a loop counts of each method: answers by code, and how long they took. Written by the
 * loop's thread alone, read by any: each number for itself is whole, their sums may be an answer apart.
 */
#ifndef ZH_SERVER_METHOD_STATS_H
#define ZH_SERVER_METHOD_STATS_H

#include "base/err.h"

#include <stdatomic.h>
#include <stdint.h>

enum { METHOD_BUCKET_COUNT = 18 };

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
