/* JSON to wire bytes: what protobuf's mapping allows, and the field's path for everything beside it. */
#include "json.h"
#include "test.h"
#include "wire_scan.h"

#include "zongheng/v1/routing.pb-c.h"
#include "zongheng/v1/shipments.pb-c.h"

#include <stdlib.h>
#include <string.h>

#define ROUTES (&zongheng__v1__find_routes_request__descriptor)

static Zongheng__V1__FindRoutesRequest *read_routes(const char *text)
{
    struct bytes wire = {.max = 1 << 20};
    struct err e = {0};
    CHECK_MSG(json_read_message(ROUTES, text, strlen(text), &wire, &e), "%s: %s", text, e.text);
    CHECK_MSG(wire_scan(ROUTES, (const uint8_t *)wire.at, wire.len, &e), "%s: %s", text, e.text);
    Zongheng__V1__FindRoutesRequest *m =
        zongheng__v1__find_routes_request__unpack(NULL, wire.len, (const uint8_t *)wire.at);
    CHECK(m != NULL);
    bytes_free(&wire);
    return m;
}

static void refused(const char *text, size_t len, const char *field)
{
    struct bytes wire = {.max = 1 << 20};
    struct err e = {0};
    CHECK_MSG(!json_read_message(ROUTES, text, len, &wire, &e), "%s", text);
    CHECK_MSG(e.code == ERR_INVALID_ARGUMENT && e.text[0] != '\0', "%s", text);
    CHECK_MSG(strcmp(e.field, field) == 0, "%s: field %s, expected %s", text, e.field, field);
    bytes_free(&wire);
}

#define REFUSED(text, field) refused(text, strlen(text), field)

TEST(every_form_that_the_mapping_allows)
{
    Zongheng__V1__FindRoutesRequest *m =
        read_routes(" {\"origin\":{\"nodeId\":\"-9223372036854775808\"},\"destination\":{\"point\":{\"lat\":"
                    "\"30.5\",\"lon\":1e2}},"
                    "\"ready_at\":1.5e3,\"cargo\":{\"massKg\":7,\"bulk\":true,\"containers\":[{\"isoType\":"
                    "\"22G1\",\"count\":4294967295}]},"
                    "\"families\":[\"ROAD\",2],\"scenarioId\":\"\\u5927\\ud83d\\ude00\",\"vehicle\":null}");
    CHECK_I64(m->origin->node_id, INT64_MIN);
    CHECK(m->destination->point->lat == 30.5 && m->destination->point->lon == 100);
    CHECK_I64(m->ready_at, 1500);
    CHECK_I64(m->cargo->mass_kg, 7);
    CHECK(m->cargo->bulk && m->cargo->n_containers == 1 && m->cargo->containers[0]->count == UINT32_MAX);
    CHECK(m->n_families == 2 && m->families[0] == ZONGHENG__V1__FAMILY__ROAD && (int)m->families[1] == 2);
    CHECK_STR(m->scenario_id, "大😀");
    CHECK(m->vehicle == NULL);
    zongheng__v1__find_routes_request__free_unpacked(m, NULL);
}

