/* bytes.h - bytes that grow up to a bound. All zero but `max` it is empty; whoever holds it frees `at`. */
#ifndef ZH_SERVER_BYTES_H
#define ZH_SERVER_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    char *at;
    size_t len, room, max;
};

/* Room for n more behind len; NULL: max or memory. The caller adds to len what it used. */
char *bytes_room(struct bytes *b, size_t n);
bool bytes_add(struct bytes *b, const void *from, size_t n);
/* Adds them in base64 (RFC 4648), with padding or without. */
bool bytes_add_base64(struct bytes *b, const uint8_t *from, size_t n, bool padded);
/* Frees; empty again, with the same bound. */
void bytes_free(struct bytes *b);

#endif
