#include "pack.h"

#include <string.h>

enum { VARINT_MAX = 10, NEST_MAX = 32, WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

static size_t room(const struct pack *p)
{
    return (size_t)(p->at - p->begin);
}

static bool put(struct pack *p, const void *bytes, size_t n)
{
    if (n > room(p))
        return false;
    p->at -= n;
    memcpy(p->at, bytes, n);
    return true;
}

static bool put_long(struct pack *p, uint64_t v)
{
    unsigned n = 1;
    for (uint64_t left = v >> 7; left > 0; left >>= 7)
        n++;
    uint8_t *at = p->at -= n;
    for (; v >= 0x80; v >>= 7)
        *at++ = (uint8_t)(v | 0x80);
    *at = (uint8_t)v;
    return true;
}

static inline bool put_varint(struct pack *p, uint64_t v)
{
    if (room(p) < VARINT_MAX)
        return false;
    if (v >= 0x80)
        return put_long(p, v);
    *--p->at = (uint8_t)v;
    return true;
}

static inline bool put_tag(struct pack *p, uint32_t field, unsigned wire)
{
    return put_varint(p, (uint64_t)field << 3 | wire);
}

static bool put_little(struct pack *p, uint64_t v, unsigned bytes)
{
    uint8_t out[8];
    for (unsigned i = 0; i < bytes; i++)
        out[i] = (uint8_t)(v >> 8 * i);
    return put(p, out, bytes);
}

bool pack_wrap(struct pack *p, uint32_t field, const uint8_t *end)
{
    return put_varint(p, (uint64_t)(end - p->at)) && put_tag(p, field, WIRE_BYTES);
}

bool pack_fixed64(struct pack *p, uint32_t field, uint64_t v)
{
    return v == 0 || (put_little(p, v, 8) && put_tag(p, field, WIRE_64));
}

bool pack_bool(struct pack *p, uint32_t field, bool v)
{
    return !v || (put_varint(p, 1) && put_tag(p, field, WIRE_VARINT));
}

static uint64_t get(const void *at, size_t bytes)
{
    uint64_t v64;
    uint32_t v32;
    if (bytes == sizeof v64) {
        memcpy(&v64, at, sizeof v64);
        return v64;
    }
    memcpy(&v32, at, sizeof v32);
    return v32;
}

static uint64_t zigzag(int64_t v)
{
    return (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
}

/* What is written as one varint; false: the type is none of these. */
static inline bool varint_of(ProtobufCType type, const void *at, uint64_t *v)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_ENUM:
        *v = (uint64_t)(int64_t)(int32_t)get(at, 4);
        return true;
    case PROTOBUF_C_TYPE_SINT32:
        *v = zigzag((int32_t)get(at, 4));
        return true;
    case PROTOBUF_C_TYPE_UINT32:
        *v = get(at, 4);
        return true;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        *v = get(at, 8);
        return true;
    case PROTOBUF_C_TYPE_SINT64:
        *v = zigzag((int64_t)get(at, 8));
        return true;
    case PROTOBUF_C_TYPE_BOOL:
        *v = *(const protobuf_c_boolean *)at != 0;
        return true;
    default:
        return false;
    }
}

static bool put_fields(struct pack *p, const ProtobufCMessage *m, unsigned depth);

static bool put_text(struct pack *p, const void *bytes, size_t n)
{
    return put(p, bytes, n) && put_varint(p, n);
}

/* The value alone, with its length where it has one. */
static bool put_value(struct pack *p, ProtobufCType type, const void *at, unsigned depth)
{
    const uint8_t *end = p->at;
    uint64_t v;
    if (varint_of(type, at, &v))
        return put_varint(p, v);
    switch (type) {
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return put_little(p, get(at, 4), 4);
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return put_little(p, get(at, 8), 8);
    case PROTOBUF_C_TYPE_STRING: {
        const char *s = *(const char *const *)at;
        return s == NULL ? put_varint(p, 0) : put_text(p, s, strlen(s));
    }
    case PROTOBUF_C_TYPE_BYTES: {
        const ProtobufCBinaryData *b = at;
        return b->len == 0 ? put_varint(p, 0) : put_text(p, b->data, b->len);
    }
    case PROTOBUF_C_TYPE_MESSAGE: {
        const ProtobufCMessage *m = *(const ProtobufCMessage *const *)at;
        return m != NULL && depth < NEST_MAX && put_fields(p, m, depth + 1) &&
               put_varint(p, (uint64_t)(end - p->at));
    }
    default:
        return false;
    }
}

