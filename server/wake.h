/* wake.h - tells a thread that waits for an eventfd that there is something for it. Any thread. */
#ifndef ZH_WAKE_H
#define ZH_WAKE_H

void wake(int fd);

#endif
