/* The freight tables of a firm: a small whole network of them is read, and a broken row of each table is
 * refused with file, line and column. */
#include "import/gmns.h"
#include "network/builder.h"
#include "network/file.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct table {
    const char *file, *head, *row; /* row: the last one, which the cases replace */
};

static const struct table tables[] = {
    {"config.csv", "dataset_name,long_length,speed,crs,utc_offset_min\n", "x,km,km/h,EPSG:4326,480"},
    {"node.csv", "node_id,name_zh,kind,x_coord,y_coord\n1,甲,city,114,30\n", "2,乙,port,114.1,30"},
    {"link.csv",
     "link_id,from_node_id,to_node_id,directed,mode,facility_type,length,free_speed,status,confidence\n",
     "1,1,2,0,road,primary,12,60,open,estimated"},
    {"toll.csv", "region,vehicle_class,cny_per_km,bridge_cny,source,confidence\n",
     "全国,1,0.45,5,s,published"},
    {"terminal.csv",
     "terminal_id,node_id,name_zh,kind,modes,cargo,open_hours,capacity_t_per_day,max_piece_t,min_c,max_c,"
     "dangerous_classes,status,confidence\n1,1,甲站,rail_yard,road;rail,general,Mo-Su 00:00-24:00,,,,,,open,"
     "estimated\n",
     "2,2,乙港,port,road;rail;water,general;reefer;dangerous,Mo-Fr "
     "08:00-18:00,900,40,-25,25,3;9,open,estimated"},
    {"handling.csv",
     "handling_id,terminal_id,from_mode,to_mode,kind,cargo,p50_min,p90_min,price_cny_per_t,source,"
     "confidence\n",
     "1,1,road,rail,load,general,60,120,12.5,s,published"},
    {"cutoff.csv", "terminal_id,mode,kind,minutes_before,source,confidence\n", "1,rail,FCO,120,s,estimated"},
    {"emission.csv",
     "emission_id,mode,ttw_kg_per_tkm,wtw_kg_per_tkm,reefer_uplift,terminal_kind,ttw_kg_per_t,wtw_kg_per_t,"
     "source,confidence\nroad_1,road,0.28,0.336,0.12,,,,s,estimated\n",
     "hub_port,,,,1,port,0.5,1,s,estimated"},
    {"vehicle_class.csv",
     "class_id,axles,gross_t,payload_t,volume_m3,max_speed_kmh,cost_cny_per_km,cost_cny_per_h,"
     "empty_return_share,box_return_share,reefer_cny_per_h,floor_length_m,deck_m,load_width_m,emission_id,"
     "source,confidence\n",
     "1,2,4.5,2.5,15,90,0.9,45,0.3,1,15,4.2,0.8,3,road_1,s,estimated"},
    {"tariff.csv",
     "tariff_id,name,mode,kind,cargo,base_cny,base_unit,per_km_cny,per_km_unit,min_cny,break_kg,valid_from,"
     "valid_to,source,confidence\n",
     "R,rail,rail,freight,general,15.5,t,0.089,km,10,0,2026-01-01,2026-12-31,s,published"},
    {"container.csv",
     "iso_type,name,teu,tare_kg,payload_kg,volume_m3,height_m,length_m,inner_length_m,door_width_m,"
     "door_height_m,reefer,min_c,max_c,source,confidence\n",
     "45R1,reefer,2,4600,29400,67.5,2.896,12.192,11.58,2.29,2.57,1,-30,30,s,estimated"},
    {"equipment.csv",
     "equipment_id,name,mode,max_piece_t,length_m,width_m,height_m,min_c,max_c,dangerous_classes,source,"
     "confidence\n",
     "wagon,x,rail,60,13,3.4,3.4,-20,25,3;4.1,s,estimated"},
    {"storage.csv", "terminal_id,terminal_kind,cargo,unit,from_day,cny_per_day,source,confidence\n",
     "1,,general,t,3,1.5,s,estimated"},
    {"service.csv",
     "service_id,mode,operator,name,cargo,days,departure,stops,capacity_t,tariff_id,emission_id,equipment_id,"
     "electrified_share,valid_from,valid_to,source,confidence\n",
     "7,rail,o,n,general,1111100,21:30,2,900,R,road_1,wagon,1,2026-01-01,2026-12-31,s,estimated"},
    {"service_stop.csv",
     "service_id,seq,terminal_id,node_id,arrival_min,departure_min,distance_km\n7,1,1,1,0,0,0\n",
     "7,2,2,2,90,90,50"},
    {"calendar_exception.csv", "service_id,date,change,source,confidence\n",
     "7,2026-02-17,removed,s,estimated"}};
