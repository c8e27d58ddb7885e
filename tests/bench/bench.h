/* bench.h - what the parts of bench_road share: a network under measurement, its random pairs, and the
 * printing of figures as a table and as JSON. Times are in seconds, wall clock, one thread unless said. */
#ifndef ZH_BENCH_H
#define ZH_BENCH_H

#include "network/network.h"
#include "road/cch.h"
#include "road/road.h"

#include <stdio.h>

enum { PAIRS = 10000, TABLE = 1000, PATCHES = 1000 };

struct bench {
    const char *path;
    const struct network *net;
    struct road_graph g;
    struct cch *cch;
    struct cch_metric m;
    struct cch_query *q;
    uint32_t *weight, from[PAIRS], to[PAIRS];
    struct road_profile profile;  /* whose weights these are */
    double sample[PAIRS], igraph; /* igraph: its median, 0 unless it was asked */
    uint64_t seed;
    FILE *json;
};

struct spread {
    double median, p99;
};

double bench_now(void);
_Noreturn void bench_die(const char *what, const struct err *e);
/* p, unless it is NULL. */
void *bench_must(void *p);
uint32_t bench_roll(struct bench *b, uint32_t below);
struct spread bench_spread(double *s, uint32_t count);
void bench_say(struct bench *b, const char *name, const char *key, double value, double scale,
               const char *unit);

/* Of all pairs, one by one. */
struct spread bench_distances(struct bench *b);
struct spread bench_paths(struct bench *b);
/* Tables and sweeps; keys begin with the prefix. */
void bench_tables(struct bench *b, const char *prefix);

void bench_customize(struct bench *b);
/* Tables with sums, reach, alternatives. */
void bench_more(struct bench *b);
/* Last: they leave the metric perfect, then with labels. */
void bench_perfect(struct bench *b);
void bench_hubs(struct bench *b);
/* The contraction orders, each made in a child (METIS installs signal handlers). */
void bench_orders(struct bench *b);
/* Closures by partial customization; forks, and links inserted into one. */
void bench_changes(struct bench *b);

#endif
