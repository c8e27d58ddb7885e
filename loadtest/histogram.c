#include "histogram.h"

#include <stdlib.h>
#include <string.h>

enum { VALUE_BITS = 42 };
static const int64_t value_max = (INT64_C(1) << VALUE_BITS) - 1;

/* One half of 2^bits buckets for each power of two above 2^bits, and all of them below. */
static size_t bucket_count(const struct histogram *h)
{
    return (size_t)(VALUE_BITS - h->bits + 1) << h->bits;
}

static size_t bucket_of(const struct histogram *h, int64_t ns)
{
    unsigned top = 63 - (unsigned)__builtin_clzll((unsigned long long)ns | 1);
    unsigned shift = top > h->bits ? top - h->bits : 0;
    return ((size_t)shift << h->bits) + (size_t)(ns >> shift);
}

/* The greatest value of a bucket. */
static int64_t bucket_end(const struct histogram *h, size_t i)
{
    size_t half = (size_t)1 << h->bits;
    unsigned shift = i < 2 * half ? 0 : (unsigned)(i / half) - 1;
    int64_t mantissa = (int64_t)(i - ((size_t)shift << h->bits));
    return ((mantissa + 1) << shift) - 1;
}

void histogram_init(struct histogram *h, uint32_t bits)
{
    *h = (struct histogram){.bits = bits};
}

void histogram_release(struct histogram *h)
{
    free(h->buckets);
    histogram_init(h, h->bits);
}

static bool make_room(struct histogram *h)
{
    if (h->buckets == NULL)
        h->buckets = calloc(bucket_count(h), sizeof h->buckets[0]);
    return h->buckets != NULL;
}

bool histogram_add(struct histogram *h, int64_t ns)
{
    ns = ns < 0 ? 0 : ns > value_max ? value_max : ns;
    if (!make_room(h))
        return false;
    if (h->count == 0 || ns < h->low_ns)
        h->low_ns = ns;
    if (ns > h->high_ns)
        h->high_ns = ns;
    h->count++;
    h->sum_ns += (double)ns;
    h->buckets[bucket_of(h, ns)]++;
    return true;
}

bool histogram_merge(struct histogram *h, const struct histogram *from)
{
    if (from->count == 0)
        return true;
    if (!make_room(h))
        return false;
    if (h->count == 0 || from->low_ns < h->low_ns)
        h->low_ns = from->low_ns;
    if (from->high_ns > h->high_ns)
        h->high_ns = from->high_ns;
    h->count += from->count;
    h->sum_ns += from->sum_ns;
    for (size_t i = 0; i < bucket_count(h); i++)
        h->buckets[i] += from->buckets[i];
    return true;
}

void histogram_clear(struct histogram *h)
{
    if (h->buckets != NULL)
        memset(h->buckets, 0, bucket_count(h) * sizeof h->buckets[0]);
    h->count = 0;
    h->low_ns = h->high_ns = 0;
    h->sum_ns = 0;
}

int64_t histogram_percentile_ns(const struct histogram *h, uint32_t per_million)
{
    uint64_t rank = (h->count * per_million + 999999) / 1000000, seen = 0;
    if (h->count == 0)
        return 0;
    if (rank == 0)
        return h->low_ns;
    for (size_t i = 0; i < bucket_count(h); i++) {
        seen += h->buckets[i];
        if (seen >= rank) {
            int64_t end = bucket_end(h, i);
            return end < h->high_ns ? end : h->high_ns;
        }
    }
    return h->high_ns;
}

double histogram_mean_ns(const struct histogram *h)
{
    return h->count > 0 ? h->sum_ns / (double)h->count : 0;
}
