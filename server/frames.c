#include "frames.h"

#include "dispatch.h"
#include "frame.h"
#include "loop.h"
#include "pack.h"

#include "zongheng/v1/wire.pb-c.h"

#include <event2/buffer.h>

enum {
    FRAME_MAX_BEFORE_HELLO = 4096,
    QUICK_MAX = 16384, /* a frame that is packed in one pass */
    ENVELOPE_MAX = 32, /* what stands before and behind a body: head 4, id 9, tag and length 6, more 2 */
    STATUS_MAX = ERR_TEXT_MAX + ERR_FIELD_MAX + 64,
    REPLY_ID = 1, /* fields of Reply in wire.proto */
    REPLY_BODY = 3,
    REPLY_MORE = 4
};

struct frames {
    int64_t since_ns; /* when the frame that is half there began; 0: none is */
};

/* The length is judged before a byte behind it is awaited. */
static enum conn_take take(struct conn *c, struct evbuffer *in)
{
    struct frames *f = conn_state(c);
    size_t have = evbuffer_get_length(in), len = 0;
    uint8_t head[FRAME_HEAD] = {0};
    evbuffer_copyout(in, head, sizeof head);
    size_t max = conn_identity(c)->known ? conn_limits(c)->frame_max : FRAME_MAX_BEFORE_HELLO;
    enum frame_state s = frame_judge(head, have, max, &len);
    if (s == FRAME_PARTIAL) {
        bool begun = have > 0 || conn_is_holding(c);
        f->since_ns = !begun ? 0 : f->since_ns != 0 ? f->since_ns : conn_last_ns(c);
        return CONN_PARTIAL;
    }
    f->since_ns = 0;
    const uint8_t *bytes = s == FRAME_WHOLE ? evbuffer_pullup(in, (ev_ssize_t)(FRAME_HEAD + len)) : NULL;
    if (bytes == NULL)
        return CONN_BROKEN;
    dispatch_frame(c, bytes + FRAME_HEAD, len);
    evbuffer_drain(in, FRAME_HEAD + len);
    return CONN_TAKEN;
}

static const char *over_time(struct conn *c, int64_t now_ns)
{
    const struct frames *f = conn_state(c);
    const struct conn_limits *lim = conn_limits(c);
    if (!conn_identity(c)->known && now_ns - conn_opened_ns(c) > lim->hello_ns)
        return "no hello";
    int64_t reading_ns = conn_reading_ns(c), since_ns = f->since_ns > reading_ns ? f->since_ns : reading_ns;
    if (f->since_ns != 0 && now_ns > since_ns && now_ns - since_ns > lim->frame_ns)
        return "frame too slow";
    return NULL;
}

/* Head, envelope and message in one pass; false: it is too large for that. */
static bool quick(struct conn *conn, struct call *c, const ProtobufCMessage *message, bool more)
{
    uint8_t bytes[QUICK_MAX], *const end = bytes + sizeof bytes;
    struct pack p = {.at = end, .begin = bytes + FRAME_HEAD};
    if (!pack_bool(&p, REPLY_MORE, more))
        return false;
    const uint8_t *body_end = p.at;
    if (!pack_message(&p, message) || (p.at < body_end && !pack_wrap(&p, REPLY_BODY, body_end)) ||
        !pack_fixed64(&p, REPLY_ID, c->request_id))
        return false;
    size_t length = (size_t)(end - p.at);
    frame_put_head(p.at - FRAME_HEAD, (uint32_t)length);
    conn_write(conn, p.at - FRAME_HEAD, FRAME_HEAD + length, NULL, 0);
    return true;
}

/* From the end, as the lengths of what stands before are known then. */
static bool encode(const struct call *c, const ProtobufCMessage *message, struct answer *a, struct err *e)
{
    size_t n = protobuf_c_message_get_packed_size(message), most = n + ENVELOPE_MAX;
    a->bytes.max = (size_t)loop_server(c->loop)->config.arena_max;
    uint8_t *begin = (uint8_t *)bytes_room(&a->bytes, most);
    if (begin == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    struct pack p = {.at = begin + most, .begin = begin + FRAME_HEAD};
    pack_bool(&p, REPLY_MORE, a->more);
    const uint8_t *body_end = p.at;
    p.at -= n;
    protobuf_c_message_pack(message, p.at);
    if ((n > 0 && !pack_wrap(&p, REPLY_BODY, body_end)) || !pack_fixed64(&p, REPLY_ID, c->request_id))
        return fail(e, ERR_INTERNAL, "an envelope is larger than ENVELOPE_MAX");
    frame_put_head(p.at - FRAME_HEAD, (uint32_t)(begin + most - p.at));
    a->from = (size_t)(p.at - FRAME_HEAD - begin);
    a->bytes.len = most;
    return true;
}

static bool send_answer(struct conn *conn, struct call *c, struct answer *a)
{
    (void)c;
    conn_write_bytes(conn, &a->bytes, a->from);
    return true;
}

static void fill_status(Zongheng__V1__Status *s, Zongheng__V1__StatusDetails *details, const struct err *e,
                        uint32_t retry_after_ms)
{
    s->code = (uint32_t)e->code;
    s->message = (char *)(uintptr_t)e->text;
    details->field = (char *)(uintptr_t)e->field;
    details->retry_after_ms = retry_after_ms;
    if (e->field[0] != '\0' || retry_after_ms != 0)
        s->details = details;
}

/* Always fits `bytes`: a call whose arena is full can still be refused. */
static void refuse(struct conn *conn, uint64_t id, const struct err *e, uint32_t retry_after_ms)
{
    uint8_t bytes[STATUS_MAX], *const end = bytes + sizeof bytes;
    Zongheng__V1__Reply r = ZONGHENG__V1__REPLY__INIT;
    Zongheng__V1__Status s = ZONGHENG__V1__STATUS__INIT;
    Zongheng__V1__StatusDetails details = ZONGHENG__V1__STATUS_DETAILS__INIT;
    struct pack p = {.at = end, .begin = bytes + FRAME_HEAD};
    fill_status(&s, &details, e, retry_after_ms);
    r.id = id;
    r.status = &s;
    pack_message(&p, &r.base);
    frame_put_head(p.at - FRAME_HEAD, (uint32_t)(end - p.at));
    conn_write(conn, p.at - FRAME_HEAD, (size_t)(end - p.at) + FRAME_HEAD, NULL, 0);
}

static bool status(struct conn *conn, struct call *c, const struct err *e, uint32_t retry_after_ms)
{
    refuse(conn, c->request_id, e, retry_after_ms);
    return true;
}

/* A status of no request. */
static void expel(struct conn *c, const char *why)
{
    struct err e = {0};
    fail_field(&e, ERR_UNAUTHENTICATED, "token", "%s", why);
    refuse(c, 0, &e, 0);
}

const struct conn_protocol frames_protocol = {
    .state_size = sizeof(struct frames),
    .take = take,
    .over_time = over_time,
    .expel = expel,
    .quick = quick,
    .encode = encode,
    .send = send_answer,
    .refuse = refuse,
    .status = status,
};
