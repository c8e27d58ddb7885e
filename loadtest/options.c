#include "options.h"

#include "../client/units.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    LOOPS = FORM_REPLAY | FORM_FLOOD | FORM_STEPS | FORM_SEARCH,
    OPEN = FORM_REPLAY | FORM_STEPS | FORM_SEARCH,
    STAGED = FORM_STEPS | FORM_SEARCH
};

typedef bool set_fn(struct options *o, const char *name, const char *value, struct err *e);

static const struct {
    const char *word, *usage;
    enum form form;
} forms[] = {
    {"replay", "replay (--rate N | --speed X) --duration TIME   open loop", FORM_REPLAY},
    {"flood", "flood (--count N | --duration TIME)             closed loop", FORM_FLOOD},
    {"steps", "steps --from N --to N --each TIME               open loop, one rate after the other",
     FORM_STEPS},
    {"search", "search --p99 TIME --from N --each TIME          the highest rate that keeps p99",
     FORM_SEARCH},
    {"diff", "diff ONE OTHER                                  two lists of --answers, every difference",
     FORM_DIFF},
};
enum { FORMS = sizeof forms / sizeof forms[0] };

static bool set_uint(uint32_t *slot, const char *name, const char *value, int64_t high, struct err *e)
{
    int64_t v = 0;
    bool ok = units_integer(name, value, 1, high, &v, e);
    *slot = (uint32_t)v;
    return ok;
}

/* A number above 0 with up to three decimals. */
static bool set_real(double *slot, const char *name, const char *value, double high, struct err *e)
{
    char *end;
    size_t n = strspn(value, "0123456789."), point = strcspn(value, ".");
    double v = strtod(value, &end);
    if (n == 0 || value[n] != '\0' || *end != '\0' || (point < n && n - point > 4) || !(v > 0) || v > high)
        return fail(e, ERR_INVALID_ARGUMENT,
                    "%s \"%s\" must be a number above 0 to %.0f, up to three decimals", name, value, high);
    *slot = v;
    return true;
}

static bool set_yes(bool *slot, const char *name, const char *value, struct err *e)
{
    *slot = strcmp(value, "yes") == 0;
    return *slot || strcmp(value, "no") == 0 || fail(e, ERR_INVALID_ARGUMENT, "%s must be yes or no", name);
}

static bool set_mix(struct options *o, const char *name, const char *value, struct err *e)
{
    uint64_t sum = 0;
    memset(o->plan.weights, 0, sizeof o->plan.weights);
    for (const char *p = value; *p != '\0';) {
        char number[16] = "";
        int64_t v = 0;
        size_t n = strcspn(p, ","), word = strcspn(p, "=,");
        enum kind_id k = kind_find(p, word);
        if (k == KIND_COUNT || p[word] != '=' || n - word - 1 >= sizeof number)
            return fail(e, ERR_INVALID_ARGUMENT,
                        "%s \"%s\" must be like route=60,cost=30,book=10; --help names the kinds", name,
                        value);
        memcpy(number, p + word + 1, n - word - 1);
        if (!units_integer(name, number, 0, 1000000, &v, e))
            return false;
        o->plan.weights[k] = (uint32_t)v;
        sum += (uint64_t)v;
        p += n + (p[n] == ',');
    }
    return sum > 0 || fail(e, ERR_INVALID_ARGUMENT, "%s \"%s\" asks for nothing", name, value);
}

static bool set_arrivals(struct options *o, const char *name, const char *value, struct err *e)
{
    o->plan.pace.poisson = strcmp(value, "poisson") == 0;
    return o->plan.pace.poisson || strcmp(value, "even") == 0 ||
           fail(e, ERR_INVALID_ARGUMENT, "%s must be even or poisson", name);
}

static bool set_deadline(struct options *o, const char *name, const char *value, struct err *e)
{
    int64_t ms;
    if (!units_duration(name, value, &ms, e))
        return false;
    o->plan.deadline_ms = (uint32_t)(ms < 600000 ? ms : 600000);
    return ms <= 600000 || fail(e, ERR_INVALID_ARGUMENT, "%s must be at most 10m", name);
}

