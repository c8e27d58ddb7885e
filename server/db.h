/* db.h - PostgreSQL without waiting: one loop's connections in libpq's pipeline mode.
 *
 * Every statement is one transaction: it is sent with a Sync of its own, and its outcome is told only when
 * that Sync came back without an error, because in a pipeline the row arrives before the commit can fail.
 * What may have happened and what cannot have is kept apart:
 *
 *     DB_OK       committed; the rows are there
 *     DB_REFUSED  PostgreSQL answered with an error: rolled back, final; sqlstate says which
 *     DB_RETRY    nothing happened and nothing will: never handed to libpq, or an error that trying again
 *                 mends (a lock, a deadlock, a full disk, a server that is going down)
 *     DB_UNKNOWN  it was sent and its end is not known: connection lost, or the deadline passed meanwhile
 *
 * Bounds: DB_INFLIGHT_MAX statements sent and DB_QUEUE_MAX waiting per connection; above, when no connection
 * is up, and when what is open already will take longer than half of the time that the statement has,
 * DB_RETRY at once with retry_after_ms. A connection that makes no progress for 5 s with
 * work sent is closed. Connections come back by themselves, with full jitter between 0.1 and 2 s, one probe
 * at a time while all are down. Nothing here blocks, except a host name in the connection string: name a
 * folder of the socket or use hostaddr.
 *
 * Statements are constant text from one table, prepared on each connection (sent as they are through a
 * pooler, which gives each transaction another one); values travel as parameters only. Threads: a db belongs
 * to its loop's thread; its stats may be read by any.
 */
#ifndef ZH_SERVER_DB_H
#define ZH_SERVER_DB_H

#include "base/err.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct db;

enum { DB_INFLIGHT_MAX = 16, DB_QUEUE_MAX = 256, DB_PARAMS_MAX = 32, DB_CONNECTIONS_MAX = 32 };

struct db_statement {
    const char *name, *sql;
};

struct db_target {
    const char *setting, *conninfo; /* the setting's name, for errors */
    unsigned connections;
    bool pooled;         /* behind a pooler of transactions: nothing prepared, no options at the start */
    struct db *fallback; /* asked when this one did not answer: for reads only; NULL: none. It lives longer */
};

/* Connects in the background; succeeds while PostgreSQL is away. Fails on a connection string that libpq
 * cannot read. The statements are the store's (store_sql.h). */
bool db_new(struct event_base *base, const struct db_target *target, struct db **out, struct err *e);

/* The same with other statements; the table must outlive the db. */
bool db_new_with(struct event_base *base, const struct db_target *target,
                 const struct db_statement *statements, unsigned statement_count, struct db **out,
                 struct err *e);

/* Every statement still open gets its callback (DB_UNKNOWN when it was sent, else DB_RETRY). From then on,
 * and in these callbacks already, no connection is up and db_submit answers DB_RETRY at once. */
void db_close(struct db *db);
/* After db_close, or instead of it. */
void db_free(struct db *db);

/* Whether at least one connection takes statements. */
bool db_up(const struct db *db);

/* Counted since db_new. took[i]: answers within 128 us << i of their db_submit, the last: later. */
enum { DB_TOOK_BUCKETS = 17 };
struct db_stats {
    _Atomic uint64_t submitted, ok, refused, retry, unknown; /* by outcome */
    _Atomic uint64_t away, full, slow, late; /* of retry, not sent: no connection, no room, no time */
    _Atomic uint64_t fallbacks;              /* asked again of the fallback */
    _Atomic uint64_t connects, losses;       /* connections that came up, and that went */
    _Atomic uint64_t took[DB_TOOK_BUCKETS], took_us, queued_us; /* sums; queued: before they were sent */
    _Atomic uint32_t inflight, waiting, waiting_max, up;        /* now; the most ever; connections up */
};
const struct db_stats *db_stats(const struct db *db);
unsigned db_connections(const struct db *db);

enum db_outcome { DB_OK, DB_REFUSED, DB_RETRY, DB_UNKNOWN };

struct db_result {
    enum db_outcome outcome;
    char sqlstate[6];        /* of the error, "" when there was none */
    const char *message;     /* PostgreSQL's sentence, for the log and never for a peer; "" none */
    const char *detail;      /* its DETAIL line, "" none */
    const char *table;       /* that the error is of, "" none */
    uint32_t retry_after_ms; /* with DB_RETRY */
    uint32_t row_count;      /* with DB_OK */
    const void *rows;        /* read by db_col_* below; gone when the callback returns */
};

/* Called exactly once for each db_submit, possibly before it returns (when nothing was sent). */
typedef void db_callback_fn(void *ctx, const struct db_result *r);

/* A statement with its values. They are copied: they need not outlive db_submit. */
struct db_query {
    unsigned statement; /* index into the table */
    unsigned param_count;
    const char *values[DB_PARAMS_MAX]; /* NULL: SQL's NULL */
    int lengths[DB_PARAMS_MAX];        /* of binary values */
    int formats[DB_PARAMS_MAX];        /* 0 text (ended by NUL), 1 binary */
    int64_t deadline_ns;               /* CLOCK_MONOTONIC */
    bool large;                        /* 256 MiB of parameters at most, not 1 MiB: what few and slow put */
    uint64_t
        shard_hash; /* statements with the same hash in work at once keep their order on one connection */
};

/* Adds the next parameter. The bytes and strings are only pointed to. */
void db_add_text(struct db_query *q, const char *text);
void db_add_bytes(struct db_query *q, const void *bytes, size_t len);
/* Written as text into `buf`. */
enum { DB_NUMBER_MAX = 24 };
void db_add_i64(struct db_query *q, char buf[DB_NUMBER_MAX], int64_t value);
void db_add_null(struct db_query *q);

void db_submit(struct db *db, const struct db_query *q, db_callback_fn *callback, void *ctx);

/* Columns are by name, so that a function may get a column more. A name that is not there and a wrong type
 * are faults of the schema: `*ok` becomes false (it is never set to true) and the value is 0 or "". */
bool db_col_null(const struct db_result *r, uint32_t row, const char *column);
int64_t db_col_i64(const struct db_result *r, uint32_t row, const char *column,
                   bool *ok); /* int2, 4, 8, bool */
const char *db_col_text(const struct db_result *r, uint32_t row, const char *column,
                        bool *ok); /* ended by NUL */
const uint8_t *db_col_bytes(const struct db_result *r, uint32_t row, const char *column, size_t *len,
                            bool *ok);
/* A uuid as its 36 characters and NUL. */
void db_col_uuid(const struct db_result *r, uint32_t row, const char *column, char out[37], bool *ok);

#endif
