#include "tls_inside.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHAIN_DEPTH_MAX = 3 };

/* TLS 1.3's suites are all good; of 1.2's these are. */
static const char ciphers12[] = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                                "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
                                "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";

const char *tls_reason(void)
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
    const char *names = tls_context_of(ssl)->names;
    if (good != 1 || X509_STORE_CTX_get_error_depth(chain) != 0 || names[0] == '\0')
        return good;
    char name[256];
    X509_NAME *subject = X509_get_subject_name(X509_STORE_CTX_get_current_cert(chain));
    int n = X509_NAME_get_text_by_NID(subject, NID_commonName, name, sizeof name);
    if (n > 0 && (size_t)n == strlen(name) && listed(names, name))
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
                          s->certificate, tls_reason());
    const ASN1_TIME *end = X509_get0_notAfter(SSL_CTX_get0_certificate(x));
    if (X509_cmp_current_time(end) <= 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, "tls_certificate",
                          "the certificate in \"%s\" is over; renew it", s->certificate);
    if (SSL_CTX_use_PrivateKey_file(x, s->key, SSL_FILETYPE_PEM) != 1)
        return fail_field(e, ERR_INVALID_ARGUMENT, "tls_key", "key file \"%s\": %s", s->key, tls_reason());
    if (SSL_CTX_check_private_key(x) != 1)
        return fail_field(e, ERR_INVALID_ARGUMENT, "tls_key", "the key in \"%s\" is not that of \"%s\": %s",
                          s->key, s->certificate, tls_reason());
    return true;
}

static bool load_ca(SSL_CTX *x, const char *field, const char *path, struct err *e)
{
    return SSL_CTX_load_verify_locations(x, path, NULL) == 1 ||
           fail_field(e, ERR_INVALID_ARGUMENT, field, "certificates of the authority \"%s\": %s", path,
                      tls_reason());
}

static struct tls_context *context_new(const SSL_METHOD *method, struct err *e)
{
    struct tls_context *c = calloc(1, sizeof *c);
    ERR_clear_error();
    if (c != NULL)
        c->ssl = SSL_CTX_new(method);
    if (c == NULL || c->ssl == NULL || !tls_bio_ready() || !set_up(c->ssl)) {
        fail(e, ERR_INTERNAL, "TLS cannot be set up: %s", tls_reason());
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
                                     fail(e, ERR_INTERNAL, "the system's authorities: %s", tls_reason());
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
