/* The client's side of the wire, against a scripted daemon: whatever breaks, the code says what can have
 * happened. */
#include "../../client/cmd.h"
#include "../../client/rpc.h"
#include "../../client/wire.h"
#include "fake_daemon.h"
#include "test.h"
#include "zongheng/v1/shipments.pb-c.h"

#include <string.h>
#include <time.h>

static size_t hello(const Zongheng__V1__Request *q, uint8_t *out, size_t room)
{
    Zongheng__V1__HelloReply h = ZONGHENG__V1__HELLO_REPLY__INIT;
    return fake_reply(out, room, q->id, 0, "", 0, &h.base);
}

static size_t booked(const Zongheng__V1__Request *q, uint8_t *out, size_t room)
{
    Zongheng__V1__BookReply b = ZONGHENG__V1__BOOK_REPLY__INIT;
    b.shipment_id = "shipment";
    b.bill_no = "bill";
    return fake_reply(out, room, q->id, 0, "", 0, &b.base);
}

static bool ask(struct rpc *r, struct arena *a, const Zongheng__V1__BookReply **reply, struct err *e)
{
    const ProtobufCMessage *m = NULL;
    Zongheng__V1__BookRequest q = ZONGHENG__V1__BOOK_REQUEST__INIT;
    bool ok =
        rpc_call(r, "zongheng.v1.Shipments/Book", &q.base, &zongheng__v1__book_reply__descriptor, a, &m, e);
    *reply = (const Zongheng__V1__BookReply *)m;
    return ok;
}

static size_t whole_cut; /* the reply to request 1 is cut after so many bytes */

static size_t cut_answer(unsigned c, unsigned n, const Zongheng__V1__Request *q, uint8_t *out, size_t room,
                         int *end)
{
    (void)c;
    if (n == 0)
        return hello(q, out, room);
    size_t size = booked(q, out, room);
    *end = 1;
    return whole_cut < size ? whole_cut : size;
}

TEST(a_reply_cut_at_every_byte_is_unknown_never_a_success)
{
    uint8_t out[4096];
    Zongheng__V1__Request q = ZONGHENG__V1__REQUEST__INIT;
    q.id = 2;
    size_t size = booked(&q, out, sizeof out);
    for (whole_cut = 0; whole_cut <= size; whole_cut++) {
        struct fake_daemon f;
        struct rpc r;
        struct err e = {0};
        struct arena a;
        const Zongheng__V1__BookReply *reply;
        arena_init(&a, 1 << 20);
        fake_start(&f, cut_answer);
        CHECK_MSG(rpc_open(&r, f.server, "token", 5000, &e), "%s", e.text);
        bool ok = ask(&r, &a, &reply, &e);
        fake_stop(&f);
        if (whole_cut < size) {
            CHECK_MSG(!ok && e.code == ERR_UNKNOWN && r.fd < 0, "cut at %zu of %zu: %s", whole_cut, size,
                      e.text);
        } else {
            CHECK_MSG(ok, "%s", e.text);
            CHECK_STR(reply->bill_no, "bill");
        }
        rpc_close(&r);
        arena_release(&a);
    }
}

static size_t refusing_answer(unsigned c, unsigned n, const Zongheng__V1__Request *q, uint8_t *out,
                              size_t room, int *end)
{
    (void)c;
    (void)end;
    if (n == 0)
        return hello(q, out, room);
    return n == 1 ? fake_reply(out, room, q->id, ERR_FAILED_PRECONDITION, "no room on 大冶 - 上海", 0, NULL)
                  : booked(q, out, room);
}

TEST(a_refusal_keeps_its_words_and_the_connection)
{
    struct fake_daemon f;
    struct rpc r;
    struct err e = {0};
    struct arena a;
    const Zongheng__V1__BookReply *reply;
    arena_init(&a, 1 << 20);
    fake_start(&f, refusing_answer);
    CHECK(rpc_open(&r, f.server, "", 5000, &e));
    CHECK(!ask(&r, &a, &reply, &e));
    CHECK_I64(e.code, ERR_FAILED_PRECONDITION);
    CHECK_STR(e.text, "no room on 大冶 - 上海");
    CHECK_STR(e.field, "some.field");
    CHECK(ask(&r, &a, &reply, &e));
    fake_stop(&f);
    rpc_close(&r);
    arena_release(&a);
}

static size_t stray_answer(unsigned c, unsigned n, const Zongheng__V1__Request *q, uint8_t *out, size_t room,
                           int *end)
{
    (void)c;
    (void)end;
    if (n == 0)
        return hello(q, out, room);
    size_t first = fake_reply(out, room, q->id + 40, ERR_INTERNAL, "not yours", 0, NULL);
    return first + booked(q, out + first, room - first);
}

