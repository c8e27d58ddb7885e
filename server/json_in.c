#include "json.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 64, WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

struct reader {
    struct bytes *out;
    struct err *e;
};

static bool read_object(struct reader *r, const ProtobufCMessageDescriptor *d, json_t *object);

static bool wrong(struct reader *r, const ProtobufCFieldDescriptor *f, const char *want)
{
    return fail_field(r->e, ERR_INVALID_ARGUMENT, f->name, "%s must be %s", f->name, want);
}

/* --- wire bytes --- */

static bool put(struct reader *r, const void *bytes, size_t n)
{
    return bytes_add(r->out, bytes, n) ||
           fail(r->e, ERR_RESOURCE_EXHAUSTED, "the request does not fit the memory of one request");
}

static size_t varint(uint64_t v, uint8_t out[10])
{
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        out[n++] = (uint8_t)(v | 0x80);
    out[n++] = (uint8_t)v;
    return n;
}

static bool put_varint(struct reader *r, uint64_t v)
{
    uint8_t bytes[10];
    return put(r, bytes, varint(v, bytes));
}

static bool put_tag(struct reader *r, const ProtobufCFieldDescriptor *f, unsigned type)
{
    return put_varint(r, (uint64_t)f->id << 3 | type);
}

static bool put_bytes(struct reader *r, const ProtobufCFieldDescriptor *f, const void *bytes, size_t n)
{
    return put_tag(r, f, WIRE_BYTES) && put_varint(r, n) && put(r, bytes, n);
}

/* The length goes before bytes that are there already: they move up for it. */
static bool put_message(struct reader *r, const ProtobufCFieldDescriptor *f, json_t *v)
{
    uint8_t length[10];
    if (!put_tag(r, f, WIRE_BYTES))
        return false;
    size_t at = r->out->len;
    if (!read_object(r, f->descriptor, v))
        return false;
    size_t n = r->out->len - at, head = varint(n, length);
    if (!put(r, length, head)) /* for the room */
        return false;
    memmove(r->out->at + at + head, r->out->at + at, n);
    memcpy(r->out->at + at, length, head);
    return true;
}

/* --- values --- */

/* Decimal digits as JSON writes an integer, all of the text. */
static bool is_integer(const char *s, size_t n)
{
    size_t i = n > 0 && s[0] == '-' ? 1 : 0;
    if (i == n || n - i > 20 || (s[i] == '0' && n - i > 1))
        return false;
    for (; i < n; i++)
        if (s[i] < '0' || s[i] > '9')
            return false;
    return s[n] == '\0';
}

/* An integer of JSON as sign and size: a number, a number without a fraction, or a string of digits. */
static bool read_integer(json_t *v, bool *negative, uint64_t *size)
{
    if (json_is_integer(v)) {
        json_int_t i = json_integer_value(v);
        *negative = i < 0;
        *size = i < 0 ? UINT64_C(0) - (uint64_t)i : (uint64_t)i;
        return true;
    }
    if (json_is_real(v)) {
        double x = json_real_value(v);
        *negative = x < 0;
        if (floor(x) != x || fabs(x) > 9007199254740992.0) /* 2^53: beyond it a double is no exact integer */
            return false;
        *size = (uint64_t)fabs(x);
        return true;
    }
    if (!json_is_string(v) || !is_integer(json_string_value(v), json_string_length(v)))
        return false;
    const char *s = json_string_value(v);
    *negative = s[0] == '-';
    errno = 0;
    *size = strtoull(s + (*negative ? 1 : 0), NULL, 10);
    return errno == 0;
}

static bool read_signed(struct reader *r, const ProtobufCFieldDescriptor *f, json_t *v, unsigned bits,
                        int64_t *out)
{
    bool negative = false;
    uint64_t size = 0, max = (UINT64_C(1) << (bits - 1)) - 1;
    if (!read_integer(v, &negative, &size) || size > (negative ? max + 1 : max))
        return wrong(r, f, bits == 32 ? "an integer of 32 bits" : "an integer of 64 bits");
    *out = negative ? (int64_t)(UINT64_C(0) - size) : (int64_t)size;
    return true;
}

static bool read_unsigned(struct reader *r, const ProtobufCFieldDescriptor *f, json_t *v, unsigned bits,
                          uint64_t *out)
{
    bool negative = false;
    uint64_t size = 0;
    if (!read_integer(v, &negative, &size) || (negative && size > 0) || (bits == 32 && size > UINT32_MAX))
        return wrong(r, f, bits == 32 ? "an integer of 0 to 4294967295" : "an integer that is not negative");
    *out = size;
    return true;
}

static bool read_real(json_t *v, double *out)
{
    if (json_is_number(v)) {
        *out = json_number_value(v);
        return isfinite(*out);
    }
    const char *s = json_string_value(v);
    char *end;
    if (s == NULL || json_string_length(v) == 0 || json_string_length(v) > 64 ||
        strspn(s, "0123456789+-.eE") != json_string_length(v) || s[0] == '+' || s[0] == '.')
        return false;
    *out = strtod(s, &end);
    return *end == '\0' && isfinite(*out);
}

