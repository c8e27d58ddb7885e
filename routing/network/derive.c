#include "network/derive.h"

#include "network/file.h"
#include "network/held.h"
#include "network/layout.h"

#include <stdlib.h>
#include <string.h>

enum { COPIED_MAX = 1 << 18 }; /* bytes: a section up to this size is copied whole */

struct network_derive {
    struct held *made;
};

bool network_derive_new(const struct network *base, struct network_derive **out, struct err *e)
{
    *out = NULL;
    if (held_of(base)->base != NULL)
        return fail(e, ERR_FAILED_PRECONDITION, "a version is derived from a network that is not derived");
    struct network_derive *d = calloc(1, sizeof *d);
    struct held *k = calloc(1, sizeof *k);
    struct held_part *part = calloc(SECTION_COUNT, sizeof *part);
    if (d == NULL || k == NULL || part == NULL) {
        free(d);
        free(k);
        free(part);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a derived network");
    }
    *k = (struct held){.net = *base,
                       .holders = 1,
                       .base = held_of(network_acquire(base)),
                       .part = part,
                       .added_bytes = sizeof *k + SECTION_COUNT * sizeof *part};
    d->made = k;
    *out = d;
    return true;
}

void held_free(struct held *k)
{
    for (int i = 0; k->part != NULL && i < SECTION_COUNT; i++) {
        free(k->part[i].copy);
        cow_release(&k->part[i].fork);
    }
    free(k->part);
    free(k->added_tail);
    if (k->base != NULL)
        network_release(&k->base->net);
    free(k);
}

void network_derive_free(struct network_derive *d)
{
    if (d == NULL)
        return;
    if (d->made != NULL)
        held_free(d->made);
    free(d);
}

static bool copy_rows(struct held_part *p, const void *rows, size_t bytes, size_t room)
{
    p->copy = malloc(bytes + room + 1);
    if (p->copy == NULL)
        return false;
    if (bytes > 0)
        memcpy(p->copy, rows, bytes);
    p->rows = p->copy;
    return true;
}

/* NULL: no memory, or taken before. */
static void *take(struct network_derive *d, int section, const void *rows, size_t size, uint32_t *count,
                  uint32_t more)
{
    struct held *k = d->made;
    struct held_part *p = &k->part[section];
    size_t bytes = size * *count, room = size * more;
    if (p->taken || more >= NET_NONE - *count)
        return NULL;
    const struct held *base = k->base;
    bool forked = base->file != NULL && bytes > COPIED_MAX;
    bool ok = forked ? cow_fork_file(base->file, (size_t)((const uint8_t *)rows - (const uint8_t *)base->map),
                                     bytes, room, &p->fork, &p->rows)
                     : copy_rows(p, rows, bytes, room);
    if (!ok)
        return NULL;
    memset((uint8_t *)p->rows + bytes, 0, room);
    p->taken = true;
    k->added_bytes += forked ? room : bytes + room;
    *count += more;
    return p->rows;
}

#define X(name, type)                                                                        \
    type *network_derive_##name(struct network_derive *d, uint32_t more)                     \
    {                                                                                        \
        struct network *n = &d->made->net;                                                   \
        type *rows = take(d, SECTION_##name, n->name, sizeof(type), &n->name##_count, more); \
        if (rows != NULL)                                                                    \
            n->name = rows;                                                                  \
        return rows;                                                                         \
    }
NET_SECTIONS(X)
#undef X

const struct network *network_derive_peek(const struct network_derive *d)
{
    return &d->made->net;
}

static bool any_taken(const struct held *k, const int *section, int count)
{
    for (int i = 0; i < count; i++)
        if (k->part[section[i]].taken)
            return true;
    return false;
}

/* The tables that builder.c hashes for them. */
static void set_versions(struct held *k, const char *version)
{
    static const int tariff[] = {SECTION_handling, SECTION_tariff,   SECTION_tariff_rule, SECTION_toll,
                                 SECTION_vehicle,  SECTION_emission, SECTION_storage,     SECTION_container};
    static const int timetable[] = {SECTION_cutoff, SECTION_service, SECTION_stop, SECTION_exception,
                                    SECTION_equipment};
    memcpy(k->net.version, version, 32);
    if (any_taken(k, tariff, sizeof tariff / sizeof *tariff))
        memcpy(k->net.tariff_version, version, 16);
    if (any_taken(k, timetable, sizeof timetable / sizeof *timetable))
        memcpy(k->net.timetable_version, version, 16);
}

bool network_derive_freeze(struct network_derive *d, uint32_t nodes, uint32_t arcs, const uint32_t *tail,
                           const char *version, const struct network **out, struct err *e)
{
    struct held *k = d->made;
    *out = NULL;
    k->added_tail = malloc(((size_t)arcs + 1) * sizeof *k->added_tail);
    if (k->added_tail == NULL) {
        network_derive_free(d);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a derived network");
    }
    if (arcs > 0)
        memcpy(k->added_tail, tail, arcs * sizeof *tail);
    k->net.added_nodes = nodes;
    k->net.added_arcs = arcs;
    k->net.added_tail = k->added_tail;
    set_versions(k, version);
    free(d);
    *out = &k->net;
    return true;
}

size_t network_derived_bytes(const struct network *n)
{
    return held_of(n)->added_bytes;
}

const struct network *network_base(const struct network *n)
{
    const struct held *k = held_of(n);
    return k->base != NULL ? &k->base->net : NULL;
}
