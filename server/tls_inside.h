/* tls_inside.h - what tls.c (sessions) and tls_context.c (certificates, keys and what is let in) share. */
#ifndef ZH_SERVER_TLS_INSIDE_H
#define ZH_SERVER_TLS_INSIDE_H

#include "tls.h"

#include <openssl/ssl.h>
#include <stdatomic.h>

enum { TLS_NAMES_MAX = 1001 };

struct tls_context {
    SSL_CTX *ssl;
    _Atomic unsigned count;
    char names[TLS_NAMES_MAX]; /* allowed clients, "" all */
};

/* Of an SSL made by tls_new, whose app data is its struct tls. */
const struct tls_context *tls_context_of(const SSL *ssl);
bool tls_bio_ready(void);     /* false: out of memory */
const char *tls_reason(void); /* OpenSSL's newest reason; clears its queue */

#endif
