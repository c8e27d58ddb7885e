#include "api_session.h"

#include "dispatch.h"
#include "loop.h"
#include "store_tokens.h"
#include "version.h"

#include "zongheng/v1/wire.pb-c.h"

#include <openssl/evp.h>

static const char *role_name(enum role role)
{
    static const char *const names[] = {"anonymous", "shipper", "planner", "operator"};
    return names[role];
}

/* Only what stands on the connection counts from now on, and only if the peer is still there. */
static void welcome(struct call *c, const struct identity *who)
{
    Zongheng__V1__HelloReply r = ZONGHENG__V1__HELLO_REPLY__INIT;
    struct identity *slot = call_connection_identity(c);
    if (slot != NULL)
        *slot = *who;
    r.protocol_version = PROTOCOL_VERSION;
    r.server_version = (char *)(uintptr_t)ZONGHENG_VERSION;
    r.firm_name = (char *)(uintptr_t)who->firm_name;
    r.role = (char *)(uintptr_t)role_name(who->role);
    r.network_version = (char *)(uintptr_t)c->snapshot->net->version;
    call_reply(c, &r.base);
}

static void on_token(void *ctx, const struct err *e, const struct identity *who, uint32_t retry_after_ms)
{
    struct call *c = ctx;
    if (e->code == ERR_OK)
        welcome(c, who);
    else
        call_fail(c, e, retry_after_ms);
}

void api_session_hello(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__HelloRequest *m = (const void *)message;
    const struct config *config = &loop_server(c->loop)->config;
    const struct identity anonymous = {.known = true};
    struct err e = {0};
    uint8_t sum[EVP_MAX_MD_SIZE];
    if (m->protocol_version != PROTOCOL_VERSION)
        fail_field(&e, ERR_INVALID_ARGUMENT, "protocol_version",
                   "this server speaks protocol version %d, not %u", PROTOCOL_VERSION, m->protocol_version);
    else if (c->identity->known)
        fail(&e, ERR_FAILED_PRECONDITION, "this connection has said Hello; who it is cannot change");
    else if (m->token.len == 0 && !config->anonymous)
        fail_field(&e, ERR_UNAUTHENTICATED, "token", "a token is needed; the operator makes one");
    else if (m->token.len > 0 && EVP_Digest(m->token.data, m->token.len, sum, NULL, EVP_sha256(), NULL) != 1)
        fail(&e, ERR_INTERNAL, "the token's hash could not be made");
    if (e.code != ERR_OK)
        call_fail(c, &e, 0);
    else if (m->token.len == 0)
        welcome(c, &anonymous);
    else
        store_token_lookup(loop_db(c->loop), sum, c->deadline_ns, on_token, c);
}
