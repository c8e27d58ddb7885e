#include "wire.h"

#include <string.h>

static void *take(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void keep(void *arena, void *p)
{
    (void)arena; /* the arena gives everything back at once */
    (void)p;
}

uint8_t *wire_request(struct arena *a, uint64_t id, const char *method, uint32_t deadline_ms,
                      const ProtobufCMessage *body, size_t *len)
{
    Zongheng__V1__Request r = ZONGHENG__V1__REQUEST__INIT;
    r.id = id;
    r.deadline_ms = deadline_ms;
    r.method = arena_strdup(a, method);
    r.body.len = protobuf_c_message_get_packed_size(body);
    r.body.data = arena_alloc(a, r.body.len + 1);
    if (r.method == NULL || r.body.data == NULL)
        return NULL;
    protobuf_c_message_pack(body, r.body.data);
    size_t n = zongheng__v1__request__get_packed_size(&r);
    uint8_t *frame = n <= UINT32_MAX ? arena_alloc(a, WIRE_HEAD + n) : NULL;
    if (frame == NULL)
        return NULL;
    for (unsigned i = 0; i < WIRE_HEAD; i++)
        frame[i] = (uint8_t)(n >> (24 - 8 * i));
    zongheng__v1__request__pack(&r, frame + WIRE_HEAD);
    *len = WIRE_HEAD + n;
    return frame;
}

bool wire_reply_length(const uint8_t head[WIRE_HEAD], size_t *len)
{
    *len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    return *len > 0 && *len <= WIRE_REPLY_MAX;
}

ProtobufCMessage *wire_unpack(struct arena *a, const ProtobufCMessageDescriptor *d, const uint8_t *bytes,
                              size_t len)
{
    ProtobufCAllocator allocator = {.alloc = take, .free = keep, .allocator_data = a};
    return protobuf_c_message_unpack(d, &allocator, len, bytes);
}

bool wire_status(const Zongheng__V1__Reply *r, uint32_t *retry_after_ms, struct err *e)
{
    const Zongheng__V1__Status *s = r->status;
    if (retry_after_ms != NULL)
        *retry_after_ms = s != NULL && s->details != NULL ? s->details->retry_after_ms : 0;
    if (s == NULL || s->code == 0)
        return true;
    const char *field = s->details != NULL ? s->details->field : "";
    return fail_field(e, s->code < ERR_CODE_COUNT ? (enum err_code)s->code : ERR_UNKNOWN, field, "%s",
                      s->message[0] != '\0' ? s->message : "the server gave no reason");
}
