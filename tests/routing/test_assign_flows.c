/* What is read out of an equilibrium: who uses a link, turns, skims, the rule of a half and its identity. */
#include "test_assign_net.h"
#include "whatif/appraise.h"

static void near(double got, double want, double tolerance)
{
    CHECK_MSG(fabs(got - want) <= tolerance * fmax(1, fabs(want)), "%.15g is not %.15g", got, want);
}

TEST(who_uses_a_link)
{
    struct test_net *n = net_grid(6, 12, 4, 600);
    struct assign_result r;
    struct err e = {0};
    struct assign *a = net_run(n, 1e-8, &r);
    double *f = net_flows(a, n);
    struct assign_selected *s = calloc(n->p.link_count, sizeof *s);
    for (uint32_t l = 0; l < n->p.link_count; l++) {
        CHECK_MSG(assign_select_link(a, 0, l, &s[l], &e), "%s", e.text);
        double sum = 0;
        for (uint32_t k = 0; k < n->trips[0].first[12]; k++) {
            CHECK(s[l].volume[k] >= 0 && s[l].volume[k] <= n->trips[0].volume[k] * (1 + 1e-12));
            sum += s[l].volume[k];
        }
        near(sum, f[l], 1e-11);
        near(s[l].total, f[l], 1e-11);
        near(s[l].flow[l], f[l], 1e-11);
    }
    /* Those on l who use m are those on m who use l. */
    for (uint32_t l = 0; l < n->p.link_count; l++)
        for (uint32_t m = 0; m < n->p.link_count; m++)
            near(s[l].flow[m], s[m].flow[l], 1e-11);
    /* A turn is who uses both links. */
    bool some = false;
    for (uint32_t v = 0; v < n->p.node_count; v++) {
        struct assign_turn *turn;
        uint32_t count;
        CHECK_MSG(assign_turns(a, 0, v, &turn, &count, &e), "%s", e.text);
        double through = 0, in = 0;
        for (uint32_t i = 0; i < count; i++) {
            CHECK(n->link[turn[i].in].to == v && n->link[turn[i].out].from == v);
            near(turn[i].vehicles, s[turn[i].in].flow[turn[i].out], 1e-11);
            through += turn[i].vehicles;
            some = some || (turn[i].vehicles > 1 && turn[i].vehicles < 0.9 * f[turn[i].in]);
        }
        for (uint32_t l = 0; l < n->p.link_count; l++)
            in += n->link[l].to == v ? f[l] : 0;
        near(through, v < 12 ? 0 : in, 1e-11);
        free(turn);
    }
    CHECK(some);
    for (uint32_t l = 0; l < n->p.link_count; l++)
        assign_selected_free(&s[l]);
    CHECK(!assign_select_link(a, 1, 0, &s[0], &e) && !assign_select_link(a, 0, n->p.link_count, &s[0], &e));
    free(s);
    free(f);
    assign_free(a);
    net_free(n);
}

TEST(a_selected_link_of_a_class_counts_vehicles)
{
    struct test_net *n = net_new(3, 3, 2);
    struct assign_result r;
    struct err e = {0};
    struct assign_selected s;
    net_link(n, 0, 1, 1, 0);
    net_link(n, 1, 2, 1, 0);
    net_demand(n, 1, 0, 1, 3);
    net_demand(n, 1, 0, 2, 5);
    net_demand(n, 1, 1, 2, 7);
    net_demand(n, 0, 0, 2, 100);
    n->class[1].pce = 2.5;
    struct assign *a = net_run(n, 1e-12, &r);
    CHECK(assign_select_link(a, 1, 1, &s, &e));
    near(s.total, 12, 1e-13);
    near(s.flow[0], 5, 1e-13);
    near(s.volume[0 * 3 + 2], 5, 1e-13);
    near(s.volume[1 * 3 + 2], 7, 1e-13);
    CHECK(s.volume[0 * 3 + 1] == 0);
    assign_selected_free(&s);
    assign_free(a);
    net_free(n);
}

