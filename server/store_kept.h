/* store_kept.h - what the statements of scenarios and demands have in common: things that planners put by
 * name and version. */
#ifndef ZH_SERVER_STORE_KEPT_H
#define ZH_SERVER_STORE_KEPT_H

#include "db.h"

enum { STORE_RETRY_MS = 500 };

/* The error of a statement that did not come back with its rows. writes: it may have happened. */
void store_kept_refused(const struct db_result *r, bool writes, const char *what, struct err *e,
                        uint32_t *retry_ms);
void store_add_firm(struct db_query *q, const char *firm_id); /* "": NULL, nobody */

#endif
