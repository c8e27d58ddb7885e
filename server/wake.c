#include "wake.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

void wake(int fd)
{
    uint64_t one = 1;
    /* Who writes is the first to have put something there: a wake that is lost would be lost for all behind
     * it. EAGAIN: so many are pending already. */
    while (write(fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}
