/* planning_shipments.h - how many live shipments of a firm still have to drive on each link, for a job's
 * thread.
 */
#ifndef ZH_SERVER_PLANNING_SHIPMENTS_H
#define ZH_SERVER_PLANNING_SHIPMENTS_H

#include "base/err.h"

#include <stdint.h>

struct server;

enum { LIVE_LINKS_MAX = 200000 };

struct live_link {
    int64_t link_id;
    uint32_t shipments;
};

struct live_links {
    struct live_link *of; /* by link_id; freed by the caller */
    uint32_t count;
};

/* FAILED_PRECONDITION with field with_shipments: no database, or nobody's. */
bool planning_live_links(struct server *s, const char *firm_id, struct live_links *out, struct err *e);
uint32_t planning_shipments_on(const struct live_links *l, int64_t link_id);

#endif
