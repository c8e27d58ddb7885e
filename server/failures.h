/* failures.h - wrong tokens by address: after `max` of them an address waits, one is forgiven every
 * forgive_ns (a leaky bucket; the generic cell rate algorithm, ITU-T I.371).
 *
 * Memory is one table of fixed size. An address is 16 bytes (IPv4 mapped into IPv6); of IPv6 the first 8
 * count, because whoever has one has the network of 64 bits. When a set of the table is full, the address
 * that has the least to wait is forgotten: flooding with many addresses frees the mildest first. Any thread;
 * the time is an argument.
 */
#ifndef ZH_SERVER_FAILURES_H
#define ZH_SERVER_FAILURES_H

#include <stddef.h>
#include <stdint.h>

enum { FAILURES_SETS = 512, FAILURES_WAYS = 8 };

struct failures;

/* NULL: out of memory. `seed` keeps the table's layout from whoever wants to fill one set of it. */
struct failures *failures_new(uint32_t max, int64_t forgive_ns, uint64_t seed);
void failures_free(struct failures *f); /* NULL is fine */

/* 0: the address may try; otherwise the milliseconds it should wait. */
uint32_t failures_wait_ms(struct failures *f, const uint8_t address[16], int64_t now_ns);
void failures_add(struct failures *f, const uint8_t address[16], int64_t now_ns);

#endif
