/* import.h - the sources that `zongheng network build` reads, and what it prints about them. */
#ifndef ZH_CLIENT_IMPORT_H
#define ZH_CLIENT_IMPORT_H

#include "base/err.h"
#include "network/builder.h"

/* Paths; exactly one of gmns, dimacs, tntp, osm is set; coord only with dimacs, services not with gmns, gtfs
 * only with gmns or services. Of gtfs: ids joined by ';', and the unit of its distances ("m", "km", "mi"). */
struct import_sources {
    const char *gmns, *dimacs, *coord, *tntp, *osm, *services, *gtfs, *out;
    const char *gtfs_tariff, *gtfs_emission, *gtfs_unit;
};

/* Reads the map, then the services, into b. Its report goes to stdout, its complaints and the progress of
 * long work to stderr.
 */
bool import_source(const struct import_sources *s, struct network_builder *b, struct err *e);

#endif
