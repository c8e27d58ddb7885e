#include "api_shipments_common.h"

#include "dispatch.h"
#include "log.h"
#include "loop.h"
#include "store_replica.h"

#include <string.h>

void shipments_fail(struct call *c, enum err_code code, const char *field, const char *text)
{
    struct err e = {0};
    fail_field(&e, code, field, "%s", text);
    call_fail(c, &e, 0);
}

void shipments_fail_not_found(struct call *c)
{
    shipments_fail(c, ERR_NOT_FOUND, "shipment_id", "this firm has no such shipment");
}

bool shipments_one_of(const char *s, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(s, list[i]) == 0)
            return true;
    return false;
}

void shipments_fail_schema(struct call *c)
{
    shipments_fail(c, ERR_INTERNAL, "", "a row of the database is not as the schema of this build");
}

void shipments_fail_memory(struct call *c)
{
    struct err e = {0};
    fail(&e, ERR_UNAVAILABLE, "the request does not fit the memory of one request; nothing was done");
    call_fail(c, &e, STORE_RETRY_MS);
}

struct db *shipments_db(struct call *c)
{
    struct db *db = loop_db(c->loop);
    struct err e = {0};
    if (db != NULL && db_up(db))
        return db;
    fail(&e, ERR_UNAVAILABLE,
         db == NULL ? "shipments are not kept here: no database is configured"
                    : "PostgreSQL is away; nothing was done, try again. Routing goes on");
    call_fail(c, &e, STORE_RETRY_MS);
    return NULL;
}

void shipments_reads(struct call *c, void (*then)(void *ctx, struct db *db), void *ctx)
{
    struct db *db = shipments_db(c);
    struct replica *r = loop_replica(c->loop);
    if (db == NULL)
        return;
    struct replica_waiter *w = r != NULL ? arena_calloc(&c->arena, 1, sizeof *w) : NULL;
    if (w == NULL) {
        then(ctx, db);
        return;
    }
    w->ready = then;
    w->ctx = ctx;
    replica_ask(r, w);
}

bool shipments_check_key(const ProtobufCBinaryData *key, struct err *e)
{
    static const uint8_t zero[SHIPMENT_KEY_BYTES];
    if (key->len != SHIPMENT_KEY_BYTES)
        return fail_field(e, ERR_INVALID_ARGUMENT, "key",
                          "key is %d random bytes, kept before sending; this has %zu", SHIPMENT_KEY_BYTES,
                          key->len);
    return memcmp(key->data, zero, sizeof zero) != 0 ||
           fail_field(e, ERR_INVALID_ARGUMENT, "key", "key is all zero; make %d random bytes",
                      SHIPMENT_KEY_BYTES);
}

bool shipments_is_uuid(const char *s)
{
    if (strlen(s) != 36)
        return false;
    for (int i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s[i] != '-' : strchr("0123456789abcdefABCDEF", s[i]) == NULL)
            return false;
    }
    return true;
}

bool shipments_check_name(const char *shipment_id, const char *bill_no, const char **id, const char **bill,
                          struct err *e)
{
    *id = shipment_id[0] != '\0' ? shipment_id : NULL;
    *bill = bill_no[0] != '\0' ? bill_no : NULL;
    if ((*id == NULL) == (*bill == NULL))
        return fail_field(e, ERR_INVALID_ARGUMENT, "shipment_id", "give either shipment_id or bill_no");
    if (*id != NULL && !shipments_is_uuid(*id))
        return fail_field(e, ERR_INVALID_ARGUMENT, "shipment_id",
                          "shipment_id is a uuid like 0190f0c4-7d2e-4b7a-9a51-2f6f7b1c9d3e");
    return *bill == NULL || strlen(*bill) <= 40 ||
           fail_field(e, ERR_INVALID_ARGUMENT, "bill_no", "bill_no is like ZH261124-0A1B2C3D4E");
}

struct store_asker shipments_asker(const struct call *c, const uint8_t *key, const uint8_t *sha256)
{
    return (struct store_asker){
        .firm_id = c->identity->firm_id, .key = key, .req_sha256 = sha256, .deadline_ns = c->deadline_ns};
}

/* PostgreSQL's own sentence goes to the log only: it may tell of rows that are not the caller's. */
static void fail_refused(struct call *c, const struct db_result *r)
{
    if (strcmp(r->sqlstate, "ZH001") == 0) {
        shipments_fail(c, ERR_ALREADY_EXISTS, "key",
                       "this key was used with another request; a new intent needs a new key");
        return;
    }
    log_event(LOG_ERROR, "db_refused", "method", c->method->name, "sqlstate", r->sqlstate, "why", r->message,
              NULL);
    if (strcmp(r->sqlstate, "23503") == 0)
        shipments_fail(c, ERR_FAILED_PRECONDITION, "", "the request names something that is not there");
    else
        shipments_fail(c, ERR_INTERNAL, "", "the database refused the request; the operator's log says why");
}

bool shipments_failed(struct call *c, const struct db_result *r, bool writes)
{
    struct err e = {0};
    if (r->outcome == DB_OK)
        return false;
    if (r->outcome == DB_REFUSED) {
        fail_refused(c, r);
        return true;
    }
    if (r->outcome == DB_UNKNOWN && writes) {
        fail(&e, ERR_UNKNOWN,
             "it may have happened: send the same request with the same key again, or Settle the key");
        call_fail(c, &e, 0);
        return true;
    }
    fail(&e, ERR_UNAVAILABLE, "PostgreSQL is away or busy; nothing was done, try again");
    call_fail(c, &e, r->retry_after_ms != 0 ? r->retry_after_ms : STORE_RETRY_MS);
    return true;
}
