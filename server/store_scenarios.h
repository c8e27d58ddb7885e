/* store_scenarios.h - scenarios in PostgreSQL (schemas/0008). One call back for each question, on the loop.
 */
#ifndef ZH_SERVER_STORE_SCENARIOS_H
#define ZH_SERVER_STORE_SCENARIOS_H

#include "db.h"
#include "scenario_text.h"

/* e.code ERR_OK: answered. text: what the firm sees (firm_id "*" when another shares it), the callback's;
 * NULL: nothing. */
typedef void store_scenario_fn(void *ctx, const struct err *e, uint32_t retry_ms, struct scenario_text *text);

/* version 0: the newest. firm_id "": nobody, who sees what is shared. */
void store_scenario_get(struct db *db, const char *firm_id, const char *id, uint32_t version,
                        int64_t deadline_ns, store_scenario_fn *callback, void *ctx);

struct store_scenario_put {
    const char *firm_id, *author;
    const Zongheng__V1__Scenario *message;
    uint32_t expected_version, max; /* expected_version 0: whatever is there */
    struct arena *a;                /* for its bytes */
};
/* text: as it is kept now. FAILED_PRECONDITION expected_version; RESOURCE_EXHAUSTED; UNKNOWN. */
void store_scenario_put(struct db *db, const struct store_scenario_put *p, int64_t deadline_ns,
                        store_scenario_fn *callback, void *ctx);

/* versions: how many were deleted. */
typedef void store_scenario_delete_fn(void *ctx, const struct err *e, uint32_t retry_ms, int64_t versions);
void store_scenario_delete(struct db *db, const char *firm_id, const char *id, int64_t deadline_ns,
                           store_scenario_delete_fn *callback, void *ctx);

/* text[]: heads by id, the callback's. */
typedef void store_scenario_list_fn(void *ctx, const struct err *e, uint32_t retry_ms,
                                    struct scenario_text **text, uint32_t count);
void store_scenario_list(struct db *db, const char *firm_id, const char *tag, const char *after, uint32_t max,
                         int64_t deadline_ns, store_scenario_list_fn *callback, void *ctx);

#endif
