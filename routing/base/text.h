/* text.h - printf for the few conversions that answers are full of, an order of magnitude quicker than
 * libc's, which finds the digits of a double by arithmetic of many words.
 *
 * Taken are %%, %s, %d, %u, %lld, %llu, %zu and %.Nf with N from 1 to 6, without flags or widths; the text is
 * that of libc, digit by digit: v x 10^N is held exactly as the sum of two doubles (the error of a product by
 * a fused multiply-add: Dekker 1971, Ogita, Rump, Oishi 2005) and rounded as it stands, halves to even. All
 * else is left to libc. Pure; any thread.
 */
#ifndef ZH_BASE_TEXT_H
#define ZH_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* As vsnprintf, when all of fmt and its arguments is of what is taken and the text with its NUL fits: true
 * and its length. False: out holds nothing of use. */
bool text_quick(char *out, size_t room, size_t *length, const char *fmt, va_list ap);

/* As snprintf. */
int text_print(char *out, size_t room, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
