/* zongheng firm, user and token: for the operator. A token is made here and only its hash is sent. */
#include "cmd.h"
#include "json.h"
#include "store_first.h"
#include "table.h"
#include "units.h"

#include "zongheng/v1/identity.pb-c.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { WORDS_MAX = 3, TOKEN_BYTES = 32, SHOWN_MAX = 65536 };

struct firm_args {
    char *words[WORDS_MAX]; /* add NAME, list, revoke ID ... */
    unsigned count;
    char *role, *database;
    int64_t lifetime_ms;
};

static bool set_word(void *args, const char *name, char *value, struct err *e)
{
    struct firm_args *f = args;
    (void)name;
    if (f->count == WORDS_MAX)
        return fail(e, ERR_INVALID_ARGUMENT, "\"%s\" is a word too many; quote names that hold blanks",
                    value);
    f->words[f->count++] = value;
    return true;
}

static bool set_role(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)e;
    ((struct firm_args *)args)->role = value;
    return true;
}

static bool set_lifetime(void *args, const char *name, char *value, struct err *e)
{
    int64_t *ms = &((struct firm_args *)args)->lifetime_ms;
    return units_duration(name, value, ms, e) &&
           (*ms >= 1000 || fail_field(e, ERR_INVALID_ARGUMENT, name, "%s must be at least 1s", name));
}

static bool set_database(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)e;
    ((struct firm_args *)args)->database = value;
    return true;
}

/* Whether the words are this verb with this many names behind it. */
static bool is(const struct firm_args *f, const char *verb, unsigned names)
{
    return f->count == names + 1 && strcmp(f->words[0], verb) == 0;
}

static const struct cmd_option word_options[] = {{NULL, NULL, NULL, set_word}};

#define ASK(c, name, q, reply_descriptor, reply, e) \
    cmd_ask(c, "zongheng.v1.Identity/" name, &(q).base, &reply_descriptor, reply, e)

/* --- zongheng firm ------------------------------------------------------------------------------ */

static bool firm_check(void *args, struct err *e)
{
    return is(args, "add", 1) || is(args, "list", 0) ||
           fail(e, ERR_INVALID_ARGUMENT, "usage: zongheng firm add NAME, or zongheng firm list");
}

static void show_firms(struct client *c, Zongheng__V1__Firm **firms, size_t n)
{
    static const struct table_column columns[] = {
        {"firm", false}, {"users", true}, {"tokens", true}, {"id", false}};
    struct table t;
    table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < n; i++) {
        const char *cells[] = {firms[i]->name, units_show_number(&c->arena, firms[i]->users),
                               units_show_number(&c->arena, firms[i]->tokens), firms[i]->firm_id};
        table_add(&t, cells);
    }
    table_print(&t, 0, stdout);
}

static bool firm_run(struct client *c, void *args, struct err *e)
{
    struct firm_args *f = args;
    const ProtobufCMessage *reply;
    Zongheng__V1__AddFirmRequest add = ZONGHENG__V1__ADD_FIRM_REQUEST__INIT;
    Zongheng__V1__ListFirmsRequest list = ZONGHENG__V1__LIST_FIRMS_REQUEST__INIT;
    bool adds = is(f, "add", 1);
    add.name = adds ? f->words[1] : add.name;
    if (!(adds ? ASK(c, "AddFirm", add, zongheng__v1__add_firm_reply__descriptor, &reply, e)
               : ASK(c, "ListFirms", list, zongheng__v1__list_firms_reply__descriptor, &reply, e)))
        return false;
    if (c->json)
        return json_print_message(reply, stdout, e);
    const Zongheng__V1__ListFirmsReply *r = (const void *)reply;
    if (adds)
        show_firms(c, &((Zongheng__V1__AddFirmReply *)(uintptr_t)reply)->firm, 1);
    else
        show_firms(c, r->firms, r->n_firms);
    return true;
}

int cmd_firm(int argc, char **argv)
{
    static const struct cmd cmd = {"zongheng firm add NAME | list [options]",
                                   "Makes or lists firms; with an operator's token.",
                                   word_options,
                                   1,
                                   firm_check,
                                   firm_run};
    struct firm_args f = {0};
    return cmd_main(&cmd, &f, argc, argv);
}

/* --- zongheng user ------------------------------------------------------------------------------ */

