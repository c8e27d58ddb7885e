/* The frame of a PBF file: lengths, headers, compressed blocks, before libreadosm sees any of it. */
#include "import/osm_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { HEADER_MAX = 64 << 10, BLOB_MAX = 32 << 20, WHERE_MAX = 300, NUMBER_MAX = 15, INFLATE_MAX = 1032 };

bool osm_varint(struct osm_wire *w, int bytes_max, uint64_t *value)
{
    *value = 0;
    for (int i = 0; i < bytes_max; i++) {
        if (w->left == 0)
            return false;
        uint8_t c = *w->at++;
        w->left--;
        *value |= (uint64_t)(c & 0x7f) << (7 * i);
        if (c < 0x80)
            return true;
    }
    return false;
}

bool osm_next_field(struct osm_wire *w, struct osm_field *f)
{
    uint64_t tag;
    if (!osm_varint(w, 2, &tag))
        return false;
    *f = (struct osm_field){.number = (uint32_t)tag >> 3, .type = tag & 7};
    if (f->number <= NUMBER_MAX && tag > 0x7f) /* in more bytes than it needs: libreadosm takes just one */
        return false;
    if (f->type == 0)
        return osm_varint(w, 10, &f->value);
    if (f->type != 2 || !osm_varint(w, 5, &f->value) || f->value > w->left)
        return false;
    f->bytes = (struct osm_wire){w->at, (size_t)f->value};
    w->at += f->bytes.left;
    w->left -= f->bytes.left;
    return true;
}

struct frame {
    FILE *file;
    const char *path;
    uint64_t at, size, block; /* byte and number of the block */
    uint8_t *blob, *raw;
    size_t blob_room, raw_room;
    uint32_t datasize;
    bool is_header;
    struct err *e;
};

static bool broken(const struct frame *f, const char *what)
{
    return fail(f->e, ERR_INVALID_ARGUMENT, "%s: block %llu at byte %llu %s", f->path,
                (unsigned long long)f->block, (unsigned long long)f->at, what);
}

static bool unread(const struct frame *f, const char *what)
{
    return fail(f->e, ERR_UNIMPLEMENTED, "%s: block %llu at byte %llu %s", f->path,
                (unsigned long long)f->block, (unsigned long long)f->at, what);
}

/* Buffers grow with what is there, not with what is announced at most. */
static bool room(const struct frame *f, uint8_t **at, size_t *have, size_t want)
{
    if (want <= *have)
        return true;
    uint8_t *bigger = realloc(*at, want);
    if (bigger == NULL)
        return fail(f->e, ERR_RESOURCE_EXHAUSTED, "out of memory for the blocks of %s", f->path);
    *at = bigger;
    *have = want;
    return true;
}

static bool take(struct frame *f, void *to, size_t n)
{
    return fread(to, 1, n, f->file) == n || broken(f, "is cut short: the file is incomplete");
}

static bool read_header(struct frame *f)
{
    uint8_t four[4];
    struct osm_field x;
    bool type = false, size = false;
    if (!take(f, four, sizeof four))
        return false;
    uint32_t len = (uint32_t)four[0] << 24 | (uint32_t)four[1] << 16 | (uint32_t)four[2] << 8 | four[3];
    if (len == 0 || len > HEADER_MAX)
        return broken(f, f->block == 1 ? "has no header of a PBF file: this is no .osm.pbf"
                                       : "has a header of a length that cannot be: the file is damaged");
    if (!room(f, &f->blob, &f->blob_room, len) || !take(f, f->blob, len))
        return false;
    for (struct osm_wire w = {f->blob, len}; w.left > 0;) {
        if (!osm_next_field(&w, &x))
            return broken(f, "has a damaged header");
        if (x.number == 1 && x.type == 2 && !type) {
            type = true;
            f->is_header = x.bytes.left == 9 && memcmp(x.bytes.at, "OSMHeader", 9) == 0;
            if (!f->is_header && (x.bytes.left != 7 || memcmp(x.bytes.at, "OSMData", 7) != 0))
                return unread(f, "is neither OSMHeader nor OSMData");
        } else if (x.number == 3 && x.type == 0 && !size) {
            size = true;
            if (x.value == 0 || x.value > BLOB_MAX)
                return broken(f, "announces more than 32 MiB, or nothing");
            f->datasize = (uint32_t)x.value;
        } else if (x.number != 2 || x.type != 2) {
            return broken(f, "has a header with fields that do not belong there");
        }
    }
    return (type && size) || broken(f, "has a header without type or size");
}

