/* GMNS tables as they are found in the wild: byte-order marks, blanks, case, units, uses, plain GMNS without
 * our columns. What may be read one way only is read that way; the rest is refused with file, line and
 * column. */
#include "import/gmns.h"
#include "network/file.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TABLES = 6 };
static const char *const table_names[TABLES] = {"config.csv",    "node.csv",    "link.csv",
                                                "use_group.csv", "service.csv", "geometry.csv"};

struct tables {
    const char *text[TABLES]; /* NULL: no such file */
};

#define CONFIG "dataset_name,long_length,speed,crs,utc_offset_min\nx,km,km/h,EPSG:4326,480\n"
#define NODES "node_id,name_en,x_coord,y_coord\n1,A,114,30\n2,B,114.1,30\n3,,114,30.1\n"
#define LINK_HEAD \
    "link_id,from_node_id,to_node_id,directed,mode,facility_type,length,free_speed,status,confidence"
#define LINKS \
    LINK_HEAD "\n1,1,2,0,road,primary,12,60,open,estimated\n2,2,3,1,road,trunk,16,80,open,published\n"
static const struct tables plain = {{CONFIG, NODES, LINKS}};

/* NULL when refused; e says why, first fault only. */
static const struct network *import(const struct tables *t, uint8_t **bytes, struct err *e)
{
    char dir[] = "/tmp/zh-dialect-XXXXXX", path[128];
    struct network_builder *b;
    struct csv_report r = {0};
    const struct network *n = NULL;
    uint8_t *raw = NULL;
    size_t len;
    *bytes = NULL;
    CHECK(mkdtemp(dir) != NULL && network_builder_new(&b, e));
    for (int i = 0; i < TABLES; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, table_names[i]);
        FILE *f = t->text[i] != NULL ? fopen(path, "wb") : NULL;
        if (f != NULL)
            CHECK(fputs(t->text[i], f) >= 0 && fclose(f) == 0);
    }
    bool ok = network_import_gmns(dir, b, &r, e) && network_builder_freeze(b, &raw, &len, e);
    network_builder_free(b);
    csv_report_free(&r);
    for (int i = 0; i < TABLES; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, table_names[i]);
        unlink(path);
    }
    rmdir(dir);
    if (ok) {
        *bytes = aligned_alloc(64, len);
        memcpy(*bytes, raw, len);
        CHECK_MSG(network_open_bytes(*bytes, len, &n, e), "%s", e->text);
    }
    free(raw);
    return n;
}

static struct tables with(int table, const char *text)
{
    struct tables t = plain;
    t.text[table] = text;
    return t;
}

static void refuses(int table, const char *text, const char *said)
{
    struct err e = {0};
    uint8_t *bytes;
    struct tables t = with(table, text);
    CHECK_MSG(import(&t, &bytes, &e) == NULL, "%s was taken: %s", table_names[table], text);
    CHECK_MSG(strstr(e.text, said) != NULL, "\"%s\" does not say \"%s\"", e.text, said);
}

static char *version_of(const struct tables *t)
{
    struct err e = {0};
    uint8_t *bytes;
    const struct network *n = import(t, &bytes, &e);
    CHECK_MSG(n != NULL, "%s", e.text);
    char *version = strdup(n->version);
    network_release(n);
    free(bytes);
    return version;
}

TEST(the_dress_of_a_table_does_not_matter)
{
    static const struct {
        int table;
        const char *text;
    } same[] = {
        {0, "\xef\xbb\xbf" CONFIG},
        {0, "Dataset_Name, LONG_LENGTH ,Speed,CRS,utc_offset_min\r\nx , Km,KM/H,epsg:4326, 480\r\n,,,,\r\n"},
        {0, "dataset_name,long_length,speed,crs,utc_offset_min\nx,kilometers,kph,4326,480"},
        {0, "dataset_name,long_length,speed,crs,utc_offset_min\nx,km,kmh,WGS84,480\n\n"},
        {1, "\xef\xbb\xbfNODE_ID,Name_EN,X_Coord,Y_Coord\r\n1,A,114,30\r\n2,B,114.1,30\r\n3,,114,30.1\r\n"},
        {1, "node_id,name_en,x_coord,y_coord\n\n 1 , A ,  114 ,30\n,,,\n2,\"B\", 114.1 , "
            "30\t\n3,NaN,114,30.1\n,,,"},
        {1, "y_coord,x_coord,zone_id,name_en,node_id,weight\n30,114,7,A,1,\n30,114.1,,B,2,NULL\n30.1,114,,,3,"
            " \n"},
        {1, "node_id,name,x_coord,y_coord\n1,A,114,30\n2,B,114.1,30\n3,,114,30.1\n"},
        {2, "Link_ID,From_Node_ID,To_Node_ID,Directed,Mode,Facility_Type,Length,Free_Speed,Status,Confidence,"
            "geometry\r\n"
            "\"1\",1,2,FALSE,Road,PRIMARY,12.0,6e1,Open,Estimated,\r\n2,2,3,True,ROAD,Trunk,16,80,open,"
            "published,NaN"},
        {2, LINK_HEAD ",toll,bridge,tunnel,lanes,allowed_uses,capacity\n"
                      "1,1,2,0,road,arterial,12,60,open,estimated,false,FALSE,no,,ALL,500\n"
                      "2,2,3,yes,road,Trunk_Link,16,80,open,published,0,,NaN,,\"AUTO, Truck;bike\",\n"},
    };
    char *want = version_of(&plain);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        struct tables t = with(same[i].table, same[i].text);
        char *got = version_of(&t);
        CHECK_MSG(strcmp(got, want) == 0, "case %zu is another network", i);
        free(got);
    }
    struct tables other = with(1, "node_id,name_en,x_coord,y_coord\n1,A,114,30\n2,B,114.2,30\n3,,114,30.1\n");
    CHECK(import(&other, (uint8_t *[]){NULL}, NULL) == NULL); /* 12 km are too few now: versions do tell */
    free(want);
}

