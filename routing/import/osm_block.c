/* The structure of inflated PBF blocks. libreadosm takes string numbers, lengths and varints on trust and
 * passes plain nodes, granularities and history over in silence: all of that is found here. */
#include "import/osm_inside.h"

#include <string.h>

struct block {
    uint64_t strings;
    bool table, ended; /* the string table was seen; granularity was: nothing may follow */
    const char *where;
    struct err *e;
};

static bool broken(const struct block *b, const char *what)
{
    return fail(b->e, ERR_INVALID_ARGUMENT, "%s %s", b->where, what);
}

static bool unread(const struct block *b, const char *what)
{
    return fail(b->e, ERR_UNIMPLEMENTED, "%s %s", b->where, what);
}

static const char damaged[] = "is damaged: its fields do not fit into each other";

static int64_t zigzag(uint64_t v)
{
    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

/* Varints end to end; of string numbers each must be in the table. */
static bool packed(const struct block *b, struct osm_wire w, int bytes_max, bool strings, uint64_t *count)
{
    uint64_t v;
    *count = 0;
    if (w.left == 0)
        return broken(b, "has an empty list");
    for (; w.left > 0; ++*count) {
        if (!osm_varint(&w, bytes_max, &v))
            return broken(b, damaged);
        if (strings && v >= b->strings)
            return broken(b, "is damaged: it names a string that its table has not");
    }
    return true;
}

static bool user_names(const struct block *b, struct osm_wire w)
{
    int64_t at = 0;
    uint64_t v;
    while (w.left > 0) {
        if (!osm_varint(&w, 5, &v) || v > UINT32_MAX)
            return broken(b, damaged);
        at += zigzag(v);
        if (at < INT32_MIN || at >= (int64_t)b->strings)
            return broken(b, "is damaged: it names a string that its table has not");
    }
    return true;
}

static bool all_visible(const struct block *b, struct osm_wire w)
{
    uint64_t v;
    while (w.left > 0)
        if (!osm_varint(&w, 10, &v) || v == 0)
            return unread(
                b, "holds deleted objects: a history file; extract one day of it (osmium time-filter)");
    return true;
}

static bool dense_info(const struct block *b, struct osm_wire w)
{
    struct osm_field f;
    uint64_t count;
    uint32_t seen = 0;
    if (w.left == 0)
        return broken(b, "has an empty list");
    while (w.left > 0) {
        if (!osm_next_field(&w, &f) || f.type != 2 || f.number < 1 || f.number > 6 ||
            (seen >> f.number & 1) != 0)
            return broken(b, damaged);
        seen |= 1u << f.number;
        bool ok = f.number == 6 ? all_visible(b, f.bytes)
                                : packed(b, f.bytes, f.number == 3 ? 10 : 5, false, &count) &&
                                      (f.number != 5 || user_names(b, f.bytes));
        if (!ok)
            return false;
    }
    return true;
}

static bool dense_nodes(const struct block *b, struct osm_wire w)
{
    struct osm_field f;
    uint64_t count[11] = {0};
    uint32_t seen = 0;
    while (w.left > 0) {
        if (!osm_next_field(&w, &f) || f.type != 2)
            return broken(b, damaged);
        bool known = f.number == 1 || f.number == 5 || (f.number >= 8 && f.number <= 10);
        if (!known || (seen >> f.number & 1) != 0)
            return broken(b, "has nodes with fields that do not belong there");
        seen |= 1u << f.number;
        bool ok = f.number == 5
                      ? dense_info(b, f.bytes)
                      : packed(b, f.bytes, f.number == 10 ? 5 : 10, f.number == 10, &count[f.number]);
        if (!ok)
            return false;
    }
    return (count[1] == count[8] && count[1] == count[9]) ||
           broken(b, "has more nodes than coordinates, or fewer");
}

static bool fits_int(uint64_t v)
{
    return (int64_t)v >= INT32_MIN && (int64_t)v <= INT32_MAX;
}

/* A way (lists 2, 3, 8) or a relation (lists 2, 3, 8, 9, 10). */
static bool object(const struct block *b, struct osm_wire w, bool relation)
{
    struct osm_field f;
    uint64_t count[11] = {0};
    uint32_t seen = 0;
    if (w.left == 0)
        return broken(b, damaged);
    while (w.left > 0) {
        if (!osm_next_field(&w, &f) || f.number == 0 || (f.number <= 10 && (seen >> f.number & 1) != 0))
            return broken(b, damaged);
        seen |= f.number <= 10 ? 1u << f.number : 0;
        bool ok = true;
        if (f.number == 1 && f.type == 0)
            ok = fits_int(f.value) || unread(b, "has an id above 2147483647, which libreadosm cannot hold");
        else if ((f.number == 2 || f.number == 3 || (relation && f.number == 8)) && f.type == 2)
            ok = packed(b, f.bytes, 5, true, &count[f.number]);
        else if (((!relation && f.number == 8) || (relation && f.number == 9)) && f.type == 2)
            ok = packed(b, f.bytes, 10, false, &count[f.number]);
        else if (relation && f.number == 10 && f.type == 2)
            ok = packed(b, f.bytes, 5, false, &count[10]);
        else if (f.number != 4 || f.type != 2)
            ok = unread(b, "has ways or relations with fields that are not read (locations on ways?)");
        if (!ok)
            return false;
    }
    bool even = count[2] == count[3] && (!relation || (count[8] == count[9] && count[8] == count[10]));
    return even || broken(b, "is damaged: lists that belong together differ in length");
}

static bool group(const struct block *b, struct osm_wire w)
{
    struct osm_field f;
    if (w.left == 0)
        return broken(b, "has an empty group");
    while (w.left > 0) {
        if (!osm_next_field(&w, &f) || f.type != 2)
            return broken(b, damaged);
        bool ok;
        switch (f.number) {
        case 1:
            return unread(b, "has nodes that are not dense; convert the file (osmium cat)");
        case 2:
            ok = dense_nodes(b, f.bytes);
            break;
        case 3:
        case 4:
            ok = object(b, f.bytes, f.number == 4);
            break;
        default:
            ok = f.number == 5 || broken(b, damaged);
        }
        if (!ok)
            return false;
    }
    return true;
}

static bool string_table(struct block *b, struct osm_wire w)
{
    struct osm_field f;
    if (b->table || w.left == 0)
        return broken(b, "has two tables of strings, or an empty one");
    b->table = true;
    for (; w.left > 0; b->strings++)
        if (!osm_next_field(&w, &f) || f.type != 2 || f.number != 1)
            return broken(b, damaged);
    return true;
}

/* Granularity and offsets: libreadosm knows the defaults only, and ends the block at a granularity. */
static bool scale(struct block *b, const struct osm_field *f)
{
    static const uint64_t usual[] = {100, 1000, 0, 0};
    if (f->value != usual[f->number - 17])
        return unread(
            b, "has another granularity or offset of coordinates than usual; convert the file (osmium cat)");
    if (f->number != 17 && !b->ended)
        return unread(b, "names a date granularity or an offset; convert the file (osmium cat)");
    b->ended = true;
    return true;
}

bool osm_check_data_block(const uint8_t *data, size_t len, const char *where, struct err *e)
{
    struct block b = {.where = where, .e = e};
    struct osm_field f;
    for (struct osm_wire w = {data, len}; w.left > 0;) {
        if (!osm_next_field(&w, &f))
            return broken(&b, damaged);
        bool ok;
        if (f.number == 1 && f.type == 2 && !b.ended)
            ok = string_table(&b, f.bytes);
        else if (f.number == 2 && f.type == 2 && b.table && !b.ended)
            ok = group(&b, f.bytes);
        else
            ok = f.number >= 17 && f.number <= 20 && f.type == 0 ? scale(&b, &f) : broken(&b, damaged);
        if (!ok)
            return false;
    }
    return true;
}

bool osm_check_header_block(const uint8_t *data, size_t len, const char *where, struct err *e)
{
    static const char *const features[] = {"OsmSchema-V0.6", "DenseNodes"};
    struct block b = {.where = where, .e = e};
    struct osm_field f;
    for (struct osm_wire w = {data, len}; w.left > 0;) {
        if (!osm_next_field(&w, &f))
            return broken(&b, damaged);
        if (f.number != 4)
            continue;
        bool known = false;
        for (size_t i = 0; i < sizeof features / sizeof *features && f.type == 2; i++)
            known = known || (f.bytes.left == strlen(features[i]) &&
                              memcmp(f.bytes.at, features[i], f.bytes.left) == 0);
        if (!known)
            return fail(e, ERR_UNIMPLEMENTED, "%s requires the feature \"%.*s\", which is not read here",
                        where, f.bytes.left < 40 ? (int)f.bytes.left : 40,
                        f.type == 2 ? (const char *)f.bytes.at : "");
    }
    return true;
}
