/* The settings table: what is wrong is refused with its place, later wins, the page says what the table says.
 */
#include "config.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool read_args(struct config *c, struct err *e, const char *a, const char *b)
{
    char *argv[] = {(char *)"zonghengd", (char *)(uintptr_t)a, (char *)(uintptr_t)b, NULL};
    err_clear(e);
    return config_read(c, a == NULL ? 1 : b == NULL ? 2 : 3, argv, e);
}

static void write_file(char path[32], const char *text)
{
    snprintf(path, 32, "/tmp/zh-config-XXXXXX");
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

TEST(later_wins)
{
    static struct config c;
    struct err e;
    char path[32];
    CHECK(read_args(&c, &e, NULL, NULL));
    CHECK_I64(c.loops, 1);
    write_file(path, "[zonghengd]\nloops = 2\nanonymous = yes\n");
    CHECK_MSG(read_args(&c, &e, "--config", path), "%s", e.text);
    CHECK_I64(c.loops, 2);
    CHECK(c.anonymous);
    setenv("ZONGHENG_CONFIG", path, 1);
    setenv("ZONGHENG_LOOPS", "3", 1);
    CHECK(read_args(&c, &e, NULL, NULL));
    CHECK_I64(c.loops, 3);
    CHECK(read_args(&c, &e, "--loops=4", NULL));
    CHECK_I64(c.loops, 4);
    unsetenv("ZONGHENG_CONFIG");
    unsetenv("ZONGHENG_LOOPS");
    unlink(path);
}

TEST(wrong_settings_are_refused_with_their_place)
{
    static struct config c;
    struct err e;
    char path[32];
    CHECK(!read_args(&c, &e, "--loops", "0"));
    CHECK(strstr(e.text, "1 to 64") != NULL);
    CHECK(!read_args(&c, &e, "--loops", "2x"));
    CHECK(!read_args(&c, &e, "--loops", NULL));
    CHECK(!read_args(&c, &e, "--lops", "2"));
    CHECK(!read_args(&c, &e, "loops", "2"));
    CHECK(!read_args(&c, &e, "--anonymous", "maybe"));
    CHECK(!read_args(&c, &e, "--config", "/nonexistent"));
    const char *const bad[] = {"[zonghengd]\n\nlops = 2\n", "[zonghengd]\n\nloops = x\n",
                               "[other]\n\nloops = 2\n", "[zonghengd]\n\nnonsense\n"};
    for (size_t i = 0; i < 4; i++) {
        write_file(path, bad[i]);
        CHECK(!read_args(&c, &e, "--config", path));
        CHECK_MSG(strstr(e.text, ":3:") != NULL, "%s", e.text);
        unlink(path);
    }
}

TEST(the_page_says_what_the_table_says)
{
    char *table, *page;
    size_t n;
    FILE *m = open_memstream(&table, &n);
    config_markdown(m);
    fclose(m);
    FILE *f = fopen("docs/configuration.md", "r");
    CHECK(f != NULL);
    page = calloc(1, 1 << 16);
    CHECK(fread(page, 1, (1 << 16) - 1, f) > 0);
    fclose(f);
    CHECK_MSG(strstr(page, table) != NULL,
              "docs/configuration.md: replace its table by zonghengd --settings-markdown");
    free(page);
    free(table);
}
