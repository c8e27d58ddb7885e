#include "uuid.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/random.h>

bool uuid_make(char id[UUID_SIZE])
{
    uint8_t b[16];
    if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b)
        return false;
    b[6] = (uint8_t)((b[6] & 15) | 64); /* RFC 4122, version 4 */
    b[8] = (uint8_t)((b[8] & 63) | 128);
    snprintf(id, UUID_SIZE, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
             b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
    return true;
}
