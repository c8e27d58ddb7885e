/* What comes from the network: the frame's head, then the scan that stands before protobuf-c. What the scan
 * lets through must unpack, and the envelope's own reader takes the same envelopes and reads the same. The
 * first byte chooses the message. */
#include "envelope.h"
#include "frame.h"
#include "fuzz.h"
#include "wire_scan.h"

#include "zongheng/v1/routing.pb-c.h"
#include "zongheng/v1/shipments.pb-c.h"
#include "zongheng/v1/wire.pb-c.h"

#include <stdlib.h>
#include <string.h>

static void check_envelope(const uint8_t *bytes, size_t len)
{
    struct envelope x;
    struct err e = {0}, why = {0};
    bool taken = envelope_read(bytes, len, &x, &e);
    if (taken != wire_scan(&zongheng__v1__request__descriptor, bytes, len, &why) ||
        strcmp(e.text, why.text) != 0)
        abort();
    if (!taken)
        return;
    Zongheng__V1__Request *r = zongheng__v1__request__unpack(NULL, len, bytes);
    if (r == NULL || r->id != x.id || r->deadline_ms != x.deadline_ms || strlen(r->method) != x.method_len ||
        memcmp(r->method, x.method, x.method_len) != 0 || r->body.len != x.body_len ||
        (x.body_len > 0 && memcmp(r->body.data, x.body, x.body_len) != 0))
        abort();
    zongheng__v1__request__free_unpacked(r, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const ProtobufCMessageDescriptor *const of[] = {
        &zongheng__v1__request__descriptor, &zongheng__v1__find_routes_request__descriptor,
        &zongheng__v1__book_request__descriptor, &zongheng__v1__record_event_request__descriptor};
    struct err e = {0};
    size_t payload;
    if (len < 1)
        return 0;
    const ProtobufCMessageDescriptor *d = of[data[0] % 4];
    if (len >= FRAME_HEAD && frame_judge(data, len, 1 << 20, &payload) == FRAME_WHOLE && payload > 1 << 20)
        abort();
    check_envelope(data + 1, len - 1);
    if (!wire_scan(d, data + 1, len - 1, &e))
        return 0;
    ProtobufCMessage *m = protobuf_c_message_unpack(d, NULL, len - 1, data + 1);
    if (m == NULL)
        abort();
    protobuf_c_message_free_unpacked(m, NULL);
    return 0;
}
