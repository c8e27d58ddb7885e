/* chain.h - works of several requests: a quote and its Book; a scenario that is put, asked in and deleted.
 * What was put is deleted whatever became of the questions, and also when it is not sure that it was put.
 */
#ifndef ZH_LOADTEST_CHAIN_H
#define ZH_LOADTEST_CHAIN_H

#include "work.h"

enum chain_end {
    CHAIN_ANSWERED,
    CHAIN_NOT_DONE, /* refused, or too late, before anything happened */
    CHAIN_UNKNOWN,  /* an error, which tells little */
    CHAIN_SILENT,   /* no answer: it may still be in work there */
};

/* Notes what a good answer acknowledges; false with a sentence when it acknowledges without an id. */
bool chain_take(struct run *r, struct work *w, const ProtobufCMessage *m, char why[CHECK_WHY]);

/* A final refusal of what carries a key. */
void chain_refused(struct run *r, const struct work *w);

/* The request of a work is over and counted: sends the next one, or ends the work. ref: what the next is made
 * of (judge_ref) when the answer was good, otherwise NULL. */
void chain_next(struct run *r, struct work *w, const char *ref, enum chain_end how);

#endif
