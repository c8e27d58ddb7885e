#include "envelope.h"

#include "wire_cursor.h"
#include "wire_scan.h"

#include "zongheng/v1/wire.pb-c.h"

#include <string.h>

enum { ID = 1, METHOD = 2, DEADLINE_MS = 3, BODY = 4 };

static uint64_t little_endian(const uint8_t *b)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < 8; i++)
        v |= (uint64_t)b[i] << (8 * i);
    return v;
}

/* False when the wire type is not the field's, or a text is none. */
static bool put(struct envelope *x, uint64_t number, unsigned type, uint64_t v, struct wire_cursor part)
{
    switch (number) {
    case ID:
        x->id = type == WIRE_64 ? little_endian(part.at) : 0;
        return type == WIRE_64;
    case METHOD:
        x->method = (const char *)part.at;
        x->method_len = part.left;
        return type == WIRE_BYTES && wire_utf8(part.at, part.left);
    case DEADLINE_MS:
        x->deadline_ms = (uint32_t)v;
        return type == WIRE_VARINT;
    case BODY:
        x->body = part.at;
        x->body_len = part.left;
        return type == WIRE_BYTES;
    default:
        return true;
    }
}

static bool read_all(struct wire_cursor c, struct envelope *x)
{
    unsigned fields = 0, unknown = 0;
    while (c.left > 0) {
        uint64_t tag, v = 0;
        struct wire_cursor part;
        if (!wire_short(&c, &tag) || ++fields > WIRE_FIELDS_MAX || tag >> 3 == 0 || tag >> 3 > 0x1fffffff ||
            !wire_value(&c, tag & 7, &v, &part) || !put(x, tag >> 3, tag & 7, v, part))
            return false;
        unknown += tag >> 3 > BODY;
        if (unknown > WIRE_UNKNOWN_MAX)
            return false;
    }
    return true;
}

bool envelope_read(const uint8_t *bytes, size_t len, struct envelope *out, struct err *e)
{
    *out = (struct envelope){.method = ""};
    if (read_all((struct wire_cursor){bytes, len}, out))
        return true;
    return !wire_scan(&zongheng__v1__request__descriptor, bytes, len, e)
               ? false
               : fail(e, ERR_INTERNAL, "the envelope cannot be read");
}
