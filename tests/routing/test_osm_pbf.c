/* The boundary of the PBF reader: a small file written here, cut at every byte, with every bit flipped, and
 * with each thing in it that libreadosm would crash on or pass over. */
#include "test_osm_file.h"

#include <zlib.h>

struct bytes {
    uint8_t at[1 << 16];
    size_t len;
};

static void byte(struct bytes *b, unsigned v)
{
    CHECK(b->len < sizeof b->at);
    b->at[b->len++] = (uint8_t)v;
}

static void varint(struct bytes *b, uint64_t v)
{
    for (; v > 0x7f; v >>= 7)
        byte(b, 0x80 | (v & 0x7f));
    byte(b, (unsigned)v);
}

static void number(struct bytes *b, unsigned field, uint64_t v)
{
    varint(b, field << 3);
    varint(b, v);
}

static void block(struct bytes *b, unsigned field, const void *data, size_t len)
{
    varint(b, field << 3 | 2);
    varint(b, len);
    CHECK(b->len + len <= sizeof b->at);
    memcpy(b->at + b->len, data, len);
    b->len += len;
}

static void text(struct bytes *b, unsigned field, const char *s)
{
    block(b, field, s, strlen(s));
}

/* Numbers in a row; zigzag with differences, or as they are. */
static void list(struct bytes *b, unsigned field, const int64_t *v, size_t n, bool deltas)
{
    static struct bytes x;
    int64_t before = 0;
    x.len = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t d = deltas ? v[i] - before : v[i];
        varint(&x, deltas ? (uint64_t)d << 1 ^ (uint64_t)(d >> 63) : (uint64_t)d);
        before = v[i];
    }
    block(b, field, x.at, x.len);
}
#define LIST(b, field, deltas, ...)                                                                          \
    list(b, field, (const int64_t[]){__VA_ARGS__}, sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t), \
         deltas)

enum quirk {
    PLAIN,
    STRING_OUTSIDE,
    ROLE_OUTSIDE,
    USER_OUTSIDE,
    NODE_KEY_OUTSIDE,
    VARINT_CUT,
    VARINT_LONG,
    LIST_TWICE,
    TABLE_TWICE,
    TABLE_LAST,
    VALUES_MISSING,
    COORDINATES_MISSING,
    ROLES_MISSING,
    EMPTY_LIST,
    PLAIN_NODES,
    GRANULARITY,
    GRANULARITY_USUAL,
    OFFSET,
    HISTORY,
    LOCATIONS,
    LARGE_ID,
    FEATURE,
    SECOND_HEADER,
    NO_HEADER,
    LZMA,
    RAW_SIZE_LIES,
    RAW_AND_ZLIB,
    HUGE_BLOB,
    HUGE_HEADER,
    OTHER_TYPE,
    QUIRKS
};

static void blob(struct bytes *out, const char *type, const struct bytes *raw, bool zip, enum quirk q)
{
    static struct bytes body, head;
    static uint8_t squeezed[1 << 16];
    uLongf len = sizeof squeezed;
    bool data = strcmp(type, "OSMData") == 0;
    body.len = head.len = 0;
    CHECK(compress2(squeezed, &len, raw->at, raw->len, 9) == Z_OK);
    if (!zip || (data && (q == RAW_SIZE_LIES || q == RAW_AND_ZLIB)))
        block(&body, 1, raw->at, raw->len);
    if (zip || (data && (q == RAW_SIZE_LIES || q == RAW_AND_ZLIB)))
        number(&body, 2, raw->len + (data && q == RAW_SIZE_LIES ? 4000 : 0));
    if (zip && !(data && q == RAW_SIZE_LIES))
        block(&body, data && q == LZMA ? 4 : 3, squeezed, len);
    text(&head, 1, data && q == OTHER_TYPE ? "OSMIndex" : type);
    number(&head, 3, data && q == HUGE_BLOB ? (33u << 20) : body.len);
    size_t n = data && q == HUGE_HEADER ? (65u << 10) : head.len;
    for (int shift = 24; shift >= 0; shift -= 8)
        byte(out, (unsigned)(n >> shift) & 0xff);
    memcpy(out->at + out->len, head.at, head.len);
    out->len += head.len;
    memcpy(out->at + out->len, body.at, body.len);
    out->len += body.len;
}

static void strings(struct bytes *b)
{
    static const char *const s[] = {
        "",     "highway", "primary", "name",         "A",       "type", "restriction",
        "from", "via",     "to",      "no_left_turn", "barrier", "gate"};
    static struct bytes t;
    t.len = 0;
    for (size_t i = 0; i < sizeof s / sizeof *s; i++)
        text(&t, 1, s[i]);
    block(b, 1, t.at, t.len);
}

