/* How a connection comes up: PQconnectPoll by events, pipeline mode, every statement prepared; and its end.
 */
#include "db_conn.h"

#include "log.h"
#include "turn.h"

#include <assert.h>

enum { CONNECT_TIMEOUT_MS = 3000, PROBE_WAIT_MS = 100 };

void db_conn_set_state(struct db_conn *c, enum db_state to)
{
    static const bool allowed[4][4] = {
        [DB_CONN_DOWN] = {[DB_CONN_CONNECTING] = true},
        [DB_CONN_CONNECTING] = {[DB_CONN_DOWN] = true, [DB_CONN_PREPARING] = true},
        [DB_CONN_PREPARING] = {[DB_CONN_DOWN] = true, [DB_CONN_UP] = true},
        [DB_CONN_UP] = {[DB_CONN_DOWN] = true},
    };
    assert(allowed[c->state][to]);
    c->state = to;
}

void db_conn_arm_timer(struct db_conn *c, uint32_t ms)
{
    struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};
    event_add(c->timer, &tv);
}

static void on_connect(evutil_socket_t fd, short what, void *ctx);

static bool watch(struct db_conn *c, bool reading)
{
    int fd = PQsocket(c->pg);
    return fd >= 0 &&
           event_assign(c->read, c->db->base, fd, reading ? EV_READ : EV_WRITE, on_connect, c) == 0 &&
           event_add(c->read, NULL) == 0;
}

static bool begin_pipeline(struct db_conn *c)
{
    int fd = PQsocket(c->pg);
    if (PQsetnonblocking(c->pg, 1) != 0 || PQenterPipelineMode(c->pg) != 1 ||
        event_assign(c->read, c->db->base, fd, EV_READ | EV_PERSIST, db_conn_on_ready, c) != 0 ||
        event_assign(c->write, c->db->base, fd, EV_WRITE, db_conn_on_ready, c) != 0 ||
        event_add(c->read, NULL) != 0)
        return false;
    db_conn_set_state(c, DB_CONN_PREPARING);
    c->prepared = 0;
    for (unsigned i = 0; !c->db->pooled && i < c->db->statement_count; i++)
        if (PQsendPrepare(c->pg, c->db->statements[i].name, c->db->statements[i].sql, 0, NULL) != 1)
            return false;
    return PQpipelineSync(c->pg) == 1 && db_conn_flush(c);
}

/* The one-shot event of the last step is spent here, so the socket may change under PQconnectPoll. */
static void on_connect(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    struct db_conn *c = ctx;
    bool ok;
    turn_begins(db_now_ns());
    switch (PQconnectPoll(c->pg)) {
    case PGRES_POLLING_OK:
        ok = begin_pipeline(c);
        break;
    case PGRES_POLLING_READING:
        ok = watch(c, true);
        break;
    case PGRES_POLLING_WRITING:
        ok = watch(c, false);
        break;
    default:
        ok = false;
    }
    if (!ok)
        db_conn_lose(c, PQerrorMessage(c->pg));
}

void db_conn_start(struct db_conn *c)
{
    const char *const keys[] = {"dbname", "options", "fallback_application_name", NULL};
    const char *const values[] = {c->db->conninfo, c->db->options, "zonghengd", NULL};
    db_conn_set_state(c, DB_CONN_CONNECTING);
    c->recycle = false;
    db_conn_arm_timer(c, CONNECT_TIMEOUT_MS);
    c->pg = PQconnectStartParams(keys, values, 1);
    if (c->pg == NULL || PQstatus(c->pg) == CONNECTION_BAD) {
        db_conn_lose(c, c->pg != NULL ? PQerrorMessage(c->pg) : "out of memory");
        return;
    }
    PQsetNoticeReceiver(c->pg, db_conn_on_notice, c);
    if (!watch(c, false))
        db_conn_lose(c, "its socket cannot be watched");
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    struct db_conn *c = ctx;
    turn_begins(db_now_ns());
    if (c->state == DB_CONN_CONNECTING || c->state == DB_CONN_PREPARING)
        db_conn_lose(c, "it took too long to connect");
    else if (c->state == DB_CONN_DOWN && db_may_probe(c->db, c))
        db_conn_start(c);
    else if (c->state == DB_CONN_DOWN)
        db_conn_arm_timer(c, PROBE_WAIT_MS);
}

bool db_conn_init(struct db_conn *c, struct db *db, struct err *e)
{
    c->db = db;
    db_fifo_init(&c->sent);
    db_fifo_init(&c->waiting);
    c->timer = event_new(db->base, -1, 0, on_timer, c);
    c->read = event_new(db->base, -1, 0, on_connect, c);
    c->write = event_new(db->base, -1, 0, db_conn_on_ready, c);
    return (c->timer != NULL && c->read != NULL && c->write != NULL) ||
           fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a PostgreSQL connection");
}

void db_conn_release(struct db_conn *c)
{
    if (c->state != DB_CONN_DOWN)
        db_conn_lose(c, "closing");
    if (c->timer != NULL)
        event_free(c->timer);
    if (c->read != NULL)
        event_free(c->read);
    if (c->write != NULL)
        event_free(c->write);
}
