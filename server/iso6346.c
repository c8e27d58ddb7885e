#include "iso6346.h"

#include <string.h>

bool iso6346_form(const char *number)
{
    return strlen(number) == 11 && strspn(number, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 4 &&
           strchr("UJZR", number[3]) != NULL && strspn(number + 4, "0123456789") == 7;
}

int iso6346_check_digit(const char *number)
{
    int sum = 0;
    for (int i = 0; i < 10; i++) {
        int v = number[i] - '0';
        if (i < 4) { /* A is 10; 11, 22 and 33 are left out */
            v = number[i] - 'A' + 10;
            v += (v - 1) / 10;
        }
        sum += v << i;
    }
    return sum % 11 % 10;
}
