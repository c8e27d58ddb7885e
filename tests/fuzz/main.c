/* The driver of a fuzz target where clang's libFuzzer is not: every file of the corpus, then seeded mutations
 * of them (bits, bytes, digits, cuts, repeats, splices), the same for the same seed and corpus.
 *
 *   fuzz_NAME [--runs N] [--seconds S] [--seed N] CORPUS_DIR
 *
 * The inputs run in a child; when it dies or hangs, its input is written to ./crash-NAME and the exit status
 * is 1. */
#include "fuzz.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { INPUT_MAX = 1 << 16, FILES_MAX = 1024, HANG_S = 20 };

struct input {
    uint8_t data[INPUT_MAX];
    size_t len;
};

static struct input *corpus[FILES_MAX];
static int corpus_count;
static struct input *now; /* shared with the child */

const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "max_allocation_size_mb=1024:allocator_may_return_null=0";
}

static uint64_t next(uint64_t *s) /* splitmix64 */
{
    uint64_t z = *s += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static size_t below(uint64_t *s, size_t bound)
{
    return bound == 0 ? 0 : (size_t)(next(s) % bound);
}

static void read_corpus(const char *dir)
{
    struct dirent **names;
    int n = scandir(dir, &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", dir, names[i]->d_name);
        FILE *f = names[i]->d_name[0] != '.' && corpus_count < FILES_MAX ? fopen(path, "rb") : NULL;
        free(names[i]);
        if (f == NULL)
            continue;
        struct input *in = calloc(1, sizeof *in);
        if (in == NULL)
            abort();
        in->len = fread(in->data, 1, INPUT_MAX, f);
        fclose(f);
        corpus[corpus_count++] = in;
    }
    if (n >= 0)
        free(names);
}

static void cut_out(struct input *in, size_t at, size_t n)
{
    memmove(in->data + at, in->data + at + n, in->len - at - n);
    in->len -= n;
}

static void put_in(struct input *in, size_t at, const uint8_t *what, size_t n)
{
    if (in->len + n > INPUT_MAX)
        return;
    memmove(in->data + at + n, in->data + at, in->len - at);
    memcpy(in->data + at, what, n);
    in->len += n;
}

static void mutate(struct input *in, uint64_t *s)
{
    static const char *const words[] = {"-1",    "0",    "2147483647", "4294967296", "9223372036854775807",
                                        "1e308", "nan",  ",",          ";",          "\"",
                                        "\n",    "\xff", "<",          "99999999"};
    uint8_t piece[256];
    size_t at = below(s, in->len), n = below(s, 16) + 1;
    const struct input *other = corpus[below(s, (size_t)corpus_count)];
    if (in->len == 0 || at + n > in->len)
        n = in->len - at;
    switch (below(s, 7)) {
    case 0:
        if (in->len > 0)
            in->data[at] ^= (uint8_t)(1 << below(s, 8));
        break;
    case 1:
        if (in->len > 0)
            in->data[at] = (uint8_t)next(s);
        break;
    case 2:
        cut_out(in, at, n);
        break;
    case 3:
        in->len = at;
        break;
    case 4:
        memcpy(piece, in->data + at, n);
        put_in(in, below(s, in->len + 1), piece, n);
        break;
    case 5: {
        const char *w = words[below(s, sizeof words / sizeof *words)];
        put_in(in, at, (const uint8_t *)w, strlen(w));
        break;
    }
    default: {
        size_t from = below(s, other->len), most = other->len - from;
        put_in(in, at, other->data + from, below(s, most < 256 ? most + 1 : 256));
    }
    }
}

static void run_all(uint64_t runs, unsigned seconds, uint64_t seed)
{
    time_t end = time(NULL) + (time_t)seconds;
    for (uint64_t i = 0;
         (seconds == 0 || time(NULL) < end) && (runs == 0 || i < runs + (uint64_t)corpus_count); i++) {
        if (i < (uint64_t)corpus_count) {
            *now = *corpus[i];
        } else {
            *now = *corpus[below(&seed, (size_t)corpus_count)];
            for (size_t k = below(&seed, 5) + 1; k > 0; k--)
                mutate(now, &seed);
        }
        /* of its own size, so that the sanitizer sees a read behind it */
        uint8_t *copy = malloc(now->len > 0 ? now->len : 1);
        if (copy == NULL)
            abort();
        memcpy(copy, now->data, now->len);
        alarm(HANG_S);
        LLVMFuzzerTestOneInput(copy, now->len);
        alarm(0);
        free(copy);
        ++*(uint64_t *)(void *)(now + 1);
    }
}

int main(int argc, char **argv)
{
    uint64_t runs = 0, seed = 1;
    unsigned seconds = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--runs") == 0 && i + 1 < argc)
            runs = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
            seconds = (unsigned)strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            seed = strtoull(argv[++i], NULL, 10);
        else
            read_corpus(argv[i]);
    }
    const char *name = strrchr(argv[0], '/') != NULL ? strrchr(argv[0], '/') + 1 : argv[0];
    if (corpus_count == 0 || (runs == 0 && seconds == 0)) {
        fprintf(stderr, "usage: %s [--runs N] [--seconds S] [--seed N] CORPUS_DIR\n", name);
        return 2;
    }
    now = mmap(NULL, sizeof *now + 8, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (now == MAP_FAILED)
        return 2;
    pid_t pid = fork();
    if (pid == 0) {
        run_all(runs, seconds, seed);
        exit(0);
    }
    int status = -1;
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        return 2;
    printf("%s: %llu inputs\n", name, (unsigned long long)*(uint64_t *)(void *)(now + 1));
    if (status == 0)
        return 0;
    char path[256];
    snprintf(path, sizeof path, "crash-%s", name);
    FILE *f = fopen(path, "wb");
    if (f != NULL) {
        fwrite(now->data, 1, now->len, f);
        fclose(f);
    }
    fprintf(stderr, "%s: the input that broke it is in %s\n", name, path);
    return 1;
}
