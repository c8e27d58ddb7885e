/* zongheng status: what the daemon says of itself. */
#include "cmd.h"
#include "json.h"
#include "units.h"
#include "zongheng/v1/operations.pb-c.h"

/* Bytes of each loaded profile, of what all share, and of what was made for single questions. */
static void show_memory(struct arena *a, const Zongheng__V1__GetStatusReply *s)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < s->n_profiles; i++)
        sum += s->profiles[i]->bytes;
    printf("memory     hierarchy %s bytes; %zu profiles, %s bytes:\n",
           units_show_number(a, (int64_t)s->hierarchy_bytes), s->n_profiles,
           units_show_number(a, (int64_t)sum));
    for (size_t i = 0; i < s->n_profiles; i++)
        printf("             class %u %-9s %14s\n", s->profiles[i]->vehicle_class, s->profiles[i]->objective,
               units_show_number(a, (int64_t)s->profiles[i]->bytes));
    if (s->metrics != NULL)
        printf("metrics    %u made for questions in %s of %s bytes; %s made, %s found, %s shared, %s "
               "evicted, %s "
               "refused, %s failed\n",
               s->metrics->entries, units_show_number(a, (int64_t)s->metrics->bytes),
               units_show_number(a, (int64_t)s->metrics->bytes_max),
               units_show_number(a, (int64_t)s->metrics->made),
               units_show_number(a, (int64_t)s->metrics->hits),
               units_show_number(a, (int64_t)s->metrics->shared),
               units_show_number(a, (int64_t)s->metrics->evicted),
               units_show_number(a, (int64_t)s->metrics->refused),
               units_show_number(a, (int64_t)s->metrics->failed));
    if (s->workers != NULL)
        printf("workers    %u thread%s, %u jobs running, %u waiting; %u of %u heavy requests in work, %s "
               "refused\n",
               s->workers->threads, s->workers->threads == 1 ? "" : "s", s->workers->running,
               s->workers->waiting, s->workers->open, s->workers->open_max,
               units_show_number(a, (int64_t)s->workers->refused));
}

/* What was not taken on, and why. */
static void show_load(struct arena *a, const Zongheng__V1__Load *l)
{
    printf("load       %u in work, %.1f ms behind; refused %s heavy, %s ordinary, %s vital, %s for "
           "their firm's share; %s past their deadline\n",
           l->inflight, (double)l->delay_us / 1000, units_show_number(a, (int64_t)l->shed_bulk),
           units_show_number(a, (int64_t)l->shed_normal), units_show_number(a, (int64_t)l->shed_vital),
           units_show_number(a, (int64_t)l->shed_share), units_show_number(a, (int64_t)l->expired));
}

static bool run(struct client *c, void *args, struct err *e)
{
    const ProtobufCMessage *reply;
    Zongheng__V1__GetStatusRequest q = ZONGHENG__V1__GET_STATUS_REQUEST__INIT;
    (void)args;
    if (!cmd_ask(c, "zongheng.v1.Operations/GetStatus", &q.base, &zongheng__v1__get_status_reply__descriptor,
                 &reply, e))
        return false;
    if (c->json)
        return json_print_message(reply, stdout, e);
    const Zongheng__V1__GetStatusReply *s = (const Zongheng__V1__GetStatusReply *)reply;
    struct arena *a = &c->arena;
    printf("zonghengd %s at %s, running since %s (+08:00)\n", s->server_version, c->server,
           units_show_time(a, s->started_at));
    printf("network    %s, version %s, tariff %s, timetable %s\n", s->network_name, s->network_version,
           s->tariff_version, s->timetable_version);
    printf("holds      %s nodes, %s arcs, %s terminals, %s services\n", units_show_number(a, s->nodes),
           units_show_number(a, s->arcs), units_show_number(a, s->terminals),
           units_show_number(a, s->services));
    printf("database   %s, schema %u\n",
           s->database_up ? "up" : "not there: bookings are refused, routing goes on", s->schema_version);
    show_memory(a, s);
    if (s->load != NULL)
        show_load(a, s->load);
    printf("served     %s requests (%s refused), %u connections now\n",
           units_show_number(a, (int64_t)s->requests), units_show_number(a, (int64_t)s->refused),
           s->connections);
    printf("%s\n", s->attribution);
    return true;
}

int cmd_status(int argc, char **argv)
{
    static const struct cmd cmd = {
        "zongheng status [options]", "Shows what a running daemon says of itself.", NULL, 0, NULL, run};
    return cmd_main(&cmd, NULL, argc, argv);
}
