#include "units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CHINA_OFFSET_S = 8 * 3600 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads digits from *s; false when there is none or the number exceeds int64. */
static bool read_digits(const char **s, int64_t *out)
{
    const char *p = *s;
    int64_t v = 0;
    if (!is_digit(*p))
        return false;
    for (; is_digit(*p); p++)
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *p - '0', &v))
            return false;
    *s = p;
    *out = v;
    return true;
}

bool units_integer(const char *option, const char *text, int64_t low, int64_t high, int64_t *out,
                   struct err *e)
{
    const char *p = text[0] == '-' ? text + 1 : text;
    int64_t v;
    if (!read_digits(&p, &v) || *p != '\0' || (text[0] == '-' ? -v : v) < low ||
        (text[0] == '-' ? -v : v) > high)
        return fail_field(e, ERR_INVALID_ARGUMENT, option,
                          "%s \"%s\" must be a whole number from %lld to %lld", option, text, (long long)low,
                          (long long)high);
    *out = text[0] == '-' ? -v : v;
    return true;
}

struct unit {
    const char *name;
    int64_t factor; /* of the unit kept */
};

/* A decimal number with one of the units, exact in the unit kept and positive. */
static bool read_quantity(const char *text, const struct unit *units, size_t unit_count, int64_t *out)
{
    const char *p = text;
    int64_t whole, fraction = 0, scale = 1;
    if (!read_digits(&p, &whole))
        return false;
    if (*p == '.') {
        const char *start = ++p;
        if (!read_digits(&p, &fraction) || p - start > 9)
            return false;
        for (const char *q = start; q < p; q++)
            scale *= 10;
    }
    for (size_t i = 0; i < unit_count; i++) {
        int64_t part, total;
        if (strcmp(p, units[i].name) != 0)
            continue;
        if (__builtin_mul_overflow(fraction, units[i].factor, &part) || part % scale != 0 ||
            __builtin_mul_overflow(whole, units[i].factor, &total) ||
            __builtin_add_overflow(total, part / scale, &total))
            return false;
        *out = total;
        return total > 0;
    }
    return false;
}

bool units_mass(const char *option, const char *text, int64_t *kg, struct err *e)
{
    static const struct unit units[] = {{"t", 1000}, {"kg", 1}};
    return read_quantity(text, units, 2, kg) ||
           fail_field(e, ERR_INVALID_ARGUMENT, option,
                      "%s \"%s\" must be a mass above zero in whole kilograms, such as 260t, 47.53t or 900kg",
                      option, text);
}

bool units_volume(const char *option, const char *text, int64_t *dm3, struct err *e)
{
    static const struct unit units[] = {{"m3", 1000}, {"dm3", 1}, {"l", 1}};
    return read_quantity(text, units, 3, dm3) ||
           fail_field(e, ERR_INVALID_ARGUMENT, option,
                      "%s \"%s\" must be a volume above zero in whole litres, such as 12.5m3 or 800l", option,
                      text);
}

bool units_size(const char *option, const char *text, int64_t *cm, struct err *e)
{
    static const struct unit units[] = {{"m", 100}, {"cm", 1}};
    return read_quantity(text, units, 2, cm) ||
           fail_field(e, ERR_INVALID_ARGUMENT, option,
                      "%s \"%s\" must be a measure above zero in whole centimetres, such as 4.2m or 420cm",
                      option, text);
}

bool units_distance(const char *option, const char *text, int64_t *m, struct err *e)
{
    static const struct unit units[] = {{"km", 1000}, {"m", 1}};
    return read_quantity(text, units, 2, m) ||
           fail_field(e, ERR_INVALID_ARGUMENT, option,
                      "%s \"%s\" must be a distance above zero in whole metres, such as 60km or 500m", option,
                      text);
}

