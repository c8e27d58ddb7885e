#include "http_parse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
} headers[] = {
#define X(name, text) {text},
    HTTP_HEADERS(X)
#undef X
};

bool http_text_is(struct http_text t, const char *word)
{
    return t.at != NULL && t.len == strlen(word) && strncasecmp(t.at, word, t.len) == 0;
}

static bool refuse(struct http_request *r, int status, const char *why)
{
    if (r->status == 0) {
        r->status = status;
        r->why = why;
    }
    return false;
}

/* --- the first reader: bytes and lines --- */

static bool is_token_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_value_char(char c)
{
    return (unsigned char)c >= 0x20 ? (unsigned char)c != 0x7f : c == '\t';
}

/* Takes the line up to CR LF; no other control byte may stand in it. */
static bool take_line(struct http_text *rest, struct http_text *line)
{
    size_t n = 0;
    while (n < rest->len && is_value_char(rest->at[n]))
        n++;
    if (rest->len - n < 2 || rest->at[n] != '\r' || rest->at[n + 1] != '\n')
        return false;
    *line = (struct http_text){rest->at, n};
    rest->at += n + 2;
    rest->len -= n + 2;
    return true;
}

/* The path is looked up as it stands, so what other readers would rewrite is refused. */
static bool read_target(struct http_request *r, struct http_text t)
{
    const char *mark = memchr(t.at, '?', t.len);
    size_t path_len = mark != NULL ? (size_t)(mark - t.at) : t.len;
    if (t.len == 0 || t.at[0] != '/')
        return refuse(r, 400, "the target must be a path that begins with /");
    for (size_t i = 0; i < t.len; i++)
        if ((unsigned char)t.at[i] <= 0x20 || (unsigned char)t.at[i] >= 0x7f || t.at[i] == '#' ||
            t.at[i] == '\\')
            return refuse(r, 400, "the target holds a byte that no target may hold");
    for (size_t i = 0; i < path_len; i++) {
        bool begins = i + 1 < path_len && t.at[i] == '/';
        if (t.at[i] == '%')
            return refuse(r, 400, "no path here has an escape");
        if (begins && (t.at[i + 1] == '/' || t.at[i + 1] == '.'))
            return refuse(r, 400, "no path here has an empty part or one that begins with a dot");
    }
    r->path = (struct http_text){t.at, path_len};
    if (mark != NULL)
        r->query = (struct http_text){mark + 1, t.len - path_len - 1};
    return true;
}

static bool read_version(struct http_request *r, const char *v, size_t len)
{
    if (len != 8 || memcmp(v, "HTTP/", 5) != 0 || v[5] < '0' || v[5] > '9' || v[6] != '.' || v[7] < '0' ||
        v[7] > '9')
        return refuse(r, 400, "the request line must end in HTTP/1.1");
    if (v[5] != '1' || (v[7] != '0' && v[7] != '1'))
        return refuse(r, 505, "this server speaks HTTP/1.1");
    r->old = v[7] == '0';
    return true;
}

static bool read_request_line(struct http_request *r, struct http_text line)
{
    const char *a = memchr(line.at, ' ', line.len);
    if (a == NULL || a == line.at)
        return refuse(r, 400, "the request line must be METHOD /path HTTP/1.1");
    for (const char *c = line.at; c < a; c++)
        if (!is_token_char(*c))
            return refuse(r, 400, "the method must be a token");
    size_t left = line.len - (size_t)(a + 1 - line.at);
    const char *b = memchr(a + 1, ' ', left);
    if (b == NULL)
        return refuse(r, 400, "the request line must be METHOD /path HTTP/1.1");
    return read_version(r, b + 1, line.len - (size_t)(b + 1 - line.at)) &&
           read_target(r, (struct http_text){a + 1, (size_t)(b - a - 1)});
}

