#include "store_agreed.h"

#include "store_sql.h"

#include <jansson.h>
#include <stdlib.h>

static struct db_query query(enum store_statement s, const struct store_agreed_asker *who)
{
    struct db_query q = {.statement = s, .deadline_ns = who->deadline_ns};
    db_add_bytes(&q, who->token_sha256, 32);
    db_add_text(&q, who->firm_id);
    db_add_text(&q, who->firm_name);
    return q;
}

void store_agreed_rows(struct db *db, const char *firm_id, int64_t deadline_ns, db_callback_fn *callback,
                       void *ctx)
{
    struct db_query q = {.statement = STORE_AGREED_ROWS, .deadline_ns = deadline_ns};
    db_add_text(&q, firm_id);
    db_submit(db, &q, callback, ctx);
}

void store_list_agreed(struct db *db, const struct store_agreed_asker *who, db_callback_fn *callback,
                       void *ctx)
{
    struct db_query q = query(STORE_LIST_AGREED, who);
    db_submit(db, &q, callback, ctx);
}

static json_t *json_rule(const struct store_agreed_rule *r)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:b, s:I, s:I, s:s, s:s}", "contract", r->contract,
                     "published", r->published, "charge", r->charge, "cargo", r->cargo, "unit", r->unit,
                     "base_myuan", (json_int_t)r->base_myuan, "per_km_nyuan", (json_int_t)r->per_km_nyuan,
                     "electrified_only", (int)r->electrified_only, "min_myuan", (json_int_t)r->min_myuan,
                     "break_kg", (json_int_t)r->break_kg, "valid_from", r->valid_from, "valid_to",
                     r->valid_to);
}

/* Both lists as JSON texts; NULL: out of memory. */
static char *rules_text(const struct store_agreed_rule *rules, size_t count)
{
    json_t *list = json_array();
    bool ok = list != NULL;
    for (size_t i = 0; ok && i < count; i++)
        ok = json_array_append_new(list, json_rule(&rules[i])) == 0;
    char *text = ok ? json_dumps(list, JSON_COMPACT) : NULL;
    json_decref(list);
    return text;
}

static char *drop_text(char *const *drop, size_t count)
{
    json_t *list = json_array();
    bool ok = list != NULL;
    for (size_t i = 0; ok && i < count; i++)
        ok = json_array_append_new(list, json_string(drop[i])) == 0;
    char *text = ok ? json_dumps(list, JSON_COMPACT) : NULL;
    json_decref(list);
    return text;
}

bool store_put_agreed(struct db *db, const struct store_agreed_asker *who,
                      const struct store_agreed_rule *rules, size_t rule_count, char *const *drop,
                      size_t drop_count, db_callback_fn *callback, void *ctx)
{
    struct db_query q = query(STORE_PUT_AGREED, who);
    char *put = rules_text(rules, rule_count), *without = drop_text(drop, drop_count);
    bool ok = put != NULL && without != NULL;
    if (ok) {
        db_add_text(&q, put);
        db_add_text(&q, without);
        db_submit(db, &q, callback, ctx);
    }
    free(put);
    free(without);
    return ok;
}

bool store_read_agreed(const struct db_result *r, uint32_t row, bool days, struct store_agreed_rule *out)
{
    bool ok = true;
    *out = (struct store_agreed_rule){.contract = db_col_text(r, row, "contract", &ok),
                                      .published = db_col_text(r, row, "published", &ok),
                                      .charge = db_col_text(r, row, "charge", &ok),
                                      .cargo = db_col_text(r, row, "cargo", &ok),
                                      .unit = db_col_text(r, row, "unit", &ok),
                                      .base_myuan = db_col_i64(r, row, "base_myuan", &ok),
                                      .per_km_nyuan = db_col_i64(r, row, "per_km_nyuan", &ok),
                                      .electrified_only = db_col_i64(r, row, "electrified_only", &ok) != 0,
                                      .min_myuan = db_col_i64(r, row, "min_myuan", &ok),
                                      .break_kg = db_col_i64(r, row, "break_kg", &ok)};
    if (days) {
        out->from_day = db_col_i64(r, row, "from_day", &ok);
        out->to_day = db_col_i64(r, row, "to_day", &ok);
    } else {
        out->valid_from = db_col_text(r, row, "valid_from", &ok);
        out->valid_to = db_col_text(r, row, "valid_to", &ok);
    }
    return ok;
}
