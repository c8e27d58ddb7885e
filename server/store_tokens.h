/* store_tokens.h - who a token belongs to. Only the SHA-256 of a token is stored and sent: its first half
 * finds the row, all of it is compared here in constant time. */
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

/* The hashes of the tokens that were revoked in the last back_ms, in the order of memcmp; answered false: not
 * known now. Called exactly once, possibly before store_tokens_revoked returns. */
typedef void store_revoked_fn(void *ctx, const uint8_t (*sums)[32], uint32_t count, bool answered);
void store_tokens_revoked(struct db *db, int64_t back_ms, int64_t deadline_ns, store_revoked_fn *callback,
                          void *ctx);

#endif
