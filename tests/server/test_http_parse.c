/* One request off a stream, however it is cut: the same as in one piece; and what is refused, with its
 * status. */
#include "gzip.h"
#include "http.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static const char plain[] =
    "POST /a/b?x=1 HTTP/1.1\r\nHost: h:1\r\nContent-Length: 11\r\nX-Y:  z \r\n\r\nhello world";
static const char chunked[] = "POST /a/b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";

/* Reads the head in one, the rest in two pieces; the status of a refusal, 0 when it is whole. */
static int read_all(const char *text, size_t len, size_t cut, struct http_request *r, size_t *behind)
{
    size_t looked = 0, used = 0, head = http_head_end(text, len, &looked);
    http_request_init(r, 64);
    *behind = len;
    if (head == 0)
        return -1;
    if (!http_read_head(r, text, head))
        return r->status;
    size_t at = head, piece = cut > head ? cut - head : 0;
    while (!http_is_whole(r) && at < len) {
        size_t n = piece > 0 && piece < len - at ? piece : len - at;
        if (!http_read_body(r, text + at, n, &used))
            return r->status;
        at += used;
        piece = 0;
    }
    *behind = len - at;
    return http_is_whole(r) ? 0 : -1;
}

TEST(a_body_cut_anywhere_is_the_same)
{
    const char *const texts[] = {plain, chunked};
    for (int k = 0; k < 2; k++) {
        char two[400];
        int n = snprintf(two, sizeof two, "%sGET / HTTP/1.1\r\n", texts[k]);
        for (size_t cut = 0; cut <= strlen(texts[k]); cut++) {
            struct http_request r;
            size_t behind;
            CHECK_MSG(read_all(two, (size_t)n, cut, &r, &behind) == 0, "cut at %zu", cut);
            CHECK_I64(behind, 16); /* not a byte of the next request */
            CHECK(r.body.len == 11 && memcmp(r.body.at, "hello world", 11) == 0);
            CHECK(r.path.len == 4 && memcmp(r.path.at, "/a/b", 4) == 0 && r.method == HTTP_POST &&
                  r.keep_alive);
            http_request_free(&r);
        }
        for (size_t len = 0; len < strlen(texts[k]); len++) {
            struct http_request r;
            size_t behind;
            CHECK_MSG(read_all(texts[k], len, 0, &r, &behind) == -1, "ended at %zu", len);
            http_request_free(&r);
        }
    }
}

TEST(the_end_of_a_head_is_found_without_looking_twice)
{
    size_t len = strlen(plain), head = (size_t)(strstr(plain, "\r\n\r\n") + 4 - plain), looked = 0;
    for (size_t n = 1; n < len; n++) {
        size_t before = looked, end = http_head_end(plain, n, &looked);
        CHECK(end == (n >= head ? head : 0));
        CHECK(looked >= before && (end != 0 || looked + 3 >= n || n < 3));
    }
}

TEST(refusals_have_their_status)
{
    static const struct {
        const char *text;
        int status;
    } cases[] = {
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.0\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0},
        {"GET /?%E5%A4%A7=/../ HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 0},
        {"GET /%41 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\n\r\n", 411},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65\r\n\r\n", 413},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n41\r\n", 413},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n", 0},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n", 400},
        {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505},
        {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
        {"GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400},
        {"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nA\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\n\tA: b\r\n\r\n", 400},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_request r;
        size_t behind;
        int status = read_all(cases[i].text, strlen(cases[i].text), 0, &r, &behind);
        CHECK_MSG(status == cases[i].status, "%s: %d, expected %d", cases[i].text, status, cases[i].status);
        CHECK(status == 0 || r.why != NULL);
        http_request_free(&r);
    }
}

TEST(an_upgrade_is_not_taken_and_ends_the_connection)
{
    static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    struct http_request r;
    size_t behind;
    CHECK_I64(read_all(text, strlen(text), 0, &r, &behind), 0);
    CHECK(!r.keep_alive);
    http_request_free(&r);
}

TEST(gzip_is_sent_to_who_takes_it)
{
    static const struct {
        const char *list;
        bool takes;
    } want[] = {{"gzip", true},
                {"GZip", true},
                {"br, gzip", true},
                {"br;q=1.0 ,\tgzip ; q=0.001", true},
                {"deflate,gzip;q=1.000", true},
                {"gzip;Q=0.5, br", true},
                {"gzip;q=1", true},
                {"", false},
                {"br", false},
                {"identity, br;q=0.5", false},
                {"gzip;q=0", false},
                {"gzip;q=0.0", false},
                {"gzip; q=0.000", false},
                {"gzip ;q=0.", false},
                {"gzipped", false},
                {"gzip2, br", false},
                {"x-gzip2", false},
                {"br;q=gzip", false},
                {"gzip;q=", false}, /* what is no weight is none */
                {"gzip;q=2", false},
                {"gzip;q=1.5", false},
                {"gzip;q=0.5000", false},
                {"gzip;q=0.5;x=1", false},
                {"gzip;level=9", false},
                {"gzipped, gzip", true},
                {"gzip;q=0, gzip", false}}; /* the first word about it */
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        struct http_text list = {want[i].list, strlen(want[i].list)};
        CHECK_MSG(http_accepts_gzip(list) == want[i].takes, "%s", want[i].list);
    }
    CHECK(!http_accepts_gzip((struct http_text){0}));
}

TEST(gzip_within_its_bound)
{
    static char text[100000];
    uint64_t seed = 5;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + test_rand_below(&seed, 4));
    for (size_t n = 0; n <= sizeof text; n = n * 3 + 1) {
        struct bytes packed = {.max = 1 << 20}, back = {.max = n};
        struct err e = {0};
        CHECK(gzip_pack(text, n, 1, &packed));
        CHECK_MSG(gzip_unpack(packed.at, packed.len, &back, &e), "%zu: %s", n, e.text);
        CHECK(back.len == n && (n == 0 || memcmp(back.at, text, n) == 0));
        bytes_free(&back);
        if (n > 0) { /* a byte less is refused, and no more than the bound was held */
            back.max = n - 1;
            CHECK(!gzip_unpack(packed.at, packed.len, &back, &e) && e.code == ERR_RESOURCE_EXHAUSTED);
            CHECK(back.len <= back.max);
            bytes_free(&back);
        }
        back.max = n;
        CHECK(!gzip_unpack(packed.at, packed.len - 1, &back, &e) && e.code == ERR_INVALID_ARGUMENT);
        bytes_free(&back);
        CHECK(bytes_add(&packed, "x", 1));
        CHECK(!gzip_unpack(packed.at, packed.len, &back, &e) && e.code == ERR_INVALID_ARGUMENT);
        bytes_free(&back);
        bytes_free(&packed);
    }
}
