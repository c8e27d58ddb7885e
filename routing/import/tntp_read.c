#include "import/tntp.h"
#include "import/tntp_lines.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NODES_MAX = 1 << 24, LINKS_MAX = 1 << 26, NODES_PER_LINK_MAX = 16, NODES_ALWAYS = 1024 };

bool tntp_wrong(struct tntp_lines *r, const char *fmt, ...)
{
    char text[200];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return fail(r->e, ERR_INVALID_ARGUMENT, "%s:%u: %s", r->path, r->line, text);
}

/* The next line without its end and the blanks around it; *more: false at the end of the file. */
static bool read_line(struct tntp_lines *r, char **start, bool *more)
{
    size_t n = 0;
    int c;
    r->line++;
    while ((c = getc(r->file)) != EOF && c != '\n') {
        if (c == '\0' || n + 1 == sizeof r->text)
            return tntp_wrong(r, "a NUL or a line of more than %d bytes", TNTP_LINE_MAX - 1);
        r->text[n++] = (char)c;
    }
    if (c == EOF && ferror(r->file))
        return tntp_wrong(r, "the file cannot be read: %s", strerror(errno));
    r->text[n] = '\0';
    *more = c != EOF || n > 0;
    while (n > 0 && strchr(" \t\r", r->text[n - 1]) != NULL)
        r->text[--n] = '\0';
    *start = r->text;
    if (r->line == 1 && strncmp(r->text, "\xef\xbb\xbf", 3) == 0)
        *start += 3;
    *start += strspn(*start, " \t\r");
    return true;
}

bool tntp_next(struct tntp_lines *r, char **start, bool *more)
{
    do {
        if (!read_line(r, start, more))
            return false;
    } while (*more && (**start == '\0' || **start == '~'));
    return true;
}

bool tntp_split(struct tntp_lines *r, char *s)
{
    char *end = strchr(s, ';');
    r->fields = 0;
    r->ended = end != NULL;
    if (end != NULL && end[1] != '\0')
        return tntp_wrong(r, "there is \"%.20s\" behind the ';'", end + 1);
    if (end != NULL)
        *end = '\0';
    for (s += strspn(s, " \t\r"); *s != '\0'; s += strspn(s, " \t\r")) {
        if (r->fields == TNTP_FIELDS_MAX)
            return tntp_wrong(r, "more than %d fields", TNTP_FIELDS_MAX);
        r->field[r->fields++] = s;
        s += strcspn(s, " \t\r");
        if (*s != '\0')
            *s++ = '\0';
    }
    return true;
}

bool tntp_decimal(const char *s, double *v)
{
    char *end;
    *v = strtod(s, &end); /* which takes inf, nan and 0x10, too */
    return end != s && *end == '\0' && s[strspn(s, "+-.0123456789eE")] == '\0' && isfinite(*v);
}

bool tntp_whole(struct tntp_lines *r, const char *what, const char *s, int64_t low, int64_t high, int64_t *v)
{
    char *end;
    errno = 0;
    *v = strtoll(s, &end, 10);
    return (end != s && *end == '\0' && errno == 0 && *v >= low && *v <= high) ||
           tntp_wrong(r, "%s \"%.40s\" is not a whole number from %lld to %lld", what, s, (long long)low,
                      (long long)high);
}

static bool value(struct tntp_lines *r, const char *what, const char *s, double *v)
{
    if (!tntp_decimal(s, v))
        return tntp_wrong(r, "%s \"%.40s\" is not a number", what, s);
    return (*v >= 0 && *v <= TNTP_VALUE_MAX) ||
           tntp_wrong(r, "%s %.40s is outside 0 to %g", what, s, TNTP_VALUE_MAX);
}

enum tag { ZONES, NODES, FIRST_THRU, LINKS, TAG_COUNT };

static const struct {
    const char *name;
    int64_t low, high;
} tags[TAG_COUNT] = {[ZONES] = {"NUMBER OF ZONES", 0, NODES_MAX},
                     [NODES] = {"NUMBER OF NODES", 1, NODES_MAX},
                     [FIRST_THRU] = {"FIRST THRU NODE", 1, NODES_MAX + 1},
                     [LINKS] = {"NUMBER OF LINKS", 0, LINKS_MAX}};

/* "<NAME> value"; *last: it was the end of the metadata. */
static bool read_tag(struct tntp_lines *r, char *s, int64_t *got, bool *last)
{
    char *end = *s == '<' ? strchr(s, '>') : NULL;
    if (end == NULL)
        return tntp_wrong(r, "\"<NAME> value\" was expected before <END OF METADATA>, not \"%.40s\"", s);
    *end++ = '\0';
    end += strspn(end, " \t");
    *last = strcasecmp(s + 1, "END OF METADATA") == 0;
    for (int i = 0; i < TAG_COUNT; i++) {
        if (strcasecmp(s + 1, tags[i].name) != 0)
            continue;
        if (got[i] >= 0)
            return tntp_wrong(r, "<%s> a second time", tags[i].name);
        return tntp_whole(r, tags[i].name, end, tags[i].low, tags[i].high, &got[i]);
    }
    return true;
}

