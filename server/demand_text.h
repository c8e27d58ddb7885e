/* demand_text.h - a demand as it was put: the message that heads it and its table, packed (gzip). Immutable
 * once shared, and counted. */
#ifndef ZH_SERVER_DEMAND_TEXT_H
#define ZH_SERVER_DEMAND_TEXT_H

#include "base/err.h"
#include "bytes.h"

#include "zongheng/v1/planning.pb-c.h"

enum { DEMAND_ID_MAX = 64 };
#define DEMAND_BUNDLED "bundled" /* the file of the setting `demand`: nobody puts it */

struct demand_text {
    char firm_id[37];              /* whose it is; "" of nobody, "*" of another that shares it */
    Zongheng__V1__Demand *message; /* version, author, firm and put_at are filled */
    uint8_t *packed;               /* NULL: only the head was asked for */
    size_t packed_len;
    unsigned holders; /* atomic */
};

/* From the wire bytes of a Demand and its packed table (may be NULL); copied. NULL without memory, or for
 * bytes that are none. */
struct demand_text *demand_text_new(const uint8_t *head, size_t head_len, const uint8_t *packed,
                                    size_t packed_len, const char *firm_id);
struct demand_text *demand_text_acquire(struct demand_text *t);
void demand_text_release(struct demand_text *t); /* NULL is allowed */

/* Sets what the store knows; before it is shared. False without memory. */
bool demand_text_sign(struct demand_text *t, uint32_t version, const char *author, const char *firm,
                      int64_t put_at, bool shared);

/* The table, at most out->max bytes. */
bool demand_text_unpack(const struct demand_text *t, struct bytes *out, struct err *e);

bool demand_is_name(const char *s);

#endif
