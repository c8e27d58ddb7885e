/* wire_scan.h - one linear pass over a protobuf message before it is unpacked.
 *
 * protobuf-c 1.4 recurses without limit, merges repeated sub-messages quadratically, takes any bytes for a
 * string and any number for an enum. So the bytes are read once against the descriptor first and refused
 * unless: every tag, varint and length is whole; nesting is at most WIRE_DEPTH_MAX; the message tree holds at
 * most WIRE_FIELDS_MAX fields and WIRE_UNKNOWN_MAX unknown ones; a singular message field stands once;
 * strings are UTF-8 without NUL; enums are of the table; doubles are finite. What passes is cheap to unpack.
 *
 * Cost: O(bytes), no allocation, stack bounded by the depth. Pure.
 */
#ifndef ZH_SERVER_WIRE_SCAN_H
#define ZH_SERVER_WIRE_SCAN_H

#include "base/err.h"

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_DEPTH_MAX = 8, WIRE_FIELDS_MAX = 4096, WIRE_UNKNOWN_MAX = 16 };

/* INVALID_ARGUMENT with the path of the field that is wrong. */
bool wire_scan(const ProtobufCMessageDescriptor *d, const uint8_t *bytes, size_t len, struct err *e);

/* Whether n bytes are UTF-8 (shortest forms, no surrogates, at most U+10FFFF) without NUL. */
bool wire_utf8(const uint8_t *s, size_t n);

#endif
