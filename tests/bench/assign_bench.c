/* assign_bench - user equilibrium: gap against time, and how time grows with threads.
 *
 *   bench_assign [--net X_net.tntp --trips X_trips.tntp | --network FILE.net --demand FILE.csv]
 *                [--side N] [--zones N] [--pairs N] [--load F] [--gap G] [--threads 1,2] [--quiet] [--json
 * OUT]
 *
 * With a network and consignments these are loaded on lorries first, as a planner's job does. With neither a
 * grid is made: side x side junctions, streets of different capacity both ways, zones that cannot be driven
 * through, each tied to two junctions, and a gravity-like table of the pairs. With several thread counts the
 * flows are compared bit by bit. Times are wall clock. */
#include "import/tntp.h"
#include "network/file.h"
#include "team.h"
#include "whatif/chains.h"
#include "whatif/study.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

struct bench {
    const char *net, *trips, *network, *goods, *json;
    uint32_t side, zones, pairs;
    unsigned threads[8], thread_counts;
    double gap, load;
    bool quiet;
    struct assign_problem p;
    struct assign_link *link;
    struct assign_class class;
    struct demand demand;
    double start;
    FILE *out;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void die(const char *text)
{
    fprintf(stderr, "bench_assign: %s\n", text);
    exit(1);
}

static void *must(void *m)
{
    if (m == NULL)
        die("out of memory");
    return m;
}

static double dice(uint64_t *s) /* 0 to 1 */
{
    *s = *s * 6364136223846793005u + 1442695040888963407u;
    return (double)(*s >> 11) / 9007199254740992.0;
}

static void street(struct bench *b, uint32_t x, uint32_t y, double capacity, double minutes)
{
    struct assign_link l = {.from = x,
                            .to = y,
                            .capacity = capacity,
                            .free_flow_time = minutes,
                            .b = 0.15,
                            .power = 4,
                            .length = minutes};
    b->link[b->p.link_count++] = l;
    l.from = y;
    l.to = x;
    b->link[b->p.link_count++] = l;
}

static void make_grid(struct bench *b)
{
    uint64_t s = 7;
    uint32_t n = b->side, first = b->zones;
    b->link = must(malloc(((size_t)n * n * 4 + (size_t)b->zones * 4) * sizeof *b->link));
    for (uint32_t y = 0; y < n; y++)
        for (uint32_t x = 0; x < n; x++) {
            uint32_t v = first + y * n + x;
            double wide = (x % 10 == 5 ? 3 : 1), high = (y % 10 == 5 ? 3 : 1);
            if (x + 1 < n)
                street(b, v, v + 1, high * (1000 + 1000 * dice(&s)), (0.5 + dice(&s)) / (high > 1 ? 1.6 : 1));
            if (y + 1 < n)
                street(b, v, v + n, wide * (1000 + 1000 * dice(&s)), (0.5 + dice(&s)) / (wide > 1 ? 1.6 : 1));
        }
    for (uint32_t z = 0; z < b->zones; z++)
        for (int k = 0; k < 2; k++) {
            uint32_t at = first + (uint32_t)(dice(&s) * n) * n + (uint32_t)(dice(&s) * n);
            street(b, z, at, 1e9, 0.5 + dice(&s));
            b->link[b->p.link_count - 1].b = b->link[b->p.link_count - 2].b = 0;
        }
    b->p.node_count = first + n * n;
    b->p.zone_count = b->p.first_thru_node = b->zones;
}

/* Written as a TNTP file and read again, so that the reader is measured, too. */
static void make_trips(struct bench *b)
{
    char path[] = "/tmp/bench_assign_trips_XXXXXX";
    uint64_t s = 11;
    int fd = mkstemp(path);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (f == NULL)
        die("no temporary file");
    fprintf(f, "<NUMBER OF ZONES> %u\n<END OF METADATA>\n", b->zones);
    double share = fmin((double)b->pairs / ((double)b->zones * b->zones), 1);
    double mean = b->load * (double)b->side * 6000 / (double)b->pairs;
    for (uint32_t o = 1; o <= b->zones; o++) {
        fprintf(f, "Origin %u\n", o);
        for (uint32_t d = 1; d <= b->zones; d++)
            if (dice(&s) < share)
                fprintf(f, "%u : %.4f;\n", d, mean * -log(1e-9 + dice(&s)));
    }
    fclose(f);
    b->trips = must(strdup(path));
}

static void read_trips(struct bench *b, bool temporary)
{
    static struct demand_report r;
    struct err e = {0};
    double start = now();
    if (!demand_read_tntp(b->trips, b->p.zone_count, &b->demand, &r, &e))
        die(e.text);
    printf("%llu pairs, %.0f vehicles, %llu refused, read in %.2f s\n", (unsigned long long)r.pairs, r.total,
           (unsigned long long)r.refused, now() - start);
    if (temporary)
        remove(b->trips);
}

static void read_net(struct bench *b)
{
    struct tntp_net n;
    struct err e = {0};
    if (!tntp_read_net(b->net, &n, &e))
        die(e.text);
    b->link = must(calloc(n.link_count + 1, sizeof *b->link));
    for (uint32_t i = 0; i < n.link_count; i++) {
        const struct tntp_link *l = &n.link[i];
        b->link[i] = (struct assign_link){.from = l->from - 1,
                                          .to = l->to - 1,
                                          .capacity = l->capacity,
                                          .free_flow_time = l->free_flow_time,
                                          .b = l->b,
                                          .power = l->power,
                                          .length = l->length,
                                          .toll = l->toll};
    }
    b->p.node_count = n.node_count;
    b->p.link_count = n.link_count;
    b->p.zone_count = n.zone_count;
    b->p.first_thru_node = n.first_thru_node - 1;
    tntp_net_free(&n);
}

/* The problem of Assign: what is shipped chooses families, its lorries and the cars that are assumed drive.
 * It stays until the program ends. */
static void make_bundled(struct bench *b)
{
    static struct chains chains;
    static struct study_zones zones;
    const struct network *n;
    struct plan_network *plan;
    struct consignments *goods;
    struct roads *roads;
    struct study *study;
    struct roads_rules rules;
    struct err e = {0};
    double start = now();
    struct chains_rules by = {
        .week_start_s = 1796054400, .logit_scale = CHAINS_LOGIT_SCALE, .factor = b->load};
    roads_rules_default(&rules);
    if (!network_open(b->network, &n, &e) || !plan_network_new(n, &plan, &e) ||
        !consignments_read(b->goods, n, &goods, &e) ||
        !chains_choose(n, plan, goods, &by, NULL, &chains, &e) || !roads_new(n, &rules, NULL, &roads, &e) ||
        !study_zones_of(&chains.trucks, NULL, &zones, &e) ||
        !study_new(roads, &zones, &chains.trucks, NULL, &(struct study_rules){0}, &study, &e))
        die(e.text);
    b->p = study->problem;
    printf("%u consignments, %.0f lorries a day in %u rows, families chosen in %.2f s\n", goods->count,
           trucks_total(&chains.trucks), chains.trucks.count, now() - start);
}

static void show(void *ctx, const struct assign_progress *p)
{
    struct bench *b = ctx;
    if (!b->quiet)
        printf("  %4u  %9.2e  %16.4f  %8.2f s\n", p->iteration, p->relative_gap, p->objective,
               now() - b->start);
    if (b->out != NULL)
        fprintf(b->out, "%s[%u, %.6e, %.9f, %.3f]", p->iteration > 0 ? ", " : "", p->iteration,
                p->relative_gap, p->objective, now() - b->start);
}

static double *run(struct bench *b, unsigned threads)
{
    struct assign *a;
    struct assign_result r;
    struct assign_check c;
    struct err e = {0};
    struct team *team = team_new(threads);
    b->start = now();
    if (!assign_new(&b->p, &a, &e))
        die(e.text);
    struct assign_options o = {.gap = b->gap, .executor = team_executor(team), .progress = show, .ctx = b};
    printf("%u threads\n", threads);
    if (b->out != NULL)
        fprintf(b->out, "%s\n  {\"threads\": %u, \"iterations\": [", threads == b->threads[0] ? "" : ",",
                threads);
    if (!assign_run(a, &o, &r, &e))
        die(e.text);
    double took = now() - b->start;
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    printf(
        "%u threads: gap %.2e after %u iterations, %.2f s, objective %.6f, total time %.6f, %.0f MB counted, "
        "%.0f MB peak\n",
        threads, r.last.relative_gap, r.last.iteration, took, r.last.objective, r.last.total_time,
        (double)r.bytes / 1e6, (double)use.ru_maxrss / 1e3);
    b->start = now();
    if (!assign_check(a, team_executor(team), &c, &e))
        die(e.text);
    printf("  checked in %.2f s: gap %.2e, conservation %.1e, sums %.1e\n", now() - b->start, c.relative_gap,
           c.conservation, c.link_sums);
    if (b->out != NULL)
        fprintf(b->out, "], \"seconds\": %.3f, \"gap\": %.6e, \"bytes\": %zu}", took, r.last.relative_gap,
                r.bytes);
    double *flow = must(malloc((b->p.link_count + 1) * sizeof *flow));
    assign_flows(a, flow);
    assign_free(a);
    team_free(team);
    return flow;
}

static void options(struct bench *b, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *v = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--quiet") == 0) {
            b->quiet = true;
            continue;
        }
        i++;
        if (strcmp(argv[i - 1], "--net") == 0)
            b->net = v;
        else if (strcmp(argv[i - 1], "--trips") == 0)
            b->trips = v;
        else if (strcmp(argv[i - 1], "--network") == 0)
            b->network = v;
        else if (strcmp(argv[i - 1], "--demand") == 0)
            b->goods = v;
        else if (strcmp(argv[i - 1], "--json") == 0)
            b->json = v;
        else if (strcmp(argv[i - 1], "--side") == 0)
            b->side = (uint32_t)strtoul(v, NULL, 10);
        else if (strcmp(argv[i - 1], "--zones") == 0)
            b->zones = (uint32_t)strtoul(v, NULL, 10);
        else if (strcmp(argv[i - 1], "--pairs") == 0)
            b->pairs = (uint32_t)strtoul(v, NULL, 10);
        else if (strcmp(argv[i - 1], "--gap") == 0)
            b->gap = strtod(v, NULL);
        else if (strcmp(argv[i - 1], "--load") == 0)
            b->load = strtod(v, NULL);
        else if (strcmp(argv[i - 1], "--threads") == 0)
            for (b->thread_counts = 0; *v != '\0' && b->thread_counts < 8;
                 v += strcspn(v, ","), v += *v == ',')
                b->threads[b->thread_counts++] = (unsigned)strtoul(v, NULL, 10);
        else
            die("an option that is not known; see the head of tests/bench/assign_bench.c");
    }
}

