#include "loop.h"

#include "agreed.h"

#include "conn.h"
#include "db.h"
#include "dispatch.h"
#include "frames.h"
#include "http.h"
#include "jobs_keep.h"
#include "listener.h"
#include "log.h"
#include "method_stats.h"
#include "revocations.h"
#include "store_replica.h"
#include "wake.h"
#include "watch.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    TICK_MS = 250,
    POLL_NS = 200000,
    IDLE_NS = 5000000
}; /* POLL_NS: looking for events takes less, unless it has to wait */

struct loop {
    struct server *server;
    struct event_base *base;
    struct event *tick, *wake;
    int wake_fd;
    _Atomic bool told_reload, told_drain;
    struct listener *listener, *http_listener; /* http: NULL without the setting */
    struct conn_table *conns, *http_conns;
    struct call_pool *calls;
    struct db *db, *reads; /* reads: the replica's; NULL: none */
    struct replica *replica;
    struct agreed_cache *agreed;
    struct revocations *revocations; /* with a database */
    struct watch_hub *watch;         /* NULL: nobody has watched yet */
    struct pool_port *port;
    struct snapshot *snapshot;
    struct plan_query *query;
    struct loop_stats stats;
    struct method_stats *methods;
    struct admission_state admission;
    /* A turn is what is done between two looks for events: when this one and the last began (0: not yet),
     * when the last ended, and what was to be waited for this one. */
    int64_t turn_ns, last_turn_ns, last_end_ns, waited_ns, looking_ns;
    uint64_t turns;
    int64_t drain_until_ns; /* 0: not draining */
};

int64_t monotonic_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Takes the newest snapshot with scratch for it; on failure the old one serves on. */
static bool adopt_snapshot(struct loop *l, struct err *e)
{
    struct snapshot *s = snapshot_store_get(&l->server->store);
    struct plan_query *q;
    if (!plan_query_new(s->plan, &q, e)) {
        snapshot_release(s);
        return false;
    }
    if (l->query != NULL)
        plan_query_free(l->query);
    if (l->snapshot != NULL)
        snapshot_release(l->snapshot);
    l->snapshot = s;
    l->query = q;
    return true;
}

static void stop_listening(struct loop *l)
{
    if (l->listener != NULL)
        listener_free(l->listener);
    if (l->http_listener != NULL)
        listener_free(l->http_listener);
    l->listener = l->http_listener = NULL;
}

static void begin_drain(struct loop *l)
{
    if (l->drain_until_ns != 0)
        return;
    l->drain_until_ns = monotonic_ns() + l->server->config.drain_ms * 1000000;
    stop_listening(l);
}

static void on_wake(evutil_socket_t fd, short what, void *ctx)
{
    (void)what;
    struct loop *l = ctx;
    uint64_t n;
    struct err e = {0};
    turn_begins(monotonic_ns());
    if (read(fd, &n, sizeof n) != (ssize_t)sizeof n)
        return;
    if (atomic_exchange(&l->told_reload, false) && !adopt_snapshot(l, &e))
        log_event(LOG_ERROR, "reload_failed", "why", e.text, NULL);
    if (atomic_load(&l->told_drain))
        begin_drain(l);
}

static void on_tick(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    struct loop *l = ctx;
    int64_t now = monotonic_ns();
    turn_begins(now);
    if (l->revocations != NULL)
        revocations_tick(l->revocations, now);
    conn_table_tick(l->conns, now);
    jobs_tick(l->server->jobs, l, l->db, now);
    if (l->http_conns != NULL)
        conn_table_tick(l->http_conns, now);
    bool idle = atomic_load(&l->stats.inflight) == 0 && !jobs_unsaved(l->server->jobs, l);
    if (l->drain_until_ns != 0 && (idle || now > l->drain_until_ns))
        event_base_loopexit(l->base, &(struct timeval){.tv_usec = 50000}); /* let what is written leave */
}

static bool open_replica(struct loop *l, struct err *e)
{
    const struct config *c = &l->server->config;
    struct db_target target = {.setting = "database_replica",
                               .conninfo = c->database_replica,
                               .connections = (unsigned)c->db_connections,
                               .pooled = c->database_pooled,
                               .fallback = l->db};
    if (c->database_replica[0] == '\0')
        return true;
    if (!db_new(l->base, &target, &l->reads, e))
        return false;
    l->replica = replica_new(l->base, l->db, l->reads, (uint32_t)c->replica_wait_ms);
    return l->replica != NULL || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the replica");
}

