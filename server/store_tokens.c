#include "store_tokens.h"

#include "log.h"
#include "loop.h"
#include "store_sql.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lookup {
    store_token_fn *callback;
    void *ctx;
    uint8_t sha256[32];
};

static enum role role_of(const char *name)
{
    static const char *const names[] = {"", "shipper", "planner", "operator"};
    for (int i = 1; i < 4; i++)
        if (strcmp(name, names[i]) == 0)
            return (enum role)i;
    return ROLE_NONE;
}

/* Whether the row's hash is all of this one; the time it takes says nothing of where they differ. */
static bool same_token(const struct db_result *r, uint32_t row, const uint8_t sha256[32])
{
    bool ok = true;
    size_t len = 0;
    const uint8_t *have = db_col_bytes(r, row, "sha256", &len, &ok);
    return ok && len == 32 && CRYPTO_memcmp(have, sha256, 32) == 0;
}

static bool read_identity(const struct db_result *r, uint32_t row, const uint8_t sha256[32],
                          struct identity *who)
{
    bool ok = true;
    db_col_uuid(r, row, "firm_id", who->firm_id, &ok);
    who->role = role_of(db_col_text(r, row, "role", &ok));
    snprintf(who->firm_name, sizeof who->firm_name, "%s", db_col_text(r, row, "firm_name", &ok));
    snprintf(who->user_name, sizeof who->user_name, "%s", db_col_text(r, row, "user_name", &ok));
    memcpy(who->token_sha256, sha256, 32);
    if (!db_col_null(r, row, "expires_in_ms")) {
        int64_t ms = db_col_i64(r, row, "expires_in_ms", &ok), day = 86400000, most = 36500 * day;
        who->expires_ns = monotonic_ns() + (ms < most ? ms : most) * 1000000;
    }
    who->known = ok && who->firm_id[0] != '\0' && who->role != ROLE_NONE;
    return who->known;
}

static void on_rows(void *ctx, const struct db_result *r)
{
    struct lookup l = *(struct lookup *)ctx;
    uint32_t row = 0;
    struct identity who = {0};
    struct err e = {0};
    uint32_t retry_after_ms = 0;
    free(ctx);
    while (r->outcome == DB_OK && row < r->row_count && !same_token(r, row, l.sha256))
        row++;
    if (r->outcome == DB_RETRY || r->outcome == DB_UNKNOWN) { /* reading leaves nothing behind: just again */
        fail(&e, ERR_UNAVAILABLE, "the token cannot be checked now: PostgreSQL is away or slow; try again");
        retry_after_ms = r->retry_after_ms != 0 ? r->retry_after_ms : 500;
    } else if (r->outcome == DB_REFUSED) {
        log_event(LOG_ERROR, "db_refused", "statement", "token_lookup", "sqlstate", r->sqlstate, "why",
                  r->message, NULL);
        fail(&e, ERR_INTERNAL, "the token could not be checked");
    } else if (row == r->row_count) {
        fail_field(&e, ERR_UNAUTHENTICATED, "token", "this token is not known; the operator makes one");
    } else if (!read_identity(r, row, l.sha256, &who)) {
        fail(&e, ERR_INTERNAL, "the token's row is not as the schema of this build");
    }
    l.callback(l.ctx, &e, &who, retry_after_ms);
}

void store_token_lookup(struct db *db, const uint8_t sha256[32], int64_t deadline_ns,
                        store_token_fn *callback, void *ctx)
{
    const struct identity nobody = {0};
    struct err e = {0};
    struct lookup *l = db != NULL ? malloc(sizeof *l) : NULL;
    if (l == NULL) {
        fail(&e, ERR_UNAVAILABLE,
             db == NULL ? "tokens cannot be checked: no database is configured" : "out of memory");
        callback(ctx, &e, &nobody, 1000);
        return;
    }
    *l = (struct lookup){.callback = callback, .ctx = ctx};
    memcpy(l->sha256, sha256, 32);
    struct db_query q = {.statement = STORE_TOKEN_FIND, .deadline_ns = deadline_ns, .shard_hash = sha256[0]};
    db_add_bytes(&q, sha256, 16);
    db_submit(db, &q, on_rows, l);
}

struct revoked_query {
    store_revoked_fn *callback;
    void *ctx;
};

/* PostgreSQL orders bytea as memcmp does. */
static void on_revoked(void *ctx, const struct db_result *r)
{
    struct revoked_query q = *(struct revoked_query *)ctx;
    uint32_t count = r->outcome == DB_OK ? r->row_count : 0;
    uint8_t(*sums)[32] = count > 0 ? calloc(count, sizeof *sums) : NULL;
    bool ok = r->outcome == DB_OK && (count == 0 || sums != NULL);
    free(ctx);
    for (uint32_t i = 0; ok && i < count; i++) {
        size_t len = 0;
        const uint8_t *sum = db_col_bytes(r, i, "sha256", &len, &ok);
        if (ok && len == 32)
            memcpy(sums[i], sum, 32);
    }
    if (r->outcome == DB_REFUSED)
        log_event(LOG_ERROR, "db_refused", "statement", "tokens_revoked", "sqlstate", r->sqlstate, "why",
                  r->message, NULL);
    q.callback(q.ctx, (const uint8_t(*)[32])sums, count, ok);
    free(sums);
}

void store_tokens_revoked(struct db *db, int64_t back_ms, int64_t deadline_ns, store_revoked_fn *callback,
                          void *ctx)
{
    char number[DB_NUMBER_MAX];
    struct revoked_query *m = malloc(sizeof *m);
    if (m == NULL) {
        callback(ctx, NULL, 0, false);
        return;
    }
    *m = (struct revoked_query){callback, ctx};
    struct db_query q = {.statement = STORE_TOKENS_REVOKED, .deadline_ns = deadline_ns};
    db_add_i64(&q, number, back_ms);
    db_submit(db, &q, on_revoked, m);
}
