/* The TLS machine between buffers: every byte of the wire apart, cuts at each of them, narrow outputs, ends,
 * floods, and what must not be let in. The client's side is the same machine, and for what it does not do,
 * OpenSSL bare. */
#include "certificates.h"
#include "test.h"
#include "tls.h"

#include <event2/buffer.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLAIN_MAX = 1 << 20, WIRE_MAX = 65536 };

/* One end: what it reads from the wire and writes to it, its plain bytes in and out. */
struct end {
    struct tls *tls;
    struct evbuffer *wire_in, *wire_out, *in, *out;
};

static struct certificate ca, server_cert, client_cert, expired_cert, stranger_ca, stranger_cert;
static struct tls_context *server_ctx, *client_ctx;

static struct tls_context *context(bool server, const struct certificate *own,
                                   const struct certificate *trust, bool required, const char *names)
{
    struct tls_settings s = {.certificate = own != NULL ? own->cert : "",
                             .key = own != NULL ? own->key : "",
                             .ca = trust != NULL ? trust->cert : "",
                             .required = required,
                             .names = names};
    struct tls_context *c = NULL;
    struct err e = {0};
    CHECK_MSG(server ? tls_context_server(&s, &c, &e) : tls_context_client(&s, &c, &e), "%s", e.text);
    return c;
}

static void set_up(void)
{
    if (server_ctx != NULL)
        return;
    ca = certificate_make("ca", NULL, -60, 3600);
    server_cert = certificate_make("server", &ca, -60, 3600);
    client_cert = certificate_make("client", &ca, -60, 3600);
    expired_cert = certificate_make("client", &ca, -7200, -3600);
    stranger_ca = certificate_make("ca", NULL, -60, 3600);
    stranger_cert = certificate_make("client", &stranger_ca, -60, 3600);
    server_ctx = context(true, &server_cert, NULL, false, "");
    client_ctx = context(false, NULL, &ca, false, "");
}

static struct end end_new(struct tls_context *c, const char *host)
{
    struct end e = {tls_new(c, host), evbuffer_new(), evbuffer_new(), evbuffer_new(), evbuffer_new()};
    CHECK(e.tls != NULL && e.wire_in != NULL && e.wire_out != NULL && e.in != NULL && e.out != NULL);
    return e;
}

static void end_free(struct end *e)
{
    tls_free(e->tls);
    evbuffer_free(e->wire_in);
    evbuffer_free(e->wire_out);
    evbuffer_free(e->in);
    evbuffer_free(e->out);
}

static void work(struct end *e)
{
    tls_read(e->tls, e->wire_in, e->in, PLAIN_MAX, e->wire_out);
    tls_write(e->tls, e->out, e->wire_out, WIRE_MAX);
}

/* Up to n bytes over the wire; how many. */
static size_t carry(struct end *from, struct end *to, size_t n)
{
    size_t have = evbuffer_get_length(from->wire_out);
    if (have == 0)
        return 0;
    n = n < have ? n : have;
    CHECK(evbuffer_remove_buffer(from->wire_out, to->wire_in, n) == (int)n);
    return n;
}

/* Moves bytes in steps of n until nothing moves. */
static void settle(struct end *a, struct end *b, size_t n)
{
    size_t moved;
    do {
        work(a);
        moved = carry(a, b, n);
        work(b);
        moved += carry(b, a, n);
    } while (moved > 0);
}

static void pair(struct end *client, struct end *server, size_t n)
{
    set_up();
    *client = end_new(client_ctx, "localhost");
    *server = end_new(server_ctx, NULL);
    settle(client, server, n);
    CHECK_MSG(tls_state(client->tls) == TLS_OPEN, "client: %s", tls_why(client->tls));
    CHECK_MSG(tls_state(server->tls) == TLS_OPEN, "server: %s", tls_why(server->tls));
}

static void put(struct end *e, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i += 8) {
        uint64_t v = test_rand(&seed);
        evbuffer_add(e->out, &v, n - i < 8 ? n - i : 8);
    }
}

