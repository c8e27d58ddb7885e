#include "demand_text.h"

#include "gzip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct demand_text *demand_text_new(const uint8_t *head, size_t head_len, const uint8_t *packed,
                                    size_t packed_len, const char *firm_id)
{
    struct demand_text *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->holders = 1;
    t->message = zongheng__v1__demand__unpack(NULL, head_len, head);
    t->packed = packed != NULL ? malloc(packed_len + 1) : NULL;
    if (t->message == NULL || (packed != NULL && t->packed == NULL)) {
        demand_text_release(t);
        return NULL;
    }
    if (packed != NULL)
        memcpy(t->packed, packed, packed_len);
    t->packed_len = packed_len;
    snprintf(t->firm_id, sizeof t->firm_id, "%s", firm_id);
    return t;
}

struct demand_text *demand_text_acquire(struct demand_text *t)
{
    __atomic_add_fetch(&t->holders, 1, __ATOMIC_RELAXED);
    return t;
}

void demand_text_release(struct demand_text *t)
{
    if (t == NULL || __atomic_sub_fetch(&t->holders, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    if (t->message != NULL)
        zongheng__v1__demand__free_unpacked(t->message, NULL);
    free(t->packed);
    free(t);
}

/* protobuf-c frees every string but its own empty one. */
static bool set_string(char **at, const char *value)
{
    char *copy = strdup(value);
    if (copy == NULL)
        return false;
    if (*at != (char *)(uintptr_t)protobuf_c_empty_string)
        free(*at);
    *at = copy;
    return true;
}

bool demand_text_sign(struct demand_text *t, uint32_t version, const char *author, const char *firm,
                      int64_t put_at, bool shared)
{
    t->message->version = version;
    t->message->put_at = put_at;
    t->message->shared = shared;
    return set_string(&t->message->author, author) && set_string(&t->message->firm, firm);
}

bool demand_text_unpack(const struct demand_text *t, struct bytes *out, struct err *e)
{
    if (t->packed == NULL)
        return fail(e, ERR_INTERNAL, "the table of demand %s was not fetched", t->message->name);
    return gzip_unpack(t->packed, t->packed_len, out, e);
}

bool demand_is_name(const char *s)
{
    size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    return n > 0 && n <= DEMAND_ID_MAX && s[n] == '\0' && strcmp(s, DEMAND_BUNDLED) != 0;
}
