#include "db_conn.h"

#include "log.h"
#include "turn.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { TICK_MS = 20, PARAM_BYTES_MAX = 1 << 20, LARGE_BYTES_MAX = 256 << 20 };

/* What the server does with a statement that hangs on its side. The deadline of a request lives in the
 * daemon, because statement_timeout does not end a commit's wait for a standby. */
static const char server_options[] =
    "-c lock_timeout=500ms -c statement_timeout=2s -c idle_in_transaction_session_timeout=2s "
    "-c client_connection_check_interval=1s -c jit=off -c TimeZone=UTC -c DateStyle=ISO -c "
    "client_encoding=UTF8";

/* What an SQLSTATE, or its beginning, means for a statement that ended with it. First match counts. */
static const struct {
    const char *prefix;
    enum db_outcome outcome;
    bool reconnect;
} sqlstates[] = {
    {"40001", DB_RETRY, false}, /* serialization failure */
    {"40P01", DB_RETRY, false}, /* deadlock */
    {"55P03", DB_RETRY, false}, /* lock_timeout */
    {"57014", DB_RETRY, false}, /* statement_timeout: rolled back */
    {"53", DB_RETRY, false},    /* disk full, out of memory, too many connections */
    {"57P", DB_RETRY, true},    /* shutdown, crash, starting up */
    {"25006", DB_RETRY, true},  /* this server has become a standby */
    {"0A000", DB_RETRY, true},  /* a cached plan went stale: prepare again */
    {"26000", DB_RETRY, true},  /* the prepared statement is not there */
    {"08", DB_UNKNOWN, true},   /* connection failures */
    {"", DB_REFUSED, false},
};

enum db_outcome db_outcome_of(const char *sqlstate, bool *reconnect)
{
    for (size_t i = 0;; i++)
        if (strncmp(sqlstate, sqlstates[i].prefix, strlen(sqlstates[i].prefix)) == 0) {
            *reconnect = sqlstates[i].reconnect;
            return sqlstates[i].outcome;
        }
}

