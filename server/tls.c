#include "tls.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD = 16384, NAMES_MAX = 1001, CHAIN_DEPTH_MAX = 3 };

/* TLS 1.3's suites are all good; of 1.2's these are. */
static const char ciphers12[] = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                                "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
                                "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";

struct tls_context {
    SSL_CTX *ssl;
    _Atomic unsigned count;
    char names[NAMES_MAX]; /* allowed clients, "" all */
};

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

/* --- contexts --------------------------------------------------------------------------------- */

/* OpenSSL's newest reason; clears its queue. */
static const char *reason(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *text = ERR_reason_error_string(code);
    ERR_clear_error();
    return text != NULL ? text : "no reason given";
}

static int no_password(char *buf, int size, int writing, void *ctx)
{
    (void)buf;
    (void)size;
    (void)writing;
    (void)ctx;
    return 0; /* a key with a password is refused instead of asked for on a terminal */
}

/* Whether `name` stands in the list. */
static bool listed(const char *list, const char *name)
{
    size_t n = strlen(name);
    while (*list != '\0') {
        list += strspn(list, ", ");
        size_t k = strcspn(list, ",");
        size_t word = k;
        while (word > 0 && list[word - 1] == ' ')
            word--;
        if (n > 0 && word == n && memcmp(list, name, n) == 0)
            return true;
        list += k;
    }
    return false;
}

/* The chain is judged by OpenSSL; of its end the common name counts too, when names were given. */
static int on_verify(int good, X509_STORE_CTX *chain)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx());
    const struct tls *t = SSL_get_app_data(ssl);
    if (good != 1 || X509_STORE_CTX_get_error_depth(chain) != 0 || t->context->names[0] == '\0')
        return good;
    char name[256];
    X509_NAME *subject = X509_get_subject_name(X509_STORE_CTX_get_current_cert(chain));
    int n = X509_NAME_get_text_by_NID(subject, NID_commonName, name, sizeof name);
    if (n > 0 && (size_t)n == strlen(name) && listed(t->context->names, name))
        return 1;
    X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

