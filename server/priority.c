#include "priority.h"

#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static const uint64_t slice_ns = 100000; /* the least that Linux takes */

/* sched_setattr(2), which glibc has no function for before 2.41. */
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

void priority_nice(int64_t by)
{
    struct sched_param none = {0};
    id_t self = (id_t)syscall(SYS_gettid);
    int now = getpriority(PRIO_PROCESS, self);
    if (by >= PRIORITY_IDLE && sched_setscheduler(0, SCHED_IDLE, &none) == 0)
        return;
    setpriority(PRIO_PROCESS, self, now + (int)by < PRIORITY_IDLE ? now + (int)by : PRIORITY_IDLE - 1);
}

void priority_prompt(void)
{
    struct attributes a;
    memset(&a, 0, sizeof a);
    if (syscall(SYS_sched_getattr, 0, &a, sizeof a, 0) != 0 || a.policy != SCHED_OTHER)
        return;
    a.runtime = slice_ns;
    syscall(SYS_sched_setattr, 0, &a, 0);
}