static const struct {
    uint8_t wire, size; /* size: of an element of an array */
} kinds[] = {
    [PROTOBUF_C_TYPE_INT32] = {WIRE_VARINT, 4},
    [PROTOBUF_C_TYPE_SINT32] = {WIRE_VARINT, 4},
    [PROTOBUF_C_TYPE_SFIXED32] = {WIRE_32, 4},
    [PROTOBUF_C_TYPE_INT64] = {WIRE_VARINT, 8},
    [PROTOBUF_C_TYPE_SINT64] = {WIRE_VARINT, 8},
    [PROTOBUF_C_TYPE_SFIXED64] = {WIRE_64, 8},
    [PROTOBUF_C_TYPE_UINT32] = {WIRE_VARINT, 4},
    [PROTOBUF_C_TYPE_FIXED32] = {WIRE_32, 4},
    [PROTOBUF_C_TYPE_UINT64] = {WIRE_VARINT, 8},
    [PROTOBUF_C_TYPE_FIXED64] = {WIRE_64, 8},
    [PROTOBUF_C_TYPE_FLOAT] = {WIRE_32, 4},
    [PROTOBUF_C_TYPE_DOUBLE] = {WIRE_64, 8},
    [PROTOBUF_C_TYPE_BOOL] = {WIRE_VARINT, sizeof(protobuf_c_boolean)},
    [PROTOBUF_C_TYPE_ENUM] = {WIRE_VARINT, 4},
    [PROTOBUF_C_TYPE_STRING] = {WIRE_BYTES, sizeof(char *)},
    [PROTOBUF_C_TYPE_BYTES] = {WIRE_BYTES, sizeof(ProtobufCBinaryData)},
    [PROTOBUF_C_TYPE_MESSAGE] = {WIRE_BYTES, sizeof(ProtobufCMessage *)},
};

/* What proto3 leaves out. */
static bool is_zero(ProtobufCType type, const void *at)
{
    switch (type) {
    case PROTOBUF_C_TYPE_FLOAT:
        return *(const float *)at == 0;
    case PROTOBUF_C_TYPE_DOUBLE:
        return *(const double *)at == 0;
    case PROTOBUF_C_TYPE_STRING: {
        const char *s = *(const char *const *)at;
        return s == NULL || s[0] == '\0';
    }
    case PROTOBUF_C_TYPE_BYTES:
        return ((const ProtobufCBinaryData *)at)->len == 0;
    case PROTOBUF_C_TYPE_MESSAGE:
        return *(const ProtobufCMessage *const *)at == NULL;
    default:
        return get(at, kinds[type].size) == 0;
    }
}

static bool put_repeated(struct pack *p, const ProtobufCFieldDescriptor *f, const void *member, size_t count,
                         unsigned depth)
{
    const uint8_t *array = *(const uint8_t *const *)member, *end = p->at;
    size_t size = kinds[f->type].size;
    bool packed = (f->flags & PROTOBUF_C_FIELD_FLAG_PACKED) != 0;
    for (size_t i = count; i-- > 0;)
        if (!put_value(p, f->type, array + i * size, depth) ||
            (!packed && !put_tag(p, f->id, kinds[f->type].wire)))
            return false;
    return !packed || count == 0 || pack_wrap(p, f->id, end);
}

/* Of a oneof the chosen one is written even when it is 0, but not a message or text that is not there. */
static bool is_left_out(const ProtobufCFieldDescriptor *f, const void *member, const void *quantifier)
{
    if (!(f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF))
        return is_zero(f->type, member);
    const void *there = f->type == PROTOBUF_C_TYPE_MESSAGE || f->type == PROTOBUF_C_TYPE_STRING
                            ? *(const void *const *)member
                            : member;
    return (uint32_t)get(quantifier, 4) != f->id || there == NULL || there == f->default_value;
}

static bool put_field(struct pack *p, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f,
                      unsigned depth)
{
    const uint8_t *base = (const uint8_t *)m;
    const void *member = base + f->offset, *quantifier = base + f->quantifier_offset;
    if (f->label == PROTOBUF_C_LABEL_REPEATED)
        return put_repeated(p, f, member, *(const size_t *)quantifier, depth);
    uint64_t v;
    if (f->label != PROTOBUF_C_LABEL_NONE)
        return false;
    if (!(f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) && varint_of(f->type, member, &v)) /* most fields */
        return v == 0 || (put_varint(p, v) && put_tag(p, f->id, WIRE_VARINT));
    return is_left_out(f, member, quantifier) ||
           (put_value(p, f->type, member, depth) && put_tag(p, f->id, kinds[f->type].wire));
}

static bool put_fields(struct pack *p, const ProtobufCMessage *m, unsigned depth)
{
    if (m->n_unknown_fields > 0)
        return false;
    for (unsigned i = m->descriptor->n_fields; i-- > 0;)
        if (!put_field(p, m, &m->descriptor->fields[i], depth))
            return false;
    return true;
}

bool pack_message(struct pack *p, const ProtobufCMessage *m)
{
    return put_fields(p, m, 1);
}
