/* store_watch.h - statements that read the outbox, and live shipments that a disruption hits. As
 * store_shipments.h says. */
#ifndef ZH_SERVER_STORE_WATCH_H
#define ZH_SERVER_STORE_WATCH_H

#include "store_shipments.h"

/* A place in the outbox: behind transaction xid and row id; mark is what the client keeps. */
struct store_cursor {
    char xid[24], mark[37];
    int64_t id;
};

/* mark NULL: behind all that is there; all zero: at the oldest kept. No row: the mark is not known any more.
 */
void store_watch_start(struct db *db, const struct store_asker *who, const char *mark,
                       db_callback_fn *callback, void *ctx);
bool store_read_cursor(const struct db_result *r, uint32_t row, struct store_cursor *out);

/* The lists are SQL arrays as text, one element for each reader: firms, xids, ids. */
struct store_readers {
    const char *firms, *xids, *ids;
    int32_t limit; /* changes for each */
    int64_t deadline_ns;
};
void store_watch(struct db *db, const struct store_readers *readers, db_callback_fn *callback, void *ctx);

struct store_change {
    uint32_t reader; /* from 0 */
    struct store_cursor at;
    char firm_id[37], shipment_id[37], event_id[37];
    const char *topic, *bill_no, *state, *code, *exception;
    int64_t at_s;
};
bool store_read_change(const struct db_result *r, uint32_t row, struct store_change *out);

/* Arrays as text; days may hold NULL for every day of that service. after NULL: from the first. */
struct store_disruption {
    const char *links, *services, *days, *after;
    int32_t limit;
};
void store_affected(struct db *db, const struct store_asker *who, const struct store_disruption *d,
                    db_callback_fn *callback, void *ctx);

struct store_hit {
    char firm_id[37], shipment_id[37];
    const char *bill_no, *state;
    const uint8_t *request, *option;
    size_t request_len, option_len; /* request_len 0: booked before requests were kept */
    int64_t total_fen, hit_leg, done, at_s;
    bool road;
};
bool store_read_hit(const struct db_result *r, uint32_t row, struct store_hit *out);

void store_schema_version(struct db *db, int64_t deadline_ns, db_callback_fn *callback, void *ctx);

#endif
