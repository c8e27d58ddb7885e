/* zongheng assign: user equilibrium of a TNTP network and trip table, without a daemon. */
#include "cmd.h"

#include "import/tntp.h"
#include "team.h"
#include "whatif/assign.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { EDITS_MAX = 1000, SHOWN_MAX = 10 };

struct edit {
    uint32_t from, to; /* of the file, 1 to NODES */
    double capacity, length, time;
    const char *text;
};

struct assign_args {
    char *net, *trips, *flows;
    double gap, toll_weight, distance_weight;
    unsigned threads, iterations;
    struct edit add[EDITS_MAX], close[EDITS_MAX];
    uint32_t add_count, close_count;
    bool json;
    double start;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static bool number(const char *name, const char *s, double low, double high, double *out, struct err *e)
{
    char *end;
    *out = strtod(s, &end);
    return (end != s && *end == '\0' && s[strspn(s, "+-.0123456789eE")] == '\0' && *out >= low &&
            *out <= high) ||
           fail_field(e, ERR_INVALID_ARGUMENT, name, "%s \"%s\" is not a number from %g to %g", name, s, low,
                      high);
}

static bool set_net(void *args, const char *name, char *value, struct err *e)
{
    return cmd_set_first_text(&((struct assign_args *)args)->net, name, value, e);
}

static bool set_trips(void *args, const char *name, char *value, struct err *e)
{
    return cmd_set_first_text(&((struct assign_args *)args)->trips, name, value, e);
}

static bool set_flows(void *args, const char *name, char *value, struct err *e)
{
    return cmd_set_first_text(&((struct assign_args *)args)->flows, name, value, e);
}

static bool set_gap(void *args, const char *name, char *value, struct err *e)
{
    return number(name, value, 0, 1, &((struct assign_args *)args)->gap, e);
}

static bool set_toll(void *args, const char *name, char *value, struct err *e)
{
    return number(name, value, 0, 1e9, &((struct assign_args *)args)->toll_weight, e);
}

static bool set_distance(void *args, const char *name, char *value, struct err *e)
{
    return number(name, value, 0, 1e9, &((struct assign_args *)args)->distance_weight, e);
}

static bool set_threads(void *args, const char *name, char *value, struct err *e)
{
    double v;
    if (!number(name, value, 1, 64, &v, e))
        return false;
    ((struct assign_args *)args)->threads = (unsigned)v;
    return true;
}

static bool set_iterations(void *args, const char *name, char *value, struct err *e)
{
    double v;
    if (!number(name, value, 1, 1e6, &v, e))
        return false;
    ((struct assign_args *)args)->iterations = (unsigned)v;
    return true;
}

/* "1:2:3.5" cut into `count` numbers; the first two are nodes. */
static bool set_edit(struct edit *list, uint32_t *n, int count, const char *name, const char *value,
                     struct err *e)
{
    double v[5] = {0};
    const char *s = value;
    bool ok = true;
    for (int i = 0; i < count && ok; i++) {
        char *end;
        errno = 0;
        v[i] = strtod(s, &end);
        ok = end != s && *end == (i + 1 < count ? ':' : '\0') && isfinite(v[i]) && v[i] >= 0 &&
             v[i] <= 1e15 && (i >= 2 || (v[i] >= 1 && v[i] <= UINT32_MAX && v[i] == floor(v[i])));
        s = end + 1;
    }
    if (!ok)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "%s \"%s\" is not %s", name, value,
                          count == 2 ? "FROM:TO" : "FROM:TO:CAPACITY:LENGTH:FFT");
    if (count > 2 && v[2] == 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "%s \"%s\": a link needs a capacity above 0", name,
                          value);
    if (*n == EDITS_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "%s is given more than %d times", name, EDITS_MAX);
    list[(*n)++] = (struct edit){(uint32_t)v[0], (uint32_t)v[1], v[2], v[3], v[4], value};
    return true;
}

static bool set_add(void *args, const char *name, char *value, struct err *e)
{
    struct assign_args *a = args;
    return set_edit(a->add, &a->add_count, 5, name, value, e);
}

static bool set_close(void *args, const char *name, char *value, struct err *e)
{
    struct assign_args *a = args;
    return set_edit(a->close, &a->close_count, 2, name, value, e);
}

static bool check(void *args, struct err *e)
{
    const struct assign_args *a = args;
    return (a->net != NULL && a->trips != NULL) ||
           fail(e, ERR_INVALID_ARGUMENT, "--tntp-net and --tntp-trips are needed; see --help");
}

