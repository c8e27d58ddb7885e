/* histogram.h - latencies in log-linear buckets, after Tene's HdrHistogram (2012): within a power of two all
 * buckets are equally wide, so a percentile is right to one part in 2^bits however long the tail, in memory
 * that does not grow with the number of samples, and two histograms add up. (Debian 12 has no package of it
 * for C.)
 *
 * Values are nanoseconds from 0 to about 73 minutes; longer ones count as that. One thread.
 */
#ifndef ZH_LOADTEST_HISTOGRAM_H
#define ZH_LOADTEST_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>

enum { HISTOGRAM_FINE = 10, HISTOGRAM_COARSE = 6 }; /* bits: errors below 0.1 % and 1.6 % */

struct histogram {
    uint32_t bits;
    uint64_t count;
    int64_t low_ns, high_ns; /* the extremes, exactly */
    double sum_ns;
    uint64_t *buckets; /* NULL until the first sample */
};

void histogram_init(struct histogram *h, uint32_t bits);
void histogram_release(struct histogram *h);

/* False when memory is out. Negative values count as 0. */
bool histogram_add(struct histogram *h, int64_t ns);
/* Both of the same bits. */
bool histogram_merge(struct histogram *h, const struct histogram *from);
void histogram_clear(struct histogram *h);

/* The smallest value that at least per_million of a million samples do not exceed, rounded up to the end of
 * its bucket but never above the greatest sample; 0 without any. */
int64_t histogram_percentile_ns(const struct histogram *h, uint32_t per_million);
double histogram_mean_ns(const struct histogram *h);

#endif
