/* What wire_scan refuses, and that it never lets protobuf-c meet what it cannot bear. */
#include "test.h"
#include "wire_scan.h"

#include "zongheng/v1/routing.pb-c.h"
#include "zongheng/v1/wire.pb-c.h"

#include <stdlib.h>
#include <string.h>

#define ROUTES (&zongheng__v1__find_routes_request__descriptor)

static bool scan(const ProtobufCMessageDescriptor *d, const void *bytes, size_t n, struct err *e)
{
    err_clear(e);
    return wire_scan(d, bytes, n, e);
}

static size_t sample(uint8_t *out)
{
    Zongheng__V1__FindRoutesRequest r = ZONGHENG__V1__FIND_ROUTES_REQUEST__INIT;
    Zongheng__V1__PlaceRef from = ZONGHENG__V1__PLACE_REF__INIT, to = ZONGHENG__V1__PLACE_REF__INIT;
    Zongheng__V1__Cargo cargo = ZONGHENG__V1__CARGO__INIT;
    Zongheng__V1__Containers box = ZONGHENG__V1__CONTAINERS__INIT, *boxes[] = {&box};
    Zongheng__V1__LatLon at = ZONGHENG__V1__LAT_LON__INIT;
    Zongheng__V1__Family families[] = {ZONGHENG__V1__FAMILY__ROAD, ZONGHENG__V1__FAMILY__RAIL_ROAD};
    from.by_case = ZONGHENG__V1__PLACE_REF__BY_NAME;
    from.name = (char *)"大冶";
    to.by_case = ZONGHENG__V1__PLACE_REF__BY_POINT;
    to.point = &at;
    at.lat = 31.2;
    at.lon = 121.5;
    box.iso_type = (char *)"45G1";
    box.count = 2;
    cargo.commodity = (char *)"copper_cathode";
    cargo.mass_kg = 260000;
    cargo.containers = boxes;
    cargo.n_containers = 1;
    r.origin = &from;
    r.destination = &to;
    r.cargo = &cargo;
    r.ready_at = 1800000000;
    r.families = families;
    r.n_families = 2;
    return zongheng__v1__find_routes_request__pack(&r, out);
}

TEST(a_true_request_passes)
{
    uint8_t bytes[512];
    struct err e;
    CHECK_MSG(scan(ROUTES, bytes, sample(bytes), &e), "%s: %s", e.field, e.text);
}

/* Cut anywhere or with any byte changed: what passes must unpack, and what protobuf-c refuses must not pass.
 */
TEST(what_passes_unpacks)
{
    uint8_t bytes[512], copy[512];
    size_t n = sample(bytes);
    struct err e;
    unsigned passed = 0, refused = 0;
    for (size_t i = 0; i < n; i++)
        for (unsigned v = 0; v < 256; v++) {
            memcpy(copy, bytes, n);
            copy[i] = (uint8_t)v;
            for (size_t cut = n; cut > 0; cut = v == 0 ? cut - 1 : 0) {
                if (!scan(ROUTES, copy, cut, &e)) {
                    refused++;
                    continue;
                }
                passed++;
                Zongheng__V1__FindRoutesRequest *m =
                    zongheng__v1__find_routes_request__unpack(NULL, cut, copy);
                CHECK_MSG(m != NULL, "byte %zu = %u, cut at %zu passed the scan and does not unpack", i, v,
                          cut);
                zongheng__v1__find_routes_request__free_unpacked(m, NULL);
            }
        }
    CHECK(passed > 1000);
    CHECK(refused > 1000);
}

TEST(a_singular_message_twice_is_refused)
{
    const uint8_t twice[] = {0x0a, 0x00, 0x0a, 0x00};
    struct err e;
    CHECK(!scan(ROUTES, twice, sizeof twice, &e));
    CHECK_I64(e.code, ERR_INVALID_ARGUMENT);
    CHECK_STR(e.field, "origin");
}

TEST(strings_are_utf8_without_nul)
{
    const char *const bad[] = {"\x0a\x04\x0a\x02\xc0\xaf", "\x0a\x05\x0a\x03\xed\xa0\x80",
                               "\x0a\x03\x0a\x01\x00", "\x0a\x03\x0a\x01\x80"};
    const size_t len[] = {6, 7, 5, 5};
    struct err e;
    for (size_t i = 0; i < 4; i++) {
        CHECK(!scan(ROUTES, bad[i], len[i], &e));
        CHECK_STR(e.field, "origin.name");
    }
}

TEST(doubles_are_finite_and_enums_known)
{
    uint8_t nan_lat[] = {0x0a, 0x0b, 0x1a, 0x09, 0x09, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f};
    const uint8_t family_99[] = {0x32, 0x01, 99},
                  family_negative[] = {0x30, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
    struct err e;
    CHECK(!scan(ROUTES, nan_lat, sizeof nan_lat, &e));
    CHECK_STR(e.field, "origin.point.lat");
    CHECK(!scan(ROUTES, family_99, sizeof family_99, &e));
    CHECK(!scan(ROUTES, family_negative, sizeof family_negative, &e));
    CHECK_STR(e.field, "families");
}

TEST(counts_are_bounded)
{
    static uint8_t bytes[1 << 20];
    struct err e;
    size_t n = 0;
    while (n + 2 <= sizeof bytes) { /* a million empty sub-messages */
        bytes[n++] = 0x1a;
        bytes[n++] = 0x00;
    }
    CHECK(!scan(ROUTES, bytes, n, &e)); /* cargo is singular */
    for (size_t i = 0; i < n; i += 2)
        bytes[i] = 0x30; /* families, unpacked */
    CHECK(!scan(ROUTES, bytes, n, &e));
    for (unsigned i = 0; i <= WIRE_UNKNOWN_MAX; i++) { /* unknown field 31 */
        bytes[3 * i] = 0xf8;
        bytes[3 * i + 1] = 0x01;
        bytes[3 * i + 2] = 0x00;
    }
    CHECK(scan(ROUTES, bytes, 3 * WIRE_UNKNOWN_MAX, &e));
    CHECK(!scan(ROUTES, bytes, 3 * (WIRE_UNKNOWN_MAX + 1), &e));
}

TEST(random_bytes_never_pass_and_fail_to_unpack)
{
    uint64_t seed = 7;
    struct err e;
    for (int round = 0; round < 200000; round++) {
        uint8_t bytes[24];
        size_t n = test_rand_below(&seed, sizeof bytes);
        for (size_t i = 0; i < n; i++)
            bytes[i] = (uint8_t)test_rand_below(&seed, 256);
        if (!scan(&zongheng__v1__request__descriptor, bytes, n, &e))
            continue;
        Zongheng__V1__Request *m = zongheng__v1__request__unpack(NULL, n, bytes);
        CHECK(m != NULL);
        zongheng__v1__request__free_unpacked(m, NULL);
    }
}
