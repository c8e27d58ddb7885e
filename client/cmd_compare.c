/* zongheng compare: what a scenario changes: times, flows, who gains and who loses, accessibility. */
#include "json.h"
#include "study.h"

static bool check(void *args, struct err *e)
{
    const struct study *s = args;
    return s->scenario[0] != '\0' || fail(e, ERR_INVALID_ARGUMENT, "--scenario ID is missing");
}

static bool run(struct client *c, void *args, struct err *e)
{
    struct study *s = args;
    const Zongheng__V1__GetJobReply *r;
    Zongheng__V1__CompareRequest q = ZONGHENG__V1__COMPARE_REQUEST__INIT;
    q.before_scenario_id = (char *)(uintptr_t)s->before;
    q.after_scenario_id = (char *)(uintptr_t)s->scenario;
    q.demand = &s->demand;
    q.gap = s->gap;
    q.without_toll = s->without_toll;
    q.max_links = s->csv != NULL || s->geojson != NULL ? 20000 : 0;
    q.detached = true;
    if (!study_ask(c, s, "zongheng.v1.Planning/Compare", &q.base, &zongheng__v1__compare_reply__descriptor,
                   &r, e))
        return false;
    if (r == NULL)
        return true;
    if (!export_changes(s, r->compare, e))
        return false;
    if (c->json)
        return json_print_message(&r->base, stdout, e);
    study_show(&c->arena, r);
    return true;
}

int cmd_compare(int argc, char **argv)
{
    static const struct cmd_option options[] = {
        STUDY_OPTIONS,
        {"--before", "ID", "compared with this scenario (the network as it is)", study_set_before},
        {"--time-only", NULL, "ways and benefits by time alone", study_set_time_only},
        {"--csv", "FILE", "who gains and who loses", study_set_csv},
        {"--geojson", "FILE", "changes of flows for a map", study_set_geojson}};
    static const struct cmd cmd = {"zongheng compare --scenario ID [--before ID] [options]",
                                   "What a scenario changes for freight.",
                                   options,
                                   sizeof options / sizeof options[0],
                                   check,
                                   run};
    struct study args;
    study_init(&args);
    return cmd_main(&cmd, &args, argc, argv);
}
