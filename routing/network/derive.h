/* derive.h - a network version made from another by changing rows and adding some, without copying the rest.
 *
 * A derived version shares every section of its base that it does not change. One that it changes is a copy
 * when it is small and otherwise a copy-on-write fork of the file's bytes (base/cow.h): the pages that are
 * written, and those of the rows behind them, are all that it costs. Rows keep their numbers, so an index
 * into the base means the same in the derived version.
 *
 * Added nodes and arcs stand last. arc_first and the hierarchy are the base's and do not know them: the road
 * engine searches them as an overlay (road/derive.h). A closed link keeps its arcs and loses its status,
 * which the weights obey.
 *
 * Ownership: the version holds its base. Threads: built by one, then frozen and shared.
 */
#ifndef ZH_NETWORK_DERIVE_H
#define ZH_NETWORK_DERIVE_H

#include "base/err.h"
#include "network/network.h"

struct network_derive;

/* FAILED_PRECONDITION: the base is itself derived; RESOURCE_EXHAUSTED. */
bool network_derive_new(const struct network *base, struct network_derive **out, struct err *e);
/* What was not frozen. */
void network_derive_free(struct network_derive *d);

/* network_derive_link(d, 3): the base's rows, to be written, and `more` zeroed ones behind them. Once for
 * each section; NULL without memory (also for the second time). */
#define X(name, type) type *network_derive_##name(struct network_derive *d, uint32_t more);
NET_SECTIONS(X)
#undef X

/* The network as it stands, for reading while it is written. */
const struct network *network_derive_peek(const struct network_derive *d);

/* The last `nodes` rows of the node sections and the last `arcs` of the arc sections are the added ones;
 * tail: of these arcs, copied. `version`: 32 hex digits; those of tariffs and timetable follow from it when
 * their tables were taken. Frees the builder in any case. RESOURCE_EXHAUSTED. */
bool network_derive_freeze(struct network_derive *d, uint32_t nodes, uint32_t arcs, const uint32_t *tail,
                           const char *version, const struct network **out, struct err *e);

/* Bytes that a version takes beside its base, about; 0 for one that is not derived. */
size_t network_derived_bytes(const struct network *n);
/* NULL: not derived. */
const struct network *network_base(const struct network *n);

#endif
