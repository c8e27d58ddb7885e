#include "import/csv.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct csv {
    FILE *file;
    char name[64];
    struct csv_report *report;
    char *header, *row; /* the texts of the fields, one after the other */
    const char *column[CSV_COLUMNS_MAX], *field[CSV_COLUMNS_MAX];
    uint32_t columns, fields, line, row_line;
    size_t row_room;
};

void csv_report_free(struct csv_report *r)
{
    for (uint32_t i = 0; i < r->count && i < CSV_FAULTS_MAX; i++)
        free(r->fault[i]);
    *r = (struct csv_report){0};
}

static void note(struct csv_report *r, const char *text)
{
    if (r->count < CSV_FAULTS_MAX)
        r->fault[r->count] = strdup(text);
    r->count++;
}

void csv_fault(struct csv *t, const char *column, const char *fmt, ...)
{
    char what[400], line[600];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    snprintf(line, sizeof line, "%s:%u: %s %s", t->name, t->row_line, column, what);
    note(t->report, line);
}

static bool push(struct csv *t, size_t *used, int c)
{
    if (*used == t->row_room) {
        size_t room = t->row_room < 4096 ? 4096 : t->row_room * 2;
        char *row = realloc(t->row, room);
        if (row == NULL)
            return false;
        t->row = row;
        t->row_room = room;
    }
    t->row[(*used)++] = (char)c;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Reads one field up to its ',' or line end, which is returned (EOF at the end
 * of the file, -2 on a fault). */
static int read_field(struct csv *t, size_t *used)
{
    size_t start = *used;
    int c = getc(t->file);
    while (c == ' ' || c == '\t')
        c = getc(t->file);
    bool quoted = c == '"', was_quoted = quoted;
    if (quoted)
        c = getc(t->file);
    for (;; c = getc(t->file)) {
        if (c == EOF && quoted) {
            csv_fault(t, "row", "ends inside quotes");
            return -2;
        }
        if (quoted && c == '"') {
            c = getc(t->file);
            quoted = c == '"';
        }
        if (!quoted && (c == ',' || c == '\n' || c == EOF)) {
            while (!was_quoted && *used > start && is_blank(t->row[*used - 1]))
                --*used;
            return push(t, used, '\0') ? c : -2;
        }
        if (c == '\n')
            t->line++;
        if (c == '\r' && !quoted)
            continue;
        if (c == '\0' || *used - start >= CSV_FIELD_MAX) {
            csv_fault(t, "row", "holds a NUL or a field of more than %d bytes", CSV_FIELD_MAX);
            return -2;
        }
        if (!push(t, used, c))
            return -2;
    }
}

/* Shortest forms, no surrogates, at most U+10FFFF (RFC 3629). */
static bool is_utf8(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    while (*s != 0) {
        int more = *s < 0x80 ? 0 : *s < 0xc2 ? -1 : *s < 0xe0 ? 1 : *s < 0xf0 ? 2 : *s < 0xf5 ? 3 : -1;
        unsigned low = *s == 0xe0 ? 0xa0 : *s == 0xf0 ? 0x90 : 0x80;
        unsigned high = *s == 0xed ? 0x9f : *s == 0xf4 ? 0x8f : 0xbf;
        if (more < 0)
            return false;
        for (s++; more > 0; more--, s++, low = 0x80, high = 0xbf)
            if (*s < low || *s > high)
                return false;
    }
    return true;
}

/* One row into t->row and t->field; false at the end of the file. */
static bool read_row(struct csv *t)
{
    size_t used = 0, start[CSV_COLUMNS_MAX];
    int c = ',';
    t->fields = 0;
    t->row_line = ++t->line;
    while (c == ',') {
        if (t->fields == CSV_COLUMNS_MAX) {
            csv_fault(t, "row", "has more than %d columns", CSV_COLUMNS_MAX);
            return false;
        }
        start[t->fields++] = used;
        c = read_field(t, &used);
        if (c == -2)
            return false;
    }
    for (uint32_t i = 0; i < t->fields; i++) {
        t->field[i] = t->row + start[i];
        if (strcmp(t->field[i], "NaN") == 0 || strcmp(t->field[i], "NULL") == 0)
            t->row[start[i]] = '\0';
        if (!is_utf8(t->field[i]))
            csv_fault(t, i < t->columns ? t->column[i] : "row", "is not UTF-8 text; save the table as UTF-8");
    }
    return !(c == EOF && t->fields == 1 && t->row[0] == '\0');
}

static bool read_header(struct csv *t, struct err *e)
{
    if (!read_row(t))
        return fail_field(e, ERR_INVALID_ARGUMENT, t->name, "%s has no header row", t->name);
    t->header = t->row;
    t->row = NULL;
    t->row_room = 0;
    t->columns = t->fields;
    memcpy(t->column, t->field, sizeof t->column);
    if (strncmp(t->column[0], "\xef\xbb\xbf", 3) == 0)
        t->column[0] += 3;
    if (t->columns == 1 && t->column[0][strcspn(t->column[0], ";\t")] != '\0')
        return fail_field(e, ERR_INVALID_ARGUMENT, t->name, "%s:1: the columns must be separated by commas",
                          t->name);
    for (uint32_t i = 0; i < t->columns; i++)
        for (uint32_t k = 0; k < i; k++)
            if (t->column[i][0] != '\0' && strcasecmp(t->column[i], t->column[k]) == 0)
                return fail_field(e, ERR_INVALID_ARGUMENT, t->name, "%s:1: column %s stands twice", t->name,
                                  t->column[i]);
    return true;
}

bool csv_open_stream(FILE *f, const char *name, struct csv_report *r, struct csv **out, struct err *e)
{
    struct csv *t = calloc(1, sizeof *t);
    *out = NULL;
    if (t == NULL) {
        fclose(f);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for %s", name);
    }
    t->file = f;
    t->report = r;
    snprintf(t->name, sizeof t->name, "%s", name);
    if (!read_header(t, e)) {
        csv_close(t);
        return false;
    }
    *out = t;
    return true;
}

bool csv_open(const char *dir, const char *name, bool optional, struct csv_report *r, struct csv **out,
              struct err *e)
{
    char path[4096];
    *out = NULL;
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
        return fail(e, ERR_INVALID_ARGUMENT, "the path %.60s... is too long", dir);
    FILE *f = fopen(path, "rb");
    if (f == NULL && optional && errno == ENOENT)
        return true;
    if (f == NULL)
        return fail_field(e, ERR_NOT_FOUND, name, "%s: %s", path, strerror(errno));
    return csv_open_stream(f, name, r, out, e);
}

void csv_close(struct csv *t)
{
    if (t == NULL)
        return;
    fclose(t->file);
    free(t->header);
    free(t->row);
    free(t);
}

bool csv_next(struct csv *t)
{
    while (read_row(t)) {
        uint32_t filled = 0;
        for (uint32_t i = 0; i < t->fields; i++)
            filled += t->field[i][0] != '\0';
        if (filled == 0)
            continue;
        if (t->fields == t->columns)
            return true;
        csv_fault(t, "row", "has %u fields, the header %u", t->fields, t->columns);
    }
    return false;
}

uint32_t csv_line(const struct csv *t)
{
    return t->row_line;
}

const char *csv_text(struct csv *t, const char *column, enum csv_need need)
{
    const char *s = "";
    for (uint32_t i = 0; i < t->columns; i++)
        if (strcasecmp(t->column[i], column) == 0)
            s = t->field[i];
    if (s[0] == '\0' && need == CSV_REQUIRED)
        csv_fault(t, column, "is missing");
    return s;
}

bool csv_has(struct csv *t, const char *column)
{
    return csv_text(t, column, CSV_OPTIONAL)[0] != '\0';
}

bool csv_has_column(const struct csv *t, const char *column)
{
    for (uint32_t i = 0; i < t->columns; i++)
        if (strcasecmp(t->column[i], column) == 0)
            return true;
    return false;
}

int64_t csv_measure(struct csv *t, const char *column, enum csv_need need, double factor, int64_t low,
                    int64_t high)
{
    const char *s = csv_text(t, column, need);
    char *end;
    if (s[0] == '\0')
        return 0;
    double v = strtod(s, &end);
    if (end == s || *end != '\0' || !isfinite(v)) {
        csv_fault(t, column, "\"%.60s\" is not a number", s);
        return 0;
    }
    v = round(v * factor);
    if (v < (double)low || v > (double)high) {
        csv_fault(t, column, "%.60s is outside %g to %g", s, (double)low / factor, (double)high / factor);
        return 0;
    }
    return (int64_t)v;
}

int64_t csv_scaled(struct csv *t, const char *column, enum csv_need need, int64_t scale, int64_t low,
                   int64_t high)
{
    return csv_measure(t, column, need, (double)scale, low, high);
}

int64_t csv_int(struct csv *t, const char *column, enum csv_need need, int64_t low, int64_t high)
{
    const char *s = csv_text(t, column, need);
    char *end;
    if (s[0] == '\0')
        return 0;
    errno = 0;
    long long v = strtoll(s, &end, 10);
    if (end == s || *end != '\0' || errno != 0 || v < low || v > high) {
        csv_fault(t, column, "\"%.60s\" is not a whole number from %lld to %lld", s, (long long)low,
                  (long long)high);
        return 0;
    }
    return v;
}

static int find_word(const char *s, size_t n, const char *const *words)
{
    for (int i = 0; words[i] != NULL; i++)
        if (strlen(words[i]) == n && strncasecmp(words[i], s, n) == 0)
            return i;
    return -1;
}

int csv_word(struct csv *t, const char *column, enum csv_need need, const char *const *words, int fallback)
{
    const char *s = csv_text(t, column, need);
    int i = s[0] == '\0' ? fallback : find_word(s, strlen(s), words);
    if (i < 0) {
        csv_fault(t, column, "\"%.60s\" is not one of %s, %s, ...", s, words[0], words[1]);
        return fallback;
    }
    return i;
}

bool csv_flag(struct csv *t, const char *column, enum csv_need need)
{
    static const char *const words[] = {"0", "1", "false", "true", "no", "yes", NULL};
    return csv_word(t, column, need, words, 0) % 2 == 1;
}

uint32_t csv_mask(struct csv *t, const char *column, enum csv_need need, const char *const *words)
{
    uint32_t mask = 0;
    for (const char *s = csv_text(t, column, need); *s != '\0';) {
        size_t n = strcspn(s, ";"), lead = strspn(s, " ");
        size_t len = n - (lead < n ? lead : n);
        while (len > 0 && s[lead + len - 1] == ' ')
            len--;
        int i = find_word(s + lead, len, words);
        if (i < 0)
            csv_fault(t, column, "\"%.*s\" is not one of %s, %s, ...", (int)n, s, words[0], words[1]);
        else
            mask |= 1u << i;
        s += n + (s[n] == ';');
    }
    return mask;
}

/* Days from 1970-01-01 of a Gregorian date (Hinnant 2013). */
static int32_t day_number(int y, int m, int d)
{
    y -= m <= 2;
    int era = y / 400, yoe = y - era * 400;
    int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

int32_t csv_day(struct csv *t, const char *column, enum csv_need need, int32_t fallback)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const char *s = csv_text(t, column, need);
    int y = 0, m = 0, d = 0, used = 0;
    if (s[0] == '\0')
        return fallback;
    bool ok = sscanf(s, "%4d-%2d-%2d%n", &y, &m, &d, &used) == 3 && s[used] == '\0' && used == 10 &&
              y >= 1970 && m >= 1 && m <= 12 && d >= 1;
    bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    if (!ok || d > days[m - 1] + (m == 2 && leap)) {
        csv_fault(t, column, "\"%.60s\" is not a date YYYY-MM-DD", s);
        return fallback;
    }
    return day_number(y, m, d);
}
