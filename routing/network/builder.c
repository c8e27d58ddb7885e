#include "network/builder.h"

#include "network/cells.h"
#include "network/layout.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct rows {
    unsigned char *at;
    size_t size; /* of an element */
    uint32_t count, room;
};

struct network_builder {
    struct rows section[SECTION_COUNT];
    net_str *slot; /* open addressing over the pool; 0 is empty */
    uint32_t slot_count, slot_used;
    net_str name, source, attribution;
    int32_t utc_offset_min;
    bool out_of_memory;
};

/* Room for n more rows; their address, or NULL. */
static void *rows_add(struct network_builder *b, enum layout_section s, uint32_t n)
{
    struct rows *r = &b->section[s];
    if (n > UINT32_MAX - 1 - r->count) {
        b->out_of_memory = true;
        return NULL;
    }
    if (r->count + n > r->room) {
        uint64_t room = r->room < 16 ? 16 : (uint64_t)r->room * 2;
        if (room < (uint64_t)r->count + n)
            room = (uint64_t)r->count + n;
        if (room > UINT32_MAX - 1)
            room = UINT32_MAX - 1;
        unsigned char *at = realloc(r->at, room * r->size);
        if (at == NULL) {
            b->out_of_memory = true;
            return NULL;
        }
        r->at = at;
        r->room = (uint32_t)room;
    }
    void *p = r->at + (size_t)r->count * r->size;
    r->count += n;
    return p;
}