static bool open_database(struct loop *l, struct err *e)
{
    const struct config *c = &l->server->config;
    struct db_target target = {.setting = "database",
                               .conninfo = c->database,
                               .connections = (unsigned)c->db_connections,
                               .pooled = c->database_pooled};
    bool wanted = c->database[0] != '\0';
    if (wanted && (!db_new(l->base, &target, &l->db, e) || !open_replica(l, e)))
        return false;
    l->agreed = agreed_new(l->db, (uint32_t)c->agreed_max);
    if (l->agreed == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for agreed tariffs");
    if (l->db == NULL)
        return true;
    l->revocations = revocations_new(l->db, l->conns, l->http_conns);
    return l->revocations != NULL || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for revocations");
}

static bool open_events(struct loop *l, struct err *e)
{
    struct timeval tv = {.tv_usec = TICK_MS * 1000};
    l->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    l->tick = event_new(l->base, -1, EV_PERSIST, on_tick, l);
    l->wake = event_new(l->base, l->wake_fd, EV_READ | EV_PERSIST, on_wake, l);
    if (l->wake_fd < 0 || l->tick == NULL || l->wake == NULL || event_add(l->tick, &tv) != 0 ||
        event_add(l->wake, NULL) != 0)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "cannot make the events of a loop");
    return true;
}

static bool open_tables(struct loop *l, struct err *e)
{
    const struct config *c = &l->server->config;
    struct conn_limits lim = {.frame_max = (size_t)c->frame_max,
                              .output_max = (size_t)c->output_max,
                              .connections_max = (uint32_t)c->connections_max,
                              .inflight_max = (uint32_t)c->inflight_conn_max,
                              .heavy_max = (uint32_t)c->heavy_conn_max,
                              .waiting_max = (uint32_t)c->heavy_conn_waiting,
                              .buffers_max = (size_t)c->buffers_max,
                              .keepalive_s = (int)c->keepalive_s,
                              .unacked_ms = (int)c->unacked_ms,
                              .hello_ns = c->hello_ms * 1000000,
                              .frame_ns = c->frame_ms * 1000000,
                              .idle_ns = c->idle_ms * 1000000,
                              .stall_ns = c->stall_ms * 1000000,
                              .open = &l->stats.connections};
    struct conn_limits http = lim;
    http.connections_max = (uint32_t)c->http_connections_max;
    http.inflight_max = 1; /* answers come in the order of the requests */
    http.frame_max += (size_t)c->http_head_max;
    http.open = &l->stats.http_connections;
    l->conns = conn_table_new(l, l->base, &lim, &frames_protocol);
    if (c->http[0] != '\0')
        l->http_conns = conn_table_new(l, l->base, &http, &http_protocol);
    l->calls = call_pool_new(l, (size_t)c->arena_max);
    l->methods = calloc(methods_count(), sizeof *l->methods);
    return (l->methods != NULL && l->conns != NULL && l->calls != NULL &&
            (l->http_conns != NULL || c->http[0] == '\0')) ||
           fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for connections");
}

static bool open_listeners(struct loop *l, struct loop_ports *ports, struct err *e)
{
    const struct config *c = &l->server->config;
    return listener_new(l->base, l->conns, "listen", c->listen, ports->tcp, &ports->tcp, &l->listener, e) &&
           (l->http_conns == NULL || listener_new(l->base, l->http_conns, "http", c->http, ports->http,
                                                  &ports->http, &l->http_listener, e));
}

static bool open_all(struct loop *l, struct loop_ports *ports, struct err *e)
{
    l->base = event_base_new();
    if (l->base == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "cannot make an event base");
    return open_tables(l, e) && open_events(l, e) && pool_port_new(l->base, &l->port, e) &&
           adopt_snapshot(l, e) && open_database(l, e) && open_listeners(l, ports, e);
}

