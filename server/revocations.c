#include "revocations.h"

#include "log.h"
#include "loop.h"
#include "store_tokens.h"

#include <stdlib.h>
#include <string.h>

enum { OVERLAP_MS = 10000, POLL_DEADLINE_MS = 2000 };

struct revocations {
    struct db *db;
    struct conn_table *conns, *http_conns; /* http: may be NULL */
    int64_t asked_ns, answered_ns; /* when the open question was asked; when the last one answered was */
    bool open;
};

struct revocations *revocations_new(struct db *db, struct conn_table *conns, struct conn_table *http_conns)
{
    struct revocations *r = calloc(1, sizeof *r);
    if (r != NULL)
        *r = (struct revocations){
            .db = db, .conns = conns, .http_conns = http_conns, .answered_ns = monotonic_ns()};
    return r;
}

struct look {
    const uint8_t (*revoked)[32];
    uint32_t count;
    int64_t now_ns;
    bool any; /* a connection has a token */
};

static int by_sum(const void *a, const void *b)
{
    return memcmp(a, b, 32);
}

static void look_at(void *ctx, struct conn *c)
{
    struct look *k = ctx;
    const struct identity *who = conn_identity(c);
    if (!who->known || who->role == ROLE_NONE)
        return;
    k->any = true;
    if (who->expires_ns != 0 && k->now_ns >= who->expires_ns)
        conn_expel(c, "the token is over; the operator makes a new one");
    else if (k->count > 0 && bsearch(who->token_sha256, k->revoked, k->count, 32, by_sum) != NULL)
        conn_expel(c, "the token was revoked");
}

static void look_at_all(struct revocations *r, struct look *k)
{
    conn_table_each(r->conns, look_at, k);
    if (r->http_conns != NULL)
        conn_table_each(r->http_conns, look_at, k);
}

static void on_revoked(void *ctx, const uint8_t (*sums)[32], uint32_t count, bool answered)
{
    struct revocations *r = ctx;
    r->open = false;
    if (!answered)
        return;
    r->answered_ns = r->asked_ns;
    struct look k = {.revoked = sums, .count = count, .now_ns = monotonic_ns()};
    if (count > 0)
        look_at_all(r, &k);
}

void revocations_tick(struct revocations *r, int64_t now_ns)
{
    struct look k = {.now_ns = now_ns};
    look_at_all(r, &k);
    if (!k.any && !r->open)
        r->answered_ns = now_ns; /* whoever comes from now on is looked up */
    if (!k.any || r->open)
        return;
    r->open = true;
    r->asked_ns = now_ns;
    int64_t back_ms = (now_ns - r->answered_ns) / 1000000 + OVERLAP_MS;
    store_tokens_revoked(r->db, back_ms, now_ns + (int64_t)POLL_DEADLINE_MS * 1000000, on_revoked, r);
}
