#include "api_matrix.h"

#include "call.h"
#include "freight/truck.h"
#include "heavy.h"
#include "loop.h"

#include <stdlib.h>
#include <string.h>

/* Cells worked out at once: with sums or weights; by unpacking ways; from which on sums are worth making;
 * and what a cell takes in a reply, packed. */
enum { PART_CELLS = 262144, PART_UNPACKED = 4096, SUMS_FROM_CELLS = 2000, BLOCK_CELL_BYTES = 20 };

struct matrix {     /* in the call's arena */
    struct heavy h; /* first */
    const Zongheng__V1__GetMatrixRequest *message;
    uint32_t rows, columns, *from, *to;
    bool second_driver;
    struct freight_load load; /* of one truck; vehicle NET_NONE: no class, weights and metres only */
    struct road_query *query;
    struct road_cost *cost; /* of the part in work: by malloc, `held` bytes counted by the pool */
    uint32_t *weight;
    size_t held;
    bool by_sums;
    uint32_t part_first, part_rows, part_max; /* rows */
    uint32_t block_first, block_max;
    struct conn_waiter waiter;
    Zongheng__V1__GetMatrixReply out; /* one block; its arrays live while a worker fills and packs it */
};

static bool no_memory(struct err *e)
{
    return fail(e, ERR_RESOURCE_EXHAUSTED, "the table does not fit the memory of one request");
}

/* --- before any row: places, limits --- */

static void find_truck(struct matrix *x)
{
    const struct network *n = x->h.call->snapshot->net;
    x->load = (struct freight_load){.vehicle = NET_NONE, .trucks = 1};
    for (uint32_t i = 0; i < n->vehicle_count; i++)
        if (n->vehicle[i].vehicle_class == x->h.want.profile.vehicle_class && x->load.vehicle == NET_NONE)
            x->load.vehicle = i;
}

/* On a worker. */
static void prepare(struct heavy *h)
{
    struct matrix *x = (struct matrix *)(void *)h;
    const Zongheng__V1__GetMatrixRequest *m = x->message;
    const struct snapshot *s = h->call->snapshot;
    struct arena *a = &h->call->arena;
    struct convert_warnings w;
    if (!convert_row_places(s, m->origins, m->n_origins, m->origin_node_ids, m->n_origin_node_ids, "origins",
                            "origin_node_ids", x->from, &h->err) ||
        !convert_row_places(s, m->destinations, m->n_destinations, m->destination_node_ids,
                            m->n_destination_node_ids, "destinations", "destination_node_ids", x->to,
                            &h->err))
        return;
    find_truck(x);
    if (!convert_warnings_init(a, &w, &h->err) ||
        !convert_gaps(a, s->net, &h->want.profile, NULL, 0, &w, &h->err))
        return;
    x->out.warnings = w.text;
    x->out.n_warnings = w.count;
    x->out.limit_gaps = w.gap;
    x->out.n_limit_gaps = w.gap_count;
    x->out.network_version = (char *)(uintptr_t)s->net->version;
    x->out.rows = x->rows;
    x->out.columns = x->columns;
}

/* --- rows --- */

static void free_query(void *q)
{
    road_query_free(q);
}

static void let_go(void *matrix)
{
    struct matrix *x = matrix;
    pool_let_go(loop_server(x->h.call->loop)->pool, x->held);
    free(x->weight);
    free(x->cost);
}

/* For the cells of a part. They and a packed block are held until the peer has read them, so all tables
 * together are bounded; a block's arrays are there for as many as there are workers. */
static bool make_room(struct matrix *x, bool weights)
{
    struct call *c = x->h.call;
    struct pool *pool = loop_server(c->loop)->pool;
    size_t part = (size_t)x->part_max * x->columns * (weights ? sizeof *x->weight : sizeof *x->cost);
    size_t block = (size_t)x->block_max * x->columns * (weights ? sizeof(int32_t) : BLOCK_CELL_BYTES);
    x->held = part + block;
    if (!pool_hold(pool, x->held))
        return fail(&x->h.err, ERR_RESOURCE_EXHAUSTED,
                    "the tables in work or not read yet take as much memory as they may (work_memory); try "
                    "again");
    void *room = malloc(part);
    if (room == NULL || !arena_defer(&c->arena, let_go, x)) {
        pool_let_go(pool, x->held);
        free(room);
        return no_memory(&x->h.err);
    }
    if (weights)
        x->weight = room;
    else
        x->cost = room;
    return true;
}

