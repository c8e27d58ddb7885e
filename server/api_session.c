#include "api_session.h"

#include "bearer.h"
#include "dispatch.h"
#include "loop.h"
#include "version.h"

#include "zongheng/v1/wire.pb-c.h"

static const char *role_name(enum role role)
{
    static const char *const names[] = {"anonymous", "shipper", "planner", "operator"};
    return names[role];
}

static void reply_hello(struct call *c, const struct identity *who)
{
    Zongheng__V1__HelloReply r = ZONGHENG__V1__HELLO_REPLY__INIT;
    r.protocol_version = PROTOCOL_VERSION;
    r.server_version = (char *)(uintptr_t)ZONGHENG_VERSION;
    r.firm_name = (char *)(uintptr_t)who->firm_name;
    r.role = (char *)(uintptr_t)role_name(who->role);
    r.network_version = (char *)(uintptr_t)c->snapshot->net->version;
    call_reply(c, &r.base);
}

/* Only what stands on the connection counts from now on, and only if the peer is still there. Of two Hellos
 * that were under way together the first decides. */
static void welcome(struct call *c, const struct identity *who)
{
    struct identity *slot = call_connection_identity(c);
    struct err e = {0};
    if (slot != NULL && slot->known) {
        fail(&e, ERR_FAILED_PRECONDITION, "this connection has said Hello; who it is cannot change");
        call_fail(c, &e, 0);
        return;
    }
    if (slot != NULL)
        *slot = *who;
    reply_hello(c, who);
}

/* Where each request names its token, Hello tells whose it is. */
static void tell_bearer(struct call *c, const Zongheng__V1__HelloRequest *m)
{
    struct err e = {0};
    if (m->token.len > 0)
        fail_field(&e, ERR_INVALID_ARGUMENT, "token",
                   "over HTTP the token stands in each request: Authorization: Bearer TOKEN");
    else if (!c->identity->known)
        fail_field(&e, ERR_UNAUTHENTICATED, "token", "a token is needed: Authorization: Bearer TOKEN");
    if (e.code != ERR_OK)
        call_fail(c, &e, 0);
    else
        reply_hello(c, c->identity);
}

void api_session_hello(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__HelloRequest *m = (const void *)message;
    const struct config *config = &loop_server(c->loop)->config;
    const struct identity anonymous = {.known = true};
    struct err e = {0};
    uint8_t sum[BEARER_SUM];
    if (m->protocol_version != PROTOCOL_VERSION)
        fail_field(&e, ERR_INVALID_ARGUMENT, "protocol_version",
                   "this server speaks protocol version %d, not %u", PROTOCOL_VERSION, m->protocol_version);
    else if (c->bearer) {
        tell_bearer(c, m);
        return;
    } else if (c->identity->known)
        fail(&e, ERR_FAILED_PRECONDITION, "this connection has said Hello; who it is cannot change");
    else if (m->token.len == 0 && !config->anonymous)
        fail_field(&e, ERR_UNAUTHENTICATED, "token", "a token is needed; the operator makes one");
    else if (m->token.len > 0 && !bearer_sum(m->token.data, m->token.len, sum))
        fail(&e, ERR_INTERNAL, "the token's hash could not be made");
    if (e.code != ERR_OK)
        call_fail(c, &e, 0);
    else if (m->token.len == 0)
        welcome(c, &anonymous);
    else
        bearer_resolve(c, sum, welcome);
}
