#include "gzip.h"

#include <zlib.h>

enum { STEP = 16384, GZIP_WINDOW = 15 + 16 /* gzip, not zlib */, MEMORY_LEVEL = 8 };

/* Unpacks until the end, the bound, or an error. */
static int unpack_all(z_stream *z, struct bytes *out)
{
    for (;;) {
        size_t left = out->max - out->len, step = left < STEP ? left + 1 : STEP;
        unsigned char one[1];
        char *at = step <= left ? bytes_room(out, step) : NULL;
        if (at == NULL && left > 0) { /* the last few bytes before the bound */
            step = left;
            at = bytes_room(out, step);
            if (at == NULL)
                return Z_MEM_ERROR;
        }
        z->next_out = at != NULL ? (unsigned char *)at : one;
        z->avail_out = at != NULL ? (unsigned)step : 1;
        int got = inflate(z, Z_NO_FLUSH);
        size_t made = (at != NULL ? step : 1) - z->avail_out;
        if (at == NULL && made > 0)
            return Z_BUF_ERROR; /* beyond the bound */
        out->len += at != NULL ? made : 0;
        if (got != Z_OK)
            return got == Z_BUF_ERROR ? Z_DATA_ERROR : got; /* no progress: the input is cut */
    }
}

bool gzip_unpack(const void *bytes, size_t len, struct bytes *out, struct err *e)
{
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)bytes, .avail_in = (unsigned)len};
    if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory to unpack the body");
    int got = unpack_all(&z, out);
    bool all = z.avail_in == 0;
    inflateEnd(&z);
    if (got == Z_STREAM_END && all)
        return true;
    if (got == Z_BUF_ERROR || got == Z_MEM_ERROR)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the body unpacks to more than %zu bytes", out->max);
    return fail(e, ERR_INVALID_ARGUMENT, "the body is not one gzip stream");
}

bool gzip_pack(const void *bytes, size_t len, int level, struct bytes *out)
{
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)bytes, .avail_in = (unsigned)len};
    if (deflateInit2(&z, level, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    size_t most = deflateBound(&z, (uLong)len);
    char *at = bytes_room(out, most);
    bool ok = at != NULL;
    if (ok) {
        z.next_out = (unsigned char *)at;
        z.avail_out = (unsigned)most;
        ok = deflate(&z, Z_FINISH) == Z_STREAM_END;
        out->len += most - z.avail_out;
    }
    deflateEnd(&z);
    return ok;
}
