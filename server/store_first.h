/* store_first.h - the very first token of a database, without a daemon: over a connection of the migrating
 * role, by zh.create_token. Blocking; for the command line. */
#ifndef ZH_SERVER_STORE_FIRST_H
#define ZH_SERVER_STORE_FIRST_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Makes firm and user when they are new. */
bool store_first_token(const char *conninfo, const char *firm, const char *user, const char *role,
                       const uint8_t sha256[32], struct err *e);

#endif
