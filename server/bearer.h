/* bearer.h - who a token belongs to, as Hello and HTTP's Authorization both ask: the address's failures
 * first, then PostgreSQL. */
#ifndef ZH_SERVER_BEARER_H
#define ZH_SERVER_BEARER_H

#include "handler.h"

#include <stddef.h>

enum { BEARER_SUM = 32 };

/* The SHA-256 of a token's text; false: OpenSSL could not. */
bool bearer_sum(const void *token, size_t len, uint8_t sum[BEARER_SUM]);

/* Calls then(c, who) once, now or later on this thread; or ends the call with UNAUTHENTICATED (counted
 * against the address), RESOURCE_EXHAUSTED (too many of those: the connection ends as well) or UNAVAILABLE.
 */
void bearer_resolve(struct call *c, const uint8_t sum[BEARER_SUM],
                    void (*then)(struct call *c, const struct identity *who));

#endif
