/* revocations.h - ends connections whose token was revoked or is over, within a second.
 *
 * Every tick (250 ms) that finds a connection with a token asks PostgreSQL which tokens were revoked since
 * the last answer, and 10 s before it for transactions that were under way. Such a connection is told
 * UNAUTHENTICATED with id 0, read no further, and closed at the tick after, streams included. While
 * PostgreSQL is away nothing can be revoked or booked; what was revoked in between is seen with the first
 * answer. One loop's; its thread.
 */
#ifndef ZH_SERVER_REVOCATIONS_H
#define ZH_SERVER_REVOCATIONS_H

#include "conn.h"
#include "db.h"

struct revocations;

/* http_conns: those of HTTP, NULL without. To be released with free() after db_close. NULL: out of memory. */
struct revocations *revocations_new(struct db *db, struct conn_table *conns, struct conn_table *http_conns);
void revocations_tick(struct revocations *r, int64_t now_ns);

#endif
