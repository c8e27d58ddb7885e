/* timeline.h - what became of the requests that were due in each part of the run, and the marks set on it
 * ("daemon killed"). At most TIMELINE_WINDOWS windows of a whole number of tenths of a second.
 */
#ifndef ZH_LOADTEST_TIMELINE_H
#define ZH_LOADTEST_TIMELINE_H

#include "base/err.h"
#include "histogram.h"

#include <stddef.h>

enum { TIMELINE_WINDOWS = 600, MARKS_MAX = 200, MARK_TEXT = 80 };

/* What became of a request. */
enum outcome {
    OUTCOME_OK,      /* answered in time; also a refused booking: an answer that is final */
    OUTCOME_LATE,    /* answered after its deadline, counted from when it was due */
    OUTCOME_SHED,    /* a clean refusal with a hint when to come back */
    OUTCOME_EXPIRED, /* a clean DEADLINE_EXCEEDED */
    OUTCOME_FAILED,  /* any other status, no answer, a broken connection */
    OUTCOMES
};

struct window {
    uint64_t due, by[OUTCOMES];
    struct histogram latency; /* coarse; of what was answered */
};

struct timeline {
    int64_t window_ns;
    size_t count; /* windows in use */
    struct window *windows;
};

/* A span of 0 is not known: windows of a second that are joined when they get too many. */
bool timeline_init(struct timeline *t, int64_t span_ns, struct err *e);
void timeline_release(struct timeline *t);

/* The window of an instant after the start. */
struct window *timeline_at(struct timeline *t, int64_t at_ns);
/* Both with the same span. False when memory is out. */
bool timeline_merge(struct timeline *t, struct timeline *from);

struct mark {
    double at_s; /* after the start */
    char text[MARK_TEXT];
};

struct marks {
    struct mark list[MARKS_MAX];
    size_t count;
};

void marks_add(struct marks *m, double at_s, const char *text);
/* Lines "UNIX_SECONDS TEXT" as whoever breaks things writes them while the run goes on; those outside the run
 * are left out. */
bool marks_read(struct marks *m, const char *path, double start_unix_s, double span_s, struct err *e);

const char *outcome_name(enum outcome o);

#endif
