/* zongheng-load: replays freight demand against a running daemon and says how it did. */
#include "../client/units.h"
#include "report.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct line {
    struct run_plan plan;
    const char *demand, *report, *verify;
    bool flood;
};

static const char help[] =
    "usage: zongheng-load replay --demand FILE.csv --rate N --duration TIME [options]   open loop\n"
    "       zongheng-load flood --count N [options]                                  closed loop\n\n"
    "  --server HOST:PORT   the daemon ($ZONGHENG_SERVER; 127.0.0.1:7420)\n"
    "  --token TOKEN        who asks ($ZONGHENG_TOKEN)\n"
    "  --tls yes|no         TLS; --ca, --cert and --key say yes (no)\n"
    "  --ca FILE            the server's authority, PEM ($ZONGHENG_CA; the system's)\n"
    "  --cert FILE, --key FILE   this client's certificate and key, PEM\n"
    "  --demand FILE.csv    what is to be shipped (data/demand.csv)\n"
    "  --rate N             replay: requests per second, up to three decimals\n"
    "  --duration TIME      replay: how long, such as 60s\n"
    "  --count N            flood: how many requests (10000)\n"
    "  --depth N            flood: requests in work on each connection (1)\n"
    "  --connections N      1 to 1000 (4)\n"
    "  --mix route=60,cost=30,book=10   shares of the kinds (route=50,cost=50)\n"
    "  --seed N             the same seed asks the same (1)\n"
    "  --start TIME         the demand's first instant (the next midnight in China but one)\n"
    "  --deadline TIME      of each request (10s)\n"
    "  --drain TIME         for what is in work at the end, bookings to be repeated (30s)\n"
    "  --report OUT.json    the figures for programs\n"
    "  --verify CONNINFO    count every acknowledged booking in PostgreSQL\n\n"
    "Exit status: 0 done; 1 it could not run, a verified booking is missing or doubled, or (flood) an error "
    "came; 2 "
    "wrong usage.\n";

static bool set_mix(uint32_t weights[3], const char *text, struct err *e)
{
    static const char *const names[] = {"route=", "cost=", "book="};
    uint32_t sum = 0;
    weights[0] = weights[1] = weights[2] = 0;
    for (const char *p = text; *p != '\0';) {
        unsigned k = 0;
        char number[16];
        int64_t v;
        size_t n = strcspn(p, ",");
        while (k < 3 && strncmp(p, names[k], strlen(names[k])) != 0)
            k++;
        size_t skip = k < 3 ? strlen(names[k]) : n;
        if (k == 3 || n - skip >= sizeof number)
            return fail(e, ERR_INVALID_ARGUMENT, "--mix \"%s\" must be like route=60,cost=30,book=10", text);
        memcpy(number, p + skip, n - skip);
        number[n - skip] = '\0';
        if (!units_integer("--mix", number, 0, 1000000, &v, e))
            return false;
        weights[k] = (uint32_t)v;
        sum += weights[k];
        p += n + (p[n] == ',');
    }
    return sum > 0 || fail(e, ERR_INVALID_ARGUMENT, "--mix \"%s\" asks for nothing", text);
}

/* "200" or "0.5" per second, into requests per 1000 s. */
static bool set_rate(int64_t *rate_mhz, const char *text, struct err *e)
{
    char whole[16];
    int64_t v, part = 0;
    size_t n = strcspn(text, ".");
    if (n < sizeof whole) {
        memcpy(whole, text, n);
        whole[n] = '\0';
        const char *digits = text[n] == '.' ? text + n + 1 : "0";
        size_t places = strlen(digits);
        if (places >= 1 && places <= 3 && units_integer("--rate", whole, 0, 1000000, &v, NULL) &&
            units_integer("--rate", digits, 0, 999, &part, NULL)) {
            for (size_t i = places; i < 3; i++)
                part *= 10;
            *rate_mhz = 1000 * v + part;
            if (*rate_mhz > 0)
                return true;
        }
    }
    return fail(e, ERR_INVALID_ARGUMENT, "--rate \"%s\" must be requests per second, above 0 to 1000000",
                text);
}

