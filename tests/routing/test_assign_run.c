/* How a run behaves: the same flows in any order of work, stopping and going on, warm starts. */
#include "test_assign_net.h"
#include "whatif/assign_inside.h"

static void near(double got, double want, double tolerance)
{
    CHECK_MSG(fabs(got - want) <= tolerance * fmax(1, fabs(want)), "%.15g is not %.15g", got, want);
}

/* The tasks of a round from the last to the first, and from the middle outwards. */
static void run_backwards(void *ctx, uint32_t count, void (*task)(void *, uint32_t), void *arg)
{
    (void)ctx;
    while (count > 0)
        task(arg, --count);
}

static void run_odd_first(void *ctx, uint32_t count, void (*task)(void *, uint32_t), void *arg)
{
    (void)ctx;
    for (uint32_t k = 0; k < 2; k++)
        for (uint32_t i = 1 - k; i < count; i += 2)
            task(arg, i);
}

TEST(the_order_of_work_changes_no_bit)
{
    struct test_net *n = net_grid(10, 100, 3, 300); /* enough for several bushes at a time */
    struct assign_result r[3];
    struct cch_executor back = {run_backwards, NULL}, odd = {run_odd_first, NULL};
    const struct cch_executor *x[] = {NULL, &back, &odd};
    double *f[3];
    for (int i = 0; i < 3; i++) {
        struct assign *a = net_run_on(n, 1e-8, x[i], &r[i]);
        CHECK(a->batch > 1);
        f[i] = net_flows(a, n);
        assign_free(a);
    }
    for (int i = 1; i < 3; i++) {
        CHECK(memcmp(f[0], f[i], n->p.link_count * sizeof **f) == 0);
        CHECK(memcmp(&r[0].last, &r[i].last, sizeof r[0].last) == 0);
        free(f[i]);
    }
    free(f[0]);
    net_free(n);
}

struct watch {
    uint32_t asked, stop_at, seen;
    double gap, objective;
};

static bool stop(void *ctx)
{
    struct watch *w = ctx;
    return ++w->asked == w->stop_at;
}

static void watch(void *ctx, const struct assign_progress *p)
{
    struct watch *w = ctx;
    CHECK(p->iteration == w->seen);
    CHECK_MSG(w->seen == 0 || p->objective <= w->objective * (1 + 1e-12),
              "the objective grew from %.15g to %.15g", w->objective, p->objective);
    w->seen++;
    w->objective = p->objective;
    w->gap = p->relative_gap;
}

TEST(a_run_can_be_stopped_anywhere_and_goes_on)
{
    struct test_net *n = net_grid(8, 80, 5, 300);
    struct assign_result r, whole;
    struct err e = {0};
    assign_free(net_run(n, 1e-7, &whole));
    for (uint32_t at = 1; at < 200; at += at < 8 ? 1 : 23) {
        struct assign *a;
        struct assign_check c;
        struct watch w = {.stop_at = at};
        struct assign_options o = {.gap = 1e-7, .stop = stop, .progress = watch, .ctx = &w};
        CHECK(assign_new(&n->p, &a, &e));
        if (!assign_run(a, &o, &r, &e)) {
            CHECK_I64(e.code, ERR_CANCELLED);
            CHECK(assign_check(a, NULL, &c, &e));
            CHECK_MSG(w.seen == 0 || c.conservation < 1e-12, "stopped at %u: conservation %g", at,
                      c.conservation);
            w = (struct watch){0};
            CHECK(assign_run(a, &o, &r, &e));
        }
        CHECK(r.converged && r.last.relative_gap <= 1e-7 && w.gap == r.last.relative_gap);
        near(r.last.objective, whole.last.objective, 1e-6);
        assign_free(a);
    }
    net_free(n);
}

TEST(iterations_have_an_end)
{
    struct test_net *n = net_grid(8, 20, 5, 600);
    struct assign_result r;
    struct assign *a;
    struct err e = {0};
    struct assign_options o = {.gap = 1e-12, .iterations_max = 2};
    CHECK(assign_new(&n->p, &a, &e) && assign_run(a, &o, &r, &e));
    CHECK(!r.converged && r.last.iteration == 2 && r.last.relative_gap > 1e-12);
    assign_free(a);
    net_free(n);
}

TEST(a_warm_start_finds_the_same_in_fewer_iterations)
{
    struct test_net *n = net_grid(9, 30, 11, 250);
    struct assign_result base, cold, warm;
    struct err e = {0};
    uint32_t taken, old[NET_LINKS_MAX];
    struct assign *a = net_run(n, 1e-9, &base), *b;
    double *f = net_flows(a, n);
    uint32_t busy = 0;
    for (uint32_t l = 0; l < n->p.link_count; l++) {
        busy = n->link[l].from >= 30 && n->link[l].to >= 30 && f[l] > f[busy] ? l : busy;
        old[l] = l;
    }
    n->link[busy].capacity *= 1.05; /* retimed a little */
    old[n->p.link_count] = ASSIGN_NONE;
    net_link(n, 35, 80, 20, 0.1); /* added */
    struct assign_options o = {.gap = 1e-9};
    assign_free(net_run(n, 1e-9, &cold));
    CHECK_MSG(assign_new(&n->p, &b, &e) && assign_warm(b, a, old, &taken, &e), "%s", e.text);
    CHECK_I64(taken, 30);
    CHECK_MSG(assign_run(b, &o, &warm, &e), "%s", e.text);
    near(warm.last.objective, cold.last.objective, 1e-8);
    CHECK_MSG(warm.converged && warm.last.iteration < cold.last.iteration, "%u iterations, cold %u",
              warm.last.iteration, cold.last.iteration);
    assign_free(b);
    n->link[busy].closed_to = 1; /* closed: those who used it start anew */
    assign_free(net_run(n, 1e-9, &cold));
    CHECK_MSG(assign_new(&n->p, &b, &e) && assign_warm(b, a, old, &taken, &e), "%s", e.text);
    CHECK_MSG(taken > 0 && taken < 30, "%u taken", taken);
    CHECK_MSG(assign_run(b, &o, &warm, &e), "%s", e.text);
    near(warm.last.objective, cold.last.objective, 1e-8);
    assign_free(b);
    /* A new node, and twice the demand of one origin. */
    n->link[busy].closed_to = 0;
    old[n->p.link_count] = old[n->p.link_count + 1] = ASSIGN_NONE;
    net_link(n, 40, n->p.node_count, 1, 0.1);
    net_link(n, n->p.node_count++, 60, 1, 0.1);
    for (uint32_t d = 0; d < 30; d++)
        n->trips[0].volume[d] *= 2;
    assign_free(net_run(n, 1e-9, &cold));
    CHECK_MSG(assign_new(&n->p, &b, &e) && assign_warm(b, a, old, &taken, &e), "%s", e.text);
    CHECK_I64(taken, 30);
    CHECK_MSG(assign_run(b, &o, &warm, &e), "%s", e.text);
    near(warm.last.objective, cold.last.objective, 1e-8);
    assign_free(b);
    n->p.zone_count = 29;
    n->trips[0].zone_count = 29;
    CHECK(assign_new(&n->p, &b, &e));
    CHECK(!assign_warm(b, a, NULL, NULL, &e) && e.code == ERR_INVALID_ARGUMENT);
    assign_free(b);
    assign_free(a);
    free(f);
    net_free(n);
}
