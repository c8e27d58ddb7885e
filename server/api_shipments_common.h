/* api_shipments_common.h - what the files of api_shipments share: checks of requests, and what an outcome of
 * the store means on the wire. Internal to them. */
#ifndef ZH_SERVER_API_SHIPMENTS_COMMON_H
#define ZH_SERVER_API_SHIPMENTS_COMMON_H

#include "api_shipments.h"
#include "store_shipments.h"

enum { SHIPMENT_KEY_BYTES = 16, STORE_RETRY_MS = 1000 };

/* The loop's database, or NULL after the call was ended with UNAVAILABLE. */
struct db *shipments_db(struct call *c);
/* For reads: `then` gets the database that knows all that was committed before now, the replica's or the
 * primary's; perhaps before this returns. When none is up the call is failed and `then` is not called. */
void shipments_reads(struct call *c, void (*then)(void *ctx, struct db *db), void *ctx);

/* key is 16 bytes and not all zero. */
bool shipments_check_key(const ProtobufCBinaryData *key, struct err *e);
/* Exactly one of the two is set, and has its form. Unset ones become NULL. */
bool shipments_check_name(const char *shipment_id, const char *bill_no, const char **id, const char **bill,
                          struct err *e);
bool shipments_is_uuid(const char *s);

struct store_asker shipments_asker(const struct call *c, const uint8_t *key, const uint8_t *sha256);

/* Ends the call and returns true when the statement was not DB_OK. `writes`: an unknown end is told as
 * UNKNOWN; reading leaves nothing behind, so there it is UNAVAILABLE. */
bool shipments_failed(struct call *c, const struct db_result *r, bool writes);

void shipments_fail(struct call *c, enum err_code code, const char *field, const char *text);
void shipments_fail_schema(struct call *c);
void shipments_fail_not_found(struct call *c);
bool shipments_one_of(const char *s, const char *const *list, size_t count);
void shipments_fail_memory(struct call *c);

#endif