/* The same road in every unit. */
TEST(units_come_from_config)
{
    static const struct {
        const char *length, *speed;
        double m, km10;
    } units[] = {{"km", "km/h", 1000, 10},          {"m", "m/s", 1, 36},
                 {"mi", "mph", 1609.344, 16.09344}, {"Mile", "MPH", 1609.344, 16.09344},
                 {"feet", "ft/s", 0.3048, 10.9728}, {"metres", "kmh", 1, 10}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        char config[200], links[400];
        struct err e = {0};
        uint8_t *bytes;
        snprintf(config, sizeof config,
                 "dataset_name,long_length,speed,crs,utc_offset_min\nx,%s,%s,EPSG:4326,480\n",
                 units[i].length, units[i].speed);
        snprintf(links, sizeof links, LINK_HEAD "\n1,1,2,0,road,primary,%.7f,%.7f,open,estimated\n",
                 12345 / units[i].m, 655 / units[i].km10);
        struct tables t = {{config, NODES, links, NULL, NULL}};
        const struct network *n = import(&t, &bytes, &e);
        CHECK_MSG(n != NULL, "%s", e.text);
        CHECK_I64(n->link[0].length_m, 12345);
        CHECK_I64(n->link[0].speed_km10, 655);
        network_release(n);
        free(bytes);
    }
}

