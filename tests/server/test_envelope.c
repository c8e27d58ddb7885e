/* The envelope's own reader against wire_scan and protobuf-c: every cut and every changed byte of some
 * requests (tests/fuzz/fuzz_wire.c goes further). */
#include "envelope.h"
#include "test.h"
#include "wire_scan.h"

#include "zongheng/v1/wire.pb-c.h"

#include <stdlib.h>
#include <string.h>

static bool same(const uint8_t *bytes, size_t len)
{
    struct envelope x;
    struct err e = {0}, why = {0};
    bool taken = envelope_read(bytes, len, &x, &e);
    if (taken != wire_scan(&zongheng__v1__request__descriptor, bytes, len, &why) ||
        strcmp(e.text, why.text) != 0 || e.code != why.code || strcmp(e.field, why.field) != 0)
        return false;
    if (!taken)
        return true;
    Zongheng__V1__Request *r = zongheng__v1__request__unpack(NULL, len, bytes);
    bool ok = r != NULL && r->id == x.id && r->deadline_ms == x.deadline_ms &&
              strlen(r->method) == x.method_len && memcmp(r->method, x.method, x.method_len) == 0 &&
              r->body.len == x.body_len && (x.body_len == 0 || memcmp(r->body.data, x.body, x.body_len) == 0);
    zongheng__v1__request__free_unpacked(r, NULL);
    return ok;
}

static size_t make(uint8_t *out, const char *method, uint32_t deadline_ms, size_t body)
{
    Zongheng__V1__Request r = ZONGHENG__V1__REQUEST__INIT;
    uint8_t bytes[64] = {7};
    r.id = UINT64_MAX - 5;
    r.method = (char *)(uintptr_t)method;
    r.deadline_ms = deadline_ms;
    r.body = (ProtobufCBinaryData){.len = body, .data = bytes};
    return zongheng__v1__request__pack(&r, out);
}

TEST(it_reads_what_protobuf_c_reads)
{
    uint8_t bytes[256] = {0};
    CHECK(same(bytes, 0));
    CHECK(same(bytes, make(bytes, "zongheng.v1.Routing/FindRoutes", 500, 60)));
    CHECK(same(bytes, make(bytes, "", 0, 0)));
    CHECK(same(bytes, make(bytes, "\xe5\xa4\xa7", UINT32_MAX, 1)));
    size_t n = make(bytes, "a", 1, 3); /* twice: the last counts */
    CHECK(same(bytes, n + make(bytes + n, "b", 2, 4)));
}

TEST(whatever_is_cut_or_changed_is_judged_as_by_the_scan)
{
    uint8_t good[256], bytes[256];
    size_t n = make(good, "zongheng.v1.Routing/GetCost", 70000, 20);
    for (size_t cut = 0; cut <= n; cut++)
        CHECK(same(good, cut));
    for (size_t i = 0; i < n; i++)
        for (unsigned b = 0; b < 256; b++) {
            memcpy(bytes, good, n);
            bytes[i] = (uint8_t)b;
            CHECK_MSG(same(bytes, n), "byte %zu is %u", i, b);
        }
}

TEST(unknown_fields_and_numbers_have_their_bounds)
{
    uint8_t bytes[3 * (WIRE_FIELDS_MAX + 1)];
    for (unsigned n = WIRE_UNKNOWN_MAX - 1; n <= WIRE_UNKNOWN_MAX + 1; n++) {
        for (unsigned i = 0; i < n; i++)
            memcpy(bytes + 2 * (size_t)i, "\x28\x01", 2);
        CHECK(same(bytes, 2 * (size_t)n));
    }
    for (unsigned n = WIRE_FIELDS_MAX - 1; n <= WIRE_FIELDS_MAX + 1; n++) {
        for (unsigned i = 0; i < n; i++)
            memcpy(bytes + 2 * (size_t)i, "\x18\x01", 2);
        CHECK(same(bytes, 2 * (size_t)n));
    }
    static const char *const odd[] = {"\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
                                      "\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
                                      "\x98\x80\x80\x80\x80\x01", "\x0b\x0c", "\x22\x80\x80\x80\x80\x80\x01"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        CHECK_MSG(same((const uint8_t *)odd[i], strlen(odd[i])), "%zu", i);
}