TEST(a_reply_to_another_request_is_passed_over)
{
    struct fake_daemon f;
    struct rpc r;
    struct err e = {0};
    struct arena a;
    const Zongheng__V1__BookReply *reply;
    arena_init(&a, 1 << 20);
    fake_start(&f, stray_answer);
    CHECK(rpc_open(&r, f.server, "", 5000, &e));
    CHECK_MSG(ask(&r, &a, &reply, &e), "%s", e.text);
    CHECK_STR(reply->shipment_id, "shipment");
    fake_stop(&f);
    rpc_close(&r);
    arena_release(&a);
}

static size_t silent_answer(unsigned c, unsigned n, const Zongheng__V1__Request *q, uint8_t *out, size_t room,
                            int *end)
{
    (void)c;
    (void)end;
    return n == 0 ? hello(q, out, room) : 0;
}

TEST(silence_ends)
{
    struct fake_daemon f;
    struct rpc r;
    struct err e = {0};
    struct arena a;
    const Zongheng__V1__BookReply *reply;
    time_t start = time(NULL);
    arena_init(&a, 1 << 20);
    fake_start(&f, silent_answer);
    CHECK(rpc_open(&r, f.server, "", 200, &e));
    CHECK(!ask(&r, &a, &reply, &e));
    CHECK_I64(e.code, ERR_UNKNOWN);
    CHECK(time(NULL) - start < 5);
    fake_stop(&f);
    CHECK(!rpc_open(&r, f.server, "", 200, &e));
    CHECK_I64(e.code, ERR_UNAVAILABLE); /* nobody listens: nothing was sent */
    arena_release(&a);
}

/* Book on connection 0 breaks without an answer, on 1 is UNAVAILABLE, then works; every attempt carries the
 * key. */
static size_t flaky_answer(unsigned c, unsigned n, const Zongheng__V1__Request *q, uint8_t *out, size_t room,
                           int *end)
{
    if (n == 0)
        return hello(q, out, room);
    Zongheng__V1__BookRequest *b = zongheng__v1__book_request__unpack(NULL, q->body.len, q->body.data);
    bool same = b != NULL && b->key.len == 3 && memcmp(b->key.data, "key", 3) == 0;
    if (b != NULL)
        zongheng__v1__book_request__free_unpacked(b, NULL);
    if (!same)
        return fake_reply(out, room, q->id, ERR_INVALID_ARGUMENT, "another key", 0, NULL);
    *end = c == 0;
    return c == 0   ? 0
           : n == 1 ? fake_reply(out, room, q->id, ERR_UNAVAILABLE, "no database", 1, NULL)
                    : booked(q, out, room);
}

TEST(a_booking_is_repeated_with_its_key)
{
    struct fake_daemon f;
    struct err e = {0};
    const ProtobufCMessage *reply = NULL;
    Zongheng__V1__BookRequest q = ZONGHENG__V1__BOOK_REQUEST__INIT;
    fake_start(&f, flaky_answer);
    struct client c = {
        .server = f.server, .token = "", .timeout_ms = 2000, .retry_ms = 20000, .rpc = {.fd = -1}};
    arena_init(&c.arena, 1 << 20);
    q.key = (ProtobufCBinaryData){3, (uint8_t *)(char[]){"key"}};
    bool ok = cmd_ask_again(&c, "zongheng.v1.Shipments/Book", &q.base, &zongheng__v1__book_reply__descriptor,
                            &reply, &e);
    fake_stop(&f);
    CHECK_MSG(ok, "%s", e.text);
    CHECK_STR(((const Zongheng__V1__BookReply *)reply)->bill_no, "bill");
    rpc_close(&c.rpc);
    arena_release(&c.arena);
}

TEST(pauses_grow_and_stay_in_bounds)
{
    uint64_t seed = 5;
    for (unsigned attempt = 1; attempt < 100; attempt++)
        for (int i = 0; i < 100; i++) {
            uint64_t random = test_rand(&seed);
            uint32_t top = attempt < 6 ? 100u << attempt : 5000;
            CHECK(cmd_pause_ms(attempt, 0, random) < top);
            CHECK(cmd_pause_ms(attempt, 700, random) >= 700);
        }
    CHECK(cmd_pause_ms(9, 0, 4999) == 4999);
}

TEST(addresses)
{
    char host[64], port[6];
    CHECK(rpc_split_address("127.0.0.1:7420", host, sizeof host, port, NULL));
    CHECK_STR(host, "127.0.0.1");
    CHECK_STR(port, "7420");
    CHECK(rpc_split_address("[::1]:1", host, sizeof host, port, NULL));
    CHECK_STR(host, "::1");
    static const char *const bad[] = {"", ":", ":1", "a:", "a", "::1:1", "a:123456", "a:1x", "a:-1", "[]:1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_MSG(!rpc_split_address(bad[i], host, sizeof host, port, NULL), "\"%s\" was taken", bad[i]);
}