TEST(wrong_units_and_places_are_refused)
{
    static const struct {
        int table;
        const char *text, *said;
    } bad[] = {
        {0, "dataset_name,long_length,speed,crs,utc_offset_min\nx,li,km/h,EPSG:4326,480\n",
         "config.csv:2: long_length \"li\""},
        {0, "dataset_name,long_length,speed,crs,utc_offset_min\nx,km,knots,EPSG:4326,480\n",
         "config.csv:2: speed \"knots\""},
        {0, "dataset_name,long_length,speed,crs,utc_offset_min\nx,,km/h,EPSG:4326,480\n",
         "config.csv:2: long_length is missing"},
        {0, "dataset_name,long_length,speed,crs,utc_offset_min\nx,km,km/h,EPSG:3857,480\n",
         "config.csv:2: crs must"},
        {0, "dataset_name,long_length,speed,crs,utc_offset_min\nx,km,km/h,EPSG:4326,481.5\n",
         "config.csv:2: utc_offset_min"},
        {0, CONFIG "y,km,km/h,EPSG:4326,0\n", "config.csv:3: row"},
        {0, "dataset_name;long_length;speed\nx;km;km/h\n",
         "config.csv:1: the columns must be separated by commas"},
        /* metres as kilometres, kilometres as metres, miles as feet */
        {2, LINK_HEAD "\n1,1,2,0,road,primary,12000,60,open,estimated\n",
         "link.csv:2: length 12000000 m between"},
        {2,
         LINK_HEAD
         "\n1,1,2,0,road,primary,12,60,open,estimated\n2,2,3,0,road,primary,0.016,60,open,estimated\n",
         "link.csv:3: length 16 m is below the great circle"},
        {2, LINK_HEAD "\n1,1,2,0,road,primary,12,6000,open,estimated\n",
         "link.csv:2: free_speed 6000 is outside 1 to 200"},
        {2, LINK_HEAD "\n1,1,2,0,road,primary,1e999,60,open,estimated\n", "link.csv:2: length"},
        {2, LINK_HEAD "\n1,1,2,0,road,primary,12,,open,estimated\n", "link.csv:2: free_speed is missing"},
        {2, LINK_HEAD "\n1,1,2,0,road,primary,12,60, ,estimated\n", "link.csv:2: status is missing"},
        {2, LINK_HEAD "\n1,1,2,2,road,primary,12,60,open,estimated\n", "link.csv:2: directed"},
        {2, LINK_HEAD "\n1,1,2,0,road,lane,12,60,open,estimated\n", "link.csv:2: facility_type"},
        {2, LINK_HEAD ",toll\n1,1,2,0,road,primary,12,60,open,estimated,3.5\n", "link.csv:2: toll"},
        {2, LINK_HEAD ",dir_flag\n1,1,2,0,road,primary,12,60,open,estimated,2\n", "link.csv:2: dir_flag"},
        {2, LINK_HEAD ",name\n1,1,2,0,road,primary,12,60,open,estimated,\xb4\xf3\xd2\xb1\n",
         "link.csv:2: name is not UTF-8"},
        /* latitude and longitude changed; a projection; nowhere */
        {1, "node_id,x_coord,y_coord\n1,30,114\n2,30,114.1\n3,30.1,114\n",
         "node.csv:2: y_coord 114 is outside"},
        {1, "node_id,x_coord,y_coord\n1,114,30\n2,322990,4698276\n3,114,30.1\n",
         "node.csv:3: y_coord 4698276"},
        {1, "node_id,x_coord,y_coord\n1,114,30\n2,0,0\n3,114,30.1\n", "node.csv:3: x_coord"},
        {1, "node_id,x_coord,y_coord\n1,114,30\n2,114.1,NaN\n3,114,30.1\n", "node.csv:3: y_coord is missing"},
        {1, "node_id,x_coord,y_coord\n1,114,30\n2,114.1,nan\n3,114,30.1\n",
         "node.csv:3: y_coord \"nan\" is not a number"},
        {1, "node_id,x_coord,y_coord\n1,114,30\n2,\"114,1\",30\n3,114,30.1\n",
         "node.csv:3: x_coord \"114,1\""},
        {1, "node_id,x_coord,y_coord\n1,114,30\n1,114.1,30\n3,114,30.1\n", "node.csv"},
        {1, "node_id,x_coord,y_coord,X_COORD\n1,114,30,1\n", "node.csv:1: column X_COORD stands twice"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuses(bad[i].table, bad[i].text, bad[i].said);
}

TEST(uses_say_who_may_drive)
{
    enum { BOTH = LINK_FORWARD | LINK_BACKWARD };
    static const struct {
        const char *uses;
        unsigned flags;
    } cases[] = {{"", BOTH},
                 {"ALL", BOTH},
                 {"truck", BOTH},
                 {"auto;truck", BOTH},
                 {"bike; Truck ;walk", BOTH},
                 {"auto", BOTH | LINK_HGV_NO},
                 {"\"auto, bike\"", BOTH | LINK_HGV_NO},
                 {"sov;hov2;hov3+", BOTH | LINK_HGV_NO},
                 {"bike", 0},
                 {"\"WALK, BIKE\"", 0},
                 {"bus", 0},
                 {"cars", BOTH | LINK_HGV_NO},
                 {"port", BOTH},
                 {"people", BOTH | LINK_HGV_NO},
                 {";", BOTH}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char links[400];
        struct err e = {0};
        uint8_t *bytes;
        snprintf(links, sizeof links,
                 LINK_HEAD ",allowed_uses\n1,1,2,0,road,primary,12,60,open,estimated,%s\n", cases[i].uses);
        struct tables t = {
            {CONFIG, NODES, links, "use_group,uses\npeople,auto;bike;walk\nport,\"truck,people\"\n", NULL}};
        const struct network *n = import(&t, &bytes, &e);
        CHECK_MSG(n != NULL, "%s", e.text);
        CHECK_MSG(n->link[0].flags == cases[i].flags, "%s gives %x", cases[i].uses, n->link[0].flags);
        CHECK_I64(net_arc_count(n), cases[i].flags != 0 ? 2 : 0);
        network_release(n);
        free(bytes);
    }
    refuses(2, LINK_HEAD ",allowed_uses\n1,1,2,0,road,primary,12,60,open,estimated,auto;zeppelin\n",
            "link.csv:2: allowed_uses \"zeppelin\" is no use");
    refuses(3, "use_group,uses\nx,truck\ny,zeppelin\n", "use_group.csv:3: uses \"zeppelin\"");
    refuses(3, "use_group,uses\nx,\n", "use_group.csv:2: uses is missing");
}

/* Without mode, status, confidence, offset; a shape that runs the other way. */
TEST(plain_gmns_is_a_network_of_open_roads)
{
    struct err e = {0};
    uint8_t *bytes;
    struct tables t = {
        {"dataset_name,short_length,long_length,speed,crs,geometry_field_format,currency,version_number\n"
         "Cambridge,foot,mile,mph,4326,wkt,US cents,0.94\n",
         "node_id,name,x_coord,y_coord,node_type,zone_id\n1,Main & Ames,-71.09,42.36,,\n2,,-71.08,42.36,,\n",
         "link_id,name,from_node_id,to_node_id,directed,geometry,dir_flag,length,facility_type,free_speed,"
         "lanes\n"
         "7,Main,1,2,TRUE,\"LINESTRING (-71.08 42.36 , -71.082 42.361, -71.085 42.362,-71.09 "
         "42.36)\",-1,0.6,,25,1\n"
         "8,Main,2,1,TRUE,\"linestring(-71.08 42.36,-71.082 42.361,-71.085 42.362,-71.09 "
         "42.36)\",1,0.6,freeway,55,\n",
         NULL, NULL}};
    const struct network *n = import(&t, &bytes, &e);
    CHECK_MSG(n != NULL, "%s", e.text);
    CHECK_I64(net_arc_count(n), 2);
    CHECK_I64(n->utc_offset_min, 0);
    CHECK_I64(n->link[0].length_m, 966);
    CHECK_I64(n->link[0].speed_km10, 402);
    CHECK_I64(n->link[0].road_class, ROAD_OTHER);
    CHECK_I64(n->link[1].road_class, ROAD_MOTORWAY);
    CHECK_I64(n->link[0].confidence, CONF_ESTIMATED);
    CHECK_STR(net_string(n, n->place[0].name_en), "Main & Ames");
    CHECK_I64(n->link[0].shape_count, 2);
    CHECK_I64(n->shape[n->link[0].shape_first].lon_e7, -710850000); /* from node 1 on */
    CHECK_I64(n->shape[n->link[1].shape_first].lon_e7, -710820000); /* from node 2 on */
    network_release(n);
    free(bytes);
    t.text[4] = "service_id,mode\n";
    CHECK(import(&t, &bytes, &e) == NULL); /* a timetable needs its clock */
    CHECK_MSG(strstr(e.text, "config.csv:2: utc_offset_min is missing") != NULL, "%s", e.text);
}

#define GEOMETRY_HEAD "geometry_id,geometry\n"

TEST(courses_stand_in_a_table_of_their_own)
{
    struct tables t = plain;
    struct err e = {0};
    uint8_t *bytes;
    t.text[2] = LINK_HEAD
        ",geometry_id,geometry,dir_flag\n"
        "1,1,2,0,road,primary,12,60,open,estimated,7,,1\n"
        "2,2,3,1,road,trunk,16,80,open,published,9,,-1\n"
        "3,2,3,1,road,trunk,16,80,open,published,9,\"LINESTRING(114.1 30,114.05 30.05,114 30.1)\",1\n"
        "4,2,3,1,road,trunk,16,80,open,published,,,\n";
    t.text[5] = GEOMETRY_HEAD "7,\"LINESTRING(114 30,114.04 30.01,114.1 30)\"\n"
                              "9,\"LINESTRING(114 30.1,114.03 30.06,114.06 30.03,114.1 30)\"\n";
    const struct network *n = import(&t, &bytes, &e);
    CHECK_MSG(n != NULL, "%s", e.text);
    CHECK_I64(n->link[0].shape_count, 1);
    CHECK_I64(n->shape[n->link[0].shape_first].lon_e7, 1140400000);
    CHECK_I64(n->link[1].shape_count, 2);
    CHECK_I64(n->shape[n->link[1].shape_first].lon_e7, 1140600000); /* turned round */
    CHECK_I64(n->link[2].shape_count, 1);                           /* its own goes before the table's */
    CHECK_I64(n->link[3].shape_count, 0);
    network_release(n);
    free(bytes);
    static const struct {
        const char *geometry, *said;
    } bad[] = {{GEOMETRY_HEAD "7,\"LINESTRING(114 30,114.1 30)\"\n", "9 is no id of its table"},
               {GEOMETRY_HEAD "7,POINT(1 2)\n9,x\n", "is not a WKT LINESTRING"},
               {GEOMETRY_HEAD "7,\"LINESTRING(114 30)\"\n", "is not a WKT LINESTRING"},
               {GEOMETRY_HEAD "7,\"LINESTRING(30 114,30 115)\"\n", "is not a WKT LINESTRING"},
               {GEOMETRY_HEAD "7,\"LINESTRING(1 2,1 3)\"\n7,\"LINESTRING(1 2,1 3)\"\n", "more than once"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        t.text[5] = bad[i].geometry;
        e = (struct err){0};
        CHECK_MSG(import(&t, &bytes, &e) == NULL, "case %zu was taken", i);
        CHECK_MSG(strstr(e.text, bad[i].said) != NULL, "case %zu: %s", i, e.text);
    }
}
