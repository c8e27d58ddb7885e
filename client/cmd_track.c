/* zongheng track: a shipment, its legs as planned, estimated and done, and its events. */
#include "cmd.h"
#include "json.h"
#include "key.h"
#include "show.h"
#include "table.h"
#include "units.h"

#include <string.h>

static const struct cmd_option track_options[] = {{NULL, NULL, NULL, cmd_set_first_text}};

static bool track_check(void *args, struct err *e)
{
    return *(char **)args != NULL ||
           fail(e, ERR_INVALID_ARGUMENT, "which shipment? Give its bill number or id");
}

static const char *when(struct arena *a, int64_t actual, int64_t estimated)
{
    const char *t = units_show_time(a, actual != 0 ? actual : estimated);
    return actual == 0 || t == NULL ? t : arena_printf(a, "%s done", t);
}

static void show_legs(struct client *c, const Zongheng__V1__GetShipmentReply *r)
{
    static const struct table_column columns[] = {{"leg", true},      {"from", false},    {"to", false},
                                                  {"leaves", false},  {"arrives", false}, {"planned", false},
                                                  {"cut-off", false}, {"", false}};
    struct table t;
    table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < r->n_legs; i++) {
        const Zongheng__V1__ShipmentLeg *l = r->legs[i];
        const char *cells[] = {units_show_number(&c->arena, l->seq),
                               l->from,
                               l->to,
                               when(&c->arena, l->actual_depart_at, l->estimated_depart_at),
                               when(&c->arena, l->actual_arrive_at, l->estimated_arrive_at),
                               units_show_time(&c->arena, l->planned_arrive_at),
                               l->cutoff_at != 0 ? units_show_time(&c->arena, l->cutoff_at) : "",
                               l->released        ? "given back"
                               : l->missed_cutoff ? "cut-off missed"
                               : l->overdue       ? "no news"
                                                  : ""};
        table_add(&t, cells);
    }
    table_print(&t, 2, stdout);
}

static void show_shipment(struct client *c, const Zongheng__V1__GetShipmentReply *r)
{
    const Zongheng__V1__Shipment *s = r->shipment;
    if (s == NULL)
        return;
    printf("Bill %s: %s\n  shipment %s, booked at %s; times are China Standard Time (+08:00)\n", s->bill_no,
           s->state, s->id, units_show_time(&c->arena, s->booked_at));
    printf("  from %s to %s, %s kg, %s yuan\n", s->origin, s->destination,
           units_show_number(&c->arena, s->mass_kg), units_show_money(&c->arena, s->total_fen));
    for (size_t i = 0; i < s->n_container_numbers; i++)
        printf("  container %s\n", s->container_numbers[i]);
    if (s->option != NULL)
        show_option(&c->arena, s->option, 0, s->mass_kg, stdout);
    if (s->exception[0] != '\0') {
        fputs("  exception: ", stdout);
        table_put_clean(s->exception, false, stdout);
        putchar('\n');
    }
    if (s->replaces[0] != '\0')
        printf("  takes over bill %s\n", s->replaces);
    if (s->replaced_by[0] != '\0')
        printf("  replaced by bill %s\n", s->replaced_by);
    if (s->estimated_arrive_at != 0)
        printf("  arrives, as estimated now, %s\n", units_show_time(&c->arena, s->estimated_arrive_at));
    puts("Legs");
    show_legs(c, r);
    puts("Events");
    show_events(&c->arena, r->events, r->n_events, stdout);
}

static bool track_run(struct client *c, void *args, struct err *e)
{
    char *id = *(char **)args;
    uint8_t uuid[KEY_BYTES];
    const ProtobufCMessage *reply;
    Zongheng__V1__GetShipmentRequest q = ZONGHENG__V1__GET_SHIPMENT_REQUEST__INIT;
    if (key_of_text(id, uuid))
        q.shipment_id = id;
    else
        q.bill_no = id;
    if (!cmd_ask(c, "zongheng.v1.Shipments/Get", &q.base, &zongheng__v1__get_shipment_reply__descriptor,
                 &reply, e))
        return false;
    if (c->json)
        return json_print_message(reply, stdout, e);
    show_shipment(c, (const Zongheng__V1__GetShipmentReply *)reply);
    return true;
}

int cmd_track(int argc, char **argv)
{
    static const struct cmd cmd = {"zongheng track BILL [options]",
                                   "Shows a shipment, its plan and what has happened to it.",
                                   track_options,
                                   1,
                                   track_check,
                                   track_run};
    char *id = NULL;
    return cmd_main(&cmd, &id, argc, argv);
}
