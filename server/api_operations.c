#include "api_operations.h"

#include "db.h"
#include "loop.h"
#include "store_replica.h"
#include "store_watch.h"
#include "version.h"

#include "zongheng/v1/operations.pb-c.h"

static char *text(const char *s)
{
    return (char *)(uintptr_t)s; /* protobuf-c's messages are not const; packing only reads */
}

static void sum_stats(const struct server *s, Zongheng__V1__GetStatusReply *r)
{
    for (unsigned i = 0; i < s->loop_count; i++) {
        struct loop_stats *l = loop_stats(s->loops[i]);
        uint32_t http = atomic_load(&l->http_connections);
        r->http_connections += http;
        r->connections += atomic_load(&l->connections) + http;
        r->requests += atomic_load(&l->requests);
        r->refused += atomic_load(&l->refused);
    }
}

static Zongheng__V1__Load load_stats(const struct server *s)
{
    Zongheng__V1__Load m = ZONGHENG__V1__LOAD__INIT;
    m.buffers_max = (uint64_t)s->config.buffers_max;
    m.queue_ms = (uint64_t)s->config.queue_ms;
    for (unsigned i = 0; i < s->loop_count; i++) {
        struct loop_stats *l = loop_stats(s->loops[i]);
        uint64_t delay_us = (uint64_t)atomic_load(&l->delay_ns) / 1000;
        m.accepted += atomic_load(&l->accepted);
        m.failed += atomic_load(&l->failed);
        m.closed_bad += atomic_load(&l->closed_bad);
        m.shed_bulk += atomic_load(&l->shed[CRITICALITY_BULK]);
        m.shed_normal += atomic_load(&l->shed[CRITICALITY_NORMAL]);
        m.shed_vital += atomic_load(&l->shed[CRITICALITY_VITAL]);
        m.shed_share += atomic_load(&l->shed_share);
        m.expired += atomic_load(&l->expired);
        m.answered_late += atomic_load(&l->answered_late);
        m.accept_pauses += atomic_load(&l->accept_pauses);
        m.heavy_waits += atomic_load(&l->heavy_waits);
        m.buffered += atomic_load(&l->buffered);
        m.inflight += atomic_load(&l->inflight);
        m.delay_us = delay_us > m.delay_us ? delay_us : m.delay_us;
    }
    return m;
}

static Zongheng__V1__MetricCache metric_stats(const struct server *s)
{
    Zongheng__V1__MetricCache m = ZONGHENG__V1__METRIC_CACHE__INIT;
    struct metric_cache_stats k = metric_cache_stats(s->metrics);
    m.entries = k.entries;
    m.bytes = k.bytes;
    m.bytes_max = k.bytes_max;
    m.hits = k.hits;
    m.made = k.made;
    m.shared = k.shared;
    m.evicted = k.evicted;
    m.refused = k.refused;
    m.failed = k.failed;
    return m;
}

static Zongheng__V1__Workers worker_stats(const struct server *s)
{
    Zongheng__V1__Workers m = ZONGHENG__V1__WORKERS__INIT;
    struct pool_stats k = pool_stats(s->pool);
    m.threads = k.threads;
    m.running = k.running;
    m.waiting = k.waiting;
    m.open = k.tickets;
    m.open_max = k.tickets_max;
    m.jobs = k.jobs;
    m.refused = k.refused;
    m.held = k.held;
    m.held_max = k.held_max;
    return m;
}

static void add_db(Zongheng__V1__Store *m, uint64_t took[DB_TOOK_BUCKETS], const struct db *db)
{
    const struct db_stats *k = db_stats(db);
    uint32_t most = atomic_load(&k->waiting_max);
    m->connections += db_connections(db);
    m->up += atomic_load(&k->up);
    m->inflight += atomic_load(&k->inflight);
    m->waiting += atomic_load(&k->waiting);
    m->waiting_max = most > m->waiting_max ? most : m->waiting_max;
    m->submitted += atomic_load(&k->submitted);
    m->ok += atomic_load(&k->ok);
    m->refused += atomic_load(&k->refused);
    m->retry += atomic_load(&k->retry);
    m->away += atomic_load(&k->away);
    m->full += atomic_load(&k->full);
    m->slow += atomic_load(&k->slow);
    m->late += atomic_load(&k->late);
    m->unknown += atomic_load(&k->unknown);
    m->connects += atomic_load(&k->connects);
    m->losses += atomic_load(&k->losses);
    m->took_us += atomic_load(&k->took_us);
    m->queued_us += atomic_load(&k->queued_us);
    m->fallbacks += atomic_load(&k->fallbacks);
    for (int i = 0; i < DB_TOOK_BUCKETS; i++)
        took[i] += atomic_load(&k->took[i]);
}

