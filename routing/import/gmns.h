/* gmns.h - imports a folder of CSV tables: GMNS nodes and links, and the
 * freight tables of docs/data.md.
 *
 * All faults of all tables are collected, each with file, line and column; any
 * fault makes the import fail, and nothing half read is used. */
#ifndef ZH_IMPORT_GMNS_H
#define ZH_IMPORT_GMNS_H

#include "base/err.h"
#include "import/csv.h"
#include "network/builder.h"

bool network_import_gmns(const char *dir, struct network_builder *b, struct csv_report *report,
                         struct err *e);

/* The offset of the local time of such a folder (utc_offset_min of its config.csv; 0 when it is empty). */
bool network_gmns_utc_offset(const char *dir, int32_t *utc_offset_min, struct err *e);

/* Opening hours as in the tables, "Mo-Fr 08:00-18:00, Sa 09:00-12:00". False: they are not. */
bool gmns_parse_hours(const char *s, struct net_hours *out);

#endif
