/* One hash for one meaning: idempotency rests on it. */
#include "canonical.h"
#include "test.h"

#include "zongheng/v1/shipments.pb-c.h"

#include <string.h>

static void hash(const char *what, const ProtobufCMessage *m, uint8_t out[32])
{
    CHECK(canonical_sha256(what, m, "key", out));
}

TEST(what_is_equal_and_what_is_not)
{
    uint8_t a[32], b[32];
    uint8_t key[16] = {1}, other[16] = {2};
    Zongheng__V1__CancelRequest q = ZONGHENG__V1__CANCEL_REQUEST__INIT;
    q.key = (ProtobufCBinaryData){16, key};
    q.bill_no = "ZH261124-0123456789";
    hash("cancel", &q.base, a);
    q.key.data = other; /* the key itself does not count */
    hash("cancel", &q.base, b);
    CHECK(memcmp(a, b, 32) == 0);
    hash("event", &q.base, b); /* the use does */
    CHECK(memcmp(a, b, 32) != 0);
    q.reason = "x";
    hash("cancel", &q.base, b);
    CHECK(memcmp(a, b, 32) != 0);
}

TEST(the_order_of_fields_on_the_wire_does_not_count)
{
    static const uint8_t one[] = {0x12, 1, 'a', 0x1a, 1, 'b'}, two[] = {0x1a, 1, 'b', 0x12, 1, 'a'},
                         extra[] = {0x12, 1, 'a', 0x1a, 1, 'b', 0x22, 0, 0xf8, 0x07, 5};
    static const struct {
        const uint8_t *bytes;
        size_t len;
    } forms[] = {{one, sizeof one}, {two, sizeof two}, {extra, sizeof extra}};
    uint8_t first[32], sum[32];
    for (size_t i = 0; i < 3; i++) {
        Zongheng__V1__CancelRequest *q =
            zongheng__v1__cancel_request__unpack(NULL, forms[i].len, forms[i].bytes);
        CHECK(q != NULL);
        hash("cancel", &q->base, i == 0 ? first : sum);
        CHECK(i == 0 || memcmp(first, sum, 32) == 0);
        zongheng__v1__cancel_request__free_unpacked(q, NULL);
    }
    /* a text that moves from one field to the next is another meaning */
    Zongheng__V1__CancelRequest x = ZONGHENG__V1__CANCEL_REQUEST__INIT;
    x.shipment_id = "ab";
    hash("cancel", &x.base, first);
    x.shipment_id = "a";
    x.bill_no = "b";
    hash("cancel", &x.base, sum);
    CHECK(memcmp(first, sum, 32) != 0);
}
