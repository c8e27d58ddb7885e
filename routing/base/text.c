#include "base/text.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { DECIMALS_MAX = 6, DIGITS_MAX = 20 };

struct out {
    char *at, *end; /* end: the last place, for NUL */
};

static bool put(struct out *o, const char *s, size_t n)
{
    if (n > (size_t)(o->end - o->at))
        return false;
    memcpy(o->at, s, n);
    o->at += n;
    return true;
}

/* With zeros in front up to so many digits. */
static bool put_digits(struct out *o, uint64_t v, unsigned least)
{
    char digit[DIGITS_MAX], *at = o->at;
    unsigned i = DIGITS_MAX;
    for (; v > UINT32_MAX; v /= 10)
        digit[--i] = (char)('0' + v % 10);
    for (uint32_t w = (uint32_t)v; w > 0 || DIGITS_MAX - i < least; w /= 10)
        digit[--i] = (char)('0' + w % 10);
    if (DIGITS_MAX - i > (size_t)(o->end - at))
        return false;
    while (i < DIGITS_MAX)
        *at++ = digit[i++];
    o->at = at;
    return true;
}

static bool put_signed(struct out *o, long long v)
{
    return (v >= 0 || put(o, "-", 1)) && put_digits(o, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 1);
}

/* n / 10^decimals and the rest of it; by constants, which takes no division. */
static uint64_t split(uint64_t n, unsigned decimals, uint64_t *rest)
{
    static const uint32_t powers[DECIMALS_MAX + 1] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    uint64_t whole = decimals == 3 ? n / 1000 : decimals == 6 ? n / 1000000 : n / powers[decimals];
    *rest = n - whole * powers[decimals];
    return whole;
}

/* high + low is v x 10^decimals exactly. */
static bool put_fixed(struct out *o, double v, unsigned decimals)
{
    static const uint32_t powers[DECIMALS_MAX + 1] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    const double most = (double)(INT64_C(1) << 50);
    double power = powers[decimals], high = v * power;
    if (!(high >= 0 && high < most) || signbit(v))
        return false;
    double low = fma(v, power, -high);
    uint64_t n = (uint64_t)high;
    double half = high - (double)n - 0.5; /* exact where it is near 0 */
    if (half > -low || (half == -low && n % 2 == 1))
        n++;
    uint64_t rest, whole = split(n, decimals, &rest);
    return put_digits(o, whole, 1) && put(o, ".", 1) && put_digits(o, rest, decimals);
}

/* One conversion; *fmt stands behind its '%' and is moved to its end. */
static bool convert(struct out *o, const char **fmt, va_list *ap)
{
    const char *f = *fmt;
    if (f[0] == '.' && f[1] >= '1' && f[1] <= '0' + DECIMALS_MAX && f[2] == 'f') {
        *fmt = f + 3;
        return put_fixed(o, va_arg(*ap, double), (unsigned)(f[1] - '0'));
    }
    if (f[0] == 'l' && f[1] == 'l' && (f[2] == 'd' || f[2] == 'u')) {
        *fmt = f + 3;
        return f[2] == 'd' ? put_signed(o, va_arg(*ap, long long))
                           : put_digits(o, va_arg(*ap, unsigned long long), 1);
    }
    if (f[0] == 'z' && f[1] == 'u') {
        *fmt = f + 2;
        return put_digits(o, va_arg(*ap, size_t), 1);
    }
    *fmt = f + 1;
    switch (f[0]) {
    case '%':
        return put(o, "%", 1);
    case 'd':
        return put_signed(o, va_arg(*ap, int));
    case 'u':
        return put_digits(o, va_arg(*ap, unsigned), 1);
    case 's': {
        const char *s = va_arg(*ap, const char *);
        return s != NULL && put(o, s, strlen(s));
    }
    default:
        return false;
    }
}

bool text_quick(char *out, size_t room, size_t *length, const char *fmt, va_list ap)
{
    if (room == 0)
        return false;
    struct out o = {.at = out, .end = out + room - 1};
    va_list args;
    va_copy(args, ap);
    bool ok = true;
    while (ok && *fmt != '\0') {
        while (*fmt != '\0' && *fmt != '%' && o.at < o.end)
            *o.at++ = *fmt++;
        ok = *fmt == '\0' || *fmt == '%';
        if (ok && *fmt == '%') {
            fmt++;
            ok = convert(&o, &fmt, &args);
        }
    }
    va_end(args);
    *o.at = '\0';
    *length = (size_t)(o.at - out);
    return ok;
}

int text_print(char *out, size_t room, const char *fmt, ...)
{
    size_t length;
    va_list ap;
    va_start(ap, fmt);
    int n = text_quick(out, room, &length, fmt, ap) ? (int)length : vsnprintf(out, room, fmt, ap);
    va_end(ap);
    return n;
}
