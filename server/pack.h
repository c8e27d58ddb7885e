/* pack.h - a message as protobuf-c packs it, byte for byte, in one pass.
 *
 * Written from the last byte to the first, so that the length of what is nested is known when its turn comes:
 * protobuf-c walks a message once for its size, again to pack it, and moves each nested one to make room for
 * its length. Taken are proto3 messages without unknown fields, which is all that the server makes. Any
 * thread; no allocation.
 */
#ifndef ZH_SERVER_PACK_H
#define ZH_SERVER_PACK_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

struct pack {
    uint8_t *at, *begin; /* what is written begins at `at`; room down to `begin` */
};

/* In front of what is there. False: no room, or nothing that is taken; then `at` means nothing. */
bool pack_message(struct pack *p, const ProtobufCMessage *m);

/* Parts of an envelope, likewise in front: tag and length of a field of bytes that begins at `at` and ends at
 * `end`; a fixed64, which a 0 leaves out; a bool, which false does. */
bool pack_wrap(struct pack *p, uint32_t field, const uint8_t *end);
bool pack_fixed64(struct pack *p, uint32_t field, uint64_t v);
bool pack_bool(struct pack *p, uint32_t field, bool v);

#endif
