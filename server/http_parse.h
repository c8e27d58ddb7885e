/* http_parse.h - one HTTP/1.1 request off the bytes of a connection, or the status that refuses it. Pure.
 *
 * Two readers must agree. The first is ours: lines end in CR LF and hold no other control byte, the request
 * line is METHOD SP /target SP HTTP/1.x, a header is token ":" value on one line, the target is in origin
 * form without escapes, "..", "//" or "\" in its path, what may stand once stands once, and there is one
 * Host. The second is llhttp (Node's parser, in its strict mode): it says how long the body is and takes
 * chunks apart. What one of them would have to guess (RFC 9112, sections 3 to 7 and 11.2) is refused, and the
 * connection ends with it. Chunk extensions, trailers and transfer codings other than chunked are refused as
 * well: nothing here needs them.
 *
 * Use: http_head_end finds the end of the head without looking twice at a byte; http_read_head takes it
 * whole; http_read_body takes what follows, piece by piece, until http_is_whole.
 */
#ifndef ZH_SERVER_HTTP_PARSE_H
#define ZH_SERVER_HTTP_PARSE_H

#include "bytes.h"

#include <llhttp.h>
#include <stdint.h>

enum { HTTP_FIELDS_MAX = 64 }; /* header lines of a request */

struct http_text { /* not terminated; at NULL: absent */
    const char *at;
    size_t len;
};

/* The headers that mean something here: each may stand once. */
#define HTTP_HEADERS(X)                                \
    X(HOST, "host")                                    \
    X(CONTENT_LENGTH, "content-length")                \
    X(TRANSFER_ENCODING, "transfer-encoding")          \
    X(CONTENT_TYPE, "content-type")                    \
    X(CONTENT_ENCODING, "content-encoding")            \
    X(ACCEPT_ENCODING, "accept-encoding")              \
    X(AUTHORIZATION, "authorization")                  \
    X(EXPECT, "expect")                                \
    X(ORIGIN, "origin")                                \
    X(FETCH_SITE, "sec-fetch-site")                    \
    X(IF_NONE_MATCH, "if-none-match")                  \
    X(REQUEST_METHOD, "access-control-request-method") \
    X(CONNECT_VERSION, "connect-protocol-version")     \
    X(CONNECT_TIMEOUT, "connect-timeout-ms")           \
    X(CONNECT_ENCODING, "connect-content-encoding")    \
    X(CONNECT_ACCEPT, "connect-accept-encoding")

enum http_header {
#define X(name, text) HTTP_##name##_HEADER,
    HTTP_HEADERS(X)
#undef X
        HTTP_HEADER_COUNT
};

struct http_request {
    llhttp_method_t method;
    struct http_text path, query; /* of the target; both in `head` */
    struct http_text header[HTTP_HEADER_COUNT];
    bool keep_alive, old; /* old: HTTP/1.0 */
    struct bytes head, body;
    /* of the parser */
    llhttp_t parser;
    bool whole, head_done;
    int status;      /* of a refusal; 0: none */
    const char *why; /* static text */
};

/* Ready for a head, and a body of body_max bytes at most. */
void http_request_init(struct http_request *r, size_t body_max);
void http_request_free(struct http_request *r);

/* Where the head ends (behind its empty line) in the bytes given, 0: not yet. `*looked` is where to look on,
 * 0 at first.
 */
size_t http_head_end(const char *bytes, size_t len, size_t *looked);

/* Takes a whole head. False: refused, status and why say how. */
bool http_read_head(struct http_request *r, const char *bytes, size_t len);
/* Takes bytes behind the head; *used is how many were of this request. False: refused. */
bool http_read_body(struct http_request *r, const char *bytes, size_t len, size_t *used);
bool http_is_whole(const struct http_request *r);

/* Whether the text is this word, whatever the case of its letters. */
bool http_text_is(struct http_text t, const char *word);

#endif
