#include "tidy.h"

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

int64_t tidy_memory(void)
{
    struct mallinfo2 m = mallinfo2();
    int64_t before = own_bytes(), in_use = (int64_t)(m.uordblks + m.hblkhd);
    if (before < 0 || before - in_use < spare_bytes)
        return 0;
    malloc_trim(0);
    return before - own_bytes();
}
