#include "secure.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct secure {
    SSL_CTX *context;
    SSL *ssl;
    char why[200];
    bool broken;
};

static const char *reason(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *text = ERR_reason_error_string(code);
    ERR_clear_error();
    return text != NULL ? text : "the peer ended it";
}

static bool given(const char *path)
{
    return path != NULL && path[0] != '\0';
}

static int no_password(char *buf, int size, int writing, void *ctx)
{
    (void)buf;
    (void)size;
    (void)writing;
    (void)ctx;
    return 0;
}

static bool load(SSL_CTX *x, const struct secure_settings *s, struct err *e)
{
    if (given(s->ca) && SSL_CTX_load_verify_locations(x, s->ca, NULL) != 1)
        return fail_field(e, ERR_INVALID_ARGUMENT, "--ca", "--ca %s: %s", s->ca, reason());
    if (!given(s->ca) && SSL_CTX_set_default_verify_paths(x) != 1)
        return fail_field(e, ERR_INVALID_ARGUMENT, "--ca", "the system's authorities: %s", reason());
    if (given(s->certificate) != given(s->key))
        return fail_field(e, ERR_INVALID_ARGUMENT, given(s->key) ? "--cert" : "--key",
                          "--cert and --key go together");
    if (!given(s->certificate))
        return true;
    SSL_CTX_set_default_passwd_cb(x, no_password);
    if (SSL_CTX_use_certificate_chain_file(x, s->certificate) != 1)
        return fail_field(e, ERR_INVALID_ARGUMENT, "--cert", "--cert %s: %s", s->certificate, reason());
    if (SSL_CTX_use_PrivateKey_file(x, s->key, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(x) != 1)
        return fail_field(e, ERR_INVALID_ARGUMENT, "--key", "--key %s: %s", s->key, reason());
    return true;
}

static bool expect_host(SSL *ssl, const char *host)
{
    struct in6_addr any;
    if (inet_pton(AF_INET, host, &any) == 1 || inet_pton(AF_INET6, host, &any) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set_tlsext_host_name(ssl, host) == 1 && SSL_set1_host(ssl, host) == 1;
}

static bool set_up(struct secure *s, int fd, const struct secure_settings *settings, const char *host,
                   struct err *e)
{
    s->context = SSL_CTX_new(TLS_client_method());
    if (s->context == NULL || SSL_CTX_set_min_proto_version(s->context, TLS1_2_VERSION) != 1)
        return fail(e, ERR_INTERNAL, "TLS cannot be set up: %s", reason());
    SSL_CTX_set_options(s->context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(s->context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(s->context, SSL_VERIFY_PEER, NULL);
    if (!load(s->context, settings, e))
        return false;
    s->ssl = SSL_new(s->context);
    if (s->ssl == NULL || SSL_set_fd(s->ssl, fd) != 1 || !expect_host(s->ssl, host))
        return fail(e, ERR_INTERNAL, "TLS cannot be set up: %s", reason());
    return true;
}

/* What an operation without success means: 0 wait, -1 over. */
static long judge(struct secure *s, int ret, short *events)
{
    switch (SSL_get_error(s->ssl, ret)) {
    case SSL_ERROR_WANT_READ:
        *events = POLLIN;
        return 0;
    case SSL_ERROR_WANT_WRITE:
        *events = POLLOUT;
        return 0;
    case SSL_ERROR_ZERO_RETURN:
        return -1;
    default:
        break;
    }
    int from_system = errno;
    long verdict = SSL_get_verify_result(s->ssl);
    bool empty = ERR_peek_last_error() == 0;
    if (verdict != X509_V_OK)
        snprintf(s->why, sizeof s->why, "the server's certificate: %s",
                 X509_verify_cert_error_string(verdict));
    else
        snprintf(s->why, sizeof s->why, "%s", empty && from_system != 0 ? strerror(from_system) : reason());
    ERR_clear_error();
    s->broken = true;
    return -1;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool shake_hands(struct secure *s, int fd, int64_t until_ms)
{
    for (;;) {
        short events = 0;
        ERR_clear_error();
        errno = 0;
        int ret = SSL_connect(s->ssl);
        if (ret == 1)
            return true;
        if (judge(s, ret, &events) < 0)
            return false;
        int64_t left = until_ms - now_ms();
        struct pollfd p = {.fd = fd, .events = events};
        if (left <= 0) {
            snprintf(s->why, sizeof s->why, "time ran out");
            return false;
        }
        poll(&p, 1, left > 60000 ? 60000 : (int)left);
    }
}

bool secure_open(int fd, const struct secure_settings *settings, const char *host, int64_t until_ms,
                 struct secure **out, struct err *e)
{
    struct secure *s = calloc(1, sizeof *s);
    ERR_clear_error();
    if (s == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory");
    bool ok = set_up(s, fd, settings, host, e);
    if (ok && !shake_hands(s, fd, until_ms)) {
        s->broken = true;
        ok = fail(e, ERR_UNAVAILABLE,
                  "no TLS with %s: %s; does the server speak TLS, and is --ca its authority?", host,
                  s->why[0] != '\0' ? s->why : "the connection ended");
    }
    if (!ok) {
        s->broken = true;
        secure_free(s);
        return false;
    }
    *out = s;
    return true;
}

void secure_free(struct secure *s)
{
    if (s == NULL)
        return;
    if (s->ssl != NULL && !s->broken)
        SSL_shutdown(s->ssl);
    SSL_free(s->ssl);
    SSL_CTX_free(s->context);
    ERR_clear_error();
    free(s);
}

long secure_send(struct secure *s, const uint8_t *bytes, size_t len, short *events)
{
    size_t done = 0;
    ERR_clear_error();
    errno = 0;
    int ret = SSL_write_ex(s->ssl, bytes, len, &done);
    return ret == 1 ? (long)done : judge(s, ret, events);
}

long secure_receive(struct secure *s, uint8_t *bytes, size_t len, short *events)
{
    size_t done = 0;
    ERR_clear_error();
    errno = 0;
    int ret = SSL_read_ex(s->ssl, bytes, len, &done);
    return ret == 1 ? (long)done : judge(s, ret, events);
}

const char *secure_why(const struct secure *s)
{
    return s->why;
}
