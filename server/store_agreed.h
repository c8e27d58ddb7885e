/* store_agreed.h - the statements about agreed tariffs. As in store_shipments.h: the outcome comes through
 * the db_callback_fn, once, possibly before the function returns; texts that are read lie in the db_result.
 */
#ifndef ZH_SERVER_STORE_AGREED_H
#define ZH_SERVER_STORE_AGREED_H

#include "db.h"

/* Who asks, of which firm: firm_name "" is the asker's own, another is for a living operator's token. */
struct store_agreed_asker {
    const uint8_t *token_sha256;
    const char *firm_id, *firm_name;
    int64_t deadline_ns;
};

/* One rule as the database has it. Days since 1970 when read for questions, else dates as text. */
struct store_agreed_rule {
    const char *contract, *published, *charge, *cargo, *unit, *valid_from, *valid_to;
    int64_t base_myuan, per_km_nyuan, min_myuan, break_kg, from_day, to_day;
    bool electrified_only;
};

/* The rules for a firm's questions: read with store_read_agreed(..., true). */
void store_agreed_rows(struct db *db, const char *firm_id, int64_t deadline_ns, db_callback_fn *callback,
                       void *ctx);
/* All of a firm's rules, for people: read with store_read_agreed(..., false). */
void store_list_agreed(struct db *db, const struct store_agreed_asker *who, db_callback_fn *callback,
                       void *ctx);
/* Replaces the contracts named by the rules and by drop, all or nothing; one row: rules. False (and no
 * callback) when the parameters cannot be built. */
bool store_put_agreed(struct db *db, const struct store_agreed_asker *who,
                      const struct store_agreed_rule *rules, size_t rule_count, char *const *drop,
                      size_t drop_count, db_callback_fn *callback, void *ctx);

/* False: a row that is not as the schema of this build. */
bool store_read_agreed(const struct db_result *r, uint32_t row, bool days, struct store_agreed_rule *out);

#endif
