/* envelope.h - the Request of a frame (wire.proto) read off the wire in one pass, without a copy and without
 * memory: what it says of itself decides whether it is admitted, before anything of it is unpacked.
 *
 * It takes exactly what wire_scan takes of a Request, and reads it as protobuf-c does (of a field that stands
 * twice the last): tests/fuzz/fuzz_wire.c holds them against each other. Pure. O(fields).
 */
#ifndef ZH_SERVER_ENVELOPE_H
#define ZH_SERVER_ENVELOPE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct envelope { /* points into the frame */
    uint64_t id;
    const char *method; /* method_len bytes of UTF-8 without NUL, not terminated */
    const uint8_t *body;
    size_t method_len, body_len;
    uint32_t deadline_ms;
};

/* INVALID_ARGUMENT, as wire_scan says it. */
bool envelope_read(const uint8_t *bytes, size_t len, struct envelope *out, struct err *e);

#endif
