/* zongheng departures: all useful departures of the coming days. */
#include "json.h"
#include "question.h"
#include "show.h"
#include "table.h"
#include "units.h"

struct departures_args {
    struct question question;
    int64_t window_ms;
};

static bool set_within(void *args, const char *name, char *value, struct err *e)
{
    int64_t *ms = &((struct departures_args *)args)->window_ms;
    return units_duration(name, value, ms, e) &&
           ((*ms >= 1000 && *ms <= INT64_C(31) * 86400000) ||
            fail_field(e, ERR_INVALID_ARGUMENT, name, "%s is 1s to 31 days (744h)", name));
}

static const struct cmd_option options[] = {
    QUESTION_OPTIONS,
    {"--within", "TIME", "how long from --ready on, 168h (a week) unless told", set_within},
};

static bool check(void *args, struct err *e)
{
    return question_finish(&((struct departures_args *)args)->question, e);
}

static void show(struct client *c, const struct question *q, const Zongheng__V1__FindDeparturesReply *r)
{
    static const struct table_column columns[] = {
        {"family", false}, {"latest pickup", false}, {"bound by", false}, {"arrives", false},
        {"takes", true},   {"yuan", true},           {"CO2e", true}};
    struct arena *a = &c->arena;
    struct table t;
    printf("%s -> %s, %s kg: departures that nothing of their family beats, money without holding cost\n\n",
           show_place_ref(a, &q->from), show_place_ref(a, &q->to), units_show_number(a, q->cargo.mass_kg));
    table_init(&t, a, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < r->n_departures; i++) {
        const Zongheng__V1__DeparturePoint *d = r->departures[i];
        const char *cells[] = {question_family_label(d->family),
                               units_show_time(a, d->depart_at),
                               d->binding_cutoff,
                               units_show_time(a, d->arrive_at),
                               units_show_duration(a, d->arrive_at - d->depart_at),
                               units_show_money(a, d->money_fen),
                               units_show_co2(a, d->co2_wtw_g)};
        table_add(&t, cells);
    }
    table_print(&t, 0, stdout);
    for (size_t i = 0; i < r->n_warnings; i++)
        printf("warning: %s\n", r->warnings[i]);
    if (r->more_from != 0)
        printf("there are more: ask on with --ready %s\n", units_show_time(a, r->more_from));
}

static bool run(struct client *c, void *args, struct err *e)
{
    struct departures_args *d = args;
    const ProtobufCMessage *reply;
    Zongheng__V1__FindDeparturesRequest m = ZONGHENG__V1__FIND_DEPARTURES_REQUEST__INIT;
    m.question = &d->question.request;
    m.window_s = d->window_ms / 1000;
    if (!cmd_ask(c, "zongheng.v1.Routing/FindDepartures", &m.base,
                 &zongheng__v1__find_departures_reply__descriptor, &reply, e))
        return false;
    if (c->json)
        return json_print_message(reply, stdout, e);
    show(c, &d->question, (const Zongheng__V1__FindDeparturesReply *)reply);
    return true;
}

int cmd_departures(int argc, char **argv)
{
    static const struct cmd cmd = {
        "zongheng departures --from PLACE --to PLACE --mass MASS --ready TIME [options]",
        "Asks for all useful departures of a window, of chains with services.",
        options,
        sizeof options / sizeof options[0],
        check,
        run};
    struct departures_args args = {.window_ms = INT64_C(7) * 86400000};
    question_init(&args.question);
    return cmd_main(&cmd, &args, argc, argv);
}
