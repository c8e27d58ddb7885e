#include "wire_scan.h"

#include "wire_cursor.h"

#include <math.h>
#include <string.h>

enum { FIELDS_SEEN = 64 };

struct budget {
    unsigned fields, unknown;
};

static size_t utf8_length(uint8_t lead)
{
    return lead < 0x80                   ? 1
           : lead >= 0xc2 && lead < 0xe0 ? 2
           : lead >= 0xe0 && lead < 0xf0 ? 3
           : lead >= 0xf0 && lead < 0xf5 ? 4
                                         : 0;
}

bool wire_utf8(const uint8_t *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t len = utf8_length(s[i]);
        if (s[i] == 0 || len == 0 || len > n - i)
            return false;
        for (size_t k = 1; k < len; k++)
            if ((s[i + k] & 0xc0) != 0x80)
                return false;
        if ((s[i] == 0xe0 && s[i + 1] < 0xa0) || (s[i] == 0xed && s[i + 1] >= 0xa0) ||
            (s[i] == 0xf0 && s[i + 1] < 0x90) || (s[i] == 0xf4 && s[i + 1] >= 0x90))
            return false;
        i += len;
    }
    return true;
}

/* The wire type that a value of this field has outside packed form. */
static unsigned wire_type_of(const ProtobufCFieldDescriptor *f)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return WIRE_64;
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return WIRE_32;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return WIRE_BYTES;
    default:
        return WIRE_VARINT;
    }
}

static bool enum_known(const ProtobufCFieldDescriptor *f, uint64_t v)
{
    const ProtobufCEnumDescriptor *d = f->descriptor;
    return v <= INT32_MAX && protobuf_c_enum_descriptor_get_value(d, (int)v) != NULL;
}

static bool check_double(const ProtobufCFieldDescriptor *f, const struct wire_cursor *v, struct err *e)
{
    double x;
    memcpy(&x, v->at, sizeof x);
    return isfinite(x) || fail_field(e, ERR_INVALID_ARGUMENT, f->name, "%s must be a finite number", f->name);
}

static bool broken(struct err *e, const ProtobufCMessageDescriptor *d)
{
    return fail(e, ERR_INVALID_ARGUMENT,
                "the bytes are not a %s message: a tag, number or length is cut or malformed", d->short_name);
}

static bool spend(struct budget *b, struct err *e)
{
    return ++b->fields <= WIRE_FIELDS_MAX ||
           fail(e, ERR_INVALID_ARGUMENT, "the message holds more than %d fields", WIRE_FIELDS_MAX);
}

static bool check_packed(const ProtobufCFieldDescriptor *f, struct wire_cursor part, struct budget *b,
                         struct err *e)
{
    uint64_t v = 0;
    struct wire_cursor value;
    while (part.left > 0) {
        if (!spend(b, e))
            return false;
        if (!wire_value(&part, wire_type_of(f), &v, &value))
            return fail_field(e, ERR_INVALID_ARGUMENT, f->name, "%s is cut or malformed", f->name);
        if (f->type == PROTOBUF_C_TYPE_ENUM && !enum_known(f, v))
            return fail_field(e, ERR_INVALID_ARGUMENT, f->name, "%s: %llu is not of its list", f->name,
                              (unsigned long long)v);
        if (f->type == PROTOBUF_C_TYPE_DOUBLE && !check_double(f, &value, e))
            return false;
    }
    return true;
}

static bool scan(const ProtobufCMessageDescriptor *d, struct wire_cursor c, unsigned depth, struct budget *b,
                 struct err *e);

static bool check_value(const ProtobufCFieldDescriptor *f, uint64_t v, const struct wire_cursor *part,
                        unsigned depth, struct budget *b, struct err *e)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        if (depth == WIRE_DEPTH_MAX)
            return fail_field(e, ERR_INVALID_ARGUMENT, f->name, "messages nest deeper than %d",
                              WIRE_DEPTH_MAX);
        return scan(f->descriptor, *part, depth + 1, b, e) || fail_within(e, f->name);
    case PROTOBUF_C_TYPE_STRING:
        return wire_utf8(part->at, part->left) ||
               fail_field(e, ERR_INVALID_ARGUMENT, f->name, "%s must be UTF-8 text without NUL", f->name);
    case PROTOBUF_C_TYPE_ENUM:
        return enum_known(f, v) || fail_field(e, ERR_INVALID_ARGUMENT, f->name, "%s: %llu is not of its list",
                                              f->name, (unsigned long long)v);
    case PROTOBUF_C_TYPE_DOUBLE:
        return check_double(f, part, e);
    default:
        return true;
    }
}

/* A singular message may stand once: protobuf-c would merge a second one by packing and parsing again. */
static bool once(const ProtobufCMessageDescriptor *d, const ProtobufCFieldDescriptor *f, uint64_t *seen,
                 struct err *e)
{
    if (f->type != PROTOBUF_C_TYPE_MESSAGE || f->label == PROTOBUF_C_LABEL_REPEATED)
        return true;
    ptrdiff_t i = f - d->fields;
    if (i >= FIELDS_SEEN)
        return fail_field(e, ERR_INTERNAL, f->name, "%s has more than %d fields", d->short_name, FIELDS_SEEN);
    if (*seen & (UINT64_C(1) << i))
        return fail_field(e, ERR_INVALID_ARGUMENT, f->name, "%s stands more than once", f->name);
    *seen |= UINT64_C(1) << i;
    return true;
}

static bool scan_field(const ProtobufCMessageDescriptor *d, struct wire_cursor *c, uint64_t tag,
                       uint64_t *seen, unsigned depth, struct budget *b, struct err *e)
{
    unsigned type = tag & 7;
    uint64_t v = 0;
    struct wire_cursor part = {0};
    if (tag >> 3 == 0 || tag >> 3 > 0x1fffffff || !wire_value(c, type, &v, &part))
        return broken(e, d);
    const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field(d, (unsigned)(tag >> 3));
    if (f == NULL)
        return ++b->unknown <= WIRE_UNKNOWN_MAX ||
               fail(e, ERR_INVALID_ARGUMENT, "%s holds more than %d unknown fields", d->short_name,
                    WIRE_UNKNOWN_MAX);
    unsigned want = wire_type_of(f);
    if (type == WIRE_BYTES && want != WIRE_BYTES && f->label == PROTOBUF_C_LABEL_REPEATED)
        return check_packed(f, part, b, e);
    if (type != want)
        return fail_field(e, ERR_INVALID_ARGUMENT, f->name, "%s has the wrong wire type", f->name);
    return once(d, f, seen, e) && check_value(f, v, &part, depth, b, e);
}

static bool scan(const ProtobufCMessageDescriptor *d, struct wire_cursor c, unsigned depth, struct budget *b,
                 struct err *e)
{
    uint64_t seen = 0;
    while (c.left > 0) {
        uint64_t tag;
        if (!wire_short(&c, &tag))
            return broken(e, d);
        if (!spend(b, e) || !scan_field(d, &c, tag, &seen, depth, b, e))
            return false;
    }
    return true;
}

bool wire_scan(const ProtobufCMessageDescriptor *d, const uint8_t *bytes, size_t len, struct err *e)
{
    struct budget b = {0};
    return scan(d, (struct wire_cursor){bytes, len}, 1, &b, e);
}
