#include "store_tokens.h"

#include "log.h"
#include "store_sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lookup {
    store_token_fn *callback;
    void *ctx;
};

static enum role role_of(const char *name)
{
    static const char *const names[] = {"", "shipper", "planner", "operator"};
    for (int i = 1; i < 4; i++)
        if (strcmp(name, names[i]) == 0)
            return (enum role)i;
    return ROLE_NONE;
}

static bool read_identity(const struct db_result *r, struct identity *who)
{
    bool ok = true;
    db_col_uuid(r, 0, "firm_id", who->firm_id, &ok);
    who->role = role_of(db_col_text(r, 0, "role", &ok));
    snprintf(who->firm_name, sizeof who->firm_name, "%s", db_col_text(r, 0, "firm_name", &ok));
    snprintf(who->user_name, sizeof who->user_name, "%s", db_col_text(r, 0, "user_name", &ok));
    who->known = ok && who->firm_id[0] != '\0' && who->role != ROLE_NONE;
    return who->known;
}

static void on_rows(void *ctx, const struct db_result *r)
{
    struct lookup l = *(struct lookup *)ctx;
    struct identity who = {0};
    struct err e = {0};
    uint32_t retry_after_ms = 0;
    free(ctx);
    if (r->outcome == DB_RETRY || r->outcome == DB_UNKNOWN) { /* reading leaves nothing behind: just again */
        fail(&e, ERR_UNAVAILABLE, "the token cannot be checked now: PostgreSQL is away or slow; try again");
        retry_after_ms = r->retry_after_ms != 0 ? r->retry_after_ms : 500;
    } else if (r->outcome == DB_REFUSED) {
        log_event(LOG_ERROR, "db_refused", "statement", "token_lookup", "sqlstate", r->sqlstate, "why",
                  r->message, NULL);
        fail(&e, ERR_INTERNAL, "the token could not be checked");
    } else if (r->row_count != 1) {
        fail_field(&e, ERR_UNAUTHENTICATED, "token", "this token is not known; the operator makes one");
    } else if (!read_identity(r, &who)) {
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
    *l = (struct lookup){callback, ctx};
    struct db_query q = {
        .statement = STORE_TOKEN_LOOKUP, .deadline_ns = deadline_ns, .shard_hash = sha256[0]};
    db_add_bytes(&q, sha256, 32);
    db_submit(db, &q, on_rows, l);
}
