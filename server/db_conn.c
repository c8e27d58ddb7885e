#include "db_conn.h"

#include "log.h"
#include "turn.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { RETRY_MIN_MS = 100, RETRY_MAX_MS = 2000 };
static const int64_t STALL_NS = 5000000000;

/* --- entries ---------------------------------------------------------------------------------------------
 */

static void fifo_put(struct db_fifo *f, struct db_entry *entry)
{
    entry->next = NULL;
    *f->tail = entry;
    f->tail = &entry->next;
    f->count++;
}

static struct db_entry *fifo_pop(struct db_fifo *f)
{
    struct db_entry *entry = f->head;
    if (entry == NULL)
        return NULL;
    f->head = entry->next;
    if (f->head == NULL)
        f->tail = &f->head;
    f->count--;
    return entry;
}

void db_fifo_init(struct db_fifo *f)
{
    *f = (struct db_fifo){.tail = &f->head};
}

/* What an error result means for the statement it answers. A fatal one that comes after the rows may have
 * come after the commit as well. */
static void describe_error(const struct db_entry *entry, struct db_result *r, bool *reconnect)
{
    const char *state = PQresultErrorField(entry->error, PG_DIAG_SQLSTATE);
    const char *severity = PQresultErrorField(entry->error, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *text = PQresultErrorField(entry->error, PG_DIAG_MESSAGE_PRIMARY);
    const char *detail = PQresultErrorField(entry->error, PG_DIAG_MESSAGE_DETAIL);
    const char *table = PQresultErrorField(entry->error, PG_DIAG_TABLE_NAME);
    r->message = text != NULL ? text : "";
    r->detail = detail != NULL ? detail : "";
    r->table = table != NULL ? table : "";
    r->outcome = DB_UNKNOWN;
    *reconnect = true;
    if (state == NULL) /* made by libpq: the server said nothing about this statement */
        return;
    snprintf(r->sqlstate, sizeof r->sqlstate, "%s", state);
    bool final = severity != NULL && strcmp(severity, "ERROR") == 0;
    enum db_outcome outcome = db_outcome_of(state, reconnect);
    if (final || entry->rows == NULL)
        r->outcome = outcome;
}

/* The sync of the oldest entry came back: only now its outcome is certain. */
static void end_entry(struct db_conn *c, struct db_entry *entry)
{
    DB_COUNT(c->db->stats.inflight, -1u);
    db_note_end(c->db);
    struct db_result r = {.outcome = DB_OK, .message = "", .detail = "", .table = ""};
    bool reconnect = false;
    if (entry->error != NULL) {
        describe_error(entry, &r, &reconnect);
        c->recycle = c->recycle || reconnect;
        if (r.outcome == DB_RETRY)
            r.retry_after_ms = db_jitter_ms(c->db, 50, 500);
    } else if (entry->doubtful || entry->rows == NULL) {
        r.outcome = DB_UNKNOWN;
    } else {
        r.rows = entry->rows;
        r.row_count = (uint32_t)PQntuples(entry->rows);
    }
    db_entry_tell(c->db, entry, &r);
    db_entry_free(entry);
}

/* --- sending ---------------------------------------------------------------------------------------------
 */

bool db_conn_flush(struct db_conn *c)
{
    int left = PQflush(c->pg);
    if (left > 0)
        event_add(c->write, NULL);
    return left >= 0;
}

/* One statement and its Sync. When libpq refuses either, no Sync reaches the server, so nothing commits. */
static bool hand_over(struct db_conn *c, struct db_entry *entry)
{
    const struct db_statement *s = &c->db->statements[entry->statement];
    int n = (int)entry->param_count;
    int sent =
        c->db->pooled
            ? PQsendQueryParams(c->pg, s->sql, n, NULL, entry->values, entry->lengths, entry->formats, 1)
            : PQsendQueryPrepared(c->pg, s->name, n, entry->values, entry->lengths, entry->formats, 1);
    return sent == 1 && PQpipelineSync(c->pg) == 1;
}

static void tell_retry(struct db_conn *c, struct db_entry *entry, const char *why)
{
    struct db_result r = {.outcome = DB_RETRY, .message = why, .detail = "", .table = ""};
    r.retry_after_ms = db_jitter_ms(c->db, 100, 1000);
    db_entry_tell(c->db, entry, &r);
    db_entry_free(entry);
}

/* Moves what waits into the pipeline as far as it has room. False: the connection is broken. */
static bool send_waiting(struct db_conn *c)
{
    bool any = false;
    while (c->state == DB_CONN_UP && !c->recycle && c->sent.count < DB_INFLIGHT_MAX) {
        struct db_entry *entry = fifo_pop(&c->waiting);
        if (entry == NULL)
            break;
        DB_COUNT(c->db->stats.waiting, -1u);
        if (entry->callback == NULL) { /* its deadline passed while it waited */
            db_entry_free(entry);
            continue;
        }
        if (!hand_over(c, entry)) {
            tell_retry(c, entry, "the statement could not be sent");
            return false;
        }
        if (c->sent.count == 0)
            c->progress_ns = db_now_ns();
        fifo_put(&c->sent, entry);
        DB_COUNT(c->db->stats.inflight, 1);
        DB_COUNT(c->db->stats.queued_us, (uint64_t)(db_now_ns() - entry->submitted_ns) / 1000);
        any = true;
    }
    return !any || db_conn_flush(c);
}

void db_conn_take(struct db_conn *c, struct db_entry *entry)
{
    struct db_stats *s = &c->db->stats;
    fifo_put(&c->waiting, entry);
    uint32_t waiting = DB_COUNT(s->waiting, 1) + 1;
    if (waiting > atomic_load(&s->waiting_max))
        atomic_store(&s->waiting_max, waiting);
    /* Inside a callback the loop that called it sends afterwards: never close under its feet. */
    if (!c->working && !send_waiting(c))
        db_conn_lose(c, PQerrorMessage(c->pg));
}

/* --- results ---------------------------------------------------------------------------------------------
 */

static void keep_result(struct db_entry *entry, PGresult *res)
{
    ExecStatusType s = PQresultStatus(res);
    if ((s == PGRES_TUPLES_OK || s == PGRES_COMMAND_OK) && entry->rows == NULL) {
        entry->rows = res;
        return;
    }
    if (s == PGRES_FATAL_ERROR && entry->error == NULL) {
        entry->error = res;
        return;
    }
    if (s == PGRES_PIPELINE_ABORTED)
        entry->doubtful = true;
    PQclear(res);
}

/* Results of PQsendPrepare; the sync behind the last one brings the connection up. */
static bool take_prepared(struct db_conn *c, PGresult *res)
{
    ExecStatusType s = PQresultStatus(res);
    bool ok = s == PGRES_COMMAND_OK || s == PGRES_PIPELINE_SYNC;
    if (!ok && !c->prepare_failed)
        log_event(LOG_ERROR, "db_prepare_failed", "statement",
                  c->prepared < c->db->statement_count ? c->db->statements[c->prepared].name : "", "why",
                  PQresultErrorMessage(res), NULL);
    c->prepare_failed = !ok;
    c->prepared += s == PGRES_COMMAND_OK;
    PQclear(res);
    if (ok && s == PGRES_PIPELINE_SYNC) {
        db_conn_set_state(c, DB_CONN_UP);
        event_del(c->timer);
        c->failures = 0;
        DB_COUNT(c->db->stats.connects, 1);
        DB_COUNT(c->db->stats.up, 1);
        log_event(LOG_INFO, "db_up", "connection", LOG_I64(c - c->db->conns), "server_version",
                  LOG_I64(PQserverVersion(c->pg)), NULL);
    }
    return ok;
}

/* Takes every result that is whole. False: the connection is broken. Callbacks run in here. */
static bool take_results(struct db_conn *c)
{
    unsigned nulls = 0; /* one NULL separates two statements; two mean that nothing is left */
    while (nulls < 2 && (c->state == DB_CONN_PREPARING || c->sent.count > 0) && !PQisBusy(c->pg)) {
        PGresult *res = PQgetResult(c->pg);
        if (res == NULL) {
            nulls++;
            continue;
        }
        nulls = 0;
        c->progress_ns = db_now_ns();
        if (c->state == DB_CONN_PREPARING) {
            if (!take_prepared(c, res))
                return false;
        } else if (PQresultStatus(res) == PGRES_PIPELINE_SYNC) {
            PQclear(res);
            end_entry(c, fifo_pop(&c->sent));
        } else {
            keep_result(c->sent.head, res);
        }
    }
    return PQstatus(c->pg) == CONNECTION_OK;
}

/* With nothing under way no reply may come. One that was there (bytes that came twice) would be taken for the
 * next statement's and shift all behind it, also between firms: out of pipeline mode libpq looks, drops it
 * and gives notice, at which the connection is made anew. */
static void look_for_the_unasked(struct db_conn *c)
{
    if (PQexitPipelineMode(c->pg) != 1 || PQisBusy(c->pg) != 0 || PQenterPipelineMode(c->pg) != 1)
        c->recycle = true;
}

void db_conn_on_ready(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    struct db_conn *c = ctx;
    bool ok = true;
    turn_begins(db_now_ns());
    c->working = true;
    if (what & EV_READ) {
        bool open = PQconsumeInput(c->pg) == 1;
        ok = take_results(c) && open; /* what came before the end still counts */
        if (ok && c->state == DB_CONN_UP && c->sent.count == 0)
            look_for_the_unasked(c);
    }
    c->working = false;
    if (ok)
        ok = db_conn_flush(c) && send_waiting(c);
    if (!ok)
        db_conn_lose(c, PQerrorMessage(c->pg));
    else if (c->recycle && c->sent.count == 0)
        db_conn_lose(c, "a new connection is wanted");
}

/* A warning inside a statement: a cancelled wait for a standby ends in a warning and a normal sync. */
void db_conn_on_notice(void *ctx, const PGresult *res)
{
    struct db_conn *c = ctx;
    const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    if (state != NULL && strcmp(state, "01000") == 0 && c->sent.head != NULL)
        c->sent.head->doubtful = true;
    if (state == NULL && c->state == DB_CONN_UP) /* libpq's own: a message that it did not expect */
        c->recycle = true;
    log_event(LOG_WARN, "db_notice", "sqlstate", state != NULL ? state : "", "text", text != NULL ? text : "",
              NULL);
}

/* --- going away ------------------------------------------------------------------------------------------
 */

/* What was sent may have happened, unless the server said of it that it did not. */
static void tell_lost(struct db_conn *c, struct db_entry *entry)
{
    struct db_result r = {
        .outcome = DB_UNKNOWN, .message = "the connection was lost", .detail = "", .table = ""};
    bool reconnect;
    if (entry->error != NULL)
        describe_error(entry, &r, &reconnect);
    if (r.outcome == DB_RETRY)
        r.retry_after_ms = db_jitter_ms(c->db, 100, 1000);
    db_entry_tell(c->db, entry, &r);
    db_entry_free(entry);
}

/* An outage is said once when it begins, not at each attempt. `why` may lie in the connection's memory. */
static void log_loss(const struct db_conn *c, const char *why)
{
    char line[200];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(why, "\n"), why);
    if (c->failures == 0 && !c->db->closing)
        log_event(LOG_WARN, "db_down", "connection", LOG_I64(c - c->db->conns), "why", line, NULL);
    else
        log_event(LOG_DEBUG, "db_connect_failed", "why", line, NULL);
}