bool units_duration(const char *option, const char *text, int64_t *ms, struct err *e)
{
    static const struct unit units[] = {
        {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    return read_quantity(text, units, 5, ms) ||
           fail_field(e, ERR_INVALID_ARGUMENT, option,
                      "%s \"%s\" must be a time span above zero, such as 250ms, 90s, 5m, 2h or 1d", option,
                      text);
}

/* Exactly `width` digits, between low and high. */
static bool read_fixed(const char **s, int width, int low, int high, int *out)
{
    int v = 0;
    for (int i = 0; i < width; i++) {
        if (!is_digit((*s)[i]))
            return false;
        v = v * 10 + (*s)[i] - '0';
    }
    *s += width;
    *out = v;
    return v >= low && v <= high;
}

static bool read_char(const char **s, char c)
{
    if (**s != c)
        return false;
    ++*s;
    return true;
}

static bool read_offset(const char **s, int64_t *offset_s)
{
    int h, m, sign;
    *offset_s = CHINA_OFFSET_S;
    if (**s == '\0')
        return true;
    if (read_char(s, 'Z')) {
        *offset_s = 0;
        return true;
    }
    sign = **s == '-' ? -1 : 1;
    if (!read_char(s, '-') && !read_char(s, '+'))
        return false;
    if (!read_fixed(s, 2, 0, 14, &h) || !read_char(s, ':') || !read_fixed(s, 2, 0, 59, &m))
        return false;
    *offset_s = sign * (h * 3600 + m * 60);
    return true;
}

static bool read_time(const char *p, int64_t *unix_s)
{
    struct tm t = {0};
    int year, month;
    int64_t offset_s = CHINA_OFFSET_S;
    if (!read_fixed(&p, 4, 2000, 2199, &year) || !read_char(&p, '-') || !read_fixed(&p, 2, 1, 12, &month) ||
        !read_char(&p, '-') || !read_fixed(&p, 2, 1, 31, &t.tm_mday))
        return false;
    t.tm_year = year - 1900;
    t.tm_mon = month - 1;
    int day = t.tm_mday;
    if (*p != '\0') {
        if (!read_char(&p, 'T') || !read_fixed(&p, 2, 0, 23, &t.tm_hour) || !read_char(&p, ':') ||
            !read_fixed(&p, 2, 0, 59, &t.tm_min))
            return false;
        if (read_char(&p, ':') && !read_fixed(&p, 2, 0, 59, &t.tm_sec))
            return false;
        if (!read_offset(&p, &offset_s) || *p != '\0')
            return false;
    }
    int64_t s = timegm(&t); /* normalises 31 April to 1 May: then the day has moved */
    *unix_s = s - offset_s;
    return t.tm_mday == day && t.tm_mon == month - 1;
}

bool units_time(const char *option, const char *text, int64_t *unix_s, struct err *e)
{
    return read_time(text, unix_s) ||
           fail_field(e, ERR_INVALID_ARGUMENT, option,
                      "%s \"%s\" must be a time such as 2026-12-01T08:00 (China time), "
                      "2026-12-01T00:00:00Z or 2026-12-01T09:00+09:00",
                      option, text);
}

static bool read_signed(const char **s, int64_t *out)
{
    bool minus = read_char(s, '-');
    if (!read_digits(s, out))
        return false;
    if (minus)
        *out = -*out;
    return true;
}

bool units_temperature(const char *option, const char *text, int32_t *low_c, int32_t *high_c, struct err *e)
{
    const char *p = text;
    int64_t low, high;
    if (!read_signed(&p, &low) || !read_char(&p, '.') || !read_char(&p, '.') || !read_signed(&p, &high) ||
        *p != '\0' || low < -60 || high > 60 || low > high)
        return fail_field(e, ERR_INVALID_ARGUMENT, option,
                          "%s \"%s\" must be LOW..HIGH in whole degrees Celsius from -60 to 60, such as 0..4",
                          option, text);
    *low_c = (int32_t)low;
    *high_c = (int32_t)high;
    return true;
}

bool units_containers(const char *option, const char *text, char iso_type[5], uint32_t *count, struct err *e)
{
    size_t n = strcspn(text, "x");
    bool counted = text[n] == 'x', ok = n == 4;
    for (size_t i = 0; ok && i < 4; i++)
        ok = is_digit(text[i]) || (text[i] >= 'A' && text[i] <= 'Z');
    const char *p = text + n + (counted ? 1 : 0);
    int64_t v = 0; /* without a count the daemon works it out */
    ok = ok && (!counted || (read_digits(&p, &v) && *p == '\0' && v >= 1 && v <= 10000));
    if (!ok)
        return fail_field(
            e, ERR_INVALID_ARGUMENT, option,
            "%s \"%s\" must be an ISO 6346 type, alone or with a count from 1 to 10000, such as 22G1x10",
            option, text);
    memcpy(iso_type, text, 4);
    iso_type[4] = '\0';
    *count = (uint32_t)v;
    return true;
}

bool units_piece(const char *option, const char *text, int64_t cm[3], int64_t *kg, struct err *e)
{
    char part[64];
    const char *at = text;
    bool ok = strlen(text) < sizeof part;
    *kg = 0;
    for (int i = 0; ok && i < 3; i++) {
        size_t n = strcspn(at, i < 2 ? "x" : ":");
        snprintf(part, sizeof part, "%.*sm", (int)n, at);
        ok = n > 0 && n < 16 && units_size(option, part, &cm[i], e) && (i == 2 || at[n] == 'x');
        at += n + (at[n] != '\0');
    }
    ok = ok && (*at != '\0' || at[-1] != ':');
    if (!ok)
        return fail_field(
            e, ERR_INVALID_ARGUMENT, option,
            "%s \"%s\" must be length x width x height in metres, with the mass behind a colon when it "
            "is known: 6.4x3.1x2.8:24t",
            option, text);
    return *at == '\0' || units_mass(option, at, kg, e);
}

static const char *grouped(struct arena *a, uint64_t v, const char *sign, const char *tail)
{
    char digits[24], out[40];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)v), k = 0;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            out[k++] = ',';
        out[k++] = digits[i];
    }
    out[k] = '\0';
    return arena_printf(a, "%s%s%s", sign, out, tail);
}

