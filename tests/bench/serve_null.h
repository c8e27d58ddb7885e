/* serve_null.h - a method that does nothing: unpacks a request as the daemon does, and packs a recorded
 * reply.
 *
 * What remains of a call when routing takes no time: the bound of any daemon with these messages. */
#ifndef ZH_SERVE_NULL_H
#define ZH_SERVE_NULL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct serve_null; /* opaque */

/* kind: "GetCost" or "FindRoutes"; reply: the envelope of a recorded answer. NULL: not one of these. */
struct serve_null *serve_null_new(const char *kind, const uint8_t *reply, size_t size);
/* The envelope of the answer to an envelope, in *out until the next call; 0: it could not be read. */
size_t serve_null_answer(struct serve_null *n, const uint8_t *request, size_t size, const uint8_t **out);

#endif
