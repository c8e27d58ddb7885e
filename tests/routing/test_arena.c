/* The arena keeps its limit, aligns, runs what was deferred in reverse, and reuses its block. */
#include "base/arena.h"
#include "test.h"

#include <string.h>

static char order[8];
static size_t order_used;

static void note(void *what)
{
    order[order_used++] = *(const char *)what;
}

TEST(the_limit_holds_for_every_size)
{
    for (size_t limit = 0; limit < 4096; limit += 97) {
        struct arena a;
        arena_init(&a, limit);
        while (arena_alloc(&a, 48) != NULL)
            CHECK(a.held <= limit);
        CHECK(a.held <= limit);
        CHECK(arena_alloc(&a, SIZE_MAX) == NULL);
        CHECK(arena_calloc(&a, SIZE_MAX / 2, 4) == NULL);
        arena_release(&a);
        CHECK_I64(a.held, 0);
    }
}

TEST(memory_is_aligned_and_apart)
{
    struct arena a;
    arena_init(&a, 1 << 20);
    unsigned char *last = NULL;
    for (size_t n = 1; n < 300; n++) {
        unsigned char *p = arena_alloc(&a, n);
        CHECK(p != NULL && (uintptr_t)p % 16 == 0);
        memset(p, (int)(n & 0xff), n);
        if (last != NULL)
            CHECK_I64(*last, (n - 1) & 0xff);
        last = p;
    }
    arena_release(&a);
}

TEST(deferred_runs_in_reverse)
{
    struct arena a;
    arena_init(&a, 1 << 16);
    CHECK(arena_defer(&a, note, (void *)"a") && arena_defer(&a, note, (void *)"b"));
    arena_reset(&a);
    CHECK_STR(order, "ba");
    arena_reset(&a);
    CHECK_I64(order_used, 2);
    CHECK(arena_alloc(&a, 10) != NULL);
    CHECK_I64(a.used, 16);
    CHECK_STR(arena_printf(&a, "%s-%d", "x", 5), "x-5");
    arena_release(&a);
}
