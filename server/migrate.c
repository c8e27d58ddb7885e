#include "migrate.h"

#include <dirent.h>
#include <errno.h>
#include <libpq-fe.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 1000, FILE_BYTES_MAX = 4 << 20 };
static const char months_sql[] = "SET ROLE zh_owner; SELECT zh.add_months(current_date, 13); RESET ROLE";
static const char lock_sql[] = "SELECT pg_advisory_lock(7420001)"; /* any number that all zonghengd share */

struct migration {
    unsigned version;
    char name[200]; /* without .sql */
    char *text;
    char sha256[65];
};

struct run {
    PGconn *pg;
    struct migration *files;
    unsigned file_count;
};

/* "0001_shipments.sql" */
static bool parse_name(const char *file, struct migration *m)
{
    size_t n = strlen(file);
    if (n < 10 || n >= sizeof m->name || strspn(file, "0123456789") != 4 || file[4] != '_' ||
        strcmp(file + n - 4, ".sql") != 0)
        return false;
    m->version = (unsigned)strtoul(file, NULL, 10);
    memcpy(m->name, file, n - 4);
    m->name[n - 4] = '\0';
    return true;
}

static bool hash_text(const char *bytes, size_t len, char out[65])
{
    uint8_t sum[EVP_MAX_MD_SIZE];
    if (EVP_Digest(bytes, len, sum, NULL, EVP_sha256(), NULL) != 1)
        return false;
    for (int i = 0; i < 32; i++)
        snprintf(out + 2 * i, 3, "%02x", sum[i]);
    return true;
}

static bool read_text(const char *dir, struct migration *m, struct err *e)
{
    char path[1300];
    snprintf(path, sizeof path, "%s/%s.sql", dir, m->name);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return fail(e, ERR_NOT_FOUND, "migration %s: %s", path, strerror(errno));
    m->text = malloc(FILE_BYTES_MAX);
    size_t n = m->text != NULL ? fread(m->text, 1, FILE_BYTES_MAX, f) : 0;
    bool whole = m->text != NULL && n < FILE_BYTES_MAX && !ferror(f) && memchr(m->text, '\0', n) == NULL;
    fclose(f);
    if (!whole || !hash_text(m->text, n, m->sha256))
        return fail(e, ERR_INVALID_ARGUMENT,
                    "migration %s cannot be read, holds a NUL or is larger than %d bytes", path,
                    FILE_BYTES_MAX);
    m->text[n] = '\0';
    return true;
}

static int by_version(const void *a, const void *b)
{
    unsigned x = ((const struct migration *)a)->version, y = ((const struct migration *)b)->version;
    return (x > y) - (x < y);
}

/* The folder's files in the order of their numbers, none twice. A number that is not there was never used. */
static bool read_folder(struct run *r, const char *dir, struct err *e)
{
    DIR *d = opendir(dir);
    if (d == NULL)
        return fail_field(e, ERR_NOT_FOUND, "schemas", "folder %s: %s", dir, strerror(errno));
    r->files = calloc(FILES_MAX, sizeof *r->files);
    for (struct dirent *entry; r->files != NULL && r->file_count < FILES_MAX && (entry = readdir(d)) != NULL;)
        if (parse_name(entry->d_name, &r->files[r->file_count]) && r->files[r->file_count].version > 0)
            r->file_count++;
    closedir(d);
    if (r->files == NULL || r->file_count == 0)
        return fail_field(e, ERR_NOT_FOUND, "schemas", "folder %s holds no migration NNNN_name.sql", dir);
    qsort(r->files, r->file_count, sizeof *r->files, by_version);
    for (unsigned i = 0; i < r->file_count; i++) {
        if (i > 0 && r->files[i].version == r->files[i - 1].version)
            return fail_field(e, ERR_FAILED_PRECONDITION, "schemas",
                              "folder %s: two migrations have the number %04u", dir, r->files[i].version);
        if (!read_text(dir, &r->files[i], e))
            return false;
    }
    return true;
}

static bool fail_pg(struct run *r, const PGresult *res, const char *what, struct err *e)
{
    const char *why = res != NULL ? PQresultErrorMessage(res) : PQerrorMessage(r->pg);
    return fail(e, ERR_UNAVAILABLE, "%s: %.*s", what, (int)strcspn(why, "\n"), why);
}

