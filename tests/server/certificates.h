/* certificates.h - keys and certificates for tests, made with OpenSSL into files of a folder that goes away
 * at exit. */
#ifndef ZH_TESTS_CERTIFICATES_H
#define ZH_TESTS_CERTIFICATES_H

struct certificate {
    char cert[128], key[128]; /* PEM files */
    void *x509, *pkey;        /* for signing others */
};

/* Valid from now + from_s to now + to_s seconds; issuer NULL: signs itself, and may sign others. For
 * localhost and 127.0.0.1. Ends the test on failure. */
struct certificate certificate_make(const char *name, const struct certificate *issuer, long from_s,
                                    long to_s);

#endif