static bool set_up(SSL_CTX *x)
{
    SSL_CTX_set_options(x, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                               SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(x, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_clear_mode(x, SSL_MODE_AUTO_RETRY); /* each call ends after one record of the handshake's kind */
    SSL_CTX_set_session_cache_mode(x, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_security_level(x, 2); /* RSA of 2048 bits, no SHA-1 */
    SSL_CTX_set_verify_depth(x, CHAIN_DEPTH_MAX);
    SSL_CTX_set_default_passwd_cb(x, no_password);
    return SSL_CTX_set_min_proto_version(x, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(x, ciphers12) == 1 && SSL_CTX_set_num_tickets(x, 0) == 1 &&
           SSL_CTX_set1_groups_list(x, "X25519:P-256:P-384") == 1;
}

static bool load_own(SSL_CTX *x, const struct tls_settings *s, struct err *e)
{
    if (SSL_CTX_use_certificate_chain_file(x, s->certificate) != 1)
        return fail_field(e, ERR_INVALID_ARGUMENT, "tls_certificate", "certificate file \"%s\": %s",
                          s->certificate, reason());
    const ASN1_TIME *end = X509_get0_notAfter(SSL_CTX_get0_certificate(x));
    if (X509_cmp_current_time(end) <= 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, "tls_certificate",
                          "the certificate in \"%s\" is over; renew it", s->certificate);
    if (SSL_CTX_use_PrivateKey_file(x, s->key, SSL_FILETYPE_PEM) != 1)
        return fail_field(e, ERR_INVALID_ARGUMENT, "tls_key", "key file \"%s\": %s", s->key, reason());
    if (SSL_CTX_check_private_key(x) != 1)
        return fail_field(e, ERR_INVALID_ARGUMENT, "tls_key", "the key in \"%s\" is not that of \"%s\": %s",
                          s->key, s->certificate, reason());
    return true;
}

static bool load_ca(SSL_CTX *x, const char *field, const char *path, struct err *e)
{
    return SSL_CTX_load_verify_locations(x, path, NULL) == 1 ||
           fail_field(e, ERR_INVALID_ARGUMENT, field, "certificates of the authority \"%s\": %s", path,
                      reason());
}

static struct tls_context *context_new(const SSL_METHOD *method, struct err *e)
{
    struct tls_context *c = calloc(1, sizeof *c);
    ERR_clear_error();
    pthread_once(&bio_once, make_method);
    if (c != NULL)
        c->ssl = SSL_CTX_new(method);
    if (c == NULL || c->ssl == NULL || bio_method == NULL || !set_up(c->ssl)) {
        fail(e, ERR_INTERNAL, "TLS cannot be set up: %s", reason());
        if (c != NULL)
            SSL_CTX_free(c->ssl);
        free(c);
        return NULL;
    }
    atomic_init(&c->count, 1);
    return c;
}

bool tls_context_server(const struct tls_settings *s, struct tls_context **out, struct err *e)
{
    struct tls_context *c = context_new(TLS_server_method(), e);
    if (c == NULL)
        return false;
    bool ok = load_own(c->ssl, s, e);
    if (ok && s->ca[0] != '\0') {
        STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(s->ca);
        ok = load_ca(c->ssl, "tls_client_ca", s->ca, e) &&
             (names != NULL ||
              fail_field(e, ERR_INVALID_ARGUMENT, "tls_client_ca", "\"%s\" holds no certificate", s->ca));
        SSL_CTX_set_client_CA_list(c->ssl, names);
        SSL_CTX_set_verify(c->ssl, SSL_VERIFY_PEER | (s->required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                           on_verify);
        snprintf(c->names, sizeof c->names, "%s", s->names);
    }
    if (!ok) {
        tls_release(c);
        return false;
    }
    *out = c;
    return true;
}

bool tls_context_client(const struct tls_settings *s, struct tls_context **out, struct err *e)
{
    struct tls_context *c = context_new(TLS_client_method(), e);
    if (c == NULL)
        return false;
    SSL_CTX_set_verify(c->ssl, SSL_VERIFY_PEER, NULL);
    bool ok = s->ca[0] != '\0' ? load_ca(c->ssl, "ca", s->ca, e)
                               : SSL_CTX_set_default_verify_paths(c->ssl) == 1 ||
                                     fail(e, ERR_INTERNAL, "the system's authorities: %s", reason());
    if (!ok || (s->certificate[0] != '\0' && !load_own(c->ssl, s, e))) {
        tls_release(c);
        return false;
    }
    *out = c;
    return true;
}

struct tls_context *tls_acquire(struct tls_context *c)
{
    atomic_fetch_add_explicit(&c->count, 1, memory_order_relaxed);
    return c;
}

void tls_release(struct tls_context *c)
{
    if (c == NULL || atomic_fetch_sub_explicit(&c->count, 1, memory_order_acq_rel) != 1)
        return;
    SSL_CTX_free(c->ssl);
    free(c);
}

void tls_store_init(struct tls_store *s)
{
    pthread_mutex_init(&s->lock, NULL);
    s->now = NULL;
}

void tls_store_put(struct tls_store *s, struct tls_context *c)
{
    pthread_mutex_lock(&s->lock);
    struct tls_context *old = s->now;
    s->now = c;
    pthread_mutex_unlock(&s->lock);
    tls_release(old);
}

struct tls_context *tls_store_get(struct tls_store *s)
{
    pthread_mutex_lock(&s->lock);
    struct tls_context *c = s->now != NULL ? tls_acquire(s->now) : NULL;
    pthread_mutex_unlock(&s->lock);
    return c;
}

/* --- sessions --------------------------------------------------------------------------------- */

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
    const char *text = reason();
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
