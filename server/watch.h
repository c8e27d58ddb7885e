/* watch.h - Watch: a firm's changes from the outbox, in the order of commits, over the caller's connection.
 *
 * A loop has one hub. Every WATCH_POLL_MS it asks PostgreSQL once for the changes of all its watchers behind
 * their cursors; only what lies below the xmin horizon of the database is read (docs/schema.md), so a cursor
 * never passes a transaction that commits later. NOTIFY is not used. While PostgreSQL is away the streams
 * wait.
 *
 * Bounds: WATCHERS_MAX streams in a loop, WATCH_ROWS_MAX changes at a time for each; one whose peer has much
 * unread is not asked for until it has read. A stream ends with an OK reply and its cursor at the deadline of
 * the call and when the loop drains.
 */
#ifndef ZH_SERVER_WATCH_H
#define ZH_SERVER_WATCH_H

#include "base/err.h"

struct loop;
struct watch_hub;

enum { WATCHERS_MAX = 256, WATCH_POLL_MS = 150, WATCH_ROWS_MAX = 100 };

/* Its calls belong to the loop's pool: they are not ended. NULL does nothing. */
void watch_hub_free(struct watch_hub *h);

/* Where the loop keeps its hub, made by the first Watch (loop.c). */
struct watch_hub **loop_watch_hub(struct loop *l);

#endif
