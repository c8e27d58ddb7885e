/* What comes from the network: the frame's head, then the scan that stands before protobuf-c. What the scan
 * lets through must unpack. The first byte chooses the message. */
#include "frame.h"
#include "fuzz.h"
#include "wire_scan.h"

#include "zongheng/v1/routing.pb-c.h"
#include "zongheng/v1/shipments.pb-c.h"
#include "zongheng/v1/wire.pb-c.h"

#include <stdlib.h>

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
    if (!wire_scan(d, data + 1, len - 1, &e))
        return 0;
    ProtobufCMessage *m = protobuf_c_message_unpack(d, NULL, len - 1, data + 1);
    if (m == NULL)
        abort();
    protobuf_c_message_free_unpacked(m, NULL);
    return 0;
}