static bool read_field(struct http_request *r, struct http_text line)
{
    size_t n = 0;
    while (n < line.len && is_token_char(line.at[n]))
        n++;
    if (n == 0 || n == line.len || line.at[n] != ':')
        return refuse(r, 400,
                      "a header line must be NAME: VALUE, on one line, without a blank before the colon");
    struct http_text value = {line.at + n + 1, line.len - n - 1};
    for (; value.len > 0 && (value.at[0] == ' ' || value.at[0] == '\t'); value.at++)
        value.len--;
    while (value.len > 0 && (value.at[value.len - 1] == ' ' || value.at[value.len - 1] == '\t'))
        value.len--;
    for (int i = 0; i < HTTP_HEADER_COUNT; i++) {
        if (!http_text_is((struct http_text){line.at, n}, headers[i].name))
            continue;
        if (r->header[i].at != NULL)
            return refuse(r, 400, "a header that may stand once stands twice");
        r->header[i] = value;
    }
    return true;
}

static bool read_lines(struct http_request *r)
{
    struct http_text rest = {r->head.at, r->head.len}, line;
    if (!take_line(&rest, &line))
        return refuse(r, 400, "a line must end in CR LF and hold no other control byte");
    if (!read_request_line(r, line))
        return false;
    for (int i = 0;; i++) {
        if (!take_line(&rest, &line))
            return refuse(r, 400, "a line must end in CR LF and hold no other control byte");
        if (line.len == 0)
            return rest.len == 0 || refuse(r, 400, "the head does not end where it ends");
        if (i == HTTP_FIELDS_MAX)
            return refuse(r, 431, "the request has too many headers");
        if (!read_field(r, line))
            return false;
    }
}

/* --- what the headers say together --- */

static bool check_host(struct http_request *r)
{
    struct http_text h = r->header[HTTP_HOST_HEADER];
    if (h.at == NULL)
        return r->old || refuse(r, 400, "a request has one Host");
    if (h.len == 0)
        return refuse(r, 400, "Host is empty");
    for (size_t i = 0; i < h.len; i++) {
        char c = h.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              strchr(".-_:[]", c) != NULL))
            return refuse(r, 400, "Host must be a name or address, and a port");
    }
    return true;
}

static bool check_length(struct http_request *r)
{
    struct http_text n = r->header[HTTP_CONTENT_LENGTH_HEADER],
                     coding = r->header[HTTP_TRANSFER_ENCODING_HEADER];
    uint64_t length = 0;
    if (coding.at != NULL && n.at != NULL)
        return refuse(r, 400, "Content-Length and Transfer-Encoding exclude each other");
    if (coding.at != NULL && r->old)
        return refuse(r, 400, "HTTP/1.0 has no Transfer-Encoding");
    if (coding.at != NULL && !http_text_is(coding, "chunked"))
        return refuse(r, 501, "of the transfer codings this server knows chunked");
    if (n.at != NULL && n.len == 0)
        return refuse(r, 400, "Content-Length is empty");
    for (size_t i = 0; i < n.len; i++) {
        if (n.at[i] < '0' || n.at[i] > '9')
            return refuse(r, 400, "Content-Length must be digits");
        if (i >= 18)
            return refuse(r, 413, "the body is larger than this server takes");
        length = length * 10 + (uint64_t)(n.at[i] - '0');
    }
    bool body = coding.at != NULL || length > 0;
    if (body && r->method != HTTP_POST)
        return refuse(r, 400, "only POST has a body here");
    if (r->method == HTTP_POST && coding.at == NULL && n.at == NULL)
        return refuse(r, 411, "POST wants a Content-Length");
    return length <= r->body.max || refuse(r, 413, "the body is larger than this server takes");
}

static bool check_expect(struct http_request *r)
{
    struct http_text expect = r->header[HTTP_EXPECT_HEADER];
    return expect.at == NULL || http_text_is(expect, "100-continue") ||
           refuse(r, 417, "of expectations this server knows 100-continue");
}

