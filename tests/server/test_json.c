/* The JSON mapping: what protobuf's own rules say for each kind of field. */
#include "json.h"
#include "test.h"
#include "zongheng/v1/routing.pb-c.h"
#include "zongheng/v1/shipments.pb-c.h"

#include <stdlib.h>
#include <string.h>

static char *dump(const ProtobufCMessage *m)
{
    struct err e = {0};
    struct bytes b = {.max = 1 << 20};
    CHECK_MSG(json_write_message(m, 0, &b, &e), "%s", e.text);
    *bytes_room(&b, 1) = '\0';
    return b.at;
}

#define CHECK_JSON(message, want)            \
    do {                                     \
        char *text_ = dump(&(message).base); \
        CHECK_STR(text_, want);              \
        free(text_);                         \
    } while (0)

TEST(an_empty_message_is_an_empty_object)
{
    Zongheng__V1__FindRoutesRequest q = ZONGHENG__V1__FIND_ROUTES_REQUEST__INIT;
    CHECK_JSON(q, "{}");
}

TEST(integers_enums_lists_and_messages)
{
    Zongheng__V1__FindRoutesRequest q = ZONGHENG__V1__FIND_ROUTES_REQUEST__INIT;
    Zongheng__V1__Cargo cargo = ZONGHENG__V1__CARGO__INIT;
    Zongheng__V1__TemperatureRange range = ZONGHENG__V1__TEMPERATURE_RANGE__INIT;
    Zongheng__V1__Containers box = ZONGHENG__V1__CONTAINERS__INIT, *boxes[] = {&box, &box};
    Zongheng__V1__Family families[] = {ZONGHENG__V1__FAMILY__RAIL_WATER,
                                       ZONGHENG__V1__FAMILY__FAMILY_UNSPECIFIED, (Zongheng__V1__Family)99};
    box.iso_type = "22G1";
    box.count = 4294967295u;
    range.min_c = -18;
    cargo.mass_kg = INT64_MIN;
    cargo.temperature = &range;
    cargo.containers = boxes;
    cargo.n_containers = 2;
    cargo.bulk = 1;
    cargo.commodity = "铜 \"99.9\"\n";
    q.cargo = &cargo;
    q.families = families;
    q.n_families = 3;
    CHECK_JSON(q,
               "{\"cargo\":{\"commodity\":\"铜 \\\"99.9\\\"\\n\",\"massKg\":\"-9223372036854775808\","
               "\"containers\":[{\"isoType\":\"22G1\",\"count\":4294967295},"
               "{\"isoType\":\"22G1\",\"count\":4294967295}],\"temperature\":{\"minC\":-18},\"bulk\":true},"
               "\"families\":[\"RAIL_WATER\",\"FAMILY_UNSPECIFIED\",99]}");
}

TEST(a_oneof_shows_the_member_that_is_set_even_at_zero)
{
    Zongheng__V1__PlaceRef p = ZONGHENG__V1__PLACE_REF__INIT;
    CHECK_JSON(p, "{}");
    p.by_case = ZONGHENG__V1__PLACE_REF__BY_NODE_ID;
    p.node_id = 0;
    CHECK_JSON(p, "{\"nodeId\":\"0\"}");
    p.by_case = ZONGHENG__V1__PLACE_REF__BY_NAME;
    p.name = "大冶";
    CHECK_JSON(p, "{\"name\":\"大冶\"}");
}

TEST(bytes_are_base64)
{
    /* RFC 4648, section 10. */
    static const char *const want[] = {"{}",
                                       "{\"key\":\"Zg==\"}",
                                       "{\"key\":\"Zm8=\"}",
                                       "{\"key\":\"Zm9v\"}",
                                       "{\"key\":\"Zm9vYg==\"}",
                                       "{\"key\":\"Zm9vYmE=\"}",
                                       "{\"key\":\"Zm9vYmFy\"}"};
    char foobar[] = "foobar";
    for (size_t n = 0; n <= 6; n++) {
        Zongheng__V1__SettleRequest q = ZONGHENG__V1__SETTLE_REQUEST__INIT;
        q.key = (ProtobufCBinaryData){n, (uint8_t *)foobar};
        CHECK_JSON(q, want[n]);
    }
    uint8_t high[] = {0xfb, 0xff};
    Zongheng__V1__SettleRequest q = ZONGHENG__V1__SETTLE_REQUEST__INIT;
    q.key = (ProtobufCBinaryData){2, high};
    CHECK_JSON(q, "{\"key\":\"+/8=\"}");
}

TEST(a_double_comes_back_as_it_was)
{
    uint64_t seed = 3;
    for (int i = 0; i < 1000; i++) {
        Zongheng__V1__LatLon p = ZONGHENG__V1__LAT_LON__INIT;
        p.lat = (double)(int64_t)test_rand(&seed) / 1e17;
        char *text = dump(&p.base);
        CHECK(p.lat == 0 || strtod(text + strlen("{\"lat\":"), NULL) == p.lat);
        free(text);
    }
    Zongheng__V1__LatLon nan = ZONGHENG__V1__LAT_LON__INIT;
    nan.lat = __builtin_nan("");
    nan.lon = -__builtin_inf();
    CHECK_JSON(nan, "{\"lat\":\"NaN\",\"lon\":\"-Infinity\"}");
}

TEST(broken_text_is_an_error_not_a_crash)
{
    struct err e = {0};
    Zongheng__V1__Place p = ZONGHENG__V1__PLACE__INIT;
    p.name_zh = "\xff";
    struct bytes b = {.max = 1 << 20};
    CHECK(!json_write_message(&p.base, 0, &b, &e));
    free(b.at);
    CHECK(e.code == ERR_INTERNAL);
    CHECK_STR(e.field, "name_zh");
}
