/* What each arc weighs: figures worked out by hand, limits at their edge, and what must be refused. */
#include "road/metric.h"
#include "test_road_net.h"

static const uint16_t BOTH = LINK_FORWARD | LINK_BACKWARD;

/* One link; the weight of its first arc for the profile. */
static uint32_t weigh(struct road_net *r, const struct road_profile *p, struct road_metric **out)
{
    struct err e = {0};
    CHECK_MSG(road_metric_new(&r->net, p, out, &e), "%s", e.text);
    return (*out)->weight[0];
}

static uint32_t weight(struct road_net *r, const struct road_profile *p)
{
    struct road_metric *m;
    uint32_t w = weigh(r, p, &m);
    road_metric_free(m);
    return w;
}

static struct road_net *one_link(uint32_t length_m, uint16_t speed_km10, uint16_t flags)
{
    struct road_net *r = net_new(2);
    net_add(r, 0, 1, length_m, speed_km10, flags);
    net_freeze(r);
    return r;
}

TEST(time_is_at_the_lower_speed)
{
    struct road_net *r = one_link(1000, 600, BOTH); /* 60 km/h: 60 s */
    CHECK_I64(weight(r, &(struct road_profile){.vehicle_class = 1}), 60000);
    r->link[0].speed_km10 = 1200; /* class 1 drives 100, class 6 75 km/h */
    CHECK_I64(weight(r, &(struct road_profile){.vehicle_class = 1}), 36000);
    CHECK_I64(weight(r, &(struct road_profile){.vehicle_class = 6}), 48000);
    CHECK_I64(weight(r, &(struct road_profile){.vehicle_class = 6, .objective = ROAD_SHORTEST}), 1000);
    free(r);
}

TEST(money_adds_running_driver_toll_and_bridge)
{
    struct road_net *r = one_link(2500, 500, BOTH | LINK_TOLL | LINK_BRIDGE); /* 2.5 km in 180 s */
    struct road_profile p = {.vehicle_class = 1, .objective = ROAD_CHEAPEST};
    struct road_metric *m;
    /* 2.5 x 900 + 0.05 h x 45000 + 2.5 x 450 + bridge 10000 */
    CHECK_I64(weigh(r, &p, &m), 2250 + 2250 + 1125 + 10000);
    CHECK_I64(m->toll_myuan[0], 11125);
    CHECK_I64(m->time_ms[0], 180000);
    road_metric_free(m);
    r->link[0].toll_region = 1; /* twice the rate per km */
    CHECK_I64(weight(r, &p), 2250 + 2250 + 2250 + 10000);
    r->link[0].flags = BOTH;
    CHECK_I64(weight(r, &p), 4500);
    p.vehicle_class = 6; /* 2.5 x 3150 + 0.05 x 105000 */
    CHECK_I64(weight(r, &p), 7875 + 5250);
    free(r);
}

/* At the limit the vehicle passes, above it the arc is closed, without data nothing is. */
TEST(limits_close_arcs_just_above_them)
{
    struct road_net *r = one_link(1000, 600, BOTH);
    r->link[0].limit = 1;
    struct road_profile p = {.vehicle_class = 3,
                             .gross_kg = 20000,
                             .axle_kg = 10000,
                             .height_cm = 400,
                             .width_cm = 250,
                             .length_cm = 1200};
    CHECK_I64(weight(r, &p), 60000);
    const struct {
        struct net_limit fits, breaks;
    } c[] = {
        {{.max_gross_kg = 20000}, {.max_gross_kg = 19999}}, {{.max_axle_kg = 10000}, {.max_axle_kg = 9999}},
        {{.max_height_cm = 400}, {.max_height_cm = 399}},   {{.max_width_cm = 250}, {.max_width_cm = 249}},
        {{.max_length_cm = 1200}, {.max_length_cm = 1199}}, {{.ban_class_from = 4}, {.ban_class_from = 3}}};
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        r->limit[1] = c[i].fits;
        CHECK_I64(weight(r, &p), 60000);
        r->limit[1] = c[i].breaks;
        CHECK_I64(weight(r, &p), ROAD_INF);
        r->limit[1].hours = 1; /* in certain hours only: taken to hold always */
        CHECK_I64(weight(r, &p), ROAD_INF);
    }
    free(r);
}

TEST(the_class_gives_measures_the_profile_does_not)
{
    struct road_net *r = one_link(1000, 600, BOTH);
    r->link[0].limit = 1;
    r->limit[1] = (struct net_limit){.max_height_cm = 350}; /* class 3 is 340 high, class 4 360 */
    CHECK_I64(weight(r, &(struct road_profile){.vehicle_class = 3}), 60000);
    CHECK_I64(weight(r, &(struct road_profile){.vehicle_class = 4}), ROAD_INF);
    CHECK_I64(weight(r, &(struct road_profile){.vehicle_class = 4, .height_cm = 350}), 60000);
    free(r);
}