static bool put_real(struct reader *r, const ProtobufCFieldDescriptor *f, json_t *v)
{
    double x = 0;
    if (!read_real(v, &x) || (f->type == PROTOBUF_C_TYPE_FLOAT && fabs(x) > (double)FLT_MAX))
        return wrong(r, f, "a finite number");
    float y = (float)x;
    return f->type == PROTOBUF_C_TYPE_FLOAT ? put_tag(r, f, WIRE_32) && put(r, &y, sizeof y)
                                            : put_tag(r, f, WIRE_64) && put(r, &x, sizeof x);
}

static bool put_enum(struct reader *r, const ProtobufCFieldDescriptor *f, json_t *v)
{
    int64_t number = 0;
    if (json_is_string(v)) {
        const ProtobufCEnumValue *known =
            protobuf_c_enum_descriptor_get_value_by_name(f->descriptor, json_string_value(v));
        if (known == NULL)
            return fail_field(r->e, ERR_INVALID_ARGUMENT, f->name, "%s: \"%.60s\" is not of its list",
                              f->name, json_string_value(v));
        number = known->value;
    } else if (!json_is_number(v) || !read_signed(r, f, v, 32, &number)) {
        return wrong(r, f, "a name or number of its list");
    }
    return put_tag(r, f, WIRE_VARINT) && put_varint(r, (uint64_t)number);
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* Either alphabet, with padding or without. `out` may be `s`; false: not base64. */
static bool decode_base64(const char *s, size_t n, uint8_t *out, size_t *len)
{
    uint32_t bits = 0;
    unsigned have = 0;
    *len = 0;
    for (unsigned pad = 0; n > 0 && pad < 2 && s[n - 1] == '=' && n % 4 != 1; pad++)
        n--;
    for (size_t i = 0; i < n; i++) {
        int digit = base64_digit(s[i]);
        if (digit < 0)
            return false;
        bits = bits << 6 | (uint32_t)digit;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[(*len)++] = (uint8_t)(bits >> have);
        }
    }
    return n % 4 != 1 && (bits & ((1u << have) - 1)) == 0;
}

static bool put_base64(struct reader *r, const ProtobufCFieldDescriptor *f, json_t *v)
{
    size_t n = json_string_length(v), len = 0;
    uint8_t *bytes = json_is_string(v) ? malloc(n + 1) : NULL;
    if (json_is_string(v) && bytes == NULL)
        return fail(r->e, ERR_RESOURCE_EXHAUSTED, "the request does not fit the memory of one request");
    bool ok = bytes != NULL && decode_base64(json_string_value(v), n, bytes, &len);
    ok = ok ? put_bytes(r, f, bytes, len) : wrong(r, f, "bytes in base64");
    free(bytes);
    return ok;
}

static bool put_integer(struct reader *r, const ProtobufCFieldDescriptor *f, json_t *v)
{
    int64_t i = 0;
    uint64_t u = 0;
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT32:
        return read_signed(r, f, v, 32, &i) && put_tag(r, f, WIRE_VARINT) && put_varint(r, (uint64_t)i);
    case PROTOBUF_C_TYPE_INT64:
        return read_signed(r, f, v, 64, &i) && put_tag(r, f, WIRE_VARINT) && put_varint(r, (uint64_t)i);
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SINT64:
        return read_signed(r, f, v, f->type == PROTOBUF_C_TYPE_SINT32 ? 32 : 64, &i) &&
               put_tag(r, f, WIRE_VARINT) &&
               put_varint(r, (uint64_t)i << 1 ^ (i < 0 ? UINT64_MAX : UINT64_C(0)));
    case PROTOBUF_C_TYPE_SFIXED32:
        return read_signed(r, f, v, 32, &i) && put_tag(r, f, WIRE_32) && put(r, &(int32_t){(int32_t)i}, 4);
    case PROTOBUF_C_TYPE_SFIXED64:
        return read_signed(r, f, v, 64, &i) && put_tag(r, f, WIRE_64) && put(r, &i, 8);
    case PROTOBUF_C_TYPE_UINT32:
        return read_unsigned(r, f, v, 32, &u) && put_tag(r, f, WIRE_VARINT) && put_varint(r, u);
    case PROTOBUF_C_TYPE_FIXED32:
        return read_unsigned(r, f, v, 32, &u) && put_tag(r, f, WIRE_32) &&
               put(r, &(uint32_t){(uint32_t)u}, 4);
    case PROTOBUF_C_TYPE_UINT64:
        return read_unsigned(r, f, v, 64, &u) && put_tag(r, f, WIRE_VARINT) && put_varint(r, u);
    default: /* FIXED64 */
        return read_unsigned(r, f, v, 64, &u) && put_tag(r, f, WIRE_64) && put(r, &u, 8);
    }
}

