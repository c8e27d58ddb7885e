#include "base/cow.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

static bool map(struct cow *c, int file, int how)
{
    void *at = mmap(NULL, c->bytes, PROT_READ | PROT_WRITE, how, file, 0);
    if (at == MAP_FAILED)
        return false;
    c->at = at;
    return true;
}

bool cow_new(size_t bytes, struct cow *out)
{
    *out = (struct cow){0};
    if (bytes > (size_t)1 << 46)
        return false;
    out->bytes = (bytes + PAGE) / PAGE * PAGE;
    int file = memfd_create("zongheng", MFD_CLOEXEC);
    out->file = file >= 0 ? fdopen(file, "r+") : NULL;
    /* taken now: a page that is missing later would be a signal, not an error */
    bool taken = out->file != NULL && fallocate(file, 0, 0, (off_t)out->bytes) == 0;
    if (taken && map(out, file, MAP_SHARED))
        return true;
    cow_release(out);
    return false;
}

bool cow_fork(const struct cow *block, struct cow *out)
{
    *out = (struct cow){.bytes = block->bytes};
    if (block->file == NULL) {
        bool made = cow_new(block->bytes - 1, out);
        if (made)
            memcpy(out->at, block->at, block->bytes);
        return made;
    }
    if (map(out, fileno(block->file), MAP_PRIVATE))
        return true;
    *out = (struct cow){0};
    return false;
}

/* Memory for all of it first, then the file's pages over its begin: what lies behind the file's end is there.
 */
bool cow_fork_file(FILE *file, size_t offset, size_t bytes, size_t room, struct cow *out, void **first)
{
    size_t skip = offset % PAGE, used = (skip + bytes + PAGE - 1) / PAGE * PAGE;
    *out = (struct cow){.bytes = (skip + bytes + room + PAGE) / PAGE * PAGE};
    void *at = mmap(NULL, out->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) {
        *out = (struct cow){0};
        return false;
    }
    out->at = at;
    *first = (uint8_t *)at + skip;
    if (bytes == 0 || mmap(at, used, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fileno(file),
                           (off_t)(offset - skip)) != MAP_FAILED)
        return true;
    cow_release(out);
    return false;
}

size_t cow_changed_bytes(const struct cow *block, const struct cow *fork)
{
    size_t changed = 0;
    const uint8_t *a = block->at, *b = fork->at;
    for (size_t at = 0; at < fork->bytes; at += PAGE)
        if (memcmp(a + at, b + at, PAGE) != 0)
            changed += PAGE;
    return changed;
}

void cow_release(struct cow *c)
{
    if (c->at != NULL)
        munmap(c->at, c->bytes);
    if (c->file != NULL)
        fclose(c->file);
    *c = (struct cow){0};
}
