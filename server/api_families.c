#include "api_families.h"

#include "call.h"
#include "convert.h"
#include "loop.h"
#include "question.h"

#include <stdio.h>

enum { PART_CELLS = 128, COLUMNS_OF_TABLE = 6, FEN_MYUAN = 10 };

struct families {
    struct question q; /* first */
    const Zongheng__V1__GetFamilyMatrixRequest *message;
    uint32_t rows, columns, *from, *to;
    uint32_t first, part_rows, part_max; /* rows */
    int family[FAMILY_COUNT];            /* of each table */
    uint32_t tables;
    int64_t *number; /* of a part: by table, then kind, then cell */
    struct conn_waiter waiter;
    Zongheng__V1__FamilyTable table[FAMILY_COUNT], *table_list[FAMILY_COUNT];
    Zongheng__V1__GetFamilyMatrixReply out;
};

static bool no_memory(struct err *e)
{
    return fail(e, ERR_RESOURCE_EXHAUSTED, "the table does not fit the memory of one request");
}

/* --- on a worker --- */

static int64_t *numbers(const struct families *x, uint32_t table, int kind)
{
    size_t cells = (size_t)x->part_max * x->columns;
    return x->number + ((size_t)table * COLUMNS_OF_TABLE + (size_t)kind) * cells;
}

static void put_cell(struct families *x, uint32_t table, size_t at, const struct plan_best *b)
{
    int64_t ready = x->q.request.ready_at;
    const int64_t of[COLUMNS_OF_TABLE] = {
        b->cheapest_myuan / FEN_MYUAN, b->cheapest_at - ready,       b->cheapest_co2_g,
        b->fastest_at - ready,         b->fastest_myuan / FEN_MYUAN, b->fastest_co2_g};
    for (int k = 0; k < COLUMNS_OF_TABLE; k++)
        numbers(x, table, k)[at] = b->any ? of[k] : -1;
}

static bool prepare(struct families *x)
{
    struct call *c = x->q.call;
    const Zongheng__V1__GetFamilyMatrixRequest *m = x->message;
    uint32_t rows = PART_CELLS / x->columns;
    x->part_max = rows < 1 ? 1 : rows < x->rows ? rows : x->rows;
    x->from = arena_calloc(&c->arena, x->rows, sizeof *x->from);
    x->to = arena_calloc(&c->arena, x->columns, sizeof *x->to);
    x->number = arena_calloc(&c->arena, (size_t)x->part_max * x->columns * COLUMNS_OF_TABLE * x->tables,
                             sizeof *x->number);
    if (x->from == NULL || x->to == NULL || x->number == NULL)
        return no_memory(&x->q.err);
    return convert_row_places(c->snapshot, m->origins, m->n_origins, m->origin_node_ids, m->n_origin_node_ids,
                              "origins", "origin_node_ids", x->from, &x->q.err) &&
           convert_row_places(c->snapshot, m->destinations, m->n_destinations, m->destination_node_ids,
                              m->n_destination_node_ids, "destinations", "destination_node_ids", x->to,
                              &x->q.err);
}

static bool work(struct question *q, struct plan_query *scratch)
{
    struct families *x = (struct families *)(void *)q;
    struct call *c = q->call;
    if (x->number == NULL && !prepare(x))
        return false;
    uint32_t left = x->rows - x->first;
    x->part_rows = left < x->part_max ? left : x->part_max;
    for (size_t i = 0; i < (size_t)x->part_rows * x->columns; i++) {
        struct plan_best best[FAMILY_COUNT] = {{.any = false}};
        q->request.from = x->from[x->first + i / x->columns];
        q->request.to = x->to[i % x->columns];
        if (call_late(c))
            return fail(&q->err, ERR_DEADLINE_EXCEEDED,
                        "the deadline of the request passed before its answer was complete");
        if (q->request.from != q->request.to &&
            !plan_best(scratch, &q->request, call_late, c, &c->arena, best, &q->err))
            return false;
        for (uint32_t t = 0; t < x->tables; t++)
            put_cell(x, t, i, &best[x->family[t]]);
    }
    return true;
}

/* --- on the loop --- */

static void end(struct families *x)
{
    struct question *q = &x->q;
    call_leave_pool(q->call);
    if (q->err.code != ERR_OK)
        call_fail(q->call, &q->err, question_retry_ms(&q->err));
    else
        call_reply(q->call, &x->out.base);
}

static void fill(struct families *x)
{
    size_t cells = (size_t)x->part_rows * x->columns;
    for (uint32_t t = 0; t < x->tables; t++) {
        Zongheng__V1__FamilyTable *m = &x->table[t];
        zongheng__v1__family_table__init(m);
        m->family = convert_family((enum plan_family)x->family[t]);
        m->cheapest_fen = numbers(x, t, 0);
        m->cheapest_s = numbers(x, t, 1);
        m->cheapest_co2_g = numbers(x, t, 2);
        m->fastest_s = numbers(x, t, 3);
        m->fastest_fen = numbers(x, t, 4);
        m->fastest_co2_g = numbers(x, t, 5);
        m->n_cheapest_fen = m->n_cheapest_s = m->n_cheapest_co2_g = cells;
        m->n_fastest_s = m->n_fastest_fen = m->n_fastest_co2_g = cells;
        x->table_list[t] = m;
    }
    x->out.first_row = x->first;
    x->out.row_count = x->part_rows;
    x->out.tables = x->table_list;
    x->out.n_tables = x->tables;
}

