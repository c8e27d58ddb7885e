/* zongheng critical: which roads hurt most when they are closed. */
#include "json.h"
#include "study.h"
#include "units.h"

struct critical {
    struct study study; /* first */
    Zongheng__V1__GetCriticalLinksRequest request;
};

static bool set_max(void *args, const char *name, char *value, struct err *e)
{
    int64_t v = 0;
    bool ok = units_integer(name, value, 1, 5000, &v, e);
    ((struct critical *)args)->request.max_links = (uint32_t)v;
    return ok;
}

static bool set_assign(void *args, const char *name, char *value, struct err *e)
{
    int64_t v = 0;
    bool ok = units_integer(name, value, 1, 50, &v, e);
    ((struct critical *)args)->request.assign_links = (uint32_t)v;
    return ok;
}

static bool set_shipments(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)value;
    (void)e;
    ((struct critical *)args)->request.with_shipments = true;
    return true;
}

static bool set_by_shipments(void *args, const char *name, char *value, struct err *e)
{
    ((struct critical *)args)->request.by_shipments = true;
    return set_shipments(args, name, value, e);
}

static bool run(struct client *c, void *args, struct err *e)
{
    struct critical *x = args;
    const Zongheng__V1__GetJobReply *r;
    x->request.scenario_id = (char *)(uintptr_t)x->study.scenario;
    x->request.demand = &x->study.demand;
    x->request.detached = true;
    if (!study_ask(c, &x->study, "zongheng.v1.Planning/GetCriticalLinks", &x->request.base,
                   &zongheng__v1__get_critical_links_reply__descriptor, &r, e))
        return false;
    if (r == NULL)
        return true;
    if (c->json)
        return json_print_message(&r->base, stdout, e);
    study_show(&c->arena, r);
    return true;
}

int cmd_critical(int argc, char **argv)
{
    static const struct cmd_option options[] = {
        STUDY_OPTIONS,
        {"--max", "N", "rows (50)", set_max},
        {"--shipments", NULL, "count the firm's live shipments on each road", set_shipments},
        {"--by-shipments", NULL, "the roads with most of them first", set_by_shipments},
        {"--assign", "N", "close the worst N with a full assignment each, at most 50", set_assign}};
    static const struct cmd cmd = {"zongheng critical [--scenario ID] [--assign N] [options]",
                                   "Roads ranked by what closing each costs.",
                                   options,
                                   sizeof options / sizeof options[0],
                                   NULL,
                                   run};
    static struct critical args;
    study_init(&args.study);
    zongheng__v1__get_critical_links_request__init(&args.request);
    return cmd_main(&cmd, &args, argc, argv);
}
