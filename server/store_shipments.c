#include "store_shipments.h"

#include "store_sql.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a (Fowler, Noll, Vo 1991): twins of a key meet on one connection, in order, instead of on a lock. */
static uint64_t hash_asker(const struct store_asker *who)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (const char *p = who->firm_id; *p != '\0'; p++)
        h = (h ^ (uint8_t)*p) * 0x100000001b3u;
    for (int i = 0; who->key != NULL && i < 16; i++)
        h = (h ^ who->key[i]) * 0x100000001b3u;
    return h ^ (who->key == NULL ? (uint64_t)who->deadline_ns >> 10 : 0); /* reads spread */
}

static struct db_query query(enum store_statement s, const struct store_asker *who)
{
    struct db_query q = {.statement = s, .deadline_ns = who->deadline_ns, .shard_hash = hash_asker(who)};
    db_add_text(&q, who->firm_id);
    if (who->key != NULL)
        db_add_bytes(&q, who->key, 16);
    if (who->req_sha256 != NULL)
        db_add_bytes(&q, who->req_sha256, 32);
    return q;
}

static bool put_links(json_t *o, const struct store_leg *l)
{
    json_t *links = json_array(), *days = json_array();
    bool ok = links != NULL && days != NULL;
    for (size_t i = 0; ok && i < l->link_count; i++)
        ok = json_array_append_new(links, json_integer((json_int_t)l->links[i])) == 0;
    for (size_t i = 0; ok && i < l->next_day_count; i++)
        ok = json_array_append_new(days, json_string(l->next_days[i])) == 0;
    if (l->link_count > 0)
        ok = json_object_set(o, "links", links) == 0 && ok;
    ok = json_object_set(o, "next_days", days) == 0 && ok;
    if (l->cutoff_at != 0)
        ok = json_object_set_new(o, "cutoff_at", json_integer((json_int_t)l->cutoff_at)) == 0 && ok;
    if (l->ready_at != 0)
        ok = json_object_set_new(o, "ready_at", json_integer((json_int_t)l->ready_at)) == 0 && ok;
    json_decref(links);
    json_decref(days);
    return ok;
}

static json_t *json_leg(const struct store_leg *l)
{
    json_t *o = json_pack("{s:s, s:s, s:s, s:I, s:I}", "mode", l->mode, "from", l->from, "to", l->to,
                          "depart_at", (json_int_t)l->depart_at, "arrive_at", (json_int_t)l->arrive_at);
    json_t *d =
        l->day == NULL
            ? json_pack("{s:i, s:i}", "kg", 0, "teu_milli", 0)
            : json_pack("{s:I, s:s, s:I, s:I, s:I, s:I}", "service_id", (json_int_t)l->service_id, "day",
                        l->day, "kg", (json_int_t)l->kg, "teu_milli", (json_int_t)l->teu_milli, "capacity_kg",
                        (json_int_t)l->capacity_kg, "capacity_teu_milli", (json_int_t)l->capacity_teu_milli);
    if (o == NULL || d == NULL || json_object_update(o, d) != 0 || !put_links(o, l)) {
        json_decref(o);
        o = NULL;
    }
    json_decref(d);
    return o;
}

static json_t *json_line(const struct store_line *l)
{
    return json_pack("{s:I, s:s, s:s, s:s, s:I, s:b, s:s}", "leg", (json_int_t)l->leg, "kind", l->kind,
                     "basis", l->basis, "rate", l->rate, "amount_fen", (json_int_t)l->amount_fen, "estimated",
                     (int)l->estimated, "source", l->source);
}

/* Puts three arrays under their names; false when one element could not be made. */
static bool json_lists(json_t *o, const struct store_booking *b)
{
    json_t *legs = json_array(), *lines = json_array(), *boxes = json_array();
    bool ok = json_object_set_new(o, "legs", legs) == 0;
    ok = json_object_set_new(o, "lines", lines) == 0 && ok;
    ok = json_object_set_new(o, "containers", boxes) == 0 && ok;
    for (size_t i = 0; ok && i < b->leg_count; i++)
        ok = json_array_append_new(legs, json_leg(&b->legs[i])) == 0;
    for (size_t i = 0; ok && i < b->line_count; i++)
        ok = json_array_append_new(lines, json_line(&b->lines[i])) == 0;
    for (size_t i = 0; ok && i < b->container_count; i++)
        ok = json_array_append_new(boxes, json_string(b->containers[i])) == 0;
    return ok;
}

/* The question in base64, and which shipment is taken over. */
static bool json_more(json_t *o, const struct store_booking *b)
{
    unsigned char *text = malloc((b->request_len + 2) / 3 * 4 + 1);
    bool ok = text != NULL;
    if (ok) {
        int n = EVP_EncodeBlock(text, b->request, (int)b->request_len);
        ok = json_object_set_new(o, "request", json_stringn((char *)text, (size_t)n)) == 0;
    }
    free(text);
    if (b->replaces_id != NULL)
        ok = json_object_set_new(o, "replaces_id", json_string(b->replaces_id)) == 0 && ok;
    if (b->replaces_bill != NULL)
        ok = json_object_set_new(o, "replaces_bill", json_string(b->replaces_bill)) == 0 && ok;
    return ok;
}

