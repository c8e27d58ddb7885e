/* PutDemand: a table in one piece or several; the last one has it read on a worker, and kept when nothing is
 * wrong with it. */
#include "api_planning_demand.h"
#include "api_planning_demand_inside.h"
#include "demands.h"
#include "gzip.h"
#include "loop.h"
#include "question.h"
#include "store_demands.h"
#include "whatif/volumes.h"
#include "wire_scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 4000, SOURCE_MAX = 2000, CLASS_DEFAULT = 6, PACK_LEVEL = 6 };

struct putting {         /* in the call's arena */
    struct pool_job job; /* first */
    struct call *call;
    const Zongheng__V1__PutDemandRequest *m;
    struct bytes table, packed;
    bool ticket;
    struct volumes *read;
    Zongheng__V1__Demand head;
    Zongheng__V1__PutDemandReply out;
    struct err err;
};

static bool check(const Zongheng__V1__PutDemandRequest *m, struct err *e)
{
    const Zongheng__V1__Demand *d = m->demand;
    if (!demand_is_name(m->name))
        return fail_field(e, ERR_INVALID_ARGUMENT, "name",
                          "a demand's name is 1 to %d letters, digits, '-' and '_', and not \"%s\"",
                          DEMAND_ID_MAX, DEMAND_BUNDLED);
    if (d == NULL)
        return true;
    if (strlen(d->description) > TEXT_MAX || strlen(d->source) > SOURCE_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "demand.description",
                          "a description has at most %d bytes, a source %d", TEXT_MAX, SOURCE_MAX);
    if (d->vehicle_class > 6)
        return fail_field(e, ERR_INVALID_ARGUMENT, "demand.vehicle_class",
                          "a vehicle class is 1 to 6, or 0 for %d", CLASS_DEFAULT);
    if (d->format < 0 || d->format > ZONGHENG__V1__DEMAND_FORMAT__CONSIGNMENTS_CSV)
        return fail_field(e, ERR_INVALID_ARGUMENT, "demand.format", "there is no format %d", (int)d->format);
    if (d->unit < 0 || d->unit > ZONGHENG__V1__DEMAND_UNIT__TONNES)
        return fail_field(e, ERR_INVALID_ARGUMENT, "demand.unit", "there is no unit %d", (int)d->unit);
    bool goods = d->format == ZONGHENG__V1__DEMAND_FORMAT__CONSIGNMENTS_CSV;
    return !goods || (d->unit == 0 && d->vehicle_class == 0) ||
           fail_field(e, ERR_INVALID_ARGUMENT, "demand.unit",
                      "consignments say their mass themselves: no unit and no vehicle class");
}

/* --- on a worker ---------------------------------------------------------------------------------------- */

static bool no_memory(struct err *e)
{
    return fail(e, ERR_RESOURCE_EXHAUSTED, "the report does not fit the memory of one request");
}

/* In place: what the table or a cut left that is not UTF-8 becomes '?', or the reply could not be read. NULL
 * stays. */
static char *well_formed(char *s)
{
    char *at = s;
    for (size_t left = s != NULL ? strlen(s) : 0, n; left > 0; at += n, left -= n) {
        for (n = 1; n <= 4 && n <= left && !wire_utf8((const uint8_t *)at, n); n++)
            ;
        if (n > 4 || n > left) {
            *at = '?';
            n = 1;
        }
    }
    return s;
}

static bool put_strings(struct arena *a, const char *from, size_t stride, uint32_t count, char ***list,
                        size_t *n)
{
    *list = arena_calloc(a, (size_t)count + 1, sizeof **list);
    for (uint32_t i = 0; *list != NULL && i < count; i++, ++*n)
        if (((*list)[i] = well_formed(arena_strdup(a, from + i * stride))) == NULL)
            return false;
    return *list != NULL;
}

