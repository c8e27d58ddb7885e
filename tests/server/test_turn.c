/* Turns of an event loop: counted from the first callback, by length, and the longest by time. */
#include "test.h"
#include "turn.h"

#include <string.h>

static const int64_t ms = 1000000, s = 1000000000;

static void turn(struct turn_stats *t, int64_t from_ns, int64_t took_ns)
{
    turn_begins(from_ns);
    turn_begins(from_ns + took_ns / 2); /* a later callback of the same turn */
    turn_ends(t, from_ns + took_ns);
}

TEST(a_turn_is_counted_from_its_first_callback)
{
    struct turn_stats t;
    memset(&t, 0, sizeof t);
    turn(&t, 5 * s, 3 * ms);
    turn(&t, 6 * s, 20 * ms); /* a bound belongs to its bucket */
    turn(&t, 7 * s, 20 * ms + 1);
    turn(&t, 8 * s, 2 * s);
    turn_ends(&t, 9 * s); /* a look that found nothing for anyone */
    uint64_t all = 0;
    for (unsigned k = 0; k < TURN_BUCKET_COUNT; k++) {
        uint64_t n = atomic_load(&t.bucket[k]);
        uint32_t bound = turn_bound(k);
        CHECK_MSG(n == (bound == 5000 || bound == 20000 || bound == 50000 || bound == UINT32_MAX),
                  "bucket %u", k);
        all += n;
    }
    CHECK(all == 4);
    CHECK(atomic_load(&t.sum_us) == 2043000);
    CHECK(atomic_load(&t.longest_ns) == 2 * s);
}

TEST(the_longest_is_forgotten_after_two_windows)
{
    struct turn_stats t;
    memset(&t, 0, sizeof t);
    turn(&t, 100 * s, 50 * ms);
    for (int64_t at = 101; at < 150; at++) {
        CHECK_MSG(turn_recent_ns(&t) == (at <= 122 ? 50 * ms : 2 * ms), "at %d", (int)at);
        turn(&t, at * s, 2 * ms);
    }
    CHECK(atomic_load(&t.longest_ns) == 50 * ms);
}