/* Runs one text of statements; for what returns nothing of interest. */
static bool run_sql(struct run *r, const char *sql, const char *what, struct err *e)
{
    PGresult *res = PQexec(r->pg, sql);
    bool ok = PQresultStatus(res) == PGRES_COMMAND_OK || PQresultStatus(res) == PGRES_TUPLES_OK;
    if (!ok)
        fail_pg(r, res, what, e);
    PQclear(res);
    return ok;
}

/* Compares what the database says it has with the folder; *have is how many files are applied. */
static bool compare(struct run *r, unsigned *have, struct err *e)
{
    PGresult *res =
        PQexec(r->pg, "SELECT version, encode(sha256, 'hex') FROM zh.schema_migration ORDER BY version");
    bool ok = PQresultStatus(res) == PGRES_TUPLES_OK;
    if (!ok)
        fail_pg(r, res,
                "zh.schema_migration cannot be read (run schemas/0000_bootstrap.sql as a superuser first)",
                e);
    unsigned n = ok ? (unsigned)PQntuples(res) : 0;
    for (unsigned i = 0; ok && i < n; i++) {
        unsigned version = (unsigned)strtoul(PQgetvalue(res, (int)i, 0), NULL, 10);
        if (i < r->file_count && r->files[i].version < version)
            ok = fail(
                e, ERR_FAILED_PRECONDITION,
                "%s.sql came after %04u was applied; migrations are append-only: give it a higher number",
                r->files[i].name, version);
        else if (i >= r->file_count || version != r->files[i].version)
            ok = fail(e, ERR_FAILED_PRECONDITION,
                      "the database has migration %04u, which this build does not: start a newer zonghengd",
                      version);
        else if (strcmp(PQgetvalue(res, (int)i, 1), r->files[i].sha256) != 0)
            ok = fail(e, ERR_FAILED_PRECONDITION,
                      "%s.sql was changed after it was applied; migrations are append-only: write a new file",
                      r->files[i].name);
    }
    PQclear(res);
    *have = n;
    return ok;
}

static bool note(struct run *r, const struct migration *m, struct err *e)
{
    char version[16];
    snprintf(version, sizeof version, "%u", m->version);
    const char *values[] = {version, m->name, m->sha256};
    PGresult *res = PQexecParams(r->pg,
                                 "INSERT INTO zh.schema_migration (version, name, sha256) "
                                 "VALUES ($1::int, $2::text, decode($3::text, 'hex'))",
                                 3, NULL, values, NULL, NULL, 0);
    bool ok = PQresultStatus(res) == PGRES_COMMAND_OK;
    if (!ok)
        fail_pg(r, res, m->name, e);
    PQclear(res);
    return ok;
}

static bool apply(struct run *r, const struct migration *m, struct err *e)
{
    struct err ignored = {0};
    if (run_sql(r, "BEGIN", m->name, e) && run_sql(r, m->text, m->name, e) && note(r, m, e) &&
        run_sql(r, "COMMIT", m->name, e))
        return true;
    run_sql(r, "ROLLBACK", m->name, &ignored);
    return false;
}

static void ignore_notice(void *ctx, const PGresult *res)
{
    (void)ctx;
    (void)res;
}

static bool migrate_all(struct run *r, unsigned *applied, struct err *e)
{
    unsigned have;
    if (PQstatus(r->pg) != CONNECTION_OK)
        return fail_pg(r, NULL, "PostgreSQL for the migration", e);
    PQsetNoticeReceiver(r->pg, ignore_notice, NULL);
    if (!run_sql(r, "SET lock_timeout = 0; SET statement_timeout = 0", "settings", e) ||
        !run_sql(r, lock_sql, "the lock of the migration", e) || !compare(r, &have, e))
        return false;
    for (unsigned i = have; i < r->file_count; i++, (*applied)++)
        if (!apply(r, &r->files[i], e))
            return false;
    return run_sql(r, months_sql, "the partitions of the coming months", e);
}

bool migrate_run(const char *conninfo, const char *dir, unsigned *applied, struct err *e)
{
    struct run r = {0};
    *applied = 0;
    bool ok = read_folder(&r, dir, e);
    if (ok) {
        r.pg = PQconnectdb(conninfo);
        ok = migrate_all(&r, applied, e); /* the end of the session gives the lock back */
        PQfinish(r.pg);
    }
    for (unsigned i = 0; r.files != NULL && i < r.file_count; i++)
        free(r.files[i].text);
    free(r.files);
    return ok;
}
