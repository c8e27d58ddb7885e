/* answers.h - the answers of a run as a list of fingerprints, so that two builds or two networks that were
 * asked the same can be compared and every difference is named. A sum over all of them, whatever the order,
 * is the run's digest.
 */
#ifndef ZH_LOADTEST_ANSWERS_H
#define ZH_LOADTEST_ANSWERS_H

#include "check.h"

#include <stdio.h>

enum { ANSWERS_MAX = 4 * 1024 * 1024 }; /* 200 MB */

struct answer {
    uint64_t number; /* of the request in the run's sequence */
    uint32_t row;
    uint16_t kind, code; /* code: of the status, 0 OK */
    struct fingerprint print;
};

struct answers {
    struct answer *list;
    size_t count, room;
    bool keep; /* otherwise only the digest is kept */
    uint64_t digest, digested;
};

/* False when memory or ANSWERS_MAX is reached. */
bool answers_add(struct answers *s, const struct answer *a);
bool answers_merge(struct answers *s, const struct answers *from);
void answers_release(struct answers *s);

/* `asked` names what was asked (seed, start, demand, mix): lists of different questions are not compared. */
bool answers_write(struct answers *s, const char *asked, const char *path, struct err *e);

/* Prints every difference; *differences counts them. */
bool answers_compare(const char *one, const char *other, FILE *out, uint64_t *differences, struct err *e);

#endif