/* The document that zh.book reads; NULL when it cannot be made. The caller frees it. */
static char *booking_text(const struct store_booking *b)
{
    json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "origin", b->origin, "destination",
                          b->destination, "plan_ref", b->plan_ref, "network_version", b->network_version,
                          "mass_kg", (json_int_t)b->mass_kg, "total_fen", (json_int_t)b->total_fen, "co2_g",
                          (json_int_t)b->co2_g, "depart_at", (json_int_t)b->depart_at, "arrive_at",
                          (json_int_t)b->arrive_at);
    char *text = o != NULL && json_lists(o, b) && json_more(o, b) ? json_dumps(o, JSON_COMPACT) : NULL;
    json_decref(o);
    return text;
}

bool store_book(struct db *db, const struct store_asker *who, const struct store_booking *b,
                db_callback_fn *callback, void *ctx)
{
    char *text = booking_text(b);
    if (text == NULL)
        return false;
    struct db_query q = query(STORE_BOOK, who);
    db_add_text(&q, text);
    db_add_bytes(&q, b->option, b->option_len);
    db_submit(db, &q, callback, ctx);
    free(text);
    return true;
}

bool store_book_full(struct db *db, const struct store_asker *who, const struct store_booking *b,
                     db_callback_fn *callback, void *ctx)
{
    char *text = booking_text(b);
    if (text == NULL)
        return false;
    struct db_query q = query(STORE_BOOK_FULL, who);
    db_add_text(&q, text);
    db_submit(db, &q, callback, ctx);
    free(text);
    return true;
}

void store_cancel(struct db *db, const struct store_asker *who, const char *shipment_id, const char *bill_no,
                  const char *why, db_callback_fn *callback, void *ctx)
{
    struct db_query q = query(STORE_CANCEL, who);
    db_add_text(&q, shipment_id);
    db_add_text(&q, bill_no);
    db_add_text(&q, why);
    db_submit(db, &q, callback, ctx);
}

void store_book_unplanned(struct db *db, const struct store_asker *who, const char *reason,
                          db_callback_fn *callback, void *ctx)
{
    struct db_query q = query(STORE_BOOK_UNPLANNED, who);
    db_add_text(&q, reason);
    db_submit(db, &q, callback, ctx);
}

void store_settle(struct db *db, const struct store_asker *who, db_callback_fn *callback, void *ctx)
{
    struct db_query q = query(STORE_SETTLE, who);
    db_submit(db, &q, callback, ctx);
}

bool store_read_outcome(const struct db_result *r, bool with_replay, struct store_outcome *out)
{
    bool ok = !db_col_null(r, 0, "status");
    *out = (struct store_outcome){0};
    int64_t status = db_col_i64(r, 0, "status", &ok);
    db_col_uuid(r, 0, "shipment_id", out->shipment_id, &ok);
    out->bill_no = db_col_text(r, 0, "bill_no", &ok);
    out->reason = db_col_text(r, 0, "reason", &ok);
    out->replay = with_replay && db_col_i64(r, 0, "replay", &ok) != 0;
    out->status = (enum store_status)status;
    ok = ok && status >= STORE_BOOKED && status <= STORE_CANCEL_REFUSED;
    return ok && (status != STORE_BOOKED || (out->shipment_id[0] != '\0' && out->bill_no[0] != '\0'));
}

void store_list_shipments(struct db *db, const struct store_asker *who, const struct store_filter *f,
                          db_callback_fn *callback, void *ctx)
{
    char before[DB_NUMBER_MAX], limit[DB_NUMBER_MAX];
    struct db_query q = query(STORE_SHIPMENTS, who);
    db_add_text(&q, f->shipment_id);
    db_add_text(&q, f->bill_no);
    db_add_text(&q, f->state);
    if (f->before_us != 0)
        db_add_i64(&q, before, f->before_us);
    else
        db_add_null(&q);
    db_add_i64(&q, limit, f->limit);
    db_submit(db, &q, callback, ctx);
}

