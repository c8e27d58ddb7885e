/* zongheng affected: which live shipments closed roads and cancelled departures hit, and what else can be
 * done. */
#include "cmd.h"
#include "json.h"
#include "show.h"
#include "table.h"
#include "units.h"

#include "zongheng/v1/shipments.pb-c.h"

#include <string.h>

enum { LISTED_MAX = 100 };

struct affected_args {
    int64_t links[LISTED_MAX];
    Zongheng__V1__Departure departures[LISTED_MAX], *list[LISTED_MAX];
    size_t link_count, departure_count;
    int64_t max;
    char *page, *scenario;
};

static bool set_close(void *args, const char *name, char *value, struct err *e)
{
    struct affected_args *a = args;
    if (a->link_count == LISTED_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "at most %d roads", LISTED_MAX);
    return units_integer(name, value, INT64_MIN, INT64_MAX, &a->links[a->link_count++], e);
}

/* SERVICE or SERVICE:DAY */
static bool set_cancel(void *args, const char *name, char *value, struct err *e)
{
    struct affected_args *a = args;
    char *colon = strchr(value, ':');
    if (a->departure_count == LISTED_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "at most %d departures", LISTED_MAX);
    Zongheng__V1__Departure *d = &a->departures[a->departure_count];
    zongheng__v1__departure__init(d);
    if (colon != NULL) {
        *colon = '\0';
        d->day = colon + 1;
    }
    a->list[a->departure_count++] = d;
    return units_integer(name, value, INT64_MIN, INT64_MAX, &d->service_id, e);
}

static bool set_max(void *args, const char *name, char *value, struct err *e)
{
    return units_integer(name, value, 1, 50, &((struct affected_args *)args)->max, e);
}

static bool set_page(void *args, const char *name, char *value, struct err *e)
{
    return cmd_set_first_text(&((struct affected_args *)args)->page, name, value, e);
}

static bool set_scenario(void *args, const char *name, char *value, struct err *e)
{
    return cmd_set_first_text(&((struct affected_args *)args)->scenario, name, value, e);
}

static const struct cmd_option options[] = {
    {"--close", "LINK", "a closed road, by the source's id; may repeat", set_close},
    {"--cancel", "SERVICE[:DAY]", "a cancelled departure, or all of a service; may repeat", set_cancel},
    {"--scenario", "ID", "what this scenario closes and withdraws", set_scenario},
    {"--max", "N", "shipments at once, 1 to 50 (10)", set_max},
    {"--page", "TOKEN", "the next page", set_page},
};

static bool check(void *args, struct err *e)
{
    const struct affected_args *a = args;
    return a->link_count + a->departure_count > 0 || a->scenario != NULL ||
           fail(e, ERR_INVALID_ARGUMENT,
                "name a closed road (--close), a cancelled departure (--cancel) or a scenario (--scenario)");
}

static void show(struct client *c, const Zongheng__V1__AffectedReply *r)
{
    for (size_t i = 0; i < r->n_shipments; i++) {
        const Zongheng__V1__AffectedShipment *s = r->shipments[i];
        printf("Bill %s (%s): leg %u is hit by a %s; what is left costs %s yuan\n", s->bill_no, s->state,
               s->hit_leg, s->road ? "closed road" : "cancelled departure",
               units_show_money(&c->arena, s->remaining_fen));
        for (size_t k = 0; k < s->n_options && k < s->n_extra_fen; k++) {
            const Zongheng__V1__Option *o = s->options[k];
            printf("  %s, arrives %s, %s yuan, %s more; plan %s\n", o->family_zh,
                   units_show_time(&c->arena, o->arrive_at), units_show_money(&c->arena, o->total_fen),
                   units_show_money(&c->arena, s->extra_fen[k]), o->plan_ref);
        }
        if (s->n_options == 0 && s->text[0] != '\0') {
            fputs("  ", stdout);
            table_put_clean(s->text, false, stdout);
            putchar('\n');
        }
    }
    if (r->n_shipments == 0)
        puts("No live shipment of the firm is hit.");
    if (r->next_page_token[0] != '\0')
        printf("more: --page %s\n", r->next_page_token);
}

static bool run(struct client *c, void *args, struct err *e)
{
    struct affected_args *a = args;
    const ProtobufCMessage *reply;
    Zongheng__V1__AffectedRequest q = ZONGHENG__V1__AFFECTED_REQUEST__INIT;
    Zongheng__V1__Avoid avoid = ZONGHENG__V1__AVOID__INIT;
    avoid.n_link_ids = a->link_count;
    avoid.link_ids = a->links;
    q.closed = a->link_count > 0 ? &avoid : NULL;
    q.n_cancelled = a->departure_count;
    q.cancelled = a->list;
    q.scenario_id = a->scenario != NULL ? a->scenario : q.scenario_id;
    q.max_shipments = (uint32_t)a->max;
    q.page_token = a->page != NULL ? a->page : q.page_token;
    if (!cmd_ask(c, "zongheng.v1.Shipments/Affected", &q.base, &zongheng__v1__affected_reply__descriptor,
                 &reply, e))
        return false;
    if (c->json)
        return json_print_message(reply, stdout, e);
    show(c, (const Zongheng__V1__AffectedReply *)reply);
    return true;
}

int cmd_affected(int argc, char **argv)
{
    static const struct cmd cmd = {"zongheng affected --close LINK | --cancel SERVICE[:DAY] [options]",
                                   "Which live shipments a disruption hits, and what else can be done.",
                                   options,
                                   sizeof options / sizeof options[0],
                                   check,
                                   run};
    struct affected_args args = {0};
    return cmd_main(&cmd, &args, argc, argv);
}
