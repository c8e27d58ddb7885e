/* judge.h - what a reply or a status means for the replay; the part of work.c that looks into messages. */
#ifndef ZH_LOADTEST_JUDGE_H
#define ZH_LOADTEST_JUDGE_H

#include "work.h"

enum verdict {
    VERDICT_NONE,    /* a clean "there is none" */
    VERDICT_REFUSED, /* final, stored */
    VERDICT_SHED,    /* nothing happened; come back later */
    VERDICT_EXPIRED,
    VERDICT_AGAIN, /* what carries a key: not settled by this answer */
    VERDICT_FAILED
};

enum verdict judge_status(enum kind_id kind, const struct err *e, uint32_t hint_ms);
enum outcome judge_outcome(enum verdict v);

struct judge_ack {
    enum ack_kind kind;
    const char *id; /* NULL: nothing to verify */
    bool replay;
};

/* What a good reply acknowledges; false when an id is missing. */
bool judge_ack(enum kind_id kind, const ProtobufCMessage *m, struct judge_ack *out);

/* What the next request of the same work is made of: the plan_ref of a quote's first option; of a scenario
 * that was put "VERSION@NETWORK VERSION". NULL without, or when the arena is full. */
const char *judge_ref(enum kind_id kind, const ProtobufCMessage *m, struct arena *a);

/* Adds the answer, or the status in its stead, to the digest and holds it against the last one to the same
 * question. False when memory is out. */
bool judge_print(struct run *r, const struct work *w, ProtobufCMessage *m, struct arena *a);
/* Notes one reply of several: its rows, and its fingerprint for that of all. */
bool judge_part(struct run *r, struct work *w, ProtobufCMessage *m, struct arena *a);
bool judge_print_status(struct run *r, const struct work *w, const struct err *e);

#endif
