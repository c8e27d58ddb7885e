/* tntp_lines.h - the lines and fields of TNTP files; shared by tntp_read.c and tntp.c only. */
#ifndef ZH_IMPORT_TNTP_LINES_H
#define ZH_IMPORT_TNTP_LINES_H

#include "base/err.h"

#include <stdint.h>
#include <stdio.h>

enum { TNTP_LINE_MAX = 1024, TNTP_FIELDS_MAX = 10 };
#define TNTP_VALUE_MAX 1e15

struct tntp_lines {
    const char *path;
    FILE *file;
    uint32_t line;
    char text[TNTP_LINE_MAX]; /* a row is cut into its fields in place */
    char *field[TNTP_FIELDS_MAX];
    uint32_t fields;
    bool ended; /* the row ended in ';' */
    struct err *e;
};

/* INVALID_ARGUMENT with file and line. */
bool tntp_wrong(struct tntp_lines *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The next line that is neither empty nor a comment, without its end and the blanks around it; *more: false
 * at the end of the file. */
bool tntp_next(struct tntp_lines *r, char **start, bool *more);

/* Cuts it into fields. */
bool tntp_split(struct tntp_lines *r, char *line);

/* A finite decimal number, and nothing else. */
bool tntp_decimal(const char *s, double *v);
bool tntp_whole(struct tntp_lines *r, const char *what, const char *s, int64_t low, int64_t high, int64_t *v);

#endif