static bool put_tables(struct putting *x)
{
    struct arena *a = &x->call->arena;
    uint32_t count = x->read->od.table_count;
    x->head.tables = arena_calloc(a, (size_t)count + 1, sizeof *x->head.tables);
    Zongheng__V1__DemandTable *of = arena_calloc(a, (size_t)count + 1, sizeof *of);
    for (uint32_t i = 0; of != NULL && x->head.tables != NULL && i < count; i++) {
        const struct demand_table *t = &x->read->od.table[i];
        zongheng__v1__demand_table__init(&of[i]);
        of[i].goods_group = well_formed(arena_strdup(a, t->group));
        of[i].period = well_formed(arena_strdup(a, t->period));
        if (of[i].goods_group == NULL || of[i].period == NULL)
            return false;
        of[i].pairs = t->trips.first[t->trips.zone_count];
        of[i].volume = t->total;
        of[i].inside = t->inside;
        x->head.tables[x->head.n_tables++] = &of[i];
    }
    return of != NULL && x->head.tables != NULL;
}

static bool put_report(struct putting *x)
{
    struct arena *a = &x->call->arena;
    const struct volumes *v = x->read;
    const struct demand_report *r = &v->report;
    Zongheng__V1__Demand *d = &x->head;
    d->demand_version = demand_str(v->version);
    d->lorries = v->vehicles;
    d->tonnes = v->tonnes;
    d->pairs = r->pairs;
    d->repeated = r->repeated;
    d->announced = r->announced > 0 ? r->announced : 0;
    d->unknown = r->unknown;
    d->unknown_volume = r->unknown_volume;
    x->out.refused_count = r->refused;
    bool ok = put_tables(x) &&
              put_strings(a, r->unknown_zone[0], DEMAND_NAME_MAX, r->unknown_count, &d->unknown_zones,
                          &d->n_unknown_zones) &&
              put_strings(a, r->note[0], DEMAND_NOTE_MAX, r->note_count, &x->out.refused, &x->out.n_refused);
    return ok || no_memory(&x->err);
}

static bool put_warnings(struct putting *x)
{
    struct arena *a = &x->call->arena;
    const Zongheng__V1__Demand *d = &x->head;
    double difference = d->announced - x->read->report.total;
    double inside = 0;
    for (size_t i = 0; i < d->n_tables; i++)
        inside += d->tables[i]->inside;
    x->out.warnings = arena_calloc(a, 4, sizeof *x->out.warnings);
    if (x->out.warnings == NULL)
        return no_memory(&x->err);
    char **w = x->out.warnings;
    size_t *n = &x->out.n_warnings;
    if (d->announced > 0 && (difference > 1e-6 * d->announced || -difference > 1e-6 * d->announced))
        w[(*n)++] = arena_printf(a, "<TOTAL OD FLOW> announces %.10g, the table holds %.10g", d->announced,
                                 x->read->report.total);
    if (inside > 0)
        w[(*n)++] = arena_printf(a, "%.6g of it begin and end in one zone: they are on no road", inside);
    if (!demand_kept(x->call))
        w[(*n)++] = arena_strdup(a, "this server has no database: the demand ends with it");
    return true;
}

static void free_volumes(void *v)
{
    volumes_free(v);
}

static bool read_table(struct putting *x)
{
    struct volumes_rules rules = {.format = (enum volumes_format)x->head.format,
                                  .tonnes = x->head.unit == ZONGHENG__V1__DEMAND_UNIT__TONNES,
                                  .vehicle_class = (uint8_t)x->head.vehicle_class};
    const struct snapshot *s = x->call->snapshot;
    if (!volumes_read(x->table.at, x->table.len, &rules, s->net, s->places, &x->read, &x->err))
        return false;
    if (!arena_defer(&x->call->arena, free_volumes, x->read)) {
        volumes_free(x->read);
        return no_memory(&x->err);
    }
    return put_report(x) && put_warnings(x);
}

