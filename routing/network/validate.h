/* validate.h - proves that every index and string of a network stands inside
 * its array. */
#ifndef ZH_NETWORK_VALIDATE_H
#define ZH_NETWORK_VALIDATE_H

#include "base/err.h"
#include "network/network.h"

/* DATA_LOSS naming the section, row and column of the first that does not. One
 * pass, no allocation. */
bool network_validate(const struct network *n, struct err *e);

#endif
