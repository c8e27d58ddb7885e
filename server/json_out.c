#include "json.h"

#include "wire_scan.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 64, NUMBER_MAX = 40 };

struct writer {
    struct bytes *out;
    unsigned indent, depth;
    struct err *e;
};

static bool no_room(struct writer *w)
{
    return fail(w->e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
}

static bool put(struct writer *w, const char *bytes, size_t n)
{
    return bytes_add(w->out, bytes, n) || no_room(w);
}

static bool put_char(struct writer *w, char c)
{
    return put(w, &c, 1);
}

static bool put_line(struct writer *w)
{
    static const char blanks[] = "                                                                ";
    size_t n = (size_t)w->indent * w->depth;
    if (w->indent == 0)
        return true;
    return put_char(w, '\n') && put(w, blanks, n < sizeof blanks - 1 ? n : sizeof blanks - 1);
}

static bool put_string(struct writer *w, const char *s, size_t n)
{
    static const char hex[] = "0123456789abcdef";
    if (!put_char(w, '"'))
        return false;
    for (size_t i = 0, from = 0; i <= n; i++) {
        unsigned char c = i < n ? (unsigned char)s[i] : '"';
        if (i < n && c != '"' && c != '\\' && c >= 0x20)
            continue;
        char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
        size_t len = 6;
        if (c == '"' || c == '\\' || c == '\n' || c == '\t' || c == '\r') {
            escape[1] = c == '\n' ? 'n' : c == '\t' ? 't' : c == '\r' ? 'r' : (char)c;
            len = 2;
        }
        if (!put(w, s + from, i - from) || (i < n && !put(w, escape, len)))
            return false;
        from = i + 1;
    }
    return put_char(w, '"');
}

static bool put_text(struct writer *w, const ProtobufCFieldDescriptor *f, const char *s)
{
    size_t n = strlen(s);
    if (!wire_utf8((const uint8_t *)s, n))
        return fail_field(w->e, ERR_INTERNAL, f->name, "%s cannot be shown as JSON: it is not UTF-8",
                          f->name);
    return put_string(w, s, n);
}

static bool put_base64(struct writer *w, const ProtobufCBinaryData *b)
{
    if (!put_char(w, '"'))
        return false;
    return (bytes_add_base64(w->out, b->data, b->len, true) || no_room(w)) && put_char(w, '"');
}

/* As few digits as bring the number back: at most 17 of a double, 9 of a float. */
static bool put_real(struct writer *w, double v, bool single)
{
    char text[NUMBER_MAX];
    int n = 0;
    if (isnan(v))
        return put_string(w, "NaN", 3);
    if (isinf(v))
        return v > 0 ? put_string(w, "Infinity", 8) : put_string(w, "-Infinity", 9);
    for (int digits = single ? 6 : 15; digits <= (single ? 9 : 17); digits++) {
        n = snprintf(text, sizeof text, "%.*g", digits, v);
        if (single ? strtof(text, NULL) == (float)v : strtod(text, NULL) == v)
            break;
    }
    if (strcmp(text, "-0") == 0) /* an integer has no such zero */
        n = snprintf(text, sizeof text, "-0.0");
    return put(w, text, (size_t)n);
}

static bool put_number(struct writer *w, int64_t v, bool quoted)
{
    char text[NUMBER_MAX];
    int n = snprintf(text, sizeof text, quoted ? "\"%" PRId64 "\"" : "%" PRId64, v);
    return put(w, text, (size_t)n);
}

static bool put_unsigned(struct writer *w, uint64_t v)
{
    char text[NUMBER_MAX];
    int n = snprintf(text, sizeof text, "\"%" PRIu64 "\"", v);
    return put(w, text, (size_t)n);
}

static bool put_enum(struct writer *w, const ProtobufCFieldDescriptor *f, int v)
{
    const ProtobufCEnumValue *known = protobuf_c_enum_descriptor_get_value(f->descriptor, v);
    return known != NULL ? put_string(w, known->name, strlen(known->name)) : put_number(w, v, false);
}

static bool put_message(struct writer *w, const ProtobufCMessage *m);

/* The value of a field's type that lies at p. */
static bool put_value(struct writer *w, const ProtobufCFieldDescriptor *f, const void *p)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return put_number(w, *(const int32_t *)p, false);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return put_number(w, *(const uint32_t *)p, false);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return put_number(w, *(const int64_t *)p, true);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return put_unsigned(w, *(const uint64_t *)p);
    case PROTOBUF_C_TYPE_FLOAT:
        return put_real(w, (double)*(const float *)p, true);
    case PROTOBUF_C_TYPE_DOUBLE:
        return put_real(w, *(const double *)p, false);
    case PROTOBUF_C_TYPE_BOOL:
        return *(const protobuf_c_boolean *)p ? put(w, "true", 4) : put(w, "false", 5);
    case PROTOBUF_C_TYPE_ENUM:
        return put_enum(w, f, *(const int *)p);
    case PROTOBUF_C_TYPE_STRING: {
        const char *s = *(const char *const *)p;
        return put_text(w, f, s != NULL ? s : "");
    }
    case PROTOBUF_C_TYPE_BYTES:
        return put_base64(w, p);
    case PROTOBUF_C_TYPE_MESSAGE:
        return put_message(w, *(const ProtobufCMessage *const *)p);
    }
    return false;
}

