#include "connect.h"

#include "bearer.h"
#include "call.h"
#include "gzip.h"
#include "http.h"
#include "json.h"
#include "loop.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

/* An answer is packed with gzip from a size where it is worth it to one where it would hold the loop up. */
enum { PACK_FROM = 1024, PACK_TO = 262144, PACK_LEVEL = 1, TIMEOUT_DIGITS = 10, HEADERS_MAX = 600 };
enum { STYLE_JSON = 1, STYLE_GZIP = 2 }; /* of a call's answers */

/* --- how the request is written --- */

static bool read_type(struct exchange *x)
{
    static const struct {
        const char *type;
        enum codec codec;
        bool stream;
    } types[] = {{"application/json", CODEC_JSON, false},
                 {"application/proto", CODEC_PROTO, false},
                 {"application/connect+json", CODEC_JSON, true},
                 {"application/connect+proto", CODEC_PROTO, true}};
    struct http_text t = x->request.header[HTTP_CONTENT_TYPE_HEADER];
    const char *more = t.at != NULL ? memchr(t.at, ';', t.len) : NULL;
    struct http_text parameter = {0};
    if (more != NULL) {
        parameter = (struct http_text){more + 1, t.len - (size_t)(more + 1 - t.at)};
        t.len = (size_t)(more - t.at);
        for (; parameter.len > 0 && parameter.at[0] == ' '; parameter.at++)
            parameter.len--;
        if (!http_text_is(parameter, "charset=utf-8"))
            return false;
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (http_text_is(t, types[i].type)) {
            x->codec = types[i].codec;
            x->stream = types[i].stream;
            return true;
        }
    return false;
}

static bool read_timeout(const struct http_request *r, uint32_t *ms, struct err *e)
{
    struct http_text t = r->header[HTTP_CONNECT_TIMEOUT_HEADER];
    uint64_t v = 0;
    bool bad = t.at != NULL && (t.len == 0 || t.len > TIMEOUT_DIGITS);
    for (size_t i = 0; i < t.len && !bad; i++) {
        bad = t.at[i] < '0' || t.at[i] > '9';
        v = v * 10 + (uint64_t)(t.at[i] - '0');
    }
    *ms = v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
    return !bad || fail_field(e, ERR_INVALID_ARGUMENT, "Connect-Timeout-Ms",
                              "Connect-Timeout-Ms must be 1 to %d digits", TIMEOUT_DIGITS);
}

/* What a body's or message's compression is called; in a stream each message says whether it is. */
static bool read_encoding(const struct exchange *x, bool *packed, struct err *e)
{
    struct http_text whole = x->request.header[HTTP_CONTENT_ENCODING_HEADER];
    struct http_text t = x->stream ? x->request.header[HTTP_CONNECT_ENCODING_HEADER] : whole;
    bool identity = t.at == NULL || http_text_is(t, "identity");
    *packed = http_text_is(t, "gzip");
    if (x->stream && whole.at != NULL && !http_text_is(whole, "identity"))
        identity = *packed = false;
    return identity || *packed ||
           fail_field(e, ERR_UNIMPLEMENTED, "Content-Encoding", "of compressions this server knows gzip");
}

static bool check_version(const struct http_request *r, struct err *e)
{
    struct http_text v = r->header[HTTP_CONNECT_VERSION_HEADER];
    return v.at == NULL || http_text_is(v, "1") ||
           fail_field(e, ERR_INVALID_ARGUMENT, "Connect-Protocol-Version",
                      "Connect-Protocol-Version must be 1");
}

/* The one message of a stream of requests. */
static bool open_envelope(const struct bytes *body, struct http_text *message, bool *packed, struct err *e)
{
    const uint8_t *b = (const uint8_t *)body->at;
    if (body->len < CONNECT_ENVELOPE)
        return fail(e, ERR_INVALID_ARGUMENT, "the body must be one enveloped message");
    uint32_t n = (uint32_t)b[1] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 8 | b[4];
    if ((b[0] & ~CONNECT_COMPRESSED) != 0 || n != body->len - CONNECT_ENVELOPE)
        return fail(e, ERR_INVALID_ARGUMENT, "the body must be one enveloped message");
    if ((b[0] & CONNECT_COMPRESSED) != 0 && !*packed)
        return fail(e, ERR_INVALID_ARGUMENT,
                    "the message is compressed, but Connect-Content-Encoding does not say how");
    *packed = (b[0] & CONNECT_COMPRESSED) != 0;
    *message = (struct http_text){body->at + CONNECT_ENVELOPE, n};
    return true;
}

/* The request's wire bytes: in the body, or made into `own`. */
static bool read_body(struct exchange *x, const struct method *m, struct bytes *unpacked, struct bytes *own,
                      struct http_text *wire, struct err *e)
{
    struct http_text t = {x->request.body.at, x->request.body.len};
    bool packed;
    if (!read_encoding(x, &packed, e) || (x->stream && !open_envelope(&x->request.body, &t, &packed, e)))
        return false;
    if (packed) {
        if (!gzip_unpack(t.at, t.len, unpacked, e))
            return false;
        t = (struct http_text){unpacked->at, unpacked->len};
    }
    *wire = t;
    if (x->codec == CODEC_PROTO)
        return true;
    if (!json_read_message(m->input, t.len > 0 ? t.at : "", t.len, own, e))
        return false;
    *wire = (struct http_text){own->at, own->len};
    return true;
}

/* Whose request it is, is known. */
static void serve(struct call *c)
{
    struct err e = {0};
    struct conn *conn = call_connection(c);
    struct exchange *x = conn != NULL ? http_exchange(conn) : NULL;
    uint32_t timeout_ms = 0;
    if (x == NULL) {
        fail(&e, ERR_CANCELLED, "the peer has gone");
        call_fail(c, &e, 0);
        return;
    }
    size_t max = (size_t)loop_server(c->loop)->config.frame_max;
    struct bytes unpacked = {.max = max}, own = {.max = max};
    struct http_text wire = {0};
    if (!read_timeout(&x->request, &timeout_ms, &e) || !read_body(x, c->method, &unpacked, &own, &wire, &e))
        call_fail(c, &e, 0);
    else
        dispatch_call(c, (const uint8_t *)wire.at, wire.len, timeout_ms);
    bytes_free(&unpacked);
    bytes_free(&own);
}

/* --- who asks --- */

static void on_bearer(struct call *c, const struct identity *who)
{
    struct conn *conn = call_connection(c);
    if (conn != NULL)
        *conn_identity(conn) = *who; /* for the next request, and for revocations.c */
    call_identify(c, who);
    c->waiting_ns = monotonic_ns(); /* PostgreSQL's time for the token is no delay of the loop's */
    serve(c);
}

/* The token of "Bearer TOKEN"; false: it is written in another way. */
static bool read_bearer(struct http_text t, struct http_text *token)
{
    enum { SCHEME = 7 };
    if (t.len <= SCHEME || !http_text_is((struct http_text){t.at, SCHEME}, "Bearer "))
        return false;
    *token = (struct http_text){t.at + SCHEME, t.len - SCHEME};
    for (size_t i = 0; i < token->len; i++)
        if (token->at[i] <= ' ' || token->at[i] >= 0x7f)
            return false;
    return true;
}

/* The connection remembers the last token, by its hash, until it is over or revoked. */
static bool is_same(const struct identity *last, const uint8_t sum[BEARER_SUM])
{
    return last->known && last->role != ROLE_NONE &&
           (last->expires_ns == 0 || monotonic_ns() < last->expires_ns) &&
           CRYPTO_memcmp(last->token_sha256, sum, BEARER_SUM) == 0;
}

static void identify(struct call *c, struct conn *conn, const struct http_request *r)
{
    const struct identity anonymous = {.known = true};
    struct err e = {0};
    struct http_text text = r->header[HTTP_AUTHORIZATION_HEADER], token;
    uint8_t sum[BEARER_SUM];
    struct identity *last = conn_identity(conn);
    if (text.at == NULL) {
        *last = loop_server(c->loop)->config.anonymous ? anonymous : (struct identity){0};
        call_identify(c, last);
        if (last->known || c->method->access == ACCESS_ANYONE)
            serve(c);
        else if (!fail_field(&e, ERR_UNAUTHENTICATED, "token",
                             "a token is needed: Authorization: Bearer TOKEN"))
            call_fail(c, &e, 0);
        return;
    }
    if (!read_bearer(text, &token))
        fail_field(&e, ERR_UNAUTHENTICATED, "token", "Authorization must be: Bearer TOKEN");
    else if (!bearer_sum(token.at, token.len, sum))
        fail(&e, ERR_INTERNAL, "the token's hash could not be made");
    if (e.code != ERR_OK) {
        call_fail(c, &e, 0);
    } else if (is_same(last, sum)) {
        call_identify(c, last);
        serve(c);
    } else {
        *last = (struct identity){0};
        call_identify(c, last);
        bearer_resolve(c, sum, on_bearer);
    }
}

/* A stream's messages are not compressed. */
static uint8_t style_of(const struct exchange *x)
{
    bool gzip = !x->stream && http_accepts_gzip(x->request.header[HTTP_ACCEPT_ENCODING_HEADER]);
    return (uint8_t)((x->codec == CODEC_JSON ? STYLE_JSON : 0) | (gzip ? STYLE_GZIP : 0));
}

/* A stream's answer has no length, and HTTP/1.0 no chunks (RFC 9112, 6.1). */
static void refuse_old(struct conn *conn)
{
    static const char why[] = "answers of several messages need HTTP/1.1; one message is asked for with "
                              "Content-Type application/json or application/proto\n";
    struct http_answer a = {
        .status = 505, .type = "text/plain", .headers = "", .body = why, .len = sizeof why - 1};
    http_reply(conn, &a);
}

void connect_post(struct conn *conn, struct exchange *x)
{
    static const char types[] = "Accept-Post: application/json, application/proto, application/connect+json, "
                                "application/connect+proto\r\n";
    char name[96];
    struct err e = {0};
    if (!read_type(x)) {
        http_reply(conn, &(struct http_answer){.status = 415, .type = "text/plain", .headers = types});
        return;
    }
    if (x->stream && x->request.old) {
        refuse_old(conn);
        return;
    }
    struct call *c = call_begin(loop_calls(conn_loop(conn)), conn);
    if (c == NULL) {
        http_refuse(conn, 503, "the server is out of memory");
        return;
    }
    c->bearer = true;
    c->style = style_of(x);
    snprintf(name, sizeof name, "%.*s", (int)x->request.path.len - 1, x->request.path.at + 1);
    c->method = methods_find(name, strlen(name));
    c->deadline_ns = c->received_ns + loop_server(c->loop)->config.deadline_max_ms * 1000000;
    if (!http_origin_allowed(conn, &x->request))
        fail(&e, ERR_PERMISSION_DENIED, "pages of this origin may not call here (http_origins)");
    else if (c->method == NULL)
        fail_field(&e, ERR_UNIMPLEMENTED, "method", "there is no method \"%.90s\"", name);
    else if (check_version(&x->request, &e))
        identify(c, conn, &x->request);
    if (e.code != ERR_OK)
        call_fail(c, &e, 0);
}

/* --- answers --- */

/* Adds the message in the request's codec. */
static bool put_message(unsigned style, const ProtobufCMessage *m, struct bytes *out, struct err *e)
{
    if ((style & STYLE_JSON) != 0)
        return json_write_message(m, 0, out, e);
    size_t n = protobuf_c_message_get_packed_size(m);
    uint8_t *at = (uint8_t *)bytes_room(out, n);
    if (at == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    out->len += protobuf_c_message_pack(m, at);
    return true;
}

/* As it is when it does not get smaller, or there is no memory. */
static void pack_answer(struct answer *a)
{
    struct bytes packed = {.max = PACK_TO + PACK_FROM};
    if (a->bytes.len < PACK_FROM || a->bytes.len > PACK_TO)
        return;
    a->packed = gzip_pack(a->bytes.at, a->bytes.len, PACK_LEVEL, &packed);
    if (a->packed) {
        bytes_free(&a->bytes);
        a->bytes = packed;
    } else
        bytes_free(&packed);
}

bool connect_encode(const struct call *c, const ProtobufCMessage *message, struct answer *a, struct err *e)
{
    a->bytes.max = (size_t)loop_server(c->loop)->config.arena_max;
    if (!put_message(c->style, message, &a->bytes, e))
        return false;
    if ((c->style & STYLE_GZIP) != 0)
        pack_answer(a);
    return true;
}

static void send_unary(struct conn *conn, int status, const char *type, struct answer *a, const char *more)
{
    const struct exchange *x = http_exchange(conn);
    char headers[HEADERS_MAX], origin[HEADERS_MAX / 2];
    http_origin_headers(conn, &x->request, origin, sizeof origin);
    snprintf(headers, sizeof headers, "Cache-Control: no-store\r\nAccept-Encoding: gzip\r\n%s%s%s",
             a->packed ? "Content-Encoding: gzip\r\n" : "", origin, more);
    http_reply(conn,
               &(struct http_answer){.status = status, .type = type, .headers = headers, .own = &a->bytes});
}

static void begin_stream(struct conn *conn, struct exchange *x)
{
    char origin[HEADERS_MAX / 2];
    if (x->begun)
        return;
    x->begun = true;
    http_origin_headers(conn, &x->request, origin, sizeof origin);
    http_begin_chunks(conn, x->codec == CODEC_JSON ? "application/connect+json" : "application/connect+proto",
                      origin);
}

/* Takes the body's memory. */
static void send_envelope(struct conn *conn, uint8_t flags, struct bytes *body)
{
    uint8_t head[CONNECT_ENVELOPE];
    connect_put_envelope(head, flags, (uint32_t)body->len);
    http_chunk(conn, head, sizeof head, body);
}

/* Several answers to who takes one only. */
static bool refuse_several(struct conn *conn, struct call *c)
{
    struct err e = {0};
    fail(&e, ERR_UNIMPLEMENTED,
         "the answer comes in several messages: ask with Content-Type application/connect+json or +proto");
    connect_status(conn, c, &e, 0);
    return false;
}

bool connect_send(struct conn *conn, struct call *c, struct answer *a)
{
    struct exchange *x = http_exchange(conn);
    if (x == NULL)
        return !a->more; /* it was refused while it went on */
    if (!x->stream && a->more)
        return refuse_several(conn, c);
    if (!x->stream) {
        send_unary(conn, 200, (c->style & STYLE_JSON) != 0 ? "application/json" : "application/proto", a, "");
        return true;
    }
    begin_stream(conn, x);
    send_envelope(conn, 0, &a->bytes);
    if (a->more)
        return true;
    struct bytes end = {.max = HEADERS_MAX};
    bool ok = bytes_add(&end, "{}", 2);
    send_envelope(conn, CONNECT_END, &end);
    http_end_chunks(conn);
    return ok;
}

bool connect_status(struct conn *conn, struct call *c, const struct err *e, uint32_t retry_after_ms)
{
    struct exchange *x = http_exchange(conn);
    struct answer a = {.bytes.max = 8 * ERR_TEXT_MAX + HEADERS_MAX};
    char more[128] = "";
    if (x == NULL)
        return true;
    bool ok = connect_put_error(e, retry_after_ms, x->stream, &a.bytes);
    if (ok && x->stream) {
        begin_stream(conn, x);
        send_envelope(conn, CONNECT_END, &a.bytes);
        http_end_chunks(conn);
    } else if (ok) {
        if (retry_after_ms != 0)
            snprintf(more, sizeof more, "Retry-After: %u\r\n", (retry_after_ms + 999) / 1000);
        else if (e->code == ERR_UNAUTHENTICATED)
            snprintf(more, sizeof more, "WWW-Authenticate: Bearer\r\n");
        if ((c->style & STYLE_GZIP) != 0)
            pack_answer(&a);
        send_unary(conn, connect_http_status(e->code), "application/json", &a, more);
    }
    bytes_free(&a.bytes);
    return ok;
}

void connect_expel(struct conn *conn, const char *why)
{
    struct exchange *x = http_exchange(conn);
    struct bytes body = {.max = 8 * ERR_TEXT_MAX};
    struct err e = {0};
    if (x == NULL || !x->begun)
        return; /* the connection ends, that is all */
    fail_field(&e, ERR_UNAUTHENTICATED, "token", "%s", why);
    if (connect_put_error(&e, 0, true, &body)) {
        send_envelope(conn, CONNECT_END, &body);
        http_end_chunks(conn);
    }
    bytes_free(&body);
}
