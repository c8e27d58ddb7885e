/* log.h - one line per event on stderr: time, level, event, then key=value pairs.
 *
 *     log_event(LOG_INFO, "listening", "address", text, "loops", LOG_I64(n), NULL);
 *
 * Values are quoted where they must be and every control character is escaped, so nothing that a peer sends
 * can begin a line of its own. A line is written by one write(2): threads do not mix.
 */
#ifndef ZH_SERVER_LOG_H
#define ZH_SERVER_LOG_H

#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Set once at start, before threads. */
void log_set_level(enum log_level level);

/* Pairs of strings, ended by NULL. */
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));

enum { LOG_NUMBER_MAX = 24 };
const char *log_number(char buf[LOG_NUMBER_MAX], int64_t value);
#define LOG_I64(value) log_number((char[LOG_NUMBER_MAX]){0}, (int64_t)(value))

#endif
