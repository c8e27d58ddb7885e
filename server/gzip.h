/* gzip.h - gzip of one body, both ways, within a bound (zlib). */
#ifndef ZH_SERVER_GZIP_H
#define ZH_SERVER_GZIP_H

#include "base/err.h"
#include "bytes.h"

/* Adds what the bytes unpack to. INVALID_ARGUMENT: not gzip, cut, or bytes behind it; RESOURCE_EXHAUSTED: it
 * would be more than out->max, of which nothing beyond is unpacked. */
bool gzip_unpack(const void *bytes, size_t len, struct bytes *out, struct err *e);

/* Adds the bytes packed, from level 1 (quick) to 9 (small). False: no room. */
bool gzip_pack(const void *bytes, size_t len, int level, struct bytes *out);

#endif
