/* held.h - a network and what keeps its bytes, for file.c and derive.c only.
 */
#ifndef ZH_NETWORK_HELD_H
#define ZH_NETWORK_HELD_H

#include "base/cow.h"
#include "network/network.h"

/* A section of a derived version that is not its base's: a copy, or a fork of the file's bytes. */
struct held_part {
    void *copy; /* malloc'ed; NULL: the fork */
    struct cow fork;
    void *rows;
    bool taken;
};

struct held { /* the network is first */
    struct network net;
    void *map; /* NULL: the bytes are the caller's, or the base's */
    size_t len;
    FILE *file;             /* of the map, for forks of its bytes; NULL: none */
    unsigned holders;       /* atomic */
    struct held *base;      /* of a derived version: held; NULL otherwise */
    struct held_part *part; /* of a derived version: by section */
    uint32_t *added_tail;
    size_t added_bytes; /* beside the base's */
};

static inline struct held *held_of(const struct network *n)
{
    return (struct held *)(uintptr_t)n;
}

void held_free(struct held *k);

#endif
