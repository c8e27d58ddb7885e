/* zongheng tariff: what a firm agreed with its carriers, from a CSV file of rules (docs/data.md). */
#include "cmd.h"
#include "import/csv.h"
#include "json.h"
#include "network/names.h"
#include "table.h"
#include "units.h"

#include "zongheng/v1/routing.pb-c.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 2, RULES_MAX = 256 };

struct tariff_args {
    char *words[WORDS_MAX]; /* put FILE, list, drop CONTRACT */
    unsigned count;
    char *firm;
};

static bool set_word(void *args, const char *name, char *value, struct err *e)
{
    struct tariff_args *t = args;
    (void)name;
    if (t->count == WORDS_MAX)
        return fail(e, ERR_INVALID_ARGUMENT, "\"%s\" is a word too many; quote names that hold blanks",
                    value);
    t->words[t->count++] = value;
    return true;
}

static bool set_firm(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)e;
    ((struct tariff_args *)args)->firm = value;
    return true;
}

static const struct cmd_option options[] = {
    {NULL, NULL, NULL, set_word},
    {"--firm", "NAME", "of this firm; with an operator's token. Otherwise of the token's own", set_firm},
};

static bool is(const struct tariff_args *t, const char *verb, unsigned names)
{
    return t->count == names + 1 && strcmp(t->words[0], verb) == 0;
}

static bool check(void *args, struct err *e)
{
    return is(args, "put", 1) || is(args, "list", 0) || is(args, "drop", 1) ||
           fail(
               e, ERR_INVALID_ARGUMENT,
               "usage: zongheng tariff put FILE.csv, zongheng tariff list, or zongheng tariff drop CONTRACT");
}

/* --- the file --- */

struct rules {
    Zongheng__V1__AgreedRule of[RULES_MAX], *list[RULES_MAX];
    uint32_t line[RULES_MAX];
    size_t count;
};

static char *copy(struct arena *a, const char *s)
{
    char *out = arena_strdup(a, s);
    return out != NULL ? out : (char *)(uintptr_t) "";
}

/* A date as written, after csv_day found no fault in it. */
static char *date(struct arena *a, struct csv *t, const char *column)
{
    csv_day(t, column, CSV_REQUIRED, 0);
    return copy(a, csv_text(t, column, CSV_REQUIRED));
}

static void read_cargo(struct arena *a, struct csv *t, Zongheng__V1__AgreedRule *r)
{
    uint32_t mask = csv_mask(t, "cargo", CSV_OPTIONAL, net_cargo_names);
    r->cargo = arena_calloc(a, 8, sizeof *r->cargo);
    for (unsigned i = 0; r->cargo != NULL && net_cargo_names[i] != NULL; i++)
        if (mask >> i & 1)
            r->cargo[r->n_cargo++] = (char *)(uintptr_t)net_cargo_names[i];
}

static void read_rule(struct arena *a, struct csv *t, Zongheng__V1__AgreedRule *r)
{
    static const char *const per_km[] = {"km", "electrified_km", NULL};
    const int64_t most = INT64_C(1000000000000);
    zongheng__v1__agreed_rule__init(r);
    r->contract = copy(a, csv_text(t, "contract", CSV_REQUIRED));
    r->tariff_id = copy(a, csv_text(t, "tariff_id", CSV_REQUIRED));
    int kind = csv_word(t, "kind", CSV_REQUIRED, net_charge_names, 0),
        unit = csv_word(t, "base_unit", CSV_REQUIRED, net_unit_names, 0);
    r->charge = (char *)(uintptr_t)net_charge_names[kind];
    r->unit = (char *)(uintptr_t)net_unit_names[unit];
    read_cargo(a, t, r);
    r->base_myuan = csv_scaled(t, "base_cny", CSV_OPTIONAL, 1000, 0, most);
    r->per_km_nyuan = csv_scaled(t, "per_km_cny", CSV_OPTIONAL, 1000000, 0, most);
    r->electrified_only = csv_word(t, "per_km_unit", CSV_OPTIONAL, per_km, 0) == 1;
    r->min_myuan = csv_scaled(t, "min_cny", CSV_OPTIONAL, 1000, 0, most);
    r->break_kg = csv_int(t, "break_kg", CSV_OPTIONAL, 0, 1000000000);
    r->valid_from = date(a, t, "valid_from");
    r->valid_to = date(a, t, "valid_to");
    if (csv_day(t, "valid_to", CSV_REQUIRED, 0) < csv_day(t, "valid_from", CSV_REQUIRED, 0))
        csv_fault(t, "valid_to", "is before valid_from");
}

