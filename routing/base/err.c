#include "base/err.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void err_clear(struct err *e)
{
    if (e == NULL)
        return;
    e->code = ERR_OK;
    e->field[0] = '\0';
    e->text[0] = '\0';
}

/* Removes a UTF-8 sequence that was cut in the middle at the end of `s`. */
static void trim_partial_utf8(char *s)
{
    size_t n = strlen(s);
    size_t tail = 0;
    while (tail < n && tail < 3 && ((unsigned char)s[n - 1 - tail] & 0xc0) == 0x80)
        tail++;
    if (tail == n)
        return;
    unsigned char lead = (unsigned char)s[n - 1 - tail];
    size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (want > tail + 1)
        s[n - 1 - tail] = '\0';
}

static void set_text(struct err *e, enum err_code code, const char *field, const char *fmt, va_list ap)
{
    size_t n = strlen(field), length;
    e->code = code;
    memcpy(e->field, field, n < sizeof e->field ? n + 1 : sizeof e->field);
    if (n >= sizeof e->field) {
        e->field[sizeof e->field - 1] = '\0';
        trim_partial_utf8(e->field);
    }
    if (text_quick(e->text, sizeof e->text, &length, fmt, ap))
        return;
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    trim_partial_utf8(e->text);
}

bool fail(struct err *e, enum err_code code, const char *fmt, ...)
{
    if (e == NULL)
        return false;
    va_list ap;
    va_start(ap, fmt);
    set_text(e, code, "", fmt, ap);
    va_end(ap);
    return false;
}

bool fail_field(struct err *e, enum err_code code, const char *field, const char *fmt, ...)
{
    if (e == NULL)
        return false;
    va_list ap;
    va_start(ap, fmt);
    set_text(e, code, field, fmt, ap);
    va_end(ap);
    return false;
}

bool fail_within(struct err *e, const char *outer)
{
    if (e == NULL)
        return false;
    char inner[ERR_FIELD_MAX];
    memcpy(inner, e->field, sizeof inner);
    int n = snprintf(e->field, sizeof e->field, "%s%s%s", outer, inner[0] != '\0' ? "." : "", inner);
    if (n >= (int)sizeof e->field)
        trim_partial_utf8(e->field);
    return false;
}

const char *err_code_name(enum err_code code)
{
    static const char *const names[] = {
#define X(name) #name,
        ERR_CODES(X)
#undef X
    };
    return (unsigned)code < ERR_CODE_COUNT ? names[code] : "UNKNOWN";
}