int64_t db_now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* splitmix64 (Steele, Lea, Flood 2014); only spreads retries, nothing secret */
static uint64_t next_random(struct db *db)
{
    uint64_t z = (db->random += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t db_jitter_ms(struct db *db, uint32_t low, uint32_t high)
{
    return low + (uint32_t)(next_random(db) % (high - low + 1));
}

bool db_may_probe(const struct db *db, const struct db_conn *c)
{
    if (db_up(db))
        return true;
    for (unsigned i = 0; i < db->conn_count; i++)
        if (&db->conns[i] != c && db->conns[i].state != DB_CONN_DOWN)
            return false;
    return true;
}

static void arm_tick(struct db *db)
{
    struct timeval tv = {.tv_usec = TICK_MS * 1000};
    if (!db->ticking && !db->closing)
        db->ticking = event_add(db->tick, &tv) == 0;
}

static void on_tick(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    struct db *db = ctx;
    int64_t now = db_now_ns();
    bool open = false;
    turn_begins(now);
    db->ticking = false;
    for (unsigned i = 0; i < db->conn_count; i++) {
        db_conn_tick(&db->conns[i], now);
        open = open || db->conns[i].sent.count + db->conns[i].waiting.count > 0;
    }
    if (open)
        arm_tick(db);
}

/* Our options stand before those of the connection string, so that an operator's win. Also the place where a
 * string that libpq cannot read is refused, without its text: it may hold a password. */
static bool read_conninfo(struct db *db, const struct db_target *t, struct err *e)
{
    PQconninfoOption *list = PQconninfoParse(t->conninfo, NULL);
    const char *theirs = "", *ours = t->pooled ? "" : server_options;
    if (list == NULL)
        return fail_field(e, ERR_INVALID_ARGUMENT, t->setting,
                          "%s is not a connection string that libpq can read, like \"host=/run/postgresql "
                          "dbname=zongheng user=zh_api\"",
                          t->setting);
    for (PQconninfoOption *o = list; o->keyword != NULL; o++)
        if (strcmp(o->keyword, "options") == 0 && o->val != NULL)
            theirs = o->val;
    size_t n = strlen(ours) + 2 + strlen(theirs);
    db->options = malloc(n);
    db->conninfo = strdup(t->conninfo);
    if (db->options != NULL)
        snprintf(db->options, n, "%s%s%s", ours, ours[0] != '\0' && theirs[0] != '\0' ? " " : "", theirs);
    PQconninfoFree(list);
    return (db->options != NULL && db->conninfo != NULL) ||
           fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the database");
}

static bool open_conns(struct db *db, unsigned connections, struct err *e)
{
    db->tick = event_new(db->base, -1, 0, on_tick, db);
    if (db->tick == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the database");
    for (; db->conn_count < connections; db->conn_count++)
        if (!db_conn_init(&db->conns[db->conn_count], db, e)) {
            db->conn_count++; /* what it has is released as well */
            return false;
        }
    for (unsigned i = 0; i < connections; i++)
        db_conn_start(&db->conns[i]);
    return true;
}

bool db_new_with(struct event_base *base, const struct db_target *target,
                 const struct db_statement *statements, unsigned statement_count, struct db **out,
                 struct err *e)
{
    if (target->connections == 0 || target->connections > DB_CONNECTIONS_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "db_connections", "db_connections is 1 to %d",
                          DB_CONNECTIONS_MAX);
    struct db *db = calloc(1, sizeof *db);
    if (db == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the database");
    db->base = base;
    db->statements = statements;
    db->statement_count = statement_count;
    db->pooled = target->pooled;
    db->fallback = target->fallback;
    if (getrandom(&db->random, sizeof db->random, 0) != (ssize_t)sizeof db->random)
        db->random = (uint64_t)db_now_ns();
    if (!read_conninfo(db, target, e) || !open_conns(db, target->connections, e)) {
        db_free(db);
        return false;
    }
    *out = db;
    return true;
}

void db_close(struct db *db)
{
    if (db->closing)
        return;
    db->closing = true;
    for (unsigned i = 0; i < db->conn_count; i++)
        db_conn_release(&db->conns[i]);
    if (db->tick != NULL)
        event_free(db->tick);
    db->tick = NULL;
}

void db_free(struct db *db)
{
    db_close(db);
    free(db->conninfo);
    free(db->options);
    free(db);
}

bool db_up(const struct db *db)
{
    for (unsigned i = 0; i < db->conn_count && !db->closing; i++)
        if (db->conns[i].state == DB_CONN_UP && !db->conns[i].recycle)
            return true;
    return false;
}

const struct db_stats *db_stats(const struct db *db)
{
    return &db->stats;
}

unsigned db_connections(const struct db *db)
{
    return db->conn_count;
}

/* --- statements ------------------------------------------------------------------------------------------
 */

void db_add_bytes(struct db_query *q, const void *bytes, size_t len)
{
    static const char nothing[1];
    q->values[q->param_count] = len > 0 ? bytes : nothing; /* a null pointer would be SQL's NULL */
    q->lengths[q->param_count] = len <= LARGE_BYTES_MAX ? (int)len : LARGE_BYTES_MAX + 1;
    q->formats[q->param_count++] = 1;
}

void db_add_text(struct db_query *q, const char *text)
{
    q->values[q->param_count] = text;
    q->lengths[q->param_count] = 0;
    q->formats[q->param_count++] = 0;
}

void db_add_i64(struct db_query *q, char buf[DB_NUMBER_MAX], int64_t value)
{
    snprintf(buf, DB_NUMBER_MAX, "%" PRId64, value);
    db_add_text(q, buf);
}

void db_add_null(struct db_query *q)
{
    db_add_text(q, NULL);
}

static size_t param_size(const struct db_query *q, unsigned i)
{
    if (q->values[i] == NULL)
        return 0;
    return q->formats[i] == 1 ? (size_t)q->lengths[i] : strlen(q->values[i]) + 1;
}

/* One block: the entry, its three arrays, the bytes. NULL: too large or out of memory. */
static struct db_entry *entry_new(const struct db_query *q, db_callback_fn *callback, void *ctx)
{
    size_t n = q->param_count, bytes = 0;
    for (unsigned i = 0; i < n; i++)
        bytes += param_size(q, i);
    if (bytes > (q->large ? LARGE_BYTES_MAX : PARAM_BYTES_MAX))
        return NULL;
    struct db_entry *entry = malloc(sizeof *entry + n * (sizeof(char *) + 2 * sizeof(int)) + bytes);
    if (entry == NULL)
        return NULL;
    *entry = (struct db_entry){.callback = callback,
                               .ctx = ctx,
                               .deadline_ns = q->deadline_ns,
                               .submitted_ns = db_now_ns(),
                               .shard_hash = q->shard_hash,
                               .statement = q->statement,
                               .param_count = q->param_count};
    entry->values = (const char **)(void *)(entry + 1);
    entry->lengths = (int *)(void *)(entry->values + n);
    entry->formats = entry->lengths + n;
    char *at = (char *)(entry->formats + n);
    for (unsigned i = 0; i < n; i++) {
        size_t size = param_size(q, i);
        entry->values[i] = q->values[i] != NULL ? at : NULL;
        entry->lengths[i] = q->lengths[i];
        entry->formats[i] = q->formats[i];
        if (size > 0)
            memcpy(at, q->values[i], size);
        at += size;
    }
    return entry;
}

void db_entry_free(struct db_entry *entry)
{
    PQclear(entry->rows);
    PQclear(entry->error);
    free(entry);
}

static void count(struct db_stats *s, enum db_outcome o, int64_t took_ns)
{
    uint64_t us = (uint64_t)took_ns / 1000;
    unsigned bucket = 0;
    while (bucket + 1 < DB_TOOK_BUCKETS && us >= UINT64_C(128) << bucket)
        bucket++;
    DB_COUNT(s->ok, o == DB_OK);
    DB_COUNT(s->refused, o == DB_REFUSED);
    DB_COUNT(s->retry, o == DB_RETRY);
    DB_COUNT(s->unknown, o == DB_UNKNOWN);
    DB_COUNT(s->took[bucket], 1);
    DB_COUNT(s->took_us, us);
}

/* A read that this db did not answer, as it was asked; not one whose time is over. */
static bool ask_fallback(struct db *db, const struct db_entry *entry, db_callback_fn *callback,
                         enum db_outcome o)
{
    struct db_query q = {.statement = entry->statement,
                         .param_count = entry->param_count,
                         .deadline_ns = entry->deadline_ns,
                         .shard_hash = entry->shard_hash};
    if (db->fallback == NULL || o == DB_OK || entry->deadline_ns <= db_now_ns())
        return false;
    for (unsigned i = 0; i < q.param_count; i++) {
        q.values[i] = entry->values[i];
        q.lengths[i] = entry->lengths[i];
        q.formats[i] = entry->formats[i];
    }
    DB_COUNT(db->stats.fallbacks, 1);
    db_submit(db->fallback, &q, callback, entry->ctx);
    return true;
}

void db_entry_tell(struct db *db, struct db_entry *entry, struct db_result *r)
{
    db_callback_fn *callback = entry->callback;
    if (callback == NULL)
        return;
    entry->callback = NULL;
    count(&db->stats, r->outcome, db_now_ns() - entry->submitted_ns);
    if (!ask_fallback(db, entry, callback, r->outcome))
        callback(entry->ctx, r);
}

void db_note_end(struct db *db)
{
    int64_t now = db_now_ns();
    db->gap_ns += (now - db->ended_ns - db->gap_ns) / 16;
    db->ended_ns = now;
}

/* How long a statement would wait by what is open and how far apart answers come; 0 while a connection is
 * free for it. While none comes at all the time since the last one counts. */
static int64_t expected_ns(const struct db *db, int64_t now)
{
    uint32_t open = atomic_load(&db->stats.inflight) + atomic_load(&db->stats.waiting);
    return open < db->conn_count ? 0 : open * db->gap_ns + (now - db->ended_ns);
}

static bool holds(const struct db_fifo *f, uint64_t hash)
{
    for (const struct db_entry *entry = f->head; entry != NULL; entry = entry->next)
        if (entry->shard_hash == hash)
            return true;
    return false;
}

/* The connection that has a twin of the statement in work; else the one with the least in work, of equals the
 * first: its backend has its plans made and its caches warm. NULL when none is up. Each connection commits
 * one after the other, so spreading them is what lets PostgreSQL flush several commits at once. */
static struct db_conn *choose(struct db *db, uint64_t hash)
{
    struct db_conn *best = NULL;
    for (unsigned i = 0; i < db->conn_count; i++) {
        struct db_conn *c = &db->conns[i];
        if (c->state != DB_CONN_UP || c->recycle)
            continue;
        if (holds(&c->sent, hash) || holds(&c->waiting, hash))
            return c;
        if (best == NULL || c->sent.count + c->waiting.count < best->sent.count + best->waiting.count)
            best = c;
    }
    return best;
}

static void refuse(struct db *db, const struct db_query *q, const char *why, db_callback_fn *callback,
                   void *ctx)
{
    struct db_result r = {.outcome = DB_RETRY, .message = why, .detail = "", .table = ""};
    count(&db->stats, DB_RETRY, 0);
    if (db->fallback != NULL) {
        DB_COUNT(db->stats.fallbacks, 1);
        db_submit(db->fallback, q, callback, ctx);
        return;
    }
    r.retry_after_ms = db_jitter_ms(db, 200, 2000);
    callback(ctx, &r);
}

/* Why the statement is not taken; NULL: it is. */
static const char *no_room(struct db *db, const struct db_conn *c, const struct db_query *q)
{
    int64_t now = db_now_ns();
    if (c == NULL) {
        DB_COUNT(db->stats.away, 1);
        return "PostgreSQL is away";
    }
    if (c->waiting.count >= DB_QUEUE_MAX) {
        DB_COUNT(db->stats.full, 1);
        return "PostgreSQL is slow and the queue to it is full";
    }
    if (q->deadline_ns <= now) {
        DB_COUNT(db->stats.late, 1);
        return "the deadline passed before the statement was sent";
    }
    if (expected_ns(db, now) > (q->deadline_ns - now) / 2) {
        DB_COUNT(db->stats.slow, 1);
        return "PostgreSQL is slow: what is open already would use up the time of the statement";
    }
    return NULL;
}

void db_submit(struct db *db, const struct db_query *q, db_callback_fn *callback, void *ctx)
{
    struct db_conn *c = db->closing ? NULL : choose(db, q->shard_hash);
    DB_COUNT(db->stats.submitted, 1);
    const char *why = no_room(db, c, q);
    struct db_entry *entry = why == NULL ? entry_new(q, callback, ctx) : NULL;
    if (entry == NULL) {
        refuse(db, q, why != NULL ? why : "no memory for the statement", callback, ctx);
        return;
    }
    if (atomic_load(&db->stats.inflight) + atomic_load(&db->stats.waiting) == 0)
        db->ended_ns = entry->submitted_ns; /* the time without work does not count */
    arm_tick(db);
    db_conn_take(c, entry);
}