static bool set_uint(uint32_t *slot, const char *name, const char *value, int64_t high, struct err *e)
{
    int64_t v = 0;
    bool ok = units_integer(name, value, 1, high, &v, e);
    *slot = (uint32_t)v;
    return ok;
}

static bool set_deadline(struct run_plan *p, const char *name, const char *value, struct err *e)
{
    int64_t ms;
    if (!units_duration(name, value, &ms, e))
        return false;
    p->deadline_ms = (uint32_t)(ms < 600000 ? ms : 600000);
    return ms <= 600000 || fail(e, ERR_INVALID_ARGUMENT, "--deadline must be at most 10m");
}

/* The options of TLS; false when it is none of them. */
static bool set_tls(struct run_plan *p, const char *name, const char *value)
{
    if (strcmp(name, "--tls") == 0)
        p->tls = strcmp(value, "yes") == 0;
    else if (strcmp(name, "--ca") == 0)
        p->files.ca = value;
    else if (strcmp(name, "--cert") == 0)
        p->files.certificate = value;
    else if (strcmp(name, "--key") == 0)
        p->files.key = value;
    else
        return false;
    p->tls = p->tls || strcmp(name, "--tls") != 0;
    return true;
}

/* An option of both forms. *known is false for another. */
static bool set_common(struct line *l, const char *name, const char *value, bool *known, struct err *e)
{
    struct run_plan *p = &l->plan;
    int64_t v = 0;
    *known = true;
    if (set_tls(p, name, value))
        return strcmp(name, "--tls") != 0 || p->tls || strcmp(value, "no") == 0 ||
               fail(e, ERR_INVALID_ARGUMENT, "--tls must be yes or no");
    if (strcmp(name, "--server") == 0)
        p->server = value;
    else if (strcmp(name, "--token") == 0)
        p->token = value;
    else if (strcmp(name, "--demand") == 0)
        l->demand = value;
    else if (strcmp(name, "--report") == 0)
        l->report = value;
    else if (strcmp(name, "--verify") == 0)
        l->verify = value;
    else if (strcmp(name, "--connections") == 0)
        return set_uint(&p->connections, name, value, RUN_CONNECTIONS_MAX, e);
    else if (strcmp(name, "--mix") == 0)
        return set_mix(p->weights, value, e);
    else if (strcmp(name, "--start") == 0)
        return units_time(name, value, &p->start_s, e);
    else if (strcmp(name, "--deadline") == 0)
        return set_deadline(p, name, value, e);
    else if (strcmp(name, "--drain") == 0)
        return units_duration(name, value, &p->drain_ms, e);
    else if (strcmp(name, "--seed") == 0) {
        bool ok = units_integer(name, value, 0, INT64_MAX, &v, e);
        p->seed = (uint64_t)v;
        return ok;
    } else
        *known = false;
    return true;
}

static bool set(struct line *l, const char *name, const char *value, struct err *e)
{
    bool known;
    if (!set_common(l, name, value, &known, e))
        return false;
    if (known)
        return true;
    if (!l->flood && strcmp(name, "--rate") == 0)
        return set_rate(&l->plan.rate_mhz, value, e);
    if (!l->flood && strcmp(name, "--duration") == 0)
        return units_duration(name, value, &l->plan.duration_ms, e);
    if (l->flood && strcmp(name, "--count") == 0)
        return units_integer(name, value, 1, INT64_C(1000000000), &l->plan.count, e);
    if (l->flood && strcmp(name, "--depth") == 0)
        return set_uint(&l->plan.depth, name, value, 1000, e);
    return fail(e, ERR_INVALID_ARGUMENT, "%s has no option %s; zongheng-load --help lists them",
                l->flood ? "flood" : "replay", name);
}

