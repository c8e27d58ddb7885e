/* tidy.h - memory that was freed and that the allocator keeps.
 *
 * A network that is loaded again, or a scenario, frees megabytes in pieces between others that live on: glibc
 * gives back what lies at the end of an arena only, so the process keeps what its largest moments took.
 *
 * Threads: any, one at a time. Each arena is locked while it is walked, some milliseconds where there are
 * tens of megabytes.
 */
#ifndef ZH_SERVER_TIDY_H
#define ZH_SERVER_TIDY_H

/* Gives the pages back to the kernel when there are many of them. */
void tidy_memory(void);

#endif
