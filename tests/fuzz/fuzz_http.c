/* An HTTP request, and its body as gzip. However the bytes are cut, the request is the same one, ends at the
 * same byte or is refused with the same status. The first byte says where the second way of reading cuts. */
#include "fuzz.h"
#include "gzip.h"
#include "http_parse.h"

#include <stdlib.h>
#include <string.h>

enum { BODY_MAX = 4096 };

/* Feeds in pieces; how many bytes were of the request, SIZE_MAX when it was refused. */
static size_t read_request(struct http_request *r, const char *bytes, size_t len, size_t piece)
{
    size_t looked = 0, head = 0, at;
    http_request_init(r, BODY_MAX);
    for (size_t have = piece < len ? piece : len; head == 0; have = have + piece < len ? have + piece : len) {
        head = http_head_end(bytes, have, &looked);
        if (have == len)
            break;
    }
    if (head == 0)
        return 0;
    if (!http_read_head(r, bytes, head))
        return SIZE_MAX;
    for (at = head; !http_is_whole(r) && at < len;) {
        size_t n = piece < len - at ? piece : len - at, used = 0;
        if (!http_read_body(r, bytes + at, n, &used))
            return SIZE_MAX;
        if (used > n)
            abort();
        at += used;
    }
    return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct http_request a, b;
    struct bytes out = {.max = BODY_MAX};
    struct err e = {0};
    if (len < 1)
        return 0;
    const char *bytes = (const char *)data + 1;
    size_t whole = read_request(&a, bytes, len - 1, len);
    size_t parts = read_request(&b, bytes, len - 1, (size_t)data[0] % 16 + 1);
    if (whole != parts || a.status != b.status || http_is_whole(&a) != http_is_whole(&b) ||
        a.body.len != b.body.len || (a.body.len > 0 && memcmp(a.body.at, b.body.at, a.body.len) != 0) ||
        a.body.len > BODY_MAX)
        abort();
    if (whole == SIZE_MAX && a.status < 400)
        abort();
    if (http_is_whole(&a) &&
        (a.path.len == 0 || a.path.at[0] != '/' || memchr(a.head.at, 0, a.head.len) != NULL))
        abort();
    gzip_unpack(data, len, &out, &e);
    if (out.len > BODY_MAX)
        abort();
    bytes_free(&out);
    http_request_free(&a);
    http_request_free(&b);
    return 0;
}
