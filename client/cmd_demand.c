/* zongheng demand: put, list, show and delete what planners put on the roads. */
#include "cmd.h"
#include "file.h"
#include "json.h"
#include "table.h"
#include "units.h"

#include "zongheng/v1/planning.pb-c.h"

#include <inttypes.h>
#include <string.h>

enum { WORDS_MAX = 3, FILE_MAX = 1 << 30, PIECE = 200000 }; /* a piece fits the smallest usual frame */

struct demand_args {
    char *words[WORDS_MAX];
    unsigned word_count;
    Zongheng__V1__Demand demand;
    bool check_only, put_only; /* put_only: an option that goes with put was given */
    int64_t version;
};

static bool set_word(void *args, const char *name, char *value, struct err *e)
{
    struct demand_args *d = args;
    if (d->word_count == WORDS_MAX)
        return fail(e, ERR_INVALID_ARGUMENT, "\"%s\" is one word too many", value);
    (void)name;
    d->words[d->word_count++] = value;
    return true;
}

static bool set_check(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)value;
    (void)e;
    ((struct demand_args *)args)->check_only = ((struct demand_args *)args)->put_only = true;
    return true;
}

static bool set_shared(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)value;
    (void)e;
    ((struct demand_args *)args)->demand.shared = ((struct demand_args *)args)->put_only = true;
    return true;
}

static bool set_unknown(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)value;
    (void)e;
    ((struct demand_args *)args)->demand.allow_unknown = ((struct demand_args *)args)->put_only = true;
    return true;
}

static bool set_source(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)e;
    ((struct demand_args *)args)->demand.source = value;
    ((struct demand_args *)args)->put_only = true;
    return true;
}

static bool set_description(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)e;
    ((struct demand_args *)args)->demand.description = value;
    ((struct demand_args *)args)->put_only = true;
    return true;
}

/* Index of the value among words, from 1. */
static bool word_of(const char *name, const char *value, const char *const *words, int *out, struct err *e)
{
    for (int i = 0; words[i] != NULL; i++)
        if (strcmp(words[i], value) == 0) {
            *out = i + 1;
            return true;
        }
    return fail_field(e, ERR_INVALID_ARGUMENT, name, "%s \"%s\" is not one of %s, %s%s%s", name, value,
                      words[0], words[1], words[2] != NULL ? ", " : "", words[2] != NULL ? words[2] : "");
}

static bool set_format(void *args, const char *name, char *value, struct err *e)
{
    static const char *const words[] = {"csv", "tntp", "consignments", NULL};
    struct demand_args *d = args;
    int i = 0;
    bool ok = word_of(name, value, words, &i, e);
    d->demand.format = (Zongheng__V1__DemandFormat)i;
    d->put_only = true;
    return ok;
}

static bool set_unit(void *args, const char *name, char *value, struct err *e)
{
    static const char *const words[] = {"lorries", "tonnes", NULL};
    struct demand_args *d = args;
    int i = 0;
    bool ok = word_of(name, value, words, &i, e);
    d->demand.unit = (Zongheng__V1__DemandUnit)i;
    d->put_only = true;
    return ok;
}

static bool set_class(void *args, const char *name, char *value, struct err *e)
{
    struct demand_args *d = args;
    int64_t v = 0;
    bool ok = units_integer(name, value, 1, 6, &v, e);
    d->demand.vehicle_class = (uint32_t)v;
    d->put_only = true;
    return ok;
}

static bool set_version(void *args, const char *name, char *value, struct err *e)
{
    return units_integer(name, value, 1, UINT32_MAX, &((struct demand_args *)args)->version, e);
}

static bool is(const struct demand_args *d, const char *word, unsigned words)
{
    return d->word_count == words && strcmp(d->words[0], word) == 0;
}

static bool check(void *args, struct err *e)
{
    const struct demand_args *d = args;
    if (!is(d, "put", 3) && !is(d, "list", 1) && !is(d, "show", 2) && !is(d, "delete", 2))
        return fail(e, ERR_INVALID_ARGUMENT, "wants put NAME FILE, list, show NAME, or delete NAME");
    if (d->put_only && !is(d, "put", 3))
        return fail(e, ERR_INVALID_ARGUMENT,
                    "--expect VERSION goes with put and show, other options with put");
    return d->version == 0 || is(d, "put", 3) || is(d, "show", 2) ||
           fail_field(e, ERR_INVALID_ARGUMENT, "--expect", "--expect goes with put and show");
}

/* --- put ------------------------------------------------------------------------------------------------ */