enum { TABLES = sizeof tables / sizeof tables[0] };

/* Writes the tables with one row replaced (table NULL: none) and imports them. */
static bool import(const char *table, const char *row, char *said, size_t room, uint8_t **bytes)
{
    char dir[] = "/tmp/zh-tables-XXXXXX", path[128];
    struct network_builder *b;
    struct csv_report r = {0};
    struct err e = {0};
    size_t len;
    CHECK(mkdtemp(dir) != NULL);
    for (int i = 0; i < TABLES; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, tables[i].file);
        FILE *f = fopen(path, "w");
        bool own = table != NULL && strcmp(table, tables[i].file) == 0;
        fprintf(f, "%s%s\n", tables[i].head, own ? row : tables[i].row);
        fclose(f);
    }
    CHECK(network_builder_new(&b, &e));
    bool ok = network_import_gmns(dir, b, &r, &e);
    snprintf(said, room, "%s", e.text);
    if (ok && bytes != NULL) {
        uint8_t *raw;
        CHECK(network_builder_freeze(b, &raw, &len, &e));
        *bytes = aligned_alloc(64, (len + 63) / 64 * 64);
        memcpy(*bytes, raw, len);
        free(raw);
        const struct network *n;
        CHECK_MSG(network_open_bytes(*bytes, len, &n, &e), "%s", e.text);
        CHECK_I64(n->terminal[1].min_c, -25);
        CHECK_I64(n->terminal[1].max_piece_kg, 40000);
        CHECK(n->terminal[1].dangerous_classes == (net_dangerous_bit(30) | net_dangerous_bit(90)));
        CHECK_I64(n->terminal[1].hub_emission, 2);
        CHECK_I64(n->terminal[0].hub_emission, 0);
        CHECK_I64(n->emission[0].reefer_permille, 120);
        CHECK_I64(n->emission[1].wtw_mg_per_t, 1000000);
        CHECK_I64(n->vehicle[0].box_return_permille, 1000);
        CHECK_I64(n->vehicle[0].load_width_cm, 300);
        CHECK_STR(n->container[0].iso_type, "45R1");
        CHECK_I64(n->container[0].height_cm, 290);
        CHECK_I64(n->service[0].equipment, 1);
        CHECK(n->equipment[0].dangerous_classes == (net_dangerous_bit(30) | net_dangerous_bit(41)));
        CHECK_I64(n->storage[0].from_day, 3);
        CHECK_I64(n->storage[0].myuan_per_day, 1500);
        network_release(n);
    }
    network_builder_free(b);
    csv_report_free(&r);
    for (int i = 0; i < TABLES; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, tables[i].file);
        remove(path);
    }
    rmdir(dir);
    return ok;
}

TEST(a_whole_set_of_tables_is_read)
{
    char said[256];
    uint8_t *bytes = NULL;
    CHECK_MSG(import(NULL, NULL, said, sizeof said, &bytes), "%s", said);
    free(bytes);
}