void db_conn_lose(struct db_conn *c, const char *why)
{
    struct db_fifo sent = c->sent, waiting = c->waiting;
    struct db_entry *entry;
    uint32_t back_off = RETRY_MIN_MS << (c->failures < 5 ? c->failures : 5);
    bool planned = c->state == DB_CONN_UP && c->recycle;
    log_loss(c, why);
    DB_COUNT(c->db->stats.losses, c->state == DB_CONN_UP);
    DB_COUNT(c->db->stats.up, c->state == DB_CONN_UP ? -1u : 0u);
    DB_COUNT(c->db->stats.inflight, -sent.count);
    DB_COUNT(c->db->stats.waiting, -waiting.count);
    c->failures += !planned;
    event_del(c->read);
    event_del(c->write);
    event_del(c->timer);
    PQfinish(c->pg);
    c->pg = NULL;
    db_conn_set_state(c, DB_CONN_DOWN);
    db_fifo_init(&c->sent);
    db_fifo_init(&c->waiting);
    if (!c->db->closing)
        db_conn_arm_timer(
            c, db_jitter_ms(c->db, RETRY_MIN_MS, 2 * back_off < RETRY_MAX_MS ? 2 * back_off : RETRY_MAX_MS));
    /* Callbacks last: they may submit again, to a connection that is plainly down. */
    while ((entry = fifo_pop(&sent)) != NULL)
        tell_lost(c, entry);
    while ((entry = fifo_pop(&waiting)) != NULL)
        tell_retry(c, entry, "the connection was lost before the statement was sent");
}

/* Past its deadline a sent statement is UNKNOWN; it stays in its place until its sync comes. */
static void expire(struct db_conn *c, struct db_fifo *f, bool was_sent, int64_t now_ns)
{
    for (struct db_entry *entry = f->head; entry != NULL; entry = entry->next) {
        if (entry->callback == NULL || entry->deadline_ns > now_ns)
            continue;
        struct db_result r = {.outcome = was_sent ? DB_UNKNOWN : DB_RETRY,
                              .message = "the deadline passed",
                              .detail = "",
                              .table = "",
                              .retry_after_ms = was_sent ? 0 : db_jitter_ms(c->db, 100, 1000)};
        db_entry_tell(c->db, entry, &r);
    }
}

void db_conn_tick(struct db_conn *c, int64_t now_ns)
{
    c->working = true;
    expire(c, &c->sent, true, now_ns);
    expire(c, &c->waiting, false, now_ns);
    c->working = false;
    if (c->state == DB_CONN_UP && c->sent.count > 0 && now_ns - c->progress_ns > STALL_NS)
        db_conn_lose(c, "no answer for 5 s with statements sent");
    else if (c->state == DB_CONN_UP && !send_waiting(c))
        db_conn_lose(c, PQerrorMessage(c->pg));
}
