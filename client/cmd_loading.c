/* zongheng assign without a TNTP network: the daemon's own network and demand at user equilibrium. */
#include "json.h"
#include "study.h"

#include <stdlib.h>
#include <string.h>

struct loading {
    struct study study; /* first */
    Zongheng__V1__AssignRequest request;
    int64_t select[8];
};

static bool set_select(void *args, const char *name, char *value, struct err *e)
{
    struct loading *l = args;
    char *end;
    if (l->request.n_select_link_ids == 8)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "%s stands more than 8 times", name);
    l->select[l->request.n_select_link_ids++] = strtoll(value, &end, 10);
    return *end == '\0' || fail_field(e, ERR_INVALID_ARGUMENT, name, "%s \"%s\" is no link id", name, value);
}

static bool run(struct client *c, void *args, struct err *e)
{
    struct loading *l = args;
    struct study *s = &l->study;
    const Zongheng__V1__GetJobReply *r;
    l->request.scenario_id = (char *)(uintptr_t)s->scenario;
    l->request.demand = &s->demand;
    l->request.gap = s->gap;
    l->request.without_toll = s->without_toll;
    l->request.select_link_ids = l->select;
    l->request.detached = true;
    if (!study_ask(c, s, "zongheng.v1.Planning/Assign", &l->request.base,
                   &zongheng__v1__assign_reply__descriptor, &r, e))
        return false;
    if (r == NULL)
        return true;
    if (!export_flows(s, r->assign, e))
        return false;
    if (c->json)
        return json_print_message(&r->base, stdout, e);
    study_show(&c->arena, r);
    return true;
}

int cmd_loading(int argc, char **argv)
{
    static const struct cmd_option options[] = {
        STUDY_OPTIONS,
        {"--time-only", NULL, "ways by time alone: no tolls, no running cost", study_set_time_only},
        {"--select-link", "ID", "who uses this road; again for more, at most 8", set_select},
        {"--csv", "FILE", "flows of every road and direction", study_set_csv},
        {"--geojson", "FILE", "the same for a map", study_set_geojson},
        {"--gmns", "DIR", "the same as GMNS link.csv and link_performance.csv", study_set_gmns}};
    static const struct cmd cmd = {"zongheng assign [--scenario ID] [options], or --tntp-net NET "
                                   "--tntp-trips TRIPS (no daemon; --tntp-net X --help)",
                                   "The bundled demand on the daemon's roads at user equilibrium.",
                                   options,
                                   sizeof options / sizeof options[0],
                                   NULL,
                                   run};
    static struct loading args;
    study_init(&args.study);
    zongheng__v1__assign_request__init(&args.request);
    return cmd_main(&cmd, &args, argc, argv);
}
