#include "work.h"

#include "../client/cmd.h"
#include "../client/wire.h"
#include "chain.h"
#include "judge.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void work_give_up(struct run *r, const char *why)
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
    r->result->seconds = (double)(link_now_ns() - r->count_from_ns) / 1e9;
    r->drain_until_ns = link_now_ns() + r->plan->drain_ms * 1000000;
    if (r->free_count == RUN_WORK_MAX)
        event_base_loopbreak(r->base);
}

/* The closed loop's next request takes the place of one that has ended. */
void work_end(struct run *r, struct work *w)
{
    w->state = WORK_FREE;
    w->generation++;
    r->free_list[r->free_count++] = (uint32_t)(w - r->work);
    atomic_store_explicit(&r->live->in_work, RUN_WORK_MAX - r->free_count, memory_order_relaxed);
    if (!r->plan->open && !r->ending)
        work_begin(r, link_now_ns());
    if (r->ending && r->free_count == RUN_WORK_MAX)
        event_base_loopbreak(r->base);
}

/* The one place where an outcome is counted. */
static void settle(struct run *r, struct work *w, enum outcome o, int64_t at_ns, const struct err *e)
{
    struct run_count *c = &r->result->kinds[w->kind];
    int64_t took_ns = at_ns - w->intended_ns;
    bool answered = o == OUTCOME_OK || o == OUTCOME_LATE, ok = true;
    if (o == OUTCOME_OK && took_ns > (int64_t)r->plan->deadline_ms * 1000000)
        o = OUTCOME_LATE;
    atomic_fetch_add_explicit(&r->live->by[o], 1, memory_order_relaxed);
    if (!w->counts)
        return;
    struct window *win = timeline_at(&r->result->timeline, w->intended_ns - r->count_from_ns);
    win->by[o]++;
    c->by[o]++;
    if (answered)
        ok = histogram_add(&c->latency, took_ns) && histogram_add(&win->latency, took_ns) &&
             histogram_add(&r->second, took_ns);
    else if (o == OUTCOME_SHED)
        ok = histogram_add(&r->result->shed_latency, took_ns);
    if (e != NULL && o != OUTCOME_OK) {
        c->errors[e->code]++;
        if (o == OUTCOME_FAILED)
            r->result->last_error = *e;
    }
    if (!ok)
        work_give_up(r, "out of memory for latencies");
}

/* --- what goes out ------------------------------------------------------------------------------------ */

/* A ready link of who may ask this, in turn; NULL when there is none. */
static struct link *pick_link(struct run *r, enum kind_id kind)
{
    bool study = (kind_of(kind)->flags & KIND_STUDY) != 0;
    for (uint32_t i = 0; i < r->link_count; i++) {
        struct link *l = &r->links[r->next_link++ % r->link_count];
        if (l->is_ready && (r->plan->planner[0] == '\0' || study == run_is_planners(l->number)))
            return l;
    }
    return NULL;
}

static struct kind_input input_of(const struct run *r, const struct work *w)
{
    return (struct kind_input){.demand = r->demand,
                               .row = w->row,
                               .start_s = r->plan->start_s,
                               .now_s = (int64_t)time(NULL),
                               .scenario = r->plan->scenario,
                               .table = r->plan->table,
                               .key = w->key,
                               .plan_ref = w->plan_ref,
                               .bill = &w->bill,
                               .parts_rows = w->parts_rows};
}

static bool pack(struct run *r, const struct work *w, struct arena *a, struct body *out)
{
    struct kind_input in = input_of(r, w);
    const ProtobufCMessage *m = kind_request(w->kind, &in, &r->scratch);
    out->len = m != NULL ? protobuf_c_message_get_packed_size(m) : 0;
    uint8_t *bytes = m != NULL ? arena_alloc(a, out->len + 1) : NULL;
    if (bytes == NULL)
        return false;
    protobuf_c_message_pack(m, bytes);
    out->bytes = bytes;
    return true;
}

/* The packed request; what is always the same is packed once while the cache has room. */
static bool make_body(struct run *r, const struct work *w, struct body *out)
{
    enum kind_id k = w->kind == KIND_QUOTE ? KIND_ROUTE : w->kind;
    arena_reset(&r->scratch);
    if ((kind_of(k)->flags & (KIND_STABLE | KIND_OWN)) != KIND_STABLE)
        return pack(r, w, &r->scratch, out);
    if (r->bodies[k] == NULL)
        r->bodies[k] = calloc(r->demand->count, sizeof r->bodies[k][0]);
    struct body *known = r->bodies[k] != NULL ? &r->bodies[k][w->row] : NULL;
    if (known != NULL && known->bytes == NULL && !pack(r, w, &r->cache, known))
        known->bytes = NULL;
    if (known == NULL || known->bytes == NULL)
        return pack(r, w, &r->scratch, out);
    *out = *known;
    return true;
}

void work_pause(struct run *r, struct work *w, uint32_t hint_ms)
{
    w->generation++;
    w->state = WORK_PAUSED;
    w->until_ns =
        link_now_ns() + (int64_t)cmd_pause_ms(++w->attempts, hint_ms, link_random(&r->pauses)) * 1000000;
}

