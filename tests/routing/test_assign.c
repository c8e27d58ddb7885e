/* User equilibrium: networks whose equilibrium can be worked out by hand, random ones against the independent
 * check, wrong input, Sioux Falls and Braess. */
#include "test_assign_net.h"
#include "whatif/assign_inside.h"

static void near(double got, double want, double tolerance)
{
    CHECK_MSG(fabs(got - want) <= tolerance * fmax(1, fabs(want)), "%.15g is not %.15g", got, want);
}

TEST(two_roads_side_by_side)
{
    struct test_net *n = net_new(2, 2, 1);
    struct assign_result r;
    net_link(n, 0, 1, 10, 1);
    net_link(n, 0, 1, 20, 0.5);
    net_link(n, 0, 1, 31, 0.5); /* dearer than both */
    net_demand(n, 0, 0, 1, 40);
    net_demand(n, 0, 1, 1, 7);
    struct assign *a = net_run(n, 1e-13, &r);
    double *f = net_flows(a, n), time[3];
    assign_times(a, time);
    near(f[0], 20, 1e-10); /* 10 + x = 20 + (40 - x) / 2 */
    near(f[1], 20, 1e-10);
    CHECK(f[2] == 0);
    near(time[0], 30, 1e-10);
    near(r.last.total_time, 1200, 1e-12);
    near(r.last.objective, 10 * 20 + 200 + 20 * 20 + 100, 1e-12);
    CHECK(r.inside == 7 && r.unserved == 0);
    free(f);
    assign_free(a);
    net_free(n);
}

TEST(pigou)
{
    /* A road that takes 1 whatever happens, and one that takes x to the fourth: everybody takes the second.
     */
    struct test_net *n = net_new(2, 2, 1);
    struct assign_result r;
    net_link(n, 0, 1, 1, 0);
    *net_link(n, 0, 1, 1e-8, 1) =
        (struct assign_link){.from = 0, .to = 1, .free_flow_time = 1e-8, .b = 1e8, .power = 4, .capacity = 1};
    net_demand(n, 0, 0, 1, 1);
    struct assign *a = net_run(n, 1e-12, &r);
    double *f = net_flows(a, n);
    near(f[1], pow(1 - 1e-8, 0.25), 1e-9);
    near(r.last.total_time, 1, 1e-9);
    free(f);
    assign_free(a);
    net_free(n);
}

static struct test_net *braess(bool middle)
{
    struct test_net *n = net_new(4, 2, 1);
    net_link(n, 0, 2, 1e-8, 10);
    net_link(n, 0, 3, 50, 1);
    net_link(n, 2, 1, 50, 1);
    net_link(n, 3, 1, 1e-8, 10);
    if (middle)
        net_link(n, 2, 3, 10, 1);
    net_demand(n, 0, 0, 1, 6);
    return n;
}

TEST(braess_paradox)
{
    for (int middle = 0; middle < 2; middle++) {
        struct test_net *n = braess(middle);
        struct assign_result r;
        struct assign *a = net_run(n, 1e-13, &r);
        double *f = net_flows(a, n);
        near(r.last.total_time, middle ? 552 : 498, 1e-8);
        near(r.last.objective, middle ? 386 : 399, 1e-8);
        near(f[0], middle ? 4 : 3, 1e-8);
        near(f[1], middle ? 2 : 3, 1e-8);
        free(f);
        assign_free(a);
        net_free(n);
    }
}

TEST(zones_are_not_driven_through)
{
    for (uint32_t first = 0; first <= 3; first += 3) {
        struct test_net *n = net_new(4, 3, 1); /* 0 to 1 over zone 2 costs 2, over junction 3 it costs 10 */
        struct assign_result r;
        net_link(n, 0, 2, 1, 0);
        net_link(n, 2, 1, 1, 0);
        net_link(n, 0, 3, 5, 0);
        net_link(n, 3, 1, 5, 0);
        net_demand(n, 0, 0, 1, 1);
        net_demand(n, 0, 0, 2, 1);
        net_demand(n, 0, 2, 1, 1);
        n->p.first_thru_node = first;
        struct assign *a = net_run(n, 1e-13, &r);
        near(r.last.total_time, first == 0 ? 4 : 12, 1e-12);
        assign_free(a);
        net_free(n);
    }
}

