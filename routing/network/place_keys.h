/* place_keys.h - the names and codes that mean a place when all of it is typed, by their hash. For places.c,
 * which judges what has the hash. Immutable; any thread. */
#ifndef ZH_NETWORK_PLACE_KEYS_H
#define ZH_NETWORK_PLACE_KEYS_H

#include "network/network.h"

struct place_keys; /* opaque */

struct place_key {
    uint32_t hash, place;
};

/* False without memory; *out is to be freed all the same. The network outlives it. */
bool place_keys_new(const struct network *n, struct place_keys **out);
void place_keys_free(struct place_keys *p);

/* The keys of the query's hash, by place. */
const struct place_key *place_keys_find(const struct place_keys *p, const char *query, size_t len,
                                        uint32_t *count);

/* Latin letters of either case are the same. */
static inline char place_fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

#endif
