#include "certificates.h"

#include "test.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static int made;

static void clean(void)
{
    char path[128];
    for (int i = 0; i < made; i++) {
        snprintf(path, sizeof path, "%s/%d.pem", folder, i);
        unlink(path);
        snprintf(path, sizeof path, "%s/%d.key", folder, i);
        unlink(path);
    }
    rmdir(folder);
}

static void add(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX c;
    X509V3_set_ctx_nodb(&c);
    X509V3_set_ctx(&c, issuer, x, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &c, nid, value);
    CHECK(e != NULL && X509_add_ext(x, e, -1) == 1);
    X509_EXTENSION_free(e);
}

struct certificate certificate_make(const char *name, const struct certificate *issuer, long from_s,
                                    long to_s)
{
    struct certificate c = {.x509 = X509_new(), .pkey = EVP_EC_gen("P-256")};
    X509 *x = c.x509, *signer = issuer != NULL ? issuer->x509 : c.x509;
    if (made == 0) {
        snprintf(folder, sizeof folder, "/tmp/zh-cert-XXXXXX");
        CHECK(mkdtemp(folder) != NULL);
        atexit(clean);
    }
    CHECK(x != NULL && c.pkey != NULL);
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1000 + made);
    X509_gmtime_adj(X509_getm_notBefore(x), from_s);
    X509_gmtime_adj(X509_getm_notAfter(x), to_s);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8, (const unsigned char *)name, -1,
                               -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(signer));
    X509_set_pubkey(x, c.pkey);
    add(x, signer, NID_basic_constraints, issuer == NULL ? "critical,CA:TRUE" : "CA:FALSE");
    add(x, signer, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    CHECK(X509_sign(x, issuer != NULL ? issuer->pkey : c.pkey, EVP_sha256()) > 0);
    snprintf(c.cert, sizeof c.cert, "%s/%d.pem", folder, made);
    snprintf(c.key, sizeof c.key, "%s/%d.key", folder, made++);
    FILE *f = fopen(c.cert, "w");
    CHECK(f != NULL && PEM_write_X509(f, x) == 1 && fclose(f) == 0);
    f = fopen(c.key, "w");
    CHECK(f != NULL && PEM_write_PrivateKey(f, c.pkey, NULL, NULL, 0, NULL, NULL) == 1 && fclose(f) == 0);
    return c;
}