TEST(zones_at_other_nodes)
{
    struct test_net *n = net_new(4, 2, 1);
    struct assign_result r;
    uint32_t at[] = {3, 1};
    n->p.zone_node = at;
    net_link(n, 3, 2, 1, 1);
    net_link(n, 2, 1, 1, 0);
    net_link(n, 0, 1, 1, 0);
    net_demand(n, 0, 0, 1, 3);
    struct assign *a = net_run(n, 1e-13, &r);
    near(r.last.total_time, 3 * 5, 1e-12);
    assign_free(a);
    net_free(n);
}

TEST(tolls_and_distances_count_by_their_weights)
{
    struct test_net *n = net_new(2, 2, 1);
    struct assign_result r;
    net_link(n, 0, 1, 10, 1)->toll = 4;
    net_link(n, 0, 1, 10, 1)->length = 3;
    net_demand(n, 0, 0, 1, 10);
    n->class[0].toll_weight = 0.5;      /* 10 + x + 2 + 0.25 */
    n->class[0].distance_weight = 0.25; /* 10 + y + 0.75 */
    struct assign *a = net_run(n, 1e-13, &r);
    double *f = net_flows(a, n);
    near(f[0], 5 - 0.75, 1e-11);
    near(r.last.total_time, 4.25 * 14.25 + 5.75 * 15.75, 1e-11);
    near(r.last.objective, 42.5 + 4.25 * 4.25 / 2 + 4.25 * 2.25 + 57.5 + 5.75 * 5.75 / 2 + 5.75 * 0.75,
         1e-11);
    free(f);
    assign_free(a);
    net_free(n);
}

TEST(cars_and_trucks)
{
    /* Trucks (2 PCE) may not use the first road; 4 PCE are on the second anyway. 5 trucks + 20 cars:
     * 10 + x = 10 + 4 + 10 + (20 - x) -> x = 17 */
    struct test_net *n = net_new(2, 2, 2);
    struct assign_result r;
    net_link(n, 0, 1, 10, 1)->closed_to = 2;
    net_link(n, 0, 1, 10, 1)->fixed = 4;
    net_demand(n, 0, 0, 1, 20);
    net_demand(n, 1, 0, 1, 5);
    n->class[1].pce = 2;
    struct assign *a = net_run(n, 1e-13, &r);
    double *f = net_flows(a, n), cars[2], trucks[2];
    assign_class_flows(a, 0, cars);
    assign_class_flows(a, 1, trucks);
    near(f[0], 17, 1e-11);
    near(f[1], 17, 1e-11);
    near(cars[1], 3, 1e-10);
    CHECK(trucks[0] == 0);
    near(trucks[1], 5, 1e-12);
    near(r.last.total_time, 25 * 27, 1e-11);
    free(f);
    assign_free(a);
    net_free(n);
}

TEST(what_has_no_way_is_counted)
{
    struct test_net *n = net_new(3, 3, 1);
    struct assign_result r;
    net_link(n, 0, 1, 10, 1);
    net_link(n, 1, 1, 0, 0); /* a loop is never used */
    net_demand(n, 0, 0, 1, 4);
    net_demand(n, 0, 0, 2, 5);
    net_demand(n, 0, 2, 0, 6);
    net_demand(n, 0, 2, 2, 8);
    struct assign *a = net_run(n, 1e-13, &r);
    CHECK_I64(r.unserved_pairs, 2);
    CHECK(r.unserved == 11 && r.inside == 8);
    near(r.last.total_time, 4 * 14, 1e-12);
    assign_free(a);
    net_free(n);
}

TEST(powers_of_all_kinds)
{
    static const double powers[] = {0, 0.5, 1, 1.5, 2, 4, 6.3, 12};
    for (size_t i = 0; i < sizeof powers / sizeof *powers; i++) {
        struct test_net *n = net_grid(5, 8, i, 80);
        struct assign_result r;
        for (uint32_t l = 0; l < n->p.link_count; l++)
            n->link[l].power = powers[i];
        struct assign *a = net_run(n, 1e-9, &r);
        assign_free(a);
        net_free(n);
    }
}

TEST(random_networks_to_a_small_gap)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct test_net *n =
            net_grid(4 + (uint32_t)seed % 5, 6 + (uint32_t)seed, seed, seed % 4 == 0 ? 600 : 200);
        struct assign_result r;
        if (seed % 3 == 0)
            n->class[0].toll_weight = 1.5;
        struct assign *a = net_run(n, 1e-10, &r);
        assign_free(a);
        net_free(n);
    }
}

