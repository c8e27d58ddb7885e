/* store_scenarios.h - scenarios in PostgreSQL (schemas/0008): store_kept.h with struct scenario_text. */
#ifndef ZH_SERVER_STORE_SCENARIOS_H
#define ZH_SERVER_STORE_SCENARIOS_H

#include "scenario_text.h"
#include "store_kept.h"

/* version 0: the newest. */
void store_scenario_get(const struct store_asker *a, const char *id, uint32_t version, int64_t deadline_ns,
                        store_kept_fn *callback);

struct store_scenario_put {
    const char *author;
    const Zongheng__V1__Scenario *message;
    uint32_t expected_version, max; /* expected_version 0: whatever is there */
    struct arena *a;                /* for its bytes */
};
/* text: as it is kept now. FAILED_PRECONDITION expected_version; RESOURCE_EXHAUSTED; UNKNOWN. */
void store_scenario_put(const struct store_asker *a, const struct store_scenario_put *p, int64_t deadline_ns,
                        store_kept_fn *callback);

void store_scenario_delete(const struct store_asker *a, const char *id, int64_t deadline_ns,
                           store_kept_delete_fn *callback);

/* By id. */
void store_scenario_list(const struct store_asker *a, const char *tag, const char *after, uint32_t max,
                         int64_t deadline_ns, store_kept_list_fn *callback);

#endif
