/* builder.h - collects a network's rows and freezes them into the bytes of a
 * network file.
 *
 * Rows are added in any order that keeps indices right; strings are put into
 * one pool, equal ones once. Freezing sorts the open road into adjacency arrays
 * and is deterministic: the same rows give the same bytes. Threads: a builder
 * belongs to one. Memory grows with the rows; a failed addition is remembered
 * and makes network_builder_freeze fail, so that importers need not check each
 * one.
 */
#ifndef ZH_NETWORK_BUILDER_H
#define ZH_NETWORK_BUILDER_H

#include "base/err.h"
#include "network/network.h"

struct network_builder;

bool network_builder_new(struct network_builder **out, struct err *e);
void network_builder_free(struct network_builder *b);

/* The string's offset in the pool; "" and NULL are 0. */
net_str network_intern(struct network_builder *b, const char *s);

/* network_add_link(b, &link) and so on: the row's index, NET_NONE when out of
 * memory. */
#define X(name, type) uint32_t network_add_##name(struct network_builder *b, const type *row);
NET_SECTIONS(X)
#undef X

/* Rows added so far, to be changed in place until the next addition to the same
 * section. */
#define X(name, type) type *network_rows_##name(struct network_builder *b, uint32_t *count);
NET_SECTIONS(X)
#undef X

void network_set_about(struct network_builder *b, const char *name, const char *source,
                       const char *attribution, int32_t utc_offset_min);

/* Builds the arcs of the open road (unless some were added) and the file image;
 * *bytes is malloc'ed. */
bool network_builder_freeze(struct network_builder *b, uint8_t **bytes, size_t *len, struct err *e);

#endif