static bool make_scratch(struct matrix *x)
{
    struct call *c = x->h.call;
    struct err *e = &x->h.err;
    bool weights = x->message->weights_only;
    const struct network *n = c->snapshot->net; /* the sums of shortcuts know no new links */
    x->by_sums = road_metric_has_sums(x->h.waiter.metric) && n->added_nodes + n->added_arcs == 0;
    uint32_t cells = weights || x->by_sums ? PART_CELLS : PART_UNPACKED;
    x->part_max = cells / x->columns > 0 ? cells / x->columns : 1;
    x->part_max = x->part_max < x->rows ? x->part_max : x->rows;
    x->block_max = MATRIX_BLOCK_CELLS / x->columns > 0 ? MATRIX_BLOCK_CELLS / x->columns : 1;
    x->block_max = x->block_max < x->rows ? x->block_max : x->rows;
    if (!make_room(x, weights))
        return false;
    const struct snapshot *s = c->snapshot;
    if ((weights || !x->by_sums) && !road_query_new(s->net, plan_network_index(s->plan), &x->query, e))
        return false;
    if (x->query != NULL && !arena_defer(&c->arena, free_query, x->query)) {
        road_query_free(x->query);
        return no_memory(e);
    }
    return true;
}

/* --- blocks --- */

static int64_t cost_fen(struct matrix *x, const struct truck_run *run)
{
    struct bill bill = {.count = 0};
    return truck_bill(x->h.call->snapshot->net, &x->load, run, &bill) ? (bill.sum_myuan + 5) / 10 : -1;
}

static void put_cell(struct matrix *x, size_t at, const struct road_cost *c)
{
    Zongheng__V1__GetMatrixReply *o = &x->out;
    bool way = c->weight != ROAD_INF;
    struct truck_run run = {.drive_s = ((int64_t)c->time_ms + 999) / 1000,
                            .distance_m = c->length_m,
                            .toll_myuan = c->toll_myuan};
    o->weight[at] = way ? (int32_t)c->weight : -1;
    o->distance_m[at] = way ? (int64_t)c->length_m : -1;
    if (o->drive_s == NULL)
        return;
    int64_t duration_s = run.drive_s + truck_rest_s(run.drive_s, x->second_driver);
    o->drive_s[at] = way ? (int32_t)run.drive_s : -1;
    o->duration_s[at] = way ? (int32_t)duration_s : -1;
    o->toll_fen[at] = way ? (run.toll_myuan + 5) / 10 : -1;
    o->cost_fen[at] = way ? cost_fen(x, &run) : -1;
}

/* Arrays for a block, those that are wanted; NULL: no memory. Freed as one. */
static void *make_arrays(struct matrix *x, size_t cells)
{
    Zongheng__V1__GetMatrixReply *o = &x->out;
    bool costs = x->weight == NULL, drives = costs && x->load.vehicle != NET_NONE;
    struct {
        void **array;
        size_t size;
        bool wanted;
    } arrays[] = {{(void **)&o->distance_m, sizeof *o->distance_m, costs}, /* the wider ones first */
                  {(void **)&o->toll_fen, sizeof *o->toll_fen, drives},
                  {(void **)&o->cost_fen, sizeof *o->cost_fen, drives},
                  {(void **)&o->weight, sizeof *o->weight, true},
                  {(void **)&o->drive_s, sizeof *o->drive_s, drives},
                  {(void **)&o->duration_s, sizeof *o->duration_s, drives}};
    size_t each = 0, at = 0;
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        each += arrays[i].wanted ? arrays[i].size : 0;
    char *room = malloc(cells * each);
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        *arrays[i].array = arrays[i].wanted && room != NULL ? room + at : NULL;
        at += arrays[i].wanted ? cells * arrays[i].size : 0;
    }
    return room;
}

/* The rows from block_first on, as far as the part goes, packed. */
static void make_block(struct matrix *x)
{
    Zongheng__V1__GetMatrixReply *o = &x->out;
    uint32_t left = x->part_first + x->part_rows - x->block_first;
    uint32_t rows = left < x->block_max ? left : x->block_max;
    size_t cells = (size_t)rows * x->columns;
    void *arrays = make_arrays(x, cells);
    if (arrays == NULL) {
        no_memory(&x->h.err);
        return;
    }
    size_t at = (size_t)(x->block_first - x->part_first) * x->columns;
    for (size_t i = 0; i < cells; i++) {
        if (x->weight != NULL)
            o->weight[i] = x->weight[at + i] != ROAD_INF ? (int32_t)x->weight[at + i] : -1;
        else
            put_cell(x, i, &x->cost[at + i]);
    }
    o->first_row = x->block_first;
    o->row_count = rows;
    o->n_weight = cells;
    o->n_distance_m = o->distance_m != NULL ? cells : 0;
    o->n_drive_s = o->n_duration_s = o->n_toll_fen = o->n_cost_fen = o->drive_s != NULL ? cells : 0;
    x->block_first += rows;
    heavy_encode(&x->h, &o->base, x->block_first < x->rows);
    free(arrays);
}

