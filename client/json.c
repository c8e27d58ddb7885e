#include "json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static json_t *of_int64(int64_t v)
{
    return json_sprintf("%lld", (long long)v);
}

static json_t *of_double(double v)
{
    if (isnan(v))
        return json_string("NaN");
    if (isinf(v))
        return json_string(v > 0 ? "Infinity" : "-Infinity");
    return json_real(v);
}

static json_t *of_bytes(const ProtobufCBinaryData *b)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = (b->len + 2) / 3 * 4, k = 0;
    char *text = malloc(n + 1);
    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < b->len; i += 3) {
        size_t have = b->len - i;
        uint32_t v = (uint32_t)b->data[i] << 16;
        v |= have > 1 ? (uint32_t)b->data[i + 1] << 8 : 0;
        v |= have > 2 ? b->data[i + 2] : 0;
        text[k++] = digits[v >> 18];
        text[k++] = digits[v >> 12 & 63];
        text[k++] = have > 1 ? digits[v >> 6 & 63] : '=';
        text[k++] = have > 2 ? digits[v & 63] : '=';
    }
    json_t *j = json_stringn(text, k);
    free(text);
    return j;
}

static json_t *of_enum(const ProtobufCFieldDescriptor *f, int v)
{
    const ProtobufCEnumValue *known = protobuf_c_enum_descriptor_get_value(f->descriptor, v);
    return known != NULL ? json_string(known->name) : json_integer(v);
}

/* The value of a field's type that lies at p. */
static json_t *of_value(const ProtobufCFieldDescriptor *f, const void *p, struct err *e)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return json_integer(*(const int32_t *)p);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return json_integer(*(const uint32_t *)p);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return of_int64(*(const int64_t *)p);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return json_sprintf("%llu", (unsigned long long)*(const uint64_t *)p);
    case PROTOBUF_C_TYPE_FLOAT:
        return of_double((double)*(const float *)p);
    case PROTOBUF_C_TYPE_DOUBLE:
        return of_double(*(const double *)p);
    case PROTOBUF_C_TYPE_BOOL:
        return json_boolean(*(const protobuf_c_boolean *)p);
    case PROTOBUF_C_TYPE_ENUM:
        return of_enum(f, *(const int *)p);
    case PROTOBUF_C_TYPE_STRING: {
        const char *s = *(const char *const *)p;
        return json_string(s != NULL ? s : "");
    }
    case PROTOBUF_C_TYPE_BYTES:
        return of_bytes(p);
    case PROTOBUF_C_TYPE_MESSAGE:
        return json_of_message(*(const ProtobufCMessage *const *)p, e);
    }
    return NULL;
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

static json_t *of_list(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, size_t n, struct err *e)
{
    const char *items = *(const char *const *)(const void *)((const char *)m + f->offset);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        if (json_array_append_new(list, of_value(f, items + i * size_of(f), e)) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

/* snake_case -> lowerCamelCase into out. */
static void camel(const char *name, char *out, size_t size)
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

json_t *json_of_message(const ProtobufCMessage *m, struct err *e)
{
    json_t *object = json_object();
    for (unsigned i = 0; object != NULL && i < m->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
        json_t *value;
        if (f->label == PROTOBUF_C_LABEL_REPEATED) {
            size_t n;
            memcpy(&n, (const char *)m + f->quantifier_offset, sizeof n);
            if (n == 0)
                continue;
            value = of_list(m, f, n, e);
        } else if (is_absent(m, f)) {
            continue;
        } else {
            value = of_value(f, (const char *)m + f->offset, e);
        }
        char name[64];
        camel(f->name, name, sizeof name);
        if (json_object_set_new(object, name, value) != 0) {
            json_decref(object);
            if (e == NULL || e->code == ERR_OK)
                fail_field(e, ERR_INTERNAL, f->name,
                           "%s cannot be shown as JSON: not UTF-8, or out of memory", f->name);
            return NULL;
        }
    }
    return object;
}

bool json_print_message(const ProtobufCMessage *m, FILE *out, struct err *e)
{
    err_clear(e);
    json_t *j = json_of_message(m, e);
    if (j == NULL)
        return e != NULL && e->code != ERR_OK ? false : fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory");
    int bad = json_dumpf(j, out, JSON_INDENT(2));
    json_decref(j);
    fputc('\n', out);
    return bad == 0 && !ferror(out) ? true : fail(e, ERR_UNKNOWN, "standard output cannot be written");
}
