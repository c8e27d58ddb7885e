/* zongheng families: the cheapest and the fastest of each family, from every origin to every destination. */
#include "json.h"
#include "question.h"
#include "show.h"
#include "table.h"
#include "units.h"

enum { PLACES_MAX = 500 };

struct places {
    Zongheng__V1__PlaceRef of[PLACES_MAX], *list[PLACES_MAX];
    size_t count;
};

struct families_args {
    struct question question; /* its places are the first ones */
    struct places from, to;
    struct client *client;
    struct table table;
};

static bool add(struct places *p, const char *name, char *value, struct err *e)
{
    if (p->count == PLACES_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "%s stands more than %d times", name, PLACES_MAX);
    zongheng__v1__place_ref__init(&p->of[p->count]);
    p->list[p->count] = &p->of[p->count];
    return truck_place_ref(&p->of[p->count++], name, value, e);
}

static bool add_from(void *args, const char *name, char *value, struct err *e)
{
    return add(&((struct families_args *)args)->from, name, value, e);
}

static bool add_to(void *args, const char *name, char *value, struct err *e)
{
    return add(&((struct families_args *)args)->to, name, value, e);
}

static const struct cmd_option options[] = {
    {"--from", "PLACE", "may repeat: the rows", add_from},
    {"--to", "PLACE", "may repeat: the columns", add_to},
    {"--mass", "MASS", "260t or 900kg", question_set_mass},
    {"--volume", "VOLUME", "12.5m3 or 800l", question_set_volume},
    {"--commodity", "NAME", "copper_cathode, general, ...", question_set_commodity},
    {"--ready", "TIME", "2026-12-01T08:00, China time", question_set_ready},
    {"--deliver-by", "TIME", "latest arrival", question_set_deliver_by},
    {"--family", "FAMILY", "may repeat: ROAD RAIL_ROAD AIR_ROAD RAIL_WATER ROAD_WATER ANY",
     question_set_family},
    {"--container", "TYPExN", "boxes by ISO type: 22G1x10; may repeat", question_set_container},
    {"--teu", "N", "short for --container 22G1xN", question_set_teu},
    {"--piece", "LxWxH", "the largest piece in m: 6.4x3.1x2.8:24t", question_set_piece},
    {"--chilled", "LOW..HIGH", "degrees Celsius to be kept: 0..4", question_set_temperature},
    {"--dangerous", "CLASS", "UN class: 3, 4.1, ...", question_set_dangerous},
    {"--value", "YUAN", "worth of the goods, whole yuan", question_set_value},
    {"--bulk", NULL, "loose, not packed", question_set_bulk},
    TRUCK_OPTIONS,
};

static bool check(void *args, struct err *e)
{
    struct families_args *f = args;
    if (f->from.count == 0 || f->to.count == 0)
        return fail(e, ERR_INVALID_ARGUMENT, "%s PLACE is missing", f->from.count == 0 ? "--from" : "--to");
    f->question.has_from = f->question.has_to = true;
    return question_finish(&f->question, e);
}

static const char *money(struct arena *a, int64_t fen, int64_t s)
{
    if (fen < 0)
        return "-";
    return arena_printf(a, "%s, %s", units_show_money(a, fen), units_show_duration(a, s));
}

static bool show_block(void *ctx, const ProtobufCMessage *part, struct err *e)
{
    struct families_args *f = ctx;
    struct arena *a = &f->client->arena;
    const Zongheng__V1__GetFamilyMatrixReply *r = (const void *)part;
    if (f->client->json)
        return json_print_message(part, stdout, e);
    for (size_t i = 0; i < (size_t)r->row_count * r->columns; i++)
        for (size_t t = 0; t < r->n_tables; t++) {
            const Zongheng__V1__FamilyTable *m = r->tables[t];
            if (i >= m->n_cheapest_fen || i >= m->n_fastest_s || i >= m->n_cheapest_s ||
                i >= m->n_fastest_fen)
                return fail(e, ERR_UNKNOWN, "the daemon sent a table that is too short");
            size_t row = r->first_row + i / r->columns, column = i % r->columns;
            if (row >= f->from.count || column >= f->to.count)
                return fail(e, ERR_UNKNOWN, "the daemon sent another table than was asked for");
            const char *cells[] = {show_place_ref(a, &f->from.of[row]), show_place_ref(a, &f->to.of[column]),
                                   question_family_label(m->family),
                                   money(a, m->cheapest_fen[i], m->cheapest_s[i]),
                                   money(a, m->fastest_fen[i], m->fastest_s[i])};
            table_add(&f->table, cells);
        }
    for (size_t i = 0; i < r->n_warnings; i++)
        printf("warning: %s\n", r->warnings[i]);
    return true;
}

static bool run(struct client *c, void *args, struct err *e)
{
    static const struct table_column columns[] = {{"from", false},
                                                  {"to", false},
                                                  {"family", false},
                                                  {"cheapest: yuan, time", true},
                                                  {"fastest: yuan, time", true}};
    struct families_args *f = args;
    const Zongheng__V1__FindRoutesRequest *q = &f->question.request;
    Zongheng__V1__GetFamilyMatrixRequest m = ZONGHENG__V1__GET_FAMILY_MATRIX_REQUEST__INIT;
    f->client = c;
    m.origins = f->from.list;
    m.n_origins = f->from.count;
    m.destinations = f->to.list;
    m.n_destinations = f->to.count;
    m.cargo = q->cargo;
    m.ready_at = q->ready_at;
    m.deliver_by = q->deliver_by;
    m.families = q->families;
    m.n_families = q->n_families;
    m.vehicle = q->vehicle;
    m.avoid = q->avoid;
    table_init(&f->table, &c->arena, columns, sizeof columns / sizeof columns[0]);
    if (!cmd_ask_parts(c, "zongheng.v1.Routing/GetFamilyMatrix", &m.base,
                       &zongheng__v1__get_family_matrix_reply__descriptor, show_block, f, e))
        return false;
    if (!c->json)
        table_print(&f->table, 0, stdout);
    return true;
}

int cmd_families(int argc, char **argv)
{
    static const struct cmd cmd = {
        "zongheng families --from PLACE --to PLACE --mass MASS --ready TIME [options]",
        "The cheapest and the fastest of each family, for every pair of places.",
        options,
        sizeof options / sizeof options[0],
        check,
        run};
    static struct families_args args; /* large */
    question_init(&args.question);
    return cmd_main(&cmd, &args, argc, argv);
}
