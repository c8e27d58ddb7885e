/* Freight tables laid over another source's roads: what they become, and what is refused with its line. */
#include "import/services.h"
#include "test_services_map.h"

#include <stdio.h>
#include <unistd.h>

enum { TABLES = 12 };
static const char *const names[TABLES] = {"config.csv",   "node.csv",         "toll.csv",
                                          "terminal.csv", "handling.csv",     "cutoff.csv",
                                          "tariff.csv",   "emission.csv",     "vehicle_class.csv",
                                          "service.csv",  "service_stop.csv", "calendar_exception.csv"};
enum { CONFIG, NODE, TOLL, TERMINAL, HANDLING, CUTOFF, TARIFF, EMISSION, VEHICLE, SERVICE, STOP, EXCEPTION };

struct tables {
    const char *text[TABLES];
};

#define NODE_HEAD "node_id,name_zh,name_en,kind,x_coord,y_coord,admin_zh,codes\n"
#define VEHICLE_HEAD                                                                                   \
    "class_id,name_en,axles,gross_t,payload_t,volume_m3,max_speed_kmh,cost_cny_per_km,cost_cny_per_h," \
    "emission_id,confidence\n"

static const struct tables good = {
    {"dataset_name,long_length,speed,crs,utc_offset_min,attribution\nfirm,km,km/h,EPSG:4326,480,the firm\n",
     NODE_HEAD "3,,Yard,rail_yard,114.0001,30.0001,,TELECODE:YYY\n2,,Same id but far,city,114.05,30.001,,\n"
               "90,北站,North,rail_yard,114.02,30.1,,\n91,,Twin,city,114.02,30.1,,\n"
               "95,法兰克福,Frankfurt,airport,8.55,50.03,境外,IATA:FRA\n96,,Over the "
               "border,city,114.02,29.98,境外,\n97,,On this side,city,114.02,29.99,境外,\n",
     "region,vehicle_class,cny_per_km,bridge_cny,confidence\n湖北,1,0.4,5,published\n湖北,2,0.9,5,published\n"
     "全国,1,0.5,5,published\n",
     "terminal_id,node_id,name_en,kind,modes,cargo,open_hours,status,confidence\n"
     "1,3,Yard,rail_yard,road;rail,general,Mo-Su 00:00-24:00,open,published\n"
     "2,90,North,rail_yard,road;rail,general,Mo-Su 00:00-24:00,open,published\n"
     "3,95,Frankfurt,airport,road;air,general,Mo-Su 00:00-24:00,open,published\n",
     "handling_id,terminal_id,from_mode,to_mode,kind,cargo,p50_min,p90_min,price_cny_per_t,confidence\n"
     "1,1,road,rail,load,general,60,90,10,published\n2,2,rail,road,unload,general,60,90,10,published\n",
     "terminal_id,mode,kind,minutes_before,confidence\n1,rail,FCO,60,published\n",
     "tariff_id,mode,kind,base_cny,base_unit,per_km_cny,confidence\nR,rail,freight,15,t,0.1,published\n",
     "emission_id,mode,ttw_kg_per_tkm,wtw_kg_per_tkm,confidence\nroad_2,road,0.1,0.2,published\n"
     "rail,rail,0.01,0.02,published\n",
     VEHICLE_HEAD
     "1,small,2,4.5,2.5,15,90,0.9,45,road_2,published\n2,big,2,18,10,45,80,1.9,70,road_2,published\n",
     "service_id,mode,name,cargo,days,departure,capacity_t,tariff_id,emission_id,valid_from,valid_to,"
     "confidence\n"
     "1,rail,X1,general,1111111,10:00,500,R,rail,2026-01-01,2027-12-31,published\n",
     "service_id,seq,terminal_id,arrival_min,departure_min,distance_km\n1,1,1,0,0,0\n1,2,2,60,60,20\n",
     "service_id,date,change\n1,2026-12-25,removed\n"}};

static void write_tables(const char *dir, const struct tables *t)
{
    char path[128];
    for (int i = 0; i < TABLES; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
        FILE *f = t->text[i] != NULL ? fopen(path, "wb") : NULL;
        CHECK(t->text[i] == NULL || (f != NULL && fputs(t->text[i], f) >= 0 && fclose(f) == 0));
    }
}

static void remove_tables(const char *dir)
{
    write_tables(dir, &(struct tables){{NULL}});
    rmdir(dir);
}

/* Nodes 1 to 5 in a row from 114.00 E, 30.0 N, 1.1 km apart, 3 at its west end; a tolled link; a street
 * without lorries to node 6, a trap to node 7, both nearer to (30.1, 114.02) than the rest. */
