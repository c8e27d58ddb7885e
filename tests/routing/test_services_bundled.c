/* The bundled tables over a DIMACS copy of their own roads, which must bring the same trains; and over maps
 * of other countries, which must be refused. */
#include "import/dimacs.h"
#include "import/gmns.h"
#include "import/osm.h"
#include "import/services.h"
#include "plan/plan.h"
#include "test_services_map.h"

#include <stdio.h>
#include <unistd.h>

static const struct network *bundled(uint8_t **bytes)
{
    struct network_builder *b;
    struct csv_report r = {0};
    struct err e = {0};
    CHECK(network_builder_new(&b, &e));
    CHECK_MSG(network_import_gmns("data", b, &r, &e), "%s", e.text);
    const struct network *n = freeze(b, bytes);
    network_builder_free(b);
    return n;
}

/* The open roads of n as a DIMACS graph, each node some 100 m north-east of where it was. */
static void write_dimacs(const struct network *n, const char *gr, const char *co)
{
    uint32_t *number = calloc(n->node_id_count + 1, sizeof *number), count = 0;
    FILE *g = fopen(gr, "w"), *c = fopen(co, "w");
    CHECK(number != NULL && g != NULL && c != NULL);
    for (uint32_t v = 0; v < n->node_id_count; v++)
        if (n->arc_first[v] != n->arc_first[v + 1])
            number[v] = ++count;
    fprintf(g, "p sp %u %u\n", count, n->arc_head_count);
    fprintf(c, "p aux sp co %u\n", count);
    for (uint32_t v = 0; v < n->node_id_count; v++) {
        if (number[v] != 0)
            fprintf(c, "v %u %d %d\n", number[v], (n->node_point[v].lon_e7 + 7000) / 10,
                    (n->node_point[v].lat_e7 + 7000) / 10);
        for (uint32_t a = n->arc_first[v]; a < n->arc_first[v + 1]; a++) {
            CHECK(number[n->arc_head[a]] != 0);
            fprintf(g, "a %u %u %u\n", number[v], number[n->arc_head[a]],
                    n->link[net_arc_link(n, a)].length_m);
        }
    }
    CHECK(fclose(g) == 0 && fclose(c) == 0);
    free(number);
}

static const struct network *over_dimacs(const struct network *n, uint8_t **bytes,
                                         struct network_services_report *out)
{
    char dir[] = "/tmp/zh-services-XXXXXX", gr[64], co[64];
    struct network_builder *b;
    struct csv_report faults = {0};
    struct dimacs_report r;
    struct err e = {0};
    CHECK(mkdtemp(dir) != NULL && network_builder_new(&b, &e));
    snprintf(gr, sizeof gr, "%s/a.gr", dir);
    snprintf(co, sizeof co, "%s/a.co", dir);
    write_dimacs(n, gr, co);
    CHECK_MSG(network_import_dimacs(gr, co, b, &r, &e), "%s", e.text);
    unlink(gr);
    unlink(co);
    rmdir(dir);
    CHECK_MSG(network_import_services("data", b, NULL, out, &faults, &e), "%s", e.text);
    const struct network *over = freeze(b, bytes);
    network_builder_free(b);
    return over;
}

static void same_tables(const struct network *a, const struct network *b)
{
    CHECK_STR(a->timetable_version[0] != '\0' ? net_string(b, b->name) : "", net_string(a, a->name));
    CHECK_I64(b->place_count, a->place_count);
    CHECK_I64(b->terminal_count, a->terminal_count);
    CHECK_I64(b->handling_count, a->handling_count);
    CHECK_I64(b->cutoff_count, a->cutoff_count);
    CHECK_I64(b->service_count, a->service_count);
    CHECK_I64(b->stop_count, a->stop_count);
    CHECK_I64(b->exception_count, a->exception_count);
    CHECK_I64(b->tariff_rule_count, a->tariff_rule_count);
    CHECK_I64(b->vehicle_count, a->vehicle_count);
    CHECK(memcmp(b->stop, a->stop, a->stop_count * sizeof *a->stop) == 0);
    CHECK(memcmp(b->exception, a->exception, a->exception_count * sizeof *a->exception) == 0);
    for (uint32_t i = 0; i < a->service_count; i++) {
        CHECK_I64(b->service[i].id, a->service[i].id);
        CHECK_STR(net_string(b, b->service[i].name), net_string(a, a->service[i].name));
    }
    for (uint32_t i = 0; i < a->terminal_count; i++) {
        double m = geo_distance_m(a->node_point[a->terminal[i].node], b->node_point[b->terminal[i].node]);
        CHECK_I64(b->terminal[i].place, a->terminal[i].place);
        CHECK_MSG(m < 16000, "terminal %lld lies %.0f m off", (long long)a->terminal[i].id, m);
    }
}

