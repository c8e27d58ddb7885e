#include "timeline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t tenth_ns = 100000000;

const char *outcome_name(enum outcome o)
{
    static const char *const names[OUTCOMES] = {"ok", "late", "shed", "expired", "failed"};
    return names[o];
}

bool timeline_init(struct timeline *t, int64_t span_ns, struct err *e)
{
    int64_t tenths = (span_ns + tenth_ns * TIMELINE_WINDOWS - 1) / (tenth_ns * TIMELINE_WINDOWS);
    *t = (struct timeline){.window_ns = (span_ns == 0 ? 10 : tenths) * tenth_ns};
    t->windows = calloc(TIMELINE_WINDOWS, sizeof t->windows[0]);
    if (t->windows == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the time line");
    for (size_t i = 0; i < TIMELINE_WINDOWS; i++)
        histogram_init(&t->windows[i].latency, HISTOGRAM_COARSE);
    return true;
}

void timeline_release(struct timeline *t)
{
    for (size_t i = 0; t->windows != NULL && i < TIMELINE_WINDOWS; i++)
        histogram_release(&t->windows[i].latency);
    free(t->windows);
    *t = (struct timeline){0};
}

static bool add_window(struct window *to, const struct window *from)
{
    to->due += from->due;
    for (unsigned o = 0; o < OUTCOMES; o++)
        to->by[o] += from->by[o];
    return histogram_merge(&to->latency, &from->latency);
}

static void clear_window(struct window *w)
{
    histogram_release(&w->latency);
    *w = (struct window){.latency = w->latency};
}

/* Two windows become one. A histogram that finds no memory loses samples of the picture, not of the result.
 */
static void halve(struct timeline *t)
{
    for (size_t i = 0; i < TIMELINE_WINDOWS; i++) {
        if (i % 2 == 0 && i > 0) {
            struct window moved = t->windows[i / 2];
            t->windows[i / 2] = t->windows[i];
            t->windows[i] = moved;
        } else if (i % 2 == 1) {
            add_window(&t->windows[i / 2], &t->windows[i]);
            clear_window(&t->windows[i]);
        }
    }
    t->window_ns *= 2;
    t->count = (t->count + 1) / 2;
}

struct window *timeline_at(struct timeline *t, int64_t at_ns)
{
    at_ns = at_ns > 0 ? at_ns : 0;
    while (at_ns / t->window_ns >= TIMELINE_WINDOWS)
        halve(t);
    size_t i = (size_t)(at_ns / t->window_ns);
    if (i >= t->count)
        t->count = i + 1;
    return &t->windows[i];
}

bool timeline_merge(struct timeline *t, struct timeline *from)
{
    while (t->window_ns < from->window_ns)
        halve(t);
    while (from->window_ns < t->window_ns)
        halve(from);
    for (size_t i = 0; i < from->count; i++)
        if (!add_window(&t->windows[i], &from->windows[i]))
            return false;
    t->count = from->count > t->count ? from->count : t->count;
    return true;
}

void marks_add(struct marks *m, double at_s, const char *text)
{
    if (m->count == MARKS_MAX)
        return;
    struct mark *k = &m->list[m->count++];
    k->at_s = at_s;
    snprintf(k->text, sizeof k->text, "%s", text);
}

bool marks_read(struct marks *m, const char *path, double start_unix_s, double span_s, struct err *e)
{
    char line[256];
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return errno == ENOENT || fail_field(e, ERR_NOT_FOUND, "--marks", "%s: %s", path, strerror(errno));
    for (unsigned n = 1; fgets(line, sizeof line, f) != NULL; n++) {
        char *end;
        double at = strtod(line, &end);
        if (end == line || *end != ' ') {
            fclose(f);
            return fail_field(e, ERR_INVALID_ARGUMENT, "--marks", "%s:%u: must be UNIX_SECONDS TEXT", path,
                              n);
        }
        line[strcspn(line, "\r\n")] = '\0';
        if (at >= start_unix_s && at <= start_unix_s + span_s)
            marks_add(m, at - start_unix_s, end + 1);
    }
    fclose(f);
    return true;
}
