/* import.h - the sources that `zongheng network build` reads, and what it prints about them. */
#ifndef ZH_CLIENT_IMPORT_H
#define ZH_CLIENT_IMPORT_H

#include "base/err.h"
#include "network/builder.h"

/* Paths; exactly one of gmns, dimacs, tntp, osm is set; coord only with dimacs. */
struct import_sources {
    const char *gmns, *dimacs, *coord, *tntp, *osm, *out;
};

/* Reads the source into b. Its report goes to stdout, its complaints and the progress of long work to stderr.
 */
bool import_source(const struct import_sources *s, struct network_builder *b, struct err *e);

#endif
