/* store_demands.h - demands in PostgreSQL (schemas/0010). One call back for each question, on the loop.
 */
#ifndef ZH_SERVER_STORE_DEMANDS_H
#define ZH_SERVER_STORE_DEMANDS_H

#include "db.h"
#include "demand_text.h"

/* e.code ERR_OK: answered. text: what the firm sees (firm_id "*" when another shares it), the callback's;
 * NULL: nothing. */
typedef void store_demand_fn(void *ctx, const struct err *e, uint32_t retry_ms, struct demand_text *text);

/* version 0: the newest. firm_id "": nobody, who sees what is shared. table: with its table. */
void store_demand_get(struct db *db, const char *firm_id, const char *name, uint32_t version, bool table,
                      int64_t deadline_ns, store_demand_fn *callback, void *ctx);

struct store_demand_put {
    const char *author;
    struct demand_text *text;       /* with its firm; signed and given back when it is kept; else released */
    uint32_t expected_version, max; /* expected_version 0: whatever is there */
    struct arena *a;
};
void store_demand_put(struct db *db, const struct store_demand_put *p, int64_t deadline_ns,
                      store_demand_fn *callback, void *ctx);

/* versions: how many were deleted. */
typedef void store_demand_delete_fn(void *ctx, const struct err *e, uint32_t retry_ms, int64_t versions);
void store_demand_delete(struct db *db, const char *firm_id, const char *name, int64_t deadline_ns,
                         store_demand_delete_fn *callback, void *ctx);

/* text[]: heads by name, the callback's. */
typedef void store_demand_list_fn(void *ctx, const struct err *e, uint32_t retry_ms,
                                  struct demand_text **text, uint32_t count);
void store_demand_list(struct db *db, const char *firm_id, const char *after, uint32_t max,
                       int64_t deadline_ns, store_demand_list_fn *callback, void *ctx);

#endif
