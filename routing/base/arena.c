#include "base/arena.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_ALIGN = 16, ARENA_BLOCK = 64 * 1024 };

struct arena_block {
    struct arena_block *next;
    size_t size; /* bytes behind the header */
    size_t used;
    size_t pad; /* keeps the bytes behind the header aligned */
};

struct arena_deferred {
    struct arena_deferred *next;
    void (*undo)(void *what);
    void *what;
};

static unsigned char *block_bytes(struct arena_block *b)
{
    return (unsigned char *)(b + 1);
}

void arena_init(struct arena *a, size_t limit)
{
    *a = (struct arena){.limit = limit};
}

static struct arena_block *add_block(struct arena *a, size_t need)
{
    size_t size = need > ARENA_BLOCK ? need : ARENA_BLOCK;
    if (size > a->limit - a->held) { /* held never exceeds limit */
        size = need;
        if (size > a->limit - a->held)
            return NULL;
    }
    struct arena_block *b = malloc(sizeof *b + size);
    if (b == NULL)
        return NULL;
    *b = (struct arena_block){.next = a->blocks, .size = size};
    a->blocks = b;
    a->held += size;
    return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
    if (size > a->limit)
        return NULL;
    size_t need = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    struct arena_block *b = a->blocks;
    if (b == NULL || need > b->size - b->used)
        b = add_block(a, need);
    if (b == NULL)
        return NULL;
    void *p = block_bytes(b) + b->used;
    b->used += need;
    a->used += need;
    if (a->used > a->peak)
        a->peak = a->used;
    return p;
}

void *arena_calloc(struct arena *a, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    void *p = arena_alloc(a, bytes);
    if (p != NULL)
        memset(p, 0, bytes);
    return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    if (n == SIZE_MAX)
        return NULL;
    char *p = arena_alloc(a, n + 1);
    if (p == NULL)
        return NULL;
    memcpy(p, s, n);
    p[n] = '\0';
    return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    char most[256]; /* formatted once when it fits */
    va_list ap;
    size_t quick;
    va_start(ap, fmt);
    int n =
        text_quick(most, sizeof most, &quick, fmt, ap) ? (int)quick : vsnprintf(most, sizeof most, fmt, ap);
    va_end(ap);
    if (n < 0)
        return NULL;
    if ((size_t)n < sizeof most)
        return arena_strndup(a, most, (size_t)n);
    char *p = arena_alloc(a, (size_t)n + 1);
    if (p == NULL)
        return NULL;
    va_start(ap, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return p;
}

bool arena_defer(struct arena *a, void (*undo)(void *what), void *what)
{
    struct arena_deferred *d = arena_alloc(a, sizeof *d);
    if (d == NULL)
        return false;
    *d = (struct arena_deferred){.next = a->deferred, .undo = undo, .what = what};
    a->deferred = d;
    return true;
}

static void run_deferred(struct arena *a)
{
    while (a->deferred != NULL) {
        struct arena_deferred *d = a->deferred;
        a->deferred = d->next;
        d->undo(d->what);
    }
}

void arena_reset(struct arena *a)
{
    run_deferred(a);
    struct arena_block *keep = NULL;
    for (struct arena_block *b = a->blocks, *next; b != NULL; b = next) {
        next = b->next;
        if (keep == NULL && b->size == ARENA_BLOCK) {
            keep = b;
            continue;
        }
        a->held -= b->size;
        free(b);
    }
    if (keep != NULL) {
        keep->next = NULL;
        keep->used = 0;
    }
    a->blocks = keep;
    a->used = 0;
}

void arena_release(struct arena *a)
{
    run_deferred(a);
    while (a->blocks != NULL) {
        struct arena_block *b = a->blocks;
        a->blocks = b->next;
        free(b);
    }
    a->held = 0;
    a->used = 0;
}
