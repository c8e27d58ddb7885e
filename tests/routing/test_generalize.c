/* What a map draws: selection against a plain rule, simplified lines against the distance of every dropped
 * point, ways of trains against Bellman's algorithm. */
#include "network/course.h"
#include "network/generalize.h"
#include "test_road_net.h"

#include <math.h>

enum { ARENA = 16 << 20 };

static struct net_link *random_link(struct road_net *r, uint64_t *seed, uint32_t nodes)
{
    struct net_link *l = &r->link[r->net.link_count++];
    *l = (struct net_link){.id = 7000 + (int64_t)r->net.link_count,
                           .from = test_rand_below(seed, nodes),
                           .to = test_rand_below(seed, nodes),
                           .length_m = 1 + test_rand_below(seed, 90000),
                           .mode = MODE_ROAD,
                           .road_class = (uint8_t)test_rand_below(seed, ROAD_CLASS_COUNT)};
    return l;
}

static struct road_net *scattered(uint64_t *seed, uint32_t nodes, uint32_t links)
{
    struct road_net *r = net_new(nodes);
    for (uint32_t i = 0; i < nodes; i++)
        r->point[i] = (struct net_point){300000000 + (int32_t)test_rand_below(seed, 10000000),
                                         1140000000 + (int32_t)test_rand_below(seed, 10000000)};
    for (uint32_t i = 0; i < links; i++)
        random_link(r, seed, nodes);
    return r;
}

static struct generalize_links chosen(const struct road_net *r, const struct net_box *box, unsigned zoom,
                                      uint32_t max, struct arena *a)
{
    struct generalize_links s;
    struct err e = {0};
    arena_init(a, ARENA);
    CHECK(generalize_select(&r->net, box, zoom, max, a, &s, &e));
    return s;
}

TEST(from_afar_only_great_roads_and_near_by_all)
{
    uint64_t seed = 1;
    struct road_net *r = scattered(&seed, 60, 500);
    struct arena a;
    r->link[3].project = 1;
    for (unsigned zoom = 0; zoom <= GENERALIZE_ZOOM_MAX; zoom++) {
        struct generalize_links s = chosen(r, NULL, zoom, 100000, &a);
        bool project = false;
        CHECK_I64(s.count + s.left_out, 500);
        for (uint32_t i = 0; i < s.count; i++) {
            const struct net_link *l = &r->link[s.link[i]];
            project |= s.link[i] == 3;
            CHECK(i == 0 || s.link[i - 1] < s.link[i]);
            CHECK(zoom >= 14 || l->road_class != ROAD_SERVICE || l->project != 0);
            CHECK(zoom >= 8 || l->road_class != ROAD_SECONDARY || l->project != 0);
        }
        CHECK(project && (zoom < 14 || s.left_out == 0));
        arena_release(&a);
    }
    free(r);
}

/* The kept ones are never less important than a dropped one, but for lengths of one power of two. */
TEST(the_least_important_go_first)
{
    uint64_t seed = 2;
    struct road_net *r = scattered(&seed, 60, 700);
    for (uint32_t max = 0; max <= 720; max += 40) {
        struct arena a;
        struct generalize_links s = chosen(r, NULL, 22, max, &a);
        uint32_t shortest_kept = UINT32_MAX, longest_dropped = 0;
        CHECK_I64(s.count, max < 700 ? max : 700);
        CHECK_I64(s.count + s.left_out, 700);
        for (uint32_t i = 0, k = 0; i < 700; i++) {
            bool kept = k < s.count && s.link[k] == i;
            k += kept;
            if (r->link[i].road_class != ROAD_TERTIARY)
                continue;
            uint32_t m = r->link[i].length_m;
            shortest_kept = kept && m < shortest_kept ? m : shortest_kept;
            longest_dropped = !kept && m > longest_dropped ? m : longest_dropped;
        }
        CHECK(longest_dropped < 2 * (uint64_t)shortest_kept);
        arena_release(&a);
    }
    free(r);
}

/* Every link with an end in the box is there; none whose both ends lie beyond the same side. */
TEST(a_box_cuts)
{
    uint64_t seed = 3;
    struct road_net *r = scattered(&seed, 300, 900);
    for (int k = 0; k < 50; k++) {
        int32_t south = 300000000 + (int32_t)test_rand_below(&seed, 9000000);
        int32_t west = 1140000000 + (int32_t)test_rand_below(&seed, 9000000);
        struct net_box b = {south, west, south + 1000000, west + 1000000};
        struct arena a;
        struct generalize_links s = chosen(r, &b, 22, 100000, &a);
        for (uint32_t i = 0, at = 0; i < 900; i++) {
            struct net_point p = r->point[r->link[i].from], q = r->point[r->link[i].to];
            bool kept = at < s.count && s.link[at] == i;
            at += kept;
            if (generalize_inside(&b, p) || generalize_inside(&b, q))
                CHECK(kept);
            if ((p.lat_e7 < b.south_e7 && q.lat_e7 < b.south_e7) ||
                (p.lon_e7 > b.east_e7 && q.lon_e7 > b.east_e7))
                CHECK(!kept);
        }
        arena_release(&a);
    }
    struct net_box all = generalize_extent(&r->net);
    struct arena a;
    CHECK_I64(chosen(r, &all, 22, 100000, &a).count, 900);
    arena_release(&a);
    free(r);
}

static double off(struct net_point p, struct net_point a, struct net_point b)
{
    double squeeze = cos(a.lat_e7 * 1e-7 * 3.14159265358979 / 180);
    double bx = ((double)b.lon_e7 - a.lon_e7) * squeeze, by = (double)b.lat_e7 - a.lat_e7;
    double px = ((double)p.lon_e7 - a.lon_e7) * squeeze, py = (double)p.lat_e7 - a.lat_e7;
    double n = bx * bx + by * by, t = n > 0 ? fmin(1, fmax(0, (px * bx + py * by) / n)) : 0;
    return hypot(px - t * bx, py - t * by) * 6371008.8 * 3.14159265358979 / 180e7;
}

