/* validate.h - proves that every index and string of a network stands inside
 * its array. */
#ifndef ZH_NETWORK_VALIDATE_H
#define ZH_NETWORK_VALIDATE_H

#include "base/err.h"
#include "network/network.h"

/* DATA_LOSS naming the section, row and column of the first that does not. One
 * pass, no allocation. */
bool network_validate(const struct network *n, struct err *e);

/* The arrays of the road engine's hierarchy, where there are some; their meaning is that of road/cch.h. */
bool network_validate_hierarchy(const struct network *n, struct err *e);

#endif