/* The pieces one after the other; *out is the reply to the last. */
static bool send_pieces(struct client *c, Zongheng__V1__PutDemandRequest *q, const struct bytes *table,
                        const Zongheng__V1__PutDemandReply **out, struct err *e)
{
    char upload[64] = "";
    size_t at = 0;
    do {
        const ProtobufCMessage *reply;
        size_t left = table->len - at, n = left < PIECE ? left : PIECE;
        q->content = (ProtobufCBinaryData){n, (uint8_t *)table->at + at};
        q->more = n < left;
        q->upload = upload;
        at += n;
        arena_reset(&c->arena);
        if (!cmd_ask(c, "zongheng.v1.Planning/PutDemand", &q->base,
                     &zongheng__v1__put_demand_reply__descriptor, &reply, e))
            return false;
        *out = (const void *)reply;
        snprintf(upload, sizeof upload, "%s", (*out)->upload);
    } while (q->more);
    return true;
}

static const char *unit_of(const Zongheng__V1__Demand *d)
{
    return d->format == ZONGHENG__V1__DEMAND_FORMAT__CONSIGNMENTS_CSV ? "t"
           : d->unit == ZONGHENG__V1__DEMAND_UNIT__TONNES             ? "t a day"
                                                                      : "lorries a day";
}

static void show_demand(struct client *c, const Zongheng__V1__Demand *d)
{
    static const struct table_column columns[] = {{"goods group", false},
                                                  {"period", false},
                                                  {"pairs", true},
                                                  {"volume", true},
                                                  {"inside a zone", true}};
    struct table t;
    bool goods = d->format == ZONGHENG__V1__DEMAND_FORMAT__CONSIGNMENTS_CSV;
    if (goods)
        printf("%" PRIu64 " consignments, %.6g t a day\n", d->pairs, d->tonnes);
    else
        printf("%" PRIu64 " pairs, %" PRIu64 " repeated, %.10g lorries of class %u or %.10g t a day\n",
               d->pairs, d->repeated, d->lorries, d->vehicle_class, d->tonnes);
    table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < d->n_tables; i++) {
        const Zongheng__V1__DemandTable *x = d->tables[i];
        const char *cells[] = {x->goods_group, x->period, arena_printf(&c->arena, "%u", x->pairs),
                               arena_printf(&c->arena, "%.10g", x->volume),
                               arena_printf(&c->arena, "%.10g", x->inside)};
        table_add(&t, cells);
    }
    if (d->n_tables > 0)
        table_print(&t, 0, stdout);
    if (d->unknown > 0) {
        printf("%" PRIu64 " rows with %.10g %s name zones that the network has not:", d->unknown,
               d->unknown_volume, unit_of(d));
        for (size_t i = 0; i < d->n_unknown_zones; i++) {
            fputs(i > 0 ? ", " : " ", stdout);
            table_put_clean(d->unknown_zones[i], false, stdout);
        }
        putchar('\n');
    }
}

static bool put(struct client *c, struct demand_args *d, struct err *e)
{
    Zongheng__V1__PutDemandRequest q = ZONGHENG__V1__PUT_DEMAND_REQUEST__INIT;
    const Zongheng__V1__PutDemandReply *r = NULL;
    struct bytes table = {.max = FILE_MAX};
    q.name = d->words[1];
    q.demand = &d->demand;
    q.check_only = d->check_only;
    q.expected_version = (uint32_t)d->version;
    bool ok = file_read(d->words[2], "it is larger than a demand may be", &table, e) &&
              send_pieces(c, &q, &table, &r, e);
    bytes_free(&table);
    if (!ok || (c->json && !json_print_message(&r->base, stdout, e)))
        return false;
    for (size_t i = 0; !c->json && i < r->n_refused; i++)
        printf("%s\n", r->refused[i]);
    if (!c->json)
        show_demand(c, r->demand);
    for (size_t i = 0; !c->json && i < r->n_warnings; i++)
        printf("%s\n", r->warnings[i]);
    if (r->refused_count > 0)
        return fail(e, ERR_INVALID_ARGUMENT, "%" PRIu64 " lines make no sense; nothing was put",
                    r->refused_count);
    if (r->demand->unknown > 0 && !r->demand->allow_unknown)
        return fail(e, ERR_INVALID_ARGUMENT,
                    "zones are unknown; nothing was put (--allow-unknown leaves them out)");
    if (!c->json && d->check_only)
        printf("%s is fit; nothing was put\n", q.name);
    else if (!c->json)
        printf("%s version %u, %s\n", r->demand->name, r->demand->version, r->demand->demand_version);
    return true;
}

/* --- the others ----------------------------------------------------------------------------------------- */

