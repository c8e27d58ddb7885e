/* verify.h - whether what the daemon acknowledged is in PostgreSQL exactly once: the only place of the replay
 * that knows SQL (docs/schema.md). It reads with its own connection, past the daemon, so the daemon cannot
 * flatter.
 */
#ifndef ZH_LOADTEST_VERIFY_H
#define ZH_LOADTEST_VERIFY_H

#include "run.h"

struct verify_result {
    size_t asked, once, missing, wrong; /* wrong: more than one shipment, or not the acknowledged one */
};

/* conninfo: of a role that may read all firms' shipments. */
bool verify_bookings(const char *conninfo, const struct run_ack *acks, size_t count,
                     struct verify_result *out, struct err *e);

#endif