static size_t size_of(const ProtobufCFieldDescriptor *f)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    default:
        return 4;
    }
}

/* Whether a singular field holds what proto3 does not send. */
static bool is_absent(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    const char *p = (const char *)m + f->offset;
    if ((f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        int which;
        memcpy(&which, (const char *)m + f->quantifier_offset, sizeof which);
        return (uint32_t)which != f->id;
    }
    if (f->type == PROTOBUF_C_TYPE_STRING) {
        const char *s = *(const char *const *)(const void *)p;
        return s == NULL || s[0] == '\0';
    }
    if (f->type == PROTOBUF_C_TYPE_BYTES)
        return ((const ProtobufCBinaryData *)(const void *)p)->len == 0;
    static const char zeros[8];
    return memcmp(p, zeros, size_of(f)) == 0;
}

static bool put_list(struct writer *w, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, size_t n)
{
    const char *items = *(const char *const *)(const void *)((const char *)m + f->offset);
    w->depth++;
    for (size_t i = 0; i < n; i++)
        if (!put_char(w, i == 0 ? '[' : ',') || !put_line(w) || !put_value(w, f, items + i * size_of(f)))
            return false;
    w->depth--;
    return put_line(w) && put_char(w, ']');
}

void json_name(const char *name, char *out, size_t size)
{
    size_t k = 0;
    bool up = false;
    for (; *name != '\0' && k + 1 < size; name++) {
        if (*name == '_') {
            up = true;
            continue;
        }
        out[k++] = up && *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name;
        up = false;
    }
    out[k] = '\0';
}

/* A field that is set: its name and value, after a comma when it is not the first. */
static bool put_field(struct writer *w, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f,
                      bool *any)
{
    char name[NAME_MAX_BYTES];
    size_t n = 0;
    bool list = f->label == PROTOBUF_C_LABEL_REPEATED;
    if (list)
        memcpy(&n, (const char *)m + f->quantifier_offset, sizeof n);
    if (list ? n == 0 : is_absent(m, f))
        return true;
    json_name(f->name, name, sizeof name);
    if ((*any && !put_char(w, ',')) || !put_line(w) || !put_string(w, name, strlen(name)) ||
        !put(w, ": ", w->indent > 0 ? 2 : 1))
        return false;
    *any = true;
    return list ? put_list(w, m, f, n) : put_value(w, f, (const char *)m + f->offset);
}

static bool put_message(struct writer *w, const ProtobufCMessage *m)
{
    bool any = false;
    w->depth++;
    if (!put_char(w, '{'))
        return false;
    for (unsigned i = 0; i < m->descriptor->n_fields; i++)
        if (!put_field(w, m, &m->descriptor->fields[i], &any))
            return false;
    w->depth--;
    return (!any || put_line(w)) && put_char(w, '}');
}

bool json_write_message(const ProtobufCMessage *m, unsigned indent, struct bytes *out, struct err *e)
{
    struct writer w = {.out = out, .indent = indent, .e = e};
    return put_message(&w, m);
}

bool json_write_string(const char *s, struct bytes *out)
{
    struct writer w = {.out = out};
    return put_string(&w, s, strlen(s));
}

bool json_print_message(const ProtobufCMessage *m, FILE *out, struct err *e)
{
    struct bytes b = {.max = SIZE_MAX / 4};
    bool ok = json_write_message(m, 2, &b, e);
    if (ok && (fwrite(b.at, 1, b.len, out) != b.len || fputc('\n', out) == EOF || ferror(out)))
        ok = fail(e, ERR_UNKNOWN, "standard output cannot be written");
    bytes_free(&b);
    return ok;
}
