/* demand_inside.h - collecting cells into tables; shared by demand*.c only. */
#ifndef ZH_WHATIF_DEMAND_INSIDE_H
#define ZH_WHATIF_DEMAND_INSIDE_H

#include "whatif/demand.h"

struct demand_cell {
    uint32_t from, to;
    double volume;
};

struct demand_heap { /* the cells of one table as they come */
    struct demand_cell *cell;
    size_t count, room;
};

struct demand_reader {
    const char *path;
    uint64_t line;
    struct demand *out;
    struct demand_heap heap[DEMAND_TABLES_MAX];
    struct demand_report *report;
    struct err *e;
};

#define DEMAND_VOLUME_MAX 1e12

void demand_begin(struct demand_reader *r, const char *path, uint32_t zone_count, struct demand *out,
                  struct demand_report *report, struct err *e);
/* Sorts and adds up what came (when ok), frees the rest, empties *out on failure. */
bool demand_end(struct demand_reader *r, bool ok);

/* Notes a refused line. */
void demand_refuse(struct demand_reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void demand_unknown(struct demand_reader *r, const char *zone, double volume);

/* The table of a goods group and period, made when new; false: too many, or no memory. */
bool demand_table_of(struct demand_reader *r, const char *group, const char *period, uint32_t *table);
bool demand_add(struct demand_reader *r, uint32_t table, uint32_t from, uint32_t to, double volume);

/* The zone of a name, by the source's rule. */
bool demand_find_zone(const struct demand_source *from, const char *name, uint32_t *zone);
/* Opens a path; NULL: e. */
FILE *demand_open(const char *path, struct err *e);

/* A decimal number from 0 to DEMAND_VOLUME_MAX and nothing else; a whole number from 1 to UINT32_MAX. */
bool demand_volume(const char *s, double *v);
bool demand_zone_number(const char *s, uint32_t *zone);

#endif
