#include "api_identity.h"

#include "db.h"
#include "dispatch.h"
#include "log.h"
#include "loop.h"
#include "store_sql.h"

#include "zongheng/v1/identity.pb-c.h"

#include <string.h>

enum { NAME_MAX_BYTES = 480, LIFETIME_MAX_S = 10 * 366 * 86400, RETRY_MS = 500 };

/* --- questions to PostgreSQL and what may come back ---------------------------------------------- */

static struct db_query query(struct call *c, unsigned statement)
{
    struct db_query q = {.statement = statement, .deadline_ns = c->deadline_ns};
    db_add_bytes(&q, c->identity->token_sha256, 32);
    return q;
}

struct db *identity_db(struct call *c)
{
    struct err e = {0};
    struct db *db = loop_db(c->loop);
    if (db != NULL)
        return db;
    fail(&e, ERR_UNAVAILABLE, "no database is configured");
    call_fail(c, &e, RETRY_MS);
    return NULL;
}

static void ask(struct call *c, const struct db_query *q, db_callback_fn *callback)
{
    struct db *db = identity_db(c);
    if (db != NULL)
        db_submit(db, q, callback, c);
}

/* The sentences of our own SQL functions (ZH0..) are for the caller; others are for the log. */
static void refuse(struct call *c, const struct db_result *r)
{
    static const struct {
        const char *sqlstate;
        enum err_code code;
    } known[] = {{"ZH004", ERR_PERMISSION_DENIED},
                 {"ZH005", ERR_NOT_FOUND},
                 {"ZH006", ERR_ALREADY_EXISTS},
                 {"ZH007", ERR_INVALID_ARGUMENT}};
    struct err e = {0};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].sqlstate, r->sqlstate) == 0)
            fail_field(&e, known[i].code, r->detail, "%s", r->message);
    if (e.code == ERR_OK) {
        log_event(LOG_ERROR, "db_refused", "method", c->method->name, "sqlstate", r->sqlstate, "why",
                  r->message, NULL);
        fail(&e, ERR_INTERNAL, "the database refused this");
    }
    call_fail(c, &e, 0);
}

/* Whether there are rows to read; otherwise the call has been ended. */
bool identity_came(struct call *c, const struct db_result *r)
{
    struct err e = {0};
    if (r->outcome == DB_OK)
        return true;
    if (r->outcome == DB_REFUSED) {
        refuse(c, r);
        return false;
    }
    if (r->outcome == DB_UNKNOWN)
        fail(&e, ERR_UNKNOWN, "PostgreSQL did not answer; it may have happened: list, or do it again");
    else
        fail(&e, ERR_UNAVAILABLE, "PostgreSQL is away or slow; nothing was done");
    call_fail(c, &e, r->retry_after_ms != 0 ? r->retry_after_ms : RETRY_MS);
    return false;
}

