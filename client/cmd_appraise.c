/* zongheng appraise: a comparison, and what it is worth over the years; --html writes the report. */
#include "json.h"
#include "study.h"
#include "units.h"

#include <stdlib.h>

struct appraise {
    struct study study; /* first */
    Zongheng__V1__AppraiseRequest request;
};

static bool set_cost(void *args, const char *name, char *value, struct err *e)
{
    return units_integer(name, value, 1, INT64_C(1000000000000000),
                         &((struct appraise *)args)->request.cost_yuan, e);
}

static bool set_other(void *args, const char *name, char *value, struct err *e)
{
    int64_t v;
    bool ok = units_integer(name, value, 0, INT64_C(1000000000000), &v, e);
    ((struct appraise *)args)->request.other_benefit_yuan = ok ? (double)v : 0;
    return ok;
}

static bool set_rate(void *args, const char *name, char *value, struct err *e)
{
    char *end;
    double v = strtod(value, &end);
    ((struct appraise *)args)->request.discount_rate = v;
    return (end != value && *end == '\0' && v > 0 && v <= 0.5) ||
           fail_field(e, ERR_INVALID_ARGUMENT, name, "%s \"%s\" is not above 0 to 0.5", name, value);
}

static bool set_years(void *args, const char *name, char *value, struct err *e)
{
    int64_t v = 0;
    bool ok = units_integer(name, value, 1, 99, &v, e);
    ((struct appraise *)args)->request.years = (uint32_t)v;
    return ok;
}

static bool run(struct client *c, void *args, struct err *e)
{
    struct appraise *a = args;
    struct study *s = &a->study;
    const Zongheng__V1__GetJobReply *r;
    Zongheng__V1__CompareRequest q;
    study_fill_compare(s, &q);
    a->request.compare = &q;
    a->request.html = s->html != NULL;
    a->request.detached = true;
    if (!study_ask(c, s, "zongheng.v1.Planning/Appraise", &a->request.base,
                   &zongheng__v1__appraise_reply__descriptor, &r, e))
        return false;
    if (r == NULL)
        return true;
    if ((s->html != NULL && !export_text(s->html, r->appraise->html, e)) ||
        !export_changes(s, r->appraise->compare, e))
        return false;
    if (c->json)
        return json_print_message(&r->base, stdout, e);
    study_show(&c->arena, r);
    return true;
}

int cmd_appraise(int argc, char **argv)
{
    static const struct cmd_option options[] = {
        STUDY_OPTIONS,
        STUDY_COMPARE_OPTIONS,
        {"--cost", "YUAN", "of construction (the project's)", set_cost},
        {"--other-benefit", "YUAN", "a year, of cars and passengers, which are not worked out here",
         set_other},
        {"--discount", "RATE", "a year (0.05)", set_rate},
        {"--years", "N", "of operation (30)", set_years},
        {"--html", "FILE", "the report with maps, tables and assumptions", study_set_html}};
    static const struct cmd cmd = {
        "zongheng appraise --scenario ID [--html FILE] [options]",
        "What a scenario is worth: net present value, benefit-cost ratio, sensitivity.",
        options,
        sizeof options / sizeof options[0],
        study_check_compare,
        run};
    static struct appraise args;
    study_init(&args.study);
    zongheng__v1__appraise_request__init(&args.request);
    return cmd_main(&cmd, &args, argc, argv);
}