/* The counters of all loops; false without a database, or without a replica. */
static bool put_store(const struct server *s, bool replica, Zongheng__V1__Store *m,
                      uint64_t took[DB_TOOK_BUCKETS])
{
    zongheng__v1__store__init(m);
    m->took = took;
    m->n_took = DB_TOOK_BUCKETS;
    for (unsigned i = 0; i < s->loop_count; i++) {
        struct loop *l = s->loops[i];
        const struct db *db = replica ? loop_reads(l) : loop_db(l);
        if (db == NULL)
            return false;
        add_db(m, took, db);
        if (replica) {
            m->served += atomic_load(&replica_stats(loop_replica(l))->served);
            m->behind += atomic_load(&replica_stats(loop_replica(l))->behind);
        }
    }
    return true;
}

/* The metrics made at load, with their bytes. */
static bool put_profiles(struct call *c, Zongheng__V1__GetStatusReply *r)
{
    static const struct {
        uint8_t objective;
        const char *name;
    } forms[PLAN_FORMS] = {{ROAD_FASTEST, "FASTEST"}, {ROAD_CHEAPEST, "CHEAPEST"}};
    enum { CLASSES = 6 };
    const struct plan_network *p = c->snapshot->plan;
    Zongheng__V1__ProfileMemory *list = arena_calloc(&c->arena, CLASSES * PLAN_FORMS, sizeof *list);
    r->profiles = arena_calloc(&c->arena, CLASSES * PLAN_FORMS, sizeof *r->profiles);
    if (list == NULL || r->profiles == NULL)
        return false;
    for (uint8_t k = 1; k <= CLASSES; k++)
        for (int f = 0; f < PLAN_FORMS; f++) {
            size_t bytes = plan_network_class_bytes(p, k, forms[f].objective);
            if (bytes == 0)
                continue;
            Zongheng__V1__ProfileMemory *out = &list[r->n_profiles];
            zongheng__v1__profile_memory__init(out);
            out->vehicle_class = k;
            out->objective = text(forms[f].name);
            out->bytes = bytes;
            r->profiles[r->n_profiles++] = out;
        }
    r->hierarchy_bytes = plan_network_index(p) != NULL ? road_index_bytes(plan_network_index(p)) : 0;
    return true;
}

static void reply_status(struct call *c)
{
    const struct network *n = c->snapshot->net;
    const struct server *s = loop_server(c->loop);
    Zongheng__V1__GetStatusReply r = ZONGHENG__V1__GET_STATUS_REPLY__INIT;
    r.server_version = text(ZONGHENG_VERSION);
    r.network_name = text(net_string(n, n->name));
    r.network_version = text(n->version);
    r.tariff_version = text(n->tariff_version);
    r.timetable_version = text(n->timetable_version);
    r.attribution = text(net_string(n, n->attribution));
    r.started_at = s->started_at;
    r.schema_version = (uint32_t)atomic_load(&s->schema_version);
    r.database_up = loop_db(c->loop) != NULL && db_up(loop_db(c->loop));
    r.nodes = net_node_count(n);
    r.arcs = net_arc_count(n);
    r.terminals = n->terminal_count;
    r.services = n->service_count;
    sum_stats(s, &r);
    if (!put_profiles(c, &r)) {
        struct err e = {0};
        fail(&e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
        call_fail(c, &e, 0);
        return;
    }
    Zongheng__V1__MetricCache metrics = metric_stats(s);
    Zongheng__V1__Workers workers = worker_stats(s);
    r.metrics = &metrics;
    Zongheng__V1__Load load = load_stats(s);
    r.workers = &workers;
    r.load = &load;
    Zongheng__V1__Store store[2];
    uint64_t took[2][DB_TOOK_BUCKETS] = {{0}};
    r.store = put_store(s, false, &store[0], took[0]) ? &store[0] : NULL;
    r.replica = put_store(s, true, &store[1], took[1]) ? &store[1] : NULL;
    call_reply(c, &r.base);
}

static void on_version(void *ctx, const struct db_result *r)
{
    struct call *c = ctx;
    bool ok = true;
    int64_t version = r->outcome == DB_OK ? db_col_i64(r, 0, "version", &ok) : 0;
    if (r->outcome == DB_OK && ok)
        atomic_store(&loop_server(c->loop)->schema_version, (int)version);
    reply_status(c); /* else with what was known before */
}

void api_operations_get_status(struct call *c, const ProtobufCMessage *request)
{
    (void)request;
    struct db *db = loop_db(c->loop);
    if (db != NULL && db_up(db))
        store_schema_version(db, c->deadline_ns, on_version, c);
    else
        reply_status(c);
}