static struct network_builder *small_map(void)
{
    static const int64_t id[] = {3, 1, 4, 5, 2};
    struct network_builder *b = new_map();
    for (uint32_t i = 0; i < 5; i++)
        put_node(b, id[i], 30, 114 + 0.01 * i);
    put_node(b, 6, 30.09, 114.02);
    put_node(b, 7, 30.08, 114.02);
    for (uint32_t i = 0; i < 4; i++)
        put_road(b, i, i + 1, BOTH | (i == 0 ? LINK_TOLL : 0));
    put_road(b, 5, 2, BOTH | LINK_HGV_NO);
    put_road(b, 2, 6, LINK_FORWARD);
    uint32_t count;
    network_rows_link(b, &count)[3].speed_km10 = 0; /* as a DIMACS graph */
    struct net_emission e = {
        .variant = network_intern(b, "road_2"), .ttw_mg_per_tkm = 1, .wtw_mg_per_tkm = 1};
    for (uint8_t c = 1; c <= 2; c++) {
        struct net_vehicle v = {.vehicle_class = c,
                                .gross_kg = 1,
                                .payload_kg = 1,
                                .max_speed_km10 = 800,
                                .emission = c == 1 ? network_add_emission(b, &e) : 0};
        network_add_vehicle(b, &v);
    }
    return b;
}

/* NULL when refused; e and the first fault say why. */
static const struct network *lay(const struct tables *t, struct network_services_report *out, uint8_t **bytes,
                                 struct csv_report *faults, struct err *e)
{
    char dir[] = "/tmp/zh-services-XXXXXX";
    const struct network *n = NULL;
    struct network_builder *b = small_map();
    CHECK(mkdtemp(dir) != NULL);
    write_tables(dir, t);
    if (network_import_services(dir, b, "(c) the map", out, faults, e))
        n = freeze(b, bytes);
    network_builder_free(b);
    remove_tables(dir);
    return n;
}

static const struct net_place *place_named(const struct network *n, const char *name)
{
    for (uint32_t i = 0; i < n->place_count; i++)
        if (strcmp(net_string(n, n->place[i].name_en), name) == 0)
            return &n->place[i];
    CHECK_MSG(false, "no place %s", name);
    return NULL;
}

TEST(tables_come_to_lie_upon_the_map)
{
    struct network_services_report r;
    struct csv_report faults = {0};
    struct err e = {0};
    uint8_t *bytes;
    const struct network *n = lay(&good, &r, &bytes, &faults, &e);
    CHECK_MSG(n != NULL, "%s", e.text);
    CHECK_I64(r.nodes, 7);
    CHECK_I64(r.by_id, 1);
    CHECK_I64(r.by_nearness, 4);
    CHECK_I64(r.abroad, 2);
    CHECK_I64(r.farthest_id, 90);
    CHECK_MSG(r.farthest_m > 11100 && r.farthest_m < 11140, "%u m", r.farthest_m);
    CHECK_I64(r.terminals, 3);
    CHECK_I64(r.services, 1);
    CHECK_I64(r.links_without_speed, 1);
    CHECK_I64(n->place_count, 7);
    CHECK_I64(n->node_id[place_named(n, "Yard")->node], 3);            /* its id, 15 m away */
    CHECK_I64(n->node_id[place_named(n, "Same id but far")->node], 2); /* nearest: 2 lies at 114.04 */
    CHECK_I64(n->node_id[place_named(n, "North")->node], 4);           /* neither the street nor the trap */
    CHECK_I64(place_named(n, "Frankfurt")->node, 7);
    CHECK_I64(n->node_id[7], 95);
    CHECK_I64(n->node_point[7].lat_e7, 500300000);
    CHECK_I64(n->node_id_count, 9);
    CHECK_I64(place_named(n, "Over the border")->node, 8); /* 2.2 km from the road */
    CHECK_I64(n->node_id[place_named(n, "On this side")->node], 4);
    for (uint32_t i = 0; i < n->terminal_count; i++) /* each its own place, though two share a node */
        CHECK(n->terminal[i].place != NET_NONE && n->place[n->terminal[i].place].node == n->terminal[i].node);
    CHECK_STR(net_string(n, n->place[n->terminal[1].place].name_en), "North");
    CHECK_STR(net_string(n, n->name), "firm");
    CHECK_STR(net_string(n, n->attribution), "(c) the map; the firm");
    CHECK_I64(n->utc_offset_min, 480);
    CHECK_I64(n->link[3].speed_km10, SERVICES_SPEED_KM10);
    CHECK_I64(n->link[3].confidence, CONF_ESTIMATED);
    CHECK_I64(n->link[0].speed_km10, 600);
    CHECK_I64(n->vehicle_count, 2);
    CHECK_I64(n->vehicle[0].gross_kg, 4500);
    CHECK_STR(net_string(n, n->vehicle[1].name_en), "big");
    CHECK_I64(n->emission_count, 2);
    CHECK_I64(n->emission[n->vehicle[1].emission].wtw_mg_per_tkm, 200000);
    CHECK_I64(n->toll_count, 3);
    CHECK_I64(n->toll[0].region_index, 0);
    CHECK_I64(n->handling_count, 2);
    CHECK_I64(n->terminal[0].cutoff_count, 1);
    CHECK_I64(n->service[0].exception_count, 1);
    CHECK_I64(n->stop[1].terminal, 1);
    network_release(n);
    free(bytes);
}

