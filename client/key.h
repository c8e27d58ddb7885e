/* key.h - the idempotency key of a booking or an event: a UUID of version 7 (RFC 9562), kept in a file.
 *
 * The key is on disk before the first byte of the request is sent, so that whatever breaks, the same intent
 * can be repeated or settled with the same key and never happens twice.
 */
#ifndef ZH_CLIENT_KEY_H
#define ZH_CLIENT_KEY_H

#include "base/err.h"

#include <stdint.h>

enum { KEY_BYTES = 16, KEY_TEXT = 37 };

/* From Unix milliseconds and ten random bytes. Pure. */
void key_make(int64_t unix_ms, const uint8_t random[10], uint8_t out[KEY_BYTES]);

/* The same from the machine's clock and random numbers. */
bool key_new(uint8_t out[KEY_BYTES], struct err *e);

/* "0193...-...": lower-case hex in five groups, and back (only that form). */
void key_to_text(const uint8_t key[KEY_BYTES], char out[KEY_TEXT]);
bool key_of_text(const char *text, uint8_t out[KEY_BYTES]);

/* Reads the file's key; with `create`, a file that is not there is made with a new key and flushed to disk.
 */
bool key_file(const char *path, bool create, uint8_t out[KEY_BYTES], struct err *e);

#endif