static bool user_check(void *args, struct err *e)
{
    return is(args, "add", 2) || is(args, "list", 1) ||
           fail(e, ERR_INVALID_ARGUMENT, "usage: zongheng user add FIRM NAME, or zongheng user list FIRM");
}

static void show_users(struct client *c, Zongheng__V1__FirmUser **users, size_t n)
{
    static const struct table_column columns[] = {
        {"firm", false}, {"user", false}, {"tokens", true}, {"made", false}};
    struct table t;
    table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < n; i++) {
        const char *cells[] = {users[i]->firm_name, users[i]->name,
                               units_show_number(&c->arena, users[i]->tokens),
                               units_show_time(&c->arena, users[i]->made_at)};
        table_add(&t, cells);
    }
    table_print(&t, 0, stdout);
}

static bool user_run(struct client *c, void *args, struct err *e)
{
    struct firm_args *f = args;
    const ProtobufCMessage *reply;
    Zongheng__V1__AddUserRequest add = ZONGHENG__V1__ADD_USER_REQUEST__INIT;
    Zongheng__V1__ListUsersRequest list = ZONGHENG__V1__LIST_USERS_REQUEST__INIT;
    bool adds = is(f, "add", 2);
    add.firm_name = list.firm_name = f->words[1];
    add.name = adds ? f->words[2] : add.name;
    if (!(adds ? ASK(c, "AddUser", add, zongheng__v1__add_user_reply__descriptor, &reply, e)
               : ASK(c, "ListUsers", list, zongheng__v1__list_users_reply__descriptor, &reply, e)))
        return false;
    if (c->json)
        return json_print_message(reply, stdout, e);
    const Zongheng__V1__ListUsersReply *r = (const void *)reply;
    if (adds)
        show_users(c, &((Zongheng__V1__AddUserReply *)(uintptr_t)reply)->user, 1);
    else
        show_users(c, r->users, r->n_users);
    return true;
}

int cmd_user(int argc, char **argv)
{
    static const struct cmd cmd = {"zongheng user add FIRM NAME | list FIRM [options]",
                                   "Makes or lists a firm's users; with an operator's token.",
                                   word_options,
                                   1,
                                   user_check,
                                   user_run};
    struct firm_args f = {0};
    return cmd_main(&cmd, &f, argc, argv);
}

/* --- zongheng token ----------------------------------------------------------------------------- */

static const struct cmd_option token_options[] = {
    {NULL, NULL, NULL, set_word},
    {"--role", "ROLE", "add: shipper (books), planner (plans), operator (this)", set_role},
    {"--lifetime", "TIME", "add: such as 30d; without it the token has no end", set_lifetime},
    {"--database", "CONNINFO", "add: without a daemon, as zh_migrate; firm and user are made when new",
     set_database},
};

static bool token_check(void *args, struct err *e)
{
    struct firm_args *f = args;
    bool adds = is(f, "add", 2);
    if (!adds && !is(f, "list", 1) && !is(f, "revoke", 1))
        return fail(e, ERR_INVALID_ARGUMENT,
                    "usage: zongheng token add FIRM USER --role ROLE, token list FIRM, or token revoke ID");
    if (!adds && (f->role != NULL || f->lifetime_ms != 0 || f->database != NULL))
        return fail(e, ERR_INVALID_ARGUMENT, "--role, --lifetime and --database belong to token add");
    if (adds && f->role == NULL)
        return fail_field(e, ERR_INVALID_ARGUMENT, "--role",
                          "which role? --role shipper, planner or operator");
    return f->database == NULL || f->lifetime_ms == 0 ||
           fail_field(e, ERR_INVALID_ARGUMENT, "--lifetime", "the first token, by --database, has no end");
}

/* 32 random bytes in hexadecimal, and the hash of these 64 characters. */
static bool make_token(char text[2 * TOKEN_BYTES + 1], uint8_t sha256[EVP_MAX_MD_SIZE], struct err *e)
{
    uint8_t random[TOKEN_BYTES];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return fail(e, ERR_INTERNAL, "the machine gives no random numbers: %s", strerror(errno));
    for (int i = 0; i < TOKEN_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", random[i]);
    return EVP_Digest(text, 2 * TOKEN_BYTES, sha256, NULL, EVP_sha256(), NULL) == 1 ||
           fail(e, ERR_INTERNAL, "the token's hash cannot be made");
}

static void show_tokens(struct client *c, Zongheng__V1__Token **tokens, size_t n)
{
    static const struct table_column columns[] = {{"id", false},     {"firm", false}, {"user", false},
                                                  {"role", false},   {"made", false}, {"ends", false},
                                                  {"revoked", false}};
    struct table t;
    table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < n; i++) {
        const Zongheng__V1__Token *k = tokens[i];
        const char *cells[] = {k->token_id,
                               k->firm_name,
                               k->user_name,
                               k->role,
                               units_show_time(&c->arena, k->made_at),
                               units_show_time(&c->arena, k->expires_at),
                               units_show_time(&c->arena, k->revoked_at)};
        table_add(&t, cells);
    }
    table_print(&t, 0, stdout);
}