bool store_read_shipment(const struct db_result *r, uint32_t row, struct store_shipment *out)
{
    bool ok = true;
    db_col_uuid(r, row, "firm_id", out->firm_id, &ok);
    db_col_uuid(r, row, "shipment_id", out->shipment_id, &ok);
    out->bill_no = db_col_text(r, row, "bill_no", &ok);
    out->state = db_col_text(r, row, "state", &ok);
    out->origin = db_col_text(r, row, "origin", &ok);
    out->destination = db_col_text(r, row, "destination", &ok);
    out->containers = db_col_text(r, row, "containers", &ok);
    out->mass_kg = db_col_i64(r, row, "mass_kg", &ok);
    out->total_fen = db_col_i64(r, row, "total_fen", &ok);
    out->booked_at_us = db_col_i64(r, row, "booked_at_us", &ok);
    out->option = db_col_bytes(r, row, "option", &out->option_len, &ok);
    out->replaces = db_col_text(r, row, "replaces", &ok);
    out->replaced_by = db_col_text(r, row, "replaced_by", &ok);
    out->exception = db_col_text(r, row, "exception", &ok);
    out->estimated_arrive = db_col_i64(r, row, "estimated_arrive_s", &ok);
    return ok;
}

void store_record_event(struct db *db, const struct store_asker *who, const struct store_event *ev,
                        db_callback_fn *callback, void *ctx)
{
    char occurred[DB_NUMBER_MAX], leg[DB_NUMBER_MAX];
    struct db_query q = query(STORE_RECORD_EVENT, who);
    db_add_text(&q, ev->shipment_id);
    db_add_text(&q, ev->bill_no);
    db_add_text(&q, ev->code);
    db_add_text(&q, ev->classifier);
    db_add_i64(&q, occurred, ev->occurred_at);
    db_add_text(&q, ev->location);
    db_add_text(&q, ev->source);
    db_add_text(&q, ev->corrects);
    db_add_i64(&q, leg, ev->leg);
    db_submit(db, &q, callback, ctx);
}

bool store_read_recorded(const struct db_result *r, struct store_recorded *out)
{
    bool ok = !db_col_null(r, 0, "status");
    *out = (struct store_recorded){.status = (enum store_status)db_col_i64(r, 0, "status", &ok)};
    db_col_uuid(r, 0, "event_id", out->event_id, &ok);
    out->state = db_col_text(r, 0, "state", &ok);
    out->exception = db_col_text(r, 0, "exception", &ok);
    out->leg = db_col_i64(r, 0, "leg", &ok);
    out->replay = db_col_i64(r, 0, "replay", &ok) != 0;
    return ok && (out->status != STORE_EVENT_RECORDED || out->event_id[0] != '\0');
}

void store_list_events(struct db *db, const struct store_asker *who, const char *shipment_id,
                       const char *bill_no, db_callback_fn *callback, void *ctx)
{
    struct db_query q = query(STORE_EVENTS, who);
    db_add_text(&q, shipment_id);
    db_add_text(&q, bill_no);
    db_submit(db, &q, callback, ctx);
}

bool store_read_event(const struct db_result *r, uint32_t row, struct store_event_row *out)
{
    bool ok = true;
    db_col_uuid(r, row, "event_id", out->event_id, &ok);
    db_col_uuid(r, row, "corrects", out->corrects, &ok);
    out->code = db_col_text(r, row, "code", &ok);
    out->classifier = db_col_text(r, row, "classifier", &ok);
    out->location = db_col_text(r, row, "location", &ok);
    out->source = db_col_text(r, row, "source", &ok);
    out->occurred_at = db_col_i64(r, row, "occurred_s", &ok);
    out->recorded_at = db_col_i64(r, row, "recorded_s", &ok);
    out->leg = db_col_i64(r, row, "leg", &ok);
    out->corrected = db_col_i64(r, row, "corrected", &ok) != 0;
    return ok;
}

void store_list_legs(struct db *db, const struct store_asker *who, const char *shipment_id,
                     db_callback_fn *callback, void *ctx)
{
    struct db_query q = query(STORE_LEGS, who);
    db_add_text(&q, shipment_id);
    db_submit(db, &q, callback, ctx);
}

bool store_read_leg(const struct db_result *r, uint32_t row, struct store_leg_row *out)
{
    bool ok = true;
    out->mode = db_col_text(r, row, "mode", &ok);
    out->day = db_col_text(r, row, "day", &ok);
    out->from = db_col_text(r, row, "from_name", &ok);
    out->to = db_col_text(r, row, "to_name", &ok);
    struct {
        const char *name;
        int64_t *value;
    } numbers[] = {{"seq", &out->seq},
                   {"service_id", &out->service_id},
                   {"kg", &out->kg},
                   {"teu_milli", &out->teu_milli},
                   {"planned_depart", &out->planned_depart},
                   {"planned_arrive", &out->planned_arrive},
                   {"estimated_depart", &out->estimated_depart},
                   {"estimated_arrive", &out->estimated_arrive},
                   {"actual_depart", &out->actual_depart},
                   {"actual_arrive", &out->actual_arrive},
                   {"cutoff_at", &out->cutoff_at}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        *numbers[i].value = db_col_i64(r, row, numbers[i].name, &ok);
    out->missed_cutoff = db_col_i64(r, row, "missed_cutoff", &ok) != 0;
    out->overdue = db_col_i64(r, row, "overdue", &ok) != 0;
    out->released = db_col_i64(r, row, "released", &ok) != 0;
    return ok;
}