static bool read_metadata(struct tntp_lines *r, struct tntp_net *net, uint32_t *announced)
{
    int64_t got[TAG_COUNT] = {-1, -1, -1, -1};
    char *s;
    bool more, last = false;
    while (!last) {
        if (!tntp_next(r, &s, &more))
            return false;
        if (!more)
            return tntp_wrong(r,
                              "the file ends before <END OF METADATA>: it is no TNTP network or cut short");
        if (!read_tag(r, s, got, &last))
            return false;
    }
    if (got[FIRST_THRU] < 0)
        got[FIRST_THRU] = 1;
    for (int i = 0; i < TAG_COUNT; i++)
        if (got[i] < 0)
            return tntp_wrong(r, "<%s> is missing: this is no TNTP network", tags[i].name);
    if (got[ZONES] > got[NODES] || got[FIRST_THRU] > got[NODES] + 1)
        return tntp_wrong(r, "%lld zones and first through node %lld, but nodes are 1 to %lld",
                          (long long)got[ZONES], (long long)got[FIRST_THRU], (long long)got[NODES]);
    if (got[NODES] > NODES_ALWAYS + got[LINKS] * NODES_PER_LINK_MAX)
        return tntp_wrong(r, "%lld nodes and %lld links: one of these is wrong", (long long)got[NODES],
                          (long long)got[LINKS]);
    net->zone_count = (uint32_t)got[ZONES];
    net->node_count = (uint32_t)got[NODES];
    net->first_thru_node = (uint32_t)got[FIRST_THRU];
    *announced = (uint32_t)got[LINKS];
    return true;
}

static bool read_link(struct tntp_lines *r, char *s, const struct tntp_net *net, struct tntp_link *l)
{
    static const char *const names[] = {"capacity", "length", "free_flow_time", "b", "power",
                                        "speed",    "toll"};
    double *const at[] = {&l->capacity, &l->length, &l->free_flow_time, &l->b, &l->power,
                          &l->speed,    &l->toll};
    int64_t from, to, type;
    if (!tntp_split(r, s))
        return false;
    if (!r->ended || r->fields != TNTP_FIELDS_MAX)
        return tntp_wrong(r, "a link has %d fields and ends in ';', here are %u%s", TNTP_FIELDS_MAX,
                          r->fields, r->ended ? "" : " and no ';'");
    if (!tntp_whole(r, "init_node", r->field[0], 1, net->node_count, &from) ||
        !tntp_whole(r, "term_node", r->field[1], 1, net->node_count, &to) ||
        !tntp_whole(r, "link_type", r->field[9], INT32_MIN, INT32_MAX, &type))
        return false;
    *l = (struct tntp_link){.from = (uint32_t)from, .to = (uint32_t)to, .type = (int)type, .line = r->line};
    for (int i = 0; i < 7; i++)
        if (!value(r, names[i], r->field[2 + i], at[i]))
            return false;
    return l->capacity > 0 || l->b == 0 ||
           tntp_wrong(r, "capacity is 0 and b is not: any flow would take for ever");
}

static bool read_links(struct tntp_lines *r, struct tntp_net *net, uint32_t announced)
{
    uint32_t room = 0;
    char *s;
    for (bool more;;) {
        if (!tntp_next(r, &s, &more))
            return false;
        if (!more)
            break;
        if (net->link_count == announced)
            return tntp_wrong(r, "more than the %u links that the metadata announces", announced);
        if (net->link_count == room) {
            room = room < 64 ? 64 : room * 2;
            struct tntp_link *bigger = realloc(net->link, room * sizeof *bigger);
            if (bigger == NULL)
                return fail(r->e, ERR_RESOURCE_EXHAUSTED, "out of memory for the links of %s", r->path);
            net->link = bigger;
        }
        if (!read_link(r, s, net, &net->link[net->link_count]))
            return false;
        net->link_count++;
    }
    return net->link_count == announced ||
           tntp_wrong(r, "the file ends after %u of the %u links that it announces", net->link_count,
                      announced);
}

bool tntp_read_net(const char *path, struct tntp_net *out, struct err *e)
{
    struct tntp_lines r = {.path = path, .file = fopen(path, "rb"), .e = e};
    uint32_t announced = 0;
    *out = (struct tntp_net){0};
    if (r.file == NULL)
        return fail(e, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
    bool ok = read_metadata(&r, out, &announced) && read_links(&r, out, announced);
    fclose(r.file);
    if (!ok)
        tntp_net_free(out);
    return ok;
}

void tntp_net_free(struct tntp_net *net)
{
    free(net->link);
    *net = (struct tntp_net){0};
}
