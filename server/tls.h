/* tls.h - TLS 1.2 and 1.3 for one connection, as a machine between four buffers: OpenSSL never sees a socket.
 *
 *     wire_in  --tls_read-->  plain in          plain out  --tls_write-->  wire_out
 *
 * OpenSSL reads from and writes to the buffers that a call names, through a BIO of ours, so nothing is hidden
 * in it but the record that is half there (at most 16 KiB and its head), and a full socket never makes a half
 * written record: tls_write stops between records. Only tls_read runs the handshake. Renegotiation,
 * compression, tickets and the session cache are off; ciphers are AEAD with forward secrecy.
 *
 * End of stream: TLS_ENDED is the peer's close_notify, after which we may still write; a TCP end without it
 * is a cut, and what was half there is no request.
 *
 * Threads: a context is frozen and counted, for any thread; a session belongs to one.
 */
#ifndef ZH_SERVER_TLS_H
#define ZH_SERVER_TLS_H

#include "base/err.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct evbuffer;
struct tls_context;
struct tls;

/* Files are PEM. */
struct tls_settings {
    const char *certificate, *key; /* the certificate's chain, own first; client: "" for none */
    const char *ca;    /* server: of clients, "" asks for none; client: of the server, "" the system's */
    bool required;     /* server with ca: a client without a certificate is refused */
    const char *names; /* server with ca: common names let in, comma between; "" all of the ca */
};

/* ERR_INVALID_ARGUMENT with the setting as field: a file that cannot be read, that does not hold what it
 * should, a key of another certificate, a certificate that is over. */
bool tls_context_server(const struct tls_settings *s, struct tls_context **out, struct err *e);
bool tls_context_client(const struct tls_settings *s, struct tls_context **out, struct err *e);
struct tls_context *tls_acquire(struct tls_context *c);
void tls_release(struct tls_context *c); /* NULL is fine */

/* The context of new connections, swapped by a reload. A zeroed one is empty after tls_store_init. */
struct tls_store {
    pthread_mutex_t lock;
    struct tls_context *now; /* NULL: plain */
};
void tls_store_init(struct tls_store *s);
void tls_store_put(struct tls_store *s, struct tls_context *c); /* takes it over */
struct tls_context *tls_store_get(struct tls_store *s);         /* acquired; NULL: plain */

/* A session; it holds the context. `host` is the server's name or numeric address that its certificate must
 * have (client), NULL for a server. NULL: out of memory. */
struct tls *tls_new(struct tls_context *c, const char *host);
void tls_free(struct tls *t);

enum tls_state {
    TLS_SHAKING,
    TLS_OPEN,
    TLS_ENDED,  /* the peer has said close_notify */
    TLS_BROKEN, /* nothing may follow but what is in wire_out (the alert) */
};

/* Takes from wire_in and adds to plain until wire_in is empty or plain holds plain_max bytes; puts handshake
 * and alerts into wire_out. A client calls it once without input to begin. */
enum tls_state tls_read(struct tls *t, struct evbuffer *wire_in, struct evbuffer *plain, size_t plain_max,
                        struct evbuffer *wire_out);

/* Takes from plain and adds records to wire_out until plain is empty or wire_out holds wire_max bytes (one
 * record more at most). Nothing is taken before the handshake is done. */
enum tls_state tls_write(struct tls *t, struct evbuffer *plain, struct evbuffer *wire_out, size_t wire_max);

/* Our close_notify, when there was a handshake. */
void tls_end(struct tls *t, struct evbuffer *wire_out);

enum tls_state tls_state(const struct tls *t);
/* Whether a record has begun of which more must come, or bytes lie in it that tls_read has not handed out. */
bool tls_is_holding(const struct tls *t);
/* Why it is broken, for a log; "" when it is not. */
const char *tls_why(const struct tls *t);
/* "TLSv1.3 TLS_AES_256_GCM_SHA384", for a log. */
void tls_describe(const struct tls *t, char *buf, size_t size);

#endif
