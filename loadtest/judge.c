#include "judge.h"

#include "zongheng/v1/planning.pb-c.h"
#include "zongheng/v1/shipments.pb-c.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum verdict judge_status(enum kind_id kind, const struct err *e, uint32_t hint_ms)
{
    bool keyed = (kind_of(kind)->flags & KIND_KEYED) != 0;
    /* GetCost has no list of families not offered: this is how it says that there is none. */
    if (kind == KIND_COST && e->code == ERR_NOT_FOUND && strcmp(e->field, "family") == 0)
        return VERDICT_NONE;
    if (kind == KIND_DELETE && e->code == ERR_NOT_FOUND) /* gone already, or never put */
        return VERDICT_NONE;
    /* The firm has as many scenarios as are kept: come back when others are deleted. */
    if (kind == KIND_PUT && e->code == ERR_RESOURCE_EXHAUSTED)
        return VERDICT_SHED;
    /* PostgreSQL did not answer in time; the deletion that follows makes it sure. */
    if (kind == KIND_PUT && e->code == ERR_UNKNOWN)
        return VERDICT_EXPIRED;
    if ((e->code == ERR_RESOURCE_EXHAUSTED || e->code == ERR_UNAVAILABLE) && hint_ms > 0)
        return VERDICT_SHED;
    if (keyed && (e->code == ERR_UNAVAILABLE || e->code == ERR_UNKNOWN || e->code == ERR_DEADLINE_EXCEEDED))
        return VERDICT_AGAIN;
    if (keyed && (e->code == ERR_FAILED_PRECONDITION || e->code == ERR_RESOURCE_EXHAUSTED))
        return VERDICT_REFUSED;
    return e->code == ERR_DEADLINE_EXCEEDED ? VERDICT_EXPIRED : VERDICT_FAILED;
}

enum outcome judge_outcome(enum verdict v)
{
    static const enum outcome of[] = {[VERDICT_NONE] = OUTCOME_OK,      [VERDICT_REFUSED] = OUTCOME_OK,
                                      [VERDICT_SHED] = OUTCOME_SHED,    [VERDICT_EXPIRED] = OUTCOME_EXPIRED,
                                      [VERDICT_AGAIN] = OUTCOME_FAILED, [VERDICT_FAILED] = OUTCOME_FAILED};
    return of[v];
}

bool judge_ack(enum kind_id kind, const ProtobufCMessage *m, struct judge_ack *out)
{
    const void *reply = m;
    const Zongheng__V1__BookReply *booked = reply;
    const Zongheng__V1__CancelReply *cancelled = reply;
    const Zongheng__V1__RecordEventReply *recorded = reply;
    *out = (struct judge_ack){0};
    if (kind == KIND_BOOK)
        *out = (struct judge_ack){ACK_BOOKED, booked->shipment_id, booked->replay != 0};
    else if (kind == KIND_CANCEL)
        *out = (struct judge_ack){ACK_CANCELLED, cancelled->shipment_id, cancelled->replay != 0};
    else if (kind == KIND_EVENT)
        *out = (struct judge_ack){ACK_RECORDED, recorded->event_id, recorded->replay != 0};
    return out->id == NULL || strlen(out->id) == KEY_TEXT - 1;
}

const char *judge_ref(enum kind_id kind, const ProtobufCMessage *m, struct arena *a)
{
    const void *reply = m;
    const Zongheng__V1__FindRoutesReply *f = reply;
    const Zongheng__V1__PutScenarioReply *put = reply;
    if (kind == KIND_QUOTE)
        return f->n_options > 0 ? f->options[0]->plan_ref : NULL;
    if (kind != KIND_PUT || put->n_errors > 0 || put->scenario == NULL)
        return NULL;
    return arena_printf(a, "%s@%s", put->scenario_version, put->scenario->base_network_version);
}

static bool is_digested(const struct run *r, const struct work *w)
{
    return (r->plan->digest || r->plan->keep_answers) && w->counts &&
           (kind_of(w->kind)->flags & KIND_STABLE) != 0;
}

