/* canonical.h - one hash for one meaning: SHA-256 over a message's decoded fields.
 *
 * Clients may encode the same request with other field orders, explicit defaults or unknown fields; an
 * idempotency key belongs to what was asked, not to its bytes. So each field that is set is hashed in the
 * order of the field numbers as number, type, length and value; absent and default are the same, -0 is 0,
 * unknown fields do not count.
 */
#ifndef ZH_SERVER_CANONICAL_H
#define ZH_SERVER_CANONICAL_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

/* `what` sets apart the uses of one key ("book", "event"); the field `skip` of the top message (the key
 * itself) is left out. False when the hash cannot be made (out of memory). */
bool canonical_sha256(const char *what, const ProtobufCMessage *m, const char *skip, uint8_t out[32]);

#endif