/* The token itself stands on the last line, alone: it is shown here and never again. */
static bool show_new(struct client *c, const ProtobufCMessage *reply, const char *text, struct err *e)
{
    if (!c->json) {
        if (reply != NULL)
            show_tokens(c, &((Zongheng__V1__AddTokenReply *)(uintptr_t)reply)->token, 1);
        printf("%s\n", text);
        return true;
    }
    struct bytes b = {.max = SHOWN_MAX};
    bool ok = reply == NULL || json_write_message(reply, 2, &b, e);
    int n = !ok             ? 0
            : reply == NULL ? printf("{\n  \"bearer\": \"%s\"\n}\n", text)
                            : printf("{\n  \"bearer\": \"%s\",%.*s\n", text, (int)(b.len - 1), b.at + 1);
    free(b.at);
    return n >= 0 ? ok : fail(e, ERR_UNKNOWN, "standard output cannot be written");
}

static bool token_add(struct client *c, struct firm_args *f, struct err *e)
{
    char text[2 * TOKEN_BYTES + 1];
    uint8_t sha256[EVP_MAX_MD_SIZE];
    const ProtobufCMessage *reply = NULL;
    Zongheng__V1__AddTokenRequest q = ZONGHENG__V1__ADD_TOKEN_REQUEST__INIT;
    if (!make_token(text, sha256, e))
        return false;
    if (f->database != NULL)
        return store_first_token(f->database, f->words[1], f->words[2], f->role, sha256, e) &&
               show_new(c, NULL, text, e);
    q.firm_name = f->words[1];
    q.user_name = f->words[2];
    q.role = f->role;
    q.lifetime_s = f->lifetime_ms / 1000;
    q.sha256 = (ProtobufCBinaryData){.len = 32, .data = sha256};
    return cmd_ask_again(c, "zongheng.v1.Identity/AddToken", &q.base,
                         &zongheng__v1__add_token_reply__descriptor, &reply, e) &&
           show_new(c, reply, text, e);
}

static bool token_run(struct client *c, void *args, struct err *e)
{
    struct firm_args *f = args;
    const ProtobufCMessage *reply;
    Zongheng__V1__ListTokensRequest list = ZONGHENG__V1__LIST_TOKENS_REQUEST__INIT;
    Zongheng__V1__RevokeTokenRequest revoke = ZONGHENG__V1__REVOKE_TOKEN_REQUEST__INIT;
    bool revokes = is(f, "revoke", 1);
    if (is(f, "add", 2))
        return token_add(c, f, e);
    list.firm_name = revoke.token_id = f->words[1];
    if (!(revokes ? ASK(c, "RevokeToken", revoke, zongheng__v1__revoke_token_reply__descriptor, &reply, e)
                  : ASK(c, "ListTokens", list, zongheng__v1__list_tokens_reply__descriptor, &reply, e)))
        return false;
    if (c->json)
        return json_print_message(reply, stdout, e);
    const Zongheng__V1__ListTokensReply *r = (const void *)reply;
    if (revokes)
        show_tokens(c, &((Zongheng__V1__RevokeTokenReply *)(uintptr_t)reply)->token, 1);
    else
        show_tokens(c, r->tokens, r->n_tokens);
    return true;
}

int cmd_token(int argc, char **argv)
{
    static const struct cmd cmd = {
        "zongheng token add FIRM USER --role ROLE | list FIRM | revoke ID [options]",
        "Makes, lists or revokes tokens; with an operator's token. A new one is "
        "printed once and stored nowhere.",
        token_options,
        sizeof token_options / sizeof token_options[0],
        token_check,
        token_run};
    struct firm_args f = {0};
    return cmd_main(&cmd, &f, argc, argv);
}