TEST(everything_else_is_refused_with_its_path)
{
    REFUSED("", "");
    REFUSED("[]", "");
    REFUSED("{} {}", "");
    REFUSED("{\"origin\":{}", "");
    REFUSED("{\"orign\":1}", "orign");
    REFUSED("{\"origin\":{\"nme\":1}}", "origin.nme");
    REFUSED("{\"origin\":[]}", "origin");
    REFUSED("{\"origin\":{\"name\":\"a\",\"nodeId\":1}}", "origin.node_id");
    REFUSED("{\"origin\":{\"nodeId\":1,\"node_id\":2}}", "origin.node_id");
    REFUSED("{\"readyAt\":1,\"readyAt\":2}", "");
    REFUSED("{\"readyAt\":\"9223372036854775808\"}", "ready_at");
    REFUSED("{\"readyAt\":\"007\"}", "ready_at");
    REFUSED("{\"readyAt\":\" 7\"}", "ready_at");
    REFUSED("{\"readyAt\":\"\"}", "ready_at");
    REFUSED("{\"readyAt\":1.5}", "ready_at");
    REFUSED("{\"readyAt\":1e300}", "ready_at");
    REFUSED("{\"readyAt\":true}", "ready_at");
    REFUSED("{\"cargo\":{\"containers\":[{\"count\":4294967296}]}}", "cargo.containers.count");
    REFUSED("{\"cargo\":{\"containers\":[{\"count\":-1}]}}", "cargo.containers.count");
    REFUSED("{\"cargo\":{\"containers\":[null]}}", "cargo.containers");
    REFUSED("{\"cargo\":{\"bulk\":1}}", "cargo.bulk");
    REFUSED("{\"families\":[\"SEA\"]}", "families");
    REFUSED("{\"families\":\"ROAD\"}", "families");
    REFUSED("{\"scenarioId\":1}", "scenario_id");
    REFUSED("{\"origin\":{\"point\":{\"lat\":\"NaN\"}}}", "origin.point.lat");
    REFUSED("{\"origin\":{\"point\":{\"lat\":\"Infinity\"}}}", "origin.point.lat");
    REFUSED("{\"origin\":{\"point\":{\"lat\":\"0x10\"}}}", "origin.point.lat");
    REFUSED("{\"origin\":{\"point\":{\"lat\":NaN}}}", "");
    REFUSED("{\"origin\":{\"point\":{\"lat\":1e999}}}", "");
    REFUSED("{\"scenarioId\":\"\\ud800\"}", "");
    REFUSED("{\"scenarioId\":\"\\u0000\"}", "");
    REFUSED("{\"scenarioId\":\"\xff\"}", "");
    refused("{\"scenarioId\":\"a\0\"}", sizeof "{\"scenarioId\":\"a\0\"}" - 1, "");
}

TEST(bytes_in_either_alphabet)
{
    static const struct {
        const char *text;
        int len;
    } cases[] = {{"", 0},      {"+/8=", 2},  {"-_8=", 2},   {"-_8", 2}, {"AAAA", 3},
                 {"A", -1},    {"AA=A", -1}, {"AAA==", -1}, {"=", -1},  {"AB==", -1},
                 {"A A=", -1}, {"AA==", 1},  {"AA=", 1},    {"AAA", 2}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        struct bytes wire = {.max = 100};
        struct err e = {0};
        int n = snprintf(text, sizeof text, "{\"key\":\"%s\"}", cases[i].text);
        bool ok = json_read_message(&zongheng__v1__settle_request__descriptor, text, (size_t)n, &wire, &e);
        CHECK_MSG(ok == (cases[i].len >= 0), "%s", text);
        CHECK_MSG(!ok || (wire.len == 2 + (size_t)cases[i].len && wire.at[1] == cases[i].len), "%s", text);
        CHECK(ok || strcmp(e.field, "key") == 0);
        bytes_free(&wire);
    }
}

TEST(depth_values_and_size_have_bounds)
{
    static char text[200000];
    struct bytes wire = {.max = 1 << 20};
    struct err e = {0};
    memset(text, '[', 100000); /* a parser that recurses would need as much stack */
    CHECK(!json_read_message(ROUTES, text, 100000, &wire, &e) && e.code == ERR_INVALID_ARGUMENT);
    size_t n = (size_t)snprintf(text, sizeof text, "{\"families\":[0");
    for (int i = 1; i < JSON_VALUES_MAX - 2; i++, n += 2)
        memcpy(text + n, ",0", 2);
    memcpy(text + n, "]}", 3);
    CHECK_MSG(json_read_message(ROUTES, text, n + 2, &wire, &e), "%s", e.text);
    memcpy(text + n, ",0]}", 5);
    CHECK(!json_read_message(ROUTES, text, n + 4, &wire, &e));
    bytes_free(&wire);
    const char *one = "{\"scenarioId\":\"0123456789\"}";
    for (size_t max = 0; max < 12; max++) {
        wire.max = max;
        CHECK(!json_read_message(ROUTES, one, strlen(one), &wire, &e) && e.code == ERR_RESOURCE_EXHAUSTED);
        bytes_free(&wire);
    }
    wire.max = 12;
    CHECK(json_read_message(ROUTES, one, strlen(one), &wire, &e) && wire.len == 12);
    bytes_free(&wire);
}