bool loop_new(struct server *server, struct loop_ports *ports, struct loop **out, struct err *e)
{
    struct loop *l = calloc(1, sizeof *l);
    if (l == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a loop");
    l->server = server;
    l->wake_fd = -1;
    admission_init(&l->admission, server->config.queue_ms * 1000000);
    l->turn_ns = l->last_turn_ns = l->last_end_ns = monotonic_ns();
    if (!open_all(l, ports, e)) {
        loop_free(l);
        return false;
    }
    *out = l;
    return true;
}

bool loop_step(struct loop *l, bool waits)
{
    bool more = event_base_loop(l->base, EVLOOP_ONCE | (waits ? 0 : EVLOOP_NONBLOCK)) == 0 &&
                !event_base_got_exit(l->base) && !event_base_got_break(l->base);
    conn_table_flush(l->conns);
    if (l->http_conns != NULL)
        conn_table_flush(l->http_conns);
    l->turns++;
    l->last_end_ns = monotonic_ns();
    turn_ends(&l->stats.turns, l->last_end_ns);
    l->last_turn_ns = l->turn_ns != 0 ? l->turn_ns : l->last_end_ns;
    l->turn_ns = 0;
    return more;
}

void loop_run(struct loop *l)
{
    while (loop_step(l, true))
        ;
}

/* When the look for events had to wait, nothing had come before; otherwise it may have come when the last
 * turn had just begun. */
int64_t loop_delay_ns(struct loop *l, int64_t now_ns)
{
    turn_begins(now_ns);
    if (l->turn_ns == 0) {
        l->turn_ns = now_ns;
        l->looking_ns = now_ns - l->last_end_ns;
        l->waited_ns = l->looking_ns < POLL_NS ? now_ns - l->last_turn_ns : 0;
    }
    return l->waited_ns + now_ns - l->turn_ns;
}

uint64_t loop_turn(const struct loop *l)
{
    return l->turns;
}

bool loop_found_nothing(const struct loop *l, uint64_t turn)
{
    return l->turns > turn + 1 || (l->turns > turn && l->looking_ns > IDLE_NS);
}

struct admission_state *loop_admission(struct loop *l)
{
    return &l->admission;
}

/* Ends the calls that wait for them; whoever asks from then on is told that they are away. */
static void close_databases(struct loop *l)
{
    if (l->replica != NULL)
        replica_stop(l->replica);
    if (l->reads != NULL)
        db_close(l->reads);
    if (l->server->jobs != NULL)
        jobs_untick(l->server->jobs, l);
    if (l->db != NULL)
        db_close(l->db);
}

static void free_databases(struct loop *l)
{
    agreed_free(l->agreed);
    free(l->revocations);
    if (l->replica != NULL)
        replica_free(l->replica);
    if (l->reads != NULL)
        db_free(l->reads);
    if (l->db != NULL)
        db_free(l->db);
}

void loop_close(struct loop *l)
{
    stop_listening(l);
    close_databases(l);
    if (l->conns != NULL)
        conn_table_close(l->conns);
    if (l->http_conns != NULL)
        conn_table_close(l->http_conns);
    /* Ends the calls that the pool held: their connections are gone, not their table; PostgreSQL is closed,
     * not freed, for a call may go on to it. What the databases told may have gone to the pool. */
    if (l->port != NULL)
        pool_port_empty(l->port);
}

void loop_free(struct loop *l)
{
    loop_close(l);
    pool_port_free(l->port);
    free_databases(l);
    if (l->conns != NULL)
        conn_table_free(l->conns);
    if (l->http_conns != NULL)
        conn_table_free(l->http_conns);
    if (l->calls != NULL)
        call_pool_free(l->calls);
    watch_hub_free(l->watch);
    if (l->query != NULL)
        plan_query_free(l->query);
    if (l->snapshot != NULL)
        snapshot_release(l->snapshot);
    if (l->tick != NULL)
        event_free(l->tick);
    if (l->wake != NULL)
        event_free(l->wake);
    if (l->wake_fd >= 0)
        close(l->wake_fd);
    if (l->base != NULL)
        event_base_free(l->base);
    free(l->methods);
    free(l);
}

static void tell(struct loop *l, _Atomic bool *what)
{
    atomic_store(what, true);
    wake(l->wake_fd);
}

void loop_tell_reload(struct loop *l)
{
    tell(l, &l->told_reload);
}

void loop_tell_drain(struct loop *l)
{
    tell(l, &l->told_drain);
}

struct event_base *loop_base(struct loop *l)
{
    return l->base;
}

struct agreed_cache *loop_agreed(struct loop *l)
{
    return l->agreed;
}

struct db *loop_db(struct loop *l)
{
    return l->db;
}

struct db *loop_reads(struct loop *l)
{
    return l->reads;
}

struct replica *loop_replica(struct loop *l)
{
    return l->replica;
}

struct server *loop_server(struct loop *l)
{
    return l->server;
}

struct snapshot *loop_snapshot(struct loop *l)
{
    return l->snapshot;
}

struct plan_query *loop_query(struct loop *l)
{
    return l->query;
}

struct loop_stats *loop_stats(struct loop *l)
{
    return &l->stats;
}

struct method_stats *loop_methods(struct loop *l)
{
    return l->methods;
}

struct pool_port *loop_port(struct loop *l)
{
    return l->port;
}

struct call_pool *loop_calls(struct loop *l)
{
    return l->calls;
}

struct watch_hub **loop_watch_hub(struct loop *l)
{
    return &l->watch;
}

bool loop_draining(const struct loop *l)
{
    return l->drain_until_ns != 0;
}
