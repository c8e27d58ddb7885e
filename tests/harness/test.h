/* test.h - a test program is a file of TEST(name) { ... } blocks linked with test.c.
 *
 * CHECK* count and report; a failing one ends its TEST at once. SKIP ends it as skipped with a reason.
 * The program ends with the line "N passed, N failed[, N skipped]" and exits 1 when something failed.
 * Arguments: names (or parts of names) of the tests to run; none runs all. */
#ifndef ZH_TEST_H
#define ZH_TEST_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

struct test_case {
    const char *name;
    void (*run)(void);
    struct test_case *next;
};

void test_register(struct test_case *t);
void test_fail(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), noreturn));
void test_skip(const char *reason) __attribute__((noreturn));

/* Where ../shared/cases lies, or NULL when it is not there (users do not have it): tests SKIP then. */
const char *test_cases_dir(void);

/* A small seeded generator, the same on every machine (splitmix64). */
uint64_t test_rand(uint64_t *state);
uint32_t test_rand_below(uint64_t *state, uint32_t bound);

#define TEST(ident)                                                 \
    static void test_run_##ident(void);                             \
    __attribute__((constructor)) static void test_add_##ident(void) \
    {                                                               \
        static struct test_case t = {#ident, test_run_##ident, 0};  \
        test_register(&t);                                          \
    }                                                               \
    static void test_run_##ident(void)

#define CHECK(cond)                                     \
    do {                                                \
        if (!(cond))                                    \
            test_fail(__FILE__, __LINE__, "%s", #cond); \
    } while (0)

#define CHECK_MSG(cond, ...)                            \
    do {                                                \
        if (!(cond))                                    \
            test_fail(__FILE__, __LINE__, __VA_ARGS__); \
    } while (0)

#define CHECK_I64(got, want)                                                                           \
    do {                                                                                               \
        long long got_ = (long long)(got), want_ = (long long)(want);                                  \
        if (got_ != want_)                                                                             \
            test_fail(__FILE__, __LINE__, "%s is %lld, expected %s = %lld", #got, got_, #want, want_); \
    } while (0)

#define CHECK_STR(got, want)                                                                   \
    do {                                                                                       \
        const char *got_ = (got), *want_ = (want);                                             \
        if (__builtin_strcmp(got_, want_) != 0)                                                \
            test_fail(__FILE__, __LINE__, "%s is \"%s\", expected \"%s\"", #got, got_, want_); \
    } while (0)

#define SKIP(reason) test_skip(reason)

#endif