/* The crossing of test_osm_turns.c: 1 in the middle, 2 west, 3 east, 4 north, 5 south. */
static void nodes(struct bytes *b, enum quirk q)
{
    static struct bytes dense, info, group;
    dense.len = info.len = group.len = 0;
    if (q == PLAIN_NODES) {
        block(&group, 1, "\x08\x02\x40\x02\x48\x02", 6);
        block(b, 2, group.at, group.len);
        return;
    }
    LIST(&info, 1, false, 1, 1, 1, 1, 1);
    LIST(&info, 2, true, 100, 100, 100, 100, 100);
    LIST(&info, 3, true, 7, 7, 7, 7, 7);
    LIST(&info, 4, true, 3, 3, 3, 3, 3);
    LIST(&info, 5, true, 4, 4, 4, 4, q == USER_OUTSIDE ? 13 : 0);
    if (q == HISTORY)
        LIST(&info, 6, false, 1, 1, 1, 1, 0);
    LIST(&dense, 1, true, 1, 2, 3, 4, 5);
    block(&dense, 5, info.at, info.len);
    LIST(&dense, 8, true, 0, 0, 0, 100000, -100000);
    if (q == COORDINATES_MISSING)
        LIST(&dense, 9, true, 0, -100000, 100000, 0);
    else
        LIST(&dense, 9, true, 0, -100000, 100000, 0, 0);
    LIST(&dense, 10, false, 0, 11, q == NODE_KEY_OUTSIDE ? 130 : 12, 0, 0, 0, 0);
    if (q == VARINT_LONG)
        dense.at[2] = 0x80; /* the first id goes on and on */
    block(&group, 2, dense.at, dense.len);
    block(b, 2, group.at, group.len);
}

static void way(struct bytes *group, int64_t id, int64_t a, int64_t z, enum quirk q)
{
    static struct bytes w;
    w.len = 0;
    number(&w, 1, (uint64_t)(q == LARGE_ID ? id + (INT64_C(1) << 31) : id));
    LIST(&w, 2, false, 1, 3);
    if (q == LIST_TWICE)
        LIST(&w, 2, false, 1, 3);
    if (q == VALUES_MISSING)
        LIST(&w, 3, false, 2);
    else
        LIST(&w, 3, false, 2, q == STRING_OUTSIDE ? 13 : 4);
    block(&w, 4, "\x08\x01\x10\x64\x18\x07", 6);
    if (q == EMPTY_LIST)
        block(&w, 8, "", 0);
    else
        LIST(&w, 8, true, a, z);
    if (q == LOCATIONS)
        LIST(&w, 9, true, 0, 0);
    if (q == VARINT_CUT)
        w.at[w.len - 1] |= 0x80;
    block(group, 3, w.at, w.len);
}

static void relation(struct bytes *group, enum quirk q)
{
    static struct bytes r;
    r.len = 0;
    number(&r, 1, 1);
    LIST(&r, 2, false, 5, 6);
    LIST(&r, 3, false, 6, 10);
    if (q == ROLES_MISSING)
        LIST(&r, 8, false, 7, 8);
    else
        LIST(&r, 8, false, 7, q == ROLE_OUTSIDE ? 2147483648 : 8, 9);
    LIST(&r, 9, true, 10, 1, 12);
    LIST(&r, 10, false, 1, 0, 1);
    block(group, 4, r.at, r.len);
}

static void ways(struct bytes *b, enum quirk q)
{
    static struct bytes group;
    group.len = 0;
    way(&group, 10, 2, 1, q);
    way(&group, 11, 1, 3, PLAIN);
    way(&group, 12, 1, 4, PLAIN);
    way(&group, 13, 1, 5, PLAIN);
    block(b, 2, group.at, group.len);
    group.len = 0;
    relation(&group, q);
    block(b, 2, group.at, group.len);
}

static size_t boundary[3]; /* where a cut leaves whole blocks */

static void make(struct bytes *out, bool zip, enum quirk q)
{
    static struct bytes raw;
    out->len = raw.len = 0;
    text(&raw, 4, "OsmSchema-V0.6");
    text(&raw, 4, q == FEATURE ? "HistoricalInformation" : "DenseNodes");
    text(&raw, 16, "test");
    if (q != NO_HEADER)
        blob(out, "OSMHeader", &raw, zip, q);
    if (q == SECOND_HEADER)
        blob(out, "OSMHeader", &raw, zip, q);
    boundary[0] = out->len;
    raw.len = 0;
    strings(&raw);
    if (q == TABLE_TWICE)
        strings(&raw);
    nodes(&raw, q);
    if (q == GRANULARITY || q == GRANULARITY_USUAL)
        number(&raw, 17, q == GRANULARITY ? 1000 : 100);
    if (q == OFFSET)
        number(&raw, 19, 5);
    blob(out, "OSMData", &raw, zip, q);
    boundary[1] = out->len;
    raw.len = 0;
    if (q != TABLE_LAST)
        strings(&raw);
    ways(&raw, q);
    if (q == TABLE_LAST)
        strings(&raw);
    blob(out, "OSMData", &raw, zip, q);
    boundary[2] = out->len;
}

