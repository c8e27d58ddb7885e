#include "serve_null.h"

#include <stdlib.h>
#include <string.h>

#include "zongheng/v1/routing.pb-c.h"
#include "zongheng/v1/wire.pb-c.h"

enum { ANSWER_MAX = 1 << 20 };

struct serve_null {
    const ProtobufCMessageDescriptor *question;
    ProtobufCMessage *answer;
    uint8_t body[ANSWER_MAX], envelope[ANSWER_MAX];
};

struct serve_null *serve_null_new(const char *kind, const uint8_t *reply, size_t size)
{
    bool cost = strcmp(kind, "GetCost") == 0;
    const ProtobufCMessageDescriptor *d =
        cost ? &zongheng__v1__get_cost_reply__descriptor : &zongheng__v1__find_routes_reply__descriptor;
    struct serve_null *n = calloc(1, sizeof *n);
    Zongheng__V1__Reply *r = zongheng__v1__reply__unpack(NULL, size, reply);
    if (n == NULL || r == NULL || r->status != NULL)
        return NULL;
    n->question =
        cost ? &zongheng__v1__get_cost_request__descriptor : &zongheng__v1__find_routes_request__descriptor;
    n->answer = protobuf_c_message_unpack(d, NULL, r->body.len, r->body.data);
    zongheng__v1__reply__free_unpacked(r, NULL);
    return n->answer != NULL ? n : NULL;
}

size_t serve_null_answer(struct serve_null *n, const uint8_t *request, size_t size, const uint8_t **out)
{
    Zongheng__V1__Request *r = zongheng__v1__request__unpack(NULL, size, request);
    if (r == NULL)
        return 0;
    ProtobufCMessage *m = protobuf_c_message_unpack(n->question, NULL, r->body.len, r->body.data);
    Zongheng__V1__Reply reply = ZONGHENG__V1__REPLY__INIT;
    reply.id = r->id;
    zongheng__v1__request__free_unpacked(r, NULL);
    if (m == NULL || protobuf_c_message_get_packed_size(n->answer) > ANSWER_MAX - 64)
        return 0;
    protobuf_c_message_free_unpacked(m, NULL);
    reply.body = (ProtobufCBinaryData){.len = protobuf_c_message_pack(n->answer, n->body), .data = n->body};
    *out = n->envelope;
    return zongheng__v1__reply__pack(&reply, n->envelope);
}