void work_failed(struct run *r, struct work *w, const struct err *e, uint32_t hint_ms)
{
    bool keyed = (kind_of(w->kind)->flags & KIND_KEYED) != 0;
    int64_t now_ns = link_now_ns();
    if (w->state == WORK_DONE) {
        work_end(r, w);
        return;
    }
    if (keyed && (!r->ending || now_ns < r->drain_until_ns)) {
        r->result->retries++;
        work_pause(r, w, hint_ms);
        return;
    }
    r->result->unsettled += keyed;
    settle(r, w, OUTCOME_FAILED, now_ns, e);
    chain_next(r, w, NULL, CHAIN_SILENT);
}

void work_send(struct run *r, struct work *w)
{
    struct err e = {0};
    struct body body;
    struct link *l = pick_link(r, w->kind);
    uint64_t id = (uint64_t)++w->generation << 32 | (uint32_t)(w - r->work);
    if (!make_body(r, w, &body)) {
        work_give_up(r, "out of memory for a request");
        return;
    }
    int64_t now_ns = link_now_ns();
    if (w->attempts == 0) {
        atomic_fetch_add_explicit(&r->live->sent, 1, memory_order_relaxed);
        r->result->kinds[w->kind].sent += w->counts;
        if (w->counts && !histogram_add(&r->result->send_lag, now_ns - w->intended_ns))
            work_give_up(r, "out of memory for latencies");
    }
    if (l == NULL || !link_ask(l, id, kind_of(w->kind)->method, r->plan->deadline_ms, body.bytes, body.len)) {
        fail(&e, ERR_UNAVAILABLE, "no connection is open");
        if (!r->plan->open && (!r->ending || now_ns < r->drain_until_ns))
            work_pause(r, w, 0); /* a closed loop waits for its connection */
        else
            work_failed(r, w, &e, 0);
        return;
    }
    w->parts_rows = 0;
    w->parts_print = w->parts_facts = w->parts_version = 0;
    w->state = WORK_SENT;
    w->link = l->number;
    w->until_ns = now_ns + (int64_t)(r->plan->deadline_ms + GRACE_MS) * 1000000;
}

/* By number and seed alone, so that whatever the threads and the clock do, the same is asked. */
static enum kind_id pick_kind(const struct run *r, uint64_t number)
{
    uint64_t state = r->plan->seed ^ (number * UINT64_C(0x9e3779b97f4a7c15)), sum = 0;
    for (unsigned k = 0; k < KIND_COUNT; k++)
        sum += r->plan->weights[k];
    uint64_t at = link_random(&state) % sum;
    for (unsigned k = 0; k < KIND_COUNT; k++) {
        if (at < r->plan->weights[k])
            return (enum kind_id)k;
        at -= r->plan->weights[k];
    }
    return KIND_ROUTE;
}

/* A bill for what is about one; a booking is made where there is none. A cancelled one is not asked for
 * again. */
static void pick_bill(struct run *r, struct work *w)
{
    if (r->bill_count == 0) {
        w->kind = KIND_QUOTE;
        return;
    }
    uint32_t i = (uint32_t)(link_random(&r->pauses) % r->bill_count);
    w->bill = r->bills[i];
    if (w->kind == KIND_CANCEL)
        r->bills[i] = r->bills[--r->bill_count];
}

bool work_new_key(struct run *r, struct work *w)
{
    struct err e = {0};
    if (key_new(w->key, &e))
        return true;
    work_give_up(r, e.text);
    return false;
}

void work_begin(struct run *r, int64_t intended_ns)
{
    const struct run_plan *p = r->plan;
    uint64_t number = r->begun * p->threads + r->thread;
    bool counts = intended_ns >= r->count_from_ns;
    if (!p->open && p->duration_ms == 0 && (int64_t)number >= p->count) {
        work_end_sending(r);
        return;
    }
    r->begun++;
    if (counts)
        timeline_at(&r->result->timeline, intended_ns - r->count_from_ns)->due++;
    if (r->free_count == 0) {
        r->result->overflow++;
        return;
    }
    uint32_t slot = r->free_list[--r->free_count];
    struct work *w = &r->work[slot];
    r->used = slot >= r->used ? slot + 1 : r->used;
    uint64_t first = p->open && p->pace.kind == PACE_DEMAND ? 0 : p->seed % r->demand->count;
    w->kind = pick_kind(r, number);
    w->row = (uint32_t)((number + first) % r->demand->count);
    w->number = number;
    w->counts = counts;
    w->attempts = 0;
    w->intended_ns = intended_ns;
    if ((kind_of(w->kind)->flags & KIND_BILL) != 0)
        pick_bill(r, w);
    if (w->kind == KIND_BOOK)
        w->kind = KIND_QUOTE;
    if (w->kind == KIND_WHATIF)
        w->kind = KIND_PUT;
    if ((kind_of(w->kind)->flags & (KIND_KEYED | KIND_OWN)) == 0 || work_new_key(r, w))
        work_send(r, w);
}

/* --- what comes back ---------------------------------------------------------------------------------- */