/* What is not asked for, by the table's first bytes and the documented defaults. */
static void settle_rules(struct putting *x)
{
    Zongheng__V1__Demand *d = &x->head;
    if (d->format == 0)
        d->format = (Zongheng__V1__DemandFormat)volumes_format_of(x->table.at, x->table.len);
    if (d->format == ZONGHENG__V1__DEMAND_FORMAT__CONSIGNMENTS_CSV)
        return;
    d->unit = d->unit == 0 ? ZONGHENG__V1__DEMAND_UNIT__LORRIES : d->unit;
    d->vehicle_class = d->vehicle_class == 0 ? CLASS_DEFAULT : d->vehicle_class;
}

static bool is_wanted(const struct putting *x)
{
    return x->out.refused_count == 0 && (x->head.unknown == 0 || x->head.allow_unknown) && !x->m->check_only;
}

static void work(struct pool_job *j)
{
    struct putting *x = (struct putting *)(void *)j;
    if (j->dropped) {
        fail(&x->err, ERR_UNAVAILABLE, "the server is stopping");
        return;
    }
    x->head.bytes = x->table.len;
    settle_rules(x);
    x->packed.max = x->table.len + x->table.len / 100 + 1024;
    if (read_table(x) && is_wanted(x) && !gzip_pack(x->table.at, x->table.len, PACK_LEVEL, &x->packed))
        fail(&x->err, ERR_RESOURCE_EXHAUSTED, "out of memory for packing a demand");
}

/* --- the reply ------------------------------------------------------------------------------------------ */

static void finish(struct putting *x)
{
    struct call *c = x->call;
    if (x->ticket)
        pool_leave(loop_server(c->loop)->pool);
    bytes_free(&x->table);
    bytes_free(&x->packed);
    well_formed(x->err.text);
    if (x->err.code != ERR_OK)
        call_fail(c, &x->err, question_retry_ms(&x->err));
    else
        call_reply(c, &x->out.base);
}

/* As it is kept now; takes the text. */
static void keep(struct putting *x, struct demand_text *t)
{
    x->call->committed = true;
    if (!demand_hold(x->call, t))
        fail(&x->err, ERR_RESOURCE_EXHAUSTED, "the reply does not fit the memory of one request");
    x->out.demand = t->message;
    finish(x);
}

static void on_stored(void *ctx, const struct err *e, uint32_t retry_ms, void *t)
{
    struct putting *x = ctx;
    (void)retry_ms;
    x->err = *e;
    if (t != NULL)
        keep(x, t);
    else
        finish(x);
}

/* Without a database: a version more than there is. */
static void keep_here(struct putting *x, struct demand_text *t)
{
    struct call *c = x->call;
    struct demands *k = loop_server(c->loop)->demands;
    struct demand_text *old = demands_find(k, c->identity->firm_id, x->m->name, 0);
    bool own = old != NULL && strcmp(old->firm_id, c->identity->firm_id) == 0;
    uint32_t newest = own ? old->message->version : 0;
    demand_text_release(old);
    if (x->m->expected_version != 0 && x->m->expected_version != newest)
        fail_field(&x->err, ERR_FAILED_PRECONDITION, "expected_version",
                   "another version has been put: the newest is %u", newest);
    else if (!demand_text_sign(t, newest + 1, c->identity->user_name, c->identity->firm_name, c->now_s,
                               t->message->shared))
        no_memory(&x->err);
    else if (demands_set(k, demand_text_acquire(t), &x->err)) {
        keep(x, t);
        return;
    } else {
        demand_text_release(t);
    }
    demand_text_release(t);
    finish(x);
}

