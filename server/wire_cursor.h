/* wire_cursor.h - the bytes of a protobuf message one by one, for who reads them without protobuf-c: a cursor
 * that subtracts, so that no sum can run over. What is cut or malformed is refused, and so are groups. Pure.
 */
#ifndef ZH_SERVER_WIRE_CURSOR_H
#define ZH_SERVER_WIRE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

struct wire_cursor {
    const uint8_t *at;
    size_t left;
};

static inline bool wire_varint(struct wire_cursor *c, uint64_t *out)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < 10; i++) {
        if (c->left == 0)
            return false;
        uint8_t b = *c->at++;
        c->left--;
        if (i == 9 && b > 1)
            return false;
        v |= (uint64_t)(b & 0x7f) << (7 * i);
        if ((b & 0x80) == 0) {
            *out = v;
            return true;
        }
    }
    return false;
}

/* A tag or a length: protobuf-c reads five bytes of them and no more. */
static inline bool wire_short(struct wire_cursor *c, uint64_t *out)
{
    size_t left = c->left;
    return wire_varint(c, out) && left - c->left <= 5;
}

static inline bool wire_take(struct wire_cursor *c, uint64_t n, struct wire_cursor *part)
{
    if (n > c->left)
        return false;
    *part = (struct wire_cursor){c->at, (size_t)n};
    c->at += n;
    c->left -= (size_t)n;
    return true;
}

/* One value of wire type `type`; part is its bytes (of a varint none: *v is the value). */
static inline bool wire_value(struct wire_cursor *c, unsigned type, uint64_t *v, struct wire_cursor *part)
{
    switch (type) {
    case WIRE_VARINT:
        *part = (struct wire_cursor){c->at, 0};
        return wire_varint(c, v);
    case WIRE_64:
        return wire_take(c, 8, part);
    case WIRE_32:
        return wire_take(c, 4, part);
    case WIRE_BYTES:
        return wire_short(c, v) && wire_take(c, *v, part);
    default:
        return false; /* groups and the two numbers that mean nothing */
    }
}

#endif
