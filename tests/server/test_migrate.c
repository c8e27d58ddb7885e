/* The folder of migrations is judged before a connection is made. */
#include "base/err.h"
#include "migrate.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[64];

static void make(const char *name, const char *text)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    CHECK(f != NULL);
    fputs(text, f);
    fclose(f);
}

static void drop(const char *name)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    unlink(path);
}

TEST(folders_that_are_unfit)
{
    struct err e = {0};
    unsigned applied = 7;
    snprintf(dir, sizeof dir, "/tmp/zh-migrate-XXXXXX");
    CHECK(mkdtemp(dir) != NULL);
    CHECK(!migrate_run("host=/nonexistent", "/nonexistent", &applied, &e));
    CHECK_I64(e.code, ERR_NOT_FOUND);
    CHECK_I64(applied, 0);
    e = (struct err){0};
    CHECK(!migrate_run("host=/nonexistent", dir, &applied, &e)); /* empty */
    CHECK_STR(e.field, "schemas");
    make("0001_a.sql", "SELECT 1;");
    make("0003_c.sql", "SELECT 1;");
    e = (struct err){0};
    CHECK(!migrate_run("host=/nonexistent user=x", dir, &applied, &e)); /* 0002 was never used: fit */
    CHECK_I64(e.code, ERR_UNAVAILABLE);
    make("0002_b.sql", "SELECT 1;");
    make("0002_x.sql", "SELECT 1;");
    e = (struct err){0};
    CHECK(!migrate_run("host=/nonexistent", dir, &applied, &e));
    CHECK_MSG(e.code == ERR_FAILED_PRECONDITION && strstr(e.text, "0002") != NULL, "%s", e.text);
    drop("0002_x.sql");
    e = (struct err){0};
    CHECK(
        !migrate_run("host=/nonexistent user=x", dir, &applied, &e)); /* fit: now the connection is missing */
    CHECK_I64(e.code, ERR_UNAVAILABLE);
    drop("0001_a.sql");
    drop("0002_b.sql");
    drop("0003_c.sql");
    rmdir(dir);
}
