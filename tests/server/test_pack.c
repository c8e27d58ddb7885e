/* One pass from the back packs what protobuf-c packs, and never outside its room. */
#include "pack.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "zongheng/v1/identity.pb-c.h"
#include "zongheng/v1/operations.pb-c.h"
#include "zongheng/v1/planning.pb-c.h"
#include "zongheng/v1/routing.pb-c.h"
#include "zongheng/v1/shipments.pb-c.h"
#include "zongheng/v1/wire.pb-c.h"

enum { ROOM = 1 << 20, ROUNDS = 12, DEPTH_MAX = 4 };

static uint64_t random_state = 2463534242u;

static uint64_t random64(void)
{
    random_state ^= random_state << 13; /* xorshift64 (Marsaglia 2003) */
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void *memory[1 << 16]; /* of one message */
static size_t held;

static void *hold(size_t size)
{
    void *p = calloc(1, size + 1);
    CHECK(p != NULL && held < sizeof memory / sizeof *memory);
    return memory[held++] = p;
}

static void let_go(void)
{
    while (held > 0)
        free(memory[--held]);
}

static ProtobufCMessage *invent(const ProtobufCMessageDescriptor *d, unsigned depth);

static size_t element_size(const ProtobufCFieldDescriptor *f)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    default:
        return 4; /* protobuf_c_boolean is an int */
    }
}

static void invent_value(const ProtobufCFieldDescriptor *f, void *at, unsigned depth)
{
    uint64_t bits = random64() % 4 == 0 ? 0 : random64() >> random64() % 64;
    if (random64() % 5 == 0)
        bits = ~bits; /* negative numbers */
    size_t size = element_size(f), length = random64() % 300 * (random64() % 3 > 0);
    char *text;
    ProtobufCBinaryData *b = at;
    switch (f->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        *(void **)at = depth < DEPTH_MAX && random64() % 4 > 0 ? invent(f->descriptor, depth + 1) : NULL;
        break;
    case PROTOBUF_C_TYPE_STRING:
        text = hold(length);
        memset(text, 'a' + (int)(random64() % 26), length);
        *(char **)at = text;
        break;
    case PROTOBUF_C_TYPE_BYTES:
        b->data = hold(length);
        b->len = length;
        break;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)at = bits != 0;
        break;
    default:
        memcpy(at, &bits, size);
    }
}

static void invent_field(const ProtobufCFieldDescriptor *f, char *m, unsigned depth)
{
    void *quantifier = m + f->quantifier_offset;
    if (f->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t count = random64() % 4, size = element_size(f);
        char *array = hold(count * size + 8);
        for (size_t i = 0; i < count; i++) {
            invent_value(f, array + i * size, depth);
            if (f->type == PROTOBUF_C_TYPE_MESSAGE && ((void **)(void *)array)[i] == NULL)
                count = i; /* no holes */
        }
        *(size_t *)quantifier = count;
        *(void **)(void *)(m + f->offset) = array;
        return;
    }
    if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        if (random64() % 3 == 0 || *(uint32_t *)quantifier != 0)
            return;
        *(uint32_t *)quantifier = f->id;
    }
    if (random64() % 3 > 0)
        invent_value(f, m + f->offset, depth);
}

static ProtobufCMessage *invent(const ProtobufCMessageDescriptor *d, unsigned depth)
{
    ProtobufCMessage *m = hold(d->sizeof_message);
    protobuf_c_message_init(d, m);
    for (unsigned i = 0; i < d->n_fields; i++)
        invent_field(&d->fields[i], (char *)m, depth);
    return m;
}

static void compare(const ProtobufCMessageDescriptor *d)
{
    static uint8_t want[ROOM], got[ROOM];
    ProtobufCMessage *m = invent(d, 1);
    size_t n = protobuf_c_message_get_packed_size(m);
    if (n + 16 < ROOM) {
        protobuf_c_message_pack(m, want);
        struct pack p = {.at = got + ROOM, .begin = got};
        CHECK_MSG(pack_message(&p, m), "%s is not packed", d->name);
        CHECK_MSG((size_t)(got + ROOM - p.at) == n && memcmp(p.at, want, n) == 0, "%s is packed otherwise",
                  d->name);
        for (size_t room = 0; room < n; room += 1 + n / 16) {
            uint8_t *begin = got + ROOM - room;
            struct pack small = {.at = got + ROOM, .begin = begin};
            begin[-1] = 0xa5;
            CHECK_MSG(!pack_message(&small, m), "%zu bytes in a room of %zu", n, room);
            CHECK_I64(begin[-1], 0xa5);
        }
    }
    let_go();
}

TEST(every_message_of_every_method)
{
    const ProtobufCServiceDescriptor *const services[] = {
        &zongheng__v1__session__descriptor,   &zongheng__v1__routing__descriptor,
        &zongheng__v1__shipments__descriptor, &zongheng__v1__operations__descriptor,
        &zongheng__v1__identity__descriptor,  &zongheng__v1__planning__descriptor,
    };
    for (int round = 0; round < ROUNDS; round++)
        for (size_t s = 0; s < sizeof services / sizeof *services; s++)
            for (unsigned i = 0; i < services[s]->n_methods; i++) {
                compare(services[s]->methods[i].input);
                compare(services[s]->methods[i].output);
            }
}

TEST(an_envelope_around_a_message)
{
    Zongheng__V1__GetCostReply cost = ZONGHENG__V1__GET_COST_REPLY__INIT;
    for (int i = 0; i < 200; i++) {
        uint8_t body[64], want[128], got[128];
        Zongheng__V1__Reply reply = ZONGHENG__V1__REPLY__INIT;
        cost.total_fen = i % 3 == 0 ? 0 : (int64_t)random64();
        reply.id = i % 5 == 0 ? 0 : random64();
        reply.more = i % 2;
        reply.body = (ProtobufCBinaryData){zongheng__v1__get_cost_reply__pack(&cost, body), body};
        size_t n = zongheng__v1__reply__pack(&reply, want);
        struct pack p = {.at = got + sizeof got, .begin = got};
        CHECK(pack_bool(&p, 4, reply.more));
        const uint8_t *end = p.at;
        CHECK(pack_message(&p, &cost.base) && (p.at == end || pack_wrap(&p, 3, end)) &&
              pack_fixed64(&p, 1, reply.id));
        CHECK((size_t)(got + sizeof got - p.at) == n && memcmp(p.at, want, n) == 0);
    }
}

TEST(unknown_fields_are_left_to_the_library)
{
    uint8_t room[64];
    Zongheng__V1__GetCostReply cost = ZONGHENG__V1__GET_COST_REPLY__INIT;
    ProtobufCMessageUnknownField unknown = {.tag = 99};
    struct pack p = {.at = room + sizeof room, .begin = room};
    cost.base.n_unknown_fields = 1;
    cost.base.unknown_fields = &unknown;
    CHECK(!pack_message(&p, &cost.base));
}
