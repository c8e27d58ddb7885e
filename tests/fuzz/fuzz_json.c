/* JSON of a request body. What is taken is written as JSON again and read again: the same message. The first
 * byte chooses it. */
#include "fuzz.h"
#include "json.h"
#include "wire_scan.h"

#include "zongheng/v1/planning.pb-c.h"
#include "zongheng/v1/routing.pb-c.h"
#include "zongheng/v1/shipments.pb-c.h"

#include <stdlib.h>
#include <string.h>

enum { WIRE_MAX = 1 << 18 };

static void again(const ProtobufCMessageDescriptor *d, const ProtobufCMessage *m)
{
    struct bytes text = {.max = SIZE_MAX / 4}, wire = {.max = SIZE_MAX / 4}, first = {.max = SIZE_MAX / 4};
    struct err e = {0};
    if (!json_write_message(m, 0, &text, &e) || !json_read_message(d, text.at, text.len, &wire, &e) ||
        !wire_scan(d, (const uint8_t *)wire.at, wire.len, &e))
        abort();
    ProtobufCMessage *back = protobuf_c_message_unpack(d, NULL, wire.len, (const uint8_t *)wire.at);
    if (back == NULL || !json_write_message(back, 0, &first, &e) || first.len != text.len ||
        memcmp(first.at, text.at, text.len) != 0)
        abort();
    protobuf_c_message_free_unpacked(back, NULL);
    bytes_free(&text);
    bytes_free(&wire);
    bytes_free(&first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const ProtobufCMessageDescriptor *const of[] = {
        &zongheng__v1__find_routes_request__descriptor, &zongheng__v1__get_matrix_request__descriptor,
        &zongheng__v1__book_request__descriptor, &zongheng__v1__record_event_request__descriptor,
        &zongheng__v1__settle_request__descriptor};
    struct bytes wire = {.max = WIRE_MAX};
    struct err e = {0};
    if (len < 1)
        return 0;
    const ProtobufCMessageDescriptor *d = of[data[0] % (sizeof of / sizeof of[0])];
    if (json_read_message(d, (const char *)data + 1, len - 1, &wire, &e) &&
        wire_scan(d, (const uint8_t *)wire.at, wire.len, &e)) {
        ProtobufCMessage *m = protobuf_c_message_unpack(d, NULL, wire.len, (const uint8_t *)wire.at);
        if (m == NULL)
            abort();
        again(d, m);
        protobuf_c_message_free_unpacked(m, NULL);
    }
    bytes_free(&wire);
    return 0;
}