static bool put_value(struct reader *r, const ProtobufCFieldDescriptor *f, json_t *v)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        return put_real(r, f, v);
    case PROTOBUF_C_TYPE_BOOL:
        return json_is_boolean(v) ? put_tag(r, f, WIRE_VARINT) && put_varint(r, json_is_true(v))
                                  : wrong(r, f, "true or false");
    case PROTOBUF_C_TYPE_ENUM:
        return put_enum(r, f, v);
    case PROTOBUF_C_TYPE_STRING:
        return json_is_string(v) ? put_bytes(r, f, json_string_value(v), json_string_length(v))
                                 : wrong(r, f, "a string");
    case PROTOBUF_C_TYPE_BYTES:
        return put_base64(r, f, v);
    case PROTOBUF_C_TYPE_MESSAGE:
        return json_is_object(v) ? put_message(r, f, v) || fail_within(r->e, f->name)
                                 : wrong(r, f, "an object");
    default:
        return put_integer(r, f, v);
    }
}

/* --- objects --- */

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *d, const char *key)
{
    char name[NAME_MAX_BYTES];
    for (unsigned i = 0; i < d->n_fields; i++) {
        json_name(d->fields[i].name, name, sizeof name);
        if (strcmp(key, name) == 0 || strcmp(key, d->fields[i].name) == 0)
            return &d->fields[i];
    }
    return NULL;
}

/* A field that is set; of the names in camels and in snakes, and of the members of a oneof, one may be. */
static bool is_first(struct reader *r, const ProtobufCMessageDescriptor *d, const ProtobufCFieldDescriptor *f,
                     json_t *object, const char *key)
{
    const char *other;
    json_t *v;
    json_object_foreach(object, other, v)
    {
        if (strcmp(other, key) == 0)
            return true;
        const ProtobufCFieldDescriptor *g = json_is_null(v) ? NULL : find_field(d, other);
        if (g == NULL)
            continue;
        if (g == f)
            return fail_field(r->e, ERR_INVALID_ARGUMENT, f->name, "%s stands more than once", f->name);
        if ((f->flags & g->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
            f->quantifier_offset == g->quantifier_offset)
            return fail_field(r->e, ERR_INVALID_ARGUMENT, f->name, "%s and %s exclude each other", g->name,
                              f->name);
    }
    return true;
}

static bool put_list(struct reader *r, const ProtobufCFieldDescriptor *f, json_t *list)
{
    size_t i;
    json_t *v;
    if (!json_is_array(list))
        return wrong(r, f, "a list");
    json_array_foreach(list, i, v) if (!put_value(r, f, v)) return false;
    return true;
}

static bool read_object(struct reader *r, const ProtobufCMessageDescriptor *d, json_t *object)
{
    const char *key;
    json_t *v;
    json_object_foreach(object, key, v)
    {
        const ProtobufCFieldDescriptor *f = find_field(d, key);
        if (f == NULL)
            return fail_field(r->e, ERR_INVALID_ARGUMENT, key, "%s has no field \"%.60s\"", d->short_name,
                              key);
        if (json_is_null(v))
            continue;
        if (!is_first(r, d, f, object, key))
            return false;
        if (f->label == PROTOBUF_C_LABEL_REPEATED ? !put_list(r, f, v) : !put_value(r, f, v))
            return false;
    }
    return true;
}

/* Counts values and nesting before a parser makes a tree of them: a tree takes many times the text. */
static bool within_bounds(const char *text, size_t len, struct err *e)
{
    unsigned depth = 0, values = 1;
    bool quoted = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (quoted) {
            i += c == '\\';
            quoted = c != '"';
            continue;
        }
        quoted = c == '"';
        values += c == ',' || c == '[' || c == '{';
        if (c == '[' || c == '{')
            depth++;
        else if ((c == ']' || c == '}') && depth > 0)
            depth--;
        if (depth > JSON_DEPTH_MAX)
            return fail(e, ERR_INVALID_ARGUMENT, "the JSON nests deeper than %d", JSON_DEPTH_MAX);
        if (values > JSON_VALUES_MAX)
            return fail(e, ERR_INVALID_ARGUMENT, "the JSON holds more than %d values", JSON_VALUES_MAX);
    }
    return true;
}

bool json_read_message(const ProtobufCMessageDescriptor *d, const char *text, size_t len, struct bytes *out,
                       struct err *e)
{
    json_error_t why;
    struct reader r = {.out = out, .e = e};
    if (!within_bounds(text, len, e))
        return false;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
    if (root == NULL)
        return fail(e, ERR_INVALID_ARGUMENT, "the body is not JSON: line %d, column %d: %s", why.line,
                    why.column, why.text);
    bool ok = json_is_object(root) ? read_object(&r, d, root)
                                   : fail(e, ERR_INVALID_ARGUMENT, "the body must be a JSON object");
    json_decref(root);
    return ok;
}
