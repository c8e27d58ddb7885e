/* The network file: what was put in comes out, the same rows give the same bytes, damage is refused. */
#include "bundled.h"
#include "import/gmns.h"
#include "network/builder.h"
#include "network/file.h"
#include "network/places.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t *build_data(size_t *len)
{
    struct network_builder *b;
    struct csv_report r = {0};
    struct err e = {0};
    uint8_t *raw;
    CHECK(network_builder_new(&b, &e));
    CHECK_MSG(network_import_gmns("data", b, &r, &e), "%s", e.text);
    CHECK_MSG(network_builder_freeze(b, &raw, len, &e), "%s", e.text);
    network_builder_free(b);
    uint8_t *aligned = aligned_alloc(64, *len);
    memcpy(aligned, raw, *len);
    free(raw);
    return aligned;
}

TEST(the_bundled_data_builds_the_same_bytes_twice)
{
    size_t a_len, b_len;
    uint8_t *a = build_data(&a_len), *b = build_data(&b_len);
    CHECK_I64(a_len, b_len);
    CHECK(memcmp(a, b, a_len) == 0);
    free(a);
    free(b);
}

/* Only open links are in the open road, each direction once; the others can be read. */
TEST(planned_links_are_kept_out_of_the_open_road)
{
    size_t len;
    uint8_t *bytes = build_data(&len);
    const struct network *n;
    struct err e = {0};
    uint32_t open = 0, planned = 0;
    CHECK_MSG(network_open_bytes(bytes, len, &n, &e), "%s", e.text);
    for (uint32_t i = 0; i < n->link_count; i++) {
        const struct net_link *l = &n->link[i];
        bool counts = l->mode == MODE_ROAD && l->status == STATUS_OPEN;
        open += !counts ? 0u
                        : (uint32_t)((l->flags & LINK_FORWARD) != 0) +
                              (uint32_t)((l->flags & LINK_BACKWARD) != 0);
        planned += l->status == STATUS_PLANNED || l->status == STATUS_UNDER_CONSTRUCTION;
    }
    CHECK_I64(net_arc_count(n), open);
    CHECK(planned > 10);
    for (uint32_t v = 0; v < net_node_count(n); v++)
        for (uint32_t a = n->arc_first[v]; a < n->arc_first[v + 1]; a++) {
            const struct net_link *l = &n->link[net_arc_link(n, a)];
            bool back = n->arc_link[a] & 1;
            CHECK_I64(l->status, STATUS_OPEN);
            CHECK_I64(back ? l->to : l->from, v);
            CHECK_I64(back ? l->from : l->to, n->arc_head[a]);
        }
    network_release(n);
    free(bytes);
}

TEST(truncated_files_are_refused)
{
    size_t len;
    uint8_t *bytes = build_data(&len);
    const struct network *n;
    for (size_t cut = 0; cut < len; cut += cut < 4096 ? 7 : 997) {
        struct err e = {0};
        CHECK(!network_open_bytes(bytes, cut, &n, &e));
        CHECK(e.text[0] != '\0');
    }
    free(bytes);
}

/* Every byte of the header and many of the rest; padding between sections may change harmlessly. */
TEST(a_flipped_bit_is_refused_or_harmless)
{
    size_t len;
    uint8_t *bytes = build_data(&len);
    const struct network *n;
    unsigned refused = 0, passed = 0;
    for (size_t i = 0; i < len; i += i < 1400 ? 1 : 101) {
        struct err e = {0};
        bytes[i] ^= 0x10;
        if (network_open_bytes(bytes, len, &n, &e)) {
            passed++;
            network_release(n);
        } else {
            refused++;
        }
        bytes[i] ^= 0x10;
    }
    CHECK(refused > 2000);
    CHECK_MSG(passed < refused / 50, "%u of %u flips passed", passed, refused + passed);
    free(bytes);
}

TEST(places_by_what_people_type)
{
    size_t len;
    uint8_t *bytes = build_data(&len);
    const struct network *n;
    struct places *p;
    struct err e = {0};
    uint32_t daye, v;
    CHECK(network_open_bytes(bytes, len, &n, &e));
    CHECK(places_new(n, &p, &e));
    CHECK_MSG(places_resolve(p, "大冶", &daye, &e), "%s", e.text);
    const char *const same[] = {"daye", "Daye", "DAYE"};
    for (size_t i = 0; i < 3; i++) {
        CHECK_MSG(places_resolve(p, same[i], &v, &e), "%s: %s", same[i], e.text);
        CHECK_I64(v, daye);
    }
    CHECK(places_resolve(p, "EHU", &v, &e));
    CHECK(strstr(net_string(n, places_of_node(p, v)->codes), "IATA:EHU") != NULL);
    CHECK(!places_resolve(p, "乌有之乡", &v, &e));
    CHECK_I64(e.code, ERR_NOT_FOUND);
    CHECK(!places_resolve(p, "0,0", &v, &e));
    CHECK_MSG(places_resolve(p, "30.09,114.96", &v, &e), "%s", e.text);
    for (uint32_t i = 0; i < net_node_count(n); i++) {
        CHECK(places_node_by_id(p, n->node_id[i], &v));
        CHECK_I64(v, i);
    }
    CHECK(!places_node_by_id(p, -77, &v));
    places_free(p);
    network_release(n);
    free(bytes);
}

/* Given whole, a name or code means what a search through all places finds first; upper letters are no
 * others. */
