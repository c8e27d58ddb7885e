/* uuid.h - random ids (RFC 4122, version 4) as text. */
#ifndef ZH_SERVER_UUID_H
#define ZH_SERVER_UUID_H

#include <stdbool.h>

enum { UUID_SIZE = 37 };

/* False: the machine gives no random numbers. */
bool uuid_make(char id[UUID_SIZE]);

#endif