/* Every fault of the file is printed; none is sent. */
static bool read_file(struct arena *a, const char *path, struct rules *out, struct err *e)
{
    const char *slash = strrchr(path, '/');
    const char *dir = slash != NULL ? arena_printf(a, "%.*s", (int)(slash - path + 1), path) : ".";
    struct csv_report report = {.count = 0};
    struct csv *t;
    if (!csv_open(dir, slash != NULL ? slash + 1 : path, false, &report, &t, e)) {
        csv_report_free(&report);
        return false;
    }
    while (csv_next(t)) {
        if (out->count == RULES_MAX) {
            csv_fault(t, "contract", "at most %d rules are put at once; split the file between two contracts",
                      RULES_MAX);
            break;
        }
        out->line[out->count] = csv_line(t);
        out->list[out->count] = &out->of[out->count];
        read_rule(a, t, &out->of[out->count++]);
    }
    csv_close(t);
    uint32_t faults = report.count;
    for (uint32_t i = 0; i < faults && i < CSV_FAULTS_MAX; i++)
        fprintf(stderr, "%s\n", report.fault[i]);
    csv_report_free(&report);
    if (faults > 0)
        return fail(e, ERR_INVALID_ARGUMENT, "%s has %u faults: nothing was sent", path, faults);
    return out->count > 0 || fail(e, ERR_INVALID_ARGUMENT, "%s has no rules", path);
}

/* The daemon names the rule: people want the line. */
static bool put(struct client *c, const struct tariff_args *t, struct err *e)
{
    Zongheng__V1__PutAgreedTariffRequest q = ZONGHENG__V1__PUT_AGREED_TARIFF_REQUEST__INIT;
    const ProtobufCMessage *reply;
    struct rules *rules = arena_calloc(&c->arena, 1, sizeof *rules);
    char *drop = t->words[1];
    bool puts = strcmp(t->words[0], "put") == 0;
    if (rules == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory");
    if (puts && !read_file(&c->arena, t->words[1], rules, e))
        return false;
    q.rules = rules->list;
    q.n_rules = rules->count;
    q.firm_name = t->firm != NULL ? t->firm : q.firm_name;
    q.drop_contracts = &drop;
    q.n_drop_contracts = !puts;
    if (!cmd_ask(c, "zongheng.v1.Routing/PutAgreedTariff", &q.base,
                 &zongheng__v1__put_agreed_tariff_reply__descriptor, &reply, e)) {
        unsigned long at = strncmp(e->field, "rules[", 6) == 0 ? strtoul(e->field + 6, NULL, 10) : RULES_MAX;
        if (puts && at < rules->count)
            fprintf(stderr, "%s:%u: %s\n", t->words[1], rules->line[at], e->text);
        return false;
    }
    if (c->json)
        return json_print_message(reply, stdout, e);
    printf("the firm has %u agreed rules now\n", ((const Zongheng__V1__PutAgreedTariffReply *)reply)->rules);
    return true;
}

/* --- the list --- */

static const char *joined(struct arena *a, const Zongheng__V1__AgreedRule *r)
{
    const char *s = "";
    for (size_t i = 0; s != NULL && i < r->n_cargo; i++)
        s = arena_printf(a, "%s%s%s", s, i > 0 ? ";" : "", r->cargo[i]);
    return s;
}

static bool list(struct client *c, const struct tariff_args *t, struct err *e)
{
    static const struct table_column columns[] = {{"contract", false},   {"tariff", false}, {"kind", false},
                                                  {"cargo", false},      {"unit", false},   {"yuan", true},
                                                  {"per km", true},      {"least", true},   {"from kg", true},
                                                  {"valid from", false}, {"to", false}};
    Zongheng__V1__ListAgreedTariffsRequest q = ZONGHENG__V1__LIST_AGREED_TARIFFS_REQUEST__INIT;
    const ProtobufCMessage *reply;
    struct arena *a = &c->arena;
    struct table out;
    q.firm_name = t->firm != NULL ? t->firm : q.firm_name;
    if (!cmd_ask(c, "zongheng.v1.Routing/ListAgreedTariffs", &q.base,
                 &zongheng__v1__list_agreed_tariffs_reply__descriptor, &reply, e))
        return false;
    if (c->json)
        return json_print_message(reply, stdout, e);
    const Zongheng__V1__ListAgreedTariffsReply *r = (const void *)reply;
    table_init(&out, a, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < r->n_rules; i++) {
        const Zongheng__V1__AgreedRule *x = r->rules[i];
        const char *cells[] = {
            x->contract,
            x->tariff_id,
            x->charge,
            joined(a, x),
            x->unit,
            arena_printf(a, "%.3f", (double)x->base_myuan / 1e3),
            arena_printf(a, "%.6f%s", (double)x->per_km_nyuan / 1e6, x->electrified_only ? " el." : ""),
            arena_printf(a, "%.3f", (double)x->min_myuan / 1e3),
            units_show_number(a, x->break_kg),
            x->valid_from,
            x->valid_to};
        table_add(&out, cells);
    }
    if (r->n_rules == 0)
        puts("no agreed rules: all prices are published ones");
    else
        table_print(&out, 0, stdout);
    return true;
}

static bool run(struct client *c, void *args, struct err *e)
{
    const struct tariff_args *t = args;
    return strcmp(t->words[0], "list") == 0 ? list(c, t, e) : put(c, t, e);
}

int cmd_tariff(int argc, char **argv)
{
    static const struct cmd cmd = {"zongheng tariff put FILE.csv | list | drop CONTRACT [options]",
                                   "Puts, lists or drops what the firm agreed with its carriers.",
                                   options,
                                   sizeof options / sizeof options[0],
                                   check,
                                   run};
    struct tariff_args args = {.count = 0};
    return cmd_main(&cmd, &args, argc, argv);
}
