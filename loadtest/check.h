/* check.h - what must be true of every answer, told without knowing the network: bills add up, times are in
 * order, chains hang together; and the fingerprint of an answer, by which two runs are compared.
 */
#ifndef ZH_LOADTEST_CHECK_H
#define ZH_LOADTEST_CHECK_H

#include "kinds.h"

enum { CHECK_WHY = 160 };

/* False with a sentence in why when the reply breaks a rule. */
bool check_answer(enum kind_id id, const struct kind_input *in, const ProtobufCMessage *reply,
                  char why[CHECK_WHY]);

struct fingerprint {
    uint64_t answer; /* of all of the reply but versions, attribution and plan_ref: what networks may share */
    uint64_t facts;  /* the same without warnings, which tell of the moment, too: that PostgreSQL is away */
    uint64_t offered; /* of the versions, plan_refs and totals: the same on one network version for ever */
    uint64_t version; /* of the network's and the scenario's version; 0: the reply tells none */
    int64_t total_fen, arrive_at; /* of the first option, or of the cost; 0 without */
    uint32_t options;
};

/* Blanks those fields in the reply on the way. False when the arena is full. */
bool check_fingerprint(enum kind_id id, ProtobufCMessage *reply, struct arena *a, struct fingerprint *out);

#endif
