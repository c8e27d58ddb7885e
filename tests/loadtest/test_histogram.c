/* The replay's percentiles against the definition, counted one by one, and its time line. */
#include "../../loadtest/histogram.h"
#include "../../loadtest/timeline.h"
#include "test.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

enum { MOST = 3000 };

/* Of n sorted values: the smallest that per_million of a million do not exceed. */
static int64_t exactly(const int64_t *v, size_t n, uint32_t per_million)
{
    size_t rank = (n * (size_t)per_million + 999999) / 1000000;
    return v[rank > 0 ? rank - 1 : 0];
}

TEST(a_percentile_is_at_most_one_bucket_above_the_exact_one)
{
    static const uint32_t points[] = {1, 500000, 900000, 990000, 999000, 1000000};
    static int64_t v[MOST];
    uint64_t seed = 11;
    for (unsigned round = 0; round < 200; round++) {
        struct histogram h;
        uint32_t bits = round % 2 == 0 ? HISTOGRAM_FINE : HISTOGRAM_COARSE;
        size_t n = 1 + test_rand_below(&seed, MOST - 1);
        histogram_init(&h, bits);
        for (size_t i = 0; i < n; i++) {
            v[i] = (int64_t)(test_rand(&seed) >> (22 + test_rand_below(&seed, 40)));
            CHECK(histogram_add(&h, v[i]));
        }
        qsort(v, n, sizeof v[0], compare);
        for (unsigned p = 0; p < sizeof points / sizeof points[0]; p++) {
            int64_t got = histogram_percentile_ns(&h, points[p]), want = exactly(v, n, points[p]);
            CHECK(got >= want);
            CHECK(got - want <= (want >> bits));
        }
        CHECK_I64(histogram_percentile_ns(&h, 1000000), v[n - 1]);
        histogram_release(&h);
    }
}

TEST(two_that_are_added_are_as_one_that_saw_all)
{
    struct histogram a, b, all;
    uint64_t seed = 5;
    histogram_init(&a, HISTOGRAM_FINE);
    histogram_init(&b, HISTOGRAM_FINE);
    histogram_init(&all, HISTOGRAM_FINE);
    for (unsigned i = 0; i < 5000; i++) {
        int64_t v = (int64_t)(test_rand(&seed) >> 30);
        CHECK(histogram_add(i % 3 == 0 ? &a : &b, v) && histogram_add(&all, v));
    }
    CHECK(histogram_merge(&a, &b));
    CHECK_I64(a.count, all.count);
    CHECK_I64(a.low_ns, all.low_ns);
    for (uint32_t p = 0; p <= 1000000; p += 997)
        CHECK_I64(histogram_percentile_ns(&a, p), histogram_percentile_ns(&all, p));
    histogram_clear(&a);
    CHECK_I64(histogram_percentile_ns(&a, 500000), 0);
    histogram_release(&a);
    histogram_release(&b);
    histogram_release(&all);
}

TEST(edges_of_a_histogram)
{
    struct histogram h;
    histogram_init(&h, HISTOGRAM_FINE);
    CHECK_I64(histogram_percentile_ns(&h, 500000), 0);
    CHECK(histogram_add(&h, -5) && histogram_add(&h, INT64_MAX) && histogram_add(&h, 1499));
    CHECK_I64(histogram_percentile_ns(&h, 0), 0);
    CHECK_I64(histogram_percentile_ns(&h, 500000), 1499);
    CHECK_I64(histogram_percentile_ns(&h, 1000000), (INT64_C(1) << 42) - 1);
    histogram_release(&h);
}

TEST(a_time_line_of_unknown_length_joins_its_windows_and_loses_nothing)
{
    struct timeline t, u;
    struct err e;
    uint64_t due = 0, samples = 0;
    CHECK(timeline_init(&t, 0, &e) && timeline_init(&u, 0, &e));
    for (int64_t s = 0; s < 5000; s++) {
        struct window *w = timeline_at(s % 2 == 0 ? &t : &u, s * 1000000000);
        w->due += 3;
        CHECK(histogram_add(&w->latency, s));
    }
    CHECK(timeline_merge(&t, &u));
    CHECK(t.count <= TIMELINE_WINDOWS);
    for (size_t i = 0; i < t.count; i++) {
        due += t.windows[i].due;
        samples += t.windows[i].latency.count;
        if (i + 1 < t.count)
            CHECK_I64(t.windows[i].due, 3 * (t.window_ns / 1000000000));
        CHECK(t.windows[i].latency.low_ns >= (int64_t)i * t.window_ns / 1000000000);
    }
    CHECK_I64(due, 15000);
    CHECK_I64(samples, 5000);
    timeline_release(&t);
    timeline_release(&u);
}
