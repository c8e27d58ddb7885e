/* store_kept.h - what planners put by name and version, in PostgreSQL: scenarios (store_scenarios.h) and
 * demands (store_demands.h). One call back for each question, on the loop; it gets a text of the kind.
 */
#ifndef ZH_SERVER_STORE_KEPT_H
#define ZH_SERVER_STORE_KEPT_H

#include "db.h"

enum { STORE_LIST_MAX = 201 }; /* texts of one list: a page and one more, which tells that there are more */

/* Who put which version when. */
struct store_signature {
    uint32_t version;
    const char *author, *firm_name;
    int64_t put_at_s;
    bool shared;
};

struct store_kind {
    const char *what, *getter; /* "scenario", "GetScenario" */
    /* The text in a row, unsigned; with its body unless it is one of a list. NULL: it is none, or no memory.
     */
    void *(*read)(const struct db_result *r, uint32_t row, const char *firm_id, bool listed);
    bool (*sign)(void *text, const struct store_signature *s); /* false without memory */
    void (*release)(void *text);                               /* NULL is allowed */
};

/* e.code ERR_OK: answered. text: what the firm sees (firm_id "*" when another shares it), the callback's;
 * NULL: nothing. */
typedef void store_kept_fn(void *ctx, const struct err *e, uint32_t retry_ms, void *text);
/* text[]: heads in their order, the callback's. */
typedef void store_kept_list_fn(void *ctx, const struct err *e, uint32_t retry_ms, void **text,
                                uint32_t count);
/* versions: how many were deleted. */
typedef void store_kept_delete_fn(void *ctx, const struct err *e, uint32_t retry_ms, int64_t versions);

/* Who asks, and whom to call. firm_id "": nobody, who sees what is shared. */
struct store_asker {
    struct db *db;
    const char *firm_id;
    void *ctx;
};

/* Each submits the query; its strings are valid during the call only. */
void store_kept_get(const struct store_asker *a, const struct store_kind *k, const struct db_query *q,
                    store_kept_fn *callback);
/* text: what is put, signed with what comes back and given to the callback; released when it fails. NULL:
 * there was no memory for it. */
void store_kept_put(const struct store_asker *a, const struct store_kind *k, const struct db_query *q,
                    void *text, const char *author, bool shared, store_kept_fn *callback);
void store_kept_list(const struct store_asker *a, const struct store_kind *k, const struct db_query *q,
                     store_kept_list_fn *callback);
void store_kept_delete(const struct store_asker *a, const struct store_kind *k, const struct db_query *q,
                       store_kept_delete_fn *callback);

/* The error of a statement that did not come back with its rows. writes: it may have happened. */
void store_kept_refused(const struct db_result *r, bool writes, const char *what, struct err *e,
                        uint32_t *retry_ms);
void store_add_firm(struct db_query *q, const char *firm_id); /* "": NULL, nobody */
/* number: DB_NUMBER_MAX bytes that live until the query is submitted. */
void store_add_expected(struct db_query *q, char *number, uint32_t version); /* 0: NULL, whatever is there */

#endif
