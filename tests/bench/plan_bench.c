/* plan_bench - freight questions on the bundled network and on generated nations of four sizes: how long an
 * answer over all families takes on one thread, how many labels it makes.
 *
 *   bench_plan FILE.net DEMAND.csv [--nation] [--count N] [--json OUT.json]   (DEMAND "-": between any nodes)
 *
 * Times are wall clock; each question is asked three times, its least time counts (the machine is shared). */
#include "freight/calendar.h"
#include "network/file.h"
#include "plan/plan.h"
#include "plan_nation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 3, QUESTIONS_MAX = 4000, ARENA_BYTES = 8 << 20 };

struct bench {
    const char *name;
    const struct network *net;
    struct plan_network *plan;
    struct plan_query *query;
    struct arena arena;
    struct plan_request *ask;
    uint32_t count;
    double *seconds, *labels;
    FILE *json;
    bool first;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void die(const char *what, const struct err *e)
{
    fprintf(stderr, "bench_plan: %s: %s\n", what, e->text);
    exit(1);
}

static void *must(void *p)
{
    struct err e = {.text = "out of memory"};
    if (p == NULL)
        die("memory", &e);
    return p;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void say(struct bench *b, const char *name, const char *key, double value, double scale,
                const char *unit)
{
    printf("  %-44s %12.3f %s\n", name, value * scale, unit);
    if (b->json != NULL)
        fprintf(b->json, ",\n   \"%s\": %.9g", key, value);
}

static uint32_t roll(uint64_t *s, uint32_t below)
{
    *s = *s * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(((*s >> 32) * below) >> 32);
}

static struct plan_request question(void)
{
    return (struct plan_request){
        .families = (1u << FAMILY_COUNT) - 1, .max_options = 32, .second_driver = true};
}

static void box(struct plan_request *r, uint32_t teu)
{
    r->cargo.containers[0] = (struct plan_containers){"22G1", teu, 1};
    r->cargo.container_count = 1;
    r->cargo.bulk = false;
}

static uint32_t node_of(const struct network *n, long long id)
{
    for (uint32_t i = 0; i < net_node_count(n); i++)
        if (n->node_id[i] == id)
            return i;
    return NET_NONE;
}

/* id,release_min,origin,destination,commodity,cargo,mass,volume,teu,... */
static void ask_demand(struct bench *b, const char *path, uint32_t count)
{
    char line[1024], cargo[64];
    FILE *f = must(fopen(path, "r"));
    int32_t day = INT32_MIN;
    for (uint32_t i = 0; i < b->net->service_count; i++)
        if (b->net->service[i].valid_from_day > day)
            day = b->net->service[i].valid_from_day;
    while (b->count < count && fgets(line, sizeof line, f) != NULL) {
        long long id, minute, from, to, mass, volume, teu;
        if (sscanf(line, "%lld,%lld,%lld,%lld,%*[^,],%63[^,],%lld,%lld,%lld", &id, &minute, &from, &to, cargo,
                   &mass, &volume, &teu) != 8)
            continue;
        struct plan_request r = question();
        r.from = node_of(b->net, from);
        r.to = node_of(b->net, to);
        r.cargo.mass_kg = mass;
        r.cargo.volume_dm3 = volume;
        r.cargo.value_yuan = mass * 5;
        r.cargo.bulk = strcmp(cargo, "bulk") == 0;
        if (strcmp(cargo, "container") == 0 && teu > 0)
            box(&r, (uint32_t)teu);
        r.ready_at = cal_day_start(b->net, day + 7 + (int32_t)(id % 7)) + minute % 1440 * 60;
        if (plan_request_check(b->net, &r, NULL))
            b->ask[b->count++] = r;
    }
    fclose(f);
}

static void ask_anything(struct bench *b, uint32_t count)
{
    uint64_t s = 11;
    while (b->count < count) {
        struct plan_request r = question();
        r.from = roll(&s, net_node_count(b->net));
        r.to = roll(&s, net_node_count(b->net));
        r.cargo.mass_kg = 500 + roll(&s, 60000);
        r.cargo.volume_dm3 = r.cargo.mass_kg * 2;
        r.cargo.value_yuan = r.cargo.mass_kg * 5;
        r.cargo.bulk = roll(&s, 3) == 0;
        if (roll(&s, 3) == 0)
            box(&r, 2 + roll(&s, 6));
        r.ready_at = cal_day_start(b->net, PLAN_NATION_DAY + 30) + roll(&s, 7 * 86400);
        if (plan_request_check(b->net, &r, NULL))
            b->ask[b->count++] = r;
    }
}

static uint32_t search(struct bench *b, const struct plan_request *r, struct arena *arena,
                       struct plan_answer *a)
{
    struct err e = {0};
    if (!plan_search(b->query, r, NULL, NULL, arena, a, &e))
        die("search", &e);
    return a->label_count;
}

static void measure(struct bench *b)
{
    struct plan_answer a;
    double options = 0, families = 0, labels = 0;
    struct err e = {0};
    for (uint32_t i = 0; i < b->count; i++) {
        b->seconds[i] = 1e9;
        for (int round = 0; round < ROUNDS; round++) {
            struct arena arena;
            arena_init(&arena, ARENA_BYTES);
            double t0 = now();
            b->labels[i] = search(b, &b->ask[i], &arena, &a);
            double t = now() - t0;
            b->seconds[i] = t < b->seconds[i] ? t : b->seconds[i];
            if (round + 1 < ROUNDS)
                arena_release(&arena);
            else
                b->arena = arena;
        }
        labels += b->labels[i];
        options += a.option_count;
        families += FAMILY_COUNT - a.not_offered_count;
        for (uint32_t k = 0; i % 37 == 0 && k < a.option_count; k++)
            if (!plan_check(b->net, &b->ask[i], &a.options[k], &e))
                die("an option does not stand before the checker", &e);
        arena_release(&b->arena);
    }
    qsort(b->seconds, b->count, sizeof *b->seconds, by_size);
    qsort(b->labels, b->count, sizeof *b->labels, by_size);
    say(b, "questions", "questions", b->count, 1, "");
    say(b, "all families, median", "search_s", b->seconds[b->count / 2], 1e3, "ms");
    say(b, "all families, p99", "search_p99_s", b->seconds[b->count * 99 / 100], 1e3, "ms");
    say(b, "labels, median", "labels", b->labels[b->count / 2], 1, "");
    say(b, "labels, mean", "labels_mean", labels / b->count, 1, "");
    say(b, "labels, p99", "labels_p99", b->labels[b->count * 99 / 100], 1, "");
    say(b, "families offered, mean", "families_mean", families / b->count, 1, "");
    say(b, "options, mean", "options_mean", options / b->count, 1, "");
}

/* The same questions with explanations. */
static void measure_explained(struct bench *b)
{
    struct plan_answer a;
    struct err e = {0};
    for (uint32_t i = 0; i < b->count; i++) {
        struct plan_request r = b->ask[i];
        r.explain = true;
        b->seconds[i] = 1e9;
        for (int round = 0; round < ROUNDS; round++) {
            struct arena arena;
            arena_init(&arena, ARENA_BYTES);
            double t0 = now();
            if (!plan_search(b->query, &r, NULL, NULL, &arena, &a, &e))
                die("explain", &e);
            double t = now() - t0;
            b->seconds[i] = t < b->seconds[i] ? t : b->seconds[i];
            arena_release(&arena);
        }
    }
    qsort(b->seconds, b->count, sizeof *b->seconds, by_size);
    say(b, "explained, median", "explain_s", b->seconds[b->count / 2], 1e3, "ms");
    say(b, "explained, p99", "explain_p99_s", b->seconds[b->count * 99 / 100], 1e3, "ms");
}

/* The latest pickups for delivery ten days after; and all useful departures of a week (of six hours in a
 * nation). */
static void measure_more(struct bench *b, int64_t window_s)
{
    enum { FEWER = 40 };
    uint32_t count = b->count < FEWER ? b->count : FEWER, refused = 0, answered = 0;
    double points = 0;
    struct err e = {0};
    struct arena arena;
    for (uint32_t i = 0; i < count; i++) {
        struct plan_request r = b->ask[i];
        struct plan_answer a;
        r.latest_pickup = true;
        r.deliver_by = r.ready_at + 10 * 86400;
        r.ready_at = 0;
        arena_init(&arena, ARENA_BYTES);
        double t0 = now();
        if (plan_search(b->query, &r, NULL, NULL, &arena, &a, &e))
            b->seconds[answered++] = now() - t0;
        else
            refused++;
        arena_release(&arena);
    }
    qsort(b->seconds, answered, sizeof *b->seconds, by_size);
    say(b, "latest pickups, median", "backward_s", answered > 0 ? b->seconds[answered / 2] : 0, 1e3, "ms");
    say(b, "latest pickups, longest", "backward_max_s", answered > 0 ? b->seconds[answered - 1] : 0, 1e3,
        "ms");
    say(b, "latest pickups refused (too many labels)", "backward_refused", refused, 1, "");
    count = count / 4 + 1 < count ? count / 4 + 1 : count;
    for (uint32_t i = 0; i < count; i++) {
        struct plan_profile p;
        arena_init(&arena, ARENA_BYTES);
        double t0 = now();
        if (!plan_profile(b->query, &b->ask[i], window_s, PLAN_PROFILE_MAX, NULL, NULL, &arena, &p, &e))
            die("profile", &e);
        b->seconds[i] = now() - t0;
        points += p.count;
        arena_release(&arena);
    }
    qsort(b->seconds, count, sizeof *b->seconds, by_size);
    say(b, "profile of departures, median", "profile_s", b->seconds[count / 2], 1e3, "ms");
    say(b, "profile, points, mean", "profile_points", points / count, 1, "");
}

static void run(struct bench *b, const char *demand, uint32_t count)
{
    struct err e = {0};
    b->ask = must(calloc(count, sizeof *b->ask));
    b->seconds = must(calloc(count, sizeof *b->seconds));
    b->labels = must(calloc(count, sizeof *b->labels));
    printf("%s: %u nodes, %u terminals, %u services\n", b->name, net_node_count(b->net),
           b->net->terminal_count, b->net->service_count);
    if (b->json != NULL)
        fprintf(b->json,
                "%s  {\"network\": \"%s\",\n   \"nodes\": %u,\n   \"terminals\": %u,\n   \"services\": %u",
                b->first ? "" : "},\n", b->name, net_node_count(b->net), b->net->terminal_count,
                b->net->service_count);
    b->first = false;
    double t0 = now();
    if (!plan_network_new(b->net, &b->plan, &e) || !plan_query_new(b->plan, &b->query, &e))
        die(b->name, &e);
    say(b, "tables made at load", "load_s", now() - t0, 1e3, "ms");
    b->count = 0;
    if (demand != NULL)
        ask_demand(b, demand, count);
    else
        ask_anything(b, count);
    measure(b);
    if (demand != NULL)
        measure_explained(b);
    measure_more(b, demand != NULL ? 7 * 86400 : 86400 / 4);
    plan_query_free(b->query);
    plan_network_free(b->plan);
    free(b->ask);
    free(b->seconds);
    free(b->labels);
}

static void run_nation(struct bench *b, uint32_t share, uint32_t count)
{
    char name[64];
    struct err e = {0};
    struct plan_nation w = {.nodes = 100000 / share, .terminals = 500 / share, .services = 5000 / share};
    if (!plan_nation_make(&w, 7, &e))
        die("nation", &e);
    snprintf(name, sizeof name, "nation/%u", share);
    b->name = name;
    b->net = w.net;
    run(b, NULL, count);
    plan_nation_free(&w);
}

int main(int argc, char **argv)
{
    struct bench b = {.first = true};
    struct err e = {0};
    uint32_t count = 400;
    int nation = 0;
    if (argc < 3) {
        fprintf(stderr, "usage: bench_plan FILE.net DEMAND.csv [--nation] [--count N] [--json OUT.json]\n");
        return 2;
    }
    for (int i = 3; i < argc; i++) {
        if (strcmp(argv[i], "--nation") == 0)
            nation = i + 1 < argc && argv[i + 1][0] != '-' ? (int)strtol(argv[i + 1], NULL, 10) : 8;
        else if (strcmp(argv[i], "--count") == 0 && i + 1 < argc)
            count = (uint32_t)strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--json") == 0 && i + 1 < argc)
            b.json = must(fopen(argv[++i], "w"));
    }
    count = count < 1 ? 1 : count > QUESTIONS_MAX ? QUESTIONS_MAX : count;
    if (b.json != NULL)
        fprintf(b.json, "[\n");
    b.name = argv[1];
    if (!network_open(argv[1], &b.net, &e))
        die(argv[1], &e);
    run(&b, strcmp(argv[2], "-") == 0 ? NULL : argv[2], count);
    network_release(b.net);
    for (uint32_t share = 8; nation > 0 && share >= 1; share /= 2)
        if (nation == 8 || share == (uint32_t)nation)
            run_nation(&b, share, count);
    if (b.json != NULL) {
        fprintf(b.json, "}\n]\n");
        fclose(b.json);
    }
    return 0;
}
