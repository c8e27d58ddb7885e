#include "api_session.h"

#include "dispatch.h"
#include "failures.h"
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

/* Only what stands on the connection counts from now on, and only if the peer is still there. Of two Hellos
 * that were under way together the first decides. */
static void welcome(struct call *c, const struct identity *who)
{
    Zongheng__V1__HelloReply r = ZONGHENG__V1__HELLO_REPLY__INIT;
    struct identity *slot = call_connection_identity(c);
    struct err e = {0};
    if (slot != NULL && slot->known) {
        fail(&e, ERR_FAILED_PRECONDITION, "this connection has said Hello; who it is cannot change");
        call_fail(c, &e, 0);
        return;
    }
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
    uint8_t address[16];
    if (e->code == ERR_OK) {
        welcome(c, who);
        return;
    }
    if (e->code == ERR_UNAUTHENTICATED) {
        call_peer(c, address);
        failures_add(loop_server(c->loop)->failures, address, monotonic_ns());
    }
    call_fail(c, e, retry_after_ms);
}

/* An address with too many wrong tokens waits, with a right one too: PostgreSQL is not asked. */
static bool may_try(struct call *c)
{
    struct err e = {0};
    uint8_t address[16];
    call_peer(c, address);
    uint32_t wait_ms = failures_wait_ms(loop_server(c->loop)->failures, address, monotonic_ns());
    if (wait_ms == 0)
        return true;
    fail_field(&e, ERR_RESOURCE_EXHAUSTED, "token",
               "too many wrong tokens came from this address; try again in %u ms", wait_ms);
    call_close_connection(c);
    call_fail(c, &e, wait_ms);
    return false;
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
    else if (may_try(c))
        store_token_lookup(loop_db(c->loop), sum, c->deadline_ns, on_token, c);
}
