/* arena.h - one request, one arena.
 *
 * A bump allocator with a hard limit: what a request allocates is freed together, and a request that
 * wants more than its limit gets NULL, never more memory. Blocks are kept over arena_reset, so a loop
 * that serves requests allocates nothing once it is warm. What needs more than free() (a reference, a
 * file) is deferred on the arena and undone in reverse order by reset and release.
 *
 * Threads: an arena belongs to one thread at a time.
 */
#ifndef ZH_BASE_ARENA_H
#define ZH_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_block;
struct arena_deferred;

struct arena {
    struct arena_block *blocks; /* all blocks, the one in use first */
    struct arena_deferred *deferred;
    size_t limit; /* bytes that may be held in all blocks together */
    size_t held;  /* bytes held in all blocks */
    size_t used;  /* bytes handed out since the last reset */
    size_t peak;  /* the largest `used` ever seen */
};

/* Allocates nothing yet. `limit` is in bytes. */
void arena_init(struct arena *a, size_t limit);

/* Memory aligned to 16 bytes, not cleared; NULL when the limit or the machine is out of it. */
void *arena_alloc(struct arena *a, size_t size);

/* count * size cleared bytes; NULL on overflow of the product as well. */
void *arena_calloc(struct arena *a, size_t count, size_t size);

/* A copy of n bytes (and a NUL behind them) or of a string. */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_strdup(struct arena *a, const char *s);

/* printf into the arena. */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Calls undo(what) at the next reset or release. False when out of memory: then the caller undoes it. */
bool arena_defer(struct arena *a, void (*undo)(void *what), void *what);

/* Runs what was deferred and makes all memory free again, keeping one block for the next request. */
void arena_reset(struct arena *a);

/* The same, giving every block back. */
void arena_release(struct arena *a);

#endif
