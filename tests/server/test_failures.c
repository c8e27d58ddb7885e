/* Wrong tokens by address: counted, forgiven, bounded. */
#include "failures.h"
#include "test.h"

#include <pthread.h>
#include <string.h>

enum { MAX = 5 };
static const int64_t second = 1000000000;

static void v4(uint8_t out[16], uint32_t host)
{
    memset(out, 0, 16);
    out[10] = out[11] = 0xff;
    for (int i = 0; i < 4; i++)
        out[12 + i] = (uint8_t)(host >> (24 - 8 * i));
}

TEST(max_are_free_then_one_for_each_forgiven)
{
    struct failures *f = failures_new(MAX, second, 1);
    uint8_t a[16], b[16];
    v4(a, 0x7f000001);
    v4(b, 0x7f000002);
    int64_t now = 100 * second;
    for (int i = 0; i < MAX; i++) {
        CHECK_I64(failures_wait_ms(f, a, now), 0);
        failures_add(f, a, now);
    }
    uint32_t wait = failures_wait_ms(f, a, now);
    CHECK(wait >= 1000 && wait <= 1001);
    CHECK_I64(failures_wait_ms(f, b, now), 0); /* a neighbour is another address */
    now += (int64_t)wait * 1000000;
    CHECK_I64(failures_wait_ms(f, a, now), 0);
    failures_add(f, a, now);
    CHECK(failures_wait_ms(f, a, now) > 0);
    CHECK_I64(failures_wait_ms(f, a, now + MAX * second), 0);
    for (int i = 0; i < 10000; i++) /* what was under way when the limit came does not lock out for long */
        failures_add(f, a, now);
    CHECK(failures_wait_ms(f, a, now) <= 2001);
    failures_free(f);
    failures_free(NULL);
}

TEST(of_ipv6_the_network_counts)
{
    struct failures *f = failures_new(1, second, 2);
    uint8_t a[16] = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 1}, b[16], c[16];
    memcpy(b, a, 16);
    memcpy(c, a, 16);
    b[15] = 77;
    c[7] = 2;
    failures_add(f, a, second);
    CHECK(failures_wait_ms(f, b, second) > 0);
    CHECK_I64(failures_wait_ms(f, c, second), 0);
    failures_free(f);
}

TEST(a_flood_of_addresses_forgets_the_mildest)
{
    struct failures *f = failures_new(MAX, second, 3);
    uint8_t worst[16], a[16];
    int64_t now = 50 * second;
    v4(worst, 1);
    for (int i = 0; i < 2 * MAX; i++)
        failures_add(f, worst, now);
    for (uint32_t i = 0; i < 200000; i++) { /* far more than there are places */
        v4(a, 1000 + i);
        failures_add(f, a, now);
    }
    CHECK(failures_wait_ms(f, worst, now) > 0);
    failures_free(f);
}

static struct failures *shared;

static void *hammer(void *seed)
{
    uint64_t rng = (uint64_t)(uintptr_t)seed;
    for (int i = 0; i < 20000; i++) {
        uint8_t a[16];
        v4(a, test_rand_below(&rng, 5000));
        failures_add(shared, a, (int64_t)i * 1000);
        failures_wait_ms(shared, a, (int64_t)i * 1000);
    }
    return NULL;
}

TEST(many_threads)
{
    pthread_t t[4];
    shared = failures_new(MAX, second, 4);
    for (uintptr_t i = 0; i < 4; i++)
        CHECK(pthread_create(&t[i], NULL, hammer, (void *)(i + 1)) == 0);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    failures_free(shared);
}
