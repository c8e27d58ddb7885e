/* Values of tags: speeds, measures, weights, durations, hours. */
#include "import/osm_inside.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAME_MAX_BYTES = 1020 };

const char *osm_tag(const struct osm_tags *t, const char *key)
{
    for (int i = 0; i < t->count; i++)
        if (strcmp(t->tag[i].key, key) == 0)
            return t->tag[i].value;
    return NULL;
}

bool osm_tag_is(const struct osm_tags *t, const char *key, const char *value)
{
    const char *s = osm_tag(t, key);
    return s != NULL && strcmp(s, value) == 0;
}

bool osm_word_in(const char *s, const char *words)
{
    size_t n = s != NULL ? strlen(s) : 0;
    if (n == 0 || strchr(s, ' ') != NULL)
        return false;
    for (const char *at = words; (at = strstr(at, s)) != NULL; at += n)
        if ((at == words || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
            return true;
    return false;
}

/* A decimal number that begins with a digit; a comma may stand for the point. *end: what follows, blanks
 * passed over. */
static bool number(const char *s, double *v, const char **end)
{
    double tenth = 0.1;
    s += strspn(s, " ");
    if (!isdigit((unsigned char)*s))
        return false;
    for (*v = 0; isdigit((unsigned char)*s) && *v < 1e12; s++)
        *v = *v * 10 + (*s - '0');
    if ((*s == '.' || *s == ',') && isdigit((unsigned char)s[1]))
        for (s++; isdigit((unsigned char)*s); s++, tenth /= 10)
            *v += (*s - '0') * tenth;
    *end = s + strspn(s, " ");
    return !isdigit((unsigned char)*s);
}

/* DE:urban, zone:30 and the like, after the colon. */
static enum osm_read place_speed(const char *s, double *kmh)
{
    static const struct {
        const char *word;
        double kmh;
    } words[] = {{"urban", 50},  {"rural", 80},         {"motorway", 120},
                 {"trunk", 100}, {"living_street", 10}, {"pedestrian_zone", 5},
                 {"walk", 5},    {"nsl_single", 96},    {"nsl_dual", 112}};
    const char *end;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(s, words[i].word) == 0) {
            *kmh = words[i].kmh;
            return OSM_READ;
        }
    s += strncmp(s, "zone", 4) == 0 ? 4 : 0;
    s += *s == ':';
    return number(s, kmh, &end) && *end == '\0' ? OSM_READ : OSM_UNREAD;
}

enum osm_read osm_speed(const char *s, double *kmh)
{
    const char *end;
    if (osm_word_in(s, "signals variable implicit unposted default")) /* a limit that nobody can know */
        return OSM_NONE;
    if (strcmp(s, "none") == 0)
        *kmh = 130;
    else if (strcmp(s, "walk") == 0)
        *kmh = 5;
    else if (!number(s, kmh, &end)) {
        const char *colon = strchr(s, ':');
        return colon != NULL ? place_speed(colon + 1, kmh) : OSM_UNREAD;
    } else if (strcasecmp(end, "mph") == 0)
        *kmh *= 1.609344;
    else if (strcasecmp(end, "knots") == 0)
        *kmh *= 1.852;
    else if (*end != '\0' && !osm_word_in(end, "km/h kmh kph"))
        return OSM_UNREAD;
    return *kmh >= 1 && *kmh <= 300 ? OSM_READ : OSM_UNREAD;
}

static bool no_limit(const char *s)
{
    return osm_word_in(s, "none no default below_default no_sign no_indications unsigned physical unknown");
}

/* 13'6", 13 ft 6 in */
static bool feet(const char *end, double first, double *m)
{
    double inches = 0;
    if (*end == '\'')
        end++;
    else if (strncasecmp(end, "ft", 2) == 0)
        end += 2;
    else
        return false;
    end += strspn(end, " ");
    if (*end != '\0' &&
        (!number(end, &inches, &end) ||
         (*end != '\0' && strcmp(end, "\"") != 0 && strcmp(end, "''") != 0 && strcasecmp(end, "in") != 0)))
        return false;
    *m = first * 0.3048 + inches * 0.0254;
    return true;
}

enum osm_read osm_metres(const char *s, double *m)
{
    double v;
    const char *end;
    if (no_limit(s))
        return OSM_NONE;
    if (!number(s, &v, &end))
        return OSM_UNREAD;
    if (*end == '\0' || strcmp(end, "m") == 0)
        *m = v;
    else if (strcmp(end, "cm") == 0)
        *m = v / 100;
    else if (!feet(end, v, m))
        return OSM_UNREAD;
    return *m >= 0.5 && *m <= 500 ? OSM_READ : OSM_UNREAD;
}

enum osm_read osm_tonnes(const char *s, double *t)
{
    const char *end;
    if (no_limit(s))
        return OSM_NONE;
    if (!number(s, t, &end))
        return OSM_UNREAD;
    if (strcasecmp(end, "kg") == 0)
        *t /= 1000;
    else if (strcasecmp(end, "lbs") == 0 || strcasecmp(end, "lb") == 0)
        *t *= 0.00045359237;
    else if (strcasecmp(end, "st") == 0)
        *t *= 0.90718474;
    else if (strcasecmp(end, "lt") == 0)
        *t *= 1.0160469088;
    else if (*end != '\0' && strcasecmp(end, "t") != 0)
        return OSM_UNREAD;
    return *t >= 0.1 && *t <= 1000 ? OSM_READ : OSM_UNREAD;
}

/* HH:MM, HH:MM:SS, minutes, PT1H20M */
bool osm_minutes(const char *s, uint32_t *minutes)
{
    double a = 0, b = 0, c = 0;
    const char *end;
    if (strncmp(s, "PT", 2) == 0) {
        double total = 0;
        for (end = s + 2; *end != '\0'; end++) {
            if (!number(end, &a, &end) || strchr("HMS", *end) == NULL || *end == '\0')
                return false;
            total += *end == 'H' ? a * 60 : *end == 'M' ? a : a / 60;
        }
        a = total;
    } else {
        if (!number(s, &a, &end))
            return false;
        if (*end == ':') {
            if (!number(end + 1, &b, &end) || (*end == ':' && !number(end + 1, &c, &end)))
                return false;
            a = a * 60 + b + c / 60;
        }
        if (*end != '\0')
            return false;
    }
    if (a < 0.5 || a > 100000)
        return false;
    *minutes = (uint32_t)(a + 0.5);
    return true;
}

static int weekday(const char *s)
{
    static const char days[] = "MoTuWeThFrSaSu";
    for (int d = 0; d < 7; d++)
        if (strncmp(s, days + 2 * d, 2) == 0)
            return d;
    return -1;
}

/* "Mo-Fr,Su " at the front; every day when nothing is named. */
static const char *weekdays(const char *s, uint32_t *mask)
{
    *mask = 0;
    for (int from; (from = weekday(s)) >= 0;) {
        int to = from;
        s += 2;
        if (*s == '-' && (to = weekday(s + 1)) < 0)
            return NULL;
        s += *s == '-' ? 3 : 0;
        for (int d = from;; d = (d + 1) % 7) {
            *mask |= 1u << d;
            if (d == to)
                break;
        }
        if (*s != ',')
            break;
        s += 1 + strspn(s + 1, " ");
    }
    *mask = *mask != 0 ? *mask : 0x7f;
    return s + strspn(s, " ");
}

/* "Mo-Fr 22:00-06:00" and its parts; one span a day. */
bool osm_hours(const char *s, struct net_hours *h)
{
    int from_h = 0, from_m = 0, to_h = 24, to_m = 0;
    uint32_t mask;
    *h = (struct net_hours){0};
    s = weekdays(s + strspn(s, " "), &mask);
    if (s == NULL)
        return false;
    if (*s != '\0') {
        const char *part[] = {s, s + 3, s + 6, s + 9};
        int *value[] = {&from_h, &from_m, &to_h, &to_m};
        if (strlen(s) != 11 || s[2] != ':' || s[5] != '-' || s[8] != ':')
            return false;
        for (int i = 0; i < 4; i++) {
            if (!isdigit((unsigned char)part[i][0]) || !isdigit((unsigned char)part[i][1]))
                return false;
            *value[i] = (part[i][0] - '0') * 10 + part[i][1] - '0';
        }
    }
    int from = from_h * 60 + from_m, to = to_h * 60 + to_m;
    if (from_m > 59 || to_m > 59 || from >= 1440 || to > 2880)
        return false;
    if (to <= from)
        to += 1440;
    for (int d = 0; d < 7; d++)
        if ((mask >> d & 1) != 0) {
            h->from_min[d] = (uint16_t)from;
            h->to_min[d] = (uint16_t)to;
        }
    return true;
}

/* The bytes of one character, 0 when they are none. */
static size_t character(const unsigned char *s)
{
    if (s[0] < 0x80)
        return 1;
    size_t n = s[0] >= 0xf0 && s[0] < 0xf5   ? 4
               : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
               : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
                                             : 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool surrogate = s[0] == 0xed && s[1] >= 0xa0, beyond = s[0] == 0xf4 && s[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : n;
}

bool osm_name_fits(const char *s)
{
    const unsigned char *at = (const unsigned char *)s;
    for (size_t n; *at != '\0'; at += n)
        if ((n = character(at)) == 0 || at + n > (const unsigned char *)s + NAME_MAX_BYTES)
            return false;
    return true;
}