/* The train that the cheapest rail-road option takes first; its name, and the terminal's id. */
static const char *cheapest_train(const struct network *n, const char *from, const char *to, int64_t *board)
{
    struct plan_network *p;
    struct plan_query *q;
    struct plan_answer a;
    struct err e = {0};
    struct arena arena;
    static char name[256];
    struct plan_request r = {.from = NET_NONE,
                             .to = NET_NONE,
                             .ready_at = INT64_C(1796000000), /* 2026-11-30 */
                             .families = 1u << FAMILY_RAIL_ROAD,
                             .max_options = 32,
                             .second_driver = true};
    r.cargo.mass_kg = 25000;
    r.cargo.containers[0] = (struct plan_containers){"22G1", 1, 1};
    r.cargo.container_count = 1;
    for (uint32_t i = 0; i < n->place_count; i++) {
        if (strcmp(net_string(n, n->place[i].name_zh), from) == 0)
            r.from = n->place[i].node;
        if (strcmp(net_string(n, n->place[i].name_zh), to) == 0)
            r.to = n->place[i].node;
    }
    arena_init(&arena, 32u << 20);
    CHECK_MSG(plan_network_new(n, &p, &e), "%s", e.text);
    CHECK(plan_query_new(p, &q, &e));
    CHECK_MSG(plan_search(q, &r, NULL, NULL, &arena, &a, &e), "%s", e.text);
    name[0] = '\0';
    for (uint32_t i = 0; i < a.option_count; i++) {
        const struct plan_itinerary *it = &a.options[i];
        CHECK_MSG(plan_check(n, &r, it, &e), "%s", e.text);
        for (uint32_t k = 0; it->cheapest && k < it->leg_count && name[0] == '\0'; k++)
            if (it->legs[k].service != NET_NONE) {
                const struct net_service *s = &n->service[it->legs[k].service];
                snprintf(name, sizeof name, "%s", net_string(n, s->name));
                *board = n->terminal[it->legs[k].from_terminal].id;
            }
    }
    CHECK_MSG(name[0] != '\0', "no rail-road option from %s to %s: %s", from, to,
              a.not_offered_count > 0 ? a.not_offered[0].text : "");
    plan_query_free(q);
    plan_network_free(p);
    arena_release(&arena);
    return name;
}

TEST(the_bundled_tables_over_a_dimacs_copy_of_their_roads)
{
    static const char *const trips[][2] = {{"大冶市", "广元市"}, {"大冶市", "成都市"}, {"黄石市", "重庆市"}};
    struct network_services_report r;
    uint8_t *bytes[2];
    const struct network *n = bundled(&bytes[0]), *over = over_dimacs(n, &bytes[1], &r);
    CHECK_I64(r.nodes, n->node_id_count);
    CHECK_I64(r.abroad, 24);
    CHECK(r.links_without_speed > 0);
    same_tables(n, over);
    for (size_t i = 0; i < sizeof trips / sizeof *trips; i++) {
        char want[256];
        int64_t board[2];
        snprintf(want, sizeof want, "%s", cheapest_train(n, trips[i][0], trips[i][1], &board[0]));
        CHECK_STR(cheapest_train(over, trips[i][0], trips[i][1], &board[1]), want);
        CHECK_I64(board[1], board[0]);
    }
    network_release(n);
    network_release(over);
    free(bytes[0]);
    free(bytes[1]);
}

TEST(tables_far_from_the_map_are_refused_with_distances)
{
    static const char *const maps[] = {"monaco", "heidelberg"};
    if (test_cases_dir() == NULL)
        SKIP("no map extracts");
    for (int i = 0; i < 2; i++) {
        char path[512];
        struct network_builder *b;
        struct network_osm_report osm;
        struct network_services_report r;
        struct csv_report faults = {0};
        struct err e = {0};
        snprintf(path, sizeof path, "%s/osm/%s.osm.pbf", test_cases_dir(), maps[i]);
        CHECK(network_builder_new(&b, &e));
        CHECK_MSG(network_import_osm(path, b, &osm, NULL, &e), "%s", e.text);
        CHECK(!network_import_services("data", b, "map", &r, &faults, &e));
        CHECK_I64(e.code, ERR_INVALID_ARGUMENT);
        CHECK_MSG(faults.count > 500, "%u faults", faults.count);
        double km = 0;
        const char *lie = strstr(faults.fault[0], " lie ");
        CHECK_MSG(strncmp(faults.fault[0], "node.csv:2: ", 12) == 0 && lie != NULL, "%s", faults.fault[0]);
        km = strtod(lie + 5, NULL);
        CHECK_MSG(km > 7000 && km < 10000, "%s", faults.fault[0]);
        csv_report_free(&faults);
        network_builder_free(b);
    }
}