static void on_read(struct pool_job *j)
{
    struct putting *x = (struct putting *)(void *)j;
    struct call *c = x->call;
    if (x->err.code != ERR_OK || !is_wanted(x)) {
        x->out.demand = &x->head;
        finish(x);
        return;
    }
    size_t len = zongheng__v1__demand__get_packed_size(&x->head);
    uint8_t *head = arena_alloc(&c->arena, len + 1);
    if (head != NULL)
        zongheng__v1__demand__pack(&x->head, head);
    struct demand_text *t = head == NULL ? NULL
                                         : demand_text_new(head, len, (const uint8_t *)x->packed.at,
                                                           x->packed.len, c->identity->firm_id);
    if (t == NULL) {
        no_memory(&x->err);
        finish(x);
    } else if (!demand_kept(c)) {
        keep_here(x, t);
    } else {
        struct store_demand_put p = {.author = c->identity->user_name,
                                     .text = t,
                                     .expected_version = x->m->expected_version,
                                     .max = (uint32_t)loop_server(c->loop)->config.demands_max,
                                     .a = &c->arena};
        store_demand_put(&(struct store_asker){loop_db(c->loop), c->identity->firm_id, x}, &p, c->deadline_ns,
                         on_stored);
    }
}

/* What the server knows is not the client's to say. */
static void begin_head(struct putting *x)
{
    const Zongheng__V1__Demand *d = x->m->demand;
    zongheng__v1__demand__init(&x->head);
    if (d != NULL) {
        x->head.description = d->description;
        x->head.source = d->source;
        x->head.shared = d->shared;
        x->head.format = d->format;
        x->head.unit = d->unit;
        x->head.vehicle_class = d->vehicle_class;
        x->head.allow_unknown = d->allow_unknown;
    }
    x->head.name = x->m->name;
    x->head.network_version = demand_str(x->call->snapshot->net->version);
}

/* The last piece: the whole table is there. */
static void read_whole(struct putting *x)
{
    struct call *c = x->call;
    struct pool *pool = loop_server(c->loop)->pool;
    begin_head(x);
    if (!(x->ticket = pool_enter(pool))) {
        fail(&x->err, ERR_RESOURCE_EXHAUSTED,
             "the server has as many heavy requests in work as it takes (work_max); try again");
        finish(x);
        return;
    }
    x->job = (struct pool_job){.work = work, .done = on_read, .port = loop_port(c->loop)};
    pool_submit(pool, &x->job);
}

static void add_piece(struct putting *x)
{
    struct call *c = x->call;
    struct demands *k = loop_server(c->loop)->demands;
    const Zongheng__V1__PutDemandRequest *m = x->m;
    struct upload_key key = {c->identity->firm_id, c->identity->user_name, m->name};
    char id[37] = "";
    bool whole = m->upload[0] == '\0' && !m->more;
    if (strlen(m->upload) >= sizeof id)
        fail_field(&x->err, ERR_NOT_FOUND, "upload", "there is no such upload of this demand here");
    else
        snprintf(id, sizeof id, "%s", m->upload);
    x->table.max = (size_t)loop_server(c->loop)->config.demand_max;
    if (x->err.code != ERR_OK)
        finish(x);
    else if (whole && !bytes_add(&x->table, m->content.data, m->content.len)) {
        fail_field(&x->err, ERR_RESOURCE_EXHAUSTED, "content",
                   "the table has more bytes than a demand may (demand_max %zu)", x->table.max);
        finish(x);
    } else if (whole || (demands_add_piece(k, &key, id, m->content.data, m->content.len, monotonic_ns(),
                                           &x->out.received, &x->err) &&
                         !m->more && demands_take_pieces(k, &key, id, &x->table, &x->err))) {
        read_whole(x);
    } else {
        x->out.upload = arena_strdup(&c->arena, id);
        if (x->out.upload == NULL)
            no_memory(&x->err);
        finish(x);
    }
}

void api_planning_put_demand(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__PutDemandRequest *m = (const void *)message;
    struct putting *x = arena_calloc(&c->arena, 1, sizeof *x);
    struct err e = {0};
    if (!demand_may_write(c))
        return;
    if (x == NULL) {
        demand_fail_memory(c);
        return;
    }
    if (!check(m, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    x->call = c;
    x->m = m;
    zongheng__v1__put_demand_reply__init(&x->out);
    add_piece(x);
}