/* The file's links without the closed ones, then the new ones. */
static bool edit_links(const struct assign_args *a, const struct tntp_net *net, struct assign_link *link,
                       uint32_t *count, struct err *e)
{
    bool used[EDITS_MAX] = {false};
    *count = 0;
    for (uint32_t i = 0; i < net->link_count; i++) {
        const struct tntp_link *l = &net->link[i];
        bool closed = false;
        for (uint32_t k = 0; k < a->close_count; k++)
            if (a->close[k].from == l->from && a->close[k].to == l->to)
                closed = used[k] = true;
        if (!closed)
            link[(*count)++] = (struct assign_link){.from = l->from - 1,
                                                    .to = l->to - 1,
                                                    .capacity = l->capacity,
                                                    .free_flow_time = l->free_flow_time,
                                                    .b = l->b,
                                                    .power = l->power,
                                                    .length = l->length,
                                                    .toll = l->toll};
    }
    for (uint32_t k = 0; k < a->close_count; k++)
        if (!used[k])
            return fail_field(e, ERR_NOT_FOUND, "--close", "there is no link %s to close in %s",
                              a->close[k].text, a->net);
    for (uint32_t k = 0; k < a->add_count; k++) {
        const struct edit *d = &a->add[k];
        if (d->from > net->node_count || d->to > net->node_count)
            return fail_field(e, ERR_NOT_FOUND, "--add", "%s: the nodes of %s are 1 to %u", d->text, a->net,
                              net->node_count);
        link[(*count)++] = (struct assign_link){.from = d->from - 1,
                                                .to = d->to - 1,
                                                .capacity = d->capacity,
                                                .free_flow_time = d->time,
                                                .b = 0.15,
                                                .power = 4,
                                                .length = d->length};
    }
    return true;
}

/* Demand that would be left out silently is refused. */
static bool demand_fits(const struct assign_args *a, const struct demand_report *r, struct err *e)
{
    for (uint32_t i = 0; i < r->note_count && i < SHOWN_MAX; i++)
        fprintf(stderr, "zongheng: %s\n", r->note[i]);
    if (r->refused > 0)
        return fail(e, ERR_INVALID_ARGUMENT, "%s: %llu entries are refused", a->trips,
                    (unsigned long long)r->refused);
    if (r->unknown > 0)
        return fail(e, ERR_INVALID_ARGUMENT,
                    "%s: %llu entries with %g vehicles name zones that %s has not, such as %s", a->trips,
                    (unsigned long long)r->unknown, r->unknown_volume, a->net, r->unknown_zone[0]);
    if (r->announced >= 0 && fabs(r->announced - r->total) > 1e-6 * r->announced)
        fprintf(stderr, "zongheng: %s announces %.10g vehicles and has %.10g\n", a->trips, r->announced,
                r->total);
    return true;
}

static void show(void *ctx, const struct assign_progress *p)
{
    const struct assign_args *a = ctx;
    if (!a->json)
        printf("%9u  %12.3e  %20.6f  %20.6f  %8.2f s\n", p->iteration, p->relative_gap, p->objective,
               p->total_time, now() - a->start);
}

static bool write_flows(const struct assign_args *a, const struct assign *s, const struct assign_link *link,
                        uint32_t count, struct err *e)
{
    double *flow = malloc(((size_t)count + 1) * sizeof *flow),
           *time = malloc(((size_t)count + 1) * sizeof *time);
    FILE *f = flow != NULL && time != NULL ? fopen(a->flows, "w") : NULL;
    if (f == NULL) {
        free(flow);
        free(time);
        return fail(e, ERR_UNKNOWN, "%s cannot be written: %s", a->flows, strerror(errno));
    }
    assign_flows(s, flow);
    assign_times(s, time);
    fputs("from,to,volume,time,capacity,length,toll\n", f);
    for (uint32_t l = 0; l < count; l++)
        fprintf(f, "%u,%u,%.17g,%.17g,%.17g,%.17g,%.17g\n", link[l].from + 1, link[l].to + 1, flow[l],
                time[l], link[l].capacity, link[l].length, link[l].toll);
    free(flow);
    free(time);
    bool ok = !ferror(f);
    ok = fclose(f) == 0 && ok;
    return ok || fail(e, ERR_UNKNOWN, "%s cannot be written", a->flows);
}

static void print_result(const struct assign_args *a, const struct assign_result *r, double seconds)
{
    if (a->json)
        printf("{\"objective\": %.15g, \"relative_gap\": %.6e, \"total_time\": %.15g, \"iterations\": %u, "
               "\"seconds\": %.6f, \"converged\": %s, \"unserved\": %.15g}\n",
               r->last.objective, r->last.relative_gap, r->last.total_time, r->last.iteration, seconds,
               r->converged ? "true" : "false", r->unserved);
    else
        printf(
            "\nobjective     %.6f\ntotal time    %.6f\nrelative gap  %.3e%s\niterations    %u\nseconds       "
            "%.3f on %u threads\nmemory        %.1f MB\nin own zone   %.10g vehicles\nunserved      %.10g "
            "vehicles\n",
            r->last.objective, r->last.total_time, r->last.relative_gap, r->converged ? "" : " (NOT reached)",
            r->last.iteration, seconds, a->threads, (double)r->bytes / 1e6, r->inside, r->unserved);
    if (r->unserved > 0)
        fprintf(stderr, "zongheng: %g vehicles of %llu O-D pairs have no way and are left out\n", r->unserved,
                (unsigned long long)r->unserved_pairs);
}