static void refuses(int table, const char *text, const char *said)
{
    struct tables t = good;
    struct network_services_report r;
    struct csv_report faults = {0};
    struct err e = {0};
    uint8_t *bytes;
    t.text[table] = text;
    CHECK_MSG(lay(&t, &r, &bytes, &faults, &e) == NULL, "taken: %s", text);
    CHECK_MSG(strstr(e.text, said) != NULL, "\"%s\" does not say \"%s\"", e.text, said);
    csv_report_free(&faults);
}

TEST(what_does_not_fit_is_refused_with_its_line)
{
    refuses(NODE, NODE_HEAD "3,,Yard,rail_yard,114,30,,\n90,,N,city,114.02,30.3,,\n95,,F,city,114,30,,\n",
            "node.csv:3: x_coord and y_coord lie 33.4 km from the nearest node of the map (4)");
    refuses(NODE,
            NODE_HEAD "3,,Y,city,114,30,,\n3,,Z,city,114,30,,\n90,,N,city,114,30,,\n95,,F,city,114,30,,\n",
            "3 stands more than once");
    refuses(NODE, NODE_HEAD "3,,Y,city,0,0,,\n", "node.csv:2: x_coord and y_coord are 0, 0");
    refuses(NODE, NODE_HEAD "3,,Y,city,114,30,,\n90,,N,city,114,30,,\n",
            "terminal.csv:4: node_id 95 is no id");
    refuses(NODE, NULL, "node.csv");
    refuses(CONFIG, NULL, "config.csv");
    refuses(CONFIG, "dataset_name,long_length,speed,crs\nfirm,km,km/h,EPSG:4326\n",
            "utc_offset_min is missing");
    refuses(TOLL, "region,vehicle_class,cny_per_km,confidence\n湖北,1,0.4,published\n全国,2,0.9,published\n",
            "no rate for vehicle class 2 in its first region, \"湖北\"");
    refuses(VEHICLE, VEHICLE_HEAD "2,b,2,18,10,45,80,1.9,70,road_2,published\n", "classes stand in order");
    refuses(VEHICLE, VEHICLE_HEAD "1,b,2,18,10,45,80,1.9,70,road_x,published\n",
            "emission_id is no row of emission.csv");
    refuses(STOP, "service_id,seq,terminal_id,arrival_min,departure_min,distance_km\n1,1,9,0,0,0\n",
            "service_stop.csv:2: terminal_id 9 is no id");
}

TEST(optional_tables_may_be_missing)
{
    static const int optional[] = {TOLL, CUTOFF, VEHICLE, EXCEPTION, HANDLING};
    for (size_t i = 0; i < sizeof optional / sizeof *optional; i++) {
        struct tables t = good;
        struct network_services_report r;
        struct csv_report faults = {0};
        struct err e = {0};
        uint8_t *bytes;
        t.text[optional[i]] = NULL;
        const struct network *n = lay(&t, &r, &bytes, &faults, &e);
        CHECK_MSG(n != NULL, "without %s: %s", names[optional[i]], e.text);
        CHECK_I64(n->vehicle_count, 2);
        CHECK_I64(n->vehicle[0].gross_kg, optional[i] == VEHICLE ? 1 : 4500);
        network_release(n);
        free(bytes);
    }
}

TEST(a_network_with_terminals_is_refused)
{
    struct network_builder *b = small_map();
    struct network_services_report r;
    struct csv_report faults = {0};
    struct err e = {0};
    struct net_terminal t = {.id = 1};
    network_add_terminal(b, &t);
    CHECK(!network_import_services("data", b, NULL, &r, &faults, &e));
    CHECK_I64(e.code, ERR_FAILED_PRECONDITION);
    CHECK(strstr(e.text, "1 terminals") != NULL);
    network_builder_free(b);
}