TEST(skims_add_up)
{
    struct test_net *n = net_grid(7, 15, 8, 400);
    struct assign_result r;
    struct err e = {0};
    struct assign *a;
    struct assign_skim s;
    struct assign_options o = {.gap = 1e-4};
    n->class[0].toll_weight = 2;
    n->class[0].distance_weight = 0.5;
    CHECK(assign_new(&n->p, &a, &e) && assign_run(a, &o, &r, &e));
    CHECK_MSG(assign_skim(a, 0, NULL, &s, &e), "%s", e.text);
    double *f = net_flows(a, n), time = 0, length = 0, toll = 0, cost = 0, km = 0, paid = 0;
    const struct trips *t = &n->trips[0];
    for (uint32_t z = 0; z < 15; z++)
        for (uint32_t k = t->first[z]; k < t->first[z + 1]; k++) {
            if (t->to[k] == z)
                CHECK(s.time[k] == 0 && s.cost[k] == 0);
            CHECK(s.cost[k] <= (s.time[k] + 2 * s.toll[k] + 0.5 * s.length[k]) * (1 + 1e-12));
            time += t->volume[k] * s.time[k];
            length += t->volume[k] * s.length[k];
            toll += t->volume[k] * s.toll[k];
            cost += t->volume[k] * s.cost[k];
        }
    for (uint32_t l = 0; l < n->p.link_count; l++) {
        km += f[l] * n->link[l].length;
        paid += f[l] * n->link[l].toll;
    }
    near(time, r.last.total_time, 1e-12);
    near(length, km, 1e-12);
    near(toll, paid, 1e-12);
    near(1 - cost / (time + 2 * toll + 0.5 * length), r.last.relative_gap, 1e-12);
    CHECK(r.last.relative_gap > 0);
    CHECK(s.version == assign_version(a));
    free(f);
    assign_skim_free(&s);
    assign_free(a);
    net_free(n);
}

struct pair {
    struct assign *a[2];
    struct assign_skim s[2];
};

static struct pair pair_of(const struct test_net *before, const struct test_net *after, double gap)
{
    struct pair p;
    struct assign_result r;
    struct err e = {0};
    p.a[0] = net_run(before, gap, &r);
    p.a[1] = net_run(after, gap, &r);
    for (int i = 0; i < 2; i++)
        CHECK_MSG(assign_skim(p.a[i], 0, NULL, &p.s[i], &e), "%s", e.text);
    return p;
}

static void pair_free(struct pair *p)
{
    for (int i = 0; i < 2; i++) {
        assign_skim_free(&p->s[i]);
        assign_free(p->a[i]);
    }
}

TEST(the_identity_holds_at_any_gap_and_planted_errors_break_it)
{
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct test_net *n = net_grid(7, 15, seed, 400), *m = net_grid(7, 15, seed, 400);
        struct appraise_identity id;
        struct err e = {0};
        net_link(m, 15, 60, 3, 0.01);
        struct pair p = pair_of(n, m, seed % 2 == 0 ? 1e-2 : 1e-9);
        CHECK_MSG(appraise_identity(p.a[0], p.a[1], &p.s[0], &p.s[1], &id, &e), "%s", e.text);
        CHECK_MSG(id.holds && id.error < 1e-9, "error %g", id.error);
        CHECK(fabs(id.before - id.after) > 1e-6 * id.before);

        struct appraise_identity wrong = id; /* a swapped sign */
        wrong.benefit = -id.benefit;
        appraise_compare(&wrong);
        CHECK(!wrong.holds && wrong.error > 1);
        CHECK(!appraise_identity(p.a[0], p.a[1], &p.s[1], &p.s[0], &id, &e)); /* swapped skims */
        CHECK_I64(e.code, ERR_FAILED_PRECONDITION);

        struct assign_skim stale; /* a skim of another version, also when it is said to be of this one */
        struct assign_result r;
        m->link[n->p.link_count].free_flow_time = 3.001;
        struct assign *other = net_run(m, 1e-9, &r);
        CHECK(assign_skim(other, 0, NULL, &stale, &e));
        CHECK(!appraise_identity(p.a[0], p.a[1], &p.s[0], &stale, &id, &e));
        CHECK_I64(e.code, ERR_FAILED_PRECONDITION);
        CHECK_MSG(strstr(e.text, "after are of another version") != NULL, "%s", e.text);
        stale.version = p.s[1].version;
        CHECK(appraise_identity(p.a[0], p.a[1], &p.s[0], &stale, &id, &e));
        CHECK_MSG(!id.holds && id.error > 1e-9, "error %g", id.error);
        assign_skim_free(&stale);
        assign_free(other);
        pair_free(&p);
        net_free(n);
        net_free(m);
    }
}

