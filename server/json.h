/* json.h - protobuf's own JSON mapping (proto3), both ways, made from protobuf-c's descriptors.
 *
 * Out: names in lowerCamelCase, 64-bit integers as strings, enums by name, bytes in base64, fields at their
 * default left out, of a oneof the member that is set. Doubles that are not finite become "NaN", "Infinity",
 * "-Infinity"; the others have as many digits as bring them back.
 *
 * In: what the mapping allows, and nothing beside it: names in lowerCamelCase or as in the .proto, null for
 * an absent field, integers as numbers or strings (numbers above INT64_MAX only as strings), enums by name or
 * number, bytes in either base64. Refused with the field's path: unknown fields, a key or a oneof that stands
 * twice, a number out of its field's range, NaN and infinities, null in a list. The result is wire bytes,
 * which wire_scan judges like any others.
 */
#ifndef ZH_SERVER_JSON_H
#define ZH_SERVER_JSON_H

#include "base/err.h"
#include "bytes.h"

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>
#include <stdio.h>

/* Adds the message as one line of text, or with blanks of indentation a level when indent > 0.
 * RESOURCE_EXHAUSTED: it does not fit out's max, or memory is out. INTERNAL: a string in it is not UTF-8. */
bool json_write_message(const ProtobufCMessage *m, unsigned indent, struct bytes *out, struct err *e);

/* Adds the text in quotes, with escapes; it is UTF-8. False: no room. */
bool json_write_string(const char *s, struct bytes *out);

/* Prints it with two blanks of indentation and a line feed. */
bool json_print_message(const ProtobufCMessage *m, FILE *out, struct err *e);

enum { JSON_DEPTH_MAX = 20, JSON_VALUES_MAX = 8192 }; /* of a text that is read: nesting; values in all */

/* Adds the wire bytes of the message that the text describes. INVALID_ARGUMENT with the field's path, or
 * RESOURCE_EXHAUSTED. */
bool json_read_message(const ProtobufCMessageDescriptor *d, const char *text, size_t len, struct bytes *out,
                       struct err *e);

/* snake_case to lowerCamelCase as protobuf does; cut when it does not fit. */
void json_name(const char *name, char *out, size_t size);

#endif
