#include "store_kept.h"

#include "log.h"

#include <string.h>

void store_kept_refused(const struct db_result *r, bool writes, const char *what, struct err *e,
                        uint32_t *retry_ms)
{
    *retry_ms = r->retry_after_ms != 0 ? r->retry_after_ms : STORE_RETRY_MS;
    if (r->outcome == DB_UNKNOWN && writes)
        fail(e, ERR_UNKNOWN,
             "PostgreSQL did not answer; it may have happened: asking for the %s tells its version", what);
    else if (r->outcome != DB_REFUSED)
        fail(e, ERR_UNAVAILABLE, "PostgreSQL is away or slow; nothing was done");
    else if (strcmp(r->sqlstate, "ZH008") == 0)
        fail_field(e, ERR_FAILED_PRECONDITION, r->detail, "%s", r->message);
    else if (strcmp(r->sqlstate, "ZH009") == 0)
        fail(e, ERR_RESOURCE_EXHAUSTED, "%s", r->message);
    else {
        log_event(LOG_ERROR, "db_refused", "statement", what, "sqlstate", r->sqlstate, "why", r->message,
                  NULL);
        fail(e, ERR_INTERNAL, "the database refused this");
    }
    if (r->outcome == DB_REFUSED)
        *retry_ms = 0;
}

void store_add_firm(struct db_query *q, const char *firm_id)
{
    if (firm_id[0] != '\0')
        db_add_text(q, firm_id);
    else
        db_add_null(q);
}
