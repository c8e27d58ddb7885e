/* volumes.h - a demand table that a planner brings, as bytes: an O-D table by goods group and period (CSV or
 * TNTP, demand.h), or consignments (CSV as data/demand.csv, consignments.h); and its lorries on a network.
 *
 * Zones of an O-D table are nodes of the network by the source's ids, or places by one of their names or
 * codes (whole, case does not count; of several places of a name the weightiest, as everywhere). Volumes are
 * per day: lorries of one vehicle class, or tonnes, which full lorries of that class carry.
 *
 * Everything that is wrong is in the report at once, with its line; whoever reads decides what an unknown
 * zone means. Bounds: VOLUMES_ZONES_MAX zones, GROUPS_MAX goods groups, DEMAND_TABLES_MAX tables. Threads:
 * immutable once read.
 */
#ifndef ZH_WHATIF_VOLUMES_H
#define ZH_WHATIF_VOLUMES_H

#include "network/places.h"
#include "whatif/consignments.h"
#include "whatif/demand.h"
#include "whatif/trucks.h"

enum { VOLUMES_ZONES_MAX = 65536, VOLUMES_NAMES_MAX = 262144 };

enum volumes_format { VOLUMES_CSV = 1, VOLUMES_TNTP, VOLUMES_CONSIGNMENTS }; /* the wire's numbers */

struct volumes_rules {
    enum volumes_format format;
    bool tonnes;           /* of an O-D table: not lorries */
    uint8_t vehicle_class; /* of an O-D table */
};

struct volumes {
    struct volumes_rules rules;
    struct demand od; /* of an O-D table; zones are numbered as they come */
    uint32_t *node;   /* of each zone: a plain node */
    uint32_t zone_count;
    struct consignments *goods; /* NULL: an O-D table */
    struct demand_report report;
    double vehicles, tonnes; /* per day; vehicles 0 of consignments: that is for families to choose */
    char version[17];        /* a hash of the bytes and of the rules */
};

/* By its first bytes: '<' begins TNTP, a column demand_id consignments. */
enum volumes_format volumes_format_of(const char *bytes, size_t len);

/* The bytes are read while it lasts only. INVALID_ARGUMENT: what makes the rest meaningless, or no such
 * vehicle class; RESOURCE_EXHAUSTED. */
bool volumes_read(const char *bytes, size_t len, const struct volumes_rules *rules, const struct network *n,
                  const struct places *p, struct volumes **out, struct err *e);
void volumes_free(struct volumes *v);

/* Names of its goods groups: those of consignments, or of the tables. */
uint32_t volumes_groups(const struct volumes *v, const char *name[GROUPS_MAX]);

struct volumes_choice { /* "": all */
    const char *group, *period;
    double factor;
};
/* The lorries of an O-D table, summed. INVALID_ARGUMENT with field goods_group or period: no table fits. */
bool volumes_trucks(const struct volumes *v, const struct network *n, const struct volumes_choice *c,
                    struct trucks *out, struct err *e);

#endif
