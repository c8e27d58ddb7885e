/* demand.h - who wants to go where: trip tables read from TNTP files and from CSV.
 *
 *   TNTP   <NUMBER OF ZONES>, <TOTAL OD FLOW>, <END OF METADATA>, then "Origin O" and entries "D : V ;" in
 * any number per line (Transportation Networks for Research: Stabler, Bar-Gera, Sall) CSV    columns o, d,
 * volume and, if there, goods_group and period; also under the names origin, destination, o_zone_id,
 * d_zone_id (GMNS), group
 *
 * Both are read as a stream; memory grows with the pairs that have a volume (16 bytes each when done, twice
 * as much while reading), so three million pairs take 100 MB for a moment. Pairs that come again are added up
 * and counted. Volumes are in the file's unit, finite, 0 to 1e12; pairs of 0 are left out.
 *
 * A line that makes no sense is refused and named in the report ("trips.tntp:17: ..."), and reading goes on;
 * a zone that the network does not have is no such mistake, but its volume is not in the tables: both are
 * counted, and whoever assigns decides. What makes the rest meaningless (no metadata, no column "o") fails at
 * once.
 */
#ifndef ZH_WHATIF_DEMAND_H
#define ZH_WHATIF_DEMAND_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    DEMAND_NAME_MAX = 48,    /* bytes of a goods group's or period's name, with the NUL */
    DEMAND_TABLES_MAX = 256, /* pairs of goods group and period */
    DEMAND_NOTES_MAX = 50,   /* refused lines that are kept word by word */
    DEMAND_NOTE_MAX = 200,
    DEMAND_UNKNOWN_MAX = 20, /* unknown zones that are named */
    DEMAND_ZONES_MAX = 1 << 20
};

/* Zones are 0 to zone_count - 1. The cells of origin o are first[o] to first[o + 1] - 1, by destination. */
struct trips {
    uint32_t zone_count;
    uint32_t *first; /* zone_count + 1 */
    uint32_t *to;
    double *volume;
};

struct demand_table {
    char group[DEMAND_NAME_MAX], period[DEMAND_NAME_MAX]; /* "" when the file has none */
    struct trips trips;
    double total;  /* of all cells */
    double inside; /* of cells from a zone to itself, part of the total */
};

struct demand {
    uint32_t zone_count, table_count;
    struct demand_table *table; /* in the order of first appearance */
};

struct demand_report {
    uint64_t pairs;    /* cells of all tables */
    uint64_t repeated; /* added to a pair that was there */
    double total;      /* volume in the tables */
    double announced;  /* <TOTAL OD FLOW>; negative: the file says nothing */
    uint64_t refused;  /* lines, or entries of a line */
    uint32_t note_count;
    char note[DEMAND_NOTES_MAX][DEMAND_NOTE_MAX];
    uint64_t unknown;      /* entries with an unknown zone */
    double unknown_volume; /* which is not in the tables */
    uint32_t unknown_count;
    char unknown_zone[DEMAND_UNKNOWN_MAX][DEMAND_NAME_MAX];
};

/* Which zone a name means; false: none. */
typedef bool demand_zone_fn(void *ctx, const char *name, uint32_t *zone);

/* zone_count is the network's: zones 1 to zone_count of the file become 0 to zone_count - 1. */
bool demand_read_tntp(const char *path, uint32_t zone_count, struct demand *out, struct demand_report *r,
                      struct err *e);
/* zone_of NULL: whole numbers 1 to zone_count. On failure *out is empty. */
bool demand_read_csv(const char *path, uint32_t zone_count, demand_zone_fn *zone_of, void *ctx,
                     struct demand *out, struct demand_report *r, struct err *e);

/* A table that is open, or bytes (fmemopen). */
struct demand_source {
    FILE *file;       /* the reader's: closed in any case */
    const char *name; /* in what it says */
    uint32_t zone_count;
    demand_zone_fn *zone_of; /* NULL: whole numbers 1 to zone_count */
    void *ctx;
};
bool demand_read_tntp_from(const struct demand_source *from, struct demand *out, struct demand_report *r,
                           struct err *e);
bool demand_read_csv_from(const struct demand_source *from, struct demand *out, struct demand_report *r,
                          struct err *e);
void demand_free(struct demand *d);

/* One table out of those that fit: NULL fits every goods group or period; each is multiplied by factor. For
 * what is to be assigned as one class. *out is the caller's: trips_free. */
bool demand_sum(const struct demand *d, const char *group, const char *period, double factor,
                struct trips *out, struct err *e);
void trips_free(struct trips *t);
double trips_total(const struct trips *t);

#endif
