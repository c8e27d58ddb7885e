/* zongheng costs FILE.csv: what each load of a list costs, in one call. */
#include "cmd.h"
#include "import/csv.h"
#include "json.h"
#include "question.h"
#include "table.h"
#include "units.h"

#include <string.h>

enum { LOADS_MAX = 300 }; /* of one call: a message holds so many fields */

struct costs_args {
    char *file; /* first: cmd_set_first_text */
    struct client *client;
    struct question *load;
    Zongheng__V1__GetCostRequest of[LOADS_MAX], *list[LOADS_MAX];
    uint32_t line[LOADS_MAX];
    size_t count;
    struct table table;
};

static const struct cmd_option options[] = {{NULL, NULL, NULL, cmd_set_first_text}};

/* Columns of the file: the options of `zongheng cost` by their names. */
static const struct {
    const char *column;
    enum csv_need need;
    cmd_set_fn *set;
} columns[] = {
    {"from", CSV_REQUIRED, question_set_from},           {"to", CSV_REQUIRED, question_set_to},
    {"mass", CSV_REQUIRED, question_set_mass},           {"ready", CSV_REQUIRED, question_set_ready},
    {"family", CSV_OPTIONAL, question_set_family},       {"volume", CSV_OPTIONAL, question_set_volume},
    {"commodity", CSV_OPTIONAL, question_set_commodity}, {"container", CSV_OPTIONAL, question_set_container},
    {"chilled", CSV_OPTIONAL, question_set_temperature}, {"dangerous", CSV_OPTIONAL, question_set_dangerous},
    {"piece", CSV_OPTIONAL, question_set_piece},         {"value", CSV_OPTIONAL, question_set_value}};

static void read_load(struct costs_args *x, struct csv *t)
{
    struct question *q = &x->load[x->count];
    struct err e = {0};
    question_init(q);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        char *value = arena_strdup(&x->client->arena, csv_text(t, columns[i].column, columns[i].need));
        if (value == NULL || value[0] == '\0')
            continue;
        err_clear(&e);
        if (!columns[i].set(q, columns[i].column, value, &e))
            csv_fault(t, columns[i].column, "%s", e.text);
    }
    Zongheng__V1__GetCostRequest *m = &x->of[x->count];
    zongheng__v1__get_cost_request__init(m);
    question_finish(q, &e);
    m->origin = &q->from;
    m->destination = &q->to;
    m->cargo = &q->cargo;
    m->ready_at = q->request.ready_at;
    m->family = q->request.n_families > 0 ? q->families[0] : ZONGHENG__V1__FAMILY__FAMILY_UNSPECIFIED;
    m->cheapest = csv_flag(t, "cheapest", CSV_OPTIONAL);
    x->line[x->count] = csv_line(t);
    x->list[x->count++] = m;
}

static bool read_file(struct costs_args *x, struct err *e)
{
    const char *slash = strrchr(x->file, '/');
    const char *dir =
        slash != NULL ? arena_printf(&x->client->arena, "%.*s", (int)(slash - x->file + 1), x->file) : ".";
    struct csv_report report = {.count = 0};
    struct csv *t;
    bool ok = csv_open(dir, slash != NULL ? slash + 1 : x->file, false, &report, &t, e);
    while (ok && csv_next(t)) {
        if (x->count == LOADS_MAX) {
            csv_fault(t, "from", "at most %d loads are asked at once", LOADS_MAX);
            break;
        }
        read_load(x, t);
    }
    if (ok)
        csv_close(t);
    uint32_t faults = report.count;
    for (uint32_t i = 0; i < faults && i < CSV_FAULTS_MAX; i++)
        fprintf(stderr, "%s\n", report.fault[i]);
    csv_report_free(&report);
    if (faults > 0)
        return fail(e, ERR_INVALID_ARGUMENT, "%s has %u faults: nothing was asked", x->file, faults);
    return ok && (x->count > 0 || fail(e, ERR_INVALID_ARGUMENT, "%s has no loads", x->file));
}

static bool show_part(void *ctx, const ProtobufCMessage *part, struct err *e)
{
    struct costs_args *x = ctx;
    struct arena *a = &x->client->arena;
    const Zongheng__V1__GetCostsReply *r = (const void *)part;
    if (x->client->json)
        return json_print_message(part, stdout, e);
    for (size_t i = 0; i < r->n_warnings; i++)
        printf("warning: %s\n", r->warnings[i]);
    for (size_t i = 0; i < r->n_answers; i++) {
        const Zongheng__V1__CostAnswer *m = r->answers[i];
        if (m->index >= x->count)
            return fail(e, ERR_UNKNOWN, "the daemon answered a load that was not asked");
        const struct question *q = &x->load[m->index];
        bool ok = m->cost != NULL;
        const char *cells[] = {
            arena_printf(a, "%u", x->line[m->index]),
            arena_strdup(a, q->from.name),
            arena_strdup(a, q->to.name),
            question_family_label(x->of[m->index].family),
            ok ? units_show_money(a, m->cost->total_fen) : "-",
            ok ? units_show_time(a, m->cost->arrive_at) : "-",
            ok ? units_show_co2(a, m->cost->co2_wtw_g) : "-",
            ok ? (m->cost->estimated ? "~" : "")
               : arena_printf(a, "%s: %s", err_code_name((enum err_code)m->code), m->message)};
        table_add(&x->table, cells);
    }
    return true;
}

static bool run(struct client *c, void *args, struct err *e)
{
    static const struct table_column shown[] = {{"line", true},    {"from", false}, {"to", false},
                                                {"family", false}, {"yuan", true},  {"arrives", false},
                                                {"CO2e", true},    {"", false}};
    struct costs_args *x = args;
    Zongheng__V1__GetCostsRequest m = ZONGHENG__V1__GET_COSTS_REQUEST__INIT;
    x->client = c;
    x->load = arena_calloc(&c->arena, LOADS_MAX, sizeof *x->load);
    if (x->load == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory");
    if (!read_file(x, e))
        return false;
    m.loads = x->list;
    m.n_loads = x->count;
    table_init(&x->table, &c->arena, shown, sizeof shown / sizeof shown[0]);
    if (!cmd_ask_parts(c, "zongheng.v1.Routing/GetCosts", &m.base, &zongheng__v1__get_costs_reply__descriptor,
                       show_part, x, e))
        return false;
    if (!c->json)
        table_print(&x->table, 0, stdout);
    return true;
}

static bool check(void *args, struct err *e)
{
    return ((struct costs_args *)args)->file != NULL ||
           fail(e, ERR_INVALID_ARGUMENT, "a FILE.csv is missing");
}

int cmd_costs(int argc, char **argv)
{
    static const struct cmd cmd = {
        "zongheng costs FILE.csv [options]",
        "What each load of a list costs: from,to,mass,ready and, as wanted, family,volume,"
        "commodity,container,chilled,dangerous,piece,value,cheapest.",
        options,
        1,
        check,
        run};
    static struct costs_args args; /* large */
    return cmd_main(&cmd, &args, argc, argv);
}
