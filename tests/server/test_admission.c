/* Admission by delay against a simulated loop: the service time is 1 ms, requests come at a multiple of what
 * can be done, and the queue is served in order. */
#include "admission.h"
#include "test.h"

#include <string.h>

static const int64_t ms = 1000000;

TEST(the_less_needed_are_refused_first)
{
    struct admission_state a;
    admission_init(&a, 400 * ms);
    for (int64_t delay = 0; delay < 1000; delay += 5) {
        enum admission bulk = admission_judge(&a, CRITICALITY_BULK, "f", 0, delay * ms, 100000 * ms);
        enum admission normal = admission_judge(&a, CRITICALITY_NORMAL, "f", 0, delay * ms, 100000 * ms);
        enum admission vital = admission_judge(&a, CRITICALITY_VITAL, "f", 0, delay * ms, 100000 * ms);
        CHECK_I64(bulk, delay <= 100 ? ADMISSION_YES : ADMISSION_DELAYED);
        CHECK_I64(normal, delay <= 200 ? ADMISSION_YES : ADMISSION_DELAYED);
        CHECK_I64(vital, delay <= 400 ? ADMISSION_YES : ADMISSION_DELAYED);
    }
}

TEST(a_short_deadline_lowers_the_limit_and_a_passed_one_ends_all)
{
    struct admission_state a;
    admission_init(&a, 400 * ms);
    CHECK_I64(admission_judge(&a, CRITICALITY_NORMAL, "f", 0, 25 * ms, 100 * ms), ADMISSION_YES);
    CHECK_I64(admission_judge(&a, CRITICALITY_NORMAL, "f", 0, 26 * ms, 100 * ms), ADMISSION_DELAYED);
    CHECK_I64(admission_judge(&a, CRITICALITY_VITAL, "f", 0, 50 * ms, 100 * ms), ADMISSION_YES);
    CHECK_I64(admission_judge(&a, CRITICALITY_VITAL, "f", 0, 101 * ms, 100 * ms), ADMISSION_EXPIRED);
}

struct sum {
    unsigned came, done, refused, late;
};

/* Ten seconds; firm k asks for load[k] of what the loop can do. Refusing costs 2 us. */
static void simulate(const double *load, unsigned firms, struct sum *out)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    struct admission_state a;
    double next[4] = {0};
    int64_t now = 0;
    admission_init(&a, 400 * ms);
    memset(out, 0, firms * sizeof out[0]);
    while (now < 10000 * ms) {
        unsigned k = 0;
        for (unsigned i = 1; i < firms; i++)
            k = next[i] < next[k] ? i : k;
        int64_t at = (int64_t)next[k];
        next[k] += (double)ms / load[k];
        now = now > at ? now : at;
        out[k].came++;
        if (admission_judge(&a, CRITICALITY_NORMAL, names[k], at, now, at + 500 * ms) == ADMISSION_YES) {
            now += ms;
            admission_charge(&a, names[k], ms, now);
            out[k].done++;
            out[k].late += now - at > 500 * ms;
        } else {
            now += ms / 500;
            out[k].refused++;
        }
    }
}

TEST(at_ten_times_the_load_nearly_all_that_can_be_done_is_done_in_time)
{
    static const double loads[] = {0.5, 1, 2, 4, 10};
    for (unsigned i = 0; i < 5; i++) {
        struct sum s;
        simulate(&loads[i], 1, &s);
        CHECK_I64(s.late, 0);
        CHECK_MSG(s.done >= (loads[i] < 1 ? 4900 : 9500), "load %g: %u done", loads[i], s.done);
        CHECK(loads[i] >= 1 || s.refused == 0);
    }
}

TEST(a_firm_that_asks_for_ten_times_its_share_takes_it_from_nobody)
{
    const double load[] = {2.5, 0.25, 0.25}; /* shares are a third */
    struct sum s[3];
    simulate(load, 3, s);
    for (unsigned k = 1; k < 3; k++)
        CHECK_MSG(s[k].done * 100 >= s[k].came * 95, "firm %u: %u of %u", k, s[k].done, s[k].came);
    CHECK(s[0].done > 3000); /* and it has what is left */
    CHECK(s[0].refused > 15000);
}

TEST(without_delay_one_firm_may_have_all)
{
    struct admission_state a;
    admission_init(&a, 400 * ms);
    admission_charge(&a, "small", ms, ms);
    admission_charge(&a, "small", 20 * ms, 900 * ms);
    admission_charge(&a, "large", 900 * ms, 1000 * ms);
    CHECK_I64(admission_judge(&a, CRITICALITY_NORMAL, "large", 1000 * ms, 1001 * ms, 9000 * ms),
              ADMISSION_YES);
    CHECK_I64(admission_judge(&a, CRITICALITY_NORMAL, "large", 1000 * ms, 1080 * ms, 9000 * ms),
              ADMISSION_SHARE);
    CHECK_I64(admission_judge(&a, CRITICALITY_NORMAL, "small", 1000 * ms, 1080 * ms, 9000 * ms),
              ADMISSION_YES);
    CHECK_I64(admission_judge(&a, CRITICALITY_NORMAL, "new", 1000 * ms, 1080 * ms, 9000 * ms), ADMISSION_YES);
    /* and what it has had is forgotten */
    CHECK_I64(admission_judge(&a, CRITICALITY_NORMAL, "large", 30000 * ms, 30080 * ms, 39000 * ms),
              ADMISSION_YES);
}

TEST(more_firms_than_rows_push_out_who_used_least)
{
    struct admission_state a;
    char name[8] = "f00000";
    admission_init(&a, 400 * ms);
    admission_charge(&a, "large", 900 * ms, ms);
    for (unsigned i = 0; i < 5000; i++) {
        name[1] = (char)('0' + i / 1000 % 10);
        name[2] = (char)('0' + i / 100 % 10);
        name[3] = (char)('0' + i / 10 % 10);
        name[4] = (char)('0' + i % 10);
        admission_charge(&a, name, ms / 10, ms);
    }
    admission_charge(&a, "other", 300 * ms, ms);
    CHECK_I64(admission_judge(&a, CRITICALITY_NORMAL, "large", 0, 80 * ms, 9000 * ms), ADMISSION_SHARE);
}

TEST(hints_are_spread_and_bounded)
{
    struct admission_state a;
    uint32_t low = UINT32_MAX, high = 0;
    admission_init(&a, 400 * ms);
    for (unsigned i = 0; i < 1000; i++) {
        uint32_t hint = admission_retry_ms(&a, 200 * ms);
        CHECK(hint >= 200 && hint < 400);
        low = hint < low ? hint : low;
        high = hint > high ? hint : high;
        CHECK(admission_retry_ms(&a, 0) >= 50 && admission_retry_ms(&a, 1000000 * ms) <= 5000);
    }
    CHECK(high - low > 150);
}
