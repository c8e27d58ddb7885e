#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2048 };

static enum log_level threshold = LOG_INFO;

struct line {
    char text[LINE_MAX_BYTES];
    size_t used;
};

void log_set_level(enum log_level level)
{
    threshold = level;
}

const char *log_number(char buf[LOG_NUMBER_MAX], int64_t value)
{
    snprintf(buf, LOG_NUMBER_MAX, "%lld", (long long)value);
    return buf;
}

static void put(struct line *l, const char *s, size_t n)
{
    size_t room = sizeof l->text - 2 - l->used;
    if (n > room)
        n = room;
    memcpy(l->text + l->used, s, n);
    l->used += n;
}

static bool plain(const char *s)
{
    for (const char *p = s; *p != '\0'; p++)
        if ((unsigned char)*p <= ' ' || *p == '"' || *p == '=' || *p == '\\' || (unsigned char)*p == 0x7f)
            return false;
    return *s != '\0';
}

static void put_value(struct line *l, const char *s)
{
    if (plain(s)) {
        put(l, s, strlen(s));
        return;
    }
    put(l, "\"", 1);
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        char esc[8];
        if (c == '"' || c == '\\') {
            esc[0] = '\\';
            esc[1] = (char)c;
            put(l, esc, 2);
        } else if (c < ' ' || c == 0x7f) {
            int n = snprintf(esc, sizeof esc, "\\x%02x", c);
            put(l, esc, (size_t)n);
        } else {
            put(l, s, 1);
        }
    }
    put(l, "\"", 1);
}

/* Half a line would spoil the next one. */
static void write_whole(const char *at, size_t left)
{
    while (left > 0) {
        ssize_t n = write(STDERR_FILENO, at, left);
        if (n < 0 && errno != EINTR)
            return;
        at += n > 0 ? n : 0;
        left -= n > 0 ? (size_t)n : 0;
    }
}

void log_event(enum log_level level, const char *event, ...)
{
    if (level > threshold)
        return;
    static const char *const names[] = {"error", "warn", "info", "debug"};
    struct line l = {.used = 0};
    struct timespec ts;
    struct tm tm;
    clock_gettime(CLOCK_REALTIME, &ts);
    gmtime_r(&ts.tv_sec, &tm);
    l.used = strftime(l.text, sizeof l.text, "%Y-%m-%dT%H:%M:%S", &tm);
    char head[64];
    int n = snprintf(head, sizeof head, ".%03ldZ level=%s event=", ts.tv_nsec / 1000000, names[level]);
    put(&l, head, (size_t)n);
    put_value(&l, event);
    va_list ap;
    va_start(ap, event);
    for (const char *key; (key = va_arg(ap, const char *)) != NULL;) {
        const char *value = va_arg(ap, const char *);
        put(&l, " ", 1);
        put(&l, key, strlen(key));
        put(&l, "=", 1);
        put_value(&l, value != NULL ? value : "");
    }
    va_end(ap);
    l.text[l.used++] = '\n';
    write_whole(l.text, l.used);
}
