/* store_tokens.h - who a token belongs to. Only the SHA-256 of a token is stored and sent. */
#ifndef ZH_SERVER_STORE_TOKENS_H
#define ZH_SERVER_STORE_TOKENS_H

#include "db.h"
#include "handler.h"

/* ERR_OK: `who` is filled with known true. UNAUTHENTICATED: no such token, revoked, expired or its firm is
 * closed - all the same to the caller. UNAVAILABLE with retry_after_ms: PostgreSQL is away or slow. */
typedef void store_token_fn(void *ctx, const struct err *e, const struct identity *who,
                            uint32_t retry_after_ms);

/* `callback` is called exactly once, possibly before this returns; db may be NULL (no database configured).
 */
void store_token_lookup(struct db *db, const uint8_t sha256[32], int64_t deadline_ns,
                        store_token_fn *callback, void *ctx);

#endif
