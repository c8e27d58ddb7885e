/* units.h - quantities as people type them and as they read them.
 *
 * Reading is strict: the whole word must be a number with its unit, within bounds, and exact in the unit
 * kept; "260t" is a mass, "260", "260 tons" and "0x10t" are refused with a sentence that names the option.
 * Writing puts the text into the arena (NULL when that is full). Instants are UTC seconds, shown and read in
 * China Standard Time (+08:00, without daylight saving) unless a text says otherwise. Pure.
 */
#ifndef ZH_CLIENT_UNITS_H
#define ZH_CLIENT_UNITS_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

/* A whole number from low to high, decimal digits with an optional '-'. */
bool units_integer(const char *option, const char *text, int64_t low, int64_t high, int64_t *out,
                   struct err *e);

/* "260t", "47.53t", "900kg" -> kg, more than nothing. */
bool units_mass(const char *option, const char *text, int64_t *kg, struct err *e);

/* "12.5m3", "800l" -> dm3. */
bool units_volume(const char *option, const char *text, int64_t *dm3, struct err *e);

/* "4.2m", "420cm" -> cm, more than nothing. */
bool units_size(const char *option, const char *text, int64_t *cm, struct err *e);

/* "60km", "500m" -> m, more than nothing. */
bool units_distance(const char *option, const char *text, int64_t *m, struct err *e);

/* "250ms", "90s", "5m", "2h", "1d" -> ms, more than nothing. */
bool units_duration(const char *option, const char *text, int64_t *ms, struct err *e);

/* "2026-12-01T08:00[:30][Z|+08:00]" or "2026-12-01"; years 2000 to 2199. */
bool units_time(const char *option, const char *text, int64_t *unix_s, struct err *e);

/* "0..4" -> degrees Celsius, -60 to 60, low first. */
bool units_temperature(const char *option, const char *text, int32_t *low_c, int32_t *high_c, struct err *e);

/* "22G1x10" -> "22G1" and 10. */
bool units_containers(const char *option, const char *text, char iso_type[5], uint32_t *count, struct err *e);
/* "6.4x3.1x2.8:24t": length, width, height, and the mass or 0. */
bool units_piece(const char *option, const char *text, int64_t cm[3], int64_t *kg, struct err *e);

const char *units_show_money(struct arena *a, int64_t fen);           /* "1,234.56" (yuan) */
const char *units_show_number(struct arena *a, int64_t value);        /* "1,234" */
const char *units_show_time(struct arena *a, int64_t unix_s);         /* "2026-12-01 08:00", "-" for 0 */
const char *units_show_duration(struct arena *a, int64_t duration_s); /* "2 d 03 h 05 min" */
const char *units_show_distance(struct arena *a, int64_t distance_m); /* "976.0 km" */
const char *units_show_co2(struct arena *a, int64_t co2_g);           /* "12.345 t" or "830.2 kg" */

#endif