TEST(broken_rows_are_refused_with_file_line_and_column)
{
    static const struct {
        const char *table, *row, *want;
    } cases[] = {
        {"terminal.csv", "2,9,乙港,port,road,general,Mo-Su 00:00-24:00,,,,,,open,estimated",
         "terminal.csv:3: node_id"},
        {"terminal.csv", "2,2,乙港,port,road;boat,general,Mo-Su 00:00-24:00,,,,,,open,estimated",
         "terminal.csv:3: modes"},
        {"terminal.csv", "2,2,乙港,port,road,general,25:00,,,,,,open,estimated",
         "terminal.csv:3: open_hours"},
        {"terminal.csv", "2,2,乙港,port,road,general,Mo-Su 00:00-24:00,,,-5,5,,open,estimated",
         "terminal.csv:3: min_c"},
        {"terminal.csv", "2,2,乙港,port,road,reefer,Mo-Su 00:00-24:00,,,5,-5,,open,estimated",
         "terminal.csv:3: max_c"},
        {"terminal.csv", "2,2,乙港,port,road,reefer,Mo-Su 00:00-24:00,,,5,,,open,estimated",
         "terminal.csv:3: min_c"},
        {"terminal.csv", "2,2,乙港,port,road,dangerous,Mo-Su 00:00-24:00,,,,,3;10,open,estimated",
         "terminal.csv:3: dangerous_classes"},
        {"terminal.csv", "2,2,乙港,port,road,general,Mo-Su 00:00-24:00,,,,,3,open,estimated",
         "terminal.csv:3: dangerous_classes"},
        {"handling.csv", "1,8,road,rail,load,general,60,120,12.5,s,published", "handling.csv:2: terminal_id"},
        {"handling.csv", "1,1,road,rail,load,general,60,50,12.5,s,published", "handling.csv:2: p90_min"},
        {"handling.csv", "1,1,road,rail,load,general,60,120,-1,s,published",
         "handling.csv:2: price_cny_per_t"},
        {"cutoff.csv", "1,rail,XXX,120,s,estimated", "cutoff.csv:2: kind"},
        {"emission.csv", "hub_port,,,,1,port,2,1,s,estimated", "emission.csv:3: wtw_kg_per_t"},
        {"emission.csv", "hub_port,,,,1,port,,,s,estimated", "emission.csv:3: ttw_kg_per_t"},
        {"emission.csv", "road_2,road,0.3,0.2,,,,,s,estimated", "emission.csv:3: wtw_kg_per_tkm"},
        {"emission.csv", "road_2,road,0.1,0.2,,,0.1,0.2,s,estimated", "emission.csv:3: terminal_kind"},
        {"emission.csv", "road_1,road,0.1,0.2,,,,,s,estimated", "emission.csv:3: emission_id"},
        {"vehicle_class.csv", "1,2,4.5,2.5,15,90,0.9,45,0.3,1,15,4.2,0.8,3,hub_port,s,estimated",
         "vehicle_class.csv:2: emission_id"},
        {"vehicle_class.csv", "1,2,4.5,2.5,15,90,0.9,45,0.3,3,15,4.2,0.8,3,road_1,s,estimated",
         "vehicle_class.csv:2: box_return_share"},
        {"tariff.csv", "R,rail,rail,bribe,general,15.5,t,0.089,km,10,0,,,s,published", "tariff.csv:2: kind"},
        {"tariff.csv", "R,rail,rail,freight,general,x,t,0.089,km,10,0,,,s,published",
         "tariff.csv:2: base_cny"},
        {"tariff.csv", "R,rail,rail,freight,general,15.5,bale,0.089,km,10,0,,,s,published",
         "tariff.csv:2: base_unit"},
        {"tariff.csv", "R,rail,rail,freight,general,15.5,t,0.089,km,10,0,2026-02-30,,s,published",
         "tariff.csv:2: valid_from"},
        {"tariff.csv", "R,rail,rail,freight,general,15.5,t,0.089,km,10,0,,,s,sure",
         "tariff.csv:2: confidence"},
        {"tariff.csv", "R,rail,rail,freight,general,15.5,t,0.089,km,10,0,2026-12-31,2026-01-01,s,published",
         "tariff.csv:2: valid_to"},
        {"container.csv", "45R,x,2,4600,29400,67.5,2.896,12.192,,,,1,,,s,estimated",
         "container.csv:2: iso_type"},
        {"container.csv", "45R1,x,3,4600,29400,67.5,2.896,12.192,,,,1,,,s,estimated", "container.csv:2: teu"},
        {"container.csv", "45R1,x,2,4600,29400,67.5,2.896,12.192,,,,1,30,-30,s,estimated",
         "container.csv:2: max_c"},
        {"container.csv",
         "45R1,x,2,4600,29400,67.5,2.896,12.192,,,,1,,,s,estimated\n"
         "45R1,x,2,4600,29400,67.5,2.896,12.192,,,,1,,,s,estimated",
         "container.csv:3: iso_type"},
        {"equipment.csv", "wagon,x,road,60,13,3.4,3.4,,,,s,estimated", "service.csv:2: equipment_id"},
        {"equipment.csv", "wagon,x,rail,60,13,3.4,3.4,,,1.9,s,estimated",
         "equipment.csv:2: dangerous_classes"},
        {"equipment.csv", "wagon,x,rail,heavy,13,3.4,3.4,,,,s,estimated", "equipment.csv:2: max_piece_t"},
        {"storage.csv", "9,,general,t,3,1.5,s,estimated", "storage.csv:2: terminal_id"},
        {"storage.csv", "1,port,general,t,3,1.5,s,estimated", "storage.csv:2: terminal_id"},
        {"storage.csv", ",,general,t,3,1.5,s,estimated", "storage.csv:2: terminal_id"},
        {"storage.csv", "1,,general,t,0,1.5,s,estimated", "storage.csv:2: from_day"},
        {"storage.csv", "1,,general,t,3,1.5,s,estimated\n1,,general,t,3,2,s,estimated",
         "storage.csv:3: from_day"},
        {"service.csv", "7,rail,o,n,general,11111,21:30,2,900,R,road_1,,1,2026-01-01,2026-12-31,s,estimated",
         "service.csv:2: days"},
        {"service.csv",
         "7,rail,o,n,general,1111100,24:30,2,900,R,road_1,,1,2026-01-01,2026-12-31,s,estimated",
         "service.csv:2: departure"},
        {"service.csv",
         "7,rail,o,n,general,1111100,21:30,2,900,Q,road_1,,1,2026-01-01,2026-12-31,s,estimated",
         "service.csv:2: tariff_id"},
        {"service.csv",
         "7,rail,o,n,general,1111100,21:30,2,900,R,hub_port,,1,2026-01-01,2026-12-31,s,estimated",
         "service.csv:2: emission_id"},
        {"service.csv",
         "7,rail,o,n,general,1111100,21:30,2,900,R,road_1,,1,2026-12-31,2026-01-01,s,estimated",
         "service.csv:2: valid_to"},
        {"service_stop.csv", "7,3,2,2,90,90,50", "service_stop.csv:3: seq"},
        {"service_stop.csv", "7,2,2,2,90,80,50", "service_stop.csv:3: departure_min"},
        {"service_stop.csv", "7,2,5,2,90,90,50", "service_stop.csv:3: terminal_id"},
        {"calendar_exception.csv", "7,2026-02-17,maybe,s,estimated", "calendar_exception.csv:2: change"},
        {"calendar_exception.csv", "8,2026-02-17,added,s,estimated", "calendar_exception.csv:2: service_id"},
        {"toll.csv", "全国,7,0.45,5,s,published", "toll.csv:2: vehicle_class"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char said[512];
        bool ok = import(cases[i].table, cases[i].row, said, sizeof said, NULL);
        CHECK_MSG(!ok && strstr(said, cases[i].want) != NULL, "%s %s: \"%s\" lacks \"%s\"", cases[i].table,
                  cases[i].row, said, cases[i].want);
    }
}
