#include "table.h"

#include <string.h>

struct table_row {
    struct table_row *next;
    const char *cells[];
};

struct range {
    uint32_t first, last;
};

/* W and F of UAX #11 as terminals draw them, unassigned code points of the CJK blocks included. */
static const struct range wide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},   {0x23f0, 0x23f0},
    {0x23f3, 0x23f3},   {0x25fd, 0x25fe},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x267f, 0x267f},
    {0x2693, 0x2693},   {0x26a1, 0x26a1},   {0x26aa, 0x26ab},   {0x26bd, 0x26be},   {0x26c4, 0x26c5},
    {0x26ce, 0x26ce},   {0x26d4, 0x26d4},   {0x26ea, 0x26ea},   {0x26f2, 0x26f3},   {0x26f5, 0x26f5},
    {0x26fa, 0x26fa},   {0x26fd, 0x26fd},   {0x2705, 0x2705},   {0x270a, 0x270b},   {0x2728, 0x2728},
    {0x274c, 0x274c},   {0x274e, 0x274e},   {0x2753, 0x2755},   {0x2757, 0x2757},   {0x2795, 0x2797},
    {0x27b0, 0x27b0},   {0x27bf, 0x27bf},   {0x2b1b, 0x2b1c},   {0x2b50, 0x2b50},   {0x2b55, 0x2b55},
    {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
    {0xfe10, 0xfe19},   {0xfe30, 0xfe6f},   {0xff01, 0xff60},   {0xffe0, 0xffe6},   {0x16fe0, 0x18cff},
    {0x1b000, 0x1b2ff}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

/* Combining marks, joiners, variation selectors. */
static const struct range zero[] = {{0x0300, 0x036f}, {0x200b, 0x200f}, {0x202a, 0x202e},  {0x2060, 0x2064},
                                    {0x20d0, 0x20f0}, {0x302a, 0x302d}, {0x3099, 0x309a},  {0xfe00, 0xfe0f},
                                    {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0100, 0xe01ef}};

static bool in_ranges(const struct range *r, size_t n, uint32_t cp)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (cp > r[mid].last)
            low = mid + 1;
        else if (cp < r[mid].first)
            high = mid;
        else
            return true;
    }
    return false;
}

unsigned table_codepoint_width(uint32_t cp)
{
    if (in_ranges(zero, sizeof zero / sizeof zero[0], cp))
        return 0;
    return in_ranges(wide, sizeof wide / sizeof wide[0], cp) ? 2 : 1;
}

/* Decodes one code point at s (not the end); returns its bytes, or 1 with *cp = '?' when broken or a control.
 */
static size_t decode(const unsigned char *s, uint32_t *cp)
{
    size_t n = s[0] < 0x80                    ? 1
               : s[0] >= 0xc2 && s[0] <= 0xdf ? 2
               : s[0] >= 0xe0 && s[0] <= 0xef ? 3
               : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4
                                              : 0;
    uint32_t v = n == 1 ? s[0] : n == 0 ? 0 : s[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            *cp = '?';
            return 1;
        }
        v = v << 6 | (s[i] & 0x3f);
    }
    bool control = v < 0x20 || (v >= 0x7f && v < 0xa0) || (v >= 0x202a && v <= 0x202e) ||
                   (v >= 0x2066 && v <= 0x2069) || (v >= 0xd800 && v <= 0xdfff);
    *cp = n == 0 || control ? '?' : v;
    return n == 0 ? 1 : n;
}

unsigned table_width(const char *text)
{
    unsigned width = 0;
    uint32_t cp;
    for (const unsigned char *s = (const unsigned char *)text; *s != '\0';) {
        s += decode(s, &cp);
        width += table_codepoint_width(cp);
    }
    return width;
}

const char *table_clip(struct arena *a, const char *text, unsigned width)
{
    unsigned have = 0;
    uint32_t cp;
    const unsigned char *s = (const unsigned char *)text;
    if (table_width(text) <= width)
        return text;
    while (*s != '\0') {
        size_t n = decode(s, &cp);
        unsigned w = table_codepoint_width(cp);
        if (have + w + 3 > width)
            break;
        have += w;
        s += n;
    }
    return arena_printf(a, "%.*s...", (int)(s - (const unsigned char *)text), text);
}

void table_put_clean(const char *text, bool lines, FILE *out)
{
    uint32_t cp;
    for (const unsigned char *s = (const unsigned char *)text; *s != '\0';) {
        size_t n = decode(s, &cp);
        if (cp == '?')
            fputc(lines && *s == '\n' ? '\n' : '?', out);
        else
            fwrite(s, 1, n, out);
        s += n;
    }
}

void table_init(struct table *t, struct arena *a, const struct table_column *columns, unsigned column_count)
{
    *t = (struct table){.arena = a, .columns = columns, .column_count = column_count};
}

void table_add(struct table *t, const char *const *cells)
{
    struct table_row *r = arena_alloc(t->arena, sizeof *r + t->column_count * sizeof r->cells[0]);
    if (r == NULL) {
        t->full = true;
        return;
    }
    r->next = NULL;
    for (unsigned i = 0; i < t->column_count; i++)
        r->cells[i] = cells[i] != NULL ? cells[i] : "";
    if (t->last != NULL)
        t->last->next = r;
    else
        t->first = r;
    t->last = r;
}

static void put_blanks(unsigned n, FILE *out)
{
    while (n-- > 0)
        fputc(' ', out);
}

static void put_line(const struct table *t, const char *const *cells, const unsigned *widths, unsigned indent,
                     FILE *out)
{
    unsigned owed = indent; /* blanks are held back so that no line ends with them */
    for (unsigned i = 0; i < t->column_count; i++) {
        unsigned pad = widths[i] - table_width(cells[i]);
        if (t->columns[i].right)
            owed += pad;
        if (cells[i][0] != '\0') {
            put_blanks(owed, out);
            owed = 0;
            table_put_clean(cells[i], false, out);
        }
        owed += 2 + (t->columns[i].right ? 0 : pad);
    }
    fputc('\n', out);
}

bool table_print(const struct table *t, unsigned indent, FILE *out)
{
    unsigned widths[TABLE_COLUMNS_MAX] = {0};
    const char *titles[TABLE_COLUMNS_MAX];
    for (unsigned i = 0; i < t->column_count; i++) {
        titles[i] = t->columns[i].title;
        widths[i] = table_width(titles[i]);
    }
    for (const struct table_row *r = t->first; r != NULL; r = r->next)
        for (unsigned i = 0; i < t->column_count; i++) {
            unsigned w = table_width(r->cells[i]);
            widths[i] = w > widths[i] ? w : widths[i];
        }
    put_line(t, titles, widths, indent, out);
    for (const struct table_row *r = t->first; r != NULL; r = r->next)
        put_line(t, r->cells, widths, indent, out);
    if (t->full)
        fputs("(the table is cut: out of memory)\n", out);
    return !t->full && !ferror(out);
}
