/* verify.h - whether what the daemon acknowledged is in PostgreSQL exactly once, what it refused is not
 * there, and the books balance: the only place of the replay that knows SQL (docs/schema.md). It reads with
 * its own connection, past the daemon, so the daemon cannot flatter.
 */
#ifndef ZH_LOADTEST_VERIFY_H
#define ZH_LOADTEST_VERIFY_H

#include "run.h"

enum { ACK_KINDS = 4 };

struct verify_result {
    /* Of each kind of acknowledgement: as it should be; not there; doubled, under another id, in another
     * state, or there although refused. */
    struct verify_count {
        uint64_t asked, good, missing, wrong;
    } of[ACK_KINDS];
    uint64_t unbalanced; /* departures whose taken room is not the sum of their live legs */
};

const char *verify_kind_name(enum ack_kind k);
bool verify_is_good(const struct verify_result *v);

/* conninfo: of a role that may read all firms' rows. */
bool verify_run(const char *conninfo, const struct run_ack *acks, size_t count, struct verify_result *out,
                struct err *e);

#endif