/* The figures again by other code: nothing is printed that was not found twice. */
static bool figures_hold(const struct assign *s, const struct assign_result *r, const struct cch_executor *x,
                         struct err *e)
{
    struct assign_check c;
    if (!assign_check(s, x, &c, e))
        return false;
    double off = fabs(c.objective - r->last.objective), late = fabs(c.total_time - r->last.total_time);
    return (off <= 1e-9 * fabs(r->last.objective) && late <= 1e-9 * r->last.total_time &&
            c.conservation < 1e-9 && c.link_sums < 1e-9 && c.negative >= 0 &&
            fabs(c.relative_gap - r->last.relative_gap) < 1e-9) ||
           fail(e, ERR_INTERNAL,
                "the self-check finds objective %.15g, total time %.15g, gap %.3e, conservation %.1e: not to "
                "be used",
                c.objective, c.total_time, c.relative_gap, c.conservation);
}

static bool assign_on(struct assign_args *a, const struct assign_problem *p, struct err *e)
{
    struct team *team = team_new(a->threads);
    struct assign *s = NULL;
    struct assign_result r;
    struct assign_options o = {.gap = a->gap,
                               .iterations_max = a->iterations,
                               .executor = team_executor(team),
                               .progress = show,
                               .ctx = a};
    if (!a->json)
        printf("%9s  %12s  %20s  %20s\n", "iteration", "relative gap", "objective", "total time");
    a->start = now();
    bool ok = assign_new(p, &s, e) && assign_run(s, &o, &r, e);
    double seconds = now() - a->start;
    ok = ok && figures_hold(s, &r, o.executor, e) &&
         (a->flows == NULL || write_flows(a, s, p->link, p->link_count, e));
    if (ok)
        print_result(a, &r, seconds);
    assign_free(s);
    team_free(team);
    return ok;
}

static bool run(struct client *c, void *args, struct err *e)
{
    struct assign_args *a = args;
    struct tntp_net net;
    struct demand demand = {0};
    struct demand_report *report = malloc(sizeof *report);
    struct assign_link *link = NULL;
    uint32_t count = 0;
    a->json = c->json;
    bool ok = tntp_read_net(a->net, &net, e);
    if (!ok) {
        free(report);
        return false;
    }
    link = malloc(((size_t)net.link_count + a->add_count + 1) * sizeof *link);
    ok = (report != NULL && link != NULL) || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for %s", a->net);
    ok = ok && edit_links(a, &net, link, &count, e) &&
         demand_read_tntp(a->trips, net.zone_count, &demand, report, e) && demand_fits(a, report, e);
    if (ok) {
        struct assign_class class = {.pce = 1,
                                     .toll_weight = a->toll_weight,
                                     .distance_weight = a->distance_weight,
                                     .trips = &demand.table[0].trips};
        struct assign_problem p = {.node_count = net.node_count,
                                   .zone_count = net.zone_count,
                                   .first_thru_node = net.first_thru_node - 1,
                                   .link = link,
                                   .link_count = count,
                                   .class = &class,
                                   .class_count = 1};
        ok = assign_on(a, &p, e);
    }
    demand_free(&demand);
    tntp_net_free(&net);
    free(link);
    free(report);
    return ok;
}

static const struct cmd_option options[] = {
    {"--tntp-net", "FILE", "the network, X_net.tntp", set_net},
    {"--tntp-trips", "FILE", "the trip table, X_trips.tntp", set_trips},
    {"--gap", "G", "relative gap to reach (1e-6)", set_gap},
    {"--toll-weight", "W", "time that a unit of toll is worth (0)", set_toll},
    {"--distance-weight", "W", "time that a unit of length is worth (0)", set_distance},
    {"--add", "LINK", "FROM:TO:CAPACITY:LENGTH:FFT, one way, b 0.15, power 4; again for more", set_add},
    {"--close", "FROM:TO", "takes away every link from FROM to TO; again for more", set_close},
    {"--flows", "OUT.csv", "writes volume and time of every link", set_flows},
    {"--threads", "N", "(the machine's)", set_threads},
    {"--iterations", "N", "at most (1000)", set_iterations},
};
static const struct cmd command = {
    "zongheng assign --tntp-net NET --tntp-trips TRIPS [options]",
    "User equilibrium of a traffic network in TNTP form, without a daemon; --json prints one object.",
    options,
    sizeof options / sizeof options[0],
    check,
    run};

int cmd_assign(int argc, char **argv)
{
    static struct assign_args args;
    bool offline = false;
    for (int i = 0; i < argc; i++)
        offline = offline || strncmp(argv[i], "--tntp-", 7) == 0;
    if (!offline)
        return cmd_loading(argc, argv);
    long threads = sysconf(_SC_NPROCESSORS_ONLN);
    args.gap = 1e-6;
    args.threads = threads > 1 ? (unsigned)(threads < 64 ? threads : 64) : 1;
    return cmd_main(&command, &args, argc, argv);
}