static uint64_t magnitude(int64_t v)
{
    return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

const char *units_show_money(struct arena *a, int64_t fen)
{
    char tail[8];
    uint64_t m = magnitude(fen);
    snprintf(tail, sizeof tail, ".%02u", (unsigned)(m % 100));
    return grouped(a, m / 100, fen < 0 ? "-" : "", tail);
}

const char *units_show_number(struct arena *a, int64_t value)
{
    return grouped(a, magnitude(value), value < 0 ? "-" : "", "");
}

const char *units_show_time(struct arena *a, int64_t unix_s)
{
    struct tm t;
    time_t local = (time_t)unix_s + CHINA_OFFSET_S;
    if (unix_s == 0)
        return arena_strdup(a, "-");
    if (unix_s < 0 || unix_s > INT64_C(253402300799) || gmtime_r(&local, &t) == NULL)
        return arena_printf(a, "%lld s", (long long)unix_s);
    return arena_printf(a, "%04d-%02d-%02d %02d:%02d", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
                        t.tm_min);
}

const char *units_show_duration(struct arena *a, int64_t duration_s)
{
    if (duration_s < 0)
        return arena_printf(a, "%lld s", (long long)duration_s);
    int64_t min = duration_s / 60;
    long long d = min / 1440, h = min / 60 % 24, m = min % 60;
    if (d > 0)
        return arena_printf(a, "%lld d %02lld h %02lld min", d, h, m);
    if (h > 0)
        return arena_printf(a, "%lld h %02lld min", h, m);
    return arena_printf(a, "%lld min", m);
}

const char *units_show_distance(struct arena *a, int64_t distance_m)
{
    char tail[8];
    uint64_t m = magnitude(distance_m) + 50;
    snprintf(tail, sizeof tail, ".%u km", (unsigned)(m % 1000 / 100));
    return grouped(a, m / 1000, distance_m < 0 ? "-" : "", tail);
}

const char *units_show_co2(struct arena *a, int64_t co2_g)
{
    char tail[16];
    uint64_t m = magnitude(co2_g);
    if (m >= 1000000) {
        m += 500;
        snprintf(tail, sizeof tail, ".%03u t", (unsigned)(m % 1000000 / 1000));
        return grouped(a, m / 1000000, co2_g < 0 ? "-" : "", tail);
    }
    snprintf(tail, sizeof tail, ".%u kg", (unsigned)(m % 1000 / 100));
    return grouped(a, m / 1000, co2_g < 0 ? "-" : "", tail);
}