/* That e has received exactly what put(n, seed) gave. */
static void got(struct end *e, size_t n, uint64_t seed)
{
    CHECK_I64(evbuffer_get_length(e->in), n);
    for (size_t i = 0; i < n; i += 8) {
        uint64_t v = test_rand(&seed), have = 0;
        size_t k = n - i < 8 ? n - i : 8;
        evbuffer_remove(e->in, &have, k);
        CHECK(memcmp(&v, &have, k) == 0);
    }
}

TEST(every_size_of_piece)
{
    static const size_t pieces[] = {1, 2, 3, 5, 7, 64, 1000, 16384, 1 << 20};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct end c, s;
        pair(&c, &s, pieces[i]);
        size_t n = pieces[i] < 8 ? 20000 : 300000;
        put(&c, n, 1);
        put(&s, n + 3, 2);
        settle(&c, &s, pieces[i]);
        got(&s, n, 1);
        got(&c, n + 3, 2);
        CHECK(!tls_is_holding(s.tls));
        tls_end(c.tls, c.wire_out);
        settle(&c, &s, pieces[i]);
        CHECK_I64(tls_state(s.tls), TLS_ENDED);
        put(&s, 5000, 3); /* after the peer's end we may still answer */
        settle(&c, &s, pieces[i]);
        got(&c, 5000, 3);
        end_free(&c);
        end_free(&s);
    }
}

TEST(bounds_hold)
{
    struct end c, s;
    pair(&c, &s, 1 << 20);
    put(&s, 4 << 20, 4);
    tls_write(s.tls, s.out, s.wire_out, WIRE_MAX);
    CHECK(evbuffer_get_length(s.wire_out) >= WIRE_MAX);
    CHECK(evbuffer_get_length(s.wire_out) <= WIRE_MAX + 16384 + 256);
    size_t left = evbuffer_get_length(s.out);
    tls_write(s.tls, s.out, s.wire_out, WIRE_MAX); /* full: nothing more is taken */
    CHECK_I64(evbuffer_get_length(s.out), left);
    carry(&s, &c, 1 << 20);
    tls_read(c.tls, c.wire_in, c.in, 1000, c.wire_out); /* and no more is decrypted than asked for */
    CHECK_I64(evbuffer_get_length(c.in), 1000);
    CHECK(tls_is_holding(c.tls));
    tls_read(c.tls, c.wire_in, c.in, 1000, c.wire_out);
    CHECK_I64(evbuffer_get_length(c.in), 1000);
    for (int turn = 0; turn < 10000 && evbuffer_get_length(c.in) < (4 << 20); turn++) {
        tls_write(s.tls, s.out, s.wire_out, 1); /* an output of one byte: a record at a time */
        CHECK(evbuffer_get_length(s.wire_out) <= 16384 + 256);
        carry(&s, &c, 1 << 20);
        tls_read(c.tls, c.wire_in, c.in, 8 << 20, c.wire_out);
    }
    got(&c, 4 << 20, 4);
    end_free(&c);
    end_free(&s);
}

TEST(a_half_record_is_held_and_a_cut_is_no_end)
{
    struct end c, s;
    pair(&c, &s, 1 << 20);
    put(&c, 600, 5);
    work(&c);
    size_t n = evbuffer_get_length(c.wire_out);
    for (size_t i = 1; i < n; i++) {
        carry(&c, &s, 1);
        work(&s);
        CHECK_I64(tls_state(s.tls), TLS_OPEN);
        CHECK_MSG(tls_is_holding(s.tls), "after byte %zu of %zu", i, n);
        CHECK_I64(evbuffer_get_length(s.in), 0);
    }
    carry(&c, &s, 1);
    work(&s);
    CHECK(!tls_is_holding(s.tls));
    got(&s, 600, 5);
    end_free(&c);
    end_free(&s);
}

