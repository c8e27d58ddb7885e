/* store_sql.h - every statement of the daemon: one constant table, prepared on each connection. Values travel
 * as parameters only; the functions they call are schemas/. */
#ifndef ZH_SERVER_STORE_SQL_H
#define ZH_SERVER_STORE_SQL_H

#include "db.h"

#define STORE_STATEMENTS(X)                                                                                 \
    X(TOKEN_FIND, "token_find", "SELECT * FROM zh.token_find($1::bytea)")                                   \
    X(TOKENS_REVOKED, "tokens_revoked", "SELECT * FROM zh.tokens_revoked($1::bigint)")                      \
    X(ADD_FIRM, "add_firm", "SELECT * FROM zh.add_firm($1::bytea, $2::text)")                               \
    X(LIST_FIRMS, "list_firms", "SELECT * FROM zh.list_firms($1::bytea)")                                   \
    X(ADD_USER, "add_user", "SELECT * FROM zh.add_user($1::bytea, $2::text, $3::text)")                     \
    X(LIST_USERS, "list_users", "SELECT * FROM zh.list_users($1::bytea, $2::text)")                         \
    X(ADD_TOKEN, "add_token",                                                                               \
      "SELECT * FROM zh.add_token($1::bytea, $2::text, $3::text, $4::text, $5::bytea, $6::bigint)")         \
    X(LIST_TOKENS, "list_tokens", "SELECT * FROM zh.list_tokens($1::bytea, $2::text)")                      \
    X(REVOKE_TOKEN, "revoke_token", "SELECT * FROM zh.revoke_token($1::bytea, $2::text)")                   \
    X(BOOK, "book", "SELECT * FROM zh.book($1::uuid, $2::uuid, $3::bytea, $4::text::jsonb, $5::bytea)")     \
    X(BOOK_UNPLANNED, "book_unplanned",                                                                     \
      "SELECT * FROM zh.book_unplanned($1::uuid, $2::uuid, $3::bytea, $4::text)")                           \
    X(SETTLE, "settle", "SELECT * FROM zh.settle($1::uuid, $2::uuid)")                                      \
    X(BOOK_FULL, "book_full", "SELECT * FROM zh.book_full($1::uuid, $2::uuid, $3::bytea, $4::text::jsonb)") \
    X(CANCEL, "cancel",                                                                                     \
      "SELECT * FROM zh.cancel($1::uuid, $2::uuid, $3::bytea, $4::uuid, $5::text, $6::text)")               \
    X(SHIPMENTS, "shipments",                                                                               \
      "SELECT * FROM zh.list_shipments_v2($1::uuid, $2::uuid, $3::text, $4::text, "                         \
      "timestamptz 'epoch' + $5::bigint * interval '1 microsecond', $6::int)")                              \
    X(RECORD_EVENT, "record_event",                                                                         \
      "SELECT * FROM zh.record_event_v2($1::uuid, $2::uuid, $3::bytea, $4::uuid, $5::text, $6::text, "      \
      "$7::text, $8::bigint, $9::text, $10::text, $11::uuid, $12::int)")                                    \
    X(EVENTS, "events", "SELECT * FROM zh.list_events_v2($1::uuid, $2::uuid, $3::text)")                    \
    X(LEGS, "legs", "SELECT * FROM zh.list_legs($1::uuid, $2::uuid)")                                       \
    X(WATCH_START, "watch_start", "SELECT * FROM zh.watch_start($1::uuid, $2::uuid)")                       \
    X(WATCH, "watch",                                                                                       \
      "SELECT * FROM zh.watch($1::text::uuid[], $2::text::text[], $3::text::bigint[], $4::int)")            \
    X(AFFECTED, "affected",                                                                                 \
      "SELECT * FROM zh.affected($1::uuid, $2::text::bigint[], $3::text::bigint[], $4::text::date[], "      \
      "$5::uuid, $6::int)")                                                                                 \
    X(WAL_POSITION, "wal_position", "SELECT pg_current_wal_lsn()::text AS position")                        \
    X(REPLAYED, "replayed",                                                                                 \
      "SELECT NOT pg_is_in_recovery() OR pg_last_wal_replay_lsn() >= $1::text::pg_lsn AS replayed")         \
    X(AGREED_ROWS, "agreed_rows", "SELECT * FROM zh.agreed_rows($1::uuid)")                                 \
    X(LIST_AGREED, "list_agreed", "SELECT * FROM zh.list_agreed_v2($1::bytea, $2::uuid, $3::text)")         \
    X(PUT_AGREED, "put_agreed",                                                                             \
      "SELECT * FROM zh.put_agreed($1::bytea, $2::uuid, $3::text, $4::text::jsonb, "                        \
      "ARRAY(SELECT jsonb_array_elements_text($5::text::jsonb)))")                                          \
    X(GET_SCENARIO, "get_scenario", "SELECT * FROM zh.get_scenario($1::uuid, $2::text, $3::int)")           \
    X(LIST_SCENARIOS, "list_scenarios",                                                                     \
      "SELECT * FROM zh.list_scenarios($1::uuid, $2::text, $3::text, $4::int)")                             \
    X(PUT_SCENARIO, "put_scenario",                                                                         \
      "SELECT * FROM zh.put_scenario($1::uuid, $2::text, $3::boolean, $4::text, $5::bytea, $6::bytea, "     \
      "$7::text, $8::int, $9::int)")                                                                        \
    X(DELETE_SCENARIO, "delete_scenario", "SELECT * FROM zh.delete_scenario($1::uuid, $2::text)")           \
    X(LIVE_LINKS, "live_links", "SELECT * FROM zh.live_links($1::uuid, $2::int)")                           \
    X(GET_DEMAND, "get_demand", "SELECT * FROM zh.get_demand($1::uuid, $2::text, $3::int, $4::boolean)")    \
    X(LIST_DEMANDS, "list_demands", "SELECT * FROM zh.list_demands($1::uuid, $2::text, $3::int)")           \
    X(PUT_DEMAND, "put_demand",                                                                             \
      "SELECT * FROM zh.put_demand($1::uuid, $2::text, $3::boolean, $4::bytea, $5::bytea, $6::text, "       \
      "$7::int, $8::int)")                                                                                  \
    X(DELETE_DEMAND, "delete_demand", "SELECT * FROM zh.delete_demand($1::uuid, $2::text)")                 \
    X(JOB_PUT, "job_put",                                                                                   \
      "SELECT * FROM zh.job_put($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::text, $7::bytea, "    \
      "$8::bigint, $9::int, $10::int)")                                                                     \
    X(JOB_SAVE, "job_save",                                                                                 \
      "SELECT * FROM zh.job_save($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::int, $7::float8, "   \
      "$8::int, $9::text, $10::int, $11::text, $12::bytea, $13::int)")                                      \
    X(JOB_BEAT, "job_beat", "SELECT * FROM zh.job_beat($1::uuid, $2::int)")                                 \
    X(JOB_CLAIM, "job_claim", "SELECT * FROM zh.job_claim($1::uuid, $2::int, $3::int)")                     \
    X(LIST_JOBS, "list_jobs", "SELECT * FROM zh.list_jobs($1::uuid, $2::uuid, $3::bigint, $4::int)")        \
    X(JOB_CANCEL, "job_cancel", "SELECT * FROM zh.job_cancel($1::uuid, $2::uuid)")                          \
    X(SCHEMA_VERSION, "schema_version", "SELECT max(version) AS version FROM zh.schema_migration")

enum store_statement {
#define X(id, name, sql) STORE_##id,
    STORE_STATEMENTS(X)
#undef X
        STORE_STATEMENT_COUNT
};

extern const struct db_statement store_statements[STORE_STATEMENT_COUNT];

#endif
