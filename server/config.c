#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum kind { KIND_STR, KIND_INT, KIND_BOOL };

struct setting {
    const char *name;
    enum kind kind;
    const char *fallback;
    int64_t low, high;
    const char *help;
    size_t offset;
};

static const struct setting settings[] = {
#define X(name, kind, def, low, high, help) \
    {#name, KIND_##kind, def, low, high, help, offsetof(struct config, name)},
    CONFIG_SETTINGS(X)
#undef X
};
enum { SETTING_COUNT = sizeof settings / sizeof settings[0] };

static const struct setting *find(const char *name, size_t len)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const char *s = settings[i].name;
        size_t k = 0;
        while (k < len && s[k] != '\0' && (name[k] == s[k] || (name[k] == '-' && s[k] == '_')))
            k++;
        if (k == len && s[k] == '\0')
            return &settings[i];
    }
    return NULL;
}

static bool set_int(const struct setting *s, int64_t *slot, const char *value, const char *where,
                    struct err *e)
{
    char *end;
    errno = 0;
    long long v = strtoll(value, &end, 10);
    if (end == value || *end != '\0' || errno != 0 || v < s->low || v > s->high)
        return fail_field(e, ERR_INVALID_ARGUMENT, s->name,
                          "%s: %s = \"%s\" must be a whole number from %lld to %lld", where, s->name, value,
                          (long long)s->low, (long long)s->high);
    *slot = v;
    return true;
}

static bool set_bool(const struct setting *s, bool *slot, const char *value, const char *where, struct err *e)
{
    if (strcasecmp(value, "yes") != 0 && strcasecmp(value, "no") != 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, s->name, "%s: %s = \"%s\" must be yes or no", where,
                          s->name, value);
    *slot = strcasecmp(value, "yes") == 0;
    return true;
}

static bool set(struct config *c, const struct setting *s, const char *value, const char *where,
                struct err *e)
{
    char *slot = (char *)c + s->offset;
    if (s->kind == KIND_INT)
        return set_int(s, (int64_t *)(void *)slot, value, where, e);
    if (s->kind == KIND_BOOL)
        return set_bool(s, (bool *)slot, value, where, e);
    size_t n = strlen(value);
    if ((int64_t)n < s->low || (int64_t)n > s->high)
        return fail_field(e, ERR_INVALID_ARGUMENT, s->name, "%s: %s must have %lld to %lld bytes, not %zu",
                          where, s->name, (long long)s->low, (long long)s->high, n);
    memcpy(slot, value, n + 1);
    return true;
}

struct file_reader {
    struct config *config;
    struct err *e;
    bool failed;
};

/* inih gives no line numbers here; ini_parse_file returns that of the first line refused. */
static int on_line(void *ctx, const char *section, const char *name, const char *value)
{
    struct file_reader *r = ctx;
    if (r->failed)
        return 0;
    const struct setting *s = find(name, strlen(name));
    bool ok;
    if (strcmp(section, "zonghengd") != 0)
        ok = fail(r->e, ERR_INVALID_ARGUMENT, "section [%s] is unknown; settings stand under [zonghengd]",
                  section);
    else if (s == NULL)
        ok =
            fail(r->e, ERR_INVALID_ARGUMENT, "there is no setting \"%s\"; zonghengd --help lists them", name);
    else
        ok = set(r->config, s, value, "file", r->e);
    r->failed = !ok;
    return ok;
}

static bool read_file(struct config *c, const char *path, struct err *e)
{
    struct err why = {0};
    struct file_reader r = {.config = c, .e = &why};
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return fail(e, ERR_NOT_FOUND, "configuration file %s: %s", path, strerror(errno));
    int line = ini_parse_file(f, on_line, &r);
    fclose(f);
    if (line == 0)
        return true;
    if (!r.failed)
        return fail(e, ERR_INVALID_ARGUMENT, "%s:%d: this line is neither a [section] nor name = value", path,
                    line);
    return fail_field(e, why.code, why.field, "%s:%d: %s", path, line, why.text);
}

static bool read_environment(struct config *c, struct err *e)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        char name[64];
        int n = snprintf(name, sizeof name, "ZONGHENG_%s", settings[i].name);
        for (int k = 0; k < n; k++)
            name[k] = (char)toupper((unsigned char)name[k]);
        const char *value = getenv(name);
        if (value != NULL && !set(c, &settings[i], value, name, e))
            return false;
    }
    return true;
}

/* Flags are --name value or --name=value. With c NULL only --config is looked for and put into *file. */
static bool read_flags(struct config *c, int argc, char **argv, const char **file, struct err *e)
{
    for (int i = 1; i < argc; i++) {
        const char *flag = argv[i];
        if (strncmp(flag, "--", 2) != 0)
            return fail(e, ERR_INVALID_ARGUMENT, "\"%s\" is not a flag; zonghengd --help lists them", flag);
        size_t len = strcspn(flag + 2, "=");
        const char *value = flag[2 + len] == '=' ? flag + 3 + len : i + 1 < argc ? argv[++i] : NULL;
        if (value == NULL)
            return fail(e, ERR_INVALID_ARGUMENT, "%s wants a value", flag);
        if (len == 6 && strncmp(flag + 2, "config", 6) == 0) {
            *file = value;
            continue;
        }
        const struct setting *s = find(flag + 2, len);
        if (s == NULL)
            return fail(e, ERR_INVALID_ARGUMENT, "there is no flag %s; zonghengd --help lists them", flag);
        if (c != NULL && !set(c, s, value, flag, e))
            return false;
    }
    return true;
}

bool config_read(struct config *c, int argc, char **argv, struct err *e)
{
    *c = (struct config){0};
    const char *file = getenv("ZONGHENG_CONFIG");
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (!set(c, &settings[i], settings[i].fallback, "default", e))
            return false;
    if (!read_flags(NULL, argc, argv, &file, e))
        return false;
    if (file != NULL && !read_file(c, file, e))
        return false;
    return read_environment(c, e) && read_flags(c, argc, argv, &file, e);
}

void config_help(FILE *out)
{
    fputs("zonghengd: the freight routing daemon\n\n  --config FILE\n      INI file with a section "
          "[zonghengd]\n",
          out);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *s = &settings[i];
        fprintf(out, "  --%s %s\n      %s (default: %s)\n", s->name,
                s->kind == KIND_INT    ? "N"
                : s->kind == KIND_BOOL ? "yes|no"
                                       : "TEXT",
                s->help, s->fallback[0] != '\0' ? s->fallback : "none");
    }
    fputs("  --help, --version\n", out);
}

void config_markdown(FILE *out)
{
    fputs("| setting | default | allowed | meaning |\n| --- | --- | --- | --- |\n", out);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *s = &settings[i];
        fprintf(out, "| `%s` | %s | ", s->name, s->fallback);
        if (s->kind == KIND_INT)
            fprintf(out, "%lld to %lld", (long long)s->low, (long long)s->high);
        else
            fputs(s->kind == KIND_BOOL ? "yes, no" : "text", out);
        fprintf(out, " | %s |\n", s->help);
    }
}
