#include "store_first.h"

#include <libpq-fe.h>
#include <string.h>

/* One statement; PostgreSQL's first line says why not. */
static bool run(PGconn *pg, const char *sql, int n, const char *const *values, const int *lengths,
                const int *formats, struct err *e)
{
    PGresult *r = PQexecParams(pg, sql, n, NULL, values, lengths, formats, 0);
    ExecStatusType s = PQresultStatus(r);
    bool ok = s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK;
    const char *why = PQresultErrorMessage(r);
    if (!ok)
        fail_field(e, ERR_UNAVAILABLE, "--database", "PostgreSQL refused: %.*s", (int)strcspn(why, "\n"),
                   why);
    PQclear(r);
    return ok;
}

bool store_first_token(const char *conninfo, const char *firm, const char *user, const char *role,
                       const uint8_t sha256[32], struct err *e)
{
    const char *const values[] = {firm, user, role, (const char *)sha256};
    const int lengths[] = {0, 0, 0, 32}, formats[] = {0, 0, 0, 1};
    PGconn *pg = PQconnectdb(conninfo);
    bool ok = PQstatus(pg) == CONNECTION_OK;
    if (!ok) {
        const char *why = PQerrorMessage(pg);
        fail_field(e, ERR_UNAVAILABLE, "--database", "no connection: %.*s", (int)strcspn(why, "\n"), why);
    }
    ok = ok && run(pg, "SET ROLE zh_owner", 0, NULL, NULL, NULL, e) &&
         run(pg, "SELECT zh.create_token($1::text, $2::text, $3::text, $4::bytea)", 4, values, lengths,
             formats, e);
    PQfinish(pg);
    return ok;
}
