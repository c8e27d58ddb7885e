/* csv.h - a streaming reader of CSV tables (RFC 4180, UTF-8): columns are found
 * by name.
 *
 *     while (csv_next(t))
 *         length = csv_milli(t, "length", REQUIRED, 1, 5000000);
 *
 * Every fault is one line "link.csv:17: length \"abc\" is not a number" in the
 * report; reading goes on, so all faults of a table come at once (up to
 * CSV_FAULTS_MAX). Fields are at most 64 KiB.
 *
 * What spreadsheets and other programs write is taken, too: a byte-order mark, CRLF, names of columns in any
 * case, blanks around a field that is not quoted, rows of commas only (passed over). A field NaN (the missing
 * value of GMNS) or NULL is empty. Bytes that are not UTF-8 are a fault.
 */
#ifndef ZH_IMPORT_CSV_H
#define ZH_IMPORT_CSV_H

#include "base/err.h"

#include <stdint.h>
#include <stdio.h>

enum { CSV_FAULTS_MAX = 50, CSV_COLUMNS_MAX = 64, CSV_FIELD_MAX = 65536 };

/* Faults of a whole import, in the order found. */
struct csv_report {
    char *fault[CSV_FAULTS_MAX];
    uint32_t count; /* may be larger than what is kept */
};

void csv_report_free(struct csv_report *r);

struct csv;

/* Opens dir/name. A missing file is a success with *out NULL when optional. */
bool csv_open(const char *dir, const char *name, bool optional, struct csv_report *r, struct csv **out,
              struct err *e);
/* The same from a file that is open, or bytes (fmemopen); takes it. name: in faults. */
bool csv_open_stream(FILE *f, const char *name, struct csv_report *r, struct csv **out, struct err *e);
void csv_close(struct csv *t);

/* The next row; blank lines are passed over. */
bool csv_next(struct csv *t);
uint32_t csv_line(const struct csv *t);

/* Notes a fault of the current row. */
void csv_fault(struct csv *t, const char *column, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

enum csv_need { CSV_OPTIONAL, CSV_REQUIRED };

/* A field's text, "" when empty or absent (a fault when required). Valid until
 * the next row. */
const char *csv_text(struct csv *t, const char *column, enum csv_need need);
bool csv_has(struct csv *t, const char *column); /* filled */
bool csv_has_column(const struct csv *t, const char *column);

/* A whole number, or a decimal one times `scale` (1000: thousandths) rounded
 * half away from zero; 0 when empty. A fault, and 0, when it is no number or
 * outside low..high (in units of the result). */
int64_t csv_int(struct csv *t, const char *column, enum csv_need need, int64_t low, int64_t high);
int64_t csv_scaled(struct csv *t, const char *column, enum csv_need need, int64_t scale, int64_t low,
                   int64_t high);

/* The same with any factor: 1609.344 reads miles as metres. */
int64_t csv_measure(struct csv *t, const char *column, enum csv_need need, double factor, int64_t low,
                    int64_t high);

/* 0, 1, false, true, no or yes; false when empty. */
bool csv_flag(struct csv *t, const char *column, enum csv_need need);

/* Index of the field in a NULL-ended list of words; `fallback` when empty; a
 * fault when it is none of them. */
int csv_word(struct csv *t, const char *column, enum csv_need need, const char *const *words, int fallback);

/* Mask of 1 << index of the ';'-joined words of the field; blanks around a word do not count. */
uint32_t csv_mask(struct csv *t, const char *column, enum csv_need need, const char *const *words);

/* The date as days since 1970-01-01; `fallback` when empty. */
int32_t csv_day(struct csv *t, const char *column, enum csv_need need, int32_t fallback);

#endif
