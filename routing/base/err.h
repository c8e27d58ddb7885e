/* err.h - the one way in which Zongheng's functions fail.
 *
 * A function that can fail returns bool and takes `struct err *e` last: true is success, and on false
 * `e` holds a code (the canonical gRPC number, the same on the wire), the field of the request or the
 * file and line that is wrong, and a sentence that says what to do next. Predicates never carry errors.
 *
 *     return fail(e, ERR_NOT_FOUND, "place \"%s\" is not in network %s", name, version);
 *
 * No allocation, no globals: a struct err lives on the caller's stack. `e` may be NULL when the caller
 * does not care why. Threads: a struct err belongs to one thread.
 */
#ifndef ZH_BASE_ERR_H
#define ZH_BASE_ERR_H

#include <stdbool.h>

/* The canonical codes of gRPC, in their numeric order from 0. */
#define ERR_CODES(X)       \
    X(OK)                  \
    X(CANCELLED)           \
    X(UNKNOWN)             \
    X(INVALID_ARGUMENT)    \
    X(DEADLINE_EXCEEDED)   \
    X(NOT_FOUND)           \
    X(ALREADY_EXISTS)      \
    X(PERMISSION_DENIED)   \
    X(RESOURCE_EXHAUSTED)  \
    X(FAILED_PRECONDITION) \
    X(ABORTED)             \
    X(OUT_OF_RANGE)        \
    X(UNIMPLEMENTED)       \
    X(INTERNAL)            \
    X(UNAVAILABLE)         \
    X(DATA_LOSS)           \
    X(UNAUTHENTICATED)

enum err_code {
#define X(name) ERR_##name,
    ERR_CODES(X)
#undef X
        ERR_CODE_COUNT
};

enum { ERR_FIELD_MAX = 96, ERR_TEXT_MAX = 512 };

struct err {
    enum err_code code;
    char field[ERR_FIELD_MAX]; /* "origin.name", "link.csv:17:length_km" or "" */
    char text[ERR_TEXT_MAX];   /* a sentence, UTF-8, cut at a character boundary when too long */
};

/* Clears `e` (code OK, empty texts). */
void err_clear(struct err *e);

/* Sets `e` and returns false. */
bool fail(struct err *e, enum err_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same, naming the field that is wrong. */
bool fail_field(struct err *e, enum err_code code, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Puts "outer." before the field of an error found deeper down; returns false so that it can be returned. */
bool fail_within(struct err *e, const char *outer);

/* "INVALID_ARGUMENT" and so on; "UNKNOWN" for a number outside the table. */
const char *err_code_name(enum err_code code);

#endif
