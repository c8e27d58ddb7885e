/* consignments.h - what is to be shipped in a span of days, read from a demand table (docs/data.md,
 * demand.csv), and the trucks per day that come of it.
 *
 * Threads: immutable once read.
 */
#ifndef ZH_WHATIF_CONSIGNMENTS_H
#define ZH_WHATIF_CONSIGNMENTS_H

#include "import/csv.h"
#include "network/network.h"
#include "plan/plan.h"

enum { CONSIGNMENTS_MAX = 1000000, GROUPS_MAX = 64, GROUP_NAME_MAX = 48, CONSIGNMENT_NOTES_MAX = 20 };

struct consignment {
    uint32_t from, to; /* plain nodes of the network it was read for */
    int64_t mass_kg, volume_dm3;
    uint32_t release_min, deliver_by_h, teu;
    uint8_t group, families; /* mask of 1 << plan_family */
    bool bulk, chilled;
};

struct consignments {
    struct consignment *of;
    uint32_t count;
    char group[GROUPS_MAX][GROUP_NAME_MAX]; /* goods groups: the commodities */
    uint32_t group_count;
    double days;      /* the span, from the last release: whole days, at least 1 */
    double tonnes;    /* of all rows, in the span */
    char version[17]; /* of the bytes that were read */
    uint32_t unknown; /* rows with a node that the network has not: not in `of` */
    double unknown_tonnes;
    uint32_t note_count;
    char note[CONSIGNMENT_NOTES_MAX][160];
};

/* Fails with INVALID_ARGUMENT and the first fault when a row makes no sense; rows with unknown nodes are
 * counted and left out. */
bool consignments_read(const char *path, const struct network *n, struct consignments **out, struct err *e);
/* The same from a file that is open, or bytes (fmemopen), which it takes. Rows that make no sense are all in
 * the report, which the caller frees, and not in *out; only what makes the rest meaningless fails. */
bool consignments_read_from(FILE *f, const char *name, const struct network *n, struct csv_report *report,
                            struct consignments **out, struct err *e);
void consignments_free(struct consignments *c);

/* The question that ships it: cheapest options of its families from week_start_s (UTC) on. `late`: without
 * the time of delivery. */
void consignment_request(const struct network *n, const struct consignment *c, int64_t week_start_s,
                         bool late, struct plan_request *out);

#endif
