#include "canonical.h"

#include <openssl/evp.h>
#include <string.h>

static void put(EVP_MD_CTX *md, const void *bytes, size_t n)
{
    EVP_DigestUpdate(md, bytes, n);
}

static void put_u64(EVP_MD_CTX *md, uint64_t v)
{
    uint8_t b[8];
    for (int i = 0; i < 8; i++)
        b[i] = (uint8_t)(v >> (56 - 8 * i));
    put(md, b, sizeof b);
}

static void put_blob(EVP_MD_CTX *md, const void *bytes, size_t n)
{
    put_u64(md, n);
    if (n > 0)
        put(md, bytes, n);
}

static size_t width(ProtobufCType t)
{
    switch (t) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    default:
        return 4;
    }
}

static uint64_t number(ProtobufCType t, const void *at)
{
    uint64_t wide = 0;
    uint32_t narrow = 0;
    double d;
    switch (width(t)) {
    case 8:
        memcpy(&wide, at, 8);
        memcpy(&d, at, 8);
        return t == PROTOBUF_C_TYPE_DOUBLE && d == 0 ? 0 : wide;
    default:
        memcpy(&narrow, at, sizeof narrow);
        return t == PROTOBUF_C_TYPE_FLOAT && narrow == 0x80000000u ? 0 : narrow;
    }
}

static void put_message(EVP_MD_CTX *md, const ProtobufCMessage *m, const char *skip);

static void put_value(EVP_MD_CTX *md, const ProtobufCFieldDescriptor *f, const void *at)
{
    const char *const *s = at;
    const ProtobufCBinaryData *b = at;
    switch (f->type) {
    case PROTOBUF_C_TYPE_STRING:
        put_blob(md, *s, *s != NULL ? strlen(*s) : 0);
        return;
    case PROTOBUF_C_TYPE_BYTES:
        put_blob(md, b->data, b->len);
        return;
    case PROTOBUF_C_TYPE_MESSAGE:
        put_message(md, *(const ProtobufCMessage *const *)at, NULL);
        return;
    case PROTOBUF_C_TYPE_BOOL:
        put_u64(md, *(const protobuf_c_boolean *)at != 0);
        return;
    default:
        put_u64(md, number(f->type, at));
    }
}

static bool is_default(const ProtobufCFieldDescriptor *f, const void *at)
{
    const char *const *s = at;
    switch (f->type) {
    case PROTOBUF_C_TYPE_STRING:
        return *s == NULL || **s == '\0';
    case PROTOBUF_C_TYPE_BYTES:
        return ((const ProtobufCBinaryData *)at)->len == 0;
    case PROTOBUF_C_TYPE_MESSAGE:
        return *(const ProtobufCMessage *const *)at == NULL;
    case PROTOBUF_C_TYPE_BOOL:
        return *(const protobuf_c_boolean *)at == 0;
    default:
        return number(f->type, at) == 0;
    }
}

static void put_field(EVP_MD_CTX *md, const ProtobufCFieldDescriptor *f, const char *base)
{
    const char *at = base + f->offset;
    bool oneof = (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
    size_t count = 1;
    if (f->label == PROTOBUF_C_LABEL_REPEATED) {
        memcpy(&count, base + f->quantifier_offset, sizeof count);
        memcpy(&at, at, sizeof at);
    } else if (oneof) {
        uint32_t which;
        memcpy(&which, base + f->quantifier_offset, sizeof which);
        count = which == f->id; /* a member that is set counts also with its default value */
    } else {
        count = !is_default(f, at);
    }
    if (count == 0)
        return;
    put_u64(md, f->id);
    put_u64(md, (uint64_t)f->type);
    put_u64(md, count);
    for (size_t i = 0; i < count; i++)
        put_value(md, f, at + i * width(f->type));
}

/* Depth is bounded by the protos: no message of ours holds itself. */
static void put_message(EVP_MD_CTX *md, const ProtobufCMessage *m, const char *skip)
{
    const ProtobufCMessageDescriptor *d = m->descriptor;
    put_blob(md, d->name, strlen(d->name));
    for (unsigned i = 0; i < d->n_fields; i++) /* protoc-c sorts them by number */
        if (skip == NULL || strcmp(d->fields[i].name, skip) != 0)
            put_field(md, &d->fields[i], (const char *)m);
    put_u64(md, 0);
}

bool canonical_sha256(const char *what, const ProtobufCMessage *m, const char *skip, uint8_t out[32])
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;
    if (ok) {
        put_blob(md, what, strlen(what));
        put_message(md, m, skip);
        ok = EVP_DigestFinal_ex(md, out, NULL) == 1;
    }
    EVP_MD_CTX_free(md);
    return ok;
}
