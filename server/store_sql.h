/* store_sql.h - every statement of the daemon: one constant table, prepared on each connection. Values travel
 * as parameters only; the functions they call are schemas/. */
#ifndef ZH_SERVER_STORE_SQL_H
#define ZH_SERVER_STORE_SQL_H

#include "db.h"

#define STORE_STATEMENTS(X)                                                                             \
    X(TOKEN_LOOKUP, "token_lookup", "SELECT * FROM zh.token_lookup($1::bytea)")                         \
    X(BOOK, "book", "SELECT * FROM zh.book($1::uuid, $2::uuid, $3::bytea, $4::text::jsonb, $5::bytea)") \
    X(BOOK_UNPLANNED, "book_unplanned",                                                                 \
      "SELECT * FROM zh.book_unplanned($1::uuid, $2::uuid, $3::bytea, $4::text)")                       \
    X(SETTLE, "settle", "SELECT * FROM zh.settle($1::uuid, $2::uuid)")                                  \
    X(SHIPMENTS, "shipments",                                                                           \
      "SELECT * FROM zh.list_shipments($1::uuid, $2::uuid, $3::text, $4::text, "                        \
      "timestamptz 'epoch' + $5::bigint * interval '1 microsecond', $6::int)")                          \
    X(RECORD_EVENT, "record_event",                                                                     \
      "SELECT * FROM zh.record_event($1::uuid, $2::uuid, $3::bytea, $4::uuid, $5::text, $6::text, "     \
      "$7::text, $8::bigint, $9::text, $10::text, $11::uuid)")                                          \
    X(EVENTS, "events", "SELECT * FROM zh.list_events($1::uuid, $2::uuid, $3::text)")

enum store_statement {
#define X(id, name, sql) STORE_##id,
    STORE_STATEMENTS(X)
#undef X
        STORE_STATEMENT_COUNT
};

extern const struct db_statement store_statements[STORE_STATEMENT_COUNT];

#endif