TEST(wrong_input_is_named)
{
    struct test_net *n = braess(true);
    struct assign *a;
    struct assign_link good = n->link[3];
    struct assign_link bad[9];
    for (int i = 0; i < 9; i++)
        bad[i] = good;
    bad[0].from = 4;
    bad[1].to = UINT32_MAX;
    bad[2].capacity = 0;
    bad[3].capacity = -1;
    bad[4].free_flow_time = NAN;
    bad[5].power = INFINITY;
    bad[6].toll = -2;
    bad[7].b = 1e300;
    bad[8].fixed = NAN;
    for (int i = 0; i < 9; i++) {
        struct err e = {0};
        n->link[3] = bad[i];
        CHECK_MSG(!assign_new(&n->p, &a, &e), "case %d", i);
        CHECK_I64(e.code, ERR_INVALID_ARGUMENT);
        CHECK_MSG(strstr(e.text, "link 3") != NULL, "%s", e.text);
    }
    struct err e = {0};
    n->link[3] = good;
    n->class[0].pce = 0;
    CHECK(!assign_new(&n->p, &a, &e) && a == NULL);
    n->class[0].pce = 1;
    n->p.zone_count = 3;
    CHECK(!assign_new(&n->p, &a, &e));
    n->p.zone_count = 2;
    n->p.class_count = 0;
    CHECK(!assign_new(&n->p, &a, &e));
    net_free(n);
}

TEST(the_check_catches_planted_errors)
{
    struct test_net *n = net_grid(6, 10, 2, 300);
    struct assign_result r;
    struct assign_check c;
    struct err e = {0};
    struct assign *a = net_run(n, 1e-10, &r);
    struct bush *b = &a->bush[3];
    uint32_t k = 0;
    while (!(b->flow[k] > 0))
        k++;
    double was = b->flow[k];
    b->flow[k] *= 1.001;
    CHECK(assign_check(a, NULL, &c, &e) && c.conservation > 1e-6 && c.link_sums > 1e-9);
    b->flow[k] = -was;
    CHECK(assign_check(a, NULL, &c, &e) && c.negative < 0);
    b->flow[k] = was;
    a->state[4].flow += 1;
    CHECK(assign_check(a, NULL, &c, &e) && c.link_sums > 1e-4 && c.conservation < 1e-13);
    assign_free(a);
    net_free(n);
}

TEST(sioux_falls)
{
    struct assign_result r;
    for (int change = 0; change < 4; change++) {
        static const double time[] = {7480225.344921, 6082599.546, 6295020.418, 7480225.345 + 6072143};
        struct test_net *n = net_case("SiouxFalls");
        if (n == NULL)
            SKIP("no Sioux Falls beside the repository");
        if (change == 1)
            net_both_ways(n, 2, 7, 5, 20000);
        if (change == 2)
            net_both_ways(n, 11, 15, 3, 10000);
        if (change == 3)
            net_close(n, 10, 15);
        struct assign *a = net_run(n, 1e-13, &r);
        CHECK_MSG(fabs(r.last.total_time - time[change]) <= (change == 3 ? 0.5 : 0.0006),
                  "change %d: total time %.6f", change, r.last.total_time);
        CHECK_MSG(change != 0 || fabs(r.last.objective - 4231335.2871074) <= 1e-6, "objective %.9f",
                  r.last.objective);
        assign_free(a);
        net_free(n);
    }
}

TEST(sioux_falls_to_a_gap_of_1e_minus_10)
{
    struct assign_result r;
    struct test_net *n = net_case("SiouxFalls");
    if (n == NULL)
        SKIP("no Sioux Falls beside the repository");
    assign_free(net_run(n, 1e-10, &r));
    CHECK_MSG(fabs(r.last.objective - 4231335.2871) <= 0.05, "objective %.9f", r.last.objective);
    CHECK_MSG(fabs(r.last.total_time - 7480225.345) <= 0.05, "total time %.9f", r.last.total_time);
    net_free(n);
}

TEST(braess_as_published)
{
    struct assign_result r;
    for (int change = 0; change < 2; change++) {
        struct test_net *n = net_case("Braess");
        if (n == NULL)
            SKIP("no Braess beside the repository");
        if (change == 1)
            net_close(n, 3, 4);
        assign_free(net_run(n, 1e-13, &r));
        near(r.last.total_time, change == 0 ? 552 : 498, 1e-8);
        near(r.last.objective, change == 0 ? 386 : 399, 1e-8);
        net_free(n);
    }
}