/* The rows behind the part that was. */
static bool work_part(struct matrix *x)
{
    struct heavy *h = &x->h;
    if (x->weight == NULL && x->cost == NULL && !make_scratch(x))
        return false;
    x->part_first += x->part_rows;
    const uint32_t *from = x->from + x->part_first;
    uint32_t left = x->rows - x->part_first;
    x->part_rows = left < x->part_max ? left : x->part_max;
    if (x->weight != NULL)
        return road_weights(x->query, h->waiter.metric, from, x->part_rows, x->to, x->columns, x->weight,
                            &h->err);
    if (x->by_sums)
        return road_sums_matrix(h->waiter.metric, from, x->part_rows, x->to, x->columns, x->cost, &h->err);
    return road_matrix(x->query, h->waiter.metric, from, x->part_rows, x->to, x->columns, x->cost, &h->err);
}

/* On a worker, so that the loop has nothing to do but to send. */
static void work_block(struct heavy *h)
{
    struct matrix *x = (struct matrix *)(void *)h;
    if (x->block_first < x->part_first + x->part_rows || work_part(x))
        make_block(x);
}

/* --- sending --- */

static void forget_head(Zongheng__V1__GetMatrixReply *o)
{
    o->n_warnings = 0;
    o->n_limit_gaps = 0;
    o->network_version = (char *)(uintptr_t) "";
}

static void send_block(struct heavy *h);

static void on_sent(void *matrix)
{
    struct matrix *x = matrix;
    if (call_late(x->h.call) && x->h.err.code == ERR_OK)
        fail(&x->h.err, ERR_DEADLINE_EXCEEDED,
             "the deadline of the request passed before its answer was read");
    send_block(&x->h);
}

/* Sends the block, once the peer has read what came before, and has the next one made. */
static void send_block(struct heavy *h)
{
    struct matrix *x = (struct matrix *)(void *)h;
    struct call *c = h->call;
    if (h->err.code != ERR_OK) {
        heavy_end(h);
    } else if (call_is_full(c)) {
        x->waiter = (struct conn_waiter){.go = on_sent, .ctx = x};
        heavy_yield(h); /* its bytes are held (make_room): no one else waits for this reader */
        call_wait_sent(c, &x->waiter);
    } else if (x->block_first == x->rows) {
        heavy_end(h);
    } else if (!heavy_send_part(h)) {
        fail(&h->err, ERR_CANCELLED, "the peer has gone");
        heavy_end(h);
    } else {
        forget_head(&x->out);
        heavy_run(h, work_block, send_block);
    }
}

static void begin_rows(struct heavy *h)
{
    if (h->err.code != ERR_OK)
        heavy_end(h);
    else
        heavy_run(h, work_block, send_block);
}

static void choose_metric(struct heavy *h)
{
    struct matrix *x = (struct matrix *)(void *)h;
    const struct snapshot *s = h->call->snapshot;
    bool worth = (uint64_t)x->rows * x->columns >= SUMS_FROM_CELLS;
    h->want.sums =
        worth && !x->message->weights_only && plan_network_index(s->plan) != NULL &&
        s->net->added_nodes + s->net->added_arcs == 0; /* the sums of shortcuts know no new links */
    if (h->err.code != ERR_OK)
        heavy_end(h);
    else
        heavy_metric(h, begin_rows);
}

static bool check(struct call *c, struct matrix *x, struct err *e)
{
    const Zongheng__V1__GetMatrixRequest *m = x->message;
    int64_t max = loop_server(c->loop)->config.matrix_max;
    size_t rows = m->n_origins + m->n_origin_node_ids,
           columns = m->n_destinations + m->n_destination_node_ids;
    if (rows == 0 || columns == 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, rows == 0 ? "origins" : "destinations",
                          "a table wants at least one origin and one destination");
    if (rows > UINT32_MAX || columns > UINT32_MAX || rows > (size_t)max / columns)
        return fail_field(
            e, ERR_INVALID_ARGUMENT, "origins",
            "%zu x %zu cells are more than this server works out at once: %lld (matrix_max); ask "
            "for parts",
            rows, columns, (long long)max);
    x->rows = (uint32_t)rows;
    x->columns = (uint32_t)columns;
    x->second_driver = m->vehicle != NULL && m->vehicle->second_driver;
    x->from = arena_calloc(&c->arena, rows, sizeof *x->from);
    x->to = arena_calloc(&c->arena, columns, sizeof *x->to);
    return heavy_profile(c->snapshot, m->vehicle, m->dangerous_class, m->objective, &x->h.want.profile, e) &&
           convert_avoid(&c->arena, m->avoid, &x->h.want.avoid, e) &&
           ((x->from != NULL && x->to != NULL) || no_memory(e));
}

void api_matrix_get(struct call *c, const ProtobufCMessage *message)
{
    struct matrix *x = arena_calloc(&c->arena, 1, sizeof *x);
    struct err e = {0};
    if (x != NULL) {
        zongheng__v1__get_matrix_reply__init(&x->out);
        x->message = (const void *)message;
    }
    if (x == NULL ? !no_memory(&e) : !check(c, x, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    if (heavy_begin(&x->h, c))
        heavy_run(&x->h, prepare, choose_metric);
}