static bool parse(struct line *l, int argc, char **argv, struct err *e)
{
    if (argc < 2 || (strcmp(argv[1], "replay") != 0 && strcmp(argv[1], "flood") != 0))
        return fail(e, ERR_INVALID_ARGUMENT, "replay or flood? zongheng-load --help says more");
    l->flood = strcmp(argv[1], "flood") == 0;
    for (int i = 2; i < argc; i += 2)
        if (i + 1 == argc || strncmp(argv[i], "--", 2) != 0)
            return fail(e, ERR_INVALID_ARGUMENT, "%s: options are --name VALUE", argv[i]);
        else if (!set(l, argv[i], argv[i + 1], e))
            return false;
    if (!l->flood && (l->plan.rate_mhz == 0 || l->plan.duration_ms == 0))
        return fail(e, ERR_INVALID_ARGUMENT, "replay wants --rate and --duration");
    if (l->plan.duration_ms > 86400000 * INT64_C(31) || l->plan.drain_ms > 86400000)
        return fail(e, ERR_INVALID_ARGUMENT, "--duration is at most 31d, --drain at most 1d");
    if (l->plan.connections * l->plan.depth > RUN_WORK_MAX)
        return fail(e, ERR_INVALID_ARGUMENT, "connections x depth is at most %d", RUN_WORK_MAX);
    return true;
}

static int complain(const struct err *e, int status)
{
    fprintf(stderr, "zongheng-load: %s: %s%s%s\n", err_code_name(e->code), e->field,
            e->field[0] != '\0' ? ": " : "", e->text);
    return status;
}

static int replay(const struct line *l, const struct demand *d)
{
    struct run_result r;
    struct verify_result v = {0};
    struct err e = {0};
    if (!run_demand(&l->plan, d, &r, &e)) {
        run_release(&r);
        return complain(&e, EXIT_FAILED);
    }
    bool verified = l->verify == NULL || verify_bookings(l->verify, r.acks, r.ack_count, &v, &e);
    const struct verify_result *shown = l->verify != NULL && verified ? &v : NULL;
    report_print(&l->plan, &r, shown, stdout);
    bool written = l->report == NULL || !verified || report_write(&l->plan, &r, shown, l->report, &e);
    bool good = v.once == v.asked && (!l->flood || report_errors(&r) == 0);
    run_release(&r);
    if (!verified || !written)
        return complain(&e, EXIT_FAILED);
    return good ? EXIT_DONE : EXIT_FAILED;
}

/* Tomorrow's midnight in China, and a day: ready times are in the future however long the replay takes. */
static int64_t default_start(void)
{
    int64_t day = ((int64_t)time(NULL) + 8 * 3600) / 86400 + 2;
    return day * 86400 - 8 * 3600;
}

int main(int argc, char **argv)
{
    const char *server = getenv("ZONGHENG_SERVER"), *token = getenv("ZONGHENG_TOKEN");
    const char *ca = getenv("ZONGHENG_CA");
    struct line l = {
        .demand = "data/demand.csv",
        .plan = {.server = server != NULL && server[0] != '\0' ? server : "127.0.0.1:7420",
                 .token = token != NULL ? token : "",
                 .tls = ca != NULL && ca[0] != '\0',
                 .files = {.certificate = "", .key = "", .ca = ca != NULL ? ca : "", .names = ""},
                 .count = 10000,
                 .depth = 1,
                 .connections = 4,
                 .weights = {50, 50, 0},
                 .deadline_ms = 10000,
                 .drain_ms = 30000,
                 .seed = 1}};
    struct err e = {0};
    struct demand d;
    signal(SIGPIPE, SIG_IGN);
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    l.plan.start_s = default_start();
    if (!parse(&l, argc, argv, &e))
        return complain(&e, EXIT_USAGE);
    if (!demand_read(&d, l.demand, &e))
        return complain(&e, EXIT_USAGE);
    int status = replay(&l, &d);
    demand_release(&d);
    return status;
}
