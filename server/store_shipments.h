/* store_shipments.h - the statements about shipments: what goes in as parameters, what comes out as structs.
 *
 * Each store_* function submits one statement, which is one transaction; the outcome comes through the
 * db_callback_fn (db.h), exactly once, possibly before the function returns. The store_read_* functions are
 * for that callback; they give false when a row is not as the schema of this build. Texts and bytes that they
 * give lie in the db_result and go with it.
 */
#ifndef ZH_SERVER_STORE_SHIPMENTS_H
#define ZH_SERVER_STORE_SHIPMENTS_H

#include "db.h"

/* Who asks for what, under which key, until when. */
struct store_asker {
    const char *firm_id;       /* uuid, of the authenticated connection */
    const uint8_t *key;        /* 16 bytes; NULL when only reading */
    const uint8_t *req_sha256; /* 32 bytes; NULL where no key is */
    int64_t deadline_ns;
};

struct store_leg {
    const char *mode; /* "truck", "train", "vessel", "flight" */
    int64_t service_id;
    const char *day; /* the service's operating day, "2026-12-01"; NULL: a truck, which takes no capacity */
    int64_t kg, teu_milli;                   /* taken from the departure */
    int64_t capacity_kg, capacity_teu_milli; /* of the departure; 0: not sold in that unit */
    const char *from, *to;
    int64_t depart_at, arrive_at;
    int64_t ready_at, cutoff_at; /* cutoff_at 0: a truck */
    const int64_t *links;        /* the roads of a truck's way, the source's ids */
    size_t link_count;
    const char *const *next_days; /* on which the service runs next */
    size_t next_day_count;
};

struct store_line {
    int64_t leg, amount_fen;
    const char *kind, *basis, *rate, *source;
    bool estimated;
};

struct store_booking {
    const char *origin, *destination, *plan_ref, *network_version;
    int64_t mass_kg, total_fen, co2_g, depart_at, arrive_at;
    const struct store_leg *legs;
    size_t leg_count;
    const struct store_line *lines;
    size_t line_count;
    char *const *containers;
    size_t container_count;
    const uint8_t *option; /* the packed Option message, as it is shown later */
    size_t option_len;
    const uint8_t *request; /* the packed FindRoutesRequest, to ask it again after a disruption */
    size_t request_len;
    const char *replaces_id, *replaces_bill; /* the shipment that this one takes over; NULL: none */
};

/* False (and no callback) when the parameters cannot be built: out of memory or not UTF-8. */
bool store_book(struct db *db, const struct store_asker *who, const struct store_booking *b,
                db_callback_fn *callback, void *ctx);
/* After 23514 on a departure: stores the refusal with the room that is left. False as store_book. */
bool store_book_full(struct db *db, const struct store_asker *who, const struct store_booking *b,
                     db_callback_fn *callback, void *ctx);
/* The option does not exist any more: the key's earlier outcome, else the refusal is stored with this reason;
 * with reason NULL nothing is stored and a new key gives no row. */
void store_book_unplanned(struct db *db, const struct store_asker *who, const char *reason,
                          db_callback_fn *callback, void *ctx);
void store_settle(struct db *db, const struct store_asker *who, db_callback_fn *callback, void *ctx);

/* What became of a key. */
enum store_status {
    STORE_BOOKED,
    STORE_NO_CAPACITY,
    STORE_NO_OPTION,
    STORE_NEVER, /* settled before anything happened */
    STORE_EVENT_RECORDED,
    STORE_EVENT_REFUSED,
    STORE_CANCELLED,
    STORE_CANCEL_REFUSED
};

struct store_outcome {
    enum store_status status;
    char shipment_id[37]; /* "" when there is none */
    const char *bill_no, *reason;
    bool replay; /* not told by settle */
};
bool store_read_outcome(const struct db_result *r, bool with_replay, struct store_outcome *out);

/* One of shipment_id and bill_no, the other NULL. No row: no such shipment of this firm. The rows are read by
 * store_read_outcome and the column state. */
void store_cancel(struct db *db, const struct store_asker *who, const char *shipment_id, const char *bill_no,
                  const char *why, db_callback_fn *callback, void *ctx);

/* One shipment by id or bill number (the other NULL), or many, newest first. */
struct store_filter {
    const char *shipment_id, *bill_no, *state; /* NULL: any */
    int64_t before_us; /* booked before this instant, microseconds since 1970; 0: any */
    int32_t limit;
};
void store_list_shipments(struct db *db, const struct store_asker *who, const struct store_filter *f,
                          db_callback_fn *callback, void *ctx);

struct store_shipment {
    char firm_id[37], shipment_id[37];
    const char *bill_no, *state, *origin, *destination;
    const char *containers; /* ';' between them */
    int64_t mass_kg, total_fen, booked_at_us, estimated_arrive;
    const uint8_t *option; /* only when asked for one shipment */
    size_t option_len;
    const char *replaces, *replaced_by, *exception; /* "" none */
};
bool store_read_shipment(const struct db_result *r, uint32_t row, struct store_shipment *out);

struct store_event {
    const char *shipment_id, *bill_no; /* one of the two; NULL the other */
    const char *code, *classifier, *location, *source;
    const char *corrects; /* NULL: none */
    int64_t occurred_at;
    uint32_t leg; /* 0: by the location */
};
/* No row: no such shipment of this firm. */
void store_record_event(struct db *db, const struct store_asker *who, const struct store_event *ev,
                        db_callback_fn *callback, void *ctx);

struct store_recorded {
    enum store_status status;
    char event_id[37];
    const char *state, *exception;
    int64_t leg; /* 0: none */
    bool replay;
};
bool store_read_recorded(const struct db_result *r, struct store_recorded *out);

void store_list_events(struct db *db, const struct store_asker *who, const char *shipment_id,
                       const char *bill_no, db_callback_fn *callback, void *ctx);

struct store_event_row {
    char event_id[37], corrects[37];
    const char *code, *classifier, *location, *source;
    int64_t occurred_at, recorded_at, leg;
    bool corrected;
};
bool store_read_event(const struct db_result *r, uint32_t row, struct store_event_row *out);

/* The legs of one shipment, by seq. Instants 0: not known. */
void store_list_legs(struct db *db, const struct store_asker *who, const char *shipment_id,
                     db_callback_fn *callback, void *ctx);

struct store_leg_row {
    const char *mode, *day, *from, *to;
    int64_t seq, service_id, kg, teu_milli, planned_depart, planned_arrive, estimated_depart,
        estimated_arrive;
    int64_t actual_depart, actual_arrive, cutoff_at;
    bool missed_cutoff, overdue, released;
};
bool store_read_leg(const struct db_result *r, uint32_t row, struct store_leg_row *out);

#endif