static bool set_seed(struct options *o, const char *name, const char *value, struct err *e)
{
    int64_t v = 0;
    bool ok = units_integer(name, value, 0, INT64_MAX, &v, e);
    o->plan.seed = (uint64_t)v;
    return ok;
}

static bool set_p99(struct options *o, const char *name, const char *value, struct err *e)
{
    double ms;
    size_t n = strlen(value);
    char number[16];
    if (n < 3 || n >= sizeof number || strcmp(value + n - 2, "ms") != 0)
        return fail(e, ERR_INVALID_ARGUMENT, "%s must be milliseconds like 5ms or 0.5ms", name);
    memcpy(number, value, n - 2);
    number[n - 2] = '\0';
    if (!set_real(&ms, name, number, 600000, e))
        return false;
    o->stages.limit_ns = (int64_t)(ms * 1e6);
    return true;
}

/* One setter for each member: NAME is the function, EXPR sets what it is called for. */
#define SETTER(fn, expr)                                                                  \
    static bool fn(struct options *o, const char *name, const char *value, struct err *e) \
    {                                                                                     \
        (void)name;                                                                       \
        (void)e;                                                                          \
        return expr;                                                                      \
    }
SETTER(set_server, (o->plan.server = value, true))
SETTER(set_token, (o->plan.token = value, true))
SETTER(set_planner, (o->plan.planner = value, true))
SETTER(set_table, set_uint(&o->plan.table, name, value, KIND_TABLE_SIDE_MAX, e))
SETTER(set_scenario, (o->plan.scenario = value, true))
SETTER(set_tls, set_yes(&o->plan.tls, name, value, e))
SETTER(set_ca, (o->plan.files.ca = value, o->plan.tls = true))
SETTER(set_cert, (o->plan.files.certificate = value, o->plan.tls = true))
SETTER(set_key, (o->plan.files.key = value, o->plan.tls = true))
SETTER(set_demand, (o->demand = value, true))
SETTER(set_rate, (o->has_rate = true, set_real(&o->plan.pace.rate_per_s, name, value, 1e7, e)))
SETTER(set_speed, (o->has_speed = true, set_real(&o->plan.pace.speed, name, value, 1e7, e)))
SETTER(set_curve, (o->has_curve = true, pace_profile(&o->plan.pace, value, e)))
SETTER(set_duration, units_duration(name, value, &o->plan.duration_ms, e))
SETTER(set_warmup, units_duration(name, value, &o->plan.warmup_ms, e))
SETTER(set_drain, units_duration(name, value, &o->plan.drain_ms, e))
SETTER(set_count, units_integer(name, value, 1, INT64_C(1000000000), &o->plan.count, e))
SETTER(set_depth, set_uint(&o->plan.depth, name, value, 1000, e))
SETTER(set_connections, set_uint(&o->plan.connections, name, value, RUN_CONNECTIONS_MAX, e))
SETTER(set_threads, set_uint(&o->plan.threads, name, value, RUN_THREADS_MAX, e))
SETTER(set_start, units_time(name, value, &o->plan.start_s, e))
SETTER(set_check, set_yes(&o->plan.check, name, value, e))
SETTER(set_digest, set_yes(&o->plan.digest, name, value, e))
SETTER(set_retry, set_yes(&o->plan.retry, name, value, e))
SETTER(set_progress, set_yes(&o->progress, name, value, e))
SETTER(set_report, (o->report = value, true))
SETTER(set_html, (o->html = value, true))
SETTER(set_answers, (o->answers = value, o->plan.keep_answers = true))
SETTER(set_verify, (o->verify = value, true))
SETTER(set_marks, (o->marks = value, true))
SETTER(set_from, set_real(&o->stages.from_per_s, name, value, 1e7, e))
SETTER(set_to, set_real(&o->stages.to_per_s, name, value, 1e7, e))
SETTER(set_factor, set_real(&o->stages.factor, name, value, 100, e))

