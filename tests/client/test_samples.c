/* The replay's percentiles against the definition, counted one by one. */
#include "../../loadtest/samples.c"
#include "test.h"

TEST(a_percentile_is_the_smallest_sample_that_enough_do_not_exceed)
{
    static const uint32_t points[] = {1, 50000, 90000, 99000, 99900, 100000};
    uint64_t seed = 11;
    for (unsigned round = 0; round < 300; round++) {
        struct samples s = {0};
        unsigned n = 1 + test_rand_below(&seed, 3000);
        uint32_t copy[3000];
        for (unsigned i = 0; i < n; i++) {
            copy[i] = test_rand_below(&seed, round % 2 == 0 ? 50 : 1000000);
            CHECK(samples_add(&s, (int64_t)copy[i] * 1000));
        }
        for (unsigned p = 0; p < sizeof points / sizeof points[0]; p++) {
            uint32_t got = samples_percentile_us(&s, points[p]);
            unsigned below = 0, equal = 0;
            for (unsigned i = 0; i < n; i++) {
                below += copy[i] < got;
                equal += copy[i] == got;
            }
            CHECK(equal > 0);
            CHECK((uint64_t)(below + equal) * 100000 >= (uint64_t)points[p] * n);
            CHECK((uint64_t)below * 100000 < (uint64_t)points[p] * n);
        }
        samples_release(&s);
    }
}

TEST(edges)
{
    struct samples s = {0};
    CHECK_I64(samples_percentile_us(&s, 50000), 0);
    CHECK(samples_add(&s, -5) && samples_add(&s, INT64_MAX) && samples_add(&s, 1499));
    CHECK_I64(samples_percentile_us(&s, 1), 0);
    CHECK_I64(samples_percentile_us(&s, 50000), 1);
    CHECK_I64(samples_percentile_us(&s, 100000), UINT32_MAX);
    samples_release(&s);
}
