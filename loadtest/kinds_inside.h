/* kinds_inside.h - how each kind's request is made: one function a kind, kind_make_NAME, in the file of its
 * subject (kinds_routing.c, kinds_shipments.c, kinds_planning.c).
 */
#ifndef ZH_LOADTEST_KINDS_INSIDE_H
#define ZH_LOADTEST_KINDS_INSIDE_H

#include "kinds.h"

#define X(id, name, method, reply, flags) kind_make_fn kind_make_##name;
KINDS(X)
#undef X

/* protobuf-c's messages are not const; packing only reads. */
static inline char *kind_text(const char *s)
{
    return (char *)(uintptr_t)s;
}

static inline ProtobufCBinaryData kind_key(const uint8_t *key)
{
    return (ProtobufCBinaryData){KEY_BYTES, (uint8_t *)(uintptr_t)key};
}

/* A new message of type NAME in *a, or return NULL from the function. */
#define NEW(q, type, name)               \
    type *q = arena_alloc(a, sizeof *q); \
    if (q == NULL)                       \
        return NULL;                     \
    zongheng__v1__##name##__init(q)

#endif