static const struct option {
    const char *name, *value, *help;
    unsigned forms;
    set_fn *set;
} table[] = {
    {"--server", "HOST:PORT", "the daemon ($ZONGHENG_SERVER; 127.0.0.1:7420)", LOOPS, set_server},
    {"--token", "TOKEN", "who asks ($ZONGHENG_TOKEN)", LOOPS, set_token},
    {"--planner", "TOKEN", "who asks a planner's kinds, when --token may not: on every second connection",
     LOOPS, set_planner},
    {"--tls", "yes|no", "TLS; --ca, --cert and --key say yes (no)", LOOPS, set_tls},
    {"--ca", "FILE", "the server's authority, PEM ($ZONGHENG_CA; the system's)", LOOPS, set_ca},
    {"--cert", "FILE", "this client's certificate, PEM", LOOPS, set_cert},
    {"--key", "FILE", "and its key", LOOPS, set_key},
    {"--demand", "FILE.csv", "what is to be shipped (data/demand.csv)", LOOPS, set_demand},
    {"--mix", "KIND=N,...", "shares of the kinds below (route=50,cost=50)", LOOPS, set_mix},
    {"--table", "N", "rows and columns of matrix (6)", LOOPS, set_table},
    {"--scenario", "ID", "ask in this scenario", LOOPS, set_scenario},
    {"--start", "TIME", "the demand's first instant (the next midnight in China but one)", LOOPS, set_start},
    {"--seed", "N", "the same seed asks the same (1)", LOOPS, set_seed},
    {"--rate", "N", "requests per second, up to three decimals", FORM_REPLAY, set_rate},
    {"--speed", "X", "the demand's own times, X times as fast; with --curve: the day", FORM_REPLAY,
     set_speed},
    {"--curve", "NAME",
     "the rate by hours: day, huahu (peak 01:00 to 05:00) or a CSV file; --rate is the mean", FORM_REPLAY,
     set_curve},
    {"--arrivals", "even|poisson", "evenly, or at random (even)", OPEN, set_arrivals},
    {"--duration", "TIME", "how long, such as 60s, without the warm-up", FORM_REPLAY | FORM_FLOOD,
     set_duration},
    {"--warmup", "TIME", "asked before, not counted (none)", LOOPS, set_warmup},
    {"--count", "N", "how many requests (10000)", FORM_FLOOD, set_count},
    {"--depth", "N", "requests in work on each connection (1)", FORM_FLOOD, set_depth},
    {"--connections", "N", "clients, 1 to 10000 (4)", LOOPS, set_connections},
    {"--threads", "N", "1 to 32 (1)", LOOPS, set_threads},
    {"--deadline", "TIME", "of each request (10s)", LOOPS, set_deadline},
    {"--drain", "TIME", "for what is in work at the end, bookings to be repeated (30s)", LOOPS, set_drain},
    {"--retry", "yes|no", "repeat bookings that were refused for now (yes)", LOOPS, set_retry},
    {"--check", "yes|no", "hold every answer against the rules (yes; flood: no)", LOOPS, set_check},
    {"--digest", "yes|no", "one number over all answers (no)", LOOPS, set_digest},
    {"--answers", "FILE", "every answer's fingerprint, for diff", FORM_REPLAY | FORM_FLOOD, set_answers},
    {"--verify", "CONNINFO", "look up in PostgreSQL all that was acknowledged", FORM_REPLAY | FORM_FLOOD,
     set_verify},
    {"--marks", "FILE",
     "\"UNIX_SECONDS TEXT\": what was broken when, read at the end; SIGUSR1 sets a mark, too", LOOPS,
     set_marks},
    {"--progress", "yes|no", "a line a second on standard error (no)", LOOPS, set_progress},
    {"--report", "OUT.json", "the figures for programs", LOOPS, set_report},
    {"--html", "OUT.html", "one page with curves and a time line", LOOPS, set_html},
    {"--from", "N", "first rate", STAGED, set_from},
    {"--to", "N", "last rate (search: 1000000)", STAGED, set_to},
    {"--factor", "X", "from one rate to the next (1.25)", FORM_STEPS, set_factor},
    {"--each", "TIME", "how long at each rate", STAGED, set_duration},
    {"--p99", "TIME", "the limit, in ms", STAGED, set_p99},
};
enum { OPTIONS = sizeof table / sizeof table[0] };

