/* zongheng access: townships and how near they are to the expressway, the airport and the port. */
#include "json.h"
#include "study.h"
#include "table.h"
#include "units.h"

struct access {
    Zongheng__V1__GetAccessibilityRequest request;
    const char *geojson;
};

static bool set_class(void *args, const char *name, char *value, struct err *e)
{
    int64_t v = 0;
    bool ok = units_integer(name, value, 1, 6, &v, e);
    ((struct access *)args)->request.vehicle_class = (uint32_t)v;
    return ok;
}

static bool set_scenario(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)e;
    ((struct access *)args)->request.scenario_id = value;
    return true;
}

static bool set_geojson(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)e;
    ((struct access *)args)->geojson = value;
    return true;
}

static void show(struct arena *a, const Zongheng__V1__GetAccessibilityReply *r)
{
    const struct table_column columns[] = {{"township", false},
                                           {"to the nearest", false},
                                           {"which", false},
                                           {"before, min", true},
                                           {"after, min", true}};
    struct table t;
    table_init(&t, a, columns, 5);
    for (size_t i = 0; i < r->n_rows; i++) {
        const Zongheng__V1__AccessRow *x = r->rows[i];
        const char *cells[] = {x->name_zh, x->target, x->nearest_zh,
                               x->before_min < 0 ? "no way" : arena_printf(a, "%.1f", x->before_min),
                               x->after_min < 0 ? "no way" : arena_printf(a, "%.1f", x->after_min)};
        table_add(&t, cells);
    }
    table_print(&t, 0, stdout);
    putchar('\n');
    for (size_t i = 0; i < r->n_summary; i++) {
        const Zongheng__V1__AccessSummary *s = r->summary[i];
        printf("%-10s within %2u min: %u of %u townships, %u before\n", s->target, s->minutes, s->after,
               s->townships, s->before);
    }
}

static bool run(struct client *c, void *args, struct err *e)
{
    struct access *x = args;
    const ProtobufCMessage *m;
    x->request.with_isochrones = c->json || x->geojson != NULL;
    if (!cmd_ask(c, "zongheng.v1.Planning/GetAccessibility", &x->request.base,
                 &zongheng__v1__get_accessibility_reply__descriptor, &m, e))
        return false;
    const Zongheng__V1__GetAccessibilityReply *r = (const void *)m;
    if (x->geojson != NULL && !export_isochrones(x->geojson, r->isochrones, r->n_isochrones, e))
        return false;
    if (c->json)
        return json_print_message(m, stdout, e);
    show(&c->arena, r);
    return true;
}

int cmd_access(int argc, char **argv)
{
    static const struct cmd_option options[] = {
        {"--scenario", "ID", "compared with the network as it is", set_scenario},
        {"--class", "1..6", "of vehicle (1)", set_class},
        {"--geojson", "FILE", "isochrones before, after, gained and lost as polygons", set_geojson}};
    static const struct cmd cmd = {"zongheng access [--scenario ID] [--class N] [--geojson FILE]",
                                   "Townships and how near they are to the expressway, the airport and the "
                                   "port; --json with isochrones.",
                                   options,
                                   sizeof options / sizeof options[0],
                                   NULL,
                                   run};
    static struct access args;
    zongheng__v1__get_accessibility_request__init(&args.request);
    return cmd_main(&cmd, &args, argc, argv);
}
