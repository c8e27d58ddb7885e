#include "verify.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

/* Of one key: how many shipments it has, and whether the acknowledged one is among them. */
static const char *const count_key =
    "SELECT count(*)::text, coalesce(bool_or(shipment_id = $2::uuid), false)::text"
    " FROM zh.shipment WHERE key = $1::uuid";

static bool check_one(PGconn *c, const struct run_ack *ack, struct verify_result *v, struct err *e)
{
    char key[KEY_TEXT];
    key_to_text(ack->key, key);
    const char *values[] = {key, ack->shipment_id};
    PGresult *r = PQexecPrepared(c, "count_key", 2, values, NULL, NULL, 0);
    bool ok = PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1;
    if (ok) {
        const char *n = PQgetvalue(r, 0, 0), *same = PQgetvalue(r, 0, 1);
        v->asked++;
        if (strcmp(n, "0") == 0)
            v->missing++;
        else if (strcmp(n, "1") == 0 && strcmp(same, "true") == 0)
            v->once++;
        else
            v->wrong++;
    } else {
        fail(e, ERR_UNAVAILABLE, "bookings cannot be verified: %s", PQresultErrorMessage(r));
    }
    PQclear(r);
    return ok;
}

bool verify_bookings(const char *conninfo, const struct run_ack *acks, size_t count,
                     struct verify_result *out, struct err *e)
{
    *out = (struct verify_result){0};
    PGconn *c = PQconnectdb(conninfo);
    bool ok = PQstatus(c) == CONNECTION_OK || fail(e, ERR_UNAVAILABLE, "--verify: %s", PQerrorMessage(c));
    if (ok) {
        PGresult *r = PQprepare(c, "count_key", count_key, 2, NULL);
        ok = PQresultStatus(r) == PGRES_COMMAND_OK ||
             fail(e, ERR_FAILED_PRECONDITION, "--verify: %s", PQresultErrorMessage(r));
        PQclear(r);
    }
    for (size_t i = 0; ok && i < count; i++)
        ok = check_one(c, &acks[i], out, e);
    PQfinish(c);
    return ok;
}
