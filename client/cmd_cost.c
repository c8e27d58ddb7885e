/* zongheng cost: what one family costs and takes, without its legs. */
#include "json.h"
#include "question.h"
#include "show.h"
#include "units.h"

struct cost_args {
    struct question question;
    bool cheapest;
};

static bool set_cheapest(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)value;
    (void)e;
    ((struct cost_args *)args)->cheapest = true;
    return true;
}

static const struct cmd_option options[] = {
    QUESTION_OPTIONS,
    {"--cheapest", NULL, "the lowest cost rather than the earliest arrival", set_cheapest},
};

static bool check(void *args, struct err *e)
{
    struct cost_args *k = args;
    if (k->question.request.n_families > 1)
        return fail_field(e, ERR_INVALID_ARGUMENT, "--family",
                          "cost takes one --family; route takes several");
    return question_finish(&k->question, e);
}

static void show(struct client *c, const struct cost_args *k, const Zongheng__V1__GetCostReply *r)
{
    struct arena *a = &c->arena;
    const struct question *q = &k->question;
    printf("%s -> %s, %s kg, %s: %s, arriving %s (%s), %s yuan%s, CO2e %s\n", show_place_ref(a, &q->from),
           show_place_ref(a, &q->to), units_show_number(a, q->cargo.mass_kg),
           k->cheapest ? "lowest cost" : "earliest arrival", units_show_distance(a, r->distance_m),
           units_show_time(a, r->arrive_at), units_show_duration(a, r->duration_s),
           units_show_money(a, r->total_fen), r->estimated ? " (estimated)" : "",
           units_show_co2(a, r->co2_wtw_g));
    if (r->n_lines > 0)
        show_lines(a, r->lines, r->n_lines, r->total_fen, true, stdout);
    printf("network %.16s\n", r->network_version);
}

static bool run(struct client *c, void *args, struct err *e)
{
    struct cost_args *k = args;
    struct question *q = &k->question;
    const ProtobufCMessage *reply;
    Zongheng__V1__GetCostRequest r = ZONGHENG__V1__GET_COST_REQUEST__INIT;
    r.origin = &q->from;
    r.destination = &q->to;
    r.cargo = &q->cargo;
    r.ready_at = q->request.ready_at;
    r.family = q->request.n_families == 1 ? q->families[0] : ZONGHENG__V1__FAMILY__FAMILY_UNSPECIFIED;
    r.vehicle = q->request.vehicle;
    r.scenario_id = q->request.scenario_id;
    r.cheapest = k->cheapest;
    if (!cmd_ask(c, "zongheng.v1.Routing/GetCost", &r.base, &zongheng__v1__get_cost_reply__descriptor, &reply,
                 e))
        return false;
    if (c->json)
        return json_print_message(reply, stdout, e);
    show(c, k, (const Zongheng__V1__GetCostReply *)reply);
    return true;
}

int cmd_cost(int argc, char **argv)
{
    static const struct cmd cmd = {"zongheng cost --from PLACE --to PLACE --mass MASS --ready TIME [options]",
                                   "Asks what one family (road unless --family) costs and how long it takes.",
                                   options,
                                   sizeof options / sizeof options[0],
                                   check,
                                   run};
    struct cost_args args = {0};
    question_init(&args.question);
    return cmd_main(&cmd, &args, argc, argv);
}