static bool wants_message(const struct run *r, const struct work *w)
{
    unsigned flags = kind_of(w->kind)->flags;
    bool digests = (r->plan->digest || r->plan->keep_answers) && (flags & KIND_STABLE) != 0;
    return r->plan->check || digests || w->kind == KIND_QUOTE || w->kind == KIND_PUT ||
           (flags & KIND_KEYED) != 0;
}

/* The reply's message when it keeps the rules; NULL and told otherwise. */
static ProtobufCMessage *good_message(struct run *r, struct work *w, const Zongheng__V1__Reply *reply,
                                      struct arena *a)
{
    const struct kind *k = kind_of(w->kind);
    struct kind_input in = input_of(r, w);
    char why[CHECK_WHY] = "the answer is no message of its type";
    ProtobufCMessage *m = wire_unpack(a, k->reply, reply->body.data, reply->body.len);
    in.more = reply->more;
    if (m != NULL && (!r->plan->check || check_answer(w->kind, &in, m, why)) &&
        (reply->more || chain_take(r, w, m, why)))
        return m;
    run_broken(r->result, k->name, w->row, why);
    return NULL;
}

static void on_answer(struct run *r, struct work *w, const Zongheng__V1__Reply *reply, struct arena *a)
{
    struct run_result *o = r->result;
    ProtobufCMessage *m = NULL;
    /* Options are the first field and packed first: a reply that begins otherwise has none. */
    if (w->kind == KIND_ROUTE || w->kind == KIND_QUOTE)
        o->kinds[w->kind].empty += w->counts && (reply->body.len == 0 || reply->body.data[0] != 0x0a);
    if (wants_message(r, w)) {
        m = good_message(r, w, reply, a);
        o->checked += r->plan->check;
    }
    const char *ref = m != NULL ? judge_ref(w->kind, m, a) : NULL; /* which the fingerprint blanks */
    if (m != NULL && !judge_print(r, w, m, a))
        work_give_up(r, "out of memory for the answers");
    if (!r->broken)
        chain_next(r, w, ref, CHAIN_ANSWERED);
}

/* A block of an answer in several replies. */
static void on_part(struct run *r, struct work *w, const Zongheng__V1__Reply *reply, struct arena *a)
{
    w->until_ns = link_now_ns() + (int64_t)(r->plan->deadline_ms + GRACE_MS) * 1000000;
    ProtobufCMessage *m = wants_message(r, w) ? good_message(r, w, reply, a) : NULL;
    if (m != NULL && !judge_part(r, w, m, a))
        work_give_up(r, "out of memory for the answers");
}

/* A mix with a kind that this token may not ask ends with the first answer that says so. */
static void deny(struct run *r, const struct work *w, const struct err *e)
{
    bool of_whatif = w->kind == KIND_PUT || w->kind == KIND_DELETE;
    if (!r->denied && !r->broken)
        fail_field(r->e, e->code, "--mix", "%s: %s", of_whatif ? "whatif" : kind_of(w->kind)->name, e->text);
    r->denied = true;
    atomic_store(&r->live->denied, true);
    work_end_sending(r);
}

static void on_error(struct run *r, struct work *w, const struct err *e, uint32_t hint_ms, int64_t at_ns)
{
    bool keyed = (kind_of(w->kind)->flags & KIND_KEYED) != 0;
    enum verdict v = judge_status(w->kind, e, hint_ms);
    if (v == VERDICT_AGAIN || (v == VERDICT_SHED && keyed && (r->plan->retry || w->kind == KIND_DELETE))) {
        work_failed(r, w, e, hint_ms);
        return;
    }
    if (e->code == ERR_PERMISSION_DENIED || e->code == ERR_UNAUTHENTICATED)
        deny(r, w, e);
    if (v == VERDICT_REFUSED)
        chain_refused(r, w);
    if (v == VERDICT_NONE)
        r->result->kinds[w->kind].empty += w->counts;
    settle(r, w, judge_outcome(v), at_ns, e);
    if (!judge_print_status(r, w, e))
        work_give_up(r, "out of memory for the answers");
    else
        chain_next(r, w, NULL,
                   (v == VERDICT_SHED && hint_ms > 0) || e->code == ERR_DEADLINE_EXCEEDED ? CHAIN_NOT_DONE
                                                                                          : CHAIN_UNKNOWN);
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
    if (w == NULL || (w->state != WORK_SENT && w->state != WORK_DONE) ||
        w->generation != (uint32_t)(reply->id >> 32))
        return; /* given up before */
    if (w->state == WORK_DONE) {
        if (!reply->more)
            work_end(r, w);
    } else if (!wire_status(reply, &hint_ms, &e)) {
        on_error(r, w, &e, hint_ms, at_ns);
    } else if (reply->more && (kind_of(w->kind)->flags & KIND_STREAM) == 0) {
        on_part(r, w, reply, a);
    } else {
        settle(r, w, OUTCOME_OK, at_ns, NULL);
        if (reply->more)
            w->state = WORK_DONE;
        else if (!r->broken)
            on_answer(r, w, reply, a);
    }
}