/* --- the second reader --- */

static int on_body(llhttp_t *p, const char *at, size_t len)
{
    struct http_request *r = p->data;
    if (len <= r->body.max - r->body.len && bytes_add(&r->body, at, len))
        return HPE_OK;
    refuse(r, 413, "the body is larger than this server takes");
    return HPE_USER;
}

static int on_field(llhttp_t *p, const char *at, size_t len)
{
    struct http_request *r = p->data;
    (void)at;
    if (!r->head_done || len == 0)
        return HPE_OK;
    refuse(r, 400, "trailers are not taken here");
    return HPE_USER;
}

static int on_extension(llhttp_t *p, const char *at, size_t len)
{
    (void)at;
    (void)len;
    refuse(p->data, 400, "chunk extensions are not taken here");
    return HPE_USER;
}

static int on_chunk(llhttp_t *p)
{
    struct http_request *r = p->data;
    if (p->content_length <= r->body.max - r->body.len)
        return HPE_OK;
    refuse(r, 413, "the body is larger than this server takes");
    return HPE_USER;
}

static int on_whole(llhttp_t *p)
{
    struct http_request *r = p->data;
    r->whole = true;
    return r->head_done ? HPE_PAUSED : HPE_OK; /* behind a head nothing is fed yet */
}

static const llhttp_settings_t settings = {
    .on_header_field = on_field,
    .on_body = on_body,
    .on_chunk_extension_name = on_extension,
    .on_chunk_extension_value = on_extension,
    .on_chunk_header = on_chunk,
    .on_message_complete = on_whole,
};

/* How far llhttp came: all of it, or up to where the request was whole. */
static bool feed(struct http_request *r, const char *bytes, size_t len, size_t *used)
{
    llhttp_errno_t got = llhttp_execute(&r->parser, bytes, len);
    *used = len;
    if (got == HPE_OK)
        return true;
    if (r->whole && (got == HPE_PAUSED || got == HPE_PAUSED_UPGRADE)) {
        *used = (size_t)(llhttp_get_error_pos(&r->parser) - bytes);
        return *used <= len || refuse(r, 400, "the request cannot be read");
    }
    return refuse(r, 400, "the request cannot be read in one way only");
}

void http_request_init(struct http_request *r, size_t body_max)
{
    *r = (struct http_request){.head.max = SIZE_MAX / 4, .body.max = body_max};
    llhttp_init(&r->parser, HTTP_REQUEST, &settings);
    r->parser.data = r;
}

void http_request_free(struct http_request *r)
{
    bytes_free(&r->head);
    bytes_free(&r->body);
}

size_t http_head_end(const char *bytes, size_t len, size_t *looked)
{
    for (size_t i = *looked; i + 4 <= len; i++)
        if (memcmp(bytes + i, "\r\n\r\n", 4) == 0)
            return i + 4;
    *looked = len > 3 ? len - 3 : 0;
    return 0;
}

bool http_read_head(struct http_request *r, const char *bytes, size_t len)
{
    size_t used = 0;
    if (!bytes_add(&r->head, bytes, len))
        return refuse(r, 503, "the server is out of memory");
    if (!read_lines(r) || !feed(r, r->head.at, r->head.len, &used))
        return false;
    r->method = (llhttp_method_t)llhttp_get_method(&r->parser);
    r->head_done = true;
    r->keep_alive = !r->old && llhttp_should_keep_alive(&r->parser) && r->parser.upgrade == 0;
    return (used == len || refuse(r, 400, "the head does not end where it ends")) && check_host(r) &&
           check_length(r) && check_expect(r);
}

bool http_read_body(struct http_request *r, const char *bytes, size_t len, size_t *used)
{
    *used = 0;
    return http_is_whole(r) || feed(r, bytes, len, used);
}

bool http_is_whole(const struct http_request *r)
{
    return r->head_done && r->whole;
}