/* Whatever bit is wrong, nothing of the record comes out, and an alert goes back. */
TEST(a_changed_bit_breaks)
{
    for (unsigned bit = 0; bit < 8 * 60; bit += 3) {
        struct end c, s;
        pair(&c, &s, 1 << 20);
        put(&c, 30, 6);
        work(&c);
        uint8_t *bytes = evbuffer_pullup(c.wire_out, -1);
        size_t n = evbuffer_get_length(c.wire_out), at = bit / 8 < n ? bit / 8 : n - 1;
        bytes[at] = (uint8_t)(bytes[at] ^ 1u << bit % 8);
        carry(&c, &s, 1 << 20);
        work(&s);
        CHECK_I64(evbuffer_get_length(s.in), 0);
        /* A longer length only waits; everything else is broken. */
        CHECK(tls_state(s.tls) == TLS_BROKEN || (at >= 3 && at <= 4 && tls_is_holding(s.tls)));
        put(&s, 10, 7);
        size_t before = evbuffer_get_length(s.wire_out);
        if (tls_state(s.tls) == TLS_BROKEN) {
            CHECK(tls_why(s.tls)[0] != '\0');
            work(&s); /* and nothing follows */
            CHECK_I64(evbuffer_get_length(s.wire_out), before);
        }
        end_free(&c);
        end_free(&s);
    }
}

TEST(garbage_at_any_point_of_the_handshake)
{
    uint64_t rng = 11;
    for (int round = 0; round < 600; round++) {
        struct end c, s;
        set_up();
        c = end_new(client_ctx, "localhost");
        s = end_new(server_ctx, NULL);
        work(&c);
        carry(&c, &s, test_rand_below(&rng, 400));
        work(&s);
        uint8_t junk[300];
        uint32_t n = 1 + test_rand_below(&rng, sizeof junk - 1);
        for (uint32_t i = 0; i < n; i++)
            junk[i] = (uint8_t)test_rand(&rng);
        evbuffer_add(s.wire_in, junk, n);
        work(&s);
        work(&s);
        CHECK(tls_state(s.tls) == TLS_SHAKING || tls_state(s.tls) == TLS_BROKEN);
        CHECK(evbuffer_get_length(s.in) == 0 && evbuffer_get_length(s.wire_out) < 20000);
        end_free(&c);
        end_free(&s);
    }
}

TEST(an_end_before_the_handshake_writes_nothing)
{
    set_up();
    struct end s = end_new(server_ctx, NULL);
    work(&s);
    put(&s, 100, 8);
    work(&s);
    tls_end(s.tls, s.wire_out);
    CHECK_I64(evbuffer_get_length(s.wire_out), 0);
    CHECK_I64(evbuffer_get_length(s.out), 100);
    end_free(&s);
}

/* Whether a client with these contexts is let in and can say something. */
static bool let_in(struct tls_context *client, struct tls_context *server, const char *host, char why[200])
{
    struct end c = end_new(client, host), s = end_new(server, NULL);
    settle(&c, &s, 1 << 20);
    put(&c, 100, 9);
    settle(&c, &s, 1 << 20);
    bool in = evbuffer_get_length(s.in) == 100;
    CHECK(in || tls_state(c.tls) == TLS_BROKEN || tls_state(s.tls) == TLS_BROKEN);
    snprintf(why, 200, "%s / %s", tls_why(c.tls), tls_why(s.tls));
    end_free(&c);
    end_free(&s);
    return in;
}

TEST(client_certificates)
{
    char why[200];
    set_up();
    struct tls_context *required = context(true, &server_cert, &ca, true, ""),
                       *optional = context(true, &server_cert, &ca, false, ""),
                       *named = context(true, &server_cert, &ca, true, " other ,client"),
                       *others = context(true, &server_cert, &ca, true, "clien,client2,Client"),
                       *good = context(false, &client_cert, &ca, false, ""),
                       *strange = context(false, &stranger_cert, &ca, false, "");
    CHECK(let_in(good, required, "localhost", why) && let_in(good, required, "127.0.0.1", why));
    CHECK(let_in(good, optional, "localhost", why) && let_in(client_ctx, optional, "localhost", why));
    CHECK(let_in(good, named, "localhost", why) && let_in(good, server_ctx, "localhost", why));
    CHECK(!let_in(good, others, "localhost", why));
    CHECK_MSG(strstr(why, "common name") != NULL, "%s", why);
    CHECK(!let_in(client_ctx, required, "localhost", why));
    CHECK_MSG(strstr(why, "certificate") != NULL, "%s", why);
    CHECK(!let_in(strange, required, "localhost", why) && !let_in(strange, optional, "localhost", why));
    CHECK(!let_in(client_ctx, server_ctx, "example.org", why) &&
          !let_in(client_ctx, server_ctx, "127.0.0.2", why));
    struct tls_context *all[] = {required, optional, named, others, good, strange};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        tls_release(all[i]);
}

