#include "chain.h"

#include "judge.h"

#include <stdlib.h>
#include <string.h>

enum { SILENCE_MS = 1000 };

static void keep_ack(struct run *r, const struct work *w, enum ack_kind kind, const char *id)
{
    struct run_result *o = r->result;
    if (o->ack_count == o->ack_room) {
        size_t room = o->ack_room != 0 ? 2 * o->ack_room : 256;
        struct run_ack *acks = realloc(o->acks, room * sizeof acks[0]);
        if (acks == NULL) {
            work_give_up(r, "out of memory for acknowledgements");
            return;
        }
        o->acks = acks;
        o->ack_room = room;
    }
    struct run_ack *ack = &o->acks[o->ack_count++];
    *ack = (struct run_ack){.kind = kind};
    memcpy(ack->key, w->key, KEY_BYTES);
    memcpy(ack->id, id, strlen(id) < KEY_TEXT ? strlen(id) + 1 : 0);
    if (kind != ACK_BOOKED)
        return;
    uint32_t i =
        r->bill_count < BILLS_MAX ? r->bill_count++ : (uint32_t)(link_random(&r->pauses) % BILLS_MAX);
    memcpy(r->bills[i].key, w->key, KEY_BYTES);
    memcpy(r->bills[i].shipment_id, ack->id, KEY_TEXT);
}

bool chain_take(struct run *r, struct work *w, const ProtobufCMessage *m, char why[CHECK_WHY])
{
    struct judge_ack ack;
    if (!judge_ack(w->kind, m, &ack)) {
        memcpy(why, "acknowledged without an id", 27);
        return false;
    }
    r->result->replays += ack.replay;
    if (ack.id != NULL)
        keep_ack(r, w, ack.kind, ack.id);
    return true;
}

void chain_refused(struct run *r, const struct work *w)
{
    r->result->refused++;
    if (w->kind == KIND_BOOK)
        keep_ack(r, w, ACK_REFUSED, "");
}

/* Whether a quote is still followed by its Book. What a count asks for is a whole booking, whoever began the
 * last of them meanwhile; the end of the time or an interrupt ends the sending. */
static bool goes_on(const struct run *r)
{
    bool by_count = !r->plan->open && r->plan->duration_ms == 0;
    return !r->ending || (by_count && !atomic_load(&r->live->stop) && !r->denied);
}

static void turn_into(struct run *r, struct work *w, enum kind_id kind)
{
    w->kind = kind;
    w->attempts = 0;
    w->intended_ns = link_now_ns();
    if (w->counts)
        timeline_at(&r->result->timeline, w->intended_ns - r->count_from_ns)->due++;
}

/* The next request, made of what the last answer said. */
static void send_next(struct run *r, struct work *w, enum kind_id kind, const char *ref)
{
    if (strlen(ref) >= PLAN_REF_MAX) {
        work_give_up(r, "a plan_ref or version that is too long");
        return;
    }
    memcpy(w->plan_ref, ref, strlen(ref) + 1);
    turn_into(r, w, kind);
    if (kind != KIND_BOOK || work_new_key(r, w))
        work_send(r, w);
}

static void delete_scenario(struct run *r, struct work *w, bool may_come_yet)
{
    turn_into(r, w, KIND_DELETE);
    if (!may_come_yet) {
        work_send(r, w);
        return;
    }
    work_pause(r, w, SILENCE_MS);
    w->attempts = 0; /* this was none */
}

void chain_next(struct run *r, struct work *w, const char *ref, enum chain_end how)
{
    if (w->kind == KIND_QUOTE && ref != NULL && goes_on(r))
        send_next(r, w, KIND_BOOK, ref);
    else if (w->kind == KIND_PUT && ref != NULL && goes_on(r))
        send_next(r, w, KIND_WHATIF, ref);
    else if (w->kind == KIND_WHATIF || (w->kind == KIND_PUT && how != CHAIN_NOT_DONE))
        delete_scenario(r, w, w->kind == KIND_PUT && how == CHAIN_SILENT);
    else
        work_end(r, w);
}