static void means_the_first(const struct places *p, const char *text, size_t len)
{
    char query[256];
    uint32_t first, meant;
    struct err e = {0};
    if (len == 0 || len >= sizeof query)
        return;
    for (int upper = 0; upper < 2; upper++) {
        for (size_t i = 0; i < len; i++)
            query[i] = upper && text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 32) : text[i];
        query[len] = '\0';
        CHECK_I64(places_find(p, query, 1, &first), 1);
        CHECK_MSG(places_resolve(p, query, &meant, &e), "%s: %s", query, e.text);
        CHECK_MSG(meant == first, "%s: node %u, the search finds %u", query, meant, first);
    }
}

TEST(whole_names_and_codes_mean_what_a_search_finds_first)
{
    uint8_t *bytes;
    const struct network *n = bundled_network(&bytes);
    struct places *p;
    CHECK(places_new(n, &p, NULL));
    for (uint32_t i = 0; i < n->place_count; i++) {
        const struct net_place *x = &n->place[i];
        const net_str whole[] = {x->name_zh, x->name_en, x->pinyin}, lists[] = {x->names_alt, x->codes};
        for (int k = 0; k < 3; k++)
            means_the_first(p, net_string(n, whole[k]), strlen(net_string(n, whole[k])));
        for (int k = 0; k < 2; k++)
            for (const char *s = net_string(n, lists[k]); *s != '\0';) {
                size_t len = strcspn(s, ";"), colon = strcspn(s, ":;");
                means_the_first(p, s, len);
                if (k == 1 && colon < len)
                    means_the_first(p, s + colon + 1, len - colon - 1);
                s += len + (s[len] == ';');
            }
        const char *zh = net_string(n, x->name_zh);
        size_t len = strlen(zh), city = strlen("市");
        if (len > city && strcmp(zh + len - city, "市") == 0)
            means_the_first(p, zh, len - city);
    }
    places_free(p);
    network_release(n);
    free(bytes);
}

/* A folder with one wrong value in one table. */
static void fault_is(const char *table, const char *text, const char *want)
{
    static const char *const tables[][2] = {
        {"config.csv", "dataset_name,long_length,speed,crs,utc_offset_min\nx,km,km/h,EPSG:4326,480\n"},
        {"node.csv", "node_id,name_zh,kind,x_coord,y_coord\n1,甲,city,114,30\n2,乙,city,114.1,30\n"},
        {"link.csv",
         "link_id,from_node_id,to_node_id,directed,mode,facility_type,length,free_speed,status,confidence\n"
         "1,1,2,0,road,primary,12,60,open,estimated\n"}};
    char dir[] = "/tmp/zh-gmns-XXXXXX", path[128];
    struct network_builder *b;
    struct csv_report r = {0};
    struct err e = {0};
    CHECK(mkdtemp(dir) != NULL);
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, tables[i][0]);
        FILE *f = fopen(path, "w");
        fputs(table != NULL && strcmp(table, tables[i][0]) == 0 ? text : tables[i][1], f);
        fclose(f);
    }
    CHECK(network_builder_new(&b, &e));
    bool ok = network_import_gmns(dir, b, &r, &e);
    CHECK_I64(ok, want == NULL);
    if (want != NULL)
        CHECK_MSG(strstr(e.text, want) != NULL, "\"%s\" lacks \"%s\"", e.text, want);
    network_builder_free(b);
    csv_report_free(&r);
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, tables[i][0]);
        remove(path);
    }
    remove(dir);
}

TEST(a_wrong_row_is_refused_with_file_line_and_column)
{
    const char link[] =
        "link_id,from_node_id,to_node_id,directed,mode,facility_type,length,free_speed,status,confidence\n";
    char text[512];
    static const struct {
        const char *row, *want;
    } rows[] = {{"1,1,2,0,road,primary,abc,60,open,estimated", "link.csv:2: length"},
                {"1,1,2,0,road,primary,0.5,60,open,estimated", "link.csv:2: length"},
                {"1,1,2,0,road,primary,-12,60,open,estimated", "link.csv:2: length"},
                {"1,1,9,0,road,primary,12,60,open,estimated", "link.csv:2: to_node_id"},
                {"1,1,1,0,road,primary,12,60,open,estimated", "link.csv:2: to_node_id"},
                {"1,1,2,2,road,primary,12,60,open,estimated", "link.csv:2: directed"},
                {"1,1,2,0,rocket,primary,12,60,open,estimated", "link.csv:2: mode"},
                {"1,1,2,0,road,primary,12,600,open,estimated", "link.csv:2: free_speed"},
                {"1,1,2,0,road,primary,12,60,maybe,estimated", "link.csv:2: status"},
                {"1,1,2,0,road,primary,12,60,open", "link.csv:2: row"},
                {"1,1,2,0,road,primary,12,60,open,estimated\n1,1,2,0,road,primary,12,60,open,estimated",
                 "more than once"},
                {"1,1,2,0,road,\"primary,12,60,open,estimated", "link.csv:2: row"}};
    fault_is(NULL, NULL, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(text, sizeof text, "%s%s\n", link, rows[i].row);
        fault_is("link.csv", text, rows[i].want);
    }
    fault_is(
        "link.csv",
        "\xef\xbb\xbflink_id,from_node_id,to_node_id,directed,mode,facility_type,length,free_speed,status,"
        "confidence\r\n\"1\",1,2,0,ROAD,primary,12,60,open,estimated\r\n",
        NULL);
    fault_is("config.csv",
             "dataset_name,long_length,speed,crs,utc_offset_min\nx,furlong,km/h,EPSG:4326,480\n",
             "long_length");
    fault_is("config.csv", "dataset_name,long_length,speed,crs,utc_offset_min\nx,km,km/h,GCJ-02,480\n",
             "WGS-84");
    fault_is("node.csv", "node_id,kind,x_coord,y_coord\n1,city,30,114\n2,city,114.1,30\n",
             "node.csv:2: y_coord");
}
