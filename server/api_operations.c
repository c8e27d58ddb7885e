#include "api_operations.h"

#include "db.h"
#include "loop.h"
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
        r->connections += atomic_load(&l->connections);
        r->requests += atomic_load(&l->requests);
        r->refused += atomic_load(&l->refused);
    }
}

void api_operations_get_status(struct call *c, const ProtobufCMessage *request)
{
    (void)request;
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
    r.database_up = loop_db(c->loop) != NULL && db_up(loop_db(c->loop));
    r.nodes = net_node_count(n);
    r.arcs = net_arc_count(n);
    r.terminals = n->terminal_count;
    r.services = n->service_count;
    sum_stats(s, &r);
    call_reply(c, &r.base);
}