bool network_builder_new(struct network_builder **out, struct err *e)
{
    struct network_builder *b = calloc(1, sizeof *b);
    if (b == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a network");
#define X(name, type) b->section[SECTION_##name].size = sizeof(type);
    NET_SECTIONS(X)
#undef X
    char *empty = rows_add(b, SECTION_string, 1);
    if (empty == NULL) {
        network_builder_free(b);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a network");
    }
    *empty = '\0';
    b->utc_offset_min = 480;
    *out = b;
    return true;
}

void network_builder_free(struct network_builder *b)
{
    for (int i = 0; i < SECTION_COUNT; i++)
        free(b->section[i].at);
    free(b->slot);
    free(b);
}

static const char *pool(const struct network_builder *b, net_str s)
{
    return (const char *)b->section[SECTION_string].at + s;
}

static bool grow_slots(struct network_builder *b)
{
    uint32_t count = b->slot_count == 0 ? 1024 : b->slot_count * 2;
    net_str *slot = count > b->slot_count ? calloc(count, sizeof *slot) : NULL;
    if (slot == NULL)
        return false;
    for (uint32_t i = 0; i < b->slot_count; i++) {
        if (b->slot[i] == 0)
            continue;
        const char *s = pool(b, b->slot[i]);
        uint32_t at = (uint32_t)XXH3_64bits(s, strlen(s)) & (count - 1);
        while (slot[at] != 0)
            at = (at + 1) & (count - 1);
        slot[at] = b->slot[i];
    }
    free(b->slot);
    b->slot = slot;
    b->slot_count = count;
    return true;
}

net_str network_intern(struct network_builder *b, const char *s)
{
    if (s == NULL || s[0] == '\0')
        return 0;
    if (b->slot_used * 2 >= b->slot_count && !grow_slots(b)) {
        b->out_of_memory = true;
        return 0;
    }
    size_t n = strlen(s);
    uint32_t at = (uint32_t)XXH3_64bits(s, n) & (b->slot_count - 1);
    for (; b->slot[at] != 0; at = (at + 1) & (b->slot_count - 1))
        if (strcmp(pool(b, b->slot[at]), s) == 0)
            return b->slot[at];
    net_str offset = b->section[SECTION_string].count;
    char *p = n < UINT32_MAX / 2 ? rows_add(b, SECTION_string, (uint32_t)n + 1) : NULL;
    if (p == NULL) {
        b->out_of_memory = true;
        return 0;
    }
    memcpy(p, s, n + 1);
    b->slot[at] = offset;
    b->slot_used++;
    return offset;
}

#define X(name, type)                                                       \
    uint32_t network_add_##name(struct network_builder *b, const type *row) \
    {                                                                       \
        type *p = rows_add(b, SECTION_##name, 1);                           \
        if (p == NULL)                                                      \
            return NET_NONE;                                                \
        *p = *row;                                                          \
        return b->section[SECTION_##name].count - 1;                        \
    }                                                                       \
    type *network_rows_##name(struct network_builder *b, uint32_t *count)   \
    {                                                                       \
        *count = b->section[SECTION_##name].count;                          \
        return (type *)(void *)b->section[SECTION_##name].at;               \
    }
NET_SECTIONS(X)
#undef X

void network_set_about(struct network_builder *b, const char *name, const char *source,
                       const char *attribution, int32_t utc_offset_min)
{
    b->name = network_intern(b, name);
    b->source = network_intern(b, source);
    b->attribution = network_intern(b, attribution);
    b->utc_offset_min = utc_offset_min;
}

struct arc {
    uint32_t tail, head, link; /* link as in arc_link */
};

static int by_tail(const void *pa, const void *pb)
{
    const struct arc *a = pa, *b = pb;
    if (a->tail != b->tail)
        return a->tail < b->tail ? -1 : 1;
    if (a->head != b->head)
        return a->head < b->head ? -1 : 1;
    return a->link < b->link ? -1 : a->link > b->link;
}

static uint32_t collect_arcs(const struct net_link *links, uint32_t link_count, struct arc *out)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < link_count; i++) {
        const struct net_link *l = &links[i];
        if (l->mode != MODE_ROAD || l->status != STATUS_OPEN)
            continue;
        if (l->flags & LINK_FORWARD)
            out[n++] = (struct arc){l->from, l->to, i * 2};
        if (l->flags & LINK_BACKWARD)
            out[n++] = (struct arc){l->to, l->from, i * 2 + 1};
    }
    return n;
}

/* Adjacency arrays of the open road: sorted by tail, head and link. */
static bool build_arcs(struct network_builder *b)
{
    uint32_t link_count, node_count;
    const struct net_link *links = network_rows_link(b, &link_count);
    network_rows_node_id(b, &node_count);
    struct arc *arcs = calloc((size_t)link_count * 2 + 1, sizeof *arcs);
    uint32_t *first = rows_add(b, SECTION_arc_first, node_count + 1);
    if (arcs == NULL || first == NULL) {
        free(arcs);
        return false;
    }
    uint32_t n = collect_arcs(links, link_count, arcs);
    qsort(arcs, n, sizeof *arcs, by_tail);
    uint32_t *head = rows_add(b, SECTION_arc_head, n), *link = rows_add(b, SECTION_arc_link, n);
    uint32_t at = 0;
    for (uint32_t v = 0; v <= node_count; v++) {
        while (at < n && arcs[at].tail < v)
            at++;
        first[v] = at;
    }
    for (uint32_t i = 0; i < n && head != NULL && link != NULL; i++) {
        head[i] = arcs[i].head;
        link[i] = arcs[i].link;
    }
    free(arcs);
    return n == 0 || (head != NULL && link != NULL);
}

/* SHA-256 over the named sections (all when `which` is NULL), as hex. */
static bool hash_sections(const uint8_t *bytes, const struct layout_header *h, const bool *which, char *hex,
                          size_t hex_len)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;
    for (int i = 0; ok && i < SECTION_COUNT; i++) {
        uint64_t n = h->entry[i].count * h->entry[i].element_size;
        if (which != NULL && !which[i])
            continue;
        ok = EVP_DigestUpdate(ctx, &n, sizeof n) == 1 &&
             EVP_DigestUpdate(ctx, bytes + h->entry[i].offset, n) == 1;
    }
    ok = ok && EVP_DigestFinal_ex(ctx, sum, &len) == 1;
    EVP_MD_CTX_free(ctx);
    for (size_t i = 0; ok && i < hex_len / 2; i++)
        snprintf(hex + 2 * i, 3, "%02x", sum[i]);
    return ok;
}

static bool hash_all(const uint8_t *bytes, struct layout_header *h)
{
    static const bool tariffs[SECTION_COUNT] = {
        [SECTION_handling] = true, [SECTION_tariff] = true,    [SECTION_tariff_rule] = true,
        [SECTION_toll] = true,     [SECTION_vehicle] = true,   [SECTION_emission] = true,
        [SECTION_storage] = true,  [SECTION_container] = true,
    };
    static const bool timetable[SECTION_COUNT] = {
        [SECTION_cutoff] = true,    [SECTION_service] = true,   [SECTION_stop] = true,
        [SECTION_exception] = true, [SECTION_equipment] = true,
    };
    return hash_sections(bytes, h, NULL, h->version, 32) &&
           hash_sections(bytes, h, tariffs, h->tariff_version, 16) &&
           hash_sections(bytes, h, timetable, h->timetable_version, 16);
}

static void fill_header(const struct network_builder *b, struct layout_header *h)
{
    memcpy(h->magic, LAYOUT_MAGIC, sizeof h->magic);
    h->format_version = LAYOUT_VERSION;
    h->byte_order = LAYOUT_ORDER;
    h->section_count = SECTION_COUNT;
    h->utc_offset_min = b->utc_offset_min;
    h->name = b->name;
    h->source = b->source;
    h->attribution = b->attribution;
    uint64_t at = layout_align(sizeof *h);
    for (int i = 0; i < SECTION_COUNT; i++) {
        const struct rows *r = &b->section[i];
        h->entry[i] =
            (struct layout_entry){.offset = at, .count = r->count, .element_size = (uint32_t)r->size};
        at = layout_align(at + r->count * r->size);
    }
    h->file_len = at;
}

bool network_builder_freeze(struct network_builder *b, uint8_t **bytes, size_t *len, struct err *e)
{
    uint32_t arcs;
    network_rows_arc_first(b, &arcs);
    if (b->out_of_memory || (arcs == 0 && !build_arcs(b)) || !network_add_cells(b))
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a network");
    struct layout_header h = {0};
    fill_header(b, &h);
    uint8_t *image = calloc(1, h.file_len);
    if (image == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a network");
    for (int i = 0; i < SECTION_COUNT; i++) {
        size_t n = b->section[i].count * b->section[i].size;
        if (n > 0)
            memcpy(image + h.entry[i].offset, b->section[i].at, n);
        h.entry[i].checksum = XXH3_64bits(image + h.entry[i].offset, n);
    }
    if (!hash_all(image, &h)) {
        free(image);
        return fail(e, ERR_INTERNAL, "the hash of the network could not be made");
    }
    h.checksum = XXH3_64bits(&h, offsetof(struct layout_header, checksum));
    memcpy(image, &h, sizeof h);
    *bytes = image;
    *len = h.file_len;
    return true;
}
