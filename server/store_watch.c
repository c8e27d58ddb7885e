#include "store_watch.h"

#include "store_sql.h"

#include <stdio.h>
#include <string.h>

static struct db_query query(enum store_statement s, const struct store_asker *who)
{
    struct db_query q = {
        .statement = s, .deadline_ns = who->deadline_ns, .shard_hash = (uint64_t)who->deadline_ns >> 10};
    db_add_text(&q, who->firm_id);
    return q;
}

void store_watch_start(struct db *db, const struct store_asker *who, const char *mark,
                       db_callback_fn *callback, void *ctx)
{
    struct db_query q = query(STORE_WATCH_START, who);
    db_add_text(&q, mark);
    db_submit(db, &q, callback, ctx);
}

bool store_read_cursor(const struct db_result *r, uint32_t row, struct store_cursor *out)
{
    bool ok = !db_col_null(r, row, "mark");
    const char *xid = db_col_text(r, row, "xid", &ok);
    *out = (struct store_cursor){.id = db_col_i64(r, row, "id", &ok)};
    ok = ok && strlen(xid) < sizeof out->xid;
    snprintf(out->xid, sizeof out->xid, "%s", ok ? xid : "0");
    db_col_uuid(r, row, "mark", out->mark, &ok);
    return ok;
}

void store_watch(struct db *db, const struct store_readers *readers, db_callback_fn *callback, void *ctx)
{
    char limit[DB_NUMBER_MAX];
    struct db_query q = {.statement = STORE_WATCH, .deadline_ns = readers->deadline_ns};
    db_add_text(&q, readers->firms);
    db_add_text(&q, readers->xids);
    db_add_text(&q, readers->ids);
    db_add_i64(&q, limit, readers->limit);
    db_submit(db, &q, callback, ctx);
}

bool store_read_change(const struct db_result *r, uint32_t row, struct store_change *out)
{
    bool ok = store_read_cursor(r, row, &out->at);
    int64_t n = db_col_i64(r, row, "n", &ok);
    out->reader = (uint32_t)(n - 1);
    db_col_uuid(r, row, "firm_id", out->firm_id, &ok);
    db_col_uuid(r, row, "shipment_id", out->shipment_id, &ok);
    db_col_uuid(r, row, "event_id", out->event_id, &ok);
    out->topic = db_col_text(r, row, "topic", &ok);
    out->bill_no = db_col_text(r, row, "bill_no", &ok);
    out->state = db_col_text(r, row, "state", &ok);
    out->code = db_col_text(r, row, "code", &ok);
    out->exception = db_col_text(r, row, "exception", &ok);
    out->at_s = db_col_i64(r, row, "at_s", &ok);
    return ok && n >= 1;
}

void store_affected(struct db *db, const struct store_asker *who, const struct store_disruption *d,
                    db_callback_fn *callback, void *ctx)
{
    char limit[DB_NUMBER_MAX];
    struct db_query q = query(STORE_AFFECTED, who);
    db_add_text(&q, d->links);
    db_add_text(&q, d->services);
    db_add_text(&q, d->days);
    db_add_text(&q, d->after);
    db_add_i64(&q, limit, d->limit);
    db_submit(db, &q, callback, ctx);
}

bool store_read_hit(const struct db_result *r, uint32_t row, struct store_hit *out)
{
    bool ok = true;
    db_col_uuid(r, row, "firm_id", out->firm_id, &ok);
    db_col_uuid(r, row, "shipment_id", out->shipment_id, &ok);
    out->bill_no = db_col_text(r, row, "bill_no", &ok);
    out->state = db_col_text(r, row, "state", &ok);
    out->request = db_col_bytes(r, row, "request", &out->request_len, &ok);
    out->option = db_col_bytes(r, row, "option", &out->option_len, &ok);
    out->total_fen = db_col_i64(r, row, "total_fen", &ok);
    out->hit_leg = db_col_i64(r, row, "hit_leg", &ok);
    out->done = db_col_i64(r, row, "done", &ok);
    out->at_s = db_col_i64(r, row, "at_s", &ok);
    out->road = db_col_i64(r, row, "hit_road", &ok) != 0;
    return ok;
}

void store_schema_version(struct db *db, int64_t deadline_ns, db_callback_fn *callback, void *ctx)
{
    struct db_query q = {.statement = STORE_SCHEMA_VERSION, .deadline_ns = deadline_ns};
    db_submit(db, &q, callback, ctx);
}
