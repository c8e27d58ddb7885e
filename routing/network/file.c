#include "network/file.h"

#include "network/held.h"
#include "network/layout.h"
#include "network/validate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <xxhash.h>

bool network_write(const char *path, const uint8_t *bytes, size_t len, struct err *e)
{
    char temporary[4096];
    if (snprintf(temporary, sizeof temporary, "%s.part", path) >= (int)sizeof temporary)
        return fail(e, ERR_INVALID_ARGUMENT, "the path %.60s... is too long", path);
    FILE *f = fopen(temporary, "wb");
    if (f == NULL)
        return fail(e, ERR_UNAVAILABLE, "%s: %s", temporary, strerror(errno));
    bool ok = fwrite(bytes, 1, len, f) == len;
    ok = fclose(f) == 0 && ok;
    if (!ok || rename(temporary, path) != 0) {
        fail(e, ERR_UNAVAILABLE, "%s: %s", path, strerror(errno));
        remove(temporary);
        return false;
    }
    return true;
}

static bool check_header(const uint8_t *bytes, size_t len, struct layout_header *h, struct err *e)
{
    if (len < sizeof *h)
        return fail(e, ERR_DATA_LOSS,
                    "%zu bytes are too few for a network file; it is truncated or "
                    "something else",
                    len);
    memcpy(h, bytes, sizeof *h);
    if (memcmp(h->magic, LAYOUT_MAGIC, sizeof h->magic) != 0)
        return fail(e, ERR_INVALID_ARGUMENT, "this is not a network file; zongheng network build makes one");
    if (h->byte_order != LAYOUT_ORDER)
        return fail(e, ERR_FAILED_PRECONDITION,
                    "the network file was made on a machine of another byte order; "
                    "build it here");
    if (h->format_version != LAYOUT_VERSION)
        return fail(e, ERR_FAILED_PRECONDITION,
                    "the network file has format %u, this program reads format %d; "
                    "build it again",
                    h->format_version, LAYOUT_VERSION);
    if (h->checksum != XXH3_64bits(h, offsetof(struct layout_header, checksum)))
        return fail(e, ERR_DATA_LOSS, "the header of the network file is damaged; build it again");
    if (h->file_len != len || h->section_count != SECTION_COUNT)
        return fail(e, ERR_DATA_LOSS, "the network file is truncated: %zu of %llu bytes", len,
                    (unsigned long long)h->file_len);
    return true;
}

static bool check_section(const uint8_t *bytes, const struct layout_header *h, int i, const char *name,
                          size_t size, struct err *e)
{
    const struct layout_entry *t = &h->entry[i];
    if (t->element_size != size || t->offset % LAYOUT_ALIGN != 0 || t->offset > h->file_len ||
        t->count >= NET_NONE || t->count * size > h->file_len - t->offset)
        return fail(e, ERR_DATA_LOSS, "section %s of the network file does not fit the file; build it again",
                    name);
    if (t->checksum != XXH3_64bits(bytes + t->offset, t->count * size))
        return fail(e, ERR_DATA_LOSS, "section %s of the network file is damaged; build it again", name);
    return true;
}

bool network_open_bytes(const uint8_t *bytes, size_t len, const struct network **out, struct err *e)
{
    struct layout_header h;
    if (!check_header(bytes, len, &h, e))
        return false;
    struct held *k = calloc(1, sizeof *k);
    if (k == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a network");
    struct network *n = &k->net;
    bool ok = true;
#define X(section, type)                                                                             \
    ok = ok && check_section(bytes, &h, SECTION_##section, #section, sizeof(type), e);               \
    n->section = (const type *)(const void *)(bytes + (ok ? h.entry[SECTION_##section].offset : 0)); \
    n->section##_count = (uint32_t)h.entry[SECTION_##section].count;
    NET_SECTIONS(X)
#undef X
    n->name = h.name;
    n->source = h.source;
    n->attribution = h.attribution;
    n->utc_offset_min = h.utc_offset_min;
    memcpy(n->version, h.version, 32);
    memcpy(n->tariff_version, h.tariff_version, 16);
    memcpy(n->timetable_version, h.timetable_version, 16);
    k->len = len;
    k->holders = 1;
    if (!ok || !network_validate(n, e)) {
        free(k);
        return false;
    }
    *out = n;
    return true;
}

bool network_open(const char *path, const struct network **out, struct err *e)
{
    FILE *f = fopen(path, "rbe");
    if (f == NULL)
        return fail(e, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
    long len = fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;
    void *map = len > 0 ? mmap(NULL, (size_t)len, PROT_READ, MAP_PRIVATE, fileno(f), 0) : MAP_FAILED;
    if (map == MAP_FAILED) {
        fclose(f);
        return fail(e, ERR_DATA_LOSS, "%s: %s", path, len == 0 ? "the file is empty" : "it cannot be mapped");
    }
    struct err why = {0};
    if (!network_open_bytes(map, (size_t)len, out, &why)) {
        munmap(map, (size_t)len);
        fclose(f);
        return fail(e, why.code, "%s: %s", path, why.text);
    }
    held_of(*out)->map = map;
    held_of(*out)->file = f;
    return true;
}

const struct network *network_acquire(const struct network *n)
{
    struct held *k = held_of(n);
    __atomic_add_fetch(&k->holders, 1, __ATOMIC_RELAXED);
    return n;
}

void network_release(const struct network *n)
{
    struct held *k = held_of(n);
    if (__atomic_sub_fetch(&k->holders, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    if (k->map != NULL)
        munmap(k->map, k->len);
    if (k->file != NULL)
        fclose(k->file);
    held_free(k);
}

size_t network_file_bytes(const struct network *n)
{
    return ((const struct held *)(const void *)n)->len;
}