static uint64_t of_both(uint64_t a, uint64_t b)
{
    return XXH3_64bits((const uint64_t[]){a, b}, sizeof a + sizeof b);
}

/* What is stable is watched while it is checked: a quote as the route that it is. */
static bool is_watched(const struct run *r, const struct work *w)
{
    return r->plan->check && (w->kind == KIND_QUOTE || (kind_of(w->kind)->flags & KIND_STABLE) != 0);
}

/* The same question on the same network version must be answered the same. */
static bool hold_against_last(struct run *r, const struct work *w, const struct fingerprint *f)
{
    enum kind_id k = w->kind == KIND_QUOTE ? KIND_ROUTE : w->kind;
    struct run_stable **known = &r->result->stable[k];
    /* Of routes it is what they offer: reasons may differ. */
    struct run_stable now = {f->version, k == KIND_ROUTE ? f->offered : of_both(f->offered, f->facts)};
    if (!is_watched(r, w) || f->version == 0)
        return true;
    if (*known == NULL)
        *known = calloc(r->demand->count, sizeof **known);
    if (*known == NULL)
        return false;
    struct run_stable *last = &(*known)[w->row];
    if (last->version == now.version && last->answer != now.answer) {
        r->result->unstable++;
        run_broken(r->result, kind_of(k)->name, w->row,
                   "the same question on the same network was answered otherwise before");
    }
    *last = now;
    return true;
}

static bool keep(struct run *r, const struct work *w, uint16_t code, const struct fingerprint *f)
{
    struct answer a = {
        .number = w->number, .row = w->row, .kind = (uint16_t)w->kind, .code = code, .print = *f};
    return answers_add(&r->result->answers, &a);
}

static uint32_t rows_of(enum kind_id kind, const ProtobufCMessage *m)
{
    const void *reply = m;
    const Zongheng__V1__GetCostsReply *costs = reply;
    const Zongheng__V1__GetFamilyMatrixReply *families = reply;
    const Zongheng__V1__GetMatrixReply *matrix = reply;
    return kind == KIND_COSTS      ? (uint32_t)costs->n_answers
           : kind == KIND_FAMILIES ? families->row_count
           : kind == KIND_MATRIX   ? matrix->row_count
                                   : 0;
}

bool judge_part(struct run *r, struct work *w, ProtobufCMessage *m, struct arena *a)
{
    struct fingerprint f = {0};
    w->parts_rows += rows_of(w->kind, m);
    if ((is_watched(r, w) || is_digested(r, w)) && !check_fingerprint(w->kind, m, a, &f))
        return false;
    w->parts_print = of_both(w->parts_print, f.answer);
    w->parts_facts = of_both(w->parts_facts, f.facts);
    w->parts_version = f.version != 0 ? f.version : w->parts_version;
    return true;
}

bool judge_print(struct run *r, const struct work *w, ProtobufCMessage *m, struct arena *a)
{
    struct fingerprint f;
    if (!is_watched(r, w) && !is_digested(r, w))
        return true;
    if (!check_fingerprint(w->kind, m, a, &f))
        return false;
    if (w->parts_rows > 0) {
        f.answer = of_both(w->parts_print, f.answer);
        f.facts = of_both(w->parts_facts, f.facts);
        f.version = f.version != 0 ? f.version : w->parts_version;
    }
    return hold_against_last(r, w, &f) && (!is_digested(r, w) || keep(r, w, ERR_OK, &f));
}

/* What was shed or came too late says nothing about the answer. */
bool judge_print_status(struct run *r, const struct work *w, const struct err *e)
{
    struct fingerprint none = {0};
    bool by_chance = e->code == ERR_RESOURCE_EXHAUSTED || e->code == ERR_UNAVAILABLE ||
                     e->code == ERR_DEADLINE_EXCEEDED || e->code == ERR_UNKNOWN;
    return !is_digested(r, w) || by_chance || keep(r, w, (uint16_t)e->code, &none);
}
