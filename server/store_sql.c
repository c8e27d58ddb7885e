#include "store_sql.h"

const struct db_statement store_statements[STORE_STATEMENT_COUNT] = {
#define X(id, name, sql) {name, sql},
    STORE_STATEMENTS(X)
#undef X
};

bool db_new(struct event_base *base, const struct db_target *target, struct db **out, struct err *e)
{
    return db_new_with(base, target, store_statements, STORE_STATEMENT_COUNT, out, e);
}
