/* cow.h - memory that is copied when it is written: a block is made and filled once, forks of it cost a
 * mapping and the pages (4 KiB) that are written in them.
 *
 * A block lives in an anonymous file of the kernel's (memfd) and its forks are private mappings of that, so
 * readers pay nothing: every array stays one plain array. After its first fork a block must not be written
 * any more: forks would see some of it. Forks outlive their block. A fork of a fork is a whole copy.
 *
 * Threads: a block may be forked and read by many; a fork belongs to whoever writes it.
 */
#ifndef ZH_BASE_COW_H
#define ZH_BASE_COW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct cow {
    void *at; /* page aligned; NULL: none */
    size_t bytes;
    FILE *file; /* of a block; NULL in a fork */
};

/* Zeroed. False without memory; *out is then empty. */
bool cow_new(size_t bytes, struct cow *out);
/* A fork of a block; false without memory. */
bool cow_fork(const struct cow *block, struct cow *out);
/* A fork of `bytes` bytes of a file from `offset` on, with `room` bytes behind them for what the fork adds;
 * *first is the first byte. False without memory. The file may be closed afterwards. */
bool cow_fork_file(FILE *file, size_t offset, size_t bytes, size_t room, struct cow *out, void **first);
/* Bytes of the fork's pages that differ from the block's. Looks at all of it. */
size_t cow_changed_bytes(const struct cow *block, const struct cow *fork);
void cow_release(struct cow *c);

#endif
