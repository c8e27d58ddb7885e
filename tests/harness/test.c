#include "test.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct test_case *first, *last;
static jmp_buf back;
enum { PASSED, FAILED, SKIPPED };

void test_register(struct test_case *t)
{
    if (last != NULL)
        last->next = t;
    else
        first = t;
    last = t;
}

void test_fail(const char *file, int line, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    printf("    %s:%d: ", file, line);
    vprintf(fmt, ap);
    printf("\n");
    va_end(ap);
    longjmp(back, 1 + FAILED);
}

void test_skip(const char *reason)
{
    printf("    skipped: %s\n", reason);
    longjmp(back, 1 + SKIPPED);
}

const char *test_cases_dir(void)
{
    const char *dir = getenv("ZONGHENG_CASES");
    if (dir == NULL)
        dir = "../shared/cases";
    return access(dir, R_OK) == 0 ? dir : NULL;
}

uint64_t test_rand(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t test_rand_below(uint64_t *state, uint32_t bound)
{
    return (uint32_t)(((test_rand(state) >> 32) * bound) >> 32);
}

static bool wanted(const char *name, int argc, char **argv)
{
    if (argc < 2)
        return true;
    for (int i = 1; i < argc; i++)
        if (strstr(name, argv[i]) != NULL)
            return true;
    return false;
}

int main(int argc, char **argv)
{
    static int count[3];
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (struct test_case *volatile t = first; t != NULL; t = t->next) {
        if (!wanted(t->name, argc, argv))
            continue;
        int how = setjmp(back);
        if (how == 0) {
            t->run();
            how = 1 + PASSED;
        }
        static const char *const word[] = {"ok", "FAIL", "skip"};
        count[how - 1]++;
        printf("%-4s %s\n", word[how - 1], t->name);
    }
    printf("%d passed, %d failed, %d skipped\n", count[PASSED], count[FAILED], count[SKIPPED]);
    return count[FAILED] != 0;
}
