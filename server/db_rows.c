/* Reading the rows of a db_result: binary format throughout. */
#include "db.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_UUID = 2950
};

/* The column's number when it is there, of one of the types and not NULL; else -1 and *ok false. */
static int column(const struct db_result *r, uint32_t row, const char *name, const Oid *types, size_t count,
                  bool *ok)
{
    const PGresult *rows = r->rows;
    int col = rows != NULL && row < r->row_count ? PQfnumber(rows, name) : -1;
    for (size_t i = 0; col >= 0 && i < count; i++)
        if (PQftype(rows, col) == types[i])
            return col;
    *ok = false;
    return -1;
}

bool db_col_null(const struct db_result *r, uint32_t row, const char *name)
{
    const PGresult *rows = r->rows;
    int col = rows != NULL && row < r->row_count ? PQfnumber(rows, name) : -1;
    return col < 0 || PQgetisnull(rows, (int)row, col);
}

int64_t db_col_i64(const struct db_result *r, uint32_t row, const char *name, bool *ok)
{
    static const Oid types[] = {OID_BOOL, OID_INT2, OID_INT4, OID_INT8};
    int col = column(r, row, name, types, 4, ok);
    if (col < 0 || PQgetisnull(r->rows, (int)row, col))
        return 0;
    const uint8_t *b = (const uint8_t *)PQgetvalue(r->rows, (int)row, col);
    int n = PQgetlength(r->rows, (int)row, col);
    uint64_t v = n > 0 && n != 1 && (b[0] & 0x80) ? UINT64_MAX : 0; /* sign; a bool has none */
    for (int i = 0; i < n; i++)
        v = v << 8 | b[i];
    return (int64_t)v;
}

const char *db_col_text(const struct db_result *r, uint32_t row, const char *name, bool *ok)
{
    static const Oid types[] = {OID_TEXT};
    int col = column(r, row, name, types, 1, ok);
    return col < 0 ? "" : PQgetvalue(r->rows, (int)row, col); /* libpq ends it by NUL; NULL is "" */
}

const uint8_t *db_col_bytes(const struct db_result *r, uint32_t row, const char *name, size_t *len, bool *ok)
{
    static const Oid types[] = {OID_BYTEA};
    int col = column(r, row, name, types, 1, ok);
    *len = col < 0 ? 0 : (size_t)PQgetlength(r->rows, (int)row, col);
    return col < 0 ? (const uint8_t *)"" : (const uint8_t *)PQgetvalue(r->rows, (int)row, col);
}

void db_col_uuid(const struct db_result *r, uint32_t row, const char *name, char out[37], bool *ok)
{
    static const Oid types[] = {OID_UUID};
    int col = column(r, row, name, types, 1, ok);
    out[0] = '\0';
    if (col < 0 || PQgetlength(r->rows, (int)row, col) != 16)
        return;
    const uint8_t *b = (const uint8_t *)PQgetvalue(r->rows, (int)row, col);
    for (int i = 0, at = 0; i < 16; i++)
        at += snprintf(out + at, (size_t)(37 - at), i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x",
                       b[i]);
}
