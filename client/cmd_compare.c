/* zongheng compare: what a scenario changes: times, flows, who gains and who loses, accessibility. */
#include "json.h"
#include "study.h"

static bool run(struct client *c, void *args, struct err *e)
{
    struct study *s = args;
    const Zongheng__V1__GetJobReply *r;
    Zongheng__V1__CompareRequest q;
    study_fill_compare(s, &q);
    q.without_toll = s->without_toll;
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
        STUDY_COMPARE_OPTIONS,
        {"--time-only", NULL, "ways and benefits by time alone", study_set_time_only}};
    static const struct cmd cmd = {"zongheng compare --scenario ID [--before ID] [options]",
                                   "What a scenario changes for freight.",
                                   options,
                                   sizeof options / sizeof options[0],
                                   study_check_compare,
                                   run};
    struct study args;
    study_init(&args);
    return cmd_main(&cmd, &args, argc, argv);
}