void options_help(FILE *out)
{
    fputs("usage: zongheng-load FORM [options]\n\n", out);
    for (unsigned i = 0; i < FORMS; i++)
        fprintf(out, "  %s\n", forms[i].usage);
    fputc('\n', out);
    for (unsigned i = 0; i < OPTIONS; i++) {
        char left[40];
        snprintf(left, sizeof left, "%s %s", table[i].name, table[i].value);
        fprintf(out, "  %-24s %s", left, table[i].help);
        for (unsigned f = 0, n = 0; f < FORMS && (table[i].forms & LOOPS) != LOOPS; f++)
            if ((table[i].forms & forms[f].form) != 0)
                fprintf(out, "%s%s", n++ == 0 ? " [" : ", ", forms[f].word);
        fputs((table[i].forms & LOOPS) != LOOPS ? "]\n" : "\n", out);
    }
    kind_help(out);
    fputs("\nExit status: 0 good; 1 it could not run, the token may not ask the mix, something failed, an "
          "answer "
          "broke a rule,\nan acknowledged booking is missing or doubled, or lists differ; 2 wrong usage.\n",
          out);
}

static bool set(struct options *o, const char *name, const char *value, struct err *e)
{
    for (unsigned i = 0; i < OPTIONS; i++) {
        if (strcmp(table[i].name, name) != 0 || (table[i].forms & o->form) == 0)
            continue;
        return table[i].set(o, name, value, e);
    }
    return fail(e, ERR_INVALID_ARGUMENT, "this form has no option %s; zongheng-load --help lists them", name);
}

/* What one option cannot judge alone. */
static bool finish_pace(struct options *o, struct err *e)
{
    struct pace *p = &o->plan.pace;
    p->first_hour = (int)((o->plan.start_s + 8 * 3600) / 3600 % 24);
    if ((o->form & STAGED) != 0)
        return true;
    if (o->has_curve && !o->has_rate)
        return fail(e, ERR_INVALID_ARGUMENT, "--curve wants --rate, the mean of the day");
    if (!o->has_curve && o->has_rate && o->has_speed)
        return fail(e, ERR_INVALID_ARGUMENT, "--rate or --speed, not both; with --curve both");
    if (!o->has_rate && !o->has_speed)
        return fail(e, ERR_INVALID_ARGUMENT, "replay wants --rate or --speed");
    p->kind = o->has_curve ? PACE_PROFILE : o->has_rate ? PACE_FLAT : PACE_DEMAND;
    return o->plan.duration_ms > 0 || fail(e, ERR_INVALID_ARGUMENT, "replay wants --duration");
}

static bool finish_stages(struct options *o, struct err *e)
{
    struct stages_plan *s = &o->stages;
    s->search = o->form == FORM_SEARCH;
    if (s->from_per_s == 0 || o->plan.duration_ms == 0 || (s->search && s->limit_ns == 0) ||
        (!s->search && s->to_per_s == 0))
        return fail(e, ERR_INVALID_ARGUMENT,
                    "steps wants --from, --to and --each; search --p99, --from and --each");
    if (s->to_per_s == 0)
        s->to_per_s = 1e6;
    if (s->to_per_s < s->from_per_s || s->factor < 1.01)
        return fail(e, ERR_INVALID_ARGUMENT, "--to must not be below --from, and --factor at least 1.01");
    return true;
}

/* A kind that cannot be asked as the options say. */
static bool finish_mix(const struct run_plan *p, struct err *e)
{
    for (unsigned k = 0; k < KIND_COUNT; k++) {
        const struct kind *of = kind_of((enum kind_id)k);
        if (p->weights[k] != 0 && p->scenario[0] != '\0' && (of->flags & KIND_IN_FORCE) != 0)
            return fail(e, ERR_INVALID_ARGUMENT,
                        "--mix %s with --scenario: %s is of the network in force, not of a scenario",
                        of->name, of->method);
    }
    return p->planner[0] == '\0' || p->connections >= 2 * p->threads ||
           fail(e, ERR_INVALID_ARGUMENT,
                "--planner wants two connections for each of --threads at least: every second one is the "
                "planner's");
}

