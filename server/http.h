/* http.h - HTTP/1.1 over a connection (conn.h): the request in work, and how answers are written.
 *
 * One request of a connection is in work at a time; what is sent behind it waits unread. The time for a head,
 * for a body and for silence between requests is absolute, whatever trickles in (settings http_*_ms). A
 * request that can be read in more than one way is refused with its status, and the connection ends
 * (http_parse.h).
 *
 *     http.c          the protocol of conn.h: head, body, timers, to http_get or connect
 *     http_reply.c    status line and headers
 *     http_get.c      GET and HEAD: the page's files, /healthz, /readyz, /metrics; OPTIONS
 *     connect.c       POST: the Connect protocol, whose answers are the calls'
 */
#ifndef ZH_SERVER_HTTP_H
#define ZH_SERVER_HTTP_H

#include "conn.h"
#include "http_parse.h"

enum codec { CODEC_PROTO, CODEC_JSON };

/* A request in work, from its head to the end of its answer. */
struct exchange {
    struct http_request request;
    /* of connect.c */
    enum codec codec;
    bool stream; /* application/connect+..., the answer is enveloped messages */
    bool begun;  /* the head of a stream's answer is out */
};

extern const struct conn_protocol http_protocol;

/* The request in work; NULL: none, or it is answered already. */
struct exchange *http_exchange(struct conn *c);
/* It is answered: forgets it, and ends the connection unless it is kept alive. */
void http_done(struct conn *c);

struct http_answer {
    int status;
    const char *type;    /* of the body; NULL: there is none */
    const char *headers; /* further lines, each with CR LF; "" */
    const void *body;
    size_t len;
    struct bytes *own; /* instead of body and len; their memory is taken. NULL: none */
    bool page;         /* a file of the page: its own Content-Security-Policy instead of the one for data */
};
/* Writes it, without the body for HEAD, and then http_done. */
void http_reply(struct conn *c, const struct http_answer *a);
/* Text, and the connection ends. `x` may be half read. */
void http_refuse(struct conn *c, int status, const char *why);
/* The head of an answer whose length is not known: chunks follow. */
void http_begin_chunks(struct conn *c, const char *type, const char *headers);
/* One chunk of head and b, whose memory is taken. */
void http_chunk(struct conn *c, const void *head, size_t head_len, struct bytes *b);
void http_end_chunks(struct conn *c);

/* Whether an Accept-Encoding lists gzip with a weight above 0. */
bool http_accepts_gzip(struct http_text list);

/* GET, HEAD and OPTIONS; connect.c's POST. Each answers or begins a call. */
void http_get(struct conn *c, struct exchange *x);
void connect_post(struct conn *c, struct exchange *x);
/* conn_protocol's encode, send and status. */
bool connect_encode(const struct call *call, const ProtobufCMessage *message, struct answer *a,
                    struct err *e);
bool connect_send(struct conn *c, struct call *call, struct answer *a);
bool connect_status(struct conn *c, struct call *call, const struct err *e, uint32_t retry_after_ms);
void connect_expel(struct conn *c, const char *why);

/* Whether the browser's page that asks may: no Origin, the server's own, or one of http_origins. */
bool http_origin_allowed(struct conn *c, const struct http_request *r);
/* Adds the lines that let that page read the answer; "" for its own. */
void http_origin_headers(struct conn *c, const struct http_request *r, char *out, size_t size);

#endif