static void make_tables(struct bench *b)
{
    bool grid = b->net == NULL;
    if (grid) {
        make_grid(b);
        make_trips(b);
    } else {
        read_net(b);
    }
    read_trips(b, grid);
    b->class = (struct assign_class){.pce = 1, .trips = &b->demand.table[0].trips};
    b->p.link = b->link;
    b->p.class = &b->class;
    b->p.class_count = 1;
}

int main(int argc, char **argv)
{
    struct bench b = {.side = 98,
                      .zones = 500,
                      .pairs = 250000,
                      .threads = {1, 2},
                      .thread_counts = 2,
                      .gap = 1e-6,
                      .load = 1};
    bool same = true;
    options(&b, argc, argv);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if ((b.net == NULL) != (b.trips == NULL))
        die("--net and --trips go together");
    if ((b.network == NULL) != (b.goods == NULL) || (b.network != NULL && b.net != NULL))
        die("--network and --demand go together, and without --net");
    if (b.network != NULL)
        make_bundled(&b);
    else
        make_tables(&b);
    printf("%u nodes, %u links, %u zones\n", b.p.node_count, b.p.link_count, b.p.zone_count);
    b.out = b.json != NULL ? fopen(b.json, "w") : NULL;
    if (b.out != NULL)
        fprintf(b.out, "{\"nodes\": %u, \"links\": %u, \"zones\": %u, \"runs\": [", b.p.node_count,
                b.p.link_count, b.p.zone_count);
    double *first = NULL;
    for (unsigned i = 0; i < b.thread_counts; i++) {
        double *flow = run(&b, b.threads[i]);
        same = same && (first == NULL || memcmp(first, flow, b.p.link_count * sizeof *flow) == 0);
        if (first == NULL)
            first = flow;
        else
            free(flow);
    }
    if (b.thread_counts > 1)
        printf("flows are %s with every number of threads\n",
               same ? "the same to the last bit" : "NOT THE SAME");
    if (b.out != NULL)
        fprintf(b.out, "], \"same_flows\": %s}\n", same ? "true" : "false");
    free(first);
    demand_free(&b.demand);
    free(b.link);
    return same ? 0 : 1;
}
