#include "whatif/demand_inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WORD_MAX = 64, FILE_BUFFER = 1 << 18 };

enum origin { ORIGIN_NONE, ORIGIN_WRONG, ORIGIN_UNKNOWN, ORIGIN_KNOWN };

struct tntp_trips {
    struct demand_reader r;
    const struct demand_source *from;
    FILE *file;
    enum origin origin; /* of the entries that follow */
    uint32_t zone;      /* KNOWN */
    char origin_name[WORD_MAX];
    int c; /* the byte under the cursor */
    char word[WORD_MAX];
};

static void forward(struct tntp_trips *t)
{
    if (t->c == '\n')
        t->r.line++;
    t->c = getc(t->file);
}

static void skip_line(struct tntp_trips *t)
{
    while (t->c != '\n' && t->c != EOF)
        forward(t);
}

static bool blank(int c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Over blanks and lines that start with '~'. */
static void skip_blanks(struct tntp_trips *t)
{
    while (blank(t->c) || t->c == '~')
        if (t->c == '~')
            skip_line(t);
        else
            forward(t);
}

/* Up to a blank, ':' or ';'. What is too long is cut and so makes no sense to whoever reads it. */
static void read_word(struct tntp_trips *t)
{
    size_t n = 0;
    skip_blanks(t);
    for (; t->c != EOF && !blank(t->c) && t->c != ':' && t->c != ';'; forward(t))
        if (n + 1 < WORD_MAX)
            t->word[n++] = t->c == '\0' ? '?' : (char)t->c;
    t->word[n] = '\0';
    if (n + 1 == WORD_MAX)
        t->word[0] = '?';
}

/* "<NAME> value" to the end of its line. */
static bool read_tag(struct tntp_trips *t, char *name, size_t name_max, char *value, size_t value_max)
{
    size_t n = 0, v = 0;
    skip_blanks(t);
    if (t->c != '<')
        return fail(t->r.e, ERR_INVALID_ARGUMENT,
                    t->c == EOF ? "%s:%llu: the file ends before <END OF METADATA>: it is no TNTP trip table"
                                : "%s:%llu: \"<NAME> value\" was expected before <END OF METADATA>",
                    t->r.path, (unsigned long long)t->r.line);
    for (forward(t); t->c != '>' && t->c != '\n' && t->c != EOF; forward(t))
        if (n + 1 < name_max && t->c != '\0')
            name[n++] = (char)t->c;
    name[n] = '\0';
    if (t->c == '>')
        forward(t);
    for (; t->c != '\n' && t->c != '~' && t->c != EOF; forward(t))
        if (v + 1 < value_max && (v > 0 || !blank(t->c)) && t->c != '\0')
            value[v++] = (char)t->c;
    while (v > 0 && blank(value[v - 1]))
        v--;
    value[v] = '\0';
    skip_line(t);
    return true;
}

static bool read_metadata(struct tntp_trips *t, uint32_t *zones)
{
    char name[WORD_MAX], value[WORD_MAX];
    *zones = 0;
    for (;;) {
        if (!read_tag(t, name, sizeof name, value, sizeof value))
            return false;
        if (strcasecmp(name, "END OF METADATA") == 0)
            break;
        if (strcasecmp(name, "NUMBER OF ZONES") == 0 &&
            (!demand_zone_number(value, zones) || *zones > DEMAND_ZONES_MAX))
            return fail(t->r.e, ERR_INVALID_ARGUMENT, "%s:%llu: \"%.40s\" zones are not 1 to %d", t->r.path,
                        (unsigned long long)t->r.line, value, DEMAND_ZONES_MAX);
        if (strcasecmp(name, "TOTAL OD FLOW") == 0 && !demand_volume(value, &t->r.report->announced))
            return fail(t->r.e, ERR_INVALID_ARGUMENT, "%s:%llu: the total \"%.40s\" is not a number",
                        t->r.path, (unsigned long long)t->r.line, value);
    }
    return *zones > 0 || fail(t->r.e, ERR_INVALID_ARGUMENT, "%s: <NUMBER OF ZONES> is missing", t->r.path);
}

/* Behind a mistake: to the end of the entry or of the line. */
static void resume(struct tntp_trips *t)
{
    while (t->c != ';' && t->c != '\n' && t->c != EOF)
        forward(t);
    if (t->c == ';')
        forward(t);
}

/* What comes of an entry that is well written. */
static bool put_entry(struct tntp_trips *t, const char *dest, double volume)
{
    uint32_t to;
    if (t->origin == ORIGIN_NONE || t->origin == ORIGIN_WRONG)
        demand_refuse(&t->r, "an entry without an origin before it");
    else if (volume > 0 && t->origin == ORIGIN_UNKNOWN)
        demand_unknown(&t->r, t->origin_name, volume);
    else if (volume > 0 && !demand_find_zone(t->from, dest, &to))
        demand_unknown(&t->r, dest, volume);
    else if (volume > 0)
        return demand_add(&t->r, 0, t->zone, to, volume);
    return true;
}

static bool entry(struct tntp_trips *t)
{
    char dest[WORD_MAX];
    uint32_t number;
    double volume;
    bool ok = true;
    memcpy(dest, t->word, sizeof dest);
    skip_blanks(t);
    bool colon = t->c == ':';
    if (colon) {
        forward(t);
        read_word(t);
        skip_blanks(t);
    }
    if (!colon || t->c != ';') {
        demand_refuse(&t->r, "\"destination : volume ;\" was expected, not \"%.30s%s%.30s\"", dest,
                      colon ? " : " : "", colon ? t->word : "");
        resume(t);
        return true;
    }
    if (!demand_zone_number(dest, &number))
        demand_refuse(&t->r, "the destination \"%.40s\" is not a zone's number", dest);
    else if (!demand_volume(t->word, &volume))
        demand_refuse(&t->r, "the volume \"%.40s\" is not a number from 0 to %g", t->word, DEMAND_VOLUME_MAX);
    else
        ok = put_entry(t, dest, volume);
    forward(t);
    return ok;
}

static void begin_origin(struct tntp_trips *t)
{
    uint32_t number;
    read_word(t);
    memcpy(t->origin_name, t->word, sizeof t->origin_name);
    t->origin = ORIGIN_WRONG;
    if (!demand_zone_number(t->word, &number))
        demand_refuse(&t->r, "the origin \"%.40s\" is not a zone's number", t->word);
    else
        t->origin = demand_find_zone(t->from, t->word, &t->zone) ? ORIGIN_KNOWN : ORIGIN_UNKNOWN;
}

static bool read_entries(struct tntp_trips *t)
{
    for (;;) {
        skip_blanks(t);
        if (t->c == EOF)
            break;
        read_word(t);
        if (strcasecmp(t->word, "Origin") == 0)
            begin_origin(t);
        else if (!entry(t))
            return false;
    }
    return !ferror(t->file) || fail(t->r.e, ERR_INVALID_ARGUMENT, "%s: the file cannot be read", t->r.path);
}

bool demand_read_tntp_from(const struct demand_source *from, struct demand *out, struct demand_report *r,
                           struct err *e)
{
    struct tntp_trips *t = malloc(sizeof *t);
    uint32_t zones, table;
    *out = (struct demand){0};
    memset(r, 0, sizeof *r);
    if (t == NULL) {
        fclose(from->file);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for reading %s", from->name);
    }
    t->from = from;
    t->file = from->file;
    t->origin = ORIGIN_NONE;
    setvbuf(t->file, NULL, _IOFBF, FILE_BUFFER);
    demand_begin(&t->r, from->name, from->zone_count, out, r, e);
    t->r.line = 1;
    t->c = getc(t->file);
    if (t->c == 0xef) /* a byte-order mark */
        for (int i = 0; i < 3; i++)
            t->c = getc(t->file);
    bool ok = demand_table_of(&t->r, "", "", &table) && read_metadata(t, &zones) && read_entries(t);
    fclose(t->file);
    ok = demand_end(&t->r, ok);
    free(t);
    return ok;
}

bool demand_read_tntp(const char *path, uint32_t zone_count, struct demand *out, struct demand_report *r,
                      struct err *e)
{
    struct demand_source from = {.file = demand_open(path, e), .name = path, .zone_count = zone_count};
    *out = (struct demand){0};
    memset(r, 0, sizeof *r);
    return from.file != NULL && demand_read_tntp_from(&from, out, r, e);
}