static void right_answers(struct osm_net *o)
{
    CHECK_I64(o->n->link_count, 4);
    CHECK_I64(osm_metres_of(o, 2, 3), 2 * UNIT);
    CHECK_I64(osm_metres_of(o, 2, 4), 4 * UNIT);
    CHECK_I64(o->r.turns_used, 1);
}

TEST(a_small_file_raw_and_compressed)
{
    static struct bytes f;
    struct osm_net o;
    for (int zip = 0; zip < 2; zip++) {
        make(&f, zip != 0, PLAIN);
        CHECK_MSG(osm_load_bytes(f.at, f.len, ".osm.pbf", &o), "%s", o.e.text);
        right_answers(&o);
        osm_done(&o);
        make(&f, zip != 0, GRANULARITY_USUAL);
        CHECK_MSG(osm_load_bytes(f.at, f.len, ".osm.pbf", &o), "%s", o.e.text);
        right_answers(&o);
        osm_done(&o);
    }
}

TEST(each_trap_is_named)
{
    static const struct {
        enum quirk q;
        const char *said;
    } cases[] = {
        {STRING_OUTSIDE, "block 3 at byte"},
        {STRING_OUTSIDE, "a string that its table has not"},
        {ROLE_OUTSIDE, "a string that its table has not"},
        {USER_OUTSIDE, "a string that its table has not"},
        {NODE_KEY_OUTSIDE, "a string that its table has not"},
        {VARINT_CUT, "damaged"},
        {VARINT_LONG, "block 2 at byte"},
        {LIST_TWICE, "damaged"},
        {TABLE_TWICE, "two tables"},
        {TABLE_LAST, "damaged"},
        {VALUES_MISSING, "differ in length"},
        {COORDINATES_MISSING, "more nodes than coordinates"},
        {ROLES_MISSING, "differ in length"},
        {EMPTY_LIST, "empty list"},
        {PLAIN_NODES, "not dense"},
        {GRANULARITY, "granularity"},
        {OFFSET, "offset"},
        {HISTORY, "history"},
        {LOCATIONS, "locations on ways"},
        {LARGE_ID, "2147483647"},
        {FEATURE, "HistoricalInformation"},
        {SECOND_HEADER, "second header"},
        {NO_HEADER, "OSMHeader"},
        {LZMA, "lzma"},
        {RAW_SIZE_LIES, "length"},
        {RAW_AND_ZLIB, "no data"},
        {HUGE_BLOB, "32 MiB"},
        {HUGE_HEADER, "header of a length"},
        {OTHER_TYPE, "neither OSMHeader nor OSMData"},
    };
    static struct bytes f;
    struct osm_net o;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make(&f, true, cases[i].q);
        CHECK_MSG(!osm_load_bytes(f.at, f.len, ".osm.pbf", &o), "case %zu was taken", i);
        CHECK_MSG(strstr(o.e.text, cases[i].said) != NULL, "case %zu: %s", i, o.e.text);
    }
}

TEST(cut_at_every_byte)
{
    static struct bytes f;
    struct osm_net o;
    for (int zip = 0; zip < 2; zip++) {
        make(&f, zip != 0, PLAIN);
        for (size_t cut = 0; cut < f.len; cut++) {
            CHECK_MSG(!osm_load_bytes(f.at, cut, ".osm.pbf", &o), "cut at %zu of %zu was taken", cut, f.len);
            bool whole = cut == boundary[0] || cut == boundary[1];
            const char *said = cut == 0             ? "is empty"
                               : cut == boundary[0] ? "no data"
                               : whole              ? "no road"
                                                    : "block ";
            CHECK_MSG(strstr(o.e.text, said) != NULL, "cut at %zu: %s", cut, o.e.text);
        }
    }
}

/* A flip that is taken must leave the same network (unused bits of deflate), or have been in data without a
 * checksum. */
TEST(every_bit_flipped)
{
    static struct bytes f;
    struct osm_net o;
    for (int zip = 0; zip < 2; zip++) {
        make(&f, zip != 0, PLAIN);
        uint32_t taken = 0;
        for (size_t bit = 0; bit < f.len * 8; bit++) {
            f.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
            if (osm_load_bytes(f.at, f.len, ".osm.pbf", &o)) {
                taken++;
                if (zip != 0)
                    right_answers(&o);
                osm_done(&o);
            }
            f.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        CHECK(zip == 0 || taken < 40);
    }
}

TEST(random_bytes_over_unchecked_data)
{
    static struct bytes f;
    struct osm_net o;
    uint64_t s = 7;
    for (int round = 0; round < 3000; round++) {
        make(&f, false, PLAIN);
        for (uint32_t k = 1 + test_rand_below(&s, 4); k > 0; k--)
            f.at[boundary[0] + test_rand_below(&s, (uint32_t)(f.len - boundary[0]))] = (uint8_t)test_rand(&s);
        if (osm_load_bytes(f.at, f.len, ".osm.pbf", &o))
            osm_done(&o);
    }
}
