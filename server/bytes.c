#include "bytes.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 1024 };

char *bytes_room(struct bytes *b, size_t n)
{
    if (n > b->max - b->len)
        return NULL;
    if (n > b->room - b->len || b->at == NULL) {
        size_t room = b->room > 0 ? b->room : FIRST_ROOM;
        while (room - b->len < n)
            room *= 2;
        char *at = realloc(b->at, room);
        if (at == NULL)
            return NULL;
        b->at = at;
        b->room = room;
    }
    return b->at + b->len;
}

bool bytes_add(struct bytes *b, const void *from, size_t n)
{
    char *at = bytes_room(b, n);
    if (at == NULL)
        return false;
    if (n > 0)
        memcpy(at, from, n);
    b->len += n;
    return true;
}

bool bytes_add_base64(struct bytes *b, const uint8_t *from, size_t n, bool padded)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        size_t have = n - i < 3 ? n - i : 3;
        uint32_t v = (uint32_t)from[i] << 16;
        v |= have > 1 ? (uint32_t)from[i + 1] << 8 : 0;
        v |= have > 2 ? from[i + 2] : 0;
        char four[4] = {digits[v >> 18], digits[v >> 12 & 63], have > 1 ? digits[v >> 6 & 63] : '=',
                        have > 2 ? digits[v & 63] : '='};
        if (!bytes_add(b, four, padded ? 4 : have + 1))
            return false;
    }
    return true;
}

void bytes_free(struct bytes *b)
{
    free(b->at);
    *b = (struct bytes){.max = b->max};
}
