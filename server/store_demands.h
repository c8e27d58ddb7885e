/* store_demands.h - demands in PostgreSQL (schemas/0010): store_kept.h with struct demand_text. */
#ifndef ZH_SERVER_STORE_DEMANDS_H
#define ZH_SERVER_STORE_DEMANDS_H

#include "demand_text.h"
#include "store_kept.h"

/* version 0: the newest. table: with its table. */
void store_demand_get(const struct store_asker *a, const char *name, uint32_t version, bool table,
                      int64_t deadline_ns, store_kept_fn *callback);

struct store_demand_put {
    const char *author;
    struct demand_text *text;       /* with its firm; signed and given back when it is kept; else released */
    uint32_t expected_version, max; /* expected_version 0: whatever is there */
    struct arena *a;
};
/* FAILED_PRECONDITION expected_version; RESOURCE_EXHAUSTED; UNKNOWN. */
void store_demand_put(const struct store_asker *a, const struct store_demand_put *p, int64_t deadline_ns,
                      store_kept_fn *callback);

void store_demand_delete(const struct store_asker *a, const char *name, int64_t deadline_ns,
                         store_kept_delete_fn *callback);

/* By name. */
void store_demand_list(const struct store_asker *a, const char *after, uint32_t max, int64_t deadline_ns,
                       store_kept_list_fn *callback);

#endif