TEST(unfit_files_are_refused_by_name)
{
    set_up();
    const struct {
        const char *cert, *key, *ca, *field;
    } bad[] = {{"/nonexistent", server_cert.key, "", "tls_certificate"},
               {"/dev/null", server_cert.key, "", "tls_certificate"},
               {server_cert.key, server_cert.key, "", "tls_certificate"},
               {expired_cert.cert, expired_cert.key, "", "tls_certificate"},
               {server_cert.cert, "", "", "tls_key"},
               {server_cert.cert, server_cert.cert, "", "tls_key"},
               {server_cert.cert, client_cert.key, "", "tls_key"},
               {server_cert.cert, server_cert.key, "/nonexistent", "tls_client_ca"},
               {server_cert.cert, server_cert.key, "/dev/null", "tls_client_ca"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct tls_settings s = {.certificate = bad[i].cert, .key = bad[i].key, .ca = bad[i].ca, .names = ""};
        struct tls_context *c = NULL;
        struct err e = {0};
        CHECK(!tls_context_server(&s, &c, &e));
        CHECK_MSG(e.code == ERR_INVALID_ARGUMENT && strcmp(e.field, bad[i].field) == 0, "%zu: %s %s", i,
                  e.field, e.text);
    }
}

/* --- OpenSSL bare on the client's side ------------------------------------------------------------- */

struct bare {
    SSL_CTX *ctx;
    SSL *ssl;
    BIO *in, *out;
};

static struct bare bare_new(int low, int high, const char *ciphers)
{
    struct bare b = {
        .ctx = SSL_CTX_new(TLS_client_method()), .in = BIO_new(BIO_s_mem()), .out = BIO_new(BIO_s_mem())};
    SSL_CTX_set_security_level(b.ctx, 0);
    SSL_CTX_set_min_proto_version(b.ctx, low);
    SSL_CTX_set_max_proto_version(b.ctx, high);
    CHECK(ciphers == NULL || SSL_CTX_set_cipher_list(b.ctx, ciphers) == 1);
    b.ssl = SSL_new(b.ctx);
    SSL_set_bio(b.ssl, b.in, b.out);
    SSL_set_connect_state(b.ssl);
    return b;
}

static void bare_free(struct bare *b)
{
    SSL_free(b->ssl);
    SSL_CTX_free(b->ctx);
    ERR_clear_error();
}

/* The wire between a bare client and our server, a few turns long. */
static void bare_settle(struct bare *b, struct end *s)
{
    char bytes[20000];
    for (int turn = 0; turn < 20; turn++) {
        int n;
        if (!SSL_is_init_finished(b->ssl))
            SSL_do_handshake(b->ssl);
        else
            SSL_read(b->ssl, bytes, sizeof bytes); /* takes what is not data, too */
        while ((n = BIO_read(b->out, bytes, sizeof bytes)) > 0)
            evbuffer_add(s->wire_in, bytes, (size_t)n);
        work(s);
        while ((n = evbuffer_remove(s->wire_out, bytes, sizeof bytes)) > 0)
            BIO_write(b->in, bytes, n);
    }
}

TEST(old_versions_and_weak_ciphers)
{
    static const struct {
        int low, high;
        const char *ciphers;
        bool in;
    } tries[] = {{TLS1_VERSION, TLS1_VERSION, "ALL:@SECLEVEL=0", false},
                 {TLS1_1_VERSION, TLS1_1_VERSION, "ALL:@SECLEVEL=0", false},
                 {TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", true},
                 {TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384", true},
                 {TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA", false},
                 {TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-AES256-SHA384", false},
                 {TLS1_2_VERSION, TLS1_2_VERSION, "AES128-GCM-SHA256:AES256-SHA", false},
                 {TLS1_2_VERSION, TLS1_2_VERSION, "aNULL:eNULL:@SECLEVEL=0", false},
                 {TLS1_2_VERSION, TLS1_2_VERSION, "PSK:@SECLEVEL=0", false},
                 {TLS1_3_VERSION, TLS1_3_VERSION, NULL, true}};
    set_up();
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        struct bare b = bare_new(tries[i].low, tries[i].high, tries[i].ciphers);
        struct end s = end_new(server_ctx, NULL);
        bare_settle(&b, &s);
        CHECK_MSG((tls_state(s.tls) == TLS_OPEN) == tries[i].in, "%zu: %s", i, tls_why(s.tls));
        end_free(&s);
        bare_free(&b);
    }
}

TEST(renegotiation_is_refused_and_the_connection_lives)
{
    set_up();
    struct bare b = bare_new(TLS1_2_VERSION, TLS1_2_VERSION, NULL);
    struct end s = end_new(server_ctx, NULL);
    bare_settle(&b, &s);
    CHECK_I64(tls_state(s.tls), TLS_OPEN);
    CHECK(SSL_write(b.ssl, "hello", 5) == 5);
    bare_settle(&b, &s);
    CHECK_I64(evbuffer_get_length(s.in), 5);
    CHECK(SSL_renegotiate(b.ssl) == 1);
    SSL_do_handshake(b.ssl);
    bare_settle(&b, &s);
    /* no_renegotiation is a warning; OpenSSL's client gives up on it. Nothing was negotiated. */
    CHECK(SSL_is_init_finished(b.ssl) == 0 || SSL_num_renegotiations(b.ssl) == 0);
    CHECK(tls_state(s.tls) != TLS_SHAKING);
    end_free(&s);
    bare_free(&b);
}

TEST(a_flood_of_key_updates_needs_no_memory)
{
    set_up();
    struct bare b = bare_new(TLS1_3_VERSION, TLS1_3_VERSION, NULL);
    struct end s = end_new(server_ctx, NULL);
    bare_settle(&b, &s);
    CHECK_I64(tls_state(s.tls), TLS_OPEN);
    char bytes[4096];
    size_t most = 0;
    for (int i = 0; i < 5000; i++) {
        int n;
        if (SSL_key_update(b.ssl, SSL_KEY_UPDATE_REQUESTED) != 1 || SSL_write(b.ssl, "x", 1) != 1)
            break;
        while ((n = BIO_read(b.out, bytes, sizeof bytes)) > 0)
            evbuffer_add(s.wire_in, bytes, (size_t)n);
        tls_read(s.tls, s.wire_in, s.in, PLAIN_MAX, s.wire_out); /* the answers are not read */
        size_t out = evbuffer_get_length(s.wire_out);
        most = out > most ? out : most;
    }
    /* The answer to a request is one record of some bytes; conn_turn.c stops reading above output_max of
     * them. */
    CHECK_MSG(most <= 5000 * 64, "%zu bytes", most);
    CHECK(tls_state(s.tls) == TLS_OPEN);
    end_free(&s);
    bare_free(&b);
}

/* The store: readers on threads while it is swapped (for TSan). */
static void *take(void *store)
{
    for (int i = 0; i < 2000; i++) {
        struct tls_context *c = tls_store_get(store);
        if (i % 50 == 0) {
            struct tls *t = tls_new(c, NULL);
            tls_free(t);
        }
        tls_release(c);
    }
    return NULL;
}

TEST(contexts_are_swapped_under_readers)
{
    struct tls_store store;
    pthread_t threads[3];
    set_up();
    tls_store_init(&store);
    CHECK(tls_store_get(&store) == NULL);
    tls_store_put(&store, tls_acquire(server_ctx));
    for (int i = 0; i < 3; i++)
        CHECK(pthread_create(&threads[i], NULL, take, &store) == 0);
    for (int i = 0; i < 50; i++)
        tls_store_put(&store, context(true, &server_cert, NULL, false, ""));
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    tls_store_put(&store, NULL);
}