/* What is in the blob, in f->raw. */
static bool inflate_blob(struct frame *f, size_t *len)
{
    struct osm_field x, zip = {0}, plain = {0};
    uint64_t raw_size = 0;
    for (struct osm_wire w = {f->blob, f->datasize}; w.left > 0;) {
        if (!osm_next_field(&w, &x))
            return broken(f, "is damaged");
        struct osm_field *to = x.number == 1 ? &plain : &zip;
        if (x.number == 2 && x.type == 0 && raw_size == 0 && x.value > 0 && x.value <= BLOB_MAX)
            raw_size = x.value;
        else if ((x.number == 1 || x.number == 3) && x.type == 2 && to->type == 0)
            *to = x;
        else
            return x.number >= 4 && x.type == 2
                       ? unread(f, "is compressed by lzma, lz4 or zstd; convert the file to zlib (osmium cat "
                                   "-f pbf,pbf_compression=zlib)")
                       : broken(f, "has fields that do not belong there");
    }
    if ((plain.type == 2) == (zip.type == 2))
        return broken(f, "holds no data");
    if (plain.type == 2) {
        *len = plain.bytes.left;
        if (*len == 0 || (raw_size != 0 && raw_size != *len))
            return broken(f, "has another length than it says");
        if (!room(f, &f->raw, &f->raw_room, *len))
            return false;
        memcpy(f->raw, plain.bytes.at, *len);
        return true;
    }
    if (raw_size == 0 || raw_size > (uint64_t)zip.bytes.left * INFLATE_MAX)
        return broken(f, "says a length that its data cannot have");
    if (!room(f, &f->raw, &f->raw_room, (size_t)raw_size))
        return false;
    uLongf got = (uLongf)raw_size;
    int code = uncompress(f->raw, &got, zip.bytes.at, zip.bytes.left);
    *len = got;
    return (code == Z_OK && got == raw_size) || broken(f, "cannot be inflated: the file is damaged");
}

static bool check_block(struct frame *f)
{
    char where[WHERE_MAX];
    size_t len = 0;
    if (!read_header(f))
        return false;
    if (f->is_header != (f->block == 1))
        return broken(f, f->is_header ? "is a second header: files must be joined by a tool"
                                      : "should be the OSMHeader: this is no complete .osm.pbf");
    if (f->datasize > f->size)
        return broken(f, "is cut short: the file is incomplete");
    if (!room(f, &f->blob, &f->blob_room, f->datasize) || !take(f, f->blob, f->datasize) ||
        !inflate_blob(f, &len))
        return false;
    snprintf(where, sizeof where, "%.200s: block %llu at byte %llu", f->path, (unsigned long long)f->block,
             (unsigned long long)f->at);
    return f->is_header ? osm_check_header_block(f->raw, len, where, f->e)
                        : osm_check_data_block(f->raw, len, where, f->e);
}

static bool check_all(struct frame *f, const struct network_osm_progress *p)
{
    for (;;) {
        long at = ftell(f->file);
        int c = getc(f->file);
        if (c == EOF)
            break;
        ungetc(c, f->file);
        f->at = (uint64_t)at;
        f->block++;
        if (!check_block(f))
            return false;
        if (f->block % 64 == 1)
            osm_tell(p, "checking", f->at, f->size);
    }
    if (ferror(f->file))
        return fail(f->e, ERR_INVALID_ARGUMENT, "%s cannot be read", f->path);
    if (f->block == 0)
        return fail(f->e, ERR_INVALID_ARGUMENT, "%s is empty", f->path);
    return f->block > 1 || fail(f->e, ERR_INVALID_ARGUMENT, "%s has a header and no data", f->path);
}

bool osm_check_pbf(const char *path, const struct network_osm_progress *p, struct err *e)
{
    struct frame f = {.path = path, .e = e, .file = fopen(path, "rb")};
    if (f.file == NULL)
        return fail(e, ERR_NOT_FOUND, "%s cannot be opened", path);
    long size = fseek(f.file, 0, SEEK_END) == 0 ? ftell(f.file) : -1;
    f.size = size > 0 ? (uint64_t)size : 0;
    bool ok = size >= 0 && fseek(f.file, 0, SEEK_SET) == 0;
    ok = ok ? check_all(&f, p) : fail(e, ERR_INVALID_ARGUMENT, "%s cannot be read", path);
    fclose(f.file);
    free(f.blob);
    free(f.raw);
    return ok;
}
