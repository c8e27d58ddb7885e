/* zongheng route: the ways to ship something, each with its legs, its whole bill and its CO2e. */
#include "json.h"
#include "question.h"
#include "show.h"
#include "table.h"
#include "units.h"

#include <string.h>

struct route_args {
    struct question question;
    bool geometry;
};

static bool set_geometry(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)value;
    (void)e;
    ((struct route_args *)args)->geometry = true;
    return true;
}

static bool set_plan_ref(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)e;
    ((struct route_args *)args)->question.request.plan_ref = value;
    return true;
}

static bool set_explain(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)value;
    (void)e;
    ((struct route_args *)args)->question.request.explain = true;
    return true;
}

static const struct cmd_option options[] = {
    QUESTION_OPTIONS,
    {"--best", "WHAT", "only the best option in this, without reasons, quickly: cost, arrival or emissions",
     question_set_best},
    {"--deliver-by", "TIME", "latest arrival", question_set_deliver_by},
    {"--max-options", "N", "1 to 32 (8)", question_set_max_options},
    {"--value-of-time", "FEN", "per tonne and hour, 1/100 yuan", question_set_time_value},
    {"--co2-price", "FEN", "per tonne of CO2e, 1/100 yuan", question_set_co2_price},
    {"--latest-pickup", NULL, "backward: the latest pickups for --deliver-by; --ready is not needed",
     question_set_latest_pickup},
    {"--alternatives", "N", "0 to 8 other ways of the direct truck", question_set_alternatives},
    {"--drayage", "SHARE",
     "trucks to and from trains, vessels and flights drive at most this share of the direct road (50%)",
     question_set_drayage},
    {"--tolerance", "AMOUNT",
     "leave out options that are better by no more: 30m, 5%, 50yuan, 20kg; may repeat",
     question_set_tolerance},
    {"--plan-ref", "REF", "an option of an earlier answer: the same again, or what has changed",
     set_plan_ref},
    {"--explain", NULL,
     "how sure connections are, what a missed one costs, what families not offered would be", set_explain},
    {"--geometry", NULL, "with the line on the map (seen with --json)", set_geometry},
};

static bool check(void *args, struct err *e)
{
    struct route_args *r = args;
    if (!question_finish(&r->question, e))
        return false;
    r->question.request.without_geometry = !r->geometry;
    return true;
}

static void show(struct client *c, const struct question *q, const Zongheng__V1__FindRoutesReply *r)
{
    struct arena *a = &c->arena;
    const char *from = show_place_ref(a, &q->from), *to = show_place_ref(a, &q->to);
    printf("%s -> %s, %s kg%s%s, ready %s; times are China Standard Time (+08:00)\n\n", from, to,
           units_show_number(a, q->cargo.mass_kg), q->cargo.commodity[0] != '\0' ? " of " : "",
           q->cargo.commodity,
           q->request.ready_at != 0 ? units_show_time(a, q->request.ready_at) : "as late as can be");
    if (r->plan_ref != NULL) {
        printf("%s", r->plan_ref->text);
        if (r->plan_ref->total_fen_now != 0 && r->plan_ref->total_fen_now != r->plan_ref->total_fen_before)
            printf("; from %s to %s yuan", units_show_money(a, r->plan_ref->total_fen_before),
                   units_show_money(a, r->plan_ref->total_fen_now));
        puts("\n");
    }
    for (size_t i = 0; i < r->n_options; i++) {
        show_option(a, r->options[i], (unsigned)i + 1, q->cargo.mass_kg, stdout);
        putchar('\n');
    }
    if (r->n_options == 0)
        puts("No option.");
    show_not_offered(a, r->families_not_offered, r->n_families_not_offered, stdout);
    for (size_t i = 0; i < r->n_warnings; i++) {
        fputs("warning: ", stdout);
        table_put_clean(r->warnings[i], false, stdout);
        putchar('\n');
    }
    printf("network %.16s, tariff %.16s, timetable %.16s\n%s\n", r->network_version, r->tariff_version,
           r->timetable_version, r->attribution);
}

static bool run(struct client *c, void *args, struct err *e)
{
    struct route_args *r = args;
    const ProtobufCMessage *reply;
    if (!cmd_ask(c, "zongheng.v1.Routing/FindRoutes", &r->question.request.base,
                 &zongheng__v1__find_routes_reply__descriptor, &reply, e))
        return false;
    if (c->json)
        return json_print_message(reply, stdout, e);
    show(c, &r->question, (const Zongheng__V1__FindRoutesReply *)reply);
    return true;
}

int cmd_route(int argc, char **argv)
{
    static const struct cmd cmd = {
        "zongheng route --from PLACE --to PLACE --mass MASS --ready TIME [options]",
        "Asks for the ways to ship a cargo, with legs, times, every cost and CO2e.",
        options,
        sizeof options / sizeof options[0],
        check,
        run};
    struct route_args args = {0};
    question_init(&args.question);
    return cmd_main(&cmd, &args, argc, argv);
}
