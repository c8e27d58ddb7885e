/* secure.h - TLS 1.2 or 1.3 to the daemon over a connected non-blocking socket, waiting in a bounded time.
 * The server's certificate must be of the authority given (or one of the system's) and bear the host's name
 * or address. One thread. */
#ifndef ZH_CLIENT_SECURE_H
#define ZH_CLIENT_SECURE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct secure;

struct secure_settings {
    bool on;
    const char *ca;                /* PEM file; NULL or "": the system's authorities */
    const char *certificate, *key; /* PEM files of this client, both or none */
};

/* Shakes hands; the descriptor stays the caller's. until_ms is CLOCK_MONOTONIC. INVALID_ARGUMENT: a file is
 * unfit; UNAVAILABLE: the handshake failed, with the reason. */
bool secure_open(int fd, const struct secure_settings *s, const char *host, int64_t until_ms,
                 struct secure **out, struct err *e);
/* Says close_notify when there is room for it. NULL is fine. */
void secure_free(struct secure *s);

/* More than 0: bytes moved. 0: wait for *events (poll) on the socket. -1: the connection is broken or ended.
 */
long secure_send(struct secure *s, const uint8_t *bytes, size_t len, short *events);
long secure_receive(struct secure *s, uint8_t *bytes, size_t len, short *events);

/* Why it broke, "" when TLS has no reason for it. */
const char *secure_why(const struct secure *s);

#endif