static bool finish(struct options *o, struct err *e)
{
    struct run_plan *p = &o->plan;
    p->open = o->form != FORM_FLOOD;
    if ((p->open && !finish_pace(o, e)) || ((o->form & STAGED) != 0 && !finish_stages(o, e)))
        return false;
    if (p->duration_ms > 86400000 * INT64_C(31) || p->warmup_ms > 86400000 || p->drain_ms > 86400000)
        return fail(e, ERR_INVALID_ARGUMENT, "--duration is at most 31d, --warmup and --drain 1d");
    if (!p->open && p->duration_ms == 0 && p->warmup_ms != 0)
        return fail(e, ERR_INVALID_ARGUMENT, "--warmup of a flood wants --duration");
    if (p->threads > p->connections)
        return fail(e, ERR_INVALID_ARGUMENT, "--threads: each needs a connection at least");
    if ((uint64_t)p->connections * p->depth > RUN_WORK_MAX)
        return fail(e, ERR_INVALID_ARGUMENT, "connections x depth is at most %d", RUN_WORK_MAX);
    return finish_mix(p, e);
}

bool options_read(struct options *o, int argc, char **argv, struct err *e)
{
    for (unsigned i = 0; argc > 1 && i < FORMS; i++)
        if (strcmp(argv[1], forms[i].word) == 0)
            o->form = forms[i].form;
    if (o->form == 0)
        return fail(e, ERR_INVALID_ARGUMENT,
                    "replay, flood, steps, search or diff? zongheng-load --help says more");
    if (o->form == FORM_DIFF) {
        o->one = argc == 4 ? argv[2] : NULL;
        o->other = argc == 4 ? argv[3] : NULL;
        return argc == 4 || fail(e, ERR_INVALID_ARGUMENT, "diff wants two files");
    }
    o->plan.check = o->form != FORM_FLOOD;
    for (int i = 2; i < argc; i += 2)
        if (i + 1 == argc || strncmp(argv[i], "--", 2) != 0)
            return fail(e, ERR_INVALID_ARGUMENT, "%s: options are --name VALUE", argv[i]);
        else if (!set(o, argv[i], argv[i + 1], e))
            return false;
    return finish(o, e);
}

/* Tomorrow's midnight in China, and a day: ready times are in the future however long the replay takes. */
static int64_t default_start(void)
{
    int64_t day = ((int64_t)time(NULL) + 8 * 3600) / 86400 + 2;
    return day * 86400 - 8 * 3600;
}

void options_init(struct options *o)
{
    const char *server = getenv("ZONGHENG_SERVER"), *token = getenv("ZONGHENG_TOKEN");
    const char *ca = getenv("ZONGHENG_CA");
    *o = (struct options){
        .demand = "data/demand.csv",
        .stages = {.factor = 1.25},
        .plan = {.server = server != NULL && server[0] != '\0' ? server : "127.0.0.1:7420",
                 .token = token != NULL ? token : "",
                 .scenario = "",
                 .planner = "",
                 .table = KIND_TABLE_SIDE,
                 .tls = ca != NULL && ca[0] != '\0',
                 .files = {.certificate = "", .key = "", .ca = ca != NULL ? ca : "", .names = ""},
                 .start_s = default_start(),
                 .pace = {.speed = 1},
                 .count = 10000,
                 .depth = 1,
                 .connections = 4,
                 .threads = 1,
                 .weights = {[KIND_ROUTE] = 50, [KIND_COST] = 50},
                 .deadline_ms = 10000,
                 .drain_ms = 30000,
                 .retry = true,
                 .seed = 1}};
}

void options_asked(const struct options *o, const struct demand *d, char *text, size_t size)
{
    size_t n = (size_t)snprintf(
        text, size, "seed %" PRIu64 " start %" PRId64 " demand rows %zu first %" PRId64, o->plan.seed,
        o->plan.start_s, d->count,
        o->plan.open && o->plan.pace.kind == PACE_DEMAND ? 0 : (int64_t)(o->plan.seed % d->count));
    if (o->plan.table != KIND_TABLE_SIDE && o->plan.weights[KIND_MATRIX] != 0 && n < size)
        n += (size_t)snprintf(text + n, size - n, " table %u", o->plan.table);
    for (unsigned k = 0; k < KIND_COUNT && n < size; k++)
        if (o->plan.weights[k] != 0)
            n += (size_t)snprintf(text + n, size - n, " %s=%u", kind_of((enum kind_id)k)->name,
                                  o->plan.weights[k]);
}
