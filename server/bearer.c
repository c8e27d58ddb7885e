#include "bearer.h"

#include "dispatch.h"
#include "failures.h"
#include "loop.h"
#include "store_tokens.h"

#include <openssl/evp.h>

struct question { /* in its call's arena */
    struct call *call;
    void (*then)(struct call *c, const struct identity *who);
};

bool bearer_sum(const void *token, size_t len, uint8_t sum[BEARER_SUM])
{
    unsigned n = BEARER_SUM;
    return EVP_Digest(token, len, sum, &n, EVP_sha256(), NULL) == 1;
}

static void on_token(void *ctx, const struct err *e, const struct identity *who, uint32_t retry_after_ms)
{
    struct question *q = ctx;
    struct call *c = q->call;
    uint8_t address[16];
    if (e->code == ERR_OK) {
        q->then(c, who);
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

void bearer_resolve(struct call *c, const uint8_t sum[BEARER_SUM],
                    void (*then)(struct call *c, const struct identity *who))
{
    struct err e = {0};
    struct question *q = arena_alloc(&c->arena, sizeof *q);
    if (q == NULL) {
        fail(&e, ERR_RESOURCE_EXHAUSTED, "the request does not fit the memory of one request");
        call_fail(c, &e, 0);
        return;
    }
    *q = (struct question){.call = c, .then = then};
    if (may_try(c))
        store_token_lookup(loop_db(c->loop), sum, c->deadline_ns, on_token, q);
}