static bool put_head(struct families *x)
{
    struct call *c = x->q.call;
    const struct network *n = c->snapshot->net;
    struct convert_warnings w;
    if (!convert_warnings_init(&c->arena, &w, &x->q.err))
        return false;
    convert_warn(&w, question_agreed_warning(&c->arena, &x->q.agreed));
    x->out.rows = x->rows;
    x->out.columns = x->columns;
    x->out.network_version = (char *)(uintptr_t)n->version;
    x->out.tariff_version = (char *)(uintptr_t)n->tariff_version;
    x->out.timetable_version = (char *)(uintptr_t)n->timetable_version;
    x->out.warnings = w.text;
    x->out.n_warnings = w.count;
    return true;
}

static void forget_head(Zongheng__V1__GetFamilyMatrixReply *o)
{
    o->n_warnings = 0;
    o->network_version = o->tariff_version = o->timetable_version = (char *)(uintptr_t) "";
}

static void done(struct question *q);

static void on_sent(void *families)
{
    done(&((struct families *)families)->q);
}

/* A part is worked out: it is sent when the peer has read enough, and the next one begun. */
static void done(struct question *q)
{
    struct families *x = (struct families *)(void *)q;
    if (q->err.code != ERR_OK || (x->first == 0 && !put_head(x))) {
        end(x);
        return;
    }
    if (call_is_full(q->call)) {
        x->waiter = (struct conn_waiter){.go = on_sent, .ctx = x};
        call_wait_sent(q->call, &x->waiter);
        return;
    }
    fill(x);
    x->first += x->part_rows;
    if (x->first == x->rows) {
        end(x);
        return;
    }
    if (!call_part(q->call, &x->out.base)) {
        fail(&q->err, ERR_CANCELLED, "the peer has gone");
        end(x);
        return;
    }
    forget_head(&x->out);
    question_again(q);
}

static bool convert(struct call *c, struct families *x, struct err *e)
{
    const Zongheng__V1__GetFamilyMatrixRequest *m = x->message;
    Zongheng__V1__FindRoutesRequest r = ZONGHENG__V1__FIND_ROUTES_REQUEST__INIT;
    r.cargo = m->cargo;
    r.ready_at = m->ready_at;
    r.deliver_by = m->deliver_by;
    r.families = m->families;
    r.n_families = m->n_families;
    r.vehicle = m->vehicle;
    r.avoid = m->avoid;
    r.value_of_time_fen_per_t_h = m->value_of_time_fen_per_t_h;
    r.co2_price_fen_per_t = m->co2_price_fen_per_t;
    r.scenario_id = m->scenario_id;
    if (!convert_question(&c->arena, c->snapshot, &r, c->now_s, &x->q.request, e))
        return false;
    for (int f = 0; f < FAMILY_COUNT; f++)
        if (x->q.request.families >> f & 1)
            x->family[x->tables++] = f;
    return true;
}

static bool check(struct call *c, struct families *x, struct err *e)
{
    const Zongheng__V1__GetFamilyMatrixRequest *m = x->message;
    int64_t max = loop_server(c->loop)->config.families_max;
    size_t rows = m->n_origins + m->n_origin_node_ids,
           columns = m->n_destinations + m->n_destination_node_ids;
    if (rows == 0 || columns == 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, rows == 0 ? "origins" : "destinations",
                          "a table wants at least one origin and one destination");
    if (rows > (size_t)max || columns > (size_t)max || rows > (size_t)max / columns)
        return fail_field(
            e, ERR_INVALID_ARGUMENT, "origins",
            "%zu x %zu cells are more than this server works out at once: %lld (families_max); ask "
            "for parts",
            rows, columns, (long long)max);
    x->rows = (uint32_t)rows;
    x->columns = (uint32_t)columns;
    return convert(c, x, e);
}

static void free_query(void *q)
{
    plan_query_free(q);
}

static bool make_scratch(struct call *c, struct families *x, struct err *e)
{
    if (!plan_query_new(c->snapshot->plan, &x->q.scratch, e))
        return false;
    if (arena_defer(&c->arena, free_query, x->q.scratch))
        return true;
    plan_query_free(x->q.scratch);
    return no_memory(e);
}

void api_families_get(struct call *c, const ProtobufCMessage *message)
{
    struct families *x = arena_calloc(&c->arena, 1, sizeof *x);
    struct err e = {0};
    if (x != NULL) {
        zongheng__v1__get_family_matrix_reply__init(&x->out);
        x->message = (const void *)message;
    }
    if (x == NULL ? !no_memory(&e) : !check(c, x, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    if (!call_enter_pool(c)) {
        fail(&e, ERR_RESOURCE_EXHAUSTED,
             "the server has as many heavy requests in work as it takes (work_max); try again");
        call_fail(c, &e, question_retry_ms(&e));
        return;
    }
    x->q.call = c;
    x->q.work = work;
    x->q.done = done;
    x->q.has_ticket = true;
    if (make_scratch(c, x, &x->q.err))
        question_ask(&x->q);
    else
        end(x);
}
