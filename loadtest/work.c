#include "work.h"

#include "../client/cmd.h"
#include "../client/wire.h"
#include "zongheng/v1/shipments.pb-c.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

static void give_up(struct run *r, const char *why)
{
    if (!r->broken)
        fail(r->e, ERR_RESOURCE_EXHAUSTED, "%s", why);
    r->broken = true;
    event_base_loopbreak(r->base);
}

void work_end_sending(struct run *r)
{
    if (r->ending)
        return;
    r->ending = true;
    r->result->seconds = (double)(link_now_ns() - r->start_ns) / 1e9;
    if (r->free_count == RUN_WORK_MAX)
        event_base_loopbreak(r->base);
}

bool work_is_flood(const struct run *r)
{
    return r->plan->rate_mhz == 0;
}

/* The flood's next request takes the place of one that has ended. */
static void end_work(struct run *r, struct work *w)
{
    w->state = WORK_FREE;
    w->generation++;
    r->free_list[r->free_count++] = (uint32_t)(w - r->work);
    if (work_is_flood(r) && (int64_t)r->begun < r->plan->count)
        work_begin(r, link_now_ns());
    else if (work_is_flood(r) && r->free_count == RUN_WORK_MAX)
        work_end_sending(r);
    else if (r->ending && r->free_count == RUN_WORK_MAX)
        event_base_loopbreak(r->base);
}

static void count_error(struct run *r, enum run_kind k, const struct err *e)
{
    r->result->kinds[k].errors[e->code]++;
    r->result->last_error = *e;
}

static void count_latency(struct run *r, const struct work *w, int64_t at_ns)
{
    if (!samples_add(&r->result->kinds[w->kind].latency, at_ns - w->intended_ns))
        give_up(r, "out of memory for latencies");
}

/* A ready link, in turn; NULL when there is none. */
static struct link *pick_link(struct run *r)
{
    for (uint32_t i = 0; i < r->plan->connections; i++) {
        struct link *l = &r->links[r->next_link++ % r->plan->connections];
        if (l->is_ready)
            return l;
    }
    return NULL;
}

static const ProtobufCMessage *make_request(struct run *r, struct work *w, const char **method)
{
    const struct demand_row *row = &r->demand->rows[w->row];
    struct arena *a = &r->scratch;
    if (w->kind == RUN_COST) {
        Zongheng__V1__GetCostRequest *q = demand_cost(row, r->plan->start_s, a);
        *method = "zongheng.v1.Routing/GetCost";
        return q != NULL ? &q->base : NULL;
    }
    Zongheng__V1__FindRoutesRequest *q = demand_route(row, r->plan->start_s, a);
    *method = "zongheng.v1.Routing/FindRoutes";
    if (q == NULL || w->kind != RUN_BOOK)
        return q != NULL ? &q->base : NULL;
    Zongheng__V1__BookRequest *b = arena_alloc(a, sizeof *b);
    if (b == NULL)
        return NULL;
    zongheng__v1__book_request__init(b);
    b->key = (ProtobufCBinaryData){KEY_BYTES, w->key};
    b->request = q;
    b->plan_ref = w->plan_ref;
    *method = "zongheng.v1.Shipments/Book";
    return &b->base;
}

static void pause_work(struct run *r, struct work *w, uint32_t hint_ms)
{
    w->generation++;
    w->state = WORK_PAUSED;
    w->until_ns =
        link_now_ns() + (int64_t)cmd_pause_ms(++w->attempts, hint_ms, link_random(&r->pauses)) * 1000000;
}

/* An attempt ended without an answer that settles it. */
void work_failed(struct run *r, struct work *w, const struct err *e, uint32_t hint_ms)
{
    if (w->kind == RUN_BOOK && link_now_ns() < r->drain_until_ns) {
        r->result->retries++;
        pause_work(r, w, hint_ms);
        return;
    }
    if (w->kind == RUN_BOOK)
        r->result->unsettled++;
    count_error(r, w->kind, e);
    end_work(r, w);
}

void work_send(struct run *r, struct work *w)
{
    struct err e = {0};
    const char *method = "";
    size_t len = 0;
    struct link *l = pick_link(r);
    arena_reset(&r->scratch);
    const ProtobufCMessage *q = make_request(r, w, &method);
    uint64_t id = (uint64_t)++w->generation << 32 | (uint32_t)(w - r->work);
    uint8_t *frame = q == NULL ? NULL : wire_request(&r->scratch, id, method, r->plan->deadline_ms, q, &len);
    if (frame == NULL) {
        give_up(r, "out of memory for a request");
        return;
    }
    if (w->attempts == 0)
        r->result->kinds[w->kind].sent++;
    if (l == NULL || !link_send(l, frame, len)) {
        fail(&e, ERR_UNAVAILABLE, "no connection is open");
        if (work_is_flood(r) && link_now_ns() < r->drain_until_ns)
            pause_work(r, w, 0); /* a closed loop waits for its connection */
        else
            work_failed(r, w, &e, 0);
        return;
    }
    w->state = WORK_SENT;
    w->link = l->number;
    w->until_ns = link_now_ns() + (int64_t)(r->plan->deadline_ms + GRACE_MS) * 1000000;
}

static enum run_kind pick_kind(struct run *r)
{
    const uint32_t *weights = r->plan->weights;
    uint64_t at = link_random(&r->random) % (weights[0] + weights[1] + weights[2]);
    return at < weights[0] ? RUN_ROUTE : at < weights[0] + weights[1] ? RUN_COST : RUN_QUOTE;
}

