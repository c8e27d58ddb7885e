/* file.h - the network file: mapped, not parsed.
 *
 *   header   magic, format version, byte order, length, names, hashes, checksum
 * of the header table    per section: element size, count, offset, XXH3
 * checksum of its bytes sections in the order of NET_SECTIONS, each aligned to
 * 64 bytes
 *
 * Opening verifies the header, the checksums and that every index stands inside
 * its array, so that whoever holds a network may use its indices without
 * checking. Cost: one pass over the bytes.
 */
#ifndef ZH_NETWORK_FILE_H
#define ZH_NETWORK_FILE_H

#include "base/err.h"
#include "network/network.h"

/* Writes bytes of network_builder_freeze to path, whole or not at all (a
 * rename). */
bool network_write(const char *path, const uint8_t *bytes, size_t len, struct err *e);

/* Maps a file. The network is held once; network_release gives it back. */
bool network_open(const char *path, const struct network **out, struct err *e);

/* The same from memory that outlives the network and is aligned to 64 bytes. */
bool network_open_bytes(const uint8_t *bytes, size_t len, const struct network **out, struct err *e);

const struct network *network_acquire(const struct network *n);
void network_release(const struct network *n);
size_t network_file_bytes(const struct network *n);

#endif
