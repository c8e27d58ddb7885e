/* OSM XML: a strict look at every byte before libreadosm, which crashes on a tag without a value and leaks
 * on XML that is not well formed. What passes here is well formed, UTF-8, without document types, and its
 * nodes, ways and relations have what they need. */
#include "import/osm_inside.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAME_MAX_XML = 32, ATTRS_MAX = 32, DEPTH_MAX = 8, VALUE_MAX_XML = 1 << 20, NUMBER_MAX_XML = 32 };

struct xml {
    FILE *file;
    const char *path;
    uint64_t line;
    int c; /* the next byte, EOF at the end */
    char open[DEPTH_MAX][NAME_MAX_XML];
    int depth;
    char attr[ATTRS_MAX][NAME_MAX_XML], number[ATTRS_MAX][NUMBER_MAX_XML];
    int attrs;
    bool rooted;
    struct err *e;
};

static bool wrong(struct xml *x, const char *fmt, ...)
{
    char text[160];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return fail(x->e, ERR_INVALID_ARGUMENT, "%s:%llu: %s", x->path, (unsigned long long)x->line, text);
}

static void step(struct xml *x)
{
    x->line += x->c == '\n';
    x->c = getc(x->file);
}

static bool blank(int c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void blanks(struct xml *x)
{
    while (blank(x->c))
        step(x);
}

/* One character of text, checked to be UTF-8 and allowed in XML. */
static bool character(struct xml *x)
{
    int c = x->c, more = c < 0x80 ? 0 : c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1, first = c;
    if (c == EOF)
        return wrong(x, "the file ends too early");
    if ((c < 0x20 && !blank(c)) || c == 0x7f || (c >= 0x80 && c < 0xc2) || c > 0xf4)
        return wrong(x, "byte 0x%02x does not belong into UTF-8 text", (unsigned)c);
    step(x);
    for (int i = 0; i < more; i++) {
        int low = i > 0 ? 0x80 : first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        int high = i > 0 ? 0xbf : first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        if (x->c < low || x->c > high)
            return wrong(x, "this is not UTF-8");
        if (first == 0xef && i == 0 && x->c == 0xbf) { /* U+FFFE and U+FFFF are no characters */
            step(x);
            i++;
            if (x->c < 0x80 || x->c > 0xbd)
                return wrong(x, "this is not UTF-8");
        }
        step(x);
    }
    return true;
}

static bool reference(struct xml *x)
{
    char name[12];
    size_t n = 0;
    step(x);
    while (x->c != ';' && x->c != EOF && n + 1 < sizeof name && (isalnum(x->c) || x->c == '#')) {
        name[n++] = (char)x->c;
        step(x);
    }
    name[n] = '\0';
    if (x->c != ';')
        return wrong(x, "an '&' that begins no reference");
    step(x);
    if (name[0] != '#')
        return osm_word_in(name, "amp lt gt quot apos") || wrong(x, "the entity &%s; is not known", name);
    char *end;
    bool hex = name[1] == 'x';
    unsigned long v =
        isxdigit((unsigned char)name[1 + hex]) ? strtoul(name + 1 + hex, &end, hex ? 16 : 10) : 0;
    bool fine = v == 9 || v == 10 || v == 13 || (v >= 32 && v < 0xd800) || (v >= 0xe000 && v < 0xfffe) ||
                (v >= 0x10000 && v < 0x110000);
    return (fine && *end == '\0') || wrong(x, "&%s; is no character", name);
}

static bool name(struct xml *x, char *out)
{
    size_t n = 0;
    if (x->c == EOF || !(isalpha(x->c) || x->c == '_'))
        return wrong(x, "a name was expected");
    for (; x->c > 0 && (isalnum(x->c) || strchr("_-.:", x->c) != NULL); step(x)) {
        if (n + 1 == NAME_MAX_XML)
            return wrong(x, "a name of more than %d bytes", NAME_MAX_XML - 1);
        out[n++] = (char)x->c;
    }
    out[n] = '\0';
    return true;
}

/* The beginning of the value is kept: enough for numbers. */
static bool value(struct xml *x, char *number)
{
    size_t n = 0, all = 0;
    int quote = x->c;
    if (quote != '"' && quote != '\'')
        return wrong(x, "a value between quotes was expected");
    for (step(x); x->c != quote; all++) {
        if (all > VALUE_MAX_XML)
            return wrong(x, "a value of more than %d characters", VALUE_MAX_XML);
        if (x->c == '<')
            return wrong(x, "a '<' inside a value");
        if (n + 1 < NUMBER_MAX_XML && x->c != EOF)
            number[n++] = (char)x->c;
        if (!(x->c == '&' ? reference(x) : character(x)))
            return false;
    }
    number[all < NUMBER_MAX_XML ? n : 0] = '\0'; /* a long one is no number */
    step(x);
    return true;
}

static bool attributes(struct xml *x)
{
    for (x->attrs = 0;; x->attrs++) {
        bool apart = blank(x->c);
        blanks(x);
        if (x->c == '>' || x->c == '/' || x->c == '?')
            return true;
        if (!apart || x->attrs == ATTRS_MAX)
            return wrong(x, x->attrs == ATTRS_MAX ? "too many attributes" : "a blank is missing");
        if (!name(x, x->attr[x->attrs]))
            return false;
        for (int i = 0; i < x->attrs; i++)
            if (strcmp(x->attr[i], x->attr[x->attrs]) == 0)
                return wrong(x, "attribute %s stands twice", x->attr[i]);
        blanks(x);
        if (x->c != '=')
            return wrong(x, "'=' was expected after %s", x->attr[x->attrs]);
        step(x);
        blanks(x);
        if (!value(x, x->number[x->attrs]))
            return false;
    }
}

static const char *attribute(const struct xml *x, const char *key)
{
    for (int i = 0; i < x->attrs; i++)
        if (strcmp(x->attr[i], key) == 0)
            return x->number[i];
    return NULL;
}

static bool whole(const char *s)
{
    size_t n = s != NULL ? strlen(s) : 0, sign = n > 0 && s[0] == '-';
    return n > sign && n <= sign + 18 && strspn(s + sign, "0123456789") == n - sign;
}

static bool decimal(const char *s)
{
    char *end;
    if (s == NULL || s[0] == '\0' || strspn(s, "0123456789.-+eE") != strlen(s))
        return false;
    strtod(s, &end);
    return *end == '\0';
}

/* What libreadosm needs of an element. */
static bool complete(struct xml *x, const char *element)
{
    bool object = osm_word_in(element, "node way relation");
    const char *visible = attribute(x, "visible");
    if (strcmp(element, "tag") == 0)
        return (attribute(x, "k") != NULL && attribute(x, "v") != NULL) || wrong(x, "a tag without k or v");
    if (strcmp(element, "nd") == 0)
        return whole(attribute(x, "ref")) || wrong(x, "a nd without a whole number as ref");
    if (strcmp(element, "member") == 0)
        return (whole(attribute(x, "ref")) && attribute(x, "type") != NULL && attribute(x, "role") != NULL) ||
               wrong(x, "a member without type, ref or role");
    if (object && visible != NULL && strcmp(visible, "false") == 0)
        return wrong(x, "a deleted object: this is a history file");
    if (object && !whole(attribute(x, "id")))
        return wrong(x, "a %s without a whole number as id", element);
    if (strcmp(element, "node") == 0 && (!decimal(attribute(x, "lat")) || !decimal(attribute(x, "lon"))))
        return wrong(x, "node %s has no latitude and longitude", attribute(x, "id"));
    return true;
}

static bool start_element(struct xml *x)
{
    char element[NAME_MAX_XML];
    if (!name(x, element) || !attributes(x))
        return false;
    if (x->depth == 0 && (x->rooted || strcmp(element, "osm") != 0))
        return wrong(x, x->rooted ? "a second root element" : "the root is <%s>, not <osm>", element);
    x->rooted = true;
    if (!complete(x, element))
        return false;
    bool empty = x->c == '/';
    if (empty)
        step(x);
    if (x->c != '>')
        return wrong(x, "'>' was expected");
    step(x);
    if (!empty && x->depth == DEPTH_MAX)
        return wrong(x, "elements deeper in each other than OpenStreetMap has them");
    if (!empty)
        memcpy(x->open[x->depth++], element, sizeof element);
    return true;
}

static bool end_element(struct xml *x)
{
    char element[NAME_MAX_XML];
    step(x);
    if (!name(x, element))
        return false;
    blanks(x);
    if (x->c != '>')
        return wrong(x, "'>' was expected");
    step(x);
    if (x->depth == 0 || strcmp(x->open[x->depth - 1], element) != 0)
        return wrong(x, "</%s> ends nothing that was begun", element);
    x->depth--;
    return true;
}

static bool comment(struct xml *x)
{
    static const char begin[] = "--";
    int dashes = 0;
    step(x);
    for (int i = 0; i < 2; i++) {
        if (x->c != begin[i])
            return wrong(x, "document types and CDATA are not read");
        step(x);
    }
    while (dashes < 2) {
        dashes = x->c == '-' ? dashes + 1 : 0;
        if (!character(x))
            return false;
    }
    if (x->c != '>')
        return wrong(x, "\"--\" inside a comment");
    step(x);
    return true;
}

/* <?xml version="1.0" encoding="UTF-8"?>, at the very beginning only */
static bool declaration(struct xml *x)
{
    char target[NAME_MAX_XML];
    step(x);
    if (!name(x, target) || !attributes(x))
        return false;
    const char *version = attribute(x, "version"), *encoding = attribute(x, "encoding");
    bool fine = strcmp(target, "xml") == 0 && version != NULL && strcmp(version, "1.0") == 0 &&
                (encoding == NULL || strcasecmp(encoding, "UTF-8") == 0) &&
                strcmp(x->attr[0], "version") == 0 && x->attrs == 1 + (encoding != NULL) && x->c == '?';
    step(x);
    if (!fine || x->c != '>')
        return wrong(x, "<?xml version=\"1.0\" encoding=\"UTF-8\"?> was expected");
    step(x);
    return true;
}

static bool check(struct xml *x, uint64_t size, const struct network_osm_progress *p)
{
    bool first = true;
    int brackets = 0;
    for (uint64_t n = 0;; n++) {
        if (n % (1 << 20) == 0)
            osm_tell(p, "checking", (uint64_t)ftell(x->file), size);
        if (x->c == EOF && !first)
            break;
        if (x->c == '<') {
            step(x);
            bool ok = x->c == '/'   ? end_element(x)
                      : x->c == '!' ? comment(x)
                      : x->c == '?'
                          ? (first || wrong(x, "processing instructions are not read")) && declaration(x)
                          : start_element(x);
            if (!ok)
                return false;
        } else if (x->depth == 0 && !blank(x->c)) {
            return wrong(x, "this is no OSM XML");
        } else if (x->c == '>' && brackets >= 2) {
            return wrong(x, "\"]]>\" outside CDATA");
        } else {
            brackets = x->c == ']' ? brackets + 1 : 0;
            if (!(x->c == '&' ? reference(x) : character(x)))
                return false;
        }
        first = false;
    }
    return x->depth == 0 ? x->rooted || wrong(x, "the file has no <osm>")
                         : wrong(x, "the file ends inside <%s>", x->open[x->depth - 1]);
}

bool osm_check_xml(const char *path, const struct network_osm_progress *p, struct err *e)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return fail(e, ERR_NOT_FOUND, "%s cannot be opened", path);
    long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    struct xml *x = calloc(1, sizeof *x);
    bool ok;
    if (size < 0 || fseek(file, 0, SEEK_SET) != 0) {
        ok = fail(e, ERR_INVALID_ARGUMENT, "%s cannot be read", path);
    } else if (x == NULL) {
        ok = fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for %s", path);
    } else if (size == 0) {
        ok = fail(e, ERR_INVALID_ARGUMENT, "%s is empty", path);
    } else {
        *x = (struct xml){.file = file, .path = path, .line = 1, .e = e, .c = getc(file)};
        ok = check(x, (uint64_t)size, p);
    }
    free(x);
    fclose(file);
    return ok;
}
