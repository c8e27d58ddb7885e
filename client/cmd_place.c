/* zongheng place: which places a name can mean. */
#include "cmd.h"
#include "json.h"
#include "show.h"
#include "table.h"
#include "units.h"

struct place_args {
    char *query;
    int64_t max;
};

static bool set_max(void *args, const char *name, char *value, struct err *e)
{
    return units_integer(name, value, 1, 50, &((struct place_args *)args)->max, e);
}

static const struct cmd_option options[] = {
    {NULL, NULL, NULL, cmd_set_first_text},
    {"--max", "N", "how many at most, 1 to 50 (10)", set_max},
};

static bool check(void *args, struct err *e)
{
    return ((struct place_args *)args)->query != NULL ||
           fail(e, ERR_INVALID_ARGUMENT, "which place? Give a name, a code or lat,lon");
}

static void show(struct client *c, const Zongheng__V1__FindPlacesReply *r)
{
    static const struct table_column columns[] = {{"node", true}, {"place", false}, {"kind", false},
                                                  {"in", false},  {"codes", false}, {"lat,lon", false},
                                                  {"away", true}};
    struct table t;
    table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < r->n_places; i++) {
        const Zongheng__V1__Place *p = r->places[i];
        const char *cells[] = {
            arena_printf(&c->arena, "%lld", (long long)p->node_id),
            show_place(&c->arena, p),
            p->kind,
            p->admin_zh,
            p->codes,
            p->point != NULL ? arena_printf(&c->arena, "%.5f,%.5f", p->point->lat, p->point->lon) : "",
            p->snapped_m > 0 ? arena_printf(&c->arena, "%.0f m", p->snapped_m) : ""};
        table_add(&t, cells);
    }
    table_print(&t, 0, stdout);
    printf("\n%s\n", r->attribution);
}

static bool run(struct client *c, void *args, struct err *e)
{
    struct place_args *p = args;
    const ProtobufCMessage *reply;
    Zongheng__V1__FindPlacesRequest q = ZONGHENG__V1__FIND_PLACES_REQUEST__INIT;
    q.query = p->query;
    q.max_results = (uint32_t)p->max;
    if (!cmd_ask(c, "zongheng.v1.Routing/FindPlaces", &q.base, &zongheng__v1__find_places_reply__descriptor,
                 &reply, e))
        return false;
    if (c->json)
        return json_print_message(reply, stdout, e);
    const Zongheng__V1__FindPlacesReply *r = (const Zongheng__V1__FindPlacesReply *)reply;
    if (r->n_places == 0)
        return fail(e, ERR_NOT_FOUND, "no place is called \"%s\" in network %s", p->query,
                    r->network_version);
    show(c, r);
    return true;
}

int cmd_place(int argc, char **argv)
{
    static const struct cmd cmd = {"zongheng place NAME [options]",
                                   "Finds places by name (Chinese, pinyin, English), code or lat,lon.",
                                   options,
                                   sizeof options / sizeof options[0],
                                   check,
                                   run};
    struct place_args args = {0};
    return cmd_main(&cmd, &args, argc, argv);
}