static bool list(struct client *c, struct err *e)
{
    static const struct table_column columns[] = {
        {"demand", false}, {"version", true}, {"lorries a day", true}, {"t a day", true},
        {"firm", false},   {"author", false}, {"shared", false},       {"source", false}};
    const ProtobufCMessage *reply;
    Zongheng__V1__ListDemandsRequest q = ZONGHENG__V1__LIST_DEMANDS_REQUEST__INIT;
    struct table t;
    q.page_size = 200;
    table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
    do {
        if (!cmd_ask(c, "zongheng.v1.Planning/ListDemands", &q.base,
                     &zongheng__v1__list_demands_reply__descriptor, &reply, e))
            return false;
        const Zongheng__V1__ListDemandsReply *r = (const void *)reply;
        if (c->json && !json_print_message(reply, stdout, e))
            return false;
        for (size_t i = 0; i < r->n_demands; i++) {
            const Zongheng__V1__Demand *m = r->demands[i];
            const char *cells[] = {m->name,
                                   arena_printf(&c->arena, "%u", m->version),
                                   m->lorries > 0 ? arena_printf(&c->arena, "%.6g", m->lorries) : "",
                                   arena_printf(&c->arena, "%.6g", m->tonnes),
                                   m->firm,
                                   m->author,
                                   m->shared ? "yes" : "",
                                   m->source};
            table_add(&t, cells);
        }
        q.page_token = r->next_page_token;
    } while (q.page_token[0] != '\0');
    if (!c->json)
        table_print(&t, 0, stdout);
    return true;
}

static bool show(struct client *c, struct demand_args *d, struct err *e)
{
    const ProtobufCMessage *reply;
    Zongheng__V1__GetDemandRequest q = ZONGHENG__V1__GET_DEMAND_REQUEST__INIT;
    q.name = d->words[1];
    q.version = (uint32_t)d->version;
    if (!cmd_ask(c, "zongheng.v1.Planning/GetDemand", &q.base, &zongheng__v1__get_demand_reply__descriptor,
                 &reply, e))
        return false;
    if (c->json)
        return json_print_message(reply, stdout, e);
    const Zongheng__V1__Demand *m = ((const Zongheng__V1__GetDemandReply *)(const void *)reply)->demand;
    printf("%s version %u by %s, %s, read on network %.8s, %s\n", m->name, m->version, m->author, m->firm,
           m->network_version, m->demand_version);
    if (m->description[0] != '\0')
        printf("%s\n", m->description);
    printf("source: %s\n", m->source[0] != '\0' ? m->source : "not given");
    show_demand(c, m);
    return true;
}

static bool run(struct client *c, void *args, struct err *e)
{
    struct demand_args *d = args;
    const ProtobufCMessage *reply;
    Zongheng__V1__DeleteDemandRequest q = ZONGHENG__V1__DELETE_DEMAND_REQUEST__INIT;
    if (is(d, "put", 3))
        return put(c, d, e);
    if (is(d, "list", 1))
        return list(c, e);
    if (is(d, "show", 2))
        return show(c, d, e);
    q.name = d->words[1];
    if (!cmd_ask(c, "zongheng.v1.Planning/DeleteDemand", &q.base,
                 &zongheng__v1__delete_demand_reply__descriptor, &reply, e))
        return false;
    if (c->json)
        return json_print_message(reply, stdout, e);
    printf("%s is deleted\n", d->words[1]);
    return true;
}

int cmd_demand(int argc, char **argv)
{
    static const struct cmd_option options[] = {
        {NULL, "put NAME FILE | list | show NAME | delete NAME", "what to do", set_word},
        {"--check", NULL, "put: only say what is in it", set_check},
        {"--expect", "VERSION", "put: only over this version; show: this version", set_version},
        {"--format", "csv|tntp|consignments", "put: by the first bytes when it is not said", set_format},
        {"--unit", "lorries|tonnes", "put: what an O-D table counts a day (lorries)", set_unit},
        {"--class", "N", "put: vehicle class of an O-D table's lorries (6)", set_class},
        {"--allow-unknown", NULL, "put: leave out zones that the network has not", set_unknown},
        {"--source", "TEXT", "put: where the figures come from", set_source},
        {"--description", "TEXT", "put: what it is", set_description},
        {"--shared", NULL, "put: for every firm to see", set_shared},
    };
    static const struct cmd cmd = {
        "zongheng demand put NAME FILE | list | show NAME | delete NAME [options]",
        "Puts, lists, shows and deletes demands: O-D tables (CSV, TNTP) or consignments (docs/planning.md).",
        options,
        sizeof options / sizeof options[0],
        check,
        run};
    static struct demand_args args;
    zongheng__v1__demand__init(&args.demand);
    return cmd_main(&cmd, &args, argc, argv);
}
