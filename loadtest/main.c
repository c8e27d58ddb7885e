/* zongheng-load: replays freight demand against a running daemon and says how it did. */
#include "options.h"
#include "report.h"
#include "stages.h"

#include <signal.h>
#include <string.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, COMMAND_MAX = 2000, ASKED_MAX = 400 };

static int complain(const struct err *e, int status)
{
    fprintf(stderr, "zongheng-load: %s: %s%s%s\n", err_code_name(e->code), e->field,
            e->field[0] != '\0' ? ": " : "", e->text);
    return status;
}

/* The line as it was given, without the tokens. */
static void put_command(char *out, size_t size, int argc, char **argv)
{
    size_t n = (size_t)snprintf(out, size, "zongheng-load");
    for (int i = 1; i < argc && n < size; i++) {
        bool secret = i > 1 && (strcmp(argv[i - 1], "--token") == 0 || strcmp(argv[i - 1], "--planner") == 0);
        n += (size_t)snprintf(out + n, size - n, " %s", secret ? "..." : argv[i]);
    }
}

static bool check_order(const struct options *o, const struct demand *d, struct err *e)
{
    for (size_t i = 1; o->plan.pace.kind == PACE_DEMAND && o->plan.open && i < d->count; i++)
        if (d->rows[i].release_min < d->rows[i - 1].release_min)
            return fail(e, ERR_INVALID_ARGUMENT, "%s: --speed wants rows in the order of release_at_min",
                        o->demand);
    return true;
}

static bool write_all(const struct options *o, const struct demand *d, const struct report *p, struct err *e)
{
    char asked[ASKED_MAX];
    options_asked(o, d, asked, sizeof asked);
    report_print(p, stdout);
    return (o->report == NULL || report_write_json(p, o->report, e)) &&
           (o->html == NULL || report_write_html(p, o->html, e)) &&
           (o->answers == NULL || answers_write(&p->result->answers, asked, o->answers, e));
}

static int go(const struct options *o, const struct demand *d, const char *command)
{
    static struct marks marks; /* large */
    static struct stage stages[STAGES_MAX];
    struct run_result r = {0};
    struct verify_result v = {0};
    struct err e = {0};
    struct report report = {.plan = &o->plan, .result = &r, .marks = &marks, .command = command};
    FILE *progress = o->progress ? stderr : NULL;
    bool staged = (o->form & (FORM_STEPS | FORM_SEARCH)) != 0;
    bool ok = staged ? stages_run(&o->plan, &o->stages, d, progress, &marks, &report, stages, &r, &e)
                     : crew_run(&o->plan, d, progress, &marks, &r, &e);
    if (ok && o->verify != NULL) {
        ok = verify_run(o->verify, r.acks, r.ack_count, &v, &e);
        report.verified = &v;
    }
    ok = ok && (o->marks == NULL || marks_read(&marks, o->marks, r.start_unix_s, r.seconds, &e)) &&
         write_all(o, d, &report, &e);
    bool good = ok && (staged || report_is_good(&report));
    run_release(&r);
    if (!ok)
        return complain(&e, EXIT_FAILED);
    return good ? EXIT_DONE : EXIT_FAILED;
}

static int diff(const struct options *o)
{
    struct err e = {0};
    uint64_t differences;
    if (!answers_compare(o->one, o->other, stdout, &differences, &e))
        return complain(&e, EXIT_FAILED);
    printf("%llu differences\n", (unsigned long long)differences);
    return differences == 0 ? EXIT_DONE : EXIT_FAILED;
}

int main(int argc, char **argv)
{
    struct options o;
    struct err e = {0};
    struct demand d;
    char command[COMMAND_MAX];
    signal(SIGPIPE, SIG_IGN);
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        options_help(stdout);
        return EXIT_DONE;
    }
    options_init(&o);
    if (!options_read(&o, argc, argv, &e))
        return complain(&e, EXIT_USAGE);
    if (o.form == FORM_DIFF)
        return diff(&o);
    if (!demand_read(&d, o.demand, &e) || !check_order(&o, &d, &e))
        return complain(&e, EXIT_USAGE);
    put_command(command, sizeof command, argc, argv);
    crew_block_signals();
    int status = go(&o, &d, command);
    demand_release(&d);
    return status;
}
