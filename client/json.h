/* json.h - any protobuf-c message as JSON, by protobuf's own mapping (proto3): names in lowerCamelCase,
 * 64-bit integers as strings, enums by name, bytes in base64, fields at their default left out, of a oneof
 * the member that is set. Doubles that are not finite become "NaN", "Infinity", "-Infinity".
 */
#ifndef ZH_CLIENT_JSON_H
#define ZH_CLIENT_JSON_H

#include "base/err.h"

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stdio.h>

/* The caller owns the result (json_decref). NULL when memory is out or a string is not UTF-8. */
json_t *json_of_message(const ProtobufCMessage *m, struct err *e);

/* Prints it with two blanks of indentation and a line feed. */
bool json_print_message(const ProtobufCMessage *m, FILE *out, struct err *e);

#endif
