/* The database module without a database: what outcomes mean, and that nothing hangs while PostgreSQL is
 * away. */
#include "base/err.h"
#include "db_conn.h"
#include "store_sql.h"
#include "test.h"

#include <event2/event.h>
#include <string.h>
#include <time.h>

static const struct db_statement one[] = {{"one", "SELECT 1"}};

struct seen {
    int count;
    enum db_outcome outcome;
    uint32_t retry_after_ms;
};

static void on_result(void *ctx, const struct db_result *r)
{
    struct seen *s = ctx;
    s->count++;
    s->outcome = r->outcome;
    s->retry_after_ms = r->retry_after_ms;
    CHECK(r->message != NULL && r->detail != NULL && r->table != NULL);
}

TEST(states_mean_what_the_protocol_says)
{
    static const struct {
        const char *state;
        enum db_outcome outcome;
        bool reconnect;
    } want[] = {{"40001", DB_RETRY, false},   {"40P01", DB_RETRY, false},  {"55P03", DB_RETRY, false},
                {"57014", DB_RETRY, false},   {"53100", DB_RETRY, false},  {"57P01", DB_RETRY, true},
                {"25006", DB_RETRY, true},    {"0A000", DB_RETRY, true},   {"08006", DB_UNKNOWN, true},
                {"23514", DB_REFUSED, false}, {"ZH001", DB_REFUSED, false}};
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        bool reconnect = !want[i].reconnect;
        CHECK_I64(db_outcome_of(want[i].state, &reconnect), want[i].outcome);
        CHECK_I64(reconnect, want[i].reconnect);
    }
}

static struct db *away(struct event_base *base)
{
    struct db *db = NULL;
    struct err e = {0};
    struct db_target t = {
        .setting = "database", .conninfo = "host=/nonexistent/zh user=nobody dbname=none", .connections = 2};
    CHECK_MSG(db_new_with(base, &t, one, 1, &db, &e), "%s", e.text);
    return db;
}

TEST(while_it_is_away_the_answer_is_retry_at_once)
{
    struct event_base *base = event_base_new();
    struct db *db = away(base);
    struct seen s = {0};
    struct db_query q = {.statement = 0, .deadline_ns = INT64_MAX};
    event_base_loop(base, EVLOOP_NONBLOCK);
    CHECK(!db_up(db));
    db_submit(db, &q, on_result, &s);
    CHECK_I64(s.count, 1);
    CHECK_I64(s.outcome, DB_RETRY);
    CHECK(s.retry_after_ms >= 200 && s.retry_after_ms <= 2000);
    CHECK_I64(db_stats(db)->retry, 1);
    CHECK_I64(db_stats(db)->submitted, 1);
    db_free(db);
    CHECK_I64(s.count, 1);
    event_base_free(base);
}

struct asker { /* whose statement is open when the db closes, and who asks again then */
    struct db *db;
    struct seen first, again;
    bool up;
};

static void ask_again(void *ctx, const struct db_result *r)
{
    struct asker *x = ctx;
    struct db_query q = {.statement = 0, .deadline_ns = INT64_MAX};
    on_result(&x->first, r);
    x->up = db_up(x->db);
    db_submit(x->db, &q, on_result, &x->again);
}

TEST(a_closed_one_tells_all_and_refuses_until_it_is_freed)
{
    struct event_base *base = event_base_new();
    struct asker x = {.db = away(base), .up = true};
    struct seen later = {0};
    struct db_query q = {.statement = 0, .deadline_ns = INT64_MAX};
    event_base_loop(base, EVLOOP_NONBLOCK);
    x.db->conns[0].state = x.db->conns[1].state = DB_CONN_UP; /* as good as up, as long as nothing is sent */
    x.db->conns[0].working = true;
    CHECK(db_up(x.db));
    db_submit(x.db, &q, ask_again, &x);
    CHECK_I64(x.first.count, 0);
    db_close(x.db);
    CHECK_I64(x.first.count, 1);
    CHECK_I64(x.first.outcome, DB_RETRY);
    CHECK(!x.up);
    CHECK_I64(x.again.count, 1);
    CHECK_I64(x.again.outcome, DB_RETRY);
    db_submit(x.db, &q, on_result, &later);
    CHECK_I64(later.count, 1);
    CHECK_I64(later.outcome, DB_RETRY);
    CHECK(!db_up(x.db));
    db_free(x.db);
    CHECK_I64(x.first.count + x.again.count + later.count, 3);
    event_base_free(base);
}

TEST(unfit_settings_are_refused_without_their_text)
{
    struct event_base *base = event_base_new();
    struct db *db = NULL;
    struct err e = {0};
    struct db_target t = {.setting = "database", .conninfo = "password=secret nonsense", .connections = 1};
    CHECK(!db_new_with(base, &t, one, 1, &db, &e));
    CHECK_I64(e.code, ERR_INVALID_ARGUMENT);
    CHECK_STR(e.field, "database");
    CHECK(strstr(e.text, "secret") == NULL);
    struct db_target none = {.setting = "database", .conninfo = ""}, many = none;
    many.connections = DB_CONNECTIONS_MAX + 1;
    CHECK(!db_new_with(base, &none, one, 1, &db, &e));
    CHECK_STR(e.field, "db_connections");
    CHECK(!db_new_with(base, &many, one, 1, &db, &e));
    event_base_free(base);
}

TEST(jitter_stays_in_its_bounds)
{
    struct event_base *base = event_base_new();
    struct db *db = away(base);
    uint32_t low = UINT32_MAX, high = 0;
    for (int i = 0; i < 10000; i++) {
        uint32_t ms = db_jitter_ms(db, 100, 2000);
        low = ms < low ? ms : low;
        high = ms > high ? ms : high;
    }
    CHECK(low >= 100 && low < 120 && high <= 2000 && high > 1980);
    db_free(db);
    event_base_free(base);
}

TEST(every_statement_is_constant_and_named_once)
{
    for (unsigned i = 0; i < STORE_STATEMENT_COUNT; i++) {
        CHECK(store_statements[i].name[0] != '\0' && strncmp(store_statements[i].sql, "SELECT ", 7) == 0);
        for (unsigned k = 0; k < i; k++)
            CHECK_MSG(strcmp(store_statements[i].name, store_statements[k].name) != 0, "%s stands twice",
                      store_statements[i].name);
    }
}
