#include "tidy.h"

#include "log.h"
#include "loop.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

static const int64_t spare_bytes = INT64_C(24) << 20; /* beside code, stacks and buffers of libraries */

/* Pages of the process alone; -1: not known. */
static int64_t own_bytes(void)
{
    long long size, resident, shared;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL)
        return -1;
    int read = fscanf(f, "%lld %lld %lld", &size, &resident, &shared);
    fclose(f);
    return read == 3 ? (resident - shared) * sysconf(_SC_PAGESIZE) : -1;
}

void tidy_memory(void)
{
    struct mallinfo2 m = mallinfo2();
    int64_t before = own_bytes(), in_use = (int64_t)(m.uordblks + m.hblkhd), t0 = monotonic_ns();
    if (before < 0 || before - in_use < spare_bytes)
        return;
    malloc_trim(0);
    log_event(LOG_DEBUG, "tidied", "bytes", LOG_I64(before - own_bytes()), "us",
              LOG_I64((monotonic_ns() - t0) / 1000), NULL);
}
