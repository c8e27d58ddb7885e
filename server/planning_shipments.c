#include "planning_shipments.h"

#include "db.h"
#include "errand.h"
#include "log.h"
#include "loop.h"
#include "store_kept.h"
#include "store_sql.h"

#include <stdio.h>
#include <stdlib.h>

struct counting {         /* an errand */
    struct errand errand; /* first */
    char firm_id[37];
    struct live_links found;
};

static int by_link(const void *a, const void *b)
{
    const struct live_link *x = a, *y = b;
    return (x->link_id > y->link_id) - (x->link_id < y->link_id);
}

static void on_counted(void *ctx, const struct db_result *r)
{
    struct counting *x = ctx;
    uint32_t retry_ms;
    bool ok = true;
    if (r->outcome != DB_OK)
        store_kept_refused(r, false, "live links", &x->errand.err, &retry_ms);
    else if ((x->found.of = malloc(((size_t)r->row_count + 1) * sizeof *x->found.of)) == NULL)
        fail(&x->errand.err, ERR_RESOURCE_EXHAUSTED, "out of memory for the links of live shipments");
    for (uint32_t i = 0; x->found.of != NULL && i < r->row_count; i++)
        x->found.of[x->found.count++] = (struct live_link){db_col_i64(r, i, "link_id", &ok),
                                                           (uint32_t)db_col_i64(r, i, "shipments", &ok)};
    if (!ok)
        fail(&x->errand.err, ERR_INTERNAL, "rows of links are not as the schema of this build");
    errand_end(&x->errand);
}

static void begin(struct errand *e)
{
    struct counting *x = (struct counting *)(void *)e;
    char max[DB_NUMBER_MAX];
    struct db_query q = {.statement = STORE_LIVE_LINKS, .deadline_ns = e->deadline_ns};
    db_add_text(&q, x->firm_id);
    db_add_i64(&q, max, LIVE_LINKS_MAX);
    db_submit(loop_db(e->loop), &q, on_counted, x);
}

static void release(struct errand *e)
{
    struct counting *x = (struct counting *)(void *)e;
    free(x->found.of);
    free(x);
}

bool planning_live_links(struct server *s, const char *firm_id, struct live_links *out, struct err *e)
{
    *out = (struct live_links){0};
    if (s->config.database[0] == '\0' || firm_id[0] == '\0')
        return fail_field(e, ERR_FAILED_PRECONDITION, "with_shipments",
                          "shipments are a firm's, in a database: ask with its token");
    struct counting *x = calloc(1, sizeof *x);
    if (x == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the links of live shipments");
    x->errand.begin = begin;
    x->errand.release = release;
    snprintf(x->firm_id, sizeof x->firm_id, "%s", firm_id);
    if (!errand_run(s, &x->errand, e))
        return false;
    *out = x->found;
    x->found = (struct live_links){0};
    errand_free(&x->errand);
    qsort(out->of, out->count, sizeof *out->of, by_link);
    return true;
}

uint32_t planning_shipments_on(const struct live_links *l, int64_t link_id)
{
    struct live_link key = {.link_id = link_id};
    const struct live_link *at = l->count > 0 ? bsearch(&key, l->of, l->count, sizeof key, by_link) : NULL;
    return at != NULL ? at->shipments : 0;
}