TEST(the_identity_says_when_it_does_not_apply)
{
    struct test_net *n = net_grid(6, 10, 3, 300), *m = net_grid(6, 10, 3, 300);
    struct appraise_identity id;
    struct err e = {0};
    m->trips[0].volume[5] += 1;
    struct pair p = pair_of(n, m, 1e-6);
    CHECK(!appraise_identity(p.a[0], p.a[1], &p.s[0], &p.s[1], &id, &e));
    CHECK_MSG(strstr(e.text, "demand") != NULL, "%s", e.text);
    pair_free(&p);
    m->trips[0].volume[5] -= 1;
    m->class[0].toll_weight = 1;
    p = pair_of(n, m, 1e-6);
    CHECK(!appraise_identity(p.a[0], p.a[1], &p.s[0], &p.s[1], &id, &e));
    CHECK_MSG(strstr(e.text, "tolls") != NULL, "%s", e.text);
    pair_free(&p);
    net_free(n);
    net_free(m);
}

TEST(users_by_pair)
{
    /* One road of 10 + x; after, of 4 + x. 2 more vehicles come. A pair of one table only is left out. */
    struct test_net *n = net_new(3, 3, 1), *m = net_new(3, 3, 1);
    struct appraise_users u;
    struct err e = {0};
    double cell[9];
    net_link(n, 0, 1, 10, 1);
    net_link(m, 0, 1, 4, 1);
    net_link(m, 1, 2, 1, 0);
    net_demand(n, 0, 0, 1, 6);
    net_demand(m, 0, 0, 1, 8);
    net_demand(m, 0, 1, 2, 5);
    struct pair p = pair_of(n, m, 1e-12);
    CHECK(appraise_users(&p.s[0], &p.s[1], &u, cell, &e));
    near(u.cost, 7 * (16 - 12), 1e-12);
    near(u.time, 28, 1e-12);
    near(cell[1], 28, 1e-12);
    CHECK(u.better == 1 && u.worse == 0 && u.unmatched_volume == 5);
    CHECK(appraise_users(&p.s[1], &p.s[0], &u, NULL, &e));
    near(u.loss, -28, 1e-12);
    CHECK(u.better == 0 && u.worse == 1);
    pair_free(&p);
    net_free(n);
    net_free(m);
}

TEST(sioux_falls_with_11_15)
{
    struct test_net *n = net_case("SiouxFalls"), *m = net_case("SiouxFalls");
    struct appraise_identity id;
    struct appraise_users u;
    struct err e = {0};
    if (n == NULL)
        SKIP("no Sioux Falls beside the repository");
    net_both_ways(m, 11, 15, 3, 10000);
    struct pair p = pair_of(n, m, 1e-13);
    CHECK_MSG(appraise_identity(p.a[0], p.a[1], &p.s[0], &p.s[1], &id, &e), "%s", e.text);
    CHECK_MSG(id.holds && fabs(id.benefit - 1185204.94) < 0.02, "benefit %.4f, error %g", id.benefit,
              id.error);
    CHECK(appraise_users(&p.s[0], &p.s[1], &u, NULL, &e));
    CHECK_I64(u.pairs, 528);
    CHECK_I64(u.worse, 118);
    near(u.cost, 1185204.94, 1e-7);
    pair_free(&p);
    net_free(n);
    net_free(m);
}
