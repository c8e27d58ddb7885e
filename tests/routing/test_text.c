/* Short texts are libc's, to the last digit. */
#include "base/text.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static uint64_t random_state = 88172645463325252u;

static uint64_t random64(void)
{
    random_state ^= random_state << 13; /* xorshift64 (Marsaglia 2003) */
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

__attribute__((format(printf, 3, 4))) static bool quick(char *out, size_t room, const char *fmt, ...)
{
    size_t length = 0;
    va_list ap;
    va_start(ap, fmt);
    bool ok = text_quick(out, room, &length, fmt, ap);
    va_end(ap);
    return ok && length == strlen(out);
}

/* All numbers of decimals beside libc; true when all were taken. */
static bool same_digits(double v)
{
    char here[400], there[400];
    bool taken = true;
    struct {
        int made;
        bool ok;
    } x[6] = {{0, false}};
#define CASE(n)                                              \
    x[n - 1].ok = quick(here, sizeof here, "%." #n "f", v);  \
    snprintf(there, sizeof there, "%." #n "f", v);           \
    x[n - 1].made = x[n - 1].ok ? strcmp(here, there) : 0;   \
    if (x[n - 1].made != 0)                                  \
        printf("%.20g: %s, libc says %s\n", v, here, there); \
    CHECK_I64(x[n - 1].made, 0);                             \
    taken = taken && x[n - 1].ok
    CASE(1);
    CASE(2);
    CASE(3);
    CASE(4);
    CASE(5);
    CASE(6);
#undef CASE
    return taken;
}

TEST(digits_of_what_bills_are_made_of)
{
    for (int i = 0; i < 12000; i++) {
        uint64_t n = random64() >> (24 + random64() % 40);
        CHECK(same_digits((double)n / 1000));
        CHECK(same_digits((double)n / 3600));
        CHECK(same_digits((double)(n % 100000) / 1e6));
        CHECK(same_digits((double)(n % 5000) / 10.0));
    }
}

TEST(halves_and_their_neighbours)
{
    for (int i = 0; i < 12000; i++) {
        double v = (double)(random64() % 1200000) / (double)(1u << (random64() % 20));
        double near = (double)(random64() % 1000000) / 2000 + 0.0005; /* looks like a half, mostly is none */
        CHECK(same_digits(v));
        CHECK(same_digits(nextafter(v, 0)));
        CHECK(same_digits(nextafter(v, 1e9)));
        CHECK(same_digits(near));
    }
    CHECK(same_digits(0));
    CHECK(same_digits(225.0 / 3600)); /* 0.0625 */
    CHECK(same_digits(0.5));
    CHECK(same_digits(4.9e-324));
    CHECK(same_digits(2.2250738585072014e-308));
}

TEST(any_bits_are_right_or_left_to_libc)
{
    for (int i = 0; i < 30000; i++) {
        uint64_t bits = random64();
        double v;
        memcpy(&v, &bits, sizeof v);
        bool taken = same_digits(v);
        CHECK(!taken || (v >= 0 && v < 1e15));
    }
    CHECK(!same_digits(-0.0));
    CHECK(!same_digits(-1));
    CHECK(!same_digits(1e300));
    CHECK(!same_digits((double)INFINITY));
    CHECK(!same_digits((double)NAN));
}

TEST(whole_numbers_and_words)
{
    const long long big[] = {0, 1, -1, 9, 10, 99, 100, INT64_MAX, INT64_MIN, 1234567890123};
    char here[200], there[200];
    for (size_t i = 0; i < sizeof big / sizeof *big; i++) {
        CHECK(quick(here, sizeof here, "%lld|%llu|%d|%u|%zu|%s|%%", big[i], (unsigned long long)big[i],
                    (int)big[i], (unsigned)big[i], (size_t)big[i], "运价"));
        snprintf(there, sizeof there, "%lld|%llu|%d|%u|%zu|%s|%%", big[i], (unsigned long long)big[i],
                 (int)big[i], (unsigned)big[i], (size_t)big[i], "运价");
        CHECK(strcmp(here, there) == 0);
    }
}

TEST(a_text_that_does_not_fit_is_refused_at_every_length)
{
    char text[64];
    snprintf(text, sizeof text, "%u truck%s x %.3f km", 12u, "s", 449.44);
    for (size_t room = 0; room < sizeof text; room++) {
        char out[64];
        memset(out, 'x', sizeof out);
        CHECK(quick(out, room, "%u truck%s x %.3f km", 12u, "s", 449.44) == (room > strlen(text)));
        for (size_t i = room; i < sizeof out; i++)
            CHECK_I64(out[i], 'x');
    }
}

TEST(other_conversions_are_left_to_libc)
{
    char out[64];
    CHECK(!quick(out, sizeof out, "%5u", 1u));
    CHECK(!quick(out, sizeof out, "%x", 255u));
    CHECK(!quick(out, sizeof out, "%.0f", 1.5));
    CHECK(!quick(out, sizeof out, "%.7f", 1.5));
    CHECK(!quick(out, sizeof out, "%.3s", "abcdef"));
    CHECK(!quick(out, sizeof out, "%ld", 1L));
    CHECK_I64(text_print(out, sizeof out, "%05.1f|%.3s|%u", 2.25, "abcdef", 7u), 11);
    CHECK(strcmp(out, "002.2|abc|7") == 0);
    CHECK_I64(text_print(out, 4, "%u truck%s", 12u, "s"), 9); /* as snprintf: what it would have been */
    CHECK(strcmp(out, "12 ") == 0);
}
