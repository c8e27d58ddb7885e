#include "tls_inside.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD = 16384 };

struct tls {
    SSL *ssl;
    struct tls_context *context;
    struct evbuffer *in, *out; /* only during a call */
    enum tls_state state;
    char why[160];
};

/* --- the BIO: bytes of the buffers that the present call named ---------------------------------- */

static int bio_read(BIO *b, char *bytes, int n)
{
    struct tls *t = BIO_get_data(b);
    int got = t->in != NULL && n > 0 ? evbuffer_remove(t->in, bytes, (size_t)n) : 0;
    BIO_clear_retry_flags(b);
    if (got > 0)
        return got;
    BIO_set_retry_read(b);
    return -1;
}

static int bio_write(BIO *b, const char *bytes, int n)
{
    struct tls *t = BIO_get_data(b);
    BIO_clear_retry_flags(b);
    if (n <= 0 || t->out == NULL || evbuffer_add(t->out, bytes, (size_t)n) != 0)
        return -1; /* without a retry flag: broken */
    return n;
}

static long bio_ctrl(BIO *b, int what, long n, void *p)
{
    (void)b;
    (void)n;
    (void)p;
    return what == BIO_CTRL_FLUSH;
}

static BIO_METHOD *bio_method; /* made once, for the life of the process */
static pthread_once_t bio_once = PTHREAD_ONCE_INIT;

static void make_method(void)
{
    BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "zongheng buffers");
    if (m != NULL && BIO_meth_set_read(m, bio_read) == 1 && BIO_meth_set_write(m, bio_write) == 1 &&
        BIO_meth_set_ctrl(m, bio_ctrl) == 1)
        bio_method = m;
    else
        BIO_meth_free(m);
}

bool tls_bio_ready(void)
{
    pthread_once(&bio_once, make_method);
    return bio_method != NULL;
}

/* --- sessions --------------------------------------------------------------------------------- */

const struct tls_context *tls_context_of(const SSL *ssl)
{
    const struct tls *t = SSL_get_app_data(ssl);
    return t->context;
}

/* The name or address that the server's certificate must have. */
static bool expect_host(SSL *ssl, const char *host)
{
    struct in6_addr any;
    bool numeric = inet_pton(AF_INET, host, &any) == 1 || inet_pton(AF_INET6, host, &any) == 1;
    if (numeric)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set_tlsext_host_name(ssl, host) == 1 && SSL_set1_host(ssl, host) == 1;
}

struct tls *tls_new(struct tls_context *c, const char *host)
{
    struct tls *t = calloc(1, sizeof *t);
    BIO *b = t != NULL ? BIO_new(bio_method) : NULL;
    if (b != NULL)
        t->ssl = SSL_new(c->ssl);
    if (b == NULL || t->ssl == NULL || (host != NULL && !expect_host(t->ssl, host))) {
        BIO_free(b);
        if (t != NULL)
            SSL_free(t->ssl);
        free(t);
        ERR_clear_error();
        return NULL;
    }
    t->context = tls_acquire(c);
    BIO_set_data(b, t);
    BIO_set_init(b, 1);
    SSL_set_bio(t->ssl, b, b);
    SSL_set_app_data(t->ssl, t);
    if (host != NULL)
        SSL_set_connect_state(t->ssl);
    else
        SSL_set_accept_state(t->ssl);
    return t;
}

void tls_free(struct tls *t)
{
    if (t == NULL)
        return;
    SSL_free(t->ssl); /* and the BIO */
    tls_release(t->context);
    free(t);
}

static void break_off(struct tls *t)
{
    long verdict = SSL_get_verify_result(t->ssl);
    const char *text = tls_reason();
    t->state = TLS_BROKEN;
    if (verdict == X509_V_ERR_APPLICATION_VERIFICATION)
        snprintf(t->why, sizeof t->why, "%s: its common name is not let in", text);
    else if (verdict != X509_V_OK)
        snprintf(t->why, sizeof t->why, "%s: %s", text, X509_verify_cert_error_string(verdict));
    else
        snprintf(t->why, sizeof t->why, "%s", text);
}

/* What an operation that did not succeed means. Wanting to write cannot be: the BIO takes all. */
static void judge(struct tls *t, int ret)
{
    switch (SSL_get_error(t->ssl, ret)) {
    case SSL_ERROR_WANT_READ:
        break;
    case SSL_ERROR_ZERO_RETURN:
        t->state = TLS_ENDED;
        break;
    default:
        break_off(t);
    }
}

enum tls_state tls_read(struct tls *t, struct evbuffer *wire_in, struct evbuffer *plain, size_t plain_max,
                        struct evbuffer *wire_out)
{
    uint8_t bytes[RECORD];
    t->in = wire_in;
    t->out = wire_out;
    while (t->state == TLS_SHAKING || t->state == TLS_OPEN) {
        size_t have = evbuffer_get_length(plain), got = 0, before = evbuffer_get_length(wire_in);
        if (have >= plain_max)
            break;
        size_t room = plain_max - have < sizeof bytes ? plain_max - have : sizeof bytes;
        ERR_clear_error();
        int ret = SSL_read_ex(t->ssl, bytes, room, &got);
        if (t->state == TLS_SHAKING && SSL_is_init_finished(t->ssl))
            t->state = TLS_OPEN;
        if (ret == 1) {
            if (evbuffer_add(plain, bytes, got) != 0)
                break_off(t);
            continue;
        }
        judge(t, ret);
        if (evbuffer_get_length(wire_in) == before) /* it wants more than there is */
            break;
    }
    OPENSSL_cleanse(bytes, sizeof bytes);
    t->in = t->out = NULL;
    return t->state;
}

enum tls_state tls_write(struct tls *t, struct evbuffer *plain, struct evbuffer *wire_out, size_t wire_max)
{
    t->out = wire_out;
    while ((t->state == TLS_OPEN || t->state == TLS_ENDED) && evbuffer_get_length(wire_out) < wire_max) {
        size_t n = evbuffer_get_length(plain), done = 0;
        if (n == 0)
            break;
        n = n < RECORD ? n : RECORD;
        const uint8_t *bytes = evbuffer_pullup(plain, (ev_ssize_t)n);
        ERR_clear_error();
        int ret = bytes != NULL ? SSL_write_ex(t->ssl, bytes, n, &done) : 0;
        if (ret != 1) {
            if (bytes == NULL)
                break_off(t);
            else
                judge(t, ret);
            break;
        }
        evbuffer_drain(plain, done);
    }
    t->out = NULL;
    return t->state;
}

void tls_end(struct tls *t, struct evbuffer *wire_out)
{
    if ((t->state != TLS_OPEN && t->state != TLS_ENDED) || !SSL_is_init_finished(t->ssl))
        return;
    t->out = wire_out;
    ERR_clear_error();
    SSL_shutdown(t->ssl); /* 0: sent, the peer's has not come; nothing hangs on it */
    ERR_clear_error();
    t->out = NULL;
}

enum tls_state tls_state(const struct tls *t)
{
    return t->state;
}

bool tls_is_holding(const struct tls *t)
{
    /* Between a record's head and the first byte of its body nothing is pending, but the body is awaited. */
    return SSL_has_pending(t->ssl) == 1 || strcmp(SSL_rstate_string(t->ssl), "RB") == 0;
}

const char *tls_why(const struct tls *t)
{
    return t->why;
}

void tls_describe(const struct tls *t, char *buf, size_t size)
{
    snprintf(buf, size, "%s %s", SSL_get_version(t->ssl), SSL_get_cipher_name(t->ssl));
}
