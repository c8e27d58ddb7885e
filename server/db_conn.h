/* db_conn.h - one PostgreSQL connection of a db: connecting, preparing, sending, taking results, going away.
 *
 * States move only by set_state in db_conn.c:
 *     DOWN -> CONNECTING -> PREPARING -> UP -> DOWN, and from each of them to DOWN.
 * A statement is an entry: it waits in `waiting`, is handed to libpq together with a Sync and stands in
 * `sent` until that Sync comes back, in the same order. An entry past its deadline loses its callback and
 * stays.
 *
 * Internal to the db: only db.c and db_conn.c include this.
 */
#ifndef ZH_SERVER_DB_CONN_H
#define ZH_SERVER_DB_CONN_H

#include "db.h"

#include <event2/event.h>
#include <libpq-fe.h>

struct db_entry {
    struct db_entry *next;
    db_callback_fn *callback; /* NULL: told already */
    void *ctx;
    int64_t deadline_ns, submitted_ns;
    uint64_t shard_hash;
    PGresult *rows;  /* the statement's own result, kept until the sync */
    PGresult *error; /* the first error, kept likewise */
    bool doubtful;   /* a warning came between: its commit is not certain */
    unsigned statement, param_count;
    const char **values; /* the three arrays and the bytes lie behind the entry */
    int *lengths, *formats;
};

struct db_fifo {
    struct db_entry *head, **tail;
    unsigned count;
};

enum db_state { DB_CONN_DOWN, DB_CONN_CONNECTING, DB_CONN_PREPARING, DB_CONN_UP };

struct db_conn {
    struct db *db;
    PGconn *pg;
    enum db_state state;
    struct event *read, *write; /* on the socket of pg */
    struct event *timer;        /* DOWN: when to try again; CONNECTING, PREPARING: when to give up */
    struct db_fifo sent, waiting;
    unsigned prepared;   /* statements prepared so far */
    bool prepare_failed; /* said once in the log */
    unsigned failures;   /* attempts in a row that failed */
    int64_t progress_ns; /* when the last result came, or work began */
    bool recycle;        /* close once nothing is in flight */
    bool working;        /* inside a callback of libevent: do not close under it */
};

struct db {
    struct event_base *base;
    char *conninfo, *options;
    bool pooled;
    struct db *fallback;
    int64_t gap_ns, ended_ns; /* between two answers while work is open: a mean; the last one */
    const struct db_statement *statements;
    unsigned statement_count;
    struct db_conn conns[DB_CONNECTIONS_MAX];
    unsigned conn_count;
    struct event *tick; /* armed while anything is open */
    bool ticking, closing;
    uint64_t random;
    struct db_stats stats;
};

bool db_conn_init(struct db_conn *c, struct db *db, struct err *e);
/* Begins to connect now. */
void db_conn_start(struct db_conn *c);
/* Takes an entry: sends it or lets it wait. */
void db_conn_take(struct db_conn *c, struct db_entry *entry);
/* Closes the socket; every entry is told; tries again later unless the db is closing. */
void db_conn_lose(struct db_conn *c, const char *why);
/* Shared by db_conn.c and db_connect.c. */
void db_conn_set_state(struct db_conn *c, enum db_state to);
void db_conn_arm_timer(struct db_conn *c, uint32_t ms);
void db_conn_on_ready(evutil_socket_t fd, short what, void *ctx);
bool db_conn_flush(struct db_conn *c);
void db_conn_on_notice(void *ctx, const PGresult *res);
void db_fifo_init(struct db_fifo *f);
/* Deadlines and stalls. */
void db_conn_tick(struct db_conn *c, int64_t now_ns);
void db_conn_release(struct db_conn *c); /* for good: the db is closing */

/* db.c: tells an entry its outcome once and counts it. */
void db_entry_tell(struct db *db, struct db_entry *entry, struct db_result *r);
void db_entry_free(struct db_entry *entry);
/* db.c: an answer came; keeps the mean of how far apart they are. */
void db_note_end(struct db *db);
#define DB_COUNT(counter, n) atomic_fetch_add_explicit(&(counter), (n), memory_order_relaxed)
/* db.c: what an SQLSTATE means; *reconnect when the connection is of no further use. */
enum db_outcome db_outcome_of(const char *sqlstate, bool *reconnect);
uint32_t db_jitter_ms(struct db *db, uint32_t low, uint32_t high);
int64_t db_now_ns(void);
/* Whether a connection may probe now: while all are down only one does. */
bool db_may_probe(const struct db *db, const struct db_conn *c);

#endif
