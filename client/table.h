/* table.h - a table for people on a terminal, aligned also when cells hold Chinese.
 *
 * Cells are UTF-8; a Chinese character is two columns wide, a combining mark none (Unicode's East Asian
 * Width, UAX #11: W and F are wide). Control characters that a peer might have sent are shown as '?', so no
 * cell can move the cursor. The table lies in the caller's arena; when that is full the table says so at
 * printing.
 */
#ifndef ZH_CLIENT_TABLE_H
#define ZH_CLIENT_TABLE_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { TABLE_COLUMNS_MAX = 16 };

struct table_column {
    const char *title;
    bool right; /* numbers stand right */
};

struct table_row;

struct table {
    struct arena *arena;
    const struct table_column *columns;
    unsigned column_count;
    struct table_row *first, *last;
    bool full; /* the arena was */
};

void table_init(struct table *t, struct arena *a, const struct table_column *columns, unsigned column_count);

/* column_count strings; NULL is an empty cell. The strings must live as long as the table. */
void table_add(struct table *t, const char *const *cells);

/* indent blanks before each line. False when the arena had been full or writing failed. */
bool table_print(const struct table *t, unsigned indent, FILE *out);

/* Columns that a UTF-8 text takes on a terminal; each broken byte counts one. */
unsigned table_width(const char *text);

/* The same for one code point: 0, 1 or 2. */
unsigned table_codepoint_width(uint32_t cp);

/* The text itself when it fits into `width` columns (at least 3), otherwise its beginning and "...", in the
 * arena; NULL when that is full. */
const char *table_clip(struct arena *a, const char *text, unsigned width);

/* Writes text with control characters and broken bytes as '?'; line feeds stay when lines is true. */
void table_put_clean(const char *text, bool lines, FILE *out);

#endif