TEST(no_dropped_point_is_half_a_pixel_off)
{
    enum { POINTS = 400 };
    uint64_t seed = 4;
    uint32_t before = POINTS + 1;
    struct net_point line[POINTS], p[POINTS];
    for (int i = 0; i < POINTS; i++)
        line[i] = (struct net_point){300000000 + i * 9000 + (int32_t)test_rand_below(&seed, 20000),
                                     1140000000 + (int32_t)(1e6 * sin(i / 20.0))};
    for (int zoom = GENERALIZE_ZOOM_MAX; zoom >= 0; zoom--) {
        uint32_t count = POINTS, at = 0;
        double pixel = 78271.516964 * cos(30 * 3.14159265358979 / 180) / ldexp(1, zoom);
        struct arena a;
        arena_init(&a, ARENA);
        memcpy(p, line, sizeof p);
        CHECK(generalize_line(p, &count, (unsigned)zoom, &a));
        CHECK(count >= 2 && count <= before);
        before = count;
        for (int i = 0; i < POINTS; i++) {
            if (line[i].lat_e7 == p[at].lat_e7 && line[i].lon_e7 == p[at].lon_e7) {
                at++;
                continue;
            }
            CHECK(at > 0 && at < count);
            CHECK(off(line[i], p[at - 1], p[at]) <= 0.51 * pixel);
        }
        CHECK_I64(at, count);
        arena_release(&a);
    }
    CHECK(before < 10); /* of the whole world nearly nothing is left */
}

/* The shortest rail link between two points, which are nodes. */
static uint64_t step_m(const struct road_net *r, struct net_point a, struct net_point b)
{
    uint64_t best = UINT64_MAX / 2;
    for (uint32_t i = 0; i < r->net.link_count; i++) {
        const struct net_link *l = &r->link[i];
        struct net_point p = r->point[l->from], q = r->point[l->to];
        bool same = (memcmp(&p, &a, sizeof p) == 0 && memcmp(&q, &b, sizeof q) == 0) ||
                    (memcmp(&p, &b, sizeof p) == 0 && memcmp(&q, &a, sizeof q) == 0);
        if (same && l->mode == MODE_RAIL && l->length_m < best)
            best = l->length_m;
    }
    return best;
}

static void plain_distances(const struct road_net *r, uint32_t from, uint64_t *d)
{
    for (uint32_t v = 0; v < r->net.node_id_count; v++)
        d[v] = v == from ? 0 : UINT64_MAX / 2;
    for (uint32_t round = 0; round < r->net.node_id_count; round++)
        for (uint32_t i = 0; i < r->net.link_count; i++) {
            const struct net_link *l = &r->link[i];
            if (l->mode != MODE_RAIL)
                continue;
            d[l->to] = d[l->from] + l->length_m < d[l->to] ? d[l->from] + l->length_m : d[l->to];
            d[l->from] = d[l->to] + l->length_m < d[l->from] ? d[l->to] + l->length_m : d[l->from];
        }
}

TEST(courses_are_the_shortest)
{
    uint64_t seed = 5;
    for (int k = 0; k < 40; k++) {
        uint32_t nodes = 3 + test_rand_below(&seed, 30), links = 2 + test_rand_below(&seed, 60), room = 0;
        struct road_net *r = scattered(&seed, nodes, links);
        struct arena a;
        uint64_t d[64], steps = 100000;
        uint32_t from = test_rand_below(&seed, nodes);
        struct net_point *p = NULL;
        arena_init(&a, ARENA);
        for (uint32_t i = 0; i < links; i++)
            r->link[i].mode = test_rand_below(&seed, 4) > 0 ? MODE_RAIL : MODE_ROAD;
        plain_distances(r, from, d);
        struct course_net *c = course_net_new(&r->net, MODE_RAIL, &a);
        CHECK(c != NULL);
        for (uint32_t to = 0; to < nodes; to++) {
            uint32_t count = 0;
            uint64_t length = 0;
            CHECK(course_find(c, from, to, &steps, &p, &count, &room));
            CHECK(count >= 2 && memcmp(&p[0], &r->point[from], sizeof *p) == 0);
            CHECK(memcmp(&p[count - 1], &r->point[to], sizeof *p) == 0);
            if (to == from || d[to] >= UINT64_MAX / 2) {
                CHECK_I64(count, 2); /* straight */
                continue;
            }
            for (uint32_t i = 1; i < count; i++)
                length += step_m(r, p[i - 1], p[i]);
            CHECK_I64(length, d[to]);
        }
        arena_release(&a);
        free(r);
    }
}

TEST(the_steps_end_the_search)
{
    uint64_t seed = 6, steps = 3;
    struct road_net *r = scattered(&seed, 20, 0);
    struct arena a;
    struct net_point *p = NULL;
    uint32_t count = 0, room = 0;
    arena_init(&a, ARENA);
    for (uint32_t i = 0; i + 1 < 20; i++)
        r->link[r->net.link_count++] =
            (struct net_link){.from = i, .to = i + 1, .length_m = 10, .mode = MODE_WATER};
    struct course_net *c = course_net_new(&r->net, MODE_WATER, &a);
    CHECK(c != NULL && course_find(c, 0, 3, &steps, &p, &count, &room));
    CHECK_I64(count, 4);
    count = 0;
    CHECK(course_find(c, 0, 19, &steps, &p, &count, &room));
    CHECK_I64(count, 2);
    CHECK_I64(steps, 0);
    arena_release(&a);
    free(r);
}
