/* zongheng list: a firm's shipments. */
#include "cmd.h"
#include "json.h"
#include "table.h"
#include "units.h"

#include "zongheng/v1/shipments.pb-c.h"

struct list_args {
    char *state, *page_token;
    int64_t page_size;
};

static bool set_state(void *args, const char *name, char *value, struct err *e)
{
    return cmd_set_first_text(&((struct list_args *)args)->state, name, value, e);
}

static bool set_page(void *args, const char *name, char *value, struct err *e)
{
    return cmd_set_first_text(&((struct list_args *)args)->page_token, name, value, e);
}

static bool set_page_size(void *args, const char *name, char *value, struct err *e)
{
    return units_integer(name, value, 1, 200, &((struct list_args *)args)->page_size, e);
}

static const struct cmd_option list_options[] = {
    {"--state", "STATE", "booked, in_transit, delivered, closed, cancelled, exception, ...", set_state},
    {"--page-size", "N", "1 to 200 (50)", set_page_size},
    {"--page", "TOKEN", "the next page's token, from the page before", set_page},
};

static void show_list(struct client *c, const Zongheng__V1__ListShipmentsReply *r)
{
    static const struct table_column columns[] = {{"bill", false},  {"state", false}, {"from", false},
                                                  {"to", false},    {"kg", true},     {"yuan", true},
                                                  {"booked", false}};
    struct table t;
    table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < r->n_shipments; i++) {
        const Zongheng__V1__Shipment *s = r->shipments[i];
        const char *cells[] = {s->bill_no,
                               s->state,
                               s->origin,
                               s->destination,
                               units_show_number(&c->arena, s->mass_kg),
                               units_show_money(&c->arena, s->total_fen),
                               units_show_time(&c->arena, s->booked_at)};
        table_add(&t, cells);
    }
    table_print(&t, 0, stdout);
    if (r->next_page_token[0] != '\0')
        printf("more: --page %s\n", r->next_page_token);
}

static bool list_run(struct client *c, void *args, struct err *e)
{
    struct list_args *l = args;
    const ProtobufCMessage *reply;
    Zongheng__V1__ListShipmentsRequest q = ZONGHENG__V1__LIST_SHIPMENTS_REQUEST__INIT;
    q.state = l->state != NULL ? l->state : q.state;
    q.page_token = l->page_token != NULL ? l->page_token : q.page_token;
    q.page_size = (uint32_t)l->page_size;
    if (!cmd_ask(c, "zongheng.v1.Shipments/List", &q.base, &zongheng__v1__list_shipments_reply__descriptor,
                 &reply, e))
        return false;
    if (c->json)
        return json_print_message(reply, stdout, e);
    show_list(c, (const Zongheng__V1__ListShipmentsReply *)reply);
    return true;
}

int cmd_list(int argc, char **argv)
{
    static const struct cmd cmd = {"zongheng list [options]",
                                   "Lists the firm's shipments, the newest first.",
                                   list_options,
                                   sizeof list_options / sizeof list_options[0],
                                   NULL,
                                   list_run};
    struct list_args args = {0};
    return cmd_main(&cmd, &args, argc, argv);
}