TEST(dangerous_goods_and_lorry_bans)
{
    struct road_net *r = one_link(1000, 600, BOTH);
    struct road_profile safe = {.vehicle_class = 2}, dangerous = {.vehicle_class = 2, .dangerous = true};
    CHECK_I64(weight(r, &dangerous), 60000);
    r->link[0].limit = 1;
    r->limit[1] = (struct net_limit){.no_dangerous = 1};
    CHECK_I64(weight(r, &safe), 60000);
    CHECK_I64(weight(r, &dangerous), ROAD_INF);
    r->link[0].limit = 0;
    r->link[0].flags = BOTH | LINK_HAZMAT_NO;
    CHECK_I64(weight(r, &safe), 60000);
    CHECK_I64(weight(r, &dangerous), ROAD_INF);
    r->link[0].flags = BOTH | LINK_HGV_NO;
    CHECK_I64(weight(r, &safe), ROAD_INF);
    free(r);
}

static void refused(struct road_net *r, struct road_profile p, enum err_code code)
{
    struct err e = {0};
    struct road_metric *m = NULL;
    CHECK(!road_metric_new(&r->net, &p, &m, &e));
    CHECK(e.text[0] != '\0');
    CHECK_STR(err_code_name(e.code), err_code_name(code));
}

TEST(what_the_network_cannot_serve_is_refused)
{
    struct road_net *r = one_link(1000, 600, BOTH | LINK_TOLL);
    refused(r, (struct road_profile){.vehicle_class = 0}, ERR_INVALID_ARGUMENT);
    refused(r, (struct road_profile){.vehicle_class = 7}, ERR_INVALID_ARGUMENT);
    refused(r, (struct road_profile){.vehicle_class = 1, .objective = 4}, ERR_INVALID_ARGUMENT);
    refused(r, (struct road_profile){.vehicle_class = 1, .objective = ROAD_SOURCE}, ERR_INVALID_ARGUMENT);
    r->link[0].toll_region = 9; /* a toll nobody knows is not free */
    refused(r, (struct road_profile){.vehicle_class = 1}, ERR_INVALID_ARGUMENT);
    r->link[0].toll_region = 0;
    r->link[0].speed_km10 = 0;
    refused(r, (struct road_profile){.vehicle_class = 1}, ERR_INVALID_ARGUMENT);
    CHECK_I64(weight(r, &(struct road_profile){.vehicle_class = 1, .objective = ROAD_SHORTEST}), 1000);
    r->link[0].speed_km10 = 1; /* 0.1 km/h over 2,000 km: 2,300 years in ms */
    r->link[0].length_m = 2000000;
    refused(r, (struct road_profile){.vehicle_class = 1}, ERR_OUT_OF_RANGE);
    r->link[0].speed_km10 = 600;
    r->vehicle[0].myuan_per_km = INT32_MAX;
    refused(r, (struct road_profile){.vehicle_class = 1, .objective = ROAD_CHEAPEST}, ERR_OUT_OF_RANGE);
    r->net.vehicle_count = 5;
    refused(r, (struct road_profile){.vehicle_class = 6}, ERR_INVALID_ARGUMENT);
    r->net.vehicle_count = 0; /* a bare graph: no money, but a way */
    r->net.toll_count = 0;
    refused(r, (struct road_profile){.objective = ROAD_CHEAPEST}, ERR_INVALID_ARGUMENT);
    CHECK_I64(weight(r, &(struct road_profile){.objective = ROAD_SHORTEST}), 2000000);
    free(r);
}

/* Two arcs whose weights fit and whose sum does not: no path, never a sum that wrapped. */
TEST(a_sum_that_does_not_fit_is_no_path)
{
    struct road_net *r = net_new(3);
    net_add(r, 0, 1, 1500000000, 600, LINK_FORWARD);
    net_add(r, 1, 2, 1500000000, 600, LINK_FORWARD);
    net_freeze(r);
    struct err e = {0};
    struct road_metric *m;
    struct road_query *q;
    struct road_cost c[3];
    refused(r, (struct road_profile){.vehicle_class = 1}, ERR_OUT_OF_RANGE);
    r->link[0].speed_km10 = r->link[1].speed_km10 = 0;
    CHECK(road_metric_new(&r->net, &(struct road_profile){.vehicle_class = 1, .objective = ROAD_SHORTEST}, &m,
                          &e));
    CHECK(road_query_new(&r->net, NULL, &q, &e));
    road_one_to_many(q, m, 0, (uint32_t[]){0, 1, 2}, 3, c);
    CHECK_I64(c[1].weight, 1500000000);
    CHECK_I64(c[2].weight, ROAD_INF);
    road_query_free(q);
    road_metric_free(m);
    free(r);
}