static void faulty(struct call *c, bool memory)
{
    struct err e = {0};
    if (memory)
        fail(&e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    else
        fail(&e, ERR_INTERNAL, "a row is not as the schema of this build");
    call_fail(c, &e, 0);
}

static char *copy(struct call *c, const char *text, bool *ok)
{
    char *out = arena_strdup(&c->arena, text);
    *ok = *ok && out != NULL;
    return out;
}

/* --- rows to messages --------------------------------------------------------------------------- */

typedef void read_fn(struct call *c, const struct db_result *r, uint32_t row, void *message, bool *ok);

static void read_firm(struct call *c, const struct db_result *r, uint32_t row, void *message, bool *ok)
{
    Zongheng__V1__Firm *m = message;
    char id[37] = "";
    zongheng__v1__firm__init(m);
    db_col_uuid(r, row, "firm_id", id, ok);
    m->firm_id = copy(c, id, ok);
    m->name = copy(c, db_col_text(r, row, "firm_name", ok), ok);
    m->users = (uint32_t)db_col_i64(r, row, "users", ok);
    m->tokens = (uint32_t)db_col_i64(r, row, "tokens", ok);
}

static void read_user(struct call *c, const struct db_result *r, uint32_t row, void *message, bool *ok)
{
    Zongheng__V1__FirmUser *m = message;
    zongheng__v1__firm_user__init(m);
    m->firm_name = copy(c, db_col_text(r, row, "firm_name", ok), ok);
    m->name = copy(c, db_col_text(r, row, "user_name", ok), ok);
    m->made_at = db_col_i64(r, row, "made_s", ok);
    m->tokens = (uint32_t)db_col_i64(r, row, "tokens", ok);
}

static void read_token(struct call *c, const struct db_result *r, uint32_t row, void *message, bool *ok)
{
    Zongheng__V1__Token *m = message;
    zongheng__v1__token__init(m);
    m->token_id = copy(c, db_col_text(r, row, "token_id", ok), ok);
    m->firm_name = copy(c, db_col_text(r, row, "firm_name", ok), ok);
    m->user_name = copy(c, db_col_text(r, row, "user_name", ok), ok);
    m->role = copy(c, db_col_text(r, row, "role", ok), ok);
    m->made_at = db_col_i64(r, row, "made_s", ok);
    m->expires_at = db_col_i64(r, row, "expires_s", ok);
    m->revoked_at = db_col_i64(r, row, "revoked_s", ok);
}

/* All rows as an array of pointers; NULL: the call has been ended. */
static void **read_rows(struct call *c, const struct db_result *r, size_t size, read_fn *read)
{
    size_t n = (size_t)r->row_count + 1;
    void **list = arena_calloc(&c->arena, n, sizeof *list);
    uint8_t *messages = arena_calloc(&c->arena, n, size);
    bool ok = true;
    if (list == NULL || messages == NULL) {
        faulty(c, true);
        return NULL;
    }
    for (uint32_t i = 0; ok && i < r->row_count; i++) {
        list[i] = messages + i * size;
        read(c, r, i, list[i], &ok);
    }
    if (!ok)
        faulty(c, false);
    return ok ? list : NULL;
}

/* Exactly one row; false: the call has been ended. */
static bool read_one(struct call *c, const struct db_result *r, void *message, read_fn *read)
{
    bool ok = r->row_count == 1;
    if (ok)
        read(c, r, 0, message, &ok);
    if (!ok)
        faulty(c, false);
    return ok;
}

#define ON_ONE(name, Reply, INIT, field, Row, read)              \
    static void name(void *ctx, const struct db_result *r)       \
    {                                                            \
        struct call *c = ctx;                                    \
        Reply reply = INIT;                                      \
        Row row;                                                 \
        if (!identity_came(c, r) || !read_one(c, r, &row, read)) \
            return;                                              \
        reply.field = &row;                                      \
        call_reply(c, &reply.base);                              \
    }

#define ON_LIST(name, Reply, INIT, field, count, Row, read)                            \
    static void name(void *ctx, const struct db_result *r)                             \
    {                                                                                  \
        struct call *c = ctx;                                                          \
        Reply reply = INIT;                                                            \
        void **list = identity_came(c, r) ? read_rows(c, r, sizeof(Row), read) : NULL; \
        if (list == NULL)                                                              \
            return;                                                                    \
        reply.count = r->row_count;                                                    \
        reply.field = (Row **)(void *)list;                                            \
        call_reply(c, &reply.base);                                                    \
    }

ON_ONE(on_firm, Zongheng__V1__AddFirmReply, ZONGHENG__V1__ADD_FIRM_REPLY__INIT, firm, Zongheng__V1__Firm,
       read_firm)
ON_LIST(on_firms, Zongheng__V1__ListFirmsReply, ZONGHENG__V1__LIST_FIRMS_REPLY__INIT, firms, n_firms,
        Zongheng__V1__Firm, read_firm)
ON_ONE(on_user, Zongheng__V1__AddUserReply, ZONGHENG__V1__ADD_USER_REPLY__INIT, user, Zongheng__V1__FirmUser,
       read_user)
ON_LIST(on_users, Zongheng__V1__ListUsersReply, ZONGHENG__V1__LIST_USERS_REPLY__INIT, users, n_users,
        Zongheng__V1__FirmUser, read_user)
ON_ONE(on_token, Zongheng__V1__AddTokenReply, ZONGHENG__V1__ADD_TOKEN_REPLY__INIT, token, Zongheng__V1__Token,
       read_token)
ON_LIST(on_tokens, Zongheng__V1__ListTokensReply, ZONGHENG__V1__LIST_TOKENS_REPLY__INIT, tokens, n_tokens,
        Zongheng__V1__Token, read_token)
ON_ONE(on_revoked, Zongheng__V1__RevokeTokenReply, ZONGHENG__V1__REVOKE_TOKEN_REPLY__INIT, token,
       Zongheng__V1__Token, read_token)

/* --- methods ------------------------------------------------------------------------------------ */

static bool check_name(const char *field, const char *text, struct err *e)
{
    size_t n = strlen(text), control = 0;
    for (size_t i = 0; i < n; i++)
        control += (unsigned char)text[i] < 0x20 || text[i] == 0x7f;
    return (n > 0 && n <= NAME_MAX_BYTES && control == 0) ||
           fail_field(e, ERR_INVALID_ARGUMENT, field,
                      "a name has 1 to 120 characters, none of them a control character");
}

static bool role_exists(const char *role)
{
    return strcmp(role, "shipper") == 0 || strcmp(role, "planner") == 0 || strcmp(role, "operator") == 0;
}

void api_identity_add_firm(struct call *c, const ProtobufCMessage *request)
{
    const Zongheng__V1__AddFirmRequest *m = (const void *)request;
    struct err e = {0};
    if (!check_name("name", m->name, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    struct db_query q = query(c, STORE_ADD_FIRM);
    db_add_text(&q, m->name);
    ask(c, &q, on_firm);
}

void api_identity_list_firms(struct call *c, const ProtobufCMessage *request)
{
    (void)request;
    struct db_query q = query(c, STORE_LIST_FIRMS);
    ask(c, &q, on_firms);
}

void api_identity_add_user(struct call *c, const ProtobufCMessage *request)
{
    const Zongheng__V1__AddUserRequest *m = (const void *)request;
    struct err e = {0};
    if (!check_name("firm_name", m->firm_name, &e) || !check_name("name", m->name, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    struct db_query q = query(c, STORE_ADD_USER);
    db_add_text(&q, m->firm_name);
    db_add_text(&q, m->name);
    ask(c, &q, on_user);
}

void api_identity_list_users(struct call *c, const ProtobufCMessage *request)
{
    const Zongheng__V1__ListUsersRequest *m = (const void *)request;
    struct err e = {0};
    if (!check_name("firm_name", m->firm_name, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    struct db_query q = query(c, STORE_LIST_USERS);
    db_add_text(&q, m->firm_name);
    ask(c, &q, on_users);
}

void api_identity_add_token(struct call *c, const ProtobufCMessage *request)
{
    const Zongheng__V1__AddTokenRequest *m = (const void *)request;
    struct err e = {0};
    char number[DB_NUMBER_MAX];
    bool ok = check_name("firm_name", m->firm_name, &e) && check_name("user_name", m->user_name, &e);
    if (ok && !role_exists(m->role))
        ok = fail_field(&e, ERR_INVALID_ARGUMENT, "role", "the role must be shipper, planner or operator");
    if (ok && m->sha256.len != 32)
        ok = fail_field(&e, ERR_INVALID_ARGUMENT, "sha256", "the hash of the token has 32 bytes, not %zu",
                        m->sha256.len);
    if (ok && (m->lifetime_s < 0 || m->lifetime_s > LIFETIME_MAX_S))
        ok = fail_field(&e, ERR_INVALID_ARGUMENT, "lifetime_s",
                        "a token lives from 1 second to 10 years, or 0: without an end");
    if (!ok) {
        call_fail(c, &e, 0);
        return;
    }
    struct db_query q = query(c, STORE_ADD_TOKEN);
    db_add_text(&q, m->firm_name);
    db_add_text(&q, m->user_name);
    db_add_text(&q, m->role);
    db_add_bytes(&q, m->sha256.data, m->sha256.len);
    db_add_i64(&q, number, m->lifetime_s);
    ask(c, &q, on_token);
}

void api_identity_list_tokens(struct call *c, const ProtobufCMessage *request)
{
    const Zongheng__V1__ListTokensRequest *m = (const void *)request;
    struct err e = {0};
    if (!check_name("firm_name", m->firm_name, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    struct db_query q = query(c, STORE_LIST_TOKENS);
    db_add_text(&q, m->firm_name);
    ask(c, &q, on_tokens);
}

void api_identity_revoke_token(struct call *c, const ProtobufCMessage *request)
{
    const Zongheng__V1__RevokeTokenRequest *m = (const void *)request;
    struct err e = {0};
    if (strlen(m->token_id) != 16 || strspn(m->token_id, "0123456789abcdef") != 16) {
        fail_field(&e, ERR_INVALID_ARGUMENT, "token_id",
                   "a token's id has 16 hexadecimal digits; ListTokens shows it");
        call_fail(c, &e, 0);
        return;
    }
    struct db_query q = query(c, STORE_REVOKE_TOKEN);
    db_add_text(&q, m->token_id);
    ask(c, &q, on_revoked);
}