void work_begin(struct run *r, int64_t intended_ns)
{
    enum run_kind kind = pick_kind(r);
    uint32_t row = (uint32_t)((r->begun++ + r->plan->seed) % r->demand->count);
    if (r->free_count == 0) {
        r->result->overflow++;
        return;
    }
    struct work *w = &r->work[r->free_list[--r->free_count]];
    w->kind = kind;
    w->row = row;
    w->attempts = 0;
    w->intended_ns = intended_ns;
    work_send(r, w);
}

/* --- what comes back --------------------------------------------------------------------------------- */

static void begin_booking(struct run *r, struct work *w, const char *plan_ref)
{
    struct err e = {0};
    if (strlen(plan_ref) >= PLAN_REF_MAX || !key_new(w->key, &e)) {
        give_up(r, "no key or a plan_ref that is too long");
        return;
    }
    memcpy(w->plan_ref, plan_ref, strlen(plan_ref) + 1);
    w->kind = RUN_BOOK;
    w->attempts = 0;
    w->intended_ns = link_now_ns();
    work_send(r, w);
}

static void on_options(struct run *r, struct work *w, const Zongheng__V1__Reply *reply, struct arena *a)
{
    const Zongheng__V1__FindRoutesReply *f = (const Zongheng__V1__FindRoutesReply *)wire_unpack(
        a, &zongheng__v1__find_routes_reply__descriptor, reply->body.data, reply->body.len);
    struct err e = {0};
    if (f == NULL) {
        fail(&e, ERR_INTERNAL, "the answer is not a FindRoutesReply");
        count_error(r, w->kind, &e);
        end_work(r, w);
        return;
    }
    r->result->kinds[w->kind].ok++;
    r->result->kinds[w->kind].empty += f->n_options == 0;
    if (w->kind == RUN_QUOTE && f->n_options > 0)
        begin_booking(r, w, f->options[0]->plan_ref);
    else
        end_work(r, w);
}

static void on_booked(struct run *r, struct work *w, const Zongheng__V1__Reply *reply, struct arena *a)
{
    struct run_result *o = r->result;
    const Zongheng__V1__BookReply *b = (const Zongheng__V1__BookReply *)wire_unpack(
        a, &zongheng__v1__book_reply__descriptor, reply->body.data, reply->body.len);
    if (b == NULL || strlen(b->shipment_id) != KEY_TEXT - 1) {
        give_up(r, "an acknowledged booking without a shipment id");
        return;
    }
    if (o->ack_count == o->ack_room) {
        o->ack_room = o->ack_room != 0 ? 2 * o->ack_room : 256;
        struct run_ack *acks = realloc(o->acks, o->ack_room * sizeof acks[0]);
        if (acks == NULL) {
            give_up(r, "out of memory for acknowledgements");
            return;
        }
        o->acks = acks;
    }
    struct run_ack *ack = &o->acks[o->ack_count++];
    memcpy(ack->key, w->key, KEY_BYTES);
    memcpy(ack->shipment_id, b->shipment_id, KEY_TEXT);
    o->replays += b->replay != 0;
    o->kinds[RUN_BOOK].ok++;
    end_work(r, w);
}

static bool worth_again(const struct err *e, uint32_t hint_ms)
{
    return e->code == ERR_UNAVAILABLE || e->code == ERR_UNKNOWN || e->code == ERR_DEADLINE_EXCEEDED ||
           (e->code == ERR_RESOURCE_EXHAUSTED && hint_ms > 0);
}

static void on_error(struct run *r, struct work *w, const struct err *e, uint32_t hint_ms, int64_t at_ns)
{
    bool final_no = e->code == ERR_FAILED_PRECONDITION || e->code == ERR_RESOURCE_EXHAUSTED;
    /* GetCost has no list of families not offered: this is how it says that there is none. */
    if (w->kind == RUN_COST && e->code == ERR_NOT_FOUND && strcmp(e->field, "family") == 0) {
        count_latency(r, w, at_ns);
        r->result->kinds[RUN_COST].ok++;
        r->result->kinds[RUN_COST].empty++;
        end_work(r, w);
        return;
    }
    if (w->kind == RUN_BOOK && worth_again(e, hint_ms)) {
        work_failed(r, w, e, hint_ms);
        return;
    }
    if (w->kind == RUN_BOOK && final_no) {
        r->result->refused++;
        count_latency(r, w, at_ns);
    } else {
        count_error(r, w->kind, e);
    }
    end_work(r, w);
}

void work_on_reply(void *ctx, struct link *l, const Zongheng__V1__Reply *reply, struct arena *a,
                   int64_t at_ns)
{
    struct run *r = ctx;
    struct err e = {0};
    uint32_t hint_ms;
    uint32_t slot = (uint32_t)reply->id;
    struct work *w = slot < RUN_WORK_MAX ? &r->work[slot] : NULL;
    (void)l;
    if (w == NULL || w->state != WORK_SENT || w->generation != (uint32_t)(reply->id >> 32))
        return; /* given up before */
    if (!wire_status(reply, &hint_ms, &e)) {
        on_error(r, w, &e, hint_ms, at_ns);
        return;
    }
    count_latency(r, w, at_ns);
    if (w->kind == RUN_COST) {
        r->result->kinds[RUN_COST].ok++;
        end_work(r, w);
    } else if (w->kind == RUN_BOOK) {
        on_booked(r, w, reply, a);
    } else {
        on_options(r, w, reply, a);
    }
}
