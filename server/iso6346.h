/* iso6346.h - container numbers: owner code, category U, J, Z or R, serial number, check digit (ISO
 * 6346:2022). */
#ifndef ZH_SERVER_ISO6346_H
#define ZH_SERVER_ISO6346_H

#include <stdbool.h>

/* Whether the text has the form "CSQU3054383". */
bool iso6346_form(const char *number);
/* The check digit that the first ten characters ask for; the form must be right. */
int iso6346_check_digit(const char *number);

#endif
